//! What the people in the workspace do, and what the webhook is told of it.

use super::*;
use crate::people::people;
use std::time::Duration;

/// The types of the events after a number, and the number of the last.
fn told(workspace: &Workspace, after: u64) -> (Vec<String>, u64) {
    let events = workspace.events_after(after);
    let last = events.last().map_or(after, |event| event.serial);
    (events.iter().map(|event| event.body["type"].as_str().unwrap().to_owned()).collect(), last)
}

#[test]
fn a_first_chat_makes_a_contact_and_a_second_one_only_a_message() {
    let world = World::new(|_| {});
    let workspace = &world.workspace;
    let id = workspace.identify("a@x.test", &[("name", json!("A"))]);
    let (types, last) = told(workspace, 0);
    assert_eq!(types, ["contact_identified", "new_conversation"]);
    let event = &workspace.events_after(0)[0].body;
    assert_eq!((&event["data"]["id"], &event["orgId"]), (&json!(id), &json!(workspace.settings().org_id)));
    assert_eq!(event["token"], workspace.settings().webhook_token);

    world.clock.advance(Duration::from_secs(60));
    assert_eq!(workspace.identify("A@x.test", &[("name", json!("B"))]), id);
    let (types, _) = told(workspace, last);
    assert_eq!(types, ["contact_updated", "new_message"]);
    let diff = workspace.events_after(last)[0].body["data"]["diff"].clone();
    let names: Vec<&str> = diff.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["attributes.email", "attributes.name"],
        "that somebody was active is no change to tell"
    );
    let contact = workspace.contact(id).unwrap();
    assert_eq!(contact["attributes"]["last_active"], world.clock.now_ms());
    assert_eq!(contact["attributes"]["_END_USER_VERSION"], 4);
    assert_eq!(workspace.counts(), Counts { contacts: 1, deleted: 0, in_chat: 1, conversations: 1 });
}

#[test]
fn a_new_external_id_is_a_new_contact_also_with_a_known_address() {
    let world = World::new(|_| {});
    let plain = world.workspace.identify("a@x.test", &[]);
    let first = world.workspace.identify_as("u-1", "a@x.test", &[]);
    assert_ne!(plain, first);
    assert_eq!(world.workspace.identify_as("u-1", "b@x.test", &[]), first);
    assert_eq!(
        (world.workspace.ids_of("a@x.test"), world.workspace.ids_of("B@x.test")),
        (vec![plain], vec![first])
    );
    assert_eq!(world.workspace.contact(first).unwrap()["attributes"]["external_id"], "u-1");
}

#[test]
fn an_edit_is_told_with_what_was_and_what_is() {
    let world = World::new(|_| {});
    let id = world.workspace.add(&[("email", json!("a@x.test")), ("phone", json!("1"))]);
    assert!(world.workspace.events_after(0).is_empty(), "no event tells of a contact that was added");
    world
        .workspace
        .edit(id, &[("phone", Json::Null), ("Plan", json!("gold")), ("email", json!("a@x.test"))])
        .unwrap();
    let diff = json!([{"name": "attributes.Plan", "previous": null, "updated": "gold"},
        {"name": "attributes.phone", "previous": "1", "updated": null}]);
    let settings = world.workspace.settings();
    let want = json!({"orgId": settings.org_id, "type": "contact_updated", "token": settings.webhook_token,
        "data": {"endUserId": id, "timestamp": world.clock.now_ms(), "orgId": settings.org_id, "diff": diff}});
    assert_eq!(world.workspace.events_after(0)[0].body, want);
    assert!(world.workspace.contact(id).unwrap()["attributes"].get("phone").is_none());
    assert_eq!(world.workspace.edit(1, &[]), Err(UnknownId(1)));
}

#[tokio::test]
async fn writes_through_the_api_are_told_only_where_the_switch_says_so() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test"})).await;
    world.patch(id, json!({"name": "A"})).await;
    assert!(world.workspace.events_after(0).is_empty());
    world.workspace.configure(|settings| settings.api_write_events = ApiWriteEvents::Sent);
    world.patch(id, json!({"name": "A"})).await;
    assert!(world.workspace.events_after(0).is_empty(), "nothing changed");
    world.patch(id, json!({"name": "B"})).await;
    assert_eq!(told(&world.workspace, 0).0, ["contact_updated"]);
}

#[test]
fn an_opt_out_is_told_in_either_form() {
    let world = World::new(|settings| settings.contact_events = ContactEvents::IdOnly);
    let id = world.workspace.add(&[("email", json!("A@x.test"))]);
    world.workspace.unsubscribe(id).unwrap();
    let event = &world.workspace.events_after(0)[0].body;
    assert_eq!((&event["type"], &event["data"]), (&json!("user_unsubscribed"), &json!({"endUserId": id})));
    assert!(world.workspace.is_unsubscribed("a@x.test"));
}

#[test]
fn a_deletion_is_told_to_nobody_and_a_chat_brings_the_contact_back() {
    let world = World::new(|_| {});
    let id = world.workspace.identify("a@x.test", &[]);
    let (_, last) = told(&world.workspace, 0);
    world.workspace.delete(id).unwrap();
    assert!(world.workspace.events_after(last).is_empty());
    assert!(world.workspace.dump().is_empty() && world.workspace.contact(id).is_some());
    assert_eq!(world.workspace.identify("a@x.test", &[]), id);
    assert_eq!(world.workspace.dump().len(), 1);
    world.workspace.delete(id).unwrap();
    world.workspace.restore(id).unwrap();
    assert_eq!(world.workspace.counts().deleted, 0);
}

#[tokio::test]
async fn an_erased_person_is_nowhere() {
    let world = World::new(|_| {});
    let ids =
        [world.workspace.identify("a@x.test", &[]), world.workspace.identify_as("u-1", "A@x.test", &[])];
    world.workspace.erase("a@x.test");
    for id in ids {
        World::refused(&world.get(&format!("/contacts/{id}")).await, 404, "CONTACT-1");
    }
    assert!(world.get("/conversations/list").await.ids().is_empty());
    assert_eq!(told(&world.workspace, 0).0.last().unwrap(), "gdpr_delete_requested");
}

#[tokio::test]
async fn a_seeded_workspace_is_the_same_each_time_and_old() {
    let dump = || {
        let world = World::new(|_| {});
        let ids = world.workspace.seed(&people(7, 60));
        assert_eq!(ids.len(), 60);
        (world.workspace.dump(), world.workspace.counts(), world)
    };
    let (first, counts, world) = dump();
    assert_eq!(first, dump().0);
    assert_eq!(counts, Counts { contacts: 60, deleted: 0, in_chat: 48, conversations: 48 });
    assert!(world.workspace.events_after(0).is_empty(), "the webhook is not told of the past");
    let now_ms = world.clock.now_ms();
    assert!(first.values().all(|contact| contact["createdAt"].as_i64().unwrap() < now_ms));
    let listed = world.get("/conversations/list?page_token=&limit=100").await;
    let times: Vec<i64> = listed.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["updatedAt"].as_i64().unwrap())
        .collect();
    assert_eq!(times.len(), 48);
    assert!(times.is_sorted_by(|newer, older| newer > older));
}
