//! The first meeting: who is linked, who is created, who is left alone.

use crate::stage::{A, B, Edit, Shape, Stage, a_is_book, ann, casts, field, person, someone};
use crate::world::text;
use syntony::report::Status;
use syntony_core::policy::{Condition, Duplicates, Rule, Test};

/// How long a quarrel would have to go on to be seen.
const IDLE_RUNS: usize = 10;

/// Scenarios 1, 3 and 9.
#[tokio::test(start_paused = true)]
async fn people_known_to_both_are_linked_and_not_created_again() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let ann = person("Ann", "Lee").phone("+32 471 23 45 67");
        stage.add(A, &ann.clone().email("Ann.Lee@X.com").title("CEO"));
        stage.add(B, &ann.email("ann.lee@x.com ").title("CFO"));
        let report = stage.sync().await;
        assert_eq!(
            (report.status, report.linked, report.resolved),
            (Status::Ok, 1, 1),
            "{cast:?} {report:#?}"
        );
        assert_eq!(stage.created(&report), (0, 0), "{cast:?}");
        assert_eq!(stage.book(A), ["Ann Lee | Ann.Lee@X.com | +32 471 23 45 67 | CEO"], "{cast:?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann.lee@x.com  | +32 471 23 45 67 | CEO"], "{cast:?}");
        let report = stage.assert_quiet().await;
        assert_eq!(report.in_sync, 1, "{cast:?}");
    }
}

/// Scenario 2.
#[tokio::test(start_paused = true)]
async fn an_empty_winner_takes_the_losers_value_and_erases_nothing() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.add(A, &person("Ann", "Lee").email("ann@x.com"));
        stage.add(B, &ann());
        let report = stage.sync().await;
        assert_eq!((report.status, report.resolved), (Status::Ok, 0), "{cast:?} {report:#?}");
        for who in [A, B] {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?} {who:?}");
        }
        assert_eq!(stage.app(B).write_log().len(), 0, "{cast:?}: there was nothing to write there");
        stage.assert_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn people_known_to_one_are_created_in_the_other() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.add(A, &ann());
        stage.add(B, &person("Joe", "Doe").email("joe@x.com").title("CFO"));
        let report = stage.sync().await;
        assert_eq!((report.status, stage.created(&report)), (Status::Ok, (1, 1)), "{cast:?} {report:#?}");
        let wanted = ["Ann Lee | ann@x.com | +32471234567 | CEO", "Joe Doe | joe@x.com |  | CFO"];
        for who in [A, B] {
            let mut book = stage.book(who);
            book.sort();
            assert_eq!(book, wanted, "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
        stage.assert_quiet().await;
    }
}

/// Scenario 4, as it is by default.
#[tokio::test(start_paused = true)]
async fn two_contacts_with_one_address_are_held_until_a_person_parts_them() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let first = stage.add(A, &ann().title("first"));
        stage.add(A, &ann().title("second"));
        stage.add(B, &ann().title("there"));
        for _ in 0..IDLE_RUNS {
            let report = stage.assert_quiet().await;
            assert_eq!(
                (report.status, report.duplicates, report.linked),
                (Status::Attention, 1, 0),
                "{cast:?} {report:#?}"
            );
        }
        stage.edit(A, &first, Edit::Email("other@x.com"));
        let report = stage.sync().await;
        assert_eq!(
            (report.status, report.duplicates, report.linked),
            (Status::Ok, 0, 2),
            "{cast:?} {report:#?}"
        );
        assert_eq!(stage.book(A).len(), 2, "{cast:?}");
        assert_eq!(stage.book(B).len(), 2, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 4, with `duplicates = "best"`.
#[tokio::test(start_paused = true)]
async fn of_two_contacts_with_one_address_only_the_best_is_written_from() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.policy().duplicates = Duplicates::Best;
        let lesser = stage.add(A, &person("Ann", "Lee").email("ann@x.com").title("lesser"));
        stage.add(A, &ann().title("best"));
        stage.add(B, &person("Ann", "Lee").email("ann@x.com"));
        let report = stage.sync().await;
        assert_eq!(
            (report.status, report.duplicates, report.linked),
            (Status::Attention, 1, 1),
            "{cast:?} {report:#?}"
        );
        for number in 0..IDLE_RUNS {
            // The other one is edited all the time: whoever wrote from both would go back and forth.
            stage.edit(A, &lesser, Edit::Title(if number % 2 == 0 { "even" } else { "odd" }));
            stage.assert_quiet().await;
            assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | best"], "{cast:?}");
        }
    }
}

/// Scenario 5.
#[tokio::test(start_paused = true)]
async fn one_contact_that_leads_to_two_people_is_linked_to_neither() {
    for cast in a_is_book() {
        for duplicates in [Duplicates::Hold, Duplicates::Best] {
            let mut stage = Stage::new(cast);
            stage.policy().duplicates = duplicates;
            stage.add(A, &ann().email("joe@x.com"));
            stage.add(B, &person("Ann", "Lee").email("ann@x.com"));
            stage.add(B, &person("Joe", "Doe").email("joe@x.com"));
            for _ in 0..IDLE_RUNS {
                let report = stage.assert_quiet().await;
                assert_eq!(
                    (report.status, report.ambiguous, report.linked),
                    (Status::Attention, 1, 0),
                    "{cast:?} {report:#?}"
                );
            }
        }
    }
}

