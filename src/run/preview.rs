//! Walks the queue without writing anything anywhere: for the guard, and for `plan`.

use super::reconcile::{self, Decision, Memory, Planned};
use super::settle;
use super::{Run, Stop};
use crate::planfile;
use crate::report::{
    AppCounts, ChangeKind, ConnectionReport, FailureLine, PlannedChange, PlannedField, ScopeMoves,
};
use std::collections::{BTreeMap, BTreeSet};
use syntony_connectors::contract::WriteCounts;
use syntony_core::guard::Tally;
use syntony_core::ids::ContactId;
use syntony_core::op::{Because, Change, Op, Target, Write};
use syntony_core::plan::Exclusion;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::{Standing, TodoPos};

/// What the queue comes to.
#[derive(Default)]
pub(super) struct Preview {
    /// For the guard.
    pub(super) tally: Tally,
    /// Merges that were followed on the way.
    pub(super) merged: u64,
    /// For `plan`: what each app would get.
    pub(super) apps: Sides<AppCounts>,
    /// For `plan`: the writes, for a forecast of calls.
    writes: Sides<WriteCounts>,
    /// For `plan`: each change.
    pub(super) changes: Vec<PlannedChange>,
    /// For `plan`: how the standings would change, by verdict and reason.
    pub(super) moves: BTreeMap<(String, Option<String>), i64>,
    /// For `plan`: what would fail.
    pub(super) failures: Vec<FailureLine>,
    /// For `plan`: what would be done to each pair, by fingerprint.
    pub(super) fingerprints: BTreeSet<String>,
    /// For `plan`: pairs that would be linked.
    pub(super) linked: u64,
    /// For `plan`: conflicts that the winner would decide.
    pub(super) resolved: u64,
    /// For `plan`: who would leave the scope or come back.
    scope: ScopeMoves,
}

/// How much a preview has to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// The tally alone: its memory does not grow with the queue.
    Tally,
    /// Every change, for a person or a program to read.
    Changes,
}

/// Walks the queue.
pub(super) fn preview(run: &Run<'_>, memory: &mut Memory, detail: Detail) -> Result<Preview, Stop> {
    let mut preview = Preview::default();
    let mut after = TodoPos::default();
    let mut planned = 0;
    let of = run.db.with(|store| store.todo_count(&run.policy.connection))?;
    while let Some(batch) = reconcile::next_batch(run, after, memory)? {
        run.stop.check()?;
        after = batch.after;
        preview.merged += batch.merged;
        planned += batch.decisions.len() as u64;
        for decision in &batch.decisions {
            preview.look(run, decision, detail)?;
        }
        run.progress.planned(&run.policy.connection, planned, of.max(planned));
    }
    Ok(preview)
}

impl Preview {
    fn look(&mut self, run: &Run<'_>, decision: &Decision, detail: Detail) -> Result<(), Stop> {
        if let Decision::Pair(planned) = decision {
            self.tally += planned.plan.tally;
        }
        if detail == Detail::Tally {
            return Ok(());
        }
        match decision {
            Decision::Pair(planned) => self.pair(run, planned),
            Decision::Crowd(kind, crowd) => {
                let members = Side::BOTH
                    .into_iter()
                    .flat_map(|side| crowd.members[side].iter().map(move |id| (side, id)));
                for (at, (side, id)) in members.enumerate() {
                    let reason = if at == 0 { "group" } else { "member" };
                    self.stands(run, side, id, kind.verdict(), Some(reason))?;
                }
                Ok(())
            }
            Decision::Unselected(side, id) => {
                self.stands(run, *side, id, "excluded", Some(Exclusion::NoRule.as_str()))
            }
            Decision::Nothing(side, id) => self.stands(run, *side, id, "excluded", Some("gone")),
        }
    }

    fn pair(&mut self, run: &Run<'_>, planned: &Planned) -> Result<(), Stop> {
        let plan = &planned.plan;
        self.fingerprints.extend(planfile::fingerprint(plan));
        let context = settle::Context { policy: run.policy, apps: run.apps, loaded_at: TodoPos::default() };
        let failures = settle::plan_failures(&context, plan);
        self.resolved += plan.conflicts.iter().filter(|conflict| conflict.kept.is_some()).count() as u64;
        let standing = settle::standing_of_plan(plan, &failures);
        self.failures.extend(failures);
        let creates = plan
            .ops
            .iter()
            .any(|(_, op)| op.as_ref().is_some_and(|op| matches!(op.write, Write::Create { .. })));
        self.linked += u64::from(plan.bind || creates);
        if plan.bind {
            self.link(run, planned);
        }
        self.scope(run, planned);
        for (side, op) in plan.ops.iter() {
            if let Some(op) = op {
                self.op(run, planned, side, op);
            }
        }
        // The pair takes the place of its contacts' standings, which may be two.
        self.replace(run, &plan.ids, &standing)
    }

    /// Whoever is linked and changes place. Nothing may be written to them, and it is news all the same.
    fn scope(&mut self, run: &Run<'_>, planned: &Planned) {
        let (state, plan) = (&planned.state, &planned.plan);
        if state.link.is_none() {
            return;
        }
        let contact = || format!("{}:{}", run.apps.left.name, settle::contact(plan, Side::Left));
        if plan.tally.leavers > 0 {
            self.scope.leaving.add(contact);
        } else if plan.selected && !state.was_selected {
            self.scope.returning.add(contact);
        }
    }

