//! `sync`, `resync` and `plan`: one run, and what it has to say.

use super::args::{PlanArgs, ResyncArgs, SyncArgs};
use super::show;
use super::{CliError, Exit, Globals, signals};
use crate::config::{Config, ConnectionConfig};
use crate::output;
use crate::planfile::{self, Fingerprints};
use crate::report::{RunReport, Status};
use crate::run::{Depth, Mode, Permission, StopFlag, SystemClock};
use crate::session::{Session, SessionError};
use std::sync::Arc;
use syntony_core::ids::ConnectionName;

pub(super) async fn sync(args: &SyncArgs, globals: &Globals) -> Result<Exit, CliError> {
    let only = match &args.plan {
        None => None,
        Some(path) => Some(planfile::read(path).map_err(|error| {
            CliError::usage(format!("{}: {error}", path.display()), "`syntony plan --out FILE` writes one")
        })?),
    };
    run(&args.connections, Mode::Sync, permission(args.yes), globals, only.as_ref())
        .await
        .map(|(exit, _)| exit)
}

pub(super) async fn resync(args: &ResyncArgs, globals: &Globals) -> Result<Exit, CliError> {
    run(&args.connections, Mode::Resync, permission(args.yes), globals, None).await.map(|(exit, _)| exit)
}

pub(super) async fn plan(args: &PlanArgs, globals: &Globals) -> Result<Exit, CliError> {
    let depth = if args.full { Depth::Everything } else { Depth::Changes };
    let (exit, report) =
        run(&args.connections, Mode::Plan(depth), Permission::Guarded, globals, None).await?;
    if let Some(path) = &args.out {
        planfile::write(path, &report).map_err(|error| {
            CliError::stopped(format!("{}: {error}", path.display()), "`--out` names another file")
        })?;
    }
    Ok(exit)
}

fn permission(yes: bool) -> Permission {
    if yes { Permission::Given } else { Permission::Guarded }
}

async fn run(
    names: &[String],
    mode: Mode,
    permission: Permission,
    globals: &Globals,
    only: Option<&Fingerprints>,
) -> Result<(Exit, RunReport), CliError> {
    let config = Arc::new(globals.load_config()?);
    let connections = choose(&config, names)?;
    let report = run_chosen(&config, &connections, mode, permission, globals, only).await?;
    if globals.json {
        output::print_json(&report)?;
    } else {
        output::print(&format!("{}{}", show::run(&report), show::rules(&report, &config)))?;
    }
    Ok((exit(&report), report))
}

/// Runs connections of a configuration; a signal ends the run after what is in flight.
pub(super) async fn run_chosen(
    config: &Arc<Config>,
    connections: &[&ConnectionConfig],
    mode: Mode,
    permission: Permission,
    globals: &Globals,
    only: Option<&Fingerprints>,
) -> Result<RunReport, CliError> {
    let command = format!("syntony {}", mode.as_str());
    let session = Session::open(Arc::clone(config), connections, &command, Arc::new(SystemClock))
        .await
        .map_err(|error| explain(error, config))?;
    let stop = Arc::new(StopFlag::default());
    let _listening = signals::ask_on_signal(&stop);
    let bars = show::Bars::new(&globals.progress);
    session
        .run(connections, mode, permission, &stop, &bars, only)
        .await
        .map_err(|error| explain(error, config))
}

/// The connections of these names, or all.
pub(super) fn choose<'c>(
    config: &'c Config,
    names: &[String],
) -> Result<Vec<&'c ConnectionConfig>, CliError> {
    if config.connections.is_empty() {
        return Err(CliError::usage(
            "the configuration has no connection",
            "`syntony init` shows how one looks",
        ));
    }
    if names.is_empty() {
        return Ok(config.connections.values().collect());
    }
    names
        .iter()
        .map(|name| {
            config.connections.get(name.as_str()).ok_or_else(|| {
                let known: Vec<&str> = config.connections.keys().map(ConnectionName::as_str).collect();
                CliError::usage(
                    format!("there is no connection `{name}`"),
                    format!("the configuration has: {}", known.join(", ")),
                )
            })
        })
        .collect()
}

/// What stops a session, for the command line.
pub(super) fn explain(error: SessionError, config: &Config) -> CliError {
    match error {
        SessionError::Config(problems) => CliError::Config { problems, file: Arc::clone(&config.source) },
        SessionError::State(error) => CliError::Stopped { message: error.to_string(), hint: None },
        SessionError::Stopped(stop) => CliError::Stopped { message: stop.to_string(), hint: None },
    }
}

/// What a report amounts to.
pub(super) fn exit(report: &RunReport) -> Exit {
    match report.status {
        Status::Ok => Exit::Done,
        Status::Attention => Exit::Waiting,
        Status::Partial => Exit::Failed,
        Status::Stopped => Exit::Stopped,
    }
}
