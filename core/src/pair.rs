//! What the planner is told of one pair of contacts: everything it may decide on, nothing it would have
//! to ask for.

use crate::ids::{ActionKey, ContactId, EmailKey, LinkId, MappingKey, Tag};
use crate::policy::Action;
use crate::record::{Fields, Record, Seen};
use crate::side::{Side, Sides};
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pair of contacts, or one contact that has no counterpart yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairState {
    /// The link between the two, if there is one already. Two contacts without a link were matched just
    /// now.
    pub link: Option<Link>,
    /// The contact on each side.
    pub contacts: Sides<ContactState>,
    /// Per mapping, what both sides held when they were last confirmed to be in step.
    pub base: BTreeMap<MappingKey, Sides<Fields>>,
    /// E-mail keys of a side's contact that another contact of the *other* side already has, and which.
    pub collisions: Sides<BTreeMap<EmailKey, ContactId>>,
    /// What rules did to this pair before.
    pub actions: BTreeMap<ActionKey, Done>,
    /// Tags that stand for a deletion or an unsubscribe on each side, as far as we put them there.
    pub marks: Sides<Marks>,
    /// How often each mapping wrote the same value to a side again.
    pub repeats: BTreeMap<MappingKey, Sides<Repeats>>,
    /// Whether a rule selected this pair when it was last planned; what the guard calls a leaver is a pair
    /// that was selected and is not any more.
    pub was_selected: bool,
    /// Whether a person asked that the people behind this pair be forgotten: nothing is ever created.
    pub forgotten: bool,
}

/// One contact of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactState {
    /// Its id, if there is such a contact.
    pub id: Option<ContactId>,
    /// What we know of it.
    pub seen: Seen,
}

impl ContactState {
    /// The record, if the contact is there.
    #[must_use]
    pub fn live(&self) -> Option<&Record> {
        self.seen.live()
    }
}

/// The permanent pair of two contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number.
    pub id: LinkId,
    /// How it stands.
    pub status: LinkStatus,
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// Both contacts are kept in step.
    Active,
    /// The contact on this side is gone; its counterpart stays, and is not created again there.
    Trashed(Side),
    /// Both are gone: a small grave, so that a late echo creates nothing.
    Closed,
}

/// What an action did to a pair. The action itself is kept, because it may have to be taken back after
/// its rule is gone from the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The action.
    pub action: Action,
    /// What came of it.
    pub trace: Trace,
    /// For a field: what the app held right after the write, where it said so. Apps keep values in a spelling of
    /// their own, and that is no edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Value>,
}

impl Done {
    /// An action with what came of it, as far as the plan can say.
    #[must_use]
    pub fn new(action: Action, trace: Trace) -> Self {
        Self { action, trace, held: None }
    }
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trace {
    /// It changed something: this is what was there before ([`Value::Null`] for a tag).
    Changed(Value),
    /// There was nothing to change, or what was there before was not observed and the change cannot be
    /// proven ours: nothing is ever taken back, and no absence is taken for a person's doing.
    Already,
    /// It changed something, a person reversed it, and that was reported: it is not done again.
    Reversed,
}

/// Our own marks on a side's contact.
///
/// A tag that was seen there before us is not ours, and is not here. A tag that we sent to a contact whose
/// tags were not observed is: the tag is named for this one purpose, and a contact that came back must not
/// stay marked as deleted because nobody looked before. The mark is also what keeps it from being sent
/// again in every run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// The deletion tag that we put on, if we did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Tag>,
    /// The unsubscribe tag that we put on, if we did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribed: Option<Tag>,
}

/// How often in a row one value was written to one side through one mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// A fingerprint of the value.
    pub fingerprint: String,
    /// In how many runs it was written.
    pub runs: u32,
}
