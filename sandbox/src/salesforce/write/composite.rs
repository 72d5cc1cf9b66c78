//! Composite calls: up to 25 subrequests in one, in their order, each with headers of its own, each able to
//! use what an earlier one answered. One call costs one call.
//!
//! Also composite graphs: the same, several times, each graph all or nothing and without headers.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm>
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_graph.htm>

use super::super::api;
use super::super::error::ApiError;
use super::super::org::State;
use super::super::store::Act;
use super::super::wire::{Payload, Reply, Request};
use super::reference::{self, Answers, Dangling};
use super::rows::{Outcome, one};
use super::words;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value as Json, json};

/// The most subrequests of one call.
const MAX_SUBREQUESTS: usize = 25;
/// The most of them that are queries or collections.
const MAX_QUERIES_AND_COLLECTIONS: usize = 5;
/// The most graphs of one call, and subrequests of all of them together.
const MAX_GRAPHS: usize = 75;
const MAX_NODES: usize = 500;
/// After so many failed graphs the others are not tried.
const MAX_FAILED_GRAPHS: usize = 14;
/// What a subrequest can ask for: paths that begin so.
const SUPPORTED: [&str; 5] = ["sobjects", "query", "connect", "composite/sobjects", "composite/tree"];
/// What a subrequest may not say for itself.
const OUTER_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// `POST /composite`
pub(super) fn composite(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let body = request.json().map_err(one)?;
    let subrequests = subrequests(&body, Headers::Taken).map_err(one)?;
    if subrequests.len() > MAX_SUBREQUESTS {
        let message =
            format!("Limit exceeded: a composite request has at most {MAX_SUBREQUESTS} subrequests");
        return Err(one(words::limit(message)));
    }
    let wide = subrequests.iter().filter(|subrequest| subrequest.is_query_or_collection()).count();
    if wide > MAX_QUERIES_AND_COLLECTIONS {
        let message = format!(
            "Limit exceeded: at most {MAX_QUERIES_AND_COLLECTIONS} subrequests can be queries or collections"
        );
        return Err(one(words::limit(message)));
    }
    let all_or_none = body.get("allOrNone").and_then(Json::as_bool).unwrap_or(false);
    let ended = run(state, &subrequests, all_or_none, act);
    Ok(Reply::json(200, json!({ "compositeResponse": told(ended) })))
}

/// `POST /composite/graph`
pub(super) fn graph(state: &mut State, request: &Request, act: &Act) -> Outcome {
    let body = request.json().map_err(one)?;
    let graphs = body.get("graphs").and_then(Json::as_array);
    let graphs = graphs.ok_or_else(|| one(words::bad_input("graphs is required")))?;
    let graphs = graphs
        .iter()
        .map(|graph| {
            let id = graph.get("graphId").and_then(Json::as_str);
            let id = id.ok_or_else(|| words::bad_input("graphId is required in each graph"))?;
            Ok((id, subrequests(graph, Headers::Refused)?))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(one)?;
    let nodes: usize = graphs.iter().map(|(_, subrequests)| subrequests.len()).sum();
    if graphs.len() > MAX_GRAPHS || nodes > MAX_NODES {
        let message = format!("Limit exceeded: at most {MAX_GRAPHS} graphs with {MAX_NODES} nodes together");
        return Err(one(words::limit(message)));
    }
    let mut failed = 0;
    let mut told_graphs = Vec::with_capacity(graphs.len());
    for (id, subrequests) in &graphs {
        let ended = if failed < MAX_FAILED_GRAPHS {
            run(state, subrequests, true, act)
        } else {
            subrequests.iter().map(|subrequest| halted(&subrequest.id, HALTED, state)).collect()
        };
        let good = ended.iter().all(Ended::is_good);
        failed += usize::from(!good);
        let response = json!({ "compositeResponse": told(ended) });
        told_graphs.push(json!({ "graphId": id, "graphResponse": response, "isSuccessful": good }));
    }
    Ok(Reply::json(200, json!({ "graphs": told_graphs })))
}

/// Whether subrequests may have headers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Headers {
    Taken,
    Refused,
}

/// One request within another, its references not yet replaced.
struct Subrequest {
    id: String,
    method: Method,
    url: String,
    headers: Map<String, Json>,
    body: Json,
}

/// How one ended.
struct Ended {
    id: String,
    status: u16,
    headers: Map<String, Json>,
    body: Json,
}

impl Subrequest {
    /// The path behind the version.
    fn resource(&self) -> &str {
        let path = self.url.split('?').next().unwrap_or_default();
        let behind = path.strip_prefix("/services/data/").and_then(|rest| rest.split_once('/'));
        behind.map_or("", |(_, resource)| resource)
    }

    fn is_query_or_collection(&self) -> bool {
        let resource = self.resource();
        resource.starts_with("query") || resource.starts_with("composite/")
    }

    /// Whether it is one of the resources that can be asked for within a composite call.
    fn is_supported(&self) -> bool {
        SUPPORTED.iter().any(|start| self.resource().starts_with(start))
    }
}

impl Ended {
    fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn subrequests(body: &Json, headers: Headers) -> Result<Vec<Subrequest>, ApiError> {
    let list = body.get("compositeRequest").and_then(Json::as_array);
    let list = list.ok_or_else(|| words::bad_input("compositeRequest is required"))?;
    let read = list.iter().map(|each| subrequest(each, headers)).collect::<Result<Vec<_>, _>>()?;
    let mut ids: Vec<&str> = read.iter().map(|subrequest| &*subrequest.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(words::bad_input("Duplicate referenceId provided"));
    }
    Ok(read)
}

fn subrequest(body: &Json, headers: Headers) -> Result<Subrequest, ApiError> {
    let text = |name: &str| {
        let text = body.get(name).and_then(Json::as_str);
        text.ok_or_else(|| words::bad_input(format!("{name} is required in each subrequest")))
    };
    let id = text("referenceId")?.to_owned();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(words::bad_input("Provided referenceId must be alphanumeric or underscore"));
    }
    let method = match text("method")? {
        method @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE") => {
            Method::from_bytes(method.as_bytes()).map_err(|_| words::bad_input("method"))?
        }
        other => return Err(words::bad_input(format!("{other} is not a supported method"))),
    };
    let own = body.get("httpHeaders").and_then(Json::as_object).cloned().unwrap_or_default();
    if let Some(name) = own.keys().find(|name| OUTER_HEADERS.contains(&&*name.to_ascii_lowercase())) {
        return Err(words::bad_input(format!("{name} is not supported in httpHeaders")));
    }
    if headers == Headers::Refused && !own.is_empty() {
        return Err(words::bad_input("httpHeaders is not supported in graphs"));
    }
    let body = body.get("body").cloned().unwrap_or(Json::Null);
    Ok(Subrequest { id, method, url: text("url")?.to_owned(), headers: own, body })
}

