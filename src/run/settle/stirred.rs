//! Whether what was written makes the pair another case for the rules: then it is decided again, in this run.
//!
//! Our own writes come back as no change, so nothing else would ever bring such a pair up: what a rule has to take
//! back would wait until somebody edits the contact, or for the next resync. It costs no call, because what the
//! apps hold is known; and it comes to an end, because rules that go on for ever do not compile.

use super::super::reconcile::Planned;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, RuleKey};
use syntony_core::op::{Because, Op, Target};
use syntony_core::policy::{Policy, Rule};
use syntony_core::record::Record;
use syntony_core::rules::{self, Counterpart, Subject};
use syntony_core::side::{Side, Sides};

/// What became of a pair for the rules.
pub(super) struct Stirred {
    /// Whether the pair is to be decided again.
    pub(super) again: bool,
    /// Whether a rule selects it now.
    pub(super) selected: bool,
}

/// What the applied ops make of the pair; `None` if it is not both contacts that are there now.
pub(super) fn stirred(
    policy: &Policy,
    planned: &Planned,
    records: &Sides<Option<(&ContactId, &Record)>>,
) -> Option<Stirred> {
    let known = planned.state.contacts.as_ref().map(|contact| contact.live());
    let now = Sides::from_fn(|side| records[side].map(|(_, record)| record).or(known[side]));
    let after = rules::selecting_either(policy, Sides::new(now.left?, now.right?));
    let before = match (known.left, known.right) {
        (Some(left), Some(right)) => rules::selecting_either(policy, Sides::new(left, right)),
        (Some(record), None) => lone(policy, Side::Left, record),
        (None, Some(record)) => lone(policy, Side::Right, record),
        (None, None) => Vec::new(),
    };
    let written = Side::BOTH.into_iter().any(|side| records[side].is_some());
    let carried = Side::BOTH.into_iter().any(|side| {
        records[side].is_some() && planned.plan.ops[side].as_ref().is_some_and(|op| is_carried_on(policy, op))
    });
    // Everybody who is created is found by the other side's rules too. Where these do nothing, nothing is to be decided.
    let other_case = before.is_empty() != after.is_empty() || acting(&before) != acting(&after);
    Some(Stirred { again: written && (other_case || carried), selected: !after.is_empty() })
}

/// The rules that do something.
fn acting<'p>(rules: &[&'p Rule]) -> BTreeSet<&'p RuleKey> {
    rules.iter().filter(|rule| !rule.then.is_empty()).map(|rule| &rule.key).collect()
}

fn lone<'p>(policy: &'p Policy, side: Side, record: &Record) -> Vec<&'p Rule> {
    let subject = Subject { record: Some(record), counterpart: Counterpart::Absent, deleted: false };
    rules::selecting(policy, side, subject)
}

/// Whether a rule set a field that a mapping brings to the other side: the mappings were merged before it.
fn is_carried_on(policy: &Policy, op: &Op) -> bool {
    let there = op.side.other();
    op.changes.iter().any(|change| match (&change.target, &change.because) {
        (Target::Field(field), Because::Rule(..) | Because::LeftScope(_)) => policy
            .mappings
            .iter()
            .any(|mapping| mapping.into[there] && mapping.lens.fields(op.side).contains(field)),
        (
            Target::Field(_),
            Because::Mapping(_)
            | Because::Placeholder
            | Because::Deleted
            | Because::Restored
            | Because::Unsubscribed
            | Because::Resubscribed
            | Because::Undo(_),
        )
        | (Target::TagOn(_) | Target::TagOff(_), _) => false,
    })
}
