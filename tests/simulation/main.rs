//! The deterministic simulation of the whole engine: some hundreds of worlds, every world that ever
//! failed, and a run that is cut off at every place where it can be.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says so when it fails"
)]

mod crashes;
mod regressions;
mod seeds;
mod sim;
