//! `demo`: the whole product on simulated apps, without any account: a configuration, the plan, the sync
//! over real HTTP, the result, a second sync that has nothing to do, and an unsubscribe that arrives as a tag.

use super::args::DemoArgs;
use super::{CliError, Exit, Globals, sandbox, show, signals, sync};
use crate::config::{self, Config};
use crate::output;
use crate::report::RunReport;
use crate::run::{Depth, Mode, Permission};
use chrono::Utc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use syntony_sandbox::{Description, Sandbox, SandboxConfig};

/// The configuration's name in the demo's folder.
const CONFIG_FILE: &str = "syntony.toml";

/// Where the unsubscribe comes from and where it arrives.
const NEWS_CONNECTION: &str = "crm-news";

pub(super) async fn run(args: &DemoArgs, globals: &Globals) -> Result<Exit, CliError> {
    let dir = folder(args.dir.as_deref())?;
    let settings = SandboxConfig { first_port: args.port.unwrap_or(0), ..SandboxConfig::default() };
    let apps = sandbox::start(settings).await?;
    let description = apps.description();
    let file = write_files(&dir, &description)?;
    let config = Arc::new(load(&file)?);
    let say = |text: &str| if globals.json { Ok(()) } else { output::print(text) };

    say(&introduction(&description, &file))?;
    say("\n--- syntony plan: what a first sync would do\n\n")?;
    let plan = go(&config, &[], Mode::Plan(Depth::Changes), globals).await?;
    say(&show::run(&plan))?;
    say("\n--- syntony sync: does it\n\n")?;
    let first = go(&config, &[], Mode::Sync, globals).await?;
    say(&show::run(&first))?;
    say("\n--- syntony sync: once more, with nothing changed in between\n\n")?;
    let second = go(&config, &[], Mode::Sync, globals).await?;
    say(&show::run(&second))?;
    let leaver = somebody_leaves(&apps)?;
    say(&format!("\n--- {} unsubscribes in Mailchimp; syntony sync {NEWS_CONNECTION}\n\n", leaver.email))?;
    let third = go(&config, &[NEWS_CONNECTION.to_owned()], Mode::Sync, globals).await?;
    say(&show::run(&third))?;
    let tags = apps.salesforce.tags(&leaver.contact);
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    say(&format!("The contact in Salesforce now has the topics: {}\n", tags.join(", ")))?;
    say(&ending(&file, args.once))?;
    if globals.json {
        output::print_json(&json!({
            "config": file.display().to_string(),
            "apps": description,
            "plan": plan,
            "first": first,
            "second": second,
            "unsubscribe": { "contact": leaver.contact, "sync": third, "tags": tags },
        }))?;
    }
    if !args.once {
        signals::wait().await;
    }
    apps.stop().await;
    // What waits for a person in the demo waits there on purpose, and so does a field that the other side cannot
    // hold; what stops does not.
    Ok(match sync::exit(&first).and(sync::exit(&second)).and(sync::exit(&third)) {
        Exit::Done | Exit::Waiting | Exit::Failed => Exit::Done,
        worse @ (Exit::Stopped | Exit::Usage) => worse,
    })
}

/// Who unsubscribes in the demo.
struct Leaver {
    email: String,
    /// The same person's contact in Salesforce.
    contact: String,
}

/// The first subscriber who is a contact in Salesforce too clicks the link in a mail.
fn somebody_leaves(apps: &Sandbox) -> Result<Leaver, CliError> {
    let address = |row: &Value, field: &str| row.get(field).and_then(Value::as_str).map(str::to_lowercase);
    let contacts: BTreeMap<String, String> = apps
        .salesforce
        .dump()
        .into_iter()
        .filter(|(id, _)| id.starts_with("003"))
        .filter_map(|(id, row)| Some((address(&row, "Email")?, id)))
        .collect();
    let members = apps.mailchimp.dump();
    let leaver = members.into_iter().find_map(|(member, row)| {
        let email = address(&row, "email_address")?;
        let subscribed = row.get("status").and_then(Value::as_str) == Some("subscribed");
        let contact = contacts.get(&email).filter(|_| subscribed)?.clone();
        Some((member, Leaver { email, contact }))
    });
    let nobody =
        || CliError::stopped("nobody in the demo gets the newsletter", "that is a fault of the demo");
    let (member, leaver) = leaver.ok_or_else(nobody)?;
    apps.mailchimp.unsubscribe(&member).map_err(|_| nobody())?;
    Ok(leaver)
}

