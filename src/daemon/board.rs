//! What every connection does at the moment, for whoever wants to know: the page, metrics, health, notifications.
//!
//! Cheap to read, and never more than a copy: nothing is decided by it. No contact is in it, numbers and reasons alone.

use crate::report::{ConnectionReport, Status};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use syntony_core::ids::ConnectionName;
use tokio::sync::watch;

/// A run that makes no progress for so long is stuck.
pub const STUCK_AFTER_SECONDS: i64 = 30 * 60;

/// What a connection does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// It waits for its next tick, or for something to happen.
    #[default]
    Waiting,
    /// It is due, and waits until another run is done with its apps, or a command with the state.
    Queued,
    /// It runs.
    Running,
    /// Somebody paused it.
    Paused,
}

/// How a connection stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// What it does.
    pub doing: Doing,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// When its run last got anywhere, in milliseconds since 1970; means nothing between runs.
    pub moved_ms: i64,
    /// When it is due next, in milliseconds since 1970; `None`: when something happens.
    pub next_ms: Option<i64>,
    /// How its last run in this process ended.
    pub last: Option<Last>,
    /// Why it does not go on as it should, until it does.
    pub trouble: Option<Trouble>,
    /// Runs that ended in this process.
    pub runs: u64,
    /// Runs in a row that stopped.
    pub failures: u32,
}

/// A run that ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Last {
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: i64,
    /// How.
    pub status: Status,
    /// What it said; `None` where it could not even begin.
    pub report: Option<ConnectionReport>,
}

/// Why a connection does not go on as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// What kind it is.
    pub kind: TroubleKind,
    /// In words, with what mends it.
    pub reason: String,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// An app refuses the credentials.
    Credentials,
    /// What a run would do looks like a mistake.
    Guard,
    /// The configuration does not fit the apps any more.
    Configuration,
    /// An app refuses what it is asked, or says what cannot be understood.
    Refusal,
    /// An app does not answer as it should.
    Down,
    /// An app wants no calls for now.
    Limited,
    /// The state cannot be read or written.
    State,
}

impl TroubleKind {
    /// Whether it stays until somebody does something; otherwise it is tried again, and may pass.
    #[must_use]
    pub fn waits_for_a_person(self) -> bool {
        match self {
            TroubleKind::Credentials
            | TroubleKind::Guard
            | TroubleKind::Configuration
            | TroubleKind::Refusal => true,
            TroubleKind::Down | TroubleKind::Limited | TroubleKind::State => false,
        }
    }
}

/// The board.
#[derive(Debug)]
pub struct Board {
    cards: Mutex<BTreeMap<ConnectionName, Card>>,
    changed: watch::Sender<u64>,
}

impl Default for Board {
    fn default() -> Self {
        Self { cards: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Board {
    /// How everybody stands.
    #[must_use]
    pub fn cards(&self) -> BTreeMap<ConnectionName, Card> {
        self.lock().clone()
    }

    /// How one connection stands.
    #[must_use]
    pub fn card(&self, connection: &ConnectionName) -> Option<Card> {
        self.lock().get(connection).cloned()
    }

    /// Wakes whoever watches, each time that a run begins or ends, or trouble comes or goes.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Connections whose run has not got anywhere for [`STUCK_AFTER_SECONDS`].
    #[must_use]
    pub fn stuck(&self, now_ms: i64) -> Vec<ConnectionName> {
        let limit_ms = STUCK_AFTER_SECONDS * 1000;
        let stuck = |card: &Card| card.doing == Doing::Running && now_ms - card.moved_ms > limit_ms;
        self.lock().iter().filter(|(_, card)| stuck(card)).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn set(&self, connection: &ConnectionName, doing: Doing, next_ms: Option<i64>, now_ms: i64) {
        let mut cards = self.lock();
        let card = cards.entry(connection.clone()).or_default();
        card.next_ms = next_ms;
        if card.doing != doing || card.since_ms == 0 {
            (card.doing, card.since_ms, card.moved_ms) = (doing, now_ms, now_ms);
            drop(cards);
            self.tell();
        }
    }

    pub(super) fn moved(&self, connection: &ConnectionName, now_ms: i64) {
        if let Some(card) = self.lock().get_mut(connection) {
            card.moved_ms = now_ms;
        }
    }

    pub(super) fn ended(&self, connection: &ConnectionName, last: Last) {
        let mut cards = self.lock();
        let card = cards.entry(connection.clone()).or_default();
        card.runs += 1;
        card.failures = if last.status == Status::Stopped { card.failures.saturating_add(1) } else { 0 };
        card.last = Some(last);
    }

    /// Says what is wrong, or that nothing is. Answers whether that is news: another kind of trouble, or the end of it.
    pub(super) fn trouble(
        &self,
        connection: &ConnectionName,
        trouble: Option<(TroubleKind, String)>,
        now_ms: i64,
    ) -> bool {
        let mut cards = self.lock();
        let card = cards.entry(connection.clone()).or_default();
        let before = card.trouble.as_ref().map(|known| known.kind);
        let after = trouble.as_ref().map(|(kind, _)| *kind);
        let since_ms =
            card.trouble.as_ref().filter(|_| before == after).map_or(now_ms, |known| known.since_ms);
        card.trouble = trouble.map(|(kind, reason)| Trouble { since_ms, kind, reason });
        drop(cards);
        self.tell();
        before != after
    }

    pub(super) fn remove(&self, connection: &ConnectionName) {
        self.lock().remove(connection);
        self.tell();
    }

    fn tell(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ConnectionName, Card>> {
        self.cards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
