//! How this vendor's calls are named and how it words the faults that are scripted.

use super::error::ApiError;
use super::http;
use super::org::Org;
use super::wire::Request;
use crate::faults::Refusal;
use crate::serve::Vendor;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;

/// One org behind a port.
pub(super) struct Salesforce(pub(super) Org);

impl Vendor for Salesforce {
    /// Paths of data are told from behind the version on, such as `/query` and `/sobjects/{object}/{id}`.
    fn name(&self, head: &Parts) -> (Method, String) {
        let path = head.uri.path();
        let line = head.uri.path_and_query().map_or(path, |line| line.as_str());
        let other = || match path.strip_prefix("/services/oauth2/") {
            Some(_) => path.trim_end_matches('/').to_owned(),
            None => format!("/{}/…", path.split('/').nth(1).unwrap_or_default()),
        };
        match Request::read(head.method.clone(), line, HeaderMap::new(), Bytes::new()) {
            Some(request) => {
                let known = template(&request.segments());
                (request.method.clone(), known.map_or_else(other, str::to_owned))
            }
            None => (head.method.clone(), other()),
        }
    }

    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool {
        match refusal {
            // The quota is one of data; asking for tokens does not count.
            Refusal::RateLimited { .. } => !head.uri.path().starts_with("/services/oauth2/"),
            Refusal::ServerError(_) => true,
            Refusal::ExpiredToken => head.headers.contains_key(header::AUTHORIZATION),
            // A locator is the only cursor that Salesforce itself gives out and takes back.
            Refusal::ExpiredCursor => {
                let path = head.uri.path();
                let (_, rest) = path.split_once("/query").unwrap_or_default();
                rest.trim_start_matches("All").trim_matches('/').starts_with("0r8")
            }
        }
    }

    /// A token or a cursor that expires by script expires for good.
    fn refuse(&self, refusal: Refusal) -> Response {
        match refusal {
            Refusal::RateLimited { retry_after_seconds } => {
                let mut response = http::refusal(&self.0, &ApiError::over_quota());
                if let Some(seconds) = retry_after_seconds {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
            Refusal::ServerError(status) => {
                let code = if status == 503 { "SERVER_UNAVAILABLE" } else { "UNKNOWN_EXCEPTION" };
                http::refusal(&self.0, &ApiError::new(status, code, "An unexpected error occurred."))
            }
            Refusal::ExpiredToken => {
                self.0.expire_access_tokens();
                http::refusal(&self.0, &ApiError::invalid_session())
            }
            Refusal::ExpiredCursor => {
                self.0.expire_cursors();
                http::refusal(&self.0, &super::cursors::invalid_locator())
            }
        }
    }
}

/// Whether a refusal comes from behind the quota, and so tells of it.
pub(super) fn tells_limits(error: &ApiError) -> bool {
    error.status != 401 && error.status < 500
}

/// A path of data as the documents write it, from behind the version on.
pub(super) fn template(segments: &[&str]) -> Option<&'static str> {
    let low: Vec<String> = segments.iter().take(2).map(|each| each.to_ascii_lowercase()).collect();
    let low: Vec<&str> = low.iter().map(String::as_str).collect();
    let known = match (low.as_slice(), segments.get(2..).unwrap_or_default()) {
        ([], _) => "/",
        (["query"], _) => "/query",
        (["queryall"], _) => "/queryAll",
        (["query" | "queryall", _], []) => "/query/{locator}",
        (["limits"], _) => "/limits",
        (["limits", "recordcount"], []) => "/limits/recordCount",
        (["sobjects"], _) => "/sobjects",
        (["sobjects", _], rest) => row_template(rest)?,
        (["composite"], _) => "/composite",
        (["composite", "batch"], []) => "/composite/batch",
        (["composite", "graph"], []) => "/composite/graph",
        (["composite", "tree"], [_]) => "/composite/tree/{object}",
        (["composite", "sobjects"], []) => "/composite/sobjects",
        (["composite", "sobjects"], [_]) => "/composite/sobjects/{object}",
        (["composite", "sobjects"], [_, _]) => "/composite/sobjects/{object}/{field}",
        (["jobs", "ingest"], rest) => match rest {
            [] => "/jobs/ingest",
            [_] => "/jobs/ingest/{id}",
            [_, what] => match what.to_ascii_lowercase().as_str() {
                "batches" => "/jobs/ingest/{id}/batches",
                "successfulresults" => "/jobs/ingest/{id}/successfulResults",
                "failedresults" => "/jobs/ingest/{id}/failedResults",
                "unprocessedrecords" => "/jobs/ingest/{id}/unprocessedrecords",
                _ => return None,
            },
            _ => return None,
        },
        (["jobs", "query"], []) => "/jobs/query",
        (["jobs", "query"], [_]) => "/jobs/query/{id}",
        (["jobs", "query"], [_, _]) => "/jobs/query/{id}/results",
        (["connect", "records"], [_, _]) => "/connect/records/{id}/topics",
        _ => return None,
    };
    Some(known)
}

fn row_template(rest: &[&str]) -> Option<&'static str> {
    let known = match rest {
        [] => "/sobjects/{object}",
        ["describe"] => "/sobjects/{object}/describe",
        ["updated"] => "/sobjects/{object}/updated",
        ["deleted"] => "/sobjects/{object}/deleted",
        [_] => "/sobjects/{object}/{id}",
        [_, _] => "/sobjects/{object}/{field}/{value}",
        _ => return None,
    };
    Some(known)
}
