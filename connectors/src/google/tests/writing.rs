//! Creates, updates and labels.

use super::*;
use crate::contract::{Connector, Found};
use crate::error::ConnectorError;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Tag};
use syntony_core::op::Write;
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

const STALE: &str = "Request person.etag is different than the current person.etag. Clear local cache and get \
                     the latest person.";

fn create(number: u32) -> (OpKey, Write) {
    let fields = Fields::from([("names.givenName".into(), Value::text(format!("Ada{number}")))]);
    (OpKey::new(format!("op{number}")), Write::Create { fields, tags: BTreeSet::new() })
}

fn creates(numbers: std::ops::RangeInclusive<u32>) -> Vec<(OpKey, Write)> {
    numbers.map(create).collect()
}

/// The answer to a batch that made these, with their markers.
fn made(numbers: &[u32]) -> Reply {
    let people: Vec<Json> = numbers
        .iter()
        .map(|number| {
            let marker = json!([{ "key": "syntony", "value": format!("op{number}") }]);
            let person = person(&format!("people/c{number}"), 1, json!({ "clientData": marker }));
            json!({ "person": person, "requestedResourceName": "" })
        })
        .collect();
    ok(&json!({ "createdPeople": people }))
}

fn contact_errors(kind: &str, errors: Json) -> Json {
    let kind = format!("type.googleapis.com/google.people.v1.Batch{kind}ContactsErrorDetails");
    json!([{ "@type": kind, "contactErrors": errors }])
}

fn invalid(details: Json) -> Reply {
    refuse(400, "INVALID_ARGUMENT", "Ada2 has an invalid field.", details)
}

/// What a call with creates comes to, and how many calls it takes.
async fn check_create(ops: Vec<(OpKey, Write)>, script: Vec<Reply>, expected: &[&str], calls: usize) {
    let (google, vendor) = google(script.clone()).await;
    let outcomes = google.write(ops).await.unwrap();
    assert_eq!(brief(outcomes), expected, "{script:?}");
    assert_eq!(vendor.requests().len(), calls, "{script:?}");
    assert_eq!(google.calls_made(), calls as u64);
}

#[tokio::test]
async fn creates_are_matched_by_their_marker_not_by_their_order() {
    let expected = ["op1 applied people/c1", "op2 applied people/c2", "op3 applied people/c3"];
    check_create(creates(1..=3), vec![made(&[3, 1, 2])], &expected, 1).await;
    check_create(creates(1..=2), vec![made(&[2])], &["op1 unknown", "op2 applied people/c2"], 1).await;
    check_create(creates(1..=1), vec![ok(&json!({}))], &["op1 unknown"], 1).await;
}

