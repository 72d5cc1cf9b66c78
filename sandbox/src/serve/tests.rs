//! The faults as a client sees them, over real sockets.

use super::*;
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Refusal};
use crate::traffic::Traffic;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

struct Plain;

impl Vendor for Plain {
    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool {
        refusal != Refusal::ExpiredCursor || head.uri.query().is_some()
    }

    fn refuse(&self, refusal: Refusal) -> Response {
        let status = match refusal {
            Refusal::RateLimited { .. } => 429,
            Refusal::ServerError(status) => status,
            Refusal::ExpiredToken => 401,
            Refusal::ExpiredCursor => 410,
        };
        StatusCode::from_u16(status).unwrap().into_response()
    }
}

struct World {
    running: Running,
    faults: Faults,
    traffic: Traffic,
    applied: Arc<AtomicU32>,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        let applied = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&applied);
        let write = post(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::ready("done")
        });
        let router = Router::new().route("/things/{id}", get(async || "thing")).route("/things", write);
        let (faults, traffic) = (Faults::none(), Traffic::default());
        let shell = Shell {
            vendor: Arc::new(Plain),
            faults: faults.clone(),
            traffic: traffic.clone(),
            clock: Clock::fixed(),
        };
        let running = serve(router, 0, shell).await.unwrap();
        Self { running, faults, traffic, applied, client: crate::test_client() }
    }

    /// The status of the answer, or `None` if the connection ended without one.
    async fn write(&self) -> Option<u16> {
        let url = format!("{}/things", self.running.base_url);
        let sent = self.client.post(url).body("{}").send().await;
        sent.map(|answer| answer.status().as_u16()).map_err(|error| assert!(!error.is_timeout())).ok()
    }

    async fn read(&self, path: &str) -> u16 {
        let url = format!("{}{path}", self.running.base_url);
        self.client.get(url).send().await.unwrap().status().as_u16()
    }

    fn applied(&self) -> u32 {
        self.applied.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_connection_dropped_before_is_not_applied_and_not_answered() {
    let world = World::new().await;
    world.faults.once(Fault::DropBefore);
    assert_eq!((world.write().await, world.applied()), (None, 0));
    assert_eq!((world.write().await, world.applied()), (Some(200), 1));
}

#[tokio::test]
async fn a_connection_dropped_after_is_applied_and_not_answered() {
    let world = World::new().await;
    assert_eq!(world.write().await, Some(200));
    world.faults.once(Fault::DropAfter); // on a connection that was used before, too
    assert_eq!((world.write().await, world.applied()), (None, 2));
    let statuses: Vec<_> = world.traffic.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(200), None]);
}

#[tokio::test]
async fn a_refused_call_is_answered_and_not_applied() {
    let world = World::new().await;
    world.faults.once(Fault::Refuse(Refusal::ServerError(503)));
    world.faults.once(Fault::Html);
    world.faults.once(Fault::Answer { status: 418, body: "{}".to_owned(), retry_after_seconds: Some(3) });
    for status in [503, 502, 418] {
        assert_eq!((world.write().await, world.applied()), (Some(status), 0));
    }
    assert_eq!(world.write().await, Some(200));
}

#[tokio::test]
async fn an_expired_cursor_waits_for_a_call_with_a_cursor() {
    let world = World::new().await;
    world.faults.once(Fault::Refuse(Refusal::ExpiredCursor));
    assert_eq!(world.read("/things/1").await, 200);
    assert_eq!(world.read("/things/1?cursor=x").await, 410);
    assert_eq!(world.read("/things/1?cursor=x").await, 200);
}

#[tokio::test]
async fn the_log_names_routes_and_no_ids() {
    let world = World::new().await;
    world.read("/things/ann@example.com").await;
    world.read("/nowhere/ann@example.com").await;
    let counts = world.traffic.counts();
    let named: Vec<_> = counts.keys().map(String::as_str).collect();
    assert_eq!(named, ["GET /nowhere/…", "GET /things/{id}"]);
    assert_eq!(world.traffic.count(&Method::GET, "/things/{id}"), 1);
}

#[tokio::test]
async fn a_stopped_simulator_answers_no_more() {
    let world = World::new().await;
    let url = format!("{}/things/1", world.running.base_url);
    assert_eq!(world.read("/things/1").await, 200);
    world.running.stop().await;
    assert!(crate::test_client().get(url).send().await.unwrap_err().is_connect());
}
