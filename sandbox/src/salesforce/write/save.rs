//! Saving one row: what an org does between a client's wish and the stored row, in its order.
//!
//! Access first, then defaults, what is required, the values, the administrator's rules, duplicates, and
//! what must be unique. The first step that refuses ends it; only administrators' rules speak together.
//! A refused row is not changed at all.

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::{Field, Kind, Object, ObjectType};
use super::super::store::{Act, Fields, Row};
use super::decode::{Draft, Link};
use super::manner::Manner;
use super::{check, duplicates, members, places, words};
use serde_json::Value as Json;
use std::sync::Arc;

/// Why a row was refused: never empty.
pub(super) type Refusals = Vec<ApiError>;

/// What will be saved, beside what is saved.
pub(super) struct Wanted<'a> {
    pub(super) object: Object,
    /// The row that changes; `None` if it is a new one.
    pub(super) before: Option<&'a Row>,
    /// Null clears.
    pub(super) fields: Fields,
}

impl Wanted<'_> {
    /// The value as it will be; null if there will be none.
    pub(super) fn value(&self, name: &str) -> &Json {
        let sent = self.fields.get(name);
        sent.or_else(|| self.before?.fields.get(name)).unwrap_or(&Json::Null)
    }

    /// The value as it will be, if it is a text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.value(name).as_str().unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<RowId> {
        self.before.map(|row| row.id)
    }
}

/// Saves a new row.
pub(super) fn insert(
    state: &mut State,
    object: Object,
    draft: Draft,
    manner: Manner,
    act: &Act,
) -> Result<RowId, Refusals> {
    let fields = prepare(state, object, None, draft, manner, act)?;
    if is_full(state) {
        return Err(vec![words::storage_full()]);
    }
    Ok(state.store.insert(object, fields, act))
}

/// Changes a row, which [`find`] has found.
pub(super) fn update(
    state: &mut State,
    id: RowId,
    draft: Draft,
    manner: Manner,
    act: &Act,
) -> Result<(), Refusals> {
    let before = state.store.row(id).cloned().ok_or_else(|| vec![words::invalid_reference(&[])])?;
    let object = id.object().ok_or_else(|| vec![words::invalid_reference(&[])])?;
    let fields = prepare(state, object, Some(&before), draft, manner, act)?;
    state.store.update(id, fields, act);
    Ok(())
}

/// Puts a row into the recycle bin.
pub(super) fn delete(state: &mut State, id: RowId, act: &Act) -> Result<(), Refusals> {
    let row = state.store.row(id).ok_or_else(|| vec![words::invalid_reference(&[])])?;
    may_write(row).map_err(|error| vec![error])?;
    if let Some(object) = id.object().filter(|object| !is_writable(*object)) {
        return Err(vec![words::not_supported(object.name(), "deleted")]);
    }
    state.store.delete(id, act);
    Ok(())
}

/// The row that an id in a request names.
///
/// # Errors
/// In the words of a row's refusal: an id of another object, of nothing, of a row that is not shared with
/// the client's user, or of a deleted one.
pub(super) fn find(state: &State, described: &ObjectType, text: &str) -> Result<RowId, ApiError> {
    let id = RowId::parse(text).filter(|id| id.object() == Some(described.object));
    let id = id.ok_or_else(|| words::malformed_id(&format!("{} ID", described.label), text, "Id"))?;
    match state.store.row(id) {
        None => Err(words::invalid_reference(&[])),
        Some(_) if !state.store.is_shared(id) => Err(words::not_shared()),
        Some(row) if row.is_deleted => Err(words::deleted()),
        Some(_) => Ok(id),
    }
}

/// Whether the API may write this row at all.
fn may_write(row: &Row) -> Result<(), ApiError> {
    match row.id.object() {
        // A person account's contact is a shadow of the account.
        Some(Object::Contact) if row.flag("IsPersonAccount") => Err(words::read_only_row()),
        _ => Ok(()),
    }
}

/// Whether rows of this object come and go through the API. Users and the org itself do not here.
fn is_writable(object: Object) -> bool {
    match object {
        Object::Organization | Object::User => false,
        Object::Account
        | Object::Campaign
        | Object::CampaignMember
        | Object::Contact
        | Object::Lead
        | Object::Topic
        | Object::TopicAssignment => true,
    }
}

