//! How fast and how many: a bucket of cells, a number of slots, and a gate that a vendor's "not now" closes
//! for everybody.
//!
//! All three run on tokio's clock, so that a simulation with a paused clock is exact. (The limiter's own
//! `until_ready` would sleep on another timer; only its `check` is used.)

use super::config::Rate;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Tokio's clock, as the limiter wants it.
#[derive(Clone, Debug)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.start.elapsed())
    }
}

/// The bucket of cells.
pub(super) struct Bucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    clock: TokioClock,
    burst: NonZeroU32,
}

impl Bucket {
    pub(super) fn new(rate: Rate) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let per_cell = rate.period / rate.cells.get();
        let quota = Quota::with_period(per_cell)
            // A rate too fast to measure is no limit worth keeping: a cell each nanosecond.
            .unwrap_or(Quota::with_period(Duration::from_nanos(1)).unwrap_or(Quota::per_second(rate.cells)))
            .allow_burst(rate.burst);
        Self { limiter: RateLimiter::direct_with_clock(quota, clock.clone()), clock, burst: rate.burst }
    }

    /// Waits until so many cells are there, and takes them. A cost above the burst takes the whole bucket.
    pub(super) async fn take(&self, cells: NonZeroU32) {
        let cells = cells.min(self.burst);
        // Bounded in time by the rate itself: each round sleeps until the cells are due, and another round is
        // only needed when another task was quicker.
        while let Ok(Err(too_early)) = self.limiter.check_n(cells) {
            tokio::time::sleep(too_early.wait_time_from(self.clock.now())).await;
        }
    }
}

/// Closed while the vendor wants to be left alone.
#[derive(Default)]
pub(super) struct Gate {
    not_before: Mutex<Option<Instant>>,
}

impl Gate {
    /// Keeps it closed for at least so long.
    pub(super) fn close_for(&self, wait: Duration) {
        let Some(until) = Instant::now().checked_add(wait) else { return };
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |known| known.max(until)));
    }

    /// How long it stays closed; `None` when it is open.
    pub(super) fn closed_for(&self) -> Option<Duration> {
        let not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before
            .and_then(|until| until.checked_duration_since(Instant::now()))
            .filter(|wait| *wait > Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    /// How long `takes` in a row need, on the paused clock.
    async fn check(rate: Rate, takes: &[u32], expected: Duration) {
        let bucket = Bucket::new(rate);
        let start = Instant::now();
        for take in takes {
            bucket.take(cells(*take)).await;
        }
        let needed = start.elapsed();
        let slack = Duration::from_millis(5) * u32::try_from(takes.len()).unwrap();
        assert!(needed >= expected && needed <= expected + slack, "{takes:?}: {needed:?}, not {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_never_go_faster_than_the_rate() {
        let slow = Rate { cells: cells(1), period: Duration::from_secs(1), burst: cells(1) };
        check(slow, &[1; 30], Duration::from_secs(29)).await;
        check(slow.with_burst(cells(10)), &[1; 30], Duration::from_secs(20)).await;
        check(slow.with_burst(cells(6)), &[6, 6, 6], Duration::from_secs(12)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_of_the_vendors_sees_more_than_the_limit() {
        const LIMIT: u32 = 90;
        let bucket = Bucket::new(Rate::per_minute(cells(LIMIT)));
        tokio::time::advance(Duration::from_secs(600)).await;
        let start = Instant::now();
        let mut taken = Vec::new();
        while start.elapsed() < Duration::from_secs(180) {
            bucket.take(cells(1)).await;
            taken.push(start.elapsed());
        }
        for from in &taken {
            let window = *from..*from + Duration::from_secs(60);
            let seen = taken.iter().filter(|at| window.contains(at)).count();
            assert!(seen <= LIMIT as usize, "{seen} calls in the minute from {from:?}");
        }
        assert!(taken.len() > 2 * LIMIT as usize, "{} calls in three minutes", taken.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_costs_more_than_the_bucket_holds_does_not_wait_for_ever() {
        let slow = Rate { cells: cells(1), period: Duration::from_secs(1), burst: cells(2) };
        check(slow, &[100, 100], Duration::from_secs(2)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_not_now_does_not_open_a_longer_one() {
        let gate = Gate::default();
        assert_eq!(gate.closed_for(), None);
        gate.close_for(Duration::from_secs(10));
        gate.close_for(Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(gate.closed_for(), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(gate.closed_for(), None);
    }
}
