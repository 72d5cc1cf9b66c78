//! Creates and updates, on the simulator.

use super::*;
use crate::auth::Credentials;
use crate::contract::Found;
use crate::salesforce::config::Updates;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Tag};
use syntony_core::op::{Mailing, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::{Address, Value};
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::{Fault, Faults};
use syntony_sandbox::salesforce::{Field, Kind, Object, Org, Settings};
use syntony_sandbox::serve::Running;

const COLLECTIONS: &str = "/composite/sobjects";
const COMPOSITE: &str = "/composite";

/// A simulated organisation, and a connector to it.
pub(super) struct World {
    pub(super) org: Org,
    pub(super) salesforce: Salesforce,
    _running: Running,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(SObject::Contact, |_| {}, |_| {}).await
    }

    pub(super) async fn with(
        object: SObject,
        configure: impl FnOnce(&mut SalesforceConfig),
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::unlimited();
        for of in [Object::Contact, Object::Lead] {
            settings.custom_fields.push((of, Field::new("Tags__c", "Tags", Kind::MultiPicklist)));
            let marker = Field::text("Syntony__c", "Syntony", 80).as_external_id();
            settings.custom_fields.push((of, marker));
        }
        set(&mut settings);
        let org = Org::new(settings, Clock::fixed(), Faults::none());
        let running = org.serve(0).await.unwrap();
        let mut config = config(Url::parse(&running.base_url).unwrap(), object);
        config.credentials = Credentials::Token(org.credentials().access_token.into());
        configure(&mut config);
        Self { salesforce: Salesforce::new(config).unwrap(), org, _running: running }
    }

    pub(super) async fn seen(&self, id: &str) -> Box<Record> {
        match self.salesforce.fetch(&[id.into()]).await.unwrap().remove(0).found {
            Found::Live { record, .. } => record,
            other => panic!("{id}: {other:?}"),
        }
    }

    /// What the organisation holds in a field, without asking the connector.
    pub(super) fn held(&self, id: &str, field: &str) -> Json {
        self.org.contact(id).unwrap().get(field).cloned().unwrap()
    }

    pub(super) async fn write(&self, ops: Vec<(OpKey, Write)>) -> Vec<String> {
        brief(self.salesforce.write(ops).await.unwrap())
    }

    /// Time passes, so that an edit is of another second.
    fn wait(&self) {
        self.org.clock().advance(Duration::from_secs(2));
    }

    pub(super) fn calls(&self) -> u64 {
        self.salesforce.calls_made()
    }
}

pub(super) fn fields<const N: usize>(given: [(&str, Value); N]) -> Fields {
    given.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

pub(super) fn texts<const N: usize>(given: [(&str, &str); N]) -> Fields {
    fields(given.map(|(name, text)| (name, Value::text(text))))
}

/// A create with the key `op<number>`.
pub(super) fn create(number: u32, fields: Fields, tags: &[&str]) -> (OpKey, Write) {
    let tags = tags.iter().copied().map(Tag::from).collect();
    (key(number), Write::Create { fields, tags, mailing: Mailing::Allowed })
}

/// Somebody with this number.
pub(super) fn person(number: u32) -> Fields {
    let email = format!("p{number}@mail.example");
    fields([("LastName", Value::text(format!("Name{number}"))), ("Email", Value::text(email))])
}

pub(super) fn key(number: u32) -> OpKey {
    OpKey::new(format!("op{number:05}"))
}

/// An update with the key `op<number>`.
pub(super) fn update(number: u32, id: &str, seen: &Record, fields: Fields) -> (OpKey, Write) {
    retag(number, id, seen, fields, &[], &[])
}

pub(super) fn retag(
    number: u32,
    id: &str,
    seen: &Record,
    fields: Fields,
    on: &[&str],
    off: &[&str],
) -> (OpKey, Write) {
    let set = |tags: &[&str]| tags.iter().copied().map(Tag::from).collect::<BTreeSet<Tag>>();
    let (id, seen) = (ContactId::from(id), Box::new(seen.clone()));
    (key(number), Write::Update { id, fields, add_tags: set(on), remove_tags: set(off), seen })
}

/// How many outcomes there are of each kind, by their first words.
pub(super) fn kinds(outcomes: &[String]) -> Vec<(String, usize)> {
    let mut kinds = std::collections::BTreeMap::new();
    for outcome in outcomes {
        let kind = outcome.split([' ', ':']).nth(1).unwrap().to_owned();
        *kinds.entry(kind).or_insert(0) += 1;
    }
    kinds.into_iter().collect()
}

/// Scenario 82: item 7 of 200 is refused, and the other 199 are made.
#[tokio::test]
async fn one_refused_row_of_a_batch_takes_no_other_with_it() {
    let world = World::start().await;
    let ops = (0..200).map(|number| {
        let mut fields = person(number);
        if number == 7 {
            fields.insert("Email".into(), Value::text("no address"));
        }
        create(number, fields, &[])
    });
    let outcomes = world.write(ops.collect()).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 199), ("rejected".to_owned(), 1)]);
    assert!(outcomes[7].starts_with("op00007 rejected (Email): "), "{}", outcomes[7]);
    assert!(outcomes[7].ends_with("(INVALID_EMAIL_ADDRESS)"), "{}", outcomes[7]);
    assert!(!outcomes[7].contains("no address"), "{}", outcomes[7]);
    assert_eq!(world.org.counts().contacts, 199);
}

