//! Lets a scenario happen, step by step.

use super::crash::{Crash, at_most_polls};
use super::journal::Journal;
use super::scenario::Scenario;
use super::step::{How, Step, Tells, faults};
use super::world::World;
use super::{Broken, end, laws};
use std::collections::BTreeMap;
use std::time::Duration;
use syntony::report::ConnectionReport;
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::{App, Faults, Written};
use syntony_core::ids::{ContactId, FieldName};
use syntony_core::record::{Fields, Record};
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Item, Value};
use syntony_state::{OpStatus, StateError};

/// More standings than a small world has.
const MAX_STANDINGS: usize = 1_000;

/// A law that was broken: which, and how.
pub(super) type Offence = (&'static str, String);

/// How a scenario ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// What happened, one line for each step and write.
    pub(crate) trace: Vec<String>,
    /// Every contact of both apps at the end, one line each.
    pub(crate) contacts: Vec<String>,
    /// What those contacts hold, whatever their ids, in order.
    pub(crate) contents: Vec<String>,
    /// Every report, as programs read it.
    pub(crate) reports: Vec<String>,
    /// How many runs were cut off.
    pub(crate) crashes: usize,
}

impl Ended {
    /// All that has to be the same when the same seed is played again.
    pub(super) fn account(&self) -> impl Iterator<Item = &String> {
        self.trace.iter().chain(&self.contacts).chain(&self.reports)
    }
}

/// A scenario that is happening.
pub(crate) struct Play<'s> {
    pub(crate) scenario: &'s Scenario,
    pub(crate) world: World,
    pub(crate) journal: Journal,
    trace: Vec<String>,
    reports: Vec<String>,
    crashes: usize,
}

/// The world before a run.
pub(super) struct Before {
    pub(super) contacts: Sides<BTreeMap<ContactId, Record>>,
    pub(super) writes: Sides<usize>,
}

/// Lets all of it happen, and asks the laws.
pub(crate) async fn play(scenario: &Scenario) -> Result<Ended, Box<Broken>> {
    let mut play = Play::begin(scenario);
    let played = play.all().await;
    let contacts = play.contact_lines();
    let contents = play.contents();
    match played {
        Ok(()) => {
            Ok(Ended { trace: play.trace, contacts, contents, reports: play.reports, crashes: play.crashes })
        }
        Err((law, what)) => {
            let mut trace = play.trace;
            trace.extend(contacts);
            Err(Box::new(Broken { seed: scenario.seed, law, what, trace }))
        }
    }
}

impl<'s> Play<'s> {
    /// The world as the scenario begins.
    pub(crate) fn begin(scenario: &'s Scenario) -> Self {
        let traits = scenario.traits.clone();
        let mut world = World::new(traits.left, traits.right, scenario.seed);
        world.policy = scenario.policy();
        world.vendors = scenario.vendors();
        let mut play = Self {
            scenario,
            world,
            journal: Journal::default(),
            trace: Vec::new(),
            reports: Vec::new(),
            crashes: 0,
        };
        for (side, fields) in &scenario.people {
            play.add(*side, fields, Tells::Yes);
        }
        play
    }

    async fn all(&mut self) -> Result<(), Offence> {
        // The books are older than the sync: nothing of them lags.
        let lag_ms = self.scenario.traits.left.feed_lag_ms.max(self.scenario.traits.right.feed_lag_ms);
        tokio::time::advance(Duration::from_millis(lag_ms + 1000)).await;
        for step in &self.scenario.steps {
            self.step(step).await?;
        }
        end::quiesce(self).await?;
        end::check(self)
    }

