//! One connection's task: wait until it is due, take its apps' turn, run, draw the conclusion.
//!
//! Invariants: no two runs of a connection at once (this task is the only one that runs it); a tick that comes during
//! a run is answered by the next one; however many were missed, one run makes up for them.

use super::accounts::Gate;
use super::board::{Doing, Last, TroubleKind};
use super::shared::{Nudge, Shared, Wish, lock};
use super::work::{Ended, Generation, Watcher};
use super::{backoff, notes, ticks};
use crate::config::ConnectionConfig;
use crate::report::Status;
use crate::run::Cause;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use syntony_core::ids::{AppName, ConnectionName};
use tokio::sync::watch;

/// How often the wall clock is looked at, at least: a machine that slept, or whose clock was set, is noticed so soon.
pub const LOOK_SECONDS: u64 = 30;
/// How soon a connection tries again whose state a command has.
const LOCKED_SECONDS: i64 = 5;

/// A connection's task.
pub(super) struct Tender {
    shared: Arc<Shared>,
    name: ConnectionName,
    nudge: Arc<Nudge>,
    generations: watch::Receiver<Generation>,
    stopping: watch::Receiver<bool>,
    /// Up to when ticks are done with, in milliseconds since 1970; `None`: it never ran.
    accounted_ms: Option<i64>,
    /// Whether somebody wants a run that did not take place yet.
    wanted: bool,
    /// Runs in a row that failed in a way that may pass.
    failures: u32,
    /// When a run that failed is tried again, if that is before its tick.
    retry_ms: Option<i64>,
}

/// Why a wait ended.
enum Woken {
    /// The connection is due.
    Due,
    /// Another configuration holds, or other credentials.
    Anew,
    /// The daemon ends.
    Stop,
}

impl Tender {
    pub(super) fn new(shared: &Arc<Shared>, name: ConnectionName) -> Self {
        Self {
            nudge: shared.nudge(&name),
            generations: shared.generation.subscribe(),
            stopping: shared.stopping.subscribe(),
            accounted_ms: lock(&shared.accounted).get(&name).copied(),
            shared: Arc::clone(shared),
            name,
            wanted: false,
            failures: 0,
            retry_ms: None,
        }
    }

