//! Mailchimp, through the Marketing API 3.0 (<https://mailchimp.com/developer/marketing/api/>).
//!
//! - A contact is a member of one audience, known by its `contact_id`, which stays when the address changes; the
//!   hash of the address is for look-ups alone.
//! - What exists is never given a status: updates have no room for one. A new member is mailable only where the
//!   engine says that the person is, and a batch of new members leaves existing ones alone.
//! - A member is never deleted, archived or erased, and no webhook is registered: there is no code for it.
//!
//! Every status but *subscribed* and *unsubscribed* is a state of its own, and never taken for an opt-out.

pub mod config;
mod feed;
#[cfg(test)]
mod tests;
pub mod webhook;
mod wire;
mod write;

use crate::auth::TokenSource;
use crate::contract::{
    Capabilities, Change, Connector, Fetched, From, Health, Listing, Page, Result, TagLimits, WriteCounts,
};
use crate::error::ConnectorError;
use crate::http::{Http, HttpError, Request};
use async_trait::async_trait;
use serde::Deserialize;
use std::sync::{Arc, PoisonError, RwLock};
use syntony_core::ids::{AccountId, ContactId, FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::schema::Schema;
use syntony_core::value::Value;

pub use config::MailchimpConfig;

use wire::fault::Fault;
use wire::field::{Catalogue, Field};

/// The most members in one batch of new ones
/// (<https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/>).
const WRITE_BATCH_CONTACTS: usize = 500;
/// The most ids in one read; each of them is a call.
const FETCH_BATCH_CONTACTS: usize = 100;
/// The most addresses in one look-up; each of them is a call.
const FIND_BATCH_ADDRESSES: usize = 100;
/// What a batch of new members takes: the batch, and reading them back.
const CALLS_PER_CREATE_BATCH: u64 = 2;
/// What a contact whose tags change takes beside its fields: a call for the tags, and a read.
const CALLS_PER_TAGGING: u64 = 2;
/// The longest name of a tag, in characters; one that is missing is made
/// (<https://mailchimp.com/developer/marketing/api/list-member-tags/>).
const MAX_TAG_CHARS: usize = 100;
/// More merge fields than any audience can have.
const MERGE_FIELDS_COUNT: &str = "1000";
/// Roles that cannot change contacts (<https://mailchimp.com/help/manage-user-levels-in-your-account/>).
const READING_ROLES: [&str; 2] = ["viewer", "author"];
/// The role that a sync takes.
const WRITING_ROLE: &str = "manager";

/// One audience's members.
pub struct Mailchimp {
    config: MailchimpConfig,
    capabilities: Capabilities,
    http: Http,
    /// The audience's fields, as last listed.
    catalogue: RwLock<Option<Arc<Catalogue>>>,
}

/// Who the credentials belong to (<https://mailchimp.com/developer/marketing/api/root/>).
#[derive(Deserialize)]
struct Root {
    account_id: String,
    #[serde(default)]
    role: String,
}

#[derive(Deserialize)]
struct AudienceId {
    id: String,
}

impl Mailchimp {
    /// The audience that `config` describes.
    ///
    /// # Errors
    /// [`ConnectorError::Permanent`] when an address in it is not allowed.
    pub fn new(config: MailchimpConfig) -> Result<Self> {
        let tokens =
            TokenSource::with_options(config.app.clone(), config.credentials.clone(), config.tokens.clone())?;
        let http = Http::new(config.http(), tokens)?;
        let capabilities = capabilities(&config);
        Ok(Self { config, capabilities, http, catalogue: RwLock::new(None) })
    }

    /// A read about this audience.
    fn audience_request(&self, template: &'static str) -> Request {
        Request::get(template).arg("list", &self.config.audience)
    }

    /// Fails unless the audience is there and may be seen.
    async fn audience_answers(&self) -> Result<()> {
        let request = self.audience_request("/3.0/lists/{list}").query("fields", "id");
        let answer = self.http.send(&request).await.map_err(|error| self.explain(error))?;
        let audience: AudienceId = answer.json()?;
        if audience.id == self.config.audience { Ok(()) } else { Err(protocol("another audience answers")) }
    }

    /// The audience's fields: as last listed, or listed now.
    async fn catalogue(&self) -> Result<Arc<Catalogue>> {
        let known = self.known_catalogue();
        match known {
            Some(catalogue) => Ok(catalogue),
            None => self.list_fields().await,
        }
    }

    fn known_catalogue(&self) -> Option<Arc<Catalogue>> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lists the merge fields (<https://mailchimp.com/developer/marketing/api/list-merges/list-merge-fields/>).
    async fn list_fields(&self) -> Result<Arc<Catalogue>> {
        let request =
            self.audience_request("/3.0/lists/{list}/merge-fields").query("count", MERGE_FIELDS_COUNT);
        let answer = self.http.send(&request).await.map_err(|error| self.explain(error))?;
        let catalogue = Arc::new(Catalogue::of(answer.json()?).map_err(protocol)?);
        let mut known = self.catalogue.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&catalogue));
        Ok(catalogue)
    }

    /// A refusal in the contract's terms, for calls where nothing more is known of it. None of them is about a
    /// contact that may be missing, so *not found* is about the audience.
    fn explain(&self, error: HttpError) -> ConnectorError {
        let Some(answer) = error.refusal() else { return error.into() };
        let fault = Fault::of(answer);
        if fault.is_forbidden() {
            return ConnectorError::Auth {
                reason: format!("Mailchimp does not allow it ({})", fault.brief()),
                hint: format!(
                    "check that the user of `{}` is a {WRITING_ROLE}, and that the API key belongs to the data centre \
                     in its address",
                    self.config.app
                ),
            };
        }
        let audience = if fault.is_not_found() { "; is the audience's id right?" } else { "" };
        ConnectorError::Permanent { reason: format!("{}{audience}", fault.brief()) }
    }
}

