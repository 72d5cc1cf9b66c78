//! Carries the plans out: written down before they are sent, settled after, batch by batch.
//!
//! An op is sent only after its intent is on disk. Whatever comes back, or does not, is written down
//! before the next batch. No contact is deleted and nobody is subscribed here: there is no op for either.

use super::reconcile::{self, CrowdKind, Decision, Memory, Planned};
use super::settle::{self, Outcomes, SettledPair};
use super::{Run, Stop, discover, pull};
use crate::planfile;
use crate::report::ConnectionReport;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use syntony_connectors::error::ConnectorError;
use syntony_core::guard::Tally;
use syntony_core::ids::{ContactId, OpKey};
use syntony_core::matching::Crowd;
use syntony_core::op::{Op, Outcome, Target, Write};
use syntony_core::pair::LinkStatus;
use syntony_core::plan::Exclusion;
use syntony_core::side::{Side, Sides};
use syntony_state::{Bind, Intent, Settlement, Standing, TodoPos};

/// The most decisions that are carried out together, unless an app takes more in one call. Their plans are in
/// memory at the same time.
const MAX_LOAD_DECISIONS: usize = 1_000;
/// The most calls' worth of ops for the app with the smaller batches in one load: what is sent and not settled
/// yet has to be looked for after a crash.
const MAX_LOAD_CALLS: usize = 5;

/// A decision that waits to be carried out.
struct Queued {
    decision: Decision,
    /// What was queued when it was made.
    loaded_at: TodoPos,
}

/// What a walk through the queue left to do.
#[derive(Default)]
pub(super) struct Left {
    /// Contacts to be read and planned again.
    pub(super) reread: BTreeSet<(Side, ContactId)>,
    /// Addresses whose holders are to be looked for.
    held_by: BTreeSet<(Side, String)>,
    /// Something was refused for one field and is planned again without it.
    pub(super) refused: bool,
    /// A contact was made without one of its tags.
    left_off: bool,
    /// What was written made a pair another case for the rules.
    stirred: bool,
    /// An op's outcome is unknown.
    pub(super) unknown: bool,
    /// A passing fault of a call, if there was one: the next round tries again.
    pub(super) fault: Option<Stop>,
}

impl Left {
    /// Whether another round has something to do.
    pub(super) fn is_something(&self) -> bool {
        !self.reread.is_empty()
            || self.refused
            || self.left_off
            || self.stirred
            || self.unknown
            || self.fault.is_some()
    }
}

/// Walks the queue once and carries out what is decided. What is carried out is added to `spent`, for the
/// guard of later rounds.
pub(super) async fn walk(
    run: &Run<'_>,
    memory: &mut Memory,
    spent: &mut Tally,
    report: &mut ConnectionReport,
) -> Result<Left, Stop> {
    let mut left = Left::default();
    let mut queue = Queue { after: TodoPos::default(), pending: VecDeque::new() };
    let of = run.db.with(|store| store.todo_count(&run.policy.connection))?;
    let mut written = 0;
    // After a passing fault the rest waits for the next round: the app may need a moment.
    while left.fault.is_none() {
        run.stop.check()?;
        let load = queue.next_load(run, memory, report)?;
        if load.is_empty() {
            break;
        }
        written += load.len() as u64;
        let stopped = carry_out(run, load, memory, spent, report, &mut left).await?;
        run.progress.written(&run.policy.connection, written, of.max(written));
        if let Some(stop) = stopped {
            return Err(stop);
        }
    }
    for side in Side::BOTH {
        let ids: Vec<ContactId> =
            left.reread.iter().filter(|(at, _)| *at == side).map(|(_, id)| id.clone()).collect();
        pull::fetch(run, side, &ids, pull::Absence::Unproven).await?;
        let addresses: Vec<String> =
            left.held_by.iter().filter(|(at, _)| *at == side).map(|(_, address)| address.clone()).collect();
        discover::find(run, side, &addresses).await?;
    }
    Ok(left)
}

/// The decisions still to be carried out in one walk.
struct Queue {
    after: TodoPos,
    pending: VecDeque<Queued>,
}

