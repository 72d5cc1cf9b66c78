//! What rules do beside syncing: once when a contact comes into scope, taken back when it leaves.
//!
//! The ledger of what was done ([`Done`]) decides, never the present state alone: a tag that a person
//! takes off again stays off, a tag that was there before us is not ours to remove. What was not observed
//! proves nothing: it is neither ours nor reversed by anybody. A side that may not be written, or cannot
//! hold tags, is left alone, and what is owed to it stays in the ledger.

use super::Note;
use super::draft::{Draft, TagChange};
use crate::ids::{ActionKey, Tag};
use crate::op::Because;
use crate::pair::{Done, Trace};
use crate::policy::{Action, Effect, Rule};
use crate::side::Side;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Takes back what is due, then does what is asked for. In this order, because a rule whose text was
/// changed is another rule: the old one's tag comes off and the new one's goes on, which together is
/// nothing to write, and the tag stays ours. What an undecided rule did stays until it can be told whether the rule
/// still selects the pair.
pub(super) fn follow(draft: &mut Draft<'_>, selecting: &[&Rule], undecided: &[&Rule]) {
    take_back(draft, selecting, undecided);
    run(draft, selecting);
}

/// Does what the selecting rules ask for and was not done before, in the order they are written.
pub(super) fn run(draft: &mut Draft<'_>, selecting: &[&Rule]) {
    let mut once = BTreeSet::new();
    for rule in selecting {
        for action in &rule.then {
            if once.insert(&action.key) && allowed(draft, action) && draft.is_there(action.on) {
                run_one(draft, rule, action);
            }
        }
    }
}

/// Whether the configuration lets us do, or take back, what the action does.
fn allowed(draft: &Draft<'_>, action: &Action) -> bool {
    match action.effect {
        Effect::AddTag(_) | Effect::RemoveTag(_) => draft.may_tag(action.on),
        Effect::Set(..) => draft.policy.writable[action.on],
    }
}

fn run_one(draft: &mut Draft<'_>, rule: &Rule, action: &Action) {
    match draft.pair.actions.get(&action.key) {
        None => {
            let trace = perform(draft, action, Because::Rule(rule.key.clone(), action.key.clone()));
            draft.actions.push((action.key.clone(), Some(Done::new(action.clone(), trace))));
        }
        Some(done) => note_reversal(draft, action, done),
    }
}

/// Writes what the action asks for; says what was there before.
fn perform(draft: &mut Draft<'_>, action: &Action, because: Because) -> Trace {
    let side = action.on;
    match &action.effect {
        Effect::AddTag(tag) => switch(draft, side, tag, TagChange::On, because),
        Effect::RemoveTag(tag) => switch(draft, side, tag, TagChange::Off, because),
        Effect::Set(field, value) => {
            let before = draft.value(side, field);
            if before.as_ref() == Some(value) {
                return Trace::Already;
            }
            draft.set(side, field.clone(), value.clone(), because);
            let before =
                before.map(|before| if draft.record(side).is_none() { unset(before, value) } else { before });
            before.map_or(Trace::Already, Trace::Changed)
        }
    }
}

/// What a contact that is only made now would hold instead of `value`. Nobody ticked anything there: that is *no*, and
/// can be put back also where a tick knows no third state.
fn unset(before: Value, value: &Value) -> Value {
    match (before, value) {
        (Value::Null, Value::Bool(_)) => Value::Bool(false),
        (before, _) => before,
    }
}

/// Tags that were not observed are written all the same, and nothing is claimed of them.
fn switch(draft: &mut Draft<'_>, side: Side, tag: &Tag, change: TagChange, because: Because) -> Trace {
    if draft.has_tag(side, tag) == Some(change == TagChange::On) {
        return Trace::Already;
    }
    let known = draft.knows_tag(side, tag);
    draft.tag(side, tag.clone(), change, because);
    if known { Trace::Changed(Value::Null) } else { Trace::Already }
}

/// A tag that we put on and that is seen to be off again was taken off by a person: that is respected, and
/// said once.
fn note_reversal(draft: &mut Draft<'_>, action: &Action, done: &Done) {
    let reversed = match (&done.trace, &action.effect) {
        (Trace::Changed(_), Effect::AddTag(tag)) => draft.has_tag(action.on, tag) == Some(false),
        (Trace::Changed(_), Effect::RemoveTag(tag)) => draft.has_tag(action.on, tag) == Some(true),
        (Trace::Changed(_), Effect::Set(..)) | (Trace::Already | Trace::Reversed, _) => false,
    };
    if reversed {
        draft.notes.push(Note::ActionReversed(action.key.clone()));
        let done = Done::new(action.clone(), Trace::Reversed);
        draft.actions.push((action.key.clone(), Some(done)));
    }
}

/// Takes back what was done for rules that select the pair no more, as far as they ask for it and the
/// result is still ours; forgets the rest, so that it is done again on a return.
fn take_back(draft: &mut Draft<'_>, selecting: &[&Rule], undecided: &[&Rule]) {
    let standing = selecting.iter().chain(undecided);
    let current: BTreeMap<&ActionKey, &Action> =
        standing.flat_map(|rule| &rule.then).map(|action| (&action.key, action)).collect();
    let pair = draft.pair;
    for (key, done) in &pair.actions {
        if current.contains_key(key) {
            continue;
        }
        let action = &done.action;
        let (Trace::Changed(before), true) = (&done.trace, action.undo) else {
            draft.actions.push((key.clone(), None));
            continue;
        };
        if let Some(heir) = heir(draft, &current, action) {
            bequeath(draft, key, done, heir);
        } else if allowed(draft, action) && undo(draft, done, before, Because::LeftScope(key.clone())) {
            draft.actions.push((key.clone(), None));
        }
        // Else it is still owed: it stays in the ledger until it may be taken back, and can be.
    }
}

/// An action that still selects the pair, wants the very same, and found it done.
fn heir<'a>(
    draft: &Draft<'a>,
    current: &BTreeMap<&ActionKey, &'a Action>,
    action: &Action,
) -> Option<&'a Done> {
    current
        .values()
        .filter(|other| other.on == action.on && other.effect == action.effect)
        .find_map(|other| draft.pair.actions.get(&other.key).filter(|done| done.trace != Trace::Reversed))
}

/// Another rule still wants what this one did: it stays, and is that rule's to take back.
fn bequeath(draft: &mut Draft<'_>, key: &ActionKey, done: &Done, heir: &Done) {
    draft.actions.push((key.clone(), None));
    if heir.trace == Trace::Already {
        let inherited = Done { action: heir.action.clone(), ..done.clone() };
        draft.actions.push((heir.action.key.clone(), Some(inherited)));
    }
}

/// Puts back what was there. Says whether that is settled: `false` if it cannot be told yet.
fn undo(draft: &mut Draft<'_>, done: &Done, before: &Value, because: Because) -> bool {
    let side = done.action.on;
    match &done.action.effect {
        // Where the tag is already as it was, the draft has nothing to write.
        Effect::AddTag(tag) => draft.tag(side, tag.clone(), TagChange::Off, because),
        Effect::RemoveTag(tag) => draft.tag(side, tag.clone(), TagChange::On, because),
        Effect::Set(field, value) => {
            let Some(now) = draft.value(side, field) else { return false };
            // Edited since, by a person or by a mapping: it is not ours any more.
            let ours = now == *value || done.held.as_ref() == Some(&now);
            if ours && !draft.writes_field(side, field) {
                draft.set(side, field.clone(), before.clone(), because);
            }
        }
    }
    true
}
