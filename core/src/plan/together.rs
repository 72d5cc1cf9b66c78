//! Two contacts that are both there: merge them field by field, and let the rules act.

use super::draft::{Draft, TagChange};
use super::situation::History;
use super::{
    Conflict, ConflictKind, Exclusion, FLAPPING_RUNS, Failure, Hold, Note, PairPlan, Settle, actions,
    email_keys, pick,
};
use crate::lens::{View, Views};
use crate::merge::{self, Decision, Merged};
use crate::op::Because;
use crate::pair::LinkStatus;
use crate::policy::{Mapping, Role};
use crate::record::{Fields, Record, Subscription};
use crate::rules;
use crate::side::{Side, Sides};

pub(super) fn plan(mut draft: Draft<'_>, records: Sides<&Record>, history: History) -> PairPlan {
    let policy = draft.policy;
    let selecting = rules::selecting_either(policy, records);
    let undecided = rules::undecided(policy, records);
    revive(&mut draft, history);
    if history != History::Matched {
        consent(&mut draft, records);
    }
    if selecting.is_empty() {
        // Matched and selected by nobody: not linked. Linked and left: the link stays, for a return.
        actions::follow(&mut draft, &[], &undecided);
        if draft.pair.was_selected && !undecided.is_empty() {
            // Who cannot be seen has not left.
            draft.selected = true;
            return draft.excluded(Exclusion::OutOfSight);
        }
        draft.tally.leavers += u64::from(draft.pair.was_selected);
        return draft.excluded(Exclusion::NoRule);
    }
    draft.selected = true;
    draft.bind = history == History::Matched;
    let views: Vec<(&Mapping, Views)> = policy
        .mappings
        .iter()
        .map(|mapping| {
            let now = records.map(|record| Some(&record.fields));
            (mapping, mapping.lens.views(now, draft.pair.base.get(&mapping.key)))
        })
        .collect();
    let emptied = |(mapping, views): &(&Mapping, Views)| {
        email_emptied(mapping, views) || only_email_emptied(&draft, mapping, records)
    };
    if history != History::Matched && views.iter().any(emptied) {
        return draft.excluded(Exclusion::EmailEmptied);
    }
    if views.iter().any(|(_, views)| changed(views)) {
        draft.tally.changed_links += u64::from(draft.pair.link.is_some());
    }
    for (mapping, views) in &views {
        if let Some(merged) = merge::merge(mapping, policy, views) {
            apply(&mut draft, mapping, views, merged, records);
        }
    }
    if history == History::Matched {
        consent(&mut draft, records);
    }
    actions::follow(&mut draft, &selecting, &undecided);
    draft.finish()
}

/// What the person said about mail reaches a counterpart whatever the rules say by now: a rule for subscribers is
/// left in the very moment somebody unsubscribes.
fn consent(draft: &mut Draft<'_>, records: Sides<&Record>) {
    if let Some(mark) = &draft.policy.unsubscribes {
        subscription(draft, &records[mark.from].subscription);
    }
}

/// A contact that was gone is back: our deletion tag comes off its counterpart, and the link goes on.
/// Both are there, so a deletion tag of ours is wrong on either: one that was not allowed to come off at
/// the time of the return comes off in the first run that may do it.
fn revive(draft: &mut Draft<'_>, history: History) {
    if let History::Revived(side) = history {
        draft.status = Some(LinkStatus::Active);
        draft.notes.push(Note::Restored(side));
    }
    for side in Side::BOTH {
        draft.take_off(side, |marks| &mut marks.deleted, Because::Restored);
    }
}

/// Whether a side had an e-mail address and has none any more: the link is suspended, nothing is written.
fn email_emptied(mapping: &Mapping, views: &Views) -> bool {
    if mapping.role != Role::Identity {
        return false;
    }
    let filled = |view: &View| view.values().any(|atom| !atom.is_empty());
    let had = views.base.as_ref().is_some_and(filled);
    had && views.now.iter().any(|(_, view)| view.as_ref().is_some_and(|view| !filled(view)))
}

/// The same of the side's own fields: where the other side holds a list, the view of a single address that
/// was emptied is the rest of that list, and the list would lose an address that nobody took out of it.
fn only_email_emptied(draft: &Draft<'_>, mapping: &Mapping, records: Sides<&Record>) -> bool {
    let Some(base) = draft.pair.base.get(&mapping.key).filter(|_| mapping.role == Role::Identity) else {
        return false;
    };
    Side::BOTH.into_iter().any(|side| {
        let emptied = |name| records[side].fields.get(name).is_some_and(crate::value::Value::is_empty);
        let had = base[side].values().any(|value| !value.is_empty());
        had && mapping.lens.fields(side).iter().all(emptied)
    })
}

/// Whether a vendor's side differs from the base.
fn changed(views: &Views) -> bool {
    let Some(base) = &views.base else { return false };
    views.now.iter().any(|(_, view)| {
        view.as_ref().is_some_and(|view| {
            view.iter().any(|(part, atom)| base.get(part).is_some_and(|base| !atom.same(base)))
        })
    })
}

