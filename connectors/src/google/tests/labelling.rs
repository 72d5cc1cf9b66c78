//! Labels of contacts that are there.

use super::writing::{READ, named, read_back, seen, updated};
use super::*;
use crate::contract::Connector;
use syntony_core::ids::{ContactId, Tag};
use syntony_core::op::Write;
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

fn tag(key: &str, id: &str, add: &[&str], remove: &[&str], seen: Box<Record>) -> (OpKey, Write) {
    let tags = |names: &[&str]| names.iter().map(|name| Tag::new(*name)).collect();
    let (add_tags, remove_tags) = (tags(add), tags(remove));
    let id = ContactId::new(id);
    (OpKey::new(key), Write::Update { id, fields: Fields::new(), add_tags, remove_tags, seen })
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
