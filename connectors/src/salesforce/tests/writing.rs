//! Creates and updates, on the simulator; and what a well-behaved one never answers.

use super::*;
use crate::auth::Credentials;
use crate::contract::Found;
use crate::http::scripted::{Reply, Scripted};
use crate::salesforce::config::Updates;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Tag};
use syntony_core::op::{Mailing, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::{Address, Value};
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::{Fault, Faults};
use syntony_sandbox::salesforce::{DuplicateRule, Field, Kind, Object, Org, Settings};
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

    fn calls(&self) -> u64 {
        self.salesforce.calls_made()
    }
}

pub(super) fn fields<const N: usize>(given: [(&str, Value); N]) -> Fields {
    given.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn texts<const N: usize>(given: [(&str, &str); N]) -> Fields {
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

/// What a field of an update or a create comes to, before anything is sent.
async fn check_refused(object: SObject, field: &str, value: Value, reason: &str) {
    let world = World::with(object, |_| {}, |_| {}).await;
    let id = match object {
        SObject::Contact => world.org.add(&json!({ "LastName": "N", "DoNotCall": true })).unwrap(),
        SObject::Lead => world.org.add_lead(&json!({ "LastName": "N", "Company": "C" })).unwrap(),
    };
    world.org.opt_out(&id).unwrap();
    let seen = world.seen(&id).await;
    let before = world.calls();
    let change = fields([(field, value)]);
    assert_eq!(
        world.write(vec![update(1, &id, &seen, change)]).await,
        [format!("op00001 rejected ({field}): {reason}")]
    );
    assert_eq!(world.calls(), before, "{field}");
    assert_eq!(world.held(&id, "HasOptedOutOfEmail"), json!(true));
}

const NEVER_TAKEN_BACK: &str = "an opt-out can be set, and is never taken back by a sync";

#[tokio::test]
async fn nobody_who_opted_out_is_ever_opted_in() {
    for field in ["HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"] {
        for value in [Value::Bool(false), Value::Null, Value::text("false"), Value::text("")] {
            check_refused(SObject::Contact, field, value.clone(), NEVER_TAKEN_BACK).await;
            check_refused(SObject::Lead, field, value, NEVER_TAKEN_BACK).await;
        }
    }
    let hidden = "Salesforce shows no such field";
    check_refused(SObject::Contact, "hasoptedoutofemail", Value::Bool(false), hidden).await;
}

#[tokio::test]
async fn an_opt_out_can_be_written() {
    let world = World::start().await;
    let id = world.org.add(&json!({ "LastName": "N" })).unwrap();
    let seen = world.seen(&id).await;
    let out = fields([("HasOptedOutOfEmail", Value::Bool(true))]);
    assert_eq!(world.write(vec![update(1, &id, &seen, out)]).await, [format!("op00001 applied {id}")]);
    assert_eq!(world.held(&id, "HasOptedOutOfEmail"), json!(true));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_before_it_is_sent() {
    let required = "Salesforce requires the field, so it cannot be cleared";
    check_refused(SObject::Contact, "LastName", Value::Null, required).await;
    check_refused(SObject::Lead, "Company", Value::text(" "), required).await;
    let account = "a contact's company is the name of its account";
    check_refused(SObject::Contact, "Account.Name", Value::text("Acme"), account).await;
    let read_only = "Salesforce does not let us write the field";
    check_refused(SObject::Contact, "Name", Value::text("N"), read_only).await;
    check_refused(SObject::Contact, "CreatedDate", Value::DateTime(0), read_only).await;
    check_refused(SObject::Contact, "Nope__c", Value::text("x"), "Salesforce shows no such field").await;
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
async fn a_person_account_is_read_and_never_written() {
    let world = World::with(SObject::Contact, |_| {}, |settings| settings.person_accounts = true).await;
    let id = world.org.add(&json!({ "LastName": "N" })).unwrap();
    let mut seen = *world.seen(&id).await;
    seen.fields.insert("IsPersonAccount".into(), Value::Bool(true));
    let before = world.calls();
    let outcome = world.write(vec![retag(1, &id, &seen, texts([("Title", "x")]), &["VIP"], &[])]).await;
    let reason = "the contact is a person account, which Salesforce lets nobody write as a contact";
    assert_eq!(outcome, [format!("op00001 rejected: {reason}")]);
    assert_eq!(world.calls(), before);
}

/// Writes an address where states and countries are options.
async fn check_place(region: &str, country: &str, expected: Result<(Json, Json), &str>) {
    let codes = |settings: &mut Settings| settings.state_and_country_picklists = true;
    let world = World::with(SObject::Contact, |_| {}, codes).await;
    let (region, country) = (region.to_owned(), country.to_owned());
    let address = Address { city: "Somewhere".into(), region, country, ..Address::default() };
    let mut given = person(1);
    given.insert("MailingAddress".into(), Value::Address(Box::new(address)));
    let outcome = world.write(vec![create(1, given, &[])]).await.remove(0);
    match expected {
        Ok((state, country)) => {
            let id = world.org.ids_of("p1@mail.example").remove(0);
            let held = (world.held(&id, "MailingStateCode"), world.held(&id, "MailingCountryCode"));
            assert_eq!(held, (state, country), "{outcome}");
        }
        Err(reason) => {
            assert_eq!(outcome, format!("op00001 rejected (MailingAddress): {reason}"));
        }
    }
}

#[tokio::test]
async fn a_country_that_the_organisation_has_is_written_by_its_code_and_none_is_guessed() {
    check_place("", "", Ok((json!(null), json!(null)))).await;
    check_place("", "united states", Ok((json!(null), json!("US")))).await;
    check_place("california", "US", Ok((json!("CA"), json!("US")))).await;
    check_place("", "Atlantis", Err("Salesforce knows no such country")).await;
    check_place("Nowhere", "US", Err("Salesforce knows no such state")).await;
}

#[tokio::test]
async fn an_address_is_written_whole() {
    let world = World::start().await;
    let old = json!({ "LastName": "N", "MailingStreet": "Old", "MailingCity": "Old", "MailingState": "Old" });
    let id = world.org.add(&old).unwrap();
    let seen = world.seen(&id).await;
    let new = Address { street: "1 Main St".into(), extended: "Flat 2".into(), ..Address::default() };
    let change = fields([("MailingAddress", Value::Address(Box::new(new)))]);
    assert_eq!(world.write(vec![update(1, &id, &seen, change)]).await, [format!("op00001 applied {id}")]);
    let held = ["MailingStreet", "MailingCity", "MailingState"].map(|part| world.held(&id, part));
    assert_eq!(held, [json!("1 Main St\nFlat 2"), json!(null), json!(null)]);
}

/// An organisation with a duplicate rule refuses whoever looks alike; nobody is ever saved against it.
#[tokio::test]
async fn a_duplicate_is_read_again_where_its_address_is_there_and_else_refused() {
    for rule in [DuplicateRule::Alert, DuplicateRule::Block] {
        let world = World::start().await;
        world.org.configure(|settings| settings.write.duplicates = rule);
        world.org.add(&json!({ "LastName": "N", "Email": "p1@mail.example" })).unwrap();
        let outcomes = world.write(vec![create(1, person(1), &[]), create(2, person(2), &[])]).await;
        assert_eq!(outcomes[0], "op00001 stale");
        assert_eq!(kinds(&outcomes), [("applied".to_owned(), 1), ("stale".to_owned(), 1)]);
        assert_eq!(world.org.counts().contacts, 2);
    }
}

/// A vendor that answers this, except what an object is and that no job was left behind.
pub(super) async fn scripted(answer: impl Fn(&str) -> Reply + Send + 'static) -> (Salesforce, Scripted) {
    let server = Scripted::answering(move |request| {
        let line = request.lines().next().unwrap_or_default();
        if line.contains("/describe") {
            let field = |name: &str| json!({ "name": name, "type": "string", "nillable": true, "createable": true, "updateable": true });
            let fields: Vec<Json> = ["LastName", "Email", "Title"].map(field).into();
            return Reply::ok(&json!({ "queryable": true, "fields": fields }).to_string());
        }
        if line.starts_with("GET ") && line.contains("/jobs/ingest?") {
            return Reply::ok(&json!({ "done": true, "records": [] }).to_string());
        }
        answer(request)
    })
    .await;
    let mut config = config(server.base_url.clone(), SObject::Contact);
    config.bulk_above_creates = 2;
    (Salesforce::new(config).unwrap(), server)
}

/// What two creates come to when the vendor answers so, and how many calls of collections that took.
async fn check_answer(reply: fn() -> Reply, expected: &[&str], calls: usize) {
    let (salesforce, server) = scripted(move |_| reply()).await;
    let outcomes = salesforce.write(vec![create(1, person(1), &[]), create(2, person(2), &[])]).await;
    assert_eq!(brief(outcomes.unwrap()), expected);
    let posts = server.requests().iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!(posts, calls);
}

#[tokio::test]
async fn an_answer_that_does_not_say_whose_it_is_says_nothing_of_anybody() {
    let unknown = ["op00001 unknown", "op00002 unknown"];
    for reply in [
        || Reply::ok("[]"),
        || Reply::ok(r#"[{"id":"003000000000001AAA","success":true,"errors":[]}]"#),
        || Reply::ok("<html>"),
        || Reply::ok(r#"[{"success":true},{"success":true}]"#),
        || {
            Reply::ok(
                r#"[{"success":false},{"success":false,"errors":[{"statusCode":"UNKNOWN_EXCEPTION"}]}]"#,
            )
        },
        || Reply::status(500),
        || Reply::HangUp,
    ] as [fn() -> Reply; 7]
    {
        check_answer(reply, &unknown, 1).await;
    }
}

#[tokio::test]
async fn a_call_that_is_refused_as_a_whole_wrote_nothing() {
    let reply =
        || Reply::Answer(400, "", r#"[{"errorCode":"JSON_PARSER_ERROR","message":"bad"}]"#.to_owned());
    let refused = ["op00001 rejected: bad (JSON_PARSER_ERROR)", "op00002 rejected: bad (JSON_PARSER_ERROR)"];
    check_answer(reply, &refused, 3).await;
}

#[tokio::test]
async fn a_limit_that_one_row_runs_into_stops_the_others() {
    let reply = || {
        let row = r#"{"success":false,"errors":[{"statusCode":"REQUEST_LIMIT_EXCEEDED","message":"x","fields":[]}]}"#;
        Reply::ok(&format!("[{row},{row}]"))
    };
    let deferred = "deferred: the app answers REQUEST_LIMIT_EXCEEDED";
    check_answer(reply, &[&format!("op00001 {deferred}"), &format!("op00002 {deferred}")], 1).await;
}

/// A row of a scripted organisation.
fn row(id: &str, title: Option<&str>, at: &str) -> Json {
    let at = format!("2026-07-27T{at}.000+0000");
    json!({ "Id": id, "IsDeleted": false, "LastName": "N", "Email": null, "Title": title,
        "CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at })
}

/// What a guarded update comes to when its part and the reading back are answered so.
async fn check_guarded(status: u16, body: Json, read: Option<Json>, fetched: Json, expected: &str) {
    let id = "003000000000001AAA";
    let records = |rows: &Json| json!({ "totalSize": 1, "done": true, "records": rows });
    let mut parts = vec![json!({ "referenceId": "write0", "httpStatusCode": status, "body": body })];
    let read = match &read {
        Some(rows) => json!({ "referenceId": "read", "httpStatusCode": 200, "body": records(rows) }),
        None => json!({ "referenceId": "read", "httpStatusCode": 400, "body": [{ "errorCode": "X" }] }),
    };
    parts.push(read.clone());
    let composite = json!({ "compositeResponse": parts }).to_string();
    let query = records(&fetched).to_string();
    let (salesforce, _server) =
        scripted(move |request| Reply::ok(if request.starts_with("POST ") { &composite } else { &query }))
            .await;
    let mut seen = Record { fields: texts([("LastName", "N")]), ..Record::default() };
    seen.fields.insert("Title".into(), Value::Null);
    seen.version.tag = "2026-07-27T08:00:00.000+0000".to_owned();
    let outcome = brief(salesforce.write(vec![update(1, id, &seen, texts([("Title", "x")]))]).await.unwrap());
    assert_eq!(outcome, [format!("op00001 {expected}")], "{status} {read}");
}

#[tokio::test]
async fn an_update_is_never_claimed_unless_the_server_shows_it() {
    let id = "003000000000001AAA";
    let nothing = json!(null);
    let (mine, old) = (json!([row(id, Some("x"), "09:00:00")]), json!([row(id, None, "08:00:00")]));
    let theirs = json!([row(id, Some("y"), "09:00:00")]);
    let nobody = json!([]);
    let applied = format!("applied {id}");
    check_guarded(204, nothing.clone(), Some(mine.clone()), nobody.clone(), &applied).await;
    // The reading back failed, so it is read once more.
    check_guarded(204, nothing.clone(), None, mine.clone(), &applied).await;
    check_guarded(204, nothing.clone(), None, nobody.clone(), "unknown").await;
    check_guarded(412, nothing.clone(), Some(mine), nobody.clone(), &applied).await;
    check_guarded(412, nothing.clone(), Some(theirs), nobody.clone(), "stale").await;
    check_guarded(412, nothing.clone(), None, old.clone(), "stale").await;
    // It never changes, and is refused as changed each time.
    check_guarded(412, nothing.clone(), Some(old.clone()), old.clone(), "stale").await;
    for code in ["ENTITY_IS_DELETED", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"] {
        check_guarded(404, json!([{ "errorCode": code }]), Some(old.clone()), nobody.clone(), "stale").await;
    }
    check_guarded(500, json!("<html>"), Some(old.clone()), nobody.clone(), "unknown").await;
    let limit = json!([{ "errorCode": "REQUEST_LIMIT_EXCEEDED" }]);
    check_guarded(403, limit, Some(old), nobody, "deferred: the app limits our calls").await;
}

#[tokio::test]
async fn refused_credentials_are_an_error_and_nothing_is_sent_twice() {
    let world = World::start().await;
    world.org.revoke();
    let error = world.salesforce.write(vec![create(1, person(1), &[])]).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Auth { .. }), "{error}");
    assert_eq!(world.org.counts().contacts, 0);
}
