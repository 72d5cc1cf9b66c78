//! Bodies: what the schema check takes and how it words what it does not.

use super::audience::{Edit, ProfileEdit};
use super::member::EmailType;
use super::problem::{FieldError, NO_SCHEMA_MATCHES, Problem};
use super::query::moment;
use super::standing::Status;
use serde_json::{Map, Value as Json};

/// Reads the members of a body and collects what does not fit.
#[derive(Debug)]
pub(super) struct Body<'a> {
    sent: &'a Map<String, Json>,
    errors: Vec<FieldError>,
}

impl<'a> Body<'a> {
    pub(super) fn new(sent: &'a Map<String, Json>) -> Self {
        Self { sent, errors: Vec::new() }
    }

    /// Whatever was read, if all of it fitted.
    pub(super) fn done<T>(self, read: T) -> Result<T, Problem> {
        if self.errors.is_empty() { Ok(read) } else { Err(Problem::schema(self.errors)) }
    }

    fn refuse(&mut self, field: &str, message: impl Into<std::borrow::Cow<'static, str>>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Refuses the body if one of these is not in it.
    pub(super) fn require(&mut self, names: &[&str]) {
        let missing: Vec<&str> =
            names.iter().copied().filter(|name| !self.sent.contains_key(*name)).collect();
        if !missing.is_empty() {
            self.refuse("", format!("Required fields were not provided: {}", missing.join(", ")));
        }
    }

    fn typed<T>(&mut self, name: &str, wanted: &str, read: impl Fn(&'a Json) -> Option<T>) -> Option<T> {
        let value = self.sent.get(name)?;
        let read = read(value);
        if read.is_none() {
            self.refuse(name, format!("Schema describes {wanted}, {} found instead", type_of(value)));
        }
        read
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.typed(name, "string", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.typed(name, "boolean", Json::as_bool)
    }

    pub(super) fn whole(&mut self, name: &str) -> Option<i64> {
        self.typed(name, "integer", Json::as_i64)
    }

    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Json>> {
        // PHP clients send an empty object as an empty list.
        let empty = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
        if self.sent.get(name).is_some_and(empty) {
            return None;
        }
        self.typed(name, "object", Json::as_object)
    }

    pub(super) fn list(&mut self, name: &str) -> Option<&'a Vec<Json>> {
        self.typed(name, "array", Json::as_array)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let items = self.list(name)?;
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        if texts.is_none() {
            self.refuse(name, NO_SCHEMA_MATCHES);
        }
        texts
    }

    /// One of some words.
    pub(super) fn choice<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let read = read(&text);
        if read.is_none() {
            self.refuse(name, format!("\"{text}\" is not one of the values that {name} may have"));
        }
        read
    }

    fn instant(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        if text.is_empty() {
            return None;
        }
        let at = moment(&text);
        if at.is_none() {
            self.refuse(name, "Please enter a date and time in ISO 8601 format");
        }
        at
    }

    /// What a body says of a member. `settable` are the statuses that it may set.
    pub(super) fn member(&mut self, settable: &[Status]) -> Edit {
        Edit {
            email: self.text("email_address"),
            status: self.status("status", settable),
            merge: self.object("merge_fields").cloned().unwrap_or_default(),
            profile: self.profile(),
            signed_up: self.instant("timestamp_signup"),
            opted_in: self.instant("timestamp_opt"),
            skip_required: false,
        }
    }

    /// A status.
    pub(super) fn status(&mut self, name: &str, settable: &[Status]) -> Option<Status> {
        self.choice(name, |word| Status::parse(word).filter(|status| settable.contains(status)))
    }

    fn profile(&mut self) -> ProfileEdit {
        let location = self.object("location").map(|location| {
            let part = |name: &str| location.get(name).and_then(Json::as_f64).unwrap_or_default();
            (part("latitude"), part("longitude"))
        });
        ProfileEdit {
            email_type: self.choice("email_type", |word| match word {
                // An empty one is the default, as official clients send it.
                "html" | "" => Some(EmailType::Html),
                "text" => Some(EmailType::Text),
                _ => None,
            }),
            language: self.text("language"),
            vip: self.flag("vip"),
            ip_signup: self.text("ip_signup"),
            ip_opt: self.text("ip_opt"),
            location,
        }
    }
}

/// The statuses that a new member may have.
pub(super) const FOR_NEW: [Status; 5] =
    [Status::Subscribed, Status::Unsubscribed, Status::Cleaned, Status::Pending, Status::Transactional];
/// The statuses that a change may set.
pub(super) const FOR_KNOWN: [Status; 4] =
    [Status::Subscribed, Status::Unsubscribed, Status::Cleaned, Status::Pending];

/// The body of a request.
pub(super) fn parse(bytes: &[u8]) -> Result<Map<String, Json>, Problem> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(body)) => Ok(body),
        // The vendor's own clients send `null` where there is nothing to say.
        Ok(Json::Null) => Ok(Map::new()),
        Ok(other) => {
            Err(Problem::field("", format!("Schema describes object, {} found instead", type_of(&other))))
        }
        Err(_) => {
            Err(Problem::new(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error."))
        }
    }
}

/// The name of a type in the check's words.
fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "NULL",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "double",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_nothing_is_an_empty_one_and_a_list_is_none() {
        let told =
            |text: &str| parse(text.as_bytes()).map(|body| body.len()).map_err(|problem| problem.title());
        assert_eq!(told(""), Ok(0));
        assert_eq!(told("null"), Ok(0), "as the official Python client sends it");
        assert_eq!(told("{\"a\":1}"), Ok(1));
        assert_eq!(told("[]"), Err("Invalid Resource"));
        assert_eq!(told("\"a\""), Err("Invalid Resource"));
        assert_eq!(told("{"), Err("JSON Parse Error"));
    }
}