impl Queue {
    /// As many decisions as fill one call of the app that takes the larger batches, or some of the other: fewer
    /// would waste calls, more would waste memory.
    fn next_load(
        &mut self,
        run: &Run<'_>,
        memory: &mut Memory,
        report: &mut ConnectionReport,
    ) -> Result<Vec<Queued>, Stop> {
        let sizes = run.apps.as_ref().map(|app| app.connector.capabilities().write_batch_contacts);
        let larger = if sizes.left >= sizes.right { Side::Left } else { Side::Right };
        let mut room = sizes.map(|size| size.max(1));
        room[larger.other()] = room[larger.other()].saturating_mul(MAX_LOAD_CALLS);
        let most = sizes[larger].max(MAX_LOAD_DECISIONS);
        let mut load = Vec::new();
        while load.len() < most && room.left > 0 && room.right > 0 {
            let Some(queued) = self.pending.pop_front() else {
                let Some(batch) = reconcile::next_batch(run, self.after, memory)? else { break };
                self.after = batch.after;
                report.merged += batch.merged;
                let loaded_at = batch.upto;
                let decisions = batch.decisions.into_iter().filter(|decision| allowed(run, decision, memory));
                self.pending.extend(decisions.map(|decision| Queued { decision, loaded_at }));
                continue;
            };
            if let Decision::Pair(planned) = &queued.decision {
                for side in Side::BOTH {
                    room[side] -= usize::from(planned.plan.ops[side].is_some());
                }
            }
            load.push(queued);
        }
        Ok(load)
    }
}

/// With a plan to be carried out: only what stands in it, as it stands in it, and each of it once. The rest
/// stays in the queue.
fn allowed(run: &Run<'_>, decision: &Decision, memory: &Memory) -> bool {
    let Some(only) = run.only else { return true };
    match decision {
        Decision::Pair(planned) => planfile::fingerprint(&planned.plan)
            .is_none_or(|fingerprint| only.contains(&fingerprint) && !memory.done.contains(&fingerprint)),
        Decision::Crowd(..) | Decision::Unselected(..) | Decision::Nothing(..) => true,
    }
}

/// One load: intents, remote, settlement. A reason to stop comes back only after everything that was
/// sent is settled.
async fn carry_out(
    run: &Run<'_>,
    load: Vec<Queued>,
    memory: &mut Memory,
    spent: &mut Tally,
    report: &mut ConnectionReport,
    left: &mut Left,
) -> Result<Option<Stop>, Stop> {
    let mut settlements = Vec::new();
    let mut pairs = Vec::new();
    let mut loaded = Vec::new();
    for Queued { decision, loaded_at } in load {
        match decision {
            Decision::Pair(planned) => {
                *spent += planned.plan.tally;
                pairs.push(planned);
                loaded.push(loaded_at);
            }
            Decision::Crowd(kind, crowd) => {
                settlements.extend(crowd_settlements(run, kind, &crowd, loaded_at));
            }
            Decision::Unselected(side, id) => {
                let standing = Standing::new("excluded", Some(Exclusion::NoRule.as_str()));
                settlements.push(settle::lone(&run.policy.connection, side, &id, standing, loaded_at));
            }
            Decision::Nothing(side, id) => {
                let standing = Standing::new("excluded", Some("gone"));
                settlements.push(settle::lone(&run.policy.connection, side, &id, standing, loaded_at));
            }
        }
    }
    let keys = intend(run, &pairs, report)?;
    let (outcomes, troubles) = send(run, &pairs, keys).await;
    let mut stop = None;
    for trouble in troubles {
        match trouble {
            // A passing fault of one call is looked into by the next round; anything else stops the run.
            Stop::App { error: ConnectorError::Transient { .. }, .. } => left.fault = Some(trouble),
            other => stop = Some(other),
        }
    }
    for ((planned, outcomes), loaded_at) in pairs.iter().zip(&outcomes).zip(loaded) {
        if count(run, planned, outcomes, report) {
            memory.done.extend(planfile::fingerprint(&planned.plan));
        }
        let context = settle::Context { policy: run.policy, apps: run.apps, loaded_at };
        let settled = settle::settle(&context, planned, outcomes);
        report.unlinked += u64::from(settled.settlement.status == Some(LinkStatus::Closed));
        let deferred = take(run, settled, &mut settlements, memory, left);
        // What put the rest off is the better reason.
        stop = stop.or_else(|| deferred.filter(|_| left.fault.is_none()));
    }
    let now_ms = run.clock.now_ms();
    let watchers: Vec<_> = run.watchers.iter().flat_map(|(_, watchers)| watchers.iter().cloned()).collect();
    let settled = run.db.with(|store| store.settle(&settlements, &watchers, now_ms))?;
    report.linked += settled.linked;
    Ok(stop)
}

