//! A member as Mailchimp gives it.

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Tag};

/// The parts of a member that are asked for; a prefix makes them the parts of a listing's rows.
const PARTS: [&str; 19] = [
    "id",
    "contact_id",
    "email_address",
    "email_type",
    "full_name",
    "language",
    "last_changed",
    "location.country_code",
    "member_rating",
    "merge_fields",
    "source",
    "status",
    "tags",
    "tags_count",
    "timestamp_opt",
    "timestamp_signup",
    "unsubscribe_reason",
    "vip",
    "list_id",
];

/// The `fields` of a read of one member.
pub(in crate::mailchimp) fn parts() -> String {
    PARTS.join(",")
}

/// The `fields` of a listing.
pub(in crate::mailchimp) fn listed_parts() -> String {
    let rows = PARTS.iter().map(|part| format!("members.{part}"));
    ["total_items".to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join(",")
}

/// A member (<https://mailchimp.com/developer/marketing/api/list-members/>).
#[derive(Clone, Deserialize)]
pub(in crate::mailchimp) struct Member {
    /// Stays when the address changes.
    pub(in crate::mailchimp) contact_id: String,
    /// The hash of the address; changes with it.
    #[serde(rename = "id")]
    pub(in crate::mailchimp) hash: String,
    pub(in crate::mailchimp) email_address: String,
    pub(in crate::mailchimp) status: String,
    pub(in crate::mailchimp) merge_fields: Map<String, Json>,
    #[serde(default)]
    tags: Option<Vec<TagName>>,
    #[serde(default)]
    tags_count: Option<u64>,
    #[serde(default)]
    pub(in crate::mailchimp) last_changed: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub(in crate::mailchimp) more: Map<String, Json>,
}

/// A tag on a member, or of the audience.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::mailchimp) struct TagName {
    pub(in crate::mailchimp) name: String,
}

impl Member {
    /// # Errors
    /// What is wrong with its shape.
    pub(in crate::mailchimp) fn parse(json: Json) -> Result<Self, &'static str> {
        // The error's own text would quote what was there.
        let member = Self::deserialize(json).map_err(|_| "a member of another shape")?;
        if member.contact_id.is_empty() || member.hash.is_empty() || member.email_address.is_empty() {
            return Err("a member without an id or an address");
        }
        Ok(member)
    }

    pub(in crate::mailchimp) fn contact(&self) -> ContactId {
        ContactId::new(&self.contact_id)
    }

    /// The tags that came along, and whether they are all of them: a row shows the first fifty
    /// (<https://mailchimp.com/developer/marketing/api/list-members/get-member-info/>).
    pub(in crate::mailchimp) fn tags(&self) -> Tags {
        let Some(shown) = &self.tags else { return Tags::NotShown };
        let names: BTreeSet<Tag> = shown.iter().map(|tag| Tag::new(&tag.name)).collect();
        match self.tags_count {
            Some(count) if count > shown.len() as u64 => Tags::CutOff,
            Some(_) | None => Tags::All(names),
        }
    }

    /// The same with all of its tags, read apart.
    pub(in crate::mailchimp) fn with_tags(self, tags: Vec<TagName>) -> Self {
        Self { tags_count: Some(tags.len() as u64), tags: Some(tags), ..self }
    }
}

/// The tags that a row shows.
pub(in crate::mailchimp) enum Tags {
    /// All of them.
    All(BTreeSet<Tag>),
    /// There are more.
    CutOff,
    /// The row says nothing of tags.
    NotShown,
}
