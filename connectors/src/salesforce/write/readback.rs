//! What the server holds after a write.

use super::super::api::Ask;
use super::super::wire::describe::Describe;
use super::super::wire::object::SObject;
use super::super::wire::record::{Standing, record, standing};
use super::super::wire::{self, API_PATH, Row, soql};
use super::super::{FETCH_BATCH_CONTACTS, Salesforce, protocol};
use super::job::{SoFar, Written};
use crate::contract::{Found, Result};
use crate::ledger::Ledger;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use syntony_core::ids::ContactId;
use syntony_core::op::Outcome;
use syntony_core::record::Record;

#[derive(Deserialize)]
struct RowsAnswer {
    records: Vec<Row>,
}

impl Salesforce {
    /// The rows of a query that has few: one that has more than a page is an error.
    pub(super) async fn query(&self, soql: &str) -> Result<Vec<Row>> {
        let mut answers = self.ask(&[Ask::Query(soql.to_owned())]).await?;
        let part = answers.parts.pop().ok_or_else(|| protocol("a query without an answer"))?;
        let rows = part.rows().map_err(|miss| self.explain_miss(miss))?;
        if !rows.done {
            return Err(protocol("a query with more rows than it can have"));
        }
        Ok(rows.records)
    }

    /// Where contacts can be read, as a part of another call; `None` if this user may not see such rows.
    pub(super) fn read_url(&self, describe: &Describe, object: SObject, ids: &[ContactId]) -> Option<String> {
        let view = self.view(describe, object)?;
        let soql = format!("SELECT {} FROM {} WHERE Id IN {}", view.select(), object.name(), soql::list(ids));
        let encoded: String = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect();
        Some(format!("{API_PATH}/query?q={encoded}"))
    }

    /// The contacts in the answer to such a read; none in what is no such answer.
    pub(super) fn records_in(
        &self,
        describe: &Describe,
        object: SObject,
        body: &Json,
    ) -> BTreeMap<ContactId, Box<Record>> {
        let Some(view) = self.view(describe, object) else { return BTreeMap::new() };
        let rows = RowsAnswer::deserialize(body).map(|answer| answer.records).unwrap_or_default();
        rows.iter()
            .filter(|row| standing(row) == Standing::Live)
            .filter_map(|row| {
                Some((ContactId::from(wire::text(row, "Id")?), Box::new(record(row, &view).ok()?)))
            })
            .collect()
    }

    /// What each contact is now, by the id that was asked for; `None` when that cannot be told, and then nothing
    /// else is written.
    pub(super) async fn reread(
        &self,
        ids: &[ContactId],
        ledger: &mut Ledger,
    ) -> Option<BTreeMap<ContactId, Found>> {
        let mut now = BTreeMap::new();
        for batch in ids.chunks(FETCH_BATCH_CONTACTS) {
            if !ledger.may_call() {
                return None;
            }
            match self.read_by_id(batch).await {
                Ok(fetched) => now.extend(fetched.into_iter().map(|fetched| (fetched.asked, fetched.found))),
                Err(error) => {
                    ledger.halt(error.into());
                    return None;
                }
            }
        }
        Some(now)
    }

    /// Settles contacts that are as they shall be, reading those back that no answer has shown yet.
    pub(super) async fn settle_written(&self, written: Vec<Written>, ledger: &mut Ledger) {
        let mut unseen = Vec::new();
        for contact in written {
            match contact.record {
                Some(record) => {
                    ledger.settle(contact.key, Outcome::Applied { id: contact.id, record });
                }
                None => unseen.push(contact),
            }
        }
        let ids: Vec<ContactId> = unseen.iter().map(|contact| contact.id.clone()).collect();
        let mut now = BTreeMap::new();
        // Read back even when nothing else may be written: these are, and somebody must say how they are.
        for batch in ids.chunks(FETCH_BATCH_CONTACTS) {
            let Ok(fetched) = self.read_by_id(batch).await else { break };
            now.extend(fetched.into_iter().map(|fetched| (fetched.asked, fetched.found)));
        }
        for contact in unseen {
            let outcome = match (now.remove(&contact.id), contact.so_far) {
                (Some(Found::Live { id, record }), _) => Outcome::Applied { id, record },
                (Some(Found::Gone | Found::MergedInto(_)), _) => Outcome::Stale,
                (Some(Found::Unknown), SoFar::Nothing) => Outcome::Stale,
                (Some(Found::Unknown), SoFar::Created | SoFar::Fields) | (None, _) => Outcome::Unknown,
            };
            ledger.settle(contact.key, outcome);
        }
    }
}
