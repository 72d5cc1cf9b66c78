//! Accounts of every vendor, as their simulators describe them to the real connectors: with a field of each kind, and
//! with every place that tags can be kept in.

use crate::compile::AppFacts;
use crate::vault::Vault;
use crate::{apps, config};
use chrono::Utc;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::salesforce::{Choice, Field, Kind, Object, Org};
use syntony_sandbox::{drift, google, mailchimp, salesforce};

/// What the compiler knows of each account, by its name in [`APPS`].
pub(super) static FACTS: LazyLock<BTreeMap<String, AppFacts>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(facts())
});

/// The accounts, as a configuration that never reaches anybody has them.
pub(super) const APPS: &str = r#"
[apps.chat]
type = "drift"
token = { file = "token" }
tags = "attribute:labels"
[apps.oldchat]
type = "drift"
token = { file = "token" }
[apps.book]
type = "google_contacts"
token = { file = "token" }
[apps.crm]
type = "salesforce"
token = { file = "token" }
instance_url = "http://127.0.0.1:9"
[apps.leads]
type = "salesforce"
object = "lead"
tags = "campaigns"
token = { file = "token" }
instance_url = "http://127.0.0.1:9"
[apps.picks]
type = "salesforce"
tags = "field:Tags__c"
token = { file = "token" }
instance_url = "http://127.0.0.1:9"
[apps.news]
type = "mailchimp"
audience = "a1b2c3d4e5"
api_key = { file = "key" }
"#;

async fn facts() -> BTreeMap<String, AppFacts> {
    let quiet = || {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        (Clock::machine(), faults)
    };
    let (clock, faults) = quiet();
    let workspace = drift::Workspace::new(drift::Settings::default(), clock, faults);
    attributes(&workspace);
    let (clock, faults) = quiet();
    let book = google::Account::new(google::Settings::default(), clock, faults);
    let (clock, faults) = quiet();
    let org = Org::new(salesforce::Settings::unlimited(), clock, faults);
    columns(&org);
    let (clock, faults) = quiet();
    let audience = mailchimp::Account::new(mailchimp::Settings::default(), clock, faults);
    merge_fields(&audience);

    let served = [
        workspace.serve(0).await.unwrap(),
        book.serve(0).await.unwrap(),
        org.serve(0).await.unwrap(),
        audience.serve(0).await.unwrap(),
    ];
    let [chat, people, sales, news] = served.each_ref().map(|running| running.base_url.to_string());
    let folder = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    secret("chat", &workspace.settings().private_token);
    secret("key", &audience.credentials().api_key);
    for (app, id, key, refresh) in [
        (
            "book",
            book.credentials().client_id,
            book.credentials().client_secret,
            book.credentials().refresh_token,
        ),
        (
            "org",
            org.credentials().client_id,
            org.credentials().client_secret,
            org.credentials().refresh_token,
        ),
    ] {
        secret(&format!("{app}.id"), &id);
        secret(&format!("{app}.secret"), &key);
        secret(&format!("{app}.refresh"), &refresh);
    }
    let chat = |name: &str, tags: &str| {
        format!(
            "[apps.{name}]\ntype = \"drift\"\nbase_url = \"{chat}\"\ntoken = {{ file = \"chat\" }}\ntags = \"{tags}\"\n"
        )
    };
    let signed_in = |of: &str| {
        format!(
            "client_id = {{ file = \"{of}.id\" }}\nclient_secret = {{ file = \"{of}.secret\" }}\nrefresh_token = {{ file = \"{of}.refresh\" }}\n"
        )
    };
    let crm = |name: &str, object: &str, tags: &str| {
        format!(
            "[apps.{name}]\ntype = \"salesforce\"\nobject = \"{object}\"\ntags = \"{tags}\"\n[apps.{name}.oauth]\nlogin_url = \"{sales}\"\n{}",
            signed_in("org")
        )
    };
    let audience = audience.credentials().audience_id;
    let text = [
        chat("chat", "attribute:labels"),
        chat("oldchat", "endpoint"),
        format!(
            "[apps.book]\ntype = \"google_contacts\"\nbase_url = \"{people}\"\n[apps.book.oauth]\ntoken_url = \"{people}/token\"\n{}",
            signed_in("book")
        ),
        crm("crm", "contact", "topics"),
        crm("leads", "lead", "campaigns"),
        crm("picks", "contact", "field:Tags__c"),
        format!("[apps.news]\ntype = \"mailchimp\"\nbase_url = \"{news}\"\naudience = \"{audience}\"\napi_key = {{ file = \"key\" }}\n"),
        "[connections.any]\nbetween = [\"chat\", \"book\"]\n".to_owned(),
    ]
    .concat();
    ask(folder.path(), &text).await
}

