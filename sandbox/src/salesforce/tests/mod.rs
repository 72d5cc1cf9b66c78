//! Walks through the API over HTTP, call by call, as a client meets it.

mod auth;
mod changes;
mod describe;
mod hands;
mod limits;
mod paging;
mod soql;

use super::{Field, Kind, Object, Org, Settings, TagPlace};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::Running;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A served org with a client that is logged in.
struct World {
    org: Org,
    running: Running,
    client: reqwest::Client,
    token: String,
}

const BASE: &str = "/services/data/v62.0";

impl World {
    async fn new() -> Self {
        Self::with(Settings::unlimited()).await
    }

    async fn with(settings: Settings) -> Self {
        let org = Org::new(settings, Clock::fixed(), Faults::none());
        let running = org.serve(0).await.unwrap();
        let token = org.credentials().access_token;
        Self { org, running, client: crate::test_client(), token }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url)
    }

    /// A read with the token, as it is answered.
    async fn raw(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).bearer_auth(&self.token).send().await.unwrap()
    }

    /// The answer of a path behind the version, or the code of its refusal.
    async fn get(&self, path: &str) -> Result<Json, (u16, String)> {
        let path = if path.starts_with("/services") { path.to_owned() } else { format!("{BASE}{path}") };
        let response = self.raw(&path).await;
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("date"));
        let body: Json = response.json().await.unwrap_or(Json::Null);
        if status == 200 {
            return Ok(body);
        }
        let [error] = body.as_array().map(Vec::as_slice).unwrap_or_default() else { panic!("{body}") };
        assert!(error["message"].is_string(), "{error}");
        Err((status, error["errorCode"].as_str().unwrap_or_default().to_owned()))
    }

    async fn ask(&self, call: &str, soql: &str) -> Result<Json, (u16, String)> {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", soql).finish();
        self.get(&format!("/{call}/?{query}")).await
    }

    /// The rows of a query that fits a page.
    async fn rows(&self, soql: &str) -> Vec<Json> {
        rows_of(&self.ask("query", soql).await.unwrap())
    }

    /// The same with the recycle bin.
    async fn all_rows(&self, soql: &str) -> Vec<Json> {
        rows_of(&self.ask("queryAll", soql).await.unwrap())
    }

    fn contact(&self, last_name: &str) -> String {
        self.org.add(&json!({ "LastName": last_name })).unwrap()
    }

    fn pass_seconds(&self, seconds: u64) {
        self.org.clock().advance(Duration::from_secs(seconds));
    }
}

fn rows_of(page: &Json) -> Vec<Json> {
    page["records"].as_array().cloned().unwrap_or_default()
}

/// One field of each row, as text.
fn each<'a>(rows: &'a [Json], field: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[field].as_str().unwrap_or("null")).collect()
}
