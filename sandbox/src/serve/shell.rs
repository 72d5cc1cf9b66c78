//! What lies around every simulator: the script of faults and the log of calls.

use crate::clock::{Clock, http_date};
use crate::faults::{Fault, Faults, Refusal};
use crate::serve::Cut;
use crate::traffic::{Call, Traffic};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;

/// The longest that [`Fault::Slow`] holds an answer back, in milliseconds: ten minutes.
const MAX_SLOW_MS: u64 = 600_000;

/// A page as a proxy in front of a vendor writes it. Not JSON, on purpose.
const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\
    <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";

/// What the shell must know of a vendor.
pub trait Vendor: Send + Sync + 'static {
    /// The call's method and path template. By default what the router matched; a path that no route
    /// matches is called by its first segment, so that no id gets into the log.
    fn name(&self, head: &Parts) -> (Method, String) {
        let template = match head.extensions.get::<MatchedPath>() {
            Some(matched) => matched.as_str().to_owned(),
            None => format!("/{}/…", head.uri.path().split('/').nth(1).unwrap_or_default()),
        };
        (head.method.clone(), template)
    }

    /// Whether this refusal can happen to this call: a call without a cursor cannot bring an expired one.
    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool;

    /// The refusal in the vendor's own words.
    fn refuse(&self, refusal: Refusal) -> Response;
}

/// The faults, the log and the clock of one simulator.
#[derive(Clone)]
pub struct Shell {
    /// How it words things.
    pub vendor: Arc<dyn Vendor>,
    /// What goes wrong.
    pub faults: Faults,
    /// What was asked.
    pub traffic: Traffic,
    /// When.
    pub clock: Clock,
}

impl Shell {
    /// Lays itself around a router.
    pub(super) fn around(self, router: Router) -> Router {
        router.layer(axum::middleware::from_fn_with_state(self, pass))
    }

    fn strike(&self, method: &Method, template: &str, head: &Parts) -> Option<Fault> {
        self.faults.strike(method, template, |fault| match fault {
            Fault::Refuse(refusal) => self.vendor.concerns(*refusal, head),
            Fault::Answer { .. }
            | Fault::Html
            | Fault::DropBefore
            | Fault::DropAfter
            | Fault::Slow { .. } => true,
        })
    }
}

async fn pass(
    State(shell): State<Shell>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let at_ms = shell.clock.now_ms();
    let (head, body) = request.into_parts();
    let (method, template) = shell.vendor.name(&head);
    let fault = shell.strike(&method, &template, &head);
    let request = Request::from_parts(head, body);
    let mut answer = match fault {
        None => Some(next.run(request).await),
        Some(Fault::Refuse(refusal)) => Some(shell.vendor.refuse(refusal)),
        Some(Fault::Answer { status, body, retry_after_seconds }) => {
            Some(answer(status, body, retry_after_seconds))
        }
        Some(Fault::Html) => Some(proxy_page()),
        Some(Fault::DropBefore) => None,
        Some(Fault::DropAfter) => {
            next.run(request).await;
            None
        }
        Some(Fault::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms.min(MAX_SLOW_MS))).await;
            Some(next.run(request).await)
        }
    };
    if let Some(answer) = &mut answer {
        date(answer, &shell.clock);
    }
    let status = answer.as_ref().map(|answer| answer.status().as_u16());
    shell.traffic.record(Call { at_ms, method, template, status });
    answer.unwrap_or_else(|| {
        cut.cut();
        StatusCode::OK.into_response() // never gets out: the line is cut
    })
}

/// Clients may go by the vendor's clock, and here that is not the machine's.
fn date(answer: &mut Response, clock: &Clock) {
    if let Ok(now) = header::HeaderValue::from_str(&http_date(clock.now_ms())) {
        answer.headers_mut().entry(header::DATE).or_insert(now);
    }
}

fn answer(status: u16, body: String, retry_after_seconds: Option<u32>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json; charset=UTF-8"));
    if let Some(seconds) = retry_after_seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn proxy_page() -> Response {
    let html = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
    (StatusCode::BAD_GATEWAY, html, PROXY_PAGE).into_response()
}
