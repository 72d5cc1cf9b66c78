//! What the tests of writes have in common.

use super::*;
use crate::contract::{Connector, Found};
use std::collections::BTreeSet;
use syntony_core::ids::ContactId;
use syntony_core::op::{Mailing, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;

pub(super) fn contact_errors(kind: &str, errors: Json) -> Json {
    let kind = format!("type.googleapis.com/google.people.v1.Batch{kind}ContactsErrorDetails");
    json!([{ "@type": kind, "contactErrors": errors }])
}

/// The record of a contact, as a read gives it.
pub(super) async fn seen(id: &str, version: u32, arrays: Json) -> Box<Record> {
    let response = json!({ "requestedResourceName": id, "person": person(id, version, arrays) });
    let (google, _) = google(vec![ok(&json!({ "responses": [response] }))]).await;
    match google.fetch(&[id.into()]).await.unwrap().remove(0).found {
        Found::Live { record, .. } => record,
        other => panic!("{other:?}"),
    }
}

pub(super) fn update(key: &str, id: &str, fields: &[(&str, &str)], seen: Box<Record>) -> (OpKey, Write) {
    let fields = fields.iter().map(|(name, text)| ((*name).into(), Value::text(*text))).collect();
    let (add_tags, remove_tags) = (BTreeSet::new(), BTreeSet::new());
    (OpKey::new(key), Write::Update { id: ContactId::new(id), fields, add_tags, remove_tags, seen })
}

pub(super) fn updated(people: &[Json]) -> Reply {
    let results: serde_json::Map<String, Json> = people
        .iter()
        .map(|person| (person["resourceName"].as_str().unwrap().to_owned(), json!({ "person": person })))
        .collect();
    ok(&json!({ "updateResult": results }))
}

pub(super) fn read_back(people: &[Json]) -> Reply {
    let responses: Vec<Json> = people
        .iter()
        .map(|person| json!({ "requestedResourceName": person["resourceName"], "person": person }))
        .collect();
    ok(&json!({ "responses": responses }))
}

pub(super) fn named(name: &str) -> Json {
    json!({ "names": [{ "givenName": name }] })
}

pub(super) const UPDATE: &str = "POST /v1/people:batchUpdateContacts";
pub(super) const READ: &str = "GET /v1/people:batchGet";

pub(super) fn create(number: u32) -> (OpKey, Write) {
    let fields = Fields::from([("names.givenName".into(), Value::text(format!("Ada{number}")))]);
    (
        OpKey::new(format!("op{number}")),
        Write::Create { fields, tags: BTreeSet::new(), mailing: Mailing::Allowed },
    )
}

pub(super) fn creates(numbers: std::ops::RangeInclusive<u32>) -> Vec<(OpKey, Write)> {
    numbers.map(create).collect()
}
