//! Taking a tag off: the one thing that is removed at Salesforce, and the only one that can be.
//!
//! A topic is on a contact, and a contact in a campaign, by way of a row that ties the two. Only such a row can
//! be named here: the address carries the kind of row, and Salesforce refuses an id of any other kind there. So no
//! contact, lead, topic or campaign can be removed by a mistake in an id.

use super::API_VERSION;
use super::object::is_id;
use crate::http::{Repeat, Request};
use serde_json::json;

/// The most rows that one call removes
/// (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_batch.htm>).
pub(in crate::salesforce) const MAX_REMOVALS: usize = 25;

/// A row that ties a tag to a contact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::salesforce) struct AssignmentRow {
    kind: AssignmentKind,
    id: String,
}

/// What a row ties a contact to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::salesforce) enum AssignmentKind {
    /// To a topic.
    Topic,
    /// To a campaign.
    Campaign,
}

impl AssignmentKind {
    /// The object that such rows are of.
    pub(in crate::salesforce) fn object(self) -> &'static str {
        match self {
            AssignmentKind::Topic => "TopicAssignment",
            AssignmentKind::Campaign => "CampaignMember",
        }
    }
}

impl AssignmentRow {
    /// The row with this id; `None` if it has no id's form, or begins like the id of a person, an account, a
    /// campaign or a topic.
    pub(in crate::salesforce) fn new(kind: AssignmentKind, id: &str) -> Option<Self> {
        let of_others = ["001", "003", "00Q", "701", "0TO"].iter().any(|prefix| id.starts_with(prefix));
        (is_id(id) && !of_others).then(|| Self { kind, id: id.to_owned() })
    }
}

/// One call that removes these rows, at most [`MAX_REMOVALS`] of them; its answer has a result for each, in order.
/// Removing twice is removing once: the second time the row is not found.
pub(in crate::salesforce) fn remove(rows: &[AssignmentRow]) -> Request {
    let requests: Vec<_> = rows
        .iter()
        .take(MAX_REMOVALS)
        .map(|row| {
            let url = format!("{API_VERSION}/sobjects/{}/{}", row.kind.object(), row.id);
            json!({ "method": "DELETE", "url": url })
        })
        .collect();
    Request::post(format!("{}/composite/batch", super::API_PATH), Repeat::Idempotent)
        .json(&json!({ "haltOnError": false, "batchRequests": requests }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_tie_between_a_tag_and_a_contact_can_be_removed() {
        for (id, expected) in [
            ("00v000000000001AAA", true),
            ("0QuXX0000000001", true),
            ("003000000000001AAA", false),
            ("00Q000000000001EAA", false),
            ("001000000000001AAA", false),
            ("701000000000001AAA", false),
            ("0TO000000000001AAA", false),
            ("00v000000000001/..", false),
            ("", false),
        ] {
            assert_eq!(AssignmentRow::new(AssignmentKind::Campaign, id).is_some(), expected, "{id}");
        }
    }
}
