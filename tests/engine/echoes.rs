//! What comes back: our own writes, late news, repeated pages. None of it may start another round.

use crate::stage::{A, B, Edit, Shape, Stage, Who, a_is_book, ann, casts, field, person, someone};
use std::time::Duration;
use syntony::report::Status;
use syntony_connectors::memory::{Fault, Traits};
use syntony_core::value::Value;

/// How long a lagging feed lags, in seconds.
const LAG_SECONDS: u64 = 60;
/// After so many runs nobody writes any more.
const TICKS: usize = 3;

fn lagging(who: Who, traits: Traits) -> Traits {
    if who == A { Traits { feed_lag_ms: LAG_SECONDS * 1000, ..traits } } else { traits }
}

async fn later(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

/// Scenario 74.
#[tokio::test(start_paused = true)]
async fn our_own_write_is_no_news_and_an_automation_a_second_later_is() {
    for cast in casts() {
        // Also an automation that puts back what was there before our write: it is no echo of anything.
        for automated in ["CTO", "CEO"] {
            let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
            stage.edit(A, &a, Edit::Title("CFO"));
            stage.sync().await;
            assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
            // The chat tool tells of our write, as a conversation would; twice, and in any order.
            stage.app(B).bump(&b);
            for fault in [Fault::RepeatedPage, Fault::ReorderedPage] {
                stage.app(A).script(fault);
                stage.app(B).script(fault);
            }
            stage.assert_quiet().await;
            later(1).await;
            stage.edit(B, &b, Edit::Title(automated));
            let report = stage.sync().await;
            assert_eq!(report.resolved, 0, "{cast:?} {report:#?}");
            let wanted = format!("Ann Lee | ann@x.com | +32471234567 | {automated}");
            assert_eq!(stage.book(A), [wanted], "{cast:?}: a real edit was taken for an echo");
            stage.assert_quiet().await;
        }
    }
}

/// Scenario 74, where the automation is faster than our next look and edits another field of what we wrote.
#[tokio::test(start_paused = true)]
async fn an_automation_that_answers_our_write_at_once_is_heard() {
    for cast in casts() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.sync().await;
        stage.edit(B, &b, Edit::Phone("+3222222222"));
        stage.edit(A, &a, Edit::Title("CTO"));
        stage.sync().await;
        for who in Who::BOTH {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +3222222222 | CTO"], "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
    }
}

/// Scenario 74: the answer to our write shows an edit that nobody else will tell of.
#[tokio::test(start_paused = true)]
async fn an_edit_that_happens_while_we_write_is_heard() {
    for cast in casts() {
        let slow = |_: Who, traits: Traits| Traits { call_ms: 1000, ..traits };
        let (mut stage, a, b) = Stage::with(cast, slow).linked(&ann()).await;
        stage.edit(A, &a, Edit::Title("CFO"));
        let (app, shape) = (stage.app(B).clone(), stage.shape(B));
        let calls = app.calls().write;
        let edited = async {
            while app.calls().write == calls {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let phone =
                if shape == Shape::Book { Value::texts(["+3222222222"]) } else { Value::text("+3222222222") };
            // In the chat tool, no conversation tells of it.
            app.edit(&b, |fields| drop(fields.insert(field(shape, "phone"), phone)));
        };
        tokio::join!(stage.sync(), edited);
        stage.sync().await;
        for who in Who::BOTH {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +3222222222 | CFO"], "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
    }
}

/// Scenario 75. A feed that lags shows the first of two edits when the second is known already.
#[tokio::test(start_paused = true)]
async fn the_late_news_of_a_first_edit_does_not_undo_the_second() {
    for cast in a_is_book() {
        let (mut stage, a, b) = {
            let mut stage = Stage::with(cast, lagging);
            let a = stage.add(A, &ann());
            later(LAG_SECONDS).await;
            stage.sync().await;
            later(LAG_SECONDS).await;
            stage.assert_quiet().await;
            let b = crate::world::only(stage.app(B));
            (stage, a, b)
        };
        stage.edit(A, &a, Edit::Title("first"));
        later(2).await;
        stage.edit(A, &a, Edit::Title("second"));
        // Writing to A finds that it moved, reads it, and learns of the second edit.
        stage.edit(B, &b, Edit::Phone("+3222222222"));
        stage.sync().await;
        let wanted = "Ann Lee | ann@x.com | +3222222222 | second";
        assert_eq!((stage.book(A), stage.book(B)), (vec![wanted.into()], vec![wanted.into()]), "{cast:?}");
        // Now the feed shows the first edit, and a little later the second and our own write.
        for seconds in [LAG_SECONDS - 1, 1, 1, LAG_SECONDS] {
            later(seconds).await;
            stage.assert_quiet().await;
            assert_eq!(stage.book(B), [wanted], "{cast:?}");
        }
    }
}

/// Scenario 81.
#[tokio::test(start_paused = true)]
async fn a_feed_that_still_shows_the_old_value_does_not_roll_back_our_write() {
    for cast in a_is_book() {
        let mut stage = Stage::with(cast, lagging);
        stage.add(A, &ann());
        later(LAG_SECONDS).await;
        stage.sync().await;
        let b = crate::world::only(stage.app(B));
        later(LAG_SECONDS).await;
        stage.edit(B, &b, Edit::Title("CFO"));
        later(if cast.b == Shape::Book { LAG_SECONDS } else { 0 }).await;
        stage.sync().await;
        let wanted = ["Ann Lee | ann@x.com | +32471234567 | CFO"];
        assert_eq!(stage.book(A), wanted, "{cast:?}");
        for seconds in [0, 10, LAG_SECONDS - 11, 2, LAG_SECONDS] {
            later(seconds).await;
            let before = stage.world.writes();
            // The feed shows nothing yet; a complete listing shows the value from before our write.
            stage.sync().await;
            let report = stage.resync().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {report:#?}");
            assert_eq!(stage.world.writes(), before, "{cast:?}");
            assert_eq!(
                (stage.book(A), stage.book(B)),
                (wanted.map(Into::into).to_vec(), wanted.map(Into::into).to_vec())
            );
        }
    }
}

/// Scenario 81: a contact that we made is not in the listing yet.
#[tokio::test(start_paused = true)]
async fn a_new_contact_that_a_listing_does_not_show_yet_is_neither_gone_nor_made_again() {
    for cast in a_is_book() {
        let mut stage = Stage::with(cast, lagging);
        stage.add(B, &ann());
        stage.sync().await;
        for _ in 0..3 {
            let report = stage.resync().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {report:#?}");
            later(LAG_SECONDS / 2).await;
        }
        assert_eq!((stage.book(A).len(), stage.book(B).len(), stage.world.writes()), (1, 1, 1), "{cast:?}");
    }
}

/// Scenario 76.
#[tokio::test(start_paused = true)]
async fn when_the_edits_stop_so_do_the_writes() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        for number in 0..10 {
            stage.add(if number % 2 == 0 { A } else { B }, &someone(number).title("CEO"));
        }
        stage.sync().await;
        for who in Who::BOTH {
            for (number, id) in stage.app(who).dump().into_keys().enumerate() {
                match number % 5 {
                    0 => stage.edit(who, &id, Edit::Title(if who == A { "CFO" } else { "CTO" })),
                    1 => stage.edit(who, &id, Edit::Phone("+32471234567")),
                    2 => stage.edit(who, &id, Edit::Title("")),
                    3 => stage.edit(who, &id, Edit::Name("Joe", "van Vliet")),
                    _ => stage.edit(who, &id, Edit::Email(if who == A { "free@x.com" } else { "p1@x.com" })),
                }
            }
        }
        stage.add(A, &person("Ann", "Lee").email("p3@x.com"));
        for _ in 0..TICKS {
            stage.sync().await;
        }
        for _ in 0..TICKS {
            stage.assert_quiet().await;
        }
        stage.resync().await;
        stage.assert_quiet().await;
    }
}

/// Scenario 77.
#[tokio::test(start_paused = true)]
async fn a_value_that_somebody_keeps_changing_back_is_held_and_named() {
    for cast in casts() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(A, &a, Edit::Title("CFO"));
        let mut held = 0;
        for _ in 0..8 {
            let report = stage.sync().await;
            held = report.held;
            // A third tool makes A say what it said, and B what it said before.
            stage.edit(A, &a, Edit::Title("CFO"));
            stage.edit(B, &b, Edit::Title("CEO"));
        }
        assert_eq!(held, 1, "{cast:?}: it goes on for ever");
        let held = stage.standings().into_iter().find(|row| row.standing.verdict == "held").unwrap();
        assert_eq!(held.standing.detail["held"][0]["mapping"], "title", "{cast:?}");
        stage.edit(A, &a, Edit::Phone("+3222222222"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | CEO"], "{cast:?}: the rest goes on");
    }
}
