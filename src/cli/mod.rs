//! The command line: reads it, sets up logging, hands over to the command's own file, and turns what
//! comes of it into an exit status.
//!
//! A command is one file with `run(&Args, &Globals) -> Result<Exit, CliError>`, one struct in `args`
//! and one arm in `dispatch`. Invariant: whatever happens, standard output carries the answer alone,
//! and with `--json` exactly one document.

mod args;
mod auth;
mod check;
mod completions;
mod daemon;
mod demo;
mod exit;
mod explain;
mod export;
mod fields;
mod forget;
mod harden;
mod init;
mod logging;
mod mappings;
mod runs;
mod sandbox;
mod show;
mod signals;
mod state;
mod status;
mod sync;

pub use args::{
    AuthArgs, AuthCommand, AuthStatusArgs, CheckArgs, CompletionsArgs, DaemonArgs, DemoArgs, ExplainArgs,
    ExportArgs, FieldsArgs, ForgetArgs, InitArgs, LogFormat, LoginArgs, PlanArgs, ResyncArgs, RevokeArgs,
    RunsArgs, SandboxArgs, StatusArgs, SyncArgs,
};
pub use exit::{CliError, Exit};

use crate::config::{self, Config};
use crate::diagnostics;
use crate::output::{self, Progress};
use args::{Cli, Command, GlobalOptions};
use chrono::Utc;
use clap::Parser as _;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// What every command may want to know.
#[derive(Clone, Debug)]
pub struct Globals {
    /// The configuration file.
    pub config: PathBuf,
    /// Whether standard output is one JSON document.
    pub json: bool,
    /// Bars on standard error.
    pub progress: Progress,
}

impl Globals {
    /// Reads the configuration; its warnings go to standard error.
    ///
    /// # Errors
    /// [`CliError::Config`] with everything that is wrong with it.
    pub fn load_config(&self) -> Result<Config, CliError> {
        let loaded = config::load(&self.config, Utc::now());
        match loaded.config {
            Some(config) => {
                if !loaded.problems.is_empty() {
                    let text = diagnostics::render(&loaded.problems, &loaded.source);
                    self.progress.suspend(|| output::complain(&text));
                }
                Ok(config)
            }
            None => Err(CliError::Config { problems: loaded.problems, file: loaded.source }),
        }
    }
}

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    match parse(std::env::args_os()) {
        Ok(cli) => run(cli),
        Err(exit) => exit,
    }
    .into()
}

/// Reads the command line; help, version and mistakes are said here.
fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, Exit> {
    Cli::try_parse_from(words).map_err(|error| {
        let _ = error.print();
        status_of(&error)
    })
}

/// Help and version that were asked for are answers; everything else is a wrong command line.
fn status_of(error: &clap::Error) -> Exit {
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

fn run(cli: Cli) -> Exit {
    let Cli { options, command } = cli;
    let GlobalOptions { config, json, verbose, quiet, log_format } = options;
    let progress = Progress::on_stderr(quiet == 0);
    let verbosity = i8::try_from(verbose).unwrap_or(i8::MAX) - i8::try_from(quiet).unwrap_or(i8::MAX);
    let globals = Globals { config, json, progress };
    let result = logging::start(verbosity, log_format, &globals.progress)
        .map_err(|error| {
            CliError::usage(
                format!("{} is not a filter: {error}", logging::VARIABLE),
                "for example `syntony=debug`",
            )
        })
        .and_then(|()| {
            harden::keep_memory_private();
            on_runtime(&command, &globals)
        });
    result.unwrap_or_else(|error| {
        error.report(json);
        error.exit()
    })
}

fn on_runtime(command: &Command, globals: &Globals) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
        CliError::stopped(
            format!("the program cannot start: {error}"),
            "check the limits on threads and open files",
        )
    })?;
    runtime.block_on(dispatch(command, globals))
}

async fn dispatch(command: &Command, globals: &Globals) -> Result<Exit, CliError> {
    match command {
        Command::Init(args) => init::run(args, globals),
        Command::Completions(args) => completions::run(args, globals),
        Command::Demo(args) => demo::run(args, globals).await,
        Command::Check(args) => check::run(args, globals).await,
        Command::Fields(args) => fields::run(args, globals).await,
        Command::Plan(args) => sync::plan(args, globals).await,
        Command::Sync(args) => sync::sync(args, globals).await,
        Command::Resync(args) => sync::resync(args, globals).await,
        Command::Daemon(args) => daemon::run(args, globals).await,
        Command::Status(args) => status::run(args, globals),
        Command::Runs(args) => runs::run(args, globals),
        Command::Explain(args) => explain::run(args, globals),
        Command::Forget(args) => forget::run(args, globals),
        Command::Export(args) => export::run(args, globals),
        Command::Auth(args) => auth::run(args, globals).await,
        Command::Sandbox(args) => sandbox::run(args, globals).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn status(line: &str) -> Option<u8> {
        let words = std::iter::once("syntony").chain(line.split_whitespace());
        Cli::try_parse_from(words).err().map(|error| status_of(&error).code())
    }

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wrong_command_line_ends_with_64_and_a_question_for_help_with_0() {
        for line in ["--help", "--version", "sync --help", "-h", "help", "help sync", "-V"] {
            assert_eq!(status(line), Some(0), "{line}");
        }
        for line in [
            "",
            "nonsense",
            "sync --nonsense",
            "init",
            "init drift",
            "init drift nobody",
            "init --schema drift google_contacts",
            "init --schema --force",
            "fields",
            "explain",
            "forget",
            "export",
            "completions",
            "completions nosuch",
            "sandbox --port 99999",
            "sandbox --seed x",
            "sandbox --contacts -1",
            "auth",
            "auth login",
            "auth revoke",
            "auth login crm --redirect-url nowhere",
            "auth status crm --rotate-key",
            "-v -q status",
            "--log-format xml status",
            "runs a b",
        ] {
            assert_eq!(status(line), Some(64), "{line}");
        }
        for line in [
            "init drift google_contacts --force",
            "init --schema --json",
            "check --offline",
            "fields chat",
            "plan a b --full --out p.json",
            "sync --plan p.json --yes",
            "resync",
            "status --json",
            "daemon --json",
            "--json status",
            "runs 01J",
            "explain a@b.c",
            "forget a@b.c",
            "export a@b.c --json",
            "sandbox --seed 7 --contacts 0 --port 1 --faults 429/20",
            "completions zsh",
            "auth login crm --redirect-url http://localhost:8386/callback",
            "auth status",
            "auth status --rotate-key",
            "auth revoke crm --json",
            "-vvv sync",
            "sync -qq",
            "sync --config x.toml --log-format json",
            "demo --dir d --port 4000 --once",
        ] {
            assert_eq!(status(line), None, "{line}");
        }
    }

    #[test]
    fn help_shows_no_value_of_the_environment() {
        let long = Cli::command().render_long_help().to_string();
        assert!(long.contains("SYNTONY_CONFIG") && !long.contains("SYNTONY_CONFIG="), "{long}");
        assert!(long.contains("64  the command line"));
    }
}
