//! Refusals: problem documents, as Mailchimp writes them.
//!
//! The type is one and the same address for every problem; what went wrong is told by status and title.
//! <https://mailchimp.com/developer/marketing/docs/errors/>

use crate::faults::Fault;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

const TYPE: &str = "https://mailchimp.com/developer/marketing/docs/errors/";
const LINK: &str =
    "<https://us2.api.mailchimp.com/schema/3.0/ProblemDetailDocument.json>; rel=\"describedBy\"";

/// What the schema check says of a value of the wrong form.
pub(super) const NO_SCHEMA_MATCHES: &str = "Data did not match any of the schemas described in anyOf.";

/// Numbers the answers: `instance` and `X-Request-Id` differ each time.
static ANSWERS: AtomicU64 = AtomicU64::new(0);

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    title: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldError {
    pub(super) field: String,
    pub(super) message: Cow<'static, str>,
}

impl FieldError {
    pub(super) fn new(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Problem {
    pub(super) fn new(status: u16, title: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, title, detail: detail.into(), errors: Vec::new() }
    }

    /// The request does not fit the schema.
    pub(super) fn schema(errors: Vec<FieldError>) -> Self {
        let detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array.";
        Self { errors, ..Self::new(400, "Invalid Resource", detail) }
    }

    /// One parameter or member of the body does not fit the schema.
    pub(super) fn field(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::schema(vec![FieldError::new(field, message)])
    }

    /// Values that the audience's fields do not take.
    pub(super) fn merge_fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(400, "Invalid Resource", "Your merge fields were invalid.") }
    }

    /// Refused with a sentence alone.
    pub(super) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "Invalid Resource", detail)
    }

    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "Bad Request", detail)
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "Resource Not Found", "The requested resource could not be found.")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            405,
            "Method Not Allowed",
            "The requested method and resource are not compatible. See the Allow header for this resource's available methods.",
        )
    }

    pub(super) fn fake_email(email: &str) -> Self {
        Self::invalid(format!("{email} looks fake or invalid, please enter a real email address."))
    }

    pub(super) fn member_exists(email: &str) -> Self {
        let detail = format!("{email} is already a list member. Use PUT to insert or update list members.");
        Self::new(400, "Member Exists", detail)
    }

    pub(super) fn compliance(email: &str) -> Self {
        let detail = format!(
            "{email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
        );
        Self::new(400, "Member In Compliance State", detail)
    }

    pub(super) fn forgotten(email: &str) -> Self {
        let detail = format!(
            "{email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list."
        );
        Self::new(400, "Forgotten Email Not Subscribed", detail)
    }

    pub(super) fn too_many_sign_ups(email: &str) -> Self {
        Self::invalid(format!(
            "{email} has signed up to a lot of lists very recently; we're not allowing more signups for now"
        ))
    }

    pub(super) fn key_missing() -> Self {
        Self::new(401, "API Key Missing", "Your request did not include an API key.")
    }

    pub(super) fn key_invalid() -> Self {
        let detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter.";
        Self::new(401, "API Key Invalid", detail)
    }

    pub(super) fn wrong_data_centre() -> Self {
        Self::new(403, "Wrong Datacenter", "The API key provided is linked to a different datacenter.")
    }

    pub(super) fn too_many_requests() -> Self {
        Self::new(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")
    }

    pub(super) fn server(status: u16) -> Self {
        Self::new(
            status,
            "Internal Server Error",
            "An unexpected internal error has occurred. Please contact Support for more information.",
        )
    }

    /// Mailchimp has it, the simulator has not.
    pub(super) fn not_simulated(what: &str) -> Self {
        Self::new(501, "Not Simulated", format!("The sandbox does not simulate {what}."))
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What a client tells problems by, with the status.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Json {
        let mut body = json!({
            "type": TYPE, "title": self.title, "status": self.status, "detail": self.detail,
            "instance": instance(),
        });
        if let (false, Some(body)) = (self.errors.is_empty(), body.as_object_mut()) {
            let errors = self.errors.iter();
            let errors = errors.map(|error| json!({ "field": error.field, "message": error.message }));
            body.insert("errors".to_owned(), Json::Array(errors.collect()));
        }
        body
    }

    /// As a scripted fault: for a refusal that comes out of turn.
    #[must_use]
    pub fn as_fault(&self) -> Fault {
        Fault::Answer { status: self.status, body: self.body().to_string(), retry_after_seconds: None }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The detail may name a person's address.
        write!(out, "{} {}", self.status, self.title)
    }
}

impl std::error::Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &self.body());
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, problem);
        headers.insert(header::LINK, HeaderValue::from_static(LINK));
        response
    }
}

/// JSON as the front end sends it, with its headers.
pub(super) fn json_response(status: u16, body: &Json) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    dress(&mut response);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The headers of every answer.
pub(super) fn dress(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("openresty"));
    if let Ok(id) = HeaderValue::from_str(&instance()) {
        headers.insert("x-request-id", id);
    }
}

/// The bare refusal of a front end that is asked far too much: no JSON in it.
pub(super) fn bare_forbidden() -> Response {
    StatusCode::FORBIDDEN.into_response()
}

/// An id in the form of a UUID.
fn instance() -> String {
    let hash = blake3::hash(&ANSWERS.fetch_add(1, Ordering::Relaxed).to_le_bytes()).to_hex();
    let part = |range: std::ops::Range<usize>| hash.get(range).unwrap_or_default().to_owned();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}
