//! Connectors with one defect each: the mistakes that the contract is about.

use crate::contract::{
    Capabilities, Change, Connector, Coverage, Fetched, Found, From, Health, Next, Observation, Page, Result,
    WriteCounts,
};
use crate::error::ConnectorError;
use crate::memory::{App, MemoryConnector};
use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering};
use syntony_core::ids::{ContactId, Cursor, FieldName, OpKey};
use syntony_core::op::{Mailing, Outcome, Rejection, Write};
use syntony_core::record::{Evidence, Record};
use syntony_core::schema::Schema;
use syntony_core::value::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    DropsItems,
    ClaimsTooMuch,
    FeedListsAll,
    FeedIsEmpty,
    ExpiredIsEmpty,
    InventsDeletions,
    HidesDeletions,
    HidesMerges,
    SkipsAnswers,
    ReadsUpperCase,
    OmitsEmptyFields,
    ReadsAllAsGone,
    InventsFields,
    FindsNobody,
    FindsTheDead,
    RenamesTheAccount,
    LosesMarkers,
    LosesTags,
    PromisesLongTags,
    RepeatsCreates,
    ClearsOtherFields,
    ClaimsClears,
    IgnoresVersions,
    CreatesInsteadOfUpdating,
    EchoesTheOp,
    FailsWholeBatches,
    LosesOutcomes,
    NormalisesEndlessly,
    TakesNothing,
    TakesHalfBatches,
    CallsForNothing,
    CountsNoCalls,
    ForecastsWildly,
}

use Defect::*;

/// Each defect, and the checks that have to find it.
pub(super) const DEFECTS: &[(Defect, &[&str])] = &[
    (DropsItems, &["a_listing_names_every_contact"]),
    (ClaimsTooMuch, &["a_listing_ends"]),
    (FeedListsAll, &["a_cursor_covers_what_came_before_it"]),
    (FeedIsEmpty, &["what_comes_after_a_cursor_is_not_missed", "a_restored_contact_comes_back_under_its_id"]),
    (ExpiredIsEmpty, &["an_expired_cursor_is_an_error", "a_foreign_cursor_is_an_error"]),
    (InventsDeletions, &["a_listing_reports_no_living_contact_gone"]),
    (HidesDeletions, &["a_deletion_is_reported_by_tombstone_alone"]),
    (HidesMerges, &["a_merged_contact_leads_to_its_survivor"]),
    (SkipsAnswers, &["every_id_is_answered"]),
    (ReadsUpperCase, &["a_read_shows_what_people_wrote", "the_outcome_is_what_the_server_holds"]),
    (OmitsEmptyFields, &["what_is_empty_is_observed_as_empty"]),
    (ReadsAllAsGone, &["a_living_contact_is_never_read_as_gone"]),
    (InventsFields, &["records_hold_what_the_schema_says"]),
    (FindsNobody, &["an_address_finds_its_contacts", "a_create_is_found_again"]),
    (FindsTheDead, &["an_address_nobody_has_finds_nobody"]),
    (RenamesTheAccount, &["the_account_is_named_and_stays"]),
    (LosesMarkers, &["a_create_is_found_again"]),
    (LosesTags, &["a_create_carries_its_tags", "a_tag_goes_on_and_off_and_twice_is_once"]),
    (PromisesLongTags, &["a_tag_is_taken_as_its_limits_say"]),
    (RepeatsCreates, &["an_unknown_create_is_not_repeated"]),
    (ClearsOtherFields, &["an_update_leaves_other_fields_alone"]),
    (ClaimsClears, &["a_clear_works_or_is_refused"]),
    (IgnoresVersions, &["an_outdated_write_is_stale"]),
    (CreatesInsteadOfUpdating, &["a_write_to_no_contact_creates_none"]),
    (EchoesTheOp, &["the_outcome_is_what_the_server_holds"]),
    (FailsWholeBatches, &["a_refused_op_leaves_the_others"]),
    (LosesOutcomes, &["every_op_has_one_outcome"]),
    (NormalisesEndlessly, &["normalising_twice_is_normalising_once"]),
    (TakesNothing, &["every_limit_is_at_least_one"]),
    (TakesHalfBatches, &["full_batches_are_taken"]),
    (CallsForNothing, &["an_empty_call_is_no_call"]),
    (CountsNoCalls, &["calls_are_counted"]),
    (ForecastsWildly, &["the_forecast_is_near"]),
];

