//! Drift with Google Contacts: a chat that has to be discovered, and two books that overlap.

use crate::simulators::{Simulators, obey};
use crate::{
    GOOGLE_BATCH_CONTACTS, GOOGLE_PAGE_CONTACTS, Measured, created, load, pages, peak_memory_mb, run,
};
use anyhow::Result;
use std::path::Path;
use syntony::report::ConnectionReport;
use syntony::run::{Depth, Mode};
use syntony_sandbox::{Sandbox, SandboxConfig};

/// Conversations on a page of Drift's list.
const DRIFT_PAGE_CONVERSATIONS: u64 = 100;

/// The simulators' process.
pub(crate) async fn serve(contacts: usize) -> Result<()> {
    let sandbox = Sandbox::start(SandboxConfig { contacts, ..SandboxConfig::default() }).await?;
    obey(&serde_json::to_value(sandbox.description())?, |_| {}).await?;
    sandbox.stop().await;
    Ok(())
}

pub(crate) async fn measure(contacts: usize) -> Result<()> {
    let apps = Simulators::start(&["--serve", "--contacts", &contacts.to_string()])?;
    let folder = tempfile::tempdir()?;
    let config = load(&write_config(folder.path(), &apps)?)?;
    let google = apps.count("/google_contacts/counts/contacts");
    let chat = apps.count("/drift/counts/contacts");
    let conversations = apps.count("/drift/counts/conversations");
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
        let Measured { seconds, report } = run(&config, mode).await?;
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
            peak_memory_mb(),
        );
        if first.is_none() {
            first = Some(report);
        }
    }
    Ok(())
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

fn write_config(folder: &Path, apps: &Simulators) -> Result<std::path::PathBuf> {
    let text = |pointer: &str| apps.text(pointer);
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
