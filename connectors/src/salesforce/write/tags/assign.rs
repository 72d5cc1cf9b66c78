//! Putting tags on and taking them off, and what is then said of the contacts.

use super::super::super::Salesforce;
use super::super::super::wire::fault::{Fault, FaultError};
use super::super::super::wire::removal::{AssignmentKind, AssignmentRow, MAX_REMOVALS, remove};
use super::super::super::wire::{self, soql};
use super::super::collections::{Call, RowOutcome};
use super::super::job::{SoFar, Written};
use super::super::refusal::{Meaning, meaning_of};
use super::super::trouble::Trouble;
use super::{Names, TagIds};
use crate::ledger::Ledger;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::Tag;
use syntony_core::op::{Outcome, Rejection};

/// The most contacts in one look-up of assignments.
const LOOKUP_CONTACTS: usize = 200;
/// The most assignments in one look-up: they have to fit onto a page.
const LOOKUP_ROWS: usize = 1_000;

/// What became of the tags, by contact (its place among the written ones).
#[derive(Default)]
struct Progress {
    /// Those for which not all went well. The first trouble of a contact is its outcome.
    troubles: BTreeMap<usize, Outcome>,
    /// Those of which some tag was put on or taken off.
    changed: BTreeSet<usize>,
}

#[derive(Deserialize)]
struct RemovalAnswer {
    results: Vec<RemovalResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemovalResult {
    status_code: u16,
    #[serde(default)]
    result: Json,
}

impl Salesforce {
    /// Changes the tags of all contacts. Those that come back are to be read back; the others are settled.
    pub(in crate::salesforce::write) async fn tag_all(
        &self,
        kind: AssignmentKind,
        written: Vec<Written>,
        ids: &TagIds,
        ledger: &mut Ledger,
    ) -> Vec<Written> {
        let mut progress = Progress::default();
        for (place, contact) in written.iter().enumerate() {
            if let Some(trouble) = ids.trouble(&contact.add) {
                progress.trouble(place, trouble.clone());
            }
        }
        self.put_on(kind, &written, ids, ledger, &mut progress).await;
        self.take_off(kind, &written, ids, ledger, &mut progress).await;
        written
            .into_iter()
            .enumerate()
            .filter_map(|(place, contact)| progress.settle(place, contact, ledger))
            .collect()
    }

    async fn put_on(
        &self,
        kind: AssignmentKind,
        written: &[Written],
        ids: &TagIds,
        ledger: &mut Ledger,
        progress: &mut Progress,
    ) {
        let mut places = Vec::new();
        let mut rows = Vec::new();
        for (place, contact) in written.iter().enumerate() {
            for id in contact.add.iter().filter_map(|tag| ids.id(tag)) {
                places.push(place);
                rows.push(json!({
                    "attributes": { "type": kind.object() },
                    kind.tag_column(): id,
                    kind.contact_column(&contact.id): contact.id.as_str(),
                }));
            }
        }
        let outcomes = self.send_rows(Call::CreateOnce, &rows, ledger).await;
        for (place, outcome) in places.into_iter().zip(outcomes) {
            match outcome {
                RowOutcome::Written(_) => drop(progress.changed.insert(place)),
                RowOutcome::Refused(errors) => match meaning_of(&errors) {
                    // It is on.
                    Meaning::Duplicate => {}
                    Meaning::Stale => progress.trouble(place, Outcome::Stale),
                    Meaning::Locked | Meaning::Halted | Meaning::InDoubt | Meaning::Refused => {
                        progress.trouble(place, Outcome::Rejected(refused("put on", &errors)));
                    }
                },
                RowOutcome::NotSent => progress.trouble(place, ledger.deferred()),
                RowOutcome::Locked => {
                    progress.trouble(place, Outcome::Deferred(super::super::LOCKED.to_owned()));
                }
                RowOutcome::InDoubt => progress.trouble(place, Outcome::Unknown),
            }
        }
    }

    async fn take_off(
        &self,
        kind: AssignmentKind,
        written: &[Written],
        ids: &TagIds,
        ledger: &mut Ledger,
        progress: &mut Progress,
    ) {
        // A tag that is not there is on nobody.
        let concerned: Vec<(usize, &Written)> = written
            .iter()
            .enumerate()
            .filter(|(_, contact)| contact.remove.iter().any(|tag| ids.id(tag).is_some()))
            .collect();
        let mut rows = Vec::new();
        for batch in concerned.chunks(LOOKUP_CONTACTS) {
            match self.assignments(kind, batch, ids, ledger).await {
                Some(found) => rows.extend(found),
                None => {
                    for (place, _) in batch {
                        progress.trouble(*place, ledger.deferred());
                    }
                }
            }
        }
        for batch in rows.chunks(MAX_REMOVALS) {
            self.remove_batch(batch, ledger, progress).await;
        }
    }

