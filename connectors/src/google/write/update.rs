//! Updates, in one batch, each on the condition that the contact is what the plan saw.
//!
//! A batch has one mask, and every array in it is replaced for every contact in the batch: so each contact
//! brings all of them along, as its shadow holds them, changed where the plan asks for it. An etag guards
//! them all.
//!
//! Google also refuses contacts as stale that did not change. So a refused one is read again: what did not
//! change is sent again on the new etag; what already is as wished was written by an attempt whose answer was
//! lost; only what changed is stale.

use super::super::config::BATCH_COST_CELLS;
use super::super::wire::draft::Draft;
use super::super::wire::fault::{Fault, RpcStatus};
use super::super::wire::person::{Person, PersonResponse};
use super::super::wire::shadow::Shadow;
use super::super::wire::{READ_MASK, SOURCE};
use super::super::{Google, WRITE_BATCH_CONTACTS};
use super::job::{Update, Written};
use super::reread::Now;
use super::{Ledger, Trouble, rejection};
use crate::contract::Found;
use crate::http::{Repeat, Request};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use syntony_core::ids::ContactId;
use syntony_core::op::{Outcome, Rejection};

/// How often a contact that did not change may be refused as stale.
const MAX_FALSE_ALARMS: u32 = 2;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateAnswer {
    #[serde(default)]
    update_result: BTreeMap<String, Json>,
}

/// Contacts to be sent together, and what changed of them.
type Batch = Vec<(Update, Draft)>;

/// What a batch of writes takes of the rate.
pub(super) fn batch_cost() -> NonZeroU32 {
    NonZeroU32::new(BATCH_COST_CELLS).unwrap_or(NonZeroU32::MIN)
}

impl Google {
    /// Writes the fields of all updates. What comes back is written as far as its fields go, and waits for its
    /// labels; everything else is settled.
    pub(super) async fn update_all(&self, updates: Vec<Update>, ledger: &mut Ledger) -> Vec<Update> {
        let (mut to_send, mut done): (Vec<_>, Vec<_>) =
            updates.into_iter().partition(|update| !update.fields.is_empty());
        let (with_basis, without): (Vec<_>, Vec<_>) =
            to_send.into_iter().partition(|update| update.basis.is_some());
        to_send = with_basis;
        to_send.extend(self.rebase(without, ledger, &mut done).await);

        let mut batches = batches_of(to_send, ledger);
        while let Some(batch) = batches.pop() {
            if ledger.may_call() {
                batches.extend(self.update_batch(batch, ledger, &mut done).await);
            } else {
                batch.into_iter().for_each(|(update, _)| ledger.defer(update.key));
            }
        }
        done.into_iter().filter_map(|update| settle_if_complete(update, ledger)).collect()
    }

    /// Sends one batch; what is to be sent again comes back, in the order to be popped.
    async fn update_batch(&self, batch: Batch, ledger: &mut Ledger, done: &mut Vec<Update>) -> Vec<Batch> {
        let mask = mask_of(&batch);
        let contacts: Map<String, Json> = batch.iter().filter_map(|entry| body_of(entry, &mask)).collect();
        let body = json!({
            "contacts": contacts,
            "updateMask": mask.into_iter().collect::<Vec<_>>().join(","),
            "readMask": READ_MASK,
            "sources": [SOURCE],
        });
        // Repeatable: a second attempt after one that was applied is refused by its etag.
        let request = Request::post("/v1/people:batchUpdateContacts", Repeat::Idempotent)
            .json(&body)
            .cost(batch_cost());
        let answer = self.http.send(&request).await.and_then(|answer| answer.json::<UpdateAnswer>());
        match answer {
            Ok(answer) => self.sort_updated(batch, answer, ledger, done).await,
            Err(error) => match self.trouble(error) {
                Trouble::Refused(fault) => self.sort_refused_updates(batch, &fault, ledger, done).await,
                Trouble::NotWritten(halt) => {
                    ledger.halt(halt);
                    batch.into_iter().for_each(|(update, _)| ledger.defer(update.key));
                    Vec::new()
                }
                Trouble::InDoubt(halt) => {
                    ledger.halt(halt);
                    batch.into_iter().for_each(|(update, _)| ledger.settle(update.key, Outcome::Unknown));
                    Vec::new()
                }
            },
        }
    }

