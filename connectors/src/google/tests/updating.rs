//! Updates of fields.

use super::writing::{READ, UPDATE, contact_errors, named, read_back, seen, update, updated};
use super::*;
use crate::contract::Connector;
use syntony_core::op::Write;
use syntony_core::record::Record;
use syntony_core::value::Value;

const STALE: &str = "Request person.etag is different than the current person.etag. Clear local cache and get \
                     the latest person.";

#[tokio::test]
async fn a_batch_of_updates_brings_every_array_of_its_mask_for_every_contact() {
    let first = seen(
        "people/c1",
        1,
        json!({
            "names": [{ "givenName": "Ada", "familyName": "Byron", "displayName": "Ada Byron" }],
            "nicknames": [{ "value": "A", "type": "INITIALS" }],
            "urls": [{ "value": "https://example.com" }],
        }),
    )
    .await;
    let second = seen("people/c2", 7, json!({ "names": [{ "givenName": "Bob" }] })).await;
    let (google, vendor) =
        google(vec![updated(&[person("people/c1", 2, json!({})), person("people/c2", 8, json!({}))])]).await;
    let ops = vec![
        update("op1", "people/c1", &[("names.familyName", "Lovelace")], first),
        update("op2", "people/c2", &[("nicknames", "B")], second),
    ];
    let outcomes = google.write(ops).await.unwrap();
    assert_eq!(brief(outcomes), ["op1 applied people/c1", "op2 applied people/c2"]);
    let sent = body(&vendor, 0);
    assert_eq!(sent["updateMask"], json!("names,nicknames"));
    assert_eq!(
        sent["contacts"],
        json!({
            "people/c1": {
                "resourceName": "people/c1", "etag": "%1",
                "metadata": { "sources": [{ "type": "CONTACT", "id": "1f", "etag": "#1" }] },
                "names": [{ "givenName": "Ada", "familyName": "Lovelace" }],
                "nicknames": [{ "value": "A", "type": "INITIALS" }],
            },
            "people/c2": {
                "resourceName": "people/c2", "etag": "%7",
                "metadata": { "sources": [{ "type": "CONTACT", "id": "1f", "etag": "#7" }] },
                "names": [{ "givenName": "Bob" }],
                "nicknames": [{ "value": "B" }],
            },
        })
    );
}

/// What becomes of an update of the first name to `Ada`, on what was seen as `Bob` in version 1.
async fn check_update(script: Vec<Reply>, expected: &str, expected_paths: &[&str]) {
    let (google, vendor) = google(script.clone()).await;
    let seen = seen("people/c1", 1, named("Bob")).await;
    let outcomes =
        google.write(vec![update("op1", "people/c1", &[("names.givenName", "Ada")], seen)]).await.unwrap();
    assert_eq!(brief(outcomes), [expected], "{script:?}");
    assert_eq!(paths(&vendor), expected_paths, "{script:?}");
}

fn stale() -> Reply {
    refuse(400, "FAILED_PRECONDITION", STALE, json!([]))
}

#[tokio::test]
async fn a_contact_that_changed_is_stale_and_not_written() {
    let changed = person("people/c1", 2, named("Bobby"));
    check_update(vec![stale(), read_back(&[changed])], "op1 stale", &[UPDATE, READ]).await;
}

