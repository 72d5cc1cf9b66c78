//! What a call that failed as a whole means for its contacts.

use super::super::Salesforce;
use super::super::wire::fault::{Fault, FaultError};
use super::refusal::{Meaning, meaning_of};
use crate::error::ConnectorError;
use crate::http::{Answer, HttpError};
use crate::ledger::Halt;

/// What a failed call means for its contacts.
pub(super) enum Trouble {
    /// Salesforce refuses, for a reason of theirs. Nothing was written.
    Refused {
        /// The HTTP status.
        http: u16,
        /// What it says.
        errors: Vec<FaultError>,
    },
    /// They were certainly not written, for a reason that is not theirs.
    NotWritten(Halt),
    /// Nobody knows.
    InDoubt(Halt),
}

impl Trouble {
    /// An answer that does not say what became of the rows.
    pub(super) fn in_doubt() -> Self {
        Trouble::InDoubt(Halt::later("an earlier call has no known outcome"))
    }
}

impl Salesforce {
    /// What a failed call means for its contacts.
    pub(super) fn trouble(&self, error: HttpError) -> Trouble {
        match error {
            HttpError::Refused(answer) => self.refused(answer),
            HttpError::Auth { .. }
            | HttpError::RateLimited { .. }
            | HttpError::Transient { .. }
            | HttpError::Invalid { .. } => Trouble::NotWritten(ConnectorError::from(error).into()),
            // An answer that cannot be understood may well be one of success.
            HttpError::Unknown { .. } | HttpError::Protocol { .. } => Trouble::in_doubt(),
        }
    }

    fn refused(&self, answer: Answer) -> Trouble {
        let http = answer.status();
        let errors = Fault::of(&answer).errors;
        match self.explain(HttpError::Refused(answer)) {
            auth @ ConnectorError::Auth { .. } => Trouble::NotWritten(auth.into()),
            other if meaning_of(&errors) == Meaning::Halted => Trouble::NotWritten(other.into()),
            _ => Trouble::Refused { http, errors },
        }
    }
}
