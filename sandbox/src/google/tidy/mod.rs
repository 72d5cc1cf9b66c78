//! What Google makes of what is written: it drops, adds and rebuilds, and answers the result.
//!
//! In comes a `Person` whose shape was checked; out come [`Fields`]. Passing a result through again
//! changes nothing: else an echo of an answer would be a change.

mod address;
mod name;
mod words;

use super::contact::Fields;
use super::error::ApiError;
use super::shape;
use crate::normal;
use rlibphonenumber::Region;
use serde_json::{Map, Value as Json, json};

/// The most items of all fields together that one contact holds.
const MAX_FIELDS: usize = 500;
/// The most characters of one value. Not applied to notes: longer ones are common.
const MAX_VALUE_CHARS: usize = 1_024;
/// The most bytes of one contact.
const MAX_CONTACT_BYTES: usize = 128 * 1024;

/// Fields of which a contact holds one.
const SINGLETONS: [&str; 4] = ["biographies", "birthdays", "genders", "names"];

/// How the account reads what it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// The account's country: numbers without a country code are read as its numbers.
    pub(super) home: Region,
    /// Whether values are reshaped beyond what Google documents: see [`crate::normal`].
    pub(super) reshape: bool,
}

/// The items of these paths, as Google would store them. A path without items is in the result as an
/// empty list: it is cleared.
pub(super) fn fields(
    person: &Json,
    paths: impl Iterator<Item = &'static str>,
    habits: Habits,
) -> Result<Fields, ApiError> {
    let mut fields = Fields::new();
    for path in paths.filter(|path| *path != "memberships") {
        let given = person.get(path).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        if SINGLETONS.contains(&path) && given.len() > 1 {
            return Err(ApiError::invalid(format!("Cannot have more than one person.{path} per source.")));
        }
        let mut items = Vec::new();
        for item in given {
            let mut item = stripped(item);
            limits(path, &item)?;
            if let Some(date) = item.get("date").and_then(Json::as_object) {
                real_date(path, date)?;
            }
            if habits.reshape {
                reshape(path, &mut item, habits.home);
            }
            if complete(path, &mut item, habits.home) {
                items.push(Json::Object(item));
            }
        }
        prefer_one(&mut items);
        fields.insert(path, items);
    }
    Ok(fields)
}

/// Whether a contact of these fields is within Google's limits.
pub(super) fn fits(fields: &Fields) -> Result<(), ApiError> {
    let items: usize = fields.values().map(Vec::len).sum();
    if items > MAX_FIELDS {
        return Err(ApiError::invalid(format!("A contact cannot have more than {MAX_FIELDS} fields.")));
    }
    let bytes = serde_json::to_vec(&json!(fields)).map_or(usize::MAX, |bytes| bytes.len());
    if bytes > MAX_CONTACT_BYTES {
        return Err(ApiError::invalid(format!("A contact cannot be larger than {MAX_CONTACT_BYTES} bytes.")));
    }
    Ok(())
}

/// Without what only Google sets, and without what proto3 does not tell from "not set".
fn stripped(item: &Json) -> Map<String, Json> {
    const OUTPUT_ONLY: [&str; 6] = [
        "canonicalForm",
        "displayNameLastFirst",
        "formattedProtocol",
        "formattedType",
        "metadata",
        "text", // of a birthday, deprecated
    ];
    let Some(item) = item.as_object() else { return Map::new() };
    let mut kept: Map<String, Json> = item
        .iter()
        .filter(|(key, _)| !OUTPUT_ONLY.contains(&key.as_str()))
        .filter_map(|(key, value)| set(value).map(|value| (key.clone(), value)))
        .collect();
    if item.get("metadata").and_then(|metadata| metadata.get("sourcePrimary")) == Some(&Json::Bool(true)) {
        kept.insert(PREFERRED.to_owned(), Json::Bool(true));
    }
    kept
}

/// The key under which an item keeps, inside of this simulator, that it is its source's primary one.
pub(super) const PREFERRED: &str = "#preferred";

