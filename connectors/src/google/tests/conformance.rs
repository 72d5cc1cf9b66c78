//! The conformance suite, run against the simulator.

use super::super::wire::Entry;
use super::super::wire::draft::Draft;
use super::super::wire::person::Person as GooglePerson;
use super::super::wire::record::record;
use super::super::wire::shadow::Shadow;
use super::sandbox::{LAG_MS, World};
use crate::conformance::{self, Harness, Person, Support};
use crate::contract::Connector;
use async_trait::async_trait;
use serde_json::Value as Json;
use std::time::Duration;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::record::Fields;
use syntony_core::value::{Address, Date, Item, Value};
use syntony_sandbox::faults::Fault;

const CREATE: &str = "/v1/people:batchCreateContacts";

struct GoogleHarness {
    world: World,
}

impl GoogleHarness {
    /// What the vendor holds, without asking the connector.
    fn contact(&self, id: &ContactId) -> Option<GooglePerson> {
        self.world.account.contact(id.as_str()).map(|json| GooglePerson::parse(json).unwrap())
    }
}

fn arrays(draft: &Draft) -> Json {
    let mut arrays = Entry::new();
    draft.write_into(&mut arrays, draft.mask());
    Json::Object(arrays)
}

#[async_trait]
impl Harness for GoogleHarness {
    fn connector(&self) -> &dyn Connector {
        &self.world.google
    }

    fn person(&self, number: u32) -> Person {
        let address = format!("person{number}+x@mail.example");
        let labelled = |value: Value| Value::List(vec![Item { value, label: Some("work".into()) }]);
        let home =
            Address { street: format!("{number} Main St"), city: "Ghent".into(), ..Address::default() };
        let fields = [
            ("names.givenName", Value::text(format!("Given{number}"))),
            ("names.familyName", Value::text("O'Neill")),
            ("names.honorificSuffix", Value::text("Jr.")),
            ("emailAddresses", labelled(Value::text(&address))),
            ("phoneNumbers", labelled(Value::text(format!("555 01{:02}", number % 100)))),
            ("addresses", labelled(Value::Address(Box::new(home)))),
            ("organizations.name", Value::text("Acme")),
            ("organizations.title", Value::text("Developer")),
            ("birthdays", Value::Date(Date::new(None, 2, 29).unwrap())),
            ("biographies", Value::text("Two\nlines")),
            ("userDefined.Favourite colour", Value::text("red")),
        ];
        Person {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            address,
            kept: "names.givenName".into(),
            changed: "organizations.title".into(),
            other: Value::text("Lead"),
        }
    }

    fn no_such_contact(&self) -> ContactId {
        "people/c4711000".into()
    }

    fn tag(&self) -> Tag {
        "Conformance".into()
    }

    fn refused(&self) -> Option<Fields> {
        Some([("names.givenName".into(), Value::text("x".repeat(2_000)))].into())
    }

    async fn add(&self, fields: &Fields) -> ContactId {
        self.world.account.add(&arrays(&Draft::create(fields).unwrap())).unwrap().into()
    }

    async fn edit(&self, id: &ContactId, fields: &Fields) {
        let shadow = Shadow::of(&self.contact(id).unwrap()).unwrap();
        let draft = Draft::update(&shadow, fields).unwrap();
        self.world.account.edit(id.as_str(), &arrays(&draft)).unwrap();
    }

    async fn delete(&self, id: &ContactId) -> Support {
        self.world.account.delete(id.as_str()).unwrap();
        Support::Done
    }

    async fn restore(&self, id: &ContactId) -> Support {
        self.world.account.restore(id.as_str()).unwrap();
        Support::Done
    }

    /// Google merges by deleting one contact and editing the other, and names no survivor.
    async fn merge(&self, _loser: &ContactId, _survivor: &ContactId) -> Support {
        Support::NotOffered
    }

    async fn expire_cursors(&self) -> Support {
        self.world.account.expire_sync_tokens();
        Support::Done
    }

    async fn lose_next_answer(&self) -> Support {
        self.world.account.faults().on(reqwest::Method::POST, CREATE, 1, Fault::DropAfter);
        Support::Done
    }

    async fn settle(&self) {
        self.world.account.clock().advance(Duration::from_millis(LAG_MS + 1));
    }

    async fn held(&self, id: &ContactId, field: &FieldName) -> Value {
        let Some(person) = self.contact(id) else { return Value::Null };
        record(&person, |_| None, &[]).unwrap().fields.remove(field).unwrap_or_default()
    }

    async fn count(&self, address: &str) -> usize {
        self.world.account.names_of(address).len()
    }
}

async fn check(world: World, not_offered: &[&str]) {
    let harness = GoogleHarness { world };
    let report = conformance::run(&harness).await;
    assert!(report.failed().is_empty(), "{report}");
    assert_eq!(report.not_offered(), not_offered, "{report}");
}

const NOT_OFFERED: [&str; 1] = ["a_merged_contact_leads_to_its_survivor"];

#[tokio::test]
async fn google_keeps_the_contract() {
    check(World::start().await, &NOT_OFFERED).await;
}

#[tokio::test]
async fn google_keeps_the_contract_in_small_pages() {
    check(World::with(|config| config.page_contacts = 7).await, &NOT_OFFERED).await;
}

#[tokio::test]
async fn google_keeps_the_contract_when_its_items_have_no_order() {
    let world = World::start().await;
    world.account.configure(|settings| settings.shuffles_items = true);
    check(world, &NOT_OFFERED).await;
}
