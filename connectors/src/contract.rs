//! The contract between the engine and a vendor's connector.
//!
//! The full text, with every MUST and SHOULD, is `docs/connector.md`; the conformance suite
//! ([`crate::conformance`]) enforces it on each connector. In short:
//!
//! - A connector reads and writes one account of one app. It keeps no contact between calls and knows
//!   nothing of links, rules or the other side.
//! - It reports what the vendor said: a field that was not in the answer is missing from the record, an
//!   empty one is [`Value::Null`]; it never invents a deletion.
//! - It never repeats a create whose outcome is unknown.
//! - Every loop, page, batch, retry and wait inside it has a limit.

use crate::error::ConnectorError;
pub use crate::tagging::{TagLimits, TagMisfit, TagOrigin};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use syntony_core::ids::{AccountId, ContactId, Cursor, FieldName, OpKey, PageToken, Tag};
pub use syntony_core::observe::{Change, Coverage, Observation};
use syntony_core::op::{Outcome, Write};
use syntony_core::record::Record;
use syntony_core::schema::Schema;
use syntony_core::value::Value;

/// What every call of a connector gives.
pub type Result<T> = std::result::Result<T, ConnectorError>;

/// One account of one app.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What the app can do. Constant for the connector's life.
    fn capabilities(&self) -> &Capabilities;

    /// Whether the credentials work, what they may do, and how much of a quota is left.
    async fn check(&self) -> Result<Health>;

    /// The app's fields, with the account's custom ones.
    async fn schema(&self) -> Result<Schema>;

    /// One page of what changed (or of everything). At least once: an item may come twice, none may be
    /// missing. An expired cursor is [`ConnectorError::CursorExpired`], never a partial list.
    async fn changes(&self, from: &From) -> Result<Page>;

    /// Contacts by id: one answer for each id asked, in any order. At most
    /// [`Capabilities::fetch_batch_contacts`] ids.
    async fn fetch(&self, ids: &[ContactId]) -> Result<Vec<Fetched>>;

    /// Contacts that hold one of these e-mail addresses. At most
    /// [`Capabilities::find_batch_addresses`] addresses. Contacts that match loosely may be among the answers: the
    /// engine compares.
    async fn find(&self, addresses: &[String]) -> Result<Vec<Change>>;

    /// Writes, each once. One outcome for each op, in any order. An `Err` means that nobody can say
    /// what was applied: every op of the call is then unknown. At most
    /// [`Capabilities::write_batch_contacts`] ops.
    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>>;

    /// The value as the vendor would hold it after a write, as far as its documents say. The engine uses
    /// it to foresee, never to confirm.
    fn normalise(&self, field: &FieldName, value: &Value) -> Value;

    /// How many calls writing this much would take.
    fn forecast(&self, writes: &WriteCounts) -> u64;

    /// HTTP calls made since the connector was built, retries included.
    fn calls_made(&self) -> u64;

    /// What the vendor last said of a quota on its own, without being asked for it.
    fn quota(&self) -> Option<Quota> {
        None
    }
}

/// What an app can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How contacts become known.
    pub listing: Listing,
    /// Whether the change feed reports deletions.
    pub tombstones: bool,
    /// Which tags contacts can hold; `None` where they can hold none.
    pub tags: Option<TagLimits>,
    /// Whether the app says who opted out.
    pub unsubscribes: bool,
    /// Whether the app mails people, and a new contact is among them at once unless the create forbids it.
    pub mails_new_contacts: bool,
    /// Whether a write can be made to fail when the contact changed since it was read.
    pub conditional_writes: bool,
    /// Whether a created contact carries its op's key, readable later ([`Record::marker`]).
    pub markers: bool,
    /// How long a new contact may be missing from [`Connector::changes`] and [`Connector::find`], in
    /// seconds. A create whose outcome is unknown is looked for until this has passed.
    pub visibility_lag_seconds: u64,
    /// The most ops that one [`Connector::write`] takes.
    pub write_batch_contacts: usize,
    /// The most ids that one [`Connector::fetch`] takes.
    pub fetch_batch_contacts: usize,
    /// The most addresses that one [`Connector::find`] takes.
    pub find_batch_addresses: usize,
}

/// How an app's contacts become known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The app lists all of its contacts; one that a complete listing lacks may be gone.
    Complete,
    /// The app cannot list its contacts: they are found by what points at them and by look-up, and a
    /// missing one means nothing.
    Discovery,
}

/// Where to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Everything, from the start.
    Start,
    /// What changed since this cursor.
    Cursor(Cursor),
    /// The next page of the listing that gave this token.
    Page(PageToken),
}

/// One page of a listing or a change feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it holds; may be empty on any page.
    pub changes: Vec<Change>,
    /// How it goes on.
    pub next: Next,
}

/// How a listing goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is another page.
    Page(PageToken),
    /// This was the last. `cursor` covers all pages of this listing.
    End {
        /// Where the next run goes on.
        cursor: Cursor,
        /// What the pages together were.
        coverage: Coverage,
    },
}

/// The answer for one id of a [`Connector::fetch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The id that was asked for.
    pub asked: ContactId,
    /// What came.
    pub found: Found,
}

/// What came for an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The contact, perhaps under another id.
    Live {
        /// Its id now.
        id: ContactId,
        /// The contact.
        record: Box<Record>,
    },
    /// The vendor says that it is gone.
    Gone,
    /// It was merged into another contact.
    MergedInto(ContactId),
    /// It cannot be said: not permitted, or an answer that could mean either.
    Unknown,
}

/// What `check` learns of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Which account is behind the credentials.
    pub account: AccountId,
    /// Scopes or permissions that are missing, as the vendor names them.
    pub missing_permissions: Vec<String>,
    /// What is left of the app's quotas, where the app tells.
    pub quota: Option<Quota>,
}

/// A quota of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Its name, as the vendor calls it.
    pub name: String,
    /// How many calls it allows.
    pub limit_calls: u64,
    /// How many are left.
    pub remaining_calls: u64,
}

/// How much is to be written, for a forecast of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteCounts {
    /// Contacts to create.
    pub creates: u64,
    /// Contacts whose fields change.
    pub updates: u64,
    /// Per tag, contacts that it is put on or taken off.
    pub tags: std::collections::BTreeMap<Tag, u64>,
}
