//! What is known of the ops of one call so far, and whether anything else may be sent.

use crate::contract::Result;
use crate::error::ConnectorError;
use syntony_core::ids::OpKey;
use syntony_core::op::{Outcome, Rejection};

/// What is known of the ops so far.
pub(crate) struct Ledger {
    outcomes: Vec<(OpKey, Outcome)>,
    /// Why nothing else is sent.
    halt: Option<Halt>,
    calls: usize,
    max_calls: usize,
}

/// Why nothing else is sent.
#[derive(Clone)]
pub(crate) enum Halt {
    /// The credentials are refused.
    Auth(ConnectorError),
    /// A limit, the network, or too many calls for one batch.
    Later(String),
}

impl Halt {
    /// For a reason that passes.
    pub(crate) fn later(reason: impl Into<String>) -> Self {
        Halt::Later(reason.into())
    }

    /// For people.
    pub(crate) fn reason(&self) -> String {
        match self {
            Halt::Auth(error) => error.to_string(),
            Halt::Later(reason) => reason.clone(),
        }
    }
}

impl From<ConnectorError> for Halt {
    fn from(error: ConnectorError) -> Self {
        match error {
            ConnectorError::Auth { .. } => Halt::Auth(error),
            ConnectorError::RateLimited { .. }
            | ConnectorError::CursorExpired
            | ConnectorError::Transient { .. }
            | ConnectorError::Permanent { .. }
            | ConnectorError::Protocol { .. } => Halt::Later(error.to_string()),
        }
    }
}

impl Ledger {
    /// Of a batch that may take so many calls.
    pub(crate) fn new(max_calls: usize) -> Self {
        Self { outcomes: Vec::new(), halt: None, calls: 0, max_calls }
    }

    pub(crate) fn settle(&mut self, key: OpKey, outcome: Outcome) {
        self.outcomes.push((key, outcome));
    }

    pub(crate) fn reject(&mut self, key: OpKey, rejection: Rejection) {
        self.settle(key, Outcome::Rejected(rejection));
    }

    /// An op that is not sent any more.
    pub(crate) fn defer(&mut self, key: OpKey) {
        let deferred = self.deferred();
        self.settle(key, deferred);
    }

    /// What an op is that is not sent any more.
    pub(crate) fn deferred(&self) -> Outcome {
        let reason = self.halt.as_ref().map_or_else(|| "it was not sent".to_owned(), Halt::reason);
        Outcome::Deferred(reason)
    }

    /// Nothing else is sent. The first reason is the one that is told.
    pub(crate) fn halt(&mut self, halt: Halt) {
        self.halt.get_or_insert(halt);
    }

    /// Whether nothing else is sent.
    pub(crate) fn is_halted(&self) -> bool {
        self.halt.is_some()
    }

    /// Whether another call may be made; counts it.
    pub(crate) fn may_call(&mut self) -> bool {
        if self.calls >= self.max_calls {
            self.halt(Halt::later("the batch takes more calls than one run grants it"));
        }
        self.calls += 1;
        self.halt.is_none()
    }

    /// One outcome for each op; an error only when it says it better than the outcomes: the credentials are
    /// refused, and nothing was decided.
    pub(crate) fn close(self) -> Result<Vec<(OpKey, Outcome)>> {
        let nothing_decided =
            self.outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Deferred(_)));
        match self.halt {
            Some(Halt::Auth(error)) if nothing_decided => Err(error),
            Some(_) | None => Ok(self.outcomes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_CALLS: usize = 9;

    fn refused() -> Halt {
        Halt::Auth(ConnectorError::Auth { reason: "no".to_owned(), hint: String::new() })
    }

    #[test]
    fn refused_credentials_are_an_error_only_while_nothing_was_decided() {
        for (decided, is_error) in [(None, true), (Some(Outcome::Unknown), false)] {
            let mut ledger = Ledger::new(MAX_CALLS);
            if let Some(outcome) = decided {
                ledger.settle(OpKey::from("op1"), outcome);
            }
            ledger.halt(refused());
            ledger.halt(Halt::later("something else"));
            ledger.defer(OpKey::from("op2"));
            assert_eq!(ledger.close().is_err(), is_error);
        }
    }

    #[test]
    fn a_batch_that_takes_too_many_calls_is_put_off() {
        let mut ledger = Ledger::new(MAX_CALLS);
        assert!((0..MAX_CALLS).all(|_| ledger.may_call()));
        assert!(!ledger.may_call());
        assert!(matches!(ledger.deferred(), Outcome::Deferred(_)));
    }
}
