//! What Mailchimp says when it says no.
//!
//! Refusals are problem documents (RFC 7807). Their `type` has had several values over the years and is the same
//! for all of them, so the status and the title decide
//! (<https://mailchimp.com/developer/marketing/docs/errors/>); the detail is for people.

use crate::discreet;
use crate::http::Answer;
use serde::Deserialize;
use syntony_core::ids::FieldName;
use syntony_core::op::Rejection;
use syntony_core::record::Fields;

/// The longest title, in characters.
const MAX_TITLE_CHARS: usize = 60;
/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::mailchimp) struct Fault {
    pub(in crate::mailchimp) http: u16,
    pub(in crate::mailchimp) title: String,
    detail: String,
    errors: Vec<FieldError>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
struct FieldError {
    #[serde(default)]
    field: String,
    #[serde(default)]
    message: String,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

impl Fault {
    /// What is in a refusal; a body that is not a problem document leaves the status alone.
    pub(in crate::mailchimp) fn of(answer: &Answer) -> Self {
        let problem: Problem = answer.json().unwrap_or_default();
        let title = if is_title(&problem.title) { problem.title } else { String::new() };
        Self { http: answer.status(), title, detail: problem.detail, errors: problem.errors }
    }

    pub(in crate::mailchimp) fn is_not_found(&self) -> bool {
        self.http == 404
    }

    pub(in crate::mailchimp) fn is_forbidden(&self) -> bool {
        self.http == 403
    }

    /// Somebody else has this address already.
    pub(in crate::mailchimp) fn is_member_exists(&self) -> bool {
        self.http == 400 && self.title == "Member Exists"
    }

    /// The person opted out, bounced or is under review.
    pub(in crate::mailchimp) fn is_compliance(&self) -> bool {
        self.http == 400 && self.title == "Member In Compliance State"
    }

    /// The person was erased, and only the person can come back.
    pub(in crate::mailchimp) fn is_forgotten(&self) -> bool {
        self.http == 400 && self.title == "Forgotten Email Not Subscribed"
    }

    /// What this says without any value: for calls that are not about a contact.
    pub(in crate::mailchimp) fn brief(&self) -> String {
        format!("HTTP {} {}", self.http, self.title).trim().to_owned()
    }

    /// The refusal of a contact, in Mailchimp's words but without the contact's values.
    pub(in crate::mailchimp) fn rejection(&self, fields: &Fields) -> Rejection {
        let named = self.errors.iter().find(|error| !error.field.is_empty());
        let words = match named {
            Some(error) if !error.message.is_empty() => &error.message,
            Some(_) | None if !self.detail.is_empty() => &self.detail,
            Some(_) | None => &self.title,
        };
        let mut reason = discreet::without_values(words, fields);
        if reason.is_empty() {
            reason = self.brief();
        }
        let field = if self.is_member_exists() {
            fields.keys().find(|name| name.as_str() == super::field::EMAIL).cloned()
        } else {
            named.and_then(|error| blamed(&error.field, fields))
        };
        Rejection { field, reason, hint: self.hint().map(str::to_owned) }
    }

    fn hint(&self) -> Option<&'static str> {
        if self.is_compliance() {
            Some(COMPLIANCE_HINT)
        } else if self.is_forgotten() {
            Some(FORGOTTEN_HINT)
        } else if self.is_member_exists() {
            Some("another member of the audience has this address; merge the two in Mailchimp")
        } else {
            None
        }
    }
}

/// What can be done about somebody who opted out, bounced or is under review.
const COMPLIANCE_HINT: &str =
    "only the person can come back, by a sign-up form; until then it is not sent again";
/// What can be done about somebody who was erased.
const FORGOTTEN_HINT: &str =
    "the person was permanently deleted in Mailchimp and has to sign up by a form; it is not sent again";

/// Why one member of a batch was not made: batches say it at HTTP 200, without a title
/// (<https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/>).
#[derive(Clone, Debug, Default, Deserialize)]
pub(in crate::mailchimp) struct BatchError {
    #[serde(default)]
    pub(in crate::mailchimp) email_address: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_code: String,
    #[serde(default)]
    field: String,
    #[serde(default)]
    field_message: String,
}

impl BatchError {
    /// Whether it may be about a member that is there already. The code says so for certain; an error that
    /// names no field may be an older wording of the same.
    pub(in crate::mailchimp) fn may_be_existing(&self) -> bool {
        self.error_code == "ERROR_CONTACT_EXISTS" || self.field.is_empty()
    }

    /// The refusal, in Mailchimp's words but without the contact's values.
    pub(in crate::mailchimp) fn rejection(&self, fields: &Fields) -> Rejection {
        let words = if self.field_message.is_empty() { &self.error } else { &self.field_message };
        let mut reason = discreet::without_values(words, fields);
        if reason.is_empty() {
            reason =
                if self.error_code.is_empty() { "no reason given".into() } else { code(&self.error_code) };
        }
        // A batch has no titles, so the words have to do. They choose the advice alone, never the outcome.
        let hint = if self.error.contains("compliance state") {
            Some(COMPLIANCE_HINT)
        } else if self.error.contains("permanently deleted") {
            Some(FORGOTTEN_HINT)
        } else if self.error.contains("a lot of lists very recently") {
            Some("Mailchimp lets this address sign up again in some days")
        } else {
            None
        };
        Rejection { field: blamed(&self.field, fields), reason, hint: hint.map(str::to_owned) }
    }
}

fn code(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_uppercase() || *c == '_').take(MAX_TITLE_CHARS).collect()
}

/// The written field that Mailchimp names: `FNAME`, `merge_fields.FNAME` or `email_address`.
fn blamed(named: &str, fields: &Fields) -> Option<FieldName> {
    let path = named.strip_prefix("merge_fields.").unwrap_or(named);
    let name = path.split('.').next().unwrap_or(path);
    let name = if name == "EMAIL" { super::field::EMAIL } else { name };
    fields.keys().find(|written| written.as_str() == name).cloned()
}

/// Whether this is a title, and no sentence with somebody in it: it is shown to people as it is.
fn is_title(title: &str) -> bool {
    title.chars().count() <= MAX_TITLE_CHARS && title.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
}
