//! What all ops of one write share: the calls, and the reason to stop making any.

use super::super::Drift;
use super::super::feed::Read;
use super::super::wire::Contact;
use super::super::wire::catalogue::Catalogue;
use super::super::wire::fault::Fault;
use super::update::Wish;
use super::{Failure, Step, rejection};
use crate::error::ConnectorError;
use crate::http::{Answer, Repeat, Request};
use serde_json::{Map, Value as Json, json};
use std::sync::OnceLock;
use syntony_core::ids::ContactId;
use syntony_core::op::{Outcome, Rejection, Write};
use syntony_core::record::Fields;

/// The scope that creates and updates take (<https://devdocs.drift.com/docs/authentication-and-scopes>).
const WRITE_SCOPE: &str = "contact_write";
const NOT_TAKEN_HINT: &str = "the token may write and Drift does not take it: look at the contact in Drift; `syntony check` looks at the token";

/// The ops of one write.
pub(super) struct Job<'a> {
    pub(super) drift: &'a Drift,
    pub(super) catalogue: &'a Catalogue,
    /// Why nothing else is sent.
    pub(super) halt: OnceLock<ConnectorError>,
}

/// How a call went that Drift answered.
pub(super) enum Answered {
    /// It did it.
    Done(Answer),
    /// It refuses.
    Refused(Fault),
}

impl Job<'_> {
    pub(super) async fn write(&self, write: Write) -> Outcome {
        let ended = match write {
            Write::Create { fields, tags, .. } => self.create(&fields, &tags).await,
            Write::Update { id, fields, add_tags, remove_tags, seen } => {
                let (add, remove) = (&add_tags, &remove_tags);
                self.update(&Wish { id: &id, fields: &fields, add, remove, seen: &seen }).await
            }
        };
        match ended {
            Ok(contact) => self.applied(&contact),
            Err(outcome) => outcome,
        }
    }

    /// One call. Ends the op where there is no answer to go on with.
    pub(super) async fn call(&self, request: &Request) -> Step<Answered> {
        if let Some(error) = self.halt.get() {
            return Err(Outcome::Deferred(error.to_string()));
        }
        match self.drift.http.send(request).await {
            Ok(answer) => Ok(Answered::Done(answer)),
            Err(error) => match Failure::of(self.drift, error) {
                Failure::Refused(fault) => Ok(Answered::Refused(fault)),
                Failure::InDoubt => Err(Outcome::Unknown),
                Failure::NotNow(error) => Err(self.not_now(error)),
            },
        }
    }

    /// Sends attributes of a contact that is there (<https://devdocs.drift.com/docs/updating-a-contact>).
    pub(super) async fn patch(&self, id: &ContactId, attributes: Map<String, Json>) -> Step<Answered> {
        let request = Request::patch("/contacts/{id}", Repeat::Idempotent)
            .arg("id", id.as_str())
            .json(&json!({ "attributes": attributes }));
        self.call(&request).await
    }

    /// The contact as Drift holds it, after something of it was written. Where it cannot be read, nobody can
    /// say what is there.
    pub(super) async fn read(&self, id: &ContactId) -> Step<Contact> {
        match self.drift.read_one(id).await {
            Ok(Read::There(contact)) => Ok(contact),
            Ok(Read::NotShown | Read::Odd(_)) | Err(_) => Err(Outcome::Unknown),
        }
    }

    /// How a write of a contact that was there ends when Drift refuses it. *Not found* is also how a token without
    /// the scope to write may be told so (<https://devdocs.drift.com/docs/contact-errors>): the contact is looked at.
    pub(super) async fn refused(&self, id: &ContactId, fault: &Fault, fields: &Fields) -> Outcome {
        let outcome = refused(fault, fields);
        if outcome != Outcome::Stale {
            return outcome;
        }
        match self.drift.read_one(id).await {
            Ok(Read::There(contact)) if contact.id == *id => self.not_found(fault, fields).await,
            Ok(Read::There(_) | Read::NotShown | Read::Odd(_)) | Err(_) => Outcome::Stale,
        }
    }

    /// Drift finds nothing to write to where nothing is missing. If the token may not write, everything waits for
    /// a better one; else it is this contact alone that is refused.
    pub(super) async fn not_found(&self, fault: &Fault, fields: &Fields) -> Outcome {
        match self.drift.token_info().await {
            Ok(info) if info.grants(WRITE_SCOPE) => {
                let hint = Some(NOT_TAKEN_HINT.to_owned());
                Outcome::Rejected(Rejection { hint, ..rejection(fault, fields) })
            }
            Ok(_) => self.not_now(self.drift.no_permission(&format!("the scope {WRITE_SCOPE}"))),
            Err(error) => self.not_now(error),
        }
    }

    /// Sends nothing else.
    pub(super) fn not_now(&self, error: ConnectorError) -> Outcome {
        let reason = error.to_string();
        // Another op may have been quicker to find out; either reason will do.
        let _ = self.halt.set(error);
        Outcome::Deferred(reason)
    }

    /// What the server now holds. The revision is the one in the answer, which for an update is the one before:
    /// a number that is too small is harmless, one that is guessed and too large would hide the next change.
    fn applied(&self, contact: &Contact) -> Outcome {
        Outcome::Applied { id: contact.id.clone(), record: Box::new(self.catalogue.record(contact)) }
    }
}

/// How a call about a contact that was there ends when Drift refuses it: a contact that is not shown has to be looked
/// at again.
pub(super) fn refused(fault: &Fault, fields: &Fields) -> Outcome {
    if fault.is_missing() || fault.is_not_viewable() {
        return Outcome::Stale;
    }
    Outcome::Rejected(rejection(fault, fields))
}
