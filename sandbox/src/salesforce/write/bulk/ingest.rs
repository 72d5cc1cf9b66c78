//! Jobs that write rows: made, filled once, started, asked about, and their three results.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/walkthrough_upload_data.htm>

use super::super::super::error::ApiError;
use super::super::super::id::RowId;
use super::super::super::org::State;
use super::super::super::schema::ObjectType;
use super::super::super::store::Act;
use super::super::super::wire::{Reply, Request};
use super::super::route::Ingest as Route;
use super::super::rows::{Outcome, one};
use super::super::settings::Pace;
use super::super::upsert::Key;
use super::csv;
use super::job::{self, Job, Wish, invalid_job, invalid_state};
use super::progress::JobState;
use super::work::{self, Work};
use axum::body::Bytes;
use serde_json::{Map, Value as Json, json};

/// The largest upload, which Salesforce measures when it has encoded it in base64.
const MAX_ENCODED_BYTES: usize = 150_000_000;
const KEYS: [&str; 7] = [
    "object",
    "operation",
    "externalIdFieldName",
    "contentType",
    "lineEnding",
    "columnDelimiter",
    "assignmentRuleId",
];

/// What a job does with its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    /// Past the recycle bin.
    HardDelete,
}

impl Operation {
    const ALL: [Self; 5] = [Self::Insert, Self::Update, Self::Upsert, Self::Delete, Self::HardDelete];

    fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
            Self::Delete => "delete",
            Self::HardDelete => "hardDelete",
        }
    }
}

/// A job that writes rows.
#[derive(Clone, Debug)]
pub(super) struct Ingest {
    pub(super) job: Job,
    pub(super) operation: Operation,
    /// The field that an upsert names its rows by.
    pub(super) key: Option<Key>,
    /// Whether it runs an assignment rule: only one that it names.
    pub(super) assigns: bool,
    pub(super) upload: Option<Bytes>,
    pub(super) work: Work,
}

impl Ingest {
    /// As many steps as are due. The rows are there as soon as the job is in progress, before it says that
    /// it is complete.
    pub(super) fn go_on(&mut self, state: &mut State, act: &Act) {
        let pace = state.settings.write.pace;
        while self.job.progress.is_due(pace, act.now_ms) {
            let then_ms = due_ms(&self.job, pace, act);
            match self.job.progress.state() {
                JobState::UploadComplete => {
                    self.job.progress.enter(JobState::InProgress, then_ms);
                    if let Err(error) = work::run(state, self, act) {
                        self.job.fail(error, then_ms);
                    }
                }
                JobState::InProgress => self.job.progress.enter(JobState::JobComplete, then_ms),
                JobState::Open | JobState::JobComplete | JobState::Failed | JobState::Aborted => return,
            }
        }
    }

    fn shown(&self) -> Json {
        let mut shown = self.job.shown("V2Ingest");
        let more = json!({
            "contentUrl": format!("services/data/v{:.1}/jobs/ingest/{}/batches",
                shown.get("apiVersion").and_then(Json::as_f64).unwrap_or_default(), self.job.id),
            "numberRecordsProcessed": self.work.processed(),
            "numberRecordsFailed": self.work.failed.len(),
            "retries": 0,
            "totalProcessingTime": 0,
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
        });
        if let Json::Object(more) = more {
            shown.extend(more);
        }
        if let Some(key) = &self.key {
            shown.insert("externalIdFieldName".to_owned(), key.name().into());
        }
        Json::Object(shown)
    }
}

/// When the next step was due: a long time without a question is not a long time without work.
pub(super) fn due_ms(job: &Job, pace: Pace, act: &Act) -> i64 {
    job.progress.since_ms().saturating_add(pace.ms).min(act.now_ms)
}

/// Answers a call on jobs that write.
pub(in super::super) fn answer(state: &mut State, request: &Request, route: Route<'_>, act: &Act) -> Outcome {
    match route {
        Route::Create => create(state, request, act),
        Route::List => {
            let jobs = &mut state.write.jobs.ingest;
            jobs.values_mut().for_each(|ingest| ingest.job.progress.polled());
            Ok(Reply::json(200, job::listed(jobs.values().rev().map(Ingest::shown).collect())))
        }
        Route::Get { id } => {
            let ingest = find(state, id)?;
            let shown = ingest.shown();
            ingest.job.progress.polled();
            Ok(Reply::json(200, shown))
        }
        Route::Upload { id } => upload(find(state, id)?, request),
        Route::Patch { id } => {
            let body = job::body(request, &["state"]).map_err(one)?;
            let ingest = find(state, id)?;
            enter(ingest, job::text(&body, "state").unwrap_or_default(), act).map_err(one)?;
            Ok(Reply::json(200, ingest.shown()))
        }
        Route::Delete { id } => {
            let ingest = find(state, id)?;
            if matches!(ingest.job.progress.state(), JobState::Open | JobState::InProgress) {
                return Err(one(invalid_state("A job that is open or in progress can't be deleted")));
            }
            let id = ingest.job.id;
            state.write.jobs.ingest.remove(&id);
            Ok(Reply::empty(204))
        }
        Route::Successful { id } => results(state, id, Work::successful),
        Route::Failed { id } => results(state, id, Work::failed),
        Route::Unprocessed { id } => results(state, id, Work::unprocessed),
    }
}

