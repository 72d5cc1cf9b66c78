//! Changes to members that are there.

use super::*;
use crate::error::ConnectorError;

const PATCH: &str = "PATCH /members/c1";

/// Scenario 15.
#[tokio::test]
async fn a_changed_address_keeps_the_member() {
    let moved = member(7, 5, json!({ "contact_id": "c1" }));
    let (mailchimp, vendor) = mailchimp(vec![ok(&moved)]).await;
    let op = update("op", "c1", &[("email_address", Value::text("p7@mail.example"))], &[], &[]);
    assert_eq!(brief(mailchimp.write(vec![op]).await.unwrap()), ["op applied c1"]);
    assert_eq!(paths(&vendor), [PATCH]);
    assert_eq!(body(&vendor, 0), json!({ "email_address": "p7@mail.example" }));
}

/// Scenario 70: whatever is written, a member's status is not.
#[tokio::test]
async fn an_update_of_somebody_who_opted_out_leaves_the_status_alone() {
    let held = member(1, 5, json!({ "status": "unsubscribed", "merge_fields": { "FNAME": "Bob" } }));
    let (mailchimp, vendor) = mailchimp(vec![ok(&held)]).await;
    let op = update("op", "c1", &[("FNAME", Value::text("Bob"))], &[], &[]);
    assert_eq!(brief(mailchimp.write(vec![op]).await.unwrap()), ["op applied c1"]);
    assert_eq!(body(&vendor, 0), json!({ "merge_fields": { "FNAME": "Bob" } }));
}

/// Scenario 72: a refusal for good is a refusal, with what can be done, and is sent once.
#[tokio::test]
async fn a_compliance_state_is_told_once_and_not_tried_again() {
    for (title, detail, hint) in [
        (
            "Member In Compliance State",
            "p1@mail.example is in a compliance state due to unsubscribe",
            "sign-up form",
        ),
        ("Forgotten Email Not Subscribed", "p1@mail.example was permanently deleted", "by a form"),
        ("Member Exists", "p1@mail.example is already a list member", "merge the two"),
    ] {
        let (mailchimp, vendor) = mailchimp(vec![refuse(400, title, detail, json!([]))]).await;
        let op = update("op", "c1", &[("email_address", Value::text("p1@mail.example"))], &[], &[]);
        let outcome = mailchimp.write(vec![op]).await.unwrap().remove(0).1;
        let Outcome::Rejected(rejection) = outcome else { panic!("{outcome:?}") };
        assert!(rejection.hint.clone().unwrap().contains(hint), "{rejection:?}");
        assert!(!rejection.reason.contains("mail.example"), "{rejection:?}");
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_refusal_names_the_field_and_never_the_value() {
    let errors = json!([{ "field": "FNAME", "message": "Geheim is too long" }]);
    let refused = refuse(400, "Invalid Resource", "Your merge fields were invalid.", errors);
    let (mailchimp, _vendor) = mailchimp(vec![refused]).await;
    let op = update("op", "c1", &[("FNAME", Value::text("Geheim")), ("LNAME", Value::text("x"))], &[], &[]);
    assert_eq!(brief(mailchimp.write(vec![op]).await.unwrap()), ["op rejected (FNAME): … is too long"]);
}

#[tokio::test]
async fn a_member_that_is_not_there_is_stale_and_none_is_made() {
    let ops = [
        update("op", "c1", &[("FNAME", Value::text("Bob"))], &[], &[]),
        update("op", "c1", &[], &["customer"], &[]),
    ];
    for op in ops {
        let (mailchimp, vendor) = mailchimp(vec![not_found()]).await;
        assert_eq!(brief(mailchimp.write(vec![op]).await.unwrap()), ["op stale"]);
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_clear_that_mailchimp_ignores_is_refused_and_not_claimed() {
    let still = || ok(&member(1, 5, json!({})));
    let (mailchimp, vendor) = mailchimp(vec![still(), still()]).await;
    let op = update("op", "c1", &[("FNAME", Value::Null)], &[], &[]);
    let outcomes = brief(mailchimp.write(vec![op]).await.unwrap());
    assert_eq!(outcomes, ["op rejected (FNAME): Mailchimp keeps the value"]);
    assert_eq!(paths(&vendor), [PATCH, "GET /members/c1"]);
}

/// Scenario 37: the whole op is refused before anything is sent; the engine sends the rest again.
#[tokio::test]
async fn an_address_that_is_not_whole_is_not_sent() {
    let address = syntony_core::value::Address { city: "Ghent".into(), ..Default::default() };
    let (mailchimp, vendor) = mailchimp(vec![]).await;
    let op = update("op", "c1", &[("ADDRESS", Value::Address(Box::new(address)))], &[], &[]);
    let outcomes = brief(mailchimp.write(vec![op]).await.unwrap());
    assert!(
        outcomes[0].contains("(ADDRESS)") && outcomes[0].contains("missing: street, region"),
        "{outcomes:?}"
    );
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn tags_are_sent_quietly_and_only_where_they_change() {
    let before = member(1, 5, tags(&["old", "kept"]));
    let after = member(1, 6, tags(&["kept", "new"]));
    let (mailchimp, vendor) = mailchimp(vec![ok(&before), Reply::status(204), ok(&after)]).await;
    let op = update("op", "c1", &[], &["new", "kept"], &["old", "never"]);
    assert_eq!(brief(mailchimp.write(vec![op]).await.unwrap()), ["op applied c1"]);
    let hash = crate::mailchimp::wire::address_hash("p1@mail.example");
    assert_eq!(paths(&vendor), ["GET /members/c1", &format!("POST /members/{hash}/tags"), "GET /members/c1"]);
    let sent = json!([{ "name": "new", "status": "active" }, { "name": "old", "status": "inactive" }]);
    assert_eq!(body(&vendor, 1), json!({ "tags": sent, "is_syncing": true }));
}

#[tokio::test]
async fn a_tag_that_did_not_stay_is_no_success() {
    let plain = || ok(&member(1, 5, json!({})));
    let (mailchimp, _vendor) = mailchimp(vec![plain(), Reply::status(204), plain()]).await;
    let outcomes = brief(mailchimp.write(vec![update("op", "c1", &[], &["new"], &[])]).await.unwrap());
    assert!(outcomes[0].starts_with("op rejected: Mailchimp accepted the change of tags"), "{outcomes:?}");
}

/// An update can be repeated, and an answer that never comes leaves it open.
#[tokio::test]
async fn an_update_without_an_answer_is_repeated_and_then_unknown() {
    let (mailchimp, vendor) = mailchimp(vec![Reply::HangUp, Reply::status(500), Reply::HangUp]).await;
    let op = || update("op", "c1", &[("vip", Value::Bool(true))], &[], &[]);
    assert_eq!(brief(mailchimp.write(vec![op()]).await.unwrap()), ["op unknown"]);
    assert_eq!(paths(&vendor), [PATCH; 3]);
}

#[tokio::test]
async fn refused_credentials_stop_the_writes() {
    let refused = || refuse(401, "API Key Invalid", "Your API key may be invalid", json!([]));
    let (mailchimp, vendor) = mailchimp(vec![refused(), refused()]).await;
    let ops =
        (0..3).map(|n| update(&format!("op{n}"), "c1", &[("vip", Value::Bool(true))], &[], &[])).collect();
    let result = mailchimp.write(ops).await;
    assert!(
        matches!(&result, Err(ConnectorError::Auth { hint, .. }) if hint.contains("`mailchimp`")),
        "{result:?}"
    );
    assert_eq!(vendor.requests().len(), 2);
}
