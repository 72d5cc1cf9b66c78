//! Writing: each op on its own, a bounded number at once.
//!
//! Drift has no batches, no conditional writes and no keys against repetition. A create is sent once and never
//! again. An update says what is to be, so it can be repeated, as a whole or in parts. Where Drift refuses it
//! before anything is done, the op is refused, with the field's name if it is known, and the engine sends the
//! rest again; where a part of it was done, the op is stale: read again, the part that was refused is left.
//!
//! Once a call failed for a reason that is not its contact's, nothing else is sent.

mod create;
mod job;
mod update;

use super::Drift;
use super::wire::catalogue::{Catalogue, EMAIL};
use super::wire::fault::Fault;
use crate::contract::Result;
use crate::error::ConnectorError;
use crate::http::HttpError;
use futures_util::{StreamExt, stream};
use std::sync::OnceLock;
use syntony_core::ids::{FieldName, OpKey};
use syntony_core::op::{Outcome, Rejection, Write};
use syntony_core::record::Fields;
use syntony_core::value::Value;

use job::Job;

/// What a call within an op gives; `Err` is how the op ends.
type Step<T> = std::result::Result<T, Outcome>;

impl Drift {
    pub(super) async fn write_all(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let catalogue = match self.catalogue().await {
            Ok(catalogue) => catalogue,
            Err(error @ ConnectorError::Auth { .. }) => return Err(error),
            Err(error) => return Ok(defer_all(ops, &error)),
        };
        let job = Job { drift: self, catalogue: &catalogue, halt: OnceLock::new() };
        let write = |(key, write): (OpKey, Write)| {
            let job = &job;
            async move { (key, job.write(write).await) }
        };
        let outcomes: Vec<_> =
            stream::iter(ops).map(write).buffered(self.config.concurrency_calls.max(1)).collect().await;
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
    /// Drift refuses this contact or its values.
    Refused(Fault),
    /// It was certainly not applied, and no other call would fare better.
    NotNow(ConnectorError),
    /// Nobody knows whether it was applied.
    InDoubt,
}

impl Failure {
    fn of(drift: &Drift, error: HttpError) -> Self {
        match error {
            HttpError::Refused(answer) => {
                let fault = Fault::of(&answer);
                if fault.is_forbidden() {
                    return Failure::NotNow(drift.explain(HttpError::Refused(answer)));
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

/// Drift's refusal, without the contact's values.
fn rejection(fault: &Fault, fields: &Fields) -> Rejection {
    let values: Vec<&str> = fields.values().filter_map(Value::as_text).collect();
    let (field, hint) = if fault.is_no_email() {
        (Some(EMAIL.into()), Some("Drift makes no contact without an e-mail address"))
    } else if fault.is_bad_tag() {
        (
            None,
            Some("make the tag in Drift's settings, or keep tags in an attribute: tags = \"attribute:NAME\""),
        )
    } else if fault.is_bad_value() {
        (
            blamed_field(fault, fields),
            Some("Drift often answers so to a value that does not fit its attribute"),
        )
    } else {
        (blamed_field(fault, fields), None)
    };
    Rejection { field, reason: fault.reason(&values), hint: hint.map(str::to_owned) }
}

/// The field that a refusal is about: the one it names, or the only one there is.
fn blamed_field(fault: &Fault, fields: &Fields) -> Option<FieldName> {
    let mut candidates = fields.keys().filter(|name| fields.len() == 1 || fault.names(name.as_str()));
    let first = candidates.next()?;
    candidates.next().is_none().then(|| first.clone())
}

/// A refusal of ours.
fn refuse(field: Option<&FieldName>, reason: &str, hint: Option<&str>) -> Outcome {
    Outcome::Rejected(Rejection {
        field: field.cloned(),
        reason: reason.to_owned(),
        hint: hint.map(str::to_owned),
    })
}

/// The attributes to send for `fields` that are not to be cleared.
fn attributes(
    catalogue: &Catalogue,
    fields: &Fields,
    form: super::config::DateForm,
) -> Step<serde_json::Map<String, serde_json::Value>> {
    let mut attributes = serde_json::Map::new();
    for (name, value) in fields {
        if !catalogue.is_writable(name) {
            let hint = "map it in one direction, out of Drift";
            return Err(refuse(Some(name), "Drift keeps this attribute itself", Some(hint)));
        }
        if value.is_empty() {
            continue;
        }
        let json = catalogue.type_of(name).write(value, form);
        let json = json.map_err(|reason| refuse(Some(name), reason, None))?;
        attributes.insert(name.to_string(), json);
    }
    Ok(attributes)
}
