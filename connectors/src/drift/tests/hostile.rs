//! Whatever comes back: no panic, no loop, nothing lost, nobody taken for gone, and no value in an error.
//!
//! A good vendor answers every call; each of its answers is struck on its way ([`crate::http::hostile`]).

use super::*;
use crate::contract::{Coverage, Page};
use crate::error::ConnectorError;
use crate::http::hostile::{Blow, blows, twist, twisted};
use crate::http::scripted::{Reply, Scripted};
use proptest::prelude::*;
use std::future::Future;
use syntony_core::ids::PageToken;

/// Cases of each property; each of them is a server and a client.
const CASES: u32 = 32;
/// The most HTTP calls that one call of the connector may take here.
const MAX_CALLS: usize = 300;
/// The most pages of a walk here, of a vendor that has two.
const WALK_PAGES: usize = 10;
/// A word that is in every value of every contact, and may be in no error.
const VALUE: &str = "Geheim";
/// When the newest conversation was updated, in milliseconds since 1970.
const NEWEST_MS: i64 = 1_767_600_000_000;

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) }
}

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

fn contact(id: &str) -> Json {
    json!({ "id": id.parse::<i64>().unwrap_or(7), "createdAt": 1_600_000_000_000_i64, "attributes": {
        "email": format!("{VALUE}{id}@example.test"), "name": VALUE, "phone": "+32470123456", "_END_USER_VERSION": 16,
        "seats": 17, "renewal": 1_700_000_000_000_i64, "vip": true, "favourite_colour": VALUE,
        "tags": [{ "name": "old" }], "socialProfiles": { "a": [1] },
    }})
}

fn conversation(id: i64, contact: i64) -> Json {
    json!({ "id": id, "contactId": contact, "updatedAt": NEWEST_MS - id, "createdAt": 1_600_000_000_000_i64 })
}

/// What a good vendor says. It knows its own token and refuses others.
fn good_answer(request: &str) -> (u16, Json) {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split(' ').nth(1).unwrap_or_default();
    let refused = || (400, json!({ "error": { "message": format!("{VALUE}7@example.test is odd") } }));
    if path.starts_with("/conversations/list") {
        return match path.split_once("page_token=").map(|(_, token)| token) {
            Some("") => {
                let link = "https://api.drift.com/conversations/list?page_token=p2";
                let data: Vec<Json> = (1..=3).map(|id| conversation(id, 10 + id)).collect();
                (200, json!({ "data": data, "links": { "next": link } }))
            }
            Some("p2") => (200, json!({ "data": [conversation(4, 14), conversation(5, 15)], "links": {} })),
            _ => refused(),
        };
    }
    if path.starts_with("/contacts/attributes") {
        let named = |name: &str, kind: &str| json!({ "name": name, "displayName": name, "type": kind });
        return (
            200,
            json!({ "data": { "properties": [
                named("seats", "NUMERIC"), named("renewal", "DATE"), named("vip", "BOOLEAN"), named("city", "STRING"),
            ]}}),
        );
    }
    if path.starts_with("/app/token_info") {
        return (200, json!({ "authenticated_userid": "17", "scope": "contact_read contact_write" }));
    }
    if path.contains("/tags") {
        return (200, json!({ "data": [{ "name": "old" }] }));
    }
    if path.starts_with("/contacts?") {
        return (200, json!({ "data": [contact("7"), contact("8")] }));
    }
    let id = path.strip_prefix("/contacts/").unwrap_or("7");
    (200, json!({ "data": contact(id) }))
}

/// A connector to a vendor that decides of each request.
async fn answering(answer: impl FnMut(&str) -> Reply + Send + 'static) -> (Drift, Scripted) {
    let vendor = Scripted::answering(answer).await;
    let drift = Drift::new(config(vendor.base_url.as_str(), "t0ken")).unwrap();
    (drift, vendor)
}

/// A vendor whose answers are struck one after the other, for ever.
async fn struck(blows: Vec<Blow>) -> (Drift, Scripted) {
    let mut next = blows.into_iter().cycle();
    answering(move |request| {
        let (status, body) = good_answer(request);
        let mut blow = next.next().unwrap_or_else(Blow::none);
        if status != 200 {
            blow.status = status;
        }
        blow.strike(&body)
    })
    .await
}

