//! A simulator of the Mailchimp Marketing API 3.0 and of Mailchimp's OAuth 2.0.
//!
//! Written from the published OpenAPI description, from Mailchimp's guides, and from what users and
//! client libraries report. What makes this vendor hard for a sync is kept: who left cannot be subscribed
//! by an app, and nothing shows it before the attempt; an id changes with the address; a batch answers
//! 200 whatever it refuses; an address is whole or not at all; what is unset is an empty text; the times
//! have seconds and the eleventh call at once is refused. Where the documents are silent, [`Settings`]
//! choose what is least convenient.
//!
//! Not simulated, and answered with 501: campaigns, automations, interests, notes, events, e-commerce,
//! batch webhooks and the newer resource of contacts.
//!
//! [`Account`] is the handle: it serves the API, lets the person and the account's people act, and
//! delivers webhooks. The layers from the wire inwards are `http` (a request becomes a call), `api` (the
//! methods), `audience` (the store) with `listing`, `tags`, `merge` and `hooks`, and `standing`, the pure
//! machine that decides who may be subscribed.

mod account;
mod api;
mod audience;
mod batches;
mod call;
mod fields;
mod hand;
mod hooks;
mod http;
mod input;
mod listing;
mod member;
mod merge;
mod oauth;
mod problem;
mod query;
mod seed;
mod settings;
mod standing;
mod tags;
mod vendor;
mod view;

#[cfg(test)]
mod tests;

pub use account::{Account, Credentials};
pub use hand::{Counts, FieldType};
pub use hooks::Delivery;
pub use problem::Problem;
pub use settings::{ArchivedSignUp, Bounds, Deliveries, Settings, Throttling};
pub use standing::Status;
