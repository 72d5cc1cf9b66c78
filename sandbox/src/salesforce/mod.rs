//! A simulator of Salesforce's REST API, with its OAuth 2.0.
//!
//! Written from Salesforce's public guides and from answers that others recorded. What makes this vendor
//! hard for a sync is kept: stamps have whole seconds and lie before the moment at which a row shows up,
//! the system moves stamps without an edit, deleted rows rest in a bin and may come back, merged ones point
//! at the survivor, converted leads freeze, answers without an order have none, pages are as long as they
//! please, cursors die, values come back trimmed, and of many rows some may fail.
//!
//! Not simulated, and answered with 404: SOSL, Apex, Tooling, streaming, reports, layouts.
//!
//! [`Org`] is the handle: it serves the API and lets a person act on the screen. The layers from the wire
//! inwards are `http` (a request becomes a call of `wire`), `api` (which call it is), the calls (`query`,
//! `describe`, `change`, `single`, and all of `write`), `soql` (the query language, on rows alone), `store`
//! (rows) and `schema` (what rows may hold).

mod api;
mod change;
mod cursors;
mod describe;
mod error;
mod hand;
mod http;
mod id;
mod moment;
mod oauth;
mod org;
mod query;
mod quota;
mod schema;
mod seed;
mod settings;
mod single;
mod soql;
mod store;
mod tidy;
mod vendor;
mod wire;
mod write;

#[cfg(test)]
mod tests;

pub use error::ApiError;
pub use hand::{Conversion, Counts};
pub use org::{Credentials, Org};
pub use schema::{Choice, Field, Kind, Object};
pub use settings::{Consent, Language, Settings, TagPlace};
pub use write::{DuplicateRule, Pace, Refuses, Settings as WriteSettings, ValidationRule};