async fn good() -> Drift {
    struck(Vec::new()).await.0
}

/// An error says what is wrong, in bearable length, and never what a contact holds.
fn check_text(text: &str) {
    assert!(!text.contains(VALUE) && !text.contains("example.test"), "{text}");
    assert!(text.len() < 1_000, "an error of {} bytes", text.len());
}

async fn walk(drift: &Drift, from: From) -> crate::contract::Result<(Vec<Change>, Cursor, Coverage)> {
    let (mut changes, mut from) = (Vec::new(), from);
    for _ in 0..WALK_PAGES {
        let Page { changes: more, next } = drift.changes(&from).await?;
        changes.extend(more);
        match next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
    Err(ConnectorError::Protocol { reason: "the walk of a test does not end".to_owned() })
}

fn update_of(id: i64, fields: &[(&str, Value)], add: &[&str]) -> Write {
    let (add_tags, remove_tags) = (add.iter().map(|tag| (*tag).into()).collect(), BTreeSet::new());
    Write::Update { id: super::id(id), fields: named(fields), add_tags, remove_tags, seen: Box::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_read_ends_with_an_answer_or_an_error(blows in blows(), cursor: bool) {
        on_runtime(async {
            let (drift, vendor) = struck(blows).await;
            let from = if cursor { From::Cursor(walk(&good().await, From::Start).await.unwrap().1) } else { From::Start };
            let ids = ["11".into(), "12".into(), "13".into()];
            let walked = walk(&drift, from).await;
            let fetched = drift.fetch(&ids).await;
            let found = drift.find(&[format!("{VALUE}7@example.test")]).await;
            let (checked, schema) = (drift.check().await, drift.schema().await);
            let errors = [
                walked.as_ref().err(), fetched.as_ref().err(), found.as_ref().err(), checked.as_ref().err(),
                schema.as_ref().err(),
            ];
            errors.into_iter().flatten().for_each(|error| check_text(&error.to_string()));
            if let Ok(fetched) = fetched {
                assert_eq!(fetched.iter().map(|fetched| fetched.asked.clone()).collect::<Vec<_>>(), ids);
                for fetched in fetched {
                    assert!(fetched.found != crate::contract::Found::Gone, "nobody is gone");
                }
            }
            let walked = walked.into_iter().flat_map(|(changes, _, coverage)| {
                assert_eq!(coverage, Coverage::Discovered);
                changes
            });
            for change in walked.chain(found.into_iter().flatten()) {
                assert!(!change.id.as_str().is_empty(), "a contact without an id");
                match &change.what {
                    Observation::Gone(_) => panic!("nobody is gone"),
                    Observation::Unreadable(reason) => check_text(reason),
                    Observation::Live(_) | Observation::Unknown => {}
                }
            }
            assert!(vendor.requests().len() < MAX_CALLS);
        });
    }

    #[test]
    fn every_op_has_one_outcome_whatever_is_answered(blows in blows(), in_attribute: bool) {
        on_runtime(async {
            let (_, vendor) = struck(blows).await;
            let mut config = config(vendor.base_url.as_str(), "t0ken");
            if in_attribute {
                attribute_tags(&mut config);
            }
            let drift = Drift::new(config).unwrap();
            let ops: Vec<(OpKey, Write)> = [
                create(&[("email", text(&format!("{VALUE}7@example.test"))), ("name", text(VALUE))], &["new"]),
                create(&[("email", text(VALUE))], &[]),
                update_of(11, &[("name", text(VALUE)), ("city", text(VALUE))], &[]),
                update_of(12, &[("favourite_colour", Value::Null), ("seats", Value::Null)], &[]),
                update_of(13, &[("seats", Value::number(17.0).unwrap())], &["old", "new"]),
            ]
            .into_iter()
            .enumerate()
            .map(|(number, write)| (OpKey::new(format!("op{number}")), write))
            .collect();
            let keys: BTreeSet<OpKey> = ops.iter().map(|(key, _)| key.clone()).collect();
            match drift.write(ops).await {
                Ok(outcomes) => {
                    assert_eq!(outcomes.len(), keys.len());
                    assert_eq!(outcomes.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>(), keys);
                    for (_, outcome) in &outcomes {
                        check_text(&brief(outcome));
                        if let Outcome::Applied { id, .. } = outcome {
                            assert!(!id.as_str().is_empty(), "applied to nobody");
                        }
                    }
                }
                Err(error) => check_text(&error.to_string()),
            }
            let creates = vendor.requests().iter().filter(|request| request.starts_with("POST /contacts ")).count();
            assert!(creates <= 2 * 3, "a create goes out again only if it was not applied: {creates}");
            assert!(vendor.requests().len() < MAX_CALLS);
        });
    }

    /// One bad record takes no other with it.
    #[test]
    fn a_bad_contact_takes_nobody_along(twists in proptest::collection::vec(twist(), 1..4), bad in 11..=13_i64) {
        on_runtime(async {
            let struck = twisted(&json!({ "data": contact(&bad.to_string()) }), &twists);
            let (drift, _vendor) = answering(move |request| {
                if request.starts_with(&format!("GET /contacts/{bad} ")) {
                    return Reply::ok(&struck.to_string());
                }
                let (status, body) = good_answer(request);
                Reply::Answer(status, "", body.to_string())
            })
            .await;
            let changes = walk(&drift, From::Start).await.unwrap().0;
            for id in 11..=15 {
                let about: Vec<&Change> = changes
                    .iter()
                    .filter(|change| change.id == super::id(id) || change.previous_ids.contains(&super::id(id)))
                    .collect();
                assert!(!about.is_empty(), "{id} is missing");
                let live = about.iter().any(|change| matches!(change.what, Observation::Live(_)));
                assert!(live || id == bad, "{id}: {about:?}");
            }
        });
    }

    #[test]
    fn any_text_for_a_cursor_is_an_expired_one(text in ".{0,200}|[\\[{\"a-z:,0-9}\\]]{0,60}") {
        on_runtime(async {
            let drift = good().await;
            for from in [From::Cursor(Cursor::new(text.clone())), From::Page(PageToken::new(text))] {
                let result = drift.changes(&from).await;
                assert!(matches!(result, Err(ConnectorError::CursorExpired)), "{result:?}");
            }
        });
    }

    #[test]
    fn a_changed_token_ends_somewhere(twists in proptest::collection::vec(twist(), 1..3), cursor: bool) {
        on_runtime(async {
            let drift = good().await;
            let Next::Page(token) = drift.changes(&From::Start).await.unwrap().next else { panic!("it goes on") };
            let (_, end, _) = walk(&drift, From::Page(token.clone())).await.unwrap();
            let changed = |text: &str| twisted(&serde_json::from_str(text).unwrap(), &twists).to_string();
            let from = if cursor {
                From::Cursor(Cursor::new(changed(end.as_str())))
            } else {
                From::Page(PageToken::new(changed(token.as_str())))
            };
            match walk(&drift, from).await {
                Ok((_, _, coverage)) => assert_eq!(coverage, Coverage::Discovered),
                Err(ConnectorError::CursorExpired | ConnectorError::Protocol { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        });
    }
}

#[tokio::test]
async fn a_list_that_goes_in_a_wide_circle_ends() {
    let mut page = 0;
    let (drift, vendor) = answering(move |_| {
        page += 1;
        Reply::ok(
            &json!({ "data": [], "links": { "next": format!("/?page_token=p{}", page % 7) } }).to_string(),
        )
    })
    .await;
    let mut from = From::Start;
    let error = loop {
        match drift.changes(&from).await {
            Ok(Page { next: Next::Page(token), .. }) => from = From::Page(token),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
        assert!(vendor.requests().len() < 100, "it goes round and round");
    };
    assert!(matches!(error, ConnectorError::Protocol { .. }), "{error:?}");
}

/// Conversations by number, contact and time, newest first as they are given.
async fn check_news(drift_list: Vec<Vec<(i64, i64)>>, expected: &[&[&str]]) {
    let mut polls = drift_list.into_iter();
    let (drift, _vendor) = answering(move |request| {
        if !request.starts_with("GET /conversations/") {
            let (status, body) = good_answer(request);
            return Reply::Answer(status, "", body.to_string());
        }
        let data: Vec<Json> = polls
            .next()
            .unwrap_or_default()
            .into_iter()
            .map(|(contact, at)| json!({ "id": contact, "contactId": contact, "updatedAt": at }))
            .collect();
        Reply::ok(&json!({ "data": data }).to_string())
    })
    .await;
    let mut from = From::Start;
    for expected in expected {
        let Page { changes, next: Next::End { cursor, .. } } = drift.changes(&from).await.unwrap() else {
            panic!("one page")
        };
        let ids: BTreeSet<String> = changes.iter().map(|change| change.id.to_string()).collect();
        assert_eq!(ids, expected.iter().map(|id| (*id).to_owned()).collect());
        from = From::Cursor(cursor);
    }
}

/// One time stamp that cannot be must not hide everybody who writes later.
#[tokio::test]
async fn a_conversation_from_the_future_hides_no_later_one() {
    for odd_ms in [i64::MAX, NEWEST_MS * 1_000, i64::MIN, 0, -1] {
        check_news(
            vec![
                vec![(13, odd_ms), (12, NEWEST_MS), (11, NEWEST_MS - 10)],
                vec![(13, odd_ms), (14, NEWEST_MS + 10), (12, NEWEST_MS), (11, NEWEST_MS - 10)],
            ],
            &[&["11", "12", "13"], &["13", "14"]],
        )
        .await;
    }
}

#[tokio::test]
async fn a_place_in_the_future_is_no_place() {
    let drift = good().await;
    let (_, cursor, _) = walk(&drift, From::Start).await.unwrap();
    let mut place: Json = serde_json::from_str(cursor.as_str()).unwrap();
    place["overlap"]["floor_ms"] = json!(i64::MAX);
    let result = drift.changes(&From::Cursor(Cursor::new(place.to_string()))).await;
    assert!(matches!(result, Err(ConnectorError::CursorExpired)), "{result:?}");
}

#[tokio::test]
async fn a_contact_that_is_named_and_cannot_be_read_is_not_nobody() {
    for odd in [json!("abc"), json!(1.5), json!({}), json!("")] {
        let list = json!({ "data": [{ "id": 1, "contactId": odd, "updatedAt": NEWEST_MS }] }).to_string();
        let (drift, _vendor) = answering(move |_| Reply::ok(&list)).await;
        let result = drift.changes(&From::Start).await;
        assert!(matches!(result, Err(ConnectorError::Protocol { .. })), "{odd}: {result:?}");
    }
}

/// A revision that cannot be would make every later one old news.
#[tokio::test]
async fn a_revision_that_cannot_be_orders_nothing() {
    for (revision, order) in
        [(json!(16), Some(16)), (json!(i64::MAX), None), (json!(-1), None), (json!("16"), None)]
    {
        let person =
            json!({ "data": { "id": 7, "attributes": { "_END_USER_VERSION": revision } } }).to_string();
        let (drift, _vendor) = answering(move |request| {
            let is_contact = request.starts_with("GET /contacts/7 ");
            if is_contact { Reply::ok(&person) } else { Reply::ok(&good_answer(request).1.to_string()) }
        })
        .await;
        let fetched = drift.fetch(&["7".into()]).await.unwrap().remove(0).found;
        let crate::contract::Found::Live { record, .. } = fetched else { panic!("{fetched:?}") };
        assert_eq!(record.version.order, order, "{revision}");
    }
}

#[tokio::test]
async fn an_address_that_drift_repeats_is_in_no_error() {
    let words =
        json!({ "error": { "message": format!("{VALUE}7@example.test (born Ann) is refused") } }).to_string();
    let (drift, _vendor) = answering(move |request| {
        let is_search = request.starts_with("GET /contacts?");
        if is_search {
            Reply::Answer(400, "", words.clone())
        } else {
            Reply::ok(&good_answer(request).1.to_string())
        }
    })
    .await;
    let error = drift.find(&[format!("{VALUE}7@example.test")]).await.unwrap_err();
    assert_eq!(error.to_string(), "the app refuses the call: … (born Ann) is refused");
}
