//! Rows by the two hundred: collections calls, where each row succeeds or fails by itself.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm>)
//!
//! The answer is in the order of the request and has one item for each row; one that has not says nothing of
//! any. A row that somebody else has locked was not written, and is sent again a few times after a pause.

use super::super::Salesforce;
use super::super::wire::API_PATH;
use super::super::wire::fault::{Fault, FaultError};
use super::refusal::{Meaning, is_limit, meaning_of};
use super::trouble::Trouble;
use super::{AUTO_ASSIGN, MRU};
use crate::http::{Repeat, Request};
use crate::ledger::{Halt, Ledger};
use backon::{BackoffBuilder, ExponentialBuilder};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// The most rows in one collections call.
pub(super) const COLLECTION_ROWS: usize = 200;
/// How often a row that is locked is sent, the first time included.
const MAX_LOCK_ATTEMPTS: usize = 4;
/// The longest pause before a locked row is sent again, in seconds.
const MAX_LOCK_PAUSE_SECONDS: u64 = 16;

/// What is done with the rows.
#[derive(Clone, Copy)]
pub(super) enum Call<'a> {
    /// They are new.
    Create,
    /// They are new, and twice is once: the org refuses the second.
    CreateOnce,
    /// They are there; each brings its id.
    Update,
    /// They are new unless a row with the same value of this field of this object is there.
    Upsert {
        /// The object.
        object: &'a str,
        /// The external-id field.
        field: &'a str,
    },
}

/// What a row came to.
pub(super) enum RowOutcome {
    /// It is written, and this is its id.
    Written(String),
    /// It is not, for these reasons.
    Refused(Vec<FaultError>),
    /// It was not sent, or certainly not processed. The ledger knows why.
    NotSent,
    /// It stayed locked.
    Locked,
    /// Nobody knows.
    InDoubt,
}

#[derive(Deserialize)]
struct RowAnswer {
    #[serde(default)]
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: Json,
}

impl Salesforce {
    /// Sends all rows, and says of each what it came to, in their order.
    pub(super) async fn send_rows(
        &self,
        call: Call<'_>,
        rows: &[Json],
        ledger: &mut Ledger,
    ) -> Vec<RowOutcome> {
        let mut outcomes: Vec<RowOutcome> = rows.iter().map(|_| RowOutcome::NotSent).collect();
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let mut pauses = self.lock_pauses();
        while !open.is_empty() {
            let mut locked = Vec::new();
            for batch in open.chunks(COLLECTION_ROWS) {
                self.send_halving(call, rows, batch, &mut outcomes, ledger).await;
            }
            for index in open {
                let is_locked = matches!(
                    outcomes.get(index),
                    Some(RowOutcome::Refused(errors)) if meaning_of(errors) == Meaning::Locked
                );
                if is_locked {
                    set(&mut outcomes, index, RowOutcome::Locked);
                    locked.push(index);
                }
            }
            let Some(pause) = pauses.next().filter(|_| !locked.is_empty()) else { break };
            tokio::time::sleep(pause).await;
            open = locked;
        }
        outcomes
    }

    /// Sends the rows with these indices. A call that is refused as a whole wrote nothing: its halves are sent
    /// until the row to blame stands alone.
    async fn send_halving(
        &self,
        call: Call<'_>,
        rows: &[Json],
        indices: &[usize],
        outcomes: &mut [RowOutcome],
        ledger: &mut Ledger,
    ) {
        let mut batches = vec![indices];
        while let Some(batch) = batches.pop() {
            if !ledger.may_call() {
                continue;
            }
            let records: Vec<&Json> = batch.iter().filter_map(|index| rows.get(*index)).collect();
            match self.send_collection(call, &records).await {
                Ok(answers) => {
                    for (index, answer) in batch.iter().zip(answers) {
                        set(outcomes, *index, answer.outcome());
                    }
                }
                Err(Trouble::Refused { http: 400, .. }) if batch.len() > 1 => {
                    let (left, right) = batch.split_at(batch.len() / 2);
                    batches.extend([right, left]);
                }
                Err(Trouble::Refused { errors, .. }) => {
                    for index in batch {
                        set(outcomes, *index, RowOutcome::Refused(errors.clone()));
                    }
                }
                Err(Trouble::NotWritten(halt)) => ledger.halt(halt),
                Err(Trouble::InDoubt(halt)) => {
                    ledger.halt(halt);
                    for index in batch {
                        set(outcomes, *index, RowOutcome::InDoubt);
                    }
                }
            }
        }
        let halted = batch_limit(outcomes, indices);
        if let Some(code) = halted {
            ledger.halt(Halt::later(format!("the app answers {code}")));
        }
    }

