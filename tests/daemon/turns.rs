//! Who shares an app waits for his turn, and nobody else waits for him.

use crate::stage::{DAY_MS, HOUR_MS, MINUTE_MS, Stage, Theatre, WallClock, config, every_five_minutes, well};
use std::sync::Arc;
use syntony::daemon::{Doing, Lease};
use syntony::run::Db;
use syntony_state::{RunLock, Store};

/// That nobody uses an app twice at once is asserted with every run.
#[tokio::test(start_paused = true)]
async fn runs_that_share_an_app_take_turns_and_the_others_go_on() {
    let clock = WallClock::showing("2026-05-01T00:00:30Z");
    let minutely = "schedule = \"0 * * * * *\"";
    let stage = Stage::start(
        &clock,
        &config(&[
            ("a-b", "a", "b", minutely),
            ("b-c", "b", "c", minutely),
            ("c-a", "c", "a", minutely),
            ("a-d", "d", "a", minutely),
            ("alone", "x", "y", minutely),
        ]),
    );
    for name in ["a-b", "b-c", "c-a", "a-d"] {
        stage.theatre.lasts(name, 25);
    }
    stage.pass(DAY_MS).await;
    let count = |name: &str| stage.of(name).len();
    assert_eq!(count("alone"), 1 + 1_440);
    for name in ["a-b", "b-c", "c-a", "a-d"] {
        assert!(count(name) > 600, "{name} starves: {}", count(name));
    }
    stage.end().await;
}

/// A first run that takes hours keeps its neighbour waiting, who then runs once.
#[tokio::test(start_paused = true)]
async fn a_long_wait_for_a_turn_piles_up_no_ticks() {
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let stage =
        Stage::start(&clock, &config(&[("long", "a", "b", ""), ("short", "b", "c", every_five_minutes())]));
    stage.theatre.lasts("long", 6 * 3600);
    stage.pass(HOUR_MS).await;
    let waiting = [stage.card("long").doing, stage.card("short").doing];
    assert!(waiting.contains(&Doing::Running) && waiting.contains(&Doing::Queued), "{waiting:?}");
    stage.pass(5 * HOUR_MS + 2 * MINUTE_MS).await;
    assert_eq!((stage.of("long").len(), stage.of("short").len()), (1, 1));
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_command_that_works_on_the_state_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let theatre = Theatre::new(&clock);
    let db = Arc::new(Db::new(Store::open(&path).unwrap()));
    let command = RunLock::acquire(&path, "syntony resync").unwrap();
    let config = config(&[("pair", "a", "b", every_five_minutes())]);
    let stage = Stage::beside(db, &theatre, &config, Lease::of(path.clone()));
    stage.pass(HOUR_MS).await;
    assert_eq!(stage.of("pair").len(), 0);
    assert_eq!(stage.card("pair").trouble, None, "that is no trouble");
    drop(command);
    stage.pass(10_000).await;
    assert_eq!(stage.of("pair").len(), 1);
    assert!(RunLock::acquire(&path, "syntony sync").is_ok(), "between runs it is anybody's");
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_in_flight_finish_and_begins_nothing() {
    let clock = WallClock::showing("2026-05-01T00:00:00Z");
    let stage = Stage::start(
        &clock,
        &config(&[("one", "a", "b", ""), ("two", "b", "c", ""), ("three", "x", "y", "")]),
    );
    stage.theatre.lasts("one", 100);
    stage.theatre.lasts("two", 100);
    stage.theatre.lasts("three", 300);
    stage.pass(10_000).await;
    let theatre = stage.end().await;
    let ran = ["one", "two"].map(|name| theatre.of(name).len());
    assert_eq!(ran.iter().sum::<usize>(), 1, "the one that waited for its turn does not begin");
    assert_eq!(theatre.of("three").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_panics_takes_nobody_with_it_and_begins_again() {
    let clock = WallClock::showing("2026-05-01T00:00:30Z");
    let theatre = Theatre::new(&clock);
    theatre.end_with(|name, _| if name == "bad" { panic!("played") } else { well() });
    let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
    let minutely = "schedule = \"0 * * * * *\"";
    let config = config(&[("bad", "a", "b", minutely), ("good", "b", "c", minutely)]);
    let stage = Stage::over(db, &theatre, &config);
    stage.pass(HOUR_MS).await;
    let bad = stage.of("bad").len();
    assert!((40..=61).contains(&bad), "{bad}");
    let good = stage.of("good").len();
    assert!((50..=61).contains(&good), "{good}");
    stage.end().await;
}
