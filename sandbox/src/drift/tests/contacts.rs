use super::*;

#[tokio::test]
async fn a_create_answers_200_with_the_contact_and_a_read_says_the_same() {
    let world = World::new(|_| {});
    let sent = json!({"attributes": {"email": "a@x.test", "externalId": "u-1", "name": "A"}});
    let created = world.call("POST", "/contacts", Some(sent)).await;
    let now_ms = world.clock.now_ms();
    assert_eq!(created.status, 200);
    let id = created.body["data"]["id"].as_i64().unwrap();
    let attributes = json!({"_END_USER_VERSION": 4, "_end_user_version": 4, "_calculated_version": 4,
        "socialProfiles": {}, "externalId": "u-1", "external_id": "u-1", "email": "a@x.test", "name": "A",
        "events": {}, "start_date": now_ms});
    assert_eq!(created.body, json!({"data": {"id": id, "createdAt": now_ms, "attributes": attributes}}));
    assert_eq!(world.get(&format!("/contacts/{id}")).await.body, created.body);
}

#[tokio::test]
async fn a_bad_create_is_refused_with_its_code() {
    let world = World::new(|_| {});
    world.create(json!({"email": "taken@x.test", "externalId": "u-1"})).await;
    let check = async |body: Json, status, words: &str| {
        let answer = world.call("POST", "/contacts", Some(body)).await;
        World::refused(&answer, status, words);
        assert_eq!(world.workspace.counts().contacts, 1, "a refused create makes nothing");
    };
    let with = |attributes: Json| json!({ "attributes": attributes });
    check(json!({}), 400, "CONTACT-8").await;
    check(json!({"attributes": null}), 400, "CONTACT-8").await;
    check(json!({"attributes": []}), 400, "CONTACT-4").await;
    check(json!({"email": "a@x.test"}), 400, "CONTACT-4").await;
    check(json!([]), 400, "CONTACT-4").await;
    check(with(json!({})), 400, "CONTACT-7").await;
    check(with(json!({"name": "A"})), 400, "CONTACT-7").await;
    check(with(json!({"email": null})), 400, "CONTACT-7").await;
    check(with(json!({"email": " "})), 400, "CONTACT-7").await;
    check(with(json!({"email": "nobody"})), 400, "CONTACT-4").await;
    check(with(json!({"email": 5})), 400, "CONTACT-4").await;
    check(with(json!({"email": "taken@x.test"})), 409, "CONTACT-6").await;
    check(with(json!({"email": "new@x.test", "externalId": "u-1"})), 409, "CONTACT-6").await;
    check(with(json!({"email": "new@x.test", "externalId": 5})), 400, "CONTACT-4").await;
    check(with(json!({"email": "new@x.test", "name": ["A"]})), 500, "CONTACT-5").await;
    let answer = world.call("POST", "/contacts?dry=1", Some(with(json!({"email": "b@x.test"})))).await;
    World::refused(&answer, 400, "CONTACT-10");
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_or_is_none_is_refused() {
    let world = World::new(|_| {});
    let check = async |media_type: &str, body: &'static str, status| {
        let request = Request::post("/contacts")
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token))
            .header(header::CONTENT_TYPE, media_type);
        assert_eq!(
            world.send(request.body(body.into()).unwrap()).await.status,
            status,
            "{media_type} {body}"
        );
    };
    check("text/plain", r#"{"attributes":{"email":"a@x.test"}}"#, 415).await;
    check("application/json", r#"{"attributes":"#, 400).await;
    check("application/json", "", 400).await;
    check("application/json; charset=utf-8", r#"{"attributes":{"email":"a@x.test"}}"#, 200).await;
}

#[tokio::test]
async fn the_answer_to_a_patch_shows_the_new_values_under_the_old_version() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test", "name": "A", "city": "C"})).await;
    let answer = world.patch(id, json!({"name": "B"})).await;
    let shown = &answer.body["data"]["attributes"];
    assert_eq!((&shown["name"], &shown["city"]), (&json!("B"), &json!("C")), "only what was sent changes");
    assert_eq!(shown["_END_USER_VERSION"], 3);
    let read = world.attributes(id).await;
    assert_eq!((&read["name"], &read["_END_USER_VERSION"]), (&json!("B"), &json!(4)));
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_a_revision_all_the_same() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test"})).await;
    for version in 4..7 {
        assert_eq!(world.patch(id, json!({"email": "a@x.test", "phone": null})).await.status, 200);
        assert_eq!(world.attributes(id).await["_end_user_version"], version);
    }
}

#[tokio::test]
async fn a_bad_patch_is_refused_with_its_code_and_changes_nothing() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test", "name": "A"})).await;
    let before = world.workspace.dump();
    let check = async |path: String, body: Json, status, words: &str| {
        World::refused(&world.call("PATCH", &path, Some(body)).await, status, words);
        assert_eq!(world.workspace.dump(), before);
    };
    let own = || format!("/contacts/{id}");
    let with = |attributes: Json| json!({ "attributes": attributes });
    check(own(), json!({}), 400, "CONTACT-8").await;
    check(own(), json!({"name": "B"}), 400, "CONTACT-4").await;
    check(own(), with(json!({"name": "B", "cql_score": "hot"})), 500, "CONTACT-5").await;
    check(own(), with(json!({"name": "B", "email": ""})), 400, "CONTACT-7").await;
    check(own(), with(json!({"name": "B", "email": "nobody"})), 400, "CONTACT-4").await;
    check(format!("{}?upsert=true", own()), with(json!({"name": "B"})), 400, "CONTACT-10").await;
    check(format!("/contacts/{}", id + 1), with(json!({"name": "B"})), 404, "CONTACT-1").await;
    check("/contacts/abc".to_owned(), with(json!({"name": "B"})), 404, "CONTACT-1").await;
}

