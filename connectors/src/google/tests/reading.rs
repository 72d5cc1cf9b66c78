//! Listings, feeds, reads and look-ups.

use super::*;
use crate::contract::{Change, Connector, Coverage, Found, From, Next, Observation};
use crate::error::ConnectorError;
use syntony_core::ids::{ContactId, Cursor, PageToken};
use syntony_core::record::Evidence;

fn end(token: &str) -> Json {
    json!({ "nextSyncToken": token })
}

/// Lists everything from a vendor that gives these pages, and gives the cursor.
async fn cursor_after(google: &Google) -> Cursor {
    match google.changes(&From::Start).await.unwrap().next {
        Next::End { cursor, coverage: Coverage::Everything } => cursor,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_listing_goes_through_its_pages_with_the_same_parameters() {
    let (google, vendor) = google(vec![
        no_labels(),
        ok(&json!({ "connections": [person("people/c1", 1, json!({}))], "nextPageToken": "p2" })),
        ok(&json!({ "nextPageToken": "p3" })),
        ok(&json!({ "connections": [person("people/c2", 1, json!({}))], "nextSyncToken": "s1" })),
    ])
    .await;
    let mut from = From::Start;
    let mut ids = Vec::new();
    let coverage = loop {
        let page = google.changes(&from).await.unwrap();
        ids.extend(page.changes.into_iter().map(|change| change.id.to_string()));
        match page.next {
            Next::Page(token) => from = From::Page(token),
            Next::End { coverage, .. } => break coverage,
        }
    };
    assert_eq!(ids, ["people/c1", "people/c2"]);
    assert_eq!(coverage, Coverage::Everything);
    let queries: Vec<String> = vendor.requests()[1..]
        .iter()
        .map(|request| request.lines().next().unwrap().split_once('?').unwrap().1.to_owned())
        .collect();
    let first = queries[0].trim_end_matches(" HTTP/1.1");
    assert!(first.contains("sources=READ_SOURCE_TYPE_CONTACT") && first.contains("requestSyncToken=true"));
    assert_eq!(queries[1], format!("{first}&pageToken=p2 HTTP/1.1"));
    assert_eq!(queries[2], format!("{first}&pageToken=p3 HTTP/1.1"));
}

#[tokio::test]
async fn a_quiet_feed_is_a_token_and_nothing_else() {
    let (google, vendor) = google(vec![no_labels(), ok(&end("s1")), ok(&end("s2"))]).await;
    let cursor = cursor_after(&google).await;
    let page = google.changes(&From::Cursor(cursor)).await.unwrap();
    assert!(page.changes.is_empty());
    assert!(matches!(page.next, Next::End { coverage: Coverage::Changes, .. }));
    // One call: the labels are not asked for when nothing happened.
    assert_eq!(vendor.requests().len(), 3);
    assert!(vendor.requests()[2].contains("syncToken=s1"));
}

/// A page that must not be taken for an end.
async fn check_no_end(page: Json) {
    let (google, _) = google(vec![no_labels(), ok(&page)]).await;
    let error = google.changes(&From::Start).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Protocol { .. }), "{page}: {error:?}");
}

#[tokio::test]
async fn a_page_without_any_token_advances_nothing() {
    check_no_end(json!({})).await;
    check_no_end(json!({ "connections": [person("people/c1", 1, json!({}))] })).await;
    check_no_end(json!({ "connections": [], "nextSyncToken": "" })).await;
    check_no_end(json!({ "connections": [{ "etag": "%1" }], "nextSyncToken": "s" })).await;
}

#[tokio::test]
async fn a_listing_that_goes_in_circles_is_an_error() {
    let page = ok(&json!({ "nextPageToken": "again" }));
    let (google, _) = google(vec![no_labels(), page.clone(), page]).await;
    let Next::Page(token) = google.changes(&From::Start).await.unwrap().next else { panic!() };
    let error = google.changes(&From::Page(token)).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Protocol { .. }));
}

/// What Google says to a token, with and without one in the call.
async fn check_refused_listing(reply: Reply, with_token: &str, without: &str) {
    let variant = |error: ConnectorError| match error {
        ConnectorError::CursorExpired => "expired",
        ConnectorError::Permanent { .. } => "permanent",
        ConnectorError::Auth { .. } => "auth",
        ConnectorError::RateLimited { .. }
        | ConnectorError::Transient { .. }
        | ConnectorError::Protocol { .. } => "other",
    };
    let script = vec![no_labels(), ok(&end("s1")), reply.clone(), no_labels(), reply.clone()];
    let (google, _) = google(script).await;
    let cursor = cursor_after(&google).await;
    let refused = google.changes(&From::Cursor(cursor)).await.unwrap_err();
    assert_eq!(variant(refused), with_token, "{reply:?}");
    let refused = google.changes(&From::Start).await.unwrap_err();
    assert_eq!(variant(refused), without, "{reply:?}");
}

