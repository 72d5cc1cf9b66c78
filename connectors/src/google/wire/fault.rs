//! Google's refusals: what they say and what they mean.
//!
//! Decided by code, status and reason; by message only where Google gives nothing else (a stale contact and
//! an expired sync token share HTTP 400 and `FAILED_PRECONDITION`).

use crate::http::Answer;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Google's canonical code for a missing thing
/// (<https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>).
const CODE_NOT_FOUND: i64 = 5;
/// Google's canonical code for a missing permission.
const CODE_PERMISSION_DENIED: i64 = 7;

/// The longest name of a code, in bytes; Google's longest has 19.
const MAX_CODE_BYTES: usize = 40;
/// The end of the type of a detail that says, contact by contact, why a batch was refused.
const CONTACT_ERRORS_SUFFIX: &str = "ContactsErrorDetails";

/// A `google.rpc.Status`.
#[derive(Clone, Default, Deserialize)]
pub(in crate::google) struct RpcStatus {
    #[serde(default)]
    pub(in crate::google) code: i64,
    #[serde(default)]
    pub(in crate::google) message: String,
}

impl RpcStatus {
    pub(in crate::google) fn is_ok(&self) -> bool {
        self.code == 0
    }

    pub(in crate::google) fn is_not_found(&self) -> bool {
        self.code == CODE_NOT_FOUND
    }

    pub(in crate::google) fn is_forbidden(&self) -> bool {
        self.code == CODE_PERMISSION_DENIED
    }

    /// Whether the contact changed since it was read, as far as Google can tell.
    pub(in crate::google) fn is_stale(&self) -> bool {
        says_stale(&self.message)
    }
}

/// A refusal, taken apart.
#[derive(Clone, Default)]
pub(in crate::google) struct Fault {
    pub(in crate::google) http: u16,
    pub(in crate::google) status: String,
    pub(in crate::google) message: String,
    /// The `reason` of each detail.
    pub(in crate::google) reasons: Vec<String>,
    /// The `description` of each violation.
    pub(in crate::google) descriptions: Vec<String>,
    /// Per contact (index for creates, resource name for updates), why it was refused.
    pub(in crate::google) contacts: BTreeMap<String, RpcStatus>,
}

#[derive(Deserialize)]
struct Body {
    error: BodyError,
}

#[derive(Deserialize)]
struct BodyError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
    #[serde(default)]
    errors: Vec<Detail>,
}

/// Any of the details that we read; each brings some of the keys.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default, rename = "@type")]
    kind: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    violations: Vec<Violation>,
    #[serde(default)]
    contact_errors: BTreeMap<String, RpcStatus>,
}

#[derive(Deserialize)]
struct Violation {
    #[serde(default)]
    description: String,
}

impl Fault {
    /// What is in a refusal; a body that is not Google's (a proxy's HTML) leaves the status alone.
    pub(in crate::google) fn of(answer: &Answer) -> Self {
        let http = answer.status();
        let Ok(Body { error }) = answer.json::<Body>() else { return Self { http, ..Self::default() } };
        let status = if is_code(&error.status) { error.status } else { String::new() };
        let mut fault = Self { http, status, message: error.message, ..Self::default() };
        for detail in error.details.into_iter().chain(error.errors) {
            if !detail.reason.is_empty() {
                fault.reasons.push(detail.reason);
            }
            fault.descriptions.extend(detail.violations.into_iter().map(|violation| violation.description));
            if detail.kind.ends_with(CONTACT_ERRORS_SUFFIX) {
                fault.contacts.extend(detail.contact_errors);
            }
        }
        fault
    }

    fn has_reason(&self, reasons: &[&str]) -> bool {
        self.reasons.iter().any(|reason| reasons.contains(&reason.as_str()))
    }

    /// Whether a listing with a sync token was refused because the token is too old. The older form is 410.
    /// A token that Google cannot read, and one that was issued for other parameters, are refused as an invalid
    /// argument: for both, too, the way out is a complete listing.
    pub(in crate::google) fn means_token_expired(&self) -> bool {
        self.http == 410
            || self.has_reason(&["EXPIRED_SYNC_TOKEN"])
            || (self.http == 400 && self.status == "INVALID_ARGUMENT")
            || (self.http == 400 && self.message.starts_with("Sync token is expired"))
    }

    /// Whether the contact changed since it was read, as far as Google can tell.
    pub(in crate::google) fn is_stale(&self) -> bool {
        says_stale(&self.message)
    }

    pub(in crate::google) fn is_not_found(&self) -> bool {
        self.http == 404
    }

    /// Whether the account holds as many contacts as it can, its trash included.
    pub(in crate::google) fn is_overflow(&self) -> bool {
        const OVERFLOW: &str = "MY_CONTACTS_OVERFLOW_COUNT";
        self.has_reason(&[OVERFLOW])
            || self.message.contains(OVERFLOW)
            || self.descriptions.iter().any(|text| text.contains(OVERFLOW))
            || self.contacts.values().any(|status| status.message.contains(OVERFLOW))
    }

    /// Whether the account's hidden quota of writes is used up; that lasts for hours.
    pub(in crate::google) fn is_account_quota(&self) -> bool {
        self.descriptions.iter().any(|text| text.contains("FBS quota"))
    }

    pub(in crate::google) fn is_daily_quota(&self) -> bool {
        self.has_reason(&["dailyLimitExceeded", "quotaExceeded"])
    }

    pub(in crate::google) fn is_rate_limit(&self) -> bool {
        self.has_reason(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"])
            || self.message.starts_with("Quota exceeded for quota metric")
    }

    /// Whether the token lacks a scope.
    pub(in crate::google) fn is_scope(&self) -> bool {
        self.has_reason(&["ACCESS_TOKEN_SCOPE_INSUFFICIENT"])
            || (self.http == 403 && self.message.contains("insufficient authentication scopes"))
    }

    /// Whether the API is switched off in the project of the client id.
    pub(in crate::google) fn is_disabled(&self) -> bool {
        self.has_reason(&["SERVICE_DISABLED", "accessNotConfigured"])
    }

    /// The refusal as the status of each of its contacts.
    pub(in crate::google) fn as_status(&self) -> RpcStatus {
        let code = if self.is_not_found() { CODE_NOT_FOUND } else { i64::from(self.http) };
        RpcStatus { code, message: self.message.clone() }
    }
}

/// Whether this is a code's name, like `FAILED_PRECONDITION`, and no sentence: it is shown to people as it is.
fn is_code(status: &str) -> bool {
    status.len() <= MAX_CODE_BYTES && status.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn says_stale(message: &str) -> bool {
    message.contains("etag is different than the current")
}
