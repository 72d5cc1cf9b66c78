//! What may be done to a contact, and what can come of it.
//!
//! There are two writes, create and update. There is no way to say *delete*, and no way to say
//! *subscribe*: what cannot be expressed cannot happen.

use crate::ids::{ActionKey, ContactId, FieldName, MappingKey, RuleKey, RunId, Tag};
use crate::record::{Fields, Record, Subscription};
use crate::side::Side;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One write to one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// A contact that is not there yet.
    Create {
        /// Its fields.
        fields: Fields,
        /// Its tags.
        tags: BTreeSet<Tag>,
        /// Whether an app that mails people may mail this one.
        #[serde(default)]
        mailing: Mailing,
    },
    /// A change to a contact that is there.
    Update {
        /// Which contact.
        id: ContactId,
        /// The fields to set; every other field stays as it is. [`Value::Null`] or an empty list clears.
        fields: Fields,
        /// Tags to put on.
        add_tags: BTreeSet<Tag>,
        /// Tags to take off.
        remove_tags: BTreeSet<Tag>,
        /// The contact as the plan saw it: its version for a conditional write, its shadow for what a
        /// vendor wants sent again. Never a source of values to write.
        seen: Box<Record>,
    },
}

impl Write {
    /// The contact to be written, if it is there already.
    #[must_use]
    pub fn contact(&self) -> Option<&ContactId> {
        match self {
            Write::Create { .. } => None,
            Write::Update { id, .. } => Some(id),
        }
    }

    /// The fields to be set.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        match self {
            Write::Create { fields, .. } | Write::Update { fields, .. } => fields,
        }
    }
}

/// Whether a new contact may be mailed, by what is known where it comes from. It decides in which state an app
/// that mails people takes it in; nothing that exists is ever changed by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailing {
    /// Nothing speaks against it: the other app says yes, or says nothing.
    Allowed,
    /// The person opted out there, or is in a state of its own (pending, cleaned, archived).
    #[default]
    Refused,
}

impl Mailing {
    /// What a contact's subscription in one app means for a new contact in another.
    #[must_use]
    pub fn of(subscription: &Subscription) -> Self {
        match subscription {
            Subscription::Unknown | Subscription::Subscribed => Mailing::Allowed,
            Subscription::Unsubscribed | Subscription::Other(_) => Mailing::Refused,
        }
    }
}

/// A write on a side of a connection, with what each change is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// The side to be written.
    pub side: Side,
    /// What to send.
    pub write: Write,
    /// The same, field by field, for people: the preview, the history and undo stand on it.
    pub changes: Vec<Change>,
}

/// One field of an op, before and after, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What is changed.
    pub target: Target,
    /// What it held ([`Value::Null`] for a contact that is to be created).
    pub before: Value,
    /// What it is to hold.
    pub after: Value,
    /// The rule or the mapping that causes it.
    pub because: Because,
}

/// What a change is made to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A field.
    Field(FieldName),
    /// A tag put on.
    TagOn(Tag),
    /// A tag taken off.
    TagOff(Tag),
}

/// Why a change is made. Each change has exactly one cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A mapping brought it from the other side.
    Mapping(MappingKey),
    /// The configuration fills a required field of a new contact.
    Placeholder,
    /// A rule's action.
    Rule(RuleKey, ActionKey),
    /// A rule's action, taken back because no rule selects the contact any more.
    LeftScope(ActionKey),
    /// The counterpart was deleted.
    Deleted,
    /// The counterpart was restored.
    Restored,
    /// The person opted out on the other side.
    Unsubscribed,
    /// The person came back on the other side.
    Resubscribed,
    /// An admin takes back what a run wrote.
    Undo(RunId),
}

/// What came of a write. One for each op, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor confirmed it, and this is what its server now holds.
    Applied {
        /// The contact's id; for a create, this is where it is learned.
        id: ContactId,
        /// The contact as the server holds it after the write.
        record: Box<Record>,
    },
    /// The contact is not what the plan saw, or is not there any more: nothing was written. Read it
    /// again and plan again.
    Stale,
    /// The vendor refused it: nothing was written.
    Rejected(Rejection),
    /// It was not sent, and nothing is wrong with it (a quota is used up, an earlier call failed).
    Deferred(String),
    /// It was sent, and nobody can say whether it was applied.
    Unknown,
}

/// A vendor's refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The field that the vendor names, if it names one.
    pub field: Option<FieldName>,
    /// The vendor's words, without the contact's values where they could be told apart.
    pub reason: String,
    /// What a person can do about it, if we know.
    pub hint: Option<String>,
}