    async fn step(&mut self, step: &Step) -> Result<(), Offence> {
        match step {
            Step::Edit { side, whom, field, how, tells } => self.edit(*side, *whom, field, how, *tells),
            Step::Add { side, fields, tells } => self.add(*side, fields, *tells),
            Step::AddToBoth { fields } => {
                for side in Side::BOTH {
                    self.add(side, &fields[side], Tells::Yes);
                }
            }
            Step::Delete { side, whom } => self.delete(*side, *whom),
            Step::Restore { side, whom } => self.restore(*side, *whom),
            Step::Merge { side, loser, survivor } => self.merge(*side, *loser, *survivor),
            Step::Tag { side, whom, tag, on } => self.tag(*side, *whom, tag, *on),
            Step::Sight { side, whom, visible } => self.sight(*side, *whom, *visible),
            Step::ExpireCursors { side } => {
                self.app(*side).expire_cursors();
                self.note(step.to_string());
            }
            Step::Wait { seconds } => {
                tokio::time::advance(Duration::from_secs(*seconds)).await;
                self.note(step.to_string());
            }
            Step::Run { mode, odds, crash } => {
                for side in Side::BOTH {
                    self.app(side).set_faults(faults(&odds[side]));
                }
                self.note(step.to_string());
                self.run(*mode, Permission::Guarded, *crash).await?;
                for side in Side::BOTH {
                    self.app(side).set_faults(Faults::none());
                }
            }
        }
        Ok(())
    }

    /// One run, perhaps cut off, and what the laws say of it.
    pub(super) async fn run(
        &mut self,
        mode: Mode,
        permission: Permission,
        crash: Option<Crash>,
    ) -> Result<Option<ConnectionReport>, Offence> {
        let before = self.before();
        let ran = match crash {
            None => Some(self.world.run(mode, permission).await),
            Some(Crash::Polls(polls)) => at_most_polls(self.world.run(mode, permission), polls).await,
            Some(Crash::Commits(commits)) => {
                self.world.db.with(|store| store.fail_after_commits(commits));
                let ran = self.world.run(mode, permission).await;
                self.world.db.with(syntony_state::Store::revive);
                // Nobody reads the report of a process that died.
                let interrupted = StateError::Interrupted.to_string();
                Some(ran).filter(|ran| ran.report.reason.as_ref() != Some(&interrupted))
            }
        };
        self.note_writes(&before);
        self.note_unapplied();
        let report = ran.map(|ran| ran.report);
        match &report {
            None => {
                self.crashes += 1;
                self.note("  crashed".to_owned());
            }
            Some(report) => {
                let json = serde_json::to_string(report).unwrap();
                self.note(format!("  {}", in_short(report)));
                self.reports.push(json);
            }
        }
        laws::after_run(self, &before)?;
        Ok(report)
    }

    fn before(&self) -> Before {
        Before {
            contacts: Sides::from_fn(|side| self.app(side).dump()),
            writes: Sides::from_fn(|side| self.app(side).write_log().len()),
        }
    }

    pub(crate) fn app(&self, side: Side) -> &App {
        match side {
            Side::Left => &self.world.google,
            Side::Right => &self.world.drift,
        }
    }

    /// What the engine wrote since.
    pub(super) fn written_since(&self, side: Side, before: &Before) -> Vec<Written> {
        self.app(side).write_log().split_off(before.writes[side])
    }

    /// A person did something in an app.
    fn acted(&mut self, side: Side) {
        let now_ms = self.app(side).now_ms();
        self.journal.acts.push((side, now_ms));
    }

    pub(super) fn note(&mut self, line: String) {
        self.trace.push(line);
    }

    fn note_writes(&mut self, before: &Before) {
        for side in Side::BOTH {
            for written in self.written_since(side, before) {
                let verb = if written.created { "created" } else { "wrote" };
                let tags = format!("+{:?} -{:?}", written.add_tags, written.remove_tags);
                let tags = if tags == "+{} -{}" { String::new() } else { tags };
                self.note(format!(
                    "  {} {verb} {} {} {tags}",
                    written.op,
                    written.id,
                    plain(&written.fields)
                ));
            }
        }
    }

