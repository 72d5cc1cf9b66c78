//! What Drift says when it says no.
//!
//! The status is documented; where the code stands in the body is not, and bodies can be empty, so a code is
//! looked for in the whole text (<https://devdocs.drift.com/docs/contact-errors>).

use crate::discreet;
use crate::http::Answer;
use serde_json::Value as Json;

/// How a contact error's code begins.
const CODE_PREFIX: &str = "CONTACT-";

/// A contact error's number, as far as it means something to us.
mod code {
    pub(super) const NOT_FOUND: u8 = 1;
    pub(super) const NOT_VIEWABLE: u8 = 2;
    pub(super) const BAD_VALUE: u8 = 5;
    pub(super) const EXISTS: u8 = 6;
    pub(super) const NO_EMAIL: u8 = 7;
    pub(super) const BAD_TAG: u8 = 9;
}

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::drift) struct Fault {
    status: u16,
    code: Option<u8>,
    message: String,
}

impl Fault {
    pub(in crate::drift) fn of(answer: &Answer) -> Self {
        if answer.is_success() {
            // Never looked into: a contact's own text may well contain a code.
            return Self { status: answer.status(), ..Self::default() };
        }
        let body = answer.value().unwrap_or_default();
        Self { status: answer.status(), code: code_in(&answer.text()), message: message(&body) }
    }

    /// There is no such contact, or it may not be viewed; Drift does not tell which.
    pub(in crate::drift) fn is_missing(&self) -> bool {
        self.status == 404 || self.code == Some(code::NOT_FOUND)
    }

    /// This one contact may not be viewed.
    pub(in crate::drift) fn is_not_viewable(&self) -> bool {
        self.status == 401 && self.code == Some(code::NOT_VIEWABLE)
    }

    /// Drift fell over a value; it would again.
    pub(in crate::drift) fn is_bad_value(&self) -> bool {
        self.status == 500 && self.code == Some(code::BAD_VALUE)
    }

    /// A scope is missing.
    pub(in crate::drift) fn is_forbidden(&self) -> bool {
        self.status == 403
    }

    /// A call about no particular contact is refused in one of the ways that a missing scope shows.
    pub(in crate::drift) fn is_no_permission(&self) -> bool {
        self.is_forbidden() || self.is_missing() || self.is_not_viewable()
    }

    /// There is such a contact already.
    pub(in crate::drift) fn is_conflict(&self) -> bool {
        self.status == 409 || self.code == Some(code::EXISTS)
    }

    /// The request itself is refused.
    pub(in crate::drift) fn is_bad_request(&self) -> bool {
        self.status == 400
    }

    /// A create without an e-mail address.
    pub(in crate::drift) fn is_no_email(&self) -> bool {
        self.code == Some(code::NO_EMAIL)
    }

    /// The account has no such tag.
    pub(in crate::drift) fn is_bad_tag(&self) -> bool {
        self.code == Some(code::BAD_TAG)
    }

    /// Whether Drift's words name this attribute.
    pub(in crate::drift) fn names(&self, attribute: &str) -> bool {
        self.message.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == attribute)
    }

    /// Drift's words with every value of the contact blotted out (and whatever looks like an address or a
    /// telephone number: Drift may speak of values that we did not send), or its code, or the status.
    pub(in crate::drift) fn reason(&self, values: &[&str]) -> String {
        let words = discreet::without(&self.message, values.to_vec());
        match (words.trim(), self.code) {
            ("", Some(code)) => format!("HTTP {} {CODE_PREFIX}{code}", self.status),
            ("", None) => format!("HTTP {}", self.status),
            (words, _) => words.to_owned(),
        }
    }
}

fn code_in(text: &str) -> Option<u8> {
    let (_, rest) = text.split_once(CODE_PREFIX)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The message in any of the envelopes that were seen; nothing in a page of HTML.
fn message(body: &Json) -> String {
    let error = body.get("error");
    let listed = body.get("errors").and_then(|errors| errors.get(0));
    let text = [error, listed]
        .into_iter()
        .flatten()
        .find_map(|error| error.get("message").and_then(Json::as_str).or_else(|| error.as_str()));
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, code: Option<u8>, reason: &str) {
        let body_json = serde_json::from_str(body).unwrap_or_default();
        let fault = Fault { status: 400, code: code_in(body), message: message(&body_json) };
        assert_eq!(fault.code, code, "{body}");
        assert_eq!(fault.reason(&["ann@x.test", "ann", "x"]), reason, "{body}");
    }

    #[test]
    fn a_code_is_found_wherever_it_stands_and_no_value_is_repeated() {
        check(r#"{"error":{"message":"CONTACT-9: no tag"}}"#, Some(9), "CONTACT-9: no tag");
        check(r#"{"errors":[{"type":"CONTACT-11","message":"ann@x.test is odd"}]}"#, Some(11), "… is odd");
        check(r#"{"error":"invalid_grant"}"#, None, "invalid_grant");
        check("CONTACT-4", Some(4), "HTTP 400 CONTACT-4");
        check(
            r#"{"error":"joe@x.test and +32471234567 clash, said CONTACT-3"}"#,
            Some(3),
            "… and … clash, said CONTACT-3",
        );
        check("", None, "HTTP 400");
        check("<html>CONTACT-</html>", None, "HTTP 400");
        check(r#"{"error":{"message":"CONTACT-999999"}}"#, None, "CONTACT-999999");
    }
}
