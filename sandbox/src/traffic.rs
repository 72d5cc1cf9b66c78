//! What was asked of a simulator, so that a test can say "an idle run costs one call".
//!
//! Counts are exact for ever; of the single calls only the last [`MAX_KEPT_CALLS`] are kept. No query
//! value and no body is kept: they hold people's data.

use axum::http::Method;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most single calls that are kept.
pub const MAX_KEPT_CALLS: usize = 100_000;

/// One call and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it came: milliseconds since 1970 on the sandbox's clock.
    pub at_ms: i64,
    /// The HTTP method, after any override.
    pub method: Method,
    /// The path as the vendor's documents write it, such as `/contacts/{id}`.
    pub template: String,
    /// The status of the answer; `None` if the connection was dropped instead.
    pub status: Option<u16>,
}

/// The calls of one simulator. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Traffic(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    kept: VecDeque<Call>,
    counts: BTreeMap<(String, String), u64>,
}

impl Traffic {
    /// Writes a call down.
    pub fn record(&self, call: Call) {
        let mut log = self.log();
        *log.counts.entry((call.template.clone(), call.method.to_string())).or_default() += 1;
        if log.kept.len() == MAX_KEPT_CALLS {
            log.kept.pop_front();
        }
        log.kept.push_back(call);
    }

    /// How many calls came in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.log().counts.values().sum()
    }

    /// How many calls of one route came.
    #[must_use]
    pub fn count(&self, method: &Method, template: &str) -> u64 {
        self.log().counts.get(&(template.to_owned(), method.to_string())).copied().unwrap_or(0)
    }

    /// How many calls came for each `METHOD /path`.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let counts = &self.log().counts;
        counts.iter().map(|((template, method), count)| (format!("{method} {template}"), *count)).collect()
    }

    /// The last [`MAX_KEPT_CALLS`] calls, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.log().kept.iter().cloned().collect()
    }

    /// Starts again from nothing.
    pub fn clear(&self) {
        *self.log() = Log::default();
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