    async fn sort_updated(
        &self,
        batch: Batch,
        answer: UpdateAnswer,
        ledger: &mut Ledger,
        done: &mut Vec<Update>,
    ) -> Vec<Batch> {
        let mut answers = BTreeMap::new();
        for (name, response) in answer.update_result {
            let Some(response) = PersonResponse::parse(response) else { continue };
            let person = response.person.and_then(|json| Person::parse(json).ok());
            answers.insert(name, (response.status, person));
        }
        let people = answers.values().filter_map(|(_, person)| person.as_ref());
        if let Err(error) = self.learn_groups(people).await {
            ledger.halt(self.halt_of(error));
        }
        let mut stale = Vec::new();
        let beside_others = Fault { http: 200, ..Fault::default() };
        for (mut update, _) in batch {
            match answers.remove(update.id.as_str()) {
                Some((status, _)) if !status.is_ok() => {
                    self.sort_status(update, &status, &beside_others, ledger, &mut stale);
                }
                Some((_, Some(person))) => match self.record(&person) {
                    Ok(record) => {
                        let id = ContactId::from(person.resource_name);
                        update.written = Some(Written { id, record: Box::new(record) });
                        done.push(update);
                    }
                    Err(_) => ledger.settle(update.key, Outcome::Unknown),
                },
                Some((_, None)) | None => ledger.settle(update.key, Outcome::Unknown),
            }
        }
        self.retry_stale(stale, ledger, done).await
    }

    /// A refused batch wrote nothing: the contacts to blame are sorted by their own reasons, the others sent
    /// again; where Google names nobody, a stale or missing contact is found by reading, any other by halving.
    async fn sort_refused_updates(
        &self,
        mut batch: Batch,
        fault: &Fault,
        ledger: &mut Ledger,
        done: &mut Vec<Update>,
    ) -> Vec<Batch> {
        let blamed = |update: &Update| {
            fault.contacts.get(update.id.as_str()).filter(|status| !status.is_ok()).cloned()
        };
        let mask = mask_of(&batch);
        let mut stale = Vec::new();
        let mut again = Vec::new();
        if batch.iter().any(|(update, _)| blamed(update).is_some()) {
            let mut others = Vec::new();
            let mut by_mask: BTreeMap<BTreeSet<&'static str>, Batch> = BTreeMap::new();
            for (update, draft) in batch {
                match blamed(&update) {
                    // Perhaps for an array that only somebody else's fields brought in: once more without those.
                    Some(status) if *draft.mask() != mask && is_about_content(&status) => {
                        by_mask.entry(draft.mask().clone()).or_default().push((update, draft));
                    }
                    Some(status) => self.sort_status(update, &status, fault, ledger, &mut stale),
                    None => others.push((update, draft)),
                }
            }
            again.extend(by_mask.into_values());
            if stale.is_empty() {
                again.extend((!others.is_empty()).then_some(others));
            } else {
                // They are read again with the stale ones, at no cost: Google may have named only the first.
                stale.extend(others.into_iter().map(|(update, _)| update));
            }
        } else if fault.is_stale() || fault.is_not_found() {
            stale.extend(batch.into_iter().map(|(update, _)| update.refused_as_stale()));
        } else if let [_] = batch.as_slice() {
            for (update, _) in batch {
                self.sort_status(update, &fault.as_status(), fault, ledger, &mut stale);
            }
        } else {
            let right = batch.split_off(batch.len() / 2);
            again.extend([right, batch]);
        }
        again.extend(self.retry_stale(stale, ledger, done).await);
        again
    }

    fn sort_status(
        &self,
        update: Update,
        status: &RpcStatus,
        fault: &Fault,
        ledger: &mut Ledger,
        stale: &mut Vec<Update>,
    ) {
        if status.is_not_found() || fault.is_not_found() {
            ledger.settle(update.key, Outcome::Stale);
        } else if status.is_stale() {
            stale.push(update.refused_as_stale());
        } else {
            let rejection = rejection(status, fault, &update.fields);
            ledger.settle(update.key, Outcome::Rejected(rejection));
        }
    }

    /// What to send again of contacts that were refused as stale, and of those beside them.
    async fn retry_stale(
        &self,
        stale: Vec<Update>,
        ledger: &mut Ledger,
        done: &mut Vec<Update>,
    ) -> Vec<Batch> {
        if stale.is_empty() {
            return Vec::new();
        }
        tokio::time::sleep(self.config.stale_pause).await;
        let again = self.rebase(stale, ledger, done).await;
        let (last, again): (Vec<_>, Vec<_>) =
            again.into_iter().partition(|update| update.false_alarms > MAX_FALSE_ALARMS);
        last.into_iter().for_each(|update| ledger.settle(update.key, Outcome::Stale));
        batches_of(again, ledger)
    }

