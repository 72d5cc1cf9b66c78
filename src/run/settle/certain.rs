//! What follows from the ops of a pair that are certain: the link, the bases, what rules did, our marks.
//!
//! One account for both ways to become certain: the vendor answered, or the op was looked for and found. It
//! is pure. Each thing follows from its own side's op, so that what was done on one side is not forgotten
//! because the other side failed. A base never takes in what somebody else may have written: an edit that
//! passes for ours would be in no plan ever again.

use super::App;
use std::collections::{BTreeMap, BTreeSet};
use syntony_connectors::contract::Connector;
use syntony_core::ids::{ActionKey, ContactId, FieldName, MappingKey, Tag};
use syntony_core::op::{Because, Op, Target, Write};
use syntony_core::pair::{Done, Marks, PairState, Trace};
use syntony_core::plan::{Aftermath, Settle};
use syntony_core::policy::{Action, Effect, Policy};
use syntony_core::record::{Fields, Record};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::Settlement;

/// What is certain of a pair's ops.
pub(in crate::run) struct Certain<'a> {
    pub(in crate::run) policy: &'a Policy,
    pub(in crate::run) apps: &'a Sides<App>,
    /// The contacts that the ops were planned for.
    pub(in crate::run) ids: &'a Sides<Option<ContactId>>,
    /// What was known of the pair before.
    pub(in crate::run) before: &'a PairState,
    /// What becomes true of the pair once they are applied.
    pub(in crate::run) after: &'a Aftermath,
    /// Each side's op, with what it left behind if it was applied.
    pub(in crate::run) applied: Sides<Option<Applied<'a>>>,
    /// Whether nothing is left to do on a side: its op was applied, or there was none.
    pub(in crate::run) through: Sides<bool>,
}

/// An op that was applied.
#[derive(Clone, Copy)]
pub(in crate::run) struct Applied<'a> {
    pub(in crate::run) op: &'a Op,
    pub(in crate::run) id: &'a ContactId,
    pub(in crate::run) record: &'a Record,
    pub(in crate::run) how: How,
}

/// How it became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum How {
    /// The vendor said what it holds after the write.
    Answered,
    /// The contact was read some time after the write; a person may have edited it in between.
    Found,
}