    /// Ops of which the engine does not know that they were applied.
    fn note_unapplied(&mut self) {
        for op in laws::ops_of_the_last_run(self).into_values() {
            if op.outcome != Some(OpStatus::Applied) {
                let whom = op.contact.map(|id| id.to_string()).unwrap_or_default();
                self.note(format!("  {} {:?} {whom}: {:?}", op.key, op.kind, op.outcome));
            }
        }
    }

    fn contact_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for side in Side::BOTH {
            for (id, record) in self.app(side).dump() {
                let tags = record.tags.iter().flatten().map(|tag| format!(" +{tag}")).collect::<String>();
                let held: Fields = record.fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
                lines.push(format!("= {id} {} {}{tags}", record.version.tag, plain(&held)));
            }
        }
        lines.extend(self.standing_lines());
        lines
    }

    /// What the contacts hold, whatever their ids.
    fn contents(&self) -> Vec<String> {
        let mut contents = Vec::new();
        for side in Side::BOTH {
            for record in self.app(side).dump().into_values() {
                let held: Fields = record.fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
                contents.push(format!("{side:?} {} {:?}", plain(&held), record.tags.unwrap_or_default()));
            }
        }
        contents.sort();
        contents
    }

    /// Where everybody stands.
    fn standing_lines(&self) -> Vec<String> {
        let connection = &self.world.policy.connection;
        let rows =
            self.world.db.with(|store| store.standings(connection, None, None, MAX_STANDINGS)).unwrap();
        rows.into_iter()
            .map(|row| {
                let ids: Vec<String> =
                    row.ids.iter().filter_map(|(_, id)| id.as_ref()).map(ToString::to_string).collect();
                let reason = row.standing.reason.unwrap_or_default();
                format!("~ {} {} {reason} {}", ids.join("+"), row.standing.verdict, row.standing.detail)
            })
            .collect()
    }

    /// Whom a step is done to, of those who are there.
    fn whom(&self, side: Side, whom: usize) -> Option<ContactId> {
        let ids: Vec<ContactId> = self.app(side).dump().into_keys().collect();
        (!ids.is_empty()).then(|| ids[whom % ids.len()].clone())
    }

    fn add(&mut self, side: Side, fields: &Fields, tells: Tells) {
        let fields: Fields = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let text = plain(&fields);
        let id = match tells {
            Tells::Yes => self.app(side).add(fields),
            Tells::No => self.app(side).add_unseen(fields),
        };
        self.acted(side);
        self.note(format!("add {id} {text} tells={tells:?}"));
    }

    fn edit(&mut self, side: Side, whom: usize, field: &str, how: &How, tells: Tells) {
        let Some(id) = self.whom(side, whom) else { return };
        let name = FieldName::from(field);
        let many = self.scenario.traits[side].schema.field(field).is_some_and(|spec| spec.many);
        self.app(side).edit(&id, |fields| {
            let now = fields.remove(&name).unwrap_or_default();
            let next = if many { edited_list(now, how) } else { edited_single(now, how) };
            fields.insert(name.clone(), next);
        });
        if tells == Tells::Yes {
            self.app(side).bump(&id);
        }
        let now = self.app(side).dump()[&id].fields[&name].to_plain();
        self.note(format!("edit {id} {field} {how:?} -> {now} tells={tells:?}"));
        self.journal.edited.insert((side, id, name));
        self.acted(side);
    }

    fn delete(&mut self, side: Side, whom: usize) {
        let Some(id) = self.whom(side, whom) else { return };
        self.app(side).delete(&id);
        self.note(format!("delete {id}"));
        self.journal.deleted.insert((side, id.clone()));
        self.journal.gone.insert((side, id));
        self.acted(side);
    }

    fn restore(&mut self, side: Side, whom: usize) {
        let gone: Vec<ContactId> =
            self.journal.gone.iter().filter(|(at, _)| *at == side).map(|(_, id)| id.clone()).collect();
        if gone.is_empty() {
            return;
        }
        let id = gone[whom % gone.len()].clone();
        self.app(side).restore(&id);
        self.app(side).bump(&id);
        self.note(format!("restore {id}"));
        self.journal.gone.remove(&(side, id.clone()));
        self.journal.restored.insert((side, id));
        self.acted(side);
    }

    fn merge(&mut self, side: Side, loser: usize, survivor: usize) {
        let (Some(loser), Some(survivor)) = (self.whom(side, loser), self.whom(side, survivor)) else {
            return;
        };
        if loser == survivor {
            return;
        }
        self.app(side).merge(&loser, &survivor);
        self.app(side).bump(&survivor);
        self.note(format!("merge {loser} into {survivor}"));
        let fields = self.app(side).dump().remove(&survivor).map(|record| record.fields).unwrap_or_default();
        self.journal.edited.extend(fields.into_keys().map(|field| (side, survivor.clone(), field)));
        self.journal.merged.insert((side, loser));
        self.acted(side);
    }

    fn tag(&mut self, side: Side, whom: usize, tag: &'static str, on: bool) {
        let Some(id) = self.whom(side, whom) else { return };
        if on {
            self.app(side).tag(&id, tag);
        } else {
            self.app(side).untag(&id, tag);
        }
        self.app(side).bump(&id);
        self.note(format!("tag {id} {tag} on={on}"));
        self.acted(side);
    }

    fn sight(&mut self, side: Side, whom: usize, visible: bool) {
        let Some(id) = self.whom(side, whom) else { return };
        if visible {
            self.app(side).show(&id);
            self.journal.hidden.remove(&(side, id.clone()));
        } else {
            self.app(side).hide(&id);
            self.journal.hidden.insert((side, id.clone()));
        }
        self.note(format!("sight {id} visible={visible}"));
    }
}

