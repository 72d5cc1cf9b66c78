//! Walks through the API over HTTP, endpoint by endpoint, as a client meets it.
//!
//! Every person in every answer is held against Google's own schema on the way ([`World::ask`]).

mod auth;
mod batches;
mod faults;
mod groups;
mod listing;
mod mirror;
mod people;
mod scale;
mod screen;

use super::shape;
use super::{Account, Settings};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::Running;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A served account with a client that is logged in.
struct World {
    account: Account,
    running: Running,
    client: reqwest::Client,
    token: String,
}

/// A mask that a sync would ask for.
const MASK: &str = "metadata,names,emailAddresses,phoneNumbers,organizations,memberships,clientData";
const CONNECTIONS: &str = "/v1/people/me/connections";

impl World {
    async fn new() -> Self {
        Self::with(lenient()).await
    }

    async fn with(settings: Settings) -> Self {
        let account = Account::new(settings, Clock::fixed(), Faults::none());
        let running = account.serve(0).await.unwrap();
        let token = account.credentials().access_token;
        Self { account, running, client: crate::test_client(), token }
    }

    /// A request with the token and, unless it is null, a body.
    async fn ask(&self, method: Method, path: &str, body: Json) -> (u16, Json) {
        let url = format!("{}{path}", self.running.base_url);
        let mut request = self.client.request(method, url).bearer_auth(&self.token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json; charset=UTF-8");
        let answer: Json = response.json().await.unwrap();
        assert_eq!(status == 200, answer.get("error").is_none(), "{answer}");
        if status != 200 {
            assert_eq!(answer["error"]["code"], status, "{answer}");
        }
        persons_are_persons(&answer);
        (status, answer)
    }

    /// The answer, which must be a good one.
    async fn good(&self, method: Method, path: &str, body: Json) -> Json {
        let (status, answer) = self.ask(method, path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn get(&self, path: &str) -> Json {
        self.good(Method::GET, path, Json::Null).await
    }

    /// The refusal: status code, canonical name, and a text that the message must hold.
    async fn refused(&self, method: Method, path: &str, body: Json, expected: (u16, &str, &str)) -> Json {
        let (status, answer) = self.ask(method, path, body).await;
        let error = &answer["error"];
        let message = error["message"].as_str().unwrap_or_default();
        assert_eq!(
            (status, error["status"].as_str().unwrap_or_default()),
            (expected.0, expected.1),
            "{answer}"
        );
        assert!(message.contains(expected.2), "{message}");
        error.clone()
    }

    async fn get_refused(&self, path: &str, expected: (u16, &str, &str)) -> Json {
        self.refused(Method::GET, path, Json::Null, expected).await
    }

    /// A contact made through the API.
    async fn create(&self, person: Json) -> Json {
        self.good(Method::POST, &format!("/v1/people:createContact?personFields={MASK}"), person).await
    }

    /// The contact as `people.get` shows it.
    async fn read(&self, name: &str) -> Json {
        self.get(&format!("/v1/{name}?personFields={MASK}&sources=READ_SOURCE_TYPE_CONTACT")).await
    }

    /// A page of a listing for a sync, with more parameters.
    async fn sync(&self, more: &str) -> Json {
        self.get(&sync_path(more)).await
    }

    fn pass(&self, time: Duration) {
        self.account.clock().advance(time);
    }
}

/// Without quotas, and with an access token that outlives every test.
fn lenient() -> Settings {
    Settings { access_token_seconds: 90 * 24 * 3600, ..Settings::unlimited() }
}

fn sync_path(more: &str) -> String {
    format!("{CONNECTIONS}?personFields={MASK}&sources=READ_SOURCE_TYPE_CONTACT&requestSyncToken=true{more}")
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// The resource names of the contacts of a page, in their order.
fn names(page: &Json) -> Vec<&str> {
    page["connections"].as_array().into_iter().flatten().map(|person| text(person, "/resourceName")).collect()
}

fn ada() -> Json {
    json!({
        "names": [{ "givenName": "Ada", "familyName": "Lovelace" }],
        "emailAddresses": [{ "value": "ada@x.example", "type": "work" }],
    })
}

/// Holds every person in an answer against the schema, and proto3's rule that defaults are left out.
fn persons_are_persons(answer: &Json) {
    match answer {
        Json::Array(items) => items.iter().for_each(persons_are_persons),
        Json::Object(object) => {
            if object
                .get("resourceName")
                .and_then(Json::as_str)
                .is_some_and(|name| name.starts_with("people/"))
            {
                shape::PERSON.check(answer, "person").unwrap();
                nothing_is_empty(answer);
                assert!(text(answer, "/etag").starts_with('%'));
            }
            object.values().for_each(persons_are_persons);
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn nothing_is_empty(value: &Json) {
    match value {
        Json::Null | Json::Bool(false) => panic!("a default is told"),
        Json::Number(number) => assert_ne!(number.as_i64(), Some(0)),
        Json::String(text) => assert!(!text.is_empty()),
        Json::Array(items) => {
            assert!(!items.is_empty());
            items.iter().for_each(nothing_is_empty);
        }
        Json::Object(object) => object.values().for_each(nothing_is_empty),
        Json::Bool(true) => {}
    }
}

/// Every path that can be read.
fn shape_paths() -> String {
    super::mask::READABLE.join(",")
}
