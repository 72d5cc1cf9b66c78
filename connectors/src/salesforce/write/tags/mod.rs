//! Tags that are rows of their own: a topic on a contact, a contact in a campaign.
//!
//! A tag that somebody is to get and that is not there yet is made, before any contact is; a tag is never
//! renamed and never removed. Putting on what is on, and taking off what is off, is no error.

mod assign;
mod names;

use super::super::wire::object::SObject;
use super::super::wire::removal::AssignmentKind;
use syntony_core::ids::ContactId;

pub(super) use names::TagIds;

/// What a kind of tag is called at Salesforce
/// (<https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_topicassignment.htm>,
/// <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_campaignmember.htm>).
trait Names {
    /// The object that the tags themselves are rows of.
    fn tag_object(self) -> &'static str;
    /// The column of an assignment that says which tag.
    fn tag_column(self) -> &'static str;
    /// The column of an assignment that says which contact.
    fn contact_column(self, contact: &ContactId) -> &'static str;
}

impl Names for AssignmentKind {
    fn tag_object(self) -> &'static str {
        match self {
            AssignmentKind::Topic => "Topic",
            AssignmentKind::Campaign => "Campaign",
        }
    }

    fn tag_column(self) -> &'static str {
        match self {
            AssignmentKind::Topic => "TopicId",
            AssignmentKind::Campaign => "CampaignId",
        }
    }

    fn contact_column(self, contact: &ContactId) -> &'static str {
        match (self, SObject::of(contact)) {
            (AssignmentKind::Topic, _) => "EntityId",
            (AssignmentKind::Campaign, Some(SObject::Lead)) => "LeadId",
            (AssignmentKind::Campaign, Some(SObject::Contact) | None) => "ContactId",
        }
    }
}
