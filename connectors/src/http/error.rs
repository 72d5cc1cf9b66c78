//! Why a call gave no answer, sorted by what is known afterwards.

use super::answer::Answer;
use crate::error::ConnectorError;
use std::time::Duration;

/// A call without a good answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpError {
    /// The request cannot be sent as it is: a mistake of ours or of the configuration. Nothing was sent.
    #[error("the request cannot be sent: {reason}")]
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
    /// The credentials are refused, after one renewal.
    #[error("the credentials are refused: {reason}")]
    Auth {
        /// The vendor's code for it.
        reason: String,
        /// What to do about it.
        hint: String,
    },
    /// Too many calls; this one was not processed.
    #[error("the app limits our calls")]
    RateLimited {
        /// When it goes on, if that is known.
        retry_after: Option<Duration>,
    },
    /// It did not work, and it was certainly not applied: the vendor was never reached, or it was a read.
    #[error("no good answer after {attempts} attempts: {reason}")]
    Transient {
        /// What happened last.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// It was sent, and nobody can say whether it was applied.
    #[error("nobody can say whether the call was applied, after {attempts} attempts: {reason}")]
    Unknown {
        /// What happened last.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The vendor says no, and would say no again. What it said is in the answer, and not in this error's
    /// text: it may quote a contact.
    #[error("the app refuses the call with HTTP {}", .0.status())]
    Refused(Answer),
    /// The answer is not what the vendor's documents describe.
    #[error("the app's answer could not be understood: {reason}")]
    Protocol {
        /// What is wrong with it.
        reason: String,
    },
}

impl HttpError {
    /// A request that cannot be sent.
    pub fn invalid(reason: impl Into<String>) -> Self {
        HttpError::Invalid { reason: reason.into() }
    }

    /// An answer that cannot be understood.
    pub fn protocol(reason: impl Into<String>) -> Self {
        HttpError::Protocol { reason: reason.into() }
    }

    /// The vendor's refusal, if that is what it is.
    #[must_use]
    pub fn refusal(&self) -> Option<&Answer> {
        match self {
            HttpError::Refused(answer) => Some(answer),
            HttpError::Invalid { .. }
            | HttpError::Auth { .. }
            | HttpError::RateLimited { .. }
            | HttpError::Transient { .. }
            | HttpError::Unknown { .. }
            | HttpError::Protocol { .. } => None,
        }
    }
}

impl From<HttpError> for ConnectorError {
    /// A connector that knows its vendor's error codes looks into [`HttpError::Refused`] first; here only the
    /// status is left of it.
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Auth { reason, hint } => ConnectorError::Auth { reason, hint },
            HttpError::RateLimited { retry_after } => ConnectorError::RateLimited { retry_after },
            HttpError::Transient { reason, attempts } | HttpError::Unknown { reason, attempts } => {
                ConnectorError::Transient { reason, attempts }
            }
            HttpError::Refused(answer) => {
                ConnectorError::Permanent { reason: format!("HTTP {}", answer.status()) }
            }
            HttpError::Invalid { reason } => ConnectorError::Permanent { reason },
            HttpError::Protocol { reason } => ConnectorError::Protocol { reason },
        }
    }
}
