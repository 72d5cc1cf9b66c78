//! Answers to writes that a well-behaved organisation never gives.

use super::writing::{create, person, texts, update};
use super::*;
use crate::http::scripted::{Reply, Scripted};
use serde_json::{Value as Json, json};
use syntony_core::record::Record;
use syntony_core::value::Value;

/// A vendor that answers this, except what an object is and that no job was left behind.
pub(super) async fn scripted(answer: impl Fn(&str) -> Reply + Send + 'static) -> (Salesforce, Scripted) {
    let server = Scripted::answering(move |request| {
        let line = request.lines().next().unwrap_or_default();
        if line.contains("/describe") {
            let field = |name: &str| json!({ "name": name, "type": "string", "nillable": true, "createable": true, "updateable": true });
            let fields: Vec<Json> = ["LastName", "Email", "Title"].map(field).into();
            return Reply::ok(&json!({ "queryable": true, "fields": fields }).to_string());
        }
        if line.starts_with("GET ") && line.contains("/jobs/ingest?") {
            return Reply::ok(&json!({ "done": true, "records": [] }).to_string());
        }
        answer(request)
    })
    .await;
    let mut config = config(server.base_url.clone(), SObject::Contact);
    config.bulk_above_creates = 2;
    (Salesforce::new(config).unwrap(), server)
}

/// What two creates come to when the vendor answers so, and how many calls of collections that took.
async fn check_answer(reply: fn() -> Reply, expected: &[&str], calls: usize) {
    let (salesforce, server) = scripted(move |_| reply()).await;
    let outcomes = salesforce.write(vec![create(1, person(1), &[]), create(2, person(2), &[])]).await;
    assert_eq!(brief(outcomes.unwrap()), expected);
    let posts = server.requests().iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!(posts, calls);
}

#[tokio::test]
async fn an_answer_that_does_not_say_whose_it_is_says_nothing_of_anybody() {
    let unknown = ["op00001 unknown", "op00002 unknown"];
    for reply in [
        || Reply::ok("[]"),
        || Reply::ok(r#"[{"id":"003000000000001AAA","success":true,"errors":[]}]"#),
        || Reply::ok("<html>"),
        || Reply::ok(r#"[{"success":true},{"success":true}]"#),
        || {
            Reply::ok(
                r#"[{"success":false},{"success":false,"errors":[{"statusCode":"UNKNOWN_EXCEPTION"}]}]"#,
            )
        },
        || Reply::status(500),
        || Reply::HangUp,
    ] as [fn() -> Reply; 7]
    {
        check_answer(reply, &unknown, 1).await;
    }
}

#[tokio::test]
async fn a_call_that_is_refused_as_a_whole_wrote_nothing() {
    let reply =
        || Reply::Answer(400, "", r#"[{"errorCode":"JSON_PARSER_ERROR","message":"bad"}]"#.to_owned());
    let refused = ["op00001 rejected: bad (JSON_PARSER_ERROR)", "op00002 rejected: bad (JSON_PARSER_ERROR)"];
    check_answer(reply, &refused, 3).await;
}

#[tokio::test]
async fn a_limit_that_one_row_runs_into_stops_the_others() {
    let reply = || {
        let row = r#"{"success":false,"errors":[{"statusCode":"REQUEST_LIMIT_EXCEEDED","message":"x","fields":[]}]}"#;
        Reply::ok(&format!("[{row},{row}]"))
    };
    let deferred = "deferred: the app answers REQUEST_LIMIT_EXCEEDED";
    check_answer(reply, &[&format!("op00001 {deferred}"), &format!("op00002 {deferred}")], 1).await;
}

/// A row of a scripted organisation.
fn row(id: &str, title: Option<&str>, at: &str) -> Json {
    let at = format!("2026-07-27T{at}.000+0000");
    json!({ "Id": id, "IsDeleted": false, "LastName": "N", "Email": null, "Title": title,
        "CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at })
}

/// What a guarded update comes to when its part and the reading back are answered so.
async fn check_guarded(status: u16, body: Json, read: Option<Json>, fetched: Json, expected: &str) {
    let id = "003000000000001AAA";
    let records = |rows: &Json| json!({ "totalSize": 1, "done": true, "records": rows });
    let mut parts = vec![json!({ "referenceId": "write0", "httpStatusCode": status, "body": body })];
    let read = match &read {
        Some(rows) => json!({ "referenceId": "read", "httpStatusCode": 200, "body": records(rows) }),
        None => json!({ "referenceId": "read", "httpStatusCode": 400, "body": [{ "errorCode": "X" }] }),
    };
    parts.push(read.clone());
    let composite = json!({ "compositeResponse": parts }).to_string();
    let query = records(&fetched).to_string();
    let (salesforce, _server) =
        scripted(move |request| Reply::ok(if request.starts_with("POST ") { &composite } else { &query }))
            .await;
    let mut seen = Record { fields: texts([("LastName", "N")]), ..Record::default() };
    seen.fields.insert("Title".into(), Value::Null);
    seen.version.tag = "2026-07-27T08:00:00.000+0000".to_owned();
    let outcome = brief(salesforce.write(vec![update(1, id, &seen, texts([("Title", "x")]))]).await.unwrap());
    assert_eq!(outcome, [format!("op00001 {expected}")], "{status} {read}");
}

#[tokio::test]
async fn an_update_is_never_claimed_unless_the_server_shows_it() {
    let id = "003000000000001AAA";
    let nothing = json!(null);
    let (mine, old) = (json!([row(id, Some("x"), "09:00:00")]), json!([row(id, None, "08:00:00")]));
    let theirs = json!([row(id, Some("y"), "09:00:00")]);
    let nobody = json!([]);
    let applied = format!("applied {id}");
    check_guarded(204, nothing.clone(), Some(mine.clone()), nobody.clone(), &applied).await;
    // The reading back failed, so it is read once more.
    check_guarded(204, nothing.clone(), None, mine.clone(), &applied).await;
    check_guarded(204, nothing.clone(), None, nobody.clone(), "unknown").await;
    check_guarded(412, nothing.clone(), Some(mine), nobody.clone(), &applied).await;
    check_guarded(412, nothing.clone(), Some(theirs), nobody.clone(), "stale").await;
    check_guarded(412, nothing.clone(), None, old.clone(), "stale").await;
    // It never changes, and is refused as changed each time.
    check_guarded(412, nothing.clone(), Some(old.clone()), old.clone(), "stale").await;
    for code in ["ENTITY_IS_DELETED", "NOT_FOUND", "CANNOT_UPDATE_CONVERTED_LEAD"] {
        check_guarded(404, json!([{ "errorCode": code }]), Some(old.clone()), nobody.clone(), "stale").await;
    }
    check_guarded(500, json!("<html>"), Some(old.clone()), nobody.clone(), "unknown").await;
    let limit = json!([{ "errorCode": "REQUEST_LIMIT_EXCEEDED" }]);
    check_guarded(403, limit, Some(old), nobody, "deferred: the app limits our calls").await;
}
