//! What goes wrong in one place stays there, is told once, and is over as soon as it can be.

use crate::stage::{
    DAY_MS, HOUR_MS, MINUTE_MS, Stage, WallClock, config, down, every_five_minutes, stopped, well,
};
use std::time::Duration;
use syntony::daemon::{Ended, TroubleKind};
use syntony::run::{Cause, Clock as _};

fn two() -> std::sync::Arc<syntony::config::Config> {
    config(&[("pair", "chat", "book", every_five_minutes()), ("other", "crm", "news", every_five_minutes())])
}

#[tokio::test(start_paused = true)]
async fn a_vendor_down_for_a_day_is_asked_seldom_and_noticed_soon_when_it_is_back() {
    let clock = WallClock::showing("2026-05-01T00:00:30Z");
    let (from_ms, to_ms) = (clock.now_ms() + HOUR_MS, clock.now_ms() + HOUR_MS + DAY_MS);
    let stage = Stage::start(&clock, &two());
    stage.theatre.end_with(move |name, now_ms| {
        if name == "pair" && (from_ms..to_ms).contains(&now_ms) { down("chat") } else { well() }
    });
    stage.pass(HOUR_MS + DAY_MS / 2).await;
    let trouble = stage.card("pair").trouble.unwrap();
    assert_eq!(trouble.kind, TroubleKind::Down);
    assert!(trouble.since_ms - from_ms < 6 * MINUTE_MS, "since it began");
    stage.pass(DAY_MS / 2).await;
    let asked = stage.of("pair").iter().filter(|run| (from_ms..to_ms).contains(&run.ended_ms)).count();
    assert!((60..=110).contains(&asked), "{asked} times");
    stage.pass(20 * MINUTE_MS).await;
    let back = stage.of("pair").into_iter().find(|run| run.ended_ms >= to_ms).unwrap();
    assert!(back.ended_ms - to_ms < 19 * MINUTE_MS, "{}", back.ended_ms - to_ms);
    assert_eq!(stage.card("pair").trouble, None);
    assert_eq!(stage.of("other").len(), 1 + (HOUR_MS + DAY_MS + 20 * MINUTE_MS) as usize / (5 * 60_000));
    stage.end().await;
}

/// A schedule of once a day must not make a blip cost a day.
#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_tried_again_before_the_next_tick() {
    let clock = WallClock::showing("2026-05-01T00:00:00Z");
    let end_ms = clock.now_ms() + MINUTE_MS;
    for (what, cause) in [("app", Cause::Passing("chat".into())), ("state", Cause::State)] {
        let clock = WallClock::showing("2026-05-01T00:00:00Z");
        let daily = config(&[("pair", "chat", "book", "schedule = \"0 0 6 * * *\"")]);
        let stage = Stage::start(&clock, &daily);
        let cause = cause.clone();
        stage
            .theatre
            .end_with(move |_, now_ms| if now_ms < end_ms { stopped(cause.clone()) } else { well() });
        stage.pass(10 * MINUTE_MS).await;
        assert!((3..=5).contains(&stage.of("pair").len()), "{what}: {}", stage.of("pair").len());
        assert_eq!(stage.card("pair").trouble, None, "{what}");
        stage.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_says_when_is_not_asked_before_by_anybody() {
    let clock = WallClock::showing("2026-05-01T00:00:00Z");
    let start_ms = clock.now_ms();
    let minutely = "schedule = \"0 * * * * *\"";
    let stage = Stage::start(
        &clock,
        &config(&[("pair", "chat", "book", minutely), ("third", "chat", "crm", minutely)]),
    );
    stage.theatre.end_with(move |_, now_ms| {
        if now_ms - start_ms < MINUTE_MS {
            let retry_after = Some(Duration::from_secs(3_600));
            stopped(Cause::Limited { app: "chat".into(), retry_after })
        } else {
            well()
        }
    });
    stage.pass(HOUR_MS - MINUTE_MS).await;
    assert_eq!(stage.of("pair").len() + stage.of("third").len(), 1);
    stage.handle.nudge_app(&"chat".into());
    stage.pass(MINUTE_MS / 2).await;
    assert_eq!(stage.of("pair").len() + stage.of("third").len(), 1, "not even for a webhook");
    stage.pass(MINUTE_MS).await;
    assert!(!stage.of("pair").is_empty() && !stage.of("third").is_empty());
    assert!(stage.of("pair").len() + stage.of("third").len() >= 3);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_not_tried_again_until_there_are_others() {
    let clock = WallClock::showing("2026-05-01T00:00:30Z");
    let stage = Stage::start(&clock, &two());
    stage.theatre.end_with(
        |name, _| {
            if name == "pair" { stopped(Cause::Refused("chat".into())) } else { well() }
        },
    );
    stage.pass(DAY_MS).await;
    assert_eq!(stage.of("pair").len(), 1);
    assert_eq!(stage.card("pair").trouble.unwrap().kind, TroubleKind::Credentials);
    assert_eq!(stage.of("other").len(), 1 + 288);
    // Somebody says that it goes again, wrongly.
    assert!(stage.handle.run_now(&"pair".into()));
    stage.pass(HOUR_MS).await;
    assert_eq!(stage.of("pair").len(), 2);
    // Somebody signs in.
    stage.theatre.end_with(|_, _| well());
    stage.theatre.sign_in("chat");
    stage.pass(6 * MINUTE_MS).await;
    assert!((3..=4).contains(&stage.of("pair").len()), "{}", stage.of("pair").len());
    assert_eq!(stage.card("pair").trouble, None);
    stage.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_person_is_looked_at_with_each_tick_and_told_once() {
    let cases: [(TroubleKind, fn() -> Ended); 3] = [
        (TroubleKind::Guard, || stopped(Cause::Guard)),
        (TroubleKind::Refusal, || stopped(Cause::Unusable("chat".into()))),
        (TroubleKind::Configuration, || Ended::Unfit("a field is gone".to_owned())),
    ];
    for (kind, ending) in cases {
        let clock = WallClock::showing("2026-05-01T00:01:00Z");
        let stage = Stage::start(&clock, &two());
        stage.theatre.end_with(move |name, _| if name == "pair" { ending() } else { well() });
        stage.pass(MINUTE_MS).await;
        let first = stage.card("pair").trouble.unwrap();
        stage.pass(HOUR_MS).await;
        let last = stage.card("pair").trouble.unwrap();
        assert_eq!((first.kind, last.kind, last.since_ms), (kind, kind, first.since_ms));
        assert!(kind.waits_for_a_person());
        assert_eq!(stage.of("pair").len(), 1 + 12, "{kind:?}");
        assert_eq!(stage.of("other").len(), 1 + 12, "{kind:?}");
        stage.theatre.end_with(|_, _| well());
        stage.pass(5 * MINUTE_MS).await;
        assert_eq!(stage.card("pair").trouble, None);
        stage.end().await;
    }
}
