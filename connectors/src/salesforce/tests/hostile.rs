//! Whatever comes back: no panic, no loop, nobody taken for gone, and no value in an error.
//!
//! A good vendor answers every call; each of its answers is struck on its way ([`crate::http::hostile`]).

use super::vendor::{contact, count, describe, lead, row, rows, short};
use super::*;
use crate::contract::{Fetched, Found};
use crate::http::hostile::{Blow, blows, twist, twisted};
use crate::http::scripted::Scripted;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::future::Future;
use syntony_core::ids::{ContactId, PageToken};

/// Cases of each property; each of them is a server and a client.
const CASES: u32 = 32;
/// The most HTTP calls that the reads of one case may take here, with their retries.
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

/// A person who is there, with a topic.
fn person(id: &str) -> Json {
    let topics = json!({ "totalSize": 1, "done": true, "records": [
        { "Id": "0QuX00000000001KAA", "IsDeleted": false, "Topic": { "Name": VALUE } }] });
    row(
        id,
        "11:00:00",
        "11:30:00",
        json!({ "Company": VALUE, "IsConverted": false, "TopicAssignments": topics }),
    )
}

/// What a good vendor says to one read.
fn good_part(path: &str) -> Json {
    if let Some((before, _)) = path.split_once("/describe") {
        return describe(before.rsplit('/').next().unwrap_or_default());
    }
    let query = path.split_once("?q=").map(|(_, query)| format!("q={query}")).unwrap_or_default();
    let query = url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, query)| query.into_owned());
    let query = query.unwrap_or_default();
    let converted = json!({ "IsConverted": true, "ConvertedContactId": contact(7) });
    if query.contains("FROM Organization") {
        rows(&[json!({ "Id": "00D000000000001AAA" })])
    } else if query.contains("COUNT()") {
        count(2)
    } else if query.contains("FROM TopicAssignment ") {
        rows(&[row("0QuX00000000002KAA", "11:55:00", "11:55:00", json!({ "EntityId": lead(3) }))])
    } else if query.contains("FROM Contact") {
        rows(&[person(&contact(7))])
    } else if query.contains("Id IN (") || query.contains("Email IN (") {
        rows(&[person(&lead(1)), person(&lead(3))])
    } else if query.contains(&lead(2)) {
        rows(&[row(&lead(4), "11:00:00", "11:30:00", converted)])
    } else {
        short(&[person(&lead(1)), person(&lead(2))])
    }
}

fn good_answer(request: &str) -> Json {
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or_default();
    let path = head.split(' ').nth(1).unwrap_or_default();
    if !path.ends_with("/composite/batch") {
        return good_part(path);
    }
    let body: Json = serde_json::from_str(body).unwrap_or_default();
    let asks = body["batchRequests"].as_array().cloned().unwrap_or_default();
    let parts = asks.iter().map(
        |ask| json!({ "statusCode": 200, "result": good_part(ask["url"].as_str().unwrap_or_default()) }),
    );
    json!({ "hasErrors": false, "results": parts.collect::<Vec<_>>() })
}

/// A vendor whose answers are struck one after the other, for ever.
async fn struck(blows: Vec<Blow>) -> (Salesforce, Scripted) {
    let mut next = blows.into_iter().cycle();
    let vendor = Scripted::answering(move |request| {
        next.next().unwrap_or_else(Blow::none).strike(&good_answer(request))
    })
    .await;
    let mut config = config(vendor.base_url.clone(), SObject::Lead);
    config.tags = TagStore::Topics;
    (Salesforce::new(config).unwrap(), vendor)
}

/// An error says what is wrong, in bearable length, and never what a contact holds.
fn check_error(error: &ConnectorError) {
    let text = format!("{error} {error:?}");
    assert!(!text.contains(VALUE) && !text.contains("mail.example"), "{text}");
    assert!(text.len() < 1_000, "an error of {} bytes", text.len());
}