#[tokio::test]
async fn a_create_carries_its_marker_and_lands_among_my_contacts() {
    let (google, vendor) = google(vec![made(&[1])]).await;
    google.write(creates(1..=1)).await.unwrap();
    let sent = body(&vendor, 0);
    let membership =
        json!({ "contactGroupMembership": { "contactGroupResourceName": "contactGroups/myContacts" } });
    assert_eq!(
        sent["contacts"],
        json!([{ "contactPerson": {
            "names": [{ "givenName": "Ada1" }],
            "clientData": [{ "key": "syntony", "value": "op1" }],
            "memberships": [membership],
        }}])
    );
    assert!(sent["readMask"].as_str().unwrap().contains("metadata"));
    assert_eq!(sent["sources"], json!(["READ_SOURCE_TYPE_CONTACT"]));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_unknown_and_not_sent_again() {
    for lost in [Reply::HangUp, Reply::BreakOff, Reply::status(500), Reply::status(503), Reply::ok("<html>")]
    {
        check_create(creates(1..=2), vec![lost], &["op1 unknown", "op2 unknown"], 1).await;
    }
}

#[tokio::test]
async fn one_bad_contact_takes_no_other_with_it_where_google_names_it() {
    let named =
        contact_errors("Create", json!({ "1": { "code": 3, "message": "Ada2 has an invalid field." } }));
    let expected =
        ["op1 applied people/c1", "op2 rejected: … has an invalid field.", "op3 applied people/c3"];
    check_create(creates(1..=3), vec![invalid(named), made(&[1, 3])], &expected, 2).await;
}

#[tokio::test]
async fn one_bad_contact_takes_no_other_with_it_where_google_names_nobody() {
    let script = vec![
        invalid(json!([])), // 1 to 4
        invalid(json!([])), // 1 and 2
        made(&[1]),
        invalid(json!([])), // 2
        made(&[3, 4]),
    ];
    let expected = [
        "op1 applied people/c1",
        "op2 rejected: … has an invalid field.",
        "op3 applied people/c3",
        "op4 applied people/c4",
    ];
    check_create(creates(1..=4), script, &expected, 5).await;
}

#[tokio::test]
async fn where_a_refused_batch_may_have_been_made_in_part_the_rest_is_looked_for() {
    let named = contact_errors("Create", json!({ "1": { "code": 3, "message": "bad" } }));
    let vendor = Scripted::start(vec![invalid(named)]).await;
    let mut config = config(vendor.base_url.clone());
    config.refused_batches_create_nothing = false;
    let outcomes = Google::new(config).unwrap().write(creates(1..=2)).await.unwrap();
    assert_eq!(brief(outcomes), ["op1 unknown", "op2 rejected: bad"]);
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_full_account_is_no_matter_of_patience() {
    for (code, status) in [(429, "RESOURCE_EXHAUSTED"), (400, "FAILED_PRECONDITION")] {
        let full = refuse(code, status, "MY_CONTACTS_OVERFLOW_COUNT", json!([]));
        let expected =
            ["op1 rejected: MY_CONTACTS_OVERFLOW_COUNT", "op2 rejected: MY_CONTACTS_OVERFLOW_COUNT"];
        check_create(creates(1..=2), vec![full], &expected, 1).await;
    }
}

#[tokio::test]
async fn a_used_up_account_defers_everything_at_once() {
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{ "subject": "QUOTA_EXCEEDED", "description": "FBS quota limit exceeded" }],
    }]);
    let message = "Resource has been exhausted (e.g. check quota).";
    let used_up = refuse(429, "RESOURCE_EXHAUSTED", message, details);
    let expected = ["op1 deferred: the app limits our calls; it goes on in 300 s"];
    check_create(creates(1..=1), vec![used_up], &expected, 1).await;
}

#[tokio::test]
async fn a_limit_per_minute_is_waited_for() {
    let limited = refuse(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'x'", json!([]));
    let legacy = Reply::Answer(
        403,
        "",
        json!({ "error": { "code": 403, "message": "x", "errors": [{ "reason": "userRateLimitExceeded" }] } })
            .to_string(),
    );
    let both_at_once = refuse(409, "ABORTED", "x", json!([]));
    for first in [limited, legacy, both_at_once] {
        check_create(creates(1..=1), vec![first, made(&[1])], &["op1 applied people/c1"], 2).await;
    }
}

#[tokio::test]
async fn refused_credentials_stop_everything_and_say_so() {
    let (google, vendor) = google(vec![Reply::status(401)]).await;
    let error = google.write(creates(1..=2)).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Auth { .. }), "{error:?}");
    assert_eq!(vendor.requests().len(), 1);
}

/// The record of a contact, as a read gives it.
async fn seen(id: &str, version: u32, arrays: Json) -> Box<Record> {
    let response = json!({ "requestedResourceName": id, "person": person(id, version, arrays) });
    let (google, _) = google(vec![ok(&json!({ "responses": [response] }))]).await;
    match google.fetch(&[id.into()]).await.unwrap().remove(0).found {
        Found::Live { record, .. } => record,
        other => panic!("{other:?}"),
    }
}

