//! The change feed, against a vendor that follows a script.

use super::vendor::{Vendor, contact, count, lead, old, row, rows, short};
use super::*;
use serde_json::{Value as Json, json};

/// A row that was created and changed at that time of the day.
fn at(number: u32, time: &str) -> Json {
    row(&contact(number), time, time, json!({}))
}

/// A cursor that stands at noon, after a listing of these rows.
async fn cursor_after(object: SObject, listed: &[Json]) -> Cursor {
    let script = vec![("", rows(listed))];
    let vendor = Vendor::with(object, script, |config| config.page_contacts = 500).await;
    list(&vendor.salesforce, From::Start).await.unwrap().1
}

/// What a feed from that cursor gives.
async fn check(
    object: SObject,
    cursor: &Cursor,
    script: Vec<super::vendor::Line>,
    expected: &[String],
) -> (Vendor, Cursor) {
    let vendor = Vendor::start(object, script).await;
    let from = From::Cursor(cursor.clone());
    let (changes, next, coverage) = list(&vendor.salesforce, from).await.unwrap();
    assert_eq!(coverage, Coverage::Changes);
    assert_eq!(brief_changes(&changes), expected);
    (vendor, next)
}

/// Rows become visible when their transactions end, with stamps of before.
#[tokio::test]
async fn a_row_that_comes_to_light_late_is_not_missed() {
    let cursor = cursor_after(SObject::Contact, &[]).await;
    let late = at(7, "11:51:00");
    let script = vec![("FROM Contact WHERE SystemModstamp >= 2026-07-27T11:50:00Z ORDER BY", rows(&[late]))];
    let (vendor, _) = check(SObject::Contact, &cursor, script, &[format!("{} live", contact(7))]).await;
    assert!(vendor.queries()[0].starts_with("queryAll: "));
}

/// A bulk job gives thousands of rows one stamp.
#[tokio::test]
async fn rows_of_one_stamp_are_told_apart_by_their_ids() {
    let cursor = cursor_after(SObject::Contact, &[]).await;
    let tie = "(SystemModstamp > 2026-07-27T11:55:00Z OR (SystemModstamp = 2026-07-27T11:55:00Z AND Id > '003000000000002AAA'))";
    let until = " AND SystemModstamp <= 2026-07-27T12:00:00Z ORDER BY SystemModstamp ASC, Id ASC LIMIT 2";
    let both: &'static str = Box::leak(format!("{tie}{until}").into_boxed_str());
    let script = vec![
        ("", rows(&[at(1, "11:55:00"), at(2, "11:55:00")])),
        (both, short(&[at(3, "11:55:00")])),
        ("Id > '003000000000003AAA'", rows(&[at(4, "11:55:00")])),
    ];
    let expected: Vec<String> = (1..=4).map(|number| format!("{} live", contact(number))).collect();
    check(SObject::Contact, &cursor, script, &expected).await;
}

#[tokio::test]
async fn deleted_and_merged_contacts_are_told_by_the_feed() {
    let cursor = cursor_after(SObject::Contact, &[]).await;
    let gone = row(&contact(1), "08:00:00", "12:00:00", json!({ "IsDeleted": true }));
    let merged = json!({ "IsDeleted": true, "MasterRecordId": contact(3) });
    let merged = row(&contact(2), "08:00:00", "12:00:00", merged);
    let script = vec![("", rows(&[gone, merged])), ("", rows(&[]))];
    let expected = [format!("{} gone", contact(1)), format!("{} merged into {}", contact(2), contact(3))];
    check(SObject::Contact, &cursor, script, &expected).await;
}

#[tokio::test]
async fn a_lead_that_is_converted_goes_on_as_its_contact() {
    let cursor = cursor_after(SObject::Lead, &[]).await;
    let converted = json!({ "IsConverted": true, "ConvertedContactId": contact(1) });
    let script = vec![
        ("FROM Lead WHERE SystemModstamp >= ", rows(&[row(&lead(1), "08:00:00", "12:00:00", converted)])),
        ("AND Id IN (SELECT ConvertedContactId FROM Lead WHERE IsConverted = true) ORDER", rows(&[])),
        ("FROM Contact WHERE Id IN ('003000000000001AAA') ORDER", rows(&[old(&contact(1))])),
    ];
    let expected = [format!("{} live was {}", contact(1), lead(1))];
    let (vendor, _) = check(SObject::Lead, &cursor, script, &expected).await;
    assert_eq!(vendor.salesforce.calls_made(), 3, "descriptions, the feed, the contact");
}