#[tokio::test]
async fn a_refused_token_is_expired_and_a_refused_listing_is_not() {
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "EXPIRED_SYNC_TOKEN",
    }]);
    let text = "Sync token is expired. Clear local cache and retry call without the sync token.";
    check_refused_listing(refuse(400, "FAILED_PRECONDITION", text, details), "expired", "permanent").await;
    let malformed = refuse(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", json!([]));
    check_refused_listing(malformed, "expired", "permanent").await;
    check_refused_listing(refuse(410, "", "Sync token is expired.", json!([])), "expired", "permanent").await;
    // Shares status and code with an expired token.
    let domain = refuse(400, "FAILED_PRECONDITION", "Must be a G Suite domain user.", json!([]));
    check_refused_listing(domain, "permanent", "permanent").await;
    let scope = "Request had insufficient authentication scopes.";
    check_refused_listing(refuse(403, "PERMISSION_DENIED", scope, json!([])), "auth", "auth").await;
    check_refused_listing(Reply::Answer(404, "", "<html>".into()), "permanent", "permanent").await;
}

#[tokio::test]
async fn deletions_renames_and_unreadable_people_are_told_apart() {
    let tombstone = json!({
        "resourceName": "people/c2",
        "metadata": { "deleted": true, "sources": [
            { "type": "CONTACT", "id": "2", "etag": "#2", "updateTime": "1970-01-01T00:00:00Z" },
        ]},
    });
    let mut renamed = person("people/c3", 1, json!({}));
    renamed["metadata"]["previousResourceNames"] = json!(["people/c9"]);
    let bare = json!({ "resourceName": "people/c4", "etag": "%4" });
    let strange = person("people/c5", 1, json!({ "names": "Ada" }));
    let (google, _) = google(vec![
        no_labels(),
        ok(&json!({ "connections": [tombstone, renamed, bare, strange], "nextSyncToken": "s" })),
    ])
    .await;
    let changes = google.changes(&From::Start).await.unwrap().changes;
    assert_eq!(changes[0], Change::gone("people/c2", Evidence::Tombstone));
    assert_eq!(changes[1].previous_ids, [ContactId::new("people/c9")]);
    assert!(matches!(changes[1].what, Observation::Live(_)));
    // Without metadata a deleted person and an empty one look the same.
    assert!(matches!(changes[2].what, Observation::Unreadable(_)), "{:?}", changes[2]);
    assert!(matches!(changes[3].what, Observation::Unreadable(_)), "{:?}", changes[3]);
}

#[tokio::test]
async fn a_renamed_or_deleted_label_takes_a_complete_listing() {
    for (later, expired) in [
        (labels(&[("contactGroups/a", "customer"), ("contactGroups/b", "new")]), false),
        (labels(&[("contactGroups/a", "client")]), true),
        (no_labels(), true),
    ] {
        let changed = json!({ "connections": [person("people/c1", 1, json!({}))], "nextSyncToken": "s2" });
        let script = vec![labels(&[("contactGroups/a", "customer")]), ok(&end("s1")), ok(&changed), later];
        let vendor = Scripted::start(script).await;
        let cursor = cursor_after(&Google::new(config(vendor.base_url.clone())).unwrap()).await;
        // Another process, which knows no labels yet.
        let google = Google::new(config(vendor.base_url.clone())).unwrap();
        let result = google.changes(&From::Cursor(cursor)).await;
        assert_eq!(matches!(result, Err(ConnectorError::CursorExpired)), expired, "{result:?}");
    }
}

#[tokio::test]
async fn a_custom_field_that_is_mapped_later_is_observed_on_every_contact() {
    let vendor = Scripted::start(vec![no_labels(), ok(&end("s1"))]).await;
    let before = Google::new(config(vendor.base_url.clone())).unwrap();
    let cursor = cursor_after(&before).await;
    let mut wider = config(vendor.base_url.clone());
    wider.extra_fields = vec!["userDefined.Colour".into()];
    let after = Google::new(wider).unwrap();
    let result = after.changes(&From::Cursor(cursor)).await;
    assert!(matches!(result, Err(ConnectorError::CursorExpired)), "{result:?}");
}

