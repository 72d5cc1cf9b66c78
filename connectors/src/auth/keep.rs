//! Refresh tokens that outlive a process.
//!
//! A vendor that rotates refresh tokens gives another one with each refresh, and takes the second use of one for a
//! theft: everything that came of it ends. So a token is used by one at a time, the newest, and the one that comes
//! in exchange is kept before anything else is done with the answer.

use crate::http::HttpError;
use async_trait::async_trait;
use secrecy::SecretString;
use std::time::Duration;

/// Keeps the newest refresh token of an app.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Waits until nobody else uses the token: no other part of this process and no other process.
    ///
    /// # Errors
    /// The newest token cannot be told. The refresh fails before the vendor is asked.
    async fn turn(&self) -> Result<Box<dyn Turn>, KeepError>;
}

/// The right to use the newest refresh token, given back when it is dropped.
pub trait Turn: Send {
    /// The newest token that was kept; `None` while it is still the one of the configuration.
    fn newest(&self) -> Option<SecretString>;

    /// Keeps a token that came in exchange for the newest one, durably.
    ///
    /// # Errors
    /// It is not kept. The refresh fails, and the access token that came with it is not used.
    fn keep(&mut self, rotated: &SecretString) -> Result<(), KeepError>;

    /// Learns that the newest token was good for an access token just now, which lasts so long, if the vendor says.
    fn refreshed(&mut self, _lasts: Option<Duration>) {}
}

/// Why refresh tokens cannot be kept, or told. No text here ever carries one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeepError {
    /// Somebody else is at it for longer than is waited for; the same may go through later.
    #[error("another process refreshes its access token and does not end")]
    Busy,
    /// Somebody signed in since the app was looked up, perhaps to another account. Nothing that is under way may go
    /// on with that; the next run begins with it.
    #[error("somebody has signed in anew meanwhile")]
    Replaced,
    /// Somebody has to do something about it.
    #[error("{reason}")]
    Failed {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        hint: String,
    },
}

impl From<KeepError> for HttpError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Busy | KeepError::Replaced => {
                HttpError::Transient { reason: error.to_string(), attempts: 1 }
            }
            KeepError::Failed { reason, hint } => HttpError::Auth { reason, hint },
        }
    }
}
