//! OAuth, the token's introspection and the app's removal.
//! <https://devdocs.drift.com/docs/authentication-and-scopes>

use super::super::problem::{OauthError, Problem};
use super::super::settings::{ACCESS_TOKEN_SECONDS, Consent, Settings};
use super::super::tokens::Grant;
use super::super::workspace::Workspace;
use super::done;
use super::input::{Body, Caller, Params};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use url::Url;

/// `GET /authorize`, which the vendor serves on another host: the admin consents at once, and the browser
/// is sent back with a code.
pub(super) async fn authorize(
    State(workspace): State<Workspace>,
    params: Params,
) -> Result<Response, Problem> {
    let settings = workspace.settings();
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    let allowed = settings.oauth.redirect_uri.as_deref().is_none_or(|only| only == redirect_uri);
    let Ok(mut url) = Url::parse(redirect_uri) else {
        return Err(Problem::Oauth(OauthError::InvalidRequest));
    };
    if !allowed || params.get("response_type") != Some("code") {
        return Err(Problem::Oauth(OauthError::InvalidRequest));
    }
    if params.get("client_id") != Some(settings.oauth.client_id.as_str()) {
        return Err(Problem::Oauth(OauthError::InvalidClient));
    }
    match settings.oauth.consent {
        Consent::Given => {
            let code = workspace.with(|store, now_ms| store.tokens.consent(now_ms));
            url.query_pairs_mut().append_pair("code", &code);
        }
        Consent::Denied => {
            url.query_pairs_mut().append_pair("error", "access_denied");
        }
    }
    if let Some(state) = params.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, url.to_string())]).into_response())
}

/// `POST /oauth2/token`: the credentials come in the form, not by Basic authentication.
pub(super) async fn token(
    State(workspace): State<Workspace>,
    form: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Result<axum::Json<Json>, Problem> {
    let Ok(Form(form)) = form else { return Err(Problem::Oauth(OauthError::InvalidRequest)) };
    workspace.with(|store, now_ms| {
        let settings = &store.settings;
        let get = |name| form.get(name).map(String::as_str).ok_or(OauthError::InvalidRequest);
        let grant =
            check_client(settings, get("client_id"), get("client_secret")).and_then(|()| {
                match get("grant_type")? {
                    "authorization_code" => store.tokens.exchange(get("code")?, settings, now_ms),
                    "refresh_token" => store.tokens.refresh(get("refresh_token")?, settings, now_ms),
                    _ => Err(OauthError::UnsupportedGrantType),
                }
            });
        let grant = grant.map_err(Problem::Oauth)?;
        Ok(axum::Json(wire(grant, settings)))
    })
}

fn check_client(
    settings: &Settings,
    id: Result<&str, OauthError>,
    secret: Result<&str, OauthError>,
) -> Result<(), OauthError> {
    if id? == settings.oauth.client_id && secret? == settings.oauth.client_secret {
        Ok(())
    } else {
        Err(OauthError::InvalidClient)
    }
}

fn wire(grant: Grant, settings: &Settings) -> Json {
    let mut answer = json!({"access_token": grant.access_token, "expires_in": ACCESS_TOKEN_SECONDS,
        "token_type": "bearer", "orgId": settings.org_id});
    if let (Some(refresh_token), Json::Object(answer)) = (grant.refresh_token, &mut answer) {
        answer.insert("refresh_token".to_owned(), refresh_token.into());
    }
    answer
}

/// `POST /app/token_info`: a flat object; here `expires_in` is in milliseconds, 0 for a token that does
/// not expire. <https://devdocs.drift.com/docs/get-token-information>
pub(super) async fn token_info(
    State(workspace): State<Workspace>,
    body: Body,
) -> Result<axum::Json<Json>, Problem> {
    let token = body.0.get("access_token").and_then(Json::as_str);
    let token = token.ok_or_else(|| Problem::Validation("access_token is required".to_owned()))?;
    workspace.with(|store, now_ms| {
        let access = store.tokens.valid(token, now_ms).ok_or(Problem::BadToken)?;
        let expires_in_ms = access.expires_at_ms.map_or(0, |end| end - access.created_at_ms);
        let scopes: Vec<&str> = access.scopes.iter().map(|scope| scope.as_str()).collect();
        Ok(axum::Json(json!({"access_token": token, "token_type": "bearer",
            "authenticated_userid": format!("orgId:{}", store.settings.org_id),
            "credential_id": store.settings.oauth.client_id, "expires_in": expires_in_ms,
            "created_at": access.created_at_ms, "scope": scopes.join(" "), "id": "5c1a7c2e"})))
    })
}

/// `POST /app/uninstall`: every token of the workspace is dead afterwards.
pub(super) async fn uninstall(
    State(workspace): State<Workspace>,
    _caller: Caller,
    params: Params,
) -> Result<axum::Json<Json>, Problem> {
    workspace.with(|store, _| {
        let get = |name| params.get(name).ok_or(OauthError::InvalidRequest);
        check_client(&store.settings, get("clientId"), get("clientSecret")).map_err(Problem::Oauth)?;
        store.disconnect();
        Ok(done())
    })
}
