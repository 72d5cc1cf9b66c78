//! The rows of an org: stored, changed, thrown away, and shown when their transaction has committed.
//!
//! Nothing is validated here: that is for whoever writes. What is kept here is the invariant of the stamps
//! (`SystemModstamp` never lies before `LastModifiedDate`, both have whole seconds and no two moments are
//! told apart within one), of the recycle bin, and of late commits: a row whose transaction is still open
//! is written for all who write, and for all who read it is what it was before.

mod convert;
mod journal;
mod merge;
mod row;
mod table;

pub(super) use row::{Fields, Row};
pub(super) use table::Table;

use super::id::RowId;
use super::schema::{Object, Schema};
use super::tidy;
use journal::Journal;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How long a deleted row stays in the recycle bin, in seconds: 15 days.
const BIN_SECONDS: i64 = 15 * 24 * 3600;
/// How many levels deep a deletion takes others along: account, contact, member.
const MAX_CASCADE_DEPTH: usize = 3;

/// Who does something, when, and when others see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act {
    /// Milliseconds since 1970.
    pub(super) now_ms: i64,
    /// The user.
    pub(super) by: RowId,
    /// How long the transaction stays open after its stamps were taken, in milliseconds.
    pub(super) late_ms: i64,
}

impl Act {
    /// The stamp that this leaves, in seconds since 1970.
    pub(super) fn seconds(&self) -> i64 {
        self.now_ms.div_euclid(1_000)
    }
}

/// A row that is not in the recycle bin any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grave {
    pub(super) id: RowId,
    pub(super) deleted_s: i64,
}

/// A transaction that others do not see yet.
#[derive(Clone, Debug)]
struct Late {
    visible_ms: i64,
    /// What they see instead.
    before: Option<Row>,
}

/// All rows.
#[derive(Debug)]
pub(super) struct Store {
    tables: BTreeMap<Object, Table>,
    /// What queries of an object without rows look at.
    nothing: Table,
    last_ids: BTreeMap<Object, u64>,
    late: HashMap<RowId, Late>,
    /// Rows that are not shared with the client's user.
    unshared: BTreeSet<RowId>,
    bin: BTreeSet<(i64, RowId)>,
    graves: Vec<Grave>,
    journal: Journal,
    reshapes: bool,
}

