//! From a request to a call, and from its answer to a response.
//!
//! The order is Salesforce's: the line's length, the path, the session, the quota; and only then the call.

use super::api;
use super::error::ApiError;
use super::moment;
use super::org::{Org, State as OrgState};
use super::store::Act;
use super::vendor;
use super::wire::{LAST_VERSION, Payload, Reply, Request};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::{GzDecoder, ZlibDecoder};
use serde_json::{Value as Json, json};
use std::io::Read as _;

/// The longest line of a request, and the longest line with its headers.
const MAX_URI_BYTES: usize = 16_384;
/// The largest body: that of a bulk upload.
const MAX_BODY_BYTES: usize = 150 * 1024 * 1024;
/// The first version that is told of.
const FIRST_TOLD_VERSION: u32 = 31;

pub(super) fn router(org: Org) -> Router {
    super::oauth::routes().fallback(data).with_state(org)
}

async fn data(State(org): State<Org>, request: HttpRequest) -> Response {
    let (head, body) = request.into_parts();
    let now_ms = org.clock().now_ms();
    let uri = head.uri.path_and_query().map_or("", |line| line.as_str());
    if uri.len() > MAX_URI_BYTES {
        return dated(StatusCode::URI_TOO_LONG.into_response(), now_ms);
    }
    if uri.len() + header_bytes(&head) > MAX_URI_BYTES {
        return dated(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(), now_ms);
    }
    if uri.trim_end_matches('/') == "/services/data" {
        return dated(json_response(200, &versions()), now_ms);
    }
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return dated(StatusCode::PAYLOAD_TOO_LARGE.into_response(), now_ms);
    };
    let Some(body) = unpacked(&head, body) else {
        return dated(StatusCode::BAD_REQUEST.into_response(), now_ms);
    };
    let token = bearer(&head).map(str::to_owned);
    let Some(request) = Request::read(head.method, uri, head.headers, body) else {
        return dated(not_found(&org), now_ms);
    };
    let response = org.with(|state, act| {
        let reply = admitted(state, token.as_deref(), act).map(|()| api::answer(state, &request, act));
        let language = state.settings.language;
        let reply = reply.unwrap_or_else(|error| Reply::refusal(&error, language));
        let told = (reply.status != 401).then(|| state.quota.header(&state.settings));
        respond(reply, told)
    });
    dated(response, now_ms)
}

/// Lets a call in and counts it.
fn admitted(state: &mut OrgState, token: Option<&str>, act: &Act) -> Result<(), ApiError> {
    let live = token.is_some_and(|token| state.oauth.uses(token, &state.settings, act.now_ms));
    if !live {
        return Err(ApiError::invalid_session());
    }
    state.quota.take(&state.settings, act.now_ms)
}

/// The body as it was before a client packed it; `None` if it cannot be unpacked.
fn unpacked(head: &Parts, body: Bytes) -> Option<Bytes> {
    let encoding = head.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let most = u64::try_from(MAX_BODY_BYTES).unwrap_or(u64::MAX);
    let mut plain = Vec::new();
    let read = match encoding {
        Some("gzip") => GzDecoder::new(body.as_ref()).take(most).read_to_end(&mut plain),
        Some("deflate") => ZlibDecoder::new(body.as_ref()).take(most).read_to_end(&mut plain),
        Some(_) | None => return Some(body),
    };
    read.is_ok().then(|| plain.into())
}

/// The access token of a request: `Bearer`, or `OAuth` as older clients say.
pub(super) fn bearer(head: &Parts) -> Option<&str> {
    let value = head.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    known.then(|| token.trim())
}

fn header_bytes(head: &Parts) -> usize {
    head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// `GET /services/data`: needs no session and is not counted.
fn versions() -> Json {
    const SEASONS: [&str; 3] = ["Spring", "Summer", "Winter"];
    let told = (FIRST_TOLD_VERSION..=LAST_VERSION).map(|version| {
        // Three releases a year; version 31 was Summer '14.
        let since = version - 30;
        let season = SEASONS.get(usize::try_from(since % 3).unwrap_or_default()).copied().unwrap_or_default();
        let year = 14 + since / 3 + u32::from(season == "Winter");
        json!({
            "label": format!("{season} '{year}"),
            "url": format!("/services/data/v{version}.0"),
            "version": format!("{version}.0"),
        })
    });
    Json::Array(told.collect())
}

fn not_found(org: &Org) -> Response {
    let error = ApiError::not_found();
    respond(Reply::refusal(&error, org.settings().language), None)
}

fn respond(reply: Reply, limit_info: Option<String>) -> Response {
    let mut response = match &reply.payload {
        Payload::Empty => status_of(reply.status).into_response(),
        Payload::Json(body) => json_response(reply.status, body),
        Payload::Csv(text) => {
            let csv = [(header::CONTENT_TYPE, "text/csv;charset=UTF-8")];
            (status_of(reply.status), csv, text.clone()).into_response()
        }
    };
    let limits = limit_info.map(|text| ("sforce-limit-info", text));
    for (name, value) in reply.headers.into_iter().chain(limits) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// An answer in JSON.
pub(super) fn json_response(status: u16, body: &Json) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status_of(status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache,must-revalidate,max-age=0,no-store,private"),
    );
    response
}

/// Says what time it is at Salesforce: the only clock that a client can hold its cursors against.
pub(super) fn dated(mut response: Response, now_ms: i64) -> Response {
    if let Ok(date) = HeaderValue::from_str(&moment::http_date(now_ms)) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The scripted refusals are dated as well.
pub(super) fn refusal(org: &Org, error: &ApiError) -> Response {
    let told = vendor::tells_limits(error).then(|| org.with(|state, _| state.quota.header(&state.settings)));
    dated(respond(Reply::refusal(error, org.settings().language), told), org.clock().now_ms())
}
