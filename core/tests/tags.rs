//! Tags that the planner puts on and takes off: marks of deletions and unsubscribes, and what rules do.

mod world;

use std::collections::BTreeSet;
use syntony_core::ids::Tag;
use syntony_core::op::{Mailing, Write};
use syntony_core::pair::{LinkStatus, Marks, PairState, Trace};
use syntony_core::plan::{Exclusion, Note, Verdict, plan_pair};
use syntony_core::policy::{Action, Condition, Effect, Mark, Policy, Rule, Test};
use syntony_core::record::{Evidence, Record, Seen, Subscription};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use world::check::{check, in_step};
use world::{apply, live, policy, record};

fn at(pair: &mut PairState, side: Side) -> &mut Record {
    let Seen::Live(record) = &mut pair.contacts[side].seen else { unreachable!() };
    record
}

fn after(pair: &PairState, policy: &Policy) -> PairState {
    apply(pair, &plan_pair(pair, policy))
}

/// What a policy may come to forbid on the right: to write there, or to hold tags there.
fn forbidding_right(policy: &Policy) -> [Policy; 2] {
    let mut read_only = policy.clone();
    read_only.writable.right = false;
    for mapping in &mut read_only.mappings {
        mapping.into.right = false;
    }
    let mut untagged = policy.clone();
    untagged.taggable.right = false;
    [read_only, untagged]
}

/// Linked, tagged as deleted on the right, and back on the left.
fn restored(policy: &Policy, title: &str) -> PairState {
    let mut pair = in_step();
    pair.contacts.left.seen = Seen::Gone(Evidence::Tombstone);
    let mut pair = after(&pair, policy);
    pair.contacts.left = live("l1", record("x@a.test", &["1", "2"], title));
    pair
}

