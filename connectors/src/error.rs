//! Why a call failed. Decided by status and code, never by text; whether it is worth another try is a
//! method, so that nobody has to know the variants.

use std::time::Duration;

/// A call that did not give what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The credentials are refused, or lack a permission. The run of this connection stops.
    #[error("the credentials are refused: {reason}")]
    Auth {
        /// The vendor's words.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Too many calls, and waiting any longer is not this layer's business.
    #[error("the app limits our calls{}", .retry_after.map(|wait| format!("; it goes on in {} s", wait.as_secs())).unwrap_or_default())]
    RateLimited {
        /// When the vendor wants to be asked again, if it said so.
        retry_after: Option<Duration>,
    },
    /// The cursor is not valid any more: one complete listing is needed.
    #[error("the change cursor has expired")]
    CursorExpired,
    /// Something passing: the network, a 5xx, a time-out, after all retries.
    #[error("the app did not answer as it should, after {attempts} attempts: {reason}")]
    Transient {
        /// What happened last.
        reason: String,
        /// How many times it was tried.
        attempts: u32,
    },
    /// The vendor refuses the call, and would refuse it again.
    #[error("the app refuses the call: {reason}")]
    Permanent {
        /// The vendor's words.
        reason: String,
    },
    /// The answer is not what the vendor's documents describe.
    #[error("the app's answer could not be understood: {reason}")]
    Protocol {
        /// What was wrong with it.
        reason: String,
    },
}

impl ConnectorError {
    /// Whether the same call may go through later without anybody doing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            ConnectorError::RateLimited { .. } | ConnectorError::Transient { .. } => true,
            ConnectorError::Auth { .. }
            | ConnectorError::CursorExpired
            | ConnectorError::Permanent { .. }
            | ConnectorError::Protocol { .. } => false,
        }
    }
}
