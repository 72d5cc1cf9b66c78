//! How this vendor's calls are named and how it words the faults that are scripted.

use super::account::Account;
use super::call::Call;
use super::http::{method_of, path_of};
use super::problem::{Problem, bare_forbidden};
use super::settings::Throttling;
use crate::faults::Refusal;
use crate::serve::Vendor;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

/// One account behind a port.
pub(super) struct Mailchimp(pub(super) Account);

impl Vendor for Mailchimp {
    fn name(&self, head: &Parts) -> (Method, String) {
        let method = method_of(head).unwrap_or_else(|_| head.method.clone());
        let template = match path_of(head).and_then(|path| Call::parse(&method, path)) {
            Some(call) => call.template(),
            // The paths of OAuth hold no ids; any other is a mistake, and is called by its first segment.
            None if head.uri.path().starts_with("/oauth2/") => head.uri.path().to_owned(),
            None => format!("/{}/…", head.uri.path().split('/').nth(1).unwrap_or_default()),
        };
        (method, template)
    }

    fn concerns(&self, refusal: Refusal, head: &Parts) -> bool {
        match refusal {
            Refusal::RateLimited { .. } | Refusal::ServerError(_) => true,
            Refusal::ExpiredToken => head.headers.contains_key(header::AUTHORIZATION),
            // This vendor knows no cursors: a time never expires.
            Refusal::ExpiredCursor => false,
        }
    }

    /// Keys and tokens of this vendor do not run out, so a scripted one is refused this once; they die by
    /// [`Account::revoke`] alone.
    fn refuse(&self, refusal: Refusal) -> Response {
        match refusal {
            Refusal::RateLimited { retry_after_seconds } => {
                let mut response = self.throttle();
                if let Some(seconds) = retry_after_seconds {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
            Refusal::ServerError(status) => Problem::server(status).into_response(),
            Refusal::ExpiredToken => Problem::key_invalid().into_response(),
            Refusal::ExpiredCursor => Problem::not_found().into_response(),
        }
    }
}

impl Mailchimp {
    /// Asked too much, in one of the two ways to say it.
    fn throttle(&self) -> Response {
        let bare = self.0.with(|state, _| {
            state.throttled += 1;
            match state.settings.throttling {
                Throttling::TooManyRequests => false,
                Throttling::BareForbidden => true,
                Throttling::Mixed => state.throttled.is_multiple_of(2),
            }
        });
        if bare { bare_forbidden() } else { Problem::too_many_requests().into_response() }
    }
}
