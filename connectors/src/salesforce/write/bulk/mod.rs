//! Creates by the thousand: a bulk job takes a table, works on it for a while, and gives tables back.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm>)
//!
//! Until a job is started nothing is written, so whatever fails before that is put off. Once it is started, a row
//! is what the results say of it; a row that they do not name may have been written. A job that is still at work
//! when we stop waiting makes every row of it unknown, and nobody creates anything before it has ended and its
//! rows were read ([`earlier`]).

mod earlier;
mod job;
mod sheet;

use super::super::Salesforce;
use super::collections::RowOutcome;
use super::create::Duplicate;
use super::job::{NewContact, Written};
use super::refusal::{Meaning, error_of_cell, meaning_of};
use crate::ledger::{Halt, Ledger};
use job::State;
use sheet::Sheet;
use syntony_core::op::Outcome;

pub(in crate::salesforce) use earlier::Writer;

/// The most bytes of one upload. Salesforce takes a hundred million; a job of this size gives back results that
/// fit into one answer.
const MAX_UPLOAD_BYTES: usize = 20_000_000;

/// Why rows are put off that a job never came to.
const STOPPED: &str = "somebody stopped the bulk job";

/// What came of a job.
enum Ending {
    /// Nothing was written: the job was never started.
    NeverStarted,
    /// The organisation does not take such a job. Nothing was written.
    NotTaken,
    /// It ended like this, and this is what became of each row.
    Ended(State, Vec<RowOutcome>),
    /// It was started, and may still be at work.
    InDoubt,
}

impl Salesforce {
    /// Makes the contacts by bulk jobs. Those that come back are to go by collections: no table can hold them, or
    /// a job found them locked or was not taken.
    pub(super) async fn create_in_bulk(
        &self,
        contacts: Vec<NewContact>,
        ledger: &mut Ledger,
        made: &mut Vec<Written>,
        duplicates: &mut Vec<Duplicate>,
    ) -> Vec<NewContact> {
        let (fit, mut rest): (Vec<_>, Vec<_>) =
            contacts.into_iter().partition(|contact| sheet::fits(&contact.payload.row));
        for load in loads(fit) {
            if !ledger.may_call() {
                load.into_iter().for_each(|contact| ledger.defer(contact.key));
                continue;
            }
            let sheet = Sheet::new(load.iter().map(|contact| &contact.payload.row));
            match self.run_job(&sheet, ledger).await {
                Ending::NeverStarted => load.into_iter().for_each(|contact| ledger.defer(contact.key)),
                Ending::NotTaken => rest.extend(load),
                Ending::Ended(state, outcomes) => {
                    for (contact, outcome) in load.into_iter().zip(outcomes) {
                        match after(state, &outcome) {
                            After::Settle => {
                                self.settle_created(contact, outcome, ledger, made, duplicates);
                            }
                            After::ByCollections => rest.push(contact),
                            After::PutOff => {
                                ledger.settle(contact.key, Outcome::Deferred(STOPPED.to_owned()));
                            }
                        }
                    }
                }
                Ending::InDoubt => {
                    ledger.halt(Halt::later("a bulk job of an earlier call may still be at work"));
                    for contact in load {
                        ledger.settle(contact.key, Outcome::Unknown);
                    }
                }
            }
        }
        rest
    }

    /// Runs one job to its end.
    async fn run_job(&self, sheet: &Sheet, ledger: &mut Ledger) -> Ending {
        let Ok(table) = sheet.upload() else { return Ending::NotTaken };
        let id = match self.make_job().await {
            Ok(id) => id,
            Err(trouble) => return not_started(trouble, ledger),
        };
        if let Err(trouble) = self.fill_job(&id, table).await {
            self.abandon_job(&id).await;
            return not_started(trouble, ledger);
        }
        if !self.start_job(&id, ledger).await {
            self.abandon_job(&id).await;
            return Ending::NeverStarted;
        }
        if let Some(state) = self.await_job(&id).await
            && let Some(outcomes) = self.collect_results(&id, sheet).await
        {
            return Ending::Ended(state, outcomes);
        }
        self.writer.leave_behind(id);
        Ending::InDoubt
    }

    /// What became of each row of a job that has ended; `None` if not even the written ones can be read.
    async fn collect_results(&self, id: &str, sheet: &Sheet) -> Option<Vec<RowOutcome>> {
        let mut matcher = sheet.matcher();
        let mut outcomes: Vec<RowOutcome> = (0..sheet.len()).map(|_| RowOutcome::InDoubt).collect();
        let written = self.result(id, job::WRITTEN).await?;
        for row in sheet.read(&written).ok()? {
            let place = matcher.take(&row).and_then(|index| outcomes.get_mut(index));
            if let Some(place) = place.filter(|_| !row.id.is_empty()) {
                *place = RowOutcome::Written(row.id);
            }
        }
        // What cannot be read leaves its rows in doubt, and no others.
        for (name, is_refused) in [(job::REFUSED, true), (job::UNPROCESSED, false)] {
            let Some(result) = self.result(id, name).await else { continue };
            for row in sheet.read(&result).unwrap_or_default() {
                let Some(place) = matcher.take(&row).and_then(|index| outcomes.get_mut(index)) else {
                    continue;
                };
                *place = if is_refused {
                    RowOutcome::of(vec![error_of_cell(&row.error)])
                } else {
                    RowOutcome::NotSent
                };
            }
        }
        Some(outcomes)
    }
}

fn not_started(trouble: super::trouble::Trouble, ledger: &mut Ledger) -> Ending {
    use super::trouble::Trouble;
    match trouble {
        Trouble::Refused { .. } => Ending::NotTaken,
        Trouble::NotWritten(halt) | Trouble::InDoubt(halt) => {
            ledger.halt(halt);
            Ending::NeverStarted
        }
    }
}

/// What is done about a row of a job that has ended.
enum After {
    /// Its outcome is what the job says.
    Settle,
    /// It was certainly not written, and a collection may do better, or say why not.
    ByCollections,
    /// It was certainly not written, and somebody wanted it so.
    PutOff,
}

fn after(state: State, outcome: &RowOutcome) -> After {
    match outcome {
        RowOutcome::Refused(errors) if meaning_of(errors) == Meaning::Locked => After::ByCollections,
        RowOutcome::Locked => After::ByCollections,
        RowOutcome::NotSent if state == State::Aborted => After::PutOff,
        RowOutcome::NotSent => After::ByCollections,
        RowOutcome::Written(_) | RowOutcome::Refused(_) | RowOutcome::InDoubt => After::Settle,
    }
}

/// The contacts in loads that fit into one upload each.
fn loads(contacts: Vec<NewContact>) -> Vec<Vec<NewContact>> {
    let mut loads: Vec<Vec<NewContact>> = Vec::new();
    let mut left = 0;
    for contact in contacts {
        let takes = sheet::size_bytes(&contact.payload.row);
        match loads.last_mut() {
            Some(load) if takes <= left => load.push(contact),
            Some(_) | None => {
                loads.push(vec![contact]);
                left = MAX_UPLOAD_BYTES;
            }
        }
        left = left.saturating_sub(takes);
    }
    loads
}
