//! Hundreds of worlds, and by name each that once broke a law.

use crate::sim::{self, Broken};
use std::sync::atomic::{AtomicU64, Ordering};

/// Worlds that the test command plays; the example plays any number.
const SEEDS: u64 = 300;

#[test]
fn no_world_breaks_a_law() {
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let work = || {
        let mut broken: Vec<Box<Broken>> = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= SEEDS {
                return broken;
            }
            broken.extend(sim::check_seed(seed).err());
        }
    };
    let mut broken: Vec<Box<Broken>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    broken.sort_by_key(|broken| broken.seed);
    let seeds: Vec<u64> = broken.iter().map(|broken| broken.seed).collect();
    if let Some(first) = broken.first() {
        panic!("{} of {SEEDS} seeds fail: {seeds:?}\n{first}", broken.len());
    }
}
