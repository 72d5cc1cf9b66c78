//! What an app's HTTP needs to know before the first call.

use super::retry::{Judge, RetryPolicy, judge_by_status};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::AppName;
use url::Url;

/// How long a connection may take to come about.
pub const CONNECT_TIMEOUT_SECONDS: u64 = 10;
/// How long an open connection may stay silent.
pub const READ_TIMEOUT_SECONDS: u64 = 60;
/// How long one attempt may take altogether. Batches of two hundred contacts are slow at some vendors.
pub const TOTAL_TIMEOUT_SECONDS: u64 = 180;
/// How many calls of one app are in flight at once, unless the vendor says otherwise.
pub const DEFAULT_CONCURRENCY_CALLS: usize = 4;

/// Everything that [`Http`](super::Http) is built from.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// The app's name in the configuration: for logs and for the hint that says whose credentials to renew.
    pub app: AppName,
    /// Where the API lives, without the version path: `https://people.googleapis.com`. A path in it (a
    /// proxy) is kept. Plain `http` is refused unless the host is loopback.
    pub base_url: Url,
    /// How fast calls may go out.
    pub rate: Rate,
    /// How many calls may be in flight at once; at least one.
    pub concurrency_calls: usize,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How often and how long to try again.
    pub retry: RetryPolicy,
    /// How the vendor's answers are read.
    pub judge: Judge,
    /// Headers of answers that the connector reads ([`Answer::header`](super::Answer::header)); all others are
    /// dropped.
    pub kept_headers: &'static [&'static str],
}

impl HttpConfig {
    /// The given app at the given place, at the given speed, everything else as usual.
    #[must_use]
    pub fn new(app: AppName, base_url: Url, rate: Rate) -> Self {
        Self {
            app,
            base_url,
            rate,
            concurrency_calls: DEFAULT_CONCURRENCY_CALLS,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            judge: judge_by_status,
            kept_headers: &[],
        }
    }
}

/// How fast calls may go out: `cells` per `period` in the long run, `burst` at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Cells that are refilled in a period; an ordinary call takes one ([`Request::cost`](super::Request::cost)).
    pub cells: NonZeroU32,
    /// The period.
    pub period: Duration,
    /// How many cells can gather.
    pub burst: NonZeroU32,
}

impl Rate {
    /// Never more than so many cells in any minute.
    #[must_use]
    pub fn per_minute(limit_cells: NonZeroU32) -> Self {
        Self::within(limit_cells, Duration::from_secs(60))
    }

    /// Never more than so many cells in any second.
    #[must_use]
    pub fn per_second(limit_cells: NonZeroU32) -> Self {
        Self::within(limit_cells, Duration::from_secs(1))
    }

    /// What gathers during a pause and what is refilled afterwards stay within the limit together, wherever the
    /// vendor's window happens to begin. A third may gather: enough for a small run to go through at once.
    fn within(limit_cells: NonZeroU32, period: Duration) -> Self {
        let burst = NonZeroU32::new(limit_cells.get() / 3).unwrap_or(NonZeroU32::MIN);
        let cells = NonZeroU32::new(limit_cells.get() - burst.get()).unwrap_or(NonZeroU32::MIN);
        Self { cells, period, burst }
    }

    /// The same, with another burst.
    #[must_use]
    pub fn with_burst(self, burst: NonZeroU32) -> Self {
        Self { burst, ..self }
    }
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes.
    pub read: Duration,
    /// For one attempt altogether.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(CONNECT_TIMEOUT_SECONDS),
            read: Duration::from_secs(READ_TIMEOUT_SECONDS),
            total: Duration::from_secs(TOTAL_TIMEOUT_SECONDS),
        }
    }
}
