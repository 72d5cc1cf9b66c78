//! Schedules: no tick lost, none doubled, whatever the clocks do.

use crate::stage::{DAY_MS, HOUR_MS, MINUTE_MS, Stage, Theatre, WallClock, config, every_five_minutes};
use std::sync::Arc;
use syntony::daemon::{Doing, LOOK_SECONDS, MAX_JITTER_SECONDS};
use syntony::run::{Clock as _, Db};
use syntony_core::ids::ConnectionName;
use syntony_state::Store;

const JITTER_MS: i64 = MAX_JITTER_SECONDS * 1000;

/// Runs between two moments on a connection with this schedule, as local times of day, without the one at the start.
async fn times(schedule: &str, from: &str, days: i64) -> Vec<String> {
    let clock = WallClock::showing(from);
    let config = config(&[("pair", "book", "crm", schedule)]);
    let stage = Stage::start(&clock, &config);
    stage.pass(days * DAY_MS).await;
    let zone = config.connections["pair"].timezone;
    let local = |at_ms: i64| chrono::DateTime::from_timestamp_millis(at_ms).unwrap().with_timezone(&zone);
    let runs = stage.of("pair").into_iter().skip(1);
    let times = runs.map(|run| local(run.began_ms).format("%d %H:%M %z").to_string()).collect();
    stage.end().await;
    times
}

