//! The planner's invariants, over random pairs and policies. The numbers are those of ARCHITECTURE.md.

mod world;

use proptest::prelude::*;
use std::collections::BTreeSet;
use syntony_core::ids::EmailKey;
use syntony_core::op::{Because, Change, Op, Target};
use syntony_core::pair::{LinkStatus, PairState, Trace};
use syntony_core::plan::{Aftermath, PairPlan, Plan, Situation, Verdict, plan, plan_pair};
use syntony_core::policy::{Effect, OnClear, Policy, Winner};
use syntony_core::record::{Seen, Subscription};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use world::random::{any_pair, any_policy};
use world::{apply, swapped, swapped_pair};

/// A plan as people see it, the sides swapped back.
fn mirrored(mut plan: PairPlan) -> PairPlan {
    plan.ids = plan.ids.swap();
    plan.ops = plan.ops.swap();
    for (_, op) in [(0, &mut plan.ops.left), (1, &mut plan.ops.right)] {
        if let Some(Op { side, .. }) = op {
            *side = side.other();
        }
    }
    for settle in &mut plan.after.settles {
        settle.needs = settle.needs.swap();
        settle.seen = std::mem::take(&mut settle.seen).swap();
        settle.fingerprints = std::mem::take(&mut settle.fingerprints).swap();
    }
    for conflict in &mut plan.conflicts {
        conflict.kept = conflict.kept.map(Side::other);
        std::mem::swap(&mut conflict.left, &mut conflict.right);
        conflict.base = conflict.base.take().map(Sides::swap);
    }
    plan.after.marks = plan.after.marks.map(Sides::swap);
    plan.after.status = plan.after.status.map(|status| match status {
        LinkStatus::Trashed(side) => LinkStatus::Trashed(side.other()),
        LinkStatus::Active | LinkStatus::Closed => status,
    });
    for done in plan.after.actions.iter_mut().filter_map(|(_, done)| done.as_mut()) {
        done.action.on = done.action.on.other();
    }
    plan.notes.clear();
    plan
}

/// Every change that the plan would write, with its side.
fn changes(plan: &PairPlan) -> impl Iterator<Item = (Side, &Change)> {
    plan.ops.iter().flat_map(|(side, op)| {
        op.iter().flat_map(move |op| op.changes.iter().map(move |change| (side, change)))
    })
}

fn may_tag(policy: &Policy, side: Side) -> bool {
    policy.writable[side] && policy.taggable[side]
}