#[tokio::test]
async fn an_idle_feed_is_one_call_however_many_streams_there_are() {
    for (object, tags) in [
        (SObject::Contact, TagStore::Field("Tags__c".into())),
        (SObject::Contact, TagStore::Topics),
        (SObject::Lead, TagStore::Topics),
        (SObject::Lead, TagStore::Campaigns),
    ] {
        let script = vec![("", rows(&[])); 8];
        let vendor = Vendor::with(object, script, |config| config.tags = tags.clone()).await;
        let (_, cursor, _) = list(&vendor.salesforce, From::Start).await.unwrap();
        let before = vendor.salesforce.calls_made();
        list(&vendor.salesforce, From::Cursor(cursor)).await.unwrap();
        assert_eq!(vendor.salesforce.calls_made() - before, 1, "{object:?} {tags:?}");
    }
}

/// Putting a topic on a contact does not touch the contact.
#[tokio::test]
async fn whoever_is_tagged_is_read_again() {
    let tied = json!({ "EntityId": contact(1) });
    let script = vec![
        (" ORDER BY Id ASC", rows(&[])),
        (
            "FROM TopicAssignment WHERE SystemModstamp >= 2026-07-27T11:50:00Z AND EntityType IN ('Contact') ORDER",
            rows(&[row("0QuX00000000001KAA", "12:00:00", "12:00:00", tied)]),
        ),
        (
            "(SELECT Id, IsDeleted, Topic.Name FROM TopicAssignments) FROM Contact WHERE SystemModstamp",
            rows(&[]),
        ),
        ("FROM Contact WHERE Id IN ('003000000000001AAA') ORDER", rows(&[old(&contact(1))])),
    ];
    let vendor = Vendor::with(SObject::Contact, script, |config| config.tags = TagStore::Topics).await;
    let (_, cursor, _) = list(&vendor.salesforce, From::Start).await.unwrap();
    let (changes, ..) = list(&vendor.salesforce, From::Cursor(cursor)).await.unwrap();
    assert_eq!(brief_changes(&changes), [format!("{} live", contact(1))]);
}

/// A contact in a campaign is none of a lead app's, unless it was a lead.
#[tokio::test]
async fn a_campaign_member_who_was_never_a_lead_stays_out_of_a_lead_app() {
    let member = |number, more| row(&format!("00v{number:012}AAA"), "12:00:00", "12:00:00", more);
    let strangers = json!({ "ContactId": contact(9), "LeadId": null });
    let leads = json!({ "ContactId": null, "LeadId": lead(1) });
    let script = vec![
        (" ORDER BY Id ASC", rows(&[])),
        ("FROM CampaignMember", rows(&[member(1, strangers), member(2, leads)])),
        ("FROM Lead WHERE SystemModstamp", rows(&[])),
        ("FROM Contact WHERE SystemModstamp", rows(&[])),
        ("FROM Lead WHERE Id IN ('00Q000000000001EAA') ORDER", rows(&[old(&lead(1))])),
        ("Id IN ('003000000000009AAA') AND Id IN (SELECT ConvertedContactId FROM Lead", rows(&[])),
    ];
    let vendor = Vendor::with(SObject::Lead, script, |config| {
        config.tags = TagStore::Campaigns;
        config.page_contacts = 100;
    })
    .await;
    let (_, cursor, _) = list(&vendor.salesforce, From::Start).await.unwrap();
    let (changes, ..) = list(&vendor.salesforce, From::Cursor(cursor)).await.unwrap();
    assert_eq!(brief_changes(&changes), [format!("{} live", lead(1))]);
}

