//! `runs`: what was done, when, and every write of one run, before and after.

use super::args::RunsArgs;
use super::state::{self, stopped};
use super::{CliError, Exit, Globals};
use crate::output::{self, Table, printable};
use crate::run::because;
use chrono::DateTime;
use serde_json::{Value, json};
use std::fmt::Write as _;
use syntony_core::ids::RunId;
use syntony_core::op::{Change, Target};
use syntony_state::{OpStatus, RunRow, Store, WriteKind, WriteRow};

/// Runs that are listed.
const MAX_RUNS: usize = 100;
/// Writes that are read at a time.
const PAGE_WRITES: usize = 500;

pub(super) fn run(args: &RunsArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let store = state::open(&config)?;
    match &args.run {
        None => list(store.as_ref(), globals),
        Some(name) => one(store.as_ref(), name, globals),
    }
}

fn list(store: Option<&Store>, globals: &Globals) -> Result<Exit, CliError> {
    let rows = match store {
        Some(store) => store.runs(MAX_RUNS).map_err(stopped)?,
        None => Vec::new(),
    };
    if globals.json {
        let runs: Vec<Value> = rows.iter().map(document).collect();
        output::print_json(&json!({ "runs": runs }))?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::print("Nothing ran yet. `syntony plan` shows what a first sync would do.\n")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["run", "mode", "status", "started", "ended"]);
    for row in &rows {
        table.row([
            row.run.to_string(),
            row.mode.clone(),
            row.status().to_owned(),
            moment(row.started_ms),
            row.ended.as_ref().map(|end| moment(end.at_ms)).unwrap_or_default(),
        ]);
    }
    output::print(&format!("{table}\n"))?;
    Ok(Exit::Done)
}

fn one(store: Option<&Store>, name: &str, globals: &Globals) -> Result<Exit, CliError> {
    let id = RunId::new(name);
    let row = match store {
        Some(store) => store.run(&id).map_err(stopped)?,
        None => None,
    };
    let (Some(store), Some(row)) = (store, row) else {
        return Err(CliError::usage(format!("there is no run `{name}`"), "`syntony runs` lists them"));
    };
    let mut writes = Vec::new();
    loop {
        let page = store.writes_of(&id, PAGE_WRITES, writes.len()).map_err(stopped)?;
        let last = page.len() < PAGE_WRITES;
        writes.extend(page);
        if last {
            break;
        }
    }
    if globals.json {
        let mut document = document(&row);
        if let Some(document) = document.as_object_mut() {
            document.insert("writes".to_owned(), writes.iter().map(write_document).collect());
        }
        output::print_json(&document)?;
        return Ok(Exit::Done);
    }
    output::print(&text(&row, &writes))?;
    Ok(Exit::Done)
}

fn text(row: &RunRow, writes: &[WriteRow]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} {}, {}: {}", row.mode, row.run, moment(row.started_ms), row.status());
    for write in writes {
        let contact = write.contact.as_ref().map_or("(new)", |id| id.as_str());
        let outcome = write.outcome.map_or("open", |outcome| outcome.as_str());
        let reason = write.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "{}: {} {} {outcome}{}",
            printable(write.app.as_str()),
            kind(write),
            printable(contact),
            printable(&reason)
        );
        for change in &write.changes {
            let (field, before, after) = change_words(change);
            let _ = writeln!(
                text,
                "    {}: {} -> {}   ({})",
                printable(&field),
                printable(&before.to_string()),
                printable(&after.to_string()),
                printable(&because(&change.because))
            );
        }
    }
    text
}

fn document(row: &RunRow) -> Value {
    let connections = row.ended.as_ref().and_then(|end| end.report.get("connections").cloned());
    json!({
        "run": row.run,
        "mode": row.mode,
        "status": row.status(),
        "started": moment(row.started_ms),
        "ended": row.ended.as_ref().map(|end| moment(end.at_ms)),
        "connections": connections.unwrap_or_else(|| json!([])),
    })
}

fn write_document(write: &WriteRow) -> Value {
    let fields: Vec<Value> = write
        .changes
        .iter()
        .map(|change| {
            let (field, before, after) = change_words(change);
            json!({ "field": field, "before": before, "after": after, "because": because(&change.because) })
        })
        .collect();
    json!({
        "app": write.app,
        "contact": write.contact,
        "kind": kind(write),
        "fields": fields,
        "outcome": write.outcome.map(OpStatus::as_str),
        "reason": write.reason,
    })
}

fn kind(write: &WriteRow) -> &'static str {
    match write.kind {
        WriteKind::Create => "create",
        WriteKind::Update => "update",
    }
}

/// A change as people read it: field, before, after.
pub(super) fn change_words(change: &Change) -> (String, Value, Value) {
    match &change.target {
        Target::Field(field) => (field.to_string(), change.before.to_plain(), change.after.to_plain()),
        Target::TagOn(tag) => ("tag".to_owned(), Value::Null, tag.as_str().into()),
        Target::TagOff(tag) => ("tag".to_owned(), tag.as_str().into(), Value::Null),
    }
}

/// A moment as people read it.
pub(super) fn moment(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).map(|at| at.to_rfc3339()).unwrap_or_default()
}
