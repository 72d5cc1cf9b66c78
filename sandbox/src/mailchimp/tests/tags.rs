//! Tags, and the static segments that they are.

use super::*;

fn switch(name: &str, on: bool) -> Json {
    json!({ "name": name, "status": if on { "active" } else { "inactive" } })
}

#[tokio::test]
async fn a_tag_goes_on_and_off_and_moves_the_member() {
    let world = World::new().await;
    world.create("ada@x.example", "subscribed").await;
    let path = "/members/ada@x.example/tags";
    let changed = async || text(&world.get("/members/ada@x.example").await, "/last_changed").to_owned();
    let before = changed().await;
    world.pass(10);
    let none = world
        .good(
            Method::POST,
            path,
            json!({ "tags": [switch("VIP", true), switch("gone", false)], "is_syncing": true }),
        )
        .await;
    assert_eq!(none, Json::Null, "204 and no body");
    let after = changed().await;
    assert_ne!(before, after, "tags move last_changed");
    world.pass(10);
    world.good(Method::POST, path, json!({ "tags": [switch("vip", true)] })).await;
    assert_eq!(changed().await, after, "it was on already, in another case");
    let tags = world.get(path).await;
    assert_eq!((text(&tags, "/tags/0/name"), &tags["total_items"]), ("VIP", &json!(1)));
    assert_eq!(text(&tags, "/tags/0/date_added"), "2026-01-05T08:00:10+00:00");
    let found = world.get("/tag-search?name=v").await;
    assert_eq!(found["tags"][0]["id"], tags["tags"][0]["id"]);
    world.good(Method::POST, path, json!({ "tags": [switch("vip", false)] })).await;
    assert_eq!(world.get(path).await["total_items"], 0);
    for (body, told) in [
        (json!({}), "Required fields were not provided: tags"),
        (json!({ "tags": [{ "name": "x" }] }), "tags.item:0.status"),
        (json!({ "tags": [switch(" ", true)] }), "should not be blank"),
        (json!({ "tags": [switch(&"x".repeat(101), true)] }), "too long"),
    ] {
        world.refused(Method::POST, path, body, (400, "Invalid Resource", told)).await;
    }
}

#[tokio::test]
async fn a_member_shows_fifty_tags_and_counts_all() {
    let world = World::new().await;
    world.create("ada@x.example", "subscribed").await;
    let tags: Vec<Json> = (0..60).map(|n| switch(&format!("t{n}"), true)).collect();
    world.good(Method::POST, "/members/ada@x.example/tags", json!({ "tags": tags })).await;
    let ada = world.get("/members/ada@x.example").await;
    assert_eq!((ada["tags"].as_array().unwrap().len(), &ada["tags_count"]), (50, &json!(60)));
    let page = world.get("/members/ada@x.example/tags?count=1000").await;
    assert_eq!(page["tags"].as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn a_segment_takes_many_at_once_and_names_who_is_no_member() {
    let world = World::new().await;
    for email in ["a@x.example", "b@x.example"] {
        world.create(email, "subscribed").await;
    }
    let made = world.good(Method::POST, "/segments", json!({ "name": "Fair", "static_segment": [] })).await;
    let path = format!("/segments/{}", made["id"]);
    world
        .refused(
            Method::POST,
            "/segments",
            json!({ "name": "fair", "static_segment": [] }),
            (400, "Bad Request", "already exists"),
        )
        .await;
    let told = world
        .good(Method::POST, &path, json!({ "members_to_add": ["A@x.example", "b@x.example", "c@x.example"] }))
        .await;
    assert_eq!(
        (&told["total_added"], &told["total_removed"], &told["error_count"]),
        (&json!(2), &json!(0), &json!(1))
    );
    assert_eq!(told["errors"][0]["email_addresses"], json!(["c@x.example"]));
    assert_eq!(world.account.tags("a@x.example").into_iter().collect::<Vec<_>>(), ["Fair"]);
    let told = world.good(Method::POST, &path, json!({ "members_to_remove": ["a@x.example"] })).await;
    assert_eq!(told["total_removed"], 1);
    assert_eq!(emails(&world.get(&format!("{path}/members")).await), ["b@x.example"]);
    assert_eq!(world.get("/segments?type=static").await["segments"][0]["member_count"], 1);
    let many: Vec<String> = (0..501).map(|n| format!("p{n}@x.example")).collect();
    world
        .refused(
            Method::POST,
            &path,
            json!({ "members_to_add": many }),
            (400, "Invalid Resource", "up to 500"),
        )
        .await;
    world.good(Method::PATCH, &path, json!({ "name": "Trade fair" })).await;
    assert_eq!(world.account.tags("b@x.example").into_iter().collect::<Vec<_>>(), ["Trade fair"]);
    world.good(Method::DELETE, &path, Json::Null).await;
    assert!(world.account.tags("b@x.example").is_empty());
    world.refused(Method::GET, &path, Json::Null, (404, "Resource Not Found", "")).await;
}
