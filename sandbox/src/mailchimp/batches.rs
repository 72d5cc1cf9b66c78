//! `/batches`: many calls in one, done later, with their answers in an archive behind a link that dies.
//!
//! <https://mailchimp.com/developer/marketing/guides/run-async-requests-batch-endpoint/>

use super::account::{Account, State};
use super::api::{self, Answer, Ask, Reply};
use super::audience::Now;
use super::call::{Call, Resource};
use super::input;
use super::problem::Problem;
use super::query::Query;
use super::settings::Settings;
use super::view;
use axum::Router;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The most batches that are not done yet.
const MAX_PENDING: usize = 500;
/// The most operations in a batch.
const MAX_OPERATIONS: usize = 1_000;
/// How long a batch is known, in milliseconds: seven days.
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// One call of a batch.
#[derive(Clone, Debug)]
struct Operation {
    method: Method,
    path: String,
    params: Map<String, Json>,
    body: String,
    id: String,
}

#[derive(Debug)]
struct Batch {
    id: String,
    submitted_ms: i64,
    operations: Vec<Operation>,
    done: Option<Done>,
}

#[derive(Debug)]
struct Done {
    at_ms: i64,
    errored: usize,
    /// A tar archive, compressed.
    archive: Vec<u8>,
}

/// All batches of an account.
#[derive(Debug)]
pub(super) struct Batches {
    batches: BTreeMap<u64, Batch>,
    last_number: u64,
    seed: u64,
}

impl Batches {
    pub(super) fn new(seed: u64) -> Self {
        Self { batches: BTreeMap::new(), last_number: 0, seed }
    }

    fn pending(&self) -> usize {
        self.batches.values().filter(|batch| batch.done.is_none()).count()
    }

    fn find(&self, id: &str) -> Result<(u64, &Batch), Problem> {
        let found = self.batches.iter().find(|(_, batch)| batch.id == id);
        found.map(|(number, batch)| (*number, batch)).ok_or_else(Problem::not_found)
    }

    fn add(&mut self, operations: Vec<Operation>, now_ms: i64) -> Result<&Batch, Problem> {
        if self.pending() >= MAX_PENDING {
            let detail = "You have more than 500 pending batches.";
            return Err(Problem::new(429, "Too Many Requests", detail));
        }
        self.batches.retain(|_, batch| now_ms - batch.submitted_ms < KEPT_MS);
        self.last_number += 1;
        let hash = blake3::hash(format!("{}/batch/{}", self.seed, self.last_number).as_bytes()).to_hex();
        let id = hash.chars().take(10).collect();
        let batch = Batch { id, submitted_ms: now_ms, operations, done: None };
        Ok(self.batches.entry(self.last_number).or_insert(batch))
    }

    /// What makes a link to a result good.
    fn signature(&self, id: &str, expires: i64) -> String {
        let hash = blake3::hash(format!("{}/result/{id}/{expires}", self.seed).as_bytes()).to_hex();
        hash.chars().take(32).collect()
    }
}

/// Does the batches that are due, call by call.
pub(super) fn work(state: &mut State, now: &Now) {
    let due_ms = now.ms.saturating_sub(i64::try_from(state.settings.batch_ms).unwrap_or(i64::MAX));
    let due: Vec<u64> = state
        .batches
        .batches
        .iter()
        .filter(|(_, batch)| batch.done.is_none() && batch.submitted_ms <= due_ms)
        .map(|(number, _)| *number)
        .collect();
    for number in due {
        let Some(batch) = state.batches.batches.get(&number) else { continue };
        let (id, operations) = (batch.id.clone(), batch.operations.clone());
        let answers: Vec<Json> = operations.iter().map(|operation| operate(state, operation, now)).collect();
        let is_error = |answer: &&Json| answer.get("status_code").and_then(Json::as_u64) >= Some(400);
        let errored = answers.iter().filter(is_error).count();
        let archive = pack(&id, &answers);
        if let Some(batch) = state.batches.batches.get_mut(&number) {
            batch.done = Some(Done { at_ms: now.ms, errored, archive });
        }
    }
}

fn operate(state: &mut State, operation: &Operation, now: &Now) -> Json {
    state.audience.listing.settle(now.ms);
    let (status, response) = match call(state, operation, now) {
        Ok(Reply::Json(body)) => (200, body.to_string()),
        Ok(Reply::Empty) => (204, String::new()),
        Err(problem) => (problem.status(), problem.body().to_string()),
    };
    json!({ "status_code": status, "operation_id": operation.id, "response": response })
}

fn call(state: &mut State, operation: &Operation, now: &Now) -> Answer {
    let path = operation.path.trim_start_matches(super::call::VERSION);
    let call = Call::parse(&operation.method, path).ok_or_else(Problem::not_found)?;
    let nested = matches!(call.resource, Resource::Batches | Resource::Batch);
    // A webhook's address cannot be asked from in here.
    let registers = matches!(call.resource, Resource::Hooks | Resource::Hook);
    if nested || (registers && operation.method != Method::GET) {
        return Err(Problem::bad_request("This operation cannot be part of a batch."));
    }
    let body = input::parse(operation.body.as_bytes())?;
    let ask = Ask { call, query: Query::of(&operation.params), body, origin: "" };
    api::run(state, &ask, now)
}

