//! A small world for the planner's properties: two apps with a text field, a list field and an e-mail
//! address each, and a vendor that does exactly what it is told.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)] // a test's helper; each file uses its part

pub(crate) mod check;
pub(crate) mod random;

use std::collections::BTreeSet;
use std::sync::Arc;
use syntony_core::ids::{ContactId, FieldName, LinkId, Tag};
use syntony_core::lens::{Atom, Certainty, Entry, Lens, Part, Refusal, View, Views};
use syntony_core::op::Write;
use syntony_core::pair::{ContactState, Link, LinkStatus, PairState};
use syntony_core::plan::PairPlan;
use syntony_core::policy::{Duplicates, GuardLimits, Mapping, Mark, OnClear, Policy, Role, Rule, Winner};
use syntony_core::record::{Fields, Record, Seen};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// One field to the field of the same name; texts and lists of texts compare without case.
#[derive(Debug)]
pub(crate) struct Same(Vec<FieldName>);

impl Same {
    pub(crate) fn lens(field: &str) -> Arc<dyn Lens> {
        Arc::new(Self(vec![field.into()]))
    }

    fn view(&self, fields: &Fields) -> Option<View> {
        let entry = |value: &Value| {
            let text = value.as_text().unwrap_or_default();
            Entry { key: text.to_lowercase(), value: value.clone(), label: None, certainty: Certainty::Sure }
        };
        let atom = match fields.get(&self.0[0])? {
            Value::List(items) => Atom::Many(items.iter().map(|item| entry(&item.value)).collect()),
            value if value.is_empty() => Atom::Empty,
            value => Atom::One(entry(value)),
        };
        Some([(Part::Whole, atom)].into())
    }
}

impl Lens for Same {
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views {
        let shown = base.and_then(|base| self.view(&base.left));
        Views {
            now: Sides::from_fn(|side| {
                let unchanged = base
                    .is_some_and(|base| now[side].and_then(|now| self.view(now)) == self.view(&base[side]));
                if unchanged { shown.clone() } else { now[side].and_then(|now| self.view(now)) }
            }),
            base: shown,
        }
    }

    fn put(&self, _: Side, want: &View, now: &Fields, _: Option<&Sides<Fields>>) -> Result<Fields, Refusal> {
        let field = self.0[0].clone();
        let value = match &want[&Part::Whole] {
            Atom::Empty if matches!(now.get(&field), Some(Value::List(_))) => Value::List(Vec::new()),
            Atom::Empty => Value::Null,
            Atom::One(entry) => entry.value.clone(),
            Atom::Many(entries) => {
                Value::texts(entries.iter().map(|entry| entry.value.as_text().unwrap_or_default()))
            }
        };
        let unchanged = now.get(&field) == Some(&value);
        Ok(if unchanged { Fields::new() } else { [(field, value)].into() })
    }

    fn fields(&self, _: Side) -> &[FieldName] {
        &self.0
    }
}

pub(crate) fn mapping(field: &str, role: Role) -> Mapping {
    Mapping {
        key: field.into(),
        lens: Same::lens(field),
        into: Sides::new(true, true),
        role,
        required: Sides::default(),
    }
}

pub(crate) fn policy() -> Policy {
    let rule = |from: Side, key: &str| Rule { key: key.into(), from, when: Vec::new(), then: Vec::new() };
    Policy {
        connection: "test".into(),
        apps: Sides::new("one".into(), "two".into()),
        writable: Sides::new(true, true),
        taggable: Sides::new(true, true),
        winner: Winner::Side(Side::Left),
        on_clear: OnClear::Propagate,
        avoid_duplicates: true,
        duplicates: Duplicates::Hold,
        mappings: vec![
            mapping("email", Role::Identity),
            mapping("phones", Role::Data),
            mapping("title", Role::Data),
        ],
        rules: vec![rule(Side::Left, "l"), rule(Side::Right, "r")],
        deletions: Some(Mark { from: Side::Left, tag: Tag::new("PieSync Trash") }),
        unsubscribes: None,
        placeholders: Sides::default(),
        guard: GuardLimits::default(),
    }
}

/// The same wishes with the sides swapped.
pub(crate) fn swapped(policy: &Policy) -> Policy {
    let mut swapped = policy.clone();
    swapped.apps = swapped.apps.swap();
    swapped.writable = swapped.writable.swap();
    swapped.taggable = swapped.taggable.swap();
    swapped.placeholders = swapped.placeholders.swap();
    if let Winner::Side(side) = swapped.winner {
        swapped.winner = Winner::Side(side.other());
    }
    for mapping in &mut swapped.mappings {
        mapping.into = mapping.into.swap();
        mapping.required = mapping.required.swap();
    }
    for rule in &mut swapped.rules {
        rule.from = rule.from.other();
        for action in &mut rule.then {
            action.on = action.on.other();
        }
    }
    for mark in [&mut swapped.deletions, &mut swapped.unsubscribes].into_iter().flatten() {
        mark.from = mark.from.other();
    }
    swapped
}

