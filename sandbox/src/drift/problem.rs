//! Errors as the vendor words them.
//!
//! A [`Problem`] is what went wrong; its status is documented, the place of its code in the body is not,
//! so the same problem can be rendered in several forms ([`super::settings::ErrorBodies`]).

use super::settings::{ErrorBodies, MissingScope, Scope};
use serde_json::{Value as Json, json};

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// One of the contact errors. <https://devdocs.drift.com/docs/contact-errors>
    Contact(ContactCode, String),
    /// The token is missing, unknown, expired or revoked.
    BadToken,
    /// The token is valid and may not do this.
    Forbidden(Scope),
    /// There is no such thing.
    NotFound(&'static str),
    /// A parameter outside the contact API is wrong.
    Validation(String),
    /// The body of a call is not declared as JSON.
    NotJson,
    /// Too many calls. <https://devdocs.drift.com/docs/data-and-errors>
    RateLimited {
        /// When to come back, if the vendor says so.
        retry_after_seconds: Option<u32>,
    },
    /// The vendor's own failure, with this status.
    Internal(u16),
    /// The token endpoint's refusal, in the words of RFC 6749.
    Oauth(OauthError),
}

/// A contact error's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContactCode {
    /// CONTACT-1: not found, or not allowed to view.
    NotFound,
    /// CONTACT-2: not allowed to view, or not found.
    NotAllowed,
    /// CONTACT-4: malformed payload.
    Malformed,
    /// CONTACT-5: unexpected; often a bad field value.
    Unexpected,
    /// CONTACT-6: there is such a contact already.
    Conflict,
    /// CONTACT-7: create without an e-mail address.
    NoEmail,
    /// CONTACT-8: no attributes.
    NoAttributes,
    /// CONTACT-9: a tag that is malformed or unknown.
    BadTag,
    /// CONTACT-10: a query parameter that is not known.
    UnknownParameter,
    /// CONTACT-11: anything else.
    Other,
}

impl ContactCode {
    fn number(self) -> u8 {
        match self {
            ContactCode::NotFound => 1,
            ContactCode::NotAllowed => 2,
            ContactCode::Malformed => 4,
            ContactCode::Unexpected => 5,
            ContactCode::Conflict => 6,
            ContactCode::NoEmail => 7,
            ContactCode::NoAttributes => 8,
            ContactCode::BadTag => 9,
            ContactCode::UnknownParameter => 10,
            ContactCode::Other => 11,
        }
    }

    fn status(self) -> u16 {
        match self {
            ContactCode::NotFound => 404,
            ContactCode::NotAllowed => 401,
            ContactCode::Conflict => 409,
            ContactCode::Unexpected => 500,
            ContactCode::Malformed
            | ContactCode::NoEmail
            | ContactCode::NoAttributes
            | ContactCode::BadTag
            | ContactCode::UnknownParameter
            | ContactCode::Other => 400,
        }
    }
}

/// Why a token was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OauthError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
}

impl OauthError {
    fn as_str(self) -> &'static str {
        match self {
            OauthError::InvalidRequest => "invalid_request",
            OauthError::InvalidClient => "invalid_client",
            OauthError::InvalidGrant => "invalid_grant",
            OauthError::UnsupportedGrantType => "unsupported_grant_type",
        }
    }
}

impl Problem {
    /// A contact error with its words.
    pub(super) fn contact(code: ContactCode, words: impl Into<String>) -> Self {
        Problem::Contact(code, words.into())
    }

    /// 404 CONTACT-1.
    pub(super) fn no_such_contact() -> Self {
        Problem::contact(ContactCode::NotFound, "contact not found")
    }

    /// A call without `scope`, worded as the workspace is set to word it.
    pub(super) fn missing_scope(scope: Scope, wording: MissingScope) -> Self {
        match wording {
            MissingScope::Forbidden => Problem::Forbidden(scope),
            MissingScope::Unauthorized => {
                Problem::contact(ContactCode::NotAllowed, "not allowed to view this contact")
            }
            MissingScope::NotFound => Problem::no_such_contact(),
        }
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> u16 {
        match self {
            Problem::Contact(code, _) => code.status(),
            Problem::BadToken | Problem::Oauth(OauthError::InvalidClient) => 401,
            Problem::Forbidden(_) => 403,
            Problem::NotFound(_) => 404,
            Problem::Validation(_) | Problem::Oauth(_) => 400,
            Problem::NotJson => 415,
            Problem::RateLimited { .. } => 429,
            Problem::Internal(status) => *status,
        }
    }

    /// The generic error type that the documents list for the status.
    fn kind(&self) -> &'static str {
        match self.status() {
            401 | 403 => "authentication_error",
            404 => "not_found",
            429 => "rate_limit",
            500.. => "internal_error",
            _ => "validation_error",
        }
    }

