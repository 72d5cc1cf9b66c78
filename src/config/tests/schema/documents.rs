//! What the documents say of the configuration: their examples, and the tables of keys.

use super::super::read_text;
use super::{Map, SCHEMA, Value, agrees, complaints, each, parsed};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The page with the tables of keys.
const PAGE: &str = "docs/configuration.md";
/// Pages whose examples are run by tests of their own, and may be wrong on purpose.
const RUN_ELSEWHERE: [&str; 2] = ["rules.md", "mapping.md"];
/// What an example leaves out: the apps that the documents speak of.
const APPS: &str = "
[apps.chat]
type = 'drift'
token = { env = 'T' }
[apps.google]
type = 'google_contacts'
token = { env = 'T' }
[apps.crm]
type = 'salesforce'
oauth = { client_id = { env = 'T' } }
[apps.news]
type = 'mailchimp'
audience = 'a'
api_key = { env = 'T' }
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of TOML of a page.
fn blocks(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let pieces = text.split("```toml\n").skip(1);
    pieces.map(|piece| piece.split("```").next().unwrap().to_owned()).collect()
}

/// A part of a configuration with what it needs around it.
fn completed(block: &str) -> String {
    let mut document: toml::Table = block.parse().unwrap_or_else(|error| panic!("{error}\nin\n{block}"));
    if !document.contains_key("apps") {
        document.extend(APPS.parse::<toml::Table>().unwrap());
    }
    let connections = document.get_mut("connections").and_then(toml::Value::as_table_mut);
    for (name, connection) in connections.into_iter().flatten() {
        let (left, right) = name.split_once('-').unwrap_or(("chat", "google"));
        let between = toml::Value::try_from([left, right]).unwrap();
        connection.as_table_mut().unwrap().entry("between").or_insert(between);
    }
    toml::to_string(&document).unwrap()
}

#[test]
fn an_editor_takes_every_example_of_the_documents() {
    let listed = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = listed.chain([root().join("README.md")]).collect();
    pages.retain(|page| page.extension().is_some_and(|it| it == "md"));
    let mut seen = 0;
    for page in &pages {
        let wrong_on_purpose = RUN_ELSEWHERE.iter().any(|name| page.ends_with(name));
        for block in blocks(page) {
            seen += 1;
            let text = completed(&block);
            agrees(&text, &read_text(&text).problems);
            if !wrong_on_purpose {
                assert_eq!(complaints(&text), Vec::<String>::new(), "{}\n{block}", page.display());
            }
        }
    }
    assert!(seen >= 6, "only {seen} examples in {pages:?}");
}

/// The schemas at a place: keys, `*` for a name of the admin's, `[]` for an entry of a list, and a type to
/// keep apps of that type alone.
fn at<'s>(schema: &'s Value, place: &str) -> Vec<&'s Value> {
    let mut schemas = vec![schema];
    for step in place.split_whitespace() {
        schemas = schemas
            .into_iter()
            .flat_map(flat)
            .map(|schema| match step {
                kept if schema["properties"]["type"]["const"] == kept => schema,
                "*" => &schema["additionalProperties"],
                "[]" => &schema["items"],
                key => &schema["properties"][key],
            })
            .filter(|schema| schema.is_object())
            .collect();
    }
    schemas.into_iter().flat_map(flat).collect()
}

/// A schema, or its alternatives.
fn flat(schema: &Value) -> Vec<&Value> {
    schema["anyOf"].as_array().map_or_else(|| vec![schema], |alternatives| alternatives.iter().collect())
}

