//! Syntony keeps the contacts of two apps in step, both ways, on a machine of your own.
//!
//! This is the program as a library: the command line is a thin shell around it, and tests drive the
//! same code.

pub mod apps;
pub mod cli;
pub mod compile;
pub mod config;
pub mod daemon;
pub mod diagnostics;
pub mod drift;
pub mod output;
pub mod planfile;
pub mod report;
pub mod run;
mod runid;
pub mod session;
pub mod vault;