#[tokio::test]
async fn a_false_alarm_is_sent_again_on_the_fresh_version_but_not_for_ever() {
    let same = || read_back(&[person("people/c1", 2, named("Bob"))]);
    let written = updated(&[person("people/c1", 3, named("Ada"))]);
    check_update(vec![stale(), same(), written], "op1 applied people/c1", &[UPDATE, READ, UPDATE]).await;
    check_update(
        vec![stale(), same(), stale(), same(), stale(), same()],
        "op1 stale",
        &[UPDATE, READ, UPDATE, READ, UPDATE, READ],
    )
    .await;
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_recognised_and_not_called_stale() {
    let as_wished = read_back(&[person("people/c1", 2, named("Ada"))]);
    check_update(vec![Reply::HangUp, stale(), as_wished], "op1 applied people/c1", &[UPDATE, UPDATE, READ])
        .await;
}

#[tokio::test]
async fn an_update_of_nobody_is_stale() {
    let missing = || refuse(404, "NOT_FOUND", "Requested entity was not found.", json!([]));
    check_update(vec![missing(), missing()], "op1 stale", &[UPDATE, READ]).await;
    let details = contact_errors("Update", json!({ "people/c1": { "code": 5, "message": "not found" } }));
    check_update(vec![refuse(400, "INVALID_ARGUMENT", "x", details)], "op1 stale", &[UPDATE]).await;
}

#[tokio::test]
async fn an_update_that_never_gets_an_answer_is_unknown() {
    check_update(vec![Reply::HangUp; 3], "op1 unknown", &[UPDATE; 3]).await;
    check_update(vec![ok(&json!({ "updateResult": {} }))], "op1 unknown", &[UPDATE]).await;
}

#[tokio::test]
async fn a_refused_update_is_told_in_googles_words_with_the_field() {
    let refusal = refuse(400, "INVALID_ARGUMENT", "person.names is too long: Ada", json!([]));
    check_update(vec![refusal], "op1 rejected (names.givenName): person.names is too long: …", &[UPDATE])
        .await;
}

#[tokio::test]
async fn one_stale_contact_takes_no_other_with_it() {
    let ops = vec![
        update("op1", "people/c1", &[("names.givenName", "Ada")], seen("people/c1", 1, named("A")).await),
        update("op2", "people/c2", &[("names.givenName", "Bob")], seen("people/c2", 1, named("B")).await),
    ];
    let (google, vendor) = google(vec![
        stale(),
        read_back(&[person("people/c1", 2, named("Changed")), person("people/c2", 1, named("B"))]),
        updated(&[person("people/c2", 2, named("Bob"))]),
    ])
    .await;
    assert_eq!(brief(google.write(ops).await.unwrap()), ["op1 stale", "op2 applied people/c2"]);
    assert_eq!(paths(&vendor), [UPDATE, READ, UPDATE]);
}

#[tokio::test]
async fn stale_contacts_that_google_names_one_at_a_time_take_one_reading() {
    let names = ["people/c1", "people/c2", "people/c3"];
    let mut ops = Vec::new();
    for (n, id) in names.iter().enumerate() {
        ops.push(update(&format!("op{n}"), id, &[("names.givenName", "Z")], seen(id, 1, named("A")).await));
    }
    let first = contact_errors("Update", json!({ "people/c1": { "code": 9, "message": STALE } }));
    let (google, vendor) = google(vec![
        refuse(400, "FAILED_PRECONDITION", "x", first),
        read_back(&names.map(|id| person(id, 2, named("A")))),
        updated(&names.map(|id| person(id, 3, named("Z")))),
    ])
    .await;
    assert!(brief(google.write(ops).await.unwrap()).iter().all(|outcome| outcome.contains("applied")));
    assert_eq!(paths(&vendor), [UPDATE, READ, UPDATE]);
}

#[tokio::test]
async fn nobody_is_refused_for_an_array_that_only_others_write() {
    let ops = vec![
        update("op1", "people/c1", &[("names.givenName", "Ada")], seen("people/c1", 1, named("A")).await),
        update("op2", "people/c2", &[("nicknames", "B")], seen("people/c2", 1, named("B")).await),
    ];
    let details = contact_errors("Update", json!({ "people/c1": { "code": 3, "message": "bad nicknames" } }));
    let (google, vendor) = google(vec![
        refuse(400, "INVALID_ARGUMENT", "x", details),
        updated(&[person("people/c2", 2, json!({}))]),
        updated(&[person("people/c1", 2, json!({}))]),
    ])
    .await;
    let outcomes = google.write(ops).await.unwrap();
    assert_eq!(brief(outcomes), ["op1 applied people/c1", "op2 applied people/c2"]);
    assert_eq!(body(&vendor, 0)["updateMask"], json!("names,nicknames"));
    assert_eq!(body(&vendor, 2)["updateMask"], json!("names"));
}

#[tokio::test]
async fn a_contact_without_a_shadow_is_read_before_it_is_written() {
    let bare = |seen: Box<Record>| Box::new(Record { shadow: None, ..*seen });
    for (now, expected, calls) in [
        (named("Bob"), "op1 applied people/c1", 2),
        (named("Other"), "op1 stale", 1),
        (named("Ada"), "op1 applied people/c1", 1),
    ] {
        let (google, vendor) = google(vec![
            read_back(&[person("people/c1", 5, now)]),
            updated(&[person("people/c1", 6, named("Ada"))]),
        ])
        .await;
        let seen = bare(seen("people/c1", 1, named("Bob")).await);
        let op = update("op1", "people/c1", &[("names.givenName", "Ada")], seen);
        assert_eq!(brief(google.write(vec![op]).await.unwrap()), [expected]);
        assert_eq!(vendor.requests().len(), calls);
    }
}

#[tokio::test]
async fn a_list_that_may_be_longer_than_what_google_shows_is_not_replaced() {
    let many: Vec<Json> = (0..100).map(|n| json!({ "value": format!("{n}@x.com") })).collect();
    let long = json!({ "emailAddresses": many, "names": [{ "givenName": "Bob" }] });
    let (google, vendor) = google(vec![
        updated(&[person("people/c3", 2, json!({}))]),
        updated(&[person("people/c2", 2, json!({}))]),
    ])
    .await;
    let mut to_list = update("op1", "people/c1", &[], seen("people/c1", 1, long.clone()).await);
    if let Write::Update { fields, .. } = &mut to_list.1 {
        fields.insert("emailAddresses".into(), Value::texts(["new@x.com"]));
    }
    let mut short = update("op3", "people/c3", &[], seen("people/c3", 1, named("C")).await);
    if let Write::Update { fields, .. } = &mut short.1 {
        fields.insert("emailAddresses".into(), Value::texts(["c@x.com"]));
    }
    let beside = update("op2", "people/c2", &[("names.givenName", "B")], seen("people/c2", 1, long).await);
    let outcomes = brief(google.write(vec![to_list, beside, short]).await.unwrap());
    assert!(outcomes[0].starts_with("op1 rejected (emailAddresses)"), "{outcomes:?}");
    assert_eq!(outcomes[1..], ["op2 applied people/c2", "op3 applied people/c3"]);
    assert_eq!(body(&vendor, 0)["updateMask"], json!("emailAddresses"));
    assert_eq!(body(&vendor, 1)["updateMask"], json!("names"));
}
