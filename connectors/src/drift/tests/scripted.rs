//! Answers that the simulator never gives.

use super::*;
use crate::contract::Found;
use crate::error::ConnectorError;
use crate::http::scripted::{Reply, Scripted};

/// A connector to a vendor that follows `script`, one call at a time; the attributes are asked for first.
async fn drift(mut script: Vec<Reply>) -> (Drift, Scripted) {
    script.insert(0, ok(&json!({ "data": { "properties": [] } })));
    let vendor = Scripted::start(script).await;
    let mut config = config(vendor.base_url.as_str(), "t0ken");
    config.concurrency_calls = 1;
    let drift = Drift::new(config).unwrap();
    drift.schema().await.unwrap();
    (drift, vendor)
}

fn ok(body: &Json) -> Reply {
    Reply::ok(&body.to_string())
}

fn person(id: i64, attributes: Json) -> Json {
    json!({ "data": { "id": id, "createdAt": 1_600_000_000_000_i64, "attributes": attributes } })
}

async fn update(drift: &Drift, fields: &[(&str, Value)], seen: &[(&str, Value)]) -> Outcome {
    let seen = Box::new(Record { fields: named(seen), ..Record::default() });
    let (add_tags, remove_tags) = ([].into(), [].into());
    let update = Write::Update { id: "7".into(), fields: named(fields), add_tags, remove_tags, seen };
    drift.write(vec![("op".into(), update)]).await.unwrap().remove(0).1
}

#[tokio::test]
async fn the_bearer_goes_nowhere_but_home() {
    let page = json!({
        "data": [],
        "links": { "next": "https://api.drift.com/conversations/list?page_token=a%2Fb&limit=100" },
    });
    let (drift, vendor) = drift(vec![ok(&page), ok(&json!({ "data": [] }))]).await;
    let Next::Page(token) = drift.changes(&From::Start).await.unwrap().next else { panic!("it goes on") };
    drift.changes(&From::Page(token)).await.unwrap();
    let last = vendor.requests()[2].clone();
    assert!(last.starts_with("GET /conversations/list?limit=100&page_token=a%2Fb "), "{last}");
}

#[tokio::test]
async fn a_page_that_cannot_be_understood_is_not_the_end() {
    for body in [
        json!({}),
        json!({ "data": null }),
        json!({ "data": {} }),
        json!({ "data": [{ "id": 1 }] }),
        json!({ "data": [], "links": { "next": "https://api.drift.com/conversations/list" } }),
    ] {
        let (drift, _vendor) = drift(vec![ok(&body)]).await;
        let answer = drift.changes(&From::Start).await;
        assert!(matches!(answer, Err(ConnectorError::Protocol { .. })), "{body}: {answer:?}");
    }
}

#[tokio::test]
async fn one_odd_contact_does_not_stop_its_page() {
    let list = json!({ "data": [
        { "id": 1, "contactId": 7, "updatedAt": 30 },
        { "id": 2, "contactId": 8, "updatedAt": 20 },
        { "id": 3, "contactId": null, "updatedAt": 10 },
        { "id": 4, "contactId": 9, "updatedAt": 10 },
    ]});
    let refused = Reply::Answer(500, "", json!({ "error": { "message": "CONTACT-5: ouch" } }).to_string());
    let script = vec![ok(&list), ok(&json!({ "data": { "id": 7 } })), refused, ok(&person(10, json!({})))];
    let (drift, _vendor) = drift(script).await;
    let changes = drift.changes(&From::Start).await.unwrap().changes;
    assert_eq!(changes[0].what, Observation::Unreadable("a contact without attributes".into()));
    assert_eq!(changes[1].what, Observation::Unreadable("CONTACT-5: ouch".into()));
    assert_eq!(
        (changes[2].id.as_str(), &changes[2].previous_ids[..]),
        ("10", &["9".into()][..]),
        "it was renamed"
    );
}

#[tokio::test]
async fn a_failing_read_stops_the_page_before_the_cursor_moves() {
    let list = json!({ "data": [{ "id": 1, "contactId": 7, "updatedAt": 30 }] });
    let (drift, _vendor) =
        drift(vec![ok(&list), Reply::status(503), Reply::HangUp, Reply::status(500)]).await;
    let answer = drift.changes(&From::Start).await;
    assert!(matches!(answer, Err(ConnectorError::Transient { .. })), "{answer:?}");
}

#[tokio::test]
async fn one_contact_that_may_not_be_viewed_does_not_stop_the_run() {
    let refused = Reply::Answer(401, "", json!({ "errors": [{ "type": "CONTACT-2" }] }).to_string());
    let (drift, _vendor) = drift(vec![refused, ok(&person(8, json!({})))]).await;
    let fetched = drift.fetch(&["7".into(), "8".into()]).await.unwrap();
    assert_eq!(fetched[0].found, Found::Unknown);
    assert!(matches!(fetched[1].found, Found::Live { .. }));
}

#[tokio::test]
async fn a_look_up_that_cannot_be_understood_is_not_nobody() {
    for body in [json!({}), json!({ "data": null }), json!({ "data": [{ "id": 1 }] })] {
        let (drift, _vendor) = drift(vec![ok(&body)]).await;
        let answer = drift.find(&["a@example.test".into()]).await;
        assert!(matches!(answer, Err(ConnectorError::Protocol { .. })), "{body}: {answer:?}");
    }
    let single = person(7, json!({ "email": "a@example.test" }));
    let (drift, vendor) = drift(vec![ok(&single), ok(&array(&[]))]).await;
    assert_eq!(ids(&drift.find(&["a+b@example.test".into()]).await.unwrap()), BTreeSet::from(["7".into()]));
    assert!(vendor.requests()[1].starts_with("GET /contacts?email=a%2Bb%40example.test&limit=100 "));
}

