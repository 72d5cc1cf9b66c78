//! Two contacts in step, edited on either side or both: every value survives that the rules let survive.

use crate::stage::{A, B, BOOK_AND_CHAT, Cast, Edit, Shape, Stage, Who, ann, casts, field};
use crate::world::{drift_schema, google_schema, lines};
use syntony::report::Status;
use syntony_connectors::memory::{Fault, Faults, Traits};
use syntony_core::policy::{OnClear, Policy, Winner};
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::side::Sides;
use syntony_core::value::Value;
use syntony_mappings::compile::{self, Context, Custom};

/// What both apps hold of Ann after the edits and one sync.
struct Ending<'a> {
    a: &'a str,
    b: &'a str,
    /// Conflicts that were decided.
    resolved: u64,
    /// Writes to A and to B.
    writes: (usize, usize),
}

/// Ann is in step; the edits happen between two runs; one sync later the apps hold what `wanted` says, and
/// an idle run changes nothing of it. Gives the stage, and what the sync overwrote.
async fn check(
    cast: Cast,
    policy: impl Fn(&mut Policy),
    edits: &[(Who, Edit)],
    wanted: &Ending<'_>,
) -> (Stage, Vec<serde_json::Value>) {
    let mut stage = Stage::new(cast);
    policy(stage.policy());
    let (mut stage, a, b) = stage.linked(&ann()).await;
    for (who, edit) in edits {
        stage.edit(*who, if *who == A { &a } else { &b }, *edit);
    }
    let before = (stage.app(A).write_log().len(), stage.app(B).write_log().len());
    let report = stage.sync().await;
    let after = (stage.app(A).write_log().len(), stage.app(B).write_log().len());
    assert_eq!(stage.book(A), [wanted.a], "{cast:?} {edits:?}");
    assert_eq!(stage.book(B), [wanted.b], "{cast:?} {edits:?}");
    assert_eq!(report.resolved, wanted.resolved, "{cast:?} {edits:?} {report:#?}");
    assert_eq!((after.0 - before.0, after.1 - before.1), wanted.writes, "{cast:?} {edits:?}");
    let overwritten = stage.history().into_iter().map(|change| change.before.to_plain()).collect();
    stage.assert_quiet().await;
    stage.assert_quiet().await;
    (stage, overwritten)
}

fn as_usual(_: &mut Policy) {}

fn winner(who: Who, cast: Cast) -> impl Fn(&mut Policy) {
    let side = if who == A { cast.a_sits } else { cast.a_sits.other() };
    move |policy| policy.winner = Winner::Side(side)
}

/// Scenario 23.
#[tokio::test(start_paused = true)]
async fn edits_of_different_fields_survive_on_both_sides() {
    for cast in casts() {
        let both = "Ann Lee | ann@x.com | +3222222222 | CFO";
        let wanted = Ending { a: both, b: both, resolved: 0, writes: (1, 1) };
        check(cast, as_usual, &[(A, Edit::Phone("+3222222222")), (B, Edit::Title("CFO"))], &wanted).await;
    }
}

/// Scenario 24.
#[tokio::test(start_paused = true)]
async fn the_losing_edit_of_a_conflict_is_in_the_history() {
    for cast in casts() {
        let edits = [(A, Edit::Title("duke")), (B, Edit::Title("earl"))];
        for (who, title, lost, writes) in [(A, "duke", "earl", (0, 1)), (B, "earl", "duke", (1, 0))] {
            let both = format!("Ann Lee | ann@x.com | +32471234567 | {title}");
            let wanted = Ending { a: &both, b: &both, resolved: 1, writes };
            let (_, overwritten) = check(cast, winner(who, cast), &edits, &wanted).await;
            assert_eq!(overwritten, [lost], "{cast:?}");
        }
    }
}

