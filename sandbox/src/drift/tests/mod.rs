//! Each endpoint walked over its router, each refusal with its status and body.

mod contacts;
mod conversations;
mod oauth;
mod people;
mod served;
mod tags;

use super::*;
use crate::clock::Clock;
use crate::faults::Faults;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use tower::ServiceExt;

/// A workspace and a caller with its private token.
struct World {
    workspace: Workspace,
    clock: Clock,
    token: String,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    /// [`Json::Null`] if there was none.
    body: Json,
}

impl World {
    /// Errors come in one form, so that a test can look into them.
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings { error_bodies: ErrorBodies::Object, ..Settings::default() };
        change(&mut settings);
        let clock = Clock::fixed();
        let token = settings.private_token.clone();
        Self { workspace: Workspace::new(settings, clock.clone(), Faults::none()), clock, token }
    }

    fn with_scopes(scopes: &[Scope]) -> Self {
        Self::new(|settings| settings.scopes = scopes.iter().copied().collect())
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<Json>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(request.body(body.map_or_else(Body::empty, |body| body.to_string().into())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.workspace.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// Creates a contact through the API.
    async fn create(&self, attributes: Json) -> i64 {
        let answer = self.call("POST", "/contacts", Some(json!({"attributes": attributes}))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["data"]["id"].as_i64().unwrap()
    }

    async fn patch(&self, id: i64, attributes: Json) -> Answer {
        self.call("PATCH", &format!("/contacts/{id}"), Some(json!({"attributes": attributes}))).await
    }

    async fn attributes(&self, id: i64) -> Json {
        self.get(&format!("/contacts/{id}")).await.body["data"]["attributes"].take()
    }

    /// A refusal: its status, and a piece of its words.
    #[track_caller]
    fn refused(answer: &Answer, status: u16, words: &str) {
        assert_eq!(answer.status, status, "{answer:?}");
        let message = answer.body["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{words:?} is not in {answer:?}");
    }
}

impl Answer {
    /// The ids in `data`.
    fn ids(&self) -> Vec<i64> {
        assert_eq!(self.status, 200, "{self:?}");
        self.body["data"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
    }

    fn link_next(&self) -> Option<String> {
        let link = self.headers.get(header::LINK)?.to_str().unwrap();
        Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel='next'").unwrap().to_owned())
    }
}
