//! Drift's JSON: contacts, attributes, the list of conversations.
//!
//! Drift wraps what it gives in `data`; what does not have the documented shape is an error or, for one
//! contact, unreadable. Nothing here is ever taken for empty because it could not be understood.

pub(super) mod catalogue;
pub(super) mod fault;
pub(super) mod listing;
#[cfg(test)]
mod tests;
pub(super) mod value;

use crate::http::{Answer, HttpError};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use syntony_core::ids::ContactId;

/// A contact as Drift gives it (<https://devdocs.drift.com/docs/contact-model>).
#[derive(Clone)]
pub(super) struct Contact {
    pub(super) id: ContactId,
    pub(super) created_ms: Option<i64>,
    pub(super) attributes: Map<String, Json>,
}

/// Where Drift puts the number of a contact's revision; all three are equal where they are there.
const VERSIONS: [&str; 3] = ["_END_USER_VERSION", "_end_user_version", "_calculated_version"];
/// No contact is written more often than this. A number beyond is no revision, and would make every later one
/// old news.
const MAX_REVISION: i64 = 1 << 32;

impl Contact {
    /// # Errors
    /// What is wrong with its shape.
    pub(super) fn parse(json: &Json) -> Result<Self, &'static str> {
        let id = json.get("id").and_then(id).ok_or("a contact without an id")?;
        let attributes =
            json.get("attributes").and_then(Json::as_object).ok_or("a contact without attributes")?;
        let created_ms = json.get("createdAt").and_then(Json::as_i64);
        Ok(Self { id, created_ms, attributes: attributes.clone() })
    }

    /// The contact in the answer to a call about one contact.
    ///
    /// # Errors
    /// What is wrong with the answer's shape.
    pub(super) fn of(answer: &Answer) -> Result<Self, &'static str> {
        let body = answer.value().ok_or("an answer that is not JSON")?;
        Self::parse(body.get("data").ok_or("an answer without data")?)
    }

    /// The revision, which rises by one with every write.
    pub(super) fn version(&self) -> Option<i64> {
        let version = VERSIONS.iter().find_map(|name| self.attributes.get(*name).and_then(Json::as_i64));
        version.filter(|version| (0..=MAX_REVISION).contains(version))
    }
}

/// An id: a number on the wire, text for us. Real ones exceed 2^32.
fn id(json: &Json) -> Option<ContactId> {
    match json {
        Json::Number(number) => number.as_i64().map(|number| ContactId::new(number.to_string())),
        Json::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(ContactId::new(text.clone()))
        }
        Json::String(_) | Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The contacts in the answer to a look-up: a list, or (in one of Drift's own samples) a single contact. Each
/// is read on its own.
///
/// # Errors
/// [`HttpError::Protocol`] when there is neither.
pub(super) fn contacts(answer: &Answer) -> Result<Vec<Result<Contact, &'static str>>, HttpError> {
    match answer.value().as_ref().and_then(|body| body.get("data")) {
        Some(Json::Array(contacts)) => Ok(contacts.iter().map(Contact::parse).collect()),
        Some(contact @ Json::Object(_)) => Ok(vec![Contact::parse(contact)]),
        Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) | None => {
            Err(HttpError::protocol("a look-up without a list of contacts"))
        }
    }
}

/// A custom attribute as Drift lists it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Property {
    pub(super) name: String,
    #[serde(rename = "type", default)]
    pub(super) kind: String,
}

/// The attributes in the answer to their listing. What has no name is left out.
///
/// # Errors
/// [`HttpError::Protocol`] when there is no list.
pub(super) fn attributes(answer: &Answer) -> Result<Vec<Property>, HttpError> {
    let body = answer.value();
    let listed = body.as_ref().and_then(|body| body.get("data")?.get("properties")?.as_array());
    let listed = listed.ok_or_else(|| HttpError::protocol("a list of attributes without properties"))?;
    Ok(listed.iter().filter_map(|property| Property::deserialize(property).ok()).collect())
}
