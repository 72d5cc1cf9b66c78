//! Batches of independent subrequests: up to 25, in their order, nothing is taken back, and no headers.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_batch.htm>

use super::super::api;
use super::super::error::ApiError;
use super::super::org::State;
use super::super::store::Act;
use super::super::wire::{Payload, Reply, Request};
use super::rows::{Outcome, one};
use super::words;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde_json::{Value as Json, json};

/// The most subrequests of one call.
const MAX_SUBREQUESTS: usize = 25;
/// What can be asked for within a batch.
const SUPPORTED: [&str; 4] = ["sobjects", "query", "limits", "connect"];

/// `POST /composite/batch`
pub(super) fn answer(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let body = request.json().map_err(one)?;
    let list = body.get("batchRequests").and_then(Json::as_array);
    let list = list.ok_or_else(|| one(words::bad_input("batchRequests is required")))?;
    if list.len() > MAX_SUBREQUESTS {
        let message = format!("Limit exceeded: a batch has at most {MAX_SUBREQUESTS} subrequests");
        return Err(one(words::limit(message)));
    }
    let subrequests = list.iter().map(subrequest).collect::<Result<Vec<_>, _>>().map_err(one)?;
    let halts = body.get("haltOnError").and_then(Json::as_bool).unwrap_or(false);
    let mut has_errors = false;
    let mut results = Vec::with_capacity(subrequests.len());
    for subrequest in subrequests {
        let reply = if has_errors && halts {
            let error = ApiError::new(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request");
            Reply::refusal(&error, state.settings.language)
        } else {
            match subrequest.filter(is_supported) {
                Some(subrequest) => api::answer(state, &subrequest, act),
                None => Reply::refusal(&ApiError::not_found(), state.settings.language),
            }
        };
        has_errors |= reply.status >= 400;
        let result = match reply.payload {
            Payload::Empty => Json::Null,
            Payload::Json(body) => body,
            Payload::Csv(text) => Json::from(text),
        };
        results.push(json!({ "statusCode": reply.status, "result": result }));
    }
    Ok(Reply::json(200, json!({ "hasErrors": has_errors, "results": results })))
}

/// One of them; `None` if its address is none of the API's.
fn subrequest(body: &Json) -> Result<Option<Request>, ApiError> {
    let text = |name: &str| {
        let text = body.get(name).and_then(Json::as_str);
        text.ok_or_else(|| words::bad_input(format!("{name} is required in each subrequest")))
    };
    let method = Method::from_bytes(text("method")?.as_bytes()).map_err(|_| words::bad_input("method"))?;
    // The documents write addresses from the version on.
    let url = text("url")?;
    let path = url.strip_prefix("/services/data/").unwrap_or(url).trim_start_matches('/');
    let url = format!("/services/data/{path}");
    let input = match body.get("richInput") {
        None | Some(Json::Null) => Bytes::new(),
        Some(input) => serde_json::to_vec(input).unwrap_or_default().into(),
    };
    let request = Request::read(method, &url, HeaderMap::new(), input);
    Ok(request.map(|request| Request { nested: true, ..request }))
}

fn is_supported(request: &Request) -> bool {
    let word = request.path.first().map(String::as_str).unwrap_or_default();
    SUPPORTED.iter().any(|start| word.starts_with(start))
}
