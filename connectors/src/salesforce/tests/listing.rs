//! Complete listings, reads by id and look-ups, against a vendor that follows a script.

use super::vendor::{Vendor, contact, lead, old, refused, row, rows, short};
use super::*;
use crate::contract::{Fetched, Found};
use serde_json::json;
use syntony_core::ids::ContactId;

#[tokio::test]
async fn a_listing_goes_by_ids_and_ends_where_the_vendor_says_so() {
    let ids: Vec<String> = (1..=4).map(contact).collect();
    let script = vec![
        (" ORDER BY Id ASC LIMIT 2", rows(&[old(&ids[0]), old(&ids[1])])),
        ("WHERE Id > '003000000000002AAA' ORDER BY Id ASC LIMIT 2", short(&[old(&ids[2])])),
        ("WHERE Id > '003000000000003AAA' ORDER", rows(&[old(&ids[3])])),
    ];
    let vendor = Vendor::start(SObject::Contact, script).await;
    let (changes, _, coverage) = list(&vendor.salesforce, From::Start).await.unwrap();
    assert_eq!(coverage, Coverage::Everything);
    assert_eq!(brief_changes(&changes), ids.iter().map(|id| format!("{id} live")).collect::<Vec<_>>());
    assert!(vendor.queries().iter().all(|query| query.starts_with("query: ")), "the living alone");
}

