//! Creates: by collections of two hundred, above two thousand by a bulk job.
//!
//! A create is never sent twice unless the first was certainly not applied. Where the org has a field for our
//! marker, a create says *unless one with this marker is there*, and twice is once.

use super::super::Salesforce;
use super::super::wire::Row;
use super::super::wire::fault::FaultError;
use super::collections::{Call, RowOutcome};
use super::job::{NewContact, SoFar, Written};
use super::refusal::{Meaning, meaning_of, rejection};
use crate::contract::Observation;
use crate::ledger::Ledger;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use syntony_core::ids::ContactId;
use syntony_core::op::Outcome;
use syntony_core::record::Fields;
use syntony_core::value::Value;

/// The field that an address is looked up by.
const EMAIL: &str = "Email";

impl Salesforce {
    /// Makes the contacts. What comes back is made and waits for its tags; everything else is settled.
    pub(super) async fn create_all(&self, contacts: Vec<NewContact>, ledger: &mut Ledger) -> Vec<Written> {
        let mut made = Vec::new();
        let mut duplicates = Vec::new();
        let rest = if contacts.len() > self.config.bulk_above_creates {
            self.create_in_bulk(contacts, ledger, &mut made, &mut duplicates).await
        } else {
            contacts
        };
        let rows: Vec<Json> = rest.iter().map(|contact| self.record_of(&contact.payload.row)).collect();
        let outcomes = match self.config.marker_field.as_ref() {
            Some(field) => {
                let call = Call::Upsert { object: self.config.object.name(), field: field.as_str() };
                self.send_rows(call, &rows, ledger).await
            }
            None => self.send_rows(Call::Create, &rows, ledger).await,
        };
        for (contact, outcome) in rest.into_iter().zip(outcomes) {
            self.settle_created(contact, outcome, ledger, &mut made, &mut duplicates);
        }
        self.settle_duplicates(duplicates, ledger).await;
        made
    }

    /// A row as collections take it.
    fn record_of(&self, row: &Row) -> Json {
        let mut record = Row::new();
        record.insert("attributes".to_owned(), json!({ "type": self.config.object.name() }));
        record.extend(row.clone());
        Json::Object(record)
    }

    pub(super) fn settle_created(
        &self,
        contact: NewContact,
        outcome: RowOutcome,
        ledger: &mut Ledger,
        made: &mut Vec<Written>,
        duplicates: &mut Vec<Duplicate>,
    ) {
        match outcome {
            RowOutcome::Written(id) => made.push(Written {
                key: contact.key,
                id: ContactId::new(id),
                add: contact.tags,
                remove: BTreeSet::new(),
                so_far: SoFar::Created,
                record: None,
            }),
            RowOutcome::Refused(errors) if meaning_of(&errors) == Meaning::Duplicate => {
                duplicates.push(Duplicate { contact, errors });
            }
            RowOutcome::Refused(errors) => {
                ledger.reject(contact.key, rejection(&errors, &contact.fields, &contact.payload.columns));
            }
            RowOutcome::Locked => ledger.settle(contact.key, Outcome::Deferred(super::LOCKED.to_owned())),
            RowOutcome::NotSent => ledger.defer(contact.key),
            RowOutcome::InDoubt => ledger.settle(contact.key, Outcome::Unknown),
        }
    }

    /// A contact that the org says it has already: where a look-up of its address shows one, the plan did not
    /// know it, and is to be made anew; else it is refused.
    async fn settle_duplicates(&self, duplicates: Vec<Duplicate>, ledger: &mut Ledger) {
        let addresses: BTreeSet<String> =
            duplicates.iter().filter_map(|duplicate| address_of(&duplicate.contact.fields)).collect();
        let known = self.addresses_held(&addresses, ledger).await;
        for Duplicate { contact, errors } in duplicates {
            let is_known = address_of(&contact.fields).is_some_and(|address| known.contains(&address));
            let outcome = if is_known {
                Outcome::Stale
            } else {
                Outcome::Rejected(rejection(&errors, &contact.fields, &contact.payload.columns))
            };
            ledger.settle(contact.key, outcome);
        }
    }

    /// Which of these addresses some contact holds. What cannot be looked up counts as not held: then the org's
    /// refusal stands.
    async fn addresses_held(&self, addresses: &BTreeSet<String>, ledger: &mut Ledger) -> BTreeSet<String> {
        let all: Vec<String> = addresses.iter().cloned().collect();
        let mut held = BTreeSet::new();
        for batch in all.chunks(super::super::FIND_BATCH_ADDRESSES) {
            if !ledger.may_call() {
                break;
            }
            let Ok(found) = self.search(batch).await else { break };
            held.extend(found.into_iter().filter_map(|change| match change.what {
                Observation::Live(record) => address_of(&record.fields),
                Observation::Gone(_) | Observation::Unknown | Observation::Unreadable(_) => None,
            }));
        }
        held
    }
}

/// A contact that the org says it has already.
pub(super) struct Duplicate {
    contact: NewContact,
    errors: Vec<FaultError>,
}

/// The address of a contact, as two of them are the same to Salesforce.
fn address_of(fields: &Fields) -> Option<String> {
    let address = fields.get(EMAIL).and_then(Value::as_text)?.trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}
