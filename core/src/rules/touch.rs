//! What an action touches: its own tag or field, and every field that a mapping carries that on to.
//!
//! Only what is certain is said to be certain. A value that went through a mapping of several fields, or one
//! that is put back, may be anything. Nothing that an action may change is ever left out.

use super::passes;
use crate::ids::{FieldName, Tag};
use crate::lens::Views;
use crate::policy::{Action, Condition, Effect, Mapping, Policy, Rule};
use crate::record::Fields;
use crate::side::{Side, Sides};
use crate::value::Value;
use std::collections::BTreeSet;

/// Which way an action goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It is done, because its rule selects the contact.
    Done,
    /// It is taken back, because its rule does not any more.
    Undone,
}

/// What apps show under several names: who writes the one changes the other.
#[derive(Clone, Copy)]
pub struct Kin<'a> {
    /// Whether two fields of a side show the same: an address and its city.
    pub fields: &'a dyn Fn(Side, &FieldName, &FieldName) -> bool,
    /// Whether a field of a side shows its tags.
    pub tags: &'a dyn Fn(Side, &FieldName) -> bool,
}

impl Kin<'_> {
    /// Every name stands for itself.
    pub const NONE: Kin<'static> = Kin { fields: &|_, _, _| false, tags: &|_, _| false };
}

/// What one contact's tag or field comes to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Touch<'p> {
    side: Side,
    what: What<'p>,
    /// Whether a mapping carries it there, which takes another run.
    pub(super) is_carried: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum What<'p> {
    /// The tag is on, or off.
    Tag(&'p Tag, bool),
    /// The field holds this, or what nobody can say beforehand.
    Field(&'p FieldName, Option<Value>),
}

/// What becomes of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sway {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// Either.
    Open,
}

/// All that an action touches, itself first; nothing, if it is not taken back at all.
pub(super) fn touches<'p>(policy: &'p Policy, action: &'p Action, way: Way, kin: Kin<'_>) -> Vec<Touch<'p>> {
    if way == Way::Undone && !action.undo {
        return Vec::new();
    }
    let side = action.on;
    let tag =
        |tag, on| vec![Touch { side, what: What::Tag(tag, on == (way == Way::Done)), is_carried: false }];
    match &action.effect {
        Effect::AddTag(name) => tag(name, true),
        Effect::RemoveTag(name) => tag(name, false),
        Effect::Set(field, value) => {
            let value = match way {
                Way::Done => Some(value.clone()),
                Way::Undone => None,
            };
            carried(policy, side, field, value, kin)
        }
    }
}

/// A field, and all that mappings carry it on to.
fn carried<'p>(
    policy: &'p Policy,
    side: Side,
    field: &'p FieldName,
    value: Option<Value>,
    kin: Kin<'_>,
) -> Vec<Touch<'p>> {
    let mut all = vec![(side, field, value)];
    let mut reached: BTreeSet<(Side, &FieldName)> = [(side, field)].into();
    let mut at = 0;
    while let Some((side, field, value)) = all.get(at).cloned() {
        at += 1;
        let there = side.other();
        let shows = |other: &FieldName| other == field || (kin.fields)(side, field, other);
        let on = |mapping: &&Mapping| mapping.into[there] && mapping.lens.fields(side).iter().any(shows);
        for mapping in policy.mappings.iter().filter(on) {
            for next in mapping.lens.fields(there) {
                if reached.insert((there, next)) {
                    let value = value.as_ref().and_then(|value| shown(mapping, side, field, value));
                    all.push((there, next, value));
                }
            }
        }
    }
    let touch =
        |(at, (side, name, value))| Touch { side, what: What::Field(name, value), is_carried: at > 0 };
    all.into_iter().enumerate().map(touch).collect()
}

/// What one field's value becomes on the other side, if the mapping is of one field and one.
fn shown(mapping: &Mapping, side: Side, field: &FieldName, value: &Value) -> Option<Value> {
    let there = side.other();
    if !mapping.lens.fields(side).contains(field) {
        return None;
    }
    let ([_], [target]) = (mapping.lens.fields(side), mapping.lens.fields(there)) else { return None };
    let fields: Fields = [(field.clone(), value.clone())].into();
    let mut now = Sides::new(None, None);
    now[side] = Some(&fields);
    let Views { now: mut views, .. } = mapping.lens.views(now, None);
    let view = views[side].take()?;
    let mut put = mapping.lens.put(there, &view, &Fields::new(), None).ok()?;
    // In a list there may be more than what came over, and a day may take its year from what was there.
    put.remove(target).filter(|value| match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => true,
        Value::Date(_) | Value::DateTime(_) | Value::Address(_) | Value::List(_) => false,
    })
}

/// What a touch does to a rule as a whole: it may come to hold, or not to. One condition that certainly fails is
/// the end of it.
pub(super) fn sways(rule: &Rule, touch: &Touch<'_>, kin: Kin<'_>) -> Option<(usize, Sway)> {
    let swayed = || {
        let conditions = rule.when.iter().enumerate();
        conditions.filter_map(|(at, condition)| Some((at, sway(rule.from, condition, touch, kin)?)))
    };
    let of = |wanted: Sway| swayed().find(|(_, sway)| *sway == wanted);
    of(Sway::Fails).or_else(|| of(Sway::Open)).or_else(|| of(Sway::Holds))
}

fn sway(from: Side, condition: &Condition, touch: &Touch<'_>, kin: Kin<'_>) -> Option<Sway> {
    if from != touch.side {
        return None;
    }
    let certain = |holds| if holds { Sway::Holds } else { Sway::Fails };
    match (condition, &touch.what) {
        (Condition::HasTag(tag), What::Tag(same, on)) => (tag == *same).then(|| certain(*on)),
        (Condition::LacksTag(tag), What::Tag(same, on)) => (tag == *same).then(|| certain(!on)),
        (Condition::Field(field, test), What::Field(same, value)) if field == *same => {
            Some(value.as_ref().map_or(Sway::Open, |value| certain(passes(test, value))))
        }
        (Condition::Field(field, _), What::Field(other, _)) => {
            (kin.fields)(from, other, field).then_some(Sway::Open)
        }
        (Condition::Field(field, _), What::Tag(..)) => (kin.tags)(from, field).then_some(Sway::Open),
        (Condition::HasTag(_) | Condition::LacksTag(_), What::Field(field, _)) => {
            (kin.tags)(from, field).then_some(Sway::Open)
        }
        // A counterpart comes into being once, a deletion is nobody's action, and an opt-out that a rule sets is
        // never taken back by one: none of them can go to and fro.
        (Condition::ExistsInOther | Condition::Unsubscribed(_) | Condition::Deleted, _) => None,
    }
}
