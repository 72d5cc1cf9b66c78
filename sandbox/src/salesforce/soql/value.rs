//! Paths to values, and values as they are compared.

use super::super::id::RowId;
use super::super::moment;
use super::super::schema::{Field, Kind};
use super::super::store::{Row, Store};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// A field, perhaps of a row that is referred to: `Account.Name` has one hop.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Path {
    pub(in super::super) hops: Vec<Hop>,
    pub(in super::super) field: Field,
}

/// From a row to another.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Hop {
    /// What the other row is called, as in the description.
    pub(in super::super) relationship: &'static str,
    /// The field that holds its id.
    pub(in super::super) field: Field,
}

/// A value to be compared.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Cell {
    Null,
    Bool(bool),
    Number(f64),
    /// In lower case.
    Text(String),
    Id(RowId),
    /// Milliseconds since 1970.
    Moment(i64),
    Day(String),
}

impl Path {
    /// As the descriptions write it: `Account.Name`.
    pub(in super::super) fn name(&self) -> String {
        let hops: String = self.hops.iter().map(|hop| format!("{}.", hop.relationship)).collect();
        hops + &self.field.name
    }

    /// Follows the hops; `None` if one leads nowhere.
    pub(in super::super) fn follow<'a>(
        &self,
        row: &'a Row,
        store: &'a Store,
        now_ms: i64,
    ) -> Option<&'a Row> {
        self.hops.iter().try_fold(row, |row, hop| {
            let Json::String(id) = row.value(&hop.field) else { return None };
            store.visible(RowId::parse(&id)?, now_ms)
        })
    }

    /// The value of a row at this path.
    pub(super) fn cell(&self, row: &Row, store: &Store, now_ms: i64) -> Cell {
        self.follow(row, store, now_ms).map_or(Cell::Null, |row| cell(row, &self.field))
    }

    /// Whether it is the row's own field of this name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.hops.is_empty() && &*self.field.name == name
    }
}

/// A row's value. Stamps are compared by every query of a sync, so they are not written out to be read again.
fn cell(row: &Row, field: &Field) -> Cell {
    match &*field.name {
        "Id" => Cell::Id(row.id),
        "SystemModstamp" => Cell::Moment(row.modstamp_s * 1_000),
        "LastModifiedDate" => Cell::Moment(row.modified_s * 1_000),
        "CreatedDate" => Cell::Moment(row.created_s * 1_000),
        "IsDeleted" => Cell::Bool(row.is_deleted),
        _ if field.computed => typed(&row.value(field), field.kind),
        name => match row.fields.get(name) {
            Some(value) => typed(value, field.kind),
            None if field.kind == Kind::Boolean => Cell::Bool(false),
            None => Cell::Null,
        },
    }
}

fn typed(value: &Json, kind: Kind) -> Cell {
    match (value, kind) {
        (Json::Bool(flag), _) => Cell::Bool(*flag),
        (Json::Number(number), _) => number.as_f64().map_or(Cell::Null, Cell::Number),
        (Json::String(text), Kind::Id | Kind::Reference) => {
            RowId::parse(text).map_or_else(|| Cell::Text(text.to_lowercase()), Cell::Id)
        }
        (Json::String(text), Kind::DateTime) => moment::read_moment(text).map_or(Cell::Null, Cell::Moment),
        (Json::String(text), Kind::Date) => Cell::Day(text.clone()),
        (Json::String(text), _) => Cell::Text(text.to_lowercase()),
        (Json::Null | Json::Array(_) | Json::Object(_), _) => Cell::Null,
    }
}

impl Cell {
    /// The order of two values of one field; `None` if one of them is null.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
            (Cell::Number(a), Cell::Number(b)) => a.partial_cmp(b),
            (Cell::Text(a), Cell::Text(b)) | (Cell::Day(a), Cell::Day(b)) => Some(a.cmp(b)),
            // By case: the order of ids is that of their bytes.
            (Cell::Id(a), Cell::Id(b)) => Some(a.cmp(b)),
            (Cell::Moment(a), Cell::Moment(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// An order over all values, so that one can be looked up among many.
    pub(super) fn total(&self, other: &Self) -> Ordering {
        self.compare(other).unwrap_or_else(|| self.rank().cmp(&other.rank()))
    }

    fn rank(&self) -> u8 {
        match self {
            Cell::Null => 0,
            Cell::Bool(_) => 1,
            Cell::Number(_) => 2,
            Cell::Text(_) => 3,
            Cell::Id(_) => 4,
            Cell::Moment(_) => 5,
            Cell::Day(_) => 6,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        *self == Cell::Null
    }

    /// As the store's indexes have it.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Cell::Text(text) => Some(text.clone()),
            Cell::Id(id) => Some(id.to_string()),
            Cell::Null | Cell::Bool(_) | Cell::Number(_) | Cell::Moment(_) | Cell::Day(_) => None,
        }
    }
}
