//! From webhooks to runs: many nudges become one run, soon.
//!
//! A burst of webhooks is waited out while it goes on, but never longer than [`LONGEST_WAIT_MS`]. There is one entry for each
//! app that waits, so any number of nudges takes the same room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use syntony_core::ids::AppName;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long it has to be quiet before a run, in milliseconds.
pub const QUIET_MS: u64 = 200;
/// The longest that the first webhook of a burst waits, in milliseconds.
pub const LONGEST_WAIT_MS: u64 = 2_000;

/// One burst of nudges: when the first and when the last of them came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    first: Instant,
    last: Instant,
}

impl Burst {
    /// A burst that begins.
    #[must_use]
    pub fn begin(now: Instant) -> Self {
        Self { first: now, last: now }
    }

    /// The burst with one more nudge.
    #[must_use]
    pub fn and(self, now: Instant) -> Self {
        Self { last: self.last.max(now), ..self }
    }

    /// When it has been waited for long enough.
    #[must_use]
    pub fn due(self) -> Instant {
        let quiet = self.last + Duration::from_millis(QUIET_MS);
        quiet.min(self.first + Duration::from_millis(LONGEST_WAIT_MS))
    }
}

#[derive(Default)]
struct Waiting {
    bursts: Mutex<BTreeMap<AppName, Burst>>,
    changed: Notify,
}

/// Where apps are nudged. Clones lead to the same place.
#[derive(Clone)]
pub struct Nudger(Arc<Waiting>);

/// Where nudges come out, one app at a time.
pub struct Nudges(Arc<Waiting>);

/// Both ends.
#[must_use]
pub fn nudges() -> (Nudger, Nudges) {
    let waiting = Arc::new(Waiting::default());
    (Nudger(Arc::clone(&waiting)), Nudges(waiting))
}

impl Nudger {
    /// Something about this app may be new.
    pub fn nudge(&self, app: &AppName) {
        let now = Instant::now();
        let mut bursts = self.0.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let burst = bursts.get(app).map_or_else(|| Burst::begin(now), |burst| burst.and(now));
        bursts.insert(app.clone(), burst);
        drop(bursts);
        self.0.changed.notify_one();
    }
}

impl Nudges {
    /// Waits for the next app whose burst is over. Cancelling loses nothing.
    pub async fn next(&mut self) -> AppName {
        loop {
            match self.soonest() {
                None => self.0.changed.notified().await,
                Some((app, due)) if due <= Instant::now() => {
                    self.0.bursts.lock().unwrap_or_else(PoisonError::into_inner).remove(&app);
                    return app;
                }
                Some((_, due)) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(due) => {}
                        () = self.0.changed.notified() => {}
                    }
                }
            }
        }
    }

    fn soonest(&self) -> Option<(AppName, Instant)> {
        let bursts = self.0.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let due = bursts.iter().map(|(app, burst)| (app.clone(), burst.due()));
        due.min_by_key(|(_, due)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How exact tokio's timers are.
    const TICK_MS: u128 = 2;

    /// When the nudges of one app come out, for nudges at these milliseconds.
    async fn come_out(at_ms: &[u64]) -> Vec<u128> {
        let (nudger, mut nudges) = nudges();
        let start = Instant::now();
        let mut out = Vec::new();
        let app = AppName::new("chat");
        for at in at_ms {
            let at = start + Duration::from_millis(*at);
            while let Ok(got) = tokio::time::timeout_at(at, nudges.next()).await {
                assert_eq!(got, app);
                out.push(start.elapsed().as_millis());
            }
            nudger.nudge(&app);
        }
        while tokio::time::timeout(Duration::from_secs(10), nudges.next()).await.is_ok() {
            out.push(start.elapsed().as_millis());
        }
        out
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_one_run_and_never_waits_longer_than_two_seconds() {
        let endless: Vec<u64> = (0..50).map(|nth| nth * 90).collect();
        for (nudged_ms, expected_ms) in [
            (&[0][..], &[200][..]),
            (&[0, 50, 190][..], &[390][..]),
            (&[0, 1_000][..], &[200, 1_200][..]),
            (&endless[..], &[2_000, 4_070, 4_610][..]),
        ] {
            let out = come_out(nudged_ms).await;
            let near = |(got, wanted): (&u128, &u128)| got.abs_diff(*wanted) <= TICK_MS;
            assert!(out.len() == expected_ms.len() && out.iter().zip(expected_ms).all(near), "{out:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn apps_wait_each_for_themselves() {
        let (nudger, mut nudges) = nudges();
        nudger.nudge(&"news".into());
        tokio::time::sleep(Duration::from_millis(100)).await;
        nudger.nudge(&"chat".into());
        assert_eq!(nudges.next().await, AppName::new("news"));
        assert_eq!(nudges.next().await, AppName::new("chat"));
    }

    proptest! {
        #[test]
        fn a_burst_is_due_after_its_last_nudge_and_in_time(gaps in proptest::collection::vec(0u64..400, 0..40)) {
            let start = Instant::now();
            let mut at = start;
            let mut burst = Burst::begin(start);
            for gap in gaps {
                at += Duration::from_millis(gap);
                burst = burst.and(at);
                prop_assert!(burst.due() <= start + Duration::from_millis(LONGEST_WAIT_MS));
                prop_assert!(burst.due() >= (at + Duration::from_millis(QUIET_MS)).min(start + Duration::from_millis(LONGEST_WAIT_MS)));
            }
        }
    }
}