    /// The rows that put the tags on that are to be taken off, each with the place of its contact.
    async fn assignments(
        &self,
        kind: AssignmentKind,
        batch: &[(usize, &Written)],
        ids: &TagIds,
        ledger: &mut Ledger,
    ) -> Option<Vec<(usize, AssignmentRow)>> {
        let tags: BTreeSet<&Tag> = batch.iter().flat_map(|(_, contact)| &contact.remove).collect();
        let tag_ids: Vec<&str> = tags.into_iter().filter_map(|tag| ids.id(tag)).collect();
        let mut by_column: BTreeMap<&'static str, Vec<&(usize, &Written)>> = BTreeMap::new();
        for entry in batch {
            by_column.entry(kind.contact_column(&entry.1.id)).or_default().push(entry);
        }
        let mut found = Vec::new();
        for (column, contacts) in by_column {
            let contact_ids: Vec<&str> = contacts.iter().map(|(_, contact)| contact.id.as_str()).collect();
            let (tag_column, object) = (kind.tag_column(), kind.object());
            let select = format!(
                "SELECT Id, {column}, {tag_column} FROM {object} WHERE {tag_column} IN {} AND {column} IN ",
                soql::list(&tag_ids)
            );
            let most = (LOOKUP_ROWS / tag_ids.len().max(1)).clamp(1, LOOKUP_CONTACTS);
            for group in soql::groups(&contact_ids, &select, most) {
                if !ledger.may_call() {
                    return None;
                }
                let rows = match self.query(&format!("{select}{}", soql::list(&group))).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        ledger.halt(error.into());
                        return None;
                    }
                };
                for row in &rows {
                    let of = |(_, contact): &&&(usize, &Written)| {
                        wire::text(row, column) == Some(contact.id.as_str())
                            && contact.remove.iter().any(|tag| ids.id(tag) == wire::text(row, tag_column))
                    };
                    let Some((place, _)) = contacts.iter().find(of) else { continue };
                    let assignment = wire::text(row, "Id").and_then(|id| AssignmentRow::new(kind, id));
                    found.extend(assignment.map(|row| (*place, row)));
                }
            }
        }
        Some(found)
    }

    async fn remove_batch(
        &self,
        batch: &[(usize, AssignmentRow)],
        ledger: &mut Ledger,
        progress: &mut Progress,
    ) {
        let all = |outcome: Outcome, progress: &mut Progress| {
            batch.iter().for_each(|(place, _)| progress.trouble(*place, outcome.clone()));
        };
        if !ledger.may_call() {
            return all(ledger.deferred(), progress);
        }
        let rows: Vec<AssignmentRow> = batch.iter().map(|(_, row)| row.clone()).collect();
        let answer = match self.call(remove(&rows)).await {
            Ok(answer) => answer.json::<RemovalAnswer>(),
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if answer.results.len() == batch.len() => {
                for ((place, _), result) in batch.iter().zip(answer.results) {
                    progress.removed(*place, &result, ledger);
                }
            }
            Ok(_) => all(Outcome::Unknown, progress),
            Err(error) => match self.trouble(error) {
                Trouble::Refused { errors, .. } => {
                    all(Outcome::Rejected(refused("taken off", &errors)), progress);
                }
                Trouble::NotWritten(halt) => {
                    ledger.halt(halt);
                    all(ledger.deferred(), progress);
                }
                Trouble::InDoubt(halt) => {
                    ledger.halt(halt);
                    all(Outcome::Unknown, progress);
                }
            },
        }
    }
}

impl Progress {
    fn trouble(&mut self, place: usize, outcome: Outcome) {
        self.troubles.entry(place).or_insert(outcome);
    }

    fn removed(&mut self, place: usize, result: &RemovalResult, ledger: &Ledger) {
        if (200..300).contains(&result.status_code) {
            self.changed.insert(place);
            return;
        }
        let errors = Fault::parse(result.status_code, &result.result).errors;
        match meaning_of(&errors) {
            // Somebody else took it off.
            Meaning::Stale => {}
            Meaning::Locked => self.trouble(place, Outcome::Deferred(super::super::LOCKED.to_owned())),
            Meaning::Halted => self.trouble(place, ledger.deferred()),
            Meaning::InDoubt => self.trouble(place, Outcome::Unknown),
            Meaning::Duplicate | Meaning::Refused => {
                self.trouble(place, Outcome::Rejected(refused("taken off", &errors)));
            }
        }
    }

    /// Settles a contact whose tags are not as they shall be; the others come back, to be read.
    fn settle(&mut self, place: usize, contact: Written, ledger: &mut Ledger) -> Option<Written> {
        let Some(trouble) = self.troubles.remove(&place) else {
            return Some(Written { record: None, ..contact });
        };
        let in_part = contact.so_far == SoFar::Fields || self.changed.contains(&place);
        match trouble {
            // It is there, and must be known as such, whatever became of its tags: what it lacks is seen when it
            // is read back.
            _ if contact.so_far == SoFar::Created => return Some(Written { record: None, ..contact }),
            // A part of it was written: what is left has to be planned anew, on what is there now.
            Outcome::Rejected(_) | Outcome::Deferred(_) if in_part => {
                ledger.settle(contact.key, Outcome::Stale);
            }
            outcome => ledger.settle(contact.key, outcome),
        }
        None
    }
}

fn refused(what: &str, errors: &[FaultError]) -> Rejection {
    let code = errors.first().map_or("no code", |error| error.code.as_str());
    Rejection {
        field: None,
        reason: format!("Salesforce does not let the tag be {what} ({code})"),
        hint: None,
    }
}
