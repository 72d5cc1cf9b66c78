//! One run of one connection: from what both apps say to what was confirmed.
//!
//! ```text
//! recover (open ops) -> pull: pages -> seen -> inbox -> look up -> preview -> guard
//!   -> batches: intent -> remote -> outcome -> base -> report
//! ```
//!
//! The run is a loop of rounds: what turned out stale, unknown or refused for one field is read again and
//! planned again, a limited number of times. A run that is cut off anywhere goes on in the next one: what
//! was sent is written down before, and the queue forgets a contact only when it is settled.
//!
//! It never deletes a contact, never subscribes one, never creates again what may have been created, and
//! holds neither a lock nor a transaction while it waits for the network.

mod app;
mod clock;
mod db;
mod discover;
mod guarding;
mod inbox;
mod preview;
mod progress;
mod pull;
mod push;
mod reconcile;
mod recover;
mod settle;
mod stop;
mod totals;

pub use app::App;
pub use clock::{Clock, SystemClock};
pub use db::Db;
pub use preview::because;
pub use progress::{Progress, Unwatched};
pub use pull::Depth;
pub use stop::{Cause, Stop, StopFlag};

use crate::report::{ConnectionReport, FailureLine, PlannedChange, Status};
use guarding::SHOWN;
use preview::Detail;
use pull::Pulled;
use reconcile::Memory;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use syntony_connectors::error::ConnectorError;
use syntony_core::guard;
use syntony_core::ids::{ConnectionName, MappingKey, OpKey, RunId};
use syntony_core::policy::Policy;
use syntony_core::side::{Side, Sides};

/// How often what is left over is looked at again within one run.
const MAX_ROUNDS: usize = 4;

/// What a run is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What changed since the last run.
    Sync,
    /// Everything, read again completely.
    Resync,
    /// What a run would do, without writing anything to an app.
    Plan(Depth),
}

impl Mode {
    /// As the report and the history name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Sync => "sync",
            Mode::Resync => "resync",
            Mode::Plan(_) => "plan",
        }
    }

    fn depth(self) -> Depth {
        match self {
            Mode::Sync => Depth::Changes,
            Mode::Resync => Depth::Everything,
            Mode::Plan(depth) => depth,
        }
    }
}

/// Whether the guard may be overruled in this one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The guard stops the run.
    Guarded,
    /// An admin said that it is meant (`--yes`).
    Given,
}

/// One run of one connection.
pub struct Run<'a> {
    /// The run's id; the connections of one run share it.
    pub id: RunId,
    /// What to do.
    pub mode: Mode,
    /// Whether the guard may be overruled.
    pub permission: Permission,
    /// What the admin wants.
    pub policy: &'a Policy,
    /// A text that differs when the configuration of this connection does.
    pub policy_text: String,
    /// The mappings that the configuration asks for, also those that an app's schema lacks at the moment:
    /// their bases are kept.
    pub wanted: &'a BTreeSet<MappingKey>,
    /// Both apps.
    pub apps: &'a Sides<App>,
    /// Who else has to look at what is learned of each app: connections, this one among them.
    pub watchers: &'a Sides<Vec<(ConnectionName, Side)>>,
    /// The state.
    pub db: &'a Db,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Whether somebody asked to end.
    pub stop: &'a StopFlag,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// With `sync --plan`: the fingerprints of what may be done; everything else is left out.
    pub only: Option<&'a BTreeSet<String>>,
    /// How many op keys were given out in this run of all its connections.
    pub op_keys: &'a AtomicU64,
}

/// What a run of a connection gave.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// The report; complete also when it was stopped.
    pub report: ConnectionReport,
    /// For a plan: each change.
    pub changes: Vec<PlannedChange>,
    /// For a plan: what would be done to each pair, by fingerprint.
    pub fingerprints: BTreeSet<String>,
    /// For `sync --plan`: pairs of the plan that were left out because their world moved.
    pub left_out: u64,
}

