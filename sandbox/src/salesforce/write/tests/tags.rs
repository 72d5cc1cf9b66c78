//! Topics and campaigns, as rows and by the topics of a record.

use super::*;

fn rows(world: &World, query: &str) -> Vec<Json> {
    let told = world.get(&format!("/query?q={}", query.replace(' ', "+"))).good(200);
    told["records"].as_array().unwrap().clone()
}

#[test]
fn a_topic_is_assigned_once_and_taken_off_by_its_row() {
    let world = World::new();
    let contact = world.contact("A");
    let topic = world.create("Topic", json!({ "Name": "VIP" }));
    let stamp = world.value(&contact, "SystemModstamp");
    world.pass(10);
    let body = json!({ "TopicId": topic, "EntityId": contact });
    let assignment = world.create("TopicAssignment", body.clone());
    world.ask("POST", "/sobjects/TopicAssignment", body).refused(400, "DUPLICATE_VALUE", &[]);
    world.ask("POST", "/sobjects/Topic", json!({ "Name": "vip" })).refused(400, "DUPLICATE_VALUE", &[]);
    assert_eq!(world.value(&contact, "SystemModstamp"), stamp, "the person is as it was");
    let path = format!("/sobjects/TopicAssignment/{assignment}");
    let moved = world.ask("PATCH", &path, json!({ "TopicId": topic }));
    moved.refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", &["TopicId"]);
    world.ask("DELETE", &path, Json::Null).good(204);
    assert!(rows(&world, "SELECT Id FROM TopicAssignment").is_empty());
}

#[test]
fn the_topics_of_a_record_are_added_replaced_and_removed() {
    let world = World::new();
    let contact = world.contact("A");
    let path = format!("/connect/records/{contact}/topics");
    let added = world.ask("POST", &path, json!({ "topicName": "VIP" })).good(201);
    world.ask("POST", &path, json!({ "topicName": "vip" })).good(201);
    let names = |told: &Json| -> Vec<String> {
        told["topics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|topic| topic["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&world.get(&path).good(200)), ["VIP"]);
    let told = world.ask("PUT", &path, json!({ "topicNames": ["Press", "VIP"] })).good(200);
    assert_eq!(names(&told).len(), 2);
    let gone = world.ask("DELETE", &format!("{path}?topicId={}", added["id"].as_str().unwrap()), Json::Null);
    gone.good(204);
    assert_eq!(names(&world.get(&path).good(200)), ["Press"]);
    world.get("/connect/records/0035e000009zzzzAAA/topics").refused(404, "NOT_FOUND", &[]);
}

#[test]
fn a_person_is_in_a_campaign_once() {
    let world = World::new();
    let (contact, lead) =
        (world.contact("A"), world.create("Lead", json!({ "LastName": "L", "Company": "C" })));
    let campaign = world.create("Campaign", json!({ "Name": "Fair", "IsActive": true }));
    let member = |field: &str, id: &str| json!({ "CampaignId": campaign, field: id });
    let id = world.create("CampaignMember", member("ContactId", &contact));
    let state = || (world.value(&id, "Status"), world.value(&id, "HasResponded"));
    assert_eq!(state(), (json!("Sent"), json!(false)));
    world.ask("PATCH", &format!("/sobjects/CampaignMember/{id}"), json!({ "Status": "Responded" })).good(204);
    assert_eq!(state(), (json!("Responded"), json!(true)));
    world.create("CampaignMember", member("LeadId", &lead));
    let again = world.ask("POST", "/sobjects/CampaignMember", member("ContactId", &contact));
    again.refused(400, "DUPLICATE_VALUE", &[]);
    let nobody = world.ask("POST", "/sobjects/CampaignMember", json!({ "CampaignId": campaign }));
    nobody.refused(400, "REQUIRED_FIELD_MISSING", &["LeadId", "ContactId"]);
    assert_eq!(rows(&world, "SELECT Id, LeadOrContactId FROM CampaignMember").len(), 2);
    assert_eq!(world.org.counts().contacts, 1);
}

#[test]
fn tags_are_written_many_at_once_and_deleted_many_at_once() {
    let world = World::new();
    let topic = world.create("Topic", json!({ "Name": "VIP" }));
    let records: Vec<Json> = ["A", "B"]
        .map(|name| {
            json!({ "attributes": { "type": "TopicAssignment" }, "TopicId": topic, "EntityId": world.contact(name) })
        })
        .to_vec();
    let told = world.ask("POST", "/composite/sobjects", json!({ "records": records })).good(200);
    let ids: Vec<&str> = told.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let path = format!("/composite/sobjects?ids={}", ids.join(","));
    let told = world.ask("DELETE", &path, Json::Null).good(200);
    assert_eq!((&told[0]["success"], &told[1]["success"]), (&json!(true), &json!(true)));
}
