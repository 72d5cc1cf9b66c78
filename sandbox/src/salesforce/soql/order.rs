//! The order of rows. Nulls come first unless the query says otherwise, whatever the direction.

use super::super::store::{Row, Store};
use super::bind::Order;
use super::value::Cell;
use std::cmp::Ordering;

/// What a row is sorted by.
#[derive(Clone, Debug)]
pub(in super::super) struct Key(Cell);

impl Order {
    pub(in super::super) fn key(&self, row: &Row, store: &Store, now_ms: i64) -> Key {
        Key(self.path.cell(row, store, now_ms))
    }

    pub(in super::super) fn compare(&self, Key(a): &Key, Key(b): &Key) -> Ordering {
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_last => Ordering::Greater,
            (false, true) if self.nulls_last => Ordering::Less,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                let order = a.compare(b).unwrap_or(Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
        }
    }
}