/// The value, unless it is its type's default.
fn set(value: &Json) -> Option<Json> {
    match value {
        Json::Null | Json::Bool(false) => None,
        Json::String(text) if text.is_empty() => None,
        Json::Number(number) if number.as_i64() == Some(0) => None,
        Json::Object(object) => {
            let kept: Map<String, Json> = object
                .iter()
                .filter_map(|(key, value)| set(value).map(|value| (key.clone(), value)))
                .collect();
            (!kept.is_empty()).then_some(Json::Object(kept))
        }
        Json::Bool(true) | Json::String(_) | Json::Number(_) | Json::Array(_) => Some(value.clone()),
    }
}

fn limits(path: &str, item: &Map<String, Json>) -> Result<(), ApiError> {
    if path == "biographies" {
        return Ok(());
    }
    let too_long = |value: &&Json| value.as_str().is_some_and(|text| text.chars().count() > MAX_VALUE_CHARS);
    match item.values().find(too_long) {
        None => Ok(()),
        Some(_) => Err(ApiError::violation(
            &format!("person.{path}"),
            format!("person.{path} cannot be longer than {MAX_VALUE_CHARS} characters."),
        )),
    }
}

/// `google.type.Date`: a whole day, or a month with or without its day, or a year alone or with a month.
fn real_date(path: &str, date: &Map<String, Json>) -> Result<(), ApiError> {
    let part = |name: &str| date.get(name).and_then(shape::int).unwrap_or_default();
    let (year, month, day) = (part("year"), part("month"), part("day"));
    let last = match month {
        0 => 0, // no day without its month
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 31,
    };
    if (0..=9_999).contains(&year) && (0..=12).contains(&month) && (0..=last).contains(&day) {
        return Ok(());
    }
    Err(ApiError::violation(&format!("person.{path}.date"), format!("Invalid date in person.{path}.")))
}

/// Adds what Google derives. False if nothing is left that would be worth keeping.
fn complete(path: &str, item: &mut Map<String, Json>, home: Region) -> bool {
    let principal: &[&str] = match path {
        "names" => return name::complete(item),
        "addresses" => return address::complete(item),
        "birthdays" => &["date"],
        "calendarUrls" => &["url"],
        "events" => &["date"],
        "imClients" => &["username"],
        "organizations" => &["name", "title", "department", "domain", "jobDescription", "location", "symbol"],
        "relations" => &["person"],
        "clientData" | "userDefined" => &["key", "value"],
        _ => &["value"],
    };
    if !principal.iter().any(|key| item.contains_key(*key)) {
        return false;
    }
    match path {
        "phoneNumbers" => {
            let canonical = text(item, "value").and_then(|value| normal::e164(value, home));
            if let Some(canonical) = canonical {
                item.insert("canonicalForm".to_owned(), Json::from(canonical));
            }
        }
        "biographies" => {
            item.entry("contentType").or_insert_with(|| Json::from("TEXT_PLAIN"));
        }
        "nicknames" if text(item, "type") == Some("DEFAULT") => {
            item.remove("type");
        }
        "imClients" => {
            let formatted = text(item, "protocol").map(words::protocol);
            item.extend(formatted.map(|word| ("formattedProtocol".to_owned(), Json::from(word))));
        }
        _ => {}
    }
    if words::has_formatted_type(path) {
        let formatted = text(item, "type").map(words::formatted);
        item.extend(formatted.map(|word| ("formattedType".to_owned(), Json::from(word))));
    }
    true
}

/// What a vendor may do to values beyond its documents.
fn reshape(path: &str, item: &mut Map<String, Json>, home: Region) {
    for (key, value) in item.iter_mut() {
        let Json::String(text) = value else { continue };
        *text = match (path, key.as_str()) {
            ("emailAddresses", "value") => normal::email(text),
            ("phoneNumbers", "value") => normal::phone(text, home),
            ("biographies", _) | ("addresses", _) => normal::lines(text),
            ("clientData", _) => std::mem::take(text), // software's, not people's
            _ => normal::text(text),
        };
    }
    item.retain(|_, value| value.as_str() != Some(""));
}

/// Of several items that claim to be the preferred one, the first is.
fn prefer_one(items: &mut [Json]) {
    let mut taken = false;
    for item in items.iter_mut().filter_map(Json::as_object_mut) {
        if item.contains_key(PREFERRED) && std::mem::replace(&mut taken, true) {
            item.remove(PREFERRED);
        }
    }
}

fn text<'a>(item: &'a Map<String, Json>, key: &str) -> Option<&'a str> {
    item.get(key).and_then(Json::as_str)
}

#[cfg(test)]
mod tests;