    fn link(&mut self, run: &Run<'_>, planned: &Planned) {
        let plan = &planned.plan;
        self.changes.push(PlannedChange {
            connection: run.policy.connection.to_string(),
            app: run.apps.left.name.to_string(),
            contact: settle::contact(plan, Side::Left),
            kind: ChangeKind::Link,
            fields: vec![PlannedField {
                field: "link".to_owned(),
                before: serde_json::Value::Null,
                after: settle::contact(plan, Side::Right).into(),
                because: "same e-mail address".to_owned(),
            }],
        });
    }

    fn op(&mut self, run: &Run<'_>, planned: &Planned, side: Side, op: &Op) {
        self.apps[side].add(op);
        let writes = &mut self.writes[side];
        let fields = op.changes.iter().any(|change| matches!(change.target, Target::Field(_)));
        match &op.write {
            Write::Create { .. } => writes.creates += 1,
            Write::Update { add_tags, remove_tags, .. } => {
                writes.updates += u64::from(fields);
                for tag in add_tags.iter().chain(remove_tags) {
                    *writes.tags.entry(tag.clone()).or_default() += 1;
                }
            }
        }
        let mut kinds: BTreeMap<u8, (ChangeKind, Vec<PlannedField>)> = BTreeMap::new();
        for change in &op.changes {
            let (order, kind) = match (&op.write, &change.target) {
                (Write::Create { .. }, _) => (0, ChangeKind::Create),
                (Write::Update { .. }, Target::Field(_)) => (1, ChangeKind::Update),
                (Write::Update { .. }, Target::TagOn(_)) => (2, ChangeKind::Tag),
                (Write::Update { .. }, Target::TagOff(_)) => (3, ChangeKind::Untag),
            };
            kinds.entry(order).or_insert_with(|| (kind, Vec::new())).1.push(field(change));
        }
        for (kind, fields) in kinds.into_values() {
            self.changes.push(PlannedChange {
                connection: run.policy.connection.to_string(),
                app: run.apps[side].name.to_string(),
                contact: settle::contact(&planned.plan, side),
                kind,
                fields,
            });
        }
    }

    fn stands(
        &mut self,
        run: &Run<'_>,
        side: Side,
        id: &ContactId,
        verdict: &str,
        reason: Option<&str>,
    ) -> Result<(), Stop> {
        let mut ids = Sides::default();
        ids[side] = Some(id.clone());
        self.replace(run, &ids, &Standing::new(verdict, reason))
    }

    /// The new standing of some contacts in place of those they have.
    fn replace(&mut self, run: &Run<'_>, ids: &Sides<Option<ContactId>>, new: &Standing) -> Result<(), Stop> {
        let mut before = BTreeMap::new();
        run.db.with(|store| {
            for (side, id) in ids.iter() {
                let Some(id) = id else { continue };
                if let Some(row) = store.standing_of(&run.policy.connection, side, id)? {
                    before.insert(row.subject, (row.standing.verdict, row.standing.reason));
                }
            }
            Ok::<_, Stop>(())
        })?;
        for key in before.into_values() {
            *self.moves.entry(key).or_default() -= 1;
        }
        *self.moves.entry((new.verdict.clone(), new.reason.clone())).or_default() += 1;
        Ok(())
    }

    /// What a plan reports in place of a run's counts.
    pub(super) fn report(self, run: &Run<'_>, report: &mut ConnectionReport) -> Vec<PlannedChange> {
        for side in Side::BOTH {
            let app = &run.apps[side];
            let read = report.apps.get(app.name.as_str()).map_or(0, |counts| counts.read);
            let calls = app.connector.forecast(&self.writes[side]);
            report.apps.insert(app.name.to_string(), AppCounts { read, calls, ..self.apps[side] });
        }
        report.linked = self.linked;
        report.resolved = self.resolved;
        report.scope = self.scope;
        report.failures.extend(self.failures);
        self.changes
    }
}

fn field(change: &Change) -> PlannedField {
    let plain = |value: &Value| value.to_plain();
    let (field, before, after) = match &change.target {
        Target::Field(field) => (field.to_string(), plain(&change.before), plain(&change.after)),
        Target::TagOn(tag) => ("tag".to_owned(), serde_json::Value::Null, tag.as_str().into()),
        Target::TagOff(tag) => ("tag".to_owned(), tag.as_str().into(), serde_json::Value::Null),
    };
    PlannedField { field, before, after, because: because(&change.because) }
}

/// A cause in words.
#[must_use]
pub fn because(because: &Because) -> String {
    match because {
        Because::Mapping(key) => format!("mapping {key}"),
        Because::Placeholder => "placeholder".to_owned(),
        Because::Rule(rule, action) => format!("rule {rule}, action {action}"),
        Because::LeftScope(action) => format!("no rule selects it any more; takes back {action}"),
        Because::Deleted => "its counterpart was deleted".to_owned(),
        Because::Restored => "its counterpart is back".to_owned(),
        Because::Unsubscribed => "the person unsubscribed".to_owned(),
        Because::Resubscribed => "the person subscribed again".to_owned(),
        Because::Undo(run) => format!("takes back run {run}"),
    }
}
