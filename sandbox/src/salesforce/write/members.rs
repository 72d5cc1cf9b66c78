//! What memberships must keep: a person is in a campaign once, has a topic once, and a topic's name is its
//! own.

use super::super::error::ApiError;
use super::super::org::State;
use super::super::schema::Object;
use super::super::store::Fields;
use super::save::Wanted;
use super::words;
use serde_json::Value as Json;

/// What a new member of a campaign is when the client does not say: it was sent something.
const FIRST_STATUS: &str = "Sent";
/// The status that makes `HasResponded` true.
const RESPONDED: &str = "Responded";

/// What a membership gets beside what the client says.
pub(super) fn complete(object: Object, is_new: bool, fields: &mut Fields) {
    if object != Object::CampaignMember {
        return;
    }
    if is_new {
        fields.entry("Status".into()).or_insert_with(|| Json::from(FIRST_STATUS));
    }
    if let Some(status) = fields.get("Status") {
        let responded = status.as_str() == Some(RESPONDED);
        fields.insert("HasResponded".into(), Json::Bool(responded));
    }
}

/// The rules of campaign members, topics and their assignments; other rows pass.
pub(super) fn check(state: &State, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    match wanted.object {
        Object::CampaignMember => campaign_member(state, wanted),
        Object::Topic => topic(state, wanted),
        Object::TopicAssignment => assignment(state, wanted),
        Object::Account
        | Object::Campaign
        | Object::Contact
        | Object::Lead
        | Object::Organization
        | Object::User => Ok(()),
    }
}

fn campaign_member(state: &State, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    let (lead, contact) = (wanted.text("LeadId"), wanted.text("ContactId"));
    let (field, person) = match (lead, contact) {
        ("", "") => return Err(words::required_missing(&["LeadId", "ContactId"])),
        // A converted lead's membership keeps both; a client names one.
        (_, "") => ("LeadId", lead),
        (_, _) => ("ContactId", contact),
    };
    if holds(state, wanted, field, person, "CampaignId") {
        return Err(words::refused("DUPLICATE_VALUE", "Already a campaign member.", &[]));
    }
    Ok(())
}

fn topic(state: &State, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    let named = state.store.find(Object::Topic, "Name", wanted.text("Name"));
    match named.into_iter().find(|id| Some(*id) != wanted.id()) {
        Some(holder) => Err(words::duplicate_value("Name", holder.as_str())),
        None => Ok(()),
    }
}

fn assignment(state: &State, wanted: &Wanted<'_>) -> Result<(), ApiError> {
    if holds(state, wanted, "EntityId", wanted.text("EntityId"), "TopicId") {
        let message = "duplicate value found: <unknown> duplicates value on record with id: <unknown>";
        return Err(words::refused("DUPLICATE_VALUE", message, &[]));
    }
    Ok(())
}

/// Whether another row ties this person to the same thing.
fn holds(state: &State, wanted: &Wanted<'_>, field: &str, person: &str, to: &str) -> bool {
    let others = state.store.find(wanted.object, field, person).into_iter();
    others
        .filter(|id| Some(*id) != wanted.id())
        .filter_map(|id| state.store.row(id))
        .any(|row| row.text(to) == wanted.text(to))
}
