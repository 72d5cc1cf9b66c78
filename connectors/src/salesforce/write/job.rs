//! What there is to do for one contact, on its way through the stages of a write.

use super::payload::Payload;
use super::value::held;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, FieldName, OpKey, Tag};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

/// A contact to be created.
pub(super) struct NewContact {
    pub(super) key: OpKey,
    pub(super) fields: Fields,
    /// Tags that are rows of their own; those that are in a field are in `payload`.
    pub(super) tags: BTreeSet<Tag>,
    pub(super) payload: Payload,
}

/// A contact to be changed.
pub(super) struct Update {
    pub(super) key: OpKey,
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    pub(super) add: BTreeSet<Tag>,
    pub(super) remove: BTreeSet<Tag>,
    /// What the plan saw, or a newer version of the same content: the write stands on it.
    pub(super) basis: Box<Record>,
}

/// A contact to be changed, with what is sent.
pub(super) struct Ready {
    pub(super) key: OpKey,
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// Tags that are rows of their own.
    pub(super) add: BTreeSet<Tag>,
    /// Tags that are rows of their own.
    pub(super) remove: BTreeSet<Tag>,
    /// The tags that it shall have, where they are in a field and change.
    pub(super) tags: Option<BTreeSet<Tag>>,
    pub(super) basis: Box<Record>,
    pub(super) payload: Payload,
}

/// A contact whose fields are as they shall be.
pub(super) struct Written {
    pub(super) key: OpKey,
    pub(super) id: ContactId,
    /// Tags that are rows of their own and still to be put on.
    pub(super) add: BTreeSet<Tag>,
    /// Tags that are rows of their own and still to be taken off.
    pub(super) remove: BTreeSet<Tag>,
    /// What was written of it before its tags.
    pub(super) so_far: SoFar,
    /// The contact as the server holds it, where an answer showed it already.
    pub(super) record: Option<Box<Record>>,
}

/// What was written of a contact before its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SoFar {
    /// The contact itself: it is there, whatever becomes of its tags.
    Created,
    /// Some of its fields.
    Fields,
    /// Nothing: its tags are all there is to do.
    Nothing,
}

impl Update {
    pub(super) fn has_tags(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }
}

impl Ready {
    /// Whether the contact holds all that was to be written.
    pub(super) fn is_as_wished(&self, now: &Record) -> bool {
        let holds = |name: &FieldName, value: &Value| {
            now.fields.get(name).is_some_and(|now| same_value(&held(now), &held(value)))
        };
        self.fields.iter().all(|(name, value)| holds(name, value))
            && (self.tags.is_none() || self.tags == now.tags)
    }

    /// The same, with its fields written as far as `so_far` says.
    pub(super) fn written(self, so_far: SoFar, record: Option<Box<Record>>) -> Written {
        let Self { key, id, add, remove, .. } = self;
        Written { key, id, add, remove, so_far, record }
    }
}

impl Written {
    pub(super) fn has_tags(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }
}

/// Whether the contact is still what the plan saw. What the plan did not see counts for nothing.
pub(super) fn is_unchanged(seen: &Record, now: &Record) -> bool {
    let same_tags = match (&seen.tags, &now.tags) {
        (Some(then), Some(now)) => then == now,
        (None, _) | (_, None) => true,
    };
    same_tags
        && seen
            .fields
            .iter()
            .all(|(name, then)| now.fields.get(name).map_or(then.is_empty(), |now| same_value(then, now)))
}

fn same_value(a: &Value, b: &Value) -> bool {
    a == b || (a.is_empty() && b.is_empty())
}
