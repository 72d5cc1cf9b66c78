//! From what came of a pair's ops to what is now known: which bases move, where the pair stands.
//!
//! Pure. A base moves only to what the server confirmed; what failed, is stale or unknown moves nothing
//! and is looked at again or listed.

mod certain;
mod stirred;
mod tell;

pub(super) use certain::{Applied, Certain, How, is_held};

use certain::left_off;

use super::App;
use super::reconcile::{Part, Planned};
use crate::report::FailureLine;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{ConnectionName, ContactId, FieldName, MappingKey, OpKey, Tag};
use syntony_core::observe::Change;
use syntony_core::op::{Because, Op, Outcome, Rejection, Target, Write};
use syntony_core::pair::{PairState, Repeats};
use syntony_core::plan::{PairPlan, Verdict};
use syntony_core::policy::Policy;
use syntony_core::record::Record;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::{OpOutcome, OpStatus, Settlement, Standing, TodoPos};

/// What came of a pair's ops.
pub(super) type Outcomes = Sides<Option<(OpKey, Outcome)>>;

/// A settled pair: what to write down, and what the run still has to do about it.
pub(super) struct SettledPair {
    pub(super) settlement: Settlement,
    /// Contacts that are not what the plan saw: they are read again and planned again.
    pub(super) reread: Vec<(Side, ContactId)>,
    /// Addresses that an app would not make a contact for, because it has one: whoever that is, is looked for there.
    pub(super) held_by: Vec<(Side, String)>,
    /// Fields that an app refused: the pair is planned again without them.
    pub(super) refused: Vec<(Side, ContactId, Part, FailureLine)>,
    /// A contact was made without a tag that it was to have. What it lacks is planned anew; there is no need to
    /// read it again, and a vendor may not show it by its id yet.
    pub(super) left_off: bool,
    /// What was written makes it another case for the rules: it is decided again.
    pub(super) stirred: bool,
    /// An op's outcome is unknown: the next round looks for it.
    pub(super) unknown: bool,
    /// An op was put off by its app, for this reason.
    pub(super) deferred: Option<(Side, String)>,
}

/// What a settlement is made of beside the pair itself.
pub(super) struct Context<'a> {
    pub(super) policy: &'a Policy,
    pub(super) apps: &'a Sides<App>,
    pub(super) loaded_at: TodoPos,
}

/// Settles one planned pair.
pub(super) fn settle(context: &Context<'_>, planned: &Planned, outcomes: &Outcomes) -> SettledPair {
    let (plan, state) = (&planned.plan, &planned.state);
    let records = applied(outcomes);
    let mut settlement = Settlement::new(
        context.policy.connection.clone(),
        plan.ids.clone(),
        Standing::new("in_sync", None),
        context.loaded_at,
    );
    settlement.outcomes =
        outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().map(op_outcome)).collect();
    for (side, applied) in records.iter() {
        let Some((id, record)) = applied else { continue };
        // A vendor may answer under another id: the link goes along.
        let previous_ids = plan.ids[side].iter().filter(|known| known != id).cloned().collect();
        let change = Change { previous_ids, ..Change::live((*id).clone(), (*record).clone()) };
        settlement.seen.push((context.apps[side].name.clone(), context.apps[side].staged(change)));
    }
    let certain = Certain {
        policy: context.policy,
        apps: context.apps,
        ids: &plan.ids,
        before: state,
        after: &plan.after,
        applied: Sides::from_fn(|side| {
            let ((id, record), op) = (records[side]?, plan.ops[side].as_ref()?);
            Some(Applied { op, id, record, how: How::Answered })
        }),
        through: Sides::from_fn(|side| plan.ops[side].is_none() || records[side].is_some()),
    };
    let dropped = certain.enter(&mut settlement);
    settlement.repeats = repeats(state, plan, &records);
    let stirred = stirred::stirred(context.policy, planned, &records);
    // Whoever leaves the scope by our own doing is nobody that the guard has to ask about.
    let stays = stirred.as_ref().is_none_or(|stirred| !stirred.again || stirred.selected);
    settlement.selected = Some(plan.selected && stays);
    let mut settled = SettledPair {
        settlement,
        reread: Vec::new(),
        held_by: Vec::new(),
        refused: Vec::new(),
        left_off: false,
        stirred: false,
        unknown: false,
        deferred: None,
    };
    let mut failures = planned.refused.clone();
    for (failure, mut line) in plan.failures.iter().zip(plan_failures(context, plan)) {
        // Whoever was made just now has an id of that app by now.
        if let Some((id, _)) = records[failure.side] {
            line.contact = id.to_string();
        }
        failures.push(line);
    }
    failures.extend(dropped.into_iter().map(|(mapping, side)| not_kept(context, plan, &mapping, side)));
    for (side, outcome) in outcomes.iter() {
        if let Some((_, outcome)) = outcome {
            sort_out(context, planned, side, outcome, &mut failures, &mut settled);
        }
    }
    settled.left_off = plan.ops.iter().any(|(side, op)| match (op, records[side]) {
        (Some(op), Some((_, record))) => !left_off(&op.write, record).is_empty(),
        (Some(_), None) | (None, _) => false,
    });
    let open =
        settled.left_off || settled.unknown || settled.deferred.is_some() || !settled.reread.is_empty();
    settled.settlement.standing = standing(plan, &failures, open);
    if !open {
        tell::tell(context, plan);
    }
    settled.stirred = !open && stirred.is_some_and(|stirred| stirred.again);
    if !open && !settled.stirred && settled.refused.is_empty() {
        settled.settlement.done = done(planned, &records);
    }
    settled
}

