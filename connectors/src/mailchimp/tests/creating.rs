//! New members.

use super::*;
use crate::mailchimp::config::OptIn;
use crate::mailchimp::wire::address_hash;
use syntony_core::op::Mailing;

fn made(numbers: &[u32], errors: Json) -> Reply {
    let rows: Vec<Json> = numbers
        .iter()
        .map(|number| json!({ "email_address": format!("p{number}@mail.example"), "last_changed": "2026-07-27T10:00:05+00:00" }))
        .collect();
    ok(
        &json!({ "new_members": rows, "updated_members": [], "errors": errors, "total_created": numbers.len() }),
    )
}

fn error(number: u32, code: &str, text: &str, field: &str) -> Json {
    json!({ "email_address": format!("p{number}@mail.example"), "error": text, "error_code": code, "field": field,
            "field_message": if field.is_empty() { "" } else { text } })
}

fn read(number: u32) -> Reply {
    ok(&member(number, 5, json!({})))
}

/// Scenario 82: a batch is answered with 200 whatever became of its members.
#[tokio::test]
async fn one_refused_member_of_a_batch_takes_no_other_with_it() {
    let errors = json!([
        error(2, "ERROR_GENERIC", "ADA is no name, p2@mail.example", "FNAME"),
        error(3, "ERROR_CONTACT_EXISTS", "p3@mail.example is already a list member", ""),
        error(4, "ERROR_GENERIC", "p4@mail.example was permanently deleted and cannot be re-imported", ""),
    ]);
    let (mailchimp, vendor) = mailchimp(vec![made(&[1], errors), read(1), read(3), not_found()]).await;
    let ops = (1..=5).map(|number| create(&format!("op{number}"), number)).collect();
    let outcomes = mailchimp.write(ops).await.unwrap();
    let hint = outcomes.iter().find_map(|(key, outcome)| match outcome {
        Outcome::Rejected(rejection) if key.as_str() == "op4" => rejection.hint.clone(),
        _ => None,
    });
    assert!(hint.unwrap().contains("sign up by a form"));
    assert_eq!(
        brief(outcomes),
        [
            "op1 applied c1",
            "op2 rejected (FNAME): ADA is no name, …",
            "op3 stale",
            "op4 rejected: … was permanently deleted and cannot be re-imported",
            "op5 unknown",
        ]
    );
    let sent = body(&vendor, 0);
    assert_eq!((&sent["update_existing"], &sent["sync_tags"]), (&json!(false), &json!(false)));
}

/// Scenarios 70 and 73.
#[tokio::test]
async fn who_opted_out_elsewhere_is_made_unsubscribed_and_a_double_opt_in_waits() {
    for (mailing, opt_in, status) in [
        (Mailing::Allowed, OptIn::Single, "subscribed"),
        (Mailing::Allowed, OptIn::Double, "pending"),
        (Mailing::Refused, OptIn::Single, "unsubscribed"),
        (Mailing::Refused, OptIn::Double, "unsubscribed"),
    ] {
        let script = vec![made(&[1], json!([])), read(1)];
        let (mailchimp, vendor) = mailchimp_with(script, |config| config.opt_in = opt_in).await;
        let (key, mut write) = create("op1", 1);
        if let Write::Create { mailing: asked, .. } = &mut write {
            *asked = mailing;
        }
        assert_eq!(brief(mailchimp.write(vec![(key, write)]).await.unwrap()), ["op1 applied c1"]);
        assert_eq!(body(&vendor, 0)["members"][0]["status"], json!(status), "{mailing:?} {opt_in:?}");
    }
}

#[tokio::test]
async fn many_new_members_are_read_back_by_one_listing() {
    let rows: Vec<Json> = (1..=4).map(|number| member(number, 5, json!({}))).collect();
    let listing = ok(&json!({ "members": rows[..3], "total_items": 3 }));
    let (mailchimp, vendor) = mailchimp(vec![made(&[1, 2, 3, 4], json!([])), listing, read(4)]).await;
    let ops = (1..=4).map(|number| create(&format!("op{number}"), number)).collect();
    let outcomes = brief(mailchimp.write(ops).await.unwrap());
    assert_eq!(outcomes, ["op1 applied c1", "op2 applied c2", "op3 applied c3", "op4 applied c4"]);
    let hash = address_hash("p4@mail.example");
    assert_eq!(paths(&vendor), ["POST ", "GET /members", &format!("GET /members/{hash}")]);
}

