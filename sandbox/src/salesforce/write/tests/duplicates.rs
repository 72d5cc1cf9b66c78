//! The duplicate rule: off, warning, blocking.

use super::super::DuplicateRule;
use super::*;

fn world(rule: DuplicateRule) -> World {
    let mut settings = Settings::unlimited();
    settings.write.duplicates = rule;
    World::with(settings)
}

const ALLOW: (&str, &str) = ("Sforce-Duplicate-Rule-Header", "allowSave=true; runAsCurrentUser=true");

fn create(world: &World, headers: &[(&str, &str)]) -> Told {
    let body = json!({ "LastName": "Again", "Email": "ADA@mail.example" }).to_string();
    world.send("POST", "/sobjects/Contact", headers, &body)
}

fn ada(world: &World) -> String {
    world.create("Contact", json!({ "LastName": "Ada", "Email": "ada@mail.example" }))
}

#[test]
fn without_a_rule_there_are_duplicates() {
    let world = world(DuplicateRule::Off);
    ada(&world);
    create(&world, &[]).good(201);
}

#[test]
fn a_warning_can_be_overruled_and_tells_the_match() {
    let world = world(DuplicateRule::Alert);
    let id = ada(&world);
    let told = create(&world, &[]);
    told.refused(400, "DUPLICATES_DETECTED", &[]);
    let result = &told.body[0]["duplicateResult"];
    assert_eq!(result["allowSave"], true);
    assert_eq!(result.pointer("/matchResults/0/matchRecords/0/record/Id"), Some(&json!(id)));
    create(&world, &[ALLOW]).good(201);
}

#[test]
fn a_block_cannot_be_overruled() {
    let world = world(DuplicateRule::Block);
    ada(&world);
    let told = create(&world, &[ALLOW]);
    told.refused(400, "DUPLICATES_DETECTED", &[]);
    assert_eq!(told.body[0]["duplicateResult"]["allowSave"], false);
}

#[test]
fn the_misspelt_key_is_there_on_request() {
    let world = world(DuplicateRule::Alert);
    world.org.configure(|settings| settings.write.misspells_duplicate_result = true);
    ada(&world);
    let told = create(&world, &[]);
    assert!(told.body[0]["duplicateResut"].is_object() && told.body[0]["duplicateResult"].is_null());
}

#[test]
fn a_lead_is_a_duplicate_of_a_contact() {
    let world = world(DuplicateRule::Alert);
    ada(&world);
    let lead = json!({ "LastName": "L", "Company": "C", "Email": "ada@mail.example" });
    let told = world.ask("POST", "/sobjects/Lead", lead);
    told.refused(400, "DUPLICATES_DETECTED", &[]);
    assert_eq!(told.body[0]["duplicateResult"]["matchResults"][0]["entityType"], "Contact");
}

#[test]
fn an_edit_that_keeps_its_address_is_no_duplicate() {
    let world = world(DuplicateRule::Off);
    let (id, _) = (ada(&world), ada(&world));
    world.org.configure(|settings| settings.write.duplicates = DuplicateRule::Block);
    let edit = |body: Json| world.ask("PATCH", &format!("/sobjects/Contact/{id}"), body);
    edit(json!({ "Email": "ada@mail.example", "Title": "X" })).good(204);
    let other = world.create("Contact", json!({ "LastName": "B", "Email": "b@mail.example" }));
    edit(json!({ "Email": "b@mail.example" })).refused(400, "DUPLICATES_DETECTED", &[]);
    world.org.delete(&other).unwrap();
    edit(json!({ "Email": "b@mail.example" })).good(204);
}

#[test]
fn collections_tell_the_code_and_no_match() {
    let world = world(DuplicateRule::Alert);
    ada(&world);
    let record = json!({ "attributes": { "type": "Contact" }, "LastName": "A", "Email": "ada@mail.example" });
    let told = world.ask("POST", "/composite/sobjects", json!({ "records": [record] })).good(200);
    let error = told[0]["errors"][0].as_object().unwrap();
    assert_eq!(error["statusCode"], "DUPLICATES_DETECTED");
    assert_eq!(error.keys().collect::<Vec<_>>().len(), 3);
}