#[tokio::test]
async fn a_listing_that_leads_in_a_circle_is_an_error_and_no_end() {
    let recent = || row(&contact(1), "11:55:00", "11:55:00", json!({}));
    let again = || (" ORDER BY Id", short(&[recent()]));
    let vendor = Vendor::start(SObject::Contact, vec![again(), again(), again()]).await;
    let refused = list(&vendor.salesforce, From::Start).await;
    assert!(matches!(refused, Err(ConnectorError::Protocol { .. })), "{refused:?}");
    let vendor = Vendor::start(SObject::Contact, vec![(" ORDER BY Id", short(&[]))]).await;
    let refused = list(&vendor.salesforce, From::Start).await;
    assert!(matches!(refused, Err(ConnectorError::Protocol { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_nobody_else_off_its_page() {
    let broken = row(&contact(1), "08:00:00", "noon", json!({}));
    let vendor =
        Vendor::start(SObject::Contact, vec![("", rows(&[broken, old(&contact(2))])), ("", rows(&[]))]).await;
    let (changes, ..) = list(&vendor.salesforce, From::Start).await.unwrap();
    let expected = format!("{} unreadable: a row without a system stamp", contact(1));
    assert_eq!(brief_changes(&changes), [expected, format!("{} live", contact(2))]);
    let nobody = json!({ "LastName": "Geheim" });
    let vendor = Vendor::start(SObject::Contact, vec![("", rows(&[nobody]))]).await;
    let refused = list(&vendor.salesforce, From::Start).await;
    assert!(matches!(refused, Err(ConnectorError::Protocol { .. })), "somebody is missing: {refused:?}");
}

#[tokio::test]
async fn a_listing_of_leads_shows_converted_ones_as_their_contacts() {
    let converted = |number: u32, contact: &str| {
        row(
            &lead(number),
            "08:00:00",
            "09:00:00",
            json!({ "IsConverted": true, "ConvertedContactId": contact }),
        )
    };
    let (one, two) = (contact(1), contact(2));
    let script = vec![
        (
            "FROM Lead ORDER BY Id",
            rows(&[converted(1, &one), old(&lead(2)), converted(3, &one), converted(4, &two)]),
        ),
        ("FROM Contact WHERE Id IN ('003000000000001AAA','003000000000002AAA') ORDER", rows(&[old(&one)])),
    ];
    let vendor = Vendor::with(SObject::Lead, script, |config| config.page_contacts = 100).await;
    let (changes, ..) = list(&vendor.salesforce, From::Start).await.unwrap();
    let expected = [
        format!("{one} live was {} {}", lead(1), lead(3)),
        format!("{two} unknown was {}", lead(4)),
        format!("{} live", lead(2)),
    ];
    assert_eq!(brief_changes(&changes), expected);
}

fn brief_found(fetched: &Fetched) -> String {
    match &fetched.found {
        Found::Live { id, .. } => format!("live {id}"),
        Found::Gone => "gone".to_owned(),
        Found::MergedInto(id) => format!("merged into {id}"),
        Found::Unknown => "unknown".to_owned(),
    }
}

#[tokio::test]
async fn only_what_the_vendor_calls_deleted_is_gone() {
    let deleted = |id: &str, master: Option<&str>| {
        row(id, "08:00:00", "09:00:00", json!({ "IsDeleted": true, "MasterRecordId": master }))
    };
    let merged = deleted(&contact(3), Some(&contact(1)));
    let script = vec![("Id IN (", rows(&[old(&contact(1)), deleted(&contact(2), None), merged]))];
    let vendor = Vendor::start(SObject::Contact, script).await;
    let mut ids: Vec<ContactId> = (1..=4).map(|number| contact(number).into()).collect();
    ids.extend([ContactId::new("people/c1"), lead(1).into(), contact(1).into(), "003' OR Id != '".into()]);
    let fetched = vendor.salesforce.fetch(&ids).await.unwrap();
    let found: Vec<String> = fetched.iter().map(brief_found).collect();
    let one = format!("live {}", contact(1));
    let merged = format!("merged into {}", contact(1));
    assert_eq!(found, [&one, "gone", &merged, "unknown", "unknown", "unknown", &one, "unknown"]);
    assert!(vendor.queries()[0].starts_with("queryAll: "));
    assert!(!vendor.queries()[0].contains("OR Id"));
}

#[tokio::test]
async fn a_read_of_a_converted_lead_finds_its_contact() {
    let converted = json!({ "IsConverted": true, "ConvertedContactId": contact(1) });
    let script = vec![
        ("FROM Lead WHERE Id IN", rows(&[row(&lead(1), "08:00:00", "09:00:00", converted)])),
        ("FROM Contact WHERE Id IN ('003000000000001AAA') ORDER", rows(&[old(&contact(1))])),
    ];
    let vendor = Vendor::start(SObject::Lead, script).await;
    let fetched = vendor.salesforce.fetch(&[lead(1).into()]).await.unwrap();
    assert_eq!(brief_found(&fetched[0]), format!("live {}", contact(1)));
}

#[tokio::test]
async fn an_address_cannot_break_out_of_a_look_up() {
    let script = vec![(r"Email IN ('a\'b@x.test','c\\') ORDER BY Id ASC", rows(&[old(&contact(1))]))];
    let vendor = Vendor::start(SObject::Contact, script).await;
    let addresses = ["a'b@x.test", "c\\", " ", "c\\ "].map(str::to_owned);
    let found = vendor.salesforce.find(&addresses).await.unwrap();
    assert_eq!(brief_changes(&found), [format!("{} live", contact(1))]);
    assert_eq!(vendor.salesforce.find(&[]).await.unwrap(), []);
    assert_eq!(vendor.queries().len(), 1);
}

#[tokio::test]
async fn leads_are_looked_for_among_contacts_too_in_one_call() {
    let script = vec![
        ("FROM Lead WHERE Email IN ('a@x.test') AND IsConverted = false", rows(&[old(&lead(1))])),
        (
            "Email IN ('a@x.test') AND Id IN (SELECT ConvertedContactId FROM Lead WHERE",
            rows(&[old(&contact(1))]),
        ),
    ];
    let vendor = Vendor::start(SObject::Lead, script).await;
    let found = vendor.salesforce.find(&["a@x.test".to_owned()]).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(vendor.salesforce.calls_made(), 2, "the descriptions, and the look-up");
}

/// What a refused query becomes.
async fn check_refusal(code: &str, expected: fn(&ConnectorError) -> bool) {
    let vendor = Vendor::start(SObject::Contact, vec![("", refused(code)); 3]).await;
    let error = list(&vendor.salesforce, From::Start).await.unwrap_err();
    assert!(expected(&error), "{code}: {error:?}");
    assert!(!format!("{error} {error:?}").contains("Geheim"));
}

#[tokio::test]
async fn a_refusal_is_told_by_its_code_and_never_by_its_words() {
    check_refusal("INVALID_FIELD", |error| matches!(error, ConnectorError::Permanent { .. })).await;
    check_refusal("INVALID_TYPE", |error| matches!(error, ConnectorError::Auth { .. })).await;
    check_refusal("QUERY_TIMEOUT", |error| matches!(error, ConnectorError::Transient { .. })).await;
    check_refusal("API_DISABLED_FOR_ORG", |error| matches!(error, ConnectorError::Auth { .. })).await;
}
