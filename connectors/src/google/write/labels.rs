//! Labels of contacts that are there, one call for each label, and the contacts read back afterwards.
//!
//! A call adds and removes by contact and leaves every other label alone. It is repeatable: a label that is
//! there already, or not there any more, is as good as put on, or taken off.

use super::super::{Google, LABEL_BATCH_CONTACTS};
use super::job::{Update, Written};
use super::{Ledger, Trouble};
use crate::contract::Found;
use crate::http::{Repeat, Request};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ContactId, OpKey, Tag};
use syntony_core::op::{Outcome, Rejection};

const GROUP_PREFIX: &str = "contactGroups/";

/// Who gets a label and who loses it.
#[derive(Default)]
struct Change<'a> {
    add: BTreeSet<&'a ContactId>,
    remove: BTreeSet<&'a ContactId>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ModifyAnswer {
    not_found_resource_names: BTreeSet<String>,
    can_not_remove_last_contact_group_resource_names: BTreeSet<String>,
}

/// What became of the labels of those contacts for which not all went well. The first trouble of a contact
/// is its outcome.
type Troubles = BTreeMap<OpKey, Outcome>;

impl Google {
    /// Changes the labels of all updates, and settles them.
    pub(super) async fn label_all(&self, updates: Vec<Update>, ledger: &mut Ledger) {
        let mut troubles = Troubles::new();
        let tags: BTreeSet<&Tag> =
            updates.iter().flat_map(|update| update.add.union(&update.remove)).collect();
        let mut changed = BTreeSet::new();
        let mut groups = Vec::new();
        for tag in tags {
            if let Some(id) = self.group_of(tag, &updates, ledger, &mut troubles).await {
                groups.push((tag, id));
            }
        }
        if !groups.is_empty() {
            self.groups.settle().await;
        }
        for (tag, group) in groups {
            self.label(tag, &group, &updates, ledger, &mut troubles, &mut changed).await;
        }
        self.settle_labelled(updates, troubles, &changed, ledger).await;
    }

    /// The id of a label; a missing one is made only for somebody who is to get it.
    async fn group_of(
        &self,
        tag: &Tag,
        updates: &[Update],
        ledger: &mut Ledger,
        troubles: &mut Troubles,
    ) -> Option<String> {
        let wanted_by = |update: &&Update| update.add.contains(tag);
        if !updates.iter().any(|update| wanted_by(&update)) {
            return self.groups.id(tag);
        }
        match self.group_for(tag, ledger).await {
            Some(Ok(id)) => Some(id),
            Some(Err(refusal)) => {
                for update in updates.iter().filter(wanted_by) {
                    trouble(troubles, update, Outcome::Rejected(refusal.clone()));
                }
                self.groups.id(tag)
            }
            None => {
                for update in updates.iter().filter(wanted_by) {
                    trouble(troubles, update, ledger.deferred());
                }
                None
            }
        }
    }

    async fn label(
        &self,
        tag: &Tag,
        group: &str,
        updates: &[Update],
        ledger: &mut Ledger,
        troubles: &mut Troubles,
        changed: &mut BTreeSet<OpKey>,
    ) {
        let concerned: Vec<&Update> = updates
            .iter()
            .filter(|update| !troubles.contains_key(&update.key))
            .filter(|update| update.add.contains(tag) || update.remove.contains(tag))
            .collect();
        for batch in concerned.chunks(LABEL_BATCH_CONTACTS) {
            if !ledger.may_call() {
                for update in batch {
                    trouble(troubles, update, ledger.deferred());
                }
                continue;
            }
            let change = Change {
                add: batch
                    .iter()
                    .filter(|update| update.add.contains(tag))
                    .map(|update| update.current_id())
                    .collect(),
                remove: batch
                    .iter()
                    .filter(|update| !update.add.contains(tag))
                    .map(|update| update.current_id())
                    .collect(),
            };
            match self.modify(group, &change).await {
                Ok(answer) => {
                    for update in batch {
                        match refusal_of(update, &answer) {
                            Some(outcome) => trouble(troubles, update, outcome),
                            None => drop(changed.insert(update.key.clone())),
                        }
                    }
                }
                Err(failed) => {
                    let outcome = self.outcome_of(failed, ledger);
                    for update in batch {
                        trouble(troubles, update, outcome.clone());
                    }
                }
            }
        }
    }

