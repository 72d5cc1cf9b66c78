//! One merge field: its type, and its values from the wire and to it
//! (<https://mailchimp.com/developer/marketing/docs/merge-fields/>).
//!
//! An address is stored whole or not at all. Where a part is missing Mailchimp refuses it, except for the country:
//! that it would take for the United States. So it is refused here.

use super::super::config::AddressClear;
use chrono::{DateTime, Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use syntony_core::ids::FieldName;
use syntony_core::schema::{Access, FieldSpec, Kind, Years};
use syntony_core::value::{Address, Date, Value};

/// The longest text, in characters; Mailchimp counts bytes, so it may be less.
const MAX_TEXT_CHARS: u32 = 255;
/// How many letters a country's code has (ISO 3166-1 alpha-2).
const COUNTRY_CODE_LETTERS: usize = 2;

/// A merge field as the audience lists it.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::mailchimp) struct MergeField {
    pub(in crate::mailchimp) tag: String,
    /// Tells a field from another one that had the same tag before.
    #[serde(default)]
    merge_id: Option<u64>,
    #[serde(rename = "type", default)]
    type_name: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    options: Options,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    size: Option<u32>,
}

/// What a merge field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mailchimp) enum MergeKind {
    /// `text` and `zip`.
    Text,
    /// `number`.
    Number,
    /// `address`: an object.
    Address,
    /// `phone`.
    Phone,
    /// `date`: a day with its year.
    Day,
    /// `birthday`: a day without a year.
    Birthday,
    /// `url` and `imageurl`.
    Url,
    /// `radio` and `dropdown`.
    Choice,
    /// A type that we do not know; read as text where it is text, never written.
    Other,
}

/// Why a value cannot be written, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mailchimp) struct Misfit {
    pub(in crate::mailchimp) reason: String,
    pub(in crate::mailchimp) hint: Option<&'static str>,
}

impl Misfit {
    pub(in crate::mailchimp) fn new(reason: impl Into<String>, hint: Option<&'static str>) -> Self {
        Self { reason: reason.into(), hint }
    }

    pub(in crate::mailchimp) fn other_kind() -> Self {
        Self::new("the value is of another kind than the field", None)
    }
}

impl MergeField {
    pub(in crate::mailchimp) fn kind(&self) -> MergeKind {
        match self.type_name.as_str() {
            "text" | "zip" => MergeKind::Text,
            "number" => MergeKind::Number,
            "address" => MergeKind::Address,
            "phone" => MergeKind::Phone,
            "date" => MergeKind::Day,
            "birthday" => MergeKind::Birthday,
            "url" | "imageurl" => MergeKind::Url,
            "radio" | "dropdown" => MergeKind::Choice,
            _ => MergeKind::Other,
        }
    }

    /// What tells it from any other field, now and earlier.
    pub(super) fn fingerprint(&self) -> String {
        format!("{}:{:?}:{:?}", self.tag, self.merge_id, self.kind())
    }

    pub(in crate::mailchimp) fn is_required(&self) -> bool {
        self.required
    }

    pub(super) fn spec(&self, name: &FieldName) -> FieldSpec {
        let kind = match self.kind() {
            MergeKind::Text | MergeKind::Other => Kind::Text,
            MergeKind::Number => Kind::Number,
            MergeKind::Address => Kind::Address,
            MergeKind::Phone => Kind::Phone,
            MergeKind::Day | MergeKind::Birthday => Kind::Date,
            MergeKind::Url => Kind::Url,
            MergeKind::Choice => Kind::Picklist,
        };
        let mut spec = FieldSpec::new(name.clone(), kind);
        spec.required = self.required;
        match self.kind() {
            MergeKind::Text => {
                let size = self.options.size.filter(|size| *size > 0).unwrap_or(MAX_TEXT_CHARS);
                spec.max_length_chars = Some(size.min(MAX_TEXT_CHARS));
            }
            MergeKind::Phone | MergeKind::Url => spec.max_length_chars = Some(MAX_TEXT_CHARS),
            MergeKind::Choice => spec.options.clone_from(&self.options.choices),
            MergeKind::Other => spec.access = Access::ReadOnly,
            // `MM/DD`.
            MergeKind::Birthday => spec.years = Years::Never,
            MergeKind::Number | MergeKind::Address | MergeKind::Day => {}
        }
        spec
    }

    /// The value on the wire; `None` where it is not of this type, which is not the same as empty.
    pub(in crate::mailchimp) fn read(&self, json: &Json) -> Option<Value> {
        if json.is_null() || json.as_str() == Some("") {
            return Some(Value::Null);
        }
        match self.kind() {
            MergeKind::Text | MergeKind::Phone | MergeKind::Url | MergeKind::Choice | MergeKind::Other => {
                plain_text(json).map(Value::Text)
            }
            MergeKind::Number => number(json).and_then(Value::number),
            MergeKind::Address => address(json),
            MergeKind::Day => json.as_str().and_then(day).map(Value::Date),
            MergeKind::Birthday => json.as_str().and_then(birthday).map(Value::Date),
        }
    }

