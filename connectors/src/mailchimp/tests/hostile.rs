//! Whatever comes back: no panic, no loop, nothing lost, nobody taken for gone, and no value in an error.
//!
//! A good vendor answers every call; each of its answers is struck on its way ([`crate::http::hostile`]).

use super::*;
use crate::contract::{Change, Coverage, From, Next, Observation, Page};
use crate::error::ConnectorError;
use crate::http::hostile::{Blow, blows, twist, twisted};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::future::Future;
use syntony_core::ids::{ContactId, Cursor, PageToken};

/// Cases of each property; each of them is a server and a client.
const CASES: u32 = 32;
/// The most HTTP calls that one call of the connector may take here, with its retries.
const MAX_CALLS: usize = 400;
/// The most pages of a walk here, of a vendor that has four.
const MAX_PAGES: usize = 30;
/// A word that is in every value of every contact, and may be in no error.
const VALUE: &str = "Geheim";

fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) }
}

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// A member with something in every field that is read.
fn full(number: u32) -> Json {
    let merge = json!({
        "FNAME": VALUE, "LNAME": VALUE, "BIRTHDAY": "02/28",
        "ADDRESS": { "addr1": VALUE, "addr2": "", "city": VALUE, "state": "x", "zip": "1", "country": "BE" },
    });
    let mut member = member(number, number, tags(&["customer", "new"]));
    member["merge_fields"] = merge;
    member["full_name"] = json!(VALUE);
    member
}

/// What a good vendor says.
fn good_answer(request: &str) -> Json {
    let line = request.lines().next().unwrap_or_default();
    let has = |text: &str| line.contains(text);
    if has("/merge-fields") {
        merge_fields()
    } else if has("/tags") {
        json!({ "tags": [{ "name": "customer" }, { "name": "new" }], "total_items": 2 })
    } else if has("/members/") {
        full((1..=3).find(|n| has(&format!("/c{n}"))).unwrap_or(1))
    } else if has("/members?") && has("status=archived") {
        json!({ "members": [full(4)], "total_items": 1 })
    } else if has("/members?") && has("offset=0") {
        json!({ "members": [full(1), full(2)], "total_items": 3 })
    } else if has("/members?") {
        json!({ "members": [full(2), full(3)], "total_items": 3 })
    } else if line.starts_with("POST") {
        let row = |n: u32| json!({ "email_address": format!("p{n}@mail.example"), "last_changed": "2026-07-27T10:00:01Z" });
        json!({ "new_members": [row(1), row(2)], "updated_members": [],
                "errors": [{ "email_address": "p3@mail.example", "error": VALUE, "error_code": "ERROR_GENERIC" }] })
    } else if has("/lists/") {
        json!({ "id": AUDIENCE })
    } else {
        json!({ "account_id": "8d3a", "role": "owner" })
    }
}

/// A vendor whose answers are struck one after the other, for ever.
async fn struck(blows: Vec<Blow>) -> (Mailchimp, Scripted) {
    let mut next = blows.into_iter().cycle();
    let vendor = Scripted::answering(move |request| {
        next.next().unwrap_or_else(Blow::none).strike(&good_answer(request))
    })
    .await;
    let mut config = config(vendor.base_url.clone());
    config.page_members = 2;
    (Mailchimp::new(config).unwrap(), vendor)
}

async fn good() -> Mailchimp {
    struck(Vec::new()).await.0
}

/// An error says what is wrong, in bearable length, and never what a contact holds.
fn check_error(error: &ConnectorError) {
    let text = error.to_string();
    assert!(!text.contains(VALUE) && !text.contains("mail.example"), "{text}");
    assert!(text.len() < 1_000, "an error of {} bytes", text.len());
}