    /// What a failed call leaves of its contacts.
    fn outcome_of(&self, failed: Trouble, ledger: &mut Ledger) -> Outcome {
        match failed {
            // The label is gone. With the labels read anew, it is made again.
            Trouble::Refused(fault) if fault.is_not_found() => {
                self.groups.forget();
                Outcome::Stale
            }
            Trouble::Refused(fault) => Outcome::Rejected(Rejection {
                field: None,
                reason: format!("Google does not change the label (HTTP {})", fault.http),
                hint: None,
            }),
            Trouble::NotWritten(halt) => {
                ledger.halt(halt);
                ledger.deferred()
            }
            Trouble::InDoubt(halt) => {
                ledger.halt(halt);
                Outcome::Unknown
            }
        }
    }

    async fn modify(&self, group: &str, change: &Change<'_>) -> Result<ModifyAnswer, Trouble> {
        let names =
            |ids: &BTreeSet<&ContactId>| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        let body = json!({
            "resourceNamesToAdd": names(&change.add),
            "resourceNamesToRemove": names(&change.remove),
        });
        let id = group.strip_prefix(GROUP_PREFIX).unwrap_or(group);
        let request = Request::post("/v1/contactGroups/{id}/members:modify", Repeat::Idempotent)
            .arg("id", id)
            .json(&body);
        self.http.send(&request).await.and_then(|answer| answer.json()).map_err(|error| self.trouble(error))
    }

    /// Reads the contacts back, and says of each what came of it.
    async fn settle_labelled(
        &self,
        updates: Vec<Update>,
        mut troubles: Troubles,
        changed: &BTreeSet<OpKey>,
        ledger: &mut Ledger,
    ) {
        let mut labelled = Vec::new();
        for update in updates {
            match troubles.remove(&update.key) {
                None => labelled.push(update),
                // A part of it was written: what is left has to be planned anew, on what is there now.
                Some(Outcome::Rejected(_) | Outcome::Deferred(_))
                    if update.written.is_some() || changed.contains(&update.key) =>
                {
                    ledger.settle(update.key, Outcome::Stale);
                }
                Some(outcome) => ledger.settle(update.key, outcome),
            }
        }
        if labelled.is_empty() {
            return;
        }
        // Read back even when nothing else may be sent: these are written, and somebody must say how they are.
        let ids: Vec<ContactId> = labelled.iter().map(Update::current_id).cloned().collect();
        let mut now: BTreeMap<ContactId, Found> = match self.read_by_id(&ids).await {
            Ok(fetched) => fetched.into_iter().map(|fetched| (fetched.asked, fetched.found)).collect(),
            Err(_) => BTreeMap::new(),
        };
        for update in labelled {
            let outcome = match now.remove(update.current_id()) {
                Some(Found::Live { id, record }) => Outcome::Applied { id, record },
                Some(Found::Gone | Found::MergedInto(_)) => Outcome::Stale,
                Some(Found::Unknown) | None => Outcome::Unknown,
            };
            ledger.settle(update.key, outcome);
        }
    }
}

impl Update {
    /// The contact's id after what was written so far.
    fn current_id(&self) -> &ContactId {
        match &self.written {
            Some(Written { id, .. }) => id,
            None => &self.id,
        }
    }
}

fn trouble(troubles: &mut Troubles, update: &Update, outcome: Outcome) {
    troubles.entry(update.key.clone()).or_insert(outcome);
}

/// Why Google did not change this contact's label, if it did not.
fn refusal_of(update: &Update, answer: &ModifyAnswer) -> Option<Outcome> {
    if answer.not_found_resource_names.contains(update.current_id().as_str()) {
        return Some(Outcome::Stale);
    }
    let is_last =
        answer.can_not_remove_last_contact_group_resource_names.contains(update.current_id().as_str());
    is_last.then(|| {
        Outcome::Rejected(Rejection {
            field: None,
            reason: "a contact must keep at least one label".to_owned(),
            hint: Some("add the contact to My Contacts in Google Contacts".to_owned()),
        })
    })
}
