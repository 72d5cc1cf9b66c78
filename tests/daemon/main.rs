//! The daemon on tokio's paused clock: thousands of minutes in a moment, with a wall clock that tests may set.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

mod reloading;
mod soak;
mod stage;
mod ticking;
mod trouble;
mod turns;
