//! What rules do beside syncing: once when a contact comes into scope, taken back when it leaves.
//!
//! The ledger of what was done ([`Done`]) decides, never the present state alone: a tag that a person
//! takes off again stays off, a tag that was there before us is not ours to remove.

use super::Note;
use super::draft::{Draft, TagChange};
use crate::ids::ActionKey;
use crate::op::Because;
use crate::pair::{Done, Trace};
use crate::policy::{Action, Effect, Rule};
use crate::value::Value;
use std::collections::BTreeSet;

/// Does what the selecting rules ask for and was not done before, in the order they are written.
pub(super) fn run(draft: &mut Draft<'_>, selecting: &[&Rule]) {
    let mut once = BTreeSet::new();
    for rule in selecting {
        for action in &rule.then {
            if once.insert(action.key.clone()) {
                run_one(draft, rule, action);
            }
        }
    }
}

fn run_one(draft: &mut Draft<'_>, rule: &Rule, action: &Action) {
    if !draft.policy.writable[action.on] {
        return;
    }
    match draft.pair.actions.get(&action.key) {
        None => {
            let trace = perform(draft, action, Because::Rule(rule.key.clone(), action.key.clone()));
            draft.actions.push((action.key.clone(), Some(Done { action: action.clone(), trace })));
        }
        Some(done) => note_reversal(draft, action, done),
    }
}

/// Writes what the action asks for; says what was there before.
fn perform(draft: &mut Draft<'_>, action: &Action, because: Because) -> Trace {
    let side = action.on;
    match &action.effect {
        Effect::AddTag(tag) if draft.has_tag(side, tag) => Trace::Already,
        Effect::AddTag(tag) => {
            draft.tag(side, tag.clone(), TagChange::On, because);
            Trace::Changed(Value::Null)
        }
        Effect::RemoveTag(tag) if !draft.has_tag(side, tag) => Trace::Already,
        Effect::RemoveTag(tag) => {
            draft.tag(side, tag.clone(), TagChange::Off, because);
            Trace::Changed(Value::Null)
        }
        Effect::Set(field, value) => {
            let before = draft.value(side, field);
            if before == *value {
                return Trace::Already;
            }
            draft.set(side, field.clone(), value.clone(), because);
            Trace::Changed(before)
        }
    }
}

/// A tag that we put on and that is off again was taken off by a person: that is respected, and said once.
fn note_reversal(draft: &mut Draft<'_>, action: &Action, done: &Done) {
    let reversed = match (&done.trace, &action.effect) {
        (Trace::Changed(_), Effect::AddTag(tag)) => !draft.has_tag(action.on, tag),
        (Trace::Changed(_), Effect::RemoveTag(tag)) => draft.has_tag(action.on, tag),
        (Trace::Changed(_), Effect::Set(..)) | (Trace::Already | Trace::Reversed, _) => false,
    };
    if reversed {
        draft.notes.push(Note::ActionReversed(action.key.clone()));
        let done = Done { action: action.clone(), trace: Trace::Reversed };
        draft.actions.push((action.key.clone(), Some(done)));
    }
}

/// Takes back what was done for rules that select the pair no more, as far as they ask for it and the
/// result is still ours; forgets the rest, so that it is done again on a return.
pub(super) fn take_back(draft: &mut Draft<'_>, selecting: &[&Rule]) {
    let current: BTreeSet<&ActionKey> =
        selecting.iter().flat_map(|rule| &rule.then).map(|action| &action.key).collect();
    for (key, done) in &draft.pair.actions {
        if current.contains(key) {
            continue;
        }
        draft.actions.push((key.clone(), None));
        let action = &done.action;
        let Trace::Changed(before) = &done.trace else { continue };
        if action.undo && draft.policy.writable[action.on] {
            undo(draft, action, before, Because::LeftScope(key.clone()));
        }
    }
}

fn undo(draft: &mut Draft<'_>, action: &Action, before: &Value, because: Because) {
    let side = action.on;
    match &action.effect {
        Effect::AddTag(tag) => {
            if draft.has_tag(side, tag) {
                draft.tag(side, tag.clone(), TagChange::Off, because);
            }
        }
        Effect::RemoveTag(tag) => {
            if !draft.has_tag(side, tag) {
                draft.tag(side, tag.clone(), TagChange::On, because);
            }
        }
        Effect::Set(field, value) => {
            // Edited since, by a person or by a mapping: it is not ours any more.
            if draft.value(side, field) == *value && !draft.writes_field(side, field) {
                draft.set(side, field.clone(), before.clone(), because);
            }
        }
    }
}