const HALTED: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// Runs them in their order. With `all_or_none` the first failure takes back what was done and stops the
/// rest; it keeps its own words, and all others say that they were halted.
fn run(state: &mut State, subrequests: &[Subrequest], all_or_none: bool, act: &Act) -> Vec<Ended> {
    let mut answers = Answers::new();
    let mut ended: Vec<Ended> = Vec::with_capacity(subrequests.len());
    let savepoint = state.store.savepoint();
    for subrequest in subrequests {
        let end = one_of_them(state, subrequest, &answers, all_or_none, act);
        let good = end.is_good();
        if good {
            answers.insert(end.id.clone(), end.body.clone());
        }
        ended.push(end);
        if all_or_none && !good {
            state.store.roll_back(savepoint);
            let last = ended.pop();
            let mut told: Vec<Ended> = ended.iter().map(|end| halted(&end.id, HALTED, state)).collect();
            told.extend(last);
            let rest = subrequests.iter().skip(told.len());
            told.extend(rest.map(|subrequest| halted(&subrequest.id, HALTED, state)));
            return told;
        }
    }
    state.store.release(savepoint);
    ended
}

fn one_of_them(
    state: &mut State,
    subrequest: &Subrequest,
    answers: &Answers,
    all_or_none: bool,
    act: &Act,
) -> Ended {
    if !subrequest.is_supported() {
        let error = words::bad_input("This resource is not supported in a composite request");
        return refused(&subrequest.id, &error, state);
    }
    match filled(subrequest, answers) {
        Err(Dangling(path)) => {
            let source = path.split('.').next().unwrap_or_default();
            let message = format!("Invalid reference specified. No value for {path} found in {source}");
            halted(&subrequest.id, &message, state)
        }
        Ok(None) => refused(&subrequest.id, &ApiError::not_found(), state),
        Ok(Some(request)) => {
            let failed_inside = all_or_none && request.path.first().is_some_and(|word| word == "composite");
            let reply = api::answer(state, &request, act);
            let mut end = of_reply(&subrequest.id, reply);
            // A collection answers with 200 even if rows failed; all or nothing does not let that pass.
            if failed_inside && end.is_good() && has_failed_row(&end.body) {
                end.status = 400;
            }
            end
        }
    }
}

fn has_failed_row(body: &Json) -> bool {
    let rows = body.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().any(|row| row.get("success").and_then(Json::as_bool) == Some(false))
}

/// The request that a subrequest stands for; `None` if its address is none of the API's.
fn filled(subrequest: &Subrequest, answers: &Answers) -> Result<Option<Request>, Dangling> {
    let url = reference::in_text(&subrequest.url, answers)?;
    let body = match &subrequest.body {
        Json::Null => Bytes::new(),
        body => serde_json::to_vec(&reference::in_body(body, answers)?).unwrap_or_default().into(),
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &subrequest.headers {
        let text = reference::in_text(value.as_str().unwrap_or_default(), answers)?;
        let pair = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&text));
        if let (Ok(name), Ok(value)) = pair {
            headers.insert(name, value);
        }
    }
    let request = Request::read(subrequest.method.clone(), &url, headers, body);
    Ok(request.map(|request| Request { nested: true, ..request }))
}

fn of_reply(id: &str, reply: Reply) -> Ended {
    let headers =
        reply.headers.into_iter().map(|(name, value)| (name.to_owned(), Json::from(value))).collect();
    let body = match reply.payload {
        Payload::Empty => Json::Null,
        Payload::Json(body) => body,
        Payload::Csv(text) => Json::from(text),
    };
    Ended { id: id.to_owned(), status: reply.status, headers, body }
}

fn refused(id: &str, error: &ApiError, state: &State) -> Ended {
    of_reply(id, Reply::refusal(error, state.settings.language))
}

fn halted(id: &str, message: &str, state: &State) -> Ended {
    refused(id, &ApiError::bad("PROCESSING_HALTED", message), state)
}

fn told(ended: Vec<Ended>) -> Vec<Json> {
    let tell = |end: Ended| json!({ "body": end.body, "httpHeaders": end.headers, "httpStatusCode": end.status, "referenceId": end.id });
    ended.into_iter().map(tell).collect()
}