/// Everything that happens before a row is stored.
fn prepare(
    state: &mut State,
    object: Object,
    before: Option<&Row>,
    draft: Draft,
    manner: Manner,
    act: &Act,
) -> Result<Fields, Refusals> {
    let one = |error: ApiError| vec![error];
    lock(state, before).map_err(one)?;
    let described = state.schema.get(object).ok_or_else(|| one(ApiError::not_found()))?;
    if !is_writable(object) {
        return Err(one(words::not_supported(
            object.name(),
            if before.is_some() { "updated" } else { "inserted" },
        )));
    }
    if let Some(row) = before {
        may_write(row).map_err(one)?;
        if object == Object::Lead && row.flag("IsConverted") {
            return Err(one(words::converted()));
        }
    }
    let mut fields = draft.fields;
    for link in &draft.links {
        let (field, id) = resolve(state, described, link).map_err(one)?;
        fields.insert(field, Json::from(id.as_str()));
    }
    check::writable(described, before.is_some(), &fields).map_err(one)?;
    if before.is_none() {
        fill_in(described, &mut fields, act);
    }
    members::complete(object, before.is_none(), &mut fields);
    check::required(described, before.is_some(), &fields).map_err(one)?;
    if state.settings.lower_cases_emails {
        lower_case_emails(described, &mut fields);
    }
    check::values(described, &mut fields).map_err(one)?;
    places::settle(described, before, &mut fields).map_err(one)?;
    check::references(state, described, &mut fields).map_err(one)?;
    let wanted = Wanted { object, before, fields };
    members::check(state, &wanted).map_err(one)?;
    check::rules(&state.settings.write.validation_rules, &wanted)?;
    duplicates::check(state, &wanted, manner).map_err(one)?;
    check::unique(state, described, &wanted).map_err(one)?;
    let mut fields = wanted.fields;
    if object == Object::Lead && manner.assigns && state.settings.write.assigns_leads {
        fields.insert("OwnerId".into(), Json::from(state.actors.queue.as_str()));
    }
    Ok(fields)
}

/// Whether there is no room for another row. What is in the recycle bin takes room as well.
fn is_full(state: &State) -> bool {
    let rows = || Object::ALL.into_iter().map(|object| state.store.table(object).len()).sum::<usize>();
    state.settings.write.max_rows.is_some_and(|most| rows() >= most)
}

/// Each so-manieth row is busy: another transaction holds it, or its account.
fn lock(state: &mut State, before: Option<&Row>) -> Result<(), ApiError> {
    let Some(period) = state.settings.write.locks_every_row.filter(|period| *period > 0) else {
        return Ok(());
    };
    state.write.saves = state.write.saves.wrapping_add(1);
    if !state.write.saves.is_multiple_of(u64::from(period)) {
        return Ok(());
    }
    let held = before.map(|row| row.reference("AccountId").unwrap_or(row.id));
    Err(words::locked(held.as_ref().map_or("000000000000000AAA", RowId::as_str)))
}

/// What a new row gets that brings nothing.
fn fill_in(described: &ObjectType, fields: &mut Fields, act: &Act) {
    for field in described.fields.iter().filter(|field| !field.computed) {
        let default = match &*field.name {
            "OwnerId" => Some(Json::from(act.by.as_str())),
            _ => field.default.clone(),
        };
        if let Some(default) = default {
            fields.entry(Arc::clone(&field.name)).or_insert(default);
        }
    }
}

fn lower_case_emails(described: &ObjectType, fields: &mut Fields) {
    for (name, value) in fields {
        let is_email = described.any_field(name).is_some_and(|field: &Field| field.kind == Kind::Email);
        if let (true, Json::String(text)) = (is_email, &mut *value) {
            *text = text.to_lowercase();
        }
    }
}

/// The row that a relationship names by an external id.
fn resolve(state: &State, described: &ObjectType, link: &Link) -> Result<(Arc<str>, RowId), ApiError> {
    let none = |object: &str| words::no_foreign_key(&link.value, &link.key, object);
    let field = described.any_field(&link.field).ok_or_else(|| none(described.object.name()))?;
    for object in &field.reference_to {
        let Some(target) = state.schema.get(*object) else { continue };
        let Some(key) = target.field(&link.key).filter(|key| key.external_id) else { continue };
        if let [found] = state.store.find(*object, &key.name, &link.value)[..] {
            return Ok((Arc::clone(&field.name), found));
        }
    }
    Err(none(field.reference_to.first().map_or("", |object| object.name())))
}
