//! Tags. Behind each one is a static segment of the same number and name.
//!
//! <https://mailchimp.com/developer/marketing/api/list-member-tags/>

use super::member::{Seconds, TagId};
use super::problem::Problem;
use std::collections::BTreeMap;

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// A tag of an audience.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) id: TagId,
    pub(super) name: String,
    pub(super) created: Seconds,
    pub(super) updated: Seconds,
    /// How many members have it.
    pub(super) members: usize,
}

/// All tags of an audience.
#[derive(Debug)]
pub(super) struct Tags {
    tags: BTreeMap<TagId, Tag>,
    last_id: TagId,
}

impl Tags {
    pub(super) fn new() -> Self {
        Self { tags: BTreeMap::new(), last_id: 4_170_000 }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Tag> {
        self.tags.values()
    }

    pub(super) fn get(&self, id: TagId) -> Result<&Tag, Problem> {
        self.tags.get(&id).ok_or_else(Problem::not_found)
    }

    pub(super) fn name(&self, id: TagId) -> &str {
        self.tags.get(&id).map_or("", |tag| &tag.name)
    }

    /// The tag of this name, in whatever case: the first spelling stays.
    pub(super) fn named(&self, name: &str) -> Option<&Tag> {
        let wanted = name.trim().to_lowercase();
        self.tags.values().find(|tag| tag.name.to_lowercase() == wanted)
    }

    /// The tag of this name, made if it is not there.
    pub(super) fn ensure(&mut self, name: &str, now: Seconds) -> Result<TagId, Problem> {
        Self::check_name(name)?;
        if let Some(tag) = self.named(name) {
            return Ok(tag.id);
        }
        self.last_id += 4;
        let tag =
            Tag { id: self.last_id, name: name.trim().to_owned(), created: now, updated: now, members: 0 };
        self.tags.insert(tag.id, tag);
        Ok(self.last_id)
    }

    pub(super) fn check_name(name: &str) -> Result<(), Problem> {
        let chars = name.trim().chars().count();
        if chars == 0 {
            return Err(Problem::field("tags.item:0.name", "This value should not be blank."));
        }
        if chars > MAX_NAME_CHARS {
            return Err(Problem::field(
                "tags.item:0.name",
                "This value is too long. It should have 100 characters or less.",
            ));
        }
        Ok(())
    }

    pub(super) fn rename(&mut self, id: TagId, name: &str, now: Seconds) -> Result<(), Problem> {
        Self::check_name(name)?;
        if self.named(name).is_some_and(|tag| tag.id != id) {
            return Err(Problem::bad_request("Sorry, that tag already exists."));
        }
        let tag = self.tags.get_mut(&id).ok_or_else(Problem::not_found)?;
        (tag.name, tag.updated) = (name.trim().to_owned(), now);
        Ok(())
    }

    pub(super) fn remove(&mut self, id: TagId) {
        self.tags.remove(&id);
    }

    /// Keeps count: a member was in `before` and is in `after`.
    pub(super) fn recount<'a>(
        &mut self,
        before: impl Iterator<Item = &'a TagId>,
        after: impl Iterator<Item = &'a TagId>,
    ) {
        for id in before {
            if let Some(tag) = self.tags.get_mut(id) {
                tag.members = tag.members.saturating_sub(1);
            }
        }
        for id in after {
            if let Some(tag) = self.tags.get_mut(id) {
                tag.members += 1;
            }
        }
    }
}
