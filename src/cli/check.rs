//! `check`: everything that is wrong with the configuration, and with the apps behind it, at once.

use super::args::CheckArgs;
use super::{CliError, Exit, Globals, mappings, sync};
use crate::compile::MappingLine;
use crate::config::{self, Config};
use crate::diagnostics::{self, Problem, Source};
use crate::output::{self, printable};
use crate::run::SystemClock;
use crate::session::{Freshness, Session, SessionError};
use chrono::Utc;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn run(args: &CheckArgs, globals: &Globals) -> Result<Exit, CliError> {
    let loaded = config::load(&globals.config, Utc::now());
    let mut found = Found { problems: loaded.problems, ..Found::default() };
    if let Some(config) = loaded.config.filter(|_| !args.offline) {
        online(&Arc::new(config), &mut found).await?;
    }
    say(globals, &found, &loaded.source)?;
    if found.problems.iter().any(Problem::is_error) {
        return Ok(Exit::Usage);
    }
    Ok(if found.unreachable { Exit::Stopped } else { Exit::Done })
}

#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
    mappings: Vec<MappingLine>,
    notes: Vec<String>,
    /// An app could not be asked, or refuses us.
    unreachable: bool,
}

async fn online(config: &Arc<Config>, found: &mut Found) -> Result<(), CliError> {
    let connections: Vec<_> = config.connections.values().collect();
    let opened =
        Session::open(Arc::clone(config), &connections, "syntony check", Arc::new(SystemClock)).await;
    let session = match opened {
        Ok(session) => session,
        Err(SessionError::Config(problems)) => {
            found.problems.extend(problems);
            return Ok(());
        }
        Err(error) => return Err(sync::explain(error, config)),
    };
    for app in config.apps.values() {
        let Ok(built) = session.app(&app.name.value) else { continue };
        match built.connector.check().await {
            Ok(health) => {
                for permission in health.missing_permissions {
                    let message = format!("`{}` lacks {permission}", app.name.value);
                    let hint = "give it to the user or the app at the vendor, or take what needs it out of this file";
                    found.problems.push(config.source.error(app.name.span, message).hint(hint));
                }
                let quota = health.quota.map_or_else(String::new, |quota| {
                    format!("; {}: {} of {} calls left", quota.name, quota.remaining_calls, quota.limit_calls)
                });
                found.notes.push(format!("{}: account {}{quota}", app.name.value, health.account));
            }
            Err(error) => {
                found.unreachable = true;
                let message = format!("`{}` cannot be used: {error}", app.name.value);
                found.problems.push(config.source.warning(app.name.span, message));
            }
        }
    }
    if found.unreachable {
        return Ok(());
    }
    for connection in connections {
        match session.compile(connection, Freshness::Asked).await {
            Ok(compiled) => {
                found.problems.extend(compiled.problems);
                found.mappings.extend(compiled.mappings);
            }
            Err(SessionError::Stopped(stop)) => {
                found.unreachable = true;
                found.problems.push(config.source.warning(connection.name.span, stop.to_string()));
            }
            Err(error) => return Err(sync::explain(error, config)),
        }
    }
    Ok(())
}

fn say(globals: &Globals, found: &Found, source: &Source) -> Result<(), CliError> {
    let ok = !found.unreachable && !found.problems.iter().any(Problem::is_error);
    if globals.json {
        output::print_json(&json!({ "ok": ok, "problems": found.problems, "mappings": found.mappings }))?;
        return Ok(());
    }
    output::complain(&diagnostics::render(&found.problems, source));
    let mut text = String::new();
    for note in &found.notes {
        text.push_str(&format!("{}\n", printable(note)));
    }
    text.push_str(&mappings::text(&found.mappings));
    if !found.mappings.is_empty() {
        text.push('\n');
    }
    text.push_str(match (ok, found.unreachable) {
        (true, _) => "The configuration is fine.\n",
        (false, false) => "The configuration needs a change.\n",
        (false, true) => "Not everything could be checked: an app cannot be used.\n",
    });
    output::print(&text)?;
    Ok(())
}
