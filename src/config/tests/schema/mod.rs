//! The schema for editors and the reader, held against each other: the same keys, the same mistakes
//! refused, and nothing that the schema allows is a mistake of shape to the reader.

mod documents;
mod keys;
mod sample;

use super::super::file;
use super::{FULL, read_text, shown};
use crate::diagnostics::Problem;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What the reader says of a mistake that the shape of the file alone shows: an editor must show it too.
/// Whatever else the reader says takes more than the shape: other parts of the file, a calendar.
const MISTAKES_OF_SHAPE: [&str; 37] = [
    "unknown key",
    "expected ",
    "is missing here",
    "is not possible here",
    "this must not be empty",
    "there are no apps",
    "cannot be a name",
    "unknown app type",
    "no credentials",
    "one way in is enough",
    "a secret comes from exactly one place",
    "a secret must not stand",
    "not the name of",
    "not a place for tags",
    "a rate is either",
    "this is not an address",
    "is not a way to reach",
    "no query",
    "would travel in the open",
    "credentials must not stand",
    "exactly two apps",
    "synced with itself",
    "is no direction",
    "five, six or seven fields",
    "not a known abbreviation",
    "no blanks around it",
    "there is no default mapping",
    "no condition that is known",
    "no action that is known",
    "one condition in each",
    "one action in each",
    "one test in each",
    "tests nothing",
    "has no ends",
    "can only be true",
    "an empty list matches nothing",
    "is not finite",
];
/// Mistakes of shape that the schema sees some of, because the shape depends on the names of the apps: the
/// keys of a mapping.
const NAMES_OF_APPS: [&str; 3] = ["`mail` is missing here", "unknown key `mial`", "unknown key `to`"];

static SCHEMA: LazyLock<schemars::Schema> = LazyLock::new(file::schema);
static VALIDATOR: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .build(SCHEMA.as_value())
        .expect("the schema is a schema")
});

/// A file as an editor sees it: dates are texts, and a number that JSON does not have is nothing.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
    }
}

fn parsed(text: &str) -> Option<Value> {
    text.parse::<toml::Table>().ok().map(|table| as_json(toml::Value::Table(table)))
}

fn complaints_of(instance: &Value) -> Vec<String> {
    VALIDATOR.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What an editor says of a file.
pub(crate) fn complaints(text: &str) -> Vec<String> {
    parsed(text).map_or_else(|| vec!["no TOML".to_owned()], |instance| complaints_of(&instance))
}

fn says(problem: &Problem, words: &[&str]) -> bool {
    problem.is_error() && words.iter().any(|it| problem.message.contains(it))
}

/// Whether the reader complains of a mistake that the file's shape shows.
fn of_shape(problem: &Problem) -> bool {
    says(problem, &MISTAKES_OF_SHAPE)
}

/// Both refuse a file for its shape, or neither.
pub(super) fn agrees(text: &str, problems: &[Problem]) {
    // What is no TOML has no shape.
    let Some(instance) = parsed(text) else { return };
    let complaints = complaints_of(&instance);
    let (names, shape): (Vec<_>, Vec<_>) =
        problems.iter().filter(|it| of_shape(it)).partition(|it| says(it, &NAMES_OF_APPS));
    if shape.is_empty() && !names.is_empty() {
        return;
    }
    let refused = !shape.is_empty();
    assert_eq!(
        !complaints.is_empty(),
        refused,
        "the schema says {complaints:#?}\nthe reader says {:#?}\nof\n{text}",
        shown(problems)
    );
}

#[test]
fn the_schema_that_is_shipped_is_the_one_of_the_types() {
    let shipped = include_str!("../../../../syntony.schema.json");
    assert!(
        shipped == file::text(),
        "syntony.schema.json is out of date: `cargo run -- init --schema > syntony.schema.json`"
    );
}

#[test]
fn the_schema_is_one_and_has_only_what_editors_follow() {
    assert!(jsonschema::draft7::meta::is_valid(SCHEMA.as_value()));
    let mut shared = Vec::new();
    each(SCHEMA.as_value(), &mut |part| {
        shared.extend(["$ref", "allOf"].into_iter().filter(|key| part.contains_key(*key)));
        // What several forms of a table have in common is described in each of them.
        let described =
            part.get("properties").filter(|_| !part.contains_key("anyOf")).and_then(Value::as_object);
        for (key, property) in described.into_iter().flatten() {
            assert!(property["description"].is_string(), "`{key}` says nothing: {property}");
        }
        if let (Some(default), true) = (part.get("default"), part.contains_key("type")) {
            let fits = jsonschema::draft7::is_valid(&Value::Object(part.clone()), default);
            assert!(fits, "the default is not valid: {part:?}");
        }
        for example in part.get("examples").and_then(Value::as_array).into_iter().flatten() {
            let fits = jsonschema::draft7::is_valid(&Value::Object(part.clone()), example);
            assert!(fits, "{example} is not valid: {part:?}");
        }
    });
    assert_eq!(shared, Vec::<&str>::new(), "an editor shows no description beside these");
}

/// Every schema within a schema.
fn each(schema: &Value, look: &mut impl FnMut(&Map<String, Value>)) {
    let Value::Object(part) = schema else { return };
    look(part);
    for key in ["properties", "patternProperties"] {
        for inner in part.get(key).and_then(Value::as_object).into_iter().flat_map(Map::values) {
            each(inner, look);
        }
    }
    for key in ["items", "additionalProperties"] {
        part.get(key).into_iter().for_each(|inner| each(inner, look));
    }
    part.get("anyOf").and_then(Value::as_array).into_iter().flatten().for_each(|inner| each(inner, look));
}

#[test]
fn an_editor_takes_the_full_example() {
    assert_eq!(complaints(FULL), Vec::<String>::new());
    agrees(FULL, &read_text(FULL).problems);
}
