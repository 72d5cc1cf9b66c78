//! One simulator on its own loopback port.
//!
//! Listens on 127.0.0.1 and nowhere else: a simulator knows no real credentials and must not be taken
//! for a service. Faults and the log of calls are laid around the vendor's router here, so that no
//! simulator has to think of them.

mod line;
mod shell;

pub use line::Cut;
pub use shell::{Shell, Vendor};

use axum::Router;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long [`Running::stop`] lets calls in flight come to their end.
const STOP_TIMEOUT_SECONDS: u64 = 5;

/// A simulator that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens, such as `http://127.0.0.1:41234`, without a slash at the end.
    pub base_url: String,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// Starts to serve on this port of 127.0.0.1; 0 takes any free one.
///
/// # Errors
/// If the port cannot be had.
pub async fn serve(router: Router, port: u16, shell: Shell) -> std::io::Result<Running> {
    let listener = line::Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let address = axum::serve::Listener::local_addr(&listener)?;
    let app = shell.around(router).into_make_service_with_connect_info::<Cut>();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let until = async move {
            // A dropped sender means that the handle is gone, which is as good as a word.
            let _ = stopped.await;
        };
        if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(until).await {
            tracing::warn!(%error, "a simulator stopped serving");
        }
    });
    Ok(Running { base_url: format!("http://{address}"), stop: Some(stop), serving })
}

impl Running {
    /// Stops listening, lets calls in flight end, and returns when the port is free.
    pub async fn stop(mut self) {
        self.stop.take();
        let limit = Duration::from_secs(STOP_TIMEOUT_SECONDS);
        if tokio::time::timeout(limit, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

#[cfg(test)]
mod tests;