/// Longer than any vendor takes.
const PROMISED_TAG_CHARS: usize = 1_000;

pub(super) struct Broken {
    inner: MemoryConnector,
    capabilities: Capabilities,
    defect: Defect,
    extra: AtomicU64,
}

impl Broken {
    pub(super) fn new(app: &App, defect: Defect) -> Self {
        let inner = app.connector();
        let mut capabilities = inner.capabilities().clone();
        if defect == TakesNothing {
            capabilities.find_batch_addresses = 0;
        }
        if defect == PromisesLongTags {
            capabilities.tags = capabilities.tags.map(|limits| limits.max_chars(PROMISED_TAG_CHARS));
        }
        Self { inner, capabilities, defect, extra: AtomicU64::new(0) }
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn next(&self) -> u64 {
        self.extra.fetch_add(1, Ordering::Relaxed)
    }

    fn spoil_change(&self, change: Change) -> Option<Change> {
        match &change.what {
            Observation::Gone(Evidence::Tombstone) if self.is(HidesDeletions) => None,
            Observation::Gone(Evidence::MergedInto(_)) if self.is(HidesMerges) => None,
            _ if self.is(HidesMerges) => Some(Change { previous_ids: Vec::new(), ..change }),
            Observation::Live(_) if self.is(InventsDeletions) => {
                Some(Change::gone(change.id, Evidence::Tombstone))
            }
            _ => Some(change),
        }
    }

    fn spoil_record(&self, record: &mut Record) {
        if self.is(ReadsUpperCase) {
            for value in record.fields.values_mut() {
                if let Value::Text(text) = value {
                    *text = text.to_uppercase();
                }
            }
        }
        if self.is(OmitsEmptyFields) {
            record.fields.retain(|_, value| !value.is_empty());
        }
        if self.is(InventsFields) {
            record.fields.insert("shoe size".into(), Value::text("42"));
        }
        if self.is(LosesMarkers) {
            record.marker = None;
        }
    }

    async fn spoil_write(&self, write: &mut Write) {
        match write {
            Write::Create { tags, .. } => {
                if self.is(LosesTags) {
                    tags.clear();
                }
            }
            Write::Update { id, fields, add_tags, seen, .. } => {
                if self.is(LosesTags) {
                    add_tags.clear();
                }
                if self.is(ClearsOtherFields) {
                    fields.insert("given".into(), Value::Null);
                }
                if self.is(ClaimsClears) {
                    fields.retain(|_, value| !value.is_empty());
                }
                let now = self.inner.fetch(std::slice::from_ref(id)).await.ok().and_then(|mut all| all.pop());
                if let (true, Some(Found::Live { record, .. })) =
                    (self.is(IgnoresVersions), now.map(|n| n.found))
                {
                    *seen = record;
                }
            }
        }
    }

    async fn spoil_outcome(&self, asked: &Write, outcome: Outcome) -> Outcome {
        match (asked, outcome) {
            (Write::Create { .. }, Outcome::Unknown) if self.is(RepeatsCreates) => {
                let again = vec![(OpKey::from("again"), asked.clone())];
                self.inner.write(again).await.expect("an answer").remove(0).1
            }
            (Write::Update { fields, .. }, Outcome::Stale) if self.is(CreatesInsteadOfUpdating) => {
                let create =
                    Write::Create { fields: fields.clone(), tags: [].into(), mailing: Mailing::Allowed };
                self.inner.write(vec![(OpKey::from("new"), create)]).await.expect("an answer").remove(0).1
            }
            (_, Outcome::Applied { id, mut record }) => {
                if self.is(EchoesTheOp) {
                    record.fields = asked.fields().clone();
                }
                if self.is(ClaimsClears) {
                    record.fields.extend(asked.fields().clone());
                }
                Outcome::Applied { id, record }
            }
            (_, outcome) => outcome,
        }
    }
}

#[async_trait]
impl Connector for Broken {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Health> {
        let mut health = self.inner.check().await?;
        if self.is(RenamesTheAccount) {
            health.account = format!("account {}", self.next()).into();
        }
        Ok(health)
    }