/// Scenario 24, where nobody is to win: that field alone waits.
#[tokio::test(start_paused = true)]
async fn a_conflict_that_waits_for_a_person_holds_up_nothing_else() {
    for cast in casts() {
        let wanted = Ending {
            a: "Ann Lee | ann@x.com | +3222222222 | duke",
            b: "Ann Lee | ann@x.com | +3222222222 | earl",
            resolved: 0,
            writes: (1, 0),
        };
        let edits = [(A, Edit::Title("duke")), (B, Edit::Title("earl")), (B, Edit::Phone("+3222222222"))];
        let (mut stage, _) = check(cast, |policy| policy.winner = Winner::Ask, &edits, &wanted).await;
        let report = stage.assert_quiet().await;
        assert_eq!((report.status, report.conflicts), (Status::Attention, 1), "{cast:?} {report:#?}");
    }
}

/// Scenario 25.
#[tokio::test(start_paused = true)]
async fn the_same_edit_on_both_sides_is_neither_a_conflict_nor_a_write() {
    for cast in casts() {
        let both = "Ann Lee | ann@x.com | +3222222222 | CFO";
        let wanted = Ending { a: both, b: both, resolved: 0, writes: (0, 0) };
        let edits = [Edit::Title("CFO"), Edit::Phone("+3222222222")];
        let edits: Vec<(Who, Edit)> =
            Who::BOTH.into_iter().flat_map(|who| edits.map(|edit| (who, edit))).collect();
        check(cast, as_usual, &edits, &wanted).await;
    }
}

/// Scenario 26.
#[tokio::test(start_paused = true)]
async fn a_clear_goes_over() {
    for cast in casts() {
        let both = "Ann Lee | ann@x.com |  | ";
        for (who, writes) in [(A, (0, 1)), (B, (1, 0))] {
            let wanted = Ending { a: both, b: both, resolved: 0, writes };
            check(cast, as_usual, &[(who, Edit::Title("")), (who, Edit::Phone(""))], &wanted).await;
        }
    }
}

