//! One call without HTTP around it: what is asked, and what is answered.
//!
//! A subrequest of a composite call is such a call as well, so that it is answered in the same words.

use super::error::ApiError;
use super::settings::Language;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use serde_json::{Value as Json, json};
use url::form_urlencoded;

/// The versions that are answered. Older ones are retired.
const FIRST_VERSION: u32 = 31;
/// The latest.
pub(super) const LAST_VERSION: u32 = 68;

/// A call on a version's data.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// After any override.
    pub(super) method: Method,
    /// `62` of `v62.0`.
    pub(super) version: u32,
    /// What follows the version, decoded, without empty segments: `["sobjects", "Contact"]`.
    pub(super) path: Vec<String>,
    /// The parameters, decoded, in their order.
    pub(super) query: Vec<(String, String)>,
    /// The HTTP headers, or a subrequest's own.
    pub(super) headers: HeaderMap,
    /// As it came.
    pub(super) body: Bytes,
    /// Whether it is part of another call: then it costs nothing.
    pub(super) nested: bool,
}

impl Request {
    /// Reads a path with its query, such as `/services/data/v62.0/query?q=SELECT…`. `None` if it is no call
    /// on data.
    pub(super) fn read(method: Method, url: &str, headers: HeaderMap, body: Bytes) -> Option<Self> {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut segments = path.strip_prefix("/services/data/")?.split('/').filter(|each| !each.is_empty());
        let version = segments.next()?.strip_prefix('v')?.strip_suffix(".0")?.parse().ok()?;
        let path = segments.map(decoded).collect();
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        // For clients that cannot send PATCH.
        let wanted = query.iter().find(|(name, _)| name == "_HttpMethod");
        let wanted = wanted.and_then(|(_, value)| Method::from_bytes(value.as_bytes()).ok());
        let method = wanted.filter(|_| method == Method::POST).unwrap_or(method);
        Some(Self { method, version, path, query, headers, body, nested: false })
    }

    /// The path's segments, to be matched.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// `/services/data/v62.0`
    pub(super) fn base(&self) -> String {
        format!("/services/data/v{}.0", self.version)
    }

    /// A parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header that is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// One part of a header such as `allowSave=true; runAsCurrentUser=true`, by a name in any case.
    pub(super) fn header_part(&self, header: &str, name: &str) -> Option<&str> {
        let parts = self.header(header)?.split([';', ',']);
        let mut pairs = parts.filter_map(|part| part.split_once('='));
        pairs.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Json, ApiError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let message = format!("Unexpected character or end of input at [line:{line}, column:{column}]");
            ApiError::bad("JSON_PARSER_ERROR", message)
        })
    }

    /// Whether this version is served.
    pub(super) fn version_is_served(&self) -> Result<(), ApiError> {
        match self.version {
            FIRST_VERSION..=LAST_VERSION => Ok(()),
            version if version < FIRST_VERSION => {
                let message = format!("The requested version {version}.0 is retired");
                Err(ApiError::new(410, "UNSUPPORTED_API_VERSION", message))
            }
            _ => Err(ApiError::not_found()),
        }
    }
}

/// One segment of a path. A `+` in it is a plus.
pub(super) fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Payload {
    /// As after a PATCH.
    Empty,
    /// As nearly always.
    Json(Json),
    /// Results of bulk jobs.
    Csv(String),
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Beyond what every answer has.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) payload: Payload,
}

impl Reply {
    pub(super) fn json(status: u16, body: Json) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Json(body) }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Empty }
    }

    pub(super) fn csv(text: String) -> Self {
        Self { status: 200, headers: Vec::new(), payload: Payload::Csv(text) }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal: an array with one object.
    pub(super) fn refusal(error: &ApiError, language: Language) -> Self {
        Self::json(error.status, json!([error.json(language)]))
    }
}
