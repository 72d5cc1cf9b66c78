//! Drift, through its REST API (<https://devdocs.drift.com>).
//!
//! - Drift cannot list its contacts. They become known from conversations, newest first, and from look-ups by
//!   e-mail address; a contact is always read by its id.
//! - There are no conditional writes and no versions to write against, so an update sends the changed
//!   attributes alone.
//! - A contact is never deleted or erased, nobody's e-mail is ever switched off or on, an external id is never
//!   given (it would let a second contact with the same address in): there is no code for it.
//!
//! Drift tells of those who opt out by [`webhook`] alone, so no record of this connector's says whether its person may be
//! mailed: the engine keeps what the webhook said.

pub mod config;
mod feed;
#[cfg(test)]
mod tests;
mod uninstall;
pub mod webhook;
mod wire;
mod write;

use crate::auth::TokenSource;
use crate::contract::{
    Capabilities, Change, Connector, Fetched, From, Health, Listing, Page, Result, WriteCounts,
};
use crate::error::ConnectorError;
use crate::http::{Http, HttpError, Repeat, Request};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use syntony_core::ids::{AccountId, ContactId, FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::schema::Schema;
use syntony_core::value::Value;

pub use config::DriftConfig;
pub use uninstall::uninstall;

use wire::catalogue::Catalogue;
use wire::fault::Fault;

/// The most ops in one write; each of them is a call or more.
const WRITE_BATCH_CONTACTS: usize = 50;
/// The most ids in one read; each of them is a call.
const FETCH_BATCH_CONTACTS: usize = 50;
/// The most addresses in one look-up; each of them is a call or two.
const FIND_BATCH_ADDRESSES: usize = 20;
/// What a contact whose tags change takes beside its attributes: a call for the tags, and a read.
const CALLS_PER_TAGGING: u64 = 2;

/// One Drift workspace's contacts.
pub struct Drift {
    config: DriftConfig,
    capabilities: Capabilities,
    http: Http,
    /// The account's attributes, as last listed.
    catalogue: RwLock<Option<Arc<Catalogue>>>,
    /// Whether Drift was seen to ignore a `null`; then no other one is sent.
    null_is_ignored: AtomicBool,
}

/// What `POST /app/token_info` says (<https://devdocs.drift.com/docs/get-token-information>).
#[derive(Deserialize)]
struct TokenInfo {
    authenticated_userid: String,
    #[serde(default)]
    scope: String,
}

impl TokenInfo {
    fn grants(&self, scope: &str) -> bool {
        self.scope.split_whitespace().any(|granted| granted == scope)
    }
}

impl Drift {
    /// The workspace that `config` describes.
    ///
    /// # Errors
    /// [`ConnectorError::Permanent`] when an address in it is not allowed.
    pub fn new(config: DriftConfig) -> Result<Self> {
        let tokens =
            TokenSource::with_options(config.app.clone(), config.credentials.clone(), config.tokens.clone())?;
        let http = Http::new(config.http(), tokens)?;
        let capabilities = capabilities(&config);
        let (catalogue, null_is_ignored) = (RwLock::new(None), AtomicBool::new(false));
        Ok(Self { config, capabilities, http, catalogue, null_is_ignored })
    }

    async fn token_info(&self) -> Result<TokenInfo> {
        let bearer = self.http.tokens().bearer().await?;
        let header = bearer.header().to_str().unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or(header);
        let request = Request::post("/app/token_info", Repeat::Read).json(&json!({ "access_token": token }));
        let answer = self.http.send(&request).await.map_err(|error| self.explain(error))?;
        Ok(answer.json()?)
    }

    /// The account's attributes: as last listed, or listed now.
    async fn catalogue(&self) -> Result<Arc<Catalogue>> {
        let known = self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(catalogue) => Ok(catalogue),
            None => self.list_attributes().await,
        }
    }

    /// Lists the account's attributes (<https://devdocs.drift.com/docs/listing-custom-attributes>). A token
    /// that may not do so has the ones that every account has; all others are then text.
    async fn list_attributes(&self) -> Result<Arc<Catalogue>> {
        let listed = match self.http.send(&Request::get("/contacts/attributes")).await {
            Ok(answer) => wire::attributes(&answer)?,
            Err(error) if error.refusal().is_some_and(|answer| Fault::of(answer).is_no_permission()) => {
                Vec::new()
            }
            Err(error @ HttpError::Auth { .. }) => {
                // A 401 is how some accounts say that this one scope is missing. If the token is good
                // otherwise, that is what it was.
                if self.token_info().await.is_err() {
                    return Err(error.into());
                }
                Vec::new()
            }
            Err(error) => return Err(self.explain(error)),
        };
        let catalogue = Arc::new(Catalogue::new(listed, &self.config));
        let mut known = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// A refusal in the contract's terms, for calls where nothing more is known of it. None of them is about a
    /// contact that may be missing, so *not found* can only mean that the token may not look.
    fn explain(&self, error: HttpError) -> ConnectorError {
        self.explain_about(error, &[])
    }

    /// The same for a call that sent these values: they are in no error, also where Drift repeats them.
    fn explain_about(&self, error: HttpError, values: &[&str]) -> ConnectorError {
        let Some(answer) = error.refusal() else { return error.into() };
        let fault = Fault::of(answer);
        if fault.is_no_permission() {
            return self.no_permission(&format!("a permission (HTTP {})", answer.status()));
        }
        ConnectorError::Permanent { reason: fault.reason(values) }
    }

    fn no_permission(&self, lacks: &str) -> ConnectorError {
        ConnectorError::Auth {
            reason: format!("the access token lacks {lacks}"),
            hint: format!(
                "give the app on dev.drift.com the scopes {} and connect it again: scopes that are added \
                 later do not reach a token that is already out; `syntony check` says which ones `{}` lacks",
                self.config.scopes().join(", "),
                self.config.app
            ),
        }
    }
}

fn capabilities(config: &DriftConfig) -> Capabilities {
    Capabilities {
        listing: Listing::Discovery,
        tombstones: false,
        tags: Some(config.tags.limits()),
        unsubscribes: config.opt_outs == config::OptOuts::ByWebhook,
        mails_new_contacts: false,
        conditional_writes: false,
        markers: false,
        visibility_lag_seconds: config.visibility_lag_seconds,
        write_batch_contacts: WRITE_BATCH_CONTACTS,
        fetch_batch_contacts: FETCH_BATCH_CONTACTS,
        find_batch_addresses: FIND_BATCH_ADDRESSES,
    }
}

#[async_trait]
impl Connector for Drift {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Health> {
        let info = self.token_info().await?;
        let wanted = self.config.scopes();
        let missing = wanted.iter().filter(|scope| !info.grants(scope));
        let missing_permissions = missing.map(|scope| (*scope).to_owned()).collect();
        Ok(Health { account: AccountId::from(info.authenticated_userid), missing_permissions, quota: None })
    }

    async fn schema(&self) -> Result<Schema> {
        Ok(self.list_attributes().await?.schema())
    }

    async fn changes(&self, from: &From) -> Result<Page> {
        self.discover(from).await
    }

    async fn fetch(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        self.read_by_id(ids).await
    }

    async fn find(&self, addresses: &[String]) -> Result<Vec<Change>> {
        self.look_up(addresses).await
    }

    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        self.write_all(ops).await
    }

    /// Drift documents no form that it brings values into.
    fn normalise(&self, _field: &FieldName, value: &Value) -> Value {
        if value.is_empty() { Value::Null } else { value.clone() }
    }

    /// A call for each contact; tags take another two.
    fn forecast(&self, writes: &WriteCounts) -> u64 {
        let tagged: u64 = writes.tags.values().fold(0, |sum, contacts| sum.saturating_add(*contacts));
        writes.creates.saturating_add(writes.updates).saturating_add(tagged.saturating_mul(CALLS_PER_TAGGING))
    }

    fn calls_made(&self) -> u64 {
        self.http.calls()
    }
}
