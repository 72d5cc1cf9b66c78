//! Where tags live, and how they are read: as options of a field, or as rows that tie a topic or a campaign to a
//! contact.

use super::config::TagStore;
use super::wire::describe::{FieldKind, Shape};
use super::wire::object::SObject;
use super::wire::removal::AssignmentKind;
use super::wire::view::TagColumn;
use super::wire::{Row, text};
use super::write::OPTION_SEPARATOR;
use crate::contract::{TagLimits, TagOrigin};
use syntony_core::ids::ContactId;

/// The longest name of a topic, in characters
/// (<https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_topic.htm>).
const MAX_TOPIC_CHARS: usize = 150;
/// The longest name of a campaign, in characters
/// (<https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_campaign.htm>).
const MAX_CAMPAIGN_CHARS: usize = 80;

impl TagStore {
    /// Which tags can be held.
    pub(super) fn limits(&self) -> TagLimits {
        match self {
            TagStore::Topics => TagLimits::default().max_chars(MAX_TOPIC_CHARS),
            TagStore::Campaigns => TagLimits::default().max_chars(MAX_CAMPAIGN_CHARS),
            TagStore::Field(name) => {
                let kept = TagLimits::default().within(name.clone(), OPTION_SEPARATOR);
                TagLimits { origin: TagOrigin::Options, ..kept }
            }
        }
    }

    /// How the tags of this object's rows are read; [`TagColumn::None`] where the organisation or this user's
    /// permissions leave no way.
    pub(super) fn column(&self, shape: &Shape) -> TagColumn {
        match self {
            TagStore::Topics => rows(shape, "TopicAssignments", "Topic"),
            TagStore::Campaigns => rows(shape, "CampaignMembers", "Campaign"),
            TagStore::Field(name) => match shape.field(name.as_str()) {
                Some(field) if field.kind == FieldKind::Multipicklist => TagColumn::Field(field.name.clone()),
                Some(_) | None => TagColumn::None,
            },
        }
    }

    /// The rows that tie tags to contacts, where tags are such rows.
    pub(super) fn assignments(&self) -> Option<AssignmentKind> {
        match self {
            TagStore::Topics => Some(AssignmentKind::Topic),
            TagStore::Campaigns => Some(AssignmentKind::Campaign),
            TagStore::Field(_) => None,
        }
    }
}

fn rows(shape: &Shape, relationship: &'static str, target: &'static str) -> TagColumn {
    if shape.has_children(relationship) { TagColumn::Rows { relationship, target } } else { TagColumn::None }
}

impl AssignmentKind {
    /// The fields of such a row that name people.
    pub(super) fn people_fields(self, app: SObject) -> &'static [&'static str] {
        match (self, app) {
            (AssignmentKind::Topic, _) => &["EntityId"],
            (AssignmentKind::Campaign, SObject::Contact) => &["ContactId"],
            (AssignmentKind::Campaign, SObject::Lead) => &["ContactId", "LeadId"],
        }
    }

    /// The person that such a row is about, if it can be one of the app's: a converted lead's row names its contact
    /// too, and that is who it is about.
    pub(super) fn person(self, app: SObject, row: &Row) -> Option<ContactId> {
        let named = self.people_fields(app).iter().find_map(|field| text(row, field))?;
        let id = ContactId::from(named);
        SObject::of(&id).filter(|object| app.family().contains(object)).map(|_| id)
    }
}
