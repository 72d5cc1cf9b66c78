//! Ctrl-C and SIGTERM: what is in flight is finished and settled, then the program ends. SIGHUP: the daemon reads its
//! configuration again.

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
    let mut signals = Signals::listen();
    while signals.next().await != Signal::End {}
}

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// To end.
    End,
    /// To read the configuration again.
    Reload,
}

/// Signals, one after the other. From the moment that somebody listens they do not end the program by themselves.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Listens to those that end a command.
    pub(super) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            interrupt: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).ok(),
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok(),
            #[cfg(unix)]
            hangup: None,
        }
    }

    /// Listens to the daemon's too: a hang-up ends a command, as it always did.
    pub(super) fn of_daemon() -> Self {
        Self {
            #[cfg(unix)]
            hangup: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
            ..Self::listen()
        }
    }

    /// The next one. Where there is no handler to be had, the signal does what it always did.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            () = heard(&mut self.interrupt) => Signal::End,
            () = heard(&mut self.terminate) => Signal::End,
            () = heard(&mut self.hangup) => Signal::Reload,
        }
    }

    /// The next one.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::End
    }
}

#[cfg(unix)]
async fn heard(signal: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}
