//! The time that the simulators live in.
//!
//! Everything in this crate that expires, lags or is counted per minute asks a [`Clock`]; nothing asks
//! the machine. So a test can let seven days pass at once, and two runs of one seed agree to the
//! millisecond.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where a [`Clock::fixed`] starts unless told otherwise: 2026-01-05T08:00:00Z, a Monday morning.
pub const FIXED_START_MS: i64 = 1_767_600_000_000;

/// A clock that can be moved forward. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    base: Base,
    offset_ms: Arc<AtomicI64>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    /// The machine's clock runs underneath.
    Machine,
    /// Stands still unless it is moved.
    Fixed(i64),
}

impl Clock {
    /// Follows the machine's clock; [`Clock::advance`] moves it ahead of it.
    #[must_use]
    pub fn machine() -> Self {
        Self { base: Base::Machine, offset_ms: Arc::default() }
    }

    /// Stands still at [`FIXED_START_MS`] until it is moved.
    #[must_use]
    pub fn fixed() -> Self {
        Self { base: Base::Fixed(FIXED_START_MS), offset_ms: Arc::default() }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let base = match self.base {
            Base::Machine => machine_ms(),
            Base::Fixed(start) => start,
        };
        base.saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Lets this much time pass for everybody who holds a clone.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms.fetch_add(by, Ordering::SeqCst);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::machine()
    }
}

/// A clock before 1970 counts as 1970: no vendor has contacts from then.
fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `2026-01-05T08:00:00.123Z`, as vendors write a moment.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// `Mon, 05 Jan 2026 08:00:00 GMT`, as HTTP writes a moment (RFC 9110, 5.6.7).
#[must_use]
pub fn http_date(ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_moved() {
        let clock = Clock::fixed();
        let copy = clock.clone();
        assert_eq!(clock.now_ms(), FIXED_START_MS);
        clock.advance(Duration::from_secs(7 * 24 * 3600));
        assert_eq!(copy.now_ms(), FIXED_START_MS + 604_800_000);
    }

    #[test]
    fn a_moment_is_written_as_vendors_write_it() {
        assert_eq!(rfc3339(FIXED_START_MS), "2026-01-05T08:00:00Z");
        assert_eq!(rfc3339(FIXED_START_MS + 7), "2026-01-05T08:00:00.007Z");
        assert_eq!(http_date(FIXED_START_MS + 7), "Mon, 05 Jan 2026 08:00:00 GMT");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    }
}
