//! One row by its id.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_retrieve.htm>

use super::error::ApiError;
use super::id::RowId;
use super::moment;
use super::org::State;
use super::query::row_json;
use super::schema::ObjectType;
use super::soql::{Column, Path};
use super::store::{Act, Row};
use super::wire::{Reply, Request};
use serde_json::Value as Json;

/// `GET /sobjects/Contact/{id}?fields=Id,LastName`. Without fields it tells all of them.
pub(super) fn get(state: &State, request: &Request, object: &str, id: &str, act: &Act) -> Reply {
    match found(state, request, object, id, act) {
        Ok(reply) => reply,
        Err(error) => Reply::refusal(&error, state.settings.language),
    }
}

fn found(state: &State, request: &Request, object: &str, id: &str, act: &Act) -> Result<Reply, ApiError> {
    let described = state.described(object).ok_or_else(ApiError::not_found)?;
    let row = RowId::parse(id).filter(|id| id.object() == Some(described.object));
    let row = row.and_then(|id| state.store.visible(id, act.now_ms)).ok_or_else(ApiError::not_found)?;
    if row.is_deleted {
        return Err(ApiError::new(404, "ENTITY_IS_DELETED", "entity is deleted"));
    }
    if let Some(reply) = unmet(request, row) {
        return Ok(reply);
    }
    let told = told(state, request, described, row, act)?;
    Ok(Reply::json(200, told).with_header("last-modified", moment::http_date(row.modified_s * 1_000)))
}

/// What a condition on the last change comes to: 304 or 412 if it is not met.
fn unmet(request: &Request, row: &Row) -> Option<Reply> {
    let header = |name: &str| request.header(name).and_then(moment::read_http_date);
    if header("if-modified-since").is_some_and(|since| row.modified_s <= since) {
        return Some(Reply::empty(304));
    }
    if header("if-unmodified-since").is_some_and(|since| row.modified_s > since) {
        return Some(Reply::empty(412));
    }
    None
}

fn told(
    state: &State,
    request: &Request,
    described: &ObjectType,
    row: &Row,
    act: &Act,
) -> Result<Json, ApiError> {
    let column =
        |field: &super::schema::Field| Column::Value(Path { hops: Vec::new(), field: field.clone() });
    let columns: Vec<Column> = match request.parameter("fields").filter(|fields| !fields.is_empty()) {
        None => described.visible().map(column).collect(),
        Some(names) => {
            let fields = names.split(',').map(|name| {
                let field = described.field(name.trim());
                field.map(column).ok_or_else(|| ApiError::no_such_column(name, described.object.name()))
            });
            fields.collect::<Result<_, _>>()?
        }
    };
    Ok(Json::Object(row_json(&state.store, row, &columns, &request.base(), act.now_ms)))
}