/// Five contacts were loaded within the last ten minutes, two make a page.
async fn after_a_load() -> Cursor {
    let listed: Vec<Json> = (1..=5).map(|number| at(number, "11:58:00")).collect();
    cursor_after(SObject::Contact, &listed).await
}

const SINCE: &str = "WHERE SystemModstamp >= 2026-07-27T12:00:00Z ORDER";
const COUNT: &str = "SELECT COUNT() FROM Contact WHERE SystemModstamp >= 2026-07-27T11:50:00Z AND SystemModstamp < 2026-07-27T12:00:00Z";

#[tokio::test]
async fn a_large_load_is_counted_and_not_read_again() {
    let cursor = after_a_load().await;
    let (vendor, next) =
        check(SObject::Contact, &cursor, vec![(SINCE, rows(&[])), (COUNT, count(5))], &[]).await;
    assert_eq!(vendor.salesforce.calls_made(), 2, "the description, and one more");
    let changed = row(&contact(1), "11:58:00", "12:00:00", json!({}));
    let expected = [format!("{} live", contact(1))];
    let script = || vec![(SINCE, rows(std::slice::from_ref(&changed))), (COUNT, count(4))];
    check(SObject::Contact, &cursor, script(), &expected).await;
    check(SObject::Contact, &next, script(), &expected).await;
}

#[tokio::test]
async fn a_row_that_comes_to_light_in_a_counted_stretch_is_not_missed() {
    let cursor = after_a_load().await;
    let stretch =
        "WHERE SystemModstamp >= 2026-07-27T11:50:00Z AND SystemModstamp <= 2026-07-27T12:00:00Z ORDER";
    let late = || (stretch, rows(&[at(9, "11:58:00")]));
    let found = [format!("{} live", contact(9))];
    // One more than was known.
    check(SObject::Contact, &cursor, vec![(SINCE, rows(&[])), (COUNT, count(6)), late()], &found).await;
    // As many as were known, but one of them has changed since.
    let changed = row(&contact(1), "11:58:00", "12:00:00", json!({}));
    let script = vec![(SINCE, rows(&[changed])), (COUNT, count(5)), late()];
    check(SObject::Contact, &cursor, script, &[format!("{} live", contact(1)), found[0].clone()]).await;
    // So many changes that they are not all on the page.
    let many = short(&[at(8, "12:00:00")]);
    let script = vec![(SINCE, many), (COUNT, count(5)), late()];
    check(SObject::Contact, &cursor, script, &[format!("{} live", contact(8)), found[0].clone()]).await;
}

async fn check_expired(cursor: Cursor, script: Vec<super::vendor::Line>) {
    let vendor = Vendor::start(SObject::Contact, script).await;
    let refused = list(&vendor.salesforce, From::Cursor(cursor)).await;
    assert!(matches!(refused, Err(ConnectorError::CursorExpired)), "{refused:?}");
}

#[tokio::test]
async fn a_cursor_that_does_not_fit_has_expired() {
    check_expired("nonsense".into(), Vec::new()).await;
    check_expired("{}".into(), Vec::new()).await;
    check_expired(cursor_after(SObject::Lead, &[]).await, Vec::new()).await;
    let cursor = cursor_after(SObject::Contact, &[]).await;
    let noon = 1_785_153_600;
    let shifted = |seconds: i64| {
        let text = cursor.as_str().replace(&noon.to_string(), &(noon + seconds).to_string());
        assert_ne!(text, cursor.as_str());
        Cursor::new(text)
    };
    // What was deleted more than two weeks ago may not be in the recycle bin any more.
    check_expired(shifted(-15 * 24 * 3_600), vec![("", rows(&[]))]).await;
    // A clock that was wrong once.
    check_expired(shifted(24 * 3_600), vec![("", rows(&[]))]).await;
    let vendor =
        Vendor::with(SObject::Contact, Vec::new(), |config| config.extra_fields = vec!["A__c".into()]).await;
    let refused = list(&vendor.salesforce, From::Cursor(cursor)).await;
    assert!(matches!(refused, Err(ConnectorError::CursorExpired)), "a field it does not cover: {refused:?}");
}
