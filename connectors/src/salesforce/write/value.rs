//! One value on its way into a column.
//!
//! A column takes what its type says and nothing near it: what does not fit is refused here, with the field's
//! name, before anything is sent. Empty is `null`: Salesforce keeps no empty text.
//! (<https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm>)

use super::super::wire::describe::FieldKind;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value as Json;
use syntony_core::value::{Date, Item, Value};

/// What stands between the options of a multi-select picklist.
pub(in crate::salesforce) const OPTION_SEPARATOR: char = ';';

/// Why a value does not go into a column.
pub(super) type Misfit = &'static str;

/// `value` as a column of this type takes it.
///
/// # Errors
/// Why it cannot.
pub(super) fn column(kind: FieldKind, value: &Value) -> Result<Json, Misfit> {
    match kind {
        FieldKind::Boolean => checkbox(value),
        FieldKind::Address | FieldKind::Other => Err("Salesforce takes no value for such a field"),
        _ if value.is_empty() => Ok(Json::Null),
        FieldKind::Int | FieldKind::Long => whole(value),
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent => number(value),
        FieldKind::Date => day(value),
        FieldKind::Datetime => moment(value),
        FieldKind::Multipicklist => options(value),
        FieldKind::String
        | FieldKind::Textarea
        | FieldKind::Picklist
        | FieldKind::Combobox
        | FieldKind::Reference
        | FieldKind::Id
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::Url
        | FieldKind::Time
        | FieldKind::EncryptedString => text(value),
    }
}

fn checkbox(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Bool(yes) => Ok(Json::Bool(*yes)),
        Value::Null => Err("a checkbox cannot be empty"),
        Value::Number(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_)
        | Value::List(_) => Err("a checkbox takes yes or no"),
    }
}

fn whole(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Number(number) if number.get().fract() != 0.0 => Err("the field takes a whole number"),
        other => number(other),
    }
}

fn number(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Number(_) => Ok(value.to_plain()),
        Value::Null
        | Value::Bool(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_)
        | Value::List(_) => Err("the field takes a number"),
    }
}

fn day(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::Date(Date { year: Some(_), .. }) => Ok(value.to_plain()),
        Value::Date(Date { year: None, .. }) => Err("the field takes no day without a year"),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::DateTime(_)
        | Value::Address(_)
        | Value::List(_) => Err("the field takes a day"),
    }
}

fn moment(value: &Value) -> Result<Json, Misfit> {
    let Value::DateTime(at_ms) = value else { return Err("the field takes a moment") };
    let at =
        DateTime::<Utc>::from_timestamp_millis(*at_ms).ok_or("the field takes no moment that far away")?;
    Ok(Json::String(at.to_rfc3339_opts(SecondsFormat::Millis, true)))
}

fn text(value: &Value) -> Result<Json, Misfit> {
    value.as_text().map(|text| Json::String(text.to_owned())).ok_or("the field takes a single text")
}

/// A multi-select picklist takes its options in one text.
fn options(value: &Value) -> Result<Json, Misfit> {
    match value {
        Value::List(items) => {
            let texts = items.iter().map(|Item { value, .. }| {
                let option = value.as_text().map(str::trim).filter(|option| !option.is_empty());
                option.ok_or("the field takes a list of texts")
            });
            joined(texts.collect::<Result<Vec<_>, _>>()?)
        }
        single => joined([single.as_text().ok_or("the field takes a list of texts")?.trim()]),
    }
}

/// Options in one text.
///
/// # Errors
/// When one of them would come back as two.
pub(super) fn joined<'a>(options: impl IntoIterator<Item = &'a str>) -> Result<Json, Misfit> {
    let options: Vec<&str> = options.into_iter().collect();
    if options.iter().any(|option| option.contains(OPTION_SEPARATOR)) {
        return Err("an option of a multi-select picklist cannot hold a semicolon");
    }
    Ok(if options.is_empty() { Json::Null } else { Json::String(options.join(";")) })
}

/// The value as Salesforce holds it after a write: it trims text and keeps no empty one. What else it does (it
/// may fold the case of an address, or reformat a telephone number) is adopted from its answers.
pub(super) fn held(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(
            items
                .iter()
                .filter(|item| !item.value.is_empty())
                .map(|item| Item { value: held(&item.value), label: item.label.clone() })
                .collect(),
        ),
        empty if empty.is_empty() => Value::Null,
        Value::Text(text) => Value::text(text.trim()),
        Value::Address(address) => Value::Address(Box::new(super::address::held(address))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) | Value::DateTime(_) => {
            value.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(kind: FieldKind, value: Value, expected: Result<Json, &str>) {
        assert_eq!(column(kind, &value), expected, "{kind:?}: {}", value.to_plain());
    }

    fn date(year: Option<i32>) -> Value {
        Value::Date(Date::new(year, 2, 29).unwrap())
    }

    #[test]
    fn a_column_takes_what_its_type_says() {
        check(FieldKind::String, Value::text(" Ada "), Ok(json!(" Ada ")));
        check(FieldKind::Email, Value::text("  "), Ok(json!(null)));
        check(FieldKind::Phone, Value::Null, Ok(json!(null)));
        check(FieldKind::Int, Value::number(3.0).unwrap(), Ok(json!(3)));
        check(FieldKind::Double, Value::number(0.5).unwrap(), Ok(json!(0.5)));
        check(FieldKind::Boolean, Value::Bool(false), Ok(json!(false)));
        check(FieldKind::Date, date(Some(2024)), Ok(json!("2024-02-29")));
        check(FieldKind::Datetime, Value::DateTime(1_500), Ok(json!("1970-01-01T00:00:01.500Z")));
        check(FieldKind::Multipicklist, Value::texts(["A", "B"]), Ok(json!("A;B")));
        check(FieldKind::Multipicklist, Value::List(Vec::new()), Ok(json!(null)));
    }

    #[test]
    fn what_is_near_a_type_is_not_sent() {
        check(FieldKind::Int, Value::number(2.5).unwrap(), Err("the field takes a whole number"));
        check(FieldKind::Int, Value::text("3"), Err("the field takes a number"));
        check(FieldKind::Boolean, Value::Null, Err("a checkbox cannot be empty"));
        check(FieldKind::Boolean, Value::text("yes"), Err("a checkbox takes yes or no"));
        check(FieldKind::Date, date(None), Err("the field takes no day without a year"));
        check(FieldKind::Date, Value::DateTime(0), Err("the field takes a day"));
        check(FieldKind::Datetime, Value::DateTime(i64::MAX), Err("the field takes no moment that far away"));
        check(FieldKind::String, Value::texts(["a", "b"]), Err("the field takes a single text"));
        check(FieldKind::Other, Value::text("here"), Err("Salesforce takes no value for such a field"));
        check(
            FieldKind::Multipicklist,
            Value::texts(["A;B"]),
            Err("an option of a multi-select picklist cannot hold a semicolon"),
        );
    }

    proptest! {
        #[test]
        fn what_is_held_once_is_held_for_good(text in "[ \t\na-c]{0,8}", more in "[ a]{0,3}") {
            for value in [Value::text(&text), Value::texts([&text, &more])] {
                let once = held(&value);
                prop_assert_eq!(held(&once), once);
            }
        }
    }
}
