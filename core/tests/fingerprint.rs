//! A policy's fingerprint moves with everything that it says, and with nothing else.

mod world;

use syntony_core::ids::Tag;
use syntony_core::policy::{
    Action, Condition, Duplicates, Effect, Mark, OnClear, Policy, Role, Rule, Test, Winner,
};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use world::{mapping, policy};

fn rich() -> Policy {
    let mut policy = policy();
    policy.placeholders.right.insert("title".into(), Value::text("none"));
    policy.unsubscribes = Some(Mark { from: Side::Left, tag: Tag::new("out") });
    policy.rules.push(Rule {
        key: "vip".into(),
        from: Side::Left,
        when: vec![Condition::Field("title".into(), Test::OneOf(vec![Value::text("boss")]))],
        then: vec![Action {
            key: "stage".into(),
            on: Side::Right,
            effect: Effect::Set("stage".into(), Value::text("Lead")),
            undo: false,
        }],
    });
    policy
}

#[test]
fn the_same_wishes_have_the_same_fingerprint() {
    assert_eq!(rich().fingerprint(), rich().fingerprint());
    assert_eq!(rich().fingerprint().len(), 64);
}

/// What is changed, and how.
type Edit = (&'static str, fn(&mut Policy));

/// Values are redacted in a `Debug`, so one of the same length looks the same there.
#[test]
fn no_change_of_a_policy_goes_unnoticed() {
    let changes: &[Edit] = &[
        ("a placeholder of the same length", |policy| {
            policy.placeholders.right.insert("title".into(), Value::text("void"));
        }),
        ("the placeholder's side", |policy| {
            policy.placeholders = std::mem::take(&mut policy.placeholders).swap();
        }),
        ("a condition's value of the same length", |policy| {
            policy.rules[2].when =
                vec![Condition::Field("title".into(), Test::OneOf(vec![Value::text("duke")]))];
        }),
        ("an action's value of the same length", |policy| {
            policy.rules[2].then[0].effect = Effect::Set("stage".into(), Value::text("Cold"));
        }),
        ("an action's undo", |policy| policy.rules[2].then[0].undo = true),
        ("the order of rules", |policy| policy.rules.reverse()),
        ("a mapping more", |policy| policy.mappings.push(mapping("city", Role::Data))),
        ("a mapping's key", |policy| policy.mappings[2].key = "job".into()),
        ("a mapping's lens", |policy| policy.mappings[2].lens = mapping("city", Role::Data).lens),
        ("a mapping's direction", |policy| policy.mappings[2].into.left = false),
        ("a mapping's role", |policy| policy.mappings[2].role = Role::Identity),
        ("a required field", |policy| policy.mappings[2].required.right = true),
        ("the connection", |policy| policy.connection = "other".into()),
        ("the apps", |policy| policy.apps.left = "three".into()),
        ("what may be written", |policy| policy.writable.left = false),
        ("what holds tags", |policy| policy.taggable.left = false),
        ("the winner", |policy| policy.winner = Winner::Side(Side::Right)),
        ("clears", |policy| policy.on_clear = OnClear::Keep),
        ("contacts without e-mail", |policy| policy.avoid_duplicates = false),
        ("duplicates", |policy| policy.duplicates = Duplicates::Best),
        ("deletions", |policy| policy.deletions = None),
        ("unsubscribes", |policy| policy.unsubscribes = None),
        ("the guard", |policy| policy.guard.max_changes += 1),
        ("both ways off", |policy| policy.writable = Sides::new(false, false)),
    ];
    let mut known = std::collections::BTreeSet::from([rich().fingerprint()]);
    for (what, change) in changes {
        let mut policy = rich();
        change(&mut policy);
        assert!(known.insert(policy.fingerprint()), "{what} goes unnoticed");
    }
}
