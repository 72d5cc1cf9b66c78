//! How fast, with how many calls, and in how much memory: the engine against the simulators, which run
//! in a process of their own so that the memory is the engine's alone.
//!
//! ```text
//! cargo run --release --example benchmark -- --contacts 100000          # Drift with Google, so many people
//! cargo run --release --example benchmark -- --crm --contacts 100000    # Salesforce to an empty Google account
//! ```
//!
//! Every figure is from this one run. Speeds depend on the machine, and the simulators take their share of
//! it: compare ratios, not seconds. The program fails where a figure is not what the project promises.

#![allow(clippy::print_stdout)] // a program that prints

mod chat;
mod crm;
mod simulators;

use anyhow::{Context as _, Result, bail};
use chrono::Utc;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use syntony::config::{self, Config};
use syntony::report::{ConnectionReport, RunReport};
use syntony::run::{Mode, Permission, StopFlag, SystemClock, Unwatched};
use syntony::session::Session;

/// Contacts on a page of Google's listing, and in one batch of writes.
const GOOGLE_PAGE_CONTACTS: u64 = 1_000;
const GOOGLE_BATCH_CONTACTS: u64 = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let says = |name: &str| words.iter().any(|word| word == name);
    let contacts = match words.iter().position(|word| word == "--contacts") {
        None => 10_000,
        Some(at) => words.get(at + 1).context("a number must follow --contacts")?.parse()?,
    };
    match (says("--crm"), says("--serve")) {
        (false, false) => chat::measure(contacts).await,
        (false, true) => chat::serve(contacts).await,
        (true, false) => crm::measure(contacts).await,
        (true, true) => crm::serve(contacts).await,
    }
}

/// What one run took.
struct Measured {
    seconds: f64,
    report: ConnectionReport,
}

impl Measured {
    fn calls(&self, app: &str) -> u64 {
        self.report.apps.get(app).map_or(0, |counts| counts.calls)
    }
}

fn load(file: &Path) -> Result<Arc<Config>> {
    let loaded = config::load(file, Utc::now());
    let Some(config) = loaded.config else { bail!("{:?}", loaded.problems) };
    Ok(Arc::new(config))
}

/// One run of the only connection, in a session of its own as the program would have it.
async fn run(config: &Arc<Config>, mode: Mode) -> Result<Measured> {
    let connections: Vec<_> = config.connections.values().collect();
    let begun = Instant::now();
    let session = Session::open(Arc::clone(config), &connections, "benchmark", Arc::new(SystemClock)).await?;
    let stop = StopFlag::default();
    let report = session.run(&connections, mode, Permission::Given, &stop, &Unwatched, None).await?;
    drop(session);
    Ok(Measured { seconds: begun.elapsed().as_secs_f64(), report: connection(report)? })
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

/// The most memory that this process ever had, as the operating system counts it.
fn peak_memory_mb() -> f64 {
    let read = || -> Option<f64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    read().map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}
