//! Creates by the thousand.

use super::answering::scripted;
use super::writing::{World, create, fields, kinds, person};
use super::*;
use crate::http::scripted::{Reply, Scripted};
use serde_json::json;
use std::collections::BTreeSet;
use syntony_core::op::Write;
use syntony_core::value::Value;
use syntony_sandbox::faults::Fault;
use syntony_sandbox::salesforce::TagPlace;

const JOBS: &str = "/jobs/ingest";

async fn world(configure: impl FnOnce(&mut SalesforceConfig)) -> World {
    World::with(
        SObject::Contact,
        |config| {
            config.bulk_above_creates = 10;
            config.tags = TagStore::Topics;
            configure(config);
        },
        |settings| settings.tags = TagPlace::Topics,
    )
    .await
}

fn people(from: u32, to: u32) -> Vec<(OpKey, Write)> {
    (from..to).map(|number| create(number, person(number), &[])).collect()
}

/// Jobs take two minutes, and do not hurry because somebody asks.
fn slow_down(world: &World) {
    world.org.configure(|settings| {
        settings.write.pace.polls = 1_000;
        settings.write.pace.ms = 60_000;
    });
}

fn jobs(world: &World) -> u64 {
    world.org.traffic().count(&reqwest::Method::POST, JOBS)
}

#[tokio::test]
async fn many_creates_go_by_a_job_and_few_do_not() {
    let world = world(|_| {}).await;
    assert_eq!(kinds(&world.write(people(0, 10)).await), [("applied".to_owned(), 10)]);
    assert_eq!(jobs(&world), 0);
    let outcomes = world.write(people(10, 60)).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 50)]);
    assert_eq!((jobs(&world), world.org.counts().contacts), (1, 60));
    // Each op has the id of its own contact, although results come in any order.
    for (number, outcome) in (10..).zip(outcomes) {
        let id = world.org.ids_of(&format!("p{number}@mail.example")).remove(0);
        assert_eq!(outcome, format!("op{number:05} applied {id}"));
    }
}

#[tokio::test]
async fn a_first_sync_of_thousands_is_one_job() {
    let world = world(|config| config.bulk_above_creates = 2_000).await;
    assert_eq!(kinds(&world.write(people(0, 2_500)).await), [("applied".to_owned(), 2_500)]);
    assert_eq!((jobs(&world), world.org.counts().contacts), (1, 2_500));
}

#[tokio::test]
async fn hard_values_arrive_as_they_were_and_tags_are_put_on() {
    let world = world(|_| {}).await;
    let mut ops = people(0, 20);
    let hard = ["O'Hara, \"Kim\"", "two\nlines", "#N/A", "=1+1", "a\\", "日本", "x;y"];
    for (number, name) in (20..).zip(hard) {
        let mut given = person(number);
        given.insert("Title".into(), Value::text(name));
        given.insert("DoNotCall".into(), Value::Bool(true));
        ops.push(create(number, given, &["VIP"]));
    }
    assert_eq!(kinds(&world.write(ops).await), [("applied".to_owned(), 27)]);
    for (number, name) in (20..).zip(hard) {
        let id = world.org.ids_of(&format!("p{number}@mail.example")).remove(0);
        assert_eq!(world.held(&id, "Title"), json!(name));
        assert_eq!(world.held(&id, "DoNotCall"), json!(true));
        assert_eq!(world.org.tags(&id), BTreeSet::from(["VIP".to_owned()]));
    }
}

#[tokio::test]
async fn refused_rows_of_a_job_take_no_others_with_them() {
    let world = world(|_| {}).await;
    let mut ops = people(0, 50);
    for number in [7, 23] {
        let mut given = person(number);
        given.insert("Email".into(), Value::text("no address"));
        ops[number as usize] = create(number, given, &[]);
    }
    let outcomes = world.write(ops).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 48), ("rejected".to_owned(), 2)]);
    for number in [7, 23] {
        let outcome = &outcomes[number];
        assert!(outcome.starts_with(&format!("op{number:05} rejected (Email): ")), "{outcome}");
        assert!(!outcome.contains("no address"), "{outcome}");
    }
    assert_eq!(world.org.counts().contacts, 48);
}

/// Nobody can say which is which, and it does not matter.
#[tokio::test]
async fn equal_contacts_each_get_one_of_the_ids() {
    let world = world(|_| {}).await;
    let same = || fields([("LastName", Value::text("Smith"))]);
    let outcomes = world.write((0..12).map(|number| create(number, same(), &[])).collect()).await;
    assert_eq!(kinds(&outcomes), [("applied".to_owned(), 12)]);
    let ids: BTreeSet<&str> = outcomes.iter().filter_map(|outcome| outcome.split(' ').nth(2)).collect();
    assert_eq!((ids.len(), world.org.counts().contacts), (12, 12));
}

