//! Random files that the schema allows, read by the reader.

use super::super::{read_text, shown};
use super::{Map, SCHEMA, Value, complaints_of, json, of_shape};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::string::string_regex;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// The two apps of every sample.
const APPS: [&str; 2] = ["left", "right"];
/// The most entries of a list or a table of the admin's own keys.
const MAX_ENTRIES: u32 = 3;
/// How often a table is drawn anew that its own schema refuses, before the schema is called impossible.
const MAX_DRAWS: usize = 200;

/// Draws what a schema allows.
struct Sampler {
    runner: TestRunner,
}

impl Sampler {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self { runner: TestRunner::new_with_rng(ProptestConfig::default(), rng) }
    }

    fn below(&mut self, end: u32) -> u32 {
        self.runner.rng().next_u32() % end
    }

    fn one_of<'v>(&mut self, values: &'v [Value]) -> &'v Value {
        let at = self.below(u32::try_from(values.len()).unwrap());
        &values[at as usize]
    }

    /// Something that the schema allows.
    fn draw(&mut self, schema: &Value) -> Value {
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.one_of(words).clone();
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            let alternative = self.one_of(alternatives).clone();
            return self.draw(&alternative);
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.one_of(kinds).clone(),
            one => one.clone(),
        };
        match kind.as_str().unwrap_or_else(|| panic!("no type: {schema}")) {
            "boolean" => json!(self.below(2) == 1),
            "number" => json!(f64::from(self.below(200)) / 2.0 - 10.0),
            "integer" => {
                let bound = |key: &str| u32::try_from(schema[key].as_u64().unwrap()).unwrap();
                json!(bound("minimum") + self.below(bound("maximum") - bound("minimum") + 1))
            }
            "string" => self.text(schema),
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or(0);
                let many = least.max(u64::from(self.below(MAX_ENTRIES + 1)));
                (0..many).map(|_| self.draw(&schema["items"])).collect()
            }
            "object" => {
                // What the values are is right already; this is about which keys stand together.
                let about_keys = ["minProperties", "maxProperties", "if", "then", "dependencies"];
                let shell: Value = about_keys
                    .iter()
                    .filter_map(|key| Some(((*key).to_owned(), schema.get(*key)?.clone())))
                    .collect();
                let mut tables = std::iter::repeat_with(|| self.table(schema)).take(MAX_DRAWS);
                let table = tables.find(|table| jsonschema::draft7::is_valid(&shell, table));
                table.unwrap_or_else(|| panic!("no table is drawn from {schema}"))
            }
            other => panic!("what is `{other}`?"),
        }
    }

    /// An example or the default where the schema has them, because a pattern alone does not make a
    /// calendar or an address; else a text of the pattern.
    fn text(&mut self, schema: &Value) -> Value {
        let mut known = schema["examples"].as_array().cloned().unwrap_or_default();
        known.extend(schema.get("default").cloned());
        if !known.is_empty() {
            return self.one_of(&known).clone();
        }
        let pattern = schema["pattern"].as_str().unwrap_or(".{0,8}");
        let strategy = string_regex(pattern.trim_start_matches('^').trim_end_matches('$')).unwrap();
        // Two characters are blank to Rust alone or to ECMA 262 alone; nobody types them.
        let text = strategy.new_tree(&mut self.runner).unwrap().current();
        Value::String(text.replace(['\u{85}', '\u{feff}'], "x"))
    }

    /// A table that has what is required, one of what excludes each other, and some of the rest.
    fn table(&mut self, schema: &Value) -> Value {
        let names = |list: &Value| -> Vec<String> {
            list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let mut ways = Vec::new();
        for way in schema["oneOf"].as_array().into_iter().flatten() {
            match way["anyOf"].as_array() {
                Some(several) => ways.extend(several.iter().map(|way| names(&way["required"]))),
                None => ways.push(names(&way["required"])),
            }
        }
        let mut wanted = names(&schema["required"]);
        if !ways.is_empty() {
            let at = self.below(u32::try_from(ways.len()).unwrap()) as usize;
            wanted.extend(ways[at].clone());
        }
        let mut table = Map::new();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let excluded = ways.iter().any(|way| way.contains(key)) && !wanted.contains(key);
            if wanted.contains(key) || (!excluded && self.below(3) == 0) {
                table.insert(key.clone(), self.draw(property));
            }
        }
        if schema["additionalProperties"].is_object() {
            for _ in 0..=self.below(MAX_ENTRIES) {
                let name = string_regex("[a-z]{3,9}").unwrap().new_tree(&mut self.runner).unwrap().current();
                table.insert(name, self.draw(&schema["additionalProperties"]));
            }
        }
        Value::Object(table)
    }

    /// A file whose names fit together: two apps, and connections between them.
    fn file(&mut self) -> Value {
        let mut document = self.draw(SCHEMA.as_value());
        let app = &SCHEMA.as_value()["properties"]["apps"]["additionalProperties"];
        document["apps"] = APPS.iter().map(|name| ((*name).to_owned(), self.draw(app))).collect();
        let connections = document.get_mut("connections").and_then(Value::as_object_mut);
        for connection in connections.into_iter().flat_map(Map::values_mut) {
            self.name_apps(connection);
        }
        document
    }

    fn name_apps(&mut self, connection: &mut Value) {
        connection["between"] = json!(APPS);
        for (key, words) in [("winner", ["ask", "left"]), ("direction", ["both", "to left"])] {
            if connection.get(key).is_some() {
                connection[key] = json!(words[self.below(2) as usize]);
            }
        }
        for mark in ["deletions", "unsubscribes"] {
            if connection.get(mark).is_some() {
                connection[mark]["from"] = json!(APPS[self.below(2) as usize]);
            }
        }
        for rule in list(connection, "rules").into_iter().flatten() {
            rule["from"] = json!("left");
            let named = rule.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut).flatten();
            for (key, app) in named.filter_map(Value::as_object_mut).flatten() {
                match key.as_str() {
                    "exists_in" => *app = json!("right"),
                    "in" => *app = json!(APPS[self.below(2) as usize]),
                    _ => {}
                }
            }
        }
        for mapping in list(connection, "fields").into_iter().flatten() {
            let mapping = mapping.as_object_mut().unwrap();
            mapping.retain(|key, _| ["direction", "options", "truncate"].contains(&key.as_str()));
            mapping.insert("left".to_owned(), json!("one"));
            mapping.insert("right".to_owned(), json!(["two", "three"]));
            if mapping.contains_key("direction") {
                mapping.insert("direction".to_owned(), json!("to right"));
            }
        }
        if let Some(placeholders) = connection.get("placeholders").and_then(Value::as_object) {
            let fields: Vec<Value> = placeholders.values().cloned().collect();
            connection["placeholders"] =
                APPS.iter().zip(fields).map(|(app, fields)| ((*app).to_owned(), fields)).collect();
        }
    }
}

fn list<'v>(table: &'v mut Value, key: &str) -> Option<&'v mut Vec<Value>> {
    table.get_mut(key).and_then(Value::as_array_mut)
}

/// Whether the reader takes a sample; one that it refuses for its shape is a mistake of the schema's.
fn read(seed: u64) -> bool {
    let document = Sampler::new(seed).file();
    assert_eq!(complaints_of(&document), Vec::<String>::new(), "{document:#}");
    let text = toml::to_string(&document).unwrap();
    let loaded = read_text(&text);
    assert!(!loaded.problems.iter().any(of_shape), "{:#?}\nin\n{text}", shown(&loaded.problems));
    loaded.config.is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_the_schema_allows_is_no_mistake_of_shape_to_the_reader(seed in any::<u64>()) {
        read(seed);
    }
}

#[test]
fn the_reader_takes_many_of_the_samples() {
    let taken = (0..32).filter(|seed| read(*seed)).count();
    assert!(taken >= 8, "only {taken} of 32");
}