/// The batch's tags are sent along; where they did not arrive they are put on.
#[tokio::test]
async fn tags_that_a_batch_did_not_put_on_are_put_on_afterwards() {
    let tagged = ok(&member(1, 6, tags(&["customer"])));
    let (mailchimp, vendor) =
        mailchimp(vec![made(&[1], json!([])), read(1), Reply::status(204), tagged]).await;
    let (key, mut write) = create("op1", 1);
    if let Write::Create { tags, .. } = &mut write {
        tags.insert("customer".into());
    }
    let outcome = mailchimp.write(vec![(key, write)]).await.unwrap().remove(0).1;
    let Outcome::Applied { record, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(record.tags, Some(["customer".into()].into()));
    assert_eq!(body(&vendor, 0)["members"][0]["tags"], json!(["customer"]));
    let sent = json!({ "tags": [{ "name": "customer", "status": "active" }], "is_syncing": true });
    assert_eq!(body(&vendor, 2), sent);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_never_sent_again() {
    for lost in [Reply::HangUp, Reply::BreakOff, Reply::status(500), Reply::ok("<html>"), Reply::ok("{}")] {
        let (mailchimp, vendor) = mailchimp(vec![lost.clone()]).await;
        let outcomes = brief(mailchimp.write(vec![create("op1", 1), create("op2", 2)]).await.unwrap());
        assert_eq!(outcomes, ["op1 unknown", "op2 unknown"], "{lost:?}");
        assert_eq!(vendor.requests().len(), 2);
    }
}

#[tokio::test]
async fn an_odd_entry_of_a_batch_takes_no_other_along() {
    let rows = json!([7, { "email_address": "p1@mail.example" }, { "email_address": [] }]);
    let errors = json!([null, error(2, "ERROR_GENERIC", "no", "FNAME")]);
    let answer = ok(&json!({ "new_members": rows, "errors": errors }));
    let (mailchimp, _vendor) = mailchimp(vec![answer, read(1)]).await;
    let ops = (1..=3).map(|number| create(&format!("op{number}"), number)).collect();
    let outcomes = brief(mailchimp.write(ops).await.unwrap());
    assert_eq!(outcomes, ["op1 applied c1", "op2 rejected (FNAME): no", "op3 unknown"]);
}

#[tokio::test]
async fn two_creates_with_one_address_are_one_member() {
    let (mailchimp, vendor) = mailchimp(vec![made(&[1], json!([])), read(1)]).await;
    let outcomes = mailchimp.write(vec![create("op1", 1), create("op2", 1)]).await.unwrap();
    assert_eq!(brief(outcomes), ["op1 applied c1", "op2 stale"]);
    assert_eq!(body(&vendor, 0)["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_batch_is_halved_until_the_one_to_blame_stands_alone() {
    let bad = || refuse(400, "Invalid Resource", "p2@mail.example looks fake", json!([]));
    let (mailchimp, _vendor) =
        mailchimp(vec![bad(), made(&[1], json!([])), read(1), bad(), bad(), made(&[3], json!([])), read(3)])
            .await;
    let ops = (1..=3).map(|number| create(&format!("op{number}"), number)).collect();
    let outcomes = brief(mailchimp.write(ops).await.unwrap());
    assert_eq!(outcomes, ["op1 applied c1", "op2 rejected: … looks fake", "op3 applied c3"]);
}

#[tokio::test]
async fn an_audience_that_is_not_there_is_no_fault_of_a_contacts() {
    let (mailchimp, vendor) = mailchimp(vec![not_found()]).await;
    let outcomes = mailchimp.write(vec![create("op1", 1), create("op2", 2)]).await.unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Deferred(_))), "{outcomes:?}");
    assert_eq!(vendor.requests().len(), 2);
}
