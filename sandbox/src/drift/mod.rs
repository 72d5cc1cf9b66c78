//! A simulator of Drift's REST API: contacts, their attributes, conversations, OAuth.
//!
//! Written from the public documents (<https://devdocs.drift.com>) and from what clients of the API show.
//! What makes this vendor hard for a sync is kept: no list of contacts, no time of change, the old
//! version in the answer to a write, several contacts with one e-mail address, a `null` that clears
//! nothing, errors without a body, links that point to another host. Where the documents are silent
//! there is a switch in [`Settings`], not a guess.
//!
//! [`Workspace`] is the handle: it serves the API and lets the people in it act. The contacts, the
//! conversations, the tokens and the events lie in plain structures without HTTP and without a clock.

mod api;
mod attributes;
mod contacts;
mod conversations;
mod events;
mod problem;
mod seed;
mod settings;
mod store;
mod tokens;
mod webhook;
mod workspace;

#[cfg(test)]
mod tests;

pub use attributes::AttributeType;
pub use conversations::Status;
pub use events::{Event, MAX_KEPT_EVENTS, VERIFICATION_HEADER};
pub use settings::*;
pub use webhook::Posted;
pub use workspace::{Counts, UnknownId, Workspace};
