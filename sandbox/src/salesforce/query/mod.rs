//! `query` and `queryAll`: which rows, in which order, and how many on a page.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm>

mod flat;
mod pick;
mod show;

use super::cursors::invalid_locator;
use super::error::{Answer, ApiError};
use super::org::State;
use super::schema::Object;
use super::soql::{self, Plan as Bound};
use super::store::Act;
use super::wire::Request;
use serde_json::{Value as Json, json};
use std::sync::Arc;

pub(super) use flat::{Flat, flat};
pub(super) use show::{attributes, row_json};

/// The fewest rows that a client may ask a page to have.
const MIN_BATCH_ROWS: usize = 200;
/// The most.
const MAX_BATCH_ROWS: usize = 2_000;
/// The most assignments of topics that may be listed without "View All Data".
const MAX_ASSIGNMENT_ROWS: usize = 1_100;
/// Every so-manieth page is short, where pages are uneven.
const SHORT_EVERY: usize = 3;

/// Which rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// `query`: what is not deleted.
    Live,
    /// `queryAll`: the recycle bin as well.
    All,
}

/// A query with what stays the same for all of its pages.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) bound: Bound,
    pub(super) scope: Scope,
    pub(super) page_rows: usize,
}

/// The first page.
pub(super) fn start(state: &mut State, request: &Request, scope: Scope, act: &Act) -> Answer {
    if let Some(text) = request.parameter("explain") {
        return explain(state, text, act);
    }
    let text = request
        .parameter("q")
        .ok_or_else(|| ApiError::malformed_query("A query string has to be specified"))?;
    let bound = soql::plan(text, &state.schema, act.now_ms)?;
    permitted(state, &bound)?;
    let turn = state.settings.shuffles_rows.then(|| {
        state.shuffled += 1;
        state.shuffled
    });
    let ids = pick::ids(&state.store, &bound, scope, turn, act);
    if bound.counts {
        return Ok(json!({ "totalSize": ids.len(), "done": true, "records": [] }));
    }
    let plan = Arc::new(Plan { bound, scope, page_rows: page_rows(state, request) });
    page(state, &plan, &ids.into(), 0, None, request, act)
}

/// Another page: `locator` is a cursor's name, a dash, and how many rows came before.
pub(super) fn next(state: &mut State, request: &Request, locator: &str, act: &Act) -> Answer {
    let (name, offset) = locator.split_once('-').ok_or_else(invalid_locator)?;
    let offset: usize = offset.parse().map_err(|_| invalid_locator())?;
    let State { cursors, settings, .. } = state;
    let cursor = cursors.get(name, settings, act.now_ms)?;
    if offset >= cursor.ids.len() {
        return Err(invalid_locator());
    }
    page(state, &cursor.plan, &cursor.ids, offset, Some(name), request, act)
}

/// Refuses what a user without "View All Data" may not list.
/// <https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_limits.htm>
fn permitted(state: &State, bound: &Bound) -> Result<(), ApiError> {
    let few = bound.limit.is_some_and(|limit| limit <= MAX_ASSIGNMENT_ROWS);
    let pinned = bound.filter.as_ref().is_some_and(|filter| filter.pins(&["Id", "EntityId"]));
    if state.settings.views_all_data || bound.object != Object::TopicAssignment || few || pinned {
        return Ok(());
    }
    let message = format!(
        "Implementation restriction: TopicAssignment can be queried by Id or EntityId with =, or with a LIMIT of \
         {MAX_ASSIGNMENT_ROWS} or fewer"
    );
    Err(ApiError::malformed_query(message))
}

/// How many rows the client would like; only a hint.
fn page_rows(state: &State, request: &Request) -> usize {
    let asked = request.header_part("sforce-query-options", "batchSize");
    let asked = asked.and_then(|size| size.parse().ok()).unwrap_or(MAX_BATCH_ROWS);
    asked.clamp(MIN_BATCH_ROWS, MAX_BATCH_ROWS).min(state.settings.max_page_rows.max(1))
}

fn page(
    state: &mut State,
    plan: &Arc<Plan>,
    ids: &Arc<[super::id::RowId]>,
    offset: usize,
    name: Option<&str>,
    request: &Request,
    act: &Act,
) -> Answer {
    let mut most = plan.page_rows;
    let nth = offset / most.max(1);
    if state.settings.uneven_pages && nth % SHORT_EVERY == 1 {
        // Wide rows make pages shorter than was asked for.
        most = (most - most / 10).max(1);
    }
    let (mut rows, mut taken, mut weight) = (Vec::new(), 0, 0);
    for id in ids.iter().skip(offset) {
        // Rows below a row count as well.
        let row = show::by_id(state, plan, *id, request, act);
        let heavy = row.as_ref().map_or(0, |(_, below)| 1 + below);
        if taken > 0 && weight + heavy > most {
            break;
        }
        weight += heavy;
        taken += 1;
        // Gone since the first page: it is not told, and the total stays.
        rows.extend(row.map(|(json, _)| json));
    }
    let next = offset + taken;
    let mut answer = json!({ "totalSize": ids.len(), "done": next >= ids.len(), "records": rows });
    if next < ids.len() {
        let name = match name {
            Some(name) => name.to_owned(),
            None => {
                let State { cursors, settings, .. } = state;
                cursors.open(Arc::clone(plan), Arc::clone(ids), settings, act.now_ms)
            }
        };
        // Always under `query`, even of a `queryAll`.
        let url = format!("{}/query/{name}-{next}", request.base());
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("nextRecordsUrl".to_owned(), url.into());
        }
    }
    Ok(answer)
}

/// `explain`: one plan, which says that it looks at everything.
fn explain(state: &State, text: &str, act: &Act) -> Answer {
    let bound = soql::plan(text, &state.schema, act.now_ms)?;
    let rows = state.store.table(bound.object).len();
    Ok(json!({
        "plans": [{
            "cardinality": rows, "fields": [], "leadingOperationType": "TableScan", "notes": [],
            "relativeCost": 1.0, "sobjectCardinality": rows, "sobjectType": bound.object.name(),
        }],
        "sourceQuery": Json::from(text),
    }))
}
