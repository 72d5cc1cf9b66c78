//! The states of a bulk job, and how long it stays in them.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_job_states.htm>

use super::super::settings::Pace;

/// Where a job is. Only what is listed here ever happens, and only forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    /// Waits for its data.
    Open,
    /// Waits for its turn.
    UploadComplete,
    /// Its rows are being written; some of them can be seen already.
    InProgress,
    /// Done, though single rows may have failed.
    JobComplete,
    /// The job as a whole could not be done.
    Failed,
    /// The client gave it up. What was written until then stays.
    Aborted,
}

impl JobState {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::UploadComplete => "UploadComplete",
            Self::InProgress => "InProgress",
            Self::JobComplete => "JobComplete",
            Self::Failed => "Failed",
            Self::Aborted => "Aborted",
        }
    }

    /// Whether nothing happens to the job any more.
    pub(super) fn is_final(self) -> bool {
        match self {
            Self::JobComplete | Self::Failed | Self::Aborted => true,
            Self::Open | Self::UploadComplete | Self::InProgress => false,
        }
    }
}

/// A state and how long it has lasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    state: JobState,
    since_ms: i64,
    polls: u32,
}

impl Progress {
    pub(super) fn new(state: JobState, now_ms: i64) -> Self {
        Self { state, since_ms: now_ms, polls: 0 }
    }

    pub(super) fn state(&self) -> JobState {
        self.state
    }

    /// When it came into its state: milliseconds since 1970.
    pub(super) fn since_ms(&self) -> i64 {
        self.since_ms
    }

    pub(super) fn enter(&mut self, state: JobState, now_ms: i64) {
        *self = Self::new(state, now_ms);
    }

    /// Somebody asked how far it is, and was told.
    pub(super) fn polled(&mut self) {
        self.polls = self.polls.saturating_add(1);
    }

    /// Whether the queue's next step is due: a job that waits for its client never moves by itself.
    pub(super) fn is_due(&self, pace: Pace, now_ms: i64) -> bool {
        match self.state {
            JobState::UploadComplete | JobState::InProgress => {
                self.polls >= pace.polls || now_ms.saturating_sub(self.since_ms) >= pace.ms
            }
            JobState::Open | JobState::JobComplete | JobState::Failed | JobState::Aborted => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { polls: 2, ms: 5_000 };

    fn check(state: JobState, polls: u32, waited_ms: i64, expected: bool) {
        let mut progress = Progress::new(state, 1_000);
        (0..polls).for_each(|_| progress.polled());
        assert_eq!(progress.is_due(PACE, 1_000 + waited_ms), expected, "{state:?} {polls} {waited_ms}");
    }

    #[test]
    fn a_job_goes_on_when_it_was_asked_about_or_when_time_has_passed() {
        check(JobState::UploadComplete, 1, 4_999, false);
        check(JobState::UploadComplete, 2, 0, true);
        check(JobState::InProgress, 0, 5_000, true);
    }

    #[test]
    fn a_job_that_waits_for_its_client_waits_for_ever() {
        for state in [JobState::Open, JobState::JobComplete, JobState::Failed, JobState::Aborted] {
            check(state, 100, i64::MAX / 2, false);
        }
    }
}
