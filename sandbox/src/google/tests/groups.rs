//! Labels and who has them.

use super::*;

const GROUPS: &str = "/v1/contactGroups";

async fn make(world: &World, name: &str) -> Json {
    world.good(Method::POST, GROUPS, json!({ "contactGroup": { "name": name } })).await
}

#[tokio::test]
async fn the_system_groups_are_those_of_a_real_account() {
    let world = World::new().await;
    let list = world.get(GROUPS).await;
    let groups = list["contactGroups"].as_array().unwrap();
    let ids: Vec<&str> = groups.iter().map(|group| text(group, "/name")).collect();
    assert_eq!(
        ids,
        ["starred", "friends", "family", "coworkers", "myContacts", "chatBuddies", "all", "blocked"]
    );
    assert_eq!(
        groups[4],
        json!({ "resourceName": "contactGroups/myContacts", "groupType": "SYSTEM_CONTACT_GROUP",
            "name": "myContacts", "formattedName": "My Contacts" }),
    );
    assert_eq!(list["totalItems"], 8);
    assert!(list.get("nextSyncToken").is_some(), "comes unasked");
}

#[tokio::test]
async fn a_label_is_made_once() {
    let world = World::new().await;
    let group = make(&world, "VIP").await;
    let id = text(&group, "/resourceName").strip_prefix("contactGroups/").unwrap();
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!((&group["groupType"], &group["formattedName"]), (&json!("USER_CONTACT_GROUP"), &json!("VIP")));
    assert!(!text(&group, "/etag").starts_with(['%', '#']));
    let again = json!({ "contactGroup": { "name": "VIP" } });
    world.refused(Method::POST, GROUPS, again, (409, "ALREADY_EXISTS", "")).await;
    let nameless = json!({ "contactGroup": { "name": " " } });
    world.refused(Method::POST, GROUPS, nameless, (400, "INVALID_ARGUMENT", "name")).await;
    let misspelt = json!({ "contactGroup": { "title": "X" } });
    world.refused(Method::POST, GROUPS, misspelt, (400, "INVALID_ARGUMENT", "Unknown name \"title\"")).await;
}

#[tokio::test]
async fn a_label_is_renamed_under_its_etag_and_the_refusal_is_a_409() {
    let world = World::new().await;
    let group = make(&world, "Old").await;
    make(&world, "Taken").await;
    let path = format!("/v1/{}", text(&group, "/resourceName"));
    let body = |name: &str, etag: &Json| json!({ "contactGroup": { "name": name, "etag": etag } });
    let taken = body("Taken", &group["etag"]);
    world.refused(Method::PUT, &path, taken, (409, "ALREADY_EXISTS", "")).await;
    let renamed = world.good(Method::PUT, &path, body("New", &group["etag"])).await;
    assert_eq!(renamed["name"], "New");
    let stale = body("Newer", &group["etag"]);
    world.refused(Method::PUT, &path, stale, (409, "ABORTED", "Contact group etag is outdated")).await;
    let system = body("X", &json!("x"));
    world.refused(Method::PUT, "/v1/contactGroups/starred", system, (400, "INVALID_ARGUMENT", "")).await;
    let data = json!({ "contactGroup": { "etag": renamed["etag"], "clientData": [{ "key": "k", "value": "v" }] },
        "updateGroupFields": "clientData", "readGroupFields": "clientData,name" });
    let marked = world.good(Method::PUT, &path, data).await;
    assert_eq!((&marked["clientData"][0]["value"], &marked["name"]), (&json!("v"), &json!("New")));
}

#[tokio::test]
async fn members_come_and_go_and_the_last_group_stays() {
    let world = World::new().await;
    let group = make(&world, "VIP").await;
    let (group_name, person) = (text(&group, "/resourceName"), world.create(ada()).await);
    let name = text(&person, "/resourceName");
    let modify = format!("/v1/{group_name}/members:modify");
    let token = world.sync("").await;
    let body = json!({ "resourceNamesToAdd": [name, "people/c1"] });
    let answer = world.good(Method::POST, &modify, body.clone()).await;
    assert_eq!(answer, json!({ "notFoundResourceNames": ["people/c1"] }));
    let labelled = world.read(name).await;
    assert_ne!(labelled["etag"], person["etag"], "a label moves the etag");
    assert_eq!(labelled["memberships"].as_array().unwrap().len(), 2);
    let delta = world.sync(&format!("&syncToken={}", text(&token, "/nextSyncToken"))).await;
    assert_eq!(names(&delta), [name], "a label is a change");

    world.good(Method::POST, &modify, body).await;
    assert_eq!(world.read(name).await["etag"], labelled["etag"], "twice is once");

    let shown = world.get(&format!("/v1/{group_name}?maxMembers=10")).await;
    assert_eq!((&shown["memberCount"], &shown["memberResourceNames"]), (&json!(1), &json!([name])));
    assert!(world.get(&format!("/v1/{group_name}")).await.get("memberResourceNames").is_none());

    let out = json!({ "resourceNamesToRemove": [name] });
    world.good(Method::POST, "/v1/contactGroups/myContacts/members:modify", out.clone()).await;
    let refused = world.good(Method::POST, &modify, out).await;
    assert_eq!(refused, json!({ "canNotRemoveLastContactGroupResourceNames": [name] }));
    assert_eq!(world.account.labels(name).len(), 1);
}

