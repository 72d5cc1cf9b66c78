//! The planner's invariants, over random pairs and policies. The numbers are those of ARCHITECTURE.md.

mod world;

use proptest::prelude::*;
use syntony_core::op::{Op, Target};
use syntony_core::pair::{LinkStatus, PairState};
use syntony_core::plan::{Plan, Situation, Verdict, plan, plan_pair};
use syntony_core::policy::{OnClear, Policy, Winner};
use syntony_core::record::Seen;
use syntony_core::side::{Side, Sides};
use world::random::{any_pair, any_policy};
use world::{apply, swapped, swapped_pair};

/// A plan as people see it, the sides swapped back.
fn mirrored(mut plan: syntony_core::plan::PairPlan) -> syntony_core::plan::PairPlan {
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
    plan.notes.clear();
    plan
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

    /// Invariant 4: a side that may not be written is not.
    #[test]
    fn a_read_only_side_is_never_written(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for side in Side::BOTH {
            prop_assert!(policy.writable[side] || plan.ops[side].is_none());
        }
    }

    /// Invariant 5: nothing is emptied or tagged as deleted without a base and evidence.
    #[test]
    fn nothing_is_emptied_without_a_base(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for (side, op) in plan.ops.iter() {
            for change in op.iter().flat_map(|op| &op.changes) {
                let emptied = matches!(&change.target, Target::Field(_)) && change.after.is_empty();
                prop_assert!(!emptied || !pair.base.is_empty());
                if let Target::TagOn(_) = &change.target {
                    prop_assert!(matches!(pair.contacts[side.other()].seen, Seen::Gone(_)));
                }
            }
        }
    }

    /// Invariant 6: what a plan overwrites was the base's value, or is in a recorded conflict, or the
    /// source of a one-way mapping replaced it.
    #[test]
    fn no_edit_is_overwritten_without_a_record(pair in any_pair(), policy in any_policy()) {
        let plan = plan_pair(&pair, &policy);
        for (side, op) in plan.ops.iter() {
            for change in op.iter().flat_map(|op| &op.changes) {
                let Target::Field(field) = &change.target else { continue };
                if field.as_str() == "phones" || change.before.is_empty() {
                    continue;
                }
                let base = pair.base.get(field.as_str()).and_then(|base| base[side].get(field));
                let known = base.is_some_and(|base| base.as_text().map(str::to_lowercase) == change.before.as_text().map(str::to_lowercase));
                let recorded = plan.conflicts.iter().any(|conflict| conflict.mapping.as_str() == field.as_str());
                prop_assert!(known || recorded, "{field} of {side:?} is lost");
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
        if let Situation::Forgotten | Situation::Closed | Situation::OutOfSight | Situation::BothGone = Situation::of(&pair) {
            prop_assert!(matches!(plan.verdict, Verdict::Excluded(_)));
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
            let mapping = policy.mapping(&settle.mapping).unwrap();
            let base = &next.base[&settle.mapping];
            let views = mapping.lens.views(base.as_ref().map(Some), None);
            let (Some(one), Some(two)) = (views.now.left, views.now.right) else { continue };
            let equal = one.iter().all(|(part, atom)| atom.same(&two[part]));
            prop_assert!(equal || decided || one_way, "{} is not in step", settle.mapping);
        }
    }
}
