//! One attribute's value, from the wire and to it.

use crate::drift::config::DateForm;
use chrono::{DateTime, Datelike, NaiveDate};
use serde_json::Value as Json;
use syntony_core::schema::Kind;
use syntony_core::value::{Date, Value};

/// The type of an attribute (<https://devdocs.drift.com/docs/listing-custom-attributes>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::drift) enum AttributeType {
    /// `STRING`, and whatever is not known: opaque text.
    Text,
    /// `NUMERIC`.
    Number,
    /// `BOOLEAN`.
    Boolean,
    /// `DATETIME`.
    Moment,
    /// `DATE`.
    Day,
}

impl AttributeType {
    /// As Drift spells it.
    pub(in crate::drift) fn of(name: &str) -> Self {
        match name {
            "NUMERIC" | "NUMBER" => AttributeType::Number,
            "BOOLEAN" => AttributeType::Boolean,
            "DATETIME" => AttributeType::Moment,
            "DATE" => AttributeType::Day,
            _ => AttributeType::Text,
        }
    }

    /// What kind of field that is.
    pub(in crate::drift) fn kind(self) -> Kind {
        match self {
            AttributeType::Text => Kind::Text,
            AttributeType::Number => Kind::Number,
            AttributeType::Boolean => Kind::Boolean,
            AttributeType::Moment => Kind::DateTime,
            AttributeType::Day => Kind::Date,
        }
    }

    /// The value on the wire; `None` where it is not of this type, which is not the same as empty.
    pub(in crate::drift) fn read(self, json: &Json) -> Option<Value> {
        if json.is_null() || json.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Some(Value::Null);
        }
        match self {
            AttributeType::Text => text(json).map(Value::Text),
            AttributeType::Number => number(json).and_then(Value::number),
            AttributeType::Boolean => boolean(json).map(Value::Bool),
            AttributeType::Moment => millis(json).map(Value::DateTime),
            AttributeType::Day => day(json).map(Value::Date),
        }
    }

    /// The value for the wire; a clear is not a value.
    ///
    /// # Errors
    /// Why the value does not fit.
    pub(in crate::drift) fn write(self, value: &Value, form: DateForm) -> Result<Json, &'static str> {
        match (self, value) {
            (AttributeType::Text, Value::Text(text)) => Ok(Json::from(text.as_str())),
            (AttributeType::Number, Value::Number(_)) | (AttributeType::Boolean, Value::Bool(_)) => {
                Ok(value.to_plain())
            }
            (AttributeType::Moment, Value::DateTime(millis)) => Ok(Json::from(*millis)),
            (AttributeType::Day, Value::Date(date)) => write_day(*date, form),
            (_, Value::List(_)) => Err("the attribute holds one value"),
            (
                AttributeType::Text
                | AttributeType::Number
                | AttributeType::Boolean
                | AttributeType::Moment
                | AttributeType::Day,
                _,
            ) => Err("the value is of another kind than the attribute"),
        }
    }
}

/// Text, also where Drift holds something plain in another shape. Maps and lists are no text.
fn text(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(yes) => Some(yes.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn number(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok())
}

fn boolean(json: &Json) -> Option<bool> {
    json.as_bool().or_else(|| match json.as_str()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

/// A moment in epoch milliseconds, as Drift's own are, or in RFC 3339.
fn millis(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| {
        let text = json.as_str()?.trim();
        text.parse().ok().or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()))
    })
}

/// A day: the day in UTC of a moment, or the date that a text begins with.
fn day(json: &Json) -> Option<Date> {
    let iso = |text: &str| NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok();
    let date = json
        .as_str()
        .and_then(|text| iso(text.trim()))
        .or_else(|| millis(json).and_then(DateTime::from_timestamp_millis).map(|at| at.date_naive()))?;
    Date::new(Some(date.year()), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?)
}

fn write_day(date: Date, form: DateForm) -> Result<Json, &'static str> {
    let year = date.year.ok_or("the attribute holds a day with its year")?;
    match form {
        DateForm::Iso => Ok(Json::from(date.to_string())),
        DateForm::EpochMillis => NaiveDate::from_ymd_opt(year, date.month.into(), date.day.into())
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .map(|start| Json::from(start.and_utc().timestamp_millis()))
            .ok_or("there is no such day"),
    }
}
