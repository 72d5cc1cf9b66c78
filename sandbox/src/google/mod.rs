//! A simulator of the Google People API v1 and of Google's OAuth 2.0.
//!
//! Written from the discovery document (`https://people.googleapis.com/$discovery/rest?version=v1`),
//! from Google's guides, and from answers that others recorded on real accounts. What makes this vendor
//! hard for a sync is kept: a write replaces whole fields, a listing lags behind a write, a sync token
//! dies seven days after the full sync, an etag changes with the mask, a batch fails as a whole, values
//! come back reshaped, a name may change, and nearly every refusal is a 400.
//!
//! Not simulated, and answered with 501: photos, directory and "other contacts".
//!
//! [`Account`] is the handle: it serves the API and lets a person act on the screen. One account is one
//! address book; the layers from the wire inwards are `http` (a request becomes a `Call`), `api` (the
//! methods), `book` (the store) with `feed`, `search` and `groups`, and the pure parts: `shape` (which
//! JSON is taken), `mask`, `tidy` (what Google makes of it) and `view` (what it shows).

mod account;
mod api;
mod book;
mod call;
mod contact;
mod error;
mod feed;
mod groups;
mod hand;
mod http;
mod listing;
mod mask;
mod oauth;
mod query;
mod quota;
mod search;
mod seed;
mod settings;
mod shape;
mod shuffle;
mod tidy;
mod token;
mod vendor;
mod view;

#[cfg(test)]
mod tests;

pub use account::{Account, Credentials};
pub use call::{SCOPE_CONTACTS, SCOPE_READONLY};
pub use error::ApiError;
pub use hand::Counts;
pub use quota::Limits;
pub use settings::Settings;
