//! What the planner does in each situation: cases through one `check`, named by the danger.

mod world;

use syntony_core::ids::EmailKey;
use syntony_core::pair::{ContactState, LinkStatus, PairState, Repeats};
use syntony_core::plan::{ConflictKind, Exclusion, Note, Verdict, plan_pair};
use syntony_core::policy::{Condition, OnClear, Policy, Role, Rule, Winner};
use syntony_core::record::{Evidence, Seen};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use world::check::{check, edited, in_step};
use world::{apply, live, mapping, policy, record};

#[test]
fn an_idle_pair_writes_nothing() {
    check(&in_step(), &policy(), Verdict::Unchanged, &[]);
}

/// Scenario 23.
#[test]
fn edits_of_different_fields_survive_on_both_sides() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2", "3"], "boss"), ("x@a.test", &["1", "2"], "chief"));
    check(
        &pair,
        &policy(),
        Verdict::Write,
        &[r#"left title "boss" -> "chief""#, r#"right phones ["1","2"] -> ["1","2","3"]"#],
    );
}

/// Scenario 24.
#[test]
fn the_losing_edit_of_a_conflict_is_on_record() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["1", "2"], "earl"));
    check(&pair, &policy(), Verdict::Write, &[r#"right title "earl" -> "duke""#]);
    let plan = plan_pair(&pair, &policy());
    assert_eq!(plan.conflicts.len(), 1);
    assert_eq!(plan.conflicts[0].kept, Some(Side::Left));
    assert_eq!(plan.conflicts[0].right["title"], Value::text("earl"));
}

#[test]
fn asking_holds_that_field_alone() {
    let policy = Policy { winner: Winner::Ask, ..policy() };
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["1"], "earl"));
    check(&pair, &policy, Verdict::Write, &[r#"left phones ["1","2"] -> ["1"]"#]);
    let rest = apply(&pair, &plan_pair(&pair, &policy));
    check(&rest, &policy, Verdict::Conflict, &[]);
}

/// Scenario 25.
#[test]
fn the_same_edit_on_both_sides_is_no_conflict() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["1", "2"], "duke"));
    check(&pair, &policy(), Verdict::Unchanged, &[]);
    assert_eq!(plan_pair(&pair, &policy()).after.settles.len(), 1);
}

/// Scenario 26.
#[test]
fn a_clear_goes_over_unless_it_is_to_be_kept() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], ""), ("x@a.test", &["1", "2"], "boss"));
    check(&pair, &policy(), Verdict::Write, &[r#"right title "boss" -> null"#]);
    assert_eq!(plan_pair(&pair, &policy()).tally.clears, 1);
    let keep = Policy { on_clear: OnClear::Keep, ..policy() };
    check(&pair, &keep, Verdict::Unchanged, &[]);
}

/// Scenario 27.
#[test]
fn an_edit_beats_a_clear_whoever_wins() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], ""), ("x@a.test", &["1", "2"], "earl"));
    for winner in [Winner::Side(Side::Left), Winner::Side(Side::Right), Winner::Ask] {
        let policy = Policy { winner, ..policy() };
        check(&pair, &policy, Verdict::Write, &[r#"left title null -> "earl""#]);
        assert_eq!(plan_pair(&pair, &policy).conflicts.len(), 1);
    }
}

/// Scenario 2.
#[test]
fn an_empty_winner_erases_nothing_at_the_first_meeting() {
    let pair = PairState {
        contacts: Sides::new(
            live("l1", record("x@a.test", &[], "")),
            live("r1", record("x@a.test", &["9"], "earl")),
        ),
        ..PairState::default()
    };
    check(&pair, &policy(), Verdict::Write, &[r#"left phones [] -> ["9"]"#, r#"left title null -> "earl""#]);
}

/// Scenario 28.
#[test]
fn a_field_that_was_not_observed_is_not_empty() {
    let mut pair = in_step();
    let Seen::Live(record) = &mut pair.contacts.left.seen else { unreachable!() };
    record.fields.remove("title");
    check(&pair, &policy(), Verdict::Unchanged, &[]);
}

/// Scenario 31.
#[test]
fn a_new_mapping_reconciles_itself_alone() {
    let mut pair = edited(in_step(), ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["1", "2"], "earl"));
    pair.base.insert(
        "title".into(),
        Sides::new(
            [("title".into(), Value::text("duke"))].into(),
            [("title".into(), Value::text("earl"))].into(),
        ),
    );
    for side in Side::BOTH {
        let Seen::Live(record) = &mut pair.contacts[side].seen else { unreachable!() };
        record
            .fields
            .insert("city".into(), if side == Side::Left { Value::text("Gent") } else { Value::Null });
    }
    let mut policy = policy();
    policy.mappings.insert(0, mapping("city", Role::Data));
    // The titles differ, and were agreed to differ: the new mapping does not re-open them.
    check(&pair, &policy, Verdict::Write, &[r#"right city null -> "Gent""#]);
}

/// Scenario 32.
#[test]
fn a_removed_mapping_clears_nothing() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], ""), ("x@a.test", &["1", "2"], "boss"));
    let mut policy = policy();
    policy.mappings.retain(|mapping| mapping.key.as_str() != "title");
    check(&pair, &policy, Verdict::Unchanged, &[]);
}

