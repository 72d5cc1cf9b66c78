//! How fast, with how many calls, and in how much memory: the engine against the simulators, which run
//! in a process of their own so that the memory is the engine's alone.
//!
//! ```text
//! cargo run --release --example benchmark -- --contacts 100000
//! ```
//!
//! Every figure is from this one run. Speeds depend on the machine, and the simulators take their share of
//! it: compare ratios, not seconds.

#![allow(clippy::print_stdout)] // a program that prints

use anyhow::{Context as _, Result, bail};
use chrono::Utc;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;
use syntony::config;
use syntony::report::{ConnectionReport, RunReport};
use syntony::run::{Depth, Mode, Permission, StopFlag, SystemClock, Unwatched};
use syntony::session::Session;
use syntony_sandbox::{Sandbox, SandboxConfig};

/// Contacts on a page of Google's listing, and in one batch of writes.
const GOOGLE_PAGE_CONTACTS: u64 = 1_000;
const GOOGLE_BATCH_CONTACTS: u64 = 200;
/// Conversations on a page of Drift's list.
const DRIFT_PAGE_CONVERSATIONS: u64 = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: usize| -> Result<usize> {
        match words.iter().position(|word| word == name) {
            None => Ok(default),
            Some(at) => Ok(words.get(at + 1).context("a number must follow")?.parse()?),
        }
    };
    let contacts = number("--contacts", 10_000)?;
    if words.iter().any(|word| word == "--serve") {
        return serve(contacts).await;
    }
    measure(contacts).await
}

/// The simulators' process: says where they are, and serves until its input ends.
async fn serve(contacts: usize) -> Result<()> {
    let sandbox = Sandbox::start(SandboxConfig { contacts, ..SandboxConfig::default() }).await?;
    println!("{}", serde_json::to_string(&sandbox.description())?);
    tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop)).await?;
    sandbox.stop().await;
    Ok(())
}

struct Simulators(Child);

impl Drop for Simulators {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(contacts: usize) -> Result<(Simulators, Value)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--serve", "--contacts", &contacts.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().context("no output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    Ok((Simulators(child), serde_json::from_str(&line)?))
}

async fn measure(contacts: usize) -> Result<()> {
    let (_simulators, apps) = start(contacts)?;
    let folder = tempfile::tempdir()?;
    let file = write_config(folder.path(), &apps)?;
    let loaded = config::load(&file, Utc::now());
    let Some(config) = loaded.config else { bail!("{:?}", loaded.problems) };
    let connections: Vec<_> = config.connections.values().collect();
    let counts = |pointer: &str| apps.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let google = counts("/google_contacts/counts/contacts");
    let chat = counts("/drift/counts/contacts");
    let conversations = counts("/drift/counts/conversations");
    println!("{google} Google contacts, {chat} Drift contacts, {conversations} conversations\n");
    println!("| run | seconds | contacts/s | Google calls (least) | Drift calls (least) | peak memory MB |");
    println!("|---|---|---|---|---|---|");
    let mut first: Option<ConnectionReport> = None;
    for (name, mode) in [
        ("first sync", Mode::Sync),
        ("its echo", Mode::Sync),
        ("idle sync", Mode::Sync),
        ("resync", Mode::Resync),
        ("plan", Mode::Plan(Depth::Changes)),
    ] {
        let begun = Instant::now();
        let report = {
            let session = Session::open(&config, &connections, "benchmark", &SystemClock).await?;
            let stop = StopFlag::default();
            session.run(&connections, mode, Permission::Given, &stop, &Unwatched, None).await?
        };
        let seconds = begun.elapsed().as_secs_f64();
        let report = connection(report)?;
        let least = match name {
            "first sync" => least_calls(&report, google, conversations),
            // What was created shows up in the feed once, with the labels; then nothing at all.
            "its echo" => {
                let echo = first.as_ref().map_or(0, |first| created(first, "google"));
                (pages(echo, GOOGLE_PAGE_CONTACTS) + 1, 1)
            }
            "idle sync" => (1, 1),
            "resync" => {
                let book = google + first.as_ref().map_or(0, |first| created(first, "google"));
                let known = report.apps.get("chat").map_or(0, |counts| counts.read);
                let listed = pages(book, GOOGLE_PAGE_CONTACTS) + 1;
                (listed, pages(conversations, DRIFT_PAGE_CONVERSATIONS) + known)
            }
            // A plan's calls are a forecast of the writing: here there is nothing to write.
            _ => (0, 0),
        };
        let calls = |app: &str| report.apps.get(app).map_or(0, |counts| counts.calls);
        println!(
            "| {name} | {seconds:.2} | {:.0} | {} ({}) | {} ({}) | {:.0} |",
            (google + chat) as f64 / seconds,
            calls("google"),
            least.0,
            calls("chat"),
            least.1,
            peak_memory_mb().unwrap_or(f64::NAN),
        );
        if first.is_none() {
            first = Some(report);
        }
    }
    Ok(())
}

fn connection(report: RunReport) -> Result<ConnectionReport> {
    let report = report.connections.into_iter().next().context("no connection ran")?;
    if let Some(reason) = &report.reason {
        bail!("{reason}");
    }
    Ok(report)
}

fn created(report: &ConnectionReport, app: &str) -> u64 {
    report.apps.get(app).map_or(0, |counts| counts.created)
}

fn pages(things: u64, page: u64) -> u64 {
    things.div_ceil(page).max(1)
}

/// The calls that no client could do without: pages and batches as large as the vendor takes, one read for
/// each contact that a conversation names, one look-up for each that is to be created in Drift, one call
/// for each write there (Drift has no batches). Google's account and labels, Drift's account and
/// schema cost a call each.
fn least_calls(report: &ConnectionReport, google: u64, conversations: u64) -> (u64, u64) {
    let counts = |app: &str| report.apps.get(app).copied().unwrap_or_default();
    let (book, chat) = (counts("google"), counts("chat"));
    let google_calls = 2
        + pages(google, GOOGLE_PAGE_CONTACTS)
        + book.created.div_ceil(GOOGLE_BATCH_CONTACTS)
        + book.updated.div_ceil(GOOGLE_BATCH_CONTACTS);
    let drift_calls =
        2 + pages(conversations, DRIFT_PAGE_CONVERSATIONS) + chat.read + chat.created * 2 + chat.updated;
    (google_calls, drift_calls)
}

/// The most memory that this process ever had, as the operating system counts it.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

fn write_config(folder: &Path, apps: &Value) -> Result<std::path::PathBuf> {
    let text = |pointer: &str| apps.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (name, pointer) in [
        ("drift", "/drift/token"),
        ("id", "/google_contacts/client_id"),
        ("secret", "/google_contacts/client_secret"),
        ("refresh", "/google_contacts/refresh_token"),
    ] {
        std::fs::write(folder.join(name), text(pointer))?;
    }
    let file = folder.join("syntony.toml");
    let config = format!(
        r#"
[apps.chat]
type = "drift"
base_url = "{}"
token = {{ file = "drift" }}
tags = "attribute:labels"
rate = {{ per_second = 100000 }}
concurrency = 16

[apps.google]
type = "google_contacts"
base_url = "{}"
rate = {{ per_second = 100000 }}
[apps.google.oauth]
client_id = {{ file = "id" }}
client_secret = {{ file = "secret" }}
refresh_token = {{ file = "refresh" }}
token_url = "{}"

[connections.chat-google]
between = ["chat", "google"]
winner = "google"
"#,
        text("/drift/base_url"),
        text("/google_contacts/base_url"),
        text("/google_contacts/token_url"),
    );
    std::fs::write(&file, config)?;
    Ok(file)
}
