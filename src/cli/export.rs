//! `export EMAIL`: everything stored about a person, as JSON. Stands on the state alone: it asks no app and
//! changes nothing.

use super::args::ExportArgs;
use super::explain;
use super::runs::moment;
use super::state::{self, stopped};
use super::{CliError, Exit, Globals};
use crate::output;
use crate::run::because;
use serde_json::{Value, json};
use syntony_core::ids::{AppName, ContactId};
use syntony_core::op::{Change, Target};
use syntony_mappings::normalise::email;
use syntony_state::{OpStatus, Store, WriteKind, WriteRow};

/// The most writes to one contact that are exported.
const MAX_WRITES: usize = 100_000;

pub(super) fn run(args: &ExportArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    if email::key(&args.email).is_none() {
        return Err(CliError::usage(
            "this is no e-mail address",
            "for example `syntony export ann@example.com`",
        ));
    }
    let empty = json!({ "email": args.email, "records": [], "links": [], "history": [] });
    let Some(store) = state::open(&config)? else {
        output::print_json(&empty)?;
        return Ok(Exit::Done);
    };
    let contacts = explain::find(&config, &store, &args.email)?;
    let found = explain::explain(&config, &store, &args.email, &contacts)?;
    let mut history = Vec::new();
    for record in &found.records {
        history.extend(writes(&store, &record.app, &record.contact)?);
    }
    output::print_json(&json!({
        "email": args.email,
        "records": found.records,
        "links": found.links,
        "history": history,
    }))?;
    Ok(Exit::Done)
}

fn writes(store: &Store, app: &str, contact: &str) -> Result<Vec<Value>, CliError> {
    let writes =
        store.writes_to(&AppName::new(app), &ContactId::new(contact), MAX_WRITES).map_err(stopped)?;
    Ok(writes.iter().map(write).collect())
}

fn write(row: &WriteRow) -> Value {
    json!({
        "run": row.run.as_str(),
        "connection": row.connection.as_str(),
        "app": row.app.as_str(),
        "contact": row.contact.as_ref().map(ContactId::as_str),
        "kind": match row.kind {
            WriteKind::Create => "create",
            WriteKind::Update => "update",
        },
        "at": moment(row.at_ms),
        "outcome": row.outcome.map(OpStatus::as_str),
        "fields": row.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let field = match &change.target {
        Target::Field(field) => field.to_string(),
        Target::TagOn(tag) | Target::TagOff(tag) => format!("tag {tag}"),
    };
    json!({
        "field": field,
        "before": change.before.to_plain(),
        "after": change.after.to_plain(),
        "because": because(&change.because),
    })
}