    fn words(&self) -> String {
        match self {
            Problem::Contact(_, words) | Problem::Validation(words) => words.clone(),
            Problem::BadToken => "token invalid or missing".to_owned(),
            Problem::Forbidden(scope) => format!("missing authorization: {}", scope.as_str()),
            Problem::NotFound(what) => format!("{what} not found"),
            Problem::NotJson => "unsupported media type".to_owned(),
            Problem::RateLimited { .. } => "rate limit exceeded".to_owned(),
            Problem::Internal(_) => "an unexpected error occurred".to_owned(),
            Problem::Oauth(error) => error.as_str().to_owned(),
        }
    }

    /// The body; `None` is an empty one. `turn` counts errors, for the mixed form.
    pub(super) fn body(&self, form: ErrorBodies, turn: u64) -> Option<Json> {
        if let Problem::Oauth(error) = self {
            // The token endpoint's `error` is a text, not an object: RFC 6749, section 5.2.
            return Some(json!({"error": error.as_str(), "error_description": "the grant was refused"}));
        }
        let form = match form {
            ErrorBodies::Object | ErrorBodies::List | ErrorBodies::Empty => form,
            ErrorBodies::Mixed => match turn % 4 {
                1 => ErrorBodies::List,
                3 => ErrorBodies::Empty,
                _ => ErrorBodies::Object,
            },
        };
        match (form, self) {
            (ErrorBodies::Empty, _) => None,
            (ErrorBodies::List, Problem::Contact(code, words)) => {
                let code = format!("CONTACT-{}", code.number());
                Some(json!({"errors": [{"type": code, "message": words}]}))
            }
            (ErrorBodies::List, _) => {
                Some(json!({"errors": [{"type": self.kind(), "message": self.words()}]}))
            }
            (ErrorBodies::Object | ErrorBodies::Mixed, Problem::Contact(code, words)) => {
                let words = format!("CONTACT-{}: {words}", code.number());
                Some(json!({"error": {"type": self.kind(), "message": words}}))
            }
            (ErrorBodies::Object | ErrorBodies::Mixed, _) => {
                Some(json!({"error": {"type": self.kind(), "message": self.words()}}))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(problem: &Problem, form: ErrorBodies, turn: u64, status: u16, body: &str) {
        assert_eq!(problem.status(), status);
        assert_eq!(problem.body(form, turn).map(|json| json.to_string()).unwrap_or_default(), body);
    }

    #[test]
    fn every_form_of_an_error_is_one_a_client_has_met() {
        let missing = Problem::no_such_contact();
        let object = r#"{"error":{"message":"CONTACT-1: contact not found","type":"not_found"}}"#;
        let list = r#"{"errors":[{"message":"contact not found","type":"CONTACT-1"}]}"#;
        check(&missing, ErrorBodies::Object, 7, 404, object);
        check(&missing, ErrorBodies::List, 0, 404, list);
        check(&missing, ErrorBodies::Empty, 0, 404, "");
        for (turn, body) in [(0, object), (1, list), (2, object), (3, ""), (4, object)] {
            check(&missing, ErrorBodies::Mixed, turn, 404, body);
        }
        let forbidden = Problem::Forbidden(Scope::AllContactRead);
        let body = r#"{"error":{"message":"missing authorization: all_contact_read","type":"authentication_error"}}"#;
        check(&forbidden, ErrorBodies::Object, 0, 403, body);
    }

    #[test]
    fn the_token_endpoints_error_is_a_text_in_any_form() {
        let refused = Problem::Oauth(OauthError::InvalidGrant);
        let body = r#"{"error":"invalid_grant","error_description":"the grant was refused"}"#;
        check(&refused, ErrorBodies::Empty, 3, 400, body);
        check(
            &Problem::Oauth(OauthError::InvalidClient),
            ErrorBodies::List,
            0,
            401,
            &body.replace("grant\"", "client\""),
        );
    }
}
