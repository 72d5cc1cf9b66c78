//! People by id and by e-mail address, and what a row says of somebody.

use crate::contract::{Change, Fetched, Found, Observation, Result};
use crate::salesforce::api::{Ask, MAX_READS_PER_CALL, Rows};
use crate::salesforce::config::MAX_PAGE_CONTACTS;
use crate::salesforce::wire::describe::Describe;
use crate::salesforce::wire::object::SObject;
use crate::salesforce::wire::record::{Standing, record, standing};
use crate::salesforce::wire::view::View;
use crate::salesforce::wire::{Row, soql, text};
use crate::salesforce::{FETCH_BATCH_CONTACTS, Salesforce, protocol};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syntony_core::ids::ContactId;
use syntony_core::record::Evidence;

/// The most calls of one look-up.
const MAX_CALLS: usize = 200;
/// That a contact was a lead once.
pub(super) const OF_A_LEAD: &str = "Id IN (SELECT ConvertedContactId FROM Lead WHERE IsConverted = true)";

/// Which contacts are read where a lead app asks for contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those that were asked for.
    Anybodys,
    /// Those of them that were leads: all others are none of this app's.
    TheApps,
}

/// What a row says of somebody.
#[derive(Clone, Debug)]
pub(super) enum Sight {
    /// It is about this id.
    Here(Observation),
    /// It goes on as this contact.
    GoesOnAs(ContactId),
}

/// Rows that are to be read whole, page by page.
struct Query {
    object: SObject,
    /// Whether deleted rows count.
    all: bool,
    condition: String,
    after: Option<String>,
}

impl Query {
    fn ask(&self, view: &View) -> Ask {
        let after = self.after.as_deref().map(|id| format!(" AND Id > {}", soql::quote(id)));
        let text = format!(
            "SELECT {} FROM {} WHERE {}{} ORDER BY Id ASC LIMIT {MAX_PAGE_CONTACTS}",
            view.select(),
            self.object.name(),
            self.condition,
            after.unwrap_or_default(),
        );
        if self.all { Ask::QueryAll(text) } else { Ask::Query(text) }
    }

    /// The query for what comes after these rows, if there is more.
    fn rest(self, rows: &Rows) -> Result<Option<Self>> {
        let full = rows.records.len() >= usize::from(MAX_PAGE_CONTACTS);
        match rows.records.last().map(row_id).transpose()? {
            _ if rows.done && !full => Ok(None),
            Some(last) if self.after.as_deref() != Some(last.as_str()) => {
                Ok(Some(Self { after: Some(last.as_str().to_owned()), ..self }))
            }
            Some(_) | None => Err(protocol("a query that is not done and does not go on")),
        }
    }
}

impl Salesforce {
    /// Contacts by id, one answer for each.
    pub(in crate::salesforce) async fn read_by_id(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.read_rows(ids).await?;
        let answer = |id: &ContactId| found.get(id).cloned().unwrap_or(Found::Unknown);
        Ok(ids.iter().map(|id| Fetched { asked: id.clone(), found: answer(id) }).collect())
    }

    /// The same, by the ids that were asked for; a converted lead is its contact. What was not found is not in it.
    pub(in crate::salesforce) async fn read_rows(
        &self,
        ids: &[ContactId],
    ) -> Result<BTreeMap<ContactId, Found>> {
        let describe = self.describe().await?;
        let asked: BTreeSet<ContactId> = ids.iter().cloned().collect();
        let seen = self.people(&describe, &asked, Whose::Anybodys).await?;
        Ok(asked.into_iter().filter_map(|id| Some((id.clone(), found(&id, &seen)?))).collect())
    }

    /// What is there of these ids, and of the contacts that leads among them go on as.
    pub(super) async fn people(
        &self,
        describe: &Describe,
        ids: &BTreeSet<ContactId>,
        whose: Whose,
    ) -> Result<BTreeMap<ContactId, Sight>> {
        let mut seen = self.people_of(describe, ids, whose).await?;
        let further: BTreeSet<ContactId> = seen
            .values()
            .filter_map(|sight| match sight {
                Sight::GoesOnAs(contact) if !seen.contains_key(contact) => Some(contact.clone()),
                Sight::GoesOnAs(_) | Sight::Here(_) => None,
            })
            .collect();
        // Of a lead, so the app's in any case; and a contact goes on as nobody.
        seen.extend(self.people_of(describe, &further, Whose::Anybodys).await?);
        Ok(seen)
    }

    async fn people_of(
        &self,
        describe: &Describe,
        ids: &BTreeSet<ContactId>,
        whose: Whose,
    ) -> Result<BTreeMap<ContactId, Sight>> {
        let mut queries = VecDeque::new();
        for object in self.config.object.family() {
            let Some(view) = self.view(describe, *object) else { continue };
            let own: Vec<&str> =
                ids.iter().filter(|id| SObject::of(id) == Some(*object)).map(ContactId::as_str).collect();
            let only = match whose {
                Whose::TheApps if *object != self.config.object => format!(" AND {OF_A_LEAD}"),
                Whose::TheApps | Whose::Anybodys => String::new(),
            };
            for group in soql::groups(&own, view.select(), FETCH_BATCH_CONTACTS) {
                let condition = format!("Id IN {}{only}", soql::list(group));
                queries.push_back(Query { object: *object, all: true, condition, after: None });
            }
        }
        self.drain(describe, queries).await
    }