/// Walks from `from` until an end or an error.
async fn walk(
    salesforce: &Salesforce,
    from: From,
) -> Result<(Vec<Change>, Cursor, Coverage), ConnectorError> {
    let (mut changes, mut from) = (Vec::new(), from);
    for _ in 0..MAX_PAGES {
        let page = salesforce.changes(&from).await?;
        changes.extend(page.changes);
        match page.next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
    Err(ConnectorError::Protocol { reason: "the walk of a test does not end".to_owned() })
}

/// A cursor and the tokens of a complete listing and of a feed, as a good vendor gives them.
async fn good_tokens() -> (Cursor, PageToken, PageToken) {
    let (salesforce, _vendor) = struck(Vec::new()).await;
    let Next::Page(listing) = salesforce.changes(&From::Start).await.unwrap().next else { panic!() };
    let (_, cursor, _) = walk(&salesforce, From::Page(listing.clone())).await.unwrap();
    let Next::Page(feed) = salesforce.changes(&From::Cursor(cursor.clone())).await.unwrap().next else {
        panic!()
    };
    (cursor, listing, feed)
}

#[test]
fn a_good_vendor_is_read_to_the_end() {
    on_runtime(async {
        let (salesforce, _vendor) = struck(Vec::new()).await;
        let (changes, cursor, coverage) = walk(&salesforce, From::Start).await.unwrap();
        assert_eq!((changes.len(), coverage), (3, Coverage::Everything));
        let (changes, _, coverage) = walk(&salesforce, From::Cursor(cursor)).await.unwrap();
        assert_eq!(coverage, Coverage::Changes);
        let was = format!("{} live was {}", contact(7), lead(4));
        let told = brief_changes(&changes);
        assert!(told.contains(&was) && told.contains(&format!("{} live", lead(3))), "{told:?}");
    });
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_read_ends_with_an_answer_or_an_error(blows in blows(), cursor: bool) {
        on_runtime(async {
            let (salesforce, vendor) = struck(blows).await;
            let from = if cursor { From::Cursor(good_tokens().await.0) } else { From::Start };
            let ids: Vec<ContactId> = vec![lead(1).into(), contact(7).into(), "people/c1".into()];
            let walked = walk(&salesforce, from).await;
            let fetched = salesforce.fetch(&ids).await;
            let found = salesforce.find(&["a@mail.example".to_owned()]).await;
            let checked = salesforce.check().await;
            let schema = salesforce.schema().await;
            [walked.as_ref().err(), fetched.as_ref().err(), found.as_ref().err(), checked.as_ref().err(),
                schema.as_ref().err()].into_iter().flatten().for_each(check_error);
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

    /// Where nothing in an answer says *deleted*, nobody is gone, whatever else is wrong with it.
    #[test]
    fn nobody_is_gone_without_the_word(twists in proptest::collection::vec(twist(), 1..4)) {
        on_runtime(async {
            let vendor = Scripted::answering(move |request| {
                let mut answer = twisted(&good_answer(request), &twists);
                forget_deletions(&mut answer);
                Blow::none().strike(&answer)
            }).await;
            let salesforce = Salesforce::new(config(vendor.base_url.clone(), SObject::Lead)).unwrap();
            let walked = walk(&salesforce, From::Start).await.map(|(changes, ..)| changes).unwrap_or_default();
            let found = salesforce.fetch(&[lead(1).into(), contact(7).into()]).await.unwrap_or_default();
            let is_gone = |change: &Change| matches!(change.what, Observation::Gone(_));
            assert!(!walked.iter().any(is_gone), "{walked:?}");
            let is_gone = |fetched: &Fetched| matches!(fetched.found, Found::Gone | Found::MergedInto(_));
            assert!(!found.iter().any(is_gone), "{found:?}");
        });
    }

    #[test]
    fn a_mangled_token_is_expired_or_goes_on_and_never_passes_for_everything(
        twists in proptest::collection::vec(twist(), 1..3), which in 0..3_usize,
    ) {
        on_runtime(async {
            let (cursor, listing, feed) = good_tokens().await;
            let text = [cursor.as_str(), listing.as_str(), feed.as_str()][which];
            let mangled = twisted(&serde_json::from_str(text).unwrap(), &twists).to_string();
            let from = if which == 0 { From::Cursor(mangled.into()) } else { From::Page(mangled.into()) };
            let (salesforce, _vendor) = struck(Vec::new()).await;
            match walk(&salesforce, from).await {
                Ok((_, _, Coverage::Everything)) => assert_eq!(which, 1, "a feed passes for everything"),
                Ok((_, _, Coverage::Changes | Coverage::Discovered)) => assert_ne!(which, 1),
                Err(error) => check_error(&error),
            }
        });
    }
}

/// Takes the word back wherever it stands.
fn forget_deletions(tree: &mut Json) {
    match tree {
        Json::Object(map) => {
            if let Some(word) = map.get_mut("IsDeleted").filter(|word| **word == json!(true)) {
                *word = json!(false);
            }
            map.values_mut().for_each(forget_deletions);
        }
        Json::Array(items) => items.iter_mut().for_each(forget_deletions),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
