//! The reference connector, and the vendor behind it: an address book in memory.
//!
//! [`App`] is the vendor. Tests edit it as people would ([`App::edit`], [`App::delete`], [`App::merge`]),
//! tell it how to misbehave ([`Faults`]) and read what it holds ([`App::dump`], [`App::write_log`]).
//! [`MemoryConnector`] is the connector that an engine is given. What kind of vendor it is, from a chat
//! tool that cannot list its contacts to an address book with tombstones and conditional writes, is data
//! ([`Traits`]).
//!
//! It must never read a wall clock or ambient randomness: time is tokio's (paused in simulations) and
//! chance comes from the seed, so the same seed gives the same world. It must never be kinder than a
//! vendor: unknown fields, wrong kinds, over-long texts and stale versions are refused.
//!
//! The invariant it keeps: every state a contact ever had is an event in one log, and a reader's view is
//! a prefix of that log. Lag, cursors and paging are nothing but positions in it.
//!
//! One [`App`] belongs to one runtime: the origin of its time is taken when it is made.

mod app;
mod connector;
mod faults;
mod feed;
mod people;
mod store;
mod traits;
mod write;

#[cfg(test)]
mod tests;

pub use app::{App, Calls, Written};
pub use connector::MemoryConnector;
pub use faults::{Fault, Faults};
pub use traits::{Form, Traits};
pub(crate) use write::fits;