/// Scenario 26, with `on_clear = "keep"`.
#[tokio::test(start_paused = true)]
async fn a_clear_that_is_to_be_kept_empties_nothing_and_refills_nothing() {
    for cast in casts() {
        let wanted = Ending {
            a: "Ann Lee | ann@x.com |  | ",
            b: "Ann Lee | ann@x.com | +32471234567 | CEO",
            resolved: 0,
            writes: (0, 0),
        };
        let edits = [(A, Edit::Title("")), (A, Edit::Phone(""))];
        let (mut stage, _) = check(cast, |policy| policy.on_clear = OnClear::Keep, &edits, &wanted).await;
        let report = stage.resync().await;
        assert_eq!((report.status, stage.book(A)), (Status::Ok, vec![wanted.a.to_owned()]), "{cast:?}");
        // What is filled in again is an edit like any other.
        let a = crate::world::only(stage.app(A));
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 27.
#[tokio::test(start_paused = true)]
async fn an_edit_beats_a_clear_whoever_wins() {
    for cast in casts() {
        let both = "Ann Lee | ann@x.com | +32471234567 | CFO";
        for on_clear in [OnClear::Propagate, OnClear::Keep] {
            for who in Who::BOTH {
                let policy = |policy: &mut Policy| {
                    winner(who, cast)(policy);
                    policy.on_clear = on_clear;
                };
                let wanted = Ending { a: both, b: both, resolved: 1, writes: (1, 0) };
                check(cast, policy, &[(A, Edit::Title("")), (B, Edit::Title("CFO"))], &wanted).await;
                let wanted = Ending { a: both, b: both, resolved: 1, writes: (0, 1) };
                check(cast, policy, &[(A, Edit::Title("CFO")), (B, Edit::Title(""))], &wanted).await;
            }
        }
    }
}

/// Scenario 28. Each answer lacks some field; over the runs every field is missing at some time.
#[tokio::test(start_paused = true)]
async fn a_field_that_an_answer_lacks_is_not_empty() {
    for cast in casts() {
        let (mut stage, a, b) = Stage::in_step(cast, &ann()).await;
        for who in Who::BOTH {
            stage.app(who).set_faults(Faults::none().with(Fault::PartialRecord, 100));
        }
        for _ in 0..40 {
            stage.app(A).bump(&a);
            stage.app(B).bump(&b);
            let report = stage.assert_quiet().await;
            assert_eq!(report.resolved, 0, "{cast:?} {report:#?}");
        }
        for who in Who::BOTH {
            stage.app(who).set_faults(Faults::none());
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?} {who:?}");
        }
        // And what is seen again syncs again.
        stage.edit(A, &a, Edit::Title("CFO"));
        stage.app(B).bump(&b);
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CFO"], "{cast:?}");
    }
}

/// Two fields of Drift that are more than text, tied to two of Google's own making.
fn with_numbers(cast: Cast) -> Stage {
    let more = |schema: Schema, more: &[FieldSpec], prefix: &str| {
        Schema::new(schema.fields().iter().chain(more).cloned().collect()).open(prefix)
    };
    let texts = ["userDefined.score", "userDefined.vip"].map(|name| FieldSpec::new(name, Kind::Text));
    let book = more(google_schema(), &texts, "userDefined.");
    let chat = more(drift_schema(), &[FieldSpec::new("vip", Kind::Boolean)], "");
    let traits = |who: Who, traits: Traits| Traits {
        schema: if who == A { book.clone() } else { chat.clone() },
        ..traits
    };
    let mut stage = Stage::with(cast, traits);
    let seated = |a: &'static str, b: &'static str| match stage.side(A) {
        syntony_core::side::Side::Left => Sides::new(vec![a.into()], vec![b.into()]),
        syntony_core::side::Side::Right => Sides::new(vec![b.into()], vec![a.into()]),
    };
    let schemas = match stage.side(A) {
        syntony_core::side::Side::Left => Sides::new(&book, &chat),
        syntony_core::side::Side::Right => Sides::new(&chat, &book),
    };
    for fields in [seated("userDefined.score", "cql_score"), seated("userDefined.vip", "vip")] {
        let spec = Custom { fields, ..Custom::default() };
        let mapping = compile::custom(&spec, stage.world.vendors, schemas, &Context::default()).unwrap();
        stage.world.policy.mappings.push(mapping.mapping());
    }
    stage.world.policy.mappings.sort_by(|one, two| one.key.cmp(&two.key));
    stage
}

/// Scenario 29.
#[tokio::test(start_paused = true)]
async fn nought_and_false_are_values_and_nothing_is_none() {
    const OWN: &[&str] = &["userDefined.score", "userDefined.vip"];
    for cast in BOOK_AND_CHAT {
        let (mut stage, _, b) = with_numbers(cast).linked(&ann()).await;
        let nought = Value::number(0.0).unwrap();
        for (score, vip, shown) in [
            (nought.clone(), Value::Bool(false), r#""0" "false""#),
            (Value::number(5.0).unwrap(), Value::Bool(true), r#""5" "true""#),
            (nought, Value::Bool(false), r#""0" "false""#),
            (Value::Null, Value::Null, "null null"),
        ] {
            stage.app(B).edit(&b, |fields| {
                fields.insert("cql_score".into(), score);
                fields.insert("vip".into(), vip);
            });
            stage.app(B).bump(&b);
            stage.sync().await;
            assert_eq!(lines(stage.app(A), OWN), [shown], "{cast:?}");
            stage.assert_quiet().await;
        }
    }
}

/// Scenario 30, where the app that requires the field is the chat tool, the book or both.
#[tokio::test(start_paused = true)]
async fn a_placeholder_of_a_new_contact_never_flows_back() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let (side, title) = (stage.side(B), field(cast.b, "title"));
        stage.policy().placeholders[side] = [(title, Value::text("(unknown)"))].into();
        let untitled = ann().title("");
        let (mut stage, a, b) = stage.linked(&untitled).await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | (unknown)"], "{cast:?}");
        stage.edit(B, &b, Edit::Phone("+3222222222"));
        stage.sync().await;
        stage.resync().await;
        assert_eq!(stage.book(A), ["Ann Lee | ann@x.com | +3222222222 | "], "{cast:?}");
        stage.edit(A, &a, Edit::Title("CEO"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | CEO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Takes the mapping of titles away, and gives it back.
fn without_titles(stage: &mut Stage) -> syntony_core::policy::Mapping {
    let mappings = &mut stage.world.policy.mappings;
    let at = mappings.iter().position(|mapping| mapping.key.as_str() == "title").unwrap();
    mappings.remove(at)
}

/// Scenario 31.
#[tokio::test(start_paused = true)]
async fn a_new_mapping_reconciles_itself_and_opens_nothing_else_again() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        stage.policy().on_clear = OnClear::Keep;
        let titles = without_titles(&mut stage);
        let (mut stage, a, b) = stage.linked(&ann()).await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | "], "{cast:?}");
        // The phones differ, and it was agreed that they do.
        stage.edit(A, &a, Edit::Phone(""));
        stage.edit(B, &b, Edit::Title("CFO"));
        stage.assert_quiet().await;
        stage.policy().mappings.push(titles);
        let report = stage.sync().await;
        assert_eq!((report.status, report.resolved), (Status::Ok, 1), "{cast:?} {report:#?}");
        assert_eq!(stage.book(A), ["Ann Lee | ann@x.com |  | CEO"], "{cast:?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 32.
#[tokio::test(start_paused = true)]
async fn a_mapping_that_goes_away_and_comes_back_clears_nothing() {
    for cast in casts() {
        let (mut stage, a, _) = Stage::in_step(cast, &ann()).await;
        let titles = without_titles(&mut stage);
        stage.assert_quiet().await;
        stage.edit(A, &a, Edit::Title(""));
        stage.assert_quiet().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?}");
        // Back again it has no base: what is empty is filled.
        stage.policy().mappings.push(titles);
        stage.sync().await;
        for who in Who::BOTH {
            assert_eq!(stage.book(who), ["Ann Lee | ann@x.com | +32471234567 | CEO"], "{cast:?} {who:?}");
        }
        stage.assert_quiet().await;
    }
}

/// Scenario 57.
#[tokio::test(start_paused = true)]
async fn a_one_way_source_is_never_written_and_overwrites_only_what_it_changed() {
    for cast in casts() {
        let mut stage = Stage::new(cast);
        let source = stage.side(A);
        stage.policy().writable[source] = false;
        for mapping in &mut stage.policy().mappings {
            mapping.into[source] = false;
        }
        let (mut stage, a, b) = stage.linked(&ann()).await;
        stage.edit(B, &b, Edit::Title("earl"));
        stage.edit(B, &b, Edit::Phone("+3222222222"));
        stage.assert_quiet().await;
        stage.edit(A, &a, Edit::Title("duke"));
        stage.sync().await;
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +3222222222 | duke"], "{cast:?}");
        assert_eq!(stage.app(A).write_log().len(), 0, "{cast:?}");
        stage.assert_quiet().await;
    }
}

/// Scenario 40: the chat tool takes 40 characters.
#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_long_fails_that_field_alone() {
    for cast in casts().filter(|cast| cast.b == Shape::Chat) {
        let mut stage = Stage::new(cast);
        let long = "x".repeat(41);
        stage.add(A, &ann().title(&long));
        let report = stage.sync().await;
        assert_eq!((report.status, report.failures.len()), (Status::Partial, 1), "{cast:?} {report:#?}");
        assert_eq!(stage.book(B), ["Ann Lee | ann@x.com | +32471234567 | "], "{cast:?}");
        stage.assert_quiet().await;
        assert_eq!(stage.book(A), [format!("Ann Lee | ann@x.com | +32471234567 | {long}")], "{cast:?}");
    }
}
