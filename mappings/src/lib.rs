//! Vendor fields to shared concepts and back.
//!
//! This crate is pure, like the core it serves: no clock, no random numbers, no network, no disk. It knows
//! the vendors' field names ([`table`]), what two spellings of a value have in common ([`normalise`]), what
//! a name is made of ([`names`]), which kind of value may become which ([`mod@convert`]), and builds from these
//! the lenses ([`lens`]) that the planner merges through. [`compile`] turns a configuration and two live
//! schemas into them.
//!
//! It must never invent a value: no year, no country, no name that nobody typed. What does not fit is
//! refused with the reason.

#[cfg(test)]
mod accounts;
pub mod compile;
pub mod convert;
pub mod facts;
pub mod lens;
pub mod names;
pub mod normalise;
pub mod table;