/// Sorts what a settled pair leaves to do.
fn take(
    run: &Run<'_>,
    settled: SettledPair,
    settlements: &mut Vec<Settlement>,
    memory: &mut Memory,
    left: &mut Left,
) -> Option<Stop> {
    left.reread.extend(settled.reread);
    left.held_by.extend(settled.held_by);
    left.left_off |= settled.left_off;
    left.stirred |= settled.stirred;
    left.unknown |= settled.unknown;
    left.refused |= !settled.refused.is_empty();
    for (side, id, mapping, line) in settled.refused {
        memory.refused.entry((side, id)).or_default().insert(mapping, line);
    }
    settlements.push(settled.settlement);
    let (side, reason) = settled.deferred?;
    Some(Stop::Deferred { app: run.apps[side].name.clone(), reason })
}

/// The ops of a pair, written down.
enum Written {
    /// They are to be sent.
    ToBeSent(Sides<Option<OpKey>>),
    /// One of the two contacts turned out to be linked to a third: nothing is sent, the pair is planned again.
    LinkedElsewhere(Sides<Option<OpKey>>),
}

/// Writes the ops down before any of them is sent. A pair that turns out to be linked elsewhere is not
/// sent: it is planned again.
fn intend(
    run: &Run<'_>,
    pairs: &[Box<Planned>],
    report: &mut ConnectionReport,
) -> Result<Vec<Written>, Stop> {
    let mut intents = Vec::new();
    let mut binds = Vec::new();
    let mut keys = Vec::with_capacity(pairs.len());
    let at_ms = run.clock.now_ms();
    for planned in pairs {
        let plan = &planned.plan;
        if let (true, Some(left), Some(right)) = (plan.bind, &plan.ids.left, &plan.ids.right) {
            binds.push(Bind {
                connection: run.policy.connection.clone(),
                ids: Sides::new(left.clone(), right.clone()),
            });
        }
        keys.push(Sides::from_fn(|side| {
            let op = plan.ops[side].as_ref()?;
            let key = run.next_op_key();
            intents.push(Intent {
                key: key.clone(),
                run: run.id.clone(),
                connection: run.policy.connection.clone(),
                app: run.apps[side].name.clone(),
                ids: plan.ids.clone(),
                op: op.clone(),
                after: plan.after.clone(),
                at_ms,
            });
            Some(key)
        }));
    }
    if intents.is_empty() && binds.is_empty() {
        return Ok(keys.into_iter().map(Written::ToBeSent).collect());
    }
    let intended = run.db.with(|store| store.intend(&intents, &binds, at_ms))?;
    report.linked += intended.linked;
    let collided = |planned: &Planned| {
        intended.collisions.iter().any(|collision| collision.ids.clone().map(Some) == planned.plan.ids)
    };
    let written = pairs.iter().zip(keys).map(|(planned, keys)| {
        if collided(planned) { Written::LinkedElsewhere(keys) } else { Written::ToBeSent(keys) }
    });
    Ok(written.collect())
}

