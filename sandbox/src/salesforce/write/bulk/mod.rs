//! Bulk API 2.0: jobs that write a file of rows, and jobs that write the answer to a query.
//!
//! A job is a queue's: what a client asks for happens later, and it has to ask until it has. Jobs go on
//! whenever the sandbox is asked for anything, as its clock says, and when they are asked about.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/asynch_api_intro.htm>

mod csv;
mod ingest;
mod job;
mod progress;
mod reading;
mod work;

pub(super) use ingest::answer as answer_ingest;
pub(super) use reading::answer as answer_query;

use super::super::id::RowId;
use super::super::org::State;
use super::super::store::Act;
use std::collections::BTreeMap;

/// How long a finished job is kept, in milliseconds: seven days.
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
/// What the ids of jobs begin with.
const PREFIX: &str = "750";

/// All jobs, by their ids, which are in the order of their making.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    made: u64,
    ingest: BTreeMap<RowId, ingest::Ingest>,
    queries: BTreeMap<RowId, reading::Reading>,
}

impl Jobs {
    fn next_id(&mut self) -> RowId {
        self.made += 1;
        RowId::numbered(PREFIX, *b"5e", self.made)
    }
}

/// Lets every job go on that is due, and forgets old ones.
pub(super) fn settle(state: &mut State, act: &Act) {
    // Taken out meanwhile: a job writes rows.
    let mut jobs = std::mem::take(&mut state.write.jobs);
    for job in jobs.ingest.values_mut() {
        job.go_on(state, act);
    }
    for job in jobs.queries.values_mut() {
        job.go_on(state, act);
    }
    let old =
        |job: &job::Job| job.progress.state().is_final() && act.now_ms - job.progress.since_ms() >= KEPT_MS;
    jobs.ingest.retain(|_, ingest| !old(&ingest.job));
    jobs.queries.retain(|_, reading| !old(&reading.job));
    state.write.jobs = jobs;
}
