//! Plays worlds of the simulation, as many as there is patience for.
//!
//! ```text
//! cargo run --release --example simulate -- --seeds 10000
//! cargo run --release --example simulate -- --seed 4711
//! ```
//!
//! Ends with status 1 if a law was broken, and prints the seed: `--seed N` plays it again, takes out of it
//! what does not matter and shows what is left.

#[path = "../tests/simulation/sim/mod.rs"]
mod sim;

use clap::Parser;
use sim::{Broken, Scenario};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Failures that are shown in full.
const MAX_SHOWN_FAILURES: usize = 3;

/// Plays worlds of the simulation.
#[derive(Parser)]
struct Args {
    /// How many worlds to play.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One world alone, shown step by step; one that fails is made as small as possible first.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match args.seed {
        Some(seed) => one(seed),
        None => many(args.from, args.seeds),
    }
}

fn one(seed: u64) -> ExitCode {
    let scenario = Scenario::from_seed(seed);
    match sim::check(&scenario) {
        Ok(ended) => {
            say(&format!("seed {seed} ends well"));
            ended.trace.iter().chain(&ended.contacts).for_each(|line| say(line));
            ExitCode::SUCCESS
        }
        Err(broken) => {
            let (smaller, broken) = sim::shrink(&scenario, broken);
            say("what is left of the scenario:");
            smaller.lines().iter().for_each(|line| say(&format!("  {line}")));
            say(&broken.to_string());
            ExitCode::FAILURE
        }
    }
}

fn many(from: u64, seeds: u64) -> ExitCode {
    let began = Instant::now();
    let next = AtomicU64::new(from);
    let end = from.saturating_add(seeds);
    let work = || {
        let mut broken: Vec<Box<Broken>> = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return broken;
            }
            broken.extend(sim::check_seed(seed).err());
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let mut broken: Vec<Box<Broken>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
    });
    broken.sort_by_key(|broken| broken.seed);
    broken.iter().take(MAX_SHOWN_FAILURES).for_each(|broken| say(&broken.to_string()));
    let mut laws: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for broken in &broken {
        laws.entry(broken.law).or_default().push(broken.seed);
    }
    for (law, seeds) in &laws {
        say(&format!("{law}: {seeds:?}"));
    }
    let seconds = began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    #[allow(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = seeds as f64 / seconds;
    say(&format!("{seeds} seeds, {} broken, {rate:.0} seeds per second", broken.len()));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// To the standard output: that is what this program is for.
#[allow(clippy::print_stdout, reason = "an example's output")]
fn say(line: &str) {
    println!("{line}");
}
