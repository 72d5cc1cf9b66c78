//! Creates, in batches, each contact carrying its op's key as a marker.
//!
//! A create is never sent twice unless the first was certainly not applied. The answer is matched by the
//! marker, not by its order, which Google does not promise.

use super::super::wire::draft::Draft;
use super::super::wire::fault::{Fault, RpcStatus};
use super::super::wire::person::{Person, PersonResponse};
use super::super::wire::{Entry, MARKER_KEY, MY_CONTACTS, READ_MASK, SOURCE};
use super::super::{Google, WRITE_BATCH_CONTACTS};
use super::job::NewContact;
use super::update::batch_cost;
use super::{Ledger, Trouble, contains_word, rejection};
use crate::http::{Repeat, Request};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use syntony_core::ids::{ContactId, OpKey, Tag};
use syntony_core::op::{Outcome, Rejection};
use syntony_core::record::Fields;

/// A contact to be created, in Google's terms.
struct Ready {
    key: OpKey,
    fields: Fields,
    person: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateAnswer {
    #[serde(default)]
    created_people: Vec<Json>,
}

impl Google {
    pub(super) async fn create_all(&self, contacts: Vec<NewContact>, ledger: &mut Ledger) {
        let mut ready = Vec::new();
        for contact in contacts {
            if ledger.is_halted() {
                ledger.defer(contact.key);
                continue;
            }
            ready.extend(self.prepare(contact, ledger).await);
        }
        self.groups.settle().await;

        let mut batches: Vec<Vec<Ready>> = Vec::new();
        while !ready.is_empty() {
            let rest = ready.split_off(ready.len().min(WRITE_BATCH_CONTACTS));
            batches.push(std::mem::replace(&mut ready, rest));
        }
        batches.reverse();
        while let Some(batch) = batches.pop() {
            if ledger.may_call() {
                batches.extend(self.create_batch(batch, ledger).await);
            } else {
                batch.into_iter().for_each(|contact| ledger.defer(contact.key));
            }
        }
    }

    /// A contact in Google's terms, or nothing when its outcome is clear already.
    async fn prepare(&self, contact: NewContact, ledger: &mut Ledger) -> Option<Ready> {
        let NewContact { key, fields, tags } = contact;
        let draft = match Draft::create(&fields) {
            Ok(draft) => draft,
            Err(refusal) => {
                ledger.settle(key, Outcome::Rejected(refusal));
                return None;
            }
        };
        let mut groups = vec![MY_CONTACTS.to_owned()];
        for tag in &tags {
            match self.group_for(tag, ledger).await {
                Some(Ok(id)) => groups.push(id),
                Some(Err(refusal)) => {
                    ledger.settle(key, Outcome::Rejected(refusal));
                    return None;
                }
                None => {
                    ledger.defer(key);
                    return None;
                }
            }
        }
        let mut person = Entry::new();
        draft.write_into(&mut person, draft.mask());
        person.retain(|_, entries| entries.as_array().is_none_or(|entries| !entries.is_empty()));
        person.insert("clientData".to_owned(), json!([{ "key": MARKER_KEY, "value": key.as_str() }]));
        let membership =
            |id: &String| json!({ "contactGroupMembership": { "contactGroupResourceName": id } });
        person.insert("memberships".to_owned(), groups.iter().map(membership).collect::<Json>());
        Some(Ready { key, fields, person })
    }

    /// The id of a label, made if need be; `None` when nothing else can be sent.
    pub(super) async fn group_for(
        &self,
        tag: &Tag,
        ledger: &mut Ledger,
    ) -> Option<Result<String, Rejection>> {
        if let Some(id) = self.groups.id(tag) {
            return Some(Ok(id));
        }
        if !ledger.may_call() {
            return None;
        }
        match self.groups.ensure(tag).await {
            Ok(id) => Some(Ok(id)),
            Err(error) => match self.trouble(error) {
                Trouble::Refused(fault) => Some(Err(Rejection {
                    field: None,
                    reason: format!("Google does not take the label (HTTP {})", fault.http),
                    hint: Some("choose another name for the tag".to_owned()),
                })),
                Trouble::NotWritten(halt) | Trouble::InDoubt(halt) => {
                    ledger.halt(halt);
                    None
                }
            },
        }
    }

