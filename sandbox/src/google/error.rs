//! Refusals in Google's words.
//!
//! Every text and every detail here was seen in recorded answers or is in Google's documents; where only
//! the status is known, the comment says so. Clients decide by these bodies, so a change here must come
//! from a fact.
//!
//! Shape: <https://cloud.google.com/apis/design/errors>.

use crate::faults::Fault;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

/// What every call gives: the answer's body, or the refusal.
pub(super) type Answer = Result<Json, ApiError>;

/// A refusal of the People API.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code} {status}: {message}")]
pub struct ApiError {
    /// The HTTP status, which is also `error.code`.
    pub code: u16,
    /// `error.status`, the canonical name.
    pub status: &'static str,
    /// `error.message`.
    pub message: String,
    /// `error.details`; left out if empty.
    pub details: Vec<Json>,
    /// More headers.
    pub headers: Vec<(HeaderName, String)>,
}

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const PEOPLE_TYPES: &str = "type.googleapis.com/google.people.v1";

impl ApiError {
    fn new(code: u16, status: &'static str, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into(), details: Vec::new(), headers: Vec::new() }
    }

    fn detail(mut self, detail: Json) -> Self {
        self.details.push(detail);
        self
    }

    /// 400 with this text.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    /// 400 as recorded for a malformed token; also what a changed parameter gives.
    pub(super) fn invalid_argument() -> Self {
        Self::invalid("Request contains an invalid argument.")
    }

