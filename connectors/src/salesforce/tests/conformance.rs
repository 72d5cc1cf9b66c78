//! The conformance suite, run against the simulator: contacts and leads, and all three places of tags.

use super::sandbox::World;
use crate::conformance::{self, Harness, Person, Support};
use crate::contract::Connector;
use crate::salesforce::{SObject, SalesforceConfig, TagStore};
use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use std::time::Duration;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::record::Fields;
use syntony_core::value::{Address, Date, Value};
use syntony_sandbox::faults::Fault;
use syntony_sandbox::salesforce::Settings;

/// Where a part of an address is.
type Part = fn(&mut Address) -> &mut String;

const PARTS: [(&str, Part); 5] = [
    ("Street", |address| &mut address.street),
    ("City", |address| &mut address.city),
    ("State", |address| &mut address.region),
    ("PostalCode", |address| &mut address.postal_code),
    ("Country", |address| &mut address.country),
];

struct SalesforceHarness {
    world: World,
}

impl SalesforceHarness {
    fn object(&self) -> SObject {
        self.world.config.object
    }

    /// What the names of an address's parts begin with.
    fn prefix(&self) -> &'static str {
        match self.object() {
            SObject::Contact => "Mailing",
            SObject::Lead => "",
        }
    }

    /// Fields as a person types them in.
    fn typed(&self, fields: &Fields) -> Json {
        let mut row = Map::new();
        for (name, value) in fields {
            match value {
                Value::Address(address) => {
                    let mut address = address.clone();
                    for (part, of) in PARTS {
                        row.insert(format!("{}{part}", self.prefix()), json!(of(&mut address)));
                    }
                }
                Value::Null if name.as_str().ends_with("Address") => {
                    row.extend(PARTS.map(|(part, _)| (format!("{}{part}", self.prefix()), Json::Null)));
                }
                other => drop(row.insert(name.to_string(), other.to_plain())),
            }
        }
        Json::Object(row)
    }
}

#[async_trait]
impl Harness for SalesforceHarness {
    fn connector(&self) -> &dyn Connector {
        &self.world.salesforce
    }

    fn person(&self, number: u32) -> Person {
        let address = format!("person{number}+x@mail.example");
        let home =
            Address { street: format!("{number} Main St\nBack"), city: "Ghent".into(), ..Address::default() };
        let mut fields = vec![
            ("FirstName", Value::text(format!("Given{number}"))),
            ("LastName", Value::text("O'Neill \\")),
            ("Email", Value::text(&address)),
            ("Phone", Value::text(format!("555 01{:02}", number % 100))),
            ("Title", Value::text("Developer")),
            ("Description", Value::text("Two\nlines")),
        ];
        match self.object() {
            SObject::Contact => fields.extend([
                ("MailingAddress", Value::Address(Box::new(home))),
                ("Birthdate", Value::Date(Date::new(Some(2000), 2, 29).unwrap())),
            ]),
            SObject::Lead => fields.extend([
                ("Address", Value::Address(Box::new(home))),
                ("Company", Value::text("Acme; \"Sons\"")),
            ]),
        }
        Person {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            address,
            kept: "FirstName".into(),
            changed: "Title".into(),
            other: Value::text("Lead"),
        }
    }

    fn no_such_contact(&self) -> ContactId {
        match self.object() {
            SObject::Contact => "003Zz00000zzzzzIAA".into(),
            SObject::Lead => "00QZz00000zzzzzMAA".into(),
        }
    }

    fn tag(&self) -> Tag {
        "Conformance".into()
    }

    fn refused(&self) -> Option<Fields> {
        let mut fields = Fields::from([("LastName".into(), Value::text("x".repeat(200)))]);
        if self.object() == SObject::Lead {
            fields.insert("Company".into(), Value::text("Acme"));
        }
        Some(fields)
    }

