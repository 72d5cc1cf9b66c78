//! The configuration as it is written: one type for each table, from which editors have their schema.
//!
//! Nothing is read into these types. The [reader](super) walks the file itself, because it says where
//! each mistake stands and finds all of them at once; these types only say what may be written, in words
//! for the admin: every doc comment beneath `file` is what an editor shows, and what the documentation
//! prints. Invariant: the keys here and the keys that the reader asks for are the same, and what the
//! shape of a file alone can tell is refused by both; `config/tests/schema` holds the two against each
//! other. What takes knowledge of the rest of the file (is there such an app?) is the reader's alone.

mod app;
mod connection;
mod rule;
mod schema;
mod text;

pub use app::{
    App, Attributes, Common, DriftApp, GoogleContactsApp, Grant, MailchimpApp, OAuth, Rate, SalesforceApp,
    SalesforceOAuth,
};
pub use connection::{Concept, Connection, Defaults, FieldNames, Guard, Mapping, Mark};
pub use rule::{Action, Condition, FieldTest, Range, Rule, Score, Stages};
pub use schema::{FILE_NAME, schema, text};
pub use text::{AppName, EnvironmentVariable, FieldName, Scalar, Secret, Tag, Text, Url};

use super::{KEY_FILE, LISTEN, STATE_FILE};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// What Syntony keeps in step: apps, and connections between them.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(title = "syntony.toml", deny_unknown_fields)]
pub struct File {
    /// The state database.
    pub state: Option<State>,
    /// Where refresh tokens are kept that a vendor replaces with each use.
    pub vault: Option<Vault>,
    /// The daemon.
    pub daemon: Option<Daemon>,
    /// The apps: one account at a vendor each, under names of your own.
    #[schemars(extend("minProperties" = 1, "propertyNames" = text::name()))]
    pub apps: BTreeMap<String, App>,
    /// The connections: two apps and how they sync, under names of your own.
    #[schemars(extend("propertyNames" = text::name()))]
    pub connections: Option<BTreeMap<String, Connection>>,
}

/// The state database.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct State {
    /// The database's file, relative to this file.
    #[schemars(extend("default" = STATE_FILE))]
    pub path: Option<Text>,
}

/// Where refresh tokens are kept that a vendor replaces with each use.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Vault {
    /// What stored tokens are encrypted with: a secret of at least 32 characters. By default the file `syntony.key` beside
    /// this one, which is made when it is first needed; a file that is named here is not made.
    #[schemars(extend("default" = { "file": KEY_FILE }))]
    pub key: Option<Secret>,
}

/// The daemon.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Daemon {
    /// The address that the daemon listens on: an IP address and a port.
    #[schemars(extend("default" = LISTEN.to_string(), "pattern" = text::LISTEN))]
    pub listen: Option<String>,
    /// **Later.** What the dashboard and the metrics ask for: a secret; required where `listen` is not an address of this machine
    /// alone.
    pub admin_token: Option<Secret>,
}
