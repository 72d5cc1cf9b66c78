//! Calls: within the quota, several reads in one, and what the organisation describes, asked once.

use super::quota;
use super::wire::describe::{Describe, Shape};
use super::wire::fault::Fault;
use super::wire::object::SObject;
use super::wire::stamp::Stamp;
use super::wire::view::View;
use super::wire::{API_PATH, API_VERSION, Row};
use super::{Salesforce, protocol};
use crate::contract::Result;
use crate::error::ConnectorError;
use crate::http::{Answer, HttpError, Repeat, Request};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// The most reads in one call
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_batch.htm>).
pub(super) const MAX_READS_PER_CALL: usize = 25;

/// Something to read.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    /// Rows that are there.
    Query(String),
    /// Rows, the deleted ones too.
    QueryAll(String),
    /// What an object is.
    Describe(&'static str),
}

impl Ask {
    fn path(&self) -> String {
        match self {
            Ask::Query(_) => "query".to_owned(),
            Ask::QueryAll(_) => "queryAll".to_owned(),
            Ask::Describe(object) => format!("sobjects/{object}/describe"),
        }
    }

    fn soql(&self) -> Option<&str> {
        match self {
            Ask::Query(soql) | Ask::QueryAll(soql) => Some(soql),
            Ask::Describe(_) => None,
        }
    }

    fn request(&self) -> Request {
        let request = Request::get(format!("{API_PATH}/{}", self.path()));
        match self.soql() {
            Some(soql) => request.query("q", soql),
            None => request,
        }
    }

    /// As a subrequest names it: below `/services/data/`.
    fn subrequest(&self) -> Json {
        let mut url = format!("{API_VERSION}/{}", self.path());
        if let Some(soql) = self.soql() {
            url.push_str("?q=");
            url.extend(url::form_urlencoded::byte_serialize(soql.as_bytes()));
        }
        json!({ "method": "GET", "url": url })
    }
}

/// What came of several reads.
pub(super) struct Answers {
    /// One for each, in order.
    pub(super) parts: Vec<Part>,
    /// Salesforce's clock.
    pub(super) at: Option<Stamp>,
}

/// What came of one read.
pub(super) struct Part {
    status: u16,
    body: Json,
}

/// The rows of one page of a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rows {
    /// How many there are altogether.
    pub(super) total_size: u64,
    /// Whether these are all of them.
    pub(super) done: bool,
    pub(super) records: Vec<Row>,
}

impl Part {
    fn read<T: serde::de::DeserializeOwned>(self, what: &str) -> std::result::Result<T, Miss> {
        if !(200..300).contains(&self.status) {
            return Err(Miss::Refused(Fault::parse(self.status, &self.body)));
        }
        // The error's own text quotes the offending value, which may be a contact's.
        T::deserialize(self.body).map_err(|_| Miss::Shape(format!("{what} of another shape")))
    }

    pub(super) fn rows(self) -> std::result::Result<Rows, Miss> {
        self.read("the answer to a query")
    }

    pub(super) fn shape(self) -> std::result::Result<Shape, Miss> {
        self.read("the description of an object")
    }
}

/// Why a read gave nothing.
pub(super) enum Miss {
    /// It was refused.
    Refused(Fault),
    /// Its answer is not what the documents describe.
    Shape(String),
}

impl Salesforce {
    /// Sends one call, unless only the reserve of the quota is left.
    ///
    /// # Errors
    /// [`HttpError::RateLimited`] where nothing was sent for that reason; else see [`Http::send`](crate::http::Http::send).
    pub(super) async fn call(&self, request: Request) -> std::result::Result<Answer, HttpError> {
        if let Some(wait) = self.quota.closed_for() {
            return Err(HttpError::RateLimited { retry_after: Some(wait) });
        }
        self.call_from_the_reserve(request).await
    }

    /// Sends one call, whatever is left: for the one that asks how much that is.
    pub(super) async fn call_from_the_reserve(
        &self,
        request: Request,
    ) -> std::result::Result<Answer, HttpError> {
        let sent = self.http.send(&request).await;
        let answer = match &sent {
            Ok(answer) => Some(answer),
            Err(error) => error.refusal(),
        };
        if let Some(usage) = answer.and_then(|answer| answer.header(quota::HEADER)) {
            self.quota.note(usage);
        }
        sent
    }

    /// Reads several things in one call; at most [`MAX_READS_PER_CALL`].
    pub(super) async fn ask(&self, asks: &[Ask]) -> Result<Answers> {
        self.read(asks, false).await
    }

    /// The same from the reserve of the quota.
    pub(super) async fn ask_from_the_reserve(&self, asks: &[Ask]) -> Result<Answers> {
        self.read(asks, true).await
    }

