//! Single contacts: reads, writes, etags, and what comes back.

use super::*;

#[tokio::test]
async fn a_created_contact_comes_back_with_what_google_adds() {
    let world = World::new().await;
    let person = world
        .create(json!({
            "resourceName": "", "etag": "", "metadata": {}, // as libkgapi sends them
            "names": [{ "givenName": "Ada", "familyName": "Lovelace", "displayName": "ignored" }],
            "emailAddresses": [{ "value": "ada@x.example", "type": "work" }, { "value": "ada@y.example" }],
        }))
        .await;
    let source = json!({ "type": "CONTACT", "id": source_id(&person) });
    let person_source = &person["metadata"]["sources"][0];
    assert_eq!(person_source["id"], source["id"]);
    assert!(text(person_source, "/etag").starts_with('#'));
    assert_eq!(person_source["updateTime"], "2026-01-05T08:00:00Z");
    assert_eq!(person["metadata"]["objectType"], "PERSON");
    assert_eq!(person["names"][0]["displayName"], "Ada Lovelace");
    assert_eq!(
        person["names"][0]["metadata"],
        json!({ "primary": true, "sourcePrimary": true, "source": source })
    );
    assert_eq!(person["emailAddresses"][0]["formattedType"], "Work");
    assert_eq!(person["emailAddresses"][1]["metadata"], json!({ "source": source }));
    assert_eq!(
        person["memberships"],
        json!([{ "metadata": { "source": source }, "contactGroupMembership": {
            "contactGroupId": "myContacts", "contactGroupResourceName": "contactGroups/myContacts" } }]),
    );
}

/// The source's id as the resource name has it.
fn source_id(person: &Json) -> String {
    let digits = text(person, "/resourceName").strip_prefix("people/c").unwrap();
    format!("{:x}", digits.parse::<u64>().unwrap())
}

#[tokio::test]
async fn a_mask_is_required_and_decides_what_comes() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    let person = world.get(&format!("/v1/{name}?personFields=emailAddresses")).await;
    let keys: Vec<&String> = person.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["emailAddresses", "etag", "resourceName"]);
    let invalid = |text| (400, "INVALID_ARGUMENT", text);
    world.get_refused(&format!("/v1/{name}"), invalid("personFields mask is required")).await;
    let error =
        world.get_refused(&format!("/v1/{name}?personFields=emails"), invalid("mask path: \"emails\"")).await;
    assert_eq!(error["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest");
    assert_eq!(error["details"][0]["fieldViolations"][0]["field"], "personFields");
    let misspelt = format!("/v1/{name}?personfields=names");
    world.get_refused(&misspelt, invalid("Unknown name \"personfields\": Cannot bind query parameter")).await;
    world.get(&format!("/v1/{name}?personFields=names&alt=json&prettyPrint=false&$.xgafv=2")).await;
    let older = world.get(&format!("/v1/{name}?requestMask.includeField=person.names")).await;
    assert_eq!(older["names"][0]["givenName"], "Ada");
}

