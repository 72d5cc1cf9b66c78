//! Fields by the vendors' own names, as text: what a person types into one, and what is to be seen there.

use crate::hand::{Hand, Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use syntony_sandbox::drift::AttributeType;
use syntony_sandbox::mailchimp::FieldType;
use syntony_sandbox::salesforce::{Choice, Field, Kind as Holds, Object};

/// The most characters of a text field of Salesforce's, unless the page says another number.
const TEXT_CHARS: usize = 255;

/// What a field holds; empty where there is nothing.
pub(crate) fn see(kind: Kind, hand: &dyn Hand, id: &str, field: &str) -> String {
    if kind == Kind::Google && !field.starts_with("userDefined.") {
        return google_text(&hand.book().contact(id).unwrap(), field);
    }
    match field.split_once('.') {
        Some((whole, part)) if kind == Kind::Mailchimp => text(&hand.raw(id, whole)[part]),
        _ => text(&hand.raw(id, field)),
    }
}

/// A person types a value in; empty clears the field.
pub(crate) fn fill(kind: Kind, hand: &dyn Hand, id: &str, field: &str, value: &str, typed: Typed) {
    match kind {
        Kind::Google if !field.starts_with("userDefined.") => {
            let person = hand.book().contact(id).unwrap();
            hand.book().edit(id, &google_fields(&person, field, value)).unwrap();
        }
        Kind::Google | Kind::Drift | Kind::Contact | Kind::Lead | Kind::Mailchimp => {
            hand.fill(id, field, &typed.json(value));
        }
    }
}

/// What a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Typed {
    #[default]
    Text,
    Number,
}

impl Typed {
    fn json(self, value: &str) -> Value {
        match (self, value) {
            (_, "") => Value::Null,
            (_, "true") => json!(true),
            (_, "false") => json!(false),
            (Typed::Number, number) => serde_json::from_str(number).unwrap(),
            (Typed::Text, object) if object.starts_with('{') => serde_json::from_str(object).unwrap(),
            (Typed::Text, text) => json!(text),
        }
    }
}

/// The administrator makes a field of an app, or changes what it takes.
///
/// # Errors
/// If the app has no such fields.
pub(crate) fn define(kind: Kind, hand: &dyn Hand, name: &str, holds: &str) -> Result<Typed, String> {
    let options: Option<Vec<&str>> = holds.strip_prefix("one of\n").map(|options| options.lines().collect());
    let chars = holds.strip_prefix("a text of ").and_then(|chars| chars.parse().ok());
    let unknown = || format!("a field cannot be \"{holds}\" in this app");
    match kind {
        Kind::Drift => {
            let holds = match holds {
                "a text" => AttributeType::String,
                "a number" => AttributeType::Numeric,
                "a day" => AttributeType::Date,
                "yes or no" => AttributeType::Boolean,
                _ => return Err(unknown()),
            };
            hand.chat().define_attribute(name, holds);
        }
        Kind::Google => return Err("its own fields come into being when they are typed in".to_owned()),
        Kind::Contact | Kind::Lead => {
            let field = match (holds, chars, &options) {
                ("a text", ..) => Field::text(name, name, TEXT_CHARS),
                (_, Some(chars), _) => Field::text(name, name, chars),
                ("a number", ..) => Field::new(name, name, Holds::Double),
                ("a day", ..) => Field::new(name, name, Holds::Date),
                ("yes or no", ..) => Field::new(name, name, Holds::Boolean),
                (_, _, Some(options)) => {
                    let choices = options.iter().copied().map(Choice::new).collect();
                    Field::new(name, name, Holds::Picklist).restricted_to(choices)
                }
                _ => return Err(unknown()),
            };
            let object = if kind == Kind::Lead { Object::Lead } else { Object::Contact };
            hand.org().configure(|settings| {
                settings.custom_fields.retain(|(_, known)| known.name != field.name);
                settings.custom_fields.push((object, field));
            });
        }
        Kind::Mailchimp => {
            let (kind, more) = match (holds, &options) {
                ("a text", _) => ("text", json!({})),
                ("a number", _) => ("number", json!({})),
                ("a day", _) => ("date", json!({})),
                (_, Some(options)) => ("dropdown", json!({ "choices": options })),
                _ => return Err(unknown()),
            };
            let kind = FieldType::parse(kind).unwrap();
            hand.audience().add_field(name, name, kind, &more).map_err(|problem| format!("{problem:?}"))?;
        }
    }
    Ok(if holds == "a number" { Typed::Number } else { Typed::Text })
}

/// A value as people read it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// `names.givenName` is a part of the first name; `phoneNumbers` is the whole list, as `work 12 34; 56 78`.
fn google_text(person: &Value, field: &str) -> String {
    if let Some((list, part)) = field.split_once('.') {
        return text(&person[list][0][part]);
    }
    let items = person[field].as_array().cloned().unwrap_or_default();
    let lines: Vec<String> = items.iter().map(item_text).collect();
    lines.join("; ")
}

fn item_text(item: &Value) -> String {
    if let Some(date) = item["date"].as_object() {
        let part = |key: &str| date.get(key).and_then(Value::as_u64).unwrap_or_default();
        return match part("year") {
            0 => format!("{:02}-{:02}", part("month"), part("day")),
            year => format!("{year:04}-{:02}-{:02}", part("month"), part("day")),
        };
    }
    let label = item["type"].as_str().map(|label| format!("{label} ")).unwrap_or_default();
    format!("{label}{}", text(&item["value"]))
}

fn google_fields(person: &Value, field: &str, value: &str) -> Value {
    if let Some((list, part)) = field.split_once('.') {
        let mut first: Map<String, Value> = person[list][0].as_object().cloned().unwrap_or_default();
        first.insert(part.to_owned(), json!(value));
        return json!({ list: [first] });
    }
    let items: Vec<Value> =
        value.split("; ").filter(|text| !text.is_empty()).map(|text| item(field, text)).collect();
    json!({ field: items })
}

fn item(field: &str, text: &str) -> Value {
    if field == "birthdays" {
        let keys = ["day", "month", "year"];
        let parts = text.rsplit('-').map(|part| part.parse::<u64>().unwrap());
        let date: BTreeMap<&str, u64> = keys.into_iter().zip(parts).collect();
        return json!({ "date": date });
    }
    match text.split_once(' ').filter(|(label, _)| ["home", "work", "mobile"].contains(label)) {
        Some((label, value)) => json!({ "type": label, "value": value }),
        None => json!({ "value": text }),
    }
}
