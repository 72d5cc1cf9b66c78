//! Whether rules come to rest, whatever the contacts are and whatever people do in between.
//!
//! A rule *starts* when it comes to select a contact and *ends* when it does not any more. A start does the
//! rule's actions, an end takes back those with `undo`, and either may let other rules start or end. Rules that
//! go on for ever without anybody else's doing do so by a chain of such events, each caused by one before it;
//! there are finitely many, so some come again and again, each of them caused by another that does, and a rule
//! that starts again and again also ends again and again. [`flips`] strikes out every event of which that
//! cannot be so. **If nothing is left, the rules come to rest**: no contact, no edit and no order of runs can
//! make them flip. What is left may flip, and is refused.
//!
//! So a rule whose action makes its own condition false is fine: it ends and nothing starts it again. With
//! `undo` the end puts back what started it. Two rules whose actions only ever add to each other are fine; if
//! each is also taken back when the other one ends, a contact edited at the wrong moment has one start as the
//! other ends, for ever.

use super::apart::{Holds, can_meet};
use super::touch::{Kin, Sway, Touch, Way, sways, touches};
use crate::ids::FieldName;
use crate::policy::{Action, Effect, Policy, Rule};
use crate::side::Side;
use std::collections::{BTreeSet, VecDeque};

/// The place of an action: the rule's in the policy, and its own in the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionAt {
    /// The rule.
    pub rule: usize,
    /// The action in it.
    pub action: usize,
}

/// Why a rule starts or ends: what an action of a rule does to a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The action.
    pub action: ActionAt,
    /// Whether it is done or taken back.
    pub way: Way,
    /// The rule that starts or ends.
    pub rule: usize,
    /// The condition of that rule.
    pub condition: usize,
    /// What becomes of the rule.
    pub turn: Turn,
    /// Whether a mapping carries it from the action's field to the condition's.
    pub carried: bool,
}

/// What becomes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It comes to select the contact.
    Start,
    /// It does not select it any more.
    End,
}

impl Turn {
    fn other(self) -> Self {
        match self {
            Turn::Start => Turn::End,
            Turn::End => Turn::Start,
        }
    }
}

/// A rule starting or ending.
type Event = (usize, Turn);

/// Rings of causes, each of which may go round for ever; none, if the rules come to rest. Each rule is in one
/// ring at most.
#[must_use]
pub fn flips(policy: &Policy, kin: Kin<'_>) -> Vec<Vec<Cause>> {
    let mut causes = causes(policy, kin);
    let mut rings = Vec::new();
    loop {
        strike_out(&mut causes);
        let Some(ring) = ring(&causes) else { return rings };
        let told: BTreeSet<usize> = ring.iter().map(|cause| cause.rule).collect();
        causes.retain(|cause| !told.contains(&cause.rule) && !told.contains(&cause.action.rule));
        rings.push(ring);
    }
}

/// Actions that certainly make their own rule's condition false: the contact leaves the rule right after.
#[must_use]
pub fn ends_itself(policy: &Policy, kin: Kin<'_>) -> Vec<Cause> {
    let mut found = Vec::new();
    for (action, way, touch) in all_touches(policy, kin).filter(|(_, way, _)| *way == Way::Done) {
        let Some(rule) = policy.rules.get(action.rule) else { continue };
        let told = found.last().is_some_and(|last: &Cause| last.action == action);
        if let (Some((condition, Sway::Fails)), false) = (sways(rule, &touch, kin), told) {
            let carried = touch.is_carried;
            found.push(Cause { action, way, rule: action.rule, condition, turn: Turn::End, carried });
        }
    }
    found
}

/// Actions of which the later one undoes what the earlier one does, under conditions that can both hold: one
/// tag put on and taken off, one field set to two values. `holds` says how much a field of a side holds.
pub fn contradictions(
    policy: &Policy,
    holds: &dyn Fn(Side, &FieldName) -> Holds,
) -> Vec<(ActionAt, ActionAt)> {
    let all: Vec<(ActionAt, &Rule, &Action)> = all_actions(policy).collect();
    let mut found = Vec::new();
    for (at, (later, rule, action)) in all.iter().enumerate() {
        let earlier = all.iter().take(at).find(|(before, other_rule, other)| {
            oppose(action, other) && (later.rule == before.rule || can_meet(rule, other_rule, holds))
        });
        found.extend(earlier.map(|(before, _, _)| (*before, *later)));
    }
    found
}

