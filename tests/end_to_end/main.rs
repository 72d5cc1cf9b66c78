//! The program as its users have it: commands, configuration, JSON and exit status, over real HTTP.

mod commands;
mod killed;
mod people;
mod rig;
