//! Runs that share an app take turns: its cursor, its staging and, where the vendor asks for it, its one writer are
//! shared as well.
//!
//! Invariant: turns are taken in the order of the apps' names, so that no two runs ever wait for each other. Turns
//! outlive a reload: a run of the old configuration keeps those of the new one off its apps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use syntony_core::ids::AppName;
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// Everybody's turns.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<AppName, Arc<Queue<()>>>>);

/// The right to use some apps, given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Turn {
    _apps: Vec<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for all of these apps; who asks first goes first.
    pub(super) async fn take(&self, apps: &BTreeSet<AppName>) -> Turn {
        let mut taken = Vec::new();
        for app in apps {
            taken.push(self.queue(app).lock_owned().await);
        }
        Turn { _apps: taken }
    }

    fn queue(&self, app: &AppName) -> Arc<Queue<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry(app.clone()).or_default())
    }
}
