//! What listings and deltas see: the contacts as they were a while ago.
//!
//! Google's index follows its store with a lag; a read by name sees a write at once, a listing some
//! seconds later. So this index keeps versions of its own, and takes each change over when its time has
//! come. Listings, deltas and their tokens speak of this index alone, never of the store.
//!
//! The invariant: a change that was due before a token was issued is in no delta of that token, each
//! later one is in the next. One contact stands once in the log, at its last change, so that a delta
//! costs what changed and not what exists.

use super::contact::{Contact, Key};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

/// A place in the log of changes.
pub(super) type Sequence = u64;

/// What became of a contact.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// This version is the latest.
    Live(Arc<Contact>),
    /// It was deleted.
    Gone {
        /// The revision of its deletion, which makes the tombstone's etag.
        revision: u64,
        /// Names it had before.
        previous: Vec<Key>,
    },
}

/// A change on its way into the index.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// When the index learns of it.
    pub(super) due_ms: i64,
    /// Of whom.
    pub(super) key: Key,
    /// What.
    pub(super) state: State,
}

/// The index.
#[derive(Debug, Default)]
pub(super) struct Feed {
    waiting: VecDeque<Event>,
    shown: HashMap<Key, (Sequence, State)>,
    log: BTreeMap<Sequence, Key>,
    last: Sequence,
    live: usize,
}

impl Feed {
    /// Takes a change to be shown when it is due. Changes are shown in the order they come in.
    pub(super) fn publish(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    /// Shows what is due.
    pub(super) fn settle(&mut self, now_ms: i64) {
        while self.waiting.front().is_some_and(|event| event.due_ms <= now_ms) {
            if let Some(event) = self.waiting.pop_front() {
                self.show(event);
            }
        }
    }

    fn show(&mut self, event: Event) {
        self.last += 1;
        let is_live = matches!(event.state, State::Live(_));
        let before = self.shown.insert(event.key, (self.last, event.state));
        let mut was_live = false;
        if let Some((sequence, state)) = before {
            self.log.remove(&sequence);
            was_live = matches!(state, State::Live(_));
        }
        self.log.insert(self.last, event.key);
        self.live = (self.live + usize::from(is_live)) - usize::from(was_live);
    }

    /// A contact that goes on under another name: the old one is told of nowhere any more.
    pub(super) fn forget(&mut self, key: Key) {
        self.waiting.retain(|event| event.key != key);
        if let Some((sequence, state)) = self.shown.remove(&key) {
            self.log.remove(&sequence);
            self.live -= usize::from(matches!(state, State::Live(_)));
        }
    }

    /// The latest place in the log.
    pub(super) fn last(&self) -> Sequence {
        self.last
    }

    /// How many contacts there are.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// How many changes there are after a place.
    pub(super) fn changes_after(&self, after: Sequence) -> usize {
        self.log.range((Bound::Excluded(after), Bound::Unbounded)).count()
    }

    /// Changes after a place, oldest first.
    pub(super) fn after(&self, after: Sequence) -> impl Iterator<Item = (Sequence, Key, &State)> {
        let range = self.log.range((Bound::Excluded(after), Bound::Unbounded));
        range.filter_map(|(sequence, key)| self.entry(*sequence, *key))
    }

    /// Changes before a place, newest first.
    pub(super) fn before(&self, before: Sequence) -> impl Iterator<Item = (Sequence, Key, &State)> {
        let range = self.log.range(..before).rev();
        range.filter_map(|(sequence, key)| self.entry(*sequence, *key))
    }

    fn entry(&self, sequence: Sequence, key: Key) -> Option<(Sequence, Key, &State)> {
        self.shown.get(&key).map(|(_, state)| (sequence, key, state))
    }
}
