//! The conformance suite, run against the simulator.

use super::super::wire::draft::Draft;
use super::super::wire::member::Member;
use super::sandbox::World;
use super::*;
use crate::conformance::{self, Harness, Person, Support};
use crate::mailchimp::config::AddressClear;
use async_trait::async_trait;
use std::sync::Arc;
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::value::{Address, Date};
use syntony_sandbox::faults::Fault;
use syntony_sandbox::mailchimp::{Bounds, FieldType};

const CREATE: &str = "/3.0/lists/{list_id}";

struct MailchimpHarness {
    world: World,
    catalogue: Arc<crate::mailchimp::wire::field::Catalogue>,
}

impl MailchimpHarness {
    fn body(&self, fields: &Fields) -> Json {
        Draft::update(&self.catalogue, fields, AddressClear::EmptyText).unwrap().into_change()
    }
}

#[async_trait]
impl Harness for MailchimpHarness {
    fn connector(&self) -> &dyn Connector {
        &self.world.mailchimp
    }

    fn person(&self, number: u32) -> Person {
        let address = format!("Person{number}+x@mail.example");
        let home = Address {
            street: format!("{number} Main St"),
            city: "Ghent".into(),
            region: "OVL".into(),
            postal_code: "9000".into(),
            country: "BE".into(),
            ..Address::default()
        };
        let fields = [
            ("email_address", Value::text(&address)),
            ("FNAME", Value::text(format!("Given{number}"))),
            ("LNAME", Value::text("O'Neill")),
            ("COMPANY", Value::text("Acme")),
            ("PHONE", Value::text(format!("555 01{:02}", number % 100))),
            ("ADDRESS", Value::Address(Box::new(home))),
            ("BIRTHDAY", Value::Date(Date::new(None, 2, 29).unwrap())),
            ("JOINED", Value::Date(Date::new(Some(2024), 2, 29).unwrap())),
            ("SCORE", Value::number(0.0).unwrap()),
            ("LEVEL", Value::text("Gold")),
            ("language", Value::text("nl")),
            ("vip", Value::Bool(true)),
        ];
        Person {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            address,
            kept: "FNAME".into(),
            changed: "COMPANY".into(),
            other: Value::text("Beta"),
        }
    }

    fn no_such_contact(&self) -> ContactId {
        "0123456789abcdef0123456789abcdef".into()
    }

    fn tag(&self) -> Tag {
        "Conformance".into()
    }

    fn refused(&self) -> Option<Fields> {
        Some([("email_address".into(), Value::text("not an address"))].into())
    }

    async fn add(&self, fields: &Fields) -> ContactId {
        self.world.account.add(&self.body(fields)).unwrap().into()
    }

    async fn edit(&self, id: &ContactId, fields: &Fields) {
        self.world.account.edit(id.as_str(), &self.body(fields)).unwrap();
    }

    async fn delete(&self, id: &ContactId) -> Support {
        self.world.account.delete_permanently(id.as_str()).unwrap();
        Support::Done
    }

    /// Who was deleted for good can only sign up anew, as another contact.
    async fn restore(&self, _id: &ContactId) -> Support {
        Support::NotOffered
    }

    async fn merge(&self, _loser: &ContactId, _survivor: &ContactId) -> Support {
        Support::NotOffered
    }

    /// A cursor is a moment, and moments do not expire.
    async fn expire_cursors(&self) -> Support {
        Support::NotOffered
    }

    async fn lose_next_answer(&self) -> Support {
        self.world.account.faults().on(reqwest::Method::POST, CREATE, 1, Fault::DropAfter);
        Support::Done
    }

    async fn settle(&self) {
        self.world.wait();
    }

    async fn held(&self, id: &ContactId, field: &FieldName) -> Value {
        let Some(json) = self.world.account.contact(id.as_str()) else { return Value::Null };
        let mut record = self.catalogue.record(&Member::parse(json).unwrap());
        record.fields.remove(field).unwrap_or_default()
    }

    async fn count(&self, address: &str) -> usize {
        usize::from(self.world.account.contact(address).is_some())
    }
}

async fn check(world: World) {
    for (tag, kind, options) in [
        ("JOINED", "date", json!({})),
        ("SCORE", "number", json!({})),
        ("LEVEL", "dropdown", json!({ "choices": ["Gold", "Silver"] })),
    ] {
        world.account.add_field(tag, tag, FieldType::parse(kind).unwrap(), &options).unwrap();
    }
    let catalogue = world.mailchimp.catalogue().await.unwrap();
    let report = conformance::run(&MailchimpHarness { world, catalogue }).await;
    assert!(report.failed().is_empty(), "{report}");
    let not_offered = [
        "an_expired_cursor_is_an_error",
        "a_restored_contact_comes_back_under_its_id",
        "a_merged_contact_leads_to_its_survivor",
        "an_outdated_write_is_stale",
    ];
    assert_eq!(report.not_offered(), not_offered, "{report}");
}

#[tokio::test]
async fn mailchimp_keeps_the_contract() {
    check(World::start().await).await;
}

#[tokio::test]
async fn mailchimp_keeps_the_contract_in_small_pages() {
    check(World::with(|_| {}, |config| config.page_members = 7).await).await;
}

#[tokio::test]
async fn mailchimp_keeps_the_contract_where_its_documents_are_silent() {
    let otherwise = |settings: &mut syntony_sandbox::mailchimp::Settings| {
        settings.time_bounds = Bounds::Inclusive;
        settings.unfiltered_lists_archived = true;
        settings.idle_writes_touch = false;
        settings.lag_ms = 20_000;
    };
    check(World::with(otherwise, |_| {}).await).await;
}
