//! Writing: creates, updates and labels, one call at a time.
//!
//! The order within a call is creates, fields, labels. What a failing call leaves open is said op by op:
//! refused, deferred (certainly not sent or not processed), unknown (perhaps applied). Once a call failed for a
//! reason that is not its contacts', nothing else is sent.

mod create;
mod job;
mod labels;
mod reread;
mod update;

use super::wire::fault::{Fault, RpcStatus};
use super::{Google, protocol};
use crate::contract::Result;
use crate::discreet;
use crate::error::ConnectorError;
use crate::http::HttpError;
use crate::ledger::{Halt, Ledger};
use syntony_core::ids::{FieldName, OpKey};
use syntony_core::op::{Outcome, Rejection, Write};
use syntony_core::record::Fields;

use job::{NewContact, Update};

/// The most calls that one batch of ops may take, halvings and repetitions included.
const MAX_CALLS_PER_WRITE: usize = 64;

/// What a failed call means for its contacts.
pub(super) enum Trouble {
    /// Google refuses, for a reason of theirs.
    Refused(Fault),
    /// They were certainly not written.
    NotWritten(Halt),
    /// Nobody knows.
    InDoubt(Halt),
}

impl Google {
    pub(super) async fn write_in_turn(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        let _turn = self.turn.acquire().await.map_err(|_| protocol("the connector was shut down"))?;
        let mut ledger = Ledger::new(MAX_CALLS_PER_WRITE);
        let (mut creates, mut updates) = (Vec::new(), Vec::new());
        for (key, write) in ops {
            match write {
                Write::Create { fields, tags, .. } => creates.push(NewContact::new(key, fields, tags)),
                Write::Update { id, fields, add_tags, remove_tags, seen } => {
                    updates.push(Update::new(key, id, fields, add_tags, remove_tags, seen));
                }
            }
        }
        let has_tags = creates.iter().any(NewContact::has_tags) || updates.iter().any(Update::has_tags);
        if has_tags
            && ledger.may_call()
            && let Err(error) = self.groups.refresh_if_old().await
        {
            ledger.halt(self.halt_of(error));
        }
        self.create_all(creates, &mut ledger).await;
        let updated = self.update_all(updates, &mut ledger).await;
        self.label_all(updated, &mut ledger).await;
        ledger.close()
    }

    /// What a failed call means for its contacts.
    pub(super) fn trouble(&self, error: HttpError) -> Trouble {
        match error {
            HttpError::Refused(answer) => {
                let fault = Fault::of(&answer);
                match self.forbidden(&fault) {
                    Some(auth) => Trouble::NotWritten(Halt::Auth(auth)),
                    None => Trouble::Refused(fault),
                }
            }
            HttpError::Auth { .. } => Trouble::NotWritten(Halt::Auth(error.into())),
            HttpError::RateLimited { .. } | HttpError::Transient { .. } | HttpError::Invalid { .. } => {
                Trouble::NotWritten(Halt::Later(ConnectorError::from(error).to_string()))
            }
            // An answer that cannot be understood may well be one of success.
            HttpError::Unknown { .. } | HttpError::Protocol { .. } => {
                Trouble::InDoubt(Halt::Later("an earlier call has no known outcome".to_owned()))
            }
        }
    }

    /// Why a read that failed keeps the writes from being made.
    pub(super) fn halt_of(&self, error: HttpError) -> Halt {
        match self.trouble(error) {
            Trouble::NotWritten(halt) | Trouble::InDoubt(halt) => halt,
            Trouble::Refused(fault) => Halt::Later(format!("the app answers HTTP {}", fault.http)),
        }
    }
}

/// Google's refusal of one contact, in its words but without the contact's values.
pub(super) fn rejection(status: &RpcStatus, fault: &Fault, fields: &Fields) -> Rejection {
    let message = if status.message.is_empty() { &fault.message } else { &status.message };
    let mut reason = discreet::without_values(message, fields);
    if reason.is_empty() {
        reason = format!("HTTP {}, code {}", fault.http, status.code);
    }
    let hint = fault.is_overflow().then(|| {
        "the Google account holds as many contacts as it can; contacts in its trash count for 30 days"
            .to_owned()
    });
    Rejection { field: blamed_field(message, fields), reason, hint }
}

/// The field that a message names, if it is the only one of the written fields that it names.
fn blamed_field(message: &str, fields: &Fields) -> Option<FieldName> {
    let named = |name: &str| {
        let array = name.split('.').next().unwrap_or(name);
        let snake: String = array
            .chars()
            .flat_map(|c| [c.is_ascii_uppercase().then_some('_'), Some(c.to_ascii_lowercase())])
            .flatten()
            .collect();
        [array, snake.as_str()].iter().any(|word| contains_word(message, word))
    };
    let mut blamed = fields.keys().filter(|name| named(name.as_str()));
    let first = blamed.next()?;
    blamed.next().is_none().then(|| first.clone())
}

fn contains_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntony_core::value::Value;

    fn check(message: &str, expected_field: Option<&str>, expected_reason: &str) {
        let fields = Fields::from([
            ("emailAddresses".into(), Value::texts(["ada@example.com", "ada"])),
            ("names.givenName".into(), Value::text("Ada")),
            ("nicknames".into(), Value::text("ad")),
        ]);
        let status = RpcStatus { code: 3, message: message.to_owned() };
        let fault = Fault { http: 400, ..Fault::default() };
        let rejection = rejection(&status, &fault, &fields);
        assert_eq!(rejection.field.as_ref().map(FieldName::as_str), expected_field);
        assert_eq!(rejection.reason, expected_reason);
    }

    #[test]
    fn a_reason_names_the_field_and_never_the_value() {
        check(
            "Invalid person.email_addresses[0]: ada@example.com.",
            Some("emailAddresses"),
            "Invalid person.email_addresses[0]: ….",
        );
        check("names and nicknames are odd", None, "names and nicknames are odd");
        check("Ada is taken", None, "… is taken");
        check("", None, "HTTP 400, code 3");
        check(&"x".repeat(1_000), None, &"x".repeat(discreet::MAX_REASON_CHARS));
    }
}
