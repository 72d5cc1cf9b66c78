//! What the daemon lets run, seen from outside: [`Session`] in the program, something simpler in tests of schedules.

use crate::config::{Config, ConnectionConfig};
use crate::report::ConnectionReport;
use crate::run::{Cause, Clock, Mode, Permission, Progress, StopFlag};
use crate::session::{Session, SessionError};
use async_trait::async_trait;
use std::sync::Arc;
use syntony_core::ids::{AppName, ConnectionName};

/// How runs are done.
#[async_trait]
pub trait Work: Send + Sync {
    /// Runs one connection, to its end or to the first reason to stop.
    async fn sync(&self, connection: &ConnectionConfig, stop: &StopFlag, progress: &dyn Progress) -> Ended;

    /// The same work with other credentials, if those of `app` are others by now; `None` while they are not.
    async fn renewed(&self, app: &AppName) -> Option<Arc<dyn Work>>;
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// It got through, or stopped and says why. Larger than the others, and never many of them.
    Ran(Box<ConnectionReport>),
    /// It could not begin or not be written down: the kind of reason, and the words.
    Failed(Cause, String),
    /// The configuration does not fit the apps any more: what there is to say of it.
    Unfit(String),
}

/// A configuration and the work that goes by it, until a reload replaces both.
#[derive(Clone)]
pub struct Generation {
    /// The configuration.
    pub config: Arc<Config>,
    /// The work.
    pub work: Arc<dyn Work>,
}

#[async_trait]
impl Work for Session {
    async fn sync(&self, connection: &ConnectionConfig, stop: &StopFlag, progress: &dyn Progress) -> Ended {
        let ran = self.run(&[connection], Mode::Sync, Permission::Guarded, stop, progress, None).await;
        match ran {
            Ok(report) => Ended::Ran(Box::new(report.connections.into_iter().next().unwrap_or_default())),
            Err(SessionError::Stopped(stop)) => Ended::Failed(stop.cause(), stop.to_string()),
            Err(SessionError::State(error)) => Ended::Failed(Cause::State, error.to_string()),
            Err(SessionError::Config(problems)) => {
                let errors = problems.iter().filter(|problem| problem.is_error());
                let lines: Vec<String> = errors
                    .map(|problem| match problem.line {
                        Some(line) => format!("line {line}: {}", problem.message),
                        None => problem.message.clone(),
                    })
                    .collect();
                Ended::Unfit(format!(
                    "the configuration does not fit the apps any more ({}); `syntony check` says more",
                    lines.join("; ")
                ))
            }
        }
    }

    async fn renewed(&self, app: &AppName) -> Option<Arc<dyn Work>> {
        match Session::renewed(self, app).await {
            Ok(session) => session.map(|session| Arc::new(session) as Arc<dyn Work>),
            // Credentials that cannot be had are no better than those that are refused.
            Err(error) => {
                tracing::debug!(%app, %error, "no other credentials yet");
                None
            }
        }
    }
}

/// Notes on the board that a run gets on.
pub(super) struct Watcher<'a> {
    pub(super) board: &'a super::Board,
    pub(super) clock: &'a dyn Clock,
}

impl Progress for Watcher<'_> {
    fn read(&self, connection: &ConnectionName, _: &AppName, _: u64) {
        self.board.moved(connection, self.clock.now_ms());
    }
    fn planned(&self, connection: &ConnectionName, _: u64, _: u64) {
        self.board.moved(connection, self.clock.now_ms());
    }
    fn written(&self, connection: &ConnectionName, _: u64, _: u64) {
        self.board.moved(connection, self.clock.now_ms());
    }
}
