//! What people do on the screen, and what only the simulator knows: for tests and demonstrations.
//!
//! Nothing here goes through HTTP, quotas or validation rules, and it is done by another user than the
//! client. It shows up when its transaction commits: see [`Settings::late_commit_ms`](super::Settings::late_commit_ms).

mod tags;

pub(super) use tags::put_tag;

use super::error::ApiError;
use super::id::RowId;
use super::org::{Org, State};
use super::schema::{Field, Object};
use super::store::{Act, Fields, Row};
use super::{tidy, write};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Contacts.
    pub contacts: usize,
    /// Leads, converted ones included.
    pub leads: usize,
    /// Accounts.
    pub accounts: usize,
    /// Contacts and leads in the recycle bin.
    pub deleted: usize,
}

/// What became of a lead that was converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The contact's id.
    pub contact: String,
    /// The account's id.
    pub account: String,
}

impl Org {
    /// A person types in a contact, by API names. Gives its id.
    ///
    /// # Errors
    /// If there is no such field, or no `LastName`.
    pub fn add(&self, fields: &Json) -> Result<String, ApiError> {
        self.insert(Object::Contact, fields)
    }

    /// A person types in a lead.
    ///
    /// # Errors
    /// If there is no such field, or no `LastName` or `Company`.
    pub fn add_lead(&self, fields: &Json) -> Result<String, ApiError> {
        self.insert(Object::Lead, fields)
    }

    /// A person types in a row of any object.
    ///
    /// # Errors
    /// If there is no such field, or a required one is missing.
    pub fn insert(&self, object: Object, fields: &Json) -> Result<String, ApiError> {
        self.by_hand(|state, act| {
            let mut values = typed_in(state, object, fields)?;
            complete(state, object, &mut values, act)?;
            settle_places(state, object, None, &mut values)?;
            Ok(state.store.insert(object, values, act).to_string())
        })
    }

    /// A person edits a row: each field in `fields` replaces the old value, null clears it.
    ///
    /// # Errors
    /// If there is no such row or no such field.
    pub fn edit(&self, id: &str, fields: &Json) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (object, id) = live(state, id)?;
            let mut values = typed_in(state, object, fields)?;
            settle_places(state, object, state.store.row(id), &mut values)?;
            state.store.update(id, values, act);
            Ok(())
        })
    }

    /// A person deletes a row, with what belongs to it.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn delete(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (_, id) = live(state, id)?;
            state.store.delete(id, act);
            Ok(())
        })
    }

    /// A person takes a row out of the recycle bin.
    ///
    /// # Errors
    /// If it is not there.
    pub fn restore(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let id = known_id(id)?;
            state.store.row(id).filter(|row| row.is_deleted).ok_or_else(ApiError::not_found)?;
            state.store.undelete(id, act);
            Ok(())
        })
    }

    /// A person empties the recycle bin of one row: no query tells of it any more.
    ///
    /// # Errors
    /// If it is not there.
    pub fn purge(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, _| {
            let id = known_id(id)?;
            state.store.row(id).filter(|row| row.is_deleted).ok_or_else(ApiError::not_found)?;
            state.store.purge(id);
            Ok(())
        })
    }

    /// The client's user loses sight of a row, by a sharing rule or another owner: no query and no read tells of
    /// it, and no stamp moves.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn unshare(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, _| {
            let (_, id) = live(state, id)?;
            state.store.unshare(id);
            Ok(())
        })
    }

    /// The client's user sees a row again.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn share(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, _| {
            let (_, id) = live(state, id)?;
            state.store.share(id);
            Ok(())
        })
    }

    /// A person merges two contacts, leads or accounts: the survivor keeps its values, gets what it lacks,
    /// and what belonged to the loser; the loser goes to the recycle bin and points at it.
    ///
    /// # Errors
    /// If one of them does not exist.
    pub fn merge(&self, loser: &str, survivor: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (_, loser) = live(state, loser)?;
            let (_, survivor) = live(state, survivor)?;
            state.store.merge(survivor, loser, act);
            Ok(())
        })
    }

    /// A person converts a lead into a new contact.
    ///
    /// # Errors
    /// If there is no such lead, or it is converted.
    pub fn convert(&self, lead: &str) -> Result<Conversion, ApiError> {
        self.convert_lead(lead, None)
    }

    /// A person converts a lead into a contact that exists: only its empty fields are filled.
    ///
    /// # Errors
    /// If there is no such lead or contact, or the lead is converted.
    pub fn convert_into(&self, lead: &str, contact: &str) -> Result<Conversion, ApiError> {
        self.convert_lead(lead, Some(contact))
    }

    fn convert_lead(&self, lead: &str, into: Option<&str>) -> Result<Conversion, ApiError> {
        self.by_hand(|state, act| {
            let (_, lead) = live(state, lead)?;
            let into = into.map(|contact| live(state, contact)).transpose()?.map(|(_, id)| id);
            let State { store, schema, .. } = state;
            let done = store.convert(lead, into, schema, act).ok_or_else(ApiError::not_found)?;
            Ok(Conversion { contact: done.contact.to_string(), account: done.account.to_string() })
        })
    }

    /// Somebody does not want any more mail, and ticks the box or has it ticked.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn opt_out(&self, id: &str) -> Result<(), ApiError> {
        self.edit(id, &json!({ "HasOptedOutOfEmail": true }))
    }

    /// The system touches a row: `SystemModstamp` moves, `LastModifiedDate` and all fields stay.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn bump(&self, id: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (_, id) = live(state, id)?;
            state.store.bump(id, act);
            Ok(())
        })
    }

    /// The system touches every row of an object, as it does when a picklist's value is renamed.
    pub fn bump_all(&self, object: Object) {
        self.by_hand(|state, act| {
            let ids: Vec<RowId> = state.store.table(object).rows().map(|row| row.id).collect();
            ids.into_iter().for_each(|id| state.store.bump(id, act));
        });
    }

    /// An administrator adds a field to an object.
    pub fn add_field(&self, object: Object, field: Field) {
        self.configure(|settings| settings.custom_fields.push((object, field)));
    }

    /// Every access token there is has expired; refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.with(|state, _| state.oauth.expire_access_tokens());
    }

    /// An administrator revokes everything: no token works any more.
    pub fn revoke(&self) {
        self.with(|state, _| state.oauth.revoke_all());
    }

    /// No cursor of a query works any more.
    pub fn expire_cursors(&self) {
        self.with(|state, _| state.cursors.close_all());
    }

    /// Other apps of the org have made so many calls in the last 24 hours.
    pub fn others_call(&self, calls: u32) {
        self.with(|state, _| state.quota.set_others(calls));
    }

    /// One row as it was last written, with all its fields, deleted or not.
    #[must_use]
    pub fn contact(&self, id: &str) -> Option<Json> {
        self.with(|state, _| {
            let id = RowId::parse(id)?;
            whole(state, id.object()?, id)
        })
    }

    /// Every contact and lead that is not deleted, by id.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, Json> {
        self.with(|state, _| {
            let objects = [Object::Contact, Object::Lead];
            let ids = objects.into_iter().flat_map(|object| {
                let rows = state.store.table(object).rows().filter(|row| !row.is_deleted);
                rows.map(move |row| (object, row.id))
            });
            ids.filter_map(|(object, id)| Some((id.to_string(), whole(state, object, id)?))).collect()
        })
    }

    /// The ids of all contacts and leads that hold this address, whatever its case.
    #[must_use]
    pub fn ids_of(&self, email: &str) -> Vec<String> {
        self.with(|state, _| {
            let objects = [Object::Contact, Object::Lead].into_iter();
            let found = objects.flat_map(|object| state.store.find(object, "Email", email));
            found.map(|id| id.to_string()).collect()
        })
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.with(|state, _| {
            let count = |object, deleted: bool| {
                let rows = state.store.table(object).rows();
                rows.filter(|row| row.is_deleted == deleted).count()
            };
            Counts {
                contacts: count(Object::Contact, false),
                leads: count(Object::Lead, false),
                accounts: count(Object::Account, false),
                deleted: count(Object::Contact, true) + count(Object::Lead, true),
            }
        })
    }
}

