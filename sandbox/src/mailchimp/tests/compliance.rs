//! Nobody who left is subscribed by an app.

use super::*;

/// What `PATCH status` does to a member who got there by `hand`: the status after it, or the title.
async fn check(hand: &str, wanted: &str, expected: &str) {
    let world = World::new().await;
    world.create("ada@x.example", "subscribed").await;
    let name = "ada@x.example";
    let account = &world.account;
    for step in hand.split(", ") {
        match step {
            "leaves" => account.unsubscribe(name).unwrap(),
            "complains" => account.complain(name).unwrap(),
            "bounces" => account.clean(name).unwrap(),
            "is unsubscribed by an admin" => account.unsubscribe_by_admin(name).unwrap(),
            "is archived" => account.archive(name).unwrap(),
            "is asked again" => account.edit(name, &json!({ "status": "pending" })).unwrap(),
            "comes back" => drop(account.resubscribe(name).unwrap()),
            "confirms" => account.confirm(name).unwrap(),
            "moves" => account
                .edit(name, &json!({ "email_address": "ada@y.example" }))
                .and_then(|()| account.edit("ada@y.example", &json!({ "email_address": name })))
                .unwrap(),
            other => panic!("no such step: {other}"),
        }
    }
    let path = format!("{}/members/{name}", world.list);
    let (status, answer) = world.ask(Method::PATCH, &path, json!({ "status": wanted })).await;
    let told = if status == 200 { text(&answer, "/status") } else { text(&answer, "/title") };
    assert_eq!(told, expected, "{hand}, then {wanted}");
    if status != 200 {
        let detail = "ada@x.example is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.";
        assert_eq!(text(&answer, "/detail"), detail);
    }
}

const REFUSED: &str = "Member In Compliance State";

#[tokio::test]
async fn nobody_who_left_is_subscribed_by_an_app() {
    check("leaves", "subscribed", REFUSED).await;
    check("complains", "subscribed", REFUSED).await;
    check("bounces", "subscribed", REFUSED).await;
    check("bounces", "pending", REFUSED).await;
    check("leaves, is archived", "subscribed", REFUSED).await;
    check("is archived, leaves", "subscribed", REFUSED).await;
    check("leaves, is asked again", "subscribed", REFUSED).await;
    check("leaves, moves", "subscribed", REFUSED).await;
    check("leaves, is unsubscribed by an admin", "subscribed", REFUSED).await;
    check("is asked again", "subscribed", REFUSED).await;
}

#[tokio::test]
async fn what_an_app_or_an_admin_did_an_app_can_undo() {
    check("is unsubscribed by an admin", "subscribed", "subscribed").await;
    check("is archived", "subscribed", "subscribed").await;
    check("leaves", "pending", "pending").await;
    check("leaves", "unsubscribed", "unsubscribed").await;
    check("leaves, comes back", "subscribed", "subscribed").await;
    check("leaves, is asked again, confirms", "subscribed", "subscribed").await;
    check("bounces, comes back", "unsubscribed", "unsubscribed").await;
}

#[tokio::test]
async fn no_other_way_in_is_open_to_an_app_either() {
    let world = World::new().await;
    let member = json!({ "email_address": "ada@x.example", "status": "subscribed" });
    world.create("ada@x.example", "subscribed").await;
    world.account.unsubscribe("ada@x.example").unwrap();
    world.refused(Method::POST, "/members", member.clone(), (400, "Member Exists", "")).await;
    let put =
        json!({ "email_address": "ada@x.example", "status": "subscribed", "status_if_new": "subscribed" });
    world.refused(Method::PUT, "/members/ada@x.example", put, (400, REFUSED, "")).await;
    let batch = json!({ "members": [member], "update_existing": true });
    let told = world.good(Method::POST, "", batch).await;
    assert_eq!((&told["error_count"], &told["total_updated"]), (&json!(1), &json!(0)));
    assert_eq!(text(&told, "/errors/0/error_code"), "ERROR_GENERIC");
    assert!(text(&told, "/errors/0/error").contains("compliance state"));
    world.account.archive("ada@x.example").unwrap();
    let put = json!({ "email_address": "ada@x.example", "status_if_new": "subscribed" });
    world.refused(Method::PUT, "/members/ada@x.example", put, (400, REFUSED, "")).await;
    assert_eq!(world.account.counts().subscribed, 0);
}

#[tokio::test]
async fn how_somebody_left_is_told() {
    let world = World::new().await;
    for (email, told) in [
        ("a@x.example", "N/A (Unsubscribed by the member)"),
        ("b@x.example", "N/A (Unsubscribed by abuse complaint)"),
        ("c@x.example", "N/A (Unsubscribed by admin)"),
    ] {
        world.create(email, "subscribed").await;
        match email {
            "a@x.example" => world.account.unsubscribe(email).unwrap(),
            "b@x.example" => world.account.complain(email).unwrap(),
            _ => world.account.unsubscribe_by_admin(email).unwrap(),
        }
        let member = world.get(&format!("/members/{email}")).await;
        assert_eq!(text(&member, "/unsubscribe_reason"), told);
        assert!(
            member.get("self_unsubscribed").is_none() && member.get("bar").is_none(),
            "the bar is hidden"
        );
    }
}