/// What each applied op left behind.
fn applied(outcomes: &Outcomes) -> Sides<Option<(&ContactId, &Record)>> {
    Sides::from_fn(|side| match &outcomes[side] {
        Some((_, Outcome::Applied { id, record })) => Some((id, record.as_ref())),
        Some((_, Outcome::Stale | Outcome::Rejected(_) | Outcome::Deferred(_) | Outcome::Unknown)) | None => {
            None
        }
    })
}

fn op_outcome((key, outcome): &(OpKey, Outcome)) -> OpOutcome {
    let (status, reason, contact) = match outcome {
        Outcome::Applied { id, .. } => (OpStatus::Applied, None, Some(id.clone())),
        Outcome::Stale => (OpStatus::Stale, None, None),
        Outcome::Rejected(rejection) => (OpStatus::Rejected, Some(rejection.reason.clone()), None),
        Outcome::Deferred(reason) => (OpStatus::Deferred, Some(reason.clone()), None),
        Outcome::Unknown => (OpStatus::Unknown, None, None),
    };
    OpOutcome { key: key.clone(), status, reason, contact }
}

/// How often each mapping wrote one value to one side again. A mapping that was looked at and not written
/// starts anew; a side that was only read because the other one was written keeps its count, or two values
/// could chase each other for ever; one that is held stays held until its value is another one; and what
/// was not applied, or may not have been, was no write.
fn repeats(
    state: &PairState,
    plan: &PairPlan,
    records: &Sides<Option<(&ContactId, &Record)>>,
) -> Vec<(MappingKey, Sides<Repeats>)> {
    let held = |key: &MappingKey| plan.held.iter().any(|hold| hold.mapping == *key);
    let mut repeats: BTreeMap<MappingKey, Sides<Repeats>> =
        state.repeats.keys().filter(|key| !held(key)).map(|key| (key.clone(), Sides::default())).collect();
    for settle in &plan.after.settles {
        let before = state.repeats.get(&settle.mapping).cloned().unwrap_or_default();
        let next = Sides::from_fn(|side| match (&settle.fingerprints[side], &records[side]) {
            (Some(fingerprint), Some(_)) => {
                let again = before[side].fingerprint == *fingerprint;
                Repeats {
                    fingerprint: fingerprint.clone(),
                    runs: if again { before[side].runs + 1 } else { 1 },
                }
            }
            (Some(_), None) => before[side].clone(),
            (None, _) if settle.fingerprints[side.other()].is_some() => before[side].clone(),
            (None, _) => Repeats::default(),
        });
        if next != Sides::default() || state.repeats.contains_key(&settle.mapping) {
            repeats.insert(settle.mapping.clone(), next);
        }
    }
    repeats.into_iter().collect()
}