/// Asks every app of a configuration what it is.
async fn ask(folder: &Path, text: &str) -> BTreeMap<String, AppFacts> {
    let loaded = config::parse(&folder.join("syntony.toml"), text.as_bytes(), Utc::now());
    let config = loaded.config.unwrap_or_else(|| panic!("{:#?}\n{text}", loaded.problems));
    let vault = Arc::new(Vault::beside(config.state.clone(), config.vault.key.clone()));
    let mut facts = BTreeMap::new();
    for app in config.apps.values() {
        let built =
            apps::build(&config, app, &vault).await.unwrap_or_else(|problems| panic!("{problems:#?}"));
        let known = AppFacts {
            name: built.name.clone(),
            vendor: built.vendor.clone(),
            schema: built.connector.schema().await.unwrap_or_else(|error| panic!("{}: {error}", built.name)),
            capabilities: built.connector.capabilities().clone(),
            terms: apps::terms(app),
        };
        facts.insert(built.name.to_string(), known);
    }
    facts
}

fn attributes(workspace: &drift::Workspace) {
    use syntony_sandbox::drift::AttributeType::{Boolean, Date, Datetime, Numeric, String};
    let all = [
        ("labels", String),
        ("city", String),
        ("age", Numeric),
        ("born", Date),
        ("met", Datetime),
        ("vip", Boolean),
    ];
    for (name, kind) in all {
        workspace.define_attribute(name, kind);
    }
}

fn columns(org: &Org) {
    let options = |names: &[&str]| names.iter().copied().map(Choice::new).collect::<Vec<_>>();
    let mut once = Field::text("Once__c", "Once", 20);
    once.updateable = false;
    let mut retired = options(&["New", "Old"]);
    retired.last_mut().unwrap().active = false;
    for object in [Object::Contact, Object::Lead] {
        let fields = [
            Field::new("Level__c", "Level", Kind::Picklist).restricted_to(options(&["Gold", "Silver", "3"])),
            Field::new("Phase__c", "Phase", Kind::Picklist).restricted_to(retired.clone()),
            Field::new("Source__c", "Source", Kind::Picklist).with_options(options(&["Web", "Fair"])),
            Field::new("Interests__c", "Interests", Kind::MultiPicklist)
                .restricted_to(options(&["Art", "Books"])),
            Field::new("Tags__c", "Tags", Kind::MultiPicklist)
                .restricted_to(options(&["VIP", "PieSync Trash"])),
            Field::new("Score__c", "Score", Kind::Double),
            Field::new("Since__c", "Since", Kind::Date),
            Field::new("Seen__c", "Seen", Kind::DateTime),
            once.clone(),
        ];
        for field in fields {
            org.add_field(object, field);
        }
    }
}

fn merge_fields(audience: &mailchimp::Account) {
    let all = [
        ("LEVEL", "dropdown", json!({ "choices": ["Gold", "Silver"] })),
        ("POINTS", "number", json!({})),
        ("JOINED", "date", json!({})),
        ("BORN", "birthday", json!({})),
        ("SITE", "url", json!({})),
    ];
    for (tag, kind, options) in all {
        let kind = mailchimp::FieldType::parse(kind).unwrap();
        audience.add_field(tag, tag, kind, &options).unwrap();
    }
}
