//! Salesforce to an empty Google account: how near the calls are to the least that the two vendors' pages and
//! batches allow.

use crate::simulators::{Simulators, obey};
use crate::{GOOGLE_BATCH_CONTACTS, GOOGLE_PAGE_CONTACTS, created, load, pages, peak_memory_mb, run};
use anyhow::{Result, ensure};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use syntony::run::Mode;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::people::people;
use syntony_sandbox::{google, salesforce};

/// Rows on a page of Salesforce's answers to queries.
const SALESFORCE_PAGE_CONTACTS: u64 = 2_000;
/// What is asked for beside contacts once in the life of a connection: the account behind the credentials and
/// the fields (Salesforce), the account and the labels (Google).
const PREPARING_CALLS: u64 = 2;
/// How many times the least number of calls a first sync may take.
const MAX_FIRST_SYNC_RATIO: f64 = 1.1;
/// How many people edit between two runs.
const EDITS: u64 = 10;
/// How many calls for each app a run may take beside its writes.
const MAX_READS_OF_A_RUN: u64 = 2;
/// Decides who the people are.
const SEED: u64 = 1;

/// The simulators' process.
pub(crate) async fn serve(contacts: usize) -> Result<()> {
    let settings = salesforce::Settings { uneven_pages: false, ..salesforce::Settings::unlimited() };
    let org = salesforce::Org::new(settings, Clock::machine(), Faults::none());
    let ids = org.seed(&people(SEED, contacts));
    let account = google::Account::new(google::Settings::unlimited(), Clock::machine(), Faults::none());
    let (crm, book) = (org.serve(0).await?, account.serve(0).await?);
    let apps = json!({
        "crm": { "url": crm.base_url, "contacts": org.counts().contacts, "credentials": org.credentials() },
        "google": { "url": book.base_url, "credentials": account.credentials() },
    });
    let edited: Vec<String> =
        ids.into_iter().filter(|id| has_address(&org, id)).take(EDITS as usize).collect();
    obey(&apps, move |order| {
        for id in &edited {
            if let Err(error) = org.edit(id, &json!({ "Title": order })) {
                eprintln!("{id}: {error:?}");
            }
        }
    })
    .await?;
    crm.stop().await;
    book.stop().await;
    Ok(())
}

fn has_address(org: &salesforce::Org, id: &str) -> bool {
    org.contact(id).is_some_and(|row| row.get("Email").is_some_and(serde_json::Value::is_string))
}

pub(crate) async fn measure(contacts: usize) -> Result<()> {
    let mut apps = Simulators::start(&["--crm", "--serve", "--contacts", &contacts.to_string()])?;
    let folder = tempfile::tempdir()?;
    let config = load(&write_config(folder.path(), &apps)?)?;
    let contacts = apps.count("/crm/contacts");
    println!("{contacts} Salesforce contacts, an empty Google account\n");
    println!(
        "| run | seconds | contacts/s | Salesforce calls (least) | Google calls (least) | peak memory MB |"
    );
    println!("|---|---|---|---|---|---|");
    let line = |name: &str, run: &crate::Measured, least: (u64, u64)| {
        println!(
            "| {name} | {:.2} | {:.0} | {} ({}) | {} ({}) | {:.0} |",
            run.seconds,
            contacts as f64 / run.seconds,
            run.calls("crm"),
            least.0,
            run.calls("google"),
            least.1,
            peak_memory_mb(),
        );
    };

    let first = run(&config, Mode::Sync).await?;
    let made = created(&first.report, "google");
    let least = (
        PREPARING_CALLS + pages(contacts, SALESFORCE_PAGE_CONTACTS),
        PREPARING_CALLS + 1 + made.div_ceil(GOOGLE_BATCH_CONTACTS),
    );
    line("first sync", &first, least);
    let ratio = (first.calls("crm") + first.calls("google")) as f64 / (least.0 + least.1) as f64;

    // What was created shows up in Google's feed once.
    let echo = run(&config, Mode::Sync).await?;
    line("its echo", &echo, (1, pages(made, GOOGLE_PAGE_CONTACTS)));
    let idle = run(&config, Mode::Sync).await?;
    line("idle sync", &idle, (1, 1));
    apps.tell("Head of Benchmarks")?;
    // Stamps have whole seconds.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let edits = run(&config, Mode::Sync).await?;
    line("ten edits", &edits, (1, 2));
    let resync = run(&config, Mode::Resync).await?;
    line("resync", &resync, (pages(contacts, SALESFORCE_PAGE_CONTACTS), pages(made, GOOGLE_PAGE_CONTACTS)));

    println!("\nfirst sync: {ratio:.3} times the least number of calls");
    ensure!(ratio <= MAX_FIRST_SYNC_RATIO, "the promise is {MAX_FIRST_SYNC_RATIO}");
    let updated = edits.report.apps.get("google").map_or(0, |counts| counts.updated);
    ensure!(updated == EDITS, "{updated} of {EDITS} edits arrived");
    let writes = updated.div_ceil(GOOGLE_BATCH_CONTACTS);
    let reads = (edits.calls("crm"), edits.calls("google").saturating_sub(writes));
    println!("ten edits: {} and {} calls beside the writing", reads.0, reads.1);
    ensure!(
        reads.0 <= MAX_READS_OF_A_RUN && reads.1 <= MAX_READS_OF_A_RUN,
        "the promise is {MAX_READS_OF_A_RUN}"
    );
    Ok(())
}

fn write_config(folder: &Path, apps: &Simulators) -> Result<std::path::PathBuf> {
    for (name, pointer) in [
        ("crm.id", "/crm/credentials/client_id"),
        ("crm.secret", "/crm/credentials/client_secret"),
        ("google.id", "/google/credentials/client_id"),
        ("google.secret", "/google/credentials/client_secret"),
        ("google.refresh", "/google/credentials/refresh_token"),
    ] {
        std::fs::write(folder.join(name), apps.text(pointer))?;
    }
    let file = folder.join("syntony.toml");
    let config = format!(
        r#"
[apps.crm]
type = "salesforce"
object = "contact"
tags = "topics"
rate = {{ per_second = 100000 }}
[apps.crm.oauth]
flow = "client_credentials"
login_url = "{crm}"
client_id = {{ file = "crm.id" }}
client_secret = {{ file = "crm.secret" }}

[apps.google]
type = "google_contacts"
base_url = "{google}"
rate = {{ per_second = 100000 }}
[apps.google.oauth]
client_id = {{ file = "google.id" }}
client_secret = {{ file = "google.secret" }}
refresh_token = {{ file = "google.refresh" }}
token_url = "{google}/token"

[connections.crm-google]
between = ["crm", "google"]
winner = "crm"
[connections.crm-google.placeholders]
crm = {{ LastName = "(unknown)" }}
"#,
        crm = apps.text("/crm/url"),
        google = apps.text("/google/url"),
    );
    std::fs::write(&file, config)?;
    Ok(file)
}