fn sort_out(
    context: &Context<'_>,
    planned: &Planned,
    side: Side,
    outcome: &Outcome,
    failures: &mut Vec<FailureLine>,
    settled: &mut SettledPair,
) {
    let plan = &planned.plan;
    match outcome {
        Outcome::Applied { .. } => {}
        Outcome::Stale => {
            for (side, id) in plan.ids.iter() {
                settled.reread.extend(id.iter().map(|id| (side, id.clone())));
            }
            // A contact that no listing showed has the place: without a look for it the create would be tried,
            // and be stale, in every run.
            if let Some(Op { write: write @ Write::Create { .. }, .. }) = &plan.ops[side] {
                let addresses = context.apps[side].addresses(write.fields());
                settled.held_by.extend(addresses.into_iter().map(|address| (side, address)));
            }
        }
        Outcome::Rejected(rejection) => {
            let line = rejected(context, plan, side, rejection);
            // Refused for one field: the others go on without it, once. Named again although it was left
            // out (the app requires it), the contact as a whole is refused.
            if planned.refused.contains(&line) {
                return;
            }
            let part = rejection.field.as_ref().and_then(|field| {
                let op = plan.ops[side].as_ref().filter(|op| op.changes.len() > 1)?;
                part_of(context.policy, op, field)
            });
            let subject = plan.ids.iter().find_map(|(side, id)| Some((side, id.clone()?)));
            if let (Some(part), Some((side, id))) = (part, subject) {
                settled.refused.push((side, id, part, line.clone()));
            }
            failures.push(line);
        }
        Outcome::Deferred(reason) => settled.deferred = Some((side, reason.clone())),
        Outcome::Unknown => settled.unknown = true,
    }
}

/// What wanted this field of an op: a rule, or else the mapping that has it among its own.
fn part_of(policy: &Policy, op: &Op, field: &FieldName) -> Option<Part> {
    let change = op.changes.iter().find(|change| change.target == Target::Field(field.clone()));
    match change.map(|change| &change.because) {
        Some(Because::Rule(_, action) | Because::LeftScope(action)) => Some(Part::Action(action.clone())),
        Some(
            Because::Mapping(_)
            | Because::Placeholder
            | Because::Deleted
            | Because::Restored
            | Because::Unsubscribed
            | Because::Resubscribed
            | Because::Undo(_),
        )
        | None => {
            let mapping = policy.mappings.iter().find(|it| it.lens.fields(op.side).contains(field))?;
            Some(Part::Mapping(mapping.key.clone()))
        }
    }
}

/// The contacts that need not be looked at any more: all of the pair, but for one whose server showed more
/// than what was written. Somebody edited it meanwhile, and no feed will say so again.
fn done(planned: &Planned, records: &Sides<Option<(&ContactId, &Record)>>) -> Vec<(Side, ContactId)> {
    let plan = &planned.plan;
    let edited = Side::BOTH.into_iter().any(|side| match (&plan.ops[side], &records[side]) {
        (Some(op), Some((_, now))) => shows_more(&op.write, now),
        (Some(_), None) | (None, Some(_) | None) => false,
    });
    if edited {
        return Vec::new();
    }
    plan.ids.iter().filter_map(|(side, id)| Some((side, id.clone()?))).collect()
}

/// Whether a contact is otherwise than it was seen and written: fields, tags, and whether it may be mailed,
/// because rules look at all of them.
fn shows_more(write: &Write, now: &Record) -> bool {
    let (fields, add_tags, remove_tags, seen) = match write {
        // Nobody was there to edit it.
        Write::Create { .. } => return false,
        Write::Update { fields, add_tags, remove_tags, seen, .. } => (fields, add_tags, remove_tags, seen),
    };
    let differs = |name: &FieldName| {
        let (was, is) = (seen.fields.get(name), now.fields.get(name));
        was != is && !(was.is_none_or(Value::is_empty) && is.is_none_or(Value::is_empty))
    };
    let mut names = seen.fields.keys().chain(now.fields.keys());
    let tags = seen.tags.as_ref().map(|tags| {
        let mut tags: BTreeSet<&Tag> = tags.iter().chain(add_tags).collect();
        tags.retain(|tag| !remove_tags.contains(*tag));
        tags
    });
    names.any(|name| !fields.contains_key(name) && differs(name))
        || tags.is_some_and(|tags| now.tags.as_ref().is_some_and(|now| !now.iter().eq(tags)))
        || seen.subscription != now.subscription
}

