//! Refusals, lost answers, crashes, limits and expiry: in the end everybody is there once and in step.

use crate::crash::Crash;
use crate::stage::{
    A, B, BOOK_AND_CHAT, CHAT_AND_BOOK, Cast, Edit, Shape, Stage, TWO_BOOKS, Who, ann, books, casts, person,
    someone,
};
use std::time::Duration;
use syntony::report::Status;
use syntony::run::Mode;
use syntony_connectors::memory::{Fault, Traits};

/// One of each kind: which side is which makes no difference to a crash, and each costs hundreds of runs.
const CUT: [Cast; 3] = [BOOK_AND_CHAT[0], CHAT_AND_BOOK[1], TWO_BOOKS[0]];
/// No run of these worlds has as many polls or commits.
const MAX_CUTS: u32 = 400;
/// After a cut, so many runs come to the end, also where each waits for what the one before sent.
const RUNS_TO_THE_END: usize = 3;
/// Google's change cursors live for seven days.
const WEEK_MS: u64 = 7 * 24 * 3600 * 1000;

/// Scenario 82.
#[tokio::test(start_paused = true)]
async fn one_refused_contact_does_not_stop_the_others() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        for number in 0..20 {
            stage.add(A, &someone(number));
        }
        stage.app(B).script(Fault::Rejection);
        let report = stage.sync().await;
        assert_eq!(
            (report.status, report.failures.len(), report.in_sync),
            (Status::Partial, 1, 19),
            "{cast:?} {report:#?}"
        );
        let line = &report.failures[0];
        assert!(line.reason.contains("for a reason of its own") && line.hint.is_some(), "{line:?}");
        assert!(!line.contact.is_empty());
        // It is still listed, and not tried again by itself…
        let calls = stage.write_calls();
        for _ in 0..2 {
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.failures.len()), (Status::Partial, 1), "{cast:?}");
        }
        assert_eq!(stage.write_calls(), calls, "{cast:?}: what was refused was tried again");
        // …but when somebody asks.
        let report = stage.resync().await;
        assert_eq!((report.status, report.in_sync), (Status::Ok, 20), "{cast:?} {report:#?}");
    }
}

