//! What the admin wants of one connection: the configuration, compiled against both apps' schemas and
//! capabilities, in terms the planner can decide on without asking anything else.

mod fingerprint;

use crate::ids::{ActionKey, AppName, ConnectionName, FieldName, MappingKey, RuleKey, Tag};
use crate::lens::Lens;
use crate::record::Fields;
use crate::side::{Side, Sides};
use crate::value::{Number, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One connection's policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The connection's name.
    pub connection: ConnectionName,
    /// Its two apps.
    pub apps: Sides<AppName>,
    /// Which sides may be written. One way is `false` for the source; it wins over rules and mappings.
    pub writable: Sides<bool>,
    /// Which sides can hold tags.
    pub taggable: Sides<bool>,
    /// Who wins where both sides changed one field to different values.
    pub winner: Winner,
    /// What an emptied field does to the other side.
    pub on_clear: OnClear,
    /// Whether contacts without an e-mail address are left out.
    pub avoid_duplicates: bool,
    /// What to do where several contacts of one app share an e-mail address.
    pub duplicates: Duplicates,
    /// The field mappings, sorted by key.
    pub mappings: Vec<Mapping>,
    /// The rules, in the order of the configuration. Never empty: no rules means an empty one for each
    /// direction, put here by the compiler of the configuration.
    pub rules: Vec<Rule>,
    /// Where deletions are read, and the tag that stands for them on the other side.
    pub deletions: Option<Mark>,
    /// Where unsubscribes are read, and the tag that stands for them on the other side.
    pub unsubscribes: Option<Mark>,
    /// What a new contact gets in fields that the app requires and the other side left empty.
    pub placeholders: Sides<Fields>,
    /// When to stop and ask.
    pub guard: GuardLimits,
}

impl Policy {
    /// The mapping of that key.
    #[must_use]
    pub fn mapping(&self, key: &MappingKey) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| mapping.key == *key)
    }

    /// The action of that key.
    #[must_use]
    pub fn action(&self, key: &ActionKey) -> Option<&Action> {
        self.rules.iter().flat_map(|rule| &rule.then).find(|action| action.key == *key)
    }
}

/// An event of one side that becomes a tag on the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where the event is read.
    pub from: Side,
    /// The tag that it becomes on the other side.
    pub tag: Tag,
}

/// Who wins a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// This side's value goes to the other; the loser's is kept in the history.
    Side(Side),
    /// Nobody: the field waits for a person.
    Ask,
}

/// What an emptied field does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnClear {
    /// The other side is emptied too.
    Propagate,
    /// The other side keeps its value, and the emptied side is not refilled.
    Keep,
}

/// What several contacts of one app with one e-mail address mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// None of them is linked.
    Hold,
    /// Of the contacts that share an address across the apps, the most complete, then the oldest, then the
    /// first by id are linked, and the rest listed.
    Best,
}

/// One mapping of a connection.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its name: a concept, or the two field names.
    pub key: MappingKey,
    /// How it reads and writes.
    pub lens: Arc<dyn Lens>,
    /// Into which sides it may write; already narrowed by types, access and direction.
    pub into: Sides<bool>,
    /// What it is to the engine.
    pub role: Role,
    /// Sides on which the vendor requires its field: there it is never emptied.
    pub required: Sides<bool>,
}

/// Whether a mapping is more than data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An ordinary field.
    Data,
    /// The e-mail address: matching stands on it, so it is never emptied and never made to collide.
    Identity,
}

/// IF conditions, THEN actions, on one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Stable while the rule's text is.
    pub key: RuleKey,
    /// The side whose contacts it selects.
    pub from: Side,
    /// What must hold, all of it.
    pub when: Vec<Condition>,
    /// What is done to a contact that comes into its scope.
    pub then: Vec<Action>,
}

/// One IF condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The contact has the tag.
    HasTag(Tag),
    /// The contact has not the tag.
    LacksTag(Tag),
    /// A field's value passes a test.
    Field(FieldName, Test),
    /// The contact has a counterpart in the other app. Such a rule never creates.
    ExistsInOther,
    /// The person opted out, or did not.
    Unsubscribed(bool),
    /// The contact was deleted.
    Deleted,
}

/// A test of a field's value. Text compares without case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// It is one of these.
    OneOf(Vec<Value>),
    /// It is none of these (and may be empty).
    NoneOf(Vec<Value>),
    /// Its text contains this.
    Contains(String),
    /// Its text starts with this.
    StartsWith(String),
    /// It is a number, at least the first and at most the second where given.
    Between(Option<Number>, Option<Number>),
    /// It is empty, or it is not.
    IsEmpty(bool),
}

/// One THEN action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Stable while the action's text is.
    pub key: ActionKey,
    /// The side it is done on.
    pub on: Side,
    /// What is done.
    pub effect: Effect,
    /// Whether it is taken back when no rule selects the contact any more.
    pub undo: bool,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Puts a tag on.
    AddTag(Tag),
    /// Takes a tag off.
    RemoveTag(Tag),
    /// Sets a field (a lead stage and a CQL source are fields).
    Set(FieldName, Value),
}

/// Above which numbers of a run the guard trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardLimits {
    /// Deletion tags, unsubscribe tags, clears and leavers, in percent of the linked contacts.
    pub max_changes_percent: u32,
    /// The same, in number.
    pub max_changes: u64,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self { max_changes_percent: 30, max_changes: 500 }
    }
}
