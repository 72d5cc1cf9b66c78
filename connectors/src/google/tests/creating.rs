//! Creates.

use super::writing::{contact_errors, creates, named, seen, update};
use super::*;
use crate::contract::Connector;
use crate::error::ConnectorError;
use syntony_core::op::Write;

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
