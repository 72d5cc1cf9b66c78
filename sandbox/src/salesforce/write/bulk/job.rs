//! What the jobs of both kinds have in common: how they are made, shown and found.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0_prepare_job_information.htm>

use super::super::super::error::ApiError;
use super::super::super::id::RowId;
use super::super::super::moment;
use super::super::super::store::Act;
use super::super::super::wire::Request;
use super::super::words;
use super::csv::{Delimiter, Dialect, LineEnding};
use super::progress::{JobState, Progress};
use serde_json::{Map, Value as Json, json};

/// What every job has.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: RowId,
    pub(super) object: String,
    pub(super) operation: &'static str,
    pub(super) dialect: Dialect,
    pub(super) progress: Progress,
    /// Why it failed as a whole.
    pub(super) error: Option<String>,
    created_ms: i64,
    created_by: RowId,
    version: u32,
}

/// What a new job shall be.
pub(super) struct Wish {
    pub(super) object: String,
    pub(super) operation: &'static str,
    pub(super) dialect: Dialect,
    pub(super) state: JobState,
}

impl Job {
    pub(super) fn new(id: RowId, wish: Wish, request: &Request, act: &Act) -> Self {
        Self {
            id,
            object: wish.object,
            operation: wish.operation,
            dialect: wish.dialect,
            progress: Progress::new(wish.state, act.now_ms),
            error: None,
            created_ms: act.now_ms,
            created_by: act.by,
            version: request.version,
        }
    }

    /// Without what only one kind of job has.
    pub(super) fn shown(&self, kind: &str) -> Map<String, Json> {
        let shown = json!({
            "id": self.id.as_str(),
            "operation": self.operation,
            "object": self.object,
            "createdById": self.created_by.as_str(),
            "createdDate": moment::moment(self.created_ms),
            "systemModstamp": moment::moment(self.progress.since_ms()),
            "state": self.progress.state().name(),
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": f64::from(self.version),
            "jobType": kind,
            "lineEnding": self.dialect.ending.name(),
            "columnDelimiter": self.dialect.delimiter.name(),
        });
        let mut shown = match shown {
            Json::Object(shown) => shown,
            _ => Map::new(),
        };
        if let Some(error) = &self.error {
            shown.insert("errorMessage".to_owned(), error.as_str().into());
        }
        shown
    }

    pub(super) fn fail(&mut self, error: impl Into<String>, now_ms: i64) {
        self.error = Some(error.into());
        self.progress.enter(JobState::Failed, now_ms);
    }
}

/// The body of a call on jobs, which has none but these keys.
pub(super) fn body(request: &Request, known: &[&str]) -> Result<Map<String, Json>, ApiError> {
    let Json::Object(body) = request.json()? else {
        return Err(words::bad_json("The body is required to be an object"));
    };
    match body.iter().find(|(name, value)| !value.is_null() && !known.contains(&name.as_str())) {
        Some((name, _)) => Err(words::bad_json(format!("Unrecognized field \"{name}\""))),
        None => Ok(body),
    }
}

/// A text of a body.
pub(super) fn text<'a>(body: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Json::as_str)
}

/// How the job's files are written.
pub(super) fn dialect(body: &Map<String, Json>) -> Result<Dialect, ApiError> {
    if text(body, "contentType").is_some_and(|kind| kind != "CSV") {
        return Err(invalid_job("ContentType must be CSV"));
    }
    let delimiter = Delimiter::named(text(body, "columnDelimiter").unwrap_or("COMMA"));
    let ending = LineEnding::named(text(body, "lineEnding").unwrap_or("LF"));
    match (delimiter, ending) {
        (Some(delimiter), Some(ending)) => Ok(Dialect { delimiter, ending }),
        (None, _) => Err(invalid_job("Unknown column delimiter")),
        (_, None) => Err(invalid_job("Unknown line ending")),
    }
}

pub(super) fn invalid_job(message: impl Into<String>) -> ApiError {
    ApiError::bad("INVALIDJOB", format!("InvalidJob : {}", message.into()))
}

pub(super) fn invalid_state(message: impl Into<String>) -> ApiError {
    ApiError::bad("INVALIDJOBSTATE", message)
}

/// A page with all jobs there are; the oldest are gone after a week.
pub(super) fn listed(jobs: Vec<Json>) -> Json {
    json!({ "done": true, "nextRecordsUrl": null, "records": jobs })
}