#[tokio::test]
async fn two_hundred_creates_are_one_call_and_their_reading_back_another() {
    let world = World::start().await;
    world.write(vec![create(0, person(0), &[])]).await;
    let before = world.calls();
    let outcomes = world.write((1..=400).map(|number| create(number, person(number), &[])).collect()).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 400)]);
    assert_eq!(world.calls() - before, 4);
}

#[tokio::test]
async fn what_was_created_is_told_as_the_server_holds_it() {
    let world = World::start().await;
    let fields = texts([("LastName", "  O'Hara "), ("Email", "Kim@Mail.Example"), ("Phone", "")]);
    let outcomes = world.salesforce.write(vec![create(1, fields, &[])]).await.unwrap();
    let Outcome::Applied { record, .. } = &outcomes[0].1 else { panic!("{:?}", outcomes[0].1) };
    let text = |name: &str| record.fields.get(name).unwrap().to_plain();
    assert_eq!(text("LastName"), json!("O'Hara"));
    assert_eq!(text("Email"), json!("kim@mail.example"));
    assert_eq!(text("Phone"), json!(null));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_unknown_and_not_sent_again() {
    let world = World::start().await;
    world.org.faults().on(reqwest::Method::POST, COLLECTIONS, 1, Fault::DropAfter);
    let outcomes = world.write(vec![create(1, person(1), &[]), create(2, person(2), &[])]).await;
    assert_eq!(outcomes, ["op00001 unknown", "op00002 unknown"]);
    assert_eq!(world.org.counts().contacts, 2);
}

/// With a field for our marker, an attempt whose answer was lost can be made again: twice is once.
#[tokio::test]
async fn with_a_marker_field_a_lost_answer_is_asked_for_again() {
    let world =
        World::with(SObject::Contact, |config| config.marker_field = Some("Syntony__c".into()), |_| {}).await;
    let template = "/composite/sobjects/{object}/{field}";
    world.org.faults().on(reqwest::Method::PATCH, template, 1, Fault::DropAfter);
    let outcomes = world.write(vec![create(1, person(1), &[]), create(2, person(2), &[])]).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 2)]);
    assert_eq!(world.org.counts().contacts, 2);
    let id = world.org.ids_of("p1@mail.example").remove(0);
    assert_eq!(world.seen(&id).await.marker, Some(key(1)));
}

#[tokio::test]
async fn an_update_writes_its_fields_and_reads_them_back_in_one_call() {
    let world = World::start().await;
    let id = world.org.add(&json!({ "LastName": "Byron", "Title": "Countess", "Phone": "1" })).unwrap();
    let seen = world.seen(&id).await;
    world.wait();
    let before = world.calls();
    let change = fields([("Title", Value::text("Mathematician")), ("Phone", Value::Null)]);
    let outcomes = world.salesforce.write(vec![update(1, &id, &seen, change)]).await.unwrap();
    assert_eq!(world.calls() - before, 1);
    let Outcome::Applied { record, .. } = &outcomes[0].1 else { panic!("{:?}", outcomes[0].1) };
    assert_eq!(record.fields.get("Title").unwrap().to_plain(), json!("Mathematician"));
    assert_eq!(**record, *world.seen(&id).await);
    assert_eq!((world.held(&id, "Phone"), world.held(&id, "LastName")), (json!(null), json!("Byron")));
}

