//! `demo`: the whole product on simulated apps, without any account: a configuration, the plan, the sync
//! over real HTTP, the result, and a second sync that has nothing to do.

use super::args::DemoArgs;
use super::{CliError, Exit, Globals, sandbox, show, signals, sync};
use crate::config::{self, Config};
use crate::output;
use crate::report::RunReport;
use crate::run::{Depth, Mode, Permission};
use chrono::Utc;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use syntony_sandbox::{Description, SandboxConfig};

/// The configuration's name in the demo's folder.
const CONFIG_FILE: &str = "syntony.toml";

pub(super) async fn run(args: &DemoArgs, globals: &Globals) -> Result<Exit, CliError> {
    let dir = folder(args.dir.as_deref())?;
    let settings = SandboxConfig { first_port: args.port.unwrap_or(0), ..SandboxConfig::default() };
    let apps = sandbox::start(settings).await?;
    let description = apps.description();
    let file = write_files(&dir, &description)?;
    let config = load(&file)?;
    let say = |text: &str| if globals.json { Ok(()) } else { output::print(text) };

    say(&introduction(&description, &file))?;
    say("\n--- syntony plan: what a first sync would do\n\n")?;
    let plan = go(&config, Mode::Plan(Depth::Changes), globals).await?;
    say(&show::run(&plan))?;
    say("\n--- syntony sync: does it\n\n")?;
    let first = go(&config, Mode::Sync, globals).await?;
    say(&show::run(&first))?;
    say("\n--- syntony sync: once more, with nothing changed in between\n\n")?;
    let second = go(&config, Mode::Sync, globals).await?;
    say(&show::run(&second))?;
    say(&ending(&file, args.once))?;
    if globals.json {
        output::print_json(&json!({
            "config": file.display().to_string(),
            "apps": description,
            "plan": plan,
            "first": first,
            "second": second,
        }))?;
    }
    if !args.once {
        signals::wait().await;
    }
    apps.stop().await;
    // What waits for a person in the demo waits there on purpose; what fails or stops does not.
    Ok(match sync::exit(&first).and(sync::exit(&second)) {
        Exit::Done | Exit::Waiting => Exit::Done,
        worse @ (Exit::Failed | Exit::Stopped | Exit::Usage) => worse,
    })
}

async fn go(config: &Config, mode: Mode, globals: &Globals) -> Result<RunReport, CliError> {
    let connections = sync::choose(config, &[])?;
    sync::run_chosen(config, &connections, mode, Permission::Guarded, globals, None).await
}

/// The folder of the demo: the one that was named, or a new one among the temporary files.
fn folder(named: Option<&Path>) -> Result<PathBuf, CliError> {
    let dir = match named {
        Some(dir) => dir.to_owned(),
        None => std::env::temp_dir().join(format!("syntony-demo-{}", crate::runid::new())),
    };
    std::fs::create_dir_all(&dir).map_err(|error| cannot(&dir, &error))?;
    if dir.join(CONFIG_FILE).exists() {
        return Err(CliError::usage(
            format!("there is a {CONFIG_FILE} in {} already", dir.display()),
            "name another folder with `--dir`, or remove it",
        ));
    }
    Ok(dir)
}

fn cannot(path: &Path, error: &std::io::Error) -> CliError {
    CliError::stopped(
        format!("{} cannot be written: {error}", path.display()),
        "`--dir` names another folder",
    )
}

/// Writes the configuration, and the secrets that it names, each in a file of its own.
fn write_files(dir: &Path, apps: &Description) -> Result<PathBuf, CliError> {
    let google = &apps.google_contacts;
    for (name, secret) in [
        ("drift.token", &apps.drift.token),
        ("google.client_id", &google.credentials.client_id),
        ("google.client_secret", &google.credentials.client_secret),
        ("google.refresh_token", &google.credentials.refresh_token),
    ] {
        private_file(&dir.join(name), secret)?;
    }
    let file = dir.join(CONFIG_FILE);
    let text = format!(
        r#"# The demo's configuration. The addresses lead to simulated apps on this machine.

[apps.chat]
type     = "drift"
base_url = "{drift}"
token    = {{ file = "drift.token" }}
tags     = "attribute:labels"            # Drift has no tags of its own any more: they live in an attribute
rate     = {{ per_second = 1000 }}         # the simulated apps have no limits

[apps.google]
type        = "google_contacts"
base_url    = "{google_url}"
rate        = {{ per_second = 1000 }}
lag_seconds = 10
[apps.google.oauth]
client_id     = {{ file = "google.client_id" }}
client_secret = {{ file = "google.client_secret" }}
refresh_token = {{ file = "google.refresh_token" }}
token_url     = "{token_url}"

[connections.chat-google]
between   = ["chat", "google"]
winner    = "google"
deletions = {{ from = "google", tag = "PieSync Trash" }}
"#,
        drift = apps.drift.base_url,
        google_url = google.base_url,
        token_url = google.token_url,
    );
    std::fs::write(&file, text).map_err(|error| cannot(&file, &error))?;
    Ok(file)
}

/// Writes a file that nobody else may read.
fn private_file(path: &Path, text: &str) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| cannot(path, &error))
}

fn load(file: &Path) -> Result<Config, CliError> {
    let loaded = config::load(file, Utc::now());
    loaded.config.ok_or(CliError::Config { problems: loaded.problems, file: loaded.source })
}

fn introduction(apps: &Description, file: &Path) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Two simulated apps with invented people are serving on this machine:");
    let _ = writeln!(
        text,
        "  Drift            {} ({} contacts)",
        apps.drift.base_url, apps.drift.counts.contacts
    );
    let google = &apps.google_contacts;
    let _ = writeln!(text, "  Google Contacts  {} ({} contacts)", google.base_url, google.counts.contacts);
    let _ = writeln!(text, "The configuration is {}", file.display());
    text
}

fn ending(file: &Path, once: bool) -> String {
    let file = file.display();
    let mut text = String::from("\n--- How to go on\n\n");
    if !once {
        let _ = writeln!(text, "The apps keep serving until you press Ctrl-C. In another terminal:");
        let _ = writeln!(text, "  syntony --config {file} status");
        let _ = writeln!(text, "  syntony --config {file} runs");
        let _ = writeln!(text, "  syntony --config {file} explain ADDRESS");
    }
    let _ = writeln!(
        text,
        "With accounts of your own: `syntony init drift google_contacts` writes a configuration,"
    );
    let _ = writeln!(text, "`syntony check` tries it, `syntony plan` shows what a sync would do.");
    text
}
