//! The connector against the simulator ([`conformance`], [`sandbox`]), and against a vendor that follows a
//! script ([`reading`], [`creating`], [`updating`], [`labelling`]): answers that a well-behaved simulator never gives.

mod conformance;
mod creating;
mod hostile;
mod labelling;
mod reading;
mod sandbox;
mod updating;
mod writing;

use super::Google;
use super::config::GoogleConfig;
use crate::auth::{Credentials, TokenOptions};
use crate::http::scripted::{Reply, Scripted};
use crate::http::{Rate, RetryPolicy};
use serde_json::{Value as Json, json};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, OpKey};
use syntony_core::op::Outcome;
use url::Url;

/// A configuration for tests: the same as ever, without the waits.
fn config(base_url: Url) -> GoogleConfig {
    let mut config = GoogleConfig::new(AppName::new("google"), Credentials::Token("t0ken".into())).unwrap();
    config.base_url = base_url;
    config.tokens = TokenOptions { retry: RetryPolicy::impatient(), ..TokenOptions::default() };
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    config.rate = Rate::per_second(NonZeroU32::new(100_000).unwrap());
    config.group_settle = Duration::ZERO;
    config.search_warm_up = Duration::ZERO;
    config.stale_pause = Duration::ZERO;
    config
}

/// A connector to a vendor that follows `script`.
async fn google(script: Vec<Reply>) -> (Google, Scripted) {
    let vendor = Scripted::start(script).await;
    (Google::new(config(vendor.base_url.clone())).unwrap(), vendor)
}

fn ok(body: &Json) -> Reply {
    Reply::ok(&body.to_string())
}

fn refuse(code: u16, status: &str, message: &str, details: Json) -> Reply {
    let mut error = json!({ "code": code, "message": message, "status": status });
    if !details.as_array().unwrap().is_empty() {
        error["details"] = details;
    }
    Reply::Answer(code, "", json!({ "error": error }).to_string())
}

/// No labels of users.
fn no_labels() -> Reply {
    ok(&json!({ "contactGroups": [
        { "resourceName": "contactGroups/myContacts", "groupType": "SYSTEM_CONTACT_GROUP", "name": "myContacts" },
    ]}))
}

fn labels(named: &[(&str, &str)]) -> Reply {
    let groups: Vec<Json> = named
        .iter()
        .map(|(id, name)| json!({ "resourceName": id, "groupType": "USER_CONTACT_GROUP", "name": name }))
        .collect();
    ok(&json!({ "contactGroups": groups }))
}

/// A contact as Google sends it, in the given version.
fn person(id: &str, version: u32, arrays: Json) -> Json {
    let mut person = json!({
        "resourceName": id,
        "etag": format!("%{version}"),
        "metadata": { "sources": [{
            "type": "CONTACT", "id": "1f", "etag": format!("#{version}"),
            "updateTime": format!("2026-07-27T10:00:{version:02}Z"),
        }]},
    });
    person.as_object_mut().unwrap().extend(arrays.as_object().unwrap().clone());
    person
}

/// The lines of requests so far, without the version of HTTP and the query.
fn paths(vendor: &Scripted) -> Vec<String> {
    vendor
        .requests()
        .iter()
        .map(|request| {
            let line = request.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
            line.split('?').next().unwrap().to_owned()
        })
        .collect()
}

/// The JSON body of the request of that number.
fn body(vendor: &Scripted, number: usize) -> Json {
    serde_json::from_str(vendor.requests()[number].split_once("\r\n\r\n").unwrap().1).unwrap()
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
