//! Three-way merge of one mapping, part by part, against what both sides held when they were last in
//! step.
//!
//! Never a clear without a base, never a guess over something certain, never an empty value over a
//! value in a conflict. Swapping the sides swaps the result.

use crate::lens::{Atom, Certainty, Entry, Part, View, Views};
use crate::policy::{Mapping, OnClear, Policy, Role, Winner};
use crate::side::{Side, Sides};
use std::collections::BTreeSet;

/// What is to become of one mapping of one pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// What each side should come to show; `None` leaves the side alone.
    pub want: Sides<Option<View>>,
    /// Parts that both sides changed to different values.
    pub conflicts: Vec<PartConflict>,
    /// How many parts of each side are to be emptied.
    pub clears: Sides<u32>,
    /// Whether both sides are in step once `want` is written, or differ because somebody decided so: then
    /// the base may move.
    pub settles: bool,
}

impl Merged {
    /// Whether a conflict of this mapping waits for a person. Nothing of the mapping is written then.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.conflicts.iter().any(|conflict| conflict.decision == Decision::Waits)
    }
}

/// A part that both sides changed to different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartConflict {
    /// Which part.
    pub part: Part,
    /// What came of it.
    pub decision: Decision,
}

/// What came of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This side's value is kept.
    Kept(Side),
    /// A person decides; until then the field is left alone on both sides.
    Waits,
}

/// Merges one mapping. `None` if one side was not observed: then nothing can be said.
#[must_use]
pub fn merge(mapping: &Mapping, policy: &Policy, views: &Views) -> Option<Merged> {
    let left = views.now.left.as_ref()?;
    let right = views.now.right.as_ref()?;
    let merger = Merger { mapping, winner: policy.winner, on_clear: policy.on_clear };
    let mut merged = Merged { settles: true, ..Merged::default() };
    let mut want = Sides::new(left.clone(), right.clone());
    for (&part, left_atom) in left {
        // A part that only one side can hold has nothing to be merged with.
        let Some(right_atom) = right.get(&part) else { continue };
        let base = views.base.as_ref().and_then(|base| base.get(&part));
        let result = merger.part(Sides::new(left_atom, right_atom), base);
        for side in Side::BOTH {
            if let Some(atom) = &result.want[side] {
                merged.clears[side] += u32::from(atom.is_empty());
                want[side].insert(part, atom.clone());
            }
        }
        merged.settles &= result.settles;
        merged.conflicts.extend(result.decision.map(|decision| PartConflict { part, decision }));
    }
    if merged.waits() {
        return Some(Merged { conflicts: merged.conflicts, ..Merged::default() });
    }
    let now = Sides::new(left, right);
    merged.want = Sides::from_fn(|side| (want[side] != *now[side]).then(|| want[side].clone()));
    Some(merged)
}

/// What is to become of one part.
#[derive(Default)]
struct PartMerge {
    want: Sides<Option<Atom>>,
    decision: Option<Decision>,
    settles: bool,
}

impl PartMerge {
    /// Both sides stay as they are.
    fn leave(settles: bool) -> Self {
        Self { settles, ..Self::default() }
    }

    /// One side is to hold `atom`.
    fn write(to: Side, atom: Atom) -> Self {
        let mut want = Sides::default();
        want[to] = Some(atom);
        Self { want, decision: None, settles: true }
    }
}

struct Merger<'a> {
    mapping: &'a Mapping,
    winner: Winner,
    on_clear: OnClear,
}