    async fn schema(&self) -> Result<Schema> {
        self.inner.schema().await
    }

    async fn changes(&self, from: &From) -> Result<Page> {
        let is_feed = matches!(from, From::Cursor(_));
        let read = if is_feed && self.is(FeedListsAll) { From::Start } else { from.clone() };
        let mut page = match self.inner.changes(&read).await {
            Err(ConnectorError::CursorExpired) if self.is(ExpiredIsEmpty) => {
                let next = Next::End { cursor: Cursor::from("new"), coverage: Coverage::Changes };
                return Ok(Page { changes: Vec::new(), next });
            }
            answer => answer?,
        };
        page.changes = page.changes.into_iter().filter_map(|change| self.spoil_change(change)).collect();
        if self.is(DropsItems) {
            page.changes.pop();
        }
        if is_feed && self.is(FeedIsEmpty) {
            page.changes.clear();
        }
        if let (true, Next::End { coverage, .. }) = (self.is(ClaimsTooMuch), &mut page.next) {
            *coverage = Coverage::Everything;
        }
        Ok(page)
    }

    async fn fetch(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        if self.is(CallsForNothing) {
            self.next();
        }
        if self.is(TakesHalfBatches) && ids.len() * 2 > self.capabilities.fetch_batch_contacts {
            return Err(ConnectorError::Permanent { reason: "too many".to_owned() });
        }
        let mut answers = self.inner.fetch(ids).await?;
        if self.is(SkipsAnswers) && answers.len() > 1 {
            answers.pop();
        }
        for answer in &mut answers {
            match &mut answer.found {
                found @ Found::MergedInto(_) if self.is(HidesMerges) => *found = Found::Gone,
                found if self.is(ReadsAllAsGone) => *found = Found::Gone,
                Found::Live { record, .. } => self.spoil_record(record),
                Found::Gone | Found::MergedInto(_) | Found::Unknown => {}
            }
        }
        Ok(answers)
    }

    async fn find(&self, addresses: &[String]) -> Result<Vec<Change>> {
        match self.defect {
            FindsNobody => Ok(Vec::new()),
            FindsTheDead => Ok(vec![Change::gone("m-0", Evidence::Tombstone)]),
            _ => self.inner.find(addresses).await,
        }
    }

    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        let asked: Vec<Write> = ops.iter().map(|(_, write)| write.clone()).collect();
        let mut sent = ops;
        for (_, write) in &mut sent {
            self.spoil_write(write).await;
        }
        let mut outcomes = Vec::new();
        for ((key, outcome), asked) in self.inner.write(sent).await?.into_iter().zip(&asked) {
            outcomes.push((key, self.spoil_outcome(asked, outcome).await));
        }
        if self.is(FailsWholeBatches) && outcomes.iter().any(|(_, o)| matches!(o, Outcome::Rejected(_))) {
            for (_, outcome) in &mut outcomes {
                let reason = "the batch is refused".to_owned();
                *outcome = Outcome::Rejected(Rejection { field: None, reason, hint: None });
            }
        }
        if self.is(LosesOutcomes) {
            outcomes.retain(|(_, outcome)| matches!(outcome, Outcome::Applied { .. }));
        }
        Ok(outcomes)
    }

    fn normalise(&self, field: &FieldName, value: &Value) -> Value {
        match value {
            Value::Text(text) if self.is(NormalisesEndlessly) => Value::text(format!("{text}!")),
            _ => self.inner.normalise(field, value),
        }
    }

    fn forecast(&self, writes: &WriteCounts) -> u64 {
        self.inner.forecast(writes) * if self.is(ForecastsWildly) { 100 } else { 1 }
    }

    fn calls_made(&self) -> u64 {
        if self.is(CountsNoCalls) { 0 } else { self.inner.calls_made() + self.extra.load(Ordering::Relaxed) }
    }
}
