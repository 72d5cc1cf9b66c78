//! Rows as answers tell them.

use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::Object;
use super::super::soql::{ChildPlan, Column, Path};
use super::super::store::{Act, Row, Store};
use super::super::wire::Request;
use super::{Plan, Scope, pick};
use serde_json::{Map, Value as Json, json};

/// `attributes` of a row.
pub(in super::super) fn attributes(object: Object, id: RowId, base: &str) -> Json {
    json!({ "type": object.name(), "url": format!("{base}/sobjects/{}/{id}", object.name()) })
}

/// One row of a page, and how many rows below it are told; `None` if it is gone since.
pub(super) fn by_id(
    state: &State,
    plan: &Plan,
    id: RowId,
    request: &Request,
    act: &Act,
) -> Option<(Json, usize)> {
    let row = state.store.visible(id, act.now_ms)?;
    if plan.scope == Scope::Live && row.is_deleted {
        return None;
    }
    let base = request.base();
    let mut told = row_json(&state.store, row, &plan.bound.columns, &base, act.now_ms);
    let mut below = 0;
    for column in &plan.bound.columns {
        let Column::Children(child) = column else { continue };
        let (rows, count) = children(state, child, id, plan.scope, &base, act);
        below += count;
        told.insert(child.name.to_owned(), rows);
    }
    Some((Json::Object(told), below))
}

/// A row's own values, and those of the rows that it refers to.
pub(in super::super) fn row_json(
    store: &Store,
    row: &Row,
    columns: &[Column],
    base: &str,
    now_ms: i64,
) -> Map<String, Json> {
    let mut told = Map::new();
    if let Some(object) = row.id.object() {
        told.insert("attributes".to_owned(), attributes(object, row.id, base));
    }
    for column in columns {
        if let Column::Value(path) = column {
            tell(&mut told, store, row, path, base, now_ms);
        }
    }
    told
}

fn tell(told: &mut Map<String, Json>, store: &Store, row: &Row, path: &Path, base: &str, now_ms: i64) {
    let mut place = told;
    let mut row = row;
    for hop in &path.hops {
        let other = row.value(&hop.field);
        let other = other.as_str().and_then(RowId::parse).and_then(|id| store.visible(id, now_ms));
        let Some(other) = other else {
            place.insert(hop.relationship.to_owned(), Json::Null);
            return;
        };
        let inner = place.entry(hop.relationship).or_insert_with(|| {
            let object = other.id.object().map(|object| attributes(object, other.id, base));
            json!({ "attributes": object })
        });
        let Some(inner) = inner.as_object_mut() else { return };
        (place, row) = (inner, other);
    }
    place.insert(path.field.name.to_string(), row.value(&path.field));
}

/// The rows below a row: null if there are none.
fn children(
    state: &State,
    child: &ChildPlan,
    parent: RowId,
    scope: Scope,
    base: &str,
    act: &Act,
) -> (Json, usize) {
    let ids = pick::below(&state.store, &child.plan, child.field, parent, scope, act);
    let rows: Vec<Json> = ids
        .iter()
        .filter_map(|id| state.store.visible(*id, act.now_ms))
        .map(|row| Json::Object(row_json(&state.store, row, &child.plan.columns, base, act.now_ms)))
        .collect();
    let count = rows.len();
    if count == 0 {
        return (Json::Null, 0);
    }
    (json!({ "totalSize": count, "done": true, "records": rows }), count)
}
