//! What people did, for the laws that ask for a person behind a change.

use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, FieldName};
use syntony_core::side::Side;

/// What people did so far.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Fields that a person edited.
    pub(crate) edited: BTreeSet<(Side, ContactId, FieldName)>,
    /// Contacts that a person deleted at some time.
    pub(crate) deleted: BTreeSet<(Side, ContactId)>,
    /// Contacts that a person brought back at some time.
    pub(crate) restored: BTreeSet<(Side, ContactId)>,
    /// Contacts that were merged away.
    pub(crate) merged: BTreeSet<(Side, ContactId)>,
    /// Contacts that are deleted now.
    pub(crate) gone: BTreeSet<(Side, ContactId)>,
    /// When people did anything in an app, in milliseconds since the beginning.
    pub(crate) acts: Vec<(Side, u64)>,
    /// Contacts that are out of sight now.
    pub(crate) hidden: BTreeSet<(Side, ContactId)>,
}

impl Journal {
    /// Whether a person did something in an app so shortly before `at_ms` that its feed may not have shown
    /// it by then.
    pub(super) fn hides_something(&self, side: Side, at_ms: u64, lag_ms: u64) -> bool {
        self.acts
            .iter()
            .any(|(acted, when)| *acted == side && *when <= at_ms && at_ms - *when <= lag_ms && lag_ms > 0)
    }
}