    /// 400 for a field of the request, with its `fieldViolations`.
    pub(super) fn violation(field: &str, description: impl Into<String>) -> Self {
        let description = description.into();
        let violations = json!([{ "field": field, "description": description }]);
        Self::invalid(description).detail(
            json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations }),
        )
    }

    /// 400: a mask with a path that is none.
    pub(super) fn bad_mask(parameter: &str, path: &str) -> Self {
        let text = format!(
            "Invalid {parameter} mask path: \"{path}\". Valid paths are documented at \
             https://developers.google.com/people/api/rest/v1/people/get."
        );
        Self::violation(parameter, text)
    }

    /// 400: the sync token is older than seven days after its full sync.
    pub(super) fn expired_sync_token() -> Self {
        let text = "Sync token is expired. Clear local cache and retry call without the sync token.";
        Self::new(400, "FAILED_PRECONDITION", text).detail(json!({
            "@type": ERROR_INFO, "reason": "EXPIRED_SYNC_TOKEN", "domain": "people.googleapis.com",
        }))
    }

    /// 400: somebody changed the contact since it was read.
    #[must_use]
    pub fn stale_etag() -> Self {
        let text = "Request person.etag is different than the current person.etag. Clear local cache and \
                    get the latest person.";
        Self::new(400, "FAILED_PRECONDITION", text)
    }

    /// The same for the etag of the contact's source.
    pub(super) fn stale_source_etag() -> Self {
        let text = "Request person.metadata.sources.etag is different than the current \
                    person.metadata.sources.etag. Clear local cache and get the latest person.";
        Self::new(400, "FAILED_PRECONDITION", text)
    }

    /// 401, whatever is wrong with the access token.
    pub(super) fn unauthenticated() -> Self {
        let text = "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
                    cookie or other valid authentication credential. See \
                    https://developers.google.com/identity/sign-in/web/devconsole-project.";
        let mut error = Self::new(401, "UNAUTHENTICATED", text);
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        error.headers.push((header::WWW_AUTHENTICATE, challenge.to_owned()));
        error
    }

    /// 403: the token lacks a scope.
    pub(super) fn insufficient_scope(scope: &str) -> Self {
        let text = "Request had insufficient authentication scopes.";
        let mut error = Self::new(403, "PERMISSION_DENIED", text).detail(json!({
            "@type": ERROR_INFO, "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "domain": "googleapis.com",
            "metadata": { "service": "people.googleapis.com" },
        }));
        let challenge = format!(
            "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", scope=\"{scope}\""
        );
        error.headers.push((header::WWW_AUTHENTICATE, challenge));
        error
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "Requested entity was not found.")
    }

    /// 409: a group of this name exists. Only the status is documented.
    pub(super) fn group_exists() -> Self {
        Self::new(409, "ALREADY_EXISTS", "Contact group name already exists.")
    }

    /// 409: the group changed since it was read.
    pub(super) fn stale_group() -> Self {
        Self::new(409, "ABORTED", "Contact group etag is outdated. Get the latest contact group and retry.")
    }

    /// 409: two mutations of one account at once. Google only promises "failures"; the status is a guess.
    pub(super) fn concurrent_mutation() -> Self {
        Self::new(409, "ABORTED", "The operation was aborted due to concurrent mutations of the same user.")
    }

    /// 429 of a quota per minute.
    pub(super) fn quota(metric: &str, metric_name: &str, limit: &str) -> Self {
        let text = format!(
            "Quota exceeded for quota metric '{metric_name}' and limit '{metric_name} per minute per user' \
             of service 'people.googleapis.com' for consumer 'project_number:123'."
        );
        Self::new(429, "RESOURCE_EXHAUSTED", text).detail(json!({
            "@type": ERROR_INFO, "reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com",
            "metadata": {
                "consumer": "projects/123",
                "service": "people.googleapis.com",
                "quota_metric": format!("people.googleapis.com/{metric}"),
                "quota_limit": limit,
            },
        }))
    }

    /// 429 of the account behind the API: lasts hours, and the same for the bucket of full syncs.
    #[must_use]
    pub fn account_quota() -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).").detail(
            json!({
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{ "subject": "QUOTA_EXCEEDED", "description": "FBS quota limit exceeded" }],
            }),
        )
    }

    /// The account is full, its trash included. Only the marker in the text is known.
    #[must_use]
    pub fn overflow() -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", "MY_CONTACTS_OVERFLOW_COUNT")
    }

    /// 403 in the form of older Google APIs, which a front end may still give: no status to go by, but a
    /// reason in `errors`.
    #[must_use]
    pub fn legacy_rate_limit_fault() -> Fault {
        let text = "User Rate Limit Exceeded";
        let body = json!({ "error": { "code": 403, "message": text, "status": "PERMISSION_DENIED",
            "errors": [{ "domain": "usageLimits", "reason": "userRateLimitExceeded", "message": text }] } });
        Fault::Answer { status: 403, body: body.to_string(), retry_after_seconds: None }
    }

    /// 500 and above.
    pub(super) fn server(code: u16) -> Self {
        match code {
            502 | 503 => Self::new(code, "UNAVAILABLE", "The service is currently unavailable."),
            504 => Self::new(code, "DEADLINE_EXCEEDED", "Deadline exceeded."),
            _ => Self::new(code, "INTERNAL", "Internal error encountered."),
        }
    }

    /// A method that Google has and this simulator has not: said plainly, so that nobody takes it for
    /// Google's answer.
    pub(super) fn not_simulated(method: &str) -> Self {
        Self::new(501, "UNIMPLEMENTED", format!("The sandbox does not simulate {method}."))
    }

    /// 400 for a batch of which some items are refused; nothing of it is applied.
    pub(super) fn batch(kind: BatchKind, errors: Vec<(String, ApiError)>) -> Self {
        let name = match kind {
            BatchKind::Create => "BatchCreateContactsErrorDetails",
            BatchKind::Update => "BatchUpdateContactsErrorDetails",
        };
        let contact_errors: serde_json::Map<String, Json> =
            errors.into_iter().map(|(item, error)| (item, error.rpc_status())).collect();
        Self::invalid_argument()
            .detail(json!({ "@type": format!("{PEOPLE_TYPES}.{name}"), "contactErrors": contact_errors }))
    }

    /// As a scripted fault: for a refusal that comes without its reason, such as a false stale etag, or
    /// the account's quota that lasts for hours.
    #[must_use]
    pub fn as_fault(&self) -> Fault {
        Fault::Answer { status: self.code, body: self.body().to_string(), retry_after_seconds: None }
    }

    /// As a `google.rpc.Status`, inside of an answer about several contacts.
    pub(super) fn rpc_status(&self) -> Json {
        let code = match self.status {
            "INVALID_ARGUMENT" => 3,
            "NOT_FOUND" => 5,
            "ALREADY_EXISTS" => 6,
            "RESOURCE_EXHAUSTED" => 8,
            "FAILED_PRECONDITION" => 9,
            "ABORTED" => 10,
            _ => 13,
        };
        json!({ "code": code, "message": self.message })
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Json {
        let mut error = json!({ "code": self.code, "message": self.message, "status": self.status });
        if let (false, Some(error)) = (self.details.is_empty(), error.as_object_mut()) {
            error.insert("details".to_owned(), Json::Array(self.details.clone()));
        }
        json!({ "error": error })
    }
}

/// Which batch failed.
#[derive(Clone, Copy, Debug)]
pub(super) enum BatchKind {
    Create,
    Update,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = json_response(self.code, &self.body());
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// JSON as the front end sends it, with its headers.
pub(super) fn json_response(status: u16, body: &Json) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8"));
    headers.insert(header::SERVER, HeaderValue::from_static("ESF"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
    headers.insert(header::VARY, HeaderValue::from_static("X-Origin, Referer, Origin,Accept-Encoding"));
    response
}

/// A path that does not exist is answered in HTML.
pub(super) fn no_such_path() -> Response {
    const PAGE: &str = "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n\
        <p><b>404.</b> <ins>That\u{2019}s an error.</ins>\n\
        <p>The requested URL was not found on this server. <ins>That\u{2019}s all we know.</ins>\n";
    let html = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
    (StatusCode::NOT_FOUND, html, PAGE).into_response()
}
