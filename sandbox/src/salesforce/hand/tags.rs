//! Tags, wherever this org has them: topics, campaigns, or a multi-select picklist.

use super::super::error::ApiError;
use super::super::id::RowId;
use super::super::org::{Org, State};
use super::super::schema::Object;
use super::super::settings::TagPlace;
use super::super::store::{Act, fields};
use super::{live, typed_in};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

impl Org {
    /// A person puts a tag on a contact or a lead, where this org has its tags.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn tag(&self, id: &str, tag: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (object, id) = live(state, id)?;
            put_tag(state, object, id, tag, act)
        })
    }

    /// A person takes a tag off.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn untag(&self, id: &str, tag: &str) -> Result<(), ApiError> {
        self.by_hand(|state, act| {
            let (object, id) = live(state, id)?;
            match state.settings.tags.clone() {
                TagPlace::Field(name) => {
                    let kept: Vec<String> =
                        field_tags(state, id, &name).into_iter().filter(|known| known != tag).collect();
                    set_field_tags(state, object, id, &name, &kept, act)?;
                }
                TagPlace::Topics | TagPlace::Campaigns => {
                    let rows = assignments(state, object, id);
                    for (row, _) in rows.into_iter().filter(|(_, name)| name == tag) {
                        state.store.delete(row, act);
                    }
                }
            }
            Ok(())
        })
    }

    /// The tags of a row, sorted; of none if there is no such row.
    #[must_use]
    pub fn tags(&self, id: &str) -> BTreeSet<String> {
        self.with(|state, _| {
            let Ok((object, id)) = live(state, id) else { return BTreeSet::new() };
            match state.settings.tags.clone() {
                TagPlace::Field(name) => field_tags(state, id, &name).into_iter().collect(),
                TagPlace::Topics | TagPlace::Campaigns => {
                    assignments(state, object, id).into_iter().map(|(_, name)| name).collect()
                }
            }
        })
    }
}

/// Puts a tag on a row; twice is once.
pub(in super::super) fn put_tag(
    state: &mut State,
    object: Object,
    id: RowId,
    tag: &str,
    act: &Act,
) -> Result<(), ApiError> {
    let entity = Json::from(id.as_str());
    match state.settings.tags.clone() {
        TagPlace::Field(name) => {
            let mut tags = field_tags(state, id, &name);
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
            return set_field_tags(state, object, id, &name, &tags, act);
        }
        TagPlace::Topics | TagPlace::Campaigns
            if assignments(state, object, id).iter().any(|(_, name)| name == tag) => {}
        TagPlace::Topics => {
            let topic = named(state, Object::Topic, tag, act);
            let values = fields([("TopicId", topic.as_str().into()), ("EntityId", entity)]);
            state.store.insert(Object::TopicAssignment, values, act);
        }
        TagPlace::Campaigns => {
            let campaign = named(state, Object::Campaign, tag, act);
            let person = if object == Object::Lead { "LeadId" } else { "ContactId" };
            let values =
                [("CampaignId", campaign.as_str().into()), (person, entity), ("Status", json!("Sent"))];
            state.store.insert(Object::CampaignMember, fields(values), act);
        }
    }
    Ok(())
}

/// The topic or campaign of this name, made if it is not there.
fn named(state: &mut State, object: Object, name: &str, act: &Act) -> RowId {
    if let Some(known) = state.store.find(object, "Name", name).first() {
        return *known;
    }
    let mut values = fields([("Name", json!(name))]);
    if object == Object::Campaign {
        values.extend(fields([("IsActive", json!(true)), ("OwnerId", act.by.as_str().into())]));
    }
    state.store.insert(object, values, act)
}

/// The rows that put topics or campaigns on a row, with the names of these.
fn assignments(state: &State, object: Object, id: RowId) -> Vec<(RowId, String)> {
    let (assignment, own, other) = match state.settings.tags {
        TagPlace::Campaigns if object == Object::Lead => (Object::CampaignMember, "LeadId", "CampaignId"),
        TagPlace::Campaigns => (Object::CampaignMember, "ContactId", "CampaignId"),
        TagPlace::Topics | TagPlace::Field(_) => (Object::TopicAssignment, "EntityId", "TopicId"),
    };
    let rows = state.store.find(assignment, own, id.as_str());
    let name = |row: RowId| {
        let other = state.store.row(row)?.reference(other)?;
        Some((row, state.store.row(other)?.text("Name").to_owned()))
    };
    rows.into_iter().filter_map(name).collect()
}

fn field_tags(state: &State, id: RowId, name: &str) -> Vec<String> {
    let text = state.store.row(id).map(|row| row.text(name)).unwrap_or_default();
    text.split(';').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn set_field_tags(
    state: &mut State,
    object: Object,
    id: RowId,
    name: &str,
    tags: &[String],
    act: &Act,
) -> Result<(), ApiError> {
    let values = typed_in(state, object, &json!({ name: tags.join(";") }))?;
    state.store.update(id, values, act);
    Ok(())
}
