//! Random pairs and policies.

use super::{bound, live, policy, record};
use proptest::prelude::*;
use syntony_core::pair::{ContactState, PairState};
use syntony_core::policy::{OnClear, Policy, Winner};
use syntony_core::record::{Evidence, Record, Seen};
use syntony_core::side::{Side, Sides};

// Few values, so that both sides often hold the same.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(""), Just("a"), Just("b"), Just("A"), Just("c")].prop_map(str::to_owned)
}

pub(crate) fn any_record() -> impl Strategy<Value = Record> {
    (
        prop_oneof![Just("x@a.test"), Just("y@a.test"), Just("")],
        prop::collection::vec(any_text(), 0..3),
        any_text(),
    )
        .prop_map(|(email, mut phones, title)| {
            phones.retain(|phone| !phone.is_empty());
            phones.sort_by_key(|phone| phone.to_lowercase());
            phones.dedup_by_key(|phone| phone.to_lowercase());
            record(email, &phones.iter().map(String::as_str).collect::<Vec<_>>(), &title)
        })
}

fn any_seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        6 => any_record().prop_map(Seen::Live),
        1 => Just(Seen::Unknown),
        1 => Just(Seen::Gone(Evidence::Tombstone)),
    ]
}

/// A pair: linked with a base that both sides drifted away from, matched just now, or alone.
pub(crate) fn any_pair() -> impl Strategy<Value = PairState> {
    let linked = (any_record(), any_record(), any_seen(), any_seen()).prop_map(|(base, _, left, right)| {
        let mut pair = bound(base.clone(), base);
        pair.contacts.left.seen = left;
        pair.contacts.right.seen = right;
        pair
    });
    let matched = (any_record(), any_record()).prop_map(|(left, right)| PairState {
        contacts: Sides::new(live("l1", left), live("r1", right)),
        ..PairState::default()
    });
    let alone = (any_record(), any::<bool>()).prop_map(|(record, left)| {
        let mut contacts = Sides::new(live("l1", record), ContactState::default());
        if !left {
            contacts = contacts.swap();
        }
        PairState { contacts, ..PairState::default() }
    });
    prop_oneof![4 => linked, 2 => matched, 1 => alone]
}

pub(crate) fn any_policy() -> impl Strategy<Value = Policy> {
    let winner =
        prop_oneof![Just(Winner::Side(Side::Left)), Just(Winner::Side(Side::Right)), Just(Winner::Ask),];
    let ways = prop_oneof![3 => Just((true, true)), 1 => Just((false, true)), 1 => Just((true, false))];
    let on_clear = prop_oneof![Just(OnClear::Propagate), Just(OnClear::Keep)];
    (winner, ways, on_clear).prop_map(|(winner, (left, right), on_clear)| {
        let mut policy = policy();
        policy.winner = winner;
        policy.on_clear = on_clear;
        policy.writable = Sides::new(left, right);
        for mapping in &mut policy.mappings {
            mapping.into = policy.writable;
        }
        policy
    })
}
