//! Salesforce, through its REST API (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/>).
//!
//! - An app is about one object, contacts or leads. A lead that is converted goes on as its contact, shown in the
//!   lead's terms; the lead itself is never written again.
//! - Only what `describe` lists for this user is asked for or written. Values get into queries quoted and escaped,
//!   names from `describe` alone.
//! - The change feed goes by `SystemModstamp`, and looks back behind what it has read: a row becomes visible when
//!   its transaction ends, with the stamp of when it was written.
//! - Nothing is deleted but the rows that tie a tag to somebody; nobody's opt-out is ever taken back.
//! - A part of the organisation's daily quota of calls is never used.

mod api;
pub mod config;
mod feed;
mod health;
mod quota;
mod tags;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use crate::auth::TokenSource;
use crate::contract::{
    Capabilities, Change, Connector, Fetched, From, Health, Listing, Page, Result, WriteCounts,
};
use crate::error::ConnectorError;
use crate::http::Http;
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use syntony_core::ids::{ContactId, FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::schema::Schema;
use syntony_core::value::Value;
use tokio::sync::Semaphore;

pub use config::{SObject, SalesforceConfig, TagStore};

use config::{MAX_PAGE_CONTACTS, Updates};
use quota::Quota;
use wire::describe::Describe;
use wire::schema::schema;
use wire::soql;

/// The most ops in one write: enough for the bulk interface to be worth its while.
const WRITE_BATCH_CONTACTS: usize = 5_000;
/// The most contacts in one read by id.
const FETCH_BATCH_CONTACTS: usize = 200;
/// The most addresses in one look-up.
const FIND_BATCH_ADDRESSES: usize = 100;
/// The longest list of mapped fields, in bytes as it stands in a query: beside it, the standard fields and a list
/// of ids have to fit into one address.
const MAX_EXTRA_FIELDS_BYTES: usize = 5_000;

/// One organisation's contacts, or its leads.
pub struct Salesforce {
    config: SalesforceConfig,
    tags: TagStore,
    capabilities: Capabilities,
    http: Http,
    quota: Quota,
    described: Mutex<Option<Arc<Describe>>>,
    /// One permit: whoever writes has the turn. Parallel writes lock each other out of the rows they share.
    turn: Semaphore,
    writer: write::Writer,
}

impl Salesforce {
    /// The organisation that `config` describes.
    ///
    /// # Errors
    /// [`ConnectorError::Permanent`] when an address in it is missing or not allowed, or so many fields are mapped
    /// that no query can ask for them.
    pub fn new(config: SalesforceConfig) -> Result<Self> {
        let names: Vec<&str> = config.extra_fields.iter().map(FieldName::as_str).collect();
        if soql::encoded_bytes(&names.join(", ")) > MAX_EXTRA_FIELDS_BYTES {
            return Err(ConnectorError::Permanent {
                reason: format!("more fields of `{}` are mapped than one query can ask for", config.app),
            });
        }
        let tokens = TokenSource::with_options(
            config.app.clone(),
            config.credentials.clone(),
            config.token_options(),
        )?;
        Ok(Self {
            capabilities: capabilities(&config),
            http: Http::new(config.http()?, tokens)?,
            quota: Quota::new(config.reserve_percent),
            described: Mutex::new(None),
            turn: Semaphore::new(1),
            writer: write::Writer::default(),
            tags: config.tags.clone(),
            config,
        })
    }

    fn page_rows(&self) -> u16 {
        self.config.page_contacts.clamp(1, MAX_PAGE_CONTACTS)
    }
}

fn capabilities(config: &SalesforceConfig) -> Capabilities {
    Capabilities {
        listing: Listing::Complete,
        tombstones: true,
        tags: Some(config.tags.limits()),
        unsubscribes: true,
        mails_new_contacts: false,
        conditional_writes: config.updates == Updates::Guarded,
        markers: config.marker_field.is_some(),
        visibility_lag_seconds: config.visibility_lag_seconds,
        write_batch_contacts: WRITE_BATCH_CONTACTS,
        fetch_batch_contacts: FETCH_BATCH_CONTACTS,
        find_batch_addresses: FIND_BATCH_ADDRESSES,
    }
}

#[async_trait]
impl Connector for Salesforce {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Health> {
        self.health().await
    }

    async fn schema(&self) -> Result<Schema> {
        let describe = self.describe_again().await?;
        let object = self.config.object;
        let shape = describe.shape(object).ok_or_else(|| protocol("an object without a description"))?;
        Ok(schema(object, shape))
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
        self.write_ops(ops).await
    }

    fn normalise(&self, field: &FieldName, value: &Value) -> Value {
        write::normalise(field, value)
    }

    fn forecast(&self, writes: &WriteCounts) -> u64 {
        write::forecast(&self.config, writes)
    }

    fn calls_made(&self) -> u64 {
        self.http.calls()
    }

    fn quota(&self) -> Option<crate::contract::Quota> {
        self.quota.left()
    }
}

fn protocol(reason: &'static str) -> ConnectorError {
    ConnectorError::Protocol { reason: reason.to_owned() }
}
