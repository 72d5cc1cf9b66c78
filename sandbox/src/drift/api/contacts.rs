//! `/contacts`: create, read, search, change, delete; `/emails/unsubscribe`.

use super::super::contacts::Contact;
use super::super::problem::{ContactCode, Problem};
use super::super::settings::{BareList, Scope};
use super::super::store::{Name, Store};
use super::super::workspace::Workspace;
use super::input::{Body, Caller, Params};
use super::{data, done};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use url::Url;

/// Contacts in a search without `limit`. The vendor's default is not documented; its own client once
/// asked for 40.
const DEFAULT_FOUND: usize = 40;

/// The most contacts in one answer. Not documented; callers are seen to ask for 100.
const MAX_FOUND: usize = 100;

/// The most external ids in one call. Not documented.
const MAX_EXTERNAL_IDS: usize = 100;

/// Where `Link` headers point: the vendor's host, which is not ours.
const LINK_URL: &str = "https://driftapi.com/contacts";

const READ: [Scope; 2] = [Scope::ContactRead, Scope::AllContactRead];

/// `POST /contacts`: 200, not 201.
pub(super) async fn create(
    State(workspace): State<Workspace>,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &[Scope::ContactWrite])?;
    params.only(&[])?;
    let sent = body.attributes()?;
    let normalise = workspace.normalise();
    workspace.with(|store, now_ms| store.create(sent, normalise, now_ms)).map(data)
}

/// `GET /contacts/{id}`.
pub(super) async fn read(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &READ)?;
    params.only(&[])?;
    let id = number(&id)?;
    workspace.with(|store, _| {
        let contact = store.named(&Name::Id(id))?;
        if !store.shows(contact, &caller.scopes) {
            return Err(Problem::no_such_contact());
        }
        Ok(data(store.shown(contact)))
    })
}

/// `PATCH /contacts/{id}`.
pub(super) async fn patch(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    params.only(&[])?;
    change(&workspace, &caller, &Name::Id(number(&id)?), body)
}

/// `PATCH /contacts/normalize?idType=external&id=`: the same, by another name.
pub(super) async fn patch_by_name(
    State(workspace): State<Workspace>,
    caller: Caller,
    params: Params,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    params.only(&["idType", "id"])?;
    let id = params.get("id").filter(|id| !id.is_empty());
    let name = match (params.get("idType"), id) {
        (Some("external"), Some(id)) => Name::External(id.to_owned()),
        (Some("drift" | "internal"), Some(id)) => Name::Id(number(id)?),
        (_, _) => return Err(Problem::contact(ContactCode::Other, "idType and id are required")),
    };
    change(&workspace, &caller, &name, body)
}

fn change(
    workspace: &Workspace,
    caller: &Caller,
    name: &Name,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(workspace, &[Scope::ContactWrite])?;
    let sent = body.attributes()?;
    let normalise = workspace.normalise();
    workspace.with(|store, now_ms| store.patch(name, &sent, normalise, now_ms)).map(data)
}

