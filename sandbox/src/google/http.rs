//! From a request to a method, and from its answer to a response.
//!
//! The order is Google's: path, credentials, scopes, parameters, body, quota; and only then the method.

use super::account::{Account, State as AccountState};
use super::api;
use super::book::Now;
use super::call::Call;
use super::error::{Answer, ApiError, json_response, no_such_path};
use super::listing;
use super::query::Query;
use super::shuffle;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The largest body that is read.
const MAX_BODY_BYTES: usize = 20 * 1024 * 1024;

pub(super) fn router(account: Account) -> Router {
    super::oauth::routes().fallback(people_api).with_state(account)
}

/// What a request is really about: a `POST` that says that it is a `GET` is one, with its form as the
/// query. Google's own Python client does that with every URL longer than 2,048 bytes.
pub(super) struct Target {
    pub(super) method: Method,
    path: String,
    overridden: bool,
}

impl Target {
    pub(super) fn of(head: &Parts) -> Self {
        let path = head.uri.path().to_owned();
        let header = head.headers.get("x-http-method-override");
        let wanted = header.and_then(|value| Method::from_bytes(value.as_bytes()).ok());
        match wanted {
            Some(method) if head.method == Method::POST => Self { method, path, overridden: true },
            Some(_) | None => Self { method: head.method.clone(), path, overridden: false },
        }
    }

    pub(super) fn call(&self) -> Option<Call> {
        Call::parse(&self.method, &self.path)
    }

    pub(super) fn is_oauth(head: &Parts) -> bool {
        matches!(head.uri.path(), "/o/oauth2/v2/auth" | "/token" | "/revoke" | "/tokeninfo")
    }
}

async fn people_api(State(account): State<Account>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let target = Target::of(&head);
    let Some(call) = target.call() else { return no_such_path() };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match answer(&account, &call, &target, &head, &body).await {
        Ok(body) => json_response(200, &body),
        Err(error) => error.into_response(),
    }
}

async fn answer(account: &Account, call: &Call, target: &Target, head: &Parts, body: &Bytes) -> Answer {
    account.with(|state, now| authorise(state, call, head, now))?;
    if let Call::Unsimulated(method) = call {
        return Err(ApiError::not_simulated(method));
    }
    let mut query = Query::decode(head.uri.query().unwrap_or_default().as_bytes());
    if target.overridden {
        query = query.and(Query::decode(body));
    }
    query.allow(call.parameters())?;
    let body = match call.body() {
        None => Json::Null,
        Some((shape, place)) => {
            let body = parse(body)?;
            shape.check(&body, place)?;
            body
        }
    };
    account.with(|state, now| charge(state, call, &query, now))?;
    let _turn = if call.mutates() { Some(take_turn(account).await?) } else { None };
    account.with(|state, now| {
        let mut answer = run(state, call, &query, &body, now)?;
        if state.settings.shuffles_items && !call.mutates() {
            state.shuffled += 1;
            shuffle::items(&mut answer, state.shuffled);
        }
        Ok(answer)
    })
}

fn authorise(state: &AccountState, call: &Call, head: &Parts, now: &Now) -> Result<(), ApiError> {
    let header = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let scopes = state.oauth.scopes(token, now.ms).ok_or_else(ApiError::unauthenticated)?;
    if call.scopes().iter().any(|scope| scopes.contains(*scope)) {
        return Ok(());
    }
    Err(ApiError::insufficient_scope(&call.scopes().join(" ")))
}

fn charge(state: &mut AccountState, call: &Call, query: &Query, now: &Now) -> Result<(), ApiError> {
    state.quota.take(call.costs(), now.ms)?;
    if *call == Call::ListConnections && listing::begins_full_sync(query) {
        state.quota.take_full_sync(now.ms)?;
    }
    Ok(())
}

fn parse(body: &Bytes) -> Answer {
    if body.is_empty() {
        return Ok(json!({}));
    }
    let parsed: Json = serde_json::from_slice(body)
        .map_err(|_| ApiError::invalid("Invalid JSON payload received. Unexpected token."))?;
    // A body of `null` is nothing set, like an empty one.
    Ok(if parsed.is_null() { json!({}) } else { parsed })
}

/// The account's turn to be changed, until it is dropped.
struct Turn<'a>(Option<&'a AtomicBool>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(taken) = self.0 {
            taken.store(false, Ordering::SeqCst);
        }
    }
}

/// Waits as long as a mutation takes, and holds the turn while it waits and until it is done.
async fn take_turn(account: &Account) -> Result<Turn<'_>, ApiError> {
    let settings = account.settings();
    if !settings.refuses_concurrent_mutations {
        return Ok(Turn(None));
    }
    if account.mutating().swap(true, Ordering::SeqCst) {
        return Err(ApiError::concurrent_mutation());
    }
    let turn = Turn(Some(account.mutating()));
    tokio::time::sleep(Duration::from_millis(settings.mutation_ms)).await;
    Ok(turn)
}

fn run(state: &mut AccountState, call: &Call, query: &Query, body: &Json, now: &Now) -> Answer {
    let me = state.me();
    let manner = state.manner();
    let book = &mut state.book;
    match call {
        Call::ListConnections => listing::list(&mut book.feed, query, now.ms, manner),
        Call::Get(name) => api::people::get(book, name, query, &me),
        Call::BatchGet => api::people::batch_get(book, query),
        Call::Search => api::people::search(book, query, now),
        Call::Create => api::people::create(book, query, body, now),
        Call::Update(name) => api::people::update(book, name, query, body, now),
        Call::Delete(name) => api::people::delete(book, name, now),
        Call::BatchCreate => api::batches::create(book, body, now),
        Call::BatchUpdate => api::batches::update(book, body, now),
        Call::BatchDelete => api::batches::delete(book, body, now),
        Call::ListGroups => api::groups::list(book, query, now),
        Call::GetGroup(name) => api::groups::get(book, name, query),
        Call::BatchGetGroups => api::groups::batch_get(book, query),
        Call::CreateGroup => api::groups::create(book, body, now),
        Call::UpdateGroup(name) => api::groups::update(book, name, body, now),
        Call::DeleteGroup(name) => api::groups::delete(book, name, query, now),
        Call::ModifyMembers(name) => api::groups::modify(book, name, body, now),
        Call::Unsimulated(method) => Err(ApiError::not_simulated(method)),
    }
}
