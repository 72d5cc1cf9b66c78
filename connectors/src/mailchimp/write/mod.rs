//! Writing: new members in batches, every other change on its own, a bounded number at once.
//!
//! The batch endpoint could change existing members too, but it would give them a status, and somebody may have
//! opted out a moment ago. So it only ever makes members ([`create`]), and what exists is changed one by one
//! ([`update`]), by bodies without a status.
//!
//! Once a call failed for a reason that is not its contact's, nothing else is sent.

mod create;
mod job;
mod tags;
mod update;

use super::Mailchimp;
use super::wire::fault::Fault;
use crate::contract::Result;
use crate::error::ConnectorError;
use crate::http::HttpError;
use futures_util::{StreamExt, stream};
use std::sync::OnceLock;
use syntony_core::ids::{FieldName, OpKey};
use syntony_core::op::{Outcome, Rejection, Write};

use create::NewContact;
use job::Job;
use update::Wish;

/// What a call within an op gives; `Err` is how the op ends.
type Step<T> = std::result::Result<T, Outcome>;

impl Mailchimp {
    pub(super) async fn write_all(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = match self.catalogue().await {
            Ok(catalogue) => catalogue,
            Err(error @ ConnectorError::Auth { .. }) => return Err(error),
            Err(error) => return Ok(defer_all(ops, &error)),
        };
        let (mut creates, mut updates) = (Vec::new(), Vec::new());
        for (key, write) in ops {
            match write {
                Write::Create { fields, tags, mailing } => {
                    creates.push(NewContact { key, fields, tags, mailing });
                }
                Write::Update { id, fields, add_tags, remove_tags, .. } => {
                    updates.push((key, Wish { id, fields, add: add_tags, remove: remove_tags }));
                }
            }
        }
        let job = Job { mailchimp: self, catalogue: &catalogue, halt: OnceLock::new() };
        let mut outcomes = job.create_all(creates).await;
        let update = |(key, wish): (OpKey, Wish)| {
            let job = &job;
            async move { (key, job.update(&wish).await) }
        };
        let updated = stream::iter(updates).map(update).buffered(self.config.calls_at_once());
        outcomes.extend(updated.collect::<Vec<_>>().await);
        // An error says it better than the outcomes when the credentials are refused and nothing was decided.
        let nothing_decided = outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Deferred(_)));
        match job.halt.into_inner() {
            Some(error @ ConnectorError::Auth { .. }) if nothing_decided => Err(error),
            Some(_) | None => Ok(outcomes),
        }
    }
}

/// Nothing was sent.
fn defer_all(ops: Vec<(OpKey, Write)>, error: &ConnectorError) -> Vec<(OpKey, Outcome)> {
    ops.into_iter().map(|(key, _)| (key, Outcome::Deferred(error.to_string()))).collect()
}

/// How an op ends that a call of it failed for.
enum Failure {
    /// Mailchimp refuses this contact or its values.
    Refused(Fault),
    /// It was certainly not applied, and no other call would fare better.
    NotNow(ConnectorError),
    /// Nobody knows whether it was applied.
    InDoubt,
}

impl Failure {
    fn of(mailchimp: &Mailchimp, error: HttpError) -> Self {
        match error {
            HttpError::Refused(answer) => {
                let fault = Fault::of(&answer);
                if fault.is_forbidden() {
                    return Failure::NotNow(mailchimp.explain(HttpError::Refused(answer)));
                }
                Failure::Refused(fault)
            }
            HttpError::Auth { .. }
            | HttpError::RateLimited { .. }
            | HttpError::Transient { .. }
            | HttpError::Invalid { .. } => Failure::NotNow(error.into()),
            // An answer that cannot be understood may well be one of success.
            HttpError::Unknown { .. } | HttpError::Protocol { .. } => Failure::InDoubt,
        }
    }
}

/// A refusal of ours.
fn refuse(field: Option<&FieldName>, reason: &str, hint: Option<&str>) -> Outcome {
    Outcome::Rejected(Rejection {
        field: field.cloned(),
        reason: reason.to_owned(),
        hint: hint.map(str::to_owned),
    })
}
