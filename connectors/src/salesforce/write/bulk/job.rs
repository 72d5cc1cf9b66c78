//! The life of a bulk job: made, filled, started, waited for, and its results.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_job_states.htm>)

use super::super::super::Salesforce;
use super::super::super::wire::API_PATH;
use super::super::trouble::Trouble;
use crate::http::{Repeat, Request};
use crate::ledger::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use syntony_core::ids::FieldName;

/// The result with the rows that were written.
pub(super) const WRITTEN: &str = "successfulResults";
/// The result with the rows that were refused.
pub(super) const REFUSED: &str = "failedResults";
/// The result with the rows that the job never came to.
pub(super) const UNPROCESSED: &str = "unprocessedrecords";
/// The longest pause between two looks at a job, in seconds.
const MAX_POLL_SECONDS: u64 = 30;
/// How often a job is looked at, whatever the pauses are.
const MAX_POLLS: u32 = 400;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum State {
    /// It takes its table.
    Open,
    /// It waits for its turn.
    UploadComplete,
    /// It is at work.
    InProgress,
    /// It ended; each row has its own result.
    JobComplete,
    /// It was given up, perhaps after some rows.
    Failed,
    /// Somebody stopped it, perhaps after some rows.
    Aborted,
    /// Something that the documents do not name.
    #[serde(other)]
    Other,
}

impl State {
    /// Whether nothing of the job is written any more.
    pub(super) fn is_final(self) -> bool {
        match self {
            State::JobComplete | State::Failed | State::Aborted => true,
            State::Open | State::UploadComplete | State::InProgress | State::Other => false,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewJob<'a> {
    object: &'static str,
    operation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id_field_name: Option<&'a str>,
    content_type: &'static str,
    line_ending: &'static str,
    column_delimiter: &'static str,
}

#[derive(Deserialize)]
struct JobAnswer {
    id: String,
    state: State,
}

impl Salesforce {
    /// Makes a job, which is empty and harms nobody.
    pub(super) async fn make_job(&self) -> Result<String, Trouble> {
        let job = NewJob {
            object: self.config.object.name(),
            operation: if self.config.marker_field.is_some() { "upsert" } else { "insert" },
            external_id_field_name: self.config.marker_field.as_ref().map(FieldName::as_str),
            content_type: "CSV",
            line_ending: "LF",
            column_delimiter: "COMMA",
        };
        let request = Request::post(jobs(""), Repeat::Idempotent).json(&json!(job));
        self.ask_job(request).await.map(|job| job.id)
    }

    /// Gives a job its table. A job takes one upload, so a second one after a lost answer is refused.
    pub(super) async fn fill_job(&self, id: &str, table: Vec<u8>) -> Result<(), Trouble> {
        let request = Request::put(jobs("/{id}/batches"), Repeat::Once).arg("id", id).body("text/csv", table);
        self.call(request).await.map(drop).map_err(|error| self.trouble(error))
    }

    /// Starts a job; whether it may be at work now.
    pub(super) async fn start_job(&self, id: &str, ledger: &mut Ledger) -> bool {
        match self.set_state(id, "UploadComplete").await {
            Ok(_) => true,
            Err(Trouble::NotWritten(halt)) => {
                ledger.halt(halt);
                false
            }
            // An earlier attempt may have started it: it says so itself.
            Err(Trouble::Refused { .. } | Trouble::InDoubt(_)) => match self.state_of(id).await {
                Ok(State::Open) => {
                    ledger.halt(super::Halt::later("a bulk job could not be started"));
                    false
                }
                Ok(
                    State::UploadComplete
                    | State::InProgress
                    | State::JobComplete
                    | State::Failed
                    | State::Aborted
                    | State::Other,
                )
                | Err(_) => true,
            },
        }
    }

    /// Drops a job that was not started. If that fails nothing is lost: it never starts by itself.
    pub(super) async fn abandon_job(&self, id: &str) {
        if self.set_state(id, "Aborted").await.is_err() {
            tracing::debug!(job = id, "a bulk job that was never started could not be dropped");
        }
    }

    /// Waits until a job has ended, and says how; `None` if it takes too long, or cannot be looked at.
    pub(super) async fn await_job(&self, id: &str) -> Option<State> {
        let mut pause = self.config.bulk_poll;
        let mut waited = Duration::ZERO;
        for _ in 0..MAX_POLLS {
            match self.state_of(id).await {
                Ok(state) if state.is_final() => return Some(state),
                Ok(_) if waited < self.config.bulk_wait => {}
                Ok(_) | Err(_) => return None,
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 3 / 2).min(Duration::from_secs(MAX_POLL_SECONDS));
        }
        None
    }

    /// One of the results of a job that has ended.
    pub(super) async fn result(&self, id: &str, name: &'static str) -> Option<Vec<u8>> {
        let request =
            Request::get(jobs(&format!("/{{id}}/{name}"))).arg("id", id).header("Accept", "text/csv");
        self.call(request).await.ok().map(|answer| answer.bytes().to_vec())
    }

    /// Where a job stands now.
    pub(super) async fn state_of(&self, id: &str) -> Result<State, Trouble> {
        self.ask_job(Request::get(jobs("/{id}")).arg("id", id)).await.map(|job| job.state)
    }

    async fn set_state(&self, id: &str, state: &'static str) -> Result<State, Trouble> {
        let request =
            Request::patch(jobs("/{id}"), Repeat::Idempotent).arg("id", id).json(&json!({ "state": state }));
        self.ask_job(request).await.map(|job| job.state)
    }

    async fn ask_job(&self, request: Request) -> Result<JobAnswer, Trouble> {
        let answer = match self.call(request).await {
            Ok(answer) => answer.json::<JobAnswer>(),
            Err(error) => Err(error),
        };
        answer.map_err(|error| self.trouble(error))
    }
}

/// An address of the bulk interface.
pub(super) fn jobs(rest: &str) -> String {
    format!("{API_PATH}/jobs/ingest{rest}")
}
