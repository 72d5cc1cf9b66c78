//! Names between an app that keeps them in parts and one that keeps them in one line. A is the book.

use crate::stage::{A, B, BOOK_AND_CHAT, Edit, Stage, ann};
use crate::world::{lines, only, text};
use syntony_core::record::Fields;

const PARTS: &[&str] = &[
    "names.honorificPrefix",
    "names.givenName",
    "names.middleName",
    "names.familyName",
    "names.honorificSuffix",
];
const LINE: &[&str] = &["name"];

fn in_parts(parts: [&str; 5]) -> Fields {
    let named = PARTS.iter().zip(parts).map(|(field, part)| ((*field).into(), text(part)));
    named.chain([("emailAddresses".into(), syntony_core::value::Value::texts(["a@x.com"]))]).collect()
}

fn in_a_line(line: &str) -> Fields {
    [("name".into(), text(line)), ("email".into(), text("a@x.com"))].into()
}

/// Scenarios 17, 18 and 23.
#[tokio::test(start_paused = true)]
async fn an_edited_line_changes_the_part_that_was_edited_and_no_other() {
    for cast in BOOK_AND_CHAT {
        let mut stage = Stage::new(cast);
        let a = stage.app(A).add(in_parts(["", "María del Carmen", "", "O'Neill", "Jr."]));
        stage.sync().await;
        assert_eq!(lines(stage.app(B), LINE), [r#""María del Carmen O'Neill Jr.""#], "{cast:?}");
        stage.assert_quiet().await;

        let b = only(stage.app(B));
        stage.edit(B, &b, Edit::Name("María del Carmen O'Neill-Smith", "Jr."));
        stage.sync().await;
        let wanted = [r#"null "María del Carmen" null "O'Neill-Smith" "Jr.""#];
        assert_eq!(lines(stage.app(A), PARTS), wanted, "{cast:?}");
        let sent = stage.app(A).write_log();
        assert_eq!(sent.last().unwrap().fields.keys().next().unwrap().as_str(), "names.familyName");
        stage.assert_quiet().await;

        // Another part on each side at once: both survive.
        stage.app(A).edit(&a, |fields| drop(fields.insert("names.givenName".into(), text("Carmen"))));
        stage.edit(B, &b, Edit::Name("María del Carmen Smith", "Jr."));
        stage.sync().await;
        assert_eq!(lines(stage.app(A), PARTS), [r#"null "Carmen" null "Smith" "Jr.""#], "{cast:?}");
        assert_eq!(lines(stage.app(B), LINE), [r#""Carmen Smith Jr.""#], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenarios 19, 20 and 22: what a line becomes in parts, and that it comes back as it was.
#[tokio::test(start_paused = true)]
async fn a_new_line_is_split_without_inventing_or_doubling_anything() {
    for (line, parts) in [
        ("Joe van Vliet", r#"null "Joe" null "van Vliet" null"#),
        ("Prince", r#"null "Prince" null null null"#),
        ("王小明", r#"null "王小明" null null null"#),
    ] {
        for cast in BOOK_AND_CHAT {
            let mut stage = Stage::new(cast);
            let b = stage.app(B).add(in_a_line(line));
            stage.sync().await;
            assert_eq!(lines(stage.app(A), PARTS), [parts], "{cast:?}");
            stage.assert_quiet().await;
            // Something else moves: the name does not.
            stage.edit(B, &b, Edit::Title("CEO"));
            stage.sync().await;
            assert_eq!(lines(stage.app(A), PARTS), [parts], "{cast:?}");
            assert_eq!(lines(stage.app(B), LINE), [format!("{line:?}")], "{cast:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Scenario 22, the other way round.
#[tokio::test(start_paused = true)]
async fn parts_that_no_line_can_tell_apart_come_back_as_they_were() {
    for parts in
        [["", "小明", "", "王", ""], ["", "Oak", "", "Tree House", ""], ["Dr.", "A", "B", "van der C", "PhD"]]
    {
        for cast in BOOK_AND_CHAT {
            let mut stage = Stage::new(cast);
            let a = stage.app(A).add(in_parts(parts));
            let before = lines(stage.app(A), PARTS);
            stage.sync().await;
            stage.edit(A, &a, Edit::Title("CEO"));
            stage.sync().await;
            stage.edit(B, &only(stage.app(B)), Edit::Phone("+32471234567"));
            stage.sync().await;
            assert_eq!(lines(stage.app(A), PARTS), before, "{cast:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Scenario 20: a placeholder is a decision of the admin's, not a name.
#[tokio::test(start_paused = true)]
async fn a_placeholder_for_a_missing_part_never_becomes_part_of_the_line() {
    for cast in BOOK_AND_CHAT {
        let mut stage = Stage::new(cast);
        let side = stage.side(A);
        stage.policy().placeholders[side] = [("names.familyName".into(), text("(none)"))].into();
        let b = stage.app(B).add(in_a_line("Prince"));
        stage.sync().await;
        assert_eq!(lines(stage.app(A), PARTS), [r#"null "Prince" null "(none)" null"#], "{cast:?}");
        stage.assert_quiet().await;
        stage.edit(B, &b, Edit::Title("CEO"));
        stage.sync().await;
        stage.edit(A, &only(stage.app(A)), Edit::Title("CFO"));
        stage.sync().await;
        assert_eq!(lines(stage.app(B), &["name", "title"]), [r#""Prince" "CFO""#], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 21.
#[tokio::test(start_paused = true)]
async fn a_spelling_that_only_a_machine_sees_writes_nothing() {
    for line in ["Zoe\u{308}  O'Neill", "Zoë O'Neill ", "Zoë\u{a0}O'Neill"] {
        for cast in BOOK_AND_CHAT {
            let mut stage = Stage::new(cast);
            stage.app(A).add(in_parts(["", "Zoë", "", "O'Neill", ""]));
            stage.app(B).add(in_a_line(line));
            for _ in 0..3 {
                let report = stage.assert_quiet().await;
                assert_eq!((report.in_sync, report.resolved), (1, 0), "{line:?} {cast:?} {report:#?}");
            }
        }
    }
    // And on a pair that is in step.
    for cast in BOOK_AND_CHAT {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        stage.edit(B, &b, Edit::Name(" Ann ", " Lee"));
        stage.edit(A, &a, Edit::Title("CEO "));
        stage.assert_quiet().await;
    }
}
