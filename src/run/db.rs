//! The store, shared by the two sides of a run.
//!
//! It is borrowed for the length of a closure that cannot wait for anything: no lock is ever held while
//! the network is.

use std::sync::{Mutex, PoisonError};
use syntony_state::Store;

/// The store behind a lock that no `await` can be under.
pub struct Db(Mutex<Store>);

impl Db {
    /// Shares `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(Mutex::new(store))
    }

    /// Uses the store. A panic of an earlier user has rolled its transaction back, so what the store
    /// holds is sound.
    pub fn with<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