    async fn add(&self, fields: &Fields) -> ContactId {
        let row = self.typed(fields);
        let id = match self.object() {
            SObject::Contact => self.world.org.add(&row),
            SObject::Lead => self.world.org.add_lead(&row),
        };
        id.unwrap().into()
    }

    async fn edit(&self, id: &ContactId, fields: &Fields) {
        // Salesforce tells versions apart by whole seconds.
        self.world.pass(1);
        self.world.org.edit(id.as_str(), &self.typed(fields)).unwrap();
    }

    async fn delete(&self, id: &ContactId) -> Support {
        self.world.org.delete(id.as_str()).unwrap();
        Support::Done
    }

    async fn restore(&self, id: &ContactId) -> Support {
        self.world.org.restore(id.as_str()).unwrap();
        Support::Done
    }

    async fn merge(&self, loser: &ContactId, survivor: &ContactId) -> Support {
        self.world.org.merge(loser.as_str(), survivor.as_str()).unwrap();
        Support::Done
    }

    /// A cursor from before the recycle bin's memory.
    async fn expire_cursors(&self) -> Support {
        self.world.org.clock().advance(Duration::from_secs(15 * 24 * 3_600));
        Support::Done
    }

    async fn lose_next_answer(&self) -> Support {
        self.world.org.faults().on(reqwest::Method::POST, "/composite/sobjects", 1, Fault::DropAfter);
        Support::Done
    }

    async fn settle(&self) {
        self.world.settle();
    }

    async fn held(&self, id: &ContactId, field: &FieldName) -> Value {
        let row = self.world.org.contact(id.as_str()).unwrap_or_default();
        if field.as_str().ends_with("Address") {
            let mut address = Address::default();
            for (part, of) in PARTS {
                *of(&mut address) =
                    row[format!("{}{part}", self.prefix())].as_str().unwrap_or_default().into();
            }
            return if address.is_empty() { Value::Null } else { Value::Address(Box::new(address)) };
        }
        match (&row[field.as_str()], field.as_str()) {
            (Json::String(day), "Birthdate") => {
                let part = |range| day.get::<std::ops::Range<usize>>(range).unwrap();
                let (year, month, day) = (part(0..4).parse().unwrap(), part(5..7), part(8..10));
                Value::Date(Date::new(Some(year), month.parse().unwrap(), day.parse().unwrap()).unwrap())
            }
            (Json::String(text), _) => Value::text(text),
            (Json::Bool(yes), _) => Value::Bool(*yes),
            (_, _) => Value::Null,
        }
    }

    async fn count(&self, address: &str) -> usize {
        let own = |id: &&String| id.starts_with(self.object().key_prefix());
        self.world.org.ids_of(address).iter().filter(own).count()
    }
}

async fn check(settings: Settings, object: SObject, change: impl FnOnce(&mut SalesforceConfig)) {
    let harness = SalesforceHarness { world: World::of(settings, object, change).await };
    let report = conformance::run(&harness).await;
    assert!(report.failed().is_empty(), "{report}");
    assert_eq!(report.not_offered(), Vec::<&str>::new(), "{report}");
}

#[tokio::test]
async fn contacts_keep_the_contract() {
    check(Settings::unlimited(), SObject::Contact, |_| {}).await;
}

#[tokio::test]
async fn leads_keep_the_contract() {
    check(Settings::unlimited(), SObject::Lead, |_| {}).await;
}

#[tokio::test]
async fn contacts_keep_the_contract_with_topics_as_tags() {
    check(Settings::unlimited(), SObject::Contact, |config| config.tags = TagStore::Topics).await;
}

#[tokio::test]
async fn leads_keep_the_contract_with_campaigns_as_tags() {
    check(Settings::unlimited(), SObject::Lead, |config| config.tags = TagStore::Campaigns).await;
}

#[tokio::test]
async fn contacts_keep_the_contract_in_small_pages() {
    check(Settings::unlimited(), SObject::Contact, |config| {
        config.page_contacts = 7;
        config.tags = TagStore::Campaigns;
    })
    .await;
}