#[tokio::test]
async fn twenty_four_updates_are_one_call() {
    let world = World::start().await;
    let mut ops = Vec::new();
    for number in 0..48 {
        let id = world.org.add(&json!({ "LastName": format!("N{number}") })).unwrap();
        let seen = world.seen(&id).await;
        ops.push(update(number, &id, &seen, texts([("Title", "x")])));
    }
    let before = world.calls();
    assert_eq!(kinds(&world.write(ops).await), [("applied".to_owned(), 48)]);
    assert_eq!(world.calls() - before, 2);
}

/// What becomes of an update of a contact to which this happened after it was read.
async fn check_after(happens: impl FnOnce(&World, &str), updates: Updates, expected: &str, title: Json) {
    let world = World::with(SObject::Contact, |config| config.updates = updates, |_| {}).await;
    let id = world.org.add(&json!({ "LastName": "Byron", "Title": "Countess" })).unwrap();
    let seen = world.seen(&id).await;
    world.wait();
    happens(&world, &id);
    world.wait();
    let outcome = world.write(vec![update(1, &id, &seen, texts([("Title", "Mathematician")]))]).await;
    let expected = expected.replace("ID", &id);
    assert_eq!(outcome, [format!("op00001 {expected}")]);
    assert_eq!(world.held(&id, "Title"), title);
}

#[tokio::test]
async fn an_update_of_a_contact_that_somebody_edited_does_nothing() {
    for updates in [Updates::Guarded, Updates::Collections] {
        let edit = |world: &World, id: &str| world.org.edit(id, &json!({ "Phone": "2" })).unwrap();
        check_after(edit, updates, "stale", json!("Countess")).await;
    }
}

/// Any edit moves the stamp that guards a row, also one of a field that nobody looks at.
#[tokio::test]
async fn an_edit_of_what_the_plan_did_not_see_stands_in_nobodys_way() {
    for updates in [Updates::Guarded, Updates::Collections] {
        let edit = |world: &World, id: &str| world.org.edit(id, &json!({ "AssistantName": "B" })).unwrap();
        check_after(edit, updates, "applied ID", json!("Mathematician")).await;
        let bump = |world: &World, id: &str| world.org.bump(id).unwrap();
        check_after(bump, updates, "applied ID", json!("Mathematician")).await;
    }
}

#[tokio::test]
async fn an_update_of_a_contact_that_is_gone_is_stale_and_makes_none() {
    for updates in [Updates::Guarded, Updates::Collections] {
        let delete = |world: &World, id: &str| world.org.delete(id).unwrap();
        check_after(delete, updates, "stale", json!("Countess")).await;
    }
    let world = World::start().await;
    let nobody = format!("003{:012}AAA", 4711);
    let ops = vec![
        update(1, &nobody, &Record::default(), texts([("Title", "x")])),
        update(2, "people/c1", &Record::default(), texts([("Title", "x")])),
    ];
    assert_eq!(world.write(ops).await, ["op00001 stale", "op00002 stale"]);
    assert_eq!(world.org.counts().contacts, 0);
}

/// The first attempt was applied and not heard of; the guard refuses the second, and the row says why.
#[tokio::test]
async fn an_update_whose_answer_is_lost_is_told_by_reading() {
    let world = World::start().await;
    let id = world.org.add(&json!({ "LastName": "Byron" })).unwrap();
    let seen = world.seen(&id).await;
    world.wait();
    world.org.faults().on(reqwest::Method::POST, COMPOSITE, 1, Fault::DropAfter);
    let outcome = world.write(vec![update(1, &id, &seen, texts([("Title", " x ")]))]).await;
    assert_eq!(outcome, [format!("op00001 applied {id}")]);
}

