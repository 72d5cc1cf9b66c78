//! The four endpoints, on the paths that Google has on two hosts.

use super::super::account::Account;
use super::super::error::json_response;
use super::super::query::Query;
use super::super::settings::Settings;
use super::{BAD_CLIENT, BAD_SECRET, Challenge, NO_TOKEN, OauthError, Scopes, UNKNOWN_GRANT_TYPE};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value as Json, json};
use url::Url;

/// `https://accounts.google.com/o/oauth2/v2/auth`, `https://oauth2.googleapis.com/token`, `/revoke` and
/// `/tokeninfo`.
pub(in super::super) fn routes() -> Router<Account> {
    Router::new()
        .route("/o/oauth2/v2/auth", get(authorize))
        .route("/token", post(token))
        .route("/revoke", post(revoke))
        .route("/tokeninfo", get(token_info).post(token_info))
}

/// The consent screen, with a user who agrees at once.
async fn authorize(State(account): State<Account>, RawQuery(query): RawQuery) -> Response {
    let query = Query::decode(query.unwrap_or_default().as_bytes());
    let settings = account.settings();
    let asked = match Consent::read(&query, &settings) {
        Ok(asked) => asked,
        // Nothing about the redirect is trusted yet, so the error is shown and not sent back.
        Err(why) => return error_page(&why),
    };
    let granted: Scopes = asked.scopes.into_iter().filter(|scope| settings.grants.contains(scope)).collect();
    let mut redirect = asked.redirect;
    if granted.is_empty() {
        redirect.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let uri = asked.redirect_uri;
        let scopes = super::joined(&granted);
        let code = account.with_oauth(|oauth, now_ms| oauth.consent(granted, &uri, asked.challenge, now_ms));
        redirect.query_pairs_mut().append_pair("code", &code).append_pair("scope", &scopes);
    }
    if let Some(state) = query.one("state") {
        redirect.query_pairs_mut().append_pair("state", state);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(redirect))]).into_response()
}

/// What a client asks the user for.
struct Consent {
    redirect_uri: String,
    redirect: Url,
    scopes: Vec<String>,
    challenge: Option<Challenge>,
}

impl Consent {
    fn read(query: &Query, settings: &Settings) -> Result<Self, String> {
        let required = |name: &str| {
            query.one(name).ok_or_else(|| format!("invalid_request: Required parameter is missing: {name}"))
        };
        if required("client_id")? != settings.client_id {
            return Err("invalid_client: The OAuth client was not found.".to_owned());
        }
        if required("response_type")? != "code" {
            return Err("unsupported_response_type".to_owned());
        }
        let redirect_uri = required("redirect_uri")?.to_owned();
        let redirect = Url::parse(&redirect_uri).ok().filter(is_loopback);
        let redirect = redirect.ok_or_else(|| "redirect_uri_mismatch".to_owned())?;
        let scopes: Vec<String> = required("scope")?.split_whitespace().map(str::to_owned).collect();
        let challenge = match (query.one("code_challenge"), query.one("code_challenge_method")) {
            (None, _) => None,
            (Some(challenge), Some("S256")) => Some(Challenge::Sha256(challenge.to_owned())),
            (Some(challenge), None | Some("plain")) => Some(Challenge::Plain(challenge.to_owned())),
            (Some(_), Some(_)) => return Err("invalid_request: Unsupported code_challenge_method".to_owned()),
        };
        Ok(Self { redirect_uri, redirect, scopes, challenge })
    }
}

/// What a desktop client may be redirected to.
fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
}

async fn token(State(account): State<Account>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Query::decode(&body);
    let settings = account.settings();
    let field = |name: &str| form.one(name).unwrap_or_default();
    let answer = client(&headers, &form, &settings).and_then(|()| match field("grant_type") {
        "authorization_code" => account.with_oauth(|oauth, now_ms| {
            let (code, uri) = (field("code"), field("redirect_uri"));
            oauth.exchange(code, uri, form.one("code_verifier"), &settings, now_ms)
        }),
        "refresh_token" => {
            account.with_oauth(|oauth, now_ms| oauth.renew(field("refresh_token"), &settings, now_ms))
        }
        _ => Err(UNKNOWN_GRANT_TYPE),
    });
    respond(answer)
}

async fn revoke(State(account): State<Account>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let form = Query::decode(&body).and(Query::decode(query.unwrap_or_default().as_bytes()));
    let token = form.one("token").unwrap_or_default();
    respond(account.with_oauth(|oauth, _| oauth.revoke(token)).map(|()| json!({})))
}

async fn token_info(State(account): State<Account>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let form = Query::decode(query.unwrap_or_default().as_bytes()).and(Query::decode(&body));
    let settings = account.settings();
    let answer = form.one("access_token").ok_or(NO_TOKEN);
    let answer = answer
        .and_then(|token| account.with_oauth(|oauth, now_ms| oauth.token_info(token, &settings, now_ms)));
    respond(answer)
}

/// Whether the client is who it says it is, in the form or by HTTP Basic: Google takes both
/// (`token_endpoint_auth_methods_supported` of <https://accounts.google.com/.well-known/openid-configuration>),
/// and its own Python library for this sends Basic.
fn client(headers: &HeaderMap, form: &Query, settings: &Settings) -> Result<(), OauthError> {
    let basic = basic_credentials(headers);
    let (id, secret) = match &basic {
        Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
        None => (form.one("client_id"), form.one("client_secret")),
    };
    if id != Some(settings.client_id.as_str()) {
        return Err(BAD_CLIENT);
    }
    // Google documents the secret as optional for installed apps, and gives every one of them one.
    match secret {
        Some(secret) if secret != settings.client_secret => Err(BAD_SECRET),
        Some(_) | None => Ok(()),
    }
}

/// <https://www.rfc-editor.org/rfc/rfc7617#section-2>
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn respond(answer: Result<Json, OauthError>) -> Response {
    match answer {
        Ok(body) => json_response(200, &body),
        Err(OauthError { status, error, description }) => {
            json_response(status, &json!({ "error": error, "error_description": description }))
        }
    }
}

fn error_page(why: &str) -> Response {
    let page = format!("<!DOCTYPE html><html><title>Error 400</title><p>Access blocked. {why}</html>\n");
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
}
