//! `GET /healthz`: the process lives. `GET /readyz`: the state opens, and no connection is stuck.
//!
//! Anybody may ask: the answers name connections, and no reason that an app gave.

use super::shared::Handle;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use std::time::Duration;

/// How long the state may take to answer: a batch that is being settled holds it for a moment.
const STATE_TIMEOUT_SECONDS: u64 = 10;

/// The routes, for the daemon to mount.
pub fn router(daemon: Handle) -> Router {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(daemon)
}

async fn ready(State(daemon): State<Handle>) -> (StatusCode, String) {
    let mut wrong = Vec::new();
    if !state_opens(&daemon).await {
        wrong.push("the state does not open".to_owned());
    }
    let stuck = daemon.board().stuck(daemon.clock().now_ms());
    wrong.extend(stuck.iter().map(|connection| format!("the run of {connection} is stuck")));
    if wrong.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", wrong.join("\n")))
    }
}

/// Whether the state answers in time. The disk is waited for on a thread that may wait.
async fn state_opens(daemon: &Handle) -> bool {
    let db = daemon.db();
    let look = tokio::task::spawn_blocking(move || db.with(|store| store.runs(1).is_ok()));
    let answer = tokio::time::timeout(Duration::from_secs(STATE_TIMEOUT_SECONDS), look).await;
    matches!(answer, Ok(Ok(true)))
}
