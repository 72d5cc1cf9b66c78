//! A scripted Salesforce: queries are answered by what a test says, descriptions always.

use super::super::{SObject, Salesforce, SalesforceConfig};
use super::config;
use crate::http::scripted::{Reply, Scripted};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};

/// What every answer says beside: it is noon.
const HEADERS: &str = "Date: Mon, 27 Jul 2026 12:00:00 GMT\r\nSforce-Limit-Info: api-usage=10/15000\r\n";

/// One answer of a script: what the query has to contain, and what comes.
pub(super) type Line = (&'static str, Json);

/// A connector, and what was asked of its vendor.
pub(super) struct Vendor {
    pub(super) salesforce: Salesforce,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    /// A vendor that answers queries by this script, in order.
    pub(super) async fn start(object: SObject, script: Vec<Line>) -> Self {
        Self::with(object, script, |_| {}).await
    }

    pub(super) async fn with(
        object: SObject,
        script: Vec<Line>,
        change: impl FnOnce(&mut SalesforceConfig),
    ) -> Self {
        let queries = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&queries);
        let mut script = script.into_iter();
        let server = Scripted::answering(move |request| {
            let mut answer = |path: &str| one(path, &mut script, &seen);
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let path = head.split(' ').nth(1).unwrap();
            let (status, json) = if path.ends_with("/composite/batch") {
                let body: Json = serde_json::from_str(body).unwrap();
                let parts = body["batchRequests"].as_array().unwrap().iter().map(|part| {
                    let (status, result) = answer(part["url"].as_str().unwrap());
                    json!({ "statusCode": status, "result": result })
                });
                (200, json!({ "hasErrors": false, "results": parts.collect::<Vec<_>>() }))
            } else {
                answer(path)
            };
            Reply::Answer(status, HEADERS, json.to_string())
        })
        .await;
        let mut config = config(server.base_url.clone(), object);
        config.page_contacts = 2;
        change(&mut config);
        Self { salesforce: Salesforce::new(config).unwrap(), queries }
    }

    /// The queries so far.
    pub(super) fn queries(&self) -> Vec<String> {
        self.queries.lock().unwrap().clone()
    }
}

/// The answer to one read.
fn one(path: &str, script: &mut impl Iterator<Item = Line>, seen: &Mutex<Vec<String>>) -> (u16, Json) {
    if let Some((before, _)) = path.split_once("/describe") {
        return (200, describe(before.rsplit('/').next().unwrap()));
    }
    let query = path.split_once("?q=").unwrap().1;
    let query = url::form_urlencoded::parse(format!("q={query}").as_bytes()).next().unwrap().1.into_owned();
    let path = path.split('?').next().unwrap().rsplit('/').next().unwrap();
    seen.lock().unwrap().push(format!("{path}: {query}"));
    let Some((contains, answer)) = script.next() else { panic!("one query too many: {query}") };
    assert!(query.contains(contains), "{contains} is not in {query}");
    match answer.get("refused") {
        Some(code) => (400, json!([{ "errorCode": code, "message": "Geheim" }])),
        None => (200, answer),
    }
}

/// What an object is.
pub(super) fn describe(object: &str) -> Json {
    let field = |name: &str, kind: &str| json!({ "name": name, "type": kind, "length": 80, "nillable": true, "createable": true, "updateable": true });
    let mut fields =
        vec![field("LastName", "string"), field("Email", "email"), field("Tags__c", "multipicklist")];
    if object == "Lead" {
        fields.push(field("Company", "string"));
        fields.push(field("IsConverted", "boolean"));
    }
    json!({ "name": object, "queryable": true, "createable": true, "updateable": true, "fields": fields,
        "childRelationships": [{ "relationshipName": "TopicAssignments" }, { "relationshipName": "CampaignMembers" }] })
}

/// The last page of a query.
pub(super) fn rows(records: &[Json]) -> Json {
    json!({ "totalSize": records.len(), "done": true, "records": records })
}

/// A page that is not the last one of its answer.
pub(super) fn short(records: &[Json]) -> Json {
    json!({ "totalSize": 99, "done": false, "nextRecordsUrl": "/services/data/v62.0/query/01g-2", "records": records })
}

/// The answer to a count.
pub(super) fn count(rows: u64) -> Json {
    json!({ "totalSize": rows, "done": true, "records": [] })
}

/// A refusal.
pub(super) fn refused(code: &str) -> Json {
    json!({ "refused": code })
}

/// A row that was created and last changed at these times of that day.
pub(super) fn row(id: &str, created: &str, stamp: &str, more: Json) -> Json {
    let at = |time: &str| format!("2026-07-27T{time}.000+0000");
    let mut row = json!({ "Id": id, "IsDeleted": false, "MasterRecordId": null, "LastName": "Geheim",
        "Email": format!("{id}@mail.example"), "Tags__c": null, "CreatedDate": at(created),
        "LastModifiedDate": at(stamp), "SystemModstamp": at(stamp) });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

/// A row that has been there since the morning.
pub(super) fn old(id: &str) -> Json {
    row(id, "08:00:00", "08:00:00", json!({}))
}

/// The id of a contact.
pub(super) fn contact(number: u32) -> String {
    format!("003{number:012}AAA")
}

/// The id of a lead.
pub(super) fn lead(number: u32) -> String {
    format!("00Q{number:012}EAA")
}
