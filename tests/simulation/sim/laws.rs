//! What has to hold after every run, also one that was cut off or that no vendor behaved in.

use super::play::{Before, Offence, Play};
use super::scenario::Scope;
use std::collections::BTreeMap;
use syntony_connectors::memory::Written;
use syntony_core::ids::{ContactId, OpKey, RunId};
use syntony_core::op::{Because, Change, Target};
use syntony_core::record::Fields;
use syntony_core::side::Side;
use syntony_core::value::Value;
use syntony_state::WriteRow;

/// More ops than any run of a small world makes.
pub(super) const MAX_OPS_PER_RUN: usize = 10_000;

/// Asks every law.
pub(super) fn after_run(play: &Play<'_>, before: &Before) -> Result<(), Offence> {
    play.world
        .db
        .with(|store| store.integrity())
        .map_err(|error| ("the state agrees with itself", error.to_string()))?;
    let ops = ops_of_the_last_run(play);
    for side in Side::BOTH {
        let written = play.written_since(side, before);
        nobody_vanishes(play, before, side, &written)?;
        if !play.scenario.wishes.writable[side] && !written.is_empty() {
            return Err(("a side that only gives is never written", format!("{written:?}")));
        }
        for write in &written {
            explained(play, side, write, &ops)?;
        }
        overwritten_values_are_in_the_history(play, before, side, &written, &ops)?;
    }
    Ok(())
}

/// The ops of the last run by key.
pub(super) fn ops_of_the_last_run(play: &Play<'_>) -> BTreeMap<OpKey, WriteRow> {
    let run = RunId::new(format!("run-{:04}", play.world.runs));
    let rows = play.world.db.with(|store| store.writes_of(&run, MAX_OPS_PER_RUN, 0)).unwrap();
    rows.into_iter().map(|row| (row.key.clone(), row)).collect()
}

/// Nobody is deleted, and who is new was created by a write of this run.
fn nobody_vanishes(play: &Play<'_>, before: &Before, side: Side, written: &[Written]) -> Result<(), Offence> {
    let now = play.app(side).dump();
    for id in before.contacts[side].keys() {
        if !now.contains_key(id) {
            return Err(("nobody is deleted by a run", id.to_string()));
        }
    }
    let created = written.iter().filter(|write| write.created).count();
    let expected = before.contacts[side].len() + created;
    if now.len() != expected {
        return Err(("who is new was created by a write", format!("{} instead of {expected}", now.len())));
    }
    Ok(())
}

/// Each write was written down before it was sent, says nothing else than it was to say, and has a cause
/// that a person stands behind.
fn explained(
    play: &Play<'_>,
    side: Side,
    write: &Written,
    ops: &BTreeMap<OpKey, WriteRow>,
) -> Result<(), Offence> {
    const LAW: &str = "a write is an intent that was written down before";
    let Some(op) = ops.get(&write.op) else {
        return Err((LAW, format!("{} of {} is not in the history", write.op, write.id)));
    };
    let intended: Fields = op
        .changes
        .iter()
        .filter_map(|change| match &change.target {
            Target::Field(field) => Some((field.clone(), change.after.clone())),
            Target::TagOn(_) | Target::TagOff(_) => None,
        })
        .collect();
    if intended != write.fields {
        return Err((LAW, format!("{} wrote other fields than intended", write.op)));
    }
    op.changes.iter().try_for_each(|change| caused_by_a_person(play, side, &write.id, change))
}

/// No clear and no tag without somebody who cleared, deleted or restored on the other side.
fn caused_by_a_person(play: &Play<'_>, side: Side, id: &ContactId, change: &Change) -> Result<(), Offence> {
    let counterpart = counterpart(play, side, id);
    let of_counterpart = |set: &std::collections::BTreeSet<(Side, ContactId)>| {
        counterpart.as_ref().is_some_and(|id| set.contains(&(side.other(), id.clone())))
    };
    let sound = match (&change.target, &change.because) {
        (Target::TagOn(_), Because::Deleted) => of_counterpart(&play.journal.deleted),
        (Target::TagOff(_), Because::Restored) => of_counterpart(&play.journal.restored),
        (Target::Field(field), Because::Mapping(key)) if change.after.is_empty() => {
            let mapping = play.world.policy.mapping(key);
            let edited = mapping.is_some_and(|mapping| {
                mapping.lens.fields(side.other()).iter().any(|other| {
                    counterpart.as_ref().is_some_and(|id| {
                        play.journal.edited.contains(&(side.other(), id.clone(), other.clone()))
                    })
                })
            });
            if !edited {
                return Err((
                    "nothing is cleared unless a person cleared it",
                    format!("{field} of {id} was emptied"),
                ));
            }
            true
        }
        (Target::Field(_), Because::Mapping(_)) => true,
        (Target::TagOn(_), Because::Rule(..)) | (Target::TagOff(_), Because::LeftScope(_)) => {
            play.scenario.wishes.scope == Scope::Tagged
        }
        (
            Target::Field(_) | Target::TagOn(_) | Target::TagOff(_),
            Because::Mapping(_)
            | Because::Placeholder
            | Because::Rule(..)
            | Because::LeftScope(_)
            | Because::Deleted
            | Because::Restored
            | Because::Unsubscribed
            | Because::Resubscribed
            | Because::Undo(_),
        ) => false,
    };
    if sound {
        return Ok(());
    }
    Err((
        "a change has a cause in this world",
        format!("{id}: {:?} because {:?}", change.target, change.because),
    ))
}

/// The contact that it is linked to.
pub(super) fn counterpart(play: &Play<'_>, side: Side, id: &ContactId) -> Option<ContactId> {
    let link = play.world.db.with(|store| store.link_of(&play.world.policy.connection, side, id)).unwrap()?;
    Some(link.ids[side.other()].clone())
}

/// A value that was overwritten stands in the history as it was. Where a vendor refuses no outdated write,
/// what nobody was told of can be overwritten unseen: that is the vendor's gap, and no other is allowed.
fn overwritten_values_are_in_the_history(
    play: &Play<'_>,
    before: &Before,
    side: Side,
    written: &[Written],
    ops: &BTreeMap<OpKey, WriteRow>,
) -> Result<(), Offence> {
    if !play.scenario.traits[side].conditional_writes {
        return Ok(());
    }
    let mut truth = before.contacts[side].clone();
    for write in written.iter().filter(|write| !write.created) {
        let Some(record) = truth.get_mut(&write.id) else { continue };
        for field in write.fields.keys() {
            // In which form the vendor keeps what we write is its own business: once is enough.
            let Some(held) = record.fields.remove(field) else { continue };
            let change =
                ops[&write.op].changes.iter().find(|change| change.target == Target::Field(field.clone()));
            let kept = change.map_or(Value::Null, |change| change.before.clone());
            if !(held.is_empty() && kept.is_empty()) && held != kept {
                return Err((
                    "what is overwritten stands in the history",
                    format!(
                        "{field} of {} held {}, and the history says {}",
                        write.id,
                        held.to_plain(),
                        kept.to_plain()
                    ),
                ));
            }
        }
    }
    Ok(())
}
