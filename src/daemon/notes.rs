//! What the daemon remembers from one process to the next, in the state: up to when a connection's ticks are done with,
//! and whether somebody paused it.

use crate::config::Config;
use crate::report::Status;
use crate::run::Db;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::ConnectionName;
use syntony_state::{RunRow, StateError, Store};

/// The note of when a connection's ticks are done with, in milliseconds since 1970.
const ACCOUNTED: &str = "ticked";
/// The note that somebody paused a connection: there or empty.
const PAUSED: &str = "paused";
/// Past runs that are looked at for those that a command made.
const MAX_RUNS: usize = 200;

/// Up to when the ticks of each connection are done with; who is not in it never ran.
///
/// # Errors
/// The state cannot be read.
pub(super) fn accounted(db: &Db, config: &Config) -> Result<BTreeMap<ConnectionName, i64>, StateError> {
    db.with(|store| {
        let by_hand = by_hand(store)?;
        let mut all = BTreeMap::new();
        for name in config.connections.keys() {
            let noted = store.fingerprint(name, ACCOUNTED)?.and_then(|text| text.parse().ok());
            let latest = noted.max(by_hand.get(name.as_str()).copied());
            all.extend(latest.map(|at_ms| (name.clone(), at_ms)));
        }
        Ok(all)
    })
}

/// When runs of each connection last began that got through, whoever made them.
fn by_hand(store: &Store) -> Result<BTreeMap<String, i64>, StateError> {
    let mut latest = BTreeMap::new();
    for row in store.runs(MAX_RUNS)? {
        for name in connections(&row) {
            // The latest comes first.
            latest.entry(name).or_insert(row.started_ms);
        }
    }
    Ok(latest)
}

fn connections(row: &RunRow) -> Vec<String> {
    let reports =
        row.ended.as_ref().and_then(|ended| ended.report.get("connections")).and_then(Value::as_array);
    let text = |report: &Value, key: &str| report.get(key).and_then(Value::as_str).map(str::to_owned);
    let through = |report: &&Value| text(report, "status").as_deref() != Some(Status::Stopped.as_str());
    reports.into_iter().flatten().filter(through).filter_map(|report| text(report, "name")).collect()
}

/// Ticks up to this moment are done with.
///
/// # Errors
/// The state cannot be written.
pub(super) fn account(db: &Db, connection: &ConnectionName, at_ms: i64) -> Result<(), StateError> {
    db.with(|store| store.set_fingerprint(connection, ACCOUNTED, &at_ms.to_string()))
}

/// Which connections somebody paused.
///
/// # Errors
/// The state cannot be read.
pub(super) fn paused(db: &Db, config: &Config) -> Result<BTreeSet<ConnectionName>, StateError> {
    db.with(|store| {
        let mut all = BTreeSet::new();
        for name in config.connections.keys() {
            if store.fingerprint(name, PAUSED)?.is_some_and(|note| !note.is_empty()) {
                all.insert(name.clone());
            }
        }
        Ok(all)
    })
}

/// Somebody pauses a connection, or lets it go on.
///
/// # Errors
/// The state cannot be written.
pub(super) fn pause(db: &Db, connection: &ConnectionName, note: PauseNote) -> Result<(), StateError> {
    let text = match note {
        PauseNote::Paused => "yes",
        PauseNote::GoesOn => "",
    };
    db.with(|store| store.set_fingerprint(connection, PAUSED, text))
}

/// What is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PauseNote {
    /// It is paused.
    Paused,
    /// It is not.
    GoesOn,
}
