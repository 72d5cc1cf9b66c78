//! Several values: lists against one field, list against list, and what providers make of them.

use crate::stage::{A, B, BOOK_AND_CHAT, Edit, Shape, Stage, TWO_BOOKS, Who, ann, casts, person};
use syntony::report::Status;
use syntony_connectors::memory::{Form, Traits};
use syntony_core::ids::ContactId;
use syntony_core::value::{Item, Value};

const PHONES: &str = "phoneNumbers";
const EMAILS: &str = "emailAddresses";
/// How long a quarrel would have to go on to be seen.
const IDLE_RUNS: usize = 10;

/// Sets a book's list, each entry with its label.
fn set(stage: &Stage, who: Who, id: &ContactId, list: &str, entries: &[(&str, &str)]) {
    assert_eq!(stage.shape(who), Shape::Book);
    let items = entries.iter().map(|(text, label)| Item {
        value: Value::text(*text),
        label: (!label.is_empty()).then(|| (*label).to_owned()),
    });
    let items = Value::List(items.collect());
    assert!(stage.app(who).edit(id, |fields| drop(fields.insert(list.into(), items))));
}

/// A book's list: `text/label`, one after the other.
fn get(stage: &Stage, who: Who, id: &ContactId, list: &str) -> String {
    let record = &stage.app(who).dump()[id];
    let Value::List(items) = &record.fields[list] else { return String::new() };
    let shown = items.iter().map(|item| {
        let label = item.label.as_ref().map(|label| format!("/{label}")).unwrap_or_default();
        format!("{}{label}", item.value.as_text().unwrap())
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Scenario 33.
#[tokio::test(start_paused = true)]
async fn an_edit_of_the_single_field_changes_the_one_number_it_stood_for() {
    for cast in BOOK_AND_CHAT {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        let three = [("+32471234567", "mobile"), ("+3222222222", "work"), ("+3233333333", "home")];
        set(&stage, A, &a, PHONES, &three);
        stage.assert_quiet().await;
        stage.edit(B, &b, Edit::Phone("+32479999999"));
        stage.sync().await;
        let wanted = "+32479999999/mobile +3222222222/work +3233333333/home";
        assert_eq!(get(&stage, A, &a, PHONES), wanted, "{cast:?}");
        stage.assert_quiet().await;
        // Its entry is another place in the list now, and still its entry.
        let moved = [("+3222222222", "work"), ("+32479999999", "mobile"), ("+3233333333", "home")];
        set(&stage, A, &a, PHONES, &moved);
        stage.assert_quiet().await;
        stage.edit(B, &b, Edit::Phone("+32478888888"));
        stage.sync().await;
        let wanted = "+3222222222/work +32478888888/mobile +3233333333/home";
        assert_eq!(get(&stage, A, &a, PHONES), wanted, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 33 between two lists.
#[tokio::test(start_paused = true)]
async fn an_edit_of_one_entry_leaves_the_others_and_their_labels() {
    for cast in TWO_BOOKS {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        let three = [("+32471234567", "mobile"), ("+3222222222", "work"), ("+3233333333", "home")];
        set(&stage, A, &a, PHONES, &three);
        stage.sync().await;
        let theirs = [("+32471234567", "private"), ("+3222222229", "work"), ("+3233333333", "home")];
        set(&stage, B, &b, PHONES, &theirs);
        stage.sync().await;
        let wanted = "+32471234567/mobile +3222222229/work +3233333333/home";
        assert_eq!(get(&stage, A, &a, PHONES), wanted, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 34.
#[tokio::test(start_paused = true)]
async fn reordering_a_list_moves_nothing() {
    for cast in BOOK_AND_CHAT.into_iter().chain(TWO_BOOKS) {
        let (mut stage, a, b) = Stage::in_step(cast, &ann().email("lee@y.com")).await;
        set(&stage, A, &a, EMAILS, &[("lee@y.com", ""), ("ann@x.com", "")]);
        for _ in 0..3 {
            stage.assert_quiet().await;
        }
        stage.resync().await;
        let first = if cast.b == Shape::Chat { "ann@x.com" } else { "ann@x.com, lee@y.com" };
        assert_eq!(stage.book(B), [format!("Ann Lee | {first} | +32471234567 | CEO")], "{cast:?}");
        // B's entry is still the one it was, wherever it stands now.
        stage.edit(B, &b, Edit::Email("new@z.com"));
        stage.sync().await;
        let wanted = "lee@y.com new@z.com";
        assert_eq!(get(&stage, A, &a, EMAILS), wanted, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 35.
#[tokio::test(start_paused = true)]
async fn what_one_list_adds_and_the_other_removes_both_happen() {
    for cast in TWO_BOOKS {
        let (mut stage, a, b) = Stage::in_step(cast, &ann().phone("+3222222222")).await;
        let added = [("+32471234567", ""), ("+3222222222", ""), ("+3233333333", "home")];
        set(&stage, A, &a, PHONES, &added);
        set(&stage, B, &b, PHONES, &[("+3222222222", "")]);
        let report = stage.sync().await;
        assert_eq!((report.status, report.resolved), (Status::Ok, 0), "{cast:?} {report:#?}");
        assert_eq!(get(&stage, A, &a, PHONES), "+3222222222 +3233333333/home", "{cast:?}");
        assert_eq!(get(&stage, B, &b, PHONES).replace("/home", ""), "+3222222222 +3233333333", "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 36.
#[tokio::test(start_paused = true)]
async fn one_number_in_two_formats_is_one_number() {
    for cast in casts() {
        for (one, two) in [("+32 471 23 45 67", "+32471234567"), ("0471 23 45 67", "+32 (0)471/23.45.67")] {
            let mut stage = Stage::new(cast);
            let ann = person("Ann", "Lee").email("ann@x.com");
            stage.add(A, &ann.clone().phone(one));
            stage.add(B, &ann.phone(two));
            for _ in 0..3 {
                let report = stage.assert_quiet().await;
                assert_eq!((report.in_sync, report.resolved), (1, 0), "{one} {two} {cast:?} {report:#?}");
            }
        }
    }
}

/// Scenario 44.
#[tokio::test(start_paused = true)]
async fn a_number_that_the_provider_completes_is_not_written_back() {
    for cast in casts() {
        for (who, other) in [(A, B), (B, A)] {
            let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
            let (mine, theirs) = if who == A { (&a, &b) } else { (&b, &a) };
            stage.edit(who, mine, Edit::Phone("0471 99 88 77"));
            stage.sync().await;
            stage.edit(other, theirs, Edit::Phone("+32 471 99 88 77"));
            for _ in 0..IDLE_RUNS {
                stage.assert_quiet().await;
            }
            stage.resync().await;
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | 0471 99 88 77 | CEO"], "{cast:?}");
            assert_eq!(stage.book(other), ["Ann Lee | ann@x.com | +32 471 99 88 77 | CEO"], "{cast:?}");
            // The provider's form is what both agreed on: an edit from here on is an edit.
            stage.edit(other, theirs, Edit::Phone("+3222222222"));
            stage.sync().await;
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +3222222222 | CEO"], "{cast:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Scenarios 44 and 45: whatever a vendor makes of a text (lower case stands for anything that is not the
/// text any more, as escapes are), it is adopted and neither side is written again.
#[tokio::test(start_paused = true)]
async fn what_a_provider_makes_of_our_value_is_never_written_back() {
    for cast in casts() {
        for form in [Form::Trim, Form::LowerCase, Form::SingleSpaces, Form::Phone] {
            for formed in Who::BOTH {
                let traits = |who: Who, traits: Traits| {
                    if who != formed {
                        return traits;
                    }
                    let names = traits.schema.fields().iter().map(|field| (field.name.clone(), form));
                    Traits { forms: names.collect(), ..traits }
                };
                let mut stage = Stage::with(cast, traits);
                let spelled = person(" Ann ", "O'Neill  Lee ").email("Ann@X.com").phone("+32471234567");
                let id = stage.add(formed_by(formed), &spelled.title(" Head of  R&D "));
                stage.sync().await;
                for _ in 0..IDLE_RUNS / 2 {
                    stage.assert_quiet().await;
                }
                stage.edit(formed_by(formed), &id, Edit::Title(" Chief  of R&D "));
                stage.sync().await;
                for _ in 0..IDLE_RUNS / 2 {
                    stage.assert_quiet().await;
                }
                let report = stage.resync().await;
                assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{cast:?} {form:?} {report:#?}");
                let title = stage.book(formed_by(formed))[0].split(" | ").nth(3).unwrap().to_owned();
                assert_eq!(title, " Chief  of R&D ", "{cast:?} {form:?}: our own spelling was touched");
            }
        }
    }
}

/// Whoever types where the other forms.
fn formed_by(formed: Who) -> Who {
    if formed == A { B } else { A }
}