/// One JSON file in a tar archive, compressed.
fn pack(id: &str, answers: &[Json]) -> Vec<u8> {
    let text = serde_json::to_vec(answers).unwrap_or_default();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut head = tar::Header::new_gnu();
    head.set_size(text.len() as u64);
    head.set_mode(0o644);
    // Writing to memory does not fail; if it did, the archive would be empty and a client would say so.
    let appended = archive.append_data(&mut head, format!("{id}.json"), text.as_slice());
    let packed = appended.and_then(|()| archive.into_inner()).and_then(GzEncoder::finish);
    packed.unwrap_or_default()
}

/// `/batches` and `/batches/{batch_id}`.
pub(super) fn run(batches: &mut Batches, ask: &Ask<'_>, settings: &Settings, now: &Now) -> Answer {
    let show = |batches: &Batches, batch: &Batch| view_of(batches, batch, ask.origin, settings, now);
    match (ask.call.resource, ask.call.method.as_str()) {
        (Resource::Batches, "GET") => {
            let window = ask.query.window()?;
            let all = batches.batches.values().rev().skip(window.offset).take(window.count);
            let page: Vec<Json> = all.map(|batch| show(batches, batch)).collect();
            let total = batches.batches.len();
            Ok(Reply::Json(json!({ "batches": page, "total_items": total, "_links": [] })))
        }
        (Resource::Batches, "POST") => {
            let operations = operations(&ask.body)?;
            let id = batches.add(operations, now.ms)?.id.clone();
            let (_, batch) = batches.find(&id)?;
            Ok(Reply::Json(show(batches, batch)))
        }
        (Resource::Batch, "GET") => {
            let (_, batch) = batches.find(ask.call.name(0))?;
            Ok(Reply::Json(show(batches, batch)))
        }
        (Resource::Batch, "DELETE") => {
            let (number, _) = batches.find(ask.call.name(0))?;
            batches.batches.remove(&number);
            Ok(Reply::Empty)
        }
        (_, _) => Err(Problem::method_not_allowed()),
    }
}

fn operations(sent: &Map<String, Json>) -> Result<Vec<Operation>, Problem> {
    let mut body = input::Body::new(sent);
    body.require(&["operations"]);
    let operations = body.list("operations").cloned().unwrap_or_default();
    let operations = body.done(operations)?;
    if operations.len() > MAX_OPERATIONS {
        return Err(Problem::field("operations", "You may only specify up to 1000 operations at a time."));
    }
    operations.iter().enumerate().map(|(at, operation)| read(at, operation)).collect()
}

fn read(at: usize, operation: &Json) -> Result<Operation, Problem> {
    let refused =
        |name: &str| Problem::field(format!("operations.item:{at}.{name}"), "This value is not valid.");
    let text = |name: &str| operation.get(name).and_then(Json::as_str);
    let method = text("method").filter(|word| ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(word));
    let method = method.and_then(|word| Method::from_bytes(word.as_bytes()).ok());
    let params = match operation.get("params") {
        None => Map::new(),
        Some(Json::Object(params)) => params.clone(),
        Some(Json::Array(empty)) if empty.is_empty() => Map::new(),
        Some(_) => return Err(refused("params")),
    };
    let body = match operation.get("body") {
        None => String::new(),
        Some(Json::String(body)) => body.clone(),
        Some(_) => return Err(refused("body")),
    };
    Ok(Operation {
        method: method.ok_or_else(|| refused("method"))?,
        path: text("path").ok_or_else(|| refused("path"))?.to_owned(),
        params,
        body,
        id: text("operation_id").unwrap_or_default().to_owned(),
    })
}

fn view_of(batches: &Batches, batch: &Batch, origin: &str, settings: &Settings, now: &Now) -> Json {
    let total = batch.operations.len();
    let (status, finished, errored, completed, url) = match &batch.done {
        None if now.ms > batch.submitted_ms => ("started", 0, 0, String::new(), String::new()),
        None => ("pending", 0, 0, String::new(), String::new()),
        Some(done) => {
            let expires = now.seconds() + i64::from(settings.batch_result_seconds);
            let signature = batches.signature(&batch.id, expires);
            let url = format!(
                "{origin}/batch-results/{}-response.tar.gz?expires={expires}&signature={signature}",
                batch.id
            );
            ("finished", total, done.errored, view::moment(done.at_ms.div_euclid(1000)), url)
        }
    };
    json!({
        "id": batch.id, "status": status, "total_operations": total, "finished_operations": finished,
        "errored_operations": errored, "submitted_at": view::moment(batch.submitted_ms.div_euclid(1000)),
        "completed_at": completed, "response_body_url": url,
        "_links": view::links(settings, &format!("/batches/{}", batch.id)),
    })
}

/// Where the results are: another host in life, which asks for no key and takes the signature instead.
pub(super) fn routes() -> Router<Account> {
    Router::new().route("/batch-results/{file}", get(result))
}

async fn result(
    Shared(account): Shared<Account>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Query::decode(query.unwrap_or_default().as_bytes());
    let id = file.trim_end_matches("-response.tar.gz");
    let archive = account.with(|state, now| {
        let expires: i64 = query.one("expires")?.parse().ok()?;
        let signed = query.one("signature")? == state.batches.signature(id, expires);
        let (_, batch) = state.batches.find(id).ok()?;
        let done = batch.done.as_ref()?;
        (signed && now.seconds() < expires).then(|| done.archive.clone())
    });
    match archive {
        Some(archive) => ([(header::CONTENT_TYPE, "application/gzip")], archive).into_response(),
        None => {
            let xml = [(header::CONTENT_TYPE, "application/xml")];
            let page = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>";
            (StatusCode::FORBIDDEN, xml, page).into_response()
        }
    }
}
