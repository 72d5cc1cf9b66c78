//! The command line's grammar: every command, option and help text. What they do is in the file of the
//! same name as the command.

use crate::config::app::AppType;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use url::Url;

/// The most apps that one `init` takes.
pub(super) const MAX_INIT_APPS: usize = 8;
/// The most contacts that a simulator is seeded with.
const MAX_SANDBOX_CONTACTS: i64 = 1_000_000;

const EXIT_STATUS: &str = "\
Exit status:
   0  done, nothing waits
   1  done, something waits for a person
   2  done, some contacts failed
   3  stopped before or during writing
  64  the command line or the configuration is wrong";

/// Keeps the contacts of two apps in step, both ways.
#[derive(Clone, Debug, Parser)]
#[command(name = "syntony", version, about, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(super) options: GlobalOptions,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalOptions {
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "SYNTONY_CONFIG",
        default_value = "./syntony.toml"
    )]
    #[arg(hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(super) config: PathBuf,
    /// Print one JSON document on standard output, and nothing else there
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Tell more on the way; repeat for still more (SYNTONY_LOG takes a filter instead)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Tell less on the way; repeat for nothing at all
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) quiet: u8,
    /// How log lines on standard error are written
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For machines: one JSON object a line
    Json,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Try it without any account: simulated apps with invented contacts, synced before your eyes
    Demo(DemoArgs),
    /// Write a commented configuration for the apps you name
    Init(InitArgs),
    /// Say everything that is wrong with the configuration, and with the apps behind it
    Check(CheckArgs),
    /// List an app's fields
    Fields(FieldsArgs),
    /// Show what a sync would do, field by field, and write nothing
    Plan(PlanArgs),
    /// Sync what changed
    Sync(SyncArgs),
    /// Read both apps completely and sync; links and history are kept
    Resync(ResyncArgs),
    /// Run every connection on its schedule, and serve health, until told to end
    Daemon(DaemonArgs),
    /// Show how each connection stands
    Status(StatusArgs),
    /// Show past runs, or every write of one
    Runs(RunsArgs),
    /// Say where a contact's values came from, or why it is not syncing
    Explain(ExplainArgs),
    /// Erase everything stored about a person, and see to it that no later run brings them back
    Forget(ForgetArgs),
    /// Print everything stored about a person, as JSON
    Export(ExportArgs),
    /// Sign in to apps in the browser, see whether their credentials work, and take access back
    Auth(AuthArgs),
    /// Run only the simulated apps, each on a port of its own
    Sandbox(SandboxArgs),
    /// Print a completion script for your shell
    Completions(CompletionsArgs),
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Where to put the demo's configuration and state; default: a new folder for temporary files
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// The first port of the simulated apps; default: free ones
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Exit afterwards instead of going on serving the simulated apps
    #[arg(long)]
    pub once: bool,
}

/// Arguments of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The apps to write down, two or more; the first is connected with each of the others
    #[arg(value_name = "TYPE", value_enum, required_unless_present = "schema", num_args = 2..=MAX_INIT_APPS)]
    pub types: Vec<AppType>,
    /// Overwrite the file if it exists
    #[arg(long)]
    pub force: bool,
    /// Write no configuration, but print the JSON Schema that editors complete and check one with
    #[arg(long, conflicts_with_all = ["types", "force"])]
    pub schema: bool,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Look at the file alone, and ask no app
    #[arg(long)]
    pub offline: bool,
}

/// Arguments of `fields`.
#[derive(Clone, Debug, Args)]
pub struct FieldsArgs {
    /// The app, by its name in the configuration
    #[arg(value_name = "APP")]
    pub app: String,
}

/// Arguments of `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// The connections to plan; default: all
    #[arg(value_name = "CONNECTION")]
    pub connections: Vec<String>,
    /// Read both apps completely, as a resync would
    #[arg(long)]
    pub full: bool,
    /// Write the plan to a file, for `sync --plan`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

/// Arguments of `sync`.
#[derive(Clone, Debug, Args)]
pub struct SyncArgs {
    /// The connections to sync; default: all
    #[arg(value_name = "CONNECTION")]
    pub connections: Vec<String>,
    /// Do exactly this plan, leaving out each contact that changed since
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub plan: Option<PathBuf>,
    /// Go on where the guard would stop this run
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `resync`.
#[derive(Clone, Debug, Args)]
pub struct ResyncArgs {
    /// The connections to resync; default: all
    #[arg(value_name = "CONNECTION")]
    pub connections: Vec<String>,
    /// Go on where the guard would stop this run
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `daemon`.
#[derive(Clone, Debug, Args)]
pub struct DaemonArgs {}

/// Arguments of `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {}

/// Arguments of `runs`.
#[derive(Clone, Debug, Args)]
pub struct RunsArgs {
    /// One run, with every write before and after; default: the list of runs
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
}

/// Arguments of `explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The contact: an e-mail address, or APP:ID
    #[arg(value_name = "CONTACT")]
    pub contact: String,
}

/// Arguments of `forget`.
#[derive(Clone, Debug, Args)]
pub struct ForgetArgs {
    /// One of the person's e-mail addresses, in any spelling
    #[arg(value_name = "EMAIL")]
    pub email: String,
}

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// One of the person's e-mail addresses, in any spelling
    #[arg(value_name = "EMAIL")]
    pub email: String,
}

/// Arguments of `auth`.
#[derive(Clone, Debug, Args)]
pub struct AuthArgs {
    /// What to do
    #[command(subcommand)]
    pub command: AuthCommand,
}

/// What `auth` does.
#[derive(Clone, Debug, Subcommand)]
pub enum AuthCommand {
    /// Sign in to an app in the browser, and keep what it gives, encrypted
    Login(LoginArgs),
    /// Show where each app's credentials come from, and whether they work
    Status(AuthStatusArgs),
    /// Take an app's access back, at the provider and here
    Revoke(RevokeArgs),
}

/// Arguments of `auth login`.
#[derive(Clone, Debug, Args)]
pub struct LoginArgs {
    /// The app, by its name in the configuration
    #[arg(value_name = "APP")]
    pub app: String,
    /// Where the browser is sent back to, exactly as it is registered at the provider; default: this machine
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub redirect_url: Option<Url>,
}

/// Arguments of `auth status`.
#[derive(Clone, Debug, Args)]
pub struct AuthStatusArgs {
    /// One app, by its name in the configuration; default: all
    #[arg(value_name = "APP")]
    pub app: Option<String>,
    /// Ask no app; encrypt everything that is kept with a new key
    #[arg(long, conflicts_with = "app")]
    pub rotate_key: bool,
}

/// Arguments of `auth revoke`.
#[derive(Clone, Debug, Args)]
pub struct RevokeArgs {
    /// The app, by its name in the configuration
    #[arg(value_name = "APP")]
    pub app: String,
}

/// Arguments of `sandbox`.
#[derive(Clone, Debug, Args)]
pub struct SandboxArgs {
    /// Which invented people; the same number gives the same people
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many invented people
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=MAX_SANDBOX_CONTACTS))]
    pub contacts: u32,
    /// The first port; default: free ones
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Faults to play, for example `429/20,500/50,lag=10000`
    #[arg(long, value_name = "SPEC")]
    pub faults: Option<String>,
}

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: clap_complete::Shell,
}
