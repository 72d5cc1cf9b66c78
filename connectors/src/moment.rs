//! What time it is, roughly: enough to tell a moment that can have been from one that cannot.
//!
//! A vendor's time stamp that lies far ahead is a mistake, and a costly one where it orders things: everything
//! after it would count as old. So nothing is ordered by such a moment.

use std::time::{SystemTime, UNIX_EPOCH};

/// How far ahead of this machine's clock a vendor's may be, in milliseconds: a year. What mistakes bring
/// (microseconds taken for milliseconds, the year 9999) lies far beyond, what wrong clocks bring within.
const MAX_AHEAD_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// Milliseconds since 1970 by the machine's clock.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Whether something can have happened at this moment, in milliseconds since 1970. The epoch itself stands for
/// *no time*.
pub(crate) fn is_credible(at_ms: i64) -> bool {
    at_ms > 0 && at_ms <= now_ms().saturating_add(MAX_AHEAD_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_have_been_is_credible() {
        for (at_ms, credible) in [
            (i64::MIN, false),
            (0, false),
            (1, true),
            (now_ms(), true),
            (now_ms() + 60_000, true),
            (now_ms() * 1_000, false),
            (i64::MAX, false),
        ] {
            assert_eq!(is_credible(at_ms), credible, "{at_ms}");
        }
    }
}