#[tokio::test]
async fn a_profile_mixes_in_unless_only_the_contact_is_asked_for() {
    let world = World::new().await;
    let mut profiles = 0;
    for _ in 0..40 {
        let name = text(&world.create(ada()).await, "/resourceName").to_owned();
        let both = world.get(&format!("/v1/{name}?personFields=names,metadata")).await;
        let contact = world.read(&name).await;
        let types = |person: &Json| {
            let names = person["names"].as_array().unwrap();
            names.iter().map(|name| text(name, "/metadata/source/type").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(types(&contact), ["CONTACT"]);
        if types(&both) == ["CONTACT", "PROFILE"] {
            profiles += 1;
            assert_eq!(both["metadata"]["sources"][1]["type"], "PROFILE");
            assert_ne!(both["etag"], contact["etag"], "another mask, another etag");
            assert_eq!(both["metadata"]["sources"][0]["etag"], contact["metadata"]["sources"][0]["etag"]);
        }
    }
    assert!(profiles > 0, "nobody has a profile");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let gone = (404, "NOT_FOUND", "Requested entity was not found.");
    for name in ["people/c1", "people/123", "people/cX"] {
        world.get_refused(&format!("/v1/{name}?personFields=names"), gone).await;
        world.refused(Method::DELETE, &format!("/v1/{name}:deleteContact"), Json::Null, gone).await;
    }
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    let delete = format!("/v1/{name}:deleteContact");
    assert_eq!(world.good(Method::DELETE, &delete, Json::Null).await, json!({}));
    world.refused(Method::DELETE, &delete, Json::Null, gone).await;
}

#[tokio::test]
async fn the_account_itself_is_a_profile_and_cannot_be_updated() {
    let world = World::new().await;
    let me = world.get("/v1/people/me?personFields=metadata").await;
    assert_eq!(me["metadata"]["sources"][0]["type"], "PROFILE");
    assert!(text(&me, "/resourceName").strip_prefix("people/").unwrap().parse::<u128>().is_ok());
    assert!(me.get("names").is_none());
    let text = "Resource name \"people/me\" is not a valid contact person resource.";
    let update = "/v1/people/me:updateContact?updatePersonFields=names";
    world.refused(Method::PATCH, update, json!({ "etag": "x" }), (400, "INVALID_ARGUMENT", text)).await;
}

#[tokio::test]
async fn a_write_replaces_a_field_as_a_whole_and_no_other_field() {
    let world = World::new().await;
    let mut before = ada();
    before["organizations"] = json!([{ "name": "X", "title": "CEO", "department": "Board" }]);
    let before = world.create(before).await;
    let name = text(&before, "/resourceName");
    let path = format!("/v1/{name}:updateContact?updatePersonFields=organizations&personFields={MASK}");
    let body = json!({ "etag": before["etag"], "organizations": [{ "name": "X", "title": "CTO" }],
        "names": [{ "givenName": "not in the mask" }] });
    let after = world.good(Method::PATCH, &path, body).await;
    assert_eq!(after["organizations"][0]["title"], "CTO");
    assert!(after["organizations"][0].get("department").is_none(), "what was not sent is gone");
    assert_eq!(after["names"], before["names"]);
    assert_ne!(after["metadata"]["sources"][0]["etag"], before["metadata"]["sources"][0]["etag"]);
    let body = json!({ "etag": after["etag"] });
    let cleared = world.good(Method::PATCH, &path, body).await;
    assert!(cleared.get("organizations").is_none());
}

#[tokio::test]
async fn an_update_under_an_old_etag_changes_nothing() {
    let world = World::new().await;
    let old = world.create(ada()).await;
    let name = text(&old, "/resourceName");
    world.pass(Duration::from_secs(1));
    world.account.edit(name, &json!({ "nicknames": [{ "value": "Countess" }] })).unwrap();
    let path = format!("/v1/{name}:updateContact?updatePersonFields=names&personFields={MASK}");
    let update = |etags: Json| {
        let mut body = etags;
        body["names"] = json!([{ "givenName": "Changed" }]);
        body
    };
    let precondition = |text| (400, "FAILED_PRECONDITION", text);
    let stale = precondition("Request person.etag is different than the current person.etag.");
    let stale_source = precondition("Request person.metadata.sources.etag is different");
    let error = world.refused(Method::PATCH, &path, update(json!({ "etag": old["etag"] })), stale).await;
    assert!(error.get("details").is_none(), "told from an expired token by this alone");
    let both = json!({ "etag": old["etag"], "metadata": { "sources": old["metadata"]["sources"] } });
    world.refused(Method::PATCH, &path, update(both), stale_source).await;
    let source_etag = world.read(name).await["metadata"]["sources"][0]["etag"].clone();
    world.refused(Method::PATCH, &path, update(json!({ "etag": source_etag })), stale).await;
    world
        .refused(Method::PATCH, &path, update(json!({})), (400, "INVALID_ARGUMENT", "must set person.etag"))
        .await;
    assert_eq!(world.read(name).await["names"][0]["givenName"], "Ada");

    let fresh = world.read(name).await;
    let after = world.good(Method::PATCH, &path, update(json!({ "etag": fresh["etag"] }))).await;
    assert_eq!(after["names"][0]["displayName"], "Changed");
    assert_eq!(after["metadata"]["sources"][0]["updateTime"], "2026-01-05T08:00:01Z");
}

#[tokio::test]
async fn what_google_does_not_take_is_refused() {
    let world = World::new().await;
    let invalid = |text| (400, "INVALID_ARGUMENT", text);
    let create = async |body: Json, text: &'static str| {
        world.refused(Method::POST, "/v1/people:createContact", body, invalid(text)).await
    };
    create(json!({ "names": [{}, {}] }), "Cannot have more than one person.names per source.").await;
    create(json!({ "name": "Ada" }), "Unknown name \"name\" at 'person': Cannot find field.").await;
    create(json!({ "names": [{ "first": "A" }] }), "Unknown name \"first\" at 'person.names[0]'").await;
    create(json!({ "urls": [{ "value": "x".repeat(1_025) }] }), "1024 characters").await;
    let urls: Vec<Json> = (0..501).map(|nth| json!({ "value": format!("{nth}.example") })).collect();
    create(json!({ "urls": urls }), "more than 500 fields").await;
    create(json!({ "memberships": [membership("contactGroups/nowhere")] }), "does not exist").await;
    create(json!({ "memberships": [membership("contactGroups/friends")] }), "does not take members").await;
    let path = "/v1/people/c1:updateContact";
    world.refused(Method::PATCH, path, json!({}), invalid("updatePersonFields mask is required")).await;
    let path = "/v1/people/c1:updateContact?updatePersonFields=photos";
    world.refused(Method::PATCH, path, json!({}), invalid("mask path: \"photos\"")).await;
    assert_eq!(world.account.counts().contacts, 0);
}

fn membership(group: &str) -> Json {
    json!({ "contactGroupMembership": { "contactGroupResourceName": group } })
}

#[tokio::test]
async fn a_contact_is_never_left_without_a_group() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let name = text(&person, "/resourceName");
    let path = format!("/v1/{name}:updateContact?updatePersonFields=memberships&personFields={MASK}");
    let none = json!({ "etag": person["etag"], "memberships": [] });
    world.refused(Method::PATCH, &path, none, (400, "INVALID_ARGUMENT", "at least one contact group")).await;
    let both = [membership("contactGroups/myContacts"), membership("contactGroups/starred")];
    let starred =
        world.good(Method::PATCH, &path, json!({ "etag": person["etag"], "memberships": both })).await;
    assert_eq!(starred["memberships"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_account_can_be_full_and_the_trash_counts() {
    let world = World::with(Settings { max_contacts: 2, ..lenient() }).await;
    let first = world.create(ada()).await;
    world.create(ada()).await;
    world.account.delete(text(&first, "/resourceName")).unwrap();
    let full = (429, "RESOURCE_EXHAUSTED", "MY_CONTACTS_OVERFLOW_COUNT");
    world.refused(Method::POST, "/v1/people:createContact", ada(), full).await;
    world.pass(days(30));
    world.create(ada()).await;
}

#[tokio::test]
async fn a_search_sees_the_book_as_it_was_when_somebody_searched_before() {
    let world = World::new().await;
    world.create(ada()).await;
    let search = async |query: &str| {
        world.get(&format!("/v1/people:searchContacts?query={query}&readMask=names")).await
    };
    assert_eq!(search("ada").await, json!({}), "found without a warm-up");
    let found = search("ada@x").await;
    assert_eq!(found["results"][0]["person"]["names"][0]["displayName"], "Ada Lovelace");
    assert_eq!(search("ovelace").await, json!({}));
    assert_eq!(search("ada%20love").await["results"].as_array().unwrap().len(), 1);
    for _ in 0..40 {
        world.create(ada()).await;
    }
    search("").await;
    assert_eq!(search("ada").await["results"].as_array().unwrap().len(), 10);
    assert_eq!(search("ada&pageSize=200").await["results"].as_array().unwrap().len(), 30);
    let unmasked = "/v1/people:searchContacts?query=ada";
    world.get_refused(unmasked, (400, "INVALID_ARGUMENT", "readMask")).await;
}

#[tokio::test]
async fn items_come_in_any_order_if_the_account_is_like_that() {
    let world = World::with(Settings { shuffles_items: true, ..lenient() }).await;
    let emails = json!([{ "value": "a@x.example" }, { "value": "b@x.example" }, { "value": "c@x.example" }]);
    let person = world.create(json!({ "emailAddresses": emails })).await;
    let read = world.read(text(&person, "/resourceName")).await;
    let order = |person: &Json| {
        let items = person["emailAddresses"].as_array().unwrap();
        items.iter().map(|item| text(item, "/value").to_owned()).collect::<Vec<_>>()
    };
    assert_ne!(order(&read), order(&person));
    let primary =
        read["emailAddresses"].as_array().unwrap().iter().find(|item| item["metadata"]["primary"] == true);
    assert_eq!(primary.unwrap()["value"], "a@x.example");
}