#[tokio::test]
async fn most_system_groups_take_nobody() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let add = json!({ "resourceNamesToAdd": [person["resourceName"]] });
    let invalid = (400, "INVALID_ARGUMENT", "");
    world.refused(Method::POST, "/v1/contactGroups/friends/members:modify", add.clone(), invalid).await;
    assert_eq!(
        world.good(Method::POST, "/v1/contactGroups/starred/members:modify", add.clone()).await,
        json!({})
    );
    let nowhere = "/v1/contactGroups/nowhere/members:modify";
    world.refused(Method::POST, nowhere, add, (404, "NOT_FOUND", "")).await;
    let many = json!({ "resourceNamesToAdd": vec!["people/c1"; 1_001] });
    world.refused(Method::POST, "/v1/contactGroups/starred/members:modify", many, invalid).await;
}

#[tokio::test]
async fn groups_come_in_pages_and_in_deltas() {
    let world = World::new().await;
    for nth in 0..25 {
        make(&world, &format!("Label {nth}")).await;
    }
    let first = world.get(GROUPS).await;
    assert_eq!((first["contactGroups"].as_array().unwrap().len(), &first["totalItems"]), (30, &json!(33)));
    let token = text(&first, "/nextSyncToken").to_owned();
    let second = world.get(&format!("{GROUPS}?pageToken={}", text(&first, "/nextPageToken"))).await;
    assert_eq!(second["contactGroups"].as_array().unwrap().len(), 3);
    assert!(second.get("nextPageToken").is_none() && second.get("nextSyncToken").is_some());

    let delta = format!("{GROUPS}?syncToken={token}");
    assert!(world.get(&delta).await.get("contactGroups").is_none());
    let group = make(&world, "Another").await;
    let gone = text(&first, "/contactGroups/0/resourceName");
    assert_eq!(world.good(Method::DELETE, &format!("/v1/{gone}"), Json::Null).await, json!({}));
    let changes = world.get(&delta).await;
    let changes = changes["contactGroups"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    let deleted = changes.iter().find(|change| change["metadata"]["deleted"] == true).unwrap();
    assert_eq!(deleted["resourceName"], gone);
    assert!(changes.iter().any(|change| change["resourceName"] == group["resourceName"]));
    world.get_refused(&format!("{GROUPS}?syncToken=bogus"), (400, "INVALID_ARGUMENT", "")).await;
    world.get_refused(&format!("/v1/{gone}"), (404, "NOT_FOUND", "")).await;
}

#[tokio::test]
async fn deleting_a_label_deletes_its_people_only_when_told_to() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    for (query, contacts_left) in [("", 1), ("?deleteContacts=true", 0)] {
        let group = make(&world, "VIP").await;
        world.account.label(&name, "VIP").unwrap();
        let path = format!("/v1/{}{query}", text(&group, "/resourceName"));
        world.good(Method::DELETE, &path, Json::Null).await;
        assert_eq!(world.account.counts().contacts, contacts_left);
    }
    let system = "/v1/contactGroups/myContacts";
    world.refused(Method::DELETE, system, Json::Null, (400, "INVALID_ARGUMENT", "")).await;
}

#[tokio::test]
async fn several_groups_are_read_at_once() {
    let world = World::new().await;
    let name = text(&make(&world, "VIP").await, "/resourceName").to_owned();
    let query = format!("?resourceNames={name}&resourceNames=contactGroups/x&groupFields=name");
    let answer = world.get(&format!("{GROUPS}:batchGet{query}")).await;
    assert_eq!(answer["responses"][0]["contactGroup"]["name"], "VIP");
    assert_eq!(answer["responses"][1]["status"]["code"], 5);
    world
        .get_refused(&format!("{GROUPS}?groupFields=members"), (400, "INVALID_ARGUMENT", "groupFields"))
        .await;
}
