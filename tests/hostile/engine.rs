//! The engine against vendors whose records are bad again and again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

use crate::world::{World, drift, drift_traits, google, google_traits};
use syntony::report::{ConnectionReport, Status};
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::{Fault, Faults};

/// Worlds, each with other chances.
const SEEDS: u64 = 12;
/// People on each side; half of them are known to both.
const PEOPLE: usize = 30;
/// Runs under faults.
const RUNS: usize = 5;

fn world(seed: u64) -> World {
    let world = World::new(google_traits(), drift_traits(), seed);
    for number in 0..PEOPLE {
        let address = format!("p{number}@x.com");
        if number % 2 == 0 || number % 4 == 1 {
            world.google.add(google(("P", &number.to_string()), &[&address], &[], "CEO"));
        }
        if number % 2 == 0 || number % 4 == 3 {
            world.drift.add(drift(&format!("P {number}"), &address, "", "CEO"));
        }
    }
    world
}

/// Everybody stands once on each side, with the same name.
fn assert_in_step(world: &World, what: &str) {
    let names = |app: &syntony_connectors::memory::App, field: &str, email: &str| -> Vec<(String, String)> {
        let text = |value: Option<&syntony_core::value::Value>| {
            value.map(|value| value.to_plain().to_string().replace(['[', ']'], "")).unwrap_or_default()
        };
        let mut all: Vec<_> = app
            .dump()
            .values()
            .map(|record| (text(record.fields.get(email)), text(record.fields.get(field))))
            .collect();
        all.sort();
        all
    };
    let left = names(&world.google, "organizations.title", "emailAddresses");
    let right = names(&world.drift, "title", "email");
    assert_eq!(left.len(), PEOPLE, "{what}: nobody is lost and nobody is there twice");
    assert_eq!(left, right, "{what}");
}

fn stopped_or_not(report: &ConnectionReport, what: &str) {
    assert!(report.status != Status::Stopped || report.reason.is_some(), "{what}: {report:#?}");
}

/// A record that says too little of who somebody is makes nobody twice and stops nobody.
#[tokio::test(start_paused = true)]
async fn bad_records_make_nobody_twice_and_stop_nobody() {
    for seed in 0..SEEDS {
        let mut world = world(seed);
        let faults = Faults::none()
            .with(Fault::UnreadableRecord, 30)
            .with(Fault::PartialRecord, 30)
            .with(Fault::ReorderedPage, 50)
            .with(Fault::RepeatedPage, 20);
        world.google.set_faults(faults.clone());
        world.drift.set_faults(faults);
        for run in 0..RUNS {
            let what = format!("seed {seed}, run {run}");
            let mode = if run % 2 == 0 { Mode::Resync } else { Mode::Sync };
            let report = world.run(mode, Permission::Guarded).await.report;
            assert_ne!(report.status, Status::Stopped, "{what}: {report:#?}");
            for failure in &report.failures {
                assert!(!failure.reason.is_empty() && !failure.contact.is_empty(), "{what}: {report:#?}");
            }
            assert_eq!(report.status == Status::Partial, !report.failures.is_empty(), "{what}: {report:#?}");
        }
        world.google.set_faults(Faults::none());
        world.drift.set_faults(Faults::none());
        let report = world.run(Mode::Resync, Permission::Guarded).await.report;
        assert_eq!(report.status, Status::Ok, "seed {seed}: {report:#?}");
        assert_in_step(&world, &format!("seed {seed}"));
        world.assert_quiet().await;
    }
}

/// Everything that a vendor in memory can do wrong, at once.
#[tokio::test(start_paused = true)]
async fn after_any_faults_the_end_is_that_of_a_calm_world() {
    for seed in 0..SEEDS {
        let mut world = world(seed);
        let mut faults = Faults::none();
        for fault in [
            Fault::RateLimited,
            Fault::Transient,
            Fault::CursorExpired,
            Fault::RepeatedPage,
            Fault::ReorderedPage,
            Fault::PartialRecord,
            Fault::UnreadableRecord,
            Fault::LostAnswer,
            Fault::TimeoutBefore,
            Fault::TimeoutAfter,
            Fault::Rejection,
            Fault::FalseStale,
            Fault::Deferred,
        ] {
            faults = faults.with(fault, 8);
        }
        world.google.set_faults(faults.clone());
        world.drift.set_faults(faults);
        for run in 0..RUNS {
            let report = world.sync().await;
            stopped_or_not(&report, &format!("seed {seed}, run {run}"));
        }
        world.google.set_faults(Faults::none());
        world.drift.set_faults(Faults::none());
        for _ in 0..3 {
            world.run(Mode::Resync, Permission::Guarded).await;
        }
        assert_in_step(&world, &format!("seed {seed}"));
    }
}
