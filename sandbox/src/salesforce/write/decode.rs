//! From what a client sends to what a row shall hold: names resolved, types right, texts trimmed.
//!
//! The invariant: a [`Draft`] names only fields that the user may see, and every value has the type of its
//! field, or is null. What is wrong here is wrong with the call as a whole, so that one such record stops
//! a collection; what is wrong with a row (a text too long, an option that there is not) is not looked at.

use super::super::error::ApiError;
use super::super::moment;
use super::super::schema::{Field, Kind, ObjectType};
use super::super::store::Fields;
use super::words;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// What a row shall hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Draft {
    /// Null clears; what is not here is left alone.
    pub(super) fields: Fields,
    /// References that name their row by an external id.
    pub(super) links: Vec<Link>,
}

/// `"Account": { "Key__c": "x" }`
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    /// The field that will hold the id.
    pub(super) field: Arc<str>,
    /// The external id by which the row is named, as the client wrote it.
    pub(super) key: String,
    pub(super) value: String,
}

/// A record of a request, its `attributes` and its id left out.
///
/// # Errors
/// `INVALID_FIELD` for a name that the object does not have, `JSON_PARSER_ERROR` for a value of another type.
pub(super) fn record(described: &ObjectType, body: &Map<String, Json>) -> Result<Draft, ApiError> {
    let mut draft = Draft::default();
    for (name, value) in body {
        if name == "attributes" {
            continue;
        }
        if let (Some(field), Json::Object(named)) = (described.relationship(name), value) {
            draft.links.push(link(field, named)?);
            continue;
        }
        let field = described.field(name);
        let field = field.ok_or_else(|| words::no_such_column(name, described.object.name()))?;
        draft.fields.insert(Arc::clone(&field.name), typed(field, value)?);
    }
    Ok(draft)
}

fn link(field: &Field, named: &Map<String, Json>) -> Result<Link, ApiError> {
    let mut keys = named.iter().filter(|(name, _)| *name != "attributes");
    match (keys.next(), keys.next()) {
        (Some((key, Json::String(value))), None) => {
            Ok(Link { field: Arc::clone(&field.name), key: key.clone(), value: value.clone() })
        }
        _ => Err(words::bad_json(format!("A relationship takes one external ID: {}", field.name))),
    }
}

/// A JSON value as its field stores it.
fn typed(field: &Field, value: &Json) -> Result<Json, ApiError> {
    let wrong = |token, shown: &str| Err(words::wrong_type(field.kind.name(), token, shown));
    match (field.kind, value) {
        (_, Json::Null) => Ok(Json::Null),
        (_, Json::String(text)) => match from_text(field, text) {
            Some(value) => Ok(value),
            None => wrong("VALUE_STRING", text),
        },
        (Kind::Boolean, Json::Bool(_)) => Ok(value.clone()),
        (Kind::Int | Kind::Double | Kind::Currency, Json::Number(number)) => {
            match from_text(field, &number.to_string()) {
                Some(value) => Ok(value),
                None => wrong("VALUE_NUMBER_FLOAT", &number.to_string()),
            }
        }
        (_, Json::Bool(flag)) => wrong(if *flag { "VALUE_TRUE" } else { "VALUE_FALSE" }, ""),
        (_, Json::Number(number)) => wrong("VALUE_NUMBER_INT", &number.to_string()),
        (_, Json::Array(_)) => wrong("START_ARRAY", "["),
        (_, Json::Object(_)) => wrong("START_OBJECT", "{"),
    }
}

/// A text as its field stores it: that of JSON and that of CSV. Spaces around it go; nothing left is null.
/// `None` if it is no such value.
pub(super) fn from_text(field: &Field, text: &str) -> Option<Json> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Json::Null);
    }
    match field.kind {
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Json::Bool(true)),
            "false" | "0" => Some(Json::Bool(false)),
            _ => None,
        },
        Kind::Int => text.parse::<i32>().ok().map(Json::from),
        Kind::Double | Kind::Currency => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Json::from)
        }
        Kind::Date => moment::is_day(text).then(|| Json::from(text)),
        Kind::DateTime => {
            // Stored moments have whole seconds.
            moment::read_moment(text).map(|ms| Json::from(moment::stamp(ms.div_euclid(1_000))))
        }
        Kind::MultiPicklist => Some(in_their_order(field, text)),
        Kind::Id
        | Kind::Reference
        | Kind::Text
        | Kind::TextArea
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Picklist
        | Kind::Address => Some(Json::from(text)),
    }
}

/// `B; A;B` as it is stored: each option once, in the order of the field's options, then the others.
fn in_their_order(field: &Field, text: &str) -> Json {
    let place = |value: &&str| field.options.iter().position(|option| option.value == **value);
    let mut values: Vec<&str> = Vec::new();
    for value in text.split(';').map(str::trim).filter(|value| !value.is_empty()) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values.sort_by_key(|value| place(value).unwrap_or(usize::MAX));
    if values.is_empty() { Json::Null } else { Json::from(values.join(";")) }
}

#[cfg(test)]
mod tests {
    use super::super::super::schema::Choice;
    use super::*;
    use proptest::prelude::*;

    const KINDS: [Kind; 9] = [
        Kind::Text,
        Kind::TextArea,
        Kind::Email,
        Kind::Boolean,
        Kind::Int,
        Kind::Double,
        Kind::Date,
        Kind::DateTime,
        Kind::MultiPicklist,
    ];

    fn field(kind: Kind) -> Field {
        Field::new("Field__c", "Field", kind).with_options(["Gold", "Silver"].map(Choice::new).to_vec())
    }

    #[track_caller]
    fn check(kind: Kind, text: &str, expected: Option<Json>) {
        assert_eq!(from_text(&field(kind), text), expected, "{kind:?} {text}");
    }

    #[test]
    fn a_text_is_stored_as_its_field_holds_it() {
        check(Kind::Text, " a  b ", Some("a  b".into()));
        check(Kind::Text, "\t ", Some(Json::Null));
        check(Kind::Boolean, "TRUE", Some(true.into()));
        check(Kind::Boolean, "yes", None);
        check(Kind::Int, "2147483648", None);
        check(Kind::Double, "1e400", None);
        check(Kind::Date, "2026-1-5", None);
        check(Kind::DateTime, "2026-01-05T09:00:00.999+01:00", Some("2026-01-05T08:00:00.000+0000".into()));
        check(Kind::MultiPicklist, "Tin;Silver; Gold;Silver;", Some("Gold;Silver;Tin".into()));
    }

    proptest! {
        /// What the org stores, sent back, is stored as it is: otherwise a sync would never come to rest.
        #[test]
        fn what_is_stored_stays_as_it_is(
            text in "[ a-cG;]{0,8}|-?[0-9]{1,5}|true|0|Gold;? ?Silver|2026-0[1-9]-1[0-9](T0[0-9]:00:00Z)?",
        ) {
            for kind in KINDS {
                let field = field(kind);
                let Some(stored) = from_text(&field, &text) else { continue };
                prop_assert_eq!(typed(&field, &stored), Ok(stored.clone()), "{:?} {}", kind, text);
            }
        }
    }
}
