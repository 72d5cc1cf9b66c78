//! Bad input of every kind: nothing panics, nothing is lost, the other contacts go on, and no log tells what a
//! contact or a secret is.

mod configuration;
mod engine;
mod logs;
mod program;
mod state;

#[allow(dead_code)] // the rig of the end-to-end tests; this file uses its part
#[path = "../end_to_end/rig.rs"]
mod rig;
#[path = "../engine/world.rs"]
mod world;