    async fn read(&self, asks: &[Ask], from_the_reserve: bool) -> Result<Answers> {
        let request = match asks {
            [] => return Ok(Answers { parts: Vec::new(), at: None }),
            [one] => one.request(),
            many => {
                let requests: Vec<Json> = many.iter().map(Ask::subrequest).collect();
                // A POST that holds nothing but reads.
                Request::post(format!("{API_PATH}/composite/batch"), Repeat::Read)
                    .json(&json!({ "haltOnError": false, "batchRequests": requests }))
            }
        };
        let sent = if from_the_reserve {
            self.call_from_the_reserve(request).await
        } else {
            self.call(request).await
        };
        match (sent, asks) {
            (Ok(answer), [_]) => {
                let body = answer.json()?;
                Ok(Answers { at: clock(&answer), parts: vec![Part { status: answer.status(), body }] })
            }
            (Ok(answer), many) => {
                Ok(Answers { at: clock(&answer), parts: parts_of(&answer.json()?, many.len())? })
            }
            (Err(HttpError::Refused(answer)), [_]) => {
                let body = answer.value().unwrap_or(Json::Null);
                Ok(Answers { at: clock(&answer), parts: vec![Part { status: answer.status(), body }] })
            }
            (Err(error), _) => Err(self.explain(error)),
        }
    }

    /// What the organisation describes of the app's objects; asked once.
    pub(super) async fn describe(&self) -> Result<Arc<Describe>> {
        let known = self.described.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(describe) => Ok(describe),
            None => self.describe_again().await,
        }
    }

    /// Whether a description is at hand; none is, if it was not asked for yet or proved wrong.
    pub(super) fn is_described(&self) -> bool {
        self.described.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The same, asked now.
    pub(super) async fn describe_again(&self) -> Result<Arc<Describe>> {
        let family = self.config.object.family();
        let asks: Vec<Ask> = family.iter().map(|object| Ask::Describe(object.name())).collect();
        let answers = self.ask(&asks).await?;
        self.keep_description(family.iter().copied().zip(answers.parts))
    }

    /// Keeps what was described. An object that is not there for this user is left out, unless it is the app's own.
    pub(super) fn keep_description(
        &self,
        parts: impl Iterator<Item = (SObject, Part)>,
    ) -> Result<Arc<Describe>> {
        let mut shapes = BTreeMap::new();
        for (object, part) in parts {
            match part.shape() {
                Ok(shape) if shape.queryable => drop(shapes.insert(object, shape)),
                Ok(_) if object == self.config.object => return Err(self.unseen(object)),
                Err(Miss::Refused(fault)) if fault.is_missing() || fault.is_permission() => {
                    if object == self.config.object {
                        return Err(self.unseen(object));
                    }
                }
                Ok(_) => {}
                Err(miss) => return Err(self.explain_miss(miss)),
            }
        }
        let describe = Arc::new(Describe::new(self.config.object, shapes));
        *self.described.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&describe));
        Ok(describe)
    }

    /// What is observed of the rows of an object; `None` if this user may not see such rows.
    pub(super) fn view(&self, describe: &Describe, object: SObject) -> Option<View> {
        let shape = describe.shape(object)?;
        let tags = self.tags.column(shape);
        View::new(describe, object, &self.config.extra_fields, tags, self.config.marker_field.as_ref())
    }

    fn unseen(&self, object: SObject) -> ConnectorError {
        self.forbidden(&format!("this user may not read {}s", object.name()))
    }

    fn forbidden(&self, reason: &str) -> ConnectorError {
        ConnectorError::Auth {
            reason: reason.to_owned(),
            hint: format!(
                "give the user that `{}` signs in as the permissions that `syntony check` lists, by a permission set",
                self.config.app
            ),
        }
    }

    /// A failed call in the contract's terms.
    pub(super) fn explain(&self, error: HttpError) -> ConnectorError {
        match error.refusal() {
            Some(answer) => self.explain_fault(&Fault::of(answer)),
            None => error.into(),
        }
    }

    /// A refused read in the contract's terms.
    pub(super) fn explain_miss(&self, miss: Miss) -> ConnectorError {
        match miss {
            Miss::Refused(fault) => self.explain_fault(&fault),
            Miss::Shape(reason) => ConnectorError::Protocol { reason },
        }
    }

    pub(super) fn explain_fault(&self, fault: &Fault) -> ConnectorError {
        if fault.is_limit() {
            return ConnectorError::RateLimited { retry_after: None };
        }
        if fault.is_permission() {
            return self.forbidden(&fault.name());
        }
        if fault.is_passing() {
            return ConnectorError::Transient { reason: fault.name(), attempts: 1 };
        }
        if fault.has("INVALID_FIELD") {
            // A field was renamed, deleted or hidden since it was described: next time it is asked for what is there.
            *self.described.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        ConnectorError::Permanent { reason: fault.name() }
    }
}

fn clock(answer: &Answer) -> Option<Stamp> {
    answer.header("Date").and_then(Stamp::of_header)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchAnswer {
    results: Vec<BatchPart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchPart {
    status_code: u16,
    #[serde(default)]
    result: Json,
}

/// The parts of a batch: exactly as many as were asked for, or it cannot be told whose they are.
fn parts_of(body: &Json, asked: usize) -> Result<Vec<Part>> {
    let answer = BatchAnswer::deserialize(body).map_err(|_| protocol("a batch of another shape"))?;
    if answer.results.len() != asked {
        return Err(protocol("a batch with another number of answers than reads"));
    }
    Ok(answer.results.into_iter().map(|part| Part { status: part.status_code, body: part.result }).collect())
}