/// Walks from `from` until an end or an error.
async fn walk(mailchimp: &Mailchimp, from: From) -> Result<(Vec<Change>, Cursor, Coverage), ConnectorError> {
    let (mut changes, mut from) = (Vec::new(), from);
    for _ in 0..MAX_PAGES {
        let Page { changes: more, next } = mailchimp.changes(&from).await?;
        changes.extend(more);
        match next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
    Err(ConnectorError::Protocol { reason: "the walk of a test does not end".to_owned() })
}

/// A cursor and the tokens of a complete listing and of a feed, as a good vendor gives them.
async fn good_tokens() -> (Cursor, PageToken, PageToken) {
    let mailchimp = good().await;
    let Next::Page(listing) = mailchimp.changes(&From::Start).await.unwrap().next else { panic!() };
    let (_, cursor, _) = walk(&mailchimp, From::Page(listing.clone())).await.unwrap();
    let Next::Page(feed) = mailchimp.changes(&From::Cursor(cursor.clone())).await.unwrap().next else {
        panic!()
    };
    (cursor, listing, feed)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_read_ends_with_an_answer_or_an_error(blows in blows(), cursor: bool) {
        on_runtime(async {
            let (mailchimp, vendor) = struck(blows).await;
            let from = if cursor { From::Cursor(good_tokens().await.0) } else { From::Start };
            let ids: Vec<ContactId> = (1..=3).map(|n| format!("c{n}").into()).collect();
            let walked = walk(&mailchimp, from).await;
            let fetched = mailchimp.fetch(&ids).await;
            let found = mailchimp.find(&["p1@mail.example".to_owned()]).await;
            let checked = mailchimp.check().await;
            let schema = mailchimp.schema().await;
            let errors = [
                walked.as_ref().err(), fetched.as_ref().err(), found.as_ref().err(), checked.as_ref().err(),
                schema.as_ref().err(),
            ];
            errors.into_iter().flatten().for_each(check_error);
            if let Ok(fetched) = fetched {
                let asked: Vec<&ContactId> = fetched.iter().map(|fetched| &fetched.asked).collect();
                assert_eq!(asked, ids.iter().collect::<Vec<_>>(), "one answer for each id");
            }
            let changes = walked.into_iter().flat_map(|(changes, ..)| changes).chain(found.into_iter().flatten());
            for change in changes {
                assert!(!change.id.as_str().is_empty(), "a contact without an id");
                assert!(!matches!(change.what, Observation::Gone(_)), "a listing cannot know who is gone");
            }
            assert!(vendor.requests().len() < MAX_CALLS);
        });
    }

    #[test]
    fn every_op_has_one_outcome_whatever_is_answered(blows in blows()) {
        on_runtime(async {
            let (mailchimp, vendor) = struck(blows).await;
            let mut ops: Vec<_> = (1..=4).map(|n| create(&format!("op{n}"), n)).collect();
            for (_, write) in &mut ops {
                let Write::Create { fields, .. } = write else { panic!() };
                fields.insert("LNAME".into(), Value::text(VALUE));
            }
            for number in 1..=3 {
                let id = format!("c{number}");
                let fields = [("FNAME", Value::text(VALUE)), ("LNAME", Value::Null)];
                ops.push(update(&format!("up{number}"), &id, &fields, &["customer", "vip"], &["new"]));
            }
            let keys: BTreeSet<OpKey> = ops.iter().map(|(key, _)| key.clone()).collect();
            match mailchimp.write(ops).await {
                Ok(outcomes) => {
                    assert_eq!(outcomes.len(), keys.len());
                    assert_eq!(outcomes.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>(), keys);
                    for line in brief(outcomes) {
                        // A struck answer may have made an id of anything; ids are told.
                        assert!(line.contains(" applied ") || !line.contains(VALUE), "{line}");
                        assert!(line.len() < 1_000, "{line}");
                        assert!(!line.ends_with("applied "), "applied to nobody");
                    }
                }
                Err(error) => check_error(&error),
            }
            let sent = vendor.requests();
            assert!(sent.len() < MAX_CALLS);
            let changes = sent.iter().filter(|request| request.starts_with("PATCH"));
            changes.for_each(|request| assert!(!request.contains("\"status\""), "{request}"));
        });
    }

    /// One bad record takes no other with it.
    #[test]
    fn a_bad_member_takes_nobody_along(twists in proptest::collection::vec(twist(), 1..4), bad in 0..3_usize) {
        on_runtime(async {
            let mut members: Vec<Json> = (1..=3).map(full).collect();
            let mut struck = twisted(&members[bad], &twists);
            if !struck.is_object() {
                struck = json!({ "odd": struck });
            }
            struck["contact_id"] = members[bad]["contact_id"].clone();
            // Tags that are cut off take another call, which is another matter.
            struck["tags_count"] = json!(0);
            members[bad] = struck.clone();
            let (mailchimp, _vendor) = mailchimp(vec![ok(&json!({ "members": members, "total_items": 3 }))]).await;
            let changes = match mailchimp.changes(&From::Start).await {
                Ok(page) => page.changes,
                Err(error) => panic!("{error}: {struck}"),
            };
            let ids: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
            assert_eq!(ids, ["c1", "c2", "c3"]);
            for (at, change) in changes.iter().enumerate() {
                match &change.what {
                    Observation::Live(_) => {}
                    Observation::Unreadable(_) => assert_eq!(at, bad),
                    Observation::Gone(_) | Observation::Unknown => panic!("{change:?}"),
                }
            }
        });
    }

    #[test]
    fn any_text_for_a_cursor_is_an_expired_one(text in ".{0,200}|[\\[{\"a-z:,0-9}\\]]{0,60}") {
        on_runtime(async {
            let mailchimp = good().await;
            for from in [From::Cursor(Cursor::new(text.clone())), From::Page(PageToken::new(text))] {
                let result = mailchimp.changes(&from).await;
                assert!(matches!(result, Err(ConnectorError::CursorExpired)), "{result:?}");
            }
        });
    }

    /// A token that was changed on its way leads nowhere, or to where it would have led.
    #[test]
    fn a_changed_token_never_makes_a_feed_pass_for_everything(
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
                Ok((_, _, Coverage::Everything)) => assert_eq!(which, 1, "a feed passes for a complete listing"),
                Ok((_, _, Coverage::Changes)) => {}
                Ok((_, _, Coverage::Discovered)) => panic!("Mailchimp is listed"),
                Err(ConnectorError::CursorExpired | ConnectorError::Protocol { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        });
    }
}

#[tokio::test]
async fn a_listing_that_announces_more_for_ever_ends() {
    let vendor = Scripted::answering(move |request| {
        if request.contains("/merge-fields") {
            return ok(&merge_fields());
        }
        ok(&json!({ "members": [full(1), full(2)], "total_items": 1_000_000 }))
    })
    .await;
    let mut config = config(vendor.base_url.clone());
    config.page_members = 2;
    let error = walk(&Mailchimp::new(config).unwrap(), From::Start).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Protocol { .. } | ConnectorError::Transient { .. }), "{error:?}");
}
