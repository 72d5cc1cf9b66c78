//! One member at a time.

use super::*;
use crate::mailchimp::ArchivedSignUp;

const ADA: &str = "Ada@X.example";

#[tokio::test]
async fn what_is_unset_is_an_empty_text_whatever_its_type() {
    let world = World::new().await;
    let ada = world.create(ADA, "subscribed").await;
    assert_eq!(text(&ada, "/email_address"), ADA, "as typed");
    assert_eq!(
        ada["merge_fields"],
        json!({ "FNAME": "", "LNAME": "", "ADDRESS": "", "PHONE": "", "BIRTHDAY": "", "COMPANY": "" })
    );
    for (pointer, value) in
        [("/timestamp_signup", ""), ("/ip_signup", ""), ("/language", ""), ("/full_name", "")]
    {
        assert_eq!(text(&ada, pointer), value, "{pointer}");
    }
    assert_eq!(text(&ada, "/last_changed"), "2026-01-05T08:00:00+00:00");
    assert_eq!((ada["tags_count"].clone(), ada["tags"].clone()), (json!(0), json!([])));
}

#[tokio::test]
async fn a_member_has_four_names_and_one_of_them_survives_a_change_of_the_address() {
    let world = World::new().await;
    let ada = world.create(ADA, "subscribed").await;
    let (id, contact_id) = (text(&ada, "/id").to_owned(), text(&ada, "/contact_id").to_owned());
    let names = [
        id.clone(),
        id.to_uppercase(),
        contact_id.clone(),
        "ada@x.example".to_owned(),
        "ADA%40X.EXAMPLE".to_owned(),
    ];
    for name in names {
        assert_eq!(world.get(&format!("/members/{name}")).await["contact_id"], ada["contact_id"], "{name}");
    }
    world.account.tag(&contact_id, "vip").unwrap();
    let moved = world.patch(&id, json!({ "email_address": "countess@x.example" })).await;
    assert_eq!(moved["contact_id"], ada["contact_id"]);
    assert_eq!(moved["web_id"], ada["web_id"]);
    assert_eq!((&moved["status"], &moved["tags_count"]), (&json!("subscribed"), &json!(1)));
    assert_ne!(moved["id"], ada["id"]);
    assert_ne!(moved["unique_email_id"], ada["unique_email_id"]);
    world.refused(Method::GET, &format!("/members/{id}"), Json::Null, (404, "Resource Not Found", "")).await;
    let case = world.patch(&contact_id, json!({ "email_address": "Countess@x.example" })).await;
    assert_eq!(case["id"], moved["id"], "another case is the same address");
}

