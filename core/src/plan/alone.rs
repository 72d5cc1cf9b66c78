//! A contact without a counterpart: create one, or say why not.

use super::draft::Draft;
use super::{Exclusion, Failure, PairPlan, Settle, actions, pick, together};
use crate::lens::View;
use crate::op::Because;
use crate::policy::{Mapping, Role};
use crate::record::{Fields, Record};
use crate::rules::{self, Counterpart, Subject};
use crate::side::{Side, Sides};

pub(super) fn plan(mut draft: Draft<'_>, side: Side, record: &Record) -> PairPlan {
    let policy = draft.policy;
    let target = side.other();
    let subject = Subject { record: Some(record), counterpart: Counterpart::Absent, deleted: false };
    let selecting = rules::selecting(policy, side, subject);
    if selecting.is_empty() {
        let reason = if rules::waits_for_counterpart(policy, side, subject) {
            Exclusion::NotInOther
        } else {
            Exclusion::NoRule
        };
        return draft.excluded(reason);
    }
    if !policy.writable[target] {
        return draft.excluded(Exclusion::Direction);
    }
    if policy.avoid_duplicates && !has_email(&draft, side, record) {
        return draft.excluded(Exclusion::NoEmail);
    }
    draft.selected = true;
    draft.create(target);
    for mapping in &policy.mappings {
        fill(&mut draft, mapping, target, record);
    }
    placeholders(&mut draft, target);
    subscription(&mut draft, side, record);
    actions::run(&mut draft, &selecting);
    draft.finish()
}

/// Writes what one mapping shows to the contact that is to be created.
fn fill(draft: &mut Draft<'_>, mapping: &Mapping, target: Side, record: &Record) {
    if !mapping.into[target] {
        return;
    }
    let Some(view) = view_of(mapping, target.other(), record) else { return };
    match mapping.lens.put(target, &view, &Fields::new(), None) {
        Ok(fields) => {
            let mut needs = Sides::default();
            needs[target] = true;
            let mut seen = Sides::default();
            seen[target.other()] = pick(&record.fields, mapping.lens.fields(target.other()));
            draft.settles.push(Settle {
                mapping: mapping.key.clone(),
                needs,
                seen,
                meant: Sides::default(),
                fingerprints: Sides::default(),
            });
            for (field, value) in fields {
                draft.set(target, field, value, Because::Mapping(mapping.key.clone()));
            }
        }
        Err(refusal) => draft.failures.push(Failure {
            side: target,
            mapping: mapping.key.clone(),
            field: mapping.lens.fields(target).first().cloned(),
            refusal,
        }),
    }
}

fn view_of(mapping: &Mapping, side: Side, record: &Record) -> Option<View> {
    let mut now = Sides::new(None, None);
    now[side] = Some(&record.fields);
    let mut views = mapping.lens.views(now, None);
    views.now[side].take()
}

/// Fills what the app requires and the other side left empty. Placeholders are written here alone, and
/// are in no base, so they never flow back.
fn placeholders(draft: &mut Draft<'_>, target: Side) {
    let policy = draft.policy;
    for (field, value) in &policy.placeholders[target] {
        if draft.value(target, field).is_none_or(|value| value.is_empty()) {
            draft.set(target, field.clone(), value.clone(), Because::Placeholder);
            // The mapping has nothing to remember of a placeholder: the base says that both were empty.
        }
    }
}

/// A person who opted out arrives with the tag that says so.
fn subscription(draft: &mut Draft<'_>, side: Side, record: &Record) {
    if draft.policy.unsubscribes.as_ref().is_some_and(|mark| mark.from == side) {
        together::subscription(draft, &record.subscription);
    }
}

fn has_email(draft: &Draft<'_>, side: Side, record: &Record) -> bool {
    draft.policy.mappings.iter().filter(|mapping| mapping.role == Role::Identity).any(|mapping| {
        view_of(mapping, side, record).is_some_and(|view| view.values().any(|atom| !atom.is_empty()))
    })
}