/// Scenario 60.
#[test]
fn a_restored_contact_loses_our_tag_and_syncs_again() {
    let pair = restored(&policy(), "duke");
    check(&pair, &policy(), Verdict::Write, &[r#"right title "boss" -> "duke""#, "right -PieSync Trash"]);
    let end = after(&pair, &policy());
    assert_eq!(end.link.as_ref().map(|link| link.status), Some(LinkStatus::Active));
    assert_eq!(end.marks, Sides::new(Marks::default(), Marks::default()));
}

#[test]
fn a_restored_contact_keeps_our_tag_where_nothing_may_be_written() {
    let pair = restored(&policy(), "boss");
    for forbidding in forbidding_right(&policy()) {
        check(&pair, &forbidding, Verdict::Unchanged, &[]);
        let notes = plan_pair(&pair, &forbidding).notes;
        assert_eq!(
            notes,
            [Note::Restored(Side::Left), Note::NoTagThere(Side::Right, Tag::new("PieSync Trash"))]
        );
        let waiting = after(&pair, &forbidding);
        assert_eq!(waiting.link.as_ref().map(|link| link.status), Some(LinkStatus::Active));
        check(&waiting, &policy(), Verdict::Write, &["right -PieSync Trash"]);
        let end = after(&waiting, &policy());
        assert_eq!(end.marks, Sides::new(Marks::default(), Marks::default()));
        check(&end, &policy(), Verdict::Unchanged, &[]);
    }
}

#[test]
fn a_restored_contact_whose_tags_nobody_looked_at_loses_our_tag_all_the_same() {
    let mut pair = restored(&policy(), "boss");
    at(&mut pair, Side::Right).tags = None;
    check(&pair, &policy(), Verdict::Write, &["right -PieSync Trash"]);
    check(&after(&pair, &policy()), &policy(), Verdict::Unchanged, &[]);
}

fn unsubscribing() -> Policy {
    let mark = Mark { from: Side::Left, tag: Tag::new("PieSync Unsubscribes") };
    Policy { unsubscribes: Some(mark), ..policy() }
}

#[test]
fn an_unsubscribe_becomes_a_tag_once_and_a_return_takes_it_off() {
    let policy = unsubscribing();
    let mut pair = in_step();
    for pending in ["pending", "cleaned", "archived"] {
        at(&mut pair, Side::Left).subscription = Subscription::Other(pending.into());
        check(&pair, &policy, Verdict::Unchanged, &[]);
    }
    at(&mut pair, Side::Left).subscription = Subscription::Unsubscribed;
    check(&pair, &policy, Verdict::Write, &["right +PieSync Unsubscribes"]);
    let mut next = after(&pair, &policy);
    check(&next, &policy, Verdict::Unchanged, &[]);
    at(&mut next, Side::Left).subscription = Subscription::Subscribed;
    check(&next, &policy, Verdict::Write, &["right -PieSync Unsubscribes"]);
    check(&after(&next, &policy), &policy, Verdict::Unchanged, &[]);
}

/// Scenario 69: the rule that an unsubscribe ends is the most natural one of a mailing list.
#[test]
fn an_unsubscribe_that_ends_its_own_rule_is_told_all_the_same() {
    let when = vec![Condition::Unsubscribed(false)];
    let members = Rule { key: "members".into(), from: Side::Left, when, then: Vec::new() };
    let policy = Policy { rules: vec![members], ..unsubscribing() };
    let mut pair = in_step();
    at(&mut pair, Side::Left).subscription = Subscription::Unsubscribed;
    check(&pair, &policy, Verdict::Write, &["right +PieSync Unsubscribes"]);
    let mut next = after(&pair, &policy);
    check(&next, &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
    at(&mut next, Side::Left).subscription = Subscription::Subscribed;
    check(&next, &policy, Verdict::Write, &["right -PieSync Unsubscribes"]);
    // Two who were never linked, and whom no rule selects, are nobody's business.
    let mut strangers = in_step();
    strangers.link = None;
    at(&mut strangers, Side::Left).subscription = Subscription::Unsubscribed;
    check(&strangers, &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
}

/// Scenario 70.
#[test]
fn nobody_who_opted_out_arrives_as_mailable() {
    let cases = [
        (Subscription::Unknown, Mailing::Allowed, 0),
        (Subscription::Subscribed, Mailing::Allowed, 0),
        (Subscription::Unsubscribed, Mailing::Refused, 1),
        (Subscription::Other("cleaned".into()), Mailing::Refused, 0),
        (Subscription::Other("pending".into()), Mailing::Refused, 0),
    ];
    for (subscription, expected, tagged) in cases {
        let mut pair = PairState::default();
        pair.contacts.left = live("l1", record("x@a.test", &["1"], "boss"));
        at(&mut pair, Side::Left).subscription = subscription;
        let plan = plan_pair(&pair, &unsubscribing());
        let Some(Write::Create { mailing, tags, .. }) = plan.ops.right.map(|op| op.write) else {
            panic!("nothing is created");
        };
        assert_eq!((mailing, tags.len()), (expected, tagged));
        assert_eq!(plan.tally.unsubscribe_tags, 0, "a new contact is no change to anybody");
        check(&after(&pair, &unsubscribing()), &unsubscribing(), Verdict::Unchanged, &[]);
    }
}

#[test]
fn a_return_writes_nothing_where_nothing_may_be_written() {
    let policy = unsubscribing();
    let mut pair = in_step();
    at(&mut pair, Side::Left).subscription = Subscription::Unsubscribed;
    let mut pair = after(&pair, &policy);
    at(&mut pair, Side::Left).subscription = Subscription::Subscribed;
    for forbidding in forbidding_right(&policy) {
        check(&pair, &forbidding, Verdict::Unchanged, &[]);
        let waiting = after(&pair, &forbidding);
        check(&waiting, &policy, Verdict::Write, &["right -PieSync Unsubscribes"]);
    }
}

#[test]
fn an_unsubscribe_is_not_sent_again_and_again_where_tags_are_not_observed() {
    let policy = unsubscribing();
    let mut pair = in_step();
    at(&mut pair, Side::Right).tags = None;
    at(&mut pair, Side::Left).subscription = Subscription::Unsubscribed;
    check(&pair, &policy, Verdict::Write, &["right +PieSync Unsubscribes"]);
    check(&after(&pair, &policy), &policy, Verdict::Unchanged, &[]);
}

fn rule(key: &str, title: &str, effect: Effect) -> Rule {
    let action = Action { key: format!("{key}/1").into(), on: Side::Right, effect, undo: true };
    let when = vec![Condition::Field("title".into(), Test::OneOf(vec![Value::text(title)]))];
    Rule { key: key.into(), from: Side::Left, when, then: vec![action] }
}

fn vip() -> Effect {
    Effect::AddTag(Tag::new("VIP"))
}

fn ruled(rules: impl IntoIterator<Item = Rule>) -> Policy {
    Policy { rules: rules.into_iter().collect(), ..policy() }
}

fn tagging() -> Policy {
    ruled([rule("r1", "BOSS", vip())])
}

/// The same pair, with a title that no rule asks for.
fn out_of_scope(mut pair: PairState) -> PairState {
    for side in Side::BOTH {
        at(&mut pair, side).fields.insert("title".into(), Value::text("clerk"));
    }
    pair
}

fn trace(pair: &PairState, action: &str) -> Option<Trace> {
    pair.actions.get(action).map(|done| done.trace.clone())
}

/// Scenarios 46, 52 and 53.
#[test]
fn a_rule_tags_once_respects_a_removal_and_takes_back_only_its_own() {
    let policy = tagging();
    let pair = in_step();
    check(&pair, &policy, Verdict::Write, &["right +VIP"]);
    let tagged = after(&pair, &policy);
    check(&tagged, &policy, Verdict::Unchanged, &[]);

    let mut untagged = tagged.clone();
    at(&mut untagged, Side::Right).tags = Some(BTreeSet::new());
    check(&untagged, &policy, Verdict::Unchanged, &[]);
    assert_eq!(plan_pair(&untagged, &policy).notes.len(), 1);
    let told = after(&untagged, &policy);
    assert_eq!(plan_pair(&told, &policy).notes, []);

    let left_scope = out_of_scope(tagged);
    check(&left_scope, &policy, Verdict::Write, &["right -VIP"]);
    check(&after(&left_scope, &policy), &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
}

/// The danger: both sides pass for being in step, and what the rule set stays on one of them for ever.
#[test]
fn what_a_rule_sets_in_a_mapped_field_is_brought_to_the_other_side() {
    let tagged = Condition::HasTag(Tag::new("vip"));
    let set = Effect::Set("title".into(), Value::text("VIP"));
    let policy = ruled([Rule { when: vec![tagged], ..rule("r1", "", set) }]);
    // Carried over just now.
    let mut edited = in_step();
    at(&mut edited, Side::Left).tags = Some([Tag::new("vip")].into());
    let mut quiet = edited.clone();
    at(&mut edited, Side::Left).fields.insert("title".into(), Value::text("duke"));
    // New, with a title and without one.
    let alone = |title: &str| {
        let record = Record { tags: Some([Tag::new("vip")].into()), ..record("x@a.test", &["1"], title) };
        PairState { contacts: Sides::new(live("l1", record), Default::default()), ..PairState::default() }
    };
    quiet.was_selected = false;
    for pair in [edited, quiet, alone("duke"), alone("")] {
        let next = after(&pair, &policy);
        let shown = |side: Side| next.contacts[side].live().unwrap().fields["title"].clone();
        assert!(shown(Side::Right) == Value::text("VIP") && shown(Side::Left) != Value::text("VIP"));
        let end = after(&next, &policy);
        assert!(end.contacts.left.live().unwrap().fields["title"] == Value::text("VIP"));
        check(&end, &policy, Verdict::Unchanged, &[]);
    }
}

#[test]
fn a_tag_that_was_there_before_us_is_not_taken_back() {
    let policy = tagging();
    let mut pair = in_step();
    at(&mut pair, Side::Right).tags = Some([Tag::new("VIP")].into());
    check(&pair, &policy, Verdict::Unchanged, &[]);
    let next = out_of_scope(after(&pair, &policy));
    check(&next, &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
}

/// The danger: `VIP` asked for where the app has `vip` must not pass for a tag that a person took off.
#[test]
fn a_tag_in_other_capitals_is_the_same_tag_and_keeps_the_spelling_of_its_app() {
    let policy = tagging();
    let mut pair = in_step();
    at(&mut pair, Side::Right).tags = Some([Tag::new("vip")].into());
    check(&pair, &policy, Verdict::Unchanged, &[]);
    let known = after(&pair, &policy);
    assert_eq!(trace(&known, "r1/1"), Some(Trace::Already));
    assert_eq!(plan_pair(&known, &policy).notes, []);

    // Put on by us, and shown by an app that knew it in another spelling: ours, there, and nobody's removal.
    let mut tagged = after(&in_step(), &policy);
    at(&mut tagged, Side::Right).tags = Some([Tag::new("Vip")].into());
    check(&tagged, &policy, Verdict::Unchanged, &[]);
    assert_eq!(plan_pair(&tagged, &policy).notes, []);
    // It is taken off by the name that the app has for it.
    check(&out_of_scope(tagged), &policy, Verdict::Write, &["right -Vip"]);
}

#[test]
fn a_condition_asks_for_a_tag_in_any_capitals() {
    let effect = Effect::Set("stage".into(), Value::text("Lead"));
    for (condition, lines) in [
        (Condition::HasTag(Tag::new("customer")), &[r#"right stage null -> "Lead""#][..]),
        (Condition::LacksTag(Tag::new("CUSTOMER")), &[]),
    ] {
        let policy = ruled([Rule { when: vec![condition], ..rule("r1", "", effect.clone()) }]);
        let mut pair = in_step();
        at(&mut pair, Side::Left).tags = Some([Tag::new("Customer")].into());
        let verdict = if lines.is_empty() { Verdict::Excluded(Exclusion::NoRule) } else { Verdict::Write };
        check(&pair, &policy, verdict, lines);
    }
}

/// The rule was written anew in other capitals: the same tag, and nothing to do.
#[test]
fn a_rule_whose_tag_got_other_capitals_writes_nothing() {
    let tagged = after(&in_step(), &tagging());
    let changed = ruled([rule("r2", "boss", Effect::AddTag(Tag::new("Vip")))]);
    check(&tagged, &changed, Verdict::Unchanged, &[]);
    let next = after(&tagged, &changed);
    check(&out_of_scope(next), &changed, Verdict::Write, &["right -VIP"]);
}

#[test]
fn tags_that_were_not_observed_were_not_taken_off_by_a_person() {
    let policy = tagging();
    let mut tagged = after(&in_step(), &policy);
    at(&mut tagged, Side::Right).tags = None;
    check(&tagged, &policy, Verdict::Unchanged, &[]);
    assert_eq!(plan_pair(&tagged, &policy).notes, []);
    // It was proven ours when it was put on, so it comes off on leaving without another look.
    check(&out_of_scope(tagged), &policy, Verdict::Write, &["right -VIP"]);
}

/// The danger: an app that stops showing its tags, or a field, and everybody leaves the scope at once.
#[test]
fn what_a_rule_looks_at_and_does_not_see_is_no_leaving() {
    let title = rule("r1", "BOSS", vip());
    let tag = Rule { when: vec![Condition::HasTag(Tag::new("customer"))], ..title.clone() };
    let mail = Rule { when: vec![Condition::Unsubscribed(false)], ..title.clone() };
    let mut pair = in_step();
    at(&mut pair, Side::Left).tags = Some([Tag::new("customer")].into());
    at(&mut pair, Side::Left).subscription = Subscription::Subscribed;
    for rule in [title, tag, mail] {
        let policy = ruled([rule]);
        let done = after(&pair, &policy);
        let mut unseen = done.clone();
        at(&mut unseen, Side::Left).tags = None;
        at(&mut unseen, Side::Left).fields.remove("title");
        at(&mut unseen, Side::Left).subscription = Subscription::Unknown;
        check(&unseen, &policy, Verdict::Excluded(Exclusion::OutOfSight), &[]);
        let plan = plan_pair(&unseen, &policy);
        assert_eq!((plan.tally.leavers, plan.selected), (0, true));
        // Seen again: nothing happened. Seen to be otherwise: then it is over.
        let mut next = after(&unseen, &policy);
        next.contacts.left = done.contacts.left.clone();
        check(&next, &policy, Verdict::Unchanged, &[]);
        at(&mut next, Side::Left).tags = Some(BTreeSet::new());
        at(&mut next, Side::Left).subscription = Subscription::Unsubscribed;
        check(&out_of_scope(next), &policy, Verdict::Write, &["right -VIP"]);
    }
}

#[test]
fn what_was_done_unseen_is_done_once_and_not_ours_to_take_back() {
    let effects = [
        (vip(), "right +VIP"),
        (Effect::RemoveTag(Tag::new("VIP")), "right -VIP"),
        (Effect::Set("stage".into(), Value::text("Lead")), r#"right stage null -> "Lead""#),
    ];
    for (effect, line) in effects {
        let policy = ruled([rule("r1", "BOSS", effect)]);
        let mut pair = in_step();
        at(&mut pair, Side::Right).tags = None;
        check(&pair, &policy, Verdict::Write, &[line]);
        let next = after(&pair, &policy);
        assert_eq!(trace(&next, "r1/1"), Some(Trace::Already));
        check(&next, &policy, Verdict::Unchanged, &[]);
        let mut seen = next.clone();
        at(&mut seen, Side::Right).tags = Some(BTreeSet::new());
        assert_eq!(plan_pair(&seen, &policy).notes, []);
        check(&out_of_scope(next), &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
    }
}

#[test]
fn a_value_that_is_not_observed_is_put_back_when_it_is() {
    let policy = ruled([rule("r1", "BOSS", Effect::Set("stage".into(), Value::text("Lead")))]);
    let mut pair = in_step();
    at(&mut pair, Side::Right).fields.insert("stage".into(), Value::text("Cold"));
    let mut left_scope = out_of_scope(after(&pair, &policy));
    let known = at(&mut left_scope, Side::Right).fields.remove("stage").unwrap();
    check(&left_scope, &policy, Verdict::Excluded(Exclusion::NoRule), &[]);
    let mut next = after(&left_scope, &policy);
    at(&mut next, Side::Right).fields.insert("stage".into(), known);
    check(&next, &policy, Verdict::Write, &[r#"right stage "Lead" -> "Cold""#]);
    assert_eq!(trace(&after(&next, &policy), "r1/1"), None);
}

/// A rule whose text was changed has another key, and selects the same contacts.
#[test]
fn a_changed_rule_does_not_lose_its_tag() {
    let tagged = after(&in_step(), &tagging());
    let changed = ruled([rule("r2", "boss", vip())]);
    check(&tagged, &changed, Verdict::Unchanged, &[]);
    let next = after(&tagged, &changed);
    assert_eq!(trace(&next, "r1/1"), None);
    check(&next, &changed, Verdict::Unchanged, &[]);
    check(&out_of_scope(next), &changed, Verdict::Write, &["right -VIP"]);
}

#[test]
fn a_tag_that_another_rule_still_wants_stays() {
    let two = ruled([rule("r1", "boss", vip()), rule("r2", "boss", vip())]);
    let tagged = after(&in_step(), &two);
    for left in [&two.rules[0], &two.rules[1]] {
        let one = ruled([left.clone()]);
        check(&tagged, &one, Verdict::Unchanged, &[]);
        let next = after(&tagged, &one);
        check(&next, &one, Verdict::Unchanged, &[]);
        check(&out_of_scope(next), &one, Verdict::Write, &["right -VIP"]);
    }
}

#[test]
fn a_rule_writes_nothing_where_nothing_may_be_written_and_owes_it() {
    let policy = tagging();
    let tagged = after(&in_step(), &policy);
    for forbidding in forbidding_right(&policy) {
        check(&in_step(), &forbidding, Verdict::Unchanged, &[]);
        assert_eq!(trace(&after(&in_step(), &forbidding), "r1/1"), None);

        let left_scope = out_of_scope(tagged.clone());
        check(&left_scope, &forbidding, Verdict::Excluded(Exclusion::NoRule), &[]);
        check(&after(&left_scope, &forbidding), &policy, Verdict::Write, &["right -VIP"]);
    }
}

#[test]
fn nothing_counts_as_done_to_a_contact_that_is_gone() {
    let action = Action { key: "a".into(), on: Side::Left, effect: vip(), undo: true };
    let policy = ruled([Rule {
        key: "r".into(),
        from: Side::Left,
        when: vec![Condition::Deleted],
        then: vec![action],
    }]);
    let mut pair = in_step();
    pair.contacts.left.seen = Seen::Gone(Evidence::Tombstone);
    check(&pair, &policy, Verdict::Write, &["right +PieSync Trash"]);
    assert_eq!(trace(&after(&pair, &policy), "a"), None);
}
