//! Everything that writes: rows, collections, composite calls, topics, bulk jobs.
//!
//! Works on the state alone, under its lock: no HTTP, no waiting. [`answer`] is asked for every call on
//! data that is no plain read; a subrequest goes back through [`super::api::answer`], so that it meets
//! reads and writes alike.

use super::org::State as OrgState;
use super::store::Act;
use super::wire::{Reply, Request};

/// How writes behave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {}

/// What writing remembers between calls.
#[derive(Debug, Default)]
pub(super) struct State {}

/// Answers a call, or `None` if it is none of these.
pub(super) fn answer(_state: &mut OrgState, _request: &Request, _act: &Act) -> Option<Reply> {
    None
}
