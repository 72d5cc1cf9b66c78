//! Keys and tokens: who may call, and how an app gets a token.
//!
//! An API key and a token may do everything and do not run out; there are no scopes and no refresh
//! tokens. The user consents at once, without a screen. Secrets are compared and never logged.
//!
//! <https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/>

use super::account::Account;
use super::problem::{Problem, json_response};
use super::query::Query;
use super::settings::Settings;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use url::Url;

/// How long a code can be exchanged, in milliseconds. Not documented; RFC 6749 recommends ten minutes at
/// most.
const CODE_MS: i64 = 600 * 1000;

/// A refusal of the token endpoint: status and `error`.
type Refusal = (u16, &'static str);

const BAD_CLIENT: Refusal = (400, "invalid_client");
const BAD_GRANT: Refusal = (400, "invalid_grant");
const UNKNOWN_GRANT_TYPE: Refusal = (400, "unsupported_grant_type");

#[derive(Debug)]
struct Code {
    redirect_uri: String,
    expires_ms: i64,
}

/// Everything issued for one account.
pub(super) struct Oauth {
    seed: u64,
    data_centre: String,
    given: u64,
    key_alive: bool,
    tokens: BTreeSet<String>,
    codes: HashMap<String, Code>,
}

impl std::fmt::Debug for Oauth {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Oauth").field("given", &self.given).finish_non_exhaustive()
    }
}

impl Oauth {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut oauth = Self {
            seed: settings.seed,
            data_centre: settings.data_centre.clone(),
            given: 0,
            key_alive: true,
            tokens: BTreeSet::new(),
            codes: HashMap::new(),
        };
        oauth.tokens.insert(oauth.first_token());
        oauth
    }

    /// The account's key.
    pub(super) fn api_key(&self) -> String {
        format!("{}-{}", self.secret_key(), self.data_centre)
    }

    fn secret_key(&self) -> String {
        secret(self.seed, "key", 0)
    }

    /// The token that an account brings along.
    pub(super) fn first_token(&self) -> String {
        secret(self.seed, "token", 0)
    }

    /// Whether the bearer of this header may call.
    pub(super) fn admit(&self, header: Option<&str>) -> Result<(), Problem> {
        let (scheme, value) =
            header.and_then(|header| header.split_once(' ')).ok_or_else(Problem::key_missing)?;
        let value = value.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "oauth" if self.tokens.contains(value) => Ok(()),
            "bearer" | "oauth" => Err(Problem::key_invalid()),
            "basic" => {
                let decoded =
                    BASE64_STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let key = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, key)| key);
                self.admit_key(key.filter(|key| !key.is_empty()).ok_or_else(Problem::key_missing)?)
            }
            // Old clients send the key bare.
            "apikey" => self.admit_key(value),
            _ => Err(Problem::key_missing()),
        }
    }

    fn admit_key(&self, key: &str) -> Result<(), Problem> {
        // A token is also taken where a key is.
        if self.tokens.contains(key) {
            return Ok(());
        }
        match key.rsplit_once('-') {
            Some((secret, _)) if !self.key_alive || secret != self.secret_key() => {
                Err(Problem::key_invalid())
            }
            Some((_, data_centre)) if data_centre == self.data_centre => Ok(()),
            Some(_) => Err(Problem::wrong_data_centre()),
            None => Err(Problem::key_invalid()),
        }
    }

    /// The user disconnects the app and disables the key: nothing works any more.
    pub(super) fn revoke_all(&mut self) {
        self.key_alive = false;
        self.tokens.clear();
        self.codes.clear();
    }

    fn consent(&mut self, redirect_uri: &str, now_ms: i64) -> String {
        self.given += 1;
        let code = secret(self.seed, "code", self.given);
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(code.clone(), Code { redirect_uri, expires_ms: now_ms.saturating_add(CODE_MS) });
        code
    }

    /// A code works once, even if the exchange is refused.
    fn exchange(&mut self, code: &str, redirect_uri: &str, now_ms: i64) -> Result<String, Refusal> {
        let code = self.codes.remove(code).ok_or(BAD_GRANT)?;
        if now_ms >= code.expires_ms || code.redirect_uri != redirect_uri {
            return Err(BAD_GRANT);
        }
        self.given += 1;
        let token = secret(self.seed, "token", self.given);
        self.tokens.insert(token.clone());
        Ok(token)
    }
}

/// 32 hexadecimal digits that open nothing but this simulator.
fn secret(seed: u64, kind: &str, number: u64) -> String {
    let hash = blake3::hash(format!("{seed}/{kind}/{number}").as_bytes()).to_hex();
    hash.chars().take(32).collect()
}

/// `https://login.mailchimp.com/oauth2/…`
pub(super) fn routes() -> Router<Account> {
    Router::new()
        .route("/oauth2/authorize", get(authorize))
        .route("/oauth2/token", post(token))
        .route("/oauth2/metadata", get(metadata))
}

/// The consent screen, with a user who agrees at once.
async fn authorize(State(account): State<Account>, RawQuery(query): RawQuery) -> Response {
    let query = Query::decode(query.unwrap_or_default().as_bytes());
    let settings = account.settings();
    let redirect_uri = query.one("redirect_uri").unwrap_or_default();
    let redirect = Url::parse(redirect_uri).ok().filter(is_loopback);
    let asked_well = query.one("response_type") == Some("code")
        && query.one("client_id") == Some(settings.client_id.as_str());
    let (true, Some(mut redirect)) = (asked_well, redirect) else {
        // Nothing about the redirect is trusted, so the error is shown and not sent back.
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        return (StatusCode::BAD_REQUEST, html, "<!DOCTYPE html><p>Invalid request.</p>\n").into_response();
    };
    let code = account.with(|state, now| state.oauth.consent(redirect_uri, now.ms));
    redirect.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = query.one("state") {
        redirect.query_pairs_mut().append_pair("state", state);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(redirect))]).into_response()
}

/// Mailchimp knows the address 127.0.0.1 for local apps, and refuses the name `localhost`.
fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
}

async fn token(State(account): State<Account>, body: Bytes) -> Response {
    let form = Query::decode(&body);
    let settings = account.settings();
    let field = |name: &str| form.one(name).unwrap_or_default();
    let known = field("client_id") == settings.client_id && field("client_secret") == settings.client_secret;
    let answer = match (known, field("grant_type")) {
        (false, _) => Err(BAD_CLIENT),
        (true, "authorization_code") => {
            account.with(|state, now| state.oauth.exchange(field("code"), field("redirect_uri"), now.ms))
        }
        (true, _) => Err(UNKNOWN_GRANT_TYPE),
    };
    match answer {
        Ok(token) => json_response(200, &json!({ "access_token": token, "expires_in": 0, "scope": null })),
        Err((status, error)) => json_response(status, &json!({ "error": error, "error_description": "" })),
    }
}

/// Where the account's API is.
async fn metadata(State(account): State<Account>, headers: HeaderMap) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Err(problem) = account.with(|state, _| state.oauth.admit(text(header::AUTHORIZATION))) {
        return problem.into_response();
    }
    let settings = account.settings();
    let origin = format!("http://{}", text(header::HOST).unwrap_or("127.0.0.1"));
    json_response(
        200,
        &json!({
            "dc": settings.data_centre, "role": "owner", "accountname": settings.account_name,
            "user_id": 417_000_003,
            "login": { "email": settings.login, "avatar": null, "login_id": 417_000_002,
                "login_name": settings.login, "login_email": settings.login },
            "login_url": origin, "api_endpoint": origin,
        }),
    )
}
