//! What a field can hold.
//!
//! A [`Value`] is always what a vendor said, in the vendor's own spelling; how two values compare is
//! decided by the mapping that ties them, never here. Its `Debug` shows the kind and the size alone:
//! a contact's data cannot reach a log by way of a derived `Debug`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a field holds. A field that was not asked for is not a `Value` at all: it is missing from
/// [`Fields`](crate::record::Fields).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Observed, and empty.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, as the vendor spells it.
    Text(String),
    /// A day, perhaps without a year.
    Date(Date),
    /// A moment: milliseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    /// A postal address.
    Address(Box<Address>),
    /// Several values of one kind, in the vendor's order.
    List(Vec<Item>),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }

    /// A number, if it is finite.
    #[must_use]
    pub fn number(number: f64) -> Option<Self> {
        Number::new(number).map(Value::Number)
    }

    /// A list of texts without labels.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Value::List(texts.into_iter().map(|text| Item { value: Value::text(text), label: None }).collect())
    }

    /// The text inside, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Address(_)
            | Value::List(_) => None,
        }
    }

    /// Whether nothing is in it. `0` and `false` are something; blank text and a list of nothing are not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            Value::List(items) => items.iter().all(|item| item.value.is_empty()),
            Value::Address(address) => address.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Date(_) | Value::DateTime(_) => false,
        }
    }

    /// The plain JSON that people read in a plan or an export.
    #[must_use]
    pub fn to_plain(&self) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match self {
            Value::Null => Json::Null,
            Value::Bool(yes) => Json::Bool(*yes),
            Value::Number(number) => number.to_plain(),
            Value::Text(text) => Json::String(text.clone()),
            Value::Date(date) => Json::String(date.to_string()),
            Value::DateTime(millis) => json!({ "epoch_ms": millis }),
            Value::Address(address) => serde_json::to_value(address).unwrap_or(Json::Null),
            Value::List(items) => Json::Array(
                items
                    .iter()
                    .map(|item| match &item.label {
                        None => item.value.to_plain(),
                        Some(label) => json!({ "value": item.value.to_plain(), "label": label }),
                    })
                    .collect(),
            ),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => out.write_str("Null"),
            Value::Bool(_) => out.write_str("Bool(…)"),
            Value::Number(_) => out.write_str("Number(…)"),
            Value::Text(text) => write!(out, "Text({} bytes)", text.len()),
            Value::Date(_) => out.write_str("Date(…)"),
            Value::DateTime(_) => out.write_str("DateTime(…)"),
            Value::Address(_) => out.write_str("Address(…)"),
            Value::List(items) => write!(out, "List({} items)", items.len()),
        }
    }
}

/// One of several values, with what the vendor calls its type (`work`, `home`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Item {
    /// The value: text or an address.
    pub value: Value,
    /// The vendor's label for it, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl fmt::Debug for Item {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, out)
    }
}

/// A finite number with a total order. Whole numbers are exact up to 2^53.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Number(f64);

impl Number {
    /// `None` for what is not finite. Minus zero becomes zero, so that equal numbers have equal bits.
    #[must_use]
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(if number == 0.0 { 0.0 } else { number }))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whole numbers without a fraction part, as people write them.
    fn to_plain(self) -> serde_json::Value {
        const EXACT_TO: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() <= EXACT_TO {
            #[allow(clippy::cast_possible_truncation)] // whole and within 2^53: exact
            return serde_json::Value::from(self.0 as i64);
        }
        serde_json::Value::from(self.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_plain(), out)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Number(…)")
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> f64 {
        number.0
    }
}

impl TryFrom<f64> for Number {
    type Error = &'static str;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        Number::new(number).ok_or("not a finite number")
    }
}

/// A day of the calendar; a birthday may lack its year, and never gets one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date {
    /// The year, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// `None` unless the day exists (29 February counts without a year).
    #[must_use]
    pub fn new(year: Option<i32>, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_none_or(|year| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=last).contains(&day).then_some(Self { year, month, day })
    }
}

impl fmt::Display for Date {
    /// `1990-04-15`, or `--04-15` without a year (as ISO 8601 and vCard write it).
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(out, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(out, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Date(…)")
    }
}

/// A postal address, part by part; a part that the vendor did not give is empty.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street and number; several lines are joined by line feeds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// Apartment, suite, floor.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub extended: String,
    /// City or town.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// State, province or region.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Country, as the vendor spells it; never invented.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

impl Address {
    /// Whether every part is blank.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.street, &self.extended, &self.city, &self.region, &self.postal_code, &self.country]
            .iter()
            .all(|part| part.trim().is_empty())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Address(…)")
    }
}
