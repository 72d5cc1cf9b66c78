//! Another configuration while runs are under way.

use crate::stage::{HOUR_MS, MINUTE_MS, Stage, WallClock, config, every_five_minutes};
use syntony_core::ids::ConnectionName;

#[tokio::test(start_paused = true)]
async fn runs_under_way_finish_by_the_old_one_and_unchanged_connections_keep_their_ticks() {
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let (five, ten) = (every_five_minutes(), "schedule = \"0 */10 * * * *\"");
    let stage = Stage::start(
        &clock,
        &config(&[("stays", "a", "b", five), ("changes", "c", "d", five), ("goes", "e", "f", five)]),
    );
    stage.pass(MINUTE_MS).await;
    for name in ["stays", "changes", "goes"] {
        stage.theatre.lasts(name, 200);
    }
    // In the middle of everybody's run of 00:05.
    stage.pass(4 * MINUTE_MS).await;
    let after = config(&[("stays", "a", "b", five), ("changes", "c", "d", ten), ("comes", "e", "g", five)]);
    stage.handle.replace(stage.theatre.generation(&after)).unwrap();
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("comes").len(), 0, "its app is still used by the one that goes");
    stage.pass(2 * MINUTE_MS).await;
    for name in ["stays", "changes", "goes"] {
        assert_eq!(stage.of(name).iter().map(|run| run.by).collect::<Vec<_>>(), [0, 0], "{name}");
        stage.theatre.lasts(name, 1);
    }
    stage.pass(HOUR_MS - 8 * MINUTE_MS).await;
    let by_the_new = |name: &str| stage.of(name).iter().filter(|run| run.by == 1).count();
    assert_eq!(["stays", "changes", "goes"].map(by_the_new), [11, 6, 0]);
    assert!(by_the_new("comes") >= 11);
    assert_eq!(stage.handle.board().card(&ConnectionName::new("goes")), None);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_reload_is_no_tick_however_often_it_comes() {
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let config = config(&[("pair", "a", "b", every_five_minutes())]);
    let stage = Stage::start(&clock, &config);
    for _ in 0..600 {
        stage.pass(6_000).await;
        stage.handle.replace(stage.theatre.generation(&config)).unwrap();
    }
    assert_eq!(stage.of("pair").len(), 1 + 12);
    stage.end().await;
}

/// Gone and back while its run goes on: it is still one connection with one run.
#[tokio::test(start_paused = true)]
async fn a_connection_that_comes_back_during_its_run_does_not_run_twice() {
    let clock = WallClock::showing("2026-05-01T00:01:00Z");
    let with = config(&[("pair", "a", "b", every_five_minutes()), ("other", "c", "d", "")]);
    let without = config(&[("other", "c", "d", "")]);
    let stage = Stage::start(&clock, &with);
    stage.theatre.lasts("pair", 60);
    stage.pass(10_000).await;
    for config in [&without, &with, &without, &with] {
        stage.handle.replace(stage.theatre.generation(config)).unwrap();
        stage.pass(1_000).await;
    }
    stage.pass(MINUTE_MS).await;
    assert_eq!(stage.of("pair").len(), 1);
    stage.handle.replace(stage.theatre.generation(&without)).unwrap();
    stage.pass(HOUR_MS).await;
    assert_eq!(stage.of("pair").len(), 1);
    stage.handle.replace(stage.theatre.generation(&with)).unwrap();
    stage.pass(2 * MINUTE_MS).await;
    assert_eq!(stage.of("pair").len(), 2, "it missed ticks, and makes up for them once");
    stage.end().await;
}
