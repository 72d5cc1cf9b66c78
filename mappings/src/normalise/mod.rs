//! The normal forms in which values are compared.
//!
//! A *key* is what two spellings of one value have in common. Keys are compared and indexed, never
//! written: what goes to a vendor is always the value as its own vendor spelled it. Two laws hold for each
//! key here: an empty value has an empty key (or none), and the key of a key is the key itself.

pub mod address;
pub mod country;
pub mod date;
pub mod email;
pub mod name;
pub mod phone;
pub mod text;
pub mod url;
