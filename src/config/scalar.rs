//! A plain TOML value as a field's value: what rules compare with and actions set.

use super::located::Located;
use super::reader::Node;
use syntony_core::value::{Date, Number, Value};
use toml::de::DeValue;

/// A text, number, boolean, date or moment. Lists and tables are no single value.
pub(super) fn value(node: Node<'_>) -> Option<Located<Value>> {
    let value = match node.value {
        DeValue::String(text) => Some(Value::text(text.as_ref())),
        DeValue::Integer(_) | DeValue::Float(_) => {
            return number(node).map(|number| number.map(Value::Number));
        }
        DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
        DeValue::Datetime(moment) => date(moment),
        DeValue::Array(_) | DeValue::Table(_) => None,
    };
    match value {
        Some(value) => Some(Located::new(value, node.span)),
        None => node.wrong("a text, a number, true, false, a date, or a moment with its offset"),
    }
}

/// A finite number.
pub(super) fn number(node: Node<'_>) -> Option<Located<Number>> {
    let float = match node.value {
        DeValue::Integer(integer) => match integer.radix() {
            10 => integer.as_str().parse::<f64>().ok(),
            #[allow(clippy::cast_precision_loss)] // nobody writes a hexadecimal score above 2^53
            radix => i64::from_str_radix(integer.as_str(), radix).ok().map(|whole| whole as f64),
        },
        DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => return node.wrong("a number"),
    };
    match float.and_then(Number::new) {
        Some(number) => Some(Located::new(number, node.span)),
        None => node.sink.error(node.span, "this number cannot be used: it is not finite", None),
    }
}

/// A day, or a moment that says where on Earth it is meant.
fn date(written: &toml::value::Datetime) -> Option<Value> {
    match (written.date, written.time, written.offset) {
        (Some(day), None, None) => Date::new(Some(i32::from(day.year)), day.month, day.day).map(Value::Date),
        (Some(_), Some(_), Some(_)) => chrono::DateTime::parse_from_rfc3339(&written.to_string())
            .ok()
            .map(|moment| Value::DateTime(moment.timestamp_millis())),
        _ => None,
    }
}
