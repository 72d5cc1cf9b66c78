//! The whole engine in a world of its own: planner, run and state against two vendors in memory, on a
//! paused clock, with people who edit in between and everything that goes wrong.
//!
//! One number makes a world: [`Scenario::from_seed`] says who is in the address books, what the vendors
//! are like, what the admin wants and what happens, step by step. [`check`] plays it twice and asks the
//! [`laws`] after every run and at the [`end`]: the same seed has to end the same way, and no law may be
//! broken. [`shrink`] takes out of a failing scenario what does not matter.
//!
//! A scenario is data, drawn before anything runs. What a step is done to is decided when it is done, so
//! that a scenario with steps taken out is a scenario still.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unused_imports,
    reason = "a test's helper, shared by the tests and the example; each uses its part"
)]

mod crash;
mod end;
mod journal;
mod laws;
mod people;
mod play;
mod scenario;
mod shrink;
mod step;
#[path = "../../engine/world.rs"]
pub(crate) mod world;

pub(crate) use crash::Crash;
pub(crate) use play::Ended;
pub(crate) use scenario::{Scenario, Shape};
pub(crate) use shrink::shrink;
pub(crate) use step::{How, Step, Tells};

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A law that did not hold, and all that happened until then.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// The seed of the world.
    pub(crate) seed: u64,
    /// The law, in a few words.
    pub(crate) law: &'static str,
    /// How it was broken.
    pub(crate) what: String,
    /// What happened, one line for each step and write.
    pub(crate) trace: Vec<String>,
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "seed {}: {}", self.seed, self.law)?;
        writeln!(out, "  {}", self.what)?;
        self.trace.iter().try_for_each(|line| writeln!(out, "  | {line}"))
    }
}

/// Plays the world of a seed.
pub(crate) fn check_seed(seed: u64) -> Result<Ended, Box<Broken>> {
    check(&Scenario::from_seed(seed))
}

/// Plays a scenario twice, each time in a runtime of its own.
pub(crate) fn check(scenario: &Scenario) -> Result<Ended, Box<Broken>> {
    let first = once(scenario)?;
    let second = once(scenario)?;
    let differs = first.account().zip(second.account()).find(|(one, two)| one != two);
    match differs {
        None => Ok(first),
        Some((one, two)) => Err(Box::new(Broken {
            seed: scenario.seed,
            law: "the same seed ends the same way",
            what: format!("first:  {one}\n  second: {two}"),
            trace: first.trace,
        })),
    }
}

/// Plays a scenario once. A panic inside is a broken law like any other.
fn once(scenario: &Scenario) -> Result<Ended, Box<Broken>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime is made of nothing but memory");
    let played = catch_unwind(AssertUnwindSafe(|| runtime.block_on(play::play(scenario))));
    played.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Box::new(Broken {
            seed: scenario.seed,
            law: "nothing panics",
            what: text.unwrap_or_default(),
            trace: scenario.lines(),
        }))
    })
}