    /// Puts updates on what their contacts are now. Those that the plan did not foresee are stale; those that
    /// already are as wished are done.
    async fn rebase(&self, updates: Vec<Update>, ledger: &mut Ledger, done: &mut Vec<Update>) -> Vec<Update> {
        if updates.is_empty() {
            return updates;
        }
        let Some(mut now) = self.reread(&updates, ledger).await else {
            updates.into_iter().for_each(|update| ledger.defer(update.key));
            return Vec::new();
        };
        updates.into_iter().filter_map(|update| rebase_one(update, &mut now, ledger, done)).collect()
    }
}

fn rebase_one(
    mut update: Update,
    now: &mut Now,
    ledger: &mut Ledger,
    done: &mut Vec<Update>,
) -> Option<Update> {
    let Some(Found::Live { id, record }) = now.remove(&update.id) else {
        ledger.settle(update.key, Outcome::Stale);
        return None;
    };
    let shadow = Shadow::parse(record.shadow.as_deref());
    let is_as_wished = shadow.as_ref().is_some_and(|shadow| {
        Draft::update(shadow, &update.fields).is_ok_and(|draft| draft.changes_nothing(shadow))
    });
    if is_as_wished {
        update.written = Some(Written { id, record });
        done.push(update);
        return None;
    }
    if shadow.is_none() || !update.is_unchanged_in(&record) {
        ledger.settle(update.key, Outcome::Stale);
        return None;
    }
    update.basis = shadow;
    update.id = id;
    Some(update)
}

/// Batches in the order to be popped. Contacts with an array of which a listing may have shown a part go by
/// themselves: such an array must not be replaced because somebody else's mask names it.
fn batches_of(updates: Vec<Update>, ledger: &mut Ledger) -> Vec<Batch> {
    let mut together: Vec<Batch> = Vec::new();
    let mut alone: Vec<Batch> = Vec::new();
    for update in updates {
        let Some(shadow) = &update.basis else {
            ledger.settle(update.key, Outcome::Stale);
            continue;
        };
        let draft = match Draft::update(shadow, &update.fields) {
            Ok(draft) => draft,
            Err(refusal) => {
                ledger.settle(update.key, Outcome::Rejected(refusal));
                continue;
            }
        };
        let cut: BTreeSet<&str> =
            shadow.arrays.keys().map(String::as_str).filter(|array| shadow.may_be_cut(array)).collect();
        if let Some(array) = draft.mask().iter().find(|array| cut.contains(*array)) {
            ledger.settle(update.key, Outcome::Rejected(too_many(array)));
        } else if !cut.is_empty() {
            alone.push(vec![(update, draft)]);
        } else {
            match together.last_mut().filter(|batch| batch.len() < WRITE_BATCH_CONTACTS) {
                Some(batch) => batch.push((update, draft)),
                None => together.push(vec![(update, draft)]),
            }
        }
    }
    together.extend(alone);
    together.reverse();
    together
}

fn too_many(array: &str) -> Rejection {
    Rejection {
        field: Some(array.into()),
        reason: "Google shows the first hundred entries alone, and writing them would drop the rest"
            .to_owned(),
        hint: Some("shorten the list in Google Contacts".to_owned()),
    }
}

/// All arrays that a batch replaces.
fn mask_of(batch: &Batch) -> BTreeSet<&'static str> {
    batch.iter().flat_map(|(_, draft)| draft.mask().iter().copied()).collect()
}

/// Whether a refusal is about what was sent, rather than about what is there.
fn is_about_content(status: &RpcStatus) -> bool {
    !status.is_stale() && !status.is_not_found()
}

/// A contact of the batch's map.
fn body_of((update, draft): &(Update, Draft), mask: &BTreeSet<&'static str>) -> Option<(String, Json)> {
    let mut person = update.basis.as_ref()?.conditions(update.id.as_str());
    draft.write_into(&mut person, mask);
    Some((update.id.as_str().to_owned(), Json::Object(person)))
}

/// An update without labels is settled by what was written.
fn settle_if_complete(update: Update, ledger: &mut Ledger) -> Option<Update> {
    match update.written {
        Some(Written { id, record }) if update.add.is_empty() && update.remove.is_empty() => {
            ledger.settle(update.key, Outcome::Applied { id, record });
            None
        }
        written => Some(Update { written, ..update }),
    }
}
