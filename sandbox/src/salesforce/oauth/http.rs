//! The endpoints under `/services/oauth2`, and the identity URL.

use super::super::http::{bearer, dated, json_response};
use super::super::moment;
use super::super::org::Org;
use super::super::settings::{Consent, Settings};
use super::proof::{Challenge, signature};
use super::{
    Asked, BAD_CLIENT, BAD_RESPONSE_TYPE, BAD_TOKEN, DENIED, NO_CHALLENGE, OFFLINE_SCOPES, OauthError, SCOPE,
    UNKNOWN_GRANT_TYPE, with,
};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value as Json, json};
use url::{Url, form_urlencoded};

pub(in super::super) fn routes() -> Router<Org> {
    Router::new()
        .route("/services/oauth2/authorize", get(authorize))
        .route("/services/oauth2/token", post(token))
        .route("/services/oauth2/revoke", post(revoke).get(revoke))
        .route("/services/oauth2/introspect", post(introspect))
        .route("/services/oauth2/userinfo", get(user_info).post(user_info))
        .route("/id/{organization}/{user}", get(identity))
}

/// Parameters, decoded.
struct Form(Vec<(String, String)>);

impl Form {
    fn decode(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    fn one(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        named.next().map(|(_, value)| value.as_str())
    }

    fn get(&self, name: &str) -> &str {
        self.one(name).unwrap_or_default()
    }
}

/// The consent screen, with a user who agrees at once.
async fn authorize(State(org): State<Org>, RawQuery(query): RawQuery) -> Response {
    let query = Form::decode(query.unwrap_or_default().as_bytes());
    let settings = org.settings();
    if query.one("client_id") != Some(&settings.client_id) {
        return error_page("error=invalid_client_id&error_description=client%20identifier%20invalid");
    }
    let redirect_uri = query.get("redirect_uri");
    let registered = settings.callback_urls.as_ref().is_none_or(|known| known.contains(redirect_uri));
    let callback = Url::parse(redirect_uri).ok().filter(|url| registered && may_be_called_back(url));
    let Some(mut redirect) = callback else {
        return error_page(
            "error=redirect_uri_mismatch&error_description=redirect_uri%20must%20match%20configuration",
        );
    };
    match asked(&query, &settings) {
        Ok(asked) => {
            let code = org.with(|state, act| state.oauth.consent(redirect_uri, asked, act.now_ms));
            redirect.query_pairs_mut().append_pair("code", &code);
        }
        Err(OauthError(error, description)) => {
            let mut pairs = redirect.query_pairs_mut();
            pairs.append_pair("error", error).append_pair("error_description", description);
        }
    }
    if let Some(state) = query.one("state") {
        redirect.query_pairs_mut().append_pair("state", state);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(redirect))]).into_response()
}

/// What the user is asked for, and the answer.
fn asked(query: &Form, settings: &Settings) -> Result<Asked, OauthError> {
    if query.one("response_type") != Some("code") {
        return Err(BAD_RESPONSE_TYPE);
    }
    // There is no other method than S256, and it need not be named.
    let challenge = query.one("code_challenge").map(|text| Challenge(text.to_owned()));
    if challenge.is_none() && settings.requires_pkce {
        return Err(NO_CHALLENGE);
    }
    match settings.consent {
        Consent::Denied => Err(DENIED),
        Consent::Given => {
            // Without a scope the app gets all that it was assigned.
            let named = |scope: &str| scope.split_whitespace().any(|it| OFFLINE_SCOPES.contains(&it));
            Ok(Asked { challenge, offline: query.one("scope").is_none_or(named) })
        }
    }
}

/// Callbacks must be HTTPS, or be on the user's own machine.
fn may_be_called_back(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")),
        _ => false,
    }
}

async fn token(State(org): State<Org>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::decode(&body);
    let host = host(&headers);
    let answer = org.with(|state, act| {
        let (settings, now_ms) = (&state.settings, act.now_ms);
        client(&form, &headers, settings, form.get("grant_type") != "client_credentials")?;
        let (access, refresh) = match form.get("grant_type") {
            "authorization_code" => {
                let (code, uri, verifier) =
                    (form.get("code"), form.get("redirect_uri"), form.one("code_verifier"));
                state.oauth.exchange(code, uri, verifier, settings, now_ms)?
            }
            "refresh_token" => state.oauth.renew(form.get("refresh_token"), settings, now_ms)?,
            "client_credentials" => (state.oauth.stand_for_itself(settings, now_ms)?, None),
            _ => return Err(UNKNOWN_GRANT_TYPE),
        };
        let identity = state.oauth.identity_url(&host);
        let refresh = refresh.map_or_else(|| json!({}), |token| json!({ "refresh_token": token }));
        Ok(with(token_answer(&access, &host, &identity, settings, now_ms), refresh))
    });
    dated(respond(answer), org.clock().now_ms())
}

