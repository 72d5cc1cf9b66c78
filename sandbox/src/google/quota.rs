//! Calls per minute and user, as Google counts them.
//!
//! The figures are what users read in their consoles and errors: 90 critical reads, 90 critical writes,
//! 120 reads of groups, 90 writes of groups and deletions. A write costs reads as well, and a batch of
//! any size costs six of both.

use super::error::ApiError;
use std::collections::HashMap;

/// A bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Metric {
    CriticalRead,
    CriticalWrite,
    Read,
    Write,
}

/// How much the account allows. `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Reads of contacts per minute.
    pub critical_reads_per_minute: Option<u32>,
    /// Writes of contacts per minute.
    pub critical_writes_per_minute: Option<u32>,
    /// Reads of groups per minute.
    pub reads_per_minute: Option<u32>,
    /// Writes of groups, and deletions, per minute.
    pub writes_per_minute: Option<u32>,
    /// First pages of a listing that asks for a sync token, per 24 hours. Google has such a quota and
    /// does not say how large it is.
    pub full_syncs_per_day: Option<u32>,
}

impl Limits {
    /// As users see them.
    pub const GOOGLE: Self = Self {
        critical_reads_per_minute: Some(90),
        critical_writes_per_minute: Some(90),
        reads_per_minute: Some(120),
        writes_per_minute: Some(90),
        full_syncs_per_day: Some(20),
    };

    /// None, for a demonstration that nobody wants to wait for.
    pub const NONE: Self = Self {
        critical_reads_per_minute: None,
        critical_writes_per_minute: None,
        reads_per_minute: None,
        writes_per_minute: None,
        full_syncs_per_day: None,
    };
}

/// What was used in the current minute and day.
#[derive(Debug)]
pub(super) struct Quota {
    limits: Limits,
    minute: i64,
    used: HashMap<Metric, u32>,
    day: i64,
    full_syncs: u32,
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

impl Quota {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, minute: 0, used: HashMap::new(), day: 0, full_syncs: 0 }
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes what a call costs, all of it or nothing.
    pub(super) fn take(&mut self, costs: &[(Metric, u32)], now_ms: i64) -> Result<(), ApiError> {
        let minute = now_ms.div_euclid(MINUTE_MS);
        if minute != self.minute {
            self.minute = minute;
            self.used.clear();
        }
        for (metric, cost) in costs {
            let used = self.used.get(metric).copied().unwrap_or_default();
            if self.limit(*metric).is_some_and(|limit| used + cost > limit) {
                return Err(metric.exceeded());
            }
        }
        for (metric, cost) in costs {
            *self.used.entry(*metric).or_default() += cost;
        }
        Ok(())
    }

    /// Takes one full sync.
    pub(super) fn take_full_sync(&mut self, now_ms: i64) -> Result<(), ApiError> {
        let day = now_ms.div_euclid(DAY_MS);
        if day != self.day {
            self.day = day;
            self.full_syncs = 0;
        }
        if self.limits.full_syncs_per_day.is_some_and(|limit| self.full_syncs >= limit) {
            return Err(ApiError::account_quota());
        }
        self.full_syncs += 1;
        Ok(())
    }

    fn limit(&self, metric: Metric) -> Option<u32> {
        match metric {
            Metric::CriticalRead => self.limits.critical_reads_per_minute,
            Metric::CriticalWrite => self.limits.critical_writes_per_minute,
            Metric::Read => self.limits.reads_per_minute,
            Metric::Write => self.limits.writes_per_minute,
        }
    }
}

impl Metric {
    /// The refusal when this bucket is empty.
    pub(super) fn exceeded(self) -> ApiError {
        let (id, name, limit) = self.names();
        ApiError::quota(id, name, limit)
    }

    /// The metric, its name for people, and the limit, as errors carry them.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Metric::CriticalRead => (
                "critical_read_requests",
                "Critical read requests (Contact and Profile Reads)",
                "CriticalReadsPerMinutePerProjectPerUser",
            ),
            Metric::CriticalWrite => (
                "critical_write_requests",
                "Critical write requests",
                "CriticalWritesPerMinutePerProjectPerUser",
            ),
            Metric::Read => ("read_requests", "Read requests", "ReadsPerMinutePerProjectPerUser"),
            Metric::Write => ("write_requests", "Write requests", "WritesPerMinutePerProjectPerUser"),
        }
    }
}
