//! The rows of one object, and what finds them without looking at all of them.
//!
//! The invariant: every index holds exactly the rows that are in `rows`, deleted ones included.

use super::super::id::RowId;
use super::super::schema::{Kind, ObjectType};
use super::row::Row;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// All rows of one object.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Table {
    rows: BTreeMap<RowId, Row>,
    by_stamp: BTreeSet<(i64, RowId)>,
    by_value: HashMap<Arc<str>, HashMap<String, BTreeSet<RowId>>>,
    indexed: Vec<Arc<str>>,
    kinds: HashMap<Arc<str>, Kind>,
}

impl Table {
    /// What the rows' fields hold. An index that is new is filled.
    pub(super) fn describe(&mut self, described: &ObjectType) {
        let kinds = described.fields.iter().map(|field| (Arc::clone(&field.name), field.kind));
        self.kinds = kinds.collect();
        let wanted = described.fields.iter().filter(|field| field.indexed && !field.computed);
        let wanted: Vec<Arc<str>> = wanted.map(|field| Arc::clone(&field.name)).collect();
        if wanted == self.indexed {
            return;
        }
        self.indexed = wanted;
        let rows = std::mem::take(&mut self.rows);
        self.by_stamp.clear();
        self.by_value.clear();
        for row in rows.into_values() {
            self.put(row);
        }
    }

    /// What a field holds, if the object has such a field.
    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.get(name).copied()
    }

    /// Stores a row in the place of the one with its id; gives that one.
    pub(super) fn put(&mut self, row: Row) -> Option<Row> {
        let before = self.take(row.id);
        self.by_stamp.insert((row.modstamp_s, row.id));
        for name in &self.indexed {
            if let Some(key) = row.fields.get(name).and_then(key) {
                let values = self.by_value.entry(Arc::clone(name)).or_default();
                values.entry(key).or_default().insert(row.id);
            }
        }
        self.rows.insert(row.id, row);
        before
    }

    /// Takes a row out for good.
    pub(super) fn take(&mut self, id: RowId) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        self.by_stamp.remove(&(row.modstamp_s, id));
        for name in &self.indexed {
            let Some(key) = row.fields.get(name).and_then(key) else { continue };
            let Some(values) = self.by_value.get_mut(name) else { continue };
            if let Some(ids) = values.get_mut(&key) {
                ids.remove(&id);
                if ids.is_empty() {
                    values.remove(&key);
                }
            }
        }
        Some(row)
    }

    /// A row, deleted or not.
    pub(in super::super) fn get(&self, id: RowId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// All rows by id, deleted ones included.
    pub(in super::super) fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.values()
    }

    /// All ids after this one.
    pub(in super::super) fn ids_from(&self, first: RowId) -> impl Iterator<Item = RowId> {
        self.rows.range(first..).map(|(id, _)| *id)
    }

    /// All ids of rows whose `SystemModstamp` is this second or later, in its order.
    pub(in super::super) fn ids_since(&self, seconds: i64) -> impl Iterator<Item = RowId> {
        let first = RowId::numbered("000", *b"00", 0);
        self.by_stamp.range((seconds, first)..).map(|(_, id)| *id)
    }

    /// Whether there is an index of this field.
    pub(in super::super) fn has_index(&self, name: &str) -> bool {
        self.indexed.iter().any(|indexed| &**indexed == name)
    }

    /// The ids of all rows, deleted ones included, whose indexed field has this value in any case.
    pub(in super::super) fn with_value(&self, name: &str, value: &str) -> impl Iterator<Item = RowId> {
        let found = self.by_value.get(name).and_then(|values| values.get(&value.to_lowercase()));
        found.into_iter().flatten().copied()
    }

    pub(in super::super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// A value as indexes have it. Ids differ in more than case, so that folding them is harmless: who asks
/// the index looks at the row afterwards.
fn key(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.to_lowercase()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}
