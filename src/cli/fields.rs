//! `fields APP`: what an app's contacts are made of, and what of it each connection maps to what.

use super::args::FieldsArgs;
use super::{CliError, Exit, Globals, mappings, sync};
use crate::compile::{self, AppFacts, MappingLine, type_of};
use crate::config::{Config, ConnectionConfig};
use crate::output::{self, Table, fold};
use crate::run::Stop;
use crate::session::facts_of;
use crate::vault::Vault;
use crate::{apps, diagnostics};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use syntony_core::ids::AppName;
use syntony_core::schema::{Access, FieldSpec, Schema};
use syntony_core::side::Sides;

pub(super) async fn run(args: &FieldsArgs, globals: &Globals) -> Result<Exit, CliError> {
    let config = globals.load_config()?;
    let Some((name, _)) = config.apps.get_key_value(args.app.as_str()) else {
        let known: Vec<&str> = config.apps.keys().map(AppName::as_str).collect();
        let hint = format!("the configuration has: {}", known.join(", "));
        return Err(CliError::usage(format!("there is no app `{}`", args.app), hint));
    };
    // The state is not locked: this works beside a running sync. Only the vault looks into it.
    let mut asked = Asked::new(&config);
    let schema = match asked.facts(name).await {
        Ok(facts) => facts.schema.clone(),
        Err(Unasked::Wrong(problems)) => {
            return Err(CliError::Config { problems, file: Arc::clone(&config.source) });
        }
        Err(Unasked::Stopped(stop)) => return Err(sync::explain(stop.into(), &config)),
    };
    let mapped = asked.mappings(name).await;
    if globals.json {
        mapped.notes.iter().for_each(|note| output::complain(&fold("", 0, note)));
        let fields: Vec<Value> = schema.fields().iter().map(document).collect();
        output::print_json(&json!({ "fields": fields, "mappings": mapped.lines }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!("{}\n{}", table(&schema), more(&schema));
    text.push_str(&mappings::text(&mapped.lines));
    for note in &mapped.notes {
        text.push('\n');
        text.push_str(&fold("", 0, note));
    }
    output::print(&text)?;
    Ok(Exit::Done)
}

/// The apps that were asked, each once.
struct Asked<'c> {
    config: &'c Config,
    vault: Arc<Vault>,
    facts: BTreeMap<AppName, AppFacts>,
}

/// Why an app was not asked.
enum Unasked {
    /// It cannot be used as the configuration has it.
    Wrong(Vec<diagnostics::Problem>),
    /// It does not answer, or refuses us.
    Stopped(Stop),
}

/// The mappings of an app, and what is to be said of those that are missing.
#[derive(Default)]
struct Mapped {
    lines: Vec<MappingLine>,
    notes: Vec<String>,
}

impl<'c> Asked<'c> {
    fn new(config: &'c Config) -> Self {
        let vault = Arc::new(Vault::beside(config.state.clone(), config.vault.key.clone()));
        Self { config, vault, facts: BTreeMap::new() }
    }

    async fn facts(&mut self, name: &AppName) -> Result<&AppFacts, Unasked> {
        if !self.facts.contains_key(name) {
            let facts = self.ask(name).await?;
            self.facts.insert(name.clone(), facts);
        }
        self.facts.get(name).ok_or_else(|| Unasked::Wrong(Vec::new()))
    }

    async fn ask(&self, name: &AppName) -> Result<AppFacts, Unasked> {
        let app = self.config.apps.get(name).ok_or_else(|| Unasked::Wrong(Vec::new()))?;
        let built = apps::build(self.config, app, &self.vault).await.map_err(Unasked::Wrong)?;
        let schema = built.connector.schema().await;
        let schema =
            schema.map_err(|error| Unasked::Stopped(Stop::App { app: built.name.clone(), error }))?;
        Ok(facts_of(self.config, &built, schema))
    }

    /// What every connection of the app maps, as far as its other app can be asked.
    async fn mappings(&mut self, app: &AppName) -> Mapped {
        let config = self.config;
        let mut mapped = Mapped::default();
        let touching = config
            .connections
            .values()
            .filter(|connection| connection.between.iter().any(|(_, end)| end.value == *app));
        for connection in touching {
            match self.both(connection).await {
                Ok(facts) => {
                    let compiled = compile::compile(connection, &config.source, &facts);
                    mapped.lines.extend(compiled.mappings);
                    if compiled.policy.is_none() {
                        let name = &connection.name.value;
                        mapped.notes.push(format!(
                            "`{name}` does not work as it is configured; `syntony check` says why."
                        ));
                    }
                }
                Err(reason) => mapped
                    .notes
                    .push(format!("What `{}` maps cannot be told: {reason}", connection.name.value)),
            }
        }
        mapped
    }

    async fn both(&mut self, connection: &ConnectionConfig) -> Result<Sides<AppFacts>, String> {
        let left = self.told(&connection.between.left.value).await?;
        let right = self.told(&connection.between.right.value).await?;
        Ok(Sides::new(left, right))
    }

    /// What an app is, or why it does not say.
    async fn told(&mut self, name: &AppName) -> Result<AppFacts, String> {
        self.facts(name).await.cloned().map_err(|unasked| match unasked {
            Unasked::Wrong(problems) => problems
                .first()
                .map_or_else(|| format!("`{name}` cannot be used"), |problem| problem.message.clone()),
            Unasked::Stopped(stop) => stop.to_string(),
        })
    }
}

fn table(schema: &Schema) -> Table {
    let mut table = Table::new(&["field", "type", "writable", "required", "max length", "options"]);
    for field in schema.fields() {
        table.row([
            field.name.to_string(),
            type_of(field),
            yes(writable(field)),
            yes(field.required),
            field.max_length_chars.map(|chars| chars.to_string()).unwrap_or_default(),
            field.options.join(", "),
        ]);
    }
    table
}

fn more(schema: &Schema) -> String {
    match schema.open_prefix.as_deref() {
        Some("") => {
            "Any other name is a field too: it comes into being when it is first written.\n".to_owned()
        }
        Some(prefix) => format!("`{prefix}NAME` is a field too, for any NAME.\n"),
        None => String::new(),
    }
}

fn document(field: &FieldSpec) -> Value {
    json!({
        "name": field.name,
        "type": type_of(field),
        "writable": writable(field),
        "required": field.required,
        "max_length": field.max_length_chars,
        "options": field.options,
    })
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
