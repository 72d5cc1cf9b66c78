//! Everything that writes: rows, collections, composite calls, topics, bulk jobs.
//!
//! Works on the state alone, under its lock: no HTTP, no waiting. [`answer`] is asked for every call on
//! data that is no plain read; a subrequest goes back through [`super::api::answer`], so that it meets
//! reads and writes alike.
//!
//! Every way to write ends in `save`, which keeps the invariant that a row that was refused is as it was
//! before. What is wrong with a call (`decode`) is told apart from what is wrong with a row (`check`).

mod batch;
mod bulk;
mod check;
mod collections;
mod composite;
mod decode;
mod duplicates;
mod guard;
mod manner;
mod members;
pub(super) mod places;
mod reference;
mod route;
mod rows;
mod save;
mod settings;
mod topics;
mod tree;
mod upsert;
mod words;

#[cfg(test)]
mod tests;

pub use settings::{DuplicateRule, Pace, Refuses, Settings, ValidationRule};

use super::error::ApiError;
use super::org::State as OrgState;
use super::store::Act;
use super::wire::{Reply, Request};
use route::Route;
use rows::Outcome;
use serde_json::Value as Json;

/// What writing remembers between calls.
#[derive(Debug, Default)]
pub(super) struct State {
    jobs: bulk::Jobs,
    /// How many rows were to be saved while rows were locked.
    saves: u64,
}

/// Answers a call, or `None` if it is none of these.
pub(super) fn answer(state: &mut OrgState, request: &Request, act: &Act) -> Option<Reply> {
    let path = request.segments();
    let route = Route::of(&request.method, &path)?;
    let outcome = if request.nested && !route.may_be_nested() {
        Err(rows::one(words::bad_input("This resource is not supported within another request")))
    } else {
        dispatch(state, request, route, act)
    };
    Some(outcome.unwrap_or_else(|refusals| {
        let status = refusals.first().map_or(400, |error| error.status);
        let told = refusals.iter().map(|error| error.json(state.settings.language)).collect();
        Reply::json(status, Json::Array(told))
    }))
}

/// Lets bulk jobs go on as far as the clock says. Done before every call, so that a query finds what a job
/// has written.
pub(super) fn settle(state: &mut OrgState, act: &Act) {
    bulk::settle(state, act);
}

fn dispatch(state: &mut OrgState, request: &Request, route: Route<'_>, act: &Act) -> Outcome {
    match route {
        Route::Create { object } => rows::create(state, request, object, act),
        Route::Update { object, id } => rows::update(state, request, object, id, act),
        Route::Delete { object, id } => rows::delete(state, object, id, act),
        Route::ByKey { object, field, value, action } => {
            rows::by_key(state, request, (object, field, value), action, act)
        }
        Route::Collection(collection) => collections::answer(state, request, collection, act),
        Route::Composite => composite::composite(state, request, act),
        Route::Batch => batch::answer(state, request, act),
        Route::Tree { object } => tree::create(state, request, object, act),
        Route::Graph => composite::graph(state, request, act),
        Route::Topics { record, action } => topics::answer(state, request, record, action, act),
        Route::Ingest(ingest) => bulk::answer_ingest(state, request, ingest, act),
        Route::QueryJob(job) => bulk::answer_query(state, request, job, act),
        Route::NotAllowed { allowed } => {
            let message = format!("HTTP Method '{}' not allowed. Allowed are {allowed}", request.method);
            Err(rows::one(ApiError::new(405, "METHOD_NOT_ALLOWED", message)))
        }
    }
}
