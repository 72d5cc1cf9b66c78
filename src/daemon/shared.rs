//! What the daemon's tasks have in common, and the handle by which others reach them.

use super::accounts::Accounts;
use super::lease::Lease;
use super::notes::{self, PauseNote};
use super::turns::Turns;
use super::{Board, Generation, Work};
use crate::run::{Clock, Db, StopFlag};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use syntony_core::ids::{AppName, ConnectionName};
use syntony_state::StateError;
use tokio::sync::{Notify, watch};

/// What the tasks share.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) db: Arc<Db>,
    pub(super) lease: Arc<Lease>,
    pub(super) board: Arc<Board>,
    pub(super) turns: Turns,
    pub(super) accounts: Accounts,
    /// What runs ask whether they are to end.
    pub(super) stop: StopFlag,
    /// The same for tasks that wait.
    pub(super) stopping: watch::Sender<bool>,
    pub(super) generation: watch::Sender<Generation>,
    /// Up to when ticks are done with, as of the start and of the end of a task.
    pub(super) accounted: Mutex<BTreeMap<ConnectionName, i64>>,
    pub(super) nudges: Mutex<BTreeMap<ConnectionName, Arc<Nudge>>>,
    paused: Mutex<BTreeSet<ConnectionName>>,
}

/// How a connection's task is woken.
#[derive(Debug, Default)]
pub(super) struct Nudge {
    wanted: Mutex<Option<Wish>>,
    called: Notify,
}

/// Who wants a connection to run before its tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wish {
    /// Look again at what holds: a pause began or ended.
    Look,
    /// A webhook: as soon as its apps may be called.
    Webhook,
    /// A person: refused credentials are tried once more.
    Person,
}

impl Nudge {
    pub(super) fn call(&self, wish: Wish) {
        let mut wanted = lock(&self.wanted);
        *wanted = (*wanted).max(Some(wish));
        drop(wanted);
        self.called.notify_one();
    }

    /// Waits until somebody wants something. Cancelling loses nothing.
    pub(super) async fn wait(&self) -> Wish {
        loop {
            if let Some(wish) = self.take() {
                return wish;
            }
            self.called.notified().await;
        }
    }

    fn take(&self) -> Option<Wish> {
        lock(&self.wanted).take()
    }
}

impl Shared {
    pub(super) fn new(
        generation: Generation,
        db: Arc<Db>,
        lease: Arc<Lease>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StateError> {
        let accounted = notes::accounted(&db, &generation.config)?;
        let paused = notes::paused(&db, &generation.config)?;
        Ok(Self {
            clock,
            db,
            lease,
            board: Arc::default(),
            turns: Turns::default(),
            accounts: Accounts::default(),
            stop: StopFlag::default(),
            stopping: watch::Sender::new(false),
            generation: watch::Sender::new(generation),
            accounted: Mutex::new(accounted),
            nudges: Mutex::default(),
            paused: Mutex::new(paused),
        })
    }

    pub(super) fn nudge(&self, connection: &ConnectionName) -> Arc<Nudge> {
        Arc::clone(lock(&self.nudges).entry(connection.clone()).or_default())
    }

    pub(super) fn is_paused(&self, connection: &ConnectionName) -> bool {
        lock(&self.paused).contains(connection)
    }

    /// Work with other credentials, in place of that which has those that were refused.
    pub(super) fn renew(&self, from: &Arc<dyn Work>, to: Arc<dyn Work>) {
        self.generation.send_if_modified(|now| {
            let same = Arc::ptr_eq(&now.work, from);
            if same {
                now.work = to;
            }
            same
        });
    }
}

/// By which webhooks, the page and signals reach the daemon.
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Shared>);

impl Handle {
    /// How every connection stands.
    #[must_use]
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.0.board)
    }

    /// The state.
    #[must_use]
    pub fn db(&self) -> Arc<Db> {
        Arc::clone(&self.0.db)
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// The configuration and the work that hold at the moment.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.0.generation.borrow().clone()
    }

    /// Something about this app may be new: its connections run as soon as they may.
    pub fn nudge_app(&self, app: &AppName) {
        for (name, connection) in &self.generation().config.connections {
            if connection.between.iter().any(|(_, of)| of.value == *app) {
                self.0.nudge(name).call(Wish::Webhook);
            }
        }
    }

    /// A person wants this connection to run now. Says whether there is one.
    #[must_use]
    pub fn run_now(&self, connection: &ConnectionName) -> bool {
        let known = self.generation().config.connections.contains_key(connection);
        if known {
            self.0.nudge(connection).call(Wish::Person);
        }
        known
    }

    /// Lets a connection rest, also after a restart, until [`Handle::resume`]. What is in flight is finished.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn pause(&self, connection: &ConnectionName) -> Result<(), StateError> {
        notes::pause(&self.0.db, connection, PauseNote::Paused)?;
        lock(&self.0.paused).insert(connection.clone());
        self.0.nudge(connection).call(Wish::Look);
        Ok(())
    }

    /// Lets a connection go on; if it missed ticks, it runs at once.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn resume(&self, connection: &ConnectionName) -> Result<(), StateError> {
        notes::pause(&self.0.db, connection, PauseNote::GoesOn)?;
        lock(&self.0.paused).remove(connection);
        self.0.nudge(connection).call(Wish::Look);
        Ok(())
    }

    /// Another configuration holds from now on. Runs of the old one finish by it; connections that stay keep their
    /// ticks, those that are gone end, new ones begin.
    ///
    /// # Errors
    /// The state cannot be read; then the old one stays.
    pub fn replace(&self, generation: Generation) -> Result<(), StateError> {
        let accounted = notes::accounted(&self.0.db, &generation.config)?;
        let paused = notes::paused(&self.0.db, &generation.config)?;
        {
            let mut known = lock(&self.0.accounted);
            for (name, at_ms) in accounted {
                let at = known.entry(name).or_insert(at_ms);
                *at = at_ms.max(*at);
            }
        }
        *lock(&self.0.paused) = paused;
        self.0.accounts.mended_all();
        self.0.generation.send_replace(generation);
        Ok(())
    }

    /// Ends everything: what is in flight is finished and settled, nothing new begins.
    pub fn stop(&self) {
        self.0.stop.ask();
        self.0.stopping.send_replace(true);
    }

    /// Until somebody asked to end.
    pub async fn stopping(&self) {
        let mut stopping = self.0.stopping.subscribe();
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