impl Merger<'_> {
    fn part(&self, now: Sides<&Atom>, base: Option<&Atom>) -> PartMerge {
        if now.left.same(now.right) {
            return PartMerge::leave(true);
        }
        match base {
            None => self.first_meeting(now),
            Some(base) => match (now.left.same(base), now.right.same(base)) {
                (true, true) => PartMerge::leave(true),
                (false, true) => self.carry(Side::Left, now, base),
                (true, false) => self.carry(Side::Right, now, base),
                (false, false) => self.both_changed(now, base),
            },
        }
    }

    /// No base: what is empty is filled, what differs is a conflict, nothing is ever emptied.
    fn first_meeting(&self, now: Sides<&Atom>) -> PartMerge {
        match (now.left.is_empty(), now.right.is_empty()) {
            (true, _) => self.fill(Side::Left, now.right),
            (_, true) => self.fill(Side::Right, now.left),
            (false, false) => match (now.left, now.right) {
                (Atom::Many(_), Atom::Many(_)) => self.merge_sets(now, &Atom::Many(Vec::new())),
                (Atom::Empty | Atom::One(_) | Atom::Many(_), Atom::Empty | Atom::One(_) | Atom::Many(_)) => {
                    self.conflict(now, self.winner)
                }
            },
        }
    }

    fn fill(&self, to: Side, atom: &Atom) -> PartMerge {
        // One way, and only the target holds something: it keeps it, and the base remembers that both were
        // seen, so that the next change of the source flows.
        if self.mapping.into[to] { PartMerge::write(to, atom.clone()) } else { PartMerge::leave(true) }
    }

    /// Only `from` changed: its change goes to the other side.
    fn carry(&self, from: Side, now: Sides<&Atom>, base: &Atom) -> PartMerge {
        let to = from.other();
        if !self.mapping.into[to] {
            // The target of a one-way mapping was edited: that is let be, and the base remembers it, or one
            // part that may not flow would hold back what the others have agreed on.
            return PartMerge::leave(true);
        }
        if now[from].is_empty() {
            return self.clear(to);
        }
        if let (Atom::Many(mine), Atom::Many(theirs), Atom::Many(base)) = (now[from], now[to], base) {
            return PartMerge::write(to, Atom::Many(apply_delta(theirs, base, mine)));
        }
        PartMerge::write(to, now[from].clone())
    }

    /// A value was emptied on the other side, and `to` still holds it.
    fn clear(&self, to: Side) -> PartMerge {
        // Matching stands on the e-mail address, and a required field cannot be empty: both stay.
        if self.mapping.role == Role::Identity || self.mapping.required[to] {
            return PartMerge::leave(true);
        }
        match self.on_clear {
            OnClear::Propagate => PartMerge::write(to, Atom::Empty),
            OnClear::Keep => PartMerge::leave(true),
        }
    }

    fn both_changed(&self, now: Sides<&Atom>, base: &Atom) -> PartMerge {
        // Cleared here and edited there: the edit wins, whoever the winner is.
        for side in Side::BOTH {
            if now[side].is_empty() {
                let kept = side.other();
                return PartMerge { decision: Some(Decision::Kept(kept)), ..self.fill(side, now[kept]) };
            }
        }
        if let (Atom::Many(_), Atom::Many(_)) = (now.left, now.right) {
            return self.merge_sets(now, base);
        }
        self.conflict(now, self.winner_after_meeting())
    }

    /// Where the mapping goes one way, the source's change always wins over the target's.
    fn winner_after_meeting(&self) -> Winner {
        match (self.mapping.into.left, self.mapping.into.right) {
            (false, true) => Winner::Side(Side::Left),
            (true, false) => Winner::Side(Side::Right),
            (true, true) | (false, false) => self.winner,
        }
    }

    /// Lists have no conflicts: what either side added is added, what either side removed is removed.
    fn merge_sets(&self, now: Sides<&Atom>, base: &Atom) -> PartMerge {
        let mut result = PartMerge::leave(true);
        for to in Side::BOTH {
            if !self.mapping.into[to] {
                // The source of a one-way mapping stays as it is, and that settles it.
                continue;
            }
            let (mine, theirs) = (now[to].entries(), now[to.other()].entries());
            let mut merged = apply_delta(mine, base.entries(), theirs);
            if merged.is_empty() {
                // Each removed what the other kept. Emptying both is what neither asked for: both keep all.
                merged = apply_delta(mine, &[], theirs);
            }
            if merged.as_slice() != now[to].entries() {
                result.want[to] = Some(Atom::Many(merged));
            }
        }
        result
    }

    fn conflict(&self, now: Sides<&Atom>, winner: Winner) -> PartMerge {
        let winner = match (certainty(now.left), certainty(now.right), winner) {
            // A guess replaces nothing, so it cannot win against something certain.
            (Certainty::Sure, Certainty::Guess, _) => Side::Left,
            (Certainty::Guess, Certainty::Sure, _) => Side::Right,
            (_, _, Winner::Side(side)) => side,
            (_, _, Winner::Ask) => {
                return PartMerge { decision: Some(Decision::Waits), ..PartMerge::default() };
            }
        };
        let loser = winner.other();
        let decision = Some(Decision::Kept(winner));
        if !self.mapping.into[loser] {
            // One way, and the target won: both keep what they have, and the base remembers that this was
            // decided, so that the next change of the source flows again.
            return PartMerge { decision, ..PartMerge::leave(true) };
        }
        let atom = match (now[winner], now[loser]) {
            // A single value that wins against a list joins it: nothing of the list is lost.
            (Atom::One(entry), Atom::Many(entries)) => {
                Atom::Many(entries.iter().chain(std::iter::once(entry)).cloned().collect())
            }
            (Atom::Empty | Atom::One(_) | Atom::Many(_), Atom::Empty | Atom::One(_) | Atom::Many(_)) => {
                now[winner].clone()
            }
        };
        PartMerge { decision, ..PartMerge::write(loser, atom) }
    }
}

/// A guess if any of it is one.
fn certainty(atom: &Atom) -> Certainty {
    let guessed = atom.entries().iter().any(|entry| entry.certainty == Certainty::Guess);
    if guessed { Certainty::Guess } else { Certainty::Sure }
}

/// `mine` with what `theirs` did to `base`: order and labels of `mine` stay, additions follow at the end
/// in the order of `theirs`.
fn apply_delta(mine: &[Entry], base: &[Entry], theirs: &[Entry]) -> Vec<Entry> {
    let keys =
        |entries: &[Entry]| -> BTreeSet<String> { entries.iter().map(|entry| entry.key.clone()).collect() };
    let (base_keys, their_keys) = (keys(base), keys(theirs));
    let mut seen = keys(mine);
    let kept = mine.iter().filter(|entry| their_keys.contains(&entry.key) || !base_keys.contains(&entry.key));
    let mut result: Vec<Entry> = kept.cloned().collect();
    for entry in theirs {
        if !base_keys.contains(&entry.key) && seen.insert(entry.key.clone()) {
            result.push(entry.clone());
        }
    }
    result
}
