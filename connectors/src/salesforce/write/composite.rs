//! Several requests in one call, each with headers and an answer of its own.
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm>)

use super::super::Salesforce;
use super::super::wire::API_PATH;
use super::trouble::Trouble;
use crate::http::{Repeat, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// One request within a call.
#[derive(Serialize)]
pub(super) struct Part {
    method: &'static str,
    url: String,
    /// What its answer is told by.
    #[serde(rename = "referenceId")]
    reference: String,
    #[serde(rename = "httpHeaders", skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Json>,
}

/// The answer to a part.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartAnswer {
    #[serde(default)]
    pub(super) body: Json,
    #[serde(rename = "httpStatusCode")]
    pub(super) status: u16,
    reference_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompositeAnswer {
    composite_response: Vec<PartAnswer>,
}

impl Part {
    /// A read.
    pub(super) fn get(reference: &str, url: String) -> Self {
        Self { reference: reference.to_owned(), method: "GET", url, headers: Map::new(), body: None }
    }

    /// A change of a row, with these headers.
    pub(super) fn patch(reference: String, url: String, headers: &[(&str, &str)], body: Json) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        Self { reference, method: "PATCH", url, headers, body: Some(body) }
    }
}

impl Salesforce {
    /// Sends the parts in one call, in this order and each for itself. Every one of them can be repeated.
    pub(super) async fn composite(&self, parts: &[Part]) -> Result<BTreeMap<String, PartAnswer>, Trouble> {
        let body = json!({ "allOrNone": false, "collateSubrequests": false, "compositeRequest": parts });
        let request = Request::post(format!("{API_PATH}/composite"), Repeat::Idempotent).json(&body);
        let answer = match self.call(request).await {
            Ok(answer) => answer.json::<CompositeAnswer>(),
            Err(error) => Err(error),
        };
        let answer = answer.map_err(|error| self.trouble(error))?;
        Ok(answer.composite_response.into_iter().map(|part| (part.reference_id.clone(), part)).collect())
    }
}