impl Certain<'_> {
    /// Enters all of it. Mappings that a server took and did not keep come back with the side: it confirmed
    /// nothing of them, so their bases stay.
    pub(in crate::run) fn enter(&self, settlement: &mut Settlement) -> BTreeMap<MappingKey, Side> {
        let mut dropped = BTreeMap::new();
        settlement.bind = self.created();
        settlement.actions = self.actions();
        if settlement.bind.is_some() || (self.ids.left.is_some() && self.ids.right.is_some()) {
            settlement.base = self.bases(&mut dropped);
            settlement.marks = self.marks();
            settlement.status = self.after.status.filter(|_| self.through.left && self.through.right);
        }
        dropped
    }

    /// The two to be linked, if one of them was created.
    fn created(&self) -> Option<Sides<ContactId>> {
        let id = |side: Side| self.ids[side].as_ref().or(self.applied[side].map(|applied| applied.id));
        let both = Sides::new(id(Side::Left)?.clone(), id(Side::Right)?.clone());
        Side::BOTH.iter().any(|side| self.ids[*side].is_none()).then_some(both)
    }

    /// What rules did, each on its side.
    fn actions(&self) -> Vec<(ActionKey, Option<Done>)> {
        let certain = |key: &ActionKey, done: &Option<Done>| {
            let known = done.as_ref().or_else(|| self.before.actions.get(key));
            known.is_some_and(|known| {
                let Action { on, effect, .. } = &known.action;
                let left_off =
                    matches!(effect, Effect::AddTag(tag) if done.is_some() && self.lacks(*on, tag));
                self.through[*on] && !left_off
            })
        };
        let certain = self.after.actions.iter().filter(|(key, done)| certain(key, done));
        certain.map(|(key, done)| (key.clone(), done.clone().map(|done| self.as_held(done)))).collect()
    }

    /// The same, with the form in which the app keeps what was just written to a field. Where the contact was found
    /// later, what it holds may be a person's.
    fn as_held(&self, done: Done) -> Done {
        let applied = self.applied[done.action.on].filter(|applied| applied.how == How::Answered);
        match (&done.action.effect, &done.trace, applied) {
            (Effect::Set(field, value), Trace::Changed(_), Some(applied))
                if applied.op.write.fields().get(field) == Some(value) =>
            {
                Done { held: applied.record.fields.get(field).cloned(), ..done }
            }
            (Effect::Set(..) | Effect::AddTag(_) | Effect::RemoveTag(_), _, _) => done,
        }
    }

    /// Our marks, each on its side.
    fn marks(&self) -> Option<Sides<Marks>> {
        let after = self.after.marks.as_ref()?;
        let before = &self.before.marks;
        let now = Sides::from_fn(|side| {
            let left_off = |mark: &Option<Tag>| mark.as_ref().is_some_and(|tag| self.lacks(side, tag));
            let certain =
                self.through[side] && !left_off(&after[side].deleted) && !left_off(&after[side].unsubscribed);
            if certain { &after[side] } else { &before[side] }.clone()
        });
        (now != *before).then_some(now)
    }

    /// Whether a new contact of a side was made without this tag. What is not there was not done: taken for done,
    /// its absence would pass for a person's doing, and nobody would ever put it on.
    fn lacks(&self, side: Side, tag: &Tag) -> bool {
        self.applied[side].is_some_and(|applied| left_off(&applied.op.write, applied.record).contains(tag))
    }

    /// The bases that move: of each mapping whose ops were all applied.
    fn bases(&self, dropped: &mut BTreeMap<MappingKey, Side>) -> Vec<(MappingKey, Sides<Fields>)> {
        let mut bases = Vec::new();
        for settle in &self.after.settles {
            if Side::BOTH.iter().any(|side| settle.needs[*side] && self.applied[*side].is_none()) {
                continue;
            }
            let Some(mapping) = self.policy.mapping(&settle.mapping) else { continue };
            let written = Sides::from_fn(|side| self.applied[side].filter(|_| settle.needs[side]));
            let unkept = Side::BOTH
                .into_iter()
                .find(|side| written[*side].is_some_and(|applied| !kept(settle, applied)));
            if let Some(side) = unkept {
                dropped.insert(settle.mapping.clone(), side);
                continue;
            }
            let fields = Sides::from_fn(|side| match written[side] {
                Some(applied) => mapping
                    .lens
                    .fields(side)
                    .iter()
                    .filter_map(|name| {
                        let meant = settle.meant[side].get(name).cloned();
                        Some((name.clone(), meant.or_else(|| self.in_step(side, name, applied))?))
                    })
                    .collect(),
                None => settle.seen[side].clone(),
            });
            bases.push((settle.mapping.clone(), fields));
        }
        bases
    }

    /// What a field of the written side holds as far as it is in step with the other side.
    fn in_step(&self, side: Side, name: &FieldName, applied: Applied<'_>) -> Option<Value> {
        let held = applied.record.fields.get(name)?;
        let ours = match (&applied.op.write, applied.how) {
            (Write::Create { fields, .. } | Write::Update { fields, .. }, How::Answered)
                if fields.contains_key(name) =>
            {
                // In which form the server keeps what it was just sent is its own business.
                Some(held)
            }
            (Write::Create { .. }, How::Answered) => Some(held),
            (Write::Create { fields, .. }, How::Found) => Some(fields.get(name).unwrap_or(&Value::Null)),
            (Write::Update { fields, seen, .. }, How::Answered | How::Found) => {
                fields.get(name).or_else(|| seen.fields.get(name))
            }
        };
        let ours = ours.unwrap_or(held);
        let same = is_held(self.apps[side].connector.as_ref(), name, ours, held);
        Some(if same { held } else { ours }.clone())
    }
}

/// Tags that a new contact was to have and was made without.
pub(in crate::run) fn left_off<'w>(write: &'w Write, now: &Record) -> BTreeSet<&'w Tag> {
    match (write, &now.tags) {
        (Write::Create { tags, .. }, Some(held)) => tags.iter().filter(|tag| !held.contains(*tag)).collect(),
        (Write::Create { .. } | Write::Update { .. }, _) => BTreeSet::new(),
    }
}

/// Whether a field holds what was sent, in the app's own form.
pub(in crate::run) fn is_held(
    connector: &dyn Connector,
    name: &FieldName,
    sent: &Value,
    held: &Value,
) -> bool {
    sent == held || (sent.is_empty() && held.is_empty()) || connector.normalise(name, sent) == *held
}

/// Whether the server holds something where the mapping wrote something, and nothing where it cleared.
fn kept(settle: &Settle, applied: Applied<'_>) -> bool {
    applied.op.changes.iter().all(|change| {
        let Target::Field(field) = &change.target else { return true };
        let ours = matches!(&change.because, Because::Mapping(key) if *key == settle.mapping);
        let held = applied.record.fields.get(field);
        !ours || held.is_none_or(|held| held.is_empty() == change.after.is_empty())
    })
}
