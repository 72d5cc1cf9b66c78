//! Five hundred members at once.

use super::*;

fn member(email: &str, status: &str) -> Json {
    json!({ "email_address": email, "status": status })
}

/// `email code` of each error.
fn errors(told: &Json) -> Vec<String> {
    let errors = told["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| format!("{} {}", text(error, "/email_address"), text(error, "/error_code")))
        .collect()
}

#[tokio::test]
async fn a_batch_answers_200_whatever_it_refuses() {
    let world = World::new().await;
    world.create("old@x.example", "unsubscribed").await;
    world.account.add(&json!({ "email_address": "gone@x.example" })).unwrap();
    world.account.delete_permanently("gone@x.example").unwrap();
    let mut birthday = member("day@x.example", "subscribed");
    birthday["merge_fields"] = json!({ "BIRTHDAY": "1969-02-28" });
    let mut tagged = member("new@x.example", "subscribed");
    tagged["tags"] = json!(["vip"]);
    let members = [
        tagged,
        member("OLD@x.example", "subscribed"),
        member("gone@x.example", "subscribed"),
        member("nobody", "subscribed"),
        member("twice@x.example", "subscribed"),
        member("Twice@x.example", "subscribed"),
        birthday,
        json!({ "email_address": "none@x.example" }),
    ];
    let told = world.good(Method::POST, "", json!({ "members": members, "update_existing": false })).await;
    assert_eq!(
        (&told["total_created"], &told["total_updated"], &told["error_count"]),
        (&json!(2), &json!(0), &json!(6))
    );
    assert_eq!(
        errors(&told),
        [
            "OLD@x.example ERROR_CONTACT_EXISTS",
            "gone@x.example ERROR_GENERIC",
            "nobody ERROR_GENERIC",
            "Twice@x.example ERROR_GENERIC",
            "day@x.example ERROR_GENERIC",
            "none@x.example ERROR_GENERIC",
        ]
    );
    assert_eq!(text(&told, "/errors/4/field"), "BIRTHDAY");
    assert!(!text(&told, "/errors/4/field_message").is_empty());
    let made = &told["new_members"][0];
    assert_eq!((text(made, "/email_address"), text(made, "/tags/0/name")), ("new@x.example", "vip"));
    assert!(made.get("contact_id").is_none(), "the published description has none here");
    assert_eq!(world.get("/members/old@x.example").await["status"], "unsubscribed");
}

#[tokio::test]
async fn an_update_overwrites_the_status_and_tags_only_if_told() {
    let world = World::new().await;
    world.create("ada@x.example", "unsubscribed").await;
    world.account.tag("ada@x.example", "old").unwrap();
    let batch = |more: Json| {
        let mut ada = member("ada@x.example", "subscribed");
        ada["tags"] = json!(["new"]);
        let mut body = json!({ "members": [ada], "update_existing": true });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let told = world.good(Method::POST, "", batch(json!({}))).await;
    assert_eq!((&told["total_updated"], text(&told, "/updated_members/0/status")), (&json!(1), "subscribed"));
    assert_eq!(world.account.tags("ada@x.example").into_iter().collect::<Vec<_>>(), ["new", "old"]);
    world.good(Method::POST, "", batch(json!({ "sync_tags": true }))).await;
    assert_eq!(world.account.tags("ada@x.example").into_iter().collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn the_first_of_two_is_taken_where_duplicates_are_ignored() {
    let world = World::new().await;
    let members = [member("a@x.example", "unsubscribed"), member("A@x.example", "subscribed")];
    let told = world.good(Method::POST, "?skip_duplicate_check=true", json!({ "members": members })).await;
    assert_eq!((&told["total_created"], &told["error_count"]), (&json!(1), &json!(0)));
    assert_eq!(world.get("/members/a@x.example").await["status"], "unsubscribed");
}

#[tokio::test]
async fn more_than_five_hundred_are_refused_as_a_whole() {
    let world = World::new().await;
    let members = |count: usize| {
        let members: Vec<Json> =
            (0..count).map(|n| member(&format!("p{n}@x.example"), "subscribed")).collect();
        json!({ "members": members })
    };
    world.refused(Method::POST, "", members(501), (400, "Invalid Resource", "up to 500")).await;
    assert_eq!(world.account.counts().members, 0);
    assert_eq!(world.good(Method::POST, "", members(500)).await["total_created"], 500);
}
