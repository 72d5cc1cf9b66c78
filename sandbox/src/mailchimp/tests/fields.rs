//! Merge fields, over the wire.

use super::*;
use crate::mailchimp::FieldType;

#[tokio::test]
async fn a_field_is_made_changed_and_dropped_with_what_is_in_it() {
    let world = World::new().await;
    let made =
        world.good(Method::POST, "/merge-fields", json!({ "name": "Shoe size", "type": "number" })).await;
    assert_eq!((text(&made, "/tag"), text(&made, "/type")), ("MMERGE7", "number"));
    let path = format!("/merge-fields/{}", made["merge_id"]);
    world.create("ada@x.example", "subscribed").await;
    let ada = world.patch("ada@x.example", json!({ "merge_fields": { "MMERGE7": "38" } })).await;
    assert_eq!(ada["merge_fields"]["MMERGE7"], 38);
    let renamed = world.good(Method::PATCH, &path, json!({ "name": "Size", "tag": "size" })).await;
    assert_eq!((text(&renamed, "/tag"), text(&renamed, "/name")), ("SIZE", "Size"));
    let ada = world.get("/members/ada@x.example").await;
    assert_eq!((&ada["merge_fields"]["SIZE"], ada["merge_fields"].get("MMERGE7")), (&json!(38), None));
    let page = world.get("/merge-fields?count=1000&type=number&fields=merge_fields.tag,total_items").await;
    assert_eq!(page, json!({ "merge_fields": [{ "tag": "SIZE" }], "total_items": 1 }));
    world.good(Method::DELETE, &path, Json::Null).await;
    assert!(world.get("/members/ada@x.example").await["merge_fields"].get("SIZE").is_none());
    for (body, told) in [
        (json!({ "name": "x" }), "Required fields were not provided: type"),
        (json!({ "name": "x", "type": "colour" }), "\"field\":\"type\""),
        (json!({ "name": "x", "type": "text", "tag": "fname" }), "already exists"),
        (json!({ "name": "x", "type": "text", "tag": "ELEVENCHARS" }), "at most 10"),
        (json!({ "name": "x", "type": "dropdown" }), "options.choices"),
    ] {
        world.refused(Method::POST, "/merge-fields", body, (400, "Invalid Resource", told)).await;
    }
}

#[tokio::test]
async fn a_required_field_blocks_every_write_that_leaves_it_empty() {
    let world = World::new().await;
    world.create("old@x.example", "subscribed").await;
    world.account.set_required("LNAME", true).unwrap();
    let refused = (400, "Invalid Resource", "{\"field\":\"LNAME\",\"message\":\"Please enter a value\"}");
    let new = json!({ "email_address": "ada@x.example", "status": "subscribed" });
    world.refused(Method::POST, "/members", new.clone(), refused).await;
    world
        .refused(
            Method::PATCH,
            "/members/old@x.example",
            json!({ "merge_fields": { "FNAME": "A" } }),
            refused,
        )
        .await;
    world.good(Method::POST, "/members?skip_merge_validation=true", new).await;
    let filled = json!({ "merge_fields": { "LNAME": "Lee" } });
    world.good(Method::PATCH, "/members/old@x.example", filled).await;
    world
        .refused(Method::PATCH, "/members/old@x.example", json!({ "merge_fields": { "LNAME": "" } }), refused)
        .await;
    world.account.configure(|settings| settings.rechecks_whole_member = false);
    world.patch("ada@x.example", json!({ "merge_fields": { "FNAME": "A" } })).await;
}

#[tokio::test]
async fn a_broken_value_of_the_past_blocks_writes_to_other_fields() {
    let world = World::new().await;
    world.create("ada@x.example", "subscribed").await;
    world.account.import_value("ada@x.example", "ADDRESS", Some(json!({ "city": "Gent" }))).unwrap();
    let edit = json!({ "merge_fields": { "FNAME": "Ada" } });
    let refused = (400, "Invalid Resource", "Please enter a complete address");
    world.refused(Method::PATCH, "/members/ada@x.example", edit.clone(), refused).await;
    world.good(Method::PATCH, "/members/ada@x.example?skip_merge_validation=true", edit).await;
    world.patch("ada@x.example", json!({ "merge_fields": { "ADDRESS": "" } })).await;
}

#[tokio::test]
async fn a_tag_that_no_field_has_is_ignored_without_a_word() {
    let world = World::new().await;
    let kind = FieldType::parse("dropdown").unwrap();
    world.account.add_field("COLOUR", "Colour", kind, &json!({ "choices": ["red", "blue"] })).unwrap();
    world.create("ada@x.example", "subscribed").await;
    let ada = world
        .patch("ada@x.example", json!({ "merge_fields": { "NOTHING": "x", "fname": "A", "COLOUR": "red" } }))
        .await;
    assert_eq!((ada["merge_fields"].get("NOTHING"), &ada["merge_fields"]["FNAME"]), (None, &json!("")));
    assert_eq!(ada["merge_fields"]["COLOUR"], "red");
    let refused = (400, "Invalid Resource", "COLOUR");
    world
        .refused(
            Method::PATCH,
            "/members/ada@x.example",
            json!({ "merge_fields": { "COLOUR": "green" } }),
            refused,
        )
        .await;
}