#[tokio::test]
async fn a_null_is_ignored_or_clears_or_is_refused_as_the_switch_says() {
    let check = async |null_patch, status, name: Json| {
        let world = World::new(|settings| settings.null_patch = null_patch);
        let id = world.create(json!({"email": "a@x.test", "name": "A"})).await;
        assert_eq!(world.patch(id, json!({"name": null})).await.status, status, "{null_patch:?}");
        assert_eq!(world.attributes(id).await["name"], name, "{null_patch:?}");
        assert_eq!(world.patch(id, json!({"name": ""})).await.status, 200);
        assert_eq!(world.attributes(id).await["name"], "", "an empty text is stored");
    };
    check(NullPatch::Ignore, 200, json!("A")).await;
    check(NullPatch::Clear, 200, Json::Null).await;
    check(NullPatch::Refuse, 400, json!("A")).await;
}

#[tokio::test]
async fn an_unknown_key_becomes_an_attribute_and_a_read_only_one_is_ignored() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test"})).await;
    let sent = json!({"Plan": "gold", "seats": 3, "vip": true, "tags": [{"name": "x"}], "start_date": 1,
        "_END_USER_VERSION": 99, "original_ip": "x", "externalId": "late", "lead_stage": "New"});
    assert_eq!(world.patch(id, sent).await.status, 200);
    let read = world.attributes(id).await;
    assert_eq!((&read["Plan"], &read["seats"], &read["vip"]), (&json!("gold"), &json!(3), &json!(true)));
    assert_eq!((&read["tags"], &read["externalId"]), (&json!([]), &Json::Null));
    assert_eq!((&read["_END_USER_VERSION"], &read["start_date"]), (&json!(4), &json!(world.clock.now_ms())));
    assert!(read.get("original_ip").is_none());

    let listed = world.get("/contacts/attributes").await.body;
    let properties = listed["data"]["properties"].as_array().unwrap();
    let kind = |name: &str| {
        let found = properties.iter().find(|property| property["name"] == name);
        found.map(|property| property["type"].as_str().unwrap().to_owned())
    };
    assert_eq!(properties[0], json!({"type": "STRING", "displayName": "Plan", "name": "Plan"}));
    assert_eq!(kind("seats").as_deref(), Some("NUMERIC"));
    assert_eq!(kind("vip").as_deref(), Some("BOOLEAN"));
    assert_eq!(kind("cql_score").as_deref(), Some("NUMERIC"));
    assert_eq!(kind("lead_stage").as_deref(), Some("STRING"));
    assert_eq!(kind("plan"), None, "keys keep their case");
}

