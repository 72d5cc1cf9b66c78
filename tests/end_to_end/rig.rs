//! The built program against the simulators, over real HTTP: a folder with a configuration, two apps, and
//! a way to run commands and to look at both books.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test's helper

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::{Sandbox, SandboxConfig};
use tempfile::TempDir;

pub(crate) struct Rig {
    pub(crate) apps: Sandbox,
    pub(crate) folder: TempDir,
}

/// What a command gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Rig {
    /// Two apps with so many invented people, whose feeds show a write at once.
    pub(crate) async fn new(contacts: usize, faults: &str) -> Self {
        let faults = if faults.is_empty() { Faults::none() } else { Faults::parse(faults).unwrap() };
        faults.set_lag_ms(0);
        let apps =
            Sandbox::start(SandboxConfig { contacts, faults, ..SandboxConfig::default() }).await.unwrap();
        let rig = Self { apps, folder: tempfile::tempdir().unwrap() };
        rig.write_config("");
        rig
    }

    /// Writes the configuration, with `more` behind the connection's own keys.
    pub(crate) fn write_config(&self, more: &str) {
        let google = self.apps.description().google_contacts;
        for (name, secret) in [
            ("drift", self.apps.description().drift.token),
            ("id", google.credentials.client_id),
            ("secret", google.credentials.client_secret),
            ("refresh", google.credentials.refresh_token),
        ] {
            std::fs::write(self.path(name), secret).unwrap();
        }
        let text = format!(
            r#"
[apps.chat]
type = "drift"
base_url = "{}"
token = {{ file = "drift" }}
tags = "attribute:labels"
rate = {{ per_second = 5000 }}
concurrency = 8
lag_seconds = 0

[apps.google]
type = "google_contacts"
base_url = "{}"
rate = {{ per_second = 5000 }}
lag_seconds = 0
[apps.google.oauth]
client_id = {{ file = "id" }}
client_secret = {{ file = "secret" }}
refresh_token = {{ file = "refresh" }}
token_url = "{}"

[connections.chat-google]
between = ["chat", "google"]
winner = "google"
deletions = {{ from = "google" }}
{more}
"#,
            self.apps.drift_url(),
            self.apps.google_url(),
            google.token_url,
        );
        std::fs::write(self.path("syntony.toml"), text).unwrap();
    }

    /// Another configuration: Google with Salesforce's contacts.
    pub(crate) fn write_crm_config(&self) {
        self.write_config("");
        let crm = self.apps.description().salesforce;
        std::fs::write(self.path("crm.id"), crm.credentials.client_id).unwrap();
        std::fs::write(self.path("crm.secret"), crm.credentials.client_secret).unwrap();
        let known = std::fs::read_to_string(self.path("syntony.toml")).unwrap();
        let (apps, _) = known.split_once("[connections").unwrap();
        let text = format!(
            r#"{apps}
[apps.crm]
type = "salesforce"
object = "contact"
tags = "topics"
rate = {{ per_second = 5000 }}
lag_seconds = 0
[apps.crm.oauth]
flow = "client_credentials"
login_url = "{}"
client_id = {{ file = "crm.id" }}
client_secret = {{ file = "crm.secret" }}

[connections.crm-google]
between = ["crm", "google"]
winner = "crm"
[connections.crm-google.placeholders]
crm = {{ LastName = "(unknown)" }}
"#,
            crm.login_url
        );
        std::fs::write(self.path("syntony.toml"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command with `--json`.
    pub(crate) async fn run(&self, words: &[&str]) -> Ran {
        let mut command = syntony(self.folder.path());
        command.arg("--json").args(words);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        ran(&output)
    }

    /// Runs a command as a person does, and gives what it prints.
    pub(crate) async fn text(&self, words: &[&str]) -> String {
        let mut command = syntony(self.folder.path());
        command.args(words);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// A running command, for a test that ends it.
    pub(crate) fn spawn(&self, words: &[&str]) -> std::process::Child {
        let mut command = syntony(self.folder.path());
        command.args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Both books, as far as the sync is concerned: by e-mail address, then name, phones and so on.
    pub(crate) fn books(&self) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>) {
        (google_book(&self.apps), drift_book(&self.apps))
    }
}

pub(crate) fn syntony(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("syntony"));
    command.current_dir(folder).env_remove("SYNTONY_CONFIG").env("NO_COLOR", "1");
    command
}

pub(crate) fn ran(output: &Output) -> Ran {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}\n{stdout}\n{stderr}"));
    Ran { code: output.status.code().unwrap_or(-1), json, stderr }
}

/// One line per contact, keyed by its first address in lower case; a contact that stands there twice has
/// two lines.
fn google_book(apps: &Sandbox) -> BTreeMap<String, Vec<String>> {
    let mut book: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for person in apps.google.dump().values() {
        let texts = |list: &str, key: &str| -> Vec<String> {
            let items = person[list].as_array().cloned().unwrap_or_default();
            items.iter().filter_map(|item| item[key].as_str().map(str::to_owned)).collect()
        };
        let emails = texts("emailAddresses", "value");
        let key = emails.first().map(|email| email.trim().to_lowercase()).unwrap_or_default();
        let name = [texts("names", "givenName"), texts("names", "middleName"), texts("names", "familyName")]
            .concat();
        let line = format!(
            "{} | {} | {}",
            name.join(" "),
            texts("phoneNumbers", "value").join(", "),
            emails.join(", ")
        );
        book.entry(key).or_default().push(line);
    }
    book
}

fn drift_book(apps: &Sandbox) -> BTreeMap<String, Vec<String>> {
    let mut book: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for contact in apps.drift.dump().values() {
        let text = |key: &str| contact["attributes"][key].as_str().unwrap_or_default().to_owned();
        let key = text("email").trim().to_lowercase();
        book.entry(key).or_default().push(format!(
            "{} | {} | {}",
            text("name"),
            text("phone"),
            text("labels")
        ));
    }
    book
}