/// Where the pair stands once its plan is carried out.
pub(super) fn standing_of_plan(plan: &PairPlan, failures: &[FailureLine]) -> Standing {
    standing(plan, failures, false)
}

/// Where the pair stands.
fn standing(plan: &PairPlan, failures: &[FailureLine], open: bool) -> Standing {
    let (verdict, reason) = if open {
        ("waiting", None)
    } else if !failures.is_empty() {
        ("failed", None)
    } else {
        match plan.rest {
            Verdict::Excluded(reason) => ("excluded", Some(reason.as_str())),
            Verdict::Conflict => ("conflict", None),
            Verdict::Held => ("held", Some("flapping")),
            Verdict::Failed => ("failed", None),
            Verdict::Unchanged | Verdict::Write => ("in_sync", None),
        }
    };
    let mut standing = Standing::new(verdict, reason);
    let mut detail = serde_json::Map::new();
    if !failures.is_empty() {
        detail.insert("failures".into(), json!(failures));
    }
    if !plan.conflicts.is_empty() {
        detail.insert("conflicts".into(), json!(plan.conflicts));
    }
    if !plan.held.is_empty() {
        detail.insert("held".into(), json!(plan.held));
    }
    if !plan.notes.is_empty() {
        detail.insert("notes".into(), json!(plan.notes));
    }
    standing.detail = detail.into();
    standing
}

/// What the planner found that the other side cannot take.
pub(super) fn plan_failures(context: &Context<'_>, plan: &PairPlan) -> Vec<FailureLine> {
    plan.failures
        .iter()
        .map(|failure| FailureLine {
            app: context.apps[failure.side].name.to_string(),
            contact: contact(plan, failure.side),
            field: failure.field.as_ref().map(ToString::to_string),
            reason: failure.refusal.to_string(),
            hint: Some(format!(
                "change it in `{}`, or the mapping `{}`",
                context.apps[failure.side.other()].name,
                failure.mapping
            )),
        })
        .collect()
}

fn rejected(context: &Context<'_>, plan: &PairPlan, side: Side, rejection: &Rejection) -> FailureLine {
    FailureLine {
        app: context.apps[side].name.to_string(),
        contact: contact(plan, side),
        field: rejection.field.as_ref().map(ToString::to_string),
        reason: rejection.reason.clone(),
        hint: rejection.hint.clone().or_else(|| {
            Some("it is tried again when the contact changes, or with `syntony resync`".to_owned())
        }),
    }
}

fn not_kept(context: &Context<'_>, plan: &PairPlan, mapping: &MappingKey, side: Side) -> FailureLine {
    FailureLine {
        app: context.apps[side].name.to_string(),
        contact: contact(plan, side),
        field: context
            .policy
            .mapping(mapping)
            .and_then(|mapping| mapping.lens.fields(side).first().map(ToString::to_string)),
        reason: "the app accepted the value and does not hold it".to_owned(),
        hint: Some(format!(
            "look at the contact in `{}`; the mapping is `{mapping}`",
            context.apps[side].name
        )),
    }
}

/// The contact's id on a side; where it was to be created, the id of its counterpart.
pub(super) fn contact(plan: &PairPlan, side: Side) -> String {
    let id = plan.ids[side].as_ref().or(plan.ids[side.other()].as_ref());
    id.map(ToString::to_string).unwrap_or_default()
}

/// A verdict on a contact that is not a pair.
pub(super) fn lone(
    connection: &ConnectionName,
    side: Side,
    id: &ContactId,
    standing: Standing,
    loaded_at: TodoPos,
) -> Settlement {
    let mut ids = Sides::default();
    ids[side] = Some(id.clone());
    let mut settlement = Settlement::new(connection.clone(), ids, standing, loaded_at);
    settlement.done = vec![(side, id.clone())];
    settlement
}
