//! The whole engine against vendors in memory, on tokio's paused clock.

mod scenarios;
mod world;