/// Scenario 82: tried again when something changed.
#[tokio::test(start_paused = true)]
async fn a_refused_contact_is_tried_again_when_it_changes() {
    for cast in casts() {
        let (mut stage, a, _) = Stage::in_step(cast, &ann()).await;
        stage.app(B).script(Fault::Rejection);
        stage.edit(A, &a, Edit::Title("CFO"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.failures.len()), (Status::Partial, 1), "{cast:?} {report:#?}");
        stage.edit(A, &a, Edit::Phone("+3222222222"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.failures.len()), (Status::Ok, 0), "{cast:?} {report:#?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | CFO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// A first sync with everything in it: links, creates both ways, a conflict.
fn first_sync(cast: Cast) -> Stage {
    let mut stage = Stage::new(cast);
    stage.add(A, &ann());
    stage.add(B, &ann().title("CFO"));
    for number in 0..3 {
        stage.add(A, &someone(number));
        stage.add(B, &someone(10 + number).title("CTO"));
    }
    stage.add(A, &person("No", "Address"));
    stage.policy().guard.max_changes = 1000;
    stage
}

/// The run is cut off at `crash`; the next ones come to the same end as if nothing had happened. Whether
/// the crash came before the end.
async fn check_cut(cast: Cast, crash: Crash, prepare: impl AsyncFn(Cast) -> Stage, calm: &Stage) -> bool {
    let mut stage = prepare(cast).await;
    let ended = stage.crash(Mode::Sync, crash).await;
    for _ in 0..RUNS_TO_THE_END {
        stage.sync().await;
    }
    assert_eq!(books(&stage), books(calm), "{cast:?} {crash:?}");
    let report = stage.assert_quiet().await;
    assert_eq!(report.status, Status::Ok, "{cast:?} {crash:?} {report:#?}");
    assert_eq!(stage.world.writes(), calm.world.writes(), "{cast:?} {crash:?}: something was written twice");
    stage.world.db.with(|store| store.integrity()).unwrap();
    !ended
}

/// Cuts a run off after each poll and after each commit.
async fn check_every_cut(cast: Cast, prepare: impl AsyncFn(Cast) -> Stage) {
    let mut calm = prepare(cast).await;
    for _ in 0..=RUNS_TO_THE_END {
        calm.sync().await;
    }
    let polls: fn(u32) -> Crash = Crash::Polls;
    let commits: fn(u32) -> Crash = |at| Crash::Commits(u64::from(at));
    for kind in [polls, commits] {
        let mut cuts = 0;
        while check_cut(cast, kind(cuts), &prepare, &calm).await {
            cuts += 1;
            assert!(cuts < MAX_CUTS);
        }
        assert!(cuts > 5, "{cast:?}: a run of {cuts} cuts has no middle");
    }
}

/// Scenarios 8 and 83.
#[tokio::test(start_paused = true)]
async fn a_first_sync_that_is_cut_off_anywhere_ends_like_an_undisturbed_one() {
    for cast in CUT {
        check_every_cut(cast, async |cast| first_sync(cast)).await;
    }
}

/// Scenario 83, for what comes after the first sync: updates, tags, clears.
#[tokio::test(start_paused = true)]
async fn a_later_sync_that_is_cut_off_anywhere_ends_like_an_undisturbed_one() {
    async fn edited(cast: Cast) -> Stage {
        let mut stage = first_sync(cast);
        stage.sync().await;
        stage.sync().await;
        for who in Who::BOTH {
            let ids: Vec<_> = stage.app(who).dump().into_keys().collect();
            stage.edit(who, &ids[0], Edit::Title(if who == A { "duke" } else { "earl" }));
            stage.edit(who, &ids[1], Edit::Phone("+3222222222"));
        }
        if cast.a == Shape::Book {
            let last = stage.app(A).dump().into_keys().next_back().unwrap();
            stage.app(A).delete(&last);
        }
        stage
    }
    for cast in CUT {
        check_every_cut(cast, edited).await;
    }
}

/// Scenario 84.
#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_leaves_one_contact() {
    for cast in casts() {
        for fault in [
            Fault::TimeoutAfter,
            Fault::TimeoutBefore,
            Fault::LostAnswer,
            Fault::FalseStale,
            Fault::Transient,
        ] {
            let mut stage = Stage::new(cast);
            stage.add(A, &ann());
            stage.add(B, &person("Joe", "Doe").email("joe@x.com").title("CFO"));
            stage.app(A).script(fault);
            stage.app(B).script(fault);
            for _ in 0..3 {
                stage.sync().await;
            }
            assert_eq!((stage.book(A).len(), stage.book(B).len()), (2, 2), "{cast:?} {fault:?}");
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 2), "{cast:?} {fault:?} {report:#?}");
        }
    }
}

/// Scenario 84, where the book shows a new contact only minutes later.
#[tokio::test(start_paused = true)]
async fn a_lost_create_that_is_not_visible_yet_is_waited_for() {
    for cast in casts().filter(|cast| cast.b == Shape::Book) {
        for fault in [Fault::TimeoutAfter, Fault::LostAnswer] {
            let lagging = |who: Who, traits: Traits| {
                if who == B { Traits { feed_lag_ms: 180_000, ..traits } } else { traits }
            };
            let mut stage = Stage::with(cast, lagging);
            stage.add(A, &ann());
            stage.app(B).script(fault);
            for _ in 0..3 {
                stage.sync().await;
            }
            assert_eq!(stage.book(B).len(), 1, "{cast:?} {fault:?}");
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {fault:?} {report:#?}");
        }
    }
}

/// Scenarios 6, 83 and 84: nobody can be matched by an address here, so our own marker has to tell.
#[tokio::test(start_paused = true)]
async fn a_lost_create_of_somebody_without_an_address_is_found_by_our_marker() {
    async fn nameless(cast: Cast) -> Stage {
        let mut stage = Stage::new(cast);
        stage.policy().avoid_duplicates = false;
        for number in 0..3 {
            stage.add(A, &person("No", "Address").title(&format!("number {number}")));
        }
        stage
    }
    for cast in casts().filter(|cast| cast.b == Shape::Book) {
        for fault in [Fault::TimeoutAfter, Fault::TimeoutBefore, Fault::LostAnswer] {
            let mut stage = nameless(cast).await;
            stage.app(B).script(fault);
            for _ in 0..RUNS_TO_THE_END {
                stage.sync().await;
            }
            assert_eq!(stage.book(B).len(), 3, "{cast:?} {fault:?}");
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 3), "{cast:?} {fault:?} {report:#?}");
        }
    }
    check_every_cut(TWO_BOOKS[1], nameless).await;
}

