//! Addresses change: the link is by record and stays.

use crate::stage::{A, B, Edit, Shape, Stage, TWO_BOOKS, ann, casts, one_is_chat, person};
use syntony::report::Status;

/// Scenario 11.
#[tokio::test(start_paused = true)]
async fn a_new_address_goes_to_the_same_record_and_makes_no_new_one() {
    for cast in casts() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(A, &a, Edit::Email("lee@y.com"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.linked), (Status::Ok, 0), "{cast:?} {report:#?}");
        for (who, id) in [(A, a), (B, b)] {
            assert!(stage.app(who).dump().contains_key(&id), "{cast:?}");
            assert_eq!(stage.book(who), ["Ann Lee | lee@y.com | +32471234567 | CEO"], "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
    }
}

/// Scenario 12.
#[tokio::test(start_paused = true)]
async fn two_new_addresses_are_one_conflict_and_the_link_stays() {
    for cast in one_is_chat() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(A, &a, Edit::Email("winner@y.com"));
        stage.edit(B, &b, Edit::Email("loser@y.com"));
        let report = stage.sync().await;
        assert_eq!(
            (report.status, report.resolved, report.linked),
            (Status::Ok, 1, 0),
            "{cast:?} {report:#?}"
        );
        // A list that loses keeps its own beside the winner's.
        let addresses = if cast.b == Shape::Book { "loser@y.com, winner@y.com" } else { "winner@y.com" };
        assert_eq!(stage.book(A), ["Ann Lee | winner@y.com | +32471234567 | CEO"], "{cast:?}");
        assert_eq!(stage.book(B), [format!("Ann Lee | {addresses} | +32471234567 | CEO")], "{cast:?}");
        let report = stage.assert_quiet().await;
        assert_eq!(report.in_sync, 1, "{cast:?}");
        // The link stands by record: the next address goes the way of every address.
        stage.edit(A, &a, Edit::Email("next@y.com"));
        stage.sync().await;
        let addresses = addresses.replace("winner", "next");
        assert_eq!(stage.book(B), [format!("Ann Lee | {addresses} | +32471234567 | CEO")], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 12 between two lists: they merge as sets, so nothing is in conflict and neither is lost.
#[tokio::test(start_paused = true)]
async fn two_new_addresses_in_two_lists_are_both_kept() {
    for cast in TWO_BOOKS {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(A, &a, Edit::Email("one@y.com"));
        stage.edit(B, &b, Edit::Email("two@y.com"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.resolved), (Status::Ok, 0), "{cast:?} {report:#?}");
        assert_eq!(stage.book(A), ["Ann Lee | one@y.com, two@y.com | +32471234567 | CEO"], "{cast:?}");
        assert_eq!(stage.book(B), ["Ann Lee | two@y.com, one@y.com | +32471234567 | CEO"], "{cast:?}");
        let report = stage.assert_quiet().await;
        assert_eq!(report.in_sync, 1, "{cast:?}");
    }
}

/// Scenario 13.
#[tokio::test(start_paused = true)]
async fn an_address_that_another_contact_has_is_reported_and_the_rest_syncs() {
    for cast in casts() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.add(A, &person("Joe", "Doe").email("joe@x.com"));
        stage.sync().await;
        stage.edit(A, &a, Edit::Email("JOE@x.com"));
        stage.edit(A, &a, Edit::Title("CFO"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.conflicts), (Status::Attention, 1), "{cast:?} {report:#?}");
        let wanted = ["Ann Lee | ann@x.com | +32471234567 | CFO", "Joe Doe | joe@x.com |  | "];
        assert_eq!(stage.book(B), wanted, "{cast:?}");
        let report = stage.assert_quiet().await;
        assert_eq!((report.status, report.conflicts), (Status::Attention, 1), "{cast:?} {report:#?}");
        // Put right by a person, it goes on by itself.
        stage.edit(A, &a, Edit::Email("lee@y.com"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.linked), (Status::Ok, 0), "{cast:?} {report:#?}");
        assert!(stage.app(B).dump().contains_key(&b));
        assert_eq!(stage.book(B)[0], "Ann Lee | lee@y.com | +32471234567 | CFO", "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 14.
#[tokio::test(start_paused = true)]
async fn an_emptied_address_suspends_the_link_and_a_refilled_one_goes_on() {
    for cast in casts() {
        for refilled in ["ann@x.com", "lee@y.com"] {
            let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
            stage.edit(A, &a, Edit::Email(""));
            stage.edit(A, &a, Edit::Title("CFO"));
            for _ in 0..3 {
                let report = stage.assert_quiet().await;
                assert_eq!(report.excluded["email_emptied"], 1, "{cast:?} {report:#?}");
            }
            stage.edit(B, &b, Edit::Phone("+3222222222"));
            stage.assert_quiet().await;
            assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | CEO"], "{cast:?}");
            stage.edit(A, &a, Edit::Email(refilled));
            let report = stage.sync().await;
            assert_eq!((report.linked, stage.created(&report)), (0, (0, 0)), "{cast:?} {report:#?}");
            for who in [A, B] {
                let wanted = format!("Ann Lee | {refilled} | +3222222222 | CFO");
                assert_eq!(stage.book(who), [wanted], "{cast:?} {who:?}");
            }
            stage.assert_quiet().await;
        }
    }
}
