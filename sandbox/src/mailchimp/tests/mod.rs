//! Walks through the API over HTTP, endpoint by endpoint, as a client meets it.
//!
//! Every refusal is held against the form of a problem document on the way ([`World::ask`]).

mod access;
mod batch;
mod batches;
mod compliance;
mod fields;
mod hooks;
mod limits;
mod listing;
mod members;
mod mirror;
mod tags;

use super::{Account, Deliveries, Settings};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::Running;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A served account with a client that has its key.
struct World {
    account: Account,
    running: Running,
    client: reqwest::Client,
    key: String,
    /// `/lists/{list_id}`.
    list: String,
}

impl World {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings { deliveries: Deliveries::ByHand, answer_ms: 0, ..Settings::default() };
        change(&mut settings);
        let account = Account::new(settings, Clock::fixed(), Faults::none());
        let running = account.serve(0).await.unwrap();
        let given = account.credentials();
        let list = format!("/lists/{}", given.audience_id);
        Self { account, running, client: crate::test_client(), key: given.api_key, list }
    }

    /// A request with the key and, unless it is null, a body. The path is below the version.
    async fn ask(&self, method: Method, path: &str, body: Json) -> (u16, Json) {
        let url = format!("{}/3.0{path}", self.running.base_url);
        let mut request = self.client.request(method, url).basic_auth("anybody", Some(&self.key));
        if !body.is_null() {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }

    /// The answer to a call about the audience, which must be a good one.
    async fn good(&self, method: Method, path: &str, body: Json) -> Json {
        let (status, answer) = self.ask(method, &format!("{}{path}", self.list), body).await;
        assert!(matches!(status, 200 | 204), "{status} {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Json {
        self.good(Method::GET, path, Json::Null).await
    }

    /// The refusal of a call about the audience: status, title, and a text that the body must hold.
    async fn refused(&self, method: Method, path: &str, body: Json, expected: (u16, &str, &str)) {
        let (status, answer) = self.ask(method, &format!("{}{path}", self.list), body).await;
        assert_eq!((status, text(&answer, "/title")), (expected.0, expected.1), "{answer}");
        assert!(answer.to_string().contains(expected.2), "{answer}");
    }

    /// A member made through the API.
    async fn create(&self, email: &str, status: &str) -> Json {
        self.good(Method::POST, "/members", json!({ "email_address": email, "status": status })).await
    }

    async fn patch(&self, name: &str, body: Json) -> Json {
        self.good(Method::PATCH, &format!("/members/{name}"), body).await
    }

    fn pass(&self, seconds: u64) {
        self.account.clock().advance(Duration::from_secs(seconds));
    }
}

/// The status and the body, which is a problem document if the call was refused.
async fn answer(response: reqwest::Response) -> (u16, Json) {
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let body = response.bytes().await.unwrap();
    if status == 204 || kind.is_none() {
        assert!(body.is_empty());
        return (status, Json::Null);
    }
    let answer: Json = serde_json::from_slice(&body).unwrap();
    if status < 400 {
        assert_eq!(kind.as_deref(), Some("application/json; charset=utf-8"));
    } else {
        assert_eq!(kind.as_deref(), Some("application/problem+json; charset=utf-8"));
        assert_eq!(text(&answer, "/type"), "https://mailchimp.com/developer/marketing/docs/errors/");
        assert_eq!(answer["status"], status);
        assert!(!text(&answer, "/detail").is_empty() && text(&answer, "/instance").len() == 36, "{answer}");
    }
    (status, answer)
}

fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

/// The addresses of a page, in their order.
fn emails(page: &Json) -> Vec<&str> {
    page["members"].as_array().unwrap().iter().map(|member| text(member, "/email_address")).collect()
}
