//! Whatever comes back: no panic, no loop, nothing lost, nobody taken for gone, and no value in an error.
//!
//! A good vendor answers every call; each of its answers is struck on its way ([`crate::http::hostile`]).

use super::writing::{create, seen, update};
use super::*;
use crate::contract::{Change, Connector, Coverage, From, Next, Observation, Page};
use crate::error::ConnectorError;
use crate::http::hostile::{Blow, blows, twist, twisted};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::future::Future;
use syntony_core::ids::{ContactId, Cursor, PageToken, Tag};
use syntony_core::op::{Mailing, Write};
use syntony_core::record::Evidence;

/// Cases of each property; each of them is a server and a client.
const CASES: u32 = 32;
/// The most HTTP calls that one call of the connector may take here: a batch's limit, with its retries.
const MAX_CALLS: usize = 300;
/// The most pages of a walk here, of a vendor that has two.
const MAX_PAGES: usize = 10;
/// A word that is in every value of every contact, and may be in no error.
const VALUE: &str = "Geheim";

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) }
}

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// A contact with something in every array that is read.
fn full(number: u32) -> Json {
    let word = format!("{VALUE}{number}");
    person(
        &format!("people/c{number}"),
        number,
        json!({
            "names": [{ "givenName": word, "familyName": VALUE, "metadata": { "primary": true } }],
            "emailAddresses": [{ "value": format!("{word}@example.test"), "type": "work" }, { "value": VALUE }],
            "phoneNumbers": [{ "value": format!("{word} 17") }],
            "addresses": [{ "streetAddress": VALUE, "poBox": "12", "countryCode": "BE" }],
            "organizations": [{ "name": VALUE, "title": "CEO", "current": true }],
            "birthdays": [{ "date": { "year": 1990, "month": 2, "day": 28 } }],
            "biographies": [{ "value": VALUE, "contentType": "TEXT_PLAIN" }],
            "userDefined": [{ "key": "Colour", "value": VALUE }],
            "memberships": [{ "contactGroupMembership": { "contactGroupResourceName": "contactGroups/a" } }],
            "clientData": [{ "key": "syntony", "value": format!("op{number}") }],
        }),
    )
}

/// What a good vendor says. It knows its own tokens and refuses others.
fn good_answer(request: &str) -> (u16, Json) {
    let line = request.lines().next().unwrap_or_default();
    let query = |name: &str| {
        let rest = line.split_once(&format!("{name}="))?.1;
        Some(rest.split(['&', ' ']).next().unwrap_or_default().to_owned())
    };
    let people = |numbers: std::ops::RangeInclusive<u32>| numbers.map(full).collect::<Vec<_>>();
    let ok = |body: Json| (200, body);
    let refused = || {
        (
            400,
            json!({ "error": { "code": 400, "status": "INVALID_ARGUMENT", "message": format!("{VALUE}@x.test") } }),
        )
    };
    if line.contains("/connections") {
        return match (query("pageToken").as_deref(), query("syncToken").as_deref()) {
            (None, None) => ok(json!({ "connections": people(1..=3), "nextPageToken": "p2" })),
            (Some("p2"), None) => ok(json!({ "connections": people(4..=5), "nextSyncToken": "s1" })),
            (None, Some("s1")) => ok(json!({ "connections": people(2..=3), "nextPageToken": "f2" })),
            (Some("f2"), Some("s1")) => ok(json!({ "connections": people(1..=1), "nextSyncToken": "s2" })),
            _ => refused(),
        };
    }
    if line.contains(":batchGet") {
        let responses = people(1..=3).into_iter().map(|person| {
            json!({ "requestedResourceName": person["resourceName"], "httpStatusCode": 200, "status": {},
                    "person": person })
        });
        return ok(json!({ "responses": responses.collect::<Vec<_>>() }));
    }
    if line.contains(":searchContacts") {
        let results = people(1..=2).into_iter().map(|person| json!({ "person": person }));
        return ok(json!({ "results": results.collect::<Vec<_>>() }));
    }
    if line.contains(":batchCreateContacts") {
        let created =
            people(1..=3).into_iter().map(|person| json!({ "person": person, "httpStatusCode": 200 }));
        return ok(json!({ "createdPeople": created.collect::<Vec<_>>() }));
    }
    if line.contains(":batchUpdateContacts") {
        let results = people(1..=3).into_iter().map(|person| {
            (
                person["resourceName"].as_str().unwrap().to_owned(),
                json!({ "person": person, "status": { "code": 0 } }),
            )
        });
        return ok(json!({ "updateResult": results.collect::<serde_json::Map<_, _>>() }));
    }
    if line.contains("members:modify") {
        return ok(json!({ "notFoundResourceNames": [], "canNotRemoveLastContactGroupResourceNames": [] }));
    }
    if line.starts_with("POST /v1/contactGroups") {
        return ok(
            json!({ "resourceName": "contactGroups/b", "groupType": "USER_CONTACT_GROUP", "name": "new" }),
        );
    }
    if line.contains("/contactGroups") {
        return ok(json!({ "contactGroups": [
            { "resourceName": "contactGroups/a", "groupType": "USER_CONTACT_GROUP", "name": "customer",
              "metadata": { "deleted": false } },
        ]}));
    }
    ok(json!({ "resourceName": "people/me", "metadata": {} }))
}

