//! Writing: creates, fields, tags, and what the server then holds.
//!
//! The order within a call is: tags that are missing, creates, fields, tags of contacts, reading back. What a
//! failing call leaves open is said op by op: refused, deferred (certainly not sent or not processed), unknown
//! (perhaps applied). Once a call failed for a reason that is not its contacts', nothing else is written.
//!
//! Nothing here can delete a contact, merge two, convert a lead, take back an opt-out, or save a duplicate that a
//! rule of the organisation refuses: there is no code for it.

mod address;
mod bulk;
mod collections;
mod composite;
mod create;
mod forecast;
mod job;
mod payload;
mod prepare;
mod readback;
mod refusal;
mod tags;
mod trouble;
mod update;
mod value;

use super::{Salesforce, protocol};
use crate::contract::Result;
use std::collections::BTreeSet;
use syntony_core::ids::{FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::value::Value;

pub(super) use bulk::Writer;
pub(super) use forecast::forecast;
pub(super) use value::OPTION_SEPARATOR;

use crate::ledger::Ledger;
use job::{Update, Written};
use tags::TagIds;

/// Says that no assignment rule may give the record to somebody else, and mail them about it
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_autoassign.htm>).
const AUTO_ASSIGN: (&str, &str) = ("Sforce-Auto-Assign", "FALSE");
/// Says that what a sync touches is not what its user looked at last.
const MRU: (&str, &str) = ("Sforce-Mru", "updateMru=false");
/// Why a record that was locked every time is put off.
const LOCKED: &str = "somebody else has kept the record locked";

/// The value as Salesforce would hold it after a write, as far as its documents say.
pub(super) fn normalise(_field: &FieldName, value: &Value) -> Value {
    value::held(value)
}

/// The most calls that one batch of ops may take: five thousand guarded updates take some two hundred, locked
/// rows and tags as many again.
const MAX_CALLS_PER_WRITE: usize = 1_000;

impl Salesforce {
    /// Writes all ops, each once.
    pub(super) async fn write_ops(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let _turn = self.turn.acquire().await.map_err(|_| protocol("the connector was shut down"))?;
        let mut ledger = Ledger::new(MAX_CALLS_PER_WRITE);
        let describe = match self.describe().await {
            Ok(describe) => describe,
            Err(error) => {
                ledger.halt(error.into());
                ops.into_iter().for_each(|(key, _)| ledger.defer(key));
                return ledger.close();
            }
        };
        let mut work = self.sort_ops(&describe, ops, &mut ledger);
        let tags = self.tags_of(&work.creates, &work.updates, &mut ledger).await;
        work.creates = refuse_untaggable(work.creates, &tags, &mut ledger);
        let mut written = self.create_unless_jobs_are_open(work.creates, &mut ledger).await;
        for (object, updates) in work.updates {
            written.extend(self.update_all(&describe, object, updates, &mut ledger).await);
        }
        self.tag_and_settle(written, &tags, &mut ledger).await;
        ledger.close()
    }

    /// Makes the contacts, unless a bulk job that nobody waited for may be making them.
    async fn create_unless_jobs_are_open(
        &self,
        creates: Vec<job::NewContact>,
        ledger: &mut Ledger,
    ) -> Vec<Written> {
        if creates.is_empty() {
            return Vec::new();
        }
        let Some(halt) = self.earlier_jobs().await else { return self.create_all(creates, ledger).await };
        let reason = halt.reason();
        for contact in creates {
            ledger.settle(contact.key, Outcome::Deferred(reason.clone()));
        }
        Vec::new()
    }

    /// What is known of the tags that these ops put on or take off, where tags are rows of their own.
    async fn tags_of(
        &self,
        creates: &[job::NewContact],
        updates: &prepare::ByObject<Update>,
        ledger: &mut Ledger,
    ) -> TagIds {
        let Some(kind) = self.tags.assignments() else { return TagIds::default() };
        let updates = || updates.values().flatten();
        let created = creates.iter().flat_map(|contact| &contact.tags);
        let on: BTreeSet<_> = created.chain(updates().flat_map(|update| &update.add)).cloned().collect();
        let off: BTreeSet<_> = updates().flat_map(|update| &update.remove).cloned().collect();
        self.tag_ids(kind, &on, &off, ledger).await
    }

    /// Puts the tags on and takes them off, and says of all these contacts what the server holds.
    async fn tag_and_settle(&self, written: Vec<Written>, tags: &TagIds, ledger: &mut Ledger) {
        let (tagged, mut done): (Vec<_>, Vec<_>) = written.into_iter().partition(Written::has_tags);
        if let Some(kind) = self.tags.assignments() {
            done.extend(self.tag_all(kind, tagged, tags, ledger).await);
        } else {
            done.extend(tagged);
        }
        self.settle_written(done, ledger).await;
    }
}

/// A contact that cannot get one of its tags is not created: it would be there without it for good.
fn refuse_untaggable(
    creates: Vec<job::NewContact>,
    tags: &TagIds,
    ledger: &mut Ledger,
) -> Vec<job::NewContact> {
    let mut able = Vec::new();
    for contact in creates {
        match tags.trouble(&contact.tags) {
            Some(trouble) => ledger.settle(contact.key, trouble.clone()),
            None => able.push(contact),
        }
    }
    able
}