/// Sends the ops of a batch, both sides at once.
async fn send(run: &Run<'_>, pairs: &[Box<Planned>], written: Vec<Written>) -> (Vec<Outcomes>, Vec<Stop>) {
    let writes = |side: Side| -> Vec<(OpKey, Write)> {
        pairs
            .iter()
            .zip(&written)
            .filter_map(|(planned, written)| match written {
                Written::ToBeSent(keys) => {
                    Some((keys[side].clone()?, planned.plan.ops[side].as_ref()?.write.clone()))
                }
                Written::LinkedElsewhere(_) => None,
            })
            .collect()
    };
    let (left, right) = tokio::join!(
        send_side(run, Side::Left, writes(Side::Left)),
        send_side(run, Side::Right, writes(Side::Right))
    );
    let mut answers = left.0;
    answers.extend(right.0);
    let outcomes = written
        .into_iter()
        .map(|written| match written {
            // An op that its connector said nothing of may have been applied.
            Written::ToBeSent(keys) => {
                keys.map(|key| key.map(|key| (key.clone(), answers.remove(&key).unwrap_or(Outcome::Unknown))))
            }
            Written::LinkedElsewhere(keys) => keys.map(|key| key.map(|key| (key, Outcome::Stale))),
        })
        .collect();
    (outcomes, left.1.into_iter().chain(right.1).collect())
}

async fn send_side(
    run: &Run<'_>,
    side: Side,
    mut writes: Vec<(OpKey, Write)>,
) -> (BTreeMap<OpKey, Outcome>, Option<Stop>) {
    let connector = &run.apps[side].connector;
    let size = connector.capabilities().write_batch_contacts.max(1);
    let mut answers = BTreeMap::new();
    while !writes.is_empty() {
        let rest = writes.split_off(size.min(writes.len()));
        let sent = std::mem::replace(&mut writes, rest);
        let keys: Vec<OpKey> = sent.iter().map(|(key, _)| key.clone()).collect();
        match connector.write(sent).await {
            Ok(outcomes) => answers.extend(outcomes),
            Err(error) => {
                // Nobody can say what was applied of this call; what follows it was not sent.
                answers.extend(keys.into_iter().map(|key| (key, Outcome::Unknown)));
                let reason = error.to_string();
                answers.extend(writes.into_iter().map(|(key, _)| (key, Outcome::Deferred(reason.clone()))));
                return (answers, Some(run.failed(side, error)));
            }
        }
    }
    (answers, None)
}

/// Counts what came of a pair; says whether all of it was applied.
fn count(run: &Run<'_>, planned: &Planned, outcomes: &Outcomes, report: &mut ConnectionReport) -> bool {
    let mut complete = true;
    for (side, outcome) in outcomes.iter() {
        let (Some((_, outcome)), Some(op)) = (outcome, &planned.plan.ops[side]) else { continue };
        let counts = report.apps.entry(run.apps[side].name.to_string()).or_default();
        match outcome {
            Outcome::Applied { .. } => {
                counts.add(op);
                continue;
            }
            Outcome::Rejected(_) => counts.failed += 1,
            Outcome::Stale | Outcome::Deferred(_) | Outcome::Unknown => {}
        }
        complete = false;
    }
    if complete {
        // What was not carried out is decided again, and counted then.
        let decided = planned.plan.conflicts.iter().filter(|conflict| conflict.kept.is_some());
        report.resolved += decided.count() as u64;
    }
    complete
}

impl crate::report::AppCounts {
    /// Counts what an op does.
    pub(super) fn add(&mut self, op: &Op) {
        let fields = op.changes.iter().any(|change| matches!(change.target, Target::Field(_)));
        match op.write {
            Write::Create { .. } => self.created += 1,
            Write::Update { .. } => self.updated += u64::from(fields),
        }
        for change in &op.changes {
            match change.target {
                Target::Field(_) => {}
                Target::TagOn(_) => self.tagged += 1,
                Target::TagOff(_) => self.untagged += 1,
            }
        }
    }
}

/// One standing for each member of a crowd; the first stands for the group in the counts.
fn crowd_settlements(run: &Run<'_>, kind: CrowdKind, crowd: &Crowd, loaded_at: TodoPos) -> Vec<Settlement> {
    let mut first = true;
    let mut settlements = Vec::new();
    for side in Side::BOTH {
        for id in &crowd.members[side] {
            let reason = if std::mem::take(&mut first) { "group" } else { "member" };
            let mut standing = Standing::new(kind.verdict(), Some(reason));
            standing.detail = json!({ "crowd": crowd });
            settlements.push(settle::lone(&run.policy.connection, side, id, standing, loaded_at));
        }
    }
    settlements
}
