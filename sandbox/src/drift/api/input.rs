//! What a call brings: its token, its query and its body, each refused as the vendor refuses it.

use super::super::problem::{ContactCode, Problem};
use super::super::settings::Scope;
use super::super::workspace::Workspace;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// A caller with a valid token.
#[derive(Debug)]
pub(super) struct Caller {
    /// What the token may do.
    pub(super) scopes: BTreeSet<Scope>,
}

impl FromRequestParts<Workspace> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, workspace: &Workspace) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(Problem::BadToken)?;
        workspace.with(|store, now_ms| {
            let access = store.tokens.valid(token, now_ms).ok_or(Problem::BadToken)?;
            Ok(Caller { scopes: access.scopes.clone() })
        })
    }
}

impl Caller {
    /// Refuses a token that has none of these scopes; they are alternatives.
    pub(super) fn needs(&self, workspace: &Workspace, scopes: &[Scope]) -> Result<(), Problem> {
        match scopes {
            [first, ..] if !scopes.iter().any(|scope| self.scopes.contains(scope)) => {
                let wording = workspace.with(|store, _| store.settings.missing_scope);
                Err(Problem::missing_scope(*first, wording))
            }
            _ => Ok(()),
        }
    }
}

/// The token of an `Authorization: Bearer` header, however `Bearer` is spelt.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A query, in order; a name may come more than once.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl FromRequestParts<Workspace> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, workspace: &Workspace) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, workspace).await {
            Ok(Query(pairs)) => Ok(Params(pairs)),
            Err(_) => Err(Problem::Validation("the query could not be read".to_owned())),
        }
    }
}

impl Params {
    /// The first parameter that is none of these.
    pub(super) fn unknown(&self, known: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !known.contains(name))
    }

    /// CONTACT-10 if there is a parameter that is none of these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.unknown(known) {
            // Its name is not repeated: a client could have put anything there.
            Some(_) => Err(Problem::contact(ContactCode::UnknownParameter, "unrecognized query parameter")),
            None => Ok(()),
        }
    }

    /// The first value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(each, _)| each == name).map(|(_, value)| value.as_str())
    }
}

/// A body that is declared as JSON and is JSON.
#[derive(Debug)]
pub(super) struct Body(pub(super) Json);

impl FromRequest<Workspace> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, workspace: &Workspace) -> Result<Self, Problem> {
        let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = declared.and_then(|text| text.split(';').next()).map(str::trim);
        if !media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::NotJson);
        }
        let malformed = || Problem::contact(ContactCode::Malformed, "malformed payload");
        let bytes = Bytes::from_request(request, workspace).await.map_err(|_| malformed())?;
        serde_json::from_slice(&bytes).map(Body).map_err(|_| malformed())
    }
}

impl Body {
    /// The attributes of a create or an update, which carry nothing else.
    pub(super) fn attributes(self) -> Result<Map<String, Json>, Problem> {
        let malformed = |words: &str| Problem::contact(ContactCode::Malformed, words);
        let Json::Object(mut body) = self.0 else { return Err(malformed("malformed payload")) };
        let attributes = body.remove("attributes");
        if !body.is_empty() {
            return Err(malformed("the payload has a key that is not known"));
        }
        match attributes {
            None | Some(Json::Null) => {
                Err(Problem::contact(ContactCode::NoAttributes, "attributes are required"))
            }
            Some(Json::Object(attributes)) => Ok(attributes),
            Some(_) => Err(malformed("attributes is not an object")),
        }
    }
}