#[tokio::test]
async fn a_write_that_drift_lets_go_by_is_not_confirmed() {
    let before = [("company", text("Acme"))];
    let unchanged = person(7, json!({ "company": "Acme", "name": "Ann" }));
    let script = vec![ok(&unchanged), ok(&unchanged)];
    let (drift, _vendor) = drift(script).await;
    let outcome = update(&drift, &[("company", text("Other"))], &before).await;
    assert_eq!(brief(&outcome), "rejected (company): Drift accepted the write and did not keep the value");
}

#[tokio::test]
async fn an_answer_that_lags_is_read_again_before_it_is_called_a_refusal() {
    let before = [("company", text("Acme"))];
    let (old, new) = (person(7, json!({ "company": "Acme" })), person(7, json!({ "company": "OTHER" })));
    let (drift, _vendor) = drift(vec![ok(&old), ok(&new)]).await;
    let outcome = update(&drift, &[("company", text("Other"))], &before).await;
    assert_eq!(
        record_of(&outcome).fields["company"].to_plain(),
        "OTHER",
        "a form of the vendor's is adopted"
    );
}

#[tokio::test]
async fn a_contact_that_is_shown_and_takes_no_write_stops_nobody_elses() {
    // A token that may write, and a contact that Drift only seems to have.
    let gone = Reply::Answer(404, "", json!({ "error": { "message": "CONTACT-1" } }).to_string());
    let shown = ok(&person(7, json!({ "company": "Acme" })));
    let token = ok(&json!({ "authenticated_userid": "17", "scope": "contact_read contact_write" }));
    let (drift, _vendor) = drift(vec![gone.clone(), shown, token]).await;
    let outcome = update(&drift, &[("company", text("Other"))], &[("company", text("Acme"))]).await;
    let Outcome::Rejected(rejection) = outcome else { panic!("{}", brief(&outcome)) };
    assert!(rejection.hint.unwrap().contains("`syntony check`"));
    // Where another contact answers for it, it was merged: nothing is said of the token.
    let (drift, _vendor) = self::drift(vec![gone, ok(&person(8, json!({})))]).await;
    assert_eq!(update(&drift, &[("company", text("Other"))], &[]).await, Outcome::Stale);
}

#[tokio::test]
async fn a_value_that_outlives_null_and_the_empty_text_is_one_refusal() {
    let held = ok(&person(7, json!({ "company": "Acme" })));
    let script = vec![held.clone(), held.clone(), held.clone(), held.clone()];
    let (drift, vendor) = drift(script).await;
    let outcome = update(&drift, &[("company", Value::Null)], &[("company", text("Acme"))]).await;
    assert_eq!(brief(&outcome), "rejected (company): Drift keeps the value");
    let sent: Vec<String> = vendor
        .requests()
        .iter()
        .filter(|request| request.starts_with("PATCH"))
        .map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned())
        .collect();
    assert_eq!(sent, [r#"{"attributes":{"company":null}}"#, r#"{"attributes":{"company":""}}"#]);
}

#[tokio::test]
async fn the_one_value_that_drift_stumbles_over_is_named() {
    let ouch =
        Reply::Answer(500, "", json!({ "errors": [{ "type": "CONTACT-5", "message": "ouch" }] }).to_string());
    let fine = ok(&person(7, json!({ "city": "Gent" })));
    let city = ("city", text("Gent"));
    let rest = [("company", text("Acme")), ("name", text("Ann"))];
    let all = [city.clone(), rest[0].clone(), rest[1].clone()];
    // All at once, then each alone; what is there now is read, because the first was taken.
    let (drift, vendor) = drift(vec![ouch.clone(), fine.clone(), ouch.clone(), fine.clone()]).await;
    assert_eq!(brief(&update(&drift, &all, &[]).await), "stale");
    assert_eq!(vendor.requests().len(), 5, "the third was not tried");
    // The plan that is made from that blames the right one.
    let (drift, vendor) = self::drift(vec![ouch.clone(), ouch, fine]).await;
    assert_eq!(brief(&update(&drift, &rest, &[city]).await), "rejected (company): ouch");
    assert_eq!(vendor.requests().len(), 4, "the second was not tried");
}

#[tokio::test]
async fn a_refusal_that_nothing_is_to_blame_for_is_none() {
    let ouch = Reply::Answer(500, "", json!({ "error": { "message": "CONTACT-5" } }).to_string());
    let done = ok(&person(7, json!({ "city": "Gent", "name": "Ann" })));
    let (drift, _vendor) = drift(vec![ouch, done.clone(), done.clone(), done]).await;
    let outcome = update(&drift, &[("city", text("Gent")), ("name", text("Ann"))], &[]).await;
    assert_eq!(brief(&outcome), "applied", "each alone was taken");
}

#[tokio::test]
async fn drifts_words_are_passed_on_without_the_contacts_values() {
    let words =
        json!({ "error": { "type": "validation_error", "message": "phone +32470123456 is not valid" } });
    let (drift, _vendor) = drift(vec![Reply::Answer(400, "", words.to_string())]).await;
    let outcome = update(&drift, &[("phone", text("+32470123456"))], &[]).await;
    assert_eq!(brief(&outcome), "rejected (phone): phone … is not valid");
}

#[tokio::test]
async fn a_create_whose_answer_says_nothing_is_unknown() {
    let (drift, _vendor) = drift(vec![Reply::ok("")]).await;
    let op = ("op".into(), create(&[("email", text("a@example.test"))], &[]));
    assert_eq!(drift.write(vec![op]).await.unwrap().remove(0).1, Outcome::Unknown);
}
