//! Each scenario on every pair of apps it makes sense for: the engine in this process, the simulators over
//! real HTTP, and people who edit on their own pages in between.
//!
//! A scenario speaks of people, never of vendors ([`hand::Hand`]); which pairs it runs on is decided by what the
//! two apps can do, and each scenario says so in one line ([`table`]).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

mod hand;
mod rig;
mod sight;
mod table;
mod typed;

mod actions;
mod conditions;
mod crm;
mod deleting;
mod echoes;
mod failing;
mod fields;
mod forgetting;
mod lists;
mod mailing;
mod mapped;
mod matching;
mod merging;
mod opting_out;
mod proving;
mod quarrels;
mod refusals;
mod scope;
mod seeing;
mod sharing;