#[tokio::test]
async fn a_locked_row_is_tried_again_and_put_off_in_the_end() {
    for updates in [Updates::Guarded, Updates::Collections] {
        for (every, expected) in [(2, "applied"), (1, "deferred")] {
            let world = World::with(SObject::Contact, |config| config.updates = updates, |_| {}).await;
            let ids: Vec<String> =
                (0..5).map(|_| world.org.add(&json!({ "LastName": "N" })).unwrap()).collect();
            let mut ops = vec![create(9, person(9), &[])];
            for (number, id) in (0..).zip(&ids) {
                ops.push(update(number, id, &*world.seen(id).await, texts([("Title", "x")])));
            }
            world.org.configure(|settings| settings.write.locks_every_row = Some(every));
            assert_eq!(kinds(&world.write(ops).await), [(expected.to_owned(), 6)], "{updates:?}");
            assert_eq!(world.org.counts().contacts, if every == 1 { 5 } else { 6 });
        }
    }
}

#[tokio::test]
async fn a_refused_update_leaves_the_others() {
    for updates in [Updates::Guarded, Updates::Collections] {
        let world = World::with(SObject::Contact, |config| config.updates = updates, |_| {}).await;
        let mut ops = Vec::new();
        for number in 0..3 {
            let id = world.org.add(&json!({ "LastName": "N" })).unwrap();
            let email = if number == 1 { "no address" } else { "a@mail.example" };
            ops.push(update(number, &id, &*world.seen(&id).await, texts([("Email", email)])));
        }
        let outcomes = world.write(ops).await;
        assert_eq!(kinds(&outcomes), [("applied".to_owned(), 2), ("rejected".to_owned(), 1)]);
        assert!(outcomes[1].starts_with("op00001 rejected (Email)"), "{}", outcomes[1]);
    }
}

#[tokio::test]
async fn nothing_is_given_to_somebody_else_by_an_assignment_rule() {
    let world = World::with(SObject::Lead, |_| {}, |_| {}).await;
    world.org.configure(|settings| settings.write.assigns_leads = true);
    let mut given = person(1);
    given.insert("Company".into(), Value::text("Acme"));
    assert_eq!(kinds(&world.write(vec![create(1, given, &[])]).await), [("applied".to_owned(), 1)]);
    let id = world.org.ids_of("p1@mail.example").remove(0);
    let ours = world.org.add_lead(&json!({ "LastName": "N", "Company": "C" })).unwrap();
    let before = world.held(&id, "OwnerId");
    let outcomes = world.write(vec![update(2, &id, &*world.seen(&id).await, texts([("Title", "x")]))]).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 1)]);
    assert_eq!(world.held(&id, "OwnerId"), before);
    // Whom a rule gives leads to is neither of us.
    assert_eq!(world.held(&id, "OwnerId"), world.held(&id, "CreatedById"));
    assert!(world.held(&ours, "OwnerId").is_string());
}

#[tokio::test]
async fn a_converted_lead_is_written_as_its_contact() {
    let world = World::with(SObject::Lead, |_| {}, |_| {}).await;
    let lead = world.org.add_lead(&json!({ "LastName": "N", "Company": "Acme" })).unwrap();
    let seen = world.seen(&lead).await;
    world.wait();
    let contact = world.org.convert(&lead).unwrap().contact;
    let stale = world.write(vec![update(1, &lead, &seen, texts([("Title", "x")]))]).await;
    assert_eq!(stale, ["op00001 stale"]);
    let seen = world.seen(&contact).await;
    let home = Address { street: "1 Main St".into(), city: "Ghent".into(), ..Address::default() };
    let ops = vec![
        update(1, &contact, &seen, fields([("Address", Value::Address(Box::new(home)))])),
        update(2, &contact, &seen, texts([("Company", "Other")])),
        update(3, &contact, &seen, texts([("Website", "https://example.com")])),
    ];
    let outcomes = world.write(ops).await;
    assert_eq!(outcomes[0], format!("op00001 applied {contact}"));
    assert_eq!(outcomes[1], "op00002 rejected (Company): a contact's company is the name of its account");
    assert_eq!(outcomes[2], "op00003 rejected (Website): Salesforce shows no such field");
    assert_eq!(world.held(&contact, "MailingCity"), json!("Ghent"));
}

#[tokio::test]
async fn refused_credentials_are_an_error_and_nothing_is_sent_twice() {
    let world = World::start().await;
    world.org.revoke();
    let error = world.salesforce.write(vec![create(1, person(1), &[])]).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Auth { .. }), "{error}");
    assert_eq!(world.org.counts().contacts, 0);
}
