//! Random pairs and policies: contacts that drifted apart, vanished, came back, opted out, were tagged by
//! us or by a person, with tags and fields that were not always looked at.

use super::{bound, live, policy, record};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ActionKey, EmailKey, Tag};
use syntony_core::pair::{ContactState, Done, LinkStatus, Marks, PairState, Trace};
use syntony_core::policy::{Action, Condition, Effect, Mark, OnClear, Policy, Rule, Test, Winner};
use syntony_core::record::{Evidence, Record, Seen, Subscription};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

const TRASH: &str = "trash";
const OUT: &str = "out";
const VIP: &str = "vip";
const EMAILS: [&str; 3] = ["x@a.test", "y@a.test", ""];

// Few values, so that both sides often hold the same.
fn any_text() -> impl Strategy<Value = String> {
    select(vec!["", "a", "b", "A", "c"]).prop_map(str::to_owned)
}

fn any_side() -> impl Strategy<Value = Side> {
    select(Side::BOTH.to_vec())
}

fn any_tags() -> impl Strategy<Value = Option<BTreeSet<Tag>>> {
    let tags = subsequence(vec![TRASH, OUT, VIP], 0..=3);
    option::weighted(0.8, tags.prop_map(|tags| tags.into_iter().map(Tag::new).collect()))
}

fn any_subscription() -> impl Strategy<Value = Subscription> {
    prop_oneof![
        2 => Just(Subscription::Unknown),
        1 => Just(Subscription::Subscribed),
        1 => Just(Subscription::Unsubscribed),
        1 => Just(Subscription::Other("pending".to_owned())),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let phones = prop::collection::vec(any_text(), 0..3);
    let stage = option::weighted(0.5, select(vec!["cold", "lead"]));
    (select(EMAILS.to_vec()), phones, any_text(), stage, any_tags(), any_subscription()).prop_map(
        |(email, mut phones, title, stage, tags, subscription)| {
            phones.retain(|phone| !phone.is_empty());
            phones.sort_by_key(|phone| phone.to_lowercase());
            phones.dedup_by_key(|phone| phone.to_lowercase());
            let phones: Vec<&str> = phones.iter().map(String::as_str).collect();
            let mut record = Record { tags, subscription, ..record(email, &phones, &title) };
            record.fields.extend(stage.map(|stage| ("stage".into(), Value::text(stage))));
            record
        },
    )
}

fn any_seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        8 => any_record().prop_map(Seen::Live),
        1 => Just(Seen::Unknown),
        2 => Just(Seen::Gone(Evidence::Tombstone)),
        1 => Just(Seen::Gone(Evidence::MergedInto("other".into()))),
    ]
}

fn any_status() -> impl Strategy<Value = LinkStatus> {
    prop_oneof![
        6 => Just(LinkStatus::Active),
        3 => any_side().prop_map(LinkStatus::Trashed),
        1 => Just(LinkStatus::Closed),
    ]
}

fn any_marks() -> impl Strategy<Value = Marks> {
    (option::weighted(0.3, Just(Tag::new(TRASH))), option::weighted(0.3, Just(Tag::new(OUT))))
        .prop_map(|(deleted, unsubscribed)| Marks { deleted, unsubscribed })
}

fn any_effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        2 => Just(Effect::AddTag(Tag::new(VIP))),
        1 => Just(Effect::RemoveTag(Tag::new(VIP))),
        1 => select(vec!["cold", "lead"]).prop_map(|stage| Effect::Set("stage".into(), Value::text(stage))),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    (any_side(), any_effect(), any::<bool>()).prop_map(|(on, effect, undo)| {
        // Stable while what it says is, as the configuration makes them.
        let key = format!("{effect:?} {undo}");
        Action { key: key.into(), on, effect, undo }
    })
}

fn any_trace() -> impl Strategy<Value = Trace> {
    prop_oneof![
        3 => Just(Trace::Changed(Value::Null)),
        1 => Just(Trace::Already),
        1 => Just(Trace::Reversed),
    ]
}