/// Scenario 6, switched on.
#[tokio::test(start_paused = true)]
async fn whoever_has_no_address_is_left_alone() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.add(A, &person("No", "Address").phone("+32471234567"));
        let report = stage.assert_quiet().await;
        assert_eq!((report.status, report.excluded["no_email"]), (Status::Ok, 1), "{cast:?} {report:#?}");
        assert_eq!(stage.book(B).len(), 0, "{cast:?}");
    }
}

/// Scenario 6, switched off.
#[tokio::test(start_paused = true)]
async fn whoever_has_no_address_is_created_once_if_that_is_asked_for() {
    for cast in casts().filter(|cast| cast.b == Shape::Book) {
        let mut stage = Stage::new(cast);
        stage.policy().avoid_duplicates = false;
        stage.add(A, &person("No", "Address").phone("+32471234567"));
        let report = stage.sync().await;
        assert_eq!((report.status, stage.created(&report)), (Status::Ok, (0, 1)), "{cast:?} {report:#?}");
        for _ in 0..3 {
            stage.assert_quiet().await;
            stage.resync().await;
        }
        assert_eq!(stage.book(B), ["No Address |  | +32471234567 | "], "{cast:?}");
    }
}

/// Scenario 6, switched off, where the other app has no contacts without an address.
#[tokio::test(start_paused = true)]
async fn whoever_cannot_be_there_without_an_address_fails_once_and_not_for_ever() {
    for cast in casts().filter(|cast| cast.b == Shape::Chat) {
        let mut stage = Stage::new(cast);
        stage.policy().avoid_duplicates = false;
        stage.add(A, &person("No", "Address").phone("+32471234567"));
        let report = stage.sync().await;
        assert_eq!((report.status, report.failures.len()), (Status::Partial, 1), "{cast:?} {report:#?}");
        assert_eq!(report.failures[0].field.as_deref(), Some("email"));
        let calls = stage.write_calls();
        let report = stage.sync().await;
        assert_eq!((report.failures.len(), stage.write_calls()), (1, calls), "{cast:?} {report:#?}");
    }
}

/// Scenario 7.
#[tokio::test(start_paused = true)]
async fn everybody_is_known_and_only_whom_a_rule_selects_is_written() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        for number in 0..40 {
            stage.add(A, &someone(number).title(if number < 4 { "CEO" } else { "" }));
        }
        // One who is selected is there already, one who is not is there too.
        stage.add(B, &someone(0));
        stage.add(B, &someone(30).title("CFO"));
        let rule = Rule {
            key: "bosses".into(),
            from: stage.side(A),
            when: vec![Condition::Field(field(cast.a, "title"), Test::OneOf(vec![text("ceo")]))],
            then: Vec::new(),
        };
        stage.policy().rules = vec![rule];
        let report = stage.sync().await;
        assert_eq!((stage.counts(&report, A).read, stage.counts(&report, B).read), (40, 2), "{cast:?}");
        assert_eq!((report.linked, stage.created(&report)), (4, (0, 3)), "{cast:?} {report:#?}");
        // Two who share an address and whom nobody selects are one pair that is left alone.
        assert_eq!((report.excluded["no_rule"], report.in_sync), (36, 4), "{cast:?} {report:#?}");
        assert_eq!(stage.app(A).write_log().len(), 0, "{cast:?}");
        assert_eq!(stage.app(B).write_log().len(), 4, "{cast:?}: three new ones and a title");
        stage.assert_quiet().await;
    }
}

/// Scenario 79.
#[tokio::test(start_paused = true)]
async fn the_same_new_person_on_both_sides_is_linked_and_not_created_twice() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.sync().await;
        stage.add(A, &person("Ann", "Lee").email("ann@x.com").title("CEO"));
        stage.add(B, &person("Ann", "Lee").email("ANN@x.com").phone("+32471234567"));
        let report = stage.sync().await;
        assert_eq!((report.linked, stage.created(&report)), (1, (0, 0)), "{cast:?} {report:#?}");
        assert_eq!((stage.book(A).len(), stage.book(B).len()), (1, 1), "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 79, where the chat tool says nothing of the new person: only looking them up can tell.
#[tokio::test(start_paused = true)]
async fn somebody_whom_no_feed_shows_is_found_before_anybody_is_created() {
    for cast in casts().filter(|cast| cast.b == Shape::Chat) {
        let mut stage = Stage::new(cast);
        stage.sync().await;
        stage.add(A, &person("Ann", "Lee").email("ann@x.com").title("CEO"));
        stage.add_unseen(B, &person("Ann", "Lee").email("ann@x.com").phone("+32471234567"));
        let report = stage.sync().await;
        assert_eq!((report.linked, stage.created(&report)), (1, (0, 0)), "{cast:?} {report:#?}");
        for who in [A, B] {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
        }
        stage.assert_quiet().await;
    }
}
