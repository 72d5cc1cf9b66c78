//! What a contact is, what the user wants, and what to do about it.
//!
//! This crate is pure: no clock, no random numbers, no network, no disk. The same input gives the same
//! output, byte for byte, whatever the order it comes in. Nothing in it knows a vendor's name.

pub mod guard;
pub mod ids;
pub mod lens;
pub mod matching;
pub mod merge;
pub mod observe;
pub mod op;
pub mod pair;
pub mod plan;
pub mod policy;
pub mod record;
pub mod rules;
pub mod schema;
pub mod side;
mod tag;
pub mod value;