fn known_id(id: &str) -> Result<RowId, ApiError> {
    RowId::parse(id).ok_or_else(|| ApiError::malformed_id(id))
}

/// A row that is there and not in the recycle bin.
fn live(state: &State, id: &str) -> Result<(Object, RowId), ApiError> {
    let id = known_id(id)?;
    let object = id.object().ok_or_else(ApiError::not_found)?;
    state.store.row(id).filter(|row| !row.is_deleted).ok_or_else(ApiError::not_found)?;
    Ok((object, id))
}

/// Values by their fields' own names, as they will be stored.
fn typed_in(state: &State, object: Object, given: &Json) -> Result<Fields, ApiError> {
    let described = state.schema.get(object).ok_or_else(ApiError::not_found)?;
    let given = given.as_object().into_iter().flatten().filter(|(name, _)| *name != "attributes");
    given
        .map(|(name, value)| {
            let field = described.any_field(name).filter(|field| !field.computed);
            let field = field.ok_or_else(|| ApiError::no_such_column(name, object.name()))?;
            Ok((field.name.clone(), tidy::value(field, value.clone(), &state.settings)))
        })
        .collect()
}

/// On the screen a place is picked, with its name and its code.
pub(super) fn settle_places(
    state: &State,
    object: Object,
    before: Option<&Row>,
    values: &mut Fields,
) -> Result<(), ApiError> {
    let described = state.schema.get(object).ok_or_else(ApiError::not_found)?;
    write::places::settle(described, before, values)
}

/// Refuses a new row without what it must have, and adds what every row gets.
pub(super) fn complete(
    state: &State,
    object: Object,
    values: &mut Fields,
    act: &Act,
) -> Result<(), ApiError> {
    let described = state.schema.get(object).ok_or_else(ApiError::not_found)?;
    let given = |name: &str| values.get(name).is_some_and(|value| !value.is_null());
    let missing = described.fields.iter().filter(|field| field.required_on_create() && !given(&field.name));
    let missing: Vec<String> = missing.map(|field| field.name.to_string()).collect();
    if !missing.is_empty() {
        let message = format!("Required fields are missing: [{}]", missing.join(", "));
        return Err(ApiError::bad("REQUIRED_FIELD_MISSING", message).about(missing));
    }
    for field in &described.fields {
        let default = match &field.default {
            Some(default) => default.clone(),
            None if &*field.name == "OwnerId" => act.by.as_str().into(),
            None => continue,
        };
        if !field.computed && default != Json::Bool(false) {
            values.entry(field.name.clone()).or_insert(default);
        }
    }
    Ok(())
}

/// Everything of a row, hidden fields included, without compound addresses.
fn whole(state: &State, object: Object, id: RowId) -> Option<Json> {
    let described = state.schema.get(object)?;
    let row = state.store.row(id)?;
    let values = described.fields.iter().map(|field| (field.name.to_string(), row.value(field)));
    Some(Json::Object(values.collect::<Map<String, Json>>()))
}