/// Scenario 35.
#[test]
fn an_addition_here_and_a_removal_there_both_survive() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2", "3"], "boss"), ("x@a.test", &["2"], "boss"));
    check(
        &pair,
        &policy(),
        Verdict::Write,
        &[r#"left phones ["1","2","3"] -> ["2","3"]"#, r#"right phones ["2"] -> ["2","3"]"#],
    );
}

/// Scenario 34.
#[test]
fn reordering_a_list_moves_nothing() {
    let pair = edited(in_step(), ("x@a.test", &["2", "1"], "boss"), ("x@a.test", &["1", "2"], "boss"));
    check(&pair, &policy(), Verdict::Unchanged, &[]);
}

/// Scenario 11.
#[test]
fn a_new_address_goes_to_the_same_record() {
    let pair = edited(in_step(), ("new@a.test", &["1", "2"], "boss"), ("x@a.test", &["1", "2"], "boss"));
    check(&pair, &policy(), Verdict::Write, &[r#"right email "x@a.test" -> "new@a.test""#]);
}

/// Scenario 13.
#[test]
fn an_address_that_belongs_to_somebody_else_is_not_written() {
    let mut pair =
        edited(in_step(), ("taken@a.test", &["1", "2"], "duke"), ("x@a.test", &["1", "2"], "boss"));
    pair.collisions.left.insert(EmailKey::new("taken@a.test"), "r9".into());
    check(&pair, &policy(), Verdict::Write, &[r#"right title "boss" -> "duke""#]);
    let plan = plan_pair(&pair, &policy());
    assert_eq!(plan.conflicts[0].kind, ConflictKind::IdentityCollision { with: "r9".into() });
}

/// Scenario 14.
#[test]
fn an_emptied_address_suspends_the_link() {
    let pair = edited(in_step(), ("", &[], "duke"), ("x@a.test", &["1", "2"], "boss"));
    check(&pair, &policy(), Verdict::Excluded(Exclusion::EmailEmptied), &[]);
}

/// Scenario 6.
#[test]
fn a_contact_without_an_address_is_excluded_unless_asked_for() {
    let pair = PairState {
        contacts: Sides::new(live("l1", record("", &["1"], "")), ContactState::default()),
        ..PairState::default()
    };
    check(&pair, &policy(), Verdict::Excluded(Exclusion::NoEmail), &[]);
    let policy = Policy { avoid_duplicates: false, ..policy() };
    check(&pair, &policy, Verdict::Write, &[r#"right phones null -> ["1"]"#]);
    let next = apply(&pair, &plan_pair(&pair, &policy));
    check(&next, &policy, Verdict::Unchanged, &[]);
}

/// Scenario 58, and 61 after it.
#[test]
fn a_deletion_tags_once_and_creates_nothing_again() {
    let mut pair = in_step();
    pair.contacts.left.seen = Seen::Gone(Evidence::Tombstone);
    check(&pair, &policy(), Verdict::Write, &["right +PieSync Trash"]);
    let next = apply(&pair, &plan_pair(&pair, &policy()));
    assert_eq!(next.link.as_ref().map(|link| link.status), Some(LinkStatus::Trashed(Side::Left)));
    check(&next, &policy(), Verdict::Excluded(Exclusion::CounterpartDeleted), &[]);

    let mut both = next;
    both.contacts.right.seen = Seen::Gone(Evidence::Tombstone);
    let closed = apply(&both, &plan_pair(&both, &policy()));
    assert_eq!(closed.link.as_ref().map(|link| link.status), Some(LinkStatus::Closed));
    let mut back = closed;
    back.contacts.left = live("l1", record("x@a.test", &["1"], ""));
    check(&back, &policy(), Verdict::Excluded(Exclusion::BothDeleted), &[]);
}

#[test]
fn a_deletion_on_the_other_side_creates_nothing_again_either() {
    let mut pair = in_step();
    pair.contacts.right.seen = Seen::Gone(Evidence::Tombstone);
    check(&pair, &policy(), Verdict::Excluded(Exclusion::CounterpartDeleted), &[]);
}

/// Scenario 59.
#[test]
fn an_edit_survives_the_deletion_of_its_counterpart() {
    let mut pair = edited(in_step(), ("x@a.test", &["1", "2"], "boss"), ("x@a.test", &["1", "2"], "earl"));
    pair.contacts.left.seen = Seen::Gone(Evidence::Tombstone);
    check(&pair, &policy(), Verdict::Excluded(Exclusion::CounterpartDeleted), &[]);
    assert_eq!(plan_pair(&pair, &policy()).notes, [Note::DeletedButEdited(Side::Left)]);
}

/// Scenario 67.
#[test]
fn a_contact_that_cannot_be_seen_is_not_deleted() {
    let mut pair = in_step();
    pair.contacts.left.seen = Seen::Unknown;
    check(&pair, &policy(), Verdict::Excluded(Exclusion::OutOfSight), &[]);
}

/// Scenario 65.
#[test]
fn a_merge_is_no_deletion() {
    let mut pair = in_step();
    pair.contacts.left.seen = Seen::Gone(Evidence::MergedInto("l2".into()));
    check(&pair, &policy(), Verdict::Excluded(Exclusion::MergeCounterpart), &[]);
}

fn one_way_to_right() -> Policy {
    let mut policy = policy();
    policy.writable = Sides::new(false, true);
    for mapping in &mut policy.mappings {
        mapping.into = policy.writable;
    }
    policy
}

/// Scenario 57.
#[test]
fn a_one_way_target_edit_is_left_until_the_source_changes_that_field() {
    let policy = Policy { winner: Winner::Side(Side::Right), ..one_way_to_right() };
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], "boss"), ("x@a.test", &["1", "2"], "earl"));
    check(&pair, &policy, Verdict::Unchanged, &[]);
    let next = edited(pair, ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["7"], "earl"));
    check(&next, &policy, Verdict::Write, &[r#"right title "earl" -> "duke""#]);
}

/// Scenario 77.
#[test]
fn a_value_that_somebody_keeps_changing_back_is_held() {
    let pair = edited(in_step(), ("x@a.test", &["1", "2"], "duke"), ("x@a.test", &["1", "2"], "boss"));
    let plan = plan_pair(&pair, &policy());
    let settle = plan.after.settles.iter().find(|settle| settle.mapping.as_str() == "title").unwrap();
    let fingerprint = settle.fingerprints.right.clone().unwrap();
    for (runs, verdict) in [(2, Verdict::Write), (3, Verdict::Held)] {
        let mut pair = pair.clone();
        let repeats = Sides::new(Repeats::default(), Repeats { fingerprint: fingerprint.clone(), runs });
        pair.repeats.insert("title".into(), repeats);
        assert_eq!(plan_pair(&pair, &policy()).verdict, verdict);
    }
}

/// Scenario 48.
#[test]
fn exists_in_creates_nothing_and_binds_when_the_counterpart_appears() {
    let mut policy = policy();
    policy.rules = vec![Rule {
        key: "r".into(),
        from: Side::Left,
        when: vec![Condition::ExistsInOther],
        then: Vec::new(),
    }];
    let alone = PairState {
        contacts: Sides::new(live("l1", record("x@a.test", &[], "duke")), ContactState::default()),
        ..PairState::default()
    };
    check(&alone, &policy, Verdict::Excluded(Exclusion::NotInOther), &[]);
    let mut met = alone;
    met.contacts.right = live("r1", record("x@a.test", &[], ""));
    check(&met, &policy, Verdict::Write, &[r#"right title null -> "duke""#]);
    assert!(plan_pair(&met, &policy).bind);
}

/// Scenario 30.
#[test]
fn a_placeholder_never_flows_back() {
    let mut policy = policy();
    policy.placeholders.right.insert("title".into(), Value::text("(unknown)"));
    let alone = PairState {
        contacts: Sides::new(live("l1", record("x@a.test", &[], "")), ContactState::default()),
        ..PairState::default()
    };
    check(
        &alone,
        &policy,
        Verdict::Write,
        &[r#"right email null -> "x@a.test""#, r#"right title null -> "(unknown)""#],
    );
    let created = apply(&alone, &plan_pair(&alone, &policy));
    check(&created, &policy, Verdict::Unchanged, &[]);
}