impl Store {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut store = Self {
            tables: BTreeMap::new(),
            nothing: Table::default(),
            last_ids: BTreeMap::new(),
            late: HashMap::new(),
            unshared: BTreeSet::new(),
            bin: BTreeSet::new(),
            graves: Vec::new(),
            journal: Journal::default(),
            reshapes: false,
        };
        store.set_schema(schema);
        store
    }

    /// Whether what is written is stored in a form of the org's own: see [`crate::normal`].
    pub(super) fn set_reshapes(&mut self, on: bool) {
        self.reshapes = on;
    }

    fn reshaped(&self, object: Object, fields: Fields) -> Fields {
        if !self.reshapes {
            return fields;
        }
        let table = self.table(object);
        let each = fields.into_iter().map(|(name, value)| match table.kind(&name) {
            Some(kind) => (name, tidy::reshaped(kind, value)),
            None => (name, value),
        });
        each.collect()
    }

    /// Keeps the indexes that this schema wants.
    pub(super) fn set_schema(&mut self, schema: &Schema) {
        for described in schema.all() {
            self.tables.entry(described.object).or_default().describe(described);
        }
    }

    /// Lets time pass: transactions commit, and the recycle bin loses what is too old.
    pub(super) fn settle(&mut self, now_ms: i64) {
        self.late.retain(|_, late| late.visible_ms > now_ms);
        let oldest_s = now_ms.div_euclid(1_000) - BIN_SECONDS;
        while let Some((deleted_s, id)) = self.bin.first().copied()
            && deleted_s <= oldest_s
        {
            self.purge(id);
        }
    }

    pub(super) fn table(&self, object: Object) -> &Table {
        self.tables.get(&object).unwrap_or(&self.nothing)
    }

    /// A row as it was last written, deleted or not: what a write meets.
    pub(super) fn row(&self, id: RowId) -> Option<&Row> {
        self.table(id.object()?).get(id)
    }

    /// Whether a row is shared with the client's user. Nothing tells of one that is not.
    pub(super) fn is_shared(&self, id: RowId) -> bool {
        !self.unshared.contains(&id)
    }

    /// Takes a row out of the client's sight. No stamp moves.
    pub(super) fn unshare(&mut self, id: RowId) {
        self.unshared.insert(id);
    }

    /// Shows it again. No stamp moves either.
    pub(super) fn share(&mut self, id: RowId) {
        self.unshared.remove(&id);
    }

    /// A row as readers see it, deleted or not.
    pub(super) fn visible(&self, id: RowId, now_ms: i64) -> Option<&Row> {
        if !self.is_shared(id) {
            return None;
        }
        match self.late.get(&id) {
            Some(late) if late.visible_ms > now_ms => late.before.as_ref(),
            Some(_) | None => self.row(id),
        }
    }

    /// The rows of this object whose transaction is still open: an index may not know what readers see
    /// of them.
    pub(super) fn open(&self, object: Object) -> impl Iterator<Item = RowId> {
        self.late.keys().copied().filter(move |id| id.object() == Some(object))
    }

    /// The earliest stamp of any open transaction, in seconds.
    pub(super) fn oldest_open_s(&self) -> Option<i64> {
        self.late.keys().filter_map(|id| self.row(*id)).map(|row| row.modstamp_s).min()
    }

    /// The ids of the rows, not deleted, whose indexed field has this value in any case.
    pub(super) fn find(&self, object: Object, field: &str, value: &str) -> Vec<RowId> {
        let table = self.table(object);
        let live = |id: &RowId| table.get(*id).is_some_and(|row| !row.is_deleted);
        table.with_value(field, value).filter(live).collect()
    }

    /// What is gone for good, oldest first.
    pub(super) fn graves(&self) -> &[Grave] {
        &self.graves
    }

    /// Stores a new row. Nulls are left out.
    pub(super) fn insert(&mut self, object: Object, fields: Fields, act: &Act) -> RowId {
        let fields = self.reshaped(object, fields);
        let last = self.last_ids.entry(object).or_insert(0);
        *last += 1;
        let id = RowId::numbered(object.prefix(), *b"5e", *last);
        let now_s = act.seconds();
        let row = Row {
            id,
            fields: fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            created_s: now_s,
            created_by: act.by,
            modified_s: now_s,
            modified_by: act.by,
            modstamp_s: now_s,
            is_deleted: false,
            master: None,
            deleted_with: None,
            deleted_s: None,
        };
        self.put(row, act);
        id
    }

    /// Changes a row: null clears. Nothing happens to a row that is not there. The stamps move even if
    /// no value does.
    pub(super) fn update(&mut self, id: RowId, changes: Fields, act: &Act) {
        let Some(mut row) = self.row(id).cloned() else { return };
        let changes = match id.object() {
            Some(object) => self.reshaped(object, changes),
            None => return,
        };
        for (name, value) in changes {
            match value {
                Json::Null => row.fields.remove(&name),
                value => row.fields.insert(name, value),
            };
        }
        stamp(&mut row, act);
        self.put(row, act);
    }

    /// The system touches a row: its `SystemModstamp` moves and nothing else.
    pub(super) fn bump(&mut self, id: RowId, act: &Act) {
        let Some(mut row) = self.row(id).cloned() else { return };
        row.modstamp_s = row.modstamp_s.max(act.seconds());
        self.put(row, act);
    }

    /// Into the recycle bin, with what belongs to it; or away for good, where there is no bin.
    pub(super) fn delete(&mut self, id: RowId, act: &Act) {
        self.delete_with(id, None, act, 0);
    }

    fn delete_with(&mut self, id: RowId, parent: Option<RowId>, act: &Act, depth: usize) {
        let Some(object) = id.object() else { return };
        let Some(mut row) = self.row(id).filter(|row| !row.is_deleted).cloned() else { return };
        if depth < MAX_CASCADE_DEPTH {
            for child in self.cascading(object, id) {
                self.delete_with(child, Some(parent.unwrap_or(id)), act, depth + 1);
            }
        }
        row.is_deleted = true;
        row.deleted_with = parent;
        row.deleted_s = Some(act.seconds());
        stamp(&mut row, act);
        self.put(row, act);
        if !object.has_recycle_bin() {
            self.purge(id);
        }
    }

    fn cascading(&self, object: Object, id: RowId) -> Vec<RowId> {
        let children = object.children().iter().filter(|child| child.cascades);
        children.flat_map(|child| self.find(child.object, child.field, id.as_str())).collect()
    }

    /// Out of the recycle bin again, with what went there together.
    pub(super) fn undelete(&mut self, id: RowId, act: &Act) {
        let Some(object) = id.object() else { return };
        let Some(mut row) = self.row(id).filter(|row| row.is_deleted).cloned() else { return };
        row.is_deleted = false;
        row.master = None;
        row.deleted_with = None;
        row.deleted_s = None;
        stamp(&mut row, act);
        self.put(row, act);
        for child in object.children().iter().filter(|child| child.cascades) {
            let table = self.table(child.object);
            let together = |child: &RowId| {
                table.get(*child).is_some_and(|row| row.is_deleted && row.deleted_with.is_some())
            };
            let restored: Vec<RowId> = table.with_value(child.field, id.as_str()).filter(together).collect();
            for child in restored {
                self.undelete(child, act);
            }
        }
    }

    /// Out of the recycle bin for good: no query tells of it any more.
    pub(super) fn purge(&mut self, id: RowId) {
        let Some(table) = id.object().and_then(|object| self.tables.get_mut(&object)) else { return };
        let Some(row) = table.take(id) else { return };
        self.late.remove(&id);
        if let Some(deleted_s) = row.deleted_s {
            self.bin.remove(&(deleted_s, id));
            self.graves.push(Grave { id, deleted_s });
        }
        self.journal.note(id, Some(row));
    }

    /// Stores a row, keeps the bin in step, and hides it for as long as its transaction is open.
    fn put(&mut self, row: Row, act: &Act) {
        let id = row.id;
        let Some(object) = id.object() else { return };
        if let Some(deleted_s) = row.deleted_s {
            self.bin.insert((deleted_s, id));
        }
        let deleted_s = row.deleted_s;
        let before = self.tables.entry(object).or_default().put(row);
        if let Some(old) = before.as_ref().and_then(|old| old.deleted_s)
            && Some(old) != deleted_s
        {
            self.bin.remove(&(old, id));
        }
        self.journal.note(id, before.clone());
        if act.late_ms > 0 {
            let visible_ms = act.now_ms.saturating_add(act.late_ms);
            let late = self.late.entry(id).or_insert(Late { visible_ms, before });
            late.visible_ms = late.visible_ms.max(visible_ms);
        }
    }
}

/// A user's edit. Clocks of different servers differ: a stamp never goes back.
fn stamp(row: &mut Row, act: &Act) {
    row.modified_s = row.modified_s.max(act.seconds());
    row.modified_by = act.by;
    row.modstamp_s = row.modstamp_s.max(row.modified_s);
}

/// Fields from names and values.
pub(super) fn fields<'a>(pairs: impl IntoIterator<Item = (&'a str, Json)>) -> Fields {
    pairs.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}
