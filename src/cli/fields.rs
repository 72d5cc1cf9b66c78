//! `fields APP`: what an app's contacts are made of.

use super::args::FieldsArgs;
use super::{CliError, Exit, Globals, sync};
use crate::apps;
use crate::output::{self, Table};
use crate::vault::Vault;
use serde_json::{Value, json};
use std::sync::Arc;
use syntony_core::ids::AppName;
use syntony_core::schema::{Access, FieldSpec};

pub(super) async fn run(args: &FieldsArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let Some(app) = config.apps.get(args.app.as_str()) else {
        let known: Vec<&str> = config.apps.keys().map(AppName::as_str).collect();
        let hint = format!("the configuration has: {}", known.join(", "));
        return Err(CliError::usage(format!("there is no app `{}`", args.app), hint));
    };
    // The state is not locked: this works beside a running sync. Only the vault looks into it.
    let vault = Arc::new(Vault::beside(config.state.clone(), config.vault.key.clone()));
    let built = apps::build(&config, app, &vault)
        .await
        .map_err(|problems| CliError::Config { problems, file: Arc::clone(&config.source) })?;
    let schema = built.connector.schema().await.map_err(|error| {
        let stop = crate::run::Stop::App { app: built.name.clone(), error };
        sync::explain(stop.into(), &config)
    })?;
    if globals.json {
        let fields: Vec<Value> = schema.fields().iter().map(document).collect();
        output::print_json(&json!({ "fields": fields }))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&["field", "type", "writable", "required", "max length", "options"]);
    for field in schema.fields() {
        table.row([
            field.name.to_string(),
            kind(field),
            yes(writable(field)),
            yes(field.required),
            field.max_length_chars.map(|chars| chars.to_string()).unwrap_or_default(),
            field.options.join(", "),
        ]);
    }
    let more = match schema.open_prefix.as_deref() {
        Some("") => {
            "Any other name is a field too: it comes into being when it is first written.\n".to_owned()
        }
        Some(prefix) => format!("`{prefix}NAME` is a field too, for any NAME.\n"),
        None => String::new(),
    };
    output::print(&format!("{table}\n{more}"))?;
    Ok(Exit::Done)
}

fn document(field: &FieldSpec) -> Value {
    json!({
        "name": field.name,
        "type": kind(field),
        "writable": writable(field),
        "required": field.required,
        "max_length": field.max_length_chars,
        "options": field.options,
    })
}

fn kind(field: &FieldSpec) -> String {
    if field.many { format!("list of {}", field.kind) } else { field.kind.to_string() }
}

fn writable(field: &FieldSpec) -> bool {
    match field.access {
        Access::ReadWrite | Access::CreateOnly => true,
        Access::ReadOnly => false,
    }
}

fn yes(it: bool) -> String {
    if it { "yes" } else { "no" }.to_owned()
}
