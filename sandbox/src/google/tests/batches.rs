//! Batches: limits, all or nothing, and the long GET in a POST.

use super::*;

const CREATE: &str = "/v1/people:batchCreateContacts";
const UPDATE: &str = "/v1/people:batchUpdateContacts";
const DELETE: &str = "/v1/people:batchDeleteContacts";

fn to_create(people: &[Json]) -> Json {
    let contacts: Vec<Json> = people.iter().map(|person| json!({ "contactPerson": person })).collect();
    json!({ "contacts": contacts, "readMask": MASK, "sources": ["READ_SOURCE_TYPE_CONTACT"] })
}

#[tokio::test]
async fn a_batch_creates_everybody_and_tells_their_names() {
    let world = World::new().await;
    let mut marked = ada();
    marked["clientData"] = json!([{ "key": "marker", "value": "op-1" }]);
    let answer = world.good(Method::POST, CREATE, to_create(&[marked, ada()])).await;
    let created = answer["createdPeople"].as_array().unwrap();
    assert_eq!(created.len(), 2);
    for response in created {
        assert_eq!((&response["httpStatusCode"], &response["status"]), (&json!(200), &json!({})));
        assert_eq!(response["requestedResourceName"], response["person"]["resourceName"]);
    }
    assert_eq!(created[0]["person"]["clientData"][0]["value"], "op-1");
}

#[tokio::test]
async fn without_a_read_mask_nothing_is_told() {
    let world = World::new().await;
    let body = json!({ "contacts": [{ "contactPerson": ada() }] });
    assert_eq!(world.good(Method::POST, CREATE, body).await, json!({}));
    assert_eq!(world.account.counts().contacts, 1);
}

#[tokio::test]
async fn one_bad_contact_stops_the_whole_batch() {
    let world = World::new().await;
    let bad = json!({ "names": [{ "givenName": "A" }, { "givenName": "B" }] });
    let invalid = (400, "INVALID_ARGUMENT", "");
    let error = world.refused(Method::POST, CREATE, to_create(&[ada(), bad]), invalid).await;
    let details = &error["details"][0];
    assert_eq!(details["@type"], "type.googleapis.com/google.people.v1.BatchCreateContactsErrorDetails");
    let errors = details["contactErrors"].as_object().unwrap();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["1"]);
    assert_eq!(errors["1"]["code"], 3);
    assert_eq!(world.account.counts().contacts, 0, "nothing is applied");
}

#[tokio::test]
async fn one_stale_contact_stops_the_whole_update() {
    let world = World::new().await;
    let (good, stale) = (world.create(ada()).await, world.create(ada()).await);
    let (good_name, stale_name) = (text(&good, "/resourceName"), text(&stale, "/resourceName"));
    world.account.touch_all();
    let fresh = world.read(good_name).await;
    let changed = |etag: &Json| json!({ "etag": etag, "names": [{ "givenName": "Changed" }] });
    let body = |contacts: Json| json!({ "contacts": contacts, "updateMask": "names", "readMask": MASK });
    let mixed = body(json!({ good_name: changed(&fresh["etag"]), stale_name: changed(&stale["etag"]),
        "people/c1": changed(&fresh["etag"]) }));
    let error = world.refused(Method::POST, UPDATE, mixed, (400, "INVALID_ARGUMENT", "")).await;
    let errors = &error["details"][0]["contactErrors"];
    assert_eq!(errors.as_object().unwrap().len(), 2);
    assert_eq!((&errors[stale_name]["code"], &errors["people/c1"]["code"]), (&json!(9), &json!(5)));
    assert!(text(&errors[stale_name], "/message").starts_with("Request person.etag is different"));
    assert_eq!(world.read(good_name).await["names"][0]["givenName"], "Ada", "nothing is applied");

    let alone = body(json!({ good_name: changed(&fresh["etag"]) }));
    let answer = world.good(Method::POST, UPDATE, alone).await;
    let response = &answer["updateResult"][good_name];
    assert_eq!(response["person"]["names"][0]["displayName"], "Changed");
    assert_eq!(response["requestedResourceName"], good_name);
}

#[tokio::test]
async fn one_mask_clears_the_field_of_everybody_who_did_not_bring_it() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let name = text(&person, "/resourceName");
    let body = json!({ "contacts": { name: { "etag": person["etag"], "names": person["names"] } },
        "updateMask": "names,emailAddresses", "readMask": MASK });
    let answer = world.good(Method::POST, UPDATE, body).await;
    let after = &answer["updateResult"][name]["person"];
    assert_eq!(after["names"], person["names"], "an echo changes nothing");
    assert!(after.get("emailAddresses").is_none());
}

#[tokio::test]
async fn batches_have_limits_and_shapes() {
    let world = World::new().await;
    let invalid = |text| (400, "INVALID_ARGUMENT", text);
    let many = vec![ada(); 201];
    world.refused(Method::POST, CREATE, to_create(&many), invalid("at most 200 contacts")).await;
    world.good(Method::POST, CREATE, to_create(&many[..200])).await;
    world.refused(Method::POST, CREATE, json!({}), invalid("must set contacts")).await;
    let list = json!({ "contacts": [{ "etag": "x" }], "updateMask": "names" });
    world.refused(Method::POST, UPDATE, list, invalid("Cannot bind a list to map")).await;
    let unmasked = json!({ "contacts": { "people/c1": {} } });
    world.refused(Method::POST, UPDATE, unmasked, invalid("updateMask")).await;
    let names = vec!["people/c1"; 501];
    world.refused(Method::POST, DELETE, json!({ "resourceNames": names }), invalid("at most 500")).await;
    let query: String = (0..201).map(|nth| format!("&resourceNames=people/c{nth}")).collect();
    world
        .get_refused(&format!("/v1/people:batchGet?personFields=names{query}"), invalid("at most 200"))
        .await;
}

#[tokio::test]
async fn a_batch_get_tells_who_is_missing_within_the_answer() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    let path = format!("/v1/people:batchGet?personFields=names&resourceNames={name}&resourceNames=people/c1");
    let answer = world.get(&path).await;
    let responses = answer["responses"].as_array().unwrap();
    assert_eq!(responses[0]["person"]["resourceName"], name);
    assert_eq!(
        responses[1],
        json!({ "requestedResourceName": "people/c1", "httpStatusCode": 404,
            "status": { "code": 5, "message": "Requested entity was not found." } }),
    );
}

#[tokio::test]
async fn a_long_get_may_come_as_a_post_with_a_form() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    let form = format!("personFields=names&resourceNames={name}&resourceNames=people/c1");
    let request = world
        .client
        .post(format!("{}/v1/people:batchGet", world.running.base_url))
        .bearer_auth(&world.token)
        .header("X-HTTP-Method-Override", "GET")
        .header("Content-Type", "application/x-www-form-urlencoded");
    let answer: Json = request.body(form).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["responses"].as_array().unwrap().len(), 2);
    assert_eq!(world.account.traffic().count(&axum::http::Method::GET, "/v1/people:batchGet"), 1);
}

#[tokio::test]
async fn a_batch_deletes_all_or_none() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    let missing = json!({ "resourceNames": [name, "people/c1"] });
    world.refused(Method::POST, DELETE, missing, (404, "NOT_FOUND", "")).await;
    assert_eq!(world.account.counts().contacts, 1);
    assert_eq!(world.good(Method::POST, DELETE, json!({ "resourceNames": [name] })).await, json!({}));
    assert_eq!((world.account.counts().contacts, world.account.counts().trashed), (0, 1));
}