#[tokio::test]
async fn search_by_address_gives_a_list_however_many_there_are() {
    let world = World::new(|_| {});
    assert_eq!(world.get("/contacts?email=nobody%40x.test").await.body, json!({"data": []}));
    let first = world.create(json!({"email": "A+b@x.test"})).await;
    let second = world.create(json!({"email": "a+b@x.test", "externalId": "u-1"})).await;
    assert_eq!(world.get("/contacts?email=a%2Bb%40x.test").await.ids(), [first, second]);
    assert!(
        world.get("/contacts?email=a+b@x.test").await.ids().is_empty(),
        "a plus that is not escaped is a space"
    );
    world.workspace.configure(|settings| settings.email_filter = EmailFilter::Exact);
    assert_eq!(world.get("/contacts?email=a%2Bb%40x.test").await.ids(), [second]);
}

#[tokio::test]
async fn search_pages_by_a_link_that_points_to_the_vendor() {
    let world = World::new(|_| {});
    let mut all = Vec::new();
    for n in 0..5 {
        all.push(world.create(json!({"email": "a+b@x.test", "externalId": format!("u-{n}")})).await);
    }
    let mut path = "/contacts?email=a%2Bb%40x.test&limit=2".to_owned();
    let mut shown = Vec::new();
    for _ in 0..3 {
        let answer = world.get(&path).await;
        shown.extend(answer.ids());
        let Some(link) = answer.link_next() else { break };
        path = link.strip_prefix("https://driftapi.com").unwrap().to_owned();
    }
    assert_eq!(shown, all);
    for limit in ["0", "-1", "101", "x"] {
        let answer = world.get(&format!("/contacts?email=a%40x.test&limit={limit}")).await;
        World::refused(&answer, 400, "CONTACT-11");
    }
}

#[tokio::test]
async fn several_external_ids_can_be_asked_at_once() {
    let world = World::new(|_| {});
    let a = world.create(json!({"email": "a@x.test", "externalId": "u-a"})).await;
    let b = world.create(json!({"email": "b@x.test", "externalId": "u-b"})).await;
    let answer = world.get("/contacts?idType=external&id=u-b&id=nobody&id=u-a").await;
    assert_eq!(answer.ids(), [b, a]);
    for query in ["idType=external", "idType=drift&id=1", "id=u-a", "email=a%40x.test&idType=external&id=u-a"]
    {
        World::refused(&world.get(&format!("/contacts?{query}")).await, 400, "CONTACT-11");
    }
    let body = || Some(json!({"attributes": {"name": "N"}}));
    let answer = world.call("PATCH", "/contacts/normalize?idType=external&id=u-a", body()).await;
    assert_eq!(answer.body["data"]["id"], a);
    let answer = world.call("PATCH", &format!("/contacts/normalize?idType=drift&id={b}"), body()).await;
    assert_eq!(answer.body["data"]["id"], b);
    let answer = world.call("PATCH", "/contacts/normalize?idType=external&id=none", body()).await;
    World::refused(&answer, 404, "CONTACT-1");
    World::refused(&world.call("PATCH", "/contacts/normalize?id=u-a", body()).await, 400, "CONTACT-11");
}

#[tokio::test]
async fn there_is_no_list_of_contacts_unless_the_switch_says_so() {
    let world = World::new(|_| {});
    let a = world.create(json!({"email": "a@x.test"})).await;
    let b = world.create(json!({"email": "b@x.test"})).await;
    World::refused(&world.get("/contacts").await, 400, "CONTACT-11");
    World::refused(&world.get("/contacts?limit=1").await, 400, "CONTACT-11");
    World::refused(&world.get("/contacts?email=").await, 400, "CONTACT-11");
    World::refused(&world.get("/contacts?page=2").await, 400, "CONTACT-10");
    world.workspace.configure(|settings| settings.bare_list = BareList::Listed);
    let first = world.get("/contacts?limit=1").await;
    assert_eq!(first.ids(), [a]);
    let next = first.link_next().unwrap();
    let last = world.get(next.strip_prefix("https://driftapi.com").unwrap()).await;
    assert_eq!((last.ids(), last.link_next()), (vec![b], None));
}

