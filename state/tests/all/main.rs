//! The store through its public face, each test named by the danger it guards against. One binary,
//! because each would link SQLite again.

// A test may fail in any way it likes; the lint's own exception reaches test functions alone, not helpers.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod bench;
mod crash;
mod forgetting;
mod history;
mod inbox;
mod locking;
mod observing;
mod opening;
mod pairing;
mod queueing;
mod random;
mod settling;
mod tokens;
mod world;
