//! The answer to a query as a table, for files.

use super::super::error::ApiError;
use super::super::org::State;
use super::super::schema::{Kind, Object};
use super::super::soql::{self, Column};
use super::super::store::Act;
use super::{Scope, pick};
use serde_json::Value as Json;

/// Rows of values under columns.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Flat {
    pub(in super::super) object: Object,
    /// As the query's paths are written in the description, such as `Account.Name`.
    pub(in super::super) columns: Vec<(String, Kind)>,
    pub(in super::super) rows: Vec<Vec<Json>>,
}

/// Runs a query that has neither children nor a count.
///
/// # Errors
/// If the query is refused, or is no table.
pub(in super::super) fn flat(state: &State, text: &str, scope: Scope, act: &Act) -> Result<Flat, ApiError> {
    let plan = soql::plan(text, &state.schema, act.now_ms)?;
    let paths: Vec<&soql::Path> = plan
        .columns
        .iter()
        .filter_map(|column| match column {
            Column::Value(path) => Some(path),
            Column::Children(_) => None,
        })
        .collect();
    if plan.counts || paths.len() < plan.columns.len() {
        let message = "Aggregates and sub-queries are not supported in Bulk Query";
        return Err(ApiError::bad("API_ERROR", message));
    }
    let ids = pick::ids(&state.store, &plan, scope, None, act);
    let rows = ids.into_iter().filter_map(|id| state.store.visible(id, act.now_ms));
    let value = |row, path: &&soql::Path| {
        let row = path.follow(row, &state.store, act.now_ms);
        row.map_or(Json::Null, |row| row.value(&path.field))
    };
    let rows = rows.map(|row| paths.iter().map(|path| value(row, path)).collect()).collect();
    let columns = paths.iter().map(|path| (path.name(), path.field.kind)).collect();
    Ok(Flat { object: plan.object, columns, rows })
}
