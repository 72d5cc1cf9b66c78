//! Google Contacts, through the People API v1 (<https://developers.google.com/people>).
//!
//! - Reads ask for the contact source alone and always for the same fields, so what is not in an answer is
//!   empty, and the change feed's tokens stay valid.
//! - Writes go one at a time, as Google asks for; each carries the etags of what the plan saw, and the whole
//!   of every array that it replaces.
//! - A contact is never deleted, a label never renamed or deleted, `clientData` of others never touched:
//!   there is no code for it.
//!
//! Labels are tags; only those that users make, not `starred` or `myContacts`.

pub mod config;
mod feed;
mod groups;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use crate::auth::TokenSource;
use crate::contract::{
    Capabilities, Change, Connector, Fetched, From, Health, Listing, Page, Result, TagLimits, WriteCounts,
};
use crate::error::ConnectorError;
use crate::http::{Http, HttpError, Request};
use async_trait::async_trait;
use syntony_core::ids::{AccountId, ContactId, FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::schema::Schema;
use syntony_core::value::{Item, Value};
use tokio::sync::Semaphore;

pub use config::GoogleConfig;

use groups::Groups;
use wire::fault::Fault;
use wire::field::schema;
use wire::person::Person;

/// The most contacts in one batch of creates or updates
/// (<https://developers.google.com/people/api/rest/v1/people/batchUpdateContacts>).
const WRITE_BATCH_CONTACTS: usize = 200;
/// The most contacts in one read by id (<https://developers.google.com/people/api/rest/v1/people/getBatchGet>).
const FETCH_BATCH_CONTACTS: usize = 200;
/// The most addresses in one look-up; each of them is a call.
const FIND_BATCH_ADDRESSES: usize = 20;
/// The most contacts whose label one call changes
/// (<https://developers.google.com/people/api/rest/v1/contactGroups.members/modify>).
const LABEL_BATCH_CONTACTS: usize = 1_000;

/// One Google account's contacts.
pub struct Google {
    config: GoogleConfig,
    capabilities: Capabilities,
    http: Http,
    groups: Groups,
    /// One permit: whoever writes has the turn, because Google asks for one mutation at a time for each user.
    turn: Semaphore,
}

impl Google {
    /// The account that `config` describes.
    ///
    /// # Errors
    /// [`ConnectorError::Permanent`] when an address in it is not allowed.
    pub fn new(config: GoogleConfig) -> Result<Self> {
        let tokens =
            TokenSource::with_options(config.app.clone(), config.credentials.clone(), config.tokens.clone())?;
        let http = Http::new(config.http(), tokens)?;
        Ok(Self {
            capabilities: capabilities(&config),
            groups: Groups::new(http.clone(), config.group_settle),
            http,
            turn: Semaphore::new(1),
            config,
        })
    }

    /// A refusal in the contract's terms, for calls where nothing more is known of it.
    fn explain(&self, error: HttpError) -> ConnectorError {
        let Some(answer) = error.refusal() else { return error.into() };
        let fault = Fault::of(answer);
        self.forbidden(&fault).unwrap_or_else(|| ConnectorError::Permanent {
            reason: format!("HTTP {} {}", fault.http, fault.status).trim().to_owned(),
        })
    }

    /// Whether a refusal is a matter of what we are allowed, and what to do about it.
    fn forbidden(&self, fault: &Fault) -> Option<ConnectorError> {
        if fault.is_scope() {
            return Some(ConnectorError::Auth {
                reason: "the access token lacks a permission".to_owned(),
                hint: format!(
                    "`syntony auth login {}` signs in anew; allow access to contacts there ({})",
                    self.config.app,
                    config::SCOPE
                ),
            });
        }
        fault.is_disabled().then(|| ConnectorError::Auth {
            reason: "the People API is switched off in the project of this client id".to_owned(),
            hint: "enable the People API in the Google Cloud console".to_owned(),
        })
    }
}

fn capabilities(config: &GoogleConfig) -> Capabilities {
    Capabilities {
        listing: Listing::Complete,
        tombstones: true,
        // A label is made when it is missing, and Google publishes no limit of its name
        // (<https://developers.google.com/people/api/rest/v1/contactGroups#ContactGroup>).
        tags: Some(TagLimits::default()),
        unsubscribes: false,
        mails_new_contacts: false,
        conditional_writes: true,
        markers: true,
        visibility_lag_seconds: config.visibility_lag_seconds,
        write_batch_contacts: WRITE_BATCH_CONTACTS,
        fetch_batch_contacts: FETCH_BATCH_CONTACTS,
        find_batch_addresses: FIND_BATCH_ADDRESSES,
    }
}

#[async_trait]
impl Connector for Google {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Health> {
        let me = Request::get("/v1/people/me").query("personFields", "metadata");
        let answer = self.http.send(&me).await.map_err(|error| self.explain(error))?;
        let me = Person::parse(answer.json()?).map_err(protocol)?;
        let may_read = match self.groups.refresh().await {
            Ok(()) => true,
            Err(error) if error.refusal().is_some_and(|answer| Fault::of(answer).is_scope()) => false,
            Err(error) => return Err(self.explain(error)),
        };
        // Users can untick a permission on Google's consent page; the token answer tells.
        let granted = self.http.tokens().granted_scopes();
        let may_write = granted.is_none_or(|scopes| scopes.iter().any(|scope| scope == config::SCOPE));
        let missing = if may_read && may_write { Vec::new() } else { vec![config::SCOPE.to_owned()] };
        Ok(Health { account: AccountId::from(me.resource_name), missing_permissions: missing, quota: None })
    }

    async fn schema(&self) -> Result<Schema> {
        Ok(schema())
    }

    async fn changes(&self, from: &From) -> Result<Page> {
        self.page(from).await
    }

    async fn fetch(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        self.read_by_id(ids).await
    }

    async fn find(&self, addresses: &[String]) -> Result<Vec<Change>> {
        self.search(addresses).await
    }

    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        self.write_in_turn(ops).await
    }

    /// Google documents that empty values are dropped, and nothing else; what it does beyond that is adopted
    /// from its answers.
    fn normalise(&self, _field: &FieldName, value: &Value) -> Value {
        match value {
            Value::List(items) => {
                Value::List(items.iter().filter(|item| !item.value.is_empty()).map(Item::clone).collect())
            }
            empty if empty.is_empty() => Value::Null,
            other => other.clone(),
        }
    }

    /// Batches of creates and of updates; for labels one call for each, and the reading back.
    fn forecast(&self, writes: &WriteCounts) -> u64 {
        let batches = |contacts: u64| contacts.div_ceil(WRITE_BATCH_CONTACTS as u64);
        let labels: u64 = writes.tags.values().map(|contacts| batches(*contacts)).sum();
        let read_back = writes.tags.values().map(|contacts| batches(*contacts)).max().unwrap_or(0);
        let list_labels = u64::from(labels > 0);
        batches(writes.creates) + batches(writes.updates) + list_labels + labels + read_back
    }

    fn calls_made(&self) -> u64 {
        self.http.calls()
    }
}

fn protocol(reason: &'static str) -> ConnectorError {
    ConnectorError::Protocol { reason: reason.to_owned() }
}
