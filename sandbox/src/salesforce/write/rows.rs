//! One row a call: made, changed, deleted, and all of that by an external id.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_retrieve.htm>

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::ObjectType;
use super::super::store::Act;
use super::super::wire::{Reply, Request};
use super::decode;
use super::guard::Guard;
use super::manner::Manner;
use super::route::KeyAction;
use super::save::{self, Refusals};
use super::upsert::{self, Key, Named, Saved};
use super::words;
use serde_json::{Map, Value as Json, json};

/// From this version on an upsert that changed a row tells so; before, its answer is empty.
const TELLS_UPDATED_VERSION: u32 = 46;

/// A reply, or why there is none: never empty.
pub(super) type Outcome = Result<Reply, Refusals>;

/// `POST /sobjects/{object}`
pub(super) fn create(state: &mut State, request: &Request, object: &str, act: &Act) -> Outcome {
    let described = described(state, object)?;
    let body = fields(request, &Key::Id)?;
    let draft = decode::record(&described, &body).map_err(one)?;
    let id = save::insert(state, described.object, draft, Manner::of(request), act)?;
    Ok(created(request, &described, id, json!({ "id": id.as_str(), "success": true, "errors": [] })))
}

/// `PATCH /sobjects/{object}/{id}`
pub(super) fn update(state: &mut State, request: &Request, object: &str, id: &str, act: &Act) -> Outcome {
    let described = described(state, object)?;
    let id = find(state, &described, id)?;
    change(state, request, &described, &Key::Id, id, act)?;
    Ok(Reply::empty(204))
}

/// `DELETE /sobjects/{object}/{id}`. Its conditions are not looked at: see [`super::guard`].
pub(super) fn delete(state: &mut State, object: &str, id: &str, act: &Act) -> Outcome {
    let described = described(state, object)?;
    let id = find(state, &described, id)?;
    save::delete(state, id, act)?;
    Ok(Reply::empty(204))
}

/// `GET`, `PATCH` and `DELETE /sobjects/{object}/{field}/{value}`
pub(super) fn by_key(
    state: &mut State,
    request: &Request,
    (object, field, value): (&str, &str, &str),
    action: KeyAction,
    act: &Act,
) -> Outcome {
    let described = described(state, object)?;
    let key = Key::of(&described, field).map_err(one)?;
    let id = match key.rows(state, described.object, value) {
        Named::Several(ids) => return Ok(choices(request, &described, &ids)),
        Named::One(id) => Some(id),
        Named::None => None,
    };
    match (action, id) {
        (KeyAction::Upsert, None) if key != Key::Id && request.parameter("updateOnly") != Some("true") => {
            make(state, request, &described, &key, value, act)
        }
        (_, None) => Err(one(ApiError::not_found())),
        (KeyAction::Read, Some(id)) => {
            Ok(super::super::single::get(state, request, described.object.name(), id.as_str(), act))
        }
        (KeyAction::Delete, Some(id)) => {
            save::delete(state, id, act)?;
            Ok(Reply::empty(204))
        }
        (KeyAction::Upsert, Some(id)) => {
            change(state, request, &described, &key, id, act)?;
            if request.version < TELLS_UPDATED_VERSION {
                return Ok(Reply::empty(204));
            }
            Ok(Reply::json(200, told(Saved { id, created: false })))
        }
    }
}

fn make(
    state: &mut State,
    request: &Request,
    described: &ObjectType,
    key: &Key,
    value: &str,
    act: &Act,
) -> Outcome {
    let body = fields(request, key)?;
    let draft = decode::record(described, &body).map_err(one)?;
    let saved = upsert::upsert(state, described, key, value, draft, Manner::of(request), act)?;
    Ok(created(request, described, saved.id, told(saved)))
}

/// Changes a row that is there, if the call's conditions allow it.
fn change(
    state: &mut State,
    request: &Request,
    described: &ObjectType,
    key: &Key,
    id: RowId,
    act: &Act,
) -> Result<(), Refusals> {
    let guard = Guard::of(&request.headers).map_err(one)?;
    let modified_s = state.store.row(id).map(|row| row.modified_s).unwrap_or_default();
    guard.admit(modified_s).map_err(one)?;
    let body = fields(request, key)?;
    let draft = decode::record(described, &body).map_err(one)?;
    save::update(state, id, draft, Manner::of(request), act)
}

pub(super) fn one(error: ApiError) -> Refusals {
    vec![error]
}

/// The object that an address names. Cloned: the state is written while it is used.
pub(super) fn described(state: &State, object: &str) -> Result<ObjectType, Refusals> {
    state.described(object).cloned().ok_or_else(|| one(ApiError::not_found()))
}

/// The row that an address names, in the words of an address: what is no id there is taken for an external
/// one.
fn find(state: &State, described: &ObjectType, text: &str) -> Result<RowId, Refusals> {
    if RowId::parse(text).is_none() {
        return Err(one(words::no_such_key(text)));
    }
    save::find(state, described, text).map_err(|error| match error.code {
        "INVALID_CROSS_REFERENCE_KEY" => one(ApiError::not_found()),
        _ => one(error),
    })
}

/// The fields of a body, which must not name its row a second time.
fn fields(request: &Request, key: &Key) -> Result<Map<String, Json>, Refusals> {
    let Json::Object(body) = request.json().map_err(one)? else {
        return Err(one(words::bad_json("The HTTP entity body is required to be an object")));
    };
    let again =
        body.keys().find(|name| name.eq_ignore_ascii_case("Id") || name.eq_ignore_ascii_case(key.name()));
    match again {
        Some(name) => Err(one(words::key_in_body(name))),
        None => Ok(body),
    }
}

fn told(saved: Saved) -> Json {
    json!({ "id": saved.id.as_str(), "success": true, "errors": [], "created": saved.created })
}

fn url(request: &Request, described: &ObjectType, id: RowId) -> String {
    format!("{}/sobjects/{}/{id}", request.base(), described.object.name())
}

fn created(request: &Request, described: &ObjectType, id: RowId, body: Json) -> Reply {
    Reply::json(201, body).with_header("Location", url(request, described, id))
}

/// Several rows have the external id: their addresses, for the client to choose from.
fn choices(request: &Request, described: &ObjectType, ids: &[RowId]) -> Reply {
    let urls: Vec<String> = ids.iter().map(|id| url(request, described, *id)).collect();
    Reply::json(300, json!(urls))
}
