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
use syntony_core::op::{Outcome, Write};
use syntony_core::record::Fields;

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
                Failure::NotNow(error) => {
                    let reason = error.to_string();
                    // Another op may have been quicker to find out; either reason will do.
                    let _ = self.halt.set(error);
                    Err(Outcome::Deferred(reason))
                }
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

    /// What the server now holds. The revision is the one in the answer, which for an update is the one before:
    /// a number that is too small is harmless, one that is guessed and too large would hide the next change.
    fn applied(&self, contact: &Contact) -> Outcome {
        Outcome::Applied { id: contact.id.clone(), record: Box::new(self.catalogue.record(contact)) }
    }
}

/// How an op on a contact that is there ends when Drift refuses: a contact that is not shown has to be looked
/// at again.
pub(super) fn refused(fault: &Fault, fields: &Fields) -> Outcome {
    if fault.is_missing() || fault.is_not_viewable() {
        return Outcome::Stale;
    }
    Outcome::Rejected(rejection(fault, fields))
}