fn update(key: &str, id: &str, fields: &[(&str, &str)], seen: Box<Record>) -> (OpKey, Write) {
    let fields = fields.iter().map(|(name, text)| ((*name).into(), Value::text(*text))).collect();
    let (add_tags, remove_tags) = (BTreeSet::new(), BTreeSet::new());
    (OpKey::new(key), Write::Update { id: ContactId::new(id), fields, add_tags, remove_tags, seen })
}

fn tag(key: &str, id: &str, add: &[&str], remove: &[&str], seen: Box<Record>) -> (OpKey, Write) {
    let tags = |names: &[&str]| names.iter().map(|name| Tag::new(*name)).collect();
    let (add_tags, remove_tags) = (tags(add), tags(remove));
    let id = ContactId::new(id);
    (OpKey::new(key), Write::Update { id, fields: Fields::new(), add_tags, remove_tags, seen })
}

fn updated(people: &[Json]) -> Reply {
    let results: serde_json::Map<String, Json> = people
        .iter()
        .map(|person| (person["resourceName"].as_str().unwrap().to_owned(), json!({ "person": person })))
        .collect();
    ok(&json!({ "updateResult": results }))
}

fn read_back(people: &[Json]) -> Reply {
    let responses: Vec<Json> = people
        .iter()
        .map(|person| json!({ "requestedResourceName": person["resourceName"], "person": person }))
        .collect();
    ok(&json!({ "responses": responses }))
}

fn named(name: &str) -> Json {
    json!({ "names": [{ "givenName": name }] })
}

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

const UPDATE: &str = "POST /v1/people:batchUpdateContacts";
const READ: &str = "GET /v1/people:batchGet";

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

fn member(id: &str, version: u32, groups: &[&str]) -> Json {
    let memberships: Vec<Json> = groups
        .iter()
        .map(|group| json!({ "contactGroupMembership": { "contactGroupResourceName": group } }))
        .collect();
    person(id, version, json!({ "memberships": memberships }))
}

const LIST_LABELS: &str = "GET /v1/contactGroups";
const MAKE_LABEL: &str = "POST /v1/contactGroups";
const LABEL_A: &str = "POST /v1/contactGroups/a/members:modify";

#[tokio::test]
async fn labels_go_on_and_off_and_the_contact_is_read_back() {
    let one = seen("people/c1", 1, json!({})).await;
    let two = seen("people/c2", 1, json!({})).await;
    let (google, vendor) = google(vec![
        labels(&[("contactGroups/a", "customer"), ("contactGroups/z", "other")]),
        ok(&json!({})),
        read_back(&[member("people/c1", 2, &["contactGroups/a"]), member("people/c2", 2, &[])]),
    ])
    .await;
    let ops = vec![
        tag("op1", "people/c1", &["customer"], &[], one),
        tag("op2", "people/c2", &[], &["customer", "nobody has it"], two),
    ];
    let mut outcomes = google.write(ops).await.unwrap();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    let Outcome::Applied { record, .. } = &outcomes[0].1 else { panic!("{outcomes:?}") };
    assert_eq!(record.tags, Some([Tag::new("customer")].into()));
    assert_eq!(brief(outcomes), ["op1 applied people/c1", "op2 applied people/c2"]);
    assert_eq!(paths(&vendor), [LIST_LABELS, LABEL_A, READ]);
    let modified = body(&vendor, 1);
    assert_eq!(modified["resourceNamesToAdd"], json!(["people/c1"]));
    assert_eq!(modified["resourceNamesToRemove"], json!(["people/c2"]));
}