    /// Sends one batch; what is to be sent again comes back, in the order to be popped.
    async fn create_batch(&self, batch: Vec<Ready>, ledger: &mut Ledger) -> Vec<Vec<Ready>> {
        let contacts: Json = batch.iter().map(|contact| json!({ "contactPerson": contact.person })).collect();
        let body = json!({ "contacts": contacts, "readMask": READ_MASK, "sources": [SOURCE] });
        let request =
            Request::post("/v1/people:batchCreateContacts", Repeat::Once).json(&body).cost(batch_cost());
        let answer = self.http.send(&request).await.and_then(|answer| answer.json::<CreateAnswer>());
        match answer {
            Ok(answer) => {
                self.settle_created(batch, answer, ledger).await;
                Vec::new()
            }
            Err(error) => match self.trouble(error) {
                Trouble::Refused(fault) => self.sort_refused(batch, &fault, ledger),
                Trouble::NotWritten(halt) => {
                    ledger.halt(halt);
                    batch.into_iter().for_each(|contact| ledger.defer(contact.key));
                    Vec::new()
                }
                Trouble::InDoubt(halt) => {
                    ledger.halt(halt);
                    batch.into_iter().for_each(|contact| ledger.settle(contact.key, Outcome::Unknown));
                    Vec::new()
                }
            },
        }
    }

    async fn settle_created(&self, batch: Vec<Ready>, answer: CreateAnswer, ledger: &mut Ledger) {
        let people: Vec<Person> = answer
            .created_people
            .into_iter()
            .filter_map(|created| Person::parse(PersonResponse::parse(created)?.person?).ok())
            .collect();
        // Their labels are ours; if some are not, a failure to learn them costs tags of the record alone.
        if let Err(error) = self.learn_groups(people.iter()).await {
            ledger.halt(self.halt_of(error));
        }
        let by_marker: BTreeMap<&str, &Person> =
            people.iter().filter_map(|person| Some((person.marker()?, person))).collect();
        for contact in batch {
            let made = by_marker.get(contact.key.as_str());
            let outcome = made.and_then(|person| {
                let record = self.record(person).ok()?;
                Some(Outcome::Applied { id: ContactId::new(&person.resource_name), record: Box::new(record) })
            });
            // Google took the batch, so the contact is there or will be: it has to be looked for.
            ledger.settle(contact.key, outcome.unwrap_or(Outcome::Unknown));
        }
    }

    /// A refused batch created nothing: those to blame are refused, the others sent again; where Google names
    /// nobody, halves are sent until one stands alone.
    fn sort_refused(&self, batch: Vec<Ready>, fault: &Fault, ledger: &mut Ledger) -> Vec<Vec<Ready>> {
        let refuse = |contact: Ready, status: &RpcStatus, ledger: &mut Ledger| {
            // A label that was deleted meanwhile is no fault of the contact's: planned anew, it is made again.
            let outcome = if names_memberships(status) {
                self.groups.forget();
                Outcome::Stale
            } else {
                Outcome::Rejected(rejection(status, fault, &contact.fields))
            };
            ledger.settle(contact.key, outcome);
        };
        let named = |index: usize| fault.contacts.get(&index.to_string()).filter(|status| !status.is_ok());
        let nobody_is_named = (0..batch.len()).all(|index| named(index).is_none());
        if batch.len() == 1 || (nobody_is_named && fault.is_overflow()) {
            batch.into_iter().for_each(|contact| refuse(contact, &status_of_single(fault), ledger));
            return Vec::new();
        }
        let mut others = Vec::new();
        for (index, contact) in batch.into_iter().enumerate() {
            match named(index) {
                Some(status) => refuse(contact, status, ledger),
                None => others.push(contact),
            }
        }
        if others.is_empty() {
            return Vec::new();
        }
        if !self.config.refused_batches_create_nothing {
            others.into_iter().for_each(|contact| ledger.settle(contact.key, Outcome::Unknown));
            return Vec::new();
        }
        if !nobody_is_named {
            return vec![others];
        }
        let right = others.split_off(others.len() / 2);
        vec![right, others]
    }
}

/// Why the only contact of a batch was refused.
fn status_of_single(fault: &Fault) -> RpcStatus {
    fault.contacts.values().find(|status| !status.is_ok()).cloned().unwrap_or_else(|| fault.as_status())
}

/// Whether a refusal is about the labels, which Google says in its message alone.
fn names_memberships(status: &RpcStatus) -> bool {
    contains_word(&status.message, "memberships") || status.message.starts_with("Contact group ")
}
