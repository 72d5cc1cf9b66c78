//! Updates, each on the condition that the contact is what the plan saw.
//!
//! By default every update is a request of its own within a composite call, with the moment of the last edit
//! that the plan saw as its condition, and the last request of the call reads all of them back
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_rest_conditional_requests.htm>).
//! Salesforce tells edits apart by the second, and an edit of any field counts. So what it refuses as edited is
//! compared: what already is as wished was written by an attempt whose answer was lost; what is as the plan saw
//! it is sent again on the newer version; only what changed is stale.

use super::super::Salesforce;
use super::super::config::Updates;
use super::super::wire::API_PATH;
use super::super::wire::describe::Describe;
use super::super::wire::fault::{Fault, FaultError};
use super::super::wire::object::SObject;
use super::super::wire::stamp::Stamp;
use super::collections::{Call, RowOutcome};
use super::composite::Part;
use super::job::{Ready, SoFar, Update, Written, is_unchanged};
use super::refusal::{Meaning, meaning_of, rejection};
use super::trouble::Trouble;
use super::{AUTO_ASSIGN, MRU};
use crate::contract::Found;
use crate::ledger::{Halt, Ledger};
use serde_json::{Value as Json, json};
use syntony_core::ids::ContactId;
use syntony_core::op::Outcome;
use syntony_core::record::Record;

/// The most guarded updates in one call: a composite call takes 25 requests, and one of them reads back
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm>).
pub(super) const GUARDED_UPDATES: usize = 24;
/// The status of a request whose condition does not hold.
const PRECONDITION_FAILED: u16 = 412;
/// The name of the request that reads back.
const READ_BACK: &str = "read";

/// Updates that are to be sent once more, and why.
#[derive(Default)]
struct Again {
    locked: Vec<Ready>,
    false_alarms: Vec<Ready>,
}

impl Salesforce {
    /// Writes the fields of all updates of rows of `object`. What comes back is as wished as far as its fields
    /// go, and waits for its tags; everything else is settled.
    pub(super) async fn update_all(
        &self,
        describe: &Describe,
        object: SObject,
        updates: Vec<Update>,
        ledger: &mut Ledger,
    ) -> Vec<Written> {
        let mut done = Vec::new();
        let guarded = match self.config.updates {
            Updates::Guarded => true,
            Updates::Collections => false,
        };
        let (based, mut baseless): (Vec<_>, Vec<_>) =
            updates.into_iter().partition(|update| guarded && self.is_based(update));
        baseless = self.rebase(baseless, ledger).await;
        let mut ready = Vec::new();
        for update in based.into_iter().chain(baseless) {
            match self.ready(describe, object, update) {
                Ok(update) if update.payload.row.is_empty() => {
                    done.push(update.written(SoFar::Nothing, None));
                }
                Ok(update) => ready.push(update),
                Err((key, rejection)) => ledger.reject(key, rejection),
            }
        }
        if guarded {
            self.update_guarded(describe, object, ready, ledger, &mut done).await;
        } else {
            self.update_in_collections(object, ready, ledger, &mut done).await;
        }
        done
    }

    async fn update_guarded(
        &self,
        describe: &Describe,
        object: SObject,
        mut open: Vec<Ready>,
        ledger: &mut Ledger,
        done: &mut Vec<Written>,
    ) {
        let mut pauses = self.lock_pauses();
        loop {
            let mut again = Again::default();
            while !open.is_empty() {
                let rest = open.split_off(open.len().min(GUARDED_UPDATES));
                let batch = std::mem::replace(&mut open, rest);
                self.send_guarded(describe, object, batch, ledger, &mut again, done).await;
            }
            if again.locked.is_empty() && again.false_alarms.is_empty() {
                return;
            }
            let Some(pause) = pauses.next() else {
                for update in again.locked {
                    ledger.settle(update.key, Outcome::Deferred(super::LOCKED.to_owned()));
                }
                for update in again.false_alarms {
                    ledger.settle(update.key, Outcome::Stale);
                }
                return;
            };
            tokio::time::sleep(pause).await;
            open = again.locked;
            open.append(&mut again.false_alarms);
        }
    }

    /// Sends one call of guarded updates.
    async fn send_guarded(
        &self,
        describe: &Describe,
        object: SObject,
        batch: Vec<Ready>,
        ledger: &mut Ledger,
        again: &mut Again,
        done: &mut Vec<Written>,
    ) {
        if !ledger.may_call() {
            batch.into_iter().for_each(|update| ledger.defer(update.key));
            return;
        }
        let mut parts: Vec<Part> =
            batch.iter().enumerate().map(|(at, update)| guarded(at, object, update)).collect();
        let ids: Vec<ContactId> = batch.iter().map(|update| update.id.clone()).collect();
        parts.extend(self.read_url(describe, object, &ids).map(|url| Part::get(READ_BACK, url)));
        let mut answers = match self.composite(&parts).await {
            Ok(answers) => answers,
            Err(trouble) => return settle_all(batch, trouble, ledger),
        };
        let read = answers.remove(READ_BACK).map(|answer| answer.body).unwrap_or_default();
        let mut now = self.records_in(describe, object, &read);
        for (at, update) in batch.into_iter().enumerate() {
            let now = now.remove(&update.id);
            match answers.remove(&write_reference(at)) {
                Some(answer) if (200..300).contains(&answer.status) => {
                    done.push(update.written(SoFar::Fields, now));
                }
                Some(answer) if answer.status == PRECONDITION_FAILED => {
                    sort_edited(update, now, ledger, again, done);
                }
                Some(answer) => {
                    let errors = Fault::parse(answer.status, &answer.body).errors;
                    sort_refused(update, &errors, ledger, &mut again.locked);
                }
                None => ledger.settle(update.key, Outcome::Unknown),
            }
        }
    }

