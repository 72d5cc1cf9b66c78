//! New contacts. Sent once: there is nothing that would tell Drift that it has seen this create before.

use super::super::config::TagStore;
use super::super::wire::Contact;
use super::super::wire::catalogue::{EMAIL, join_tags};
use super::super::wire::fault::Fault;
use super::job::{Answered, Job};
use super::{Step, attributes, refuse, rejection};
use crate::http::{Repeat, Request};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use syntony_core::ids::Tag;
use syntony_core::op::Outcome;
use syntony_core::record::Fields;
use syntony_core::value::Value;

impl Job<'_> {
    /// Creates a contact (<https://devdocs.drift.com/docs/creating-a-contact>).
    pub(super) async fn create(&self, fields: &Fields, tags: &BTreeSet<Tag>) -> Step<Contact> {
        let mut sent = attributes(self.catalogue, fields, self.drift.config.date_form)?;
        let mut later = tags;
        let none = BTreeSet::new();
        if let (TagStore::Attribute(name), false) = (&self.drift.config.tags, tags.is_empty()) {
            let joined = join_tags(tags).map_err(|reason| refuse(None, reason, None))?;
            sent.insert(name.to_string(), Json::from(joined));
            later = &none;
        }
        let keys: Vec<String> = sent.keys().cloned().collect();
        let request = Request::post("/contacts", Repeat::Once).json(&json!({ "attributes": sent }));
        let answer = match self.call(&request).await? {
            Answered::Done(answer) => answer,
            Answered::Refused(fault) if fault.is_conflict() => return Err(self.exists(&fault, fields).await),
            // It is about no contact that could be missing.
            Answered::Refused(fault) if fault.is_no_permission() => {
                return Err(self.not_found(&fault, fields).await);
            }
            Answered::Refused(fault) => return Err(Outcome::Rejected(rejection(&fault, fields))),
        };
        // Something was made, and nobody knows what: it will be looked for.
        let contact = Contact::of(&answer).map_err(|_| Outcome::Unknown)?;
        let shown = keys.iter().all(|key| contact.attributes.contains_key(key));
        if shown && later.is_empty() {
            return Ok(contact);
        }
        if later.is_empty() {
            return self.read(&contact.id).await.or(Ok(contact));
        }
        // Half of the op is done. To call that applied would be to say that the tags are on, to call it refused
        // that there is no contact: as an op without a known outcome the contact is looked for, is found, and the
        // tags are planned as an update of it, which is refused with the reason.
        let tagged = self.tag(&contact.id, later, &none, fields).await;
        tagged.map_err(|_| Outcome::Unknown)?;
        let contact = self.read(&contact.id).await?;
        self.check_tags(&contact, later, &none).map_err(|_| Outcome::Unknown)?;
        Ok(contact)
    }

    /// Drift has a contact with this address. If it shows it, the plan has to look again; if it does not,
    /// nobody but an admin can help.
    async fn exists(&self, fault: &Fault, fields: &Fields) -> Outcome {
        let Some(address) = fields.get(EMAIL).and_then(Value::as_text) else {
            return Outcome::Rejected(rejection(fault, fields));
        };
        match self.drift.with_address(address).await {
            Ok(contacts) if !contacts.is_empty() => Outcome::Stale,
            Ok(_) => refuse(
                Some(&EMAIL.into()),
                "Drift has a contact with this address and does not show it",
                Some(
                    "give the token the scope all_contact_read; a contact that was just deleted may also be in the way",
                ),
            ),
            Err(error) => Outcome::Deferred(error.to_string()),
        }
    }
}
