//! The keys that the reader asks for, table by table, and those of the schema.
//!
//! The reader is asked itself: to a key that it does not know, and that is like none it knows, it
//! answers with all the keys that it does.

use super::{FULL, SCHEMA, Value, each, json, parsed, read_text};
use serde_json::Map;
use std::collections::BTreeSet;

/// A key that nobody knows, and that is like none.
const STRANGE: &str = "zzzzzz";

type Keys = BTreeSet<String>;

/// A step from a value to one within it.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// A table of the file with keys of ours: where it is, and its schema.
struct Table {
    path: Vec<Step>,
    schema: Map<String, Value>,
    /// The keys there that are the admin's own, as in a mapping.
    own: Keys,
}

/// The one alternative that a value is an instance of.
fn alternative<'s>(schema: &'s Value, value: &Value) -> &'s Value {
    let Some(alternatives) = schema["anyOf"].as_array() else { return schema };
    let fitting: Vec<_> = alternatives.iter().filter(|it| jsonschema::draft7::is_valid(it, value)).collect();
    let [one] = fitting.as_slice() else { panic!("{} alternatives fit {value}", fitting.len()) };
    one
}

fn tables(schema: &Value, value: &Value, path: &[Step], found: &mut Vec<Table>) {
    let schema = alternative(schema, value);
    let step = |step: Step| [path, &[step]].concat();
    match value {
        Value::Object(entries) => {
            if let Some(properties) = schema["properties"].as_object() {
                let own = entries.keys().filter(|key| !properties.contains_key(*key)).cloned().collect();
                let schema = schema.as_object().unwrap().clone();
                found.push(Table { path: path.to_vec(), schema, own });
            }
            for (key, value) in entries {
                let inner = schema["properties"].get(key).unwrap_or(&schema["additionalProperties"]);
                tables(inner, value, &step(Step::Key(key.clone())), found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                tables(&schema["items"], item, &step(Step::Index(at)), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn keys_of(schema: &Map<String, Value>) -> Keys {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect()
}

/// The keys that the reader knows at a place.
fn asked(document: &Value, path: &[Step]) -> Keys {
    let mut document = document.clone();
    let place = path.iter().fold(&mut document, |place, step| match step {
        Step::Key(key) => &mut place[key],
        Step::Index(at) => &mut place[at],
    });
    place[STRANGE] = json!(1);
    let text = toml::to_string(&document).unwrap();
    let problems = read_text(&text).problems;
    let message = format!("unknown key `{STRANGE}`");
    let problem = problems.iter().find(|it| it.message == message);
    let hint =
        problem.and_then(|it| it.hint.clone()).unwrap_or_else(|| panic!("{path:?}: {problems:?}\n{text}"));
    hint.strip_prefix("possible here: ")
        .unwrap_or_else(|| panic!("{path:?}: {hint}"))
        .split(", ")
        .map(|word| word.trim_matches('`').to_owned())
        .collect()
}

#[test]
fn the_reader_and_the_schema_have_the_same_keys_in_every_table() {
    let document = parsed(FULL).unwrap();
    let mut found = Vec::new();
    tables(SCHEMA.as_value(), &document, &[], &mut found);
    let mut compared: BTreeSet<Keys> = BTreeSet::new();
    for Table { path, schema, own } in found {
        let keys = keys_of(&schema);
        let known: Keys = asked(&document, &path).difference(&own).cloned().collect();
        assert_eq!(known, keys, "left: what the reader asks for, right: what the schema has, at {path:?}");
        compared.insert(keys);
    }
    // The example has every kind of table; what it does not have would not have been compared.
    each(SCHEMA.as_value(), &mut |part| {
        let keys = keys_of(part);
        // What several forms of a table have in common was compared with each of them.
        assert!(
            keys.is_empty() || part.contains_key("anyOf") || compared.contains(&keys),
            "no table of the full example has {keys:?}"
        );
    });
}
