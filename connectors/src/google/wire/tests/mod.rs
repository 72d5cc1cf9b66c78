//! Hard people, both ways.

mod laws;
mod reading;
mod writing;

use super::person::Person;
use super::record::record;
use serde_json::{Value as Json, json};
use syntony_core::ids::Tag;
use syntony_core::record::Record;

/// A person with these arrays and everything that Google adds.
fn person(arrays: &Json) -> Person {
    let mut json = json!({
        "resourceName": "people/c1",
        "etag": "%person",
        "metadata": { "sources": [
            { "type": "CONTACT", "id": "1f", "etag": "#source", "updateTime": "2026-07-27T10:00:00.123456Z" }
        ], "objectType": "PERSON" },
    });
    json.as_object_mut().unwrap().extend(arrays.as_object().unwrap().clone());
    Person::parse(json).unwrap()
}

fn tag(id: &str) -> Option<Tag> {
    (id == "contactGroups/aa").then(|| Tag::new("customer"))
}

fn read(arrays: &Json) -> Record {
    record(&person(arrays), tag, &["userDefined.Mapped".into()]).unwrap()
}
