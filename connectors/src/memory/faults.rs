//! How an in-memory vendor misbehaves: by script, exactly once and at the next chance, or by odds drawn
//! from the app's seed.

use std::collections::{BTreeMap, VecDeque};

/// One way to misbehave. Each says where it can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Any call: the credentials are refused.
    Auth,
    /// Any call: too many calls. Nothing was applied.
    RateLimited,
    /// Any call: it fails in passing. Nothing was applied.
    Transient,
    /// A call with a cursor: the cursor is not valid any more.
    CursorExpired,
    /// A page: the same page comes again.
    RepeatedPage,
    /// A page: its items come in another order.
    ReorderedPage,
    /// An item of a page: one of its fields was not given, which is not the same as empty.
    PartialRecord,
    /// An item of a page: it cannot be understood.
    UnreadableRecord,
    /// A complete listing: nothing comes, with success, claimed complete.
    EmptyListing,
    /// A complete listing: two contacts in five are missing, claimed complete.
    ShortListing,
    /// A write call: all of it is applied, and its answer never comes.
    LostAnswer,
    /// An op: it was sent and not applied, and its answer never comes.
    TimeoutBefore,
    /// An op: it was sent and applied, and its answer never comes.
    TimeoutAfter,
    /// An op: it is refused.
    Rejection,
    /// An op on a contact that is there: it is called stale although nothing changed.
    FalseStale,
    /// An op on a contact that is there: it is applied, and the contact has another id from then on.
    Rename,
    /// An op: it was not sent.
    Deferred,
    /// A create: the contact is made, and its tags are not put on.
    TagsLeftOff,
}

/// The odds of each fault, per chance to strike, in percent. What is not named never happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    percent: BTreeMap<Fault, u8>,
}

impl Faults {
    /// A vendor that behaves.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same, with `fault` striking in `percent` of a hundred chances. A hundred stands for ever: a
    /// repeated page then never ends.
    #[must_use]
    pub fn with(mut self, fault: Fault, percent: u8) -> Self {
        self.percent.insert(fault, percent);
        self
    }
}

/// Decides, chance by chance.
#[derive(Debug)]
pub(super) struct Fate {
    odds: Faults,
    script: VecDeque<Fault>,
    rng: fastrand::Rng,
}

impl Fate {
    pub(super) fn new(seed: u64) -> Self {
        Self { odds: Faults::none(), script: VecDeque::new(), rng: fastrand::Rng::with_seed(seed) }
    }

    pub(super) fn set_odds(&mut self, odds: Faults) {
        self.odds = odds;
    }

    pub(super) fn script(&mut self, fault: Fault) {
        self.script.push_back(fault);
    }

    pub(super) fn scripted(&self) -> usize {
        self.script.len()
    }

    /// Whether `fault` strikes at this chance. Draws only for faults that have odds, so that a world
    /// without a fault does not depend on how often one was asked for.
    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        if let Some(at) = self.script.iter().position(|scripted| *scripted == fault) {
            self.script.remove(at);
            return true;
        }
        match self.odds.percent.get(&fault) {
            Some(percent) if *percent > 0 => self.rng.u8(0..100) < *percent,
            Some(_) | None => false,
        }
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.rng.shuffle(items);
    }

    /// A number below `below`, which is at least one.
    pub(super) fn index(&mut self, below: usize) -> usize {
        self.rng.usize(0..below)
    }
}