#[tokio::test]
async fn with_a_marker_field_a_job_carries_the_keys() {
    let world = world(|config| config.marker_field = Some("Syntony__c".into())).await;
    assert_eq!(kinds(&world.write(people(0, 12)).await), [("applied".to_owned(), 12)]);
    let id = world.org.ids_of("p3@mail.example").remove(0);
    assert_eq!(world.held(&id, "Syntony__c"), json!("op00003"));
    // The same ops again find what they made.
    assert_eq!(kinds(&world.write(people(0, 12)).await), [("applied".to_owned(), 12)]);
    assert_eq!((jobs(&world), world.org.counts().contacts), (2, 12));
}

/// What a lost answer on the way to a started job comes to.
async fn check_lost(method: reqwest::Method, template: &str, expected: &str, made: usize) {
    let world = world(|_| {}).await;
    world.org.faults().on(method.clone(), template, 7, Fault::DropBefore);
    let outcomes = world.write(people(0, 12)).await;
    assert_eq!(kinds(&outcomes), [(expected.to_owned(), 12)], "{method} {template}: {}", outcomes[0]);
    assert_eq!(world.org.counts().contacts, made, "{method} {template}");
}

#[tokio::test]
async fn what_fails_before_a_job_is_started_is_put_off() {
    check_lost(reqwest::Method::POST, JOBS, "deferred", 0).await;
    check_lost(reqwest::Method::PUT, "/jobs/ingest/{id}/batches", "deferred", 0).await;
    check_lost(reqwest::Method::PATCH, "/jobs/ingest/{id}", "deferred", 0).await;
}

#[tokio::test]
async fn what_fails_after_a_job_is_started_is_unknown() {
    let results = "/jobs/ingest/{id}/successfulResults";
    check_lost(reqwest::Method::GET, results, "unknown", 12).await;
}

/// The answer to the start is lost, and the job started all the same.
#[tokio::test]
async fn a_job_that_started_unheard_is_followed() {
    let world = world(|_| {}).await;
    world.org.faults().on(reqwest::Method::PATCH, "/jobs/ingest/{id}", 1, Fault::DropAfter);
    assert_eq!(kinds(&world.write(people(0, 12)).await), [("applied".to_owned(), 12)]);
    assert_eq!((jobs(&world), world.org.counts().contacts), (1, 12));
}

/// A job outlives our patience: its contacts may or may not come to be, and until that is known nobody is created.
#[tokio::test]
async fn while_a_job_is_at_work_nobody_is_created() {
    let world = world(|config| config.bulk_wait = Duration::from_millis(2)).await;
    slow_down(&world);
    assert_eq!(kinds(&world.write(people(0, 12)).await), [("unknown".to_owned(), 12)]);
    let at_work = "op00100 deferred: a bulk job of an earlier call is still at work";
    assert_eq!(world.write(people(100, 101)).await, [at_work]);

    // It ends; whatever was listed before lacks what it made, so one more time nobody is created.
    world.org.clock().advance(Duration::from_secs(300));
    assert_eq!(world.org.counts().contacts, 12);
    let ended = "op00100 deferred: a bulk job has ended meanwhile, and what it created has to be read first";
    assert_eq!(world.write(people(100, 101)).await, [ended]);
    assert_eq!(kinds(&world.write(people(100, 101)).await), [("applied".to_owned(), 1)]);
    assert_eq!(world.org.counts().contacts, 13);
}

/// A process ended while its job was at work; the next one knows nothing of it but what Salesforce says.
#[tokio::test]
async fn a_job_that_another_process_left_behind_is_found() {
    let world = world(|config| config.bulk_wait = Duration::from_millis(2)).await;
    slow_down(&world);
    world.write(people(0, 12)).await;
    let base = world.salesforce.config.base_url.clone().unwrap();
    let mut again = config(base, SObject::Contact);
    again.credentials = world.salesforce.config.credentials.clone();
    let again = Salesforce::new(again).unwrap();
    let outcome = brief(again.write(people(0, 1)).await.unwrap()).remove(0);
    assert_eq!(outcome, "op00000 deferred: a bulk job of an earlier call is still at work");
}

