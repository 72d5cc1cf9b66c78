//! One task for each connection of the configuration that holds, for as long as it is in it.
//!
//! A task that panics is begun again after a while; the others go on.

use super::shared::Shared;
use super::tend::Tender;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use syntony_core::ids::ConnectionName;
use tokio::task::{Id, JoinSet};

/// How long a connection rests whose task panicked.
const RESTART_SECONDS: u64 = 60;

/// Looks after all connections until the daemon is asked to stop; then waits for what is in flight.
pub(super) async fn supervise(shared: Arc<Shared>) {
    let mut generations = shared.generation.subscribe();
    let mut stopping = shared.stopping.subscribe();
    let mut tasks = JoinSet::new();
    let mut tended: BTreeMap<Id, ConnectionName> = BTreeMap::new();
    let mut fallen = BTreeSet::new();
    loop {
        let config = Arc::clone(&generations.borrow_and_update().config);
        let busy: BTreeSet<ConnectionName> = tended.values().cloned().collect();
        for name in config.connections.keys().filter(|name| !busy.contains(*name)) {
            let rest =
                if fallen.remove(name) { Duration::from_secs(RESTART_SECONDS) } else { Duration::ZERO };
            let tender = Tender::new(&shared, name.clone());
            let id = tasks.spawn(tender.tend(rest)).id();
            tended.insert(id, name.clone());
        }
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => break,
            _ = generations.changed() => {}
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                let name = tended.remove(&id);
                if let (Err(error), Some(name)) = (ended, name) {
                    tracing::error!(connection = %name, %error, "a connection's task fell over; it begins again");
                    fallen.insert(name);
                }
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}
