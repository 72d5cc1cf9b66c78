//! The whole engine against vendors in memory, on tokio's paused clock: each scenario of two-way contact
//! sync with real mappings, the sides both ways round, and two kinds of apps. Tests are named by the danger.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

#[path = "../simulation/sim/crash.rs"]
mod crash;
mod deletions;
mod echoes;
mod failures;
mod guarding;
mod identity;
mod ledger;
mod lists;
mod matching;
mod merging;
mod names;
mod rules;
mod running;
mod settling;
mod stage;
mod world;
