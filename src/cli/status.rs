//! `status`: how each connection stands.

use super::args::StatusArgs;
use super::state::{self, stopped};
use super::{CliError, Exit, Globals};
use crate::config::ConnectionConfig;
use crate::output::{self, Table, printable};
use crate::run::{Clock as _, SystemClock};
use crate::session::{self, NotedQuota};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use syntony_core::side::Side;
use syntony_state::Store;

/// Runs that are looked at for a connection's last one.
const MAX_RUNS: usize = 200;

pub(super) fn run(_: &StatusArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let store = state::open(&config)?;
    let mut connections = Vec::new();
    for connection in config.connections.values() {
        connections.push(Standing::of(connection, store.as_ref())?);
    }
    let waits = connections.iter().any(Standing::waits);
    let failed = connections.iter().any(|standing| standing.failures.values().sum::<u64>() > 0);
    if globals.json {
        output::print_json(&serde_json::json!({ "connections": connections }))?;
    } else {
        output::print(&text(&connections))?;
    }
    Ok(if failed {
        Exit::Failed
    } else if waits {
        Exit::Waiting
    } else {
        Exit::Done
    })
}

/// How a connection stands.
#[derive(Debug, Default, Serialize)]
struct Standing {
    name: String,
    last_run: Option<LastRun>,
    next_run: Option<String>,
    in_sync: u64,
    excluded: BTreeMap<String, u64>,
    failures: BTreeMap<String, u64>,
    conflicts: u64,
    duplicates: u64,
    ambiguous: u64,
    held: u64,
    trash: u64,
    unsubscribed: u64,
    /// Per app: contacts known, and how old what we know is.
    cursors: BTreeMap<String, Cursor>,
    /// Per app: what was last learned of its quota.
    quota: BTreeMap<String, NotedQuota>,
}

/// A connection's last run.
#[derive(Debug, Serialize)]
struct LastRun {
    run: String,
    mode: String,
    status: String,
    at: String,
    reason: Option<String>,
}

/// What is known of an app.
#[derive(Debug, Serialize)]
struct Cursor {
    known_contacts: u64,
    age_seconds: Option<i64>,
}

impl Standing {
    fn of(connection: &ConnectionConfig, store: Option<&Store>) -> Result<Self, CliError> {
        let name = &connection.name.value;
        let mut standing = Standing { name: name.to_string(), ..Standing::default() };
        standing.next_run = connection
            .schedule
            .as_ref()
            .and_then(|schedule| schedule.next_run(connection.timezone, Utc::now()))
            .map(|at| at.with_timezone(&connection.timezone).to_rfc3339());
        let Some(store) = store else { return Ok(standing) };
        standing.last_run = last_run(store, name.as_str())?;
        for ((verdict, reason), count) in store.standing_counts(name).map_err(stopped)? {
            standing.add(&verdict, reason.as_deref(), count);
        }
        let links = store.link_counts(name).map_err(stopped)?;
        (standing.trash, standing.unsubscribed) = (links.trashed, links.unsubscribed);
        let now_ms = SystemClock.now_ms();
        for side in Side::BOTH {
            let app = &connection.between[side].value;
            let age = store.cursor_age_ms(app, now_ms).map_err(stopped)?;
            let cursor = Cursor {
                known_contacts: store.count_live(app).map_err(stopped)?,
                age_seconds: age.map(|age_ms| age_ms / 1000),
            };
            standing.cursors.insert(app.to_string(), cursor);
            if let Some(quota) = session::noted_quota(store, app).map_err(stopped)? {
                standing.quota.insert(app.to_string(), quota);
            }
        }
        Ok(standing)
    }

    fn add(&mut self, verdict: &str, reason: Option<&str>, count: u64) {
        match (verdict, reason) {
            ("in_sync", _) => self.in_sync += count,
            ("excluded", reason) => {
                *self.excluded.entry(reason.unwrap_or("other").to_owned()).or_default() += count;
            }
            ("failed", reason) => {
                *self.failures.entry(reason.unwrap_or("refused").to_owned()).or_default() += count;
            }
            ("conflict", _) => self.conflicts += count,
            ("duplicate", Some("group")) => self.duplicates += count,
            ("ambiguous", Some("group" | "linked_elsewhere")) => self.ambiguous += count,
            ("held" | "waiting", _) => self.held += count,
            _ => {}
        }
    }

    fn waits(&self) -> bool {
        self.conflicts + self.duplicates + self.ambiguous + self.held > 0
    }
}

fn last_run(store: &Store, connection: &str) -> Result<Option<LastRun>, CliError> {
    for row in store.runs(MAX_RUNS).map_err(stopped)? {
        let (status, reason) = match &row.ended {
            None => (row.status().to_owned(), None),
            Some(ended) => {
                let reports = ended.report.get("connections").and_then(Value::as_array);
                let report = reports
                    .into_iter()
                    .flatten()
                    .find(|report| report.get("name").and_then(Value::as_str) == Some(connection));
                let Some(report) = report else { continue };
                let text = |key: &str| report.get(key).and_then(Value::as_str).map(str::to_owned);
                (text("status").unwrap_or_default(), text("reason"))
            }
        };
        let at =
            DateTime::from_timestamp_millis(row.started_ms).map(|at| at.to_rfc3339()).unwrap_or_default();
        return Ok(Some(LastRun { run: row.run.to_string(), mode: row.mode, status, at, reason }));
    }
    Ok(None)
}

fn text(connections: &[Standing]) -> String {
    let mut text = String::new();
    let mut table = Table::new(&["connection", "last run", "next run", "in sync", "waits", "failed"]);
    for standing in connections {
        let last = standing
            .last_run
            .as_ref()
            .map_or_else(|| "never".to_owned(), |last| format!("{}, {}", last.at, last.status));
        let waits = standing.conflicts + standing.duplicates + standing.ambiguous + standing.held;
        table.row([
            standing.name.clone(),
            last,
            standing.next_run.clone().unwrap_or_else(|| "by hand".to_owned()),
            standing.in_sync.to_string(),
            waits.to_string(),
            standing.failures.values().sum::<u64>().to_string(),
        ]);
    }
    let _ = writeln!(text, "{table}");
    for standing in connections {
        for (app, cursor) in &standing.cursors {
            let age = cursor
                .age_seconds
                .map_or_else(|| "never read".to_owned(), |seconds| format!("last read {seconds} s ago"));
            let _ = writeln!(
                text,
                "{}: {} knows {} contacts, {age}",
                printable(&standing.name),
                printable(app),
                cursor.known_contacts
            );
        }
        for (app, NotedQuota { quota, .. }) in &standing.quota {
            let _ = writeln!(
                text,
                "{}: {} has {} of {} calls left ({})",
                printable(&standing.name),
                printable(app),
                quota.remaining_calls,
                quota.limit_calls,
                printable(&quota.name)
            );
        }
        for (reason, count) in &standing.excluded {
            let reason = reason.replace('_', " ");
            let _ =
                writeln!(text, "{}: {count} excluded ({})", printable(&standing.name), printable(&reason));
        }
        if let Some(reason) = standing.last_run.as_ref().and_then(|last| last.reason.as_ref()) {
            let _ = writeln!(text, "{}: {}", printable(&standing.name), printable(reason));
        }
    }
    text
}
