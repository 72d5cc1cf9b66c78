//! One run of one connection: from what both apps say to what was confirmed.
//!
//! ```text
//! recover (open ops) -> pull: pages -> seen -> look up -> preview -> guard
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
mod preview;
mod progress;
mod pull;
mod push;
mod reconcile;
mod recover;
mod settle;
mod stop;

pub use app::App;
pub use clock::{Clock, SystemClock};
pub use db::Db;
pub use preview::because;
pub use progress::{Progress, Unwatched};
pub use pull::Depth;
pub use stop::{Stop, StopFlag};

use crate::report::{ConnectionReport, FailureLine, MAX_LISTED_FAILURES, PlannedChange, Status};
use preview::Detail;
use pull::Pulled;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use syntony_connectors::error::ConnectorError;
use syntony_core::guard;
use syntony_core::ids::{ConnectionName, OpKey, RunId};
use syntony_core::policy::Policy;
use syntony_core::side::{Side, Sides};

/// How often what is left over is looked at again within one run.
const MAX_ROUNDS: usize = 4;
/// Failures are read from the store in pages of this many subjects.
const FAILURE_PAGE_SUBJECTS: usize = 200;

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
        recover::wait_and_look(self).await?;
        self.pull(self.mode.depth(), ran).await?;
        recover::judge(self)?;
        let rules_changed = self.requeue()?;
        for side in Side::BOTH {
            discover::look_up(self, side).await?;
        }
        let mut woken = push::Woken::new();
        let detail = if matches!(self.mode, Mode::Plan(_)) { Detail::Changes } else { Detail::Tally };
        let preview = preview::preview(self, &mut woken, detail)?;
        ran.report.merged += preview.merged;
        self.guard(&preview.tally, rules_changed, Vec::new(), Vec::new())?;
        if let Mode::Plan(_) = self.mode {
            let moves = preview.moves.clone();
            ran.fingerprints.clone_from(&preview.fingerprints);
            ran.changes = preview.report(self, &mut ran.report);
            return Ok(moves);
        }
        let mut refused = reconcile::Refused::new();
        let mut done = BTreeSet::new();
        let mut fault = None;
        for round in 0..MAX_ROUNDS {
            if round > 0 && recover::wait_and_look(self).await? {
                self.pull(Depth::Changes, ran).await?;
                recover::judge(self)?;
            }
            let left = push::walk(self, &mut refused, &mut woken, &mut done, &mut ran.report).await?;
            if !left.is_something() {
                fault = None;
                break;
            }
            fault = left.fault;
        }
        if let Some(only) = self.only {
            ran.left_out = only.difference(&done).count() as u64;
        } else {
            self.note_policy()?;
        }
        fault.map_or(Ok(Moves::new()), Err)
    }

    /// Reads both apps at once, and proves what a complete listing lacks.
    async fn pull(&self, depth: Depth, ran: &mut Ran) -> Result<(), Stop> {
        self.accounts().await?;
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
        let listings = pulled.iter().filter_map(|(_, pulled)| pulled.listing.clone()).collect();
        self.guard(&guard::Tally::default(), false, listings, Vec::new())?;
        for side in Side::BOTH {
            pull::prove_missing(self, side).await?;
        }
        Ok(())
    }

    /// Whose accounts these are, asked only when the credentials are not those of the last run: a token
    /// belongs to one account for as long as it lives.
    async fn accounts(&self) -> Result<(), Stop> {
        const WHAT: &str = "credentials";
        let mut others = Vec::new();
        for (side, app) in self.apps.iter() {
            let key = ConnectionName::new(format!("app:{}", app.name));
            let known = self.db.with(|store| store.fingerprint(&key, WHAT))?;
            if known.as_deref() == Some(app.credentials.as_str()) {
                continue;
            }
            let health = app.connector.check().await.map_err(|error| self.failed(side, error))?;
            let before = self.db.with(|store| store.account(&app.name))?;
            if before.is_some_and(|before| before != health.account) && self.permission == Permission::Guarded
            {
                others.push(app.name.to_string());
                continue;
            }
            self.db.with(|store| {
                store.set_account(&app.name, &health.account)?;
                store.set_fingerprint(&key, WHAT, &app.credentials)
            })?;
        }
        self.guard(&guard::Tally::default(), false, Vec::new(), others)
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
            if changed {
                let keep: Vec<_> = self.policy.mappings.iter().map(|mapping| mapping.key.clone()).collect();
                if !matches!(self.mode, Mode::Plan(_)) {
                    store.retain_bases(connection, &keep)?;
                }
            }
            Ok(changed && before.is_some())
        })
    }

    /// The configuration is the known one only once the run got through.
    fn note_policy(&self) -> Result<(), Stop> {
        let connection = &self.policy.connection;
        self.db.with(|store| store.set_fingerprint(connection, "policy", &self.policy_text))?;
        Ok(())
    }

    fn guard(
        &self,
        tally: &guard::Tally,
        rules_changed: bool,
        listings: Vec<guard::ListingCount>,
        other_accounts: Vec<String>,
    ) -> Result<(), Stop> {
        if self.permission == Permission::Given || matches!(self.mode, Mode::Plan(_)) {
            return Ok(());
        }
        let links = self.db.with(|store| store.link_count(&self.policy.connection))?;
        let situation = guard::Situation { tally: *tally, links, rules_changed, listings, other_accounts };
        let trips = guard::check(&situation, self.policy.guard);
        if trips.is_empty() {
            return Ok(());
        }
        Err(Stop::Guard { connection: self.policy.connection.clone(), trips })
    }

    /// The counts of the whole connection, with what a plan would move.
    fn total(&self, moves: &Moves, report: &mut ConnectionReport) -> Result<(), Stop> {
        let counts = self.db.with(|store| store.standing_counts(&self.policy.connection))?;
        let mut counts: Moves =
            counts.into_iter().map(|(key, count)| (key, i64::try_from(count).unwrap_or(i64::MAX))).collect();
        for (key, change) in moves {
            *counts.entry(key.clone()).or_default() += change;
        }
        report.excluded.clear();
        (report.in_sync, report.conflicts, report.duplicates, report.ambiguous, report.held) =
            (0, 0, 0, 0, 0);
        for ((verdict, reason), count) in counts {
            let count = u64::try_from(count).unwrap_or(0);
            match (verdict.as_str(), reason.as_deref()) {
                _ if count == 0 => {}
                ("in_sync", _) => report.in_sync += count,
                ("excluded", reason) => {
                    *report.excluded.entry(reason.unwrap_or("other").to_owned()).or_default() += count;
                }
                ("conflict", _) => report.conflicts += count,
                ("duplicate", Some("group")) => report.duplicates += count,
                ("ambiguous", Some("group" | "linked_elsewhere")) => report.ambiguous += count,
                ("held" | "waiting", _) => report.held += count,
                _ => {}
            }
        }
        self.failures(report)
    }

    /// Every contact that stands as failed, with what was said of it.
    fn failures(&self, report: &mut ConnectionReport) -> Result<(), Stop> {
        let mut after = None;
        loop {
            let page = self.db.with(|store| {
                store.standings(&self.policy.connection, Some("failed"), after, FAILURE_PAGE_SUBJECTS)
            })?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.subject);
            for row in &page {
                let lines = row.standing.detail.get("failures").cloned().unwrap_or_default();
                let lines: Vec<FailureLine> = serde_json::from_value(lines).unwrap_or_default();
                for line in lines {
                    if report.failures.len() < MAX_LISTED_FAILURES && !report.failures.contains(&line) {
                        report.failures.push(line);
                    }
                }
            }
        }
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
