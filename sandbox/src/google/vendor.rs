//! How this vendor's calls are named and how it words the faults that are scripted.

use super::account::Account;
use super::error::ApiError;
use super::http::Target;
use super::quota::Metric;
use crate::faults::Refusal;
use crate::serve::Vendor;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

/// One account behind a port.
pub(super) struct Google(pub(super) Account);

impl Vendor for Google {
    fn name(&self, head: &Parts) -> (Method, String) {
        let target = Target::of(head);
        let template = match target.call() {
            Some(call) => call.template().to_owned(),
            // The paths of OAuth hold no ids; any other is a mistake, and is called by its first segment.
            None if Target::is_oauth(head) => head.uri.path().to_owned(),
            None => format!("/{}/…", head.uri.path().split('/').nth(1).unwrap_or_default()),
        };
        (target.method, template)
    }

    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool {
        match refusal {
            Refusal::RateLimited { .. } | Refusal::ServerError(_) => true,
            Refusal::ExpiredToken => head.headers.contains_key(header::AUTHORIZATION),
            Refusal::ExpiredCursor => {
                let query = head.uri.query().unwrap_or_default();
                let mut pairs = url::form_urlencoded::parse(query.as_bytes());
                pairs.any(|(name, value)| name == "syncToken" && !value.is_empty())
            }
        }
    }

    /// A token or a cursor that expires by script expires for good: a client that goes on with it is
    /// refused again.
    fn refuse(&self, refusal: Refusal) -> Response {
        match refusal {
            Refusal::RateLimited { retry_after_seconds } => {
                let mut response = Metric::CriticalRead.exceeded().into_response();
                if let Some(seconds) = retry_after_seconds {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
            Refusal::ServerError(status) => ApiError::server(status).into_response(),
            Refusal::ExpiredToken => {
                self.0.expire_access_tokens();
                ApiError::unauthenticated().into_response()
            }
            Refusal::ExpiredCursor => {
                self.0.expire_sync_tokens();
                ApiError::expired_sync_token().into_response()
            }
        }
    }
}