fn any_ledger() -> impl Strategy<Value = BTreeMap<ActionKey, Done>> {
    let done = (any_action(), any_trace())
        .prop_map(|(action, trace)| (action.key.clone(), Done::new(action, trace)));
    prop::collection::vec(done, 0..3).prop_map(|done| done.into_iter().collect())
}

fn any_collisions() -> impl Strategy<Value = Sides<BTreeMap<EmailKey, syntony_core::ids::ContactId>>> {
    let taken = |present| {
        if present { [(EmailKey::new("y@a.test"), "taken".into())].into() } else { BTreeMap::new() }
    };
    (prop::bool::weighted(0.3), prop::bool::weighted(0.3))
        .prop_map(move |(left, right)| Sides::new(taken(left), taken(right)))
}

fn any_linked() -> impl Strategy<Value = PairState> {
    let contacts = (any_record(), any_seen(), any_seen());
    let memory = (any_status(), any_marks(), any_marks(), any_ledger(), any_collisions());
    (contacts, memory, any::<bool>(), prop::bool::weighted(0.05)).prop_map(
        |((base, left, right), (status, one, two, actions, collisions), was_selected, forgotten)| {
            let mut pair = bound(base.clone(), base);
            pair.contacts.left.seen = left;
            pair.contacts.right.seen = right;
            pair.link.as_mut().unwrap().status = status;
            let marks = Sides::new(one, two);
            PairState { marks, actions, collisions, was_selected, forgotten, ..pair }
        },
    )
}

/// A pair: linked with a base that both sides drifted away from, matched just now, or alone.
pub(crate) fn any_pair() -> impl Strategy<Value = PairState> {
    let matched = (any_record(), any_record()).prop_map(|(left, right)| PairState {
        contacts: Sides::new(live("l1", left), live("r1", right)),
        ..PairState::default()
    });
    let alone = (any_record(), any_side()).prop_map(|(record, side)| {
        let mut contacts: Sides<ContactState> = Sides::default();
        contacts[side] = live("l1", record);
        PairState { contacts, ..PairState::default() }
    });
    prop_oneof![6 => any_linked(), 2 => matched, 1 => alone]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let condition = prop_oneof![
        3 => Just(Condition::Field("title".into(), Test::OneOf(vec![Value::text("a")]))),
        1 => Just(Condition::ExistsInOther),
        1 => Just(Condition::Unsubscribed(true)),
        1 => Just(Condition::Deleted),
    ];
    (any_side(), option::weighted(0.6, condition), prop::collection::vec(any_action(), 0..3)).prop_map(
        |(from, when, then)| Rule {
            key: format!("{when:?}").into(),
            from,
            when: when.into_iter().collect(),
            then,
        },
    )
}

/// Either way on more often than not.
fn any_flags() -> impl Strategy<Value = Sides<bool>> {
    prop_oneof![3 => Just((true, true)), 1 => Just((false, true)), 1 => Just((true, false))]
        .prop_map(|(left, right)| Sides::new(left, right))
}

fn any_mark(tag: &'static str) -> impl Strategy<Value = Option<Mark>> {
    option::weighted(0.8, any_side().prop_map(move |from| Mark { from, tag: Tag::new(tag) }))
}

pub(crate) fn any_policy() -> impl Strategy<Value = Policy> {
    let winner = prop_oneof![2 => any_side().prop_map(Winner::Side), 1 => Just(Winner::Ask)];
    let on_clear = select(vec![OnClear::Propagate, OnClear::Keep]);
    let rules = prop::collection::vec(any_rule(), 0..3);
    let marks = (any_mark(TRASH), any_mark(OUT));
    (winner, any_flags(), any_flags(), on_clear, rules, marks).prop_map(
        |(winner, writable, taggable, on_clear, rules, (deletions, unsubscribes))| {
            let mut policy =
                Policy { winner, writable, taggable, on_clear, deletions, unsubscribes, ..policy() };
            for mapping in &mut policy.mappings {
                mapping.into = writable;
            }
            // No rules of the configuration: the compiler puts an empty one for each way.
            if !rules.is_empty() {
                policy.rules = rules;
            }
            policy
        },
    )
}
