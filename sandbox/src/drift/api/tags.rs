//! The legacy endpoints for contact tags. The vendor's documents say that attributes replaced them, so
//! they are not there unless the workspace is set to have them; the answers' bodies are not documented.

use super::super::problem::{ContactCode, Problem};
use super::super::settings::Scope;
use super::super::workspace::Workspace;
use super::contacts::number;
use super::input::{Body, Caller, Params};
use super::{data, done};
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::Value as Json;

/// A tag as callers send it; a colour may come along.
#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

/// `POST /contacts/{id}/tags` with `[{"name": …}]`.
pub(super) async fn add(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    admit(&workspace, &caller, &params)?;
    let tags: Vec<Tag> = serde_json::from_value(body.0).map_err(|_| malformed())?;
    let names: Vec<String> = tags.into_iter().map(|tag| tag.name).collect();
    let id = number(&id)?;
    workspace.with(|store, _| store.retag(id, &names, &[])).map(data)
}

/// `DELETE /contacts/{id}/tags/{tagName}`. A tag that is not on the contact is not an error.
pub(super) async fn remove(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path((id, tag)): Path<(String, String)>,
    params: Params,
) -> Result<axum::Json<Json>, Problem> {
    admit(&workspace, &caller, &params)?;
    let id = number(&id)?;
    workspace.with(|store, _| store.retag(id, &[], &[tag]))?;
    Ok(done())
}

/// `POST /contacts/{id}/tags/delete/_bulk` with a list of names.
pub(super) async fn remove_bulk(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    admit(&workspace, &caller, &params)?;
    let names: Vec<String> = serde_json::from_value(body.0).map_err(|_| malformed())?;
    let id = number(&id)?;
    workspace.with(|store, _| store.retag(id, &[], &names))?;
    Ok(done())
}

fn admit(workspace: &Workspace, caller: &Caller, params: &Params) -> Result<(), Problem> {
    if !workspace.with(|store, _| store.has_tag_endpoints()) {
        return Err(Problem::NotFound("resource"));
    }
    caller.needs(workspace, &[Scope::ContactWrite])?;
    params.only(&[])
}

fn malformed() -> Problem {
    Problem::contact(ContactCode::BadTag, "bad tag format")
}
