//! The program as its users have it: commands, configuration, JSON and exit status, over real HTTP.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

mod auth;
mod bulk;
mod commands;
mod daemon;
mod drift;
mod killed;
mod people;
mod plans;
mod privacy;
mod rig;
mod rotating;
