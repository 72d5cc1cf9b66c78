//! Cases: a pair, and what a plan would write, line by line.

use super::{bound, live, record};
use syntony_core::op::Target;
use syntony_core::pair::PairState;
use syntony_core::plan::{Verdict, plan_pair};
use syntony_core::policy::Policy;
use syntony_core::side::{Side, Sides};

/// Plans the pair and says in one line per change what would be written.
pub(crate) fn check(pair: &PairState, policy: &Policy, verdict: Verdict, wanted: &[&str]) {
    let plan = plan_pair(pair, policy);
    let mut lines = Vec::new();
    for (side, op) in plan.ops.iter() {
        let side = match side {
            Side::Left => "left",
            Side::Right => "right",
        };
        for change in op.iter().flat_map(|op| &op.changes) {
            lines.push(match &change.target {
                Target::Field(field) => {
                    format!("{side} {field} {} -> {}", change.before.to_plain(), change.after.to_plain())
                }
                Target::TagOn(tag) => format!("{side} +{tag}"),
                Target::TagOff(tag) => format!("{side} -{tag}"),
            });
        }
    }
    assert_eq!(lines, wanted);
    assert_eq!(plan.verdict, verdict);
}

pub(crate) fn edited(
    pair: PairState,
    left: (&str, &[&str], &str),
    right: (&str, &[&str], &str),
) -> PairState {
    let mut pair = pair;
    pair.contacts =
        Sides::new(live("l1", record(left.0, left.1, left.2)), live("r1", record(right.0, right.1, right.2)));
    pair
}

pub(crate) fn in_step() -> PairState {
    bound(record("x@a.test", &["1", "2"], "boss"), record("x@a.test", &["1", "2"], "boss"))
}
