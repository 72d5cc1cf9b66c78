//! What a person does on the screen shows up in the API.

use super::*;

#[tokio::test]
async fn a_restored_contact_comes_back_under_its_name() {
    let world = World::new().await;
    let name = world.account.add(&ada()).unwrap();
    world.account.label(&name, "VIP").unwrap();
    let token = text(&world.sync("").await, "/nextSyncToken").to_owned();
    world.account.delete(&name).unwrap();
    assert_eq!(world.account.delete(&name).unwrap_err().code, 404);
    assert_eq!(world.account.counts().trashed, 1);
    world.account.restore(&name).unwrap();
    let delta = world.sync(&format!("&syncToken={token}")).await;
    assert_eq!(names(&delta), [&name]);
    assert_eq!(delta["connections"][0]["names"][0]["givenName"], "Ada");
    assert_eq!(world.account.labels(&name).len(), 1);
}

#[tokio::test]
async fn the_trash_is_emptied_after_thirty_days() {
    let world = World::new().await;
    let name = world.account.add(&ada()).unwrap();
    world.account.delete(&name).unwrap();
    world.pass(days(30));
    assert_eq!(world.account.restore(&name).unwrap_err().code, 404);
}

#[tokio::test]
async fn a_merge_is_a_deletion_and_a_change() {
    let world = World::new().await;
    let survivor = world.account.add(&ada()).unwrap();
    let loser = world.account.add(&json!({ "emailAddresses": [{ "value": "ada@y.example" }] })).unwrap();
    let token = text(&world.sync("").await, "/nextSyncToken").to_owned();
    world.account.merge(&loser, &survivor).unwrap();
    let delta = world.sync(&format!("&syncToken={token}")).await;
    assert_eq!(names(&delta), [&survivor, &loser]);
    assert_eq!(delta["connections"][0]["emailAddresses"][1]["value"], "ada@y.example");
    assert_eq!(delta["connections"][1]["metadata"]["deleted"], true);
    assert_eq!(world.account.names_of("ADA@y.example"), [survivor]);
}

#[tokio::test]
async fn labels_come_and_go() {
    let world = World::new().await;
    let name = world.account.add(&ada()).unwrap();
    world.account.label(&name, "VIP").unwrap();
    world.account.label(&name, "Press").unwrap();
    assert_eq!(world.account.labels(&name).into_iter().collect::<Vec<_>>(), ["Press", "VIP"]);
    world.account.unlabel(&name, "Press").unwrap();
    world.account.unlabel(&name, "never there").unwrap();
    assert_eq!(world.account.labels(&name).into_iter().collect::<Vec<_>>(), ["VIP"]);
    assert_eq!(world.account.counts().labels, 2);
}

#[tokio::test]
async fn a_dump_is_what_a_reader_would_see() {
    let world = World::new().await;
    let names = world.account.seed(&crate::people::people(1, 30));
    let dump = world.account.dump();
    assert_eq!(dump.len(), names.len());
    for (name, person) in dump {
        let path =
            format!("/v1/{name}?sources=READ_SOURCE_TYPE_CONTACT&personFields={}", super::shape_paths());
        assert_eq!(world.get(&path).await, person);
    }
}

#[tokio::test]
async fn hard_people_survive_the_seeding_whole() {
    let world = World::new().await;
    let people = crate::people::people(1, 14);
    let names = world.account.seed(&people);
    assert_eq!(names.len(), people.len(), "somebody was refused");
    for (person, name) in people.iter().zip(names) {
        let stored = world.read(&name).await;
        let display = stored.pointer("/names/0/displayName").and_then(Json::as_str).unwrap_or_default();
        assert_eq!(display, person.name.full());
        assert_eq!(stored["emailAddresses"][0]["value"], person.emails[0].value.as_str());
    }
}

#[tokio::test]
async fn a_contact_that_is_missing_from_a_listing_is_not_gone() {
    let world = World::new().await;
    let name = world.account.add(&ada()).unwrap();
    let token = text(&world.sync("").await, "/nextSyncToken").to_owned();
    world.account.hide(&name).unwrap();
    assert!(names(&world.sync("").await).is_empty());
    assert!(names(&world.sync(&format!("&syncToken={token}")).await).is_empty(), "a deletion is invented");
    assert_eq!(world.read(&name).await["names"][0]["givenName"], "Ada");
    world.account.edit(&name, &json!({ "nicknames": [{ "value": "A" }] })).unwrap();
    assert_eq!(names(&world.sync("").await), [&name]);
}