#[tokio::test]
async fn a_deleted_contact_is_hidden_from_search_and_still_there_by_id() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test", "externalId": "u-1"})).await;
    let path = format!("/contacts/{id}");
    let deleted = world.call("DELETE", &path, None).await;
    assert_eq!((deleted.status, deleted.body), (202, json!({"result": "OK", "ok": true})));
    assert!(world.get("/contacts?email=a%40x.test").await.ids().is_empty());
    assert_eq!(world.get("/contacts?idType=external&id=u-1").await.ids(), [id]);
    assert_eq!(world.get(&path).await.status, 200);
    assert_ne!(world.create(json!({"email": "a@x.test"})).await, id, "the address is free again");

    world.workspace.configure(|settings| settings.deleted_contacts = DeletedContacts::NotFound);
    World::refused(&world.get(&path).await, 404, "CONTACT-1");
    World::refused(&world.patch(id, json!({"name": "B"})).await, 404, "CONTACT-1");
    World::refused(&world.call("DELETE", &path, None).await, 404, "CONTACT-1");
}

#[tokio::test]
async fn search_lags_and_a_read_by_id_does_not() {
    let world = World::new(|_| {});
    world.workspace.faults().set_lag_ms(10_000);
    let id = world.create(json!({"email": "a@x.test"})).await;
    assert!(world.get("/contacts?email=a%40x.test").await.ids().is_empty());
    assert_eq!(world.get(&format!("/contacts/{id}")).await.status, 200);
    let again = world.call("POST", "/contacts", Some(json!({"attributes": {"email": "a@x.test"}}))).await;
    World::refused(&again, 409, "CONTACT-6");
    world.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(world.get("/contacts?email=a%40x.test").await.ids(), [id]);
}

#[tokio::test]
async fn a_reshaping_workspace_reshapes_what_it_stores() {
    let world = World::new(|_| {});
    world.workspace.faults().set_normalise(true);
    let id = world.create(json!({"email": " A@X.test ", "name": " Ann  Lee ", "seats": 1})).await;
    let read = world.attributes(id).await;
    assert_eq!((&read["email"], &read["name"]), (&json!("a@x.test"), &json!("Ann Lee")));
}

#[tokio::test]
async fn an_unsubscribe_takes_a_bare_list_and_nothing_else() {
    let world = World::new(|_| {});
    let answer = world.call("POST", "/emails/unsubscribe", Some(json!(["A@x.test"]))).await;
    assert_eq!((answer.status, answer.body), (200, json!({"result": "OK", "ok": true})));
    assert!(world.workspace.is_unsubscribed("a@X.test") && !world.workspace.is_unsubscribed("b@x.test"));
    for body in [json!({"emails": ["b@x.test"]}), json!([1])] {
        let answer = world.call("POST", "/emails/unsubscribe", Some(body)).await;
        World::refused(&answer, 400, "list of e-mail addresses");
    }
}

#[tokio::test]
async fn errors_come_in_every_form_in_turn() {
    let world = World::new(|settings| settings.error_bodies = ErrorBodies::Mixed);
    let mut bodies = Vec::new();
    for _ in 0..4 {
        let answer = world.get("/contacts/1").await;
        assert_eq!(answer.status, 404);
        bodies.push(answer.body);
    }
    let object = json!({"error": {"type": "not_found", "message": "CONTACT-1: contact not found"}});
    let list = json!({"errors": [{"type": "CONTACT-1", "message": "contact not found"}]});
    assert_eq!(bodies, [object.clone(), list, object, Json::Null]);
}

#[tokio::test]
async fn what_is_no_endpoint_is_not_found() {
    let world = World::new(|_| {});
    World::refused(&world.get("/accounts").await, 404, "resource not found");
    assert_eq!(world.call("PUT", "/contacts/1", Some(json!({}))).await.status, 405);
}
