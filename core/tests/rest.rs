//! Rules come to rest: whatever passes the check does so, for every contact and every edit at a bad moment,
//! and leaves nothing of ours when it stops. And what is refused, is refused for a reason.

mod world;

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use syntony_core::ids::{FieldName, Tag};
use syntony_core::pair::PairState;
use syntony_core::plan::plan_pair;
use syntony_core::policy::{Action, Condition, Effect, OnClear, Policy, Rule, Test, Winner};
use syntony_core::record::{Record, Seen};
use syntony_core::rules::{Holds, Kin, contradictions, ends_itself, flips};
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Number, Value};
use world::{apply, bound, policy, record};

/// More runs than any of these rule sets has steps to take.
const MAX_ROUNDS: usize = 60;

fn tag(name: &str) -> Tag {
    Tag::new(name)
}

fn is(field: &str, value: &str) -> Condition {
    Condition::Field(field.into(), Test::OneOf(vec![Value::text(value)]))
}

fn set(field: &str, value: &str) -> Effect {
    Effect::Set(field.into(), Value::text(value))
}

/// The title is mapped, the stage is not.
fn any_condition() -> impl Strategy<Value = Condition> {
    let values = || select(vec!["x", "y"]);
    let tags = || select(vec!["a", "b", "A"]);
    let fields = || select(vec!["title", "stage"]);
    prop_oneof![
        2 => tags().prop_map(|name| Condition::HasTag(tag(name))),
        2 => tags().prop_map(|name| Condition::LacksTag(tag(name))),
        2 => (fields(), values()).prop_map(|(field, value)| is(field, value)),
        1 => (fields(), values()).prop_map(|(field, value)| {
            Condition::Field(field.into(), Test::NoneOf(vec![Value::text(value)]))
        }),
        1 => (fields(), any::<bool>()).prop_map(|(field, empty)| Condition::Field(field.into(), Test::IsEmpty(empty))),
        1 => (1..4_i32).prop_map(|least| Condition::Field("score".into(), at_least(least))),
    ]
}

fn at_least(least: i32) -> Test {
    Test::Between(Number::new(f64::from(least)), None)
}

fn any_effect() -> impl Strategy<Value = Effect> {
    let tags = || select(vec!["a", "b", "B"]);
    prop_oneof![
        3 => tags().prop_map(|name| Effect::AddTag(tag(name))),
        2 => tags().prop_map(|name| Effect::RemoveTag(tag(name))),
        3 => (select(vec!["title", "stage"]), select(vec!["x", "y", "z"])).prop_map(|(field, value)| set(field, value)),
        1 => (0..4_i32).prop_map(|score| Effect::Set("score".into(), Value::number(f64::from(score)).unwrap_or_default())),
    ]
}

fn any_side() -> impl Strategy<Value = Side> {
    select(Side::BOTH.to_vec())
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let action = (any_side(), any_effect(), any::<bool>());
    let rule =
        (any_side(), prop::collection::vec(any_condition(), 1..3), prop::collection::vec(action, 1..3));
    prop::collection::vec(rule, 1..5).prop_map(|rules| rules.into_iter().enumerate().map(keyed).collect())
}

/// The side, the conditions and the actions of a rule.
type Said = (Side, Vec<Condition>, Vec<(Side, Effect, bool)>);

/// A rule with keys that are its own, as the configuration gives them.
fn keyed((at, (from, when, then)): (usize, Said)) -> Rule {
    let action =
        |(number, (on, effect, undo))| Action { key: format!("r{at}/{number}").into(), on, effect, undo };
    let then = then.into_iter().enumerate().map(action).collect();
    Rule { key: format!("r{at}").into(), from, when, then }
}

fn any_record() -> impl Strategy<Value = Record> {
    let texts = || select(vec!["", "x", "y"]);
    (texts(), texts(), option::of(0..4_i32), subsequence(vec!["a", "b"], 0..=2)).prop_map(
        |(title, stage, score, tags)| {
            let mut record = record("x@a.test", &[], title);
            let text = |text: &str| if text.is_empty() { Value::Null } else { Value::text(text) };
            record.fields.insert("stage".into(), text(stage));
            let score = score.and_then(|score| Number::new(f64::from(score)));
            record.fields.insert("score".into(), score.map_or(Value::Null, Value::Number));
            record.tags = Some(tags.into_iter().map(Tag::new).collect());
            record
        },
    )
}

/// A linked pair that is in step.
fn any_pair() -> impl Strategy<Value = PairState> {
    (any_record(), any_record()).prop_map(|(left, mut right)| {
        right.fields.insert("title".into(), left.fields.get("title").cloned().unwrap_or_default());
        bound(left, right)
    })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let ways = select(vec![(true, true), (true, true), (true, false), (false, true)]);
    let winners = select(vec![Winner::Side(Side::Left), Winner::Side(Side::Right), Winner::Ask]);
    let clears = select(vec![OnClear::Propagate, OnClear::Keep]);
    (any_rules(), ways, winners, clears).prop_map(|(rules, (left, right), winner, on_clear)| {
        let mut policy = Policy { rules, winner, on_clear, ..policy() };
        for mapping in &mut policy.mappings {
            mapping.into = Sides::new(left, right);
        }
        policy
    })
}