    async fn send_collection(&self, call: Call<'_>, records: &[&Json]) -> Result<Vec<RowAnswer>, Trouble> {
        let body = json!({ "allOrNone": false, "records": records });
        let request = call.request().header(AUTO_ASSIGN.0, AUTO_ASSIGN.1).header(MRU.0, MRU.1).json(&body);
        let answers = match self.call(request).await {
            Ok(answer) => answer.json::<Vec<RowAnswer>>(),
            Err(error) => Err(error),
        };
        let answers = answers.map_err(|error| self.trouble(error))?;
        // Matched by their order: if one is missing, none can be told.
        if answers.len() != records.len() {
            return Err(Trouble::in_doubt());
        }
        Ok(answers)
    }

    /// The pauses before a locked row is sent again, with jitter: whoever holds the lock may be a rival that
    /// waits as long as we do.
    pub(super) fn lock_pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let longest = self.config.retry.max_delay.min(Duration::from_secs(MAX_LOCK_PAUSE_SECONDS));
        ExponentialBuilder::new()
            .with_min_delay(self.config.retry.min_delay)
            .with_max_delay(longest)
            .with_max_times(MAX_LOCK_ATTEMPTS - 1)
            .with_jitter()
            .build()
    }
}

impl Call<'_> {
    fn request(self) -> Request {
        match self {
            Call::Create => Request::post(collections(""), Repeat::Once),
            Call::CreateOnce => Request::post(collections(""), Repeat::Idempotent),
            Call::Update => Request::patch(collections(""), Repeat::Idempotent),
            Call::Upsert { object, field } => {
                Request::patch(collections("/{object}/{field}"), Repeat::Idempotent)
                    .arg("object", object)
                    .arg("field", field)
            }
        }
    }
}

impl RowAnswer {
    fn outcome(self) -> RowOutcome {
        match self.id {
            Some(id) if self.success => RowOutcome::Written(id),
            None if self.success => RowOutcome::InDoubt,
            Some(_) | None => RowOutcome::of(Fault::parse(200, &self.errors).errors),
        }
    }
}

impl RowOutcome {
    /// What these errors leave of a row.
    pub(super) fn of(errors: Vec<FaultError>) -> Self {
        match meaning_of(&errors) {
            Meaning::InDoubt => RowOutcome::InDoubt,
            Meaning::Locked | Meaning::Stale | Meaning::Duplicate | Meaning::Halted | Meaning::Refused => {
                RowOutcome::Refused(errors)
            }
        }
    }
}

fn collections(rest: &str) -> String {
    format!("{API_PATH}/composite/sobjects{rest}")
}

fn set(outcomes: &mut [RowOutcome], index: usize, outcome: RowOutcome) {
    if let Some(place) = outcomes.get_mut(index) {
        *place = outcome;
    }
}

/// The code of a limit that some of these rows ran into; they are as good as not sent.
fn batch_limit(outcomes: &mut [RowOutcome], indices: &[usize]) -> Option<String> {
    let mut code = None;
    for index in indices {
        let Some(RowOutcome::Refused(errors)) = outcomes.get(*index) else { continue };
        if meaning_of(errors) == Meaning::Halted {
            code = code.or(errors.iter().find(|error| is_limit(error)).map(|error| error.code.clone()));
            set(outcomes, *index, RowOutcome::NotSent);
        }
    }
    code
}
