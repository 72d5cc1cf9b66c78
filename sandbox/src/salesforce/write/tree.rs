//! sObject Tree: up to 200 new rows of one object, all or none. Rows below rows are not simulated.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobject_tree.htm>

use super::super::org::State;
use super::super::store::Act;
use super::super::wire::{Reply, Request};
use super::manner::Manner;
use super::rows::{Outcome, described, one};
use super::{decode, save, words};
use serde_json::{Value as Json, json};

/// The most rows of one call.
const MAX_RECORDS: usize = 200;

/// `POST /composite/tree/{object}`
pub(super) fn create(state: &mut State, request: &Request, object: &str, act: &Act) -> Outcome {
    let described = described(state, object)?;
    let body = request.json().map_err(one)?;
    let records = body.get("records").and_then(Json::as_array);
    let records = records.ok_or_else(|| one(words::bad_input("records is required")))?;
    if records.len() > MAX_RECORDS {
        return Err(one(words::limit(format!("Limit exceeded: at most {MAX_RECORDS} records"))));
    }
    let mut drafts = Vec::with_capacity(records.len());
    for record in records {
        let reference = record.pointer("/attributes/referenceId").and_then(Json::as_str);
        let reference = reference.ok_or_else(|| one(words::bad_input("referenceId is required")))?;
        let fields = record.as_object().ok_or_else(|| one(words::bad_json("A record is an object")))?;
        drafts.push((reference, decode::record(&described, fields).map_err(one)?));
    }
    let manner = Manner::of(request);
    let savepoint = state.store.savepoint();
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for (reference, draft) in drafts {
        match save::insert(state, described.object, draft, manner, act) {
            Ok(id) => made.push(json!({ "referenceId": reference, "id": id.as_str() })),
            Err(refusals) => {
                let errors: Vec<Json> =
                    refusals.iter().map(|error| error.row_json(state.settings.language)).collect();
                failed.push(json!({ "referenceId": reference, "errors": errors }));
            }
        }
    }
    if failed.is_empty() {
        state.store.release(savepoint);
        return Ok(Reply::json(201, json!({ "hasErrors": false, "results": made })));
    }
    state.store.roll_back(savepoint);
    Ok(Reply::json(400, json!({ "hasErrors": true, "results": failed })))
}
