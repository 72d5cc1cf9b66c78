//! From a request to a call, and from its answer to a response.
//!
//! The order is: the number of connections, the key, the path, the body; and only then the method.

use super::account::Account;
use super::api::{self, Answer, Ask, Reply};
use super::call::{Call, Resource, VERSION};
use super::hooks;
use super::input;
use super::problem::{Problem, dress, json_response};
use super::query::Query;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The largest body that is read.
const MAX_BODY_BYTES: usize = 20 * 1024 * 1024;

pub(super) fn router(account: Account) -> Router {
    super::oauth::routes()
        .merge(super::batches::routes())
        .fallback(marketing_api)
        .layer(axum::middleware::from_fn_with_state(account.clone(), one_connection))
        .with_state(account)
}

/// A connection of this user, until it is dropped.
struct Connection<'a>(&'a AtomicUsize);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Lets so many calls in at once and refuses the others.
async fn one_connection(State(account): State<Account>, request: Request, next: Next) -> Response {
    let before = account.connections().fetch_add(1, Ordering::SeqCst);
    let _until_answered = Connection(account.connections());
    let settings = account.settings();
    if before >= settings.max_connections {
        return Problem::too_many_requests().into_response();
    }
    tokio::time::sleep(Duration::from_millis(settings.answer_ms)).await;
    next.run(request).await
}

/// What a request is really about: a `POST` may say that it is another method.
pub(super) fn method_of(head: &Parts) -> Result<Method, Problem> {
    let refused = || {
        let detail = "The X-HTTP-Method-Override header is for POST requests and names a method.";
        Problem::new(422, "Invalid Method Override", detail)
    };
    match head.headers.get("x-http-method-override") {
        None => Ok(head.method.clone()),
        Some(wanted) if head.method == Method::POST => {
            let known = [Method::GET, Method::PUT, Method::PATCH, Method::DELETE, Method::POST];
            known
                .into_iter()
                .find(|method| method.as_str().as_bytes() == wanted.as_bytes())
                .ok_or_else(refused)
        }
        Some(_) => Err(refused()),
    }
}

/// The path below the version; `None` if it is not below it.
pub(super) fn path_of(head: &Parts) -> Option<&str> {
    let path = head.uri.path().strip_prefix(VERSION)?;
    (path.is_empty() || path.starts_with('/')).then_some(path)
}

async fn marketing_api(State(account): State<Account>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match answer(&account, &head, &body).await {
        Ok(Reply::Json(body)) => json_response(200, &body),
        Ok(Reply::Empty) => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            dress(&mut response);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

async fn answer(account: &Account, head: &Parts, body: &Bytes) -> Answer {
    let credentials = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    account.with(|state, _| state.oauth.admit(credentials))?;
    let method = method_of(head)?;
    let path = path_of(head).ok_or_else(Problem::not_found)?;
    let call = Call::parse(&method, path).ok_or_else(Problem::not_found)?;
    let body = if method == Method::GET { Map::new() } else { input::parse(body)? };
    let query = Query::decode(head.uri.query().unwrap_or_default().as_bytes());
    let ask = Ask { call, query, body, origin: &origin(head) };
    if let (Resource::Hooks | Resource::Hook, Some(_)) = (ask.call.resource, ask.body.get("url")) {
        knock(account, &ask.body).await?;
    }
    account.with(|state, now| api::run(state, &ask, now))
}

/// Where the client found us.
fn origin(head: &Parts) -> String {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

/// Asks a webhook's address whether it is there.
async fn knock(account: &Account, body: &Map<String, Json>) -> Result<(), Problem> {
    let Some(url) = hooks::url_of(body)? else { return Ok(()) };
    let there = match account.courier() {
        Some(courier) => courier.is_there(&url).await,
        None => false,
    };
    let refused =
        || Problem::field("url", "The URL that you supplied did not answer a GET request with 200.");
    there.then_some(()).ok_or_else(refused)
}
