//! What the engine knows of a contact in an app: an observation, never a wish.
//!
//! *Not observed* and *empty* are different things and stay different: a key that is missing from
//! [`Fields`] was not asked for, not permitted or not in a partial answer; a key with
//! [`Value::Null`] was looked at and is empty. Nothing may turn the first
//! into the second.

use crate::ids::{ContactId, FieldName, OpKey, Tag};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Observed fields of a contact. A missing key is *not observed*.
pub type Fields = BTreeMap<FieldName, Value>;

/// What a contact was when we last learned it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which version of the contact this is.
    pub version: Version,
    /// Its observed fields.
    pub fields: Fields,
    /// Its tags, if they were observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeSet<Tag>>,
    /// Whether it may be mailed, as far as the app says.
    #[serde(default)]
    pub subscription: Subscription,
    /// When the vendor says it was created, in milliseconds since 1970; only ever a tie-breaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ms: Option<i64>,
    /// The marker that our own create left in it, where the vendor has room for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<OpKey>,
    /// What of the vendor's own form `fields` cannot express and the next write needs again (an etag,
    /// labels of entries, sub-fields we do not model). Opaque: only its connector reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<String>,
}

impl Record {
    /// Whether the two say the same of the contact. Versions and shadows move without anything that a
    /// person would call a change (Google bumps etags after mere mails), so they do not count.
    #[must_use]
    pub fn same_content(&self, other: &Record) -> bool {
        self.fields == other.fields && self.tags == other.tags && self.subscription == other.subscription
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Record")
            .field("version", &self.version)
            .field("fields", &self.fields)
            .field("tags", &self.tags.as_ref().map(BTreeSet::len))
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}

/// A version of a contact, as far as the vendor tells them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The vendor's name of the version (an etag, a counter), empty where it has none.
    pub tag: String,
    /// A number that never falls while the contact changes (a time stamp, a counter), if there is one.
    /// An observation with a smaller number than a known one is old news and is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
}

impl Version {
    /// Whether this is certainly older than `other`. Without order numbers nothing is certain.
    #[must_use]
    pub fn is_older_than(&self, other: &Version) -> bool {
        matches!((self.order, other.order), (Some(mine), Some(theirs)) if mine < theirs)
    }
}

/// Whether a person may be mailed, as the app says. Only ever read: nothing in this program can set it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// The app does not say.
    #[default]
    Unknown,
    /// The person may be mailed.
    Subscribed,
    /// The person opted out.
    Unsubscribed,
    /// A state of the vendor's own that is neither (`pending`, `cleaned`, `archived`, compliance).
    Other(String),
}

/// How we know that a contact is gone. Not seen, not visible and not permitted are not here: they are
/// [`Seen::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The vendor's change feed said that it was deleted.
    Tombstone,
    /// It was missing from a listing that was proven complete, and a read by its id said that it is gone.
    AbsentAndReadGone,
    /// It was merged into another contact, which lives on.
    MergedInto(ContactId),
}

/// What we know of a contact in an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Nothing was ever learned of it.
    #[default]
    Never,
    /// It was there once; whether it still is cannot be said (not visible, not permitted, not readable).
    Unknown,
    /// It is there.
    Live(Record),
    /// It is gone, and this is how we know.
    Gone(Evidence),
}

impl Seen {
    /// The record, if the contact is there.
    #[must_use]
    pub fn live(&self) -> Option<&Record> {
        match self {
            Seen::Live(record) => Some(record),
            Seen::Never | Seen::Unknown | Seen::Gone(_) => None,
        }
    }
}
