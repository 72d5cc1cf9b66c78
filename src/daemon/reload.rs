//! From the file to a [`Generation`], at the start and whenever somebody asks for it (`SIGHUP`).
//!
//! A file with a mistake, or one that does not fit the apps, is refused whole: what held before goes on.

use super::Generation;
use super::webhooks::Doors;
use crate::config::{self, Config};
use crate::diagnostics::Problem;
use crate::run::{Clock, Db};
use crate::session::{Freshness, Session, SessionError};
use chrono::{DateTime, Utc};
use std::path::PathBuf;
use std::sync::Arc;
use syntony_state::StateError;

/// Reads the file again.
pub struct Loader {
    file: PathBuf,
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
}

/// What a file makes.
pub struct Loaded {
    /// What the connections go by.
    pub generation: Generation,
    /// Where webhooks come in.
    pub doors: Doors,
}

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum NotLoaded {
    /// There are mistakes in it.
    #[error("the configuration has errors")]
    Mistakes(Vec<Problem>),
    /// It names what only a start can change.
    #[error("{0} can be changed by a restart alone")]
    NeedsRestart(&'static str),
    /// The state does not go with it.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Loader {
    /// A reader of this file, for a daemon over this state.
    #[must_use]
    pub fn new(file: PathBuf, db: Arc<Db>, clock: Arc<dyn Clock>) -> Self {
        Self { file, db, clock }
    }

    /// What a configuration that is read already makes.
    ///
    /// # Errors
    /// A secret cannot be had; the state does not go with it.
    pub async fn first(&self, config: Arc<Config>) -> Result<Loaded, SessionError> {
        let session = self.session(&config).await?;
        let doors = Doors::of(&config).await.map_err(SessionError::Config)?;
        Ok(Loaded { generation: Generation { config, work: Arc::new(session) }, doors })
    }

    /// Reads the file, and checks it as far as that is possible, before it may take the place of `before`.
    ///
    /// # Errors
    /// See [`NotLoaded`].
    pub async fn load(&self, before: &Config) -> Result<Loaded, NotLoaded> {
        let now = DateTime::from_timestamp_millis(self.clock.now_ms()).unwrap_or_else(Utc::now);
        let loaded = config::load(&self.file, now);
        let Some(config) = loaded.config else { return Err(NotLoaded::Mistakes(loaded.problems)) };
        if config.state != before.state {
            return Err(NotLoaded::NeedsRestart("[state] path"));
        }
        if config.daemon.listen != before.daemon.listen {
            return Err(NotLoaded::NeedsRestart("[daemon] listen"));
        }
        let config = Arc::new(config);
        let session = self.session(&config).await.map_err(not_loaded)?;
        fits(&session, &config).await?;
        let doors = Doors::of(&config).await.map_err(NotLoaded::Mistakes)?;
        Ok(Loaded { generation: Generation { config, work: Arc::new(session) }, doors })
    }

    async fn session(&self, config: &Arc<Config>) -> Result<Session, SessionError> {
        let connections: Vec<_> = config.connections.values().collect();
        let (db, clock) = (Arc::clone(&self.db), Arc::clone(&self.clock));
        Session::within(Arc::clone(config), &connections, db, clock).await
    }
}

/// Whether the configuration fits what the apps say of themselves. An app that cannot be asked at the moment is no
/// reason to refuse: its connections would not run by the old one either.
async fn fits(session: &Session, config: &Config) -> Result<(), NotLoaded> {
    let mut mistakes = Vec::new();
    for connection in config.connections.values() {
        match session.compile(connection, Freshness::Recent).await {
            Ok(compiled) if compiled.policy.is_none() => mistakes.extend(compiled.problems),
            Ok(_) | Err(SessionError::Stopped(_)) => {}
            Err(error) => return Err(not_loaded(error)),
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(NotLoaded::Mistakes(mistakes)) }
}

fn not_loaded(error: SessionError) -> NotLoaded {
    match error {
        SessionError::Config(problems) => NotLoaded::Mistakes(problems),
        SessionError::State(error) => NotLoaded::State(error),
        // Building a session calls no app.
        SessionError::Stopped(_) => NotLoaded::Mistakes(Vec::new()),
    }
}

impl NotLoaded {
    /// Tells the log, each mistake at its line.
    pub fn tell(&self) {
        tracing::error!(reason = %self, "the configuration was not taken; the former one holds");
        if let NotLoaded::Mistakes(problems) = self {
            for problem in problems.iter().filter(|problem| problem.is_error()) {
                let (line, column) = (problem.line, problem.column);
                let hint = problem.hint.as_deref().unwrap_or_default();
                tracing::error!(line, column, hint, "{}", problem.message);
            }
        }
    }
}
