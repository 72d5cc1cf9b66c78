//! From the types to the schema that editors read.
//!
//! JSON Schema draft 7, because [Taplo](https://taplo.tamasfe.dev/configuration/developing-schemas.html),
//! which is behind *Even Better TOML*, validates with it. Everything stands where it is used: Taplo shows
//! no description beside a `$ref`, and looks for keys and completions in `properties`, `anyOf` and `items`
//! only.

use super::File;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::{Map, Value, json};

/// What the schema's file is called, beside the configuration.
pub const FILE_NAME: &str = "syntony.schema.json";

/// The schema of a configuration.
#[must_use]
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    RecursiveTransform(tidy).transform(&mut schema);
    RecursiveTransform(lift_what_is_common).transform(&mut schema);
    schema
}

/// The schema as it is shipped.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", schema().as_value())
}

/// TOML has no null: what may be left out is left out. And a number's size in memory is nobody's business.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    without_null(schema, "type", |item| item == "null");
    without_null(schema, "enum", Value::is_null);
    without_null(schema, "anyOf", |item| item.get("type").is_some_and(|it| it == "null"));
    if let Some([only]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        let Value::Object(only) = only.clone() else { return };
        schema.remove("anyOf");
        let outer = schema.ensure_object();
        for (key, value) in only {
            outer.entry(key).or_insert(value);
        }
    }
    for key in ["description", "title"] {
        if let Some(Value::String(text)) = schema.get_mut(key) {
            *text = in_one_line(text);
        }
    }
}

/// Of a table that fits none of several forms, an editor says no more than that. What all forms have in
/// common is said of the table as well, so that a mistake in it is shown where it stands.
fn lift_what_is_common(schema: &mut Schema) {
    let Some([first, others @ ..]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) else {
        return;
    };
    let Some(properties) = first.get("properties").and_then(Value::as_object) else { return };
    let mut common = Map::new();
    for (key, property) in properties {
        let of_others: Option<Vec<&Value>> = others.iter().map(|it| it.get("properties")?.get(key)).collect();
        let Some(of_others) = of_others else { continue };
        let words: Option<Vec<&Value>> =
            std::iter::once(property).chain(of_others.iter().copied()).map(|it| it.get("const")).collect();
        if let Some(words) = words {
            common.insert(key.clone(), json!({ "type": "string", "enum": words }));
        } else if of_others.iter().all(|it| *it == property) {
            common.insert(key.clone(), property.clone());
        }
    }
    if !common.is_empty() {
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), common.into());
    }
}

fn without_null(schema: &mut Schema, key: &str, is_null: impl Fn(&Value) -> bool) {
    let Some(Value::Array(items)) = schema.get_mut(key) else { return };
    items.retain(|item| !is_null(item));
    if key == "type"
        && let [only] = items.as_slice()
    {
        let only = only.clone();
        schema.insert(key.to_owned(), only);
    }
}

/// Comments are wrapped for this code, and editors wrap for themselves.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