fn is_let_pass(policy: &Policy) -> bool {
    contradictions(policy, &|_, _| Holds::One).is_empty() && flips(policy, Kin::NONE).is_empty()
}

/// Plans and applies until nothing happens any more; `None` if something still does after [`MAX_ROUNDS`].
fn at_rest(mut pair: PairState, policy: &Policy) -> Option<PairState> {
    for _ in 0..MAX_ROUNDS {
        let plan = plan_pair(&pair, policy);
        let next = apply(&pair, &plan);
        if plan.ops.left.is_none()
            && plan.ops.right.is_none()
            && next.actions == pair.actions
            && next.base == pair.base
        {
            return Some(next);
        }
        pair = next;
    }
    None
}

/// What a person makes of a contact between two runs.
fn edit(pair: &mut PairState, side: Side, field: &str, into: &Record) {
    let Seen::Live(record) = &mut pair.contacts[side].seen else { unreachable!() };
    if field == "tags" {
        record.tags.clone_from(&into.tags);
    } else {
        record.fields.insert(field.into(), into.fields.get(field).cloned().unwrap_or_default());
    }
}

fn nobody() -> Rule {
    Rule {
        key: "nobody".into(),
        from: Side::Left,
        when: vec![is("title", "not anybody's")],
        then: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        max_local_rejects: 100_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Scenarios 54 and 55: every run looks at everything anew, and people edit in between.
    #[test]
    fn what_the_check_lets_pass_comes_to_rest(
        pair in any_pair(),
        policy in any_policy().prop_filter("refused", is_let_pass),
        edits in prop::collection::vec((any_side(), select(vec!["title", "stage", "score", "tags"]), any_record()), 0..4),
    ) {
        let mut pair = pair;
        for (side, field, into) in &edits {
            pair = apply(&pair, &plan_pair(&pair, &policy));
            edit(&mut pair, *side, field, into);
        }
        prop_assert!(at_rest(pair, &policy).is_some(), "{:#?}", policy.rules);
    }

    /// Scenarios 49, 52 and 56: once no rule selects the contact any more, everything that was not carried on by
    /// a mapping is as it was before us.
    #[test]
    fn rules_with_undo_leave_nothing_behind(
        pair in any_pair(),
        policy in any_policy().prop_map(undoing).prop_filter("refused", is_let_pass),
    ) {
        let before = pair.clone();
        let Some(end) = at_rest(pair, &policy) else { return Err(TestCaseError::fail("no rest")) };
        let over = Policy { rules: vec![nobody()], ..policy };
        let Some(end) = at_rest(end, &over) else { return Err(TestCaseError::fail("no rest after the end")) };
        prop_assert!(end.actions.is_empty());
        for side in Side::BOTH {
            let (was, is) = (before.contacts[side].live().unwrap(), end.contacts[side].live().unwrap());
            prop_assert_eq!(&was.tags, &is.tags, "{:?}", side);
            for field in ["stage", "score"].map(FieldName::from) {
                prop_assert_eq!(was.fields[&field].to_plain(), is.fields[&field].to_plain(), "{} of {:?}", field, side);
            }
        }
    }
}

fn undoing(mut policy: Policy) -> Policy {
    for rule in &mut policy.rules {
        for action in &mut rule.then {
            action.undo = true;
        }
    }
    policy
}

/// The rules, from the left, each with conditions and one action on the left.
fn rules(said: &[(&[Condition], Effect, bool)]) -> Policy {
    let rule = |(at, (when, effect, undo)): (usize, &(&[Condition], Effect, bool))| {
        keyed((at, (Side::Left, when.to_vec(), vec![(Side::Left, effect.clone(), *undo)])))
    };
    Policy { rules: said.iter().enumerate().map(rule).collect(), ..policy() }
}

/// Which rules are in a ring.
fn check(policy: &Policy, rings: &[&[usize]], itself: &[usize]) {
    let found: Vec<Vec<usize>> = flips(policy, Kin::NONE)
        .iter()
        .map(|ring| {
            let mut rules: Vec<usize> = ring.iter().map(|cause| cause.rule).collect();
            rules.sort_unstable();
            rules.dedup();
            rules
        })
        .collect();
    assert_eq!(found, rings, "{:#?}", policy.rules);
    let ended: Vec<usize> = ends_itself(policy, Kin::NONE).iter().map(|cause| cause.rule).collect();
    assert_eq!(ended, itself);
}

fn has(name: &str) -> Condition {
    Condition::HasTag(tag(name))
}

fn lacks(name: &str) -> Condition {
    Condition::LacksTag(tag(name))
}

fn on(name: &str) -> Effect {
    Effect::AddTag(tag(name))
}

fn off(name: &str) -> Effect {
    Effect::RemoveTag(tag(name))
}

/// Scenario 55.
#[test]
fn a_rule_that_ends_itself_may_not_put_back_what_started_it() {
    for (when, effect) in [
        (lacks("a"), on("A")),
        (has("a"), off("a")),
        (is("stage", "x"), set("stage", "y")),
        (is("title", "x"), set("title", "y")),
        (Condition::Field("score".into(), at_least(2)), set("score", "1")),
    ] {
        check(&rules(&[(std::slice::from_ref(&when), effect.clone(), false)]), &[], &[0]);
        check(&rules(&[(&[when], effect, true)]), &[&[0]], &[0]);
    }
}

#[test]
fn an_action_that_keeps_its_own_rule_going_is_fine() {
    for undo in [false, true] {
        check(&rules(&[(&[has("a")], on("a"), undo)]), &[], &[]);
        check(&rules(&[(&[is("stage", "x")], set("stage", "X"), undo)]), &[], &[]);
        check(&rules(&[(&[lacks("a")], on("b"), undo)]), &[], &[]);
    }
}

/// Scenario 54: conditions that exclude each other now are no help where the actions move them.
#[test]
fn two_rules_that_hand_a_contact_to_each_other_are_refused() {
    let swap = rules(&[(&[has("a"), lacks("b")], on("b"), false), (&[has("b")], off("b"), false)]);
    assert_eq!(contradictions(&swap, &|_, _| Holds::One), []);
    check(&swap, &[&[0, 1]], &[0, 1]);
    check(
        &rules(&[
            (&[is("stage", "x")], set("stage", "y"), false),
            (&[is("stage", "y")], set("stage", "x"), false),
        ]),
        &[&[0, 1]],
        &[0, 1],
    );
    // On to the next stage, and the next, and no way back.
    check(
        &rules(&[
            (&[is("stage", "x")], set("stage", "y"), false),
            (&[is("stage", "y")], set("stage", "z"), false),
        ]),
        &[],
        &[0, 1],
    );
}

/// Only ever more: fine. Taken back with each other: a contact edited at a bad moment has one start as the other
/// ends.
#[test]
fn two_rules_that_feed_each_other_may_not_both_take_back() {
    for (one, other, rings) in [(false, false, &[][..]), (true, false, &[]), (true, true, &[&[0, 1][..]])] {
        check(&rules(&[(&[has("a")], on("b"), one), (&[has("b")], on("a"), other)]), rings, &[]);
    }
}

/// Found by the property: the field over there that a rule sets to what it asks for here, and puts back, arrives
/// here a run late. Edited in between, here and there hold the value in turns.
#[test]
fn a_value_that_comes_back_through_a_mapping_is_not_put_back_as_well() {
    for (undo, rings) in [(false, &[][..]), (true, &[&[0][..]][..])] {
        let said = (Side::Left, vec![is("title", "x")], vec![(Side::Right, set("title", "x"), undo)]);
        check(&Policy { rules: vec![keyed((0, said))], ..policy() }, rings, &[]);
    }
}

/// What a rule writes on one side reaches the other through the mappings, the way that they go.
#[test]
fn an_action_reaches_the_conditions_behind_a_mapping() {
    let there = |field: &str| {
        keyed((0, (Side::Left, vec![is(field, "x")], vec![(Side::Right, set(field, "y"), true)])))
    };
    for (field, into_left, rings) in
        [("title", true, &[&[0][..]][..]), ("title", false, &[]), ("stage", true, &[])]
    {
        let mut policy = Policy { rules: vec![there(field)], ..policy() };
        for mapping in &mut policy.mappings {
            mapping.into.left = into_left;
        }
        let itself: &[usize] = if rings.is_empty() { &[] } else { &[0] };
        check(&policy, rings, itself);
    }
}

#[test]
fn two_values_for_one_field_contradict_where_both_rules_can_hold() {
    for (one, other, found) in [
        (has("a"), has("b"), 1),
        (has("a"), lacks("A"), 0),
        (is("title", "x"), is("title", "y"), 0),
        (is("title", "x"), is("title", "X"), 1),
    ] {
        let policy = rules(&[(&[one], set("stage", "x"), false), (&[other], set("stage", "y"), false)]);
        assert_eq!(contradictions(&policy, &|_, _| Holds::One).len(), found);
        let same = rules(&[(&[], set("stage", "x"), false), (&[], set("stage", "x"), true)]);
        assert_eq!(contradictions(&same, &|_, _| Holds::One), []);
    }
    // A list can hold both.
    let policy = rules(&[
        (&[is("phones", "1")], set("stage", "x"), false),
        (&[is("phones", "2")], set("stage", "y"), false),
    ]);
    assert_eq!(contradictions(&policy, &|_, _| Holds::Many).len(), 1);
}
