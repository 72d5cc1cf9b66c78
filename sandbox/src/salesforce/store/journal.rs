//! Taking back what a request has written, for requests that are all or none.

use super::super::id::RowId;
use super::{Row, Store};

/// What rows were before they were written, while anybody may want to take it back.
#[derive(Debug, Default)]
pub(super) struct Journal {
    open: usize,
    before: Vec<(RowId, Option<Row>)>,
}

impl Journal {
    /// Notes what a row was; `None` if it was not there.
    pub(super) fn note(&mut self, id: RowId, before: Option<Row>) {
        if self.open > 0 {
            self.before.push((id, before));
        }
    }
}

/// A state of the store to go back to. Each is ended by [`Store::release`] or by [`Store::roll_back`], the
/// last one first.
#[derive(Debug)]
#[must_use = "a savepoint that is never ended keeps the journal growing"]
pub(in super::super) struct Savepoint(usize);

impl Store {
    /// From here on everything can be taken back. May be nested.
    pub(in super::super) fn savepoint(&mut self) -> Savepoint {
        self.journal.open += 1;
        Savepoint(self.journal.before.len())
    }

    /// What was written since stays.
    pub(in super::super) fn release(&mut self, savepoint: Savepoint) {
        let Savepoint(_) = savepoint;
        self.journal.open = self.journal.open.saturating_sub(1);
        if self.journal.open == 0 {
            self.journal.before.clear();
        }
    }

    /// What was written since is as if it had not been. Ids stay used up.
    pub(in super::super) fn roll_back(&mut self, savepoint: Savepoint) {
        let Savepoint(length) = savepoint;
        let undone = self.journal.before.split_off(length.min(self.journal.before.len()));
        for (id, before) in undone.into_iter().rev() {
            self.restore(id, before);
        }
        self.release(Savepoint(length));
    }

    fn restore(&mut self, id: RowId, before: Option<Row>) {
        let Some(table) = id.object().and_then(|object| self.tables.get_mut(&object)) else { return };
        if let Some(deleted_s) = table.take(id).and_then(|row| row.deleted_s) {
            self.bin.remove(&(deleted_s, id));
        }
        self.late.remove(&id);
        self.graves.retain(|grave| grave.id != id);
        if let Some(row) = before {
            if let Some(deleted_s) = row.deleted_s {
                self.bin.insert((deleted_s, id));
            }
            table.put(row);
        }
    }
}
