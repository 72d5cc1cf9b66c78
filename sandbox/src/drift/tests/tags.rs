use super::*;

const CALLS: [(&str, &str); 3] = [("POST", "/tags"), ("DELETE", "/tags/VIP"), ("POST", "/tags/delete/_bulk")];

fn body_of(method: &str, path: &str) -> Option<Json> {
    match (method, path) {
        ("POST", "/tags") => Some(json!([{"name": "VIP"}])),
        ("POST", _) => Some(json!(["VIP"])),
        _ => None,
    }
}

#[tokio::test]
async fn tags_are_gone_unless_the_switch_says_otherwise() {
    let world = World::new(|_| {});
    let id = world.create(json!({"email": "a@x.test"})).await;
    world.workspace.define_tag("VIP");
    for (method, path) in CALLS {
        let answer = world.call(method, &format!("/contacts/{id}{path}"), body_of(method, path)).await;
        World::refused(&answer, 404, "resource not found");
    }
    assert_eq!(world.attributes(id).await["_END_USER_VERSION"], 3);
}

#[tokio::test]
async fn known_tags_come_and_go_and_each_call_is_a_revision() {
    let world = World::new(|settings| settings.legacy_tags = LegacyTags::On);
    let id = world.create(json!({"email": "a@x.test", "externalId": "u-1"})).await;
    assert_eq!(world.attributes(id).await["tags"], json!([]));
    for name in ["VIP", "A/B c"] {
        world.workspace.define_tag(name);
    }
    let path = |rest: &str| format!("/contacts/{id}/tags{rest}");
    let add = || Some(json!([{"name": "VIP"}, {"name": "A/B c"}]));
    for _ in 0..2 {
        let answer = world.call("POST", &path(""), add()).await;
        let tags = json!([{"name": "A/B c", "color": "0960C5"}, {"name": "VIP", "color": "0960C5"}]);
        assert_eq!((answer.status, &answer.body["data"]), (200, &tags), "twice is once");
        assert_eq!(world.attributes(id).await["tags"], tags);
    }
    for _ in 0..2 {
        assert_eq!(world.call("DELETE", &path("/A%2FB%20c"), None).await.status, 200);
    }
    assert_eq!(world.attributes(id).await["tags"], json!([{"name": "VIP", "color": "0960C5"}]));
    assert_eq!(world.call("POST", &path("/delete/_bulk"), Some(json!(["VIP", "none"]))).await.status, 200);
    let read = world.attributes(id).await;
    assert_eq!((&read["tags"], &read["_END_USER_VERSION"]), (&json!([]), &json!(9)));
}

#[tokio::test]
async fn a_tag_that_is_unknown_or_malformed_is_refused_whole() {
    let world = World::new(|settings| settings.legacy_tags = LegacyTags::On);
    let id = world.create(json!({"email": "a@x.test"})).await;
    world.workspace.define_tag("VIP");
    let path = format!("/contacts/{id}/tags");
    for body in
        [json!([{"name": "VIP"}, {"name": "vip"}]), json!(["VIP"]), json!({"name": "VIP"}), json!([{}])]
    {
        World::refused(&world.call("POST", &path, Some(body)).await, 400, "CONTACT-9");
    }
    assert_eq!(world.attributes(id).await["tags"], json!([]));
    for (method, path) in CALLS {
        let answer = world.call(method, &format!("/contacts/1{path}"), body_of(method, path)).await;
        World::refused(&answer, 404, "CONTACT-1");
    }
}

#[tokio::test]
async fn tags_ask_for_the_scope_to_write() {
    let world = World::with_scopes(&[Scope::AllContactRead]);
    world.workspace.configure(|settings| settings.legacy_tags = LegacyTags::On);
    for (method, path) in CALLS {
        let answer = world.call(method, &format!("/contacts/1{path}"), body_of(method, path)).await;
        World::refused(&answer, 403, "contact_write");
    }
}
