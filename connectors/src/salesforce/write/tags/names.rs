//! Which row a tag's name stands for.

use super::super::super::Salesforce;
use super::super::super::wire::fault::FaultError;
use super::super::super::wire::removal::AssignmentKind;
use super::super::super::wire::{self, soql};
use super::super::collections::{Call, RowOutcome};
use super::Names;
use crate::ledger::Ledger;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::Tag;
use syntony_core::op::{Outcome, Rejection};

/// The most names in one look-up.
const LOOKUP_TAGS: usize = 50;

/// What is known of the tags that a write is about.
#[derive(Default)]
pub(in crate::salesforce::write) struct TagIds {
    ids: BTreeMap<Tag, String>,
    /// Tags that cannot be had, and what that means for a contact that is to get one.
    troubles: BTreeMap<Tag, Outcome>,
}

impl TagIds {
    /// The id of a tag that is there.
    pub(in crate::salesforce::write) fn id(&self, tag: &Tag) -> Option<&str> {
        self.ids.get(tag).map(String::as_str)
    }

    /// What keeps a contact from getting one of these tags.
    pub(in crate::salesforce::write) fn trouble(&self, tags: &BTreeSet<Tag>) -> Option<&Outcome> {
        tags.iter().find_map(|tag| self.troubles.get(tag))
    }
}

impl Salesforce {
    /// Looks up the tags in `on` and `off`, and makes those in `on` that are not there.
    pub(in crate::salesforce::write) async fn tag_ids(
        &self,
        kind: AssignmentKind,
        on: &BTreeSet<Tag>,
        off: &BTreeSet<Tag>,
        ledger: &mut Ledger,
    ) -> TagIds {
        let mut known = TagIds::default();
        let all: BTreeSet<&Tag> = on.union(off).collect();
        if self.look_up_tags(kind, &all, &mut known, ledger).await {
            let missing: Vec<&Tag> = on.iter().filter(|tag| known.id(tag).is_none()).collect();
            self.make_tags(kind, &missing, &mut known, ledger).await;
        }
        known
    }

    /// Whether it could be told which of the tags are there.
    async fn look_up_tags(
        &self,
        kind: AssignmentKind,
        tags: &BTreeSet<&Tag>,
        known: &mut TagIds,
        ledger: &mut Ledger,
    ) -> bool {
        let names: Vec<&str> = tags.iter().map(|tag| tag.as_str()).collect();
        let select = format!("SELECT Id, Name FROM {} WHERE Name IN ", kind.tag_object());
        // Campaigns may share a name: the oldest is meant, today and tomorrow.
        let order = " ORDER BY CreatedDate, Id";
        for group in soql::groups(&names, &format!("{select}{order}"), LOOKUP_TAGS) {
            if !ledger.may_call() {
                return false;
            }
            let rows = match self.query(&format!("{select}{}{order}", soql::list(&group))).await {
                Ok(rows) => rows,
                Err(error) => {
                    ledger.halt(error.into());
                    return false;
                }
            };
            for name in group {
                // Salesforce compares names without case; ours is meant first.
                let found = |same: fn(&str, &str) -> bool| {
                    let named = |row: &&wire::Row| wire::text(row, "Name").is_some_and(|it| same(it, name));
                    rows.iter().find(named).and_then(|row| wire::text(row, "Id"))
                };
                let id = found(|a, b| a == b).or_else(|| found(|a, b| a.to_lowercase() == b.to_lowercase()));
                if let Some(id) = id {
                    known.ids.insert(Tag::from(name), id.to_owned());
                }
            }
        }
        true
    }

    async fn make_tags(
        &self,
        kind: AssignmentKind,
        missing: &[&Tag],
        known: &mut TagIds,
        ledger: &mut Ledger,
    ) {
        if missing.is_empty() {
            return;
        }
        let (rows, call): (Vec<Json>, _) = match kind {
            // The name of a topic is unique, so the second of two equal ones is refused.
            AssignmentKind::Topic => (missing.iter().map(|tag| topic(tag)).collect(), Call::CreateOnce),
            AssignmentKind::Campaign => (missing.iter().map(|tag| campaign(tag)).collect(), Call::Create),
        };
        let outcomes = self.send_rows(call, &rows, ledger).await;
        for (tag, outcome) in missing.iter().zip(outcomes) {
            let trouble = match outcome {
                RowOutcome::Written(id) => {
                    known.ids.insert((*tag).clone(), id);
                    continue;
                }
                RowOutcome::Refused(errors) => Outcome::Rejected(refused(kind, &errors)),
                RowOutcome::NotSent => ledger.deferred(),
                // Nobody gets it now; the next time it is looked up.
                RowOutcome::Locked | RowOutcome::InDoubt => {
                    Outcome::Deferred("the tag may have been made, and has to be looked up again".to_owned())
                }
            };
            known.troubles.insert((*tag).clone(), trouble);
        }
    }
}

fn topic(tag: &Tag) -> Json {
    json!({ "attributes": { "type": "Topic" }, "Name": tag.as_str() })
}

/// A campaign that is not active is hidden from most of the places where people choose one.
fn campaign(tag: &Tag) -> Json {
    json!({ "attributes": { "type": "Campaign" }, "Name": tag.as_str(), "IsActive": true })
}

/// Why a tag cannot be made.
fn refused(kind: AssignmentKind, errors: &[FaultError]) -> Rejection {
    let code = errors.first().map_or("no code", |error| error.code.as_str());
    let hint = match kind {
        AssignmentKind::Topic => {
            "switch topics on for the object, let the user of the credentials create topics, or make the topic in \
             Salesforce"
        }
        AssignmentKind::Campaign => {
            "make the user of the credentials a marketing user, or make the campaign in Salesforce"
        }
    };
    Rejection {
        field: None,
        reason: format!("Salesforce does not make the {} ({code})", kind.tag_object().to_lowercase()),
        hint: Some(hint.to_owned()),
    }
}