    /// Updates of contacts that were read again right before: two hundred in a call, and unguarded between the
    /// read and the write.
    async fn update_in_collections(
        &self,
        object: SObject,
        mut open: Vec<Ready>,
        ledger: &mut Ledger,
        done: &mut Vec<Written>,
    ) {
        // Rows of one account lie side by side in no order that we know; at least it is the same order each time.
        open.sort_by(|a, b| a.id.cmp(&b.id));
        let rows: Vec<Json> = open
            .iter()
            .map(|update| {
                let mut record = update.payload.row.clone();
                record.insert("attributes".to_owned(), json!({ "type": object.name() }));
                record.insert("id".to_owned(), json!(update.id.as_str()));
                Json::Object(record)
            })
            .collect();
        let outcomes = self.send_rows(Call::Update, &rows, ledger).await;
        for (update, outcome) in open.into_iter().zip(outcomes) {
            match outcome {
                RowOutcome::Written(_) => done.push(update.written(SoFar::Fields, None)),
                RowOutcome::Refused(errors) => sort_refused(update, &errors, ledger, &mut Vec::new()),
                RowOutcome::NotSent => ledger.defer(update.key),
                RowOutcome::Locked => ledger.settle(update.key, Outcome::Deferred(super::LOCKED.to_owned())),
                RowOutcome::InDoubt => ledger.settle(update.key, Outcome::Unknown),
            }
        }
    }

    /// Whether what the plan saw is enough to stand on: its version, and its tags where they are a field.
    fn is_based(&self, update: &Update) -> bool {
        let tags_are_known = update.basis.tags.is_some() || !update.has_tags() || !self.tags_are_a_field();
        condition(&update.basis).is_some() && tags_are_known
    }

    /// Puts updates on what their contacts are now. Those that the plan did not foresee are stale.
    async fn rebase(&self, updates: Vec<Update>, ledger: &mut Ledger) -> Vec<Update> {
        if updates.is_empty() {
            return updates;
        }
        let ids: Vec<ContactId> = updates.iter().map(|update| update.id.clone()).collect();
        let Some(mut now) = self.reread(&ids, ledger).await else {
            updates.into_iter().for_each(|update| ledger.defer(update.key));
            return Vec::new();
        };
        let mut rebased = Vec::new();
        for update in updates {
            match now.remove(&update.id) {
                Some(Found::Live { id, record })
                    if id == update.id && is_unchanged(&update.basis, &record) =>
                {
                    rebased.push(Update { basis: record, ..update });
                }
                Some(Found::Live { .. } | Found::Gone | Found::MergedInto(_) | Found::Unknown) | None => {
                    ledger.settle(update.key, Outcome::Stale);
                }
            }
        }
        rebased
    }
}

/// An update as a part of a call.
fn guarded(at: usize, object: SObject, update: &Ready) -> Part {
    let condition = condition(&update.basis).unwrap_or_default();
    let headers = [("If-Unmodified-Since", condition.as_str()), AUTO_ASSIGN, MRU];
    let url = format!("{API_PATH}/sobjects/{}/{}", object.name(), update.id);
    Part::patch(write_reference(at), url, &headers, Json::Object(update.payload.row.clone()))
}

fn write_reference(at: usize) -> String {
    format!("write{at}")
}

/// The moment of the last edit that the plan saw, as a condition.
fn condition(basis: &Record) -> Option<String> {
    Stamp::parse(&basis.version.tag).map(Stamp::to_header)
}

/// A whole call failed.
fn settle_all(batch: Vec<Ready>, trouble: Trouble, ledger: &mut Ledger) {
    let (halt, outcome) = match trouble {
        Trouble::InDoubt(halt) => (halt, Some(Outcome::Unknown)),
        Trouble::NotWritten(halt) => (halt, None),
        // The parts are well-formed, so this is about all calls and not about these contacts.
        Trouble::Refused { http, .. } => (Halt::later(format!("the app answers HTTP {http}")), None),
    };
    ledger.halt(halt);
    for update in batch {
        match &outcome {
            Some(outcome) => ledger.settle(update.key, outcome.clone()),
            None => ledger.defer(update.key),
        }
    }
}

/// Somebody edited the contact since the plan saw it, or we did and did not hear of it.
fn sort_edited(
    mut update: Ready,
    now: Option<Box<Record>>,
    ledger: &mut Ledger,
    again: &mut Again,
    done: &mut Vec<Written>,
) {
    match now {
        Some(now) if update.is_as_wished(&now) => done.push(update.written(SoFar::Fields, Some(now))),
        Some(now) if is_unchanged(&update.basis, &now) => {
            update.basis = now;
            again.false_alarms.push(update);
        }
        Some(_) | None => ledger.settle(update.key, Outcome::Stale),
    }
}

fn sort_refused(update: Ready, errors: &[FaultError], ledger: &mut Ledger, locked: &mut Vec<Ready>) {
    match meaning_of(errors) {
        Meaning::Locked => locked.push(update),
        Meaning::Stale => ledger.settle(update.key, Outcome::Stale),
        Meaning::Halted => {
            ledger.halt(Halt::later("the app limits our calls"));
            ledger.defer(update.key);
        }
        Meaning::InDoubt => ledger.settle(update.key, Outcome::Unknown),
        Meaning::Duplicate | Meaning::Refused => {
            ledger.reject(update.key, rejection(errors, &update.fields, &update.payload.columns));
        }
    }
}