/// What a value may be, in words.
fn kind(schema: &Value) -> String {
    let quoted = |word: &Value| format!("`{word}`");
    if let Some(constant) = schema.get("const") {
        return quoted(constant);
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(quoted).collect::<Vec<_>>().join(", ");
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return alternatives.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let keys = schema["properties"].as_object();
    match &schema["type"] {
        // The one thing that may be of several types: a field's value. For JSON, a date is a text.
        Value::Array(_) => "text, number, `true`, `false` or date".to_owned(),
        Value::String(kind) if kind == "integer" => {
            format!("{} to {}", schema["minimum"], schema["maximum"])
        }
        Value::String(kind) if kind == "array" => match &schema["items"] {
            items if items["anyOf"].is_array() || items["properties"].is_object() => {
                "list of tables".to_owned()
            }
            items if items["enum"].is_array() => format!("list of {}", self::kind(items)),
            items if items["type"].is_array() => "list of values".to_owned(),
            items => format!("list of {}s", self::kind(items)),
        },
        Value::String(kind) if kind == "object" && keys.is_some_and(|keys| keys.contains_key("env")) => {
            "secret".to_owned()
        }
        Value::String(kind) => plain(kind).to_owned(),
        other => panic!("{other}"),
    }
}

fn plain(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "boolean" => "`true` or `false`",
        "object" => "table",
        other => other,
    }
}

/// The row of a key, if one of the schemas has it.
fn row(schemas: &[&Value], key: &str) -> Option<String> {
    let having = || schemas.iter().filter(|schema| schema["properties"].get(key).is_some());
    let schema = having().next()?;
    let mut kinds: Vec<String> = having().map(|schema| kind(&schema["properties"][key])).collect();
    kinds.dedup();
    let property = &schema["properties"][key];
    let requires =
        |schema: &Value| schema["required"].as_array().is_some_and(|keys| keys.iter().any(|it| it == key));
    let required = schemas.iter().all(|schema| requires(schema));
    let default = match property.get("default") {
        _ if required => "required".to_owned(),
        Some(Value::Object(_)) | None => String::new(),
        Some(default) => format!("`{default}`"),
    };
    let mut descriptions: Vec<&str> =
        having().filter_map(|schema| schema["properties"][key]["description"].as_str()).collect();
    descriptions.dedup();
    let description = descriptions.join(" ");
    Some(format!("| `{key}` | {} | {default} | {description} |", kinds.join(", ")))
}

/// The page with its tables as the schema has them. A table stands under `<!-- keys of PLACE: KEY KEY -->`.
fn renewed(page: &str, schema: &Value) -> String {
    let mut out = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let _ = writeln!(out, "{line}");
        let marker = line.strip_prefix("<!-- keys of ").and_then(|it| it.strip_suffix(" -->"));
        let Some((place, keys)) = marker.and_then(|it| it.split_once(':')) else { continue };
        while lines.next_if(|line| line.starts_with('|')).is_some() {}
        out.push_str("| key | value | default | |\n|---|---|---|---|\n");
        let schemas = at(schema, place);
        for key in keys.split_whitespace() {
            let row = row(&schemas, key).unwrap_or_else(|| panic!("no `{key}` at `{place}`"));
            let _ = writeln!(out, "{row}");
        }
    }
    out
}

#[test]
fn the_page_has_every_key_as_the_schema_has_it() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let now = renewed(&page, SCHEMA.as_value());
    let mut missing = BTreeSet::new();
    each(SCHEMA.as_value(), &mut |part| {
        if part.contains_key("anyOf") {
            // What several forms of a table have in common is described in each of them.
            return;
        }
        for (key, property) in
            part.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::iter)
        {
            let (start, words) = (format!("| `{key}` | "), property["description"].as_str().unwrap());
            if !now.lines().any(|line| line.starts_with(&start) && line.contains(words)) {
                missing.insert(format!("{key}: {words}"));
            }
        }
    });
    assert_eq!(missing, BTreeSet::new(), "{PAGE} has no table with these");
    if page != now {
        let file = std::env::temp_dir().join("configuration.md");
        std::fs::write(&file, &now).unwrap();
        panic!("{PAGE} is out of date; as the schema has it, it is in {}", file.display());
    }
}

#[test]
fn a_part_of_a_configuration_is_completed() {
    let text = completed("[[connections.crm-news.rules]]\nfrom = 'crm'\n");
    let document = parsed(&text).unwrap();
    assert_eq!(document["connections"]["crm-news"]["between"], serde_json::json!(["crm", "news"]));
    assert!(document["apps"]["crm"].is_object());
}
