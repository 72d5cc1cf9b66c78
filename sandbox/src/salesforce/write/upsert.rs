//! Saving a row by an external id: changed if one has it, made if none has.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm>

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::{Object, ObjectType};
use super::super::store::Act;
use super::decode::{self, Draft};
use super::manner::Manner;
use super::save::{self, Refusals};
use super::words;
use serde_json::Value as Json;
use std::sync::Arc;

/// A field by which rows are named.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    /// The row's own id: nothing can be made by it.
    Id,
    /// An external id.
    External(Arc<str>),
}

/// Which rows a key names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Named {
    None,
    One(RowId),
    /// An external id that need not be unique.
    Several(Vec<RowId>),
}

/// A saved row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) id: RowId,
    pub(super) created: bool,
}

impl Key {
    /// # Errors
    /// 404 if the object has no such external id, as for a field that the user may not see.
    pub(super) fn of(described: &ObjectType, name: &str) -> Result<Self, ApiError> {
        if name.eq_ignore_ascii_case("Id") {
            return Ok(Self::Id);
        }
        let field = described.field(name).filter(|field| field.external_id);
        field.map(|field| Self::External(Arc::clone(&field.name))).ok_or_else(|| words::no_such_key(name))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Id => "Id",
            Self::External(name) => name,
        }
    }

    /// The rows, not deleted, that have this value.
    pub(super) fn rows(&self, state: &State, object: Object, value: &str) -> Named {
        let found = match self {
            Self::Id => {
                let id = RowId::parse(value).filter(|id| id.object() == Some(object));
                let live = |id: &RowId| state.store.row(*id).is_some_and(|row| !row.is_deleted);
                id.filter(live).into_iter().collect()
            }
            Self::External(name) => state.store.find(object, name, value.trim()),
        };
        match found[..] {
            [] => Named::None,
            [id] => Named::One(id),
            _ => Named::Several(found),
        }
    }
}

/// Saves a row by a key. The draft does not hold the key itself.
pub(super) fn upsert(
    state: &mut State,
    described: &ObjectType,
    key: &Key,
    value: &str,
    mut draft: Draft,
    manner: Manner,
    act: &Act,
) -> Result<Saved, Refusals> {
    let object = described.object;
    match key.rows(state, object, value) {
        Named::One(id) => {
            save::update(state, id, draft, manner, act)?;
            Ok(Saved { id, created: false })
        }
        Named::Several(_) => {
            let message = format!("{}: more than one record found for external id field", key.name());
            Err(vec![words::refused("DUPLICATE_EXTERNAL_ID", message, &[])])
        }
        Named::None => {
            let field = match key {
                Key::External(name) => described.any_field(name),
                Key::Id => None,
            };
            let field = field.ok_or_else(|| vec![words::invalid_reference(&[])])?;
            let stored = decode::from_text(field, value).filter(|stored| !stored.is_null());
            let stored: Json = stored.ok_or_else(|| {
                let message = format!("{} not specified", field.name);
                vec![words::refused("MISSING_ARGUMENT", message, &[])]
            })?;
            draft.fields.insert(Arc::clone(&field.name), stored);
            let id = save::insert(state, object, draft, manner, act)?;
            Ok(Saved { id, created: true })
        }
    }
}
