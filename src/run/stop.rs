//! Why a run stops. "Skip this contact" is not here: that is data of the run, never an error of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use syntony_connectors::error::ConnectorError;
use syntony_core::guard::Trip;
use syntony_core::ids::{AppName, ConnectionName};
use syntony_state::StateError;

/// A reason to stop one connection's run.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The app cannot be reached, or refuses us.
    #[error("`{app}`: {error}{}", hint(app, error))]
    App {
        /// The app.
        app: AppName,
        /// What it said.
        error: ConnectorError,
    },
    /// The state cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The guard tripped: nothing was written.
    #[error(
        "nothing more is written, because {}. {}; if it is meant, run `syntony sync {connection} --yes`",
        list(trips),
        look(connection, trips)
    )]
    Guard {
        /// The connection.
        connection: ConnectionName,
        /// What was too much.
        trips: Vec<Trip>,
    },
    /// The app wants no more calls for now.
    #[error("`{app}` takes no more calls for now ({reason}); the rest follows in the next run")]
    Deferred {
        /// The app.
        app: AppName,
        /// Its words.
        reason: String,
    },
    /// Somebody asked the program to end. What was in flight is finished and settled.
    #[error("stopped on request; what was in flight is finished, the rest follows in the next run")]
    Asked,
}

/// What kind of reason it was, for whoever decides when to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This app refuses the credentials: somebody has to give others.
    Refused(AppName),
    /// This app does not answer as it should, and may do so later.
    Passing(AppName),
    /// This app wants no calls for now.
    Limited {
        /// The app.
        app: AppName,
        /// When it wants to be asked again, if it said so.
        retry_after: Option<Duration>,
    },
    /// This app refuses what is asked of it, or says what cannot be understood.
    Unusable(AppName),
    /// It looked like a mistake: somebody has to say that it is meant.
    Guard,
    /// The state cannot be read or written.
    State,
    /// Somebody asked the program to end.
    Asked,
}

impl Stop {
    /// What kind of reason it is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Stop::App { app, error } => match error {
                ConnectorError::Auth { .. } => Cause::Refused(app.clone()),
                ConnectorError::RateLimited { retry_after } => {
                    Cause::Limited { app: app.clone(), retry_after: *retry_after }
                }
                ConnectorError::Transient { .. } => Cause::Passing(app.clone()),
                ConnectorError::CursorExpired
                | ConnectorError::Permanent { .. }
                | ConnectorError::Protocol { .. } => Cause::Unusable(app.clone()),
            },
            Stop::State(_) => Cause::State,
            Stop::Guard { .. } => Cause::Guard,
            Stop::Deferred { app, .. } => Cause::Limited { app: app.clone(), retry_after: None },
            Stop::Asked => Cause::Asked,
        }
    }
}

fn hint(app: &AppName, error: &ConnectorError) -> String {
    match error {
        ConnectorError::Auth { hint, .. } => format!(". {hint}"),
        ConnectorError::RateLimited { .. } | ConnectorError::Transient { .. } => {
            ". Nothing is lost; the next run goes on where this one stopped".to_owned()
        }
        ConnectorError::Permanent { .. } | ConnectorError::Protocol { .. } => {
            format!(". `syntony check` looks at the settings of `{app}`")
        }
        ConnectorError::CursorExpired => String::new(),
    }
}

/// What to look at first. A plan would read the other account, and must not.
fn look(connection: &ConnectionName, trips: &[Trip]) -> String {
    if trips.iter().any(|trip| matches!(trip, Trip::OtherAccount { .. })) {
        return "Put the former credentials back".to_owned();
    }
    format!("Look at it with `syntony plan {connection}`")
}

fn list(trips: &[Trip]) -> String {
    trips.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A wish that the program end, from a signal or a test.
#[derive(Debug, Default)]
pub struct StopFlag(AtomicBool);

impl StopFlag {
    /// Asks every run to end after what is in flight.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// An error, if somebody asked.
    ///
    /// # Errors
    /// [`Stop::Asked`].
    pub fn check(&self) -> Result<(), Stop> {
        if self.0.load(Ordering::Relaxed) { Err(Stop::Asked) } else { Ok(()) }
    }
}
