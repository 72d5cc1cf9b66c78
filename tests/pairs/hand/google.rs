//! Google Contacts.

use super::{Extra, Hand, What, Who, secret};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::google::{Account, Settings};
use syntony_sandbox::serve::Running;

pub(super) struct Book {
    account: Account,
    running: Running,
}

impl Book {
    pub(super) async fn start() -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        let account = Account::new(Settings::unlimited(), Clock::machine(), faults);
        let running = account.serve(0).await.unwrap();
        Self { account, running }
    }
}

fn fields(what: What, value: &str) -> Value {
    let list = |item: Value| if value.is_empty() { json!([]) } else { json!([item]) };
    match what {
        What::Email => json!({ "emailAddresses": list(json!({ "value": value })) }),
        What::Phone => json!({ "phoneNumbers": list(json!({ "value": value })) }),
        What::Name => {
            let (given, family) = value.split_once(' ').unwrap_or((value, ""));
            json!({ "names": list(json!({ "givenName": given, "familyName": family })) })
        }
    }
}

impl Hand for Book {
    fn config(&self, name: &str, folder: &Path) -> String {
        let credentials = self.account.credentials();
        format!(
            r#"
[apps.{name}]
type = "google_contacts"
base_url = "{url}"
rate = {{ per_second = 5000 }}
lag_seconds = 0
[apps.{name}.oauth]
client_id = {id}
client_secret = {client_secret}
refresh_token = {refresh}
token_url = "{url}/token"
"#,
            url = self.running.base_url,
            id = secret(folder, &format!("{name}.id"), &credentials.client_id),
            client_secret = secret(folder, &format!("{name}.secret"), &credentials.client_secret),
            refresh = secret(folder, &format!("{name}.refresh"), &credentials.refresh_token),
        )
    }

    fn add(&self, who: Who<'_>) -> String {
        let mut person = json!({});
        for (what, value) in [(What::Email, who.email), (What::Name, who.name), (What::Phone, who.phone)] {
            if let (Value::Object(person), Value::Object(more)) = (&mut person, fields(what, value)) {
                person.extend(more);
            }
        }
        self.account.add(&person).unwrap()
    }

    fn edit(&self, id: &str, what: What, value: &str) {
        self.account.edit(id, &fields(what, value)).unwrap();
    }

    fn see(&self, id: &str, what: What) -> String {
        let person = self.account.contact(id).unwrap();
        let text = |list: &str, key: &str| person[list][0][key].as_str().unwrap_or_default().to_owned();
        match what {
            What::Email => text("emailAddresses", "value"),
            What::Phone => text("phoneNumbers", "value"),
            What::Name => {
                let parts = [text("names", "givenName"), text("names", "familyName")];
                parts.join(" ").trim().to_owned()
            }
        }
    }

    fn see_all(&self, id: &str, what: What) -> Vec<String> {
        let list = match what {
            What::Email => "emailAddresses",
            What::Phone => "phoneNumbers",
            What::Name => return vec![self.see(id, what)],
        };
        let person = self.account.contact(id).unwrap();
        let items = person[list].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["value"].as_str().map(str::to_owned)).collect()
    }

    fn everybody(&self) -> Vec<String> {
        self.account.dump().into_keys().collect()
    }

    fn delete(&self, id: &str) {
        self.account.delete(id).unwrap();
    }

    fn restore(&self, id: &str) {
        self.account.restore(id).unwrap();
    }

    fn tags(&self, id: &str) -> BTreeSet<String> {
        self.account.labels(id)
    }

    fn tag(&self, id: &str, tag: &str) {
        self.account.label(id, tag).unwrap();
    }

    fn untag(&self, id: &str, tag: &str) {
        self.account.unlabel(id, tag).unwrap();
    }

    fn opt_out(&self, _: &str) {
        unreachable!("an address book mails nobody");
    }

    fn opt_in(&self, _: &str) {
        unreachable!("an address book mails nobody");
    }

    fn raw(&self, id: &str, field: &str) -> Value {
        let person = self.account.contact(id).unwrap();
        match field.split_once('.') {
            None => person[field].clone(),
            Some((list, part)) if list != "userDefined" => person[list][0][part].clone(),
            Some((_, key)) => {
                let items = person["userDefined"].as_array().cloned().unwrap_or_default();
                let item = items.into_iter().find(|item| item["key"] == key);
                item.map_or(Value::Null, |item| item["value"].clone())
            }
        }
    }

    fn fill(&self, id: &str, field: &str, value: &Value) {
        let fields = match field.split_once('.') {
            None => json!({ field: value }),
            Some((list, _)) if value.is_null() => json!({ list: [] }),
            Some((list, part)) if list != "userDefined" => json!({ list: [{ part: value }] }),
            Some((_, key)) => json!({ "userDefined": [{ "key": key, "value": value }] }),
        };
        self.account.edit(id, &fields).unwrap();
    }

    fn define(&self, _: Extra<'_>) {
        // Whoever types one in makes it, and it holds text.
    }

    fn extra(&self) -> &'static str {
        "userDefined.Extra"
    }

    fn book(&self) -> &Account {
        &self.account
    }

    fn expire_cursors(&self) {
        self.account.expire_sync_tokens();
    }

    fn calls(&self) -> u64 {
        self.account.traffic().total()
    }

    fn faults(&self) -> &Faults {
        self.account.faults()
    }

    fn clock(&self) -> &Clock {
        self.account.clock()
    }
}
