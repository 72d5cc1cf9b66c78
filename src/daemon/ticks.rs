//! When a connection is due, as data: its schedule by its own clocks, spread a little.
//!
//! Pure: the moment is handed in. However many ticks were missed, [`due`] names one moment, so that skipped ticks
//! never pile up.

use crate::config::ConnectionConfig;
use chrono::{DateTime, Utc};

/// How far a connection's ticks are spread at most, so that those of one schedule do not begin in one second.
pub const MAX_JITTER_SECONDS: i64 = 10;
/// Schedules whose ticks are less than this apart mean the second that they say.
const MIN_SPREAD_GAP_SECONDS: i64 = 60;
/// A clock that is set back by no more than this was put right, and what was done is done; further back it is another
/// time, and its ticks are ticks.
const MAX_CORRECTION_SECONDS: i64 = 60;

/// When a connection is due whose ticks up to `accounted` are done with, in milliseconds since 1970. `None`: it has no
/// schedule, or one that does not fire any more.
#[must_use]
pub fn due(connection: &ConnectionConfig, accounted_ms: i64) -> Option<i64> {
    let schedule = &connection.schedule.as_ref()?.value;
    let spread_ms = jitter_ms(connection.name.value.as_str());
    let tick = schedule.next_run(connection.timezone, moment(accounted_ms)?)?;
    let spread = match schedule.next_run(connection.timezone, tick) {
        Some(following) if (following - tick).num_seconds() < MIN_SPREAD_GAP_SECONDS => 0,
        Some(_) | None => spread_ms,
    };
    Some(tick.timestamp_millis().saturating_add(spread))
}

/// Up to when ticks are done with, now that the clock shows `now`: a clock that was set back must not keep a
/// connection waiting until the time comes round again.
#[must_use]
pub(super) fn accounted(accounted_ms: i64, now_ms: i64) -> i64 {
    let ahead_ms = accounted_ms.saturating_sub(now_ms);
    if ahead_ms > MAX_CORRECTION_SECONDS * 1000 { now_ms } else { accounted_ms }
}

/// A connection's own part of the spread: the same each time.
fn jitter_ms(name: &str) -> i64 {
    let share = super::backoff::share(name, 0);
    i64::from(share) * MAX_JITTER_SECONDS * 1000 / i64::from(u16::MAX)
}

fn moment(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}
