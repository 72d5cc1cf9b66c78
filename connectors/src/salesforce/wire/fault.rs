//! Salesforce's refusals: what they say and what they mean.
//!
//! Decided by code alone: the messages are in the language of the user that we are. A refusal is an array of
//! errors (`errorCode`); in the results of collections the same thing is called `statusCode`; from the sign-in,
//! and in a few other places, it is an object
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm>).

use crate::http::Answer;
use serde_json::Value as Json;
use syntony_core::ids::ContactId;

/// The longest name of a code, in bytes.
const MAX_CODE_BYTES: usize = 80;
/// The most errors of one refusal that are read.
const MAX_ERRORS: usize = 50;

/// A refusal, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::salesforce) struct Fault {
    pub(in crate::salesforce) http: u16,
    pub(in crate::salesforce) errors: Vec<FaultError>,
}

/// One of its errors.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in crate::salesforce) struct FaultError {
    /// `REQUIRED_FIELD_MISSING`; empty where there was none.
    pub(in crate::salesforce) code: String,
    /// The vendor's words, which may quote a contact.
    pub(in crate::salesforce) message: String,
    /// The fields that it is about.
    pub(in crate::salesforce) fields: Vec<String>,
    /// The records that a duplicate rule found.
    pub(in crate::salesforce) duplicates: Vec<ContactId>,
}

impl std::fmt::Debug for FaultError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {:?}", self.code, self.fields)
    }
}

impl Fault {
    /// What is in a refusal; a body that is not Salesforce's (a proxy's HTML) leaves the status alone.
    pub(in crate::salesforce) fn of(answer: &Answer) -> Self {
        Self::parse(answer.status(), &answer.value().unwrap_or(Json::Null))
    }

    /// The same for the answer of a subrequest, or the `errors` of one row of a collection.
    pub(in crate::salesforce) fn parse(http: u16, body: &Json) -> Self {
        let errors = match body {
            Json::Array(errors) => errors.iter().take(MAX_ERRORS).filter_map(FaultError::parse).collect(),
            error @ Json::Object(_) => FaultError::parse(error).into_iter().collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
        };
        Self { http, errors }
    }

    /// Whether one of its errors has this code.
    pub(in crate::salesforce) fn has(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// Whether one of its errors has one of these codes.
    pub(in crate::salesforce) fn has_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.has(code))
    }

    /// The first code, or the status where there is none: safe to show.
    pub(in crate::salesforce) fn name(&self) -> String {
        match self.errors.iter().find(|error| !error.code.is_empty()) {
            Some(error) => error.code.clone(),
            None => format!("HTTP {}", self.http),
        }
    }

    /// Whether the same call may go through later: the platform failed, or was too slow.
    pub(in crate::salesforce) fn is_passing(&self) -> bool {
        self.http >= 500
            || self.has_any(&[
                "QUERY_TIMEOUT",
                "SERVER_UNAVAILABLE",
                "UNABLE_TO_LOCK_ROW",
                "UNKNOWN_EXCEPTION",
            ])
    }

    /// Whether a quota is used up.
    pub(in crate::salesforce) fn is_limit(&self) -> bool {
        self.has("REQUEST_LIMIT_EXCEEDED")
    }

    /// Whether it is about what the user may see or do, rather than about this record.
    pub(in crate::salesforce) fn is_permission(&self) -> bool {
        self.has_any(&[
            "API_CURRENTLY_DISABLED",
            "API_DISABLED_FOR_ORG",
            "FUNCTIONALITY_NOT_ENABLED",
            "INSUFFICIENT_ACCESS",
            "INVALID_SESSION_ID",
            "INVALID_TYPE",
            "OPERATION_TOO_LARGE",
        ])
    }

    /// Whether the record is not there (any more), or not for us to see.
    pub(in crate::salesforce) fn is_missing(&self) -> bool {
        self.has_any(&["ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"])
    }
}

impl FaultError {
    fn parse(error: &Json) -> Option<Self> {
        let error = error.as_object()?;
        let text = |key: &str| error.get(key).and_then(Json::as_str);
        let code = text("errorCode").or_else(|| text("statusCode")).or_else(|| text("error"));
        let message = text("message").or_else(|| text("error_description")).unwrap_or_default();
        let fields = error.get("fields").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        Some(Self {
            code: code.filter(|code| is_code(code)).unwrap_or_default().to_owned(),
            message: message.to_owned(),
            fields: fields.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            duplicates: duplicates(error),
        })
    }
}

/// The records that a duplicate rule found. Older versions of the API misspell the key.
fn duplicates(error: &serde_json::Map<String, Json>) -> Vec<ContactId> {
    let list = |at: &Json, key: &str| at.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let Some(result) = ["duplicateResult", "duplicateResut"].iter().find_map(|key| error.get(*key)) else {
        return Vec::new();
    };
    list(result, "matchResults")
        .iter()
        .flat_map(|found| list(found, "matchRecords"))
        .filter_map(|found| found.pointer("/record/Id").and_then(Json::as_str).map(ContactId::from))
        .collect()
}

/// Whether this is a code's name and no sentence: it is shown to people as it is.
fn is_code(code: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !code.is_empty() && code.len() <= MAX_CODE_BYTES && code.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: &Json, name: &str, fields: &[&str]) {
        let fault = Fault::parse(400, body);
        assert_eq!(fault.name(), name, "{body}");
        assert_eq!(fault.errors.first().map(|error| error.fields.clone()).unwrap_or_default(), fields);
    }

    #[test]
    fn a_refusal_is_read_in_all_its_shapes() {
        let missing = "REQUIRED_FIELD_MISSING";
        check(
            &json!([{ "message": "Campos obrigatórios", "errorCode": missing, "fields": ["Company"] }]),
            missing,
            &["Company"],
        );
        check(&json!([{ "statusCode": missing, "message": "x", "fields": [] }]), missing, &[]);
        check(&json!({ "errorCode": "NOT_FOUND", "message": "x" }), "NOT_FOUND", &[]);
        check(&json!({ "error": "invalid_grant", "error_description": "x" }), "invalid_grant", &[]);
        check(&json!("<html>"), "HTTP 400", &[]);
        check(&json!([]), "HTTP 400", &[]);
        check(&json!([1, { "errorCode": "Ada is taken!" }]), "HTTP 400", &[]);
    }

    #[test]
    fn a_duplicate_rule_names_what_it_found_in_both_spellings() {
        for key in ["duplicateResult", "duplicateResut"] {
            let found = json!([{ "record": { "Id": "003000000000001AAA" } }, { "record": {} }]);
            let body = json!([{ "errorCode": "DUPLICATES_DETECTED",
                key: { "allowSave": true, "matchResults": [{ "matchRecords": found }] } }]);
            let fault = Fault::parse(400, &body);
            assert_eq!(fault.errors[0].duplicates, [ContactId::new("003000000000001AAA")], "{key}");
        }
    }

    #[test]
    fn no_message_of_the_vendors_is_shown_by_debug() {
        let fault = Fault::parse(400, &json!([{ "errorCode": "X", "message": "ada@example.com" }]));
        assert!(!format!("{fault:?}").contains("ada"));
    }
}
