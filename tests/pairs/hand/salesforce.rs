//! Salesforce: contacts, or leads.

use super::{Extra, Hand, Kind, Mailed, TagStore, What, Who, secret};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::salesforce::{Choice, Field, Kind as Holds, Object, Org, Settings, TagPlace};
use syntony_sandbox::serve::Running;

pub(super) struct Crm {
    org: Org,
    running: Running,
    object: &'static str,
    /// What the ids of the object begin with.
    prefix: &'static str,
}

/// The field that tags live in, if they live in one.
const TAGS: &str = "Tags__c";

impl Crm {
    pub(super) async fn start(kind: Kind) -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(0);
        let org = Org::new(Settings::unlimited(), Clock::machine(), faults);
        let running = org.serve(0).await.unwrap();
        let (object, prefix) = if kind == Kind::Lead { ("lead", "00Q") } else { ("contact", "003") };
        Self { org, running, object, prefix }
    }

    fn table(&self) -> Object {
        if self.object == "lead" { Object::Lead } else { Object::Contact }
    }

    fn text(&self, id: &str, field: &str) -> String {
        self.org.contact(id).unwrap()[field].as_str().unwrap_or_default().to_owned()
    }
}

fn fields(what: What, value: &str) -> Value {
    let text = |value: &str| if value.is_empty() { Value::Null } else { json!(value) };
    match what {
        What::Email => json!({ "Email": text(value) }),
        What::Phone => json!({ "Phone": text(value) }),
        What::Name => {
            let (given, family) = value.split_once(' ').unwrap_or(("", value));
            json!({ "FirstName": text(given), "LastName": family })
        }
    }
}

impl Hand for Crm {
    fn config(&self, name: &str, folder: &Path) -> String {
        let credentials = self.org.credentials();
        format!(
            r#"
[apps.{name}]
type = "salesforce"
object = "{object}"
tags = "{tags}"
rate = {{ per_second = 5000 }}
lag_seconds = 0
[apps.{name}.oauth]
login_url = "{url}"
client_id = {id}
client_secret = {client_secret}
refresh_token = {refresh}
"#,
            object = self.object,
            tags = match self.org.settings().tags {
                TagPlace::Topics => "topics".to_owned(),
                TagPlace::Campaigns => "campaigns".to_owned(),
                TagPlace::Field(name) => format!("field:{name}"),
            },
            url = self.running.base_url,
            id = secret(folder, &format!("{name}.id"), &credentials.client_id),
            client_secret = secret(folder, &format!("{name}.secret"), &credentials.client_secret),
            refresh = secret(folder, &format!("{name}.refresh"), &credentials.refresh_token),
        )
    }

    fn add(&self, who: Who<'_>) -> String {
        let mut row = Map::new();
        for (what, value) in [(What::Email, who.email), (What::Name, who.name), (What::Phone, who.phone)] {
            if let (false, Value::Object(more)) = (value.is_empty(), fields(what, value)) {
                row.extend(more);
            }
        }
        if self.object == "lead" {
            row.insert("Company".to_owned(), json!("Acme"));
            self.org.add_lead(&Value::Object(row)).unwrap()
        } else {
            self.org.add(&Value::Object(row)).unwrap()
        }
    }

    fn edit(&self, id: &str, what: What, value: &str) {
        self.org.edit(id, &fields(what, value)).unwrap();
    }

    fn see(&self, id: &str, what: What) -> String {
        match what {
            What::Email => self.text(id, "Email"),
            What::Phone => self.text(id, "Phone"),
            What::Name => {
                let parts = [self.text(id, "FirstName"), self.text(id, "LastName")];
                parts.join(" ").trim().to_owned()
            }
        }
    }

    fn everybody(&self) -> Vec<String> {
        self.org.dump().into_keys().filter(|id| id.starts_with(self.prefix)).collect()
    }

    fn delete(&self, id: &str) {
        self.org.delete(id).unwrap();
    }

    fn restore(&self, id: &str) {
        self.org.restore(id).unwrap();
    }

    fn tags(&self, id: &str) -> BTreeSet<String> {
        self.org.tags(id)
    }

    fn tag(&self, id: &str, tag: &str) {
        self.org.tag(id, tag).unwrap();
    }

    fn untag(&self, id: &str, tag: &str) {
        self.org.untag(id, tag).unwrap();
    }

    fn keep_tags_in(&self, store: TagStore) {
        let place = match store {
            TagStore::Usual => TagPlace::Topics,
            TagStore::Campaigns => TagPlace::Campaigns,
            TagStore::Field => {
                // Not restricted: whoever writes an option that is not there makes it.
                let options = vec![Choice::new("go")];
                let field = Field::new(TAGS, "Tags", Holds::MultiPicklist).with_options(options);
                self.org.add_field(self.table(), field);
                TagPlace::Field(TAGS.to_owned())
            }
            TagStore::Endpoint => unreachable!("that is Drift's"),
        };
        self.org.configure(|settings| settings.tags = place);
    }

    fn mailed(&self, id: &str) -> Mailed {
        // A CRM mails nobody by itself; it only says who must not be.
        match self.org.contact(id).unwrap()["HasOptedOutOfEmail"] {
            Value::Bool(true) => Mailed::No,
            _ => Mailed::Unsaid,
        }
    }

    fn opt_out(&self, id: &str) {
        self.org.opt_out(id).unwrap();
    }

    fn opt_in(&self, id: &str) {
        self.org.edit(id, &json!({ "HasOptedOutOfEmail": false })).unwrap();
    }

    fn raw(&self, id: &str, field: &str) -> Value {
        self.org.contact(id).unwrap()[field].clone()
    }

    fn fill(&self, id: &str, field: &str, value: &Value) {
        self.org.edit(id, &json!({ field: value })).unwrap();
    }

    fn define(&self, extra: Extra<'_>) {
        const LABEL: &str = "Extra";
        let name = self.extra();
        let field = match extra {
            Extra::Text(most_characters) => Field::text(name, LABEL, most_characters),
            Extra::Number => Field::new(name, LABEL, Holds::Double),
            Extra::Day => Field::new(name, LABEL, Holds::Date),
            Extra::Moment => Field::new(name, LABEL, Holds::DateTime),
            Extra::Options(choices) => Field::new(name, LABEL, Holds::Picklist)
                .restricted_to(choices.iter().copied().map(Choice::new).collect()),
        };
        let object = self.table();
        self.org.configure(|settings| {
            settings.custom_fields.retain(|(_, known)| known.name != field.name);
            settings.custom_fields.push((object, field));
        });
    }

    fn extra(&self) -> &'static str {
        "Extra__c"
    }

    fn org(&self) -> &Org {
        &self.org
    }

    fn expire_cursors(&self) {
        // After fifteen days, the recycle bin has lost what was deleted meanwhile.
        const FIFTEEN_DAYS: Duration = Duration::from_secs(15 * 24 * 3600);
        self.org.clock().advance(FIFTEEN_DAYS);
    }

    fn calls(&self) -> u64 {
        self.org.traffic().total()
    }

    fn faults(&self) -> &Faults {
        self.org.faults()
    }

    fn clock(&self) -> &Clock {
        self.org.clock()
    }
}