/// What three creates come to when their job ends like this: one row written, one refused, one never looked at.
/// Collections refuse everybody.
async fn check_end(state: &'static str, expected: [&str; 3]) {
    let (salesforce, _server) = scripted(move |request| {
        let line = request.lines().next().unwrap_or_default();
        let table = |rows: &str| Reply::ok(rows);
        match line.split(' ').collect::<Vec<_>>()[..2] {
            ["POST", path] if path.ends_with("/jobs/ingest") && state == "NotTaken" => {
                Reply::Answer(400, "", r#"[{"errorCode":"FEATURENOTENABLED","message":"x"}]"#.to_owned())
            }
            ["POST", path] if path.ends_with("/jobs/ingest") => Reply::ok(r#"{"id":"750","state":"Open"}"#),
            ["PUT", _] => Reply::status(201),
            ["PATCH", _] => Reply::ok(r#"{"id":"750","state":"UploadComplete"}"#),
            ["GET", path] if path.ends_with("/successfulResults") => {
                table("sf__Id,sf__Created,Email,LastName\n003000000000000AAA,true,p0@mail.example,Name0\n")
            }
            ["GET", path] if path.ends_with("/failedResults") => {
                table("sf__Id,sf__Error,Email,LastName\n,STRING_TOO_LONG:x:Email --,p1@mail.example,Name1\n")
            }
            ["GET", path] if path.ends_with("/unprocessedrecords") => {
                table("Email,LastName\np2@mail.example,Name2\n")
            }
            ["GET", path] if path.contains("/query") => Reply::ok(
                r#"{"totalSize":1,"done":true,"records":[{"Id":"003000000000000AAA","SystemModstamp":"2026-07-27T08:00:00.000+0000"}]}"#,
            ),
            ["GET", _] => Reply::ok(&json!({ "id": "750", "state": state }).to_string()),
            _ => {
                let row = r#"{"success":false,"errors":[{"statusCode":"INVALID_EMAIL_ADDRESS"}]}"#;
                let rows = request.matches("attributes").count();
                Reply::ok(&format!("[{}]", vec![row; rows].join(",")))
            }
        }
    })
    .await;
    let outcomes = brief(salesforce.write(people(0, 3)).await.unwrap());
    let expected = (0..).zip(expected).map(|(number, what)| format!("op{number:05} {what}"));
    assert_eq!(outcomes, expected.collect::<Vec<_>>(), "{state}");
}

#[tokio::test]
async fn a_row_that_a_job_never_came_to_goes_by_collections_unless_somebody_stopped_it() {
    let (made, long) = ("applied 003000000000000AAA", "rejected (Email): x (STRING_TOO_LONG)");
    let tried = "rejected: INVALID_EMAIL_ADDRESS";
    check_end("JobComplete", [made, long, tried]).await;
    check_end("Failed", [made, long, tried]).await;
    check_end("Aborted", [made, long, "deferred: somebody stopped the bulk job"]).await;
    check_end("NotTaken", [tried, tried, tried]).await;
}

/// The list of jobs, as the vendor has it, and whether something may be created.
async fn check_jobs(job: serde_json::Value, is_ours: bool, expected: bool) {
    let list = json!({ "done": true, "records": [job] }).to_string();
    let user = if is_ours { "005000000000001AAA" } else { "005000000000002AAA" };
    let server = Scripted::answering(move |request| {
        let line = request.lines().next().unwrap_or_default();
        let date = "Date: Mon, 27 Jul 2026 12:00:00 GMT\r\n";
        if line.contains("/jobs/ingest") {
            return Reply::Answer(200, date, list.clone());
        }
        if line.contains("/userinfo") {
            return Reply::ok(&json!({ "user_id": user }).to_string());
        }
        if line.contains("/describe") {
            let field = json!({ "name": "LastName", "type": "string", "nillable": true, "createable": true });
            return Reply::ok(&json!({ "queryable": true, "fields": [field] }).to_string());
        }
        Reply::ok(r#"[{"success":false,"errors":[{"statusCode":"STRING_TOO_LONG"}]}]"#)
    })
    .await;
    let salesforce = Salesforce::new(config(server.base_url.clone(), SObject::Contact)).unwrap();
    let given = fields([("LastName", Value::text("N"))]);
    let outcome = brief(salesforce.write(vec![create(1, given, &[])]).await.unwrap()).remove(0);
    assert_eq!(outcome.starts_with("op00001 rejected"), expected, "{outcome}");
}

#[tokio::test]
async fn only_a_job_of_ours_that_may_have_written_since_stands_in_the_way() {
    let job = |state: &str, object: &str, operation: &str, at: &str| {
        json!({ "id": "750", "state": state, "object": object, "operation": operation,
            "createdById": "005000000000001AAA", "systemModstamp": format!("2026-07-27T{at}.000+0000") })
    };
    for (job, is_ours, may_create) in [
        (job("InProgress", "Contact", "insert", "11:00:00"), true, false),
        (job("UploadComplete", "Contact", "upsert", "11:00:00"), true, false),
        (job("SomethingNew", "Contact", "insert", "11:00:00"), true, false),
        (job("InProgress", "Contact", "insert", "11:00:00"), false, true),
        (job("InProgress", "Account", "insert", "11:00:00"), true, true),
        (job("InProgress", "Contact", "update", "11:00:00"), true, true),
        (job("Open", "Contact", "insert", "11:00:00"), true, true),
        (job("JobComplete", "Contact", "insert", "11:00:00"), true, true),
        (job("JobComplete", "Contact", "insert", "12:00:01"), true, false),
        (job("Failed", "Contact", "insert", "12:00:01"), true, false),
    ] {
        check_jobs(job, is_ours, may_create).await;
    }
}
