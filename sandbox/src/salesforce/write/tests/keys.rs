//! Rows by an external id.

use super::*;

fn upsert(world: &World, value: &str, body: Json) -> Told {
    world.ask("PATCH", &format!("/sobjects/Contact/{KEY}/{value}"), body)
}

#[test]
fn an_upsert_makes_a_row_once() {
    let world = World::new();
    let told = upsert(&world, "a%2Fb%20c", json!({ "LastName": "A" })).good(201);
    assert_eq!((&told["created"], &told["success"]), (&json!(true), &json!(true)));
    let id = told["id"].as_str().unwrap();
    assert_eq!(world.value(id, KEY), "a/b c");
    let again = upsert(&world, "A%2FB%20C", json!({ "Title": "B" })).good(200);
    assert_eq!((&again["id"], &again["created"]), (&json!(id), &json!(false)));
    assert_eq!(world.org.counts().contacts, 1);
    let read = world.get(&format!("/sobjects/Contact/{KEY}/a%2Fb%20c")).good(200);
    assert_eq!((&read["Id"], &read["Title"]), (&json!(id), &json!("B")));
}

#[test]
fn older_versions_say_nothing_when_they_changed_a_row() {
    let world = World::new();
    upsert(&world, "k", json!({ "LastName": "A" })).good(201);
    let path = "/services/data/v45.0/sobjects/Contact/Key__c/k";
    let body = json!({ "Title": "B" }).to_string().into();
    let request = Request::read(Method::PATCH, path, HeaderMap::new(), body).unwrap();
    let reply = world.org.with(|state, act| api::answer(state, &request, act));
    assert_eq!((reply.status, reply.payload), (204, Payload::Empty));
}

#[test]
fn an_upsert_that_only_updates_makes_nothing() {
    let world = World::new();
    let told = upsert(&world, "k?updateOnly=true", json!({ "LastName": "A" }));
    told.refused(404, "NOT_FOUND", &[]);
    assert_eq!(world.org.counts().contacts, 0);
}

#[test]
fn what_is_no_external_id_names_nobody() {
    let world = World::new();
    for field in ["Email", "Nothing__c"] {
        let told = world.ask("PATCH", &format!("/sobjects/Contact/{field}/x"), json!({ "LastName": "A" }));
        told.refused(404, "NOT_FOUND", &[]);
    }
    upsert(&world, "k", json!({ "LastName": "A", KEY: "k" })).refused(400, "INVALID_FIELD", &[]);
}

#[test]
fn an_ambiguous_key_lists_its_rows() {
    let mut settings = Settings::unlimited();
    let mut loose = Field::text("Loose__c", "Loose", 40).as_external_id();
    loose.unique = false;
    settings.custom_fields.push((Object::Contact, loose));
    let world = World::with(settings);
    let ids = ["A", "B"].map(|name| world.create("Contact", json!({ "LastName": name, "Loose__c": "k" })));
    let told = world.ask("PATCH", "/sobjects/Contact/Loose__c/k", json!({ "Title": "X" })).good(300);
    let urls = ids.map(|id| format!("{BASE}/sobjects/Contact/{id}"));
    assert_eq!(told, json!(urls));
}

#[test]
fn no_two_rows_have_one_key() {
    let world = World::new();
    upsert(&world, "k", json!({ "LastName": "A" })).good(201);
    let told = world.ask("POST", "/sobjects/Contact", json!({ "LastName": "B", KEY: "K" }));
    told.refused(400, "DUPLICATE_VALUE", &[]);
}

#[test]
fn a_relationship_names_its_row_by_a_key() {
    let world = World::new();
    let account = world.create("Account", json!({ "Name": "Works", KEY: "w" }));
    let id = world.create("Contact", json!({ "LastName": "A", "Account": { KEY: "w" } }));
    assert_eq!(world.value(&id, "AccountId"), json!(account));
}
