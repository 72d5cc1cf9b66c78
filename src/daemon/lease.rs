//! The run lock, held while something runs and not longer.
//!
//! The daemon's runs share it. In between it is free, so that `syntony check`, `plan`, `forget` or the
//! `sync --yes` that answers the guard work beside a daemon that is idle; while they do, its runs wait. What keeps a
//! second daemon out is another lock, held from start to end ([`only_one`]).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use syntony_state::{RunLock, StateError};

/// What the locks say of their holder.
const HOLDER: &str = "syntony daemon";

/// The run lock as the daemon's runs share it.
#[derive(Debug)]
pub struct Lease {
    /// The state database; `None` for one in memory, which is nobody else's.
    path: Option<PathBuf>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    runs: usize,
    lock: Option<RunLock>,
}

/// A part in the lease, given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Part(Arc<Lease>);

impl Lease {
    /// The lease of the state at `path`.
    #[must_use]
    pub fn of(path: PathBuf) -> Self {
        Self { path: Some(path), held: Mutex::default() }
    }

    /// The lease of a state that nobody else can reach.
    #[must_use]
    pub fn unshared() -> Self {
        Self { path: None, held: Mutex::default() }
    }

    /// Takes part in it.
    ///
    /// # Errors
    /// [`StateError::Locked`] while a command runs; [`StateError::CannotOpen`].
    pub fn take(self: &Arc<Self>) -> Result<Part, StateError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let (0, Some(path)) = (held.runs, &self.path) {
            held.lock = Some(RunLock::acquire(path, HOLDER)?);
        }
        held.runs += 1;
        Ok(Part(Arc::clone(self)))
    }
}

impl Drop for Part {
    /// The last one gives the lock back, before anybody else of us can ask for it.
    fn drop(&mut self) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.runs = held.runs.saturating_sub(1);
        if held.runs == 0 {
            held.lock = None;
        }
    }
}

/// Keeps a second daemon off this state for as long as the answer is kept.
///
/// # Errors
/// [`StateError::Locked`] while another one is there; [`StateError::CannotOpen`].
pub fn only_one(path: &Path) -> Result<RunLock, StateError> {
    let mut beside = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    beside.push(".daemon");
    RunLock::acquire(Path::new(&beside), HOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_in_between_runs_and_never_during_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let lease = Arc::new(Lease::of(path.clone()));
        let command = || RunLock::acquire(&path, "syntony sync");
        let (one, other) = (lease.take().unwrap(), lease.take().unwrap());
        assert!(command().is_err());
        drop(one);
        assert!(command().is_err(), "the other one still runs");
        drop(other);
        let held = command().unwrap();
        assert!(matches!(lease.take(), Err(StateError::Locked { .. })));
        drop(held);
        assert!(lease.take().is_ok());
    }

    #[test]
    fn two_daemons_are_one_too_many_also_between_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let first = only_one(&path).unwrap();
        assert!(matches!(only_one(&path), Err(StateError::Locked { .. })));
        drop(first);
        assert!(only_one(&path).is_ok());
    }
}