/// Turns what the merge decided into writes, conflicts, failures and a base that moves.
fn apply(draft: &mut Draft<'_>, mapping: &Mapping, views: &Views, merged: Merged, records: Sides<&Record>) {
    let fields = Sides::from_fn(|side| pick(&records[side].fields, mapping.lens.fields(side)));
    let base = draft.pair.base.get(&mapping.key);
    for conflict in &merged.conflicts {
        draft.conflicts.push(Conflict {
            mapping: mapping.key.clone(),
            part: conflict.part.as_str().to_owned(),
            kept: match conflict.decision {
                Decision::Kept(side) => Some(side),
                Decision::Waits => None,
            },
            kind: ConflictKind::Edits,
            left: fields.left.clone(),
            right: fields.right.clone(),
            base: base.cloned(),
        });
    }
    let mut writes: Sides<Fields> = Sides::default();
    for side in Side::BOTH {
        let Some(want) = &merged.want[side] else { continue };
        if let Some(conflict) = collision(draft, mapping, side, want, &fields) {
            draft.conflicts.push(conflict);
            return;
        }
        match mapping.lens.put(side, want, &records[side].fields, base) {
            Ok(fields) => writes[side] = fields,
            Err(refusal) => {
                let field = mapping.lens.fields(side).first().cloned();
                draft.failures.push(Failure { side, mapping: mapping.key.clone(), field, refusal });
                return;
            }
        }
    }
    let fingerprints = writes.as_ref().map(|fields| (!fields.is_empty()).then(|| fingerprint(fields)));
    if let Some(hold) = flapping(draft, mapping, &fingerprints) {
        draft.held.push(hold);
        return;
    }
    let needs = writes.as_ref().map(|fields| !fields.is_empty());
    for side in Side::BOTH {
        draft.tally.clears += if needs[side] { u64::from(merged.clears[side]) } else { 0 };
        for (field, value) in std::mem::take(&mut writes[side]) {
            draft.set(side, field, value, Because::Mapping(mapping.key.clone()));
        }
    }
    let quiet = !needs.left && !needs.right;
    if merged.settles && !(quiet && base == Some(&fields)) && observed(views) {
        let (mapping, meant) = (mapping.key.clone(), Sides::default());
        draft.settles.push(Settle { mapping, needs, seen: fields, meant, fingerprints });
    }
}

fn observed(views: &Views) -> bool {
    views.now.left.is_some() && views.now.right.is_some()
}

/// The conflict, if writing `want` to `side` would give it an e-mail address that another contact of that
/// app has already. Nothing of the mapping is written then; the other fields go on.
fn collision(
    draft: &Draft<'_>,
    mapping: &Mapping,
    side: Side,
    want: &View,
    fields: &Sides<Fields>,
) -> Option<Conflict> {
    if mapping.role != Role::Identity {
        return None;
    }
    let with = email_keys(want).find_map(|key| draft.collision(side.other(), &key).cloned())?;
    Some(Conflict {
        mapping: mapping.key.clone(),
        part: String::new(),
        kept: None,
        kind: ConflictKind::IdentityCollision { with },
        left: fields.left.clone(),
        right: fields.right.clone(),
        base: draft.pair.base.get(&mapping.key).cloned(),
    })
}

/// The hold, if this mapping wrote the same value to the same side in too many runs in a row: something
/// else keeps changing it back, and a fight that nobody wins is no sync.
fn flapping(draft: &Draft<'_>, mapping: &Mapping, fingerprints: &Sides<Option<String>>) -> Option<Hold> {
    let repeats = draft.pair.repeats.get(&mapping.key)?;
    Side::BOTH.into_iter().find_map(|side| {
        let same = fingerprints[side].as_ref() == Some(&repeats[side].fingerprint);
        (same && repeats[side].runs >= FLAPPING_RUNS).then(|| Hold {
            mapping: mapping.key.clone(),
            side,
            runs: repeats[side].runs,
        })
    })
}

fn fingerprint(fields: &Fields) -> String {
    let text = serde_json::to_vec(fields).unwrap_or_default();
    blake3::hash(&text).to_hex().as_str().chars().take(16).collect()
}

/// An unsubscribe of one side becomes a tag on the other, once; a resubscribe takes our own tag off.
/// Nothing here or anywhere can subscribe anybody.
///
/// `seen` is the subscription on the side that unsubscribes come from.
pub(super) fn subscription(draft: &mut Draft<'_>, seen: &Subscription) {
    let Some(mark) = &draft.policy.unsubscribes else { return };
    let target = mark.from.other();
    match seen {
        Subscription::Unsubscribed => {
            let tagged = draft.has_tag(target, &mark.tag) == Some(true);
            if draft.marks[target].unsubscribed.is_some() || tagged {
                return;
            }
            if !draft.may_tag(target) {
                draft.notes.push(Note::NoTagThere(target, mark.tag.clone()));
                return;
            }
            draft.tag(target, mark.tag.clone(), TagChange::On, Because::Unsubscribed);
            draft.marks[target].unsubscribed = Some(mark.tag.clone());
            // A new contact is no change to anybody, so the guard has nothing to count.
            draft.tally.unsubscribe_tags += u64::from(draft.record(target).is_some());
        }
        Subscription::Subscribed => {
            draft.take_off(target, |marks| &mut marks.unsubscribed, Because::Resubscribed);
        }
        // Pending, cleaned, archived, unknown: states of their own, never read as an unsubscribe.
        Subscription::Unknown | Subscription::Other(_) => {}
    }
}
