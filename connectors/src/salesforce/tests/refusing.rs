//! What is refused before it is sent, or by rules of the organisation.

use super::writing::{World, create, fields, kinds, person, retag, texts, update};
use super::*;
use serde_json::{Value as Json, json};
use syntony_core::value::{Address, Value};
use syntony_sandbox::salesforce::{DuplicateRule, Settings};

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