    /// Contacts that hold one of these addresses.
    pub(in crate::salesforce) async fn search(&self, addresses: &[String]) -> Result<Vec<Change>> {
        let distinct: BTreeSet<&str> = addresses.iter().map(|address| address.trim()).collect();
        let distinct: Vec<&str> = distinct.into_iter().filter(|address| !address.is_empty()).collect();
        if distinct.is_empty() {
            return Ok(Vec::new());
        }
        let describe = self.describe().await?;
        let mut queries = VecDeque::new();
        for object in self.config.object.family() {
            let Some(view) = self.view(&describe, *object) else { continue };
            // Without the field nobody can be found by it; a query with its name would be refused.
            if describe.shape(*object).is_none_or(|shape| shape.field("Email").is_none()) {
                continue;
            }
            let only = match (self.config.object, object) {
                (SObject::Lead, SObject::Lead) => " AND IsConverted = false".to_owned(),
                (SObject::Lead, SObject::Contact) => format!(" AND {OF_A_LEAD}"),
                (SObject::Contact, _) => String::new(),
            };
            for group in soql::groups(&distinct, view.select(), distinct.len()) {
                let condition = format!("Email IN {}{only}", soql::list(group));
                queries.push_back(Query { object: *object, all: false, condition, after: None });
            }
        }
        let seen = self.drain(&describe, queries).await?;
        Ok(seen.into_iter().filter_map(|(id, sight)| change(id, Vec::new(), sight)).collect())
    }

    /// Runs the queries to their ends, as many in one call as go into one.
    async fn drain(
        &self,
        describe: &Describe,
        mut queries: VecDeque<Query>,
    ) -> Result<BTreeMap<ContactId, Sight>> {
        let mut seen = BTreeMap::new();
        for _ in 0..MAX_CALLS {
            let batch: Vec<Query> = queries.drain(..queries.len().min(MAX_READS_PER_CALL)).collect();
            if batch.is_empty() {
                return Ok(seen);
            }
            let views: Vec<View> =
                batch.iter().filter_map(|query| self.view(describe, query.object)).collect();
            let asks: Vec<Ask> = batch.iter().zip(&views).map(|(query, view)| query.ask(view)).collect();
            let answers = self.ask(&asks).await?;
            for ((query, view), part) in batch.into_iter().zip(&views).zip(answers.parts) {
                let rows = part.rows().map_err(|miss| self.explain_miss(miss))?;
                for row in &rows.records {
                    seen.insert(row_id(row)?, sight(row, view));
                }
                queries.extend(query.rest(&rows)?);
            }
        }
        Err(protocol("a look-up of more calls than one look-up takes"))
    }
}

/// What came for an id.
fn found(id: &ContactId, seen: &BTreeMap<ContactId, Sight>) -> Option<Found> {
    let (id, observation) = match seen.get(id)? {
        Sight::Here(observation) => (id, observation),
        Sight::GoesOnAs(contact) => match seen.get(contact)? {
            Sight::Here(observation) => (contact, observation),
            Sight::GoesOnAs(_) => return None,
        },
    };
    match observation {
        Observation::Live(record) => Some(Found::Live { id: id.clone(), record: record.clone() }),
        Observation::Gone(Evidence::MergedInto(survivor)) => Some(Found::MergedInto(survivor.clone())),
        Observation::Gone(Evidence::Tombstone | Evidence::AbsentAndReadGone) => Some(Found::Gone),
        Observation::Unknown | Observation::Unreadable(_) => None,
    }
}

/// The id of a row. Without one the page cannot be used: somebody would be missing from it.
pub(super) fn row_id(row: &Row) -> Result<ContactId> {
    text(row, "Id").map(ContactId::from).ok_or(protocol("a row without an id"))
}

/// What a row says of somebody.
pub(super) fn sight(row: &Row, view: &View) -> Sight {
    Sight::Here(match standing(row) {
        Standing::Live => match record(row, view) {
            Ok(record) => Observation::Live(Box::new(record)),
            Err(reason) => Observation::Unreadable(reason.to_owned()),
        },
        Standing::Deleted => Observation::Gone(Evidence::Tombstone),
        Standing::MergedInto(survivor) => Observation::Gone(Evidence::MergedInto(survivor)),
        Standing::ConvertedTo(contact) => return Sight::GoesOnAs(contact),
        Standing::ConvertedUnseen => Observation::Unknown,
    })
}

/// What was seen, as a change; `None` for somebody who is reported as somebody else.
pub(super) fn change(id: ContactId, previous_ids: Vec<ContactId>, sight: Sight) -> Option<Change> {
    match sight {
        Sight::Here(what) => Some(Change { id, previous_ids, what }),
        Sight::GoesOnAs(_) => None,
    }
}

impl Salesforce {
    /// The changes that were seen: everybody under the id they have now, with the leads that they were.
    pub(super) async fn tell(
        &self,
        describe: &Describe,
        mut seen: BTreeMap<ContactId, Sight>,
        tagged: BTreeSet<ContactId>,
    ) -> Result<Vec<Change>> {
        let missing: BTreeSet<ContactId> = tagged.into_iter().filter(|id| !seen.contains_key(id)).collect();
        seen.extend(self.people(describe, &missing, Whose::TheApps).await?);
        let mut were: BTreeMap<ContactId, Vec<ContactId>> = BTreeMap::new();
        for (id, sight) in &seen {
            if let Sight::GoesOnAs(contact) = sight {
                were.entry(contact.clone()).or_default().push(id.clone());
            }
        }
        let further: BTreeSet<ContactId> =
            were.keys().filter(|id| !seen.contains_key(*id)).cloned().collect();
        seen.extend(self.people(describe, &further, Whose::Anybodys).await?);
        for contact in were.keys() {
            // The lead is over and its contact is not ours to see: nothing can be said of either.
            seen.entry(contact.clone()).or_insert(Sight::Here(Observation::Unknown));
        }
        Ok(seen
            .into_iter()
            .filter_map(|(id, sight)| {
                let leads = were.remove(&id).unwrap_or_default();
                change(id, leads, sight)
            })
            .collect())
    }
}