/// Salesforce without a field for our keys: what was sent is all there is to know them by. Two of them are alike.
#[tokio::test(start_paused = true)]
async fn a_lost_create_of_somebody_without_an_address_or_a_marker_is_not_made_again() {
    for cast in TWO_BOOKS {
        for fault in [Fault::TimeoutAfter, Fault::TimeoutBefore, Fault::LostAnswer] {
            let mut stage = Stage::with(cast, |_, traits| Traits { markers: false, ..traits });
            stage.policy().avoid_duplicates = false;
            for title in ["one", "two", "two"] {
                stage.add(A, &person("No", "Address").title(title));
            }
            stage.app(B).script(fault);
            for _ in 0..RUNS_TO_THE_END {
                stage.sync().await;
            }
            assert_eq!((stage.book(A).len(), stage.book(B).len()), (3, 3), "{cast:?} {fault:?}");
            let report = stage.assert_quiet().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 3), "{cast:?} {fault:?} {report:#?}");
        }
    }
}

/// A listing that claims to be complete and lacks some who are there; the app makes nobody twice.
#[tokio::test(start_paused = true)]
async fn whoever_a_listing_lacked_is_found_when_the_app_will_not_make_them_again() {
    for cast in TWO_BOOKS {
        let mut stage = Stage::with(cast, |_, traits| Traits { unique_emails: true, ..traits });
        for number in 0..5 {
            stage.add(A, &someone(number));
            stage.add(B, &someone(number));
        }
        stage.app(B).script(Fault::ShortListing);
        let report = stage.sync().await;
        assert_eq!(stage.app(B).scripted(), 0);
        assert_eq!((report.status, report.in_sync), (Status::Ok, 5), "{cast:?} {report:#?}");
        assert_eq!(stage.book(B).len(), 5, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 85, from the first call on.
#[tokio::test(start_paused = true)]
async fn refused_credentials_stop_the_run_and_lose_nothing() {
    for cast in casts() {
        for who in Who::BOTH {
            let mut stage = Stage::new(cast);
            stage.add(A, &ann());
            stage.app(who).script(Fault::Auth);
            let report = stage.sync().await;
            assert_eq!((report.status, stage.world.writes()), (Status::Stopped, 0), "{cast:?} {report:#?}");
            let name = stage.world.policy.apps[stage.side(who)].to_string();
            assert!(report.reason.is_some_and(|reason| reason.contains(&name) && reason.contains("log in")));
            let report = stage.sync().await;
            assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {report:#?}");
        }
    }
}

/// Scenarios 85 and 86: in the middle of reading or of writing.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_refused_in_the_middle_goes_on_where_it_stopped() {
    /// Enough for two pages of A and three batches of B.
    const PEOPLE: usize = 12;
    for cast in casts() {
        for (fault, who) in [
            (Fault::Auth, A),
            (Fault::RateLimited, A),
            (Fault::Auth, B),
            (Fault::RateLimited, B),
            (Fault::Deferred, B),
        ] {
            let slow = |_: Who, traits: Traits| Traits { call_ms: 1000, write_batch_contacts: 5, ..traits };
            let mut stage = Stage::with(cast, slow);
            for number in 0..PEOPLE {
                stage.add(A, &someone(number));
            }
            let app = stage.app(who).clone();
            let struck = async {
                // While the second page of A, or the second batch of B, is under way.
                while (if who == A { app.calls().changes } else { app.calls().write }) < 2 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                app.script(fault);
            };
            let (report, ()) = tokio::join!(stage.sync(), struck);
            assert_eq!(report.status, Status::Stopped, "{cast:?} {fault:?} {report:#?}");
            assert!(report.reason.is_some(), "{cast:?} {fault:?}");
            let written = stage.book(B).len();
            assert_eq!((1..PEOPLE).contains(&written), who == B, "{cast:?} {fault:?}: {written}");
            let name = &stage.world.policy.apps[stage.side(A)];
            let cursor = stage.world.db.with(|store| store.cursor(name)).unwrap();
            assert_eq!(cursor.is_some(), who == B, "{cast:?}: a cursor passed what was not read");
            // What was done is kept, what was not follows, and nothing happens twice.
            let report = stage.sync().await;
            assert_eq!(
                (report.status, report.in_sync),
                (Status::Ok, PEOPLE as u64),
                "{cast:?} {fault:?} {report:#?}"
            );
            assert_eq!((stage.book(B).len(), stage.world.writes()), (PEOPLE, PEOPLE), "{cast:?} {fault:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Scenario 86: the report says who limits, and when it goes on.
#[tokio::test(start_paused = true)]
async fn a_limit_says_when_it_goes_on() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.add(A, &ann());
        stage.app(A).script(Fault::RateLimited);
        let report = stage.sync().await;
        assert_eq!(report.status, Status::Stopped, "{cast:?} {report:#?}");
        let reason = report.reason.unwrap();
        assert!(reason.contains("it goes on in 2 s") && reason.contains("Nothing is lost"), "{reason}");
        let report = stage.sync().await;
        assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {report:#?}");
    }
}

/// Scenario 87: by age, or because the vendor says so.
#[tokio::test(start_paused = true)]
async fn an_expired_cursor_costs_one_listing_and_changes_nothing() {
    for cast in casts() {
        for by_age in [true, false] {
            let mortal = |_: Who, traits: Traits| Traits { cursor_lifetime_ms: Some(WEEK_MS), ..traits };
            let mut stage = Stage::with(cast, mortal);
            for number in 0..30 {
                stage.add(A, &someone(number));
            }
            stage.sync().await;
            let writes = stage.world.writes();
            let (a, b) = (stage.app(A).dump(), stage.app(B).dump());
            let id = |book: &std::collections::BTreeMap<syntony_core::ids::ContactId, _>, at: usize| {
                book.keys().nth(at).cloned().unwrap()
            };
            // In the gap one is edited here, another there, and one goes out of sight.
            stage.edit(A, &id(&a, 3), Edit::Title("CFO"));
            stage.edit(B, &id(&b, 4), Edit::Title("CTO"));
            stage.app(A).hide(&id(&a, 5));
            if by_age {
                tokio::time::advance(Duration::from_millis(WEEK_MS + 1000)).await;
            } else {
                stage.app(A).expire_cursors();
                stage.app(B).expire_cursors();
            }
            let report = stage.sync().await;
            assert_eq!(report.status, Status::Ok, "{cast:?} {report:#?}");
            assert_eq!((report.linked, stage.created(&report)), (0, (0, 0)), "{cast:?}");
            assert_eq!(stage.world.writes(), writes + 2, "{cast:?}: more was written than was edited");
            assert_eq!(stage.counts(&report, B).tagged, 0, "{cast:?}");
            stage.assert_quiet().await;
            stage.app(A).show(&id(&a, 5));
            let report = stage.resync().await;
            assert_eq!(report.in_sync, 30, "{cast:?} {report:#?}");
            assert_eq!(stage.world.writes(), writes + 2, "{cast:?}");
        }
    }
}

/// Scenario 87: a deletion that happened in the gap is proven by a read, and told.
#[tokio::test(start_paused = true)]
async fn a_deletion_in_the_gap_of_an_expired_cursor_is_proven_before_it_is_told() {
    for cast in crate::stage::a_is_book() {
        let mut stage = Stage::new(cast);
        for number in 0..30 {
            stage.add(A, &someone(number));
        }
        stage.sync().await;
        let writes = stage.world.writes();
        let victim = stage.app(A).dump().into_keys().nth(3).unwrap();
        stage.app(A).delete(&victim);
        stage.app(A).expire_cursors();
        let report = stage.sync().await;
        assert_eq!((report.status, stage.counts(&report, B).tagged), (Status::Ok, 1), "{cast:?} {report:#?}");
        assert_eq!(stage.world.writes(), writes + 1, "{cast:?}");
        stage.assert_quiet().await;
    }
}