impl Run<'_> {
    /// Runs to the end, or to the first reason to stop.
    pub async fn run(&self) -> Ran {
        let mut ran = Ran::default();
        ran.report.name = self.policy.connection.to_string();
        for (_, app) in self.apps.iter() {
            ran.report.apps.entry(app.name.to_string()).or_default();
        }
        let before = self.apps.as_ref().map(|app| app.connector.calls_made());
        let ended = self.rounds(&mut ran).await;
        if !matches!(self.mode, Mode::Plan(_)) {
            for (side, app) in self.apps.iter() {
                let calls = app.connector.calls_made().saturating_sub(before[side]);
                ran.report.apps.entry(app.name.to_string()).or_default().calls = calls;
            }
        }
        let counted = ended.and_then(|moves| self.total(&moves, &mut ran.report));
        match counted {
            Ok(()) => {
                ran.report.status = ran.report.status_by_counts();
                if ran.left_out > 0 {
                    ran.report.status = ran.report.status.max(Status::Attention);
                    ran.report.reason = Some(format!(
                        "{} of the plan changed since it was made and were left out; make a new plan for them",
                        crate::output::counted(ran.left_out, "contact", "contacts")
                    ));
                }
            }
            Err(stop) => self.stopped(&stop, &mut ran.report),
        }
        ran
    }

    fn stopped(&self, stop: &Stop, report: &mut ConnectionReport) {
        tracing::warn!(connection = %self.policy.connection, reason = %stop, "the run stopped");
        report.status = Status::Stopped;
        report.reason = Some(stop.to_string());
        report.cause = Some(stop.cause());
        if let Stop::Guard { trips, .. } = stop {
            report.guard.clone_from(trips);
        }
        // What can still be said of the whole is said.
        if let Err(error) = self.total(&BTreeMap::new(), report) {
            tracing::warn!(error = %error, "the counts could not be read");
        }
    }

    async fn rounds(&self, ran: &mut Ran) -> Result<Moves, Stop> {
        self.db.with(|store| store.connect(&self.policy.connection, &self.policy.apps))?;
        self.accounts().await?;
        let mut memory = Memory::default();
        let mut spent = guard::Tally::default();
        let mut rules_changed = false;
        let mut fault = None;
        for round in 0..MAX_ROUNDS {
            let waited = recover::wait_and_look(self).await?;
            if round == 0 || waited {
                let depth = if round == 0 { self.mode.depth() } else { Depth::Changes };
                self.pull(depth, ran).await?;
                recover::judge(self)?;
            }
            if round == 0 {
                for side in Side::BOTH {
                    inbox::answer(self, side).await?;
                }
                rules_changed = self.requeue()?;
                for side in Side::BOTH {
                    discover::look_up(self, side).await?;
                }
            }
            // What came in meanwhile passes the guard as well, together with what was written already.
            let detail = if matches!(self.mode, Mode::Plan(_)) { Detail::Changes } else { Detail::Tally };
            let preview = preview::preview(self, &mut memory, detail)?;
            ran.report.merged += preview.merged;
            let mut tally = spent;
            tally += preview.tally;
            self.guard(tally, rules_changed, &mut ran.report)?;
            if let Mode::Plan(_) = self.mode {
                let moves = preview.moves.clone();
                ran.fingerprints.clone_from(&preview.fingerprints);
                ran.changes = preview.report(self, &mut ran.report);
                return Ok(moves);
            }
            let left = push::walk(self, &mut memory, &mut spent, &mut ran.report).await?;
            let done = !left.is_something();
            fault = left.fault;
            if done {
                break;
            }
        }
        // A run that did not get through leaves the configuration to be new, and the guard to ask again.
        if let Some(fault) = fault {
            return Err(fault);
        }
        match self.only {
            Some(only) => ran.left_out = only.difference(&memory.done).count() as u64,
            None => self.note_success()?,
        }
        Ok(Moves::new())
    }

    /// Reads both apps at once, and proves what a complete listing lacks.
    async fn pull(&self, depth: Depth, ran: &mut Ran) -> Result<(), Stop> {
        let (left, right) =
            tokio::join!(pull::pull(self, Side::Left, depth), pull::pull(self, Side::Right, depth));
        let pulled: Sides<Pulled> = Sides::new(left?, right?);
        for (side, pulled) in pulled.iter() {
            let app = self.apps[side].name.to_string();
            ran.report.apps.entry(app.clone()).or_default().read += pulled.read;
            for (id, reason) in &pulled.unreadable {
                ran.report.failures.push(FailureLine {
                    app: app.clone(),
                    contact: id.to_string(),
                    field: None,
                    reason: format!("its record could not be understood: {reason}"),
                    hint: Some("what was known of it stays; the other contacts go on".to_owned()),
                });
            }
        }
        let trips = self.guard_listings()?;
        if matches!(self.mode, Mode::Plan(_)) && !trips.is_empty() {
            // A plan stops nothing, but it must not take a broken listing's word either.
            self.tell(&trips, &mut ran.report);
            return Ok(());
        }
        self.release(trips)?;
        for side in Side::BOTH {
            pull::prove_missing(self, side).await?;
        }
        Ok(())
    }

    /// After the configuration changed, or for a resync, everybody is judged again. Says whether the
    /// configuration changed.
    fn requeue(&self) -> Result<bool, Stop> {
        let connection = &self.policy.connection;
        self.db.with(|store| {
            let before = store.fingerprint(connection, "policy")?;
            let changed = before.as_deref() != Some(self.policy_text.as_str());
            if changed || self.mode.depth() == Depth::Everything {
                store.enqueue_all(connection)?;
            }
            Ok(changed && before.is_some())
        })
    }

    /// What holds only once a run got through: the configuration is the known one, the bases of mappings that
    /// it does not have any more are dropped, and nothing that the guard said waits for an answer.
    fn note_success(&self) -> Result<(), Stop> {
        let connection = &self.policy.connection;
        self.db.with(|store| {
            let before = store.fingerprint(connection, "policy")?;
            if before.as_deref() != Some(self.policy_text.as_str()) {
                let keep: Vec<_> = self.wanted.iter().cloned().collect();
                store.retain_bases(connection, &keep)?;
                store.set_fingerprint(connection, "policy", &self.policy_text)?;
            }
            store.set_fingerprint(connection, SHOWN, "[]")
        })?;
        Ok(())
    }

    fn failed(&self, side: Side, error: ConnectorError) -> Stop {
        Stop::App { app: self.apps[side].name.clone(), error }
    }

    /// A key that no op had before.
    fn next_op_key(&self) -> OpKey {
        let number = self.op_keys.fetch_add(1, Ordering::Relaxed);
        OpKey::new(format!("{}.{number}", self.id))
    }
}

/// Changes of the counts, by verdict and reason.
type Moves = BTreeMap<(String, Option<String>), i64>;