fn capabilities(config: &MailchimpConfig) -> Capabilities {
    Capabilities {
        listing: Listing::Complete,
        tombstones: false,
        tags: Some(TagLimits::default().max_chars(MAX_TAG_CHARS)),
        unsubscribes: true,
        mails_new_contacts: config.opt_in == config::OptIn::Single,
        conditional_writes: false,
        markers: false,
        visibility_lag_seconds: config.visibility_lag_seconds,
        write_batch_contacts: WRITE_BATCH_CONTACTS,
        fetch_batch_contacts: FETCH_BATCH_CONTACTS,
        find_batch_addresses: FIND_BATCH_ADDRESSES,
    }
}

#[async_trait]
impl Connector for Mailchimp {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The account is named together with the audience: contact ids are an audience's own.
    async fn check(&self) -> Result<Health> {
        let request = Request::get("/3.0/").query("fields", "account_id,role");
        let answer = self.http.send(&request).await.map_err(|error| self.explain(error))?;
        let root: Root = answer.json()?;
        if root.account_id.is_empty() {
            return Err(protocol("an account without an id"));
        }
        self.audience_answers().await?;
        let is_reader = READING_ROLES.iter().any(|role| root.role.eq_ignore_ascii_case(role));
        Ok(Health {
            account: AccountId::new(format!("{}/{}", root.account_id, self.config.audience)),
            missing_permissions: if is_reader { vec![WRITING_ROLE.to_owned()] } else { Vec::new() },
            quota: None,
        })
    }

    async fn schema(&self) -> Result<Schema> {
        Ok(self.list_fields().await?.schema())
    }

    async fn changes(&self, from: &From) -> Result<Page> {
        self.page(from).await
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

    /// A birthday loses its year, a country's code gets capitals; what else Mailchimp does to values is adopted
    /// from its answers.
    fn normalise(&self, field: &FieldName, value: &Value) -> Value {
        let catalogue = self.known_catalogue();
        match catalogue.as_ref().and_then(|catalogue| catalogue.field(field)) {
            Some(Field::Merge(merge)) => merge.normalise(value),
            Some(Field::Standard(_)) | None if value.is_empty() => Value::Null,
            Some(Field::Standard(_)) | None => value.clone(),
        }
    }

    /// Batches of new members, and a call for each other contact; tags take another two.
    fn forecast(&self, writes: &WriteCounts) -> u64 {
        let batches = writes.creates.div_ceil(WRITE_BATCH_CONTACTS as u64);
        let tagged: u64 = writes.tags.values().fold(0, |sum, contacts| sum.saturating_add(*contacts));
        (batches.saturating_mul(CALLS_PER_CREATE_BATCH))
            .saturating_add(writes.updates)
            .saturating_add(tagged.saturating_mul(CALLS_PER_TAGGING))
    }

    fn calls_made(&self) -> u64 {
        self.http.calls()
    }
}

fn protocol(reason: &'static str) -> ConnectorError {
    ConnectorError::Protocol { reason: reason.to_owned() }
}
