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
use serde_json::Value;

/// What the schema's file is called, beside the configuration.
pub const FILE_NAME: &str = "syntony.schema.json";

/// The schema of a configuration.
#[must_use]
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>();
    RecursiveTransform(tidy).transform(&mut schema);
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