#[tokio::test]
async fn a_new_label_is_made_once_even_if_somebody_else_made_it() {
    let exists = refuse(409, "ALREADY_EXISTS", "x", json!([]));
    let group =
        json!({ "resourceName": "contactGroups/a", "groupType": "USER_CONTACT_GROUP", "name": "customer" });
    let with_label = labels(&[("contactGroups/a", "customer")]);
    for (script, expected) in [
        (vec![no_labels(), ok(&group)], vec![LIST_LABELS, MAKE_LABEL]),
        (vec![no_labels(), exists, with_label], vec![LIST_LABELS, MAKE_LABEL, LIST_LABELS]),
    ] {
        let mut script = script;
        script.extend([ok(&json!({})), read_back(&[member("people/c1", 2, &["contactGroups/a"])])]);
        let (google, vendor) = google(script).await;
        let op = tag("op1", "people/c1", &["customer"], &[], seen("people/c1", 1, json!({})).await);
        assert_eq!(brief(google.write(vec![op]).await.unwrap()), ["op1 applied people/c1"]);
        let mut expected = expected;
        expected.extend([LABEL_A, READ]);
        assert_eq!(paths(&vendor), expected);
    }
}

/// What becomes of taking the label off, when Google answers so.
async fn check_label(answer: Reply, read_back: Option<Reply>, expected: &str) {
    let mut script = vec![labels(&[("contactGroups/a", "customer")]), answer.clone()];
    script.extend(read_back);
    let (google, _) = google(script).await;
    let op = tag("op1", "people/c1", &[], &["customer"], seen("people/c1", 1, json!({})).await);
    assert_eq!(brief(google.write(vec![op]).await.unwrap()), [expected], "{answer:?}");
}

#[tokio::test]
async fn what_google_does_not_do_with_a_label_is_not_claimed() {
    let names = |key: &str| ok(&json!({ key: ["people/c1"] }));
    check_label(names("notFoundResourceNames"), None, "op1 stale").await;
    check_label(
        names("canNotRemoveLastContactGroupResourceNames"),
        None,
        "op1 rejected: a contact must keep at least one label",
    )
    .await;
    let missing = refuse(404, "NOT_FOUND", "Requested entity was not found.", json!([]));
    check_label(missing, None, "op1 stale").await;
    let invalid = refuse(400, "INVALID_ARGUMENT", "x", json!([]));
    check_label(invalid, None, "op1 rejected: Google does not change the label (HTTP 400)").await;
    let used_up = Reply::Answer(
        403,
        "",
        json!({ "error": { "code": 403, "errors": [{ "reason": "dailyLimitExceeded" }] } }).to_string(),
    );
    check_label(used_up, None, "op1 deferred: the app limits our calls; it goes on in 300 s").await;
    check_label(Reply::ok("<html>"), None, "op1 unknown").await;
    // Done, and nobody can say how the contact is now.
    check_label(ok(&json!({})), Some(Reply::status(404)), "op1 stale").await;
    check_label(ok(&json!({})), Some(ok(&json!({}))), "op1 unknown").await;
}

#[tokio::test]
async fn fields_that_were_written_before_their_label_failed_are_planned_anew() {
    let (google, _) = google(vec![
        labels(&[("contactGroups/a", "customer")]),
        updated(&[person("people/c1", 2, named("Ada"))]),
        ok(&json!({ "canNotRemoveLastContactGroupResourceNames": ["people/c1"] })),
    ])
    .await;
    let mut op = tag("op1", "people/c1", &[], &["customer"], seen("people/c1", 1, named("Bob")).await);
    if let Write::Update { fields, .. } = &mut op.1 {
        fields.insert("names.givenName".into(), Value::text("Ada"));
    }
    assert_eq!(brief(google.write(vec![op]).await.unwrap()), ["op1 stale"]);
}

#[tokio::test]
async fn after_a_call_that_failed_for_reasons_of_its_own_nothing_else_is_sent() {
    let (google, vendor) = google(vec![Reply::HangUp]).await;
    let mut ops = creates(1..=1);
    ops.push(update("op2", "people/c2", &[("nicknames", "B")], seen("people/c2", 1, named("B")).await));
    assert_eq!(
        brief(google.write(ops).await.unwrap()),
        ["op1 unknown", "op2 deferred: an earlier call has no known outcome"]
    );
    assert_eq!(vendor.requests().len(), 1);
}