fn edited_single(now: Value, how: &How) -> Value {
    match how {
        How::Set(text) | How::Append(text) => Value::text(text.clone()),
        How::DropLast | How::Clear => Value::Null,
        How::Rotate => now,
    }
}

fn edited_list(now: Value, how: &How) -> Value {
    let mut items = match now {
        Value::List(items) => items,
        _ => Vec::new(),
    };
    let typed = |text: &String| Item { value: Value::text(text.clone()), label: None };
    match how {
        How::Set(text) => {
            let label = items.first().and_then(|item| item.label.clone());
            let set = Item { label, ..typed(text) };
            match items.first_mut() {
                Some(first) => *first = set,
                None => items.push(set),
            }
        }
        How::Append(text) => items.push(typed(text)),
        How::DropLast => drop(items.pop()),
        How::Clear => items.clear(),
        How::Rotate => {
            if let Some(last) = items.pop() {
                items.insert(0, last);
            }
        }
    }
    Value::List(items)
}

/// Fields as people read them; what is empty is left out unless it was sent so.
pub(super) fn plain(fields: &Fields) -> String {
    let shown: Vec<String> = fields
        .iter()
        .filter(|(_, value)| **value != Value::Null)
        .map(|(name, value)| format!("{name}={}", value.to_plain()))
        .chain(fields.iter().filter(|(_, value)| **value == Value::Null).map(|(name, _)| format!("{name}=∅")))
        .collect();
    shown.join(" ")
}

fn in_short(report: &ConnectionReport) -> String {
    format!(
        "{:?} linked={} in_sync={} excluded={:?} conflicts={} resolved={} duplicates={} ambiguous={} held={} failures={}{}",
        report.status,
        report.linked,
        report.in_sync,
        report.excluded,
        report.conflicts,
        report.resolved,
        report.duplicates,
        report.ambiguous,
        report.held,
        report.failures.len(),
        report.reason.as_ref().map(|reason| format!(" because {reason}")).unwrap_or_default()
    )
}
