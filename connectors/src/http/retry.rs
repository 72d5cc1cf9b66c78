//! Which answers are worth another try, and how long to wait for it.

use super::answer::Answer;
use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// How often one call is tried.
pub const MAX_ATTEMPTS: usize = 7;
/// How long one call may wait altogether; a vendor that wants to be left alone for longer is for the
/// schedule to deal with.
pub const MAX_WAIT_SECONDS: u64 = 180;
/// How often one call may run into a time-out: a vendor that stays silent is not asked for long.
pub(super) const MAX_TIMEOUTS: u32 = 3;
/// The first wait, before jitter.
const MIN_DELAY_MILLIS: u64 = 1_000;
/// The longest single wait that we choose ourselves: most quotas are per minute.
const MAX_DELAY_SECONDS: u64 = 64;
const DELAY_FACTOR: f32 = 2.0;

/// What an answer means for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It worked.
    Accepted,
    /// No, and it would be no again.
    Refused,
    /// The access token is not (or no longer) good. Nothing was done.
    Unauthorised,
    /// Too fast, or somebody else is at it: nothing was done, and the same call may be repeated soon.
    Throttled,
    /// A quota is used up for long: nothing was done, and there is no sense in trying before `pause` is over.
    Exhausted {
        /// How long to leave it.
        pause: Duration,
    },
    /// The vendor failed, perhaps after it did what was asked.
    Faulty,
}

/// How a vendor's answers are read. A plain function: it depends on nothing but the answer.
pub type Judge = fn(&Answer) -> Verdict;

/// What the status alone says (RFC 9110, RFC 6585).
#[must_use]
pub fn judge_by_status(answer: &Answer) -> Verdict {
    match answer.status() {
        200..300 => Verdict::Accepted,
        401 => Verdict::Unauthorised,
        429 => Verdict::Throttled,
        408 | 500..600 => Verdict::Faulty,
        _ => Verdict::Refused,
    }
}

/// How often and how long one call is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Attempts, the first one included.
    pub max_attempts: usize,
    /// The first wait, before jitter.
    pub min_delay: Duration,
    /// The longest single wait of our own choice.
    pub max_delay: Duration,
    /// The longest wait altogether, whoever chose it.
    pub max_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: MAX_ATTEMPTS,
            min_delay: Duration::from_millis(MIN_DELAY_MILLIS),
            max_delay: Duration::from_secs(MAX_DELAY_SECONDS),
            max_wait: Duration::from_secs(MAX_WAIT_SECONDS),
        }
    }
}

impl RetryPolicy {
    /// For tests and the demo: as often as usual, without the waits.
    #[must_use]
    pub fn impatient() -> Self {
        Self { min_delay: Duration::from_millis(1), max_delay: Duration::from_millis(4), ..Self::default() }
    }

    /// The waits between the attempts, growing, with jitter; ends when no attempt is left.
    pub(super) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_factor(DELAY_FACTOR)
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.max_attempts.saturating_sub(1))
            .with_jitter()
            .build()
    }
}

/// How long the vendor wants to be left alone: seconds, or a date (RFC 9110, 10.2.3). A date is compared with
/// the vendor's own clock where the answer shows it, so that a wrong clock here does no harm.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::trim).map(str::to_owned);
    let wanted = headers.get(RETRY_AFTER).and_then(text)?;
    if let Ok(seconds) = wanted.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(&wanted).ok()?;
    let their_now = headers.get(DATE).and_then(text).and_then(|date| httpdate::parse_http_date(&date).ok());
    Some(until.duration_since(their_now.unwrap_or(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(retry: &str, date: Option<&str>, expected_seconds: Option<u64>) {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(retry).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:00:00 GMT").unwrap();
        assert_eq!(retry_after(&headers, now), expected_seconds.map(Duration::from_secs), "{retry}");
    }

    #[test]
    fn retry_after_is_understood_in_both_forms() {
        check("120", None, Some(120));
        check(" 0 ", None, Some(0));
        check("Sun, 06 Nov 1994 08:00:30 GMT", None, Some(30));
        check("Sun, 06 Nov 1994 07:59:00 GMT", None, Some(0));
        check("soon", None, None);
        check("-5", None, None);
    }

    #[test]
    fn a_wrong_clock_here_does_not_change_the_wait() {
        check("Sun, 06 Nov 1994 10:00:30 GMT", Some("Sun, 06 Nov 1994 10:00:00 GMT"), Some(30));
    }

    #[test]
    fn the_waits_end_and_stay_within_their_limits() {
        let delays: Vec<Duration> = RetryPolicy::default().delays().collect();
        assert_eq!(delays.len(), MAX_ATTEMPTS - 1);
        for delay in delays {
            assert!(delay >= Duration::from_millis(MIN_DELAY_MILLIS));
            assert!(delay <= Duration::from_secs(2 * MAX_DELAY_SECONDS));
        }
    }
}
