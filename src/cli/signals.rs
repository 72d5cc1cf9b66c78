//! Ctrl-C and SIGTERM: what is in flight is finished and settled, then the program ends.

use crate::run::StopFlag;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Asks `stop` at the first signal. Listens until it is dropped.
pub(super) fn ask_on_signal(stop: &Arc<StopFlag>) -> Listening {
    let stop = Arc::clone(stop);
    Listening(tokio::spawn(async move {
        wait().await;
        tracing::warn!("asked to stop; finishing what is in flight");
        stop.ask();
    }))
}

/// A task that listens for signals.
pub(super) struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Until somebody asks the program to end.
pub(super) async fn wait() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where there is no handler to be had, the signal ends the program as it always did.
    let _ = tokio::signal::ctrl_c().await;
}