#[tokio::test(start_paused = true)]
async fn days_on_which_the_clocks_change_have_their_ticks() {
    let brussels = |schedule: &str| format!("schedule = \"{schedule}\"\ntimezone = \"Europe/Brussels\"");
    let daily = times(&brussels("0 30 2 * * *"), "2026-03-27T12:00:00Z", 3).await;
    assert_eq!(daily, ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"], "a skipped hour");
    let daily = times(&brussels("0 30 2 * * *"), "2026-10-24T12:00:00Z", 2).await;
    assert_eq!(daily, ["25 02:30 +0200", "26 02:30 +0100"], "an hour that comes twice");
    let hourly = times(&brussels("0 15 * * * *"), "2026-10-24T23:50:00Z", 1).await;
    assert_eq!(hourly[..3], ["25 02:15 +0200", "25 02:15 +0100", "25 03:15 +0100"]);
    assert_eq!(hourly.len(), 24);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_minutes_lose_no_tick_and_double_none() {
    let clock = WallClock::showing("2026-05-01T00:00:30Z");
    let start_ms = clock.now_ms();
    let stage = Stage::start(&clock, &config(&[("pair", "book", "crm", every_five_minutes())]));
    stage.pass(5 * DAY_MS).await;
    let runs = stage.of("pair");
    assert_eq!(runs.len(), 1 + 5 * 288);
    let lateness: Vec<i64> = runs[1..].iter().map(|run| run.began_ms % (5 * MINUTE_MS)).collect();
    assert!(lateness.iter().all(|late| *late <= JITTER_MS + 10), "{lateness:?}");
    assert!(lateness.windows(2).all(|two| (two[0] - two[1]).abs() <= 10), "the same spread each time");
    assert!(runs[0].began_ms - start_ms < 100, "what never ran runs at once");
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_schedule_of_seconds_means_the_seconds_it_says() {
    let clock = WallClock::showing("2026-05-01T00:00:00Z");
    let stage = Stage::start(&clock, &config(&[("pair", "book", "crm", "schedule = \"7/10 * * * * *\"")]));
    stage.pass(10 * MINUTE_MS).await;
    let late = stage.of("pair").iter().skip(1).map(|run| (run.began_ms - 7_000) % 10_000).max().unwrap();
    assert!(late <= 10, "{late}");
    assert_eq!(stage.of("pair").len(), 1 + 60);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_longer_than_its_interval_is_followed_by_the_next_tick_after_it() {
    let clock = WallClock::showing("2026-05-01T00:00:00Z");
    let stage = Stage::start(&clock, &config(&[("pair", "book", "crm", "schedule = \"0 * * * * *\"")]));
    stage.theatre.lasts("pair", 150);
    stage.pass(HOUR_MS).await;
    let runs = stage.of("pair");
    let gaps: Vec<i64> = runs.windows(2).skip(1).map(|two| two[1].began_ms - two[0].began_ms).collect();
    assert!(gaps.iter().all(|gap| (*gap - 3 * MINUTE_MS).abs() <= 10), "{gaps:?}");
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_makes_up_for_all_ticks_with_one_run() {
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let stage = Stage::start(&clock, &config(&[("pair", "book", "crm", every_five_minutes())]));
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("pair").len(), 1);
    clock.set_forward(8 * HOUR_MS);
    stage.pass(i64::try_from(LOOK_SECONDS).unwrap() * 1000 + 1_000).await;
    assert_eq!(stage.of("pair").len(), 2);
    stage.pass(10 * MINUTE_MS).await;
    assert_eq!(stage.of("pair").len(), 4, "and then as ever");
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_set_back_keeps_nobody_waiting_and_a_correction_doubles_nothing() {
    let clock = WallClock::showing("2026-05-01T12:01:00Z");
    let stage = Stage::start(&clock, &config(&[("pair", "book", "crm", every_five_minutes())]));
    stage.pass(HOUR_MS).await;
    let before = stage.of("pair").len();
    clock.set_forward(-3 * HOUR_MS);
    stage.pass(HOUR_MS).await;
    let after = stage.of("pair").len();
    assert!((12..=13).contains(&(after - before)), "{}", after - before);
    // Corrected by seconds right after each tick: not one more, not one less.
    for _ in 0..12 {
        let now_ms = stage.now_ms();
        let next_ms = ((now_ms + MINUTE_MS) / (5 * MINUTE_MS) + 1) * 5 * MINUTE_MS + JITTER_MS + 1_000;
        stage.pass(next_ms - now_ms).await;
        clock.set_forward(-20_000);
    }
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("pair").len() - after, 12);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_makes_up_for_what_was_missed_and_for_nothing_else() {
    let clock = WallClock::showing("2026-05-01T10:00:00Z");
    let theatre = Theatre::new(&clock);
    let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
    let config = config(&[
        ("hourly", "book", "crm", "schedule = \"0 0 * * * *\""),
        ("daily", "chat", "news", "schedule = \"0 0 6 * * *\""),
        ("unscheduled", "shop", "till", ""),
    ]);
    let counts =
        |theatre: &Theatre| ["hourly", "daily", "unscheduled"].map(|connection| theatre.of(connection).len());
    for (closed_for_ms, expected) in
        [(0, [1, 1, 1]), (10 * MINUTE_MS, [1, 1, 1]), (3 * HOUR_MS, [2, 1, 1]), (DAY_MS, [3, 2, 1])]
    {
        clock.set_forward(closed_for_ms);
        let stage = Stage::over(Arc::clone(&db), &theatre, &config);
        stage.pass(MINUTE_MS).await;
        stage.end().await;
        assert_eq!(counts(&theatre), expected, "after {closed_for_ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_the_process_and_its_end_makes_up_for_what_was_missed() {
    let clock = WallClock::showing("2026-05-01T10:01:00Z");
    let theatre = Theatre::new(&clock);
    let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
    let config = config(&[("pair", "book", "crm", every_five_minutes())]);
    let name = ConnectionName::new("pair");
    let stage = Stage::over(Arc::clone(&db), &theatre, &config);
    stage.pass(MINUTE_MS).await;
    stage.handle.pause(&name).unwrap();
    stage.pass(HOUR_MS).await;
    assert_eq!((stage.of("pair").len(), stage.card("pair").doing), (1, Doing::Paused));
    stage.end().await;
    let stage = Stage::over(db, &theatre, &config);
    stage.handle.nudge_app(&"book".into());
    stage.pass(HOUR_MS).await;
    assert_eq!(stage.of("pair").len(), 1);
    stage.handle.resume(&name).unwrap();
    stage.pass(1_000).await;
    assert_eq!(stage.of("pair").len(), 2);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_nudge_runs_the_connections_of_its_app_once_and_loses_none() {
    let clock = WallClock::showing("2026-05-01T10:00:00Z");
    let stage = Stage::start(
        &clock,
        &config(&[("one", "book", "crm", ""), ("two", "book", "chat", ""), ("three", "news", "till", "")]),
    );
    stage.pass(MINUTE_MS).await;
    for _ in 0..100 {
        stage.handle.nudge_app(&"book".into());
    }
    stage.pass(MINUTE_MS).await;
    assert_eq!(["one", "two", "three"].map(|name| stage.of(name).len()), [2, 2, 1]);
    // One that comes during a run is answered by another run.
    stage.theatre.lasts("one", 10);
    stage.handle.nudge_app(&"crm".into());
    stage.pass(5_000).await;
    stage.handle.nudge_app(&"crm".into());
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("one").len(), 4);
    assert!(stage.handle.run_now(&"three".into()) && !stage.handle.run_now(&"nobody".into()));
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("three").len(), 2);
    stage.end().await;
}
