//! The API over HTTP: the routes, who may call them, and how refusals are worded.

mod contacts;
mod conversations;
mod input;
mod oauth;
mod tags;

use super::attributes::Normalise;
use super::problem::Problem;
use super::store::Store;
use super::workspace::Workspace;
use crate::faults::Refusal;
use crate::serve::Vendor;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use serde_json::{Value as Json, json};

/// Answers of calls that give nothing back.
fn done() -> axum::Json<Json> {
    axum::Json(json!({"result": "OK", "ok": true}))
}

/// Answers of calls that give data.
fn data(data: Json) -> axum::Json<Json> {
    axum::Json(json!({"data": data}))
}

/// All routes.
pub(super) fn router(workspace: &Workspace) -> Router {
    Router::new()
        .route("/authorize", get(oauth::authorize))
        .route("/oauth2/token", post(oauth::token))
        .route("/app/token_info", post(oauth::token_info))
        .route("/app/uninstall", post(oauth::uninstall))
        .route("/contacts", get(contacts::find).post(contacts::create))
        .route("/contacts/attributes", get(contacts::attributes))
        .route("/contacts/normalize", patch(contacts::patch_by_name))
        .route("/contacts/{id}", get(contacts::read).patch(contacts::patch).delete(contacts::delete))
        .route("/contacts/{id}/tags", post(tags::add))
        .route("/contacts/{id}/tags/{tag}", delete(tags::remove))
        .route("/contacts/{id}/tags/delete/_bulk", post(tags::remove_bulk))
        .route("/emails/unsubscribe", post(contacts::unsubscribe))
        .route("/conversations/list", get(conversations::list))
        .route("/conversations/{id}", get(conversations::read))
        .fallback(async || Problem::NotFound("resource"))
        .layer(from_fn_with_state(workspace.clone(), meter))
        .with_state(workspace.clone())
}

/// Counts the call against the quota and gives a refusal its body.
async fn meter(State(workspace): State<Workspace>, request: Request, next: Next) -> Response {
    let mut answer = match workspace.with(Store::spend) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    match answer.extensions_mut().remove::<Problem>() {
        Some(problem) => workspace.worded(&problem),
        None => answer,
    }
}

impl IntoResponse for Problem {
    /// Carries the problem out to [`meter`], which knows how this workspace words it.
    fn into_response(self) -> Response {
        let mut answer = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        answer.extensions_mut().insert(self);
        answer
    }
}

impl Workspace {
    /// The answer to a refused call.
    fn worded(&self, problem: &Problem) -> Response {
        let body = self.with(|store, _| {
            let turn = store.next_error();
            problem.body(store.settings.error_bodies, turn)
        });
        let mut answer = match body {
            Some(body) => axum::Json(body).into_response(),
            None => ().into_response(),
        };
        *answer.status_mut() =
            StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Problem::RateLimited { retry_after_seconds: Some(seconds) } = problem {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        answer
    }

    /// How values are stored now.
    fn normalise(&self) -> Normalise {
        if self.faults().normalise() { Normalise::Reshaped } else { Normalise::Nothing }
    }

    /// The newest moment that searches and listings have caught up with.
    fn visible_until_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(i64::try_from(self.faults().lag_ms()).unwrap_or(i64::MAX))
    }
}

impl Vendor for Workspace {
    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool {
        match refusal {
            Refusal::RateLimited { .. } | Refusal::ServerError(_) => true,
            Refusal::ExpiredToken => head.headers.contains_key(header::AUTHORIZATION),
            Refusal::ExpiredCursor => {
                let query = head.uri.query().unwrap_or_default();
                query.split('&').any(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    matches!(name, "page_token" | "next" | "cursor") && !value.is_empty()
                })
            }
        }
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        self.worded(&match refusal {
            Refusal::RateLimited { retry_after_seconds } => Problem::RateLimited { retry_after_seconds },
            Refusal::ServerError(status) => Problem::Internal(status),
            Refusal::ExpiredToken => Problem::BadToken,
            Refusal::ExpiredCursor => Problem::Validation("the page token is not valid".to_owned()),
        })
    }
}