    pub(super) async fn tend(mut self, rest: Duration) {
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(rest) => {}
        }
        loop {
            let generation = self.generations.borrow_and_update().clone();
            let config = Arc::clone(&generation.config);
            let Some(connection) = config.connections.get(&self.name) else { break };
            match self.wait(connection, &generation).await {
                Woken::Due => self.go(connection, &generation).await,
                Woken::Anew => {}
                Woken::Stop => return,
            }
        }
        self.shared.board.remove(&self.name);
    }

    fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Waits by the wall clock, which may be set, and stand still while the machine sleeps.
    async fn wait(&mut self, connection: &ConnectionConfig, generation: &Generation) -> Woken {
        loop {
            if *self.stopping.borrow() {
                return Woken::Stop;
            }
            let now_ms = self.now_ms();
            let due_ms = self.due(connection, now_ms);
            let is_due = due_ms.is_some_and(|due_ms| due_ms <= now_ms);
            if is_due && self.may_call(connection, generation).await {
                return Woken::Due;
            }
            let doing = if self.shared.is_paused(&self.name) { Doing::Paused } else { Doing::Waiting };
            self.shared.board.set(&self.name, doing, due_ms, now_ms);
            let wish = tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stopping| *stopping) => return Woken::Stop,
                changed = self.generations.changed() => {
                    return if changed.is_ok() { Woken::Anew } else { Woken::Stop };
                }
                wish = self.nudge.wait() => wish,
                () = tokio::time::sleep(pause(due_ms, now_ms)) => Wish::Look,
            };
            self.heed(wish, connection);
        }
    }

    fn heed(&mut self, wish: Wish, connection: &ConnectionConfig) {
        match wish {
            Wish::Look => {}
            Wish::Webhook => self.wanted = true,
            Wish::Person => {
                self.wanted = true;
                connection.between.iter().for_each(|(_, app)| self.shared.accounts.mended(&app.value));
            }
        }
    }

    /// When it is due; `None`: when something happens.
    fn due(&mut self, connection: &ConnectionConfig, now_ms: i64) -> Option<i64> {
        if self.shared.is_paused(&self.name) {
            return None;
        }
        self.accounted_ms = self.accounted_ms.map(|at_ms| ticks::accounted(at_ms, now_ms));
        // No retry is further away than the longest wait, whatever became of the clock.
        let longest_ms = 2 * backoff::MAX_SECONDS * 1000;
        self.retry_ms = self.retry_ms.map(|at_ms| at_ms.min(now_ms.saturating_add(longest_ms)));
        let tick_ms = match self.accounted_ms {
            Some(at_ms) => ticks::due(connection, at_ms),
            None => Some(now_ms),
        };
        let wanted_ms = self.wanted.then_some(now_ms);
        let due_ms = [wanted_ms, self.retry_ms, tick_ms].into_iter().flatten().min()?;
        let gates = connection.between.iter().filter_map(|(_, app)| {
            match self.shared.accounts.gate(&app.value, now_ms) {
                Gate::NotBefore(until_ms) => Some(until_ms),
                Gate::Open | Gate::Refused => None,
            }
        });
        gates.chain([due_ms]).max()
    }

    /// Whether both apps have credentials that may be tried. Those that were refused are looked up anew with each tick,
    /// and as often as an app that is down: somebody may have signed in.
    async fn may_call(&mut self, connection: &ConnectionConfig, generation: &Generation) -> bool {
        let now_ms = self.now_ms();
        let mut refused = false;
        for (_, app) in connection.between.iter() {
            if self.shared.accounts.gate(&app.value, now_ms) != Gate::Refused {
                continue;
            }
            match generation.work.renewed(&app.value).await {
                Some(work) => {
                    tracing::info!(app = %app.value, "there are other credentials");
                    self.shared.accounts.mended(&app.value);
                    self.shared.renew(&generation.work, work);
                    self.wanted = true;
                    return false;
                }
                None => refused = true,
            }
        }
        if refused {
            self.accounted_ms = Some(now_ms);
            self.wanted = false;
            self.retry_ms = Some(now_ms.saturating_add(backoff::MAX_SECONDS * 1000));
        }
        !refused
    }

    /// Takes the apps' turn and runs, unless the world moved while it waited.
    async fn go(&mut self, connection: &ConnectionConfig, generation: &Generation) {
        self.wanted = true;
        self.shared.board.set(&self.name, Doing::Queued, None, self.now_ms());
        let apps: BTreeSet<AppName> = connection.between.iter().map(|(_, app)| app.value.clone()).collect();
        let shared = Arc::clone(&self.shared);
        let turn = tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => return,
            turn = shared.turns.take(&apps) => turn,
        };
        let now_ms = self.now_ms();
        let shut = apps.iter().any(|app| shared.accounts.gate(app, now_ms) != Gate::Open);
        if shut || self.generations.has_changed().unwrap_or(true) || shared.is_paused(&self.name) {
            return;
        }
        let part = match shared.lease.take() {
            Ok(part) => part,
            Err(error) => {
                drop(turn);
                return self.locked(&error.to_string()).await;
            }
        };
        shared.board.set(&self.name, Doing::Running, None, now_ms);
        (self.wanted, self.retry_ms) = (false, None);
        let watcher = Watcher { board: &shared.board, clock: &*shared.clock };
        let ended = generation.work.sync(connection, &shared.stop, &watcher).await;
        self.conclude(connection, now_ms, ended);
        drop(part);
        drop(turn);
    }

    /// Somebody else works on the state: soon again, and that is no failure.
    async fn locked(&mut self, reason: &str) {
        tracing::info!(connection = %self.name, reason, "waiting for the state");
        let wait = Duration::from_millis(u64::try_from(LOCKED_SECONDS * 1000).unwrap_or_default());
        tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stopping| *stopping) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    fn conclude(&mut self, connection: &ConnectionConfig, began_ms: i64, ended: Ended) {
        let now_ms = self.now_ms();
        self.accounted_ms = Some(now_ms);
        let trouble = match &ended {
            Ended::Ran(report) if report.status != Status::Stopped => {
                self.got_through(connection, now_ms);
                None
            }
            Ended::Ran(report) => {
                let what = self.draw(report.cause.as_ref().unwrap_or(&Cause::State), now_ms);
                what.map(|what| (what, report.reason.clone().unwrap_or_default()))
            }
            Ended::Failed(cause, reason) => self.draw(cause, now_ms).map(|what| (what, reason.clone())),
            Ended::Unfit(reason) => Some((TroubleKind::Configuration, reason.clone())),
        };
        let (status, report) = match ended {
            Ended::Ran(report) => (report.status, Some(*report)),
            Ended::Failed(..) | Ended::Unfit(_) => (Status::Stopped, None),
        };
        self.shared.board.ended(&self.name, Last { began_ms, ended_ms: now_ms, status, report });
        self.tell(trouble, now_ms);
    }

    /// What was due is done, in the next process too. A state that cannot keep that costs one run more after a restart.
    fn got_through(&mut self, connection: &ConnectionConfig, now_ms: i64) {
        self.failures = 0;
        connection.between.iter().for_each(|(_, app)| self.shared.accounts.worked(&app.value));
        lock(&self.shared.accounted).insert(self.name.clone(), now_ms);
        if let Err(error) = notes::account(&self.shared.db, &self.name, now_ms) {
            tracing::debug!(connection = %self.name, %error, "the tick could not be noted");
        }
    }

    /// What a run that stopped means for the next one, and what is to be told of it.
    fn draw(&mut self, cause: &Cause, now_ms: i64) -> Option<TroubleKind> {
        let accounts = &self.shared.accounts;
        match cause {
            // The daemon ends; nothing is wrong.
            Cause::Asked => None,
            Cause::Refused(app) => {
                accounts.refused(app);
                self.retry_ms = Some(now_ms.saturating_add(backoff::MAX_SECONDS * 1000));
                Some(TroubleKind::Credentials)
            }
            Cause::Passing(app) => {
                accounts.failed(app, now_ms);
                self.again(now_ms);
                Some(TroubleKind::Down)
            }
            Cause::Limited { app, retry_after } => {
                accounts.limited(app, now_ms, *retry_after);
                // The gate says when.
                self.wanted = true;
                Some(TroubleKind::Limited)
            }
            Cause::State => {
                self.again(now_ms);
                Some(TroubleKind::State)
            }
            // Looked at again with each tick; nothing is written until somebody mends it.
            Cause::Unusable(_) => Some(TroubleKind::Refusal),
            Cause::Guard => Some(TroubleKind::Guard),
        }
    }

    fn again(&mut self, now_ms: i64) {
        self.failures = self.failures.saturating_add(1);
        let wait_ms = backoff::wait_ms(self.name.as_str(), self.failures);
        self.retry_ms = Some(now_ms.saturating_add(wait_ms));
    }

    /// Says once what is wrong, and once that it is over.
    fn tell(&self, trouble: Option<(TroubleKind, String)>, now_ms: i64) {
        if !self.shared.board.trouble(&self.name, trouble.clone(), now_ms) {
            return;
        }
        match trouble {
            Some((kind, reason)) if kind.waits_for_a_person() => {
                tracing::error!(connection = %self.name, reason, "the connection waits for a person");
            }
            Some((_, reason)) => {
                tracing::warn!(connection = %self.name, reason, "the connection waits, and is tried again");
            }
            None => tracing::warn!(connection = %self.name, "the connection goes on"),
        }
    }
}

/// Until the moment that it is due, but never longer than until the next look at the clock.
fn pause(due_ms: Option<i64>, now_ms: i64) -> Duration {
    let longest = Duration::from_secs(LOOK_SECONDS);
    let until = due_ms.map(|due_ms| u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or_default());
    // A connection that is due, and may not run, is looked at again after a moment and not at once.
    until.map_or(longest, |ms| Duration::from_millis(ms.max(1)).min(longest))
}
