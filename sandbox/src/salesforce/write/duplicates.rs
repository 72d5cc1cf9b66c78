//! The duplicate rule of contacts and leads: it matches the e-mail address, in any case, across both.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_duplicaterules.htm>

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::State;
use super::super::schema::Object;
use super::manner::Manner;
use super::save::Wanted;
use super::settings::DuplicateRule;
use serde_json::{Map, Value as Json, json};

/// The most matches that a refusal tells.
const MAX_MATCHES: usize = 100;

/// Refuses a new row, or a new e-mail address of a row, that somebody has already.
pub(super) fn check(state: &State, wanted: &Wanted<'_>, manner: Manner) -> Result<(), ApiError> {
    let may_save = match state.settings.write.duplicates {
        DuplicateRule::Off => return Ok(()),
        DuplicateRule::Alert if manner.keeps_duplicates => return Ok(()),
        DuplicateRule::Alert => true,
        DuplicateRule::Block => false,
    };
    let (own, other) = match wanted.object {
        Object::Contact => (Object::Contact, Object::Lead),
        Object::Lead => (Object::Lead, Object::Contact),
        Object::Account
        | Object::Campaign
        | Object::CampaignMember
        | Object::Organization
        | Object::Topic
        | Object::TopicAssignment
        | Object::User => return Ok(()),
    };
    let Some(email) = wanted.fields.get("Email").and_then(Json::as_str) else { return Ok(()) };
    if wanted.before.is_some_and(|row| row.text("Email").eq_ignore_ascii_case(email)) {
        return Ok(());
    }
    for matched in [own, other] {
        let found = matches(state, matched, email, wanted.id());
        if !found.is_empty() {
            return Err(refusal(state, wanted.object, matched, &found, may_save, manner));
        }
    }
    Ok(())
}

fn matches(state: &State, object: Object, email: &str, but: Option<RowId>) -> Vec<RowId> {
    let found = state.store.find(object, "Email", email).into_iter();
    let open = |id: &RowId| state.store.row(*id).is_some_and(|row| !row.flag("IsConverted"));
    found.filter(|id| Some(*id) != but).filter(open).take(MAX_MATCHES).collect()
}

fn refusal(
    state: &State,
    object: Object,
    matched: Object,
    found: &[RowId],
    may_save: bool,
    manner: Manner,
) -> ApiError {
    let records: Vec<Json> = found
        .iter()
        .map(|id| {
            json!({ "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100,
                "record": record(state, matched, *id, manner) })
        })
        .collect();
    let said = "You're creating a duplicate record. We recommend you use an existing record instead.";
    let result = json!({
        "allowSave": may_save,
        "duplicateRule": format!("Standard_{}_Duplicate_Rule", object.name()),
        "duplicateRuleEntityType": object.name(),
        "errorMessage": said,
        "matchResults": [{
            "entityType": matched.name(), "errors": [], "matchEngine": "ExactMatchEngine",
            "matchRecords": records, "rule": format!("Standard_{}_Match_Rule_v1_0", matched.name()),
            "size": found.len(), "success": true,
        }],
    });
    let misspelt = state.settings.write.misspells_duplicate_result;
    let key = if misspelt { "duplicateResut" } else { "duplicateResult" };
    ApiError::bad("DUPLICATES_DETECTED", said).with(key, result)
}

/// A match: its id, and its fields if the client wants to know them.
fn record(state: &State, object: Object, id: RowId, manner: Manner) -> Json {
    let url = format!("/services/data/v{}.0/sobjects/{}/{id}", manner.version, object.name());
    let mut record = Map::new();
    record.insert("attributes".to_owned(), json!({ "type": object.name(), "url": url }));
    record.insert("Id".to_owned(), Json::from(id.as_str()));
    if let (true, Some(row), Some(described)) =
        (manner.tells_matches, state.store.row(id), state.schema.get(object))
    {
        for name in ["Name", "Email", "LastModifiedDate"] {
            if let Some(field) = described.field(name) {
                record.insert(name.to_owned(), row.value(field));
            }
        }
    }
    Json::Object(record)
}
