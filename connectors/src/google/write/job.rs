//! What there is to do for one contact, on its way through the stages of a write.

use super::super::wire::shadow::Shadow;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, OpKey, Tag};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

/// A contact to be created.
pub(super) struct NewContact {
    pub(super) key: OpKey,
    pub(super) fields: Fields,
    pub(super) tags: BTreeSet<Tag>,
}

impl NewContact {
    pub(super) fn new(key: OpKey, fields: Fields, tags: BTreeSet<Tag>) -> Self {
        Self { key, fields, tags }
    }

    pub(super) fn has_tags(&self) -> bool {
        !self.tags.is_empty()
    }
}

/// A contact to be changed.
pub(super) struct Update {
    pub(super) key: OpKey,
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    pub(super) add: BTreeSet<Tag>,
    pub(super) remove: BTreeSet<Tag>,
    /// What the plan saw.
    pub(super) seen: Box<Record>,
    /// What the write stands on: the plan's shadow, or a newer one of the same content.
    pub(super) basis: Option<Shadow>,
    /// How often it was refused as stale. While nothing has changed, those were false alarms.
    pub(super) false_alarms: u32,
    /// The contact after what was written so far; `None` while nothing was.
    pub(super) written: Option<Written>,
}

/// A contact as the server held it after a write.
pub(super) struct Written {
    pub(super) id: ContactId,
    pub(super) record: Box<Record>,
}

impl Update {
    pub(super) fn new(
        key: OpKey,
        id: ContactId,
        fields: Fields,
        add: BTreeSet<Tag>,
        remove: BTreeSet<Tag>,
        seen: Box<Record>,
    ) -> Self {
        let basis = Shadow::parse(seen.shadow.as_deref());
        Self { key, id, fields, add, remove, seen, basis, false_alarms: 0, written: None }
    }

    pub(super) fn has_tags(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// The same, refused once more.
    pub(super) fn refused_as_stale(self) -> Self {
        Self { false_alarms: self.false_alarms + 1, ..self }
    }

    /// Whether the contact is still what the plan saw. What the plan did not see counts for nothing.
    pub(super) fn is_unchanged_in(&self, now: &Record) -> bool {
        let same_tags = match (&self.seen.tags, &now.tags) {
            (Some(then), Some(now)) => then == now,
            (None, _) | (_, None) => true,
        };
        same_tags
            && self
                .seen
                .fields
                .iter()
                .all(|(name, then)| now.fields.get(name).map_or(then.is_empty(), |now| same_value(then, now)))
    }
}

/// Equal, whatever the order: Google's order of entries varies from read to read.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            let (mut a, mut b) = (a.clone(), b.clone());
            a.sort();
            b.sort();
            a == b
        }
        (a, b) => a == b || (a.is_empty() && b.is_empty()),
    }
}