/// There is no `expires_in`: nobody knows how long a session will be used.
fn token_answer(access: &str, host: &str, identity: &str, settings: &Settings, now_ms: i64) -> Json {
    let issued_at = now_ms.to_string();
    json!({
        "access_token": access,
        "signature": signature(&settings.client_secret, &format!("{identity}{issued_at}")),
        "scope": SCOPE,
        "instance_url": host,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    })
}

async fn revoke(State(org): State<Org>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    let (form, query) = (Form::decode(&body), Form::decode(query.unwrap_or_default().as_bytes()));
    let token = form.one("token").or(query.one("token")).unwrap_or_default();
    match org.with(|state, _| state.oauth.revoke(token)) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => respond(Err(error)),
    }
}

async fn introspect(State(org): State<Org>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::decode(&body);
    let host = host(&headers);
    respond(org.with(|state, act| {
        client(&form, &headers, &state.settings, false)?;
        let token = form.one("token").ok_or(BAD_TOKEN)?;
        Ok(state.oauth.introspect(token, &host, &state.settings, act.now_ms))
    }))
}

async fn user_info(State(org): State<Org>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    who(&org, bearer(&head), &host(&head.headers), |known| {
        json!({
            "sub": known.identity,
            "user_id": known.user,
            "organization_id": known.organization,
            "preferred_username": known.username,
            "nickname": "sandbox.user",
            "name": "Integration User",
            "email": known.username,
            "email_verified": true,
            "given_name": "Integration",
            "family_name": "User",
            "zoneinfo": "Europe/Amsterdam",
            "user_type": "STANDARD",
            "language": "en_US",
            "locale": "en_US",
            "is_app_installed": true,
            "urls": known.urls,
        })
    })
}

async fn identity(State(org): State<Org>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    who(&org, bearer(&head), &host(&head.headers), |known| {
        json!({
            "id": known.identity,
            "asserted_user": true,
            "user_id": known.user,
            "organization_id": known.organization,
            "username": known.username,
            "nick_name": "sandbox.user",
            "display_name": "Integration User",
            "email": known.username,
            "email_verified": true,
            "first_name": "Integration",
            "last_name": "User",
            "timezone": "Europe/Amsterdam",
            "urls": known.urls,
            "active": true,
            "user_type": "STANDARD",
            "language": "en_US",
            "locale": "en_US",
            "utcOffset": 3_600_000,
            "last_modified_date": known.since,
            "is_app_installed": true,
        })
    })
}

/// What both identity calls tell.
struct Known {
    identity: String,
    user: String,
    organization: String,
    username: String,
    urls: Json,
    since: String,
}

fn who(org: &Org, token: Option<&str>, host: &str, tell: impl FnOnce(Known) -> Json) -> Response {
    let known = org.with(|state, act| {
        let live = token.is_some_and(|token| state.oauth.uses(token, &state.settings, act.now_ms));
        live.then(|| {
            let data = format!("{host}/services/data/v{{version}}");
            Known {
                identity: state.oauth.identity_url(host),
                user: state.actors.client.to_string(),
                organization: state.actors.organization.to_string(),
                username: state.settings.username.clone(),
                urls: json!({
                    "rest": format!("{data}/"),
                    "sobjects": format!("{data}/sobjects/"),
                    "query": format!("{data}/query/"),
                    "profile": format!("{host}/{}", state.actors.client),
                }),
                since: moment::moment(
                    state.store.row(state.actors.client).map_or(0, |row| row.modified_s) * 1_000,
                ),
            }
        })
    });
    match known {
        Some(known) => json_response(200, &tell(known)),
        // Not JSON, and not 401: clients that look for either fall over it.
        None => (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response(),
    }
}

/// Whether this is the app, by form or by `Basic`. A refresh may leave the secret out, if it is not wrong.
fn client(
    form: &Form,
    headers: &HeaderMap,
    settings: &Settings,
    secret_optional: bool,
) -> Result<(), OauthError> {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let basic =
        basic.and_then(|value| value.strip_prefix("Basic ")).map(|text| BASE64_STANDARD.decode(text.trim()));
    let (id, secret) = match basic {
        Some(decoded) => {
            let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(BAD_CLIENT)?;
            let (id, secret) = text.split_once(':').ok_or(BAD_CLIENT)?;
            (id.to_owned(), Some(secret.to_owned()))
        }
        None => (form.get("client_id").to_owned(), form.one("client_secret").map(str::to_owned)),
    };
    let known =
        id == settings.client_id && secret.map_or(secret_optional, |secret| secret == settings.client_secret);
    if known { Ok(()) } else { Err(BAD_CLIENT) }
}

/// Where the client has reached the org: what it is told as the instance's URL.
fn host(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    format!("http://{host}")
}

fn respond(answer: Result<Json, OauthError>) -> Response {
    match answer {
        Ok(body) => json_response(200, &body),
        Err(OauthError(error, description)) => {
            json_response(400, &json!({ "error": error, "error_description": description }))
        }
    }
}

fn error_page(why: &str) -> Response {
    let page = format!("<!DOCTYPE html><html><title>OAuth Error</title><p>{why}</html>\n");
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
}