#[tokio::test]
async fn an_address_that_is_taken_or_none_is_refused() {
    let world = World::new().await;
    world.create(ADA, "subscribed").await;
    let bob = world.create("bob@x.example", "subscribed").await;
    let new = |email: &str| json!({ "email_address": email, "status": "subscribed" });
    let exists = (400, "Member Exists", "Use PUT to insert or update list members.");
    world.refused(Method::POST, "/members", new("ada@x.example"), exists).await;
    let bob = format!("/members/{}", text(&bob, "/contact_id"));
    world.refused(Method::PATCH, &bob, json!({ "email_address": "ADA@X.EXAMPLE" }), exists).await;
    for fake in ["nobody", "a b@x.example", "x@localhost", ""] {
        let refusal = (400, "Invalid Resource", "looks fake or invalid");
        world.refused(Method::POST, "/members", new(fake), refusal).await;
        world.refused(Method::PATCH, &bob, json!({ "email_address": fake }), refusal).await;
    }
    world.account.crowd("new@x.example");
    world
        .refused(
            Method::POST,
            "/members",
            new("new@x.example"),
            (400, "Invalid Resource", "signed up to a lot of lists"),
        )
        .await;
    world.pass(24 * 3600);
    world.create("new@x.example", "subscribed").await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_the_schema_names_its_fields() {
    let world = World::new().await;
    world.create(ADA, "subscribed").await;
    let new = |more: Json| {
        let mut body = json!({ "email_address": "b@x.example", "status": "subscribed" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, told) in [
        (json!({ "email_address": "b@x.example" }), "Required fields were not provided: status"),
        (json!({}), "Required fields were not provided: email_address, status"),
        (new(json!({ "status": "archived" })), "\"field\":\"status\""),
        (new(json!({ "status": "unsub" })), "\"field\":\"status\""),
        (new(json!({ "email_address": null })), "Schema describes string, NULL found instead"),
        (new(json!({ "vip": "yes" })), "Schema describes boolean, string found instead"),
        (new(json!({ "merge_fields": [1] })), "Schema describes object, array found instead"),
        (
            new(json!({ "merge_fields": { "FNAME": null } })),
            "Data did not match any of the schemas described in anyOf.",
        ),
        (new(json!({ "merge_fields": { "FNAME": ["a"] } })), "\"field\":\"merge_fields.FNAME\""),
        (new(json!({ "merge_fields": { "BIRTHDAY": "1969-02-28" } })), "Your merge fields were invalid."),
        (
            new(json!({ "merge_fields": { "ADDRESS": { "city": "Gent" } } })),
            "Please enter a complete address",
        ),
        (new(json!({ "tags": [1] })), "\"field\":\"tags\""),
        (json!([]), "Schema describes object, array found instead"),
    ] {
        world.refused(Method::POST, "/members", body, (400, "Invalid Resource", told)).await;
    }
    let transactional = json!({ "status": "transactional" });
    world
        .refused(Method::PATCH, "/members/ada@x.example", transactional, (400, "Invalid Resource", "status"))
        .await;
    assert_eq!(world.account.counts().members, 1);
    world.good(Method::POST, "/members", new(json!({ "merge_fields": [] }))).await;
}

#[tokio::test]
async fn an_upsert_keeps_what_it_does_not_name_and_takes_no_tags() {
    let world = World::new().await;
    let put = json!({ "email_address": "b@x.example", "status_if_new": "pending", "merge_fields": { "FNAME": "Bob" }, "tags": ["x"] });
    let path = "/members/b@x.example";
    let made = world.good(Method::PUT, path, put.clone()).await;
    assert_eq!((&made["status"], &made["tags_count"]), (&json!("pending"), &json!(0)));
    world.account.unsubscribe_by_admin("b@x.example").unwrap();
    let again = json!({ "email_address": "b@x.example", "status_if_new": "subscribed", "merge_fields": { "LNAME": "Lee" } });
    let kept = world.good(Method::PUT, path, again).await;
    assert_eq!(kept["status"], "unsubscribed");
    assert_eq!(
        (&kept["merge_fields"]["FNAME"], &kept["merge_fields"]["LNAME"]),
        (&json!("Bob"), &json!("Lee"))
    );
    let cleared = world.patch("b@x.example", json!({ "merge_fields": { "FNAME": "" } })).await;
    assert_eq!((&cleared["merge_fields"]["FNAME"], &cleared["full_name"]), (&json!(""), &json!("Lee")));
    world
        .refused(
            Method::PUT,
            path,
            json!({ "email_address": "b@x.example" }),
            (400, "Invalid Resource", "status_if_new"),
        )
        .await;
}

#[tokio::test]
async fn an_archived_member_keeps_its_data_and_comes_back_by_a_status_alone() {
    let world = World::new().await;
    world.create(ADA, "subscribed").await;
    world.patch("ada@x.example", json!({ "merge_fields": { "FNAME": "Ada" } })).await;
    world.account.tag("ada@x.example", "vip").unwrap();
    world.good(Method::DELETE, "/members/ada@x.example", Json::Null).await;
    world
        .refused(
            Method::DELETE,
            "/members/ada@x.example",
            Json::Null,
            (405, "Method Not Allowed", "cannot be removed"),
        )
        .await;
    let away = world.patch("ada@x.example", json!({ "merge_fields": { "LNAME": "L" } })).await;
    assert_eq!(away["status"], "archived", "an edit does not bring it back");
    let new = json!({ "email_address": ADA, "status": "subscribed" });
    world.refused(Method::POST, "/members", new.clone(), (400, "Member Exists", "")).await;
    let back = world.patch("ada@x.example", json!({ "status": "subscribed" })).await;
    assert_eq!(
        (&back["status"], &back["tags_count"], &back["full_name"]),
        (&json!("subscribed"), &json!(1), &json!("Ada L"))
    );
    world.account.archive("ada@x.example").unwrap();
    let put = json!({ "email_address": ADA, "status_if_new": "subscribed" });
    let revived = world.good(Method::PUT, "/members/ada@x.example", put.clone()).await;
    assert_eq!(revived["status"], "subscribed", "the trap: a profile-only upsert subscribes");
    world.account.configure(|settings| {
        settings.upsert_revives_archived = false;
        settings.archived_sign_up = ArchivedSignUp::Revives;
    });
    world.account.archive("ada@x.example").unwrap();
    assert_eq!(world.good(Method::PUT, "/members/ada@x.example", put).await["status"], "archived");
    assert_eq!(world.good(Method::POST, "/members", new).await["status"], "subscribed");
}

#[tokio::test]
async fn who_was_deleted_for_good_comes_back_by_the_own_hand_alone() {
    let world = World::new().await;
    let ada = world.create(ADA, "subscribed").await;
    world.create("bob@x.example", "subscribed").await;
    let path = format!("/members/{}", text(&ada, "/id"));
    world.good(Method::POST, &format!("{path}/actions/delete-permanent"), Json::Null).await;
    world.refused(Method::GET, &path, Json::Null, (404, "Resource Not Found", "")).await;
    world
        .refused(
            Method::POST,
            &format!("{path}/actions/delete-permanent"),
            Json::Null,
            (404, "Resource Not Found", ""),
        )
        .await;
    let forgotten = (400, "Forgotten Email Not Subscribed", "permanently deleted and cannot be re-imported");
    let put = json!({ "email_address": ADA, "status_if_new": "unsubscribed" });
    world.refused(Method::PUT, &path, put, forgotten).await;
    for status in ["subscribed", "pending", "unsubscribed"] {
        let new = json!({ "email_address": "ADA@x.example", "status": status });
        world.refused(Method::POST, "/members", new, forgotten).await;
    }
    world.refused(Method::PATCH, "/members/bob@x.example", json!({ "email_address": ADA }), forgotten).await;
    let back = world.account.resubscribe("ada@x.example").unwrap();
    assert_ne!(back, text(&ada, "/contact_id"), "nothing of the old one is left");
    world.patch(&back, json!({ "merge_fields": { "FNAME": "Ada" } })).await;
}

#[tokio::test]
async fn a_seeded_audience_holds_every_standing_and_no_address_twice() {
    let world = World::new().await;
    let people = crate::people::people(7, 200);
    let ids = world.account.seed(&people);
    let with_email = people.iter().filter(|person| !person.emails.is_empty()).count();
    assert_eq!((ids.len(), world.account.counts().members), (with_email, with_email));
    let page = world.get("/members?count=1000").await;
    assert_eq!(page["total_items"], with_email, "listings show them at once");
    let members = page["members"].as_array().unwrap();
    for status in ["subscribed", "unsubscribed", "cleaned", "pending"] {
        assert!(members.iter().any(|member| member["status"] == status), "{status}");
    }
    assert!(members.iter().any(|member| member["merge_fields"]["ADDRESS"].is_object()));
    assert!(members.iter().any(|member| member["tags_count"] == 1));
    assert_eq!(world.account.deliveries(), (0, 0));
    let again = Account::new(Settings::default(), Clock::fixed(), Faults::none());
    again.seed(&people);
    assert_eq!(again.dump(), world.account.dump(), "the same seed is the same audience");
}