async fn go(
    config: &Arc<Config>,
    names: &[String],
    mode: Mode,
    globals: &Globals,
) -> Result<RunReport, CliError> {
    let connections = sync::choose(config, names)?;
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
    let (google, salesforce, mailchimp) = (&apps.google_contacts, &apps.salesforce, &apps.mailchimp);
    for (name, secret) in [
        ("drift.token", &apps.drift.token),
        ("google.client_id", &google.credentials.client_id),
        ("google.client_secret", &google.credentials.client_secret),
        ("google.refresh_token", &google.credentials.refresh_token),
        ("salesforce.client_id", &salesforce.credentials.client_id),
        ("salesforce.client_secret", &salesforce.credentials.client_secret),
        ("mailchimp.api_key", &mailchimp.credentials.api_key),
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

[apps.crm]
type   = "salesforce"
object = "contact"
tags   = "topics"
rate   = {{ per_second = 1000 }}
[apps.crm.oauth]
flow          = "client_credentials"
login_url     = "{login_url}"
client_id     = {{ file = "salesforce.client_id" }}
client_secret = {{ file = "salesforce.client_secret" }}

[apps.leads]                             # the same organisation, its leads
type   = "salesforce"
object = "lead"
tags   = "topics"
rate   = {{ per_second = 1000 }}
[apps.leads.oauth]
flow          = "client_credentials"
login_url     = "{login_url}"
client_id     = {{ file = "salesforce.client_id" }}
client_secret = {{ file = "salesforce.client_secret" }}

[apps.news]
type     = "mailchimp"
base_url = "{mailchimp_url}"
audience = "{audience}"
api_key  = {{ file = "mailchimp.api_key" }}
rate     = {{ per_second = 1000 }}

[connections.chat-google]
between   = ["chat", "google"]
winner    = "google"
deletions = {{ from = "google", tag = "PieSync Trash" }}

[connections.crm-news]
between      = ["crm", "news"]
winner       = "crm"
unsubscribes = {{ from = "news", tag = "PieSync Unsubscribes" }}
[connections.crm-news.defaults]
off = ["address"]                        # Mailchimp takes whole addresses alone
[connections.crm-news.placeholders]
crm = {{ LastName = "(unknown)" }}         # Salesforce wants one

[connections.chat-leads]
between   = ["chat", "leads"]
direction = "to leads"
winner    = "chat"
[[connections.chat-leads.rules]]         # only who is qualified becomes a lead
from = "chat"
if   = [ {{ cql_score = {{ at_least = 2 }} }} ]
then = [ {{ add_tag = "From chat", undo = true }} ]
[connections.chat-leads.placeholders]
leads = {{ LastName = "(unknown)", Company = "(unknown)" }}
"#,
        drift = apps.drift.base_url,
        google_url = google.base_url,
        token_url = google.token_url,
        login_url = salesforce.login_url,
        mailchimp_url = mailchimp.base_url,
        audience = mailchimp.credentials.audience_id,
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
    let (google, salesforce, mailchimp) = (&apps.google_contacts, &apps.salesforce, &apps.mailchimp);
    let (contacts, leads) = (salesforce.counts.contacts, salesforce.counts.leads);
    let lines = [
        ("Drift", &apps.drift.base_url, format!("{} contacts", apps.drift.counts.contacts)),
        ("Google Contacts", &google.base_url, format!("{} contacts", google.counts.contacts)),
        ("Salesforce", &salesforce.login_url, format!("{contacts} contacts, {leads} leads")),
        ("Mailchimp", &mailchimp.base_url, format!("{} members", mailchimp.counts.members)),
    ];
    let mut text = String::from("Four simulated apps with invented people are serving on this machine:\n");
    for (name, url, counts) in lines {
        let _ = writeln!(text, "  {name:<16} {url} ({counts})");
    }
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
        "With accounts of your own: `syntony init drift google_contacts` (or salesforce, mailchimp) writes a configuration,"
    );
    let _ = writeln!(text, "`syntony check` tries it, `syntony plan` shows what a sync would do.");
    text
}
