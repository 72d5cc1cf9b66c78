//! A Mailchimp audience.

use super::{Extra, Hand, Mailed, What, Who, secret};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::mailchimp::{Account, FieldType, Settings};
use syntony_sandbox::serve::Running;

pub(super) struct Audience {
    account: Account,
    running: Running,
}

impl Audience {
    pub(super) async fn start() -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        let account = Account::new(Settings::default(), Clock::machine(), faults);
        let running = account.serve(0).await.unwrap();
        Self { account, running }
    }

    fn member(&self, id: &str) -> Value {
        self.account.contact(id).unwrap()
    }
}

fn fields(what: What, value: &str) -> Value {
    match what {
        What::Email => json!({ "email_address": value }),
        What::Phone => json!({ "merge_fields": { "PHONE": value } }),
        What::Name => {
            let (given, family) = value.split_once(' ').unwrap_or((value, ""));
            json!({ "merge_fields": { "FNAME": given, "LNAME": family } })
        }
    }
}

impl Hand for Audience {
    fn config(&self, name: &str, folder: &Path) -> String {
        let credentials = self.account.credentials();
        format!(
            r#"
[apps.{name}]
type = "mailchimp"
base_url = "{url}"
audience = "{audience}"
api_key = {key}
rate = {{ per_second = 5000 }}
lag_seconds = 0
"#,
            url = self.running.base_url,
            audience = credentials.audience_id,
            key = secret(folder, &format!("{name}.key"), &credentials.api_key),
        )
    }

    fn add(&self, who: Who<'_>) -> String {
        let (given, family) = who.name.split_once(' ').unwrap_or((who.name, ""));
        let member = json!({
            "email_address": who.email,
            "status": "subscribed",
            "merge_fields": { "FNAME": given, "LNAME": family, "PHONE": who.phone },
        });
        self.account.add(&member).unwrap()
    }

    fn edit(&self, id: &str, what: What, value: &str) {
        self.account.edit(id, &fields(what, value)).unwrap();
    }

    fn see(&self, id: &str, what: What) -> String {
        let member = self.member(id);
        let merge = |tag: &str| member["merge_fields"][tag].as_str().unwrap_or_default().to_owned();
        match what {
            What::Email => member["email_address"].as_str().unwrap_or_default().to_owned(),
            What::Phone => merge("PHONE"),
            What::Name => [merge("FNAME"), merge("LNAME")].join(" ").trim().to_owned(),
        }
    }

    fn everybody(&self) -> Vec<String> {
        self.account.dump().into_keys().collect()
    }

    fn delete(&self, id: &str) {
        self.account.delete_permanently(id).unwrap();
    }

    fn restore(&self, _: &str) {
        unreachable!("who was deleted for good cannot be taken back");
    }

    fn tags(&self, id: &str) -> BTreeSet<String> {
        self.account.tags(id)
    }

    fn tag(&self, id: &str, tag: &str) {
        self.account.tag(id, tag).unwrap();
    }

    fn untag(&self, id: &str, tag: &str) {
        self.account.untag(id, tag).unwrap();
    }

    fn mailed(&self, id: &str) -> Mailed {
        match self.member(id)["status"].as_str() {
            Some("subscribed") => Mailed::Yes,
            _ => Mailed::No,
        }
    }

    fn mailed_when_new(&self) -> Mailed {
        Mailed::Yes
    }

    fn opt_out(&self, id: &str) {
        self.account.unsubscribe(id).unwrap();
    }

    fn opt_in(&self, id: &str) {
        self.account.resubscribe(id).unwrap();
    }

    fn raw(&self, id: &str, field: &str) -> Value {
        let member = self.member(id);
        if member[field].is_null() { member["merge_fields"][field].clone() } else { member[field].clone() }
    }

    fn fill(&self, id: &str, field: &str, value: &Value) {
        let value = if value.is_null() { json!("") } else { value.clone() };
        let beside = !self.member(id)[field].is_null();
        let fields =
            if beside { json!({ field: value }) } else { json!({ "merge_fields": { field: value } }) };
        self.account.edit(id, &fields).unwrap();
    }

    fn define(&self, extra: Extra<'_>) {
        let (kind, options) = match extra {
            Extra::Text(_) => ("text", json!({})),
            Extra::Number => ("number", json!({})),
            Extra::Day => ("date", json!({})),
            Extra::Options(choices) => ("dropdown", json!({ "choices": choices })),
            Extra::Moment => unreachable!("there are no moments among merge fields"),
        };
        let kind = FieldType::parse(kind).unwrap();
        if self.account.change_field(self.extra(), &options).is_err() {
            self.account.add_field(self.extra(), "Extra", kind, &options).unwrap();
        }
    }

    fn extra(&self) -> &'static str {
        "EXTRA"
    }

    fn audience(&self) -> &Account {
        &self.account
    }

    fn expire_cursors(&self) {
        // Times do not expire; but members that do not change were never read for a field that is new.
        let text = FieldType::parse("text").unwrap();
        self.account.add_field("NEW", "New", text, &json!({})).unwrap();
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