/// A vendor whose answers are struck one after the other, for ever.
async fn struck(blows: Vec<Blow>) -> (Google, Scripted) {
    let mut next = blows.into_iter().cycle();
    let vendor = Scripted::answering(move |request| {
        let (status, body) = good_answer(request);
        let mut blow = next.next().unwrap_or_else(Blow::none);
        if status != 200 {
            blow.status = status;
        }
        blow.strike(&body)
    })
    .await;
    (Google::new(config(vendor.base_url.clone())).unwrap(), vendor)
}

/// An error says what is wrong, in bearable length, and never what a contact holds.
fn check_error(error: &ConnectorError) {
    let text = error.to_string();
    assert!(!text.contains(VALUE) && !text.contains("example.test"), "{text}");
    assert!(text.len() < 1_000, "an error of {} bytes", text.len());
}

/// Walks from `from` until an end or an error.
async fn walk(google: &Google, from: From) -> Result<(Vec<Change>, Cursor, Coverage), ConnectorError> {
    let (mut changes, mut from) = (Vec::new(), from);
    for _ in 0..MAX_PAGES {
        let Page { changes: more, next } = google.changes(&from).await?;
        changes.extend(more);
        match next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
    Err(ConnectorError::Protocol { reason: "the walk of a test does not end".to_owned() })
}

async fn good() -> Google {
    struck(Vec::new()).await.0
}

/// A cursor and the tokens of a complete listing and of a feed, as a good vendor gives them.
async fn good_tokens() -> (Cursor, PageToken, PageToken) {
    let google = good().await;
    let Next::Page(listing) = google.changes(&From::Start).await.unwrap().next else { panic!() };
    let (_, cursor, _) = walk(&google, From::Page(listing.clone())).await.unwrap();
    let Next::Page(feed) = google.changes(&From::Cursor(cursor.clone())).await.unwrap().next else {
        panic!()
    };
    (cursor, listing, feed)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_read_ends_with_an_answer_or_an_error(blows in blows(), cursor: bool) {
        on_runtime(async {
            let (google, vendor) = struck(blows).await;
            let from = if cursor { From::Cursor(good_tokens().await.0) } else { From::Start };
            let ids: Vec<ContactId> = (1..=3).map(|n| format!("people/c{n}").into()).collect();
            let walked = walk(&google, from).await;
            let fetched = google.fetch(&ids).await;
            let found = google.find(&["a@example.test".to_owned()]).await;
            let checked = google.check().await;
            let errors = [walked.as_ref().err(), fetched.as_ref().err(), found.as_ref().err(), checked.as_ref().err()];
            errors.into_iter().flatten().for_each(check_error);
            if let Ok(fetched) = fetched {
                let asked: Vec<&ContactId> = fetched.iter().map(|fetched| &fetched.asked).collect();
                assert_eq!(asked, ids.iter().collect::<Vec<_>>(), "one answer for each id");
            }
            for change in walked.into_iter().flat_map(|(changes, ..)| changes).chain(found.into_iter().flatten()) {
                assert!(!change.id.as_str().is_empty(), "a contact without an id");
            }
            assert!(vendor.requests().len() < MAX_CALLS);
        });
    }

    #[test]
    fn every_op_has_one_outcome_whatever_is_answered(blows in blows()) {
        on_runtime(async {
            let (google, vendor) = struck(blows).await;
            let tags = BTreeSet::from([Tag::new("customer"), Tag::new("new")]);
            let mut ops: Vec<_> = (1..=2).map(create).collect();
            let Write::Create { fields, .. } = create(3).1 else { panic!() };
            ops.push(("op3".into(), Write::Create { fields, tags: tags.clone(), mailing: Mailing::Allowed }));
            for number in 1..=3 {
                let id = format!("people/c{number}");
                let basis = seen(&id, number, json!({ "names": [{ "givenName": VALUE }] })).await;
                let (key, mut write) = update(&format!("up{number}"), &id, &[("names.givenName", VALUE)], basis);
                if let (Write::Update { add_tags, .. }, 3) = (&mut write, number) {
                    add_tags.clone_from(&tags);
                }
                ops.push((key, write));
            }
            let keys: BTreeSet<OpKey> = ops.iter().map(|(key, _)| key.clone()).collect();
            match google.write(ops).await {
                Ok(outcomes) => {
                    assert_eq!(outcomes.len(), keys.len());
                    assert_eq!(outcomes.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>(), keys);
                    for line in brief(outcomes) {
                        assert!(!line.contains(VALUE) && line.len() < 1_000, "{line}");
                        assert!(!line.ends_with("applied "), "applied to nobody");
                    }
                }
                Err(error) => check_error(&error),
            }
            assert!(vendor.requests().len() < MAX_CALLS);
        });
    }

    /// One bad record takes no other with it.
    #[test]
    fn a_bad_person_takes_nobody_along(twists in proptest::collection::vec(twist(), 1..4), bad in 0..3_usize) {
        on_runtime(async {
            let people: Vec<Json> = (1..=3).map(full).collect();
            let mut struck = twisted(&people[bad], &twists);
            // What has no id at all is another matter: somebody would be missing.
            if !struck.is_object() {
                struck = json!({ "odd": struck });
            }
            struck["resourceName"] = people[bad]["resourceName"].clone();
            let mut answered = people.clone();
            answered[bad] = struck.clone();
            let responses: Vec<Json> = answered
                .iter()
                .map(|person| json!({ "requestedResourceName": person["resourceName"], "person": person }))
                .collect();
            let (google, _) = google(vec![
                labels(&[("contactGroups/a", "customer")]),
                ok(&json!({ "connections": answered, "nextSyncToken": "s" })),
                ok(&json!({ "responses": responses })),
                // A membership that the blow made up is looked for.
                labels(&[("contactGroups/a", "customer")]),
            ])
            .await;
            let changes = match google.changes(&From::Start).await {
                Ok(page) => page.changes,
                Err(error) => panic!("{error}: {struck}"),
            };
            let ids: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
            assert_eq!(ids, ["people/c1", "people/c2", "people/c3"]);
            for (at, change) in changes.iter().enumerate() {
                match &change.what {
                    Observation::Live(_) => {}
                    Observation::Unreadable(_) => assert_eq!(at, bad),
                    Observation::Gone(Evidence::Tombstone) => {
                        assert_eq!((at, &struck["metadata"]["deleted"]), (bad, &json!(true)));
                    }
                    other => panic!("{other:?}"),
                }
            }
        });
    }

    #[test]
    fn any_text_for_a_cursor_is_an_expired_one(text in ".{0,200}|[\\[{\"a-z:,0-9}\\]]{0,60}") {
        on_runtime(async {
            let google = good().await;
            for from in [From::Cursor(Cursor::new(text.clone())), From::Page(PageToken::new(text))] {
                let result = google.changes(&from).await;
                assert!(matches!(result, Err(ConnectorError::CursorExpired)), "{result:?}");
            }
        });
    }

    /// A token that was changed on its way leads nowhere, or to where it would have led.
    #[test]
    fn a_changed_token_never_makes_a_part_pass_for_everything(
        twists in proptest::collection::vec(twist(), 1..3), which in 0..3_u8,
    ) {
        on_runtime(async {
            let (cursor, listing, feed) = good_tokens().await;
            let changed = |text: &str| twisted(&serde_json::from_str(text).unwrap(), &twists).to_string();
            let from = match which {
                0 => From::Cursor(Cursor::new(changed(cursor.as_str()))),
                1 => From::Page(PageToken::new(changed(listing.as_str()))),
                _ => From::Page(PageToken::new(changed(feed.as_str()))),
            };
            match walk(&good().await, from).await {
                Ok((changes, _, Coverage::Everything)) => {
                    assert_eq!(which, 1, "a feed passes for a complete listing");
                    // The page before this token brought the first three.
                    assert!(changes.len() >= 2, "{changes:?}");
                }
                Ok((_, _, Coverage::Changes)) => {}
                Ok((_, _, Coverage::Discovered)) => panic!("Google is listed"),
                Err(ConnectorError::CursorExpired | ConnectorError::Protocol { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        });
    }
}

#[tokio::test]
async fn a_listing_that_goes_in_a_wide_circle_ends() {
    let mut page = 0;
    let vendor = Scripted::answering(move |request| {
        if request.contains("/contactGroups") {
            return no_labels();
        }
        page += 1;
        ok(&json!({ "nextPageToken": format!("p{}", page % 7) }))
    })
    .await;
    let google = Google::new(config(vendor.base_url.clone())).unwrap();
    let mut from = From::Start;
    let error = loop {
        match google.changes(&from).await {
            Ok(Page { next: Next::Page(token), .. }) => from = From::Page(token),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
        assert!(vendor.requests().len() < 100, "it goes round and round");
    };
    assert!(matches!(error, ConnectorError::Protocol { .. }), "{error:?}");
}

/// An order from the future would make every later observation old news.
#[tokio::test]
async fn a_time_in_the_future_orders_nothing() {
    for (time, is_order) in [
        ("2026-07-27T10:00:00Z", true),
        ("9999-12-31T23:59:60Z", false),
        ("2999-01-01T00:00:00Z", false),
        ("1970-01-01T00:00:00Z", false),
        ("soon", false),
    ] {
        let mut odd = full(1);
        odd["metadata"]["sources"][0]["updateTime"] = json!(time);
        let page = json!({ "connections": [odd], "nextSyncToken": "s" });
        let (google, _) = google(vec![labels(&[("contactGroups/a", "customer")]), ok(&page)]).await;
        let changes = google.changes(&From::Start).await.unwrap().changes;
        let Observation::Live(record) = &changes[0].what else { panic!("{:?}", changes[0]) };
        assert_eq!(record.version.order.is_some(), is_order, "{time}");
    }
}

/// One odd entry of a batch's answer is about one contact.
#[tokio::test]
async fn an_odd_entry_of_a_batch_takes_no_other_along() {
    let response =
        |number: u32| json!({ "requestedResourceName": format!("people/c{number}"), "person": full(number) });
    for odd in [
        json!(7),
        json!({ "requestedResourceName": "people/c2", "status": "no" }),
        json!({ "person": [] }),
        json!({ "requestedResourceName": "people/c2", "httpStatusCode": "404", "status": { "code": 5 } }),
    ] {
        let (google, _) = google(vec![
            ok(&json!({ "responses": [response(1), odd, response(3)] })),
            labels(&[("contactGroups/a", "customer")]),
        ])
        .await;
        let ids = ["people/c1".into(), "people/c2".into(), "people/c3".into()];
        let fetched = google.fetch(&ids).await.unwrap();
        let live = |at: usize| matches!(fetched[at].found, crate::contract::Found::Live { .. });
        assert_eq!(
            (live(0), &fetched[1].found, live(2)),
            (true, &crate::contract::Found::Unknown, true),
            "{odd}"
        );
    }
}
