//! Bulk jobs of ours that nobody waited for: a process that ended too early, or a job that took too long.
//!
//! What such a job creates is not in any listing that was read before it ended, so creating anything on the
//! ground of that listing could make somebody twice. Before a process creates for the first time, and again after
//! it has left a job behind, Salesforce's own list of jobs is looked at: while one is at work, or when one ended
//! since, creates are put off until the next listing.

use super::super::super::Salesforce;
use super::super::super::wire::stamp::Stamp;
use super::super::trouble::Trouble;
use super::job::{State, jobs};
use crate::error::ConnectorError;
use crate::http::{Answer, Request};
use crate::ledger::Halt;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;
use url::Url;

/// The most pages of the list of jobs that are read. Jobs are forgotten after seven days.
const MAX_JOB_PAGES: usize = 20;

/// What a connector remembers of its own writing: no contact, only jobs that may be open.
pub(in crate::salesforce) struct Writer(Mutex<Open>);

#[derive(Clone)]
struct Open {
    /// Since when a process before this one cannot have started a job; `None` once that was looked into.
    born: Option<Instant>,
    /// Jobs that this process left behind.
    left: BTreeSet<String>,
}

impl Default for Writer {
    fn default() -> Self {
        Self(Mutex::new(Open { born: Some(Instant::now()), left: BTreeSet::new() }))
    }
}

impl Writer {
    /// A job that nobody waits for any more.
    pub(super) fn leave_behind(&self, job: String) {
        self.lock().left.insert(job);
    }

    fn forget(&self, job: &str) {
        self.lock().left.remove(job);
    }

    fn all_looked_into(&self) {
        self.lock().born = None;
    }

    fn get(&self) -> Open {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job, as the list of jobs shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    state: State,
    #[serde(default)]
    object: String,
    #[serde(default)]
    operation: String,
    #[serde(default)]
    created_by_id: String,
    #[serde(default)]
    system_modstamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobsAnswer {
    #[serde(default)]
    done: bool,
    records: Vec<Job>,
    #[serde(default)]
    next_records_url: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    user_id: String,
}

/// What the list of jobs says of one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It is nothing to us.
    Settled,
    /// It ended after what we know was read.
    Ended,
    /// It may still write.
    AtWork,
}

impl Salesforce {
    /// Why nothing may be created now, if so.
    pub(in crate::salesforce::write) async fn earlier_jobs(&self) -> Option<Halt> {
        let Open { born, left } = self.writer.get();
        let mut standing = Standing::Settled;
        if let Some(born) = born {
            match self.look_for_jobs(born).await {
                Ok(Standing::AtWork) => standing = Standing::AtWork,
                Ok(other) => {
                    self.writer.all_looked_into();
                    standing = other;
                }
                // An organisation without the interface, or a user who may not use it, has no jobs.
                Err(ConnectorError::Permanent { .. } | ConnectorError::Auth { .. }) => {
                    self.writer.all_looked_into();
                }
                Err(error) => return Some(error.into()),
            }
        }
        for job in left {
            standing = standing.max(match self.state_of(&job).await {
                Ok(state) if !state.is_final() => Standing::AtWork,
                // A job that nobody knows any more has ended too.
                Ok(_) | Err(Trouble::Refused { .. }) => {
                    self.writer.forget(&job);
                    Standing::Ended
                }
                Err(Trouble::NotWritten(halt) | Trouble::InDoubt(halt)) => return Some(halt),
            });
        }
        match standing {
            Standing::Settled => None,
            Standing::Ended => {
                Some(Halt::later("a bulk job has ended meanwhile, and what it created has to be read first"))
            }
            Standing::AtWork => Some(Halt::later("a bulk job of an earlier call is still at work")),
        }
    }

    async fn look_for_jobs(&self, since: Instant) -> Result<Standing, ConnectorError> {
        let mut standing = Standing::Settled;
        let mut request = Request::get(jobs("")).query("jobType", "V2Ingest");
        let mut us: Option<String> = None;
        for _ in 0..MAX_JOB_PAGES {
            let answer = self.call(request).await.map_err(|error| self.explain(error))?;
            let read_after = their_time(&answer, since);
            let page: JobsAnswer = answer.json()?;
            for job in page.records.iter().filter(|job| self.is_about_us(job)) {
                let of_job = standing_of(job, read_after);
                if of_job <= standing {
                    continue;
                }
                if us.is_none() {
                    us = self.own_user().await?;
                }
                // Where nobody says who we are, every such job may be ours.
                if us.as_ref().is_none_or(|us| *us == job.created_by_id) {
                    standing = of_job;
                }
            }
            match next_page(&page) {
                Some(next) => request = next,
                None => return Ok(standing),
            }
        }
        Ok(standing)
    }

    /// Whether a job creates contacts of the kind that the app is about.
    fn is_about_us(&self, job: &Job) -> bool {
        job.object.eq_ignore_ascii_case(self.config.object.name())
            && ["insert", "upsert"].iter().any(|operation| job.operation.eq_ignore_ascii_case(operation))
    }

    /// Who we are; `None` where the permissions do not extend to that.
    async fn own_user(&self) -> Result<Option<String>, ConnectorError> {
        let answer = match self.call(Request::get("/services/oauth2/userinfo")).await {
            Ok(answer) => answer,
            Err(error) if error.refusal().is_some() => return Ok(None),
            Err(error) => return Err(self.explain(error)),
        };
        Ok(answer.json::<UserInfo>().ok().map(|user| user.user_id))
    }
}

/// The moment `since` on Salesforce's clock, or the beginning of time where an answer does not show it.
fn their_time(answer: &Answer, since: Instant) -> Stamp {
    let elapsed = i64::try_from(since.elapsed().as_secs()).unwrap_or(i64::MAX);
    answer.header("Date").and_then(Stamp::of_header).unwrap_or_default().minus_seconds(elapsed)
}

fn standing_of(job: &Job, read_after: Stamp) -> Standing {
    match job.state {
        // One that was never started never writes; its table may not even be there.
        State::Open => Standing::Settled,
        State::UploadComplete | State::InProgress | State::Other => Standing::AtWork,
        State::JobComplete | State::Failed | State::Aborted => {
            let ended = Stamp::parse(&job.system_modstamp);
            if ended.is_none_or(|ended| ended >= read_after) { Standing::Ended } else { Standing::Settled }
        }
    }
}

/// The next page: its address is one of the same list with another query.
fn next_page(page: &JobsAnswer) -> Option<Request> {
    if page.done {
        return None;
    }
    let next = Url::parse("https://list.invalid").ok()?.join(page.next_records_url.as_deref()?).ok()?;
    let locator = next.query_pairs().find(|(name, _)| name == "queryLocator")?.1.into_owned();
    Some(Request::get(jobs("")).query("queryLocator", locator))
}
