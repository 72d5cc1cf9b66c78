//! The calls of the day: what is used of them, and a part of them that is left to others.
//!
//! Each answer says what is used of a rolling day's calls. When only the reserve is left, nothing is sent any more;
//! because the day rolls, one call in a while looks again.

use crate::contract::Quota as Left;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long what was said of the quota is believed, in seconds, before a call looks again.
const RECHECK_SECONDS: u64 = 900;
/// The header that says what is used
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm>).
pub(super) const HEADER: &str = "Sforce-Limit-Info";
/// The quota's name, as Salesforce calls it.
const NAME: &str = "DailyApiRequests";

/// What was last said of the quota.
pub(super) struct Quota {
    reserve_percent: u8,
    last: Mutex<Option<Usage>>,
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    used: u64,
    limit: u64,
    told: Instant,
}

impl Quota {
    pub(super) fn new(reserve_percent: u8) -> Self {
        Self { reserve_percent: reserve_percent.min(100), last: Mutex::new(None) }
    }

    /// Takes note of a header: `api-usage=18/5000`, perhaps with more behind it.
    pub(super) fn note(&self, header: &str) {
        if let Some((used, limit)) = parse(header) {
            *self.lock() = Some(Usage { used, limit, told: Instant::now() });
        }
    }

    /// How long nothing is sent, if only the reserve is left.
    pub(super) fn closed_for(&self) -> Option<Duration> {
        let usage = (*self.lock())?;
        let wait = Duration::from_secs(RECHECK_SECONDS).checked_sub(usage.told.elapsed())?;
        (usage.reaches(self.reserve_percent) && wait > Duration::ZERO).then_some(wait)
    }

    /// What is left, if that was said.
    pub(super) fn left(&self) -> Option<Left> {
        let usage = (*self.lock())?;
        Some(Left {
            name: NAME.to_owned(),
            limit_calls: usage.limit,
            remaining_calls: usage.limit.saturating_sub(usage.used),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Usage>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usage {
    /// Whether only the reserve is left of the limit.
    fn reaches(&self, reserve_percent: u8) -> bool {
        let ours = u128::from(self.limit) * u128::from(100 - reserve_percent.min(100));
        u128::from(self.used) * 100 >= ours
    }
}

fn parse(header: &str) -> Option<(u64, u64)> {
    let usage = header.split([';', ',']).find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, limit) = usage.split_once('/')?;
    let digits = |text: &str| text.trim().parse::<u64>().ok();
    Some((digits(used)?, digits(limit).filter(|limit| *limit > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_in_all_its_forms() {
        for (header, expected) in [
            ("api-usage=18/5000", Some((18, 5_000))),
            ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", Some((25, 5_000))),
            ("per-app-api-usage=17/250(appName=x), api-usage=25/5000", Some((25, 5_000))),
            ("api-usage=18/0", None),
            ("api-usage=-1/5", None),
            ("nonsense", None),
        ] {
            assert_eq!(parse(header), expected, "{header}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_reserve_is_left_alone_and_looked_at_again_later() {
        for (used, closed) in [(0, false), (89, false), (90, true), (100, true), (250, true)] {
            let quota = Quota::new(10);
            assert_eq!(quota.closed_for(), None);
            quota.note(&format!("api-usage={used}/100"));
            assert_eq!(quota.closed_for().is_some(), closed, "{used}");
            assert_eq!(quota.left().unwrap().remaining_calls, 100_u64.saturating_sub(used));
            tokio::time::advance(Duration::from_secs(RECHECK_SECONDS)).await;
            assert_eq!(quota.closed_for(), None, "{used}");
        }
    }
}