#[tokio::test]
async fn what_is_no_cursor_of_ours_is_expired_without_a_call() {
    let (google, vendor) = google(vec![]).await;
    for from in [
        From::Cursor(Cursor::new("")),
        From::Cursor(Cursor::new(r#"{"v":99,"token":"x","params":"","extra":[],"labels":{}}"#)),
        From::Page(PageToken::new("x")),
        From::Page(PageToken::new(r#"{"v":1,"page":"x","params":"other","sync":null}"#)),
    ] {
        assert!(matches!(google.changes(&from).await, Err(ConnectorError::CursorExpired)), "{from:?}");
    }
    assert_eq!(vendor.requests().len(), 0);
}

#[tokio::test]
async fn a_label_that_is_not_known_yet_is_looked_up_once() {
    let member = |id: &str, group: &str| {
        let membership = json!({ "contactGroupMembership": { "contactGroupResourceName": group } });
        person(id, 1, json!({ "memberships": [membership] }))
    };
    let (google, vendor) = google(vec![
        no_labels(),
        ok(&json!({ "connections": [
            member("people/c1", "contactGroups/new"), member("people/c2", "contactGroups/dead"),
        ], "nextPageToken": "p2" })),
        labels(&[("contactGroups/new", "customer")]),
        ok(&json!({ "connections": [member("people/c3", "contactGroups/dead")], "nextSyncToken": "s" })),
    ])
    .await;
    let page = google.changes(&From::Start).await.unwrap();
    let tags: Vec<usize> = page
        .changes
        .iter()
        .map(|change| match &change.what {
            Observation::Live(record) => record.tags.as_ref().unwrap().len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tags, [1, 0]);
    let Next::Page(token) = page.next else { panic!() };
    google.changes(&From::Page(token)).await.unwrap();
    assert_eq!(vendor.requests().len(), 4);
}

/// What a read by id of one contact gives.
async fn check_fetch(answer: Reply, expected: &str) {
    let (google, _) = google(vec![answer.clone()]).await;
    let fetched = google.fetch(&["people/c1".into()]).await.unwrap();
    let got = match &fetched[0].found {
        Found::Live { id, .. } => format!("live {id}"),
        Found::Gone => "gone".to_owned(),
        Found::MergedInto(id) => format!("merged {id}"),
        Found::Unknown => "unknown".to_owned(),
    };
    assert_eq!((fetched.len(), got.as_str()), (1, expected), "{answer:?}");
}

#[tokio::test]
async fn only_what_google_calls_not_found_is_gone() {
    let one = |response: Json| ok(&json!({ "responses": [response] }));
    let asked = "people/c1";
    let live = person(asked, 1, json!({}));
    check_fetch(one(json!({ "requestedResourceName": asked, "person": live })), "live people/c1").await;
    let renamed = person("people/c7", 1, json!({}));
    check_fetch(one(json!({ "requestedResourceName": asked, "person": renamed })), "live people/c7").await;
    let status =
        |code: u32| json!({ "requestedResourceName": asked, "status": { "code": code, "message": "x" } });
    check_fetch(one(status(5)), "gone").await;
    check_fetch(one(json!({ "requestedResourceName": asked, "httpStatusCode": 404 })), "gone").await;
    check_fetch(one(status(7)), "unknown").await;
    check_fetch(one(status(13)), "unknown").await;
    check_fetch(ok(&json!({})), "unknown").await;
    check_fetch(refuse(404, "NOT_FOUND", "Requested entity was not found.", json!([])), "gone").await;
    check_fetch(refuse(400, "INVALID_ARGUMENT", "x", json!([])), "unknown").await;
    let unreadable = json!({ "resourceName": asked, "names": 1, "metadata": {} });
    check_fetch(one(json!({ "requestedResourceName": asked, "person": unreadable })), "unknown").await;
}

#[tokio::test]
async fn one_id_that_google_does_not_like_takes_no_other_with_it() {
    let good = |id: &str| json!({ "requestedResourceName": id, "person": person(id, 1, json!({})) });
    let (google, vendor) = google(vec![
        refuse(400, "INVALID_ARGUMENT", "x", json!([])),
        ok(&json!({ "responses": [good("people/c1")] })),
        refuse(400, "INVALID_ARGUMENT", "x", json!([])),
        ok(&json!({ "responses": [good("people/c2")] })),
        refuse(400, "INVALID_ARGUMENT", "x", json!([])),
    ])
    .await;
    let ids = ["people/c1", "people/c2", "strange"].map(ContactId::from);
    let fetched = google.fetch(&ids).await.unwrap();
    let live: Vec<bool> = fetched.iter().map(|one| matches!(one.found, Found::Live { .. })).collect();
    assert_eq!(live, [true, true, false]);
    assert_eq!(fetched[2].found, Found::Unknown);
    assert_eq!(vendor.requests().len(), 5);
}

#[tokio::test]
async fn the_search_is_warmed_up_before_it_is_believed() {
    let found = json!({ "results": [{ "person": person("people/c1", 1, json!({})) }] });
    let nobody = || ok(&json!({}));
    let (google, vendor) = google(vec![nobody(), ok(&found), ok(&found), nobody(), nobody()]).await;
    let changes = google.find(&["a@x.com".into(), "b@x.com".into(), " a@x.com ".into()]).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert!(google.find(&["c@x.com".into()]).await.unwrap().is_empty());
    assert!(google.find(&[" ".into()]).await.unwrap().is_empty());
    let warm_ups: Vec<bool> = vendor.requests().iter().map(|request| request.contains("?query=&")).collect();
    assert_eq!(warm_ups, [true, false, false, true, false]);
}

#[tokio::test]
async fn an_account_is_named_and_a_missing_permission_too() {
    let me = || ok(&json!({ "resourceName": "people/107", "etag": "x", "metadata": {} }));
    let (good, _) = google(vec![me(), no_labels()]).await;
    let health = good.check().await.unwrap();
    assert_eq!((health.account.as_str(), health.missing_permissions.len()), ("people/107", 0));
    let scope = "Request had insufficient authentication scopes.";
    let (bad, _) = google(vec![me(), refuse(403, "PERMISSION_DENIED", scope, json!([]))]).await;
    assert_eq!(bad.check().await.unwrap().missing_permissions, ["https://www.googleapis.com/auth/contacts"]);
}