/// `DELETE /contacts/{id}`: 202.
pub(super) async fn delete(
    State(workspace): State<Workspace>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, Problem> {
    caller.needs(&workspace, &[Scope::ContactWrite])?;
    params.only(&[])?;
    let id = number(&id)?;
    workspace.with(|store, _| store.delete(id))?;
    Ok((StatusCode::ACCEPTED, done()).into_response())
}

/// `GET /contacts`: by e-mail address, or by external ids; nothing else unless the workspace says so.
/// <https://devdocs.drift.com/docs/retrieving-contact>
pub(super) async fn find(
    State(workspace): State<Workspace>,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    caller.needs(&workspace, &READ)?;
    params.only(&["email", "limit", "cursor", "idType", "id"])?;
    let email = params.get("email").filter(|email| !email.is_empty());
    workspace.with(|store, now_ms| match (email, params.get("idType"), store.settings.bare_list) {
        (Some(_), Some(_), _) => Err(other("email and idType exclude each other")),
        (Some(email), None, _) => {
            // The index behind the search lags; a read by id does not.
            let until_ms = workspace.visible_until_ms(now_ms);
            let found = store
                .contacts
                .find_by_email(email, store.settings.email_filter)
                .filter(|contact| contact.created_at_ms <= until_ms);
            page(store, &caller.scopes, &params, found)
        }
        (None, Some("external"), _) => by_external_id(store, &caller.scopes, &params),
        (None, Some(_), _) => Err(other("idType must be external")),
        (None, None, BareList::Listed) => {
            let after = cursor(&params)?;
            page(store, &caller.scopes, &params, store.contacts.list_after(after))
        }
        (None, None, BareList::Refused) => Err(other("email or idType and id are required")),
    })
}

fn by_external_id(store: &Store, scopes: &BTreeSet<Scope>, params: &Params) -> Result<Response, Problem> {
    let ids: Vec<&str> = params.all("id").collect();
    if ids.is_empty() || ids.len() > MAX_EXTERNAL_IDS {
        return Err(other("the number of ids is not allowed"));
    }
    let found: Json = ids
        .into_iter()
        .filter_map(|id| store.named(&Name::External(id.to_owned())).ok())
        .filter(|contact| store.shows(contact, scopes))
        .map(|contact| store.shown(contact))
        .collect();
    Ok(data(found).into_response())
}

/// One page of contacts, in the order of their ids, with a `Link` to the next.
fn page<'a>(
    store: &Store,
    scopes: &BTreeSet<Scope>,
    params: &Params,
    found: impl Iterator<Item = &'a Contact>,
) -> Result<Response, Problem> {
    let limit = match params.get("limit").map(str::parse::<usize>) {
        None => DEFAULT_FOUND,
        Some(Ok(limit @ 1..=MAX_FOUND)) => limit,
        Some(_) => return Err(other("limit is not valid")),
    };
    let after = cursor(params)?;
    let mut rest = found
        .filter(|contact| after.is_none_or(|after| contact.id > after))
        .filter(|contact| store.shows(contact, scopes));
    let items: Vec<&Contact> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let shown: Json = items.iter().map(|contact| store.shown(contact)).collect();
    match items.last().filter(|_| more) {
        Some(last) => {
            let link = format!("<{}>; rel='next'", next_url(params, limit, last.id)?);
            Ok(([(header::LINK, link)], data(shown)).into_response())
        }
        None => Ok(data(shown).into_response()),
    }
}

fn cursor(params: &Params) -> Result<Option<i64>, Problem> {
    params.get("cursor").map(|text| text.parse().map_err(|_| other("cursor is not valid"))).transpose()
}

fn next_url(params: &Params, limit: usize, after: i64) -> Result<Url, Problem> {
    let mut url = Url::parse(LINK_URL).map_err(|_| Problem::Internal(500))?;
    let mut query = url.query_pairs_mut();
    if let Some(email) = params.get("email") {
        query.append_pair("email", email);
    }
    query.append_pair("limit", &limit.to_string()).append_pair("cursor", &after.to_string());
    drop(query);
    Ok(url)
}

/// `GET /contacts/attributes`: needs the elevated scope.
/// <https://devdocs.drift.com/docs/listing-custom-attributes>
pub(super) async fn attributes(
    State(workspace): State<Workspace>,
    caller: Caller,
    params: Params,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &[Scope::AllContactRead])?;
    params.only(&[])?;
    Ok(data(workspace.with(|store, _| store.catalogue.wire())))
}

/// `POST /emails/unsubscribe`: a bare list of addresses. There is no way back.
pub(super) async fn unsubscribe(
    State(workspace): State<Workspace>,
    caller: Caller,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    caller.needs(&workspace, &[Scope::ContactWrite])?;
    let Ok(addresses) = serde_json::from_value::<Vec<String>>(body.0) else {
        return Err(Problem::Validation("a list of e-mail addresses is expected".to_owned()));
    };
    workspace.with(|store, _| store.unsubscribed.extend(addresses.iter().map(|each| each.to_lowercase())));
    Ok(done())
}

/// An id as a number; anything else names no contact.
pub(super) fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::no_such_contact())
}

fn other(words: &str) -> Problem {
    Problem::contact(ContactCode::Other, words)
}
