//! Listings, the feed, reads and look-ups.

use super::*;
use crate::contract::{Change, Coverage, Found, From, Next, Observation, Page};
use crate::error::ConnectorError;
use syntony_core::ids::Cursor;
use syntony_core::record::Subscription;

fn listing(members: &[Json], total: usize) -> Reply {
    listing_at(members, total, "")
}

fn listing_at(members: &[Json], total: usize, headers: &'static str) -> Reply {
    let body = json!({ "members": members, "total_items": total, "list_id": AUDIENCE });
    Reply::Answer(200, headers, body.to_string())
}

const TEN_PAST: &str = "date: Mon, 27 Jul 2026 10:10:00 GMT\r\n";

/// All pages.
async fn walk(mailchimp: &Mailchimp, from: From) -> Result<(Vec<Change>, Cursor, Coverage), ConnectorError> {
    let (mut changes, mut from) = (Vec::new(), from);
    loop {
        let Page { changes: more, next } = mailchimp.changes(&from).await?;
        changes.extend(more);
        match next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
}

/// The value of a query parameter of the request of that number, the merge fields not counted.
fn query(vendor: &Scripted, number: usize, name: &str) -> Option<String> {
    let line = vendor.requests()[number + 1].lines().next().unwrap().to_owned();
    let url = Url::parse(&format!("http://x.test{}", line.split(' ').nth(1).unwrap())).unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn ids(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.id.as_str()).collect()
}

#[tokio::test]
async fn archived_members_are_listed_too_and_the_feed_goes_on_where_the_listing_began() {
    let (mailchimp, vendor) = mailchimp(vec![
        listing_at(&[member(1, 1, json!({})), member(2, 2, json!({}))], 2, TEN_PAST),
        listing(&[member(3, 3, json!({ "status": "archived" }))], 1),
        listing_at(&[], 0, "date: Mon, 27 Jul 2026 10:20:00 GMT\r\n"),
        listing(&[], 0),
    ])
    .await;
    let (changes, cursor, coverage) = walk(&mailchimp, From::Start).await.unwrap();
    assert_eq!((ids(&changes), coverage), (vec!["c1", "c2", "c3"], Coverage::Everything));
    let Observation::Live(archived) = &changes[2].what else { panic!("{:?}", changes[2]) };
    assert_eq!(archived.subscription, Subscription::Other("archived".into()));
    let (changes, _, coverage) = walk(&mailchimp, From::Cursor(cursor)).await.unwrap();
    assert_eq!((ids(&changes), coverage), (vec![], Coverage::Changes));
    assert_eq!(vendor.requests().len(), 5, "a feed without news takes two calls");
    assert_eq!(query(&vendor, 0, "since_last_changed"), None);
    assert_eq!(query(&vendor, 1, "status").as_deref(), Some("archived"));
    for call in [2, 3] {
        assert_eq!(query(&vendor, call, "since_last_changed").as_deref(), Some("2026-07-27T10:00:05+00:00"));
    }
}

#[tokio::test]
async fn one_list_is_enough_where_archived_members_are_in_it() {
    let script = vec![listing(&[member(1, 1, json!({}))], 1)];
    let along = |config: &mut MailchimpConfig| config.archived = super::super::config::Archived::ListedAlong;
    let (mailchimp, _vendor) = mailchimp_with(script, along).await;
    assert_eq!(ids(&walk(&mailchimp, From::Start).await.unwrap().0), ["c1"]);
}

/// More members share a second than fit on a page, and one of them moves away meanwhile.
#[tokio::test]
async fn a_row_that_moves_hides_nobody() {
    let row = |number| member(number, 1, json!({}));
    let (mailchimp, vendor) = mailchimp_with(
        vec![
            listing(&[row(1), row(2), row(3)], 5),
            // Row 1 has moved to the end, so row 4 stands where row 3 was.
            listing(&[row(4), row(5), member(1, 9, json!({}))], 5),
            listing(&[row(2), row(3), row(4)], 5),
            listing(&[row(4), row(5), member(1, 9, json!({}))], 5),
            listing(&[], 0),
        ],
        |config| config.page_members = 3,
    )
    .await;
    let changes = walk(&mailchimp, From::Start).await.unwrap().0;
    let named: std::collections::BTreeSet<&str> = ids(&changes).into_iter().collect();
    assert_eq!(named, ["c1", "c2", "c3", "c4", "c5"].into());
    let offsets: Vec<_> = (0..4).map(|call| query(&vendor, call, "offset").unwrap()).collect();
    assert_eq!(offsets, ["0", "2", "0", "2"]);
}

#[tokio::test]
async fn a_page_that_cannot_be_understood_is_not_the_end() {
    for body in [
        json!({}),
        json!({ "members": [], "total_items": 3 }),
        json!({ "members": null, "total_items": 0 }),
        json!({ "members": [] }),
        json!({ "members": [{ "id": "x" }], "total_items": 1 }),
    ] {
        let (mailchimp, _vendor) = mailchimp(vec![ok(&body)]).await;
        let answer = mailchimp.changes(&From::Start).await;
        assert!(matches!(answer, Err(ConnectorError::Protocol { .. })), "{body}: {answer:?}");
    }
}

#[tokio::test]
async fn one_odd_member_does_not_stop_its_page() {
    let rows = [member(1, 1, json!({ "merge_fields": "" })), member(2, 2, json!({}))];
    let (mailchimp, _vendor) = mailchimp(vec![listing(&rows, 2)]).await;
    let changes = mailchimp.changes(&From::Start).await.unwrap().changes;
    assert_eq!(changes[0].what, Observation::Unreadable("a member of another shape".into()));
    assert!(matches!(changes[1].what, Observation::Live(_)));
}

/// A merge field that is new was never read from members that do not change. One that was removed and made anew
/// is empty everywhere: what that would clear is to come to the guard in one listing, not member by member.
#[tokio::test]
async fn a_new_merge_field_takes_a_complete_listing() {
    let mut more = merge_fields();
    more["merge_fields"].as_array_mut().unwrap().push(json!({ "tag": "COMPANY", "type": "text" }));
    more["total_items"] = json!(5);
    let mut anew = merge_fields();
    anew["merge_fields"][0]["merge_id"] = json!(99);
    for now in [more, anew] {
        let script = vec![listing(&[], 0), listing(&[], 0), ok(&now)];
        let (mailchimp, _vendor) = mailchimp(script).await;
        let (_, cursor, _) = walk(&mailchimp, From::Start).await.unwrap();
        mailchimp.schema().await.unwrap();
        let refused = mailchimp.changes(&From::Cursor(cursor)).await;
        assert!(matches!(refused, Err(ConnectorError::CursorExpired)), "{refused:?}");
    }
}

#[tokio::test]
async fn tags_beyond_the_fiftieth_are_read_apart() {
    let cut = json!({ "tags": [{ "id": 1, "name": "a" }], "tags_count": 3 });
    let (mailchimp, vendor) = mailchimp(vec![
        listing(&[member(1, 1, cut)], 1),
        ok(&json!({ "tags": [{ "name": "a" }, { "name": "b" }], "total_items": 3 })),
        ok(&json!({ "tags": [{ "name": "c" }], "total_items": 3 })),
    ])
    .await;
    let changes = mailchimp.changes(&From::Start).await.unwrap().changes;
    let Observation::Live(record) = &changes[0].what else { panic!("{:?}", changes[0]) };
    assert_eq!(record.tags, Some(["a".into(), "b".into(), "c".into()].into()));
    assert_eq!(query(&vendor, 2, "offset").as_deref(), Some("2"));
}

/// Found missing, a contact is gone only if there is an audience that it is missing from.
#[tokio::test]
async fn a_missing_member_is_gone_only_while_the_audience_answers() {
    let there = ok(&json!({ "id": AUDIENCE }));
    let (mailchimp, vendor) = mailchimp(vec![ok(&member(1, 1, json!({}))), not_found(), there]).await;
    let fetched = mailchimp.fetch(&["c1".into(), "c2".into()]).await.unwrap();
    assert!(matches!(fetched[0].found, Found::Live { .. }));
    assert_eq!(fetched[1].found, Found::Gone);
    assert_eq!(paths(&vendor), ["GET /members/c1", "GET /members/c2", "GET "]);
}

#[tokio::test]
async fn nobody_is_gone_from_an_audience_that_is_not_there() {
    for audience in [not_found(), ok(&json!({ "id": "another" })), Reply::status(500)] {
        let (mailchimp, _vendor) = mailchimp(vec![not_found(), audience]).await;
        assert!(mailchimp.fetch(&["c2".into()]).await.is_err());
    }
}

#[tokio::test]
async fn an_address_is_looked_up_by_its_hash_and_a_404_is_nobody() {
    let (mailchimp, vendor) = mailchimp(vec![not_found(), ok(&member(1, 1, json!({})))]).await;
    let found = mailchimp.find(&["P1@Mail.Example".into(), "p1@mail.example ".into()]).await.unwrap();
    assert!(found.is_empty());
    let found = mailchimp.find(&["P1@Mail.Example".into()]).await.unwrap();
    assert_eq!(ids(&found), ["c1"]);
    let hash = crate::mailchimp::wire::address_hash("p1@mail.example");
    assert_eq!(paths(&vendor), [format!("GET /members/{hash}"), format!("GET /members/{hash}")]);
}

/// Taken for nobody, it would be created once more.
#[tokio::test]
async fn an_address_whose_member_cannot_be_understood_is_not_nobody() {
    let (mailchimp, _vendor) = mailchimp(vec![ok(&json!({ "id": "x" }))]).await;
    let found = mailchimp.find(&["a@x.test".into()]).await;
    assert!(matches!(found, Err(ConnectorError::Protocol { .. })), "{found:?}");
}

#[tokio::test]
async fn the_account_is_named_with_its_audience_and_a_reader_is_told_what_is_missing() {
    for (role, missing) in [("owner", vec![]), ("Viewer", vec!["manager".to_owned()])] {
        let root = ok(&json!({ "account_id": "8d3a", "role": role }));
        let (mailchimp, vendor) = mailchimp(vec![root, ok(&json!({ "id": AUDIENCE }))]).await;
        let health = mailchimp.check().await.unwrap();
        assert_eq!(health.account.as_str(), "8d3a/a6b5da1054");
        assert_eq!(health.missing_permissions, missing);
        assert!(vendor.requests()[0].contains("Basic YW55OmszeS11czE5"), "the key goes as a password");
    }
}

/// Mailchimp turns very many calls away by a 403 without words; with words it is a matter of permission.
#[tokio::test]
async fn a_bare_403_is_a_limit_and_a_worded_one_a_permission() {
    let bare = || Reply::Answer(403, "", "<html>Forbidden</html>".to_owned());
    let (limited, vendor) = mailchimp(vec![bare(), listing(&[], 0)]).await;
    assert!(limited.changes(&From::Start).await.is_ok(), "it goes through at the second attempt");
    assert_eq!(vendor.requests().len(), 3);
    let (limited, _vendor) = mailchimp(vec![bare(), bare(), bare()]).await;
    let refused = limited.changes(&From::Start).await;
    assert!(matches!(refused, Err(ConnectorError::RateLimited { .. })), "{refused:?}");
    let (forbidden, vendor) = mailchimp(vec![refuse(403, "Forbidden", "no", json!([]))]).await;
    let refused = forbidden.changes(&From::Start).await;
    assert!(
        matches!(&refused, Err(ConnectorError::Auth { hint, .. }) if hint.contains("`mailchimp`")),
        "{refused:?}"
    );
    assert_eq!(vendor.requests().len(), 2);
}
