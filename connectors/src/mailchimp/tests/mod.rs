//! The connector against the simulator ([`conformance`], [`sandbox`]), against a vendor that follows a script
//! ([`reading`], [`creating`], [`updating`]): answers that a well-behaved simulator never gives; and against
//! answers that are struck ([`hostile`]).

mod conformance;
mod creating;
mod hostile;
mod reading;
mod sandbox;
mod updating;

use super::Mailchimp;
use super::config::MailchimpConfig;
use crate::auth::Credentials;
use crate::contract::Connector;
use crate::http::scripted::{Reply, Scripted};
use crate::http::{Rate, RetryPolicy};
use serde_json::{Value as Json, json};
use std::num::NonZeroU32;
use syntony_core::ids::{AppName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;
use url::Url;

/// The audience of all tests.
const AUDIENCE: &str = "a6b5da1054";

/// A configuration for tests: the same as ever, without the waits.
fn config(base_url: Url) -> MailchimpConfig {
    let credentials = Credentials::Basic { user: "any".to_owned(), password: "k3y-us19".into() };
    let mut config =
        MailchimpConfig::new(AppName::new("mailchimp"), base_url, credentials, AUDIENCE.to_owned());
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    config.rate = Rate::per_second(NonZeroU32::new(100_000).unwrap());
    config
}

/// A connector to a vendor that follows `script`, one call at a time; the merge fields are asked for first.
async fn mailchimp(script: Vec<Reply>) -> (Mailchimp, Scripted) {
    mailchimp_with(script, |_| {}).await
}

async fn mailchimp_with(
    mut script: Vec<Reply>,
    change: impl FnOnce(&mut MailchimpConfig),
) -> (Mailchimp, Scripted) {
    script.insert(0, ok(&merge_fields()));
    let vendor = Scripted::start(script).await;
    let mut config = config(vendor.base_url.clone());
    config.concurrency_calls = 1;
    change(&mut config);
    let mailchimp = Mailchimp::new(config).unwrap();
    mailchimp.schema().await.unwrap();
    (mailchimp, vendor)
}

fn ok(body: &Json) -> Reply {
    Reply::ok(&body.to_string())
}

fn refuse(status: u16, title: &str, detail: &str, errors: Json) -> Reply {
    let body = json!({
        "type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": title, "status": status,
        "detail": detail, "instance": "995c5cb0", "errors": errors,
    });
    Reply::Answer(status, "", body.to_string())
}

fn not_found() -> Reply {
    refuse(404, "Resource Not Found", "The requested resource could not be found.", json!([]))
}

/// Those that a new audience has.
fn merge_fields() -> Json {
    let field = |id: u64, tag: &str, kind: &str| json!({ "merge_id": id, "tag": tag, "type": kind, "required": false, "options": {} });
    let fields = [
        field(1, "FNAME", "text"),
        field(2, "LNAME", "text"),
        field(3, "ADDRESS", "address"),
        field(4, "BIRTHDAY", "birthday"),
    ];
    json!({ "merge_fields": fields, "total_items": fields.len() })
}

/// A member as Mailchimp sends it, changed in that second of a certain minute.
fn member(number: u32, second: u32, more: Json) -> Json {
    let address = format!("p{number}@mail.example");
    let mut member = json!({
        "id": super::wire::address_hash(&address),
        "contact_id": format!("c{number}"),
        "email_address": address,
        "status": "subscribed",
        "merge_fields": { "FNAME": "Ada", "LNAME": "", "ADDRESS": "", "BIRTHDAY": "" },
        "vip": false, "language": "en", "email_type": "html",
        "last_changed": format!("2026-07-27T10:00:{second:02}+00:00"),
        "tags": [], "tags_count": 0,
    });
    member.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    member
}

fn tags(names: &[&str]) -> Json {
    let tags: Vec<Json> = names.iter().map(|name| json!({ "id": 1, "name": name })).collect();
    json!({ "tags_count": tags.len(), "tags": tags })
}

fn create(key: &str, number: u32) -> (OpKey, Write) {
    let fields = Fields::from([
        ("email_address".into(), Value::text(format!("P{number}@mail.example"))),
        ("FNAME".into(), Value::text("Ada")),
    ]);
    (key.into(), Write::Create { fields, tags: [].into(), mailing: syntony_core::op::Mailing::Allowed })
}

fn update(key: &str, id: &str, fields: &[(&str, Value)], add: &[&str], remove: &[&str]) -> (OpKey, Write) {
    let write = Write::Update {
        id: id.into(),
        fields: fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect(),
        add_tags: add.iter().map(|tag| (*tag).into()).collect(),
        remove_tags: remove.iter().map(|tag| (*tag).into()).collect(),
        seen: Box::new(Record::default()),
    };
    (key.into(), write)
}

/// The lines of requests after the first, without the version of HTTP and the query.
fn paths(vendor: &Scripted) -> Vec<String> {
    let line = |request: &String| {
        let line = request.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
        line.split('?').next().unwrap().replace("/3.0/lists/a6b5da1054", "")
    };
    vendor.requests().iter().skip(1).map(line).collect()
}

/// The JSON body of the request of that number, the merge fields not counted.
fn body(vendor: &Scripted, number: usize) -> Json {
    serde_json::from_str(vendor.requests()[number + 1].split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Outcomes in the order of their keys, as short text.
fn brief(mut outcomes: Vec<(OpKey, Outcome)>) -> Vec<String> {
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    outcomes
        .into_iter()
        .map(|(key, outcome)| {
            let what = match outcome {
                Outcome::Applied { id, .. } => format!("applied {id}"),
                Outcome::Stale => "stale".to_owned(),
                Outcome::Rejected(rejection) => {
                    let field = rejection.field.map(|field| format!(" ({field})")).unwrap_or_default();
                    format!("rejected{field}: {}", rejection.reason)
                }
                Outcome::Deferred(reason) => format!("deferred: {reason}"),
                Outcome::Unknown => "unknown".to_owned(),
            };
            format!("{key} {what}")
        })
        .collect()
}