fn oppose(one: &Action, other: &Action) -> bool {
    let effects = match (&one.effect, &other.effect) {
        (Effect::AddTag(on), Effect::RemoveTag(off)) | (Effect::RemoveTag(off), Effect::AddTag(on)) => {
            on == off
        }
        (Effect::Set(field, value), Effect::Set(same, other)) => field == same && value != other,
        (Effect::AddTag(_) | Effect::RemoveTag(_) | Effect::Set(..), _) => false,
    };
    effects && one.on == other.on
}

fn all_actions(policy: &Policy) -> impl Iterator<Item = (ActionAt, &Rule, &Action)> {
    policy.rules.iter().enumerate().flat_map(|(at, rule)| {
        let actions = rule.then.iter().enumerate();
        actions.map(move |(action, said)| (ActionAt { rule: at, action }, rule, said))
    })
}

fn all_touches<'p>(policy: &'p Policy, kin: Kin<'p>) -> impl Iterator<Item = (ActionAt, Way, Touch<'p>)> {
    all_actions(policy).flat_map(move |(at, _, action)| {
        [Way::Done, Way::Undone].into_iter().flat_map(move |way| {
            touches(policy, action, way, kin).into_iter().map(move |touch| (at, way, touch))
        })
    })
}

/// Everything that a start or an end can cause. What causes itself at once is left out: a rule that has started
/// cannot start before it has ended. Through a mapping it can: the value that started it arrives a run later, when
/// it has ended for another reason.
fn causes(policy: &Policy, kin: Kin<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (action, way, touch) in all_touches(policy, kin) {
        for (rule, said) in policy.rules.iter().enumerate() {
            let Some((condition, sway)) = sways(said, &touch, kin) else { continue };
            let turns: &[Turn] = match sway {
                Sway::Holds => &[Turn::Start],
                Sway::Fails => &[Turn::End],
                Sway::Open => &[Turn::Start, Turn::End],
            };
            let carried = touch.is_carried;
            let made = turns.iter().map(|turn| Cause { action, way, rule, condition, turn: *turn, carried });
            causes.extend(made.filter(|cause| carried || origin(cause) != result(cause)));
        }
    }
    causes
}

fn origin(cause: &Cause) -> Event {
    let turn = match cause.way {
        Way::Done => Turn::Start,
        Way::Undone => Turn::End,
    };
    (cause.action.rule, turn)
}

fn result(cause: &Cause) -> Event {
    (cause.rule, cause.turn)
}

/// Leaves the causes between events that can come again and again.
fn strike_out(causes: &mut Vec<Cause>) {
    loop {
        let caused: BTreeSet<Event> = causes.iter().map(result).collect();
        let again =
            |(rule, turn): Event| caused.contains(&(rule, turn)) && caused.contains(&(rule, turn.other()));
        let before = causes.len();
        causes.retain(|cause| again(origin(cause)) && again(result(cause)));
        if causes.len() == before {
            return;
        }
    }
}

/// The shortest ring, one in which something starts and something ends if there is such a one: that is what a
/// person would see flip.
fn ring(causes: &[Cause]) -> Option<Vec<Cause>> {
    let rings = causes.iter().filter_map(|first| ring_from(causes, first));
    rings.min_by_key(|ring| {
        let one_way = ring.iter().all(|cause| Some(cause.turn) == ring.first().map(|first| first.turn));
        (one_way, ring.len())
    })
}

/// The shortest ring that begins with this cause.
fn ring_from(causes: &[Cause], first: &Cause) -> Option<Vec<Cause>> {
    let mut seen = BTreeSet::from([result(first)]);
    let mut paths = VecDeque::from([vec![*first]]);
    while let Some(path) = paths.pop_front() {
        let here = path.last().map(result)?;
        if here == origin(first) {
            return Some(path);
        }
        for next in causes.iter().filter(|cause| origin(cause) == here) {
            if seen.insert(result(next)) {
                paths.push_back(path.iter().copied().chain([*next]).collect());
            }
        }
    }
    None
}
