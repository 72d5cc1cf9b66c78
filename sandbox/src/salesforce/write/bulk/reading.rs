//! Jobs that write the answer to a query into a file, which is read page by page.
//!
//! The answer is that of the moment at which the job came to its turn. Addresses as a whole cannot be
//! selected, and neither can children.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm>

use super::super::super::error::ApiError;
use super::super::super::id::RowId;
use super::super::super::org::State;
use super::super::super::query::{self, Flat, Scope};
use super::super::super::schema::Kind;
use super::super::super::store::Act;
use super::super::super::wire::{Reply, Request};
use super::super::route::QueryJob as Route;
use super::super::rows::{Outcome, one};
use super::csv;
use super::ingest::due_ms;
use super::job::{self, Job, Wish, invalid_job, invalid_state};
use super::progress::JobState;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value as Json, json};

const KEYS: [&str; 5] = ["operation", "query", "contentType", "columnDelimiter", "lineEnding"];
/// The most rows of one answer.
const MAX_PAGE_ROWS: usize = 1_000_000;

/// A job that reads.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) job: Job,
    query: String,
    scope: Scope,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Reading {
    /// As many steps as are due.
    pub(super) fn go_on(&mut self, state: &State, act: &Act) {
        let pace = state.settings.write.pace;
        while self.job.progress.is_due(pace, act.now_ms) {
            let then_ms = due_ms(&self.job, pace, act);
            match self.job.progress.state() {
                JobState::UploadComplete => {
                    self.job.progress.enter(JobState::InProgress, then_ms);
                    match query::flat(state, &self.query, self.scope, act) {
                        Ok(flat) => self.keep(flat),
                        Err(error) => self.job.fail(format!("{}: {}", error.code, error.message), then_ms),
                    }
                }
                JobState::InProgress => self.job.progress.enter(JobState::JobComplete, then_ms),
                JobState::Open | JobState::JobComplete | JobState::Failed | JobState::Aborted => return,
            }
        }
    }

    fn keep(&mut self, flat: Flat) {
        self.header = flat.columns.into_iter().map(|(name, _)| name).collect();
        self.rows = flat.rows.into_iter().map(|row| row.iter().map(text).collect()).collect();
    }

    fn shown(&self) -> Json {
        let mut shown = self.job.shown("V2Query");
        let more = json!({ "numberRecordsProcessed": self.rows.len(), "retries": 0, "totalProcessingTime": 0,
            "isPkChunkingSupported": true });
        if let Json::Object(more) = more {
            shown.extend(more);
        }
        Json::Object(shown)
    }
}

/// A value in a file: null is nothing.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}

/// Answers a call on jobs that read.
pub(in super::super) fn answer(state: &mut State, request: &Request, route: Route<'_>, act: &Act) -> Outcome {
    match route {
        Route::Create => create(state, request, act),
        Route::List => {
            let jobs = &mut state.write.jobs.queries;
            jobs.values_mut().for_each(|reading| reading.job.progress.polled());
            Ok(Reply::json(200, job::listed(jobs.values().rev().map(Reading::shown).collect())))
        }
        Route::Get { id } => {
            let reading = find(state, id)?;
            let shown = reading.shown();
            reading.job.progress.polled();
            Ok(Reply::json(200, shown))
        }
        Route::Patch { id } => {
            let body = job::body(request, &["state"]).map_err(one)?;
            let reading = find(state, id)?;
            match job::text(&body, "state") {
                Some("Aborted") if !reading.job.progress.state().is_final() => {
                    reading.job.progress.enter(JobState::Aborted, act.now_ms);
                    Ok(Reply::json(200, reading.shown()))
                }
                Some("Aborted") => Err(one(invalid_state("The job is not running"))),
                Some(_) | None => Err(one(invalid_job("A query job can only be aborted"))),
            }
        }
        Route::Delete { id } => {
            let reading = find(state, id)?;
            if !reading.job.progress.state().is_final() {
                return Err(one(invalid_state("A job that is not finished can't be deleted")));
            }
            let id = reading.job.id;
            state.write.jobs.queries.remove(&id);
            Ok(Reply::empty(204))
        }
        Route::Results { id } => results(state, request, id),
    }
}

/// A query that cannot be done is refused at once.
fn create(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let body = job::body(request, &KEYS).map_err(one)?;
    let (operation, scope) = match job::text(&body, "operation") {
        Some("query") => ("query", Scope::Live),
        Some("queryAll") => ("queryAll", Scope::All),
        other => return Err(one(invalid_job(format!("Unknown operation: {}", other.unwrap_or_default())))),
    };
    let query = job::text(&body, "query").unwrap_or_default().to_owned();
    let flat = query::flat(state, &query, scope, act).map_err(one)?;
    if flat.columns.iter().any(|(_, kind)| *kind == Kind::Address) {
        let message = "Selecting compound data not supported in Bulk Query";
        return Err(one(ApiError::bad("API_ERROR", message)));
    }
    let wish = Wish {
        object: flat.object.name().to_owned(),
        operation,
        dialect: job::dialect(&body).map_err(one)?,
        state: JobState::UploadComplete,
    };
    let id = state.write.jobs.next_id();
    let job = Job::new(id, wish, request, act);
    let reading = Reading { job, query, scope, header: Vec::new(), rows: Vec::new() };
    let shown = reading.shown();
    state.write.jobs.queries.insert(id, reading);
    Ok(Reply::json(200, shown))
}

fn find<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Reading, Vec<ApiError>> {
    let reading = RowId::parse(id).and_then(|id| state.write.jobs.queries.get_mut(&id));
    reading.ok_or_else(|| one(ApiError::not_found()))
}

/// One page. The locator of the next is a header, which says `null` when there is none.
fn results(state: &mut State, request: &Request, id: &str) -> Outcome {
    let most = state.settings.write.query_job_page_rows;
    let reading = find(state, id)?;
    if reading.job.progress.state() != JobState::JobComplete {
        return Err(one(invalid_state("The job has no results before it is complete")));
    }
    let bad = |name: &str| one(ApiError::bad("INVALID_ARGUMENT", format!("{name} is not valid")));
    let asked = match request.parameter("maxRecords") {
        None => most,
        Some(text) => text.parse::<usize>().ok().filter(|rows| *rows > 0).ok_or_else(|| bad("maxRecords"))?,
    };
    let start = match request.parameter("locator") {
        None => 0,
        Some(text) => {
            unpacked(text).filter(|start| *start < reading.rows.len()).ok_or_else(|| bad("locator"))?
        }
    };
    let page: Vec<_> = reading.rows.iter().skip(start).take(asked.min(most).min(MAX_PAGE_ROWS)).collect();
    let next = start + page.len();
    let locator = if next < reading.rows.len() { packed(next) } else { "null".to_owned() };
    let count = page.len().to_string();
    let records = std::iter::once(&reading.header).chain(page).map(|row| row.iter().map(String::as_str));
    let text = csv::write(records, reading.job.dialect);
    Ok(Reply::csv(text).with_header("Sforce-Locator", locator).with_header("Sforce-NumberOfRecords", count))
}

/// Opaque, so that nobody counts.
fn packed(start: usize) -> String {
    BASE64.encode(format!("rows:{start}"))
}

fn unpacked(locator: &str) -> Option<usize> {
    let bytes = BASE64.decode(locator).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("rows:")?.parse().ok()
}