    /// The value for the wire; a clear is not a value.
    ///
    /// # Errors
    /// Why the value does not fit.
    pub(in crate::mailchimp) fn write(&self, value: &Value) -> Result<Json, Misfit> {
        match (self.kind(), value) {
            (MergeKind::Text | MergeKind::Phone | MergeKind::Url, Value::Text(text)) => {
                Ok(Json::from(text.as_str()))
            }
            (MergeKind::Choice, Value::Text(text)) => self.write_choice(text),
            (MergeKind::Number, Value::Number(_)) => Ok(value.to_plain()),
            (MergeKind::Address, Value::Address(address)) => write_address(address),
            (MergeKind::Day, Value::Date(date)) => match date.year {
                Some(_) => Ok(Json::from(date.to_string())),
                None => Err(Misfit::new("the field holds a day with its year", None)),
            },
            (MergeKind::Birthday, Value::Date(date)) => {
                Ok(Json::from(format!("{:02}/{:02}", date.month, date.day)))
            }
            (MergeKind::Other, _) => Err(Misfit::new("Mailchimp's type of this field is not known", None)),
            (_, Value::List(_)) => Err(Misfit::new("the field holds one value", None)),
            (
                MergeKind::Text
                | MergeKind::Phone
                | MergeKind::Url
                | MergeKind::Choice
                | MergeKind::Number
                | MergeKind::Address
                | MergeKind::Day
                | MergeKind::Birthday,
                _,
            ) => Err(Misfit::other_kind()),
        }
    }

    fn write_choice(&self, text: &str) -> Result<Json, Misfit> {
        if self.options.choices.iter().any(|choice| choice == text) {
            return Ok(Json::from(text));
        }
        let allowed = self.options.choices.join(", ");
        Err(Misfit::new(format!("the value is none of the field's options; allowed: {allowed}"), None))
    }

    /// What empties the field.
    pub(in crate::mailchimp) fn clear(&self, how: AddressClear) -> Json {
        match (self.kind(), how) {
            (MergeKind::Address, AddressClear::EmptyParts) => {
                json!({ "addr1": "", "addr2": "", "city": "", "state": "", "zip": "", "country": "" })
            }
            (MergeKind::Address, AddressClear::EmptyText)
            | (
                MergeKind::Text
                | MergeKind::Number
                | MergeKind::Phone
                | MergeKind::Day
                | MergeKind::Birthday
                | MergeKind::Url
                | MergeKind::Choice
                | MergeKind::Other,
                _,
            ) => Json::from(""),
        }
    }

    /// The value as it would come back.
    pub(in crate::mailchimp) fn normalise(&self, value: &Value) -> Value {
        match (self.kind(), value) {
            (_, empty) if empty.is_empty() => Value::Null,
            (MergeKind::Birthday, Value::Date(date)) => Value::Date(Date { year: None, ..*date }),
            (MergeKind::Address, Value::Address(address)) => {
                let country = address.country.trim().to_ascii_uppercase();
                Value::Address(Box::new(Address { country, ..(**address).clone() }))
            }
            (_, other) => other.clone(),
        }
    }
}

/// Text, also where something plain comes in another shape. Maps and lists are no text.
fn plain_text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

fn number(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok())
}

fn address(json: &Json) -> Option<Value> {
    let parts = json.as_object()?;
    let part = |key: &str| match parts.get(key) {
        None | Some(Json::Null) => Some(String::new()),
        Some(Json::String(text)) => Some(text.clone()),
        Some(Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_)) => None,
    };
    let address = Address {
        street: part("addr1")?,
        extended: part("addr2")?,
        city: part("city")?,
        region: part("state")?,
        postal_code: part("zip")?,
        country: part("country")?,
    };
    // A country alone is what Mailchimp fills in by itself.
    let is_empty = Address { country: String::new(), ..address.clone() }.is_empty();
    Some(if is_empty { Value::Null } else { Value::Address(Box::new(address)) })
}

fn write_address(address: &Address) -> Result<Json, Misfit> {
    let wanted = [
        ("street", &address.street),
        ("city", &address.city),
        ("region", &address.region),
        ("postal code", &address.postal_code),
        ("country", &address.country),
    ];
    let missing: Vec<&str> =
        wanted.iter().filter(|(_, part)| part.trim().is_empty()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        return Err(Misfit::new(
            format!("Mailchimp stores an address whole or not at all; missing: {}", missing.join(", ")),
            Some("complete the address, or map its parts to text fields"),
        ));
    }
    let country = address.country.trim();
    if country.len() != COUNTRY_CODE_LETTERS || !country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(Misfit::new(
            "the address's country is no code of two letters, and Mailchimp would take it for the United States",
            Some("write the country by its ISO 3166 code, such as BE"),
        ));
    }
    Ok(json!({
        "addr1": address.street,
        "addr2": address.extended,
        "city": address.city,
        "state": address.region,
        "zip": address.postal_code,
        "country": country.to_ascii_uppercase(),
    }))
}

/// The day that a text begins with, in `2024-02-29` or RFC 3339.
fn day(text: &str) -> Option<Date> {
    let date = NaiveDate::parse_from_str(text.trim().get(..10)?, "%Y-%m-%d").ok()?;
    Date::new(Some(date.year()), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?)
}

/// A day as `MM/DD`.
fn birthday(text: &str) -> Option<Date> {
    let (month, day) = text.trim().split_once('/')?;
    Date::new(None, month.parse().ok()?, day.parse().ok()?)
}

/// Milliseconds since 1970 of a moment as Mailchimp writes it (ISO 8601 with an offset).
pub(in crate::mailchimp) fn moment_ms(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.timestamp_millis())
}