fn create(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let body = job::body(request, &KEYS).map_err(one)?;
    let named = job::text(&body, "object").unwrap_or_default();
    let described = state.described(named).ok_or_else(|| {
        one(ApiError::bad("INVALIDENTITY", format!("InvalidEntity : Unable to find object: {named}")))
    })?;
    let asked = job::text(&body, "operation").unwrap_or_default();
    let operation = Operation::ALL.into_iter().find(|known| known.name() == asked);
    let operation = operation.ok_or_else(|| one(invalid_job(format!("Unknown operation: {asked}"))))?;
    let key = key(described, operation, &body).map_err(one)?;
    let wish = Wish {
        object: described.object.name().to_owned(),
        operation: operation.name(),
        dialect: job::dialect(&body).map_err(one)?,
        state: JobState::Open,
    };
    let assigns = job::text(&body, "assignmentRuleId").is_some();
    let id = state.write.jobs.next_id();
    let job = Job::new(id, wish, request, act);
    let ingest = Ingest { job, operation, key, assigns, upload: None, work: Work::default() };
    let shown = ingest.shown();
    state.write.jobs.ingest.insert(id, ingest);
    Ok(Reply::json(200, shown))
}

/// An upsert needs an external id, and nothing else has one.
fn key(
    described: &ObjectType,
    operation: Operation,
    body: &Map<String, Json>,
) -> Result<Option<Key>, ApiError> {
    let object = described.object.name();
    match (operation, job::text(body, "externalIdFieldName")) {
        (Operation::Upsert, None | Some("")) => Err(invalid_job(format!(
            "External ID was blank for {object}. An external ID must be specified for upsert."
        ))),
        (Operation::Upsert, Some(name)) => Key::of(described, name).map(Some).map_err(|_| {
            invalid_job(format!("Field name provided, {name}, does not match an External ID for {object}"))
        }),
        (_, None | Some("")) => Ok(None),
        (_, Some(_)) => Err(invalid_job("External ID is only for upsert")),
    }
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Ingest, Vec<ApiError>> {
    let ingest = RowId::parse(id).and_then(|id| state.write.jobs.ingest.get_mut(&id));
    ingest.ok_or_else(|| one(ApiError::not_found()))
}

/// `PUT …/batches`: once a job.
fn upload(ingest: &mut Ingest, request: &Request) -> Outcome {
    if ingest.job.progress.state() != JobState::Open || ingest.upload.is_some() {
        return Err(one(invalid_state("Only one upload is allowed per job, while it is open")));
    }
    if !request.header("Content-Type").is_some_and(|kind| kind.starts_with("text/csv")) {
        let message = "The content type of an upload is required to be text/csv";
        return Err(one(ApiError::new(415, "UNSUPPORTED_MEDIA_TYPE", message)));
    }
    // The documents name the limit, not the words.
    if is_too_large(request.body.len()) {
        let message = "The upload is larger than 150 MB when it is encoded";
        return Err(one(ApiError::bad("EXCEEDED_MAX_SIZE_REQUEST", message)));
    }
    ingest.upload = Some(request.body.clone());
    Ok(Reply::empty(201))
}

/// Base64 writes four characters for three bytes.
fn is_too_large(bytes: usize) -> bool {
    bytes.div_ceil(3).saturating_mul(4) > MAX_ENCODED_BYTES
}

/// What a client may do with a job's state.
fn enter(ingest: &mut Ingest, wanted: &str, act: &Act) -> Result<(), ApiError> {
    let now = ingest.job.progress.state();
    match (now, wanted) {
        (JobState::Open, "UploadComplete") if ingest.upload.is_some() => {
            ingest.job.progress.enter(JobState::UploadComplete, act.now_ms);
        }
        (JobState::Open, "UploadComplete") => {
            return Err(invalid_state("No data has been uploaded for this job"));
        }
        (JobState::Open | JobState::UploadComplete | JobState::InProgress, "Aborted") => {
            ingest.job.progress.enter(JobState::Aborted, act.now_ms);
        }
        (_, "UploadComplete" | "Aborted") => {
            return Err(invalid_state(format!("A job in the state {} can't be {wanted}", now.name())));
        }
        (_, other) => return Err(invalid_job(format!("Unknown state: {other}"))),
    }
    Ok(())
}

/// One of the three results, once nothing happens any more.
fn results(state: &mut State, id: &str, part: fn(&Work) -> Vec<Vec<&str>>) -> Outcome {
    let shuffles = state.settings.write.shuffles_results;
    let ingest = find(state, id)?;
    if !ingest.job.progress.state().is_final() {
        return Err(one(invalid_state("The job has no results before it is complete")));
    }
    if ingest.work.header.is_empty() {
        // It never came to its rows: all of them are unprocessed.
        ingest.work = Work::untouched(ingest.upload.as_deref().unwrap_or_default(), ingest.job.dialect);
    }
    let mut records = part(&ingest.work);
    if shuffles && records.len() > 1 {
        let rows = records.split_off(1);
        let (odd, even): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(|(nth, _)| nth % 2 == 1);
        records.extend(odd.into_iter().rev().chain(even).map(|(_, row)| row));
    }
    Ok(Reply::csv(csv::write(records, ingest.job.dialect)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_measured_as_it_is_encoded() {
        assert!(!is_too_large(112_500_000));
        assert!(is_too_large(112_500_001));
    }
}