/// The same pair with the sides swapped.
pub(crate) fn swapped_pair(pair: &PairState) -> PairState {
    let mut swapped = pair.clone();
    swapped.contacts = swapped.contacts.swap();
    swapped.collisions = swapped.collisions.swap();
    swapped.marks = swapped.marks.swap();
    for done in swapped.actions.values_mut() {
        done.action.on = done.action.on.other();
    }
    swapped.base = swapped.base.into_iter().map(|(key, base)| (key, base.swap())).collect();
    if let Some(Link { status: LinkStatus::Trashed(side), .. }) = &mut swapped.link {
        *side = side.other();
    }
    swapped
}

pub(crate) fn record(email: &str, phones: &[&str], title: &str) -> Record {
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::text(text) };
    Record {
        fields: [
            ("email".into(), text(email)),
            ("phones".into(), Value::texts(phones.iter().copied())),
            ("title".into(), text(title)),
        ]
        .into(),
        tags: Some(BTreeSet::new()),
        ..Record::default()
    }
}

pub(crate) fn live(id: &str, record: Record) -> ContactState {
    ContactState { id: Some(id.into()), seen: Seen::Live(record) }
}

/// A linked pair whose base is what `left` and `right` are.
pub(crate) fn bound(left: Record, right: Record) -> PairState {
    let names: Vec<FieldName> = ["email", "phones", "title"].map(FieldName::from).to_vec();
    let base = names
        .iter()
        .map(|name| {
            let one = |record: &Record| -> Fields { [(name.clone(), record.fields[name].clone())].into() };
            (name.as_str().into(), Sides::new(one(&left), one(&right)))
        })
        .collect();
    PairState {
        link: Some(Link { id: LinkId(1), status: LinkStatus::Active }),
        contacts: Sides::new(live("l1", left), live("r1", right)),
        base,
        was_selected: true,
        ..PairState::default()
    }
}

/// What the pair is after the plan was applied by vendors that do what they are told.
pub(crate) fn apply(pair: &PairState, plan: &PairPlan) -> PairState {
    let mut next = pair.clone();
    for side in Side::BOTH {
        let Some(op) = &plan.ops[side] else { continue };
        let mut record = pair.contacts[side].live().cloned().unwrap_or_default();
        record.fields.extend(op.write.fields().clone());
        match &op.write {
            Write::Create { tags, .. } => {
                record.tags = Some(tags.clone());
                for name in ["email", "phones", "title"] {
                    record.fields.entry(name.into()).or_default();
                }
            }
            Write::Update { add_tags, remove_tags, .. } => {
                // A vendor that does not show its tags does not show them after a write either.
                if let Some(tags) = &mut record.tags {
                    tags.extend(add_tags.iter().cloned());
                    tags.retain(|tag| !remove_tags.contains(tag));
                }
            }
        }
        let id = pair.contacts[side].id.clone().unwrap_or_else(|| ContactId::new("new"));
        next.contacts[side] = ContactState { id: Some(id), seen: Seen::Live(record) };
    }
    let linked = next.contacts.left.live().is_some() && next.contacts.right.live().is_some();
    if next.link.is_none() && linked && (plan.bind || plan.ops.left.is_some() || plan.ops.right.is_some()) {
        next.link = Some(Link { id: LinkId(1), status: LinkStatus::Active });
    }
    if let (Some(link), Some(status)) = (&mut next.link, plan.after.status) {
        link.status = status;
    }
    for settle in &plan.after.settles {
        let fields = Sides::from_fn(|side| match next.contacts[side].live() {
            Some(record) if settle.needs[side] => {
                let held: Fields =
                    [(settle.mapping.as_str().into(), record.fields[settle.mapping.as_str()].clone())].into();
                held.into_iter().chain(settle.meant[side].clone()).collect()
            }
            Some(_) | None => settle.seen[side].clone(),
        });
        next.base.insert(settle.mapping.clone(), fields);
    }
    for (key, done) in &plan.after.actions {
        match done {
            Some(done) => drop(next.actions.insert(key.clone(), done.clone())),
            None => drop(next.actions.remove(key)),
        }
    }
    next.marks = plan.after.marks.clone().unwrap_or(next.marks);
    next.was_selected = plan.selected;
    next
}