/// The entries of a list of texts, as they compare.
fn entries(value: Option<&Value>) -> BTreeSet<String> {
    match value {
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| item.value.as_text()).map(str::to_lowercase).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn settled(pair: &PairState, policy: &Policy) -> PairState {
    let once = apply(pair, &plan_pair(pair, policy));
    apply(&once, &plan_pair(&once, policy))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Invariants 1 and 3.
    #[test]
    fn the_order_of_pairs_does_not_matter(pairs in prop::collection::vec(any_pair(), 0..6), policy in any_policy()) {
        let mut pairs = pairs;
        for (at, pair) in pairs.iter_mut().enumerate() {
            for side in Side::BOTH {
                pair.contacts[side].id = pair.contacts[side].id.as_ref().map(|id| format!("{id}-{at}").into());
            }
        }
        let forwards = plan(&pairs, &policy);
        pairs.reverse();
        prop_assert!(forwards == plan(&pairs, &policy));
    }

    /// Invariants 2 and 11: what was written is not written again.
    #[test]
    fn a_plan_that_was_applied_leaves_nothing_to_write(pair in any_pair(), policy in any_policy()) {
        let end = settled(&pair, &policy);
        let again = plan_pair(&end, &policy);
        prop_assert!(again.ops.left.is_none() && again.ops.right.is_none(), "{:?}", again.ops);
        prop_assert!(again.after.settles.is_empty(), "a base still moves: {:?}", again.after.settles);
    }

    /// Invariant 4: both sides agree on two-way fields when nothing waits.
    #[test]
    fn both_sides_are_equal_after_a_clean_run(pair in any_pair(), mut policy in any_policy()) {
        policy.on_clear = OnClear::Propagate;
        if let Winner::Ask = policy.winner {
            policy.winner = Winner::Side(Side::Right);
        }
        policy.writable = Sides::new(true, true);
        for mapping in &mut policy.mappings {
            mapping.into = policy.writable;
        }
        let end = settled(&pair, &policy);
        let verdict = plan_pair(&end, &policy).verdict;
        let (Some(left), Some(right)) = (end.contacts.left.live(), end.contacts.right.live()) else { return Ok(()) };
        if verdict != Verdict::Unchanged {
            return Ok(());
        }
        for mapping in &policy.mappings {
            let views = mapping.lens.views(Sides::new(Some(&left.fields), Some(&right.fields)), None);
            let (Some(one), Some(two)) = (views.now.left, views.now.right) else { continue };
            for (part, atom) in one {
                prop_assert!(atom.same(&two[&part]), "{} differs", mapping.key);
            }
        }
    }

    /// Invariant 4: a side that may not be written is not, and nothing is remembered as done to it.
    #[test]
    fn a_read_only_side_is_never_written(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for side in Side::BOTH {
            prop_assert!(policy.writable[side] || plan.ops[side].is_none());
            if !may_tag(&policy, side) {
                let marks = plan.after.marks.as_ref().map_or(&pair.marks[side], |marks| &marks[side]);
                prop_assert_eq!(marks, &pair.marks[side], "a mark moved without its tag");
            }
        }
        for (side, change) in changes(&plan) {
            prop_assert!(matches!(change.target, Target::Field(_)) || policy.taggable[side]);
        }
        for (key, done) in &plan.after.actions {
            let known = pair.actions.get(key);
            let action = done.as_ref().or(known).map(|done| &done.action).unwrap();
            let tags = matches!(action.effect, Effect::AddTag(_) | Effect::RemoveTag(_));
            let allowed = if tags { may_tag(&policy, action.on) } else { policy.writable[action.on] };
            let done_now = done.is_some() && known.is_none();
            let owed = known.is_some_and(|known| known.action.undo && matches!(known.trace, Trace::Changed(_)));
            let inherited = plan.after.actions.iter().any(|(_, other)| {
                other.as_ref().is_some_and(|other| other.action.effect == action.effect)
            }) || pair.actions.iter().any(|(other, done)| other != key && done.action.effect == action.effect);
            prop_assert!(allowed || !done_now, "{key} counts as done");
            prop_assert!(allowed || done.is_some() || !owed || inherited, "{key} is forgotten, not taken back");
        }
    }

    /// Invariant 5: nothing is emptied, and no mark is put on or taken off, without what it stands on.
    #[test]
    fn nothing_is_emptied_or_marked_without_a_base_and_evidence(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for (side, change) in changes(&plan) {
            let there = &pair.contacts[side.other()];
            let subscription = there.live().map(|record| &record.subscription);
            let on = matches!(change.target, Target::TagOn(_));
            match &change.because {
                Because::Mapping(key) => prop_assert!(!change.after.is_empty() || pair.base.contains_key(key)),
                Because::Deleted => {
                    prop_assert!(on && pair.link.is_some() && matches!(there.seen, Seen::Gone(_)));
                }
                Because::Restored => {
                    prop_assert!(!on && there.live().is_some() && pair.marks[side].deleted.is_some());
                }
                Because::Unsubscribed => prop_assert!(on && subscription == Some(&Subscription::Unsubscribed)),
                Because::Resubscribed => prop_assert!(
                    !on && subscription == Some(&Subscription::Subscribed) && pair.marks[side].unsubscribed.is_some()
                ),
                Because::LeftScope(key) => {
                    let done = &pair.actions[key];
                    prop_assert!(done.action.undo && matches!(done.trace, Trace::Changed(_)), "not ours");
                }
                Because::Placeholder | Because::Rule(..) => {}
                Because::Undo(_) => prop_assert!(false, "the planner undoes no run"),
            }
        }
    }

    /// Invariant 6: what a plan overwrites was the base's value, or is in a recorded conflict, or a rule
    /// asked for it.
    #[test]
    fn no_edit_is_overwritten_without_a_record(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for (side, change) in changes(&plan) {
            let Because::Mapping(key) = &change.because else { continue };
            let Target::Field(field) = &change.target else { continue };
            let base = pair.base.get(key).and_then(|base| base[side].get(field));
            if let Value::List(_) = &change.before {
                let (before, after) = (entries(Some(&change.before)), entries(Some(&change.after)));
                let there = pair.contacts[side.other()].live().and_then(|record| record.fields.get(field));
                let (base, there) = (entries(base), entries(there));
                for lost in before.difference(&after) {
                    prop_assert!(base.contains(lost) && !there.contains(lost), "an entry of {field} is lost");
                }
                continue;
            }
            let text = |value: &Value| value.as_text().map(str::to_lowercase);
            let known = change.before.is_empty() || base.is_some_and(|base| text(base) == text(&change.before));
            let recorded = plan.conflicts.iter().any(|conflict| conflict.mapping == *key);
            prop_assert!(known || recorded, "{field} of {side:?} is lost");
        }
    }

    /// Invariant 6: an address that belongs to somebody else is not written.
    #[test]
    fn no_address_of_somebody_else_is_written(pair in any_pair(), policy in any_policy()) {
        for (side, change) in changes(&plan_pair(&pair, &policy)) {
            if change.target == Target::Field("email".into()) {
                let key = EmailKey::new(change.after.as_text().unwrap_or_default());
                prop_assert!(!pair.collisions[side.other()].contains_key(&key));
            }
        }
    }

    /// What was not observed is no answer: nobody is said to have reversed it, and nothing of it is ours.
    #[test]
    fn tags_that_were_not_observed_prove_nothing(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for (key, done) in plan.after.actions.iter().filter_map(|(key, done)| Some((key, done.as_ref()?))) {
            let unseen = pair.contacts[done.action.on].live().is_some_and(|record| record.tags.is_none());
            let tags = matches!(done.action.effect, Effect::AddTag(_) | Effect::RemoveTag(_));
            let ours = pair.actions.values().any(|known| matches!(known.trace, Trace::Changed(_)));
            if unseen && tags && !ours {
                prop_assert_eq!(&done.trace, &Trace::Already, "{} is claimed", key);
            }
        }
    }

    /// Invariant 7: one verdict, and it says what the plan holds.
    #[test]
    fn every_pair_comes_out_once_and_says_so(pair in any_pair(), policy in any_policy()) {
        let Plan { pairs } = plan(std::slice::from_ref(&pair), &policy);
        prop_assert_eq!(pairs.len(), 1);
        let plan = &pairs[0];
        let writes = plan.ops.left.is_some() || plan.ops.right.is_some();
        prop_assert_eq!(plan.verdict == Verdict::Write, writes);
        prop_assert!(writes || plan.verdict == plan.rest);
        match plan.rest {
            Verdict::Write => prop_assert!(false, "a write is never what is left"),
            Verdict::Conflict => prop_assert!(!plan.conflicts.is_empty()),
            Verdict::Held => prop_assert!(!plan.held.is_empty()),
            Verdict::Failed => prop_assert!(!plan.failures.is_empty()),
            Verdict::Excluded(_) => prop_assert!(plan.after.settles.is_empty(), "left alone, and a base moves"),
            Verdict::Unchanged => prop_assert!(plan.selected && plan.held.is_empty() && plan.failures.is_empty()),
        }
        if let Situation::Forgotten | Situation::Closed | Situation::OutOfSight | Situation::BothGone = Situation::of(&pair) {
            prop_assert!(matches!(plan.verdict, Verdict::Excluded(_)));
            prop_assert_eq!(&Aftermath { status: None, ..plan.after.clone() }, &Aftermath::default());
        }
    }

    /// Invariant 12.
    #[test]
    fn swapping_the_sides_swaps_the_plan(pair in any_pair(), policy in any_policy()) {
        let here = plan_pair(&pair, &policy);
        let there = mirrored(plan_pair(&swapped_pair(&pair), &swapped(&policy)));
        prop_assert!(here.ops == there.ops, "{:?}\n{:?}", here.ops, there.ops);
        prop_assert!(here.verdict == there.verdict);
        prop_assert!(here.after.settles == there.after.settles, "{:?}\n{:?}", here.after.settles, there.after.settles);
        prop_assert!(here.after.status == there.after.status && here.after.marks == there.after.marks);
        prop_assert!(here.after.actions == there.after.actions, "{:?}\n{:?}", here.after.actions, there.after.actions);
        prop_assert!(here.tally == there.tally && here.selected == there.selected && here.rest == there.rest);
    }

    /// Invariant 13: a base moves only where both sides hold what it says, or a person or the
    /// configuration decided that they differ.
    #[test]
    fn a_base_moves_only_to_what_both_sides_hold(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        let next = apply(&pair, &plan);
        for settle in &plan.after.settles {
            let decided = plan.conflicts.iter().any(|conflict| conflict.mapping == settle.mapping);
            let one_way = !policy.writable.left || !policy.writable.right;
            let kept = policy.on_clear == OnClear::Keep;
            let mapping = policy.mapping(&settle.mapping).unwrap();
            let base = &next.base[&settle.mapping];
            let views = mapping.lens.views(base.as_ref().map(Some), None);
            let (Some(one), Some(two)) = (views.now.left, views.now.right) else { continue };
            let equal = one.iter().all(|(part, atom)| atom.same(&two[part]));
            prop_assert!(equal || decided || one_way || kept, "{} is not in step", settle.mapping);
        }
    }
}
