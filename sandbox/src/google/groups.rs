//! Contact groups, which people call labels, and who is in them.
//!
//! The store alone; the methods are in [`super::api::groups`]. System groups have no etag, cannot be
//! renamed or deleted, and most of them take no new members.

use super::contact::Key;
use super::error::ApiError;
use std::collections::{BTreeMap, BTreeSet};

/// The group that everybody is in who is in no other.
pub(super) const MY_CONTACTS: &str = "myContacts";

/// Id and English name, in the order that a recorded account listed them.
const SYSTEM: [(&str, &str); 8] = [
    ("starred", "Starred"),
    ("friends", "Friends"),
    ("family", "Family"),
    ("coworkers", "Coworkers"),
    (MY_CONTACTS, "My Contacts"),
    ("chatBuddies", "Chat contacts"),
    ("all", "All Contacts"),
    ("blocked", "Blocked"),
];

/// One group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The last part of its resource name.
    pub(super) id: String,
    /// The name; of a system group its id.
    pub(super) name: String,
    /// The name as shown.
    pub(super) formatted_name: String,
    /// Whether Google made it.
    pub(super) system: bool,
    /// Grows with each change of its own fields; members do not count.
    pub(super) revision: u64,
    /// When that was.
    pub(super) updated_ms: i64,
    /// Key and value, as clients put them there.
    pub(super) client_data: Vec<(String, String)>,
    /// Who is in it.
    pub(super) members: BTreeSet<Key>,
    /// Whether it was deleted: kept for deltas.
    pub(super) deleted: bool,
}

impl Group {
    /// `contactGroups/…`
    pub(super) fn resource_name(&self) -> String {
        format!("contactGroups/{}", self.id)
    }

    /// Base64 without a prefix, unlike a person's. System groups have none.
    pub(super) fn etag(&self) -> Option<String> {
        use base64::Engine as _;
        let text = format!("{}/{}", self.id, self.revision);
        let hash: Vec<u8> = blake3::hash(text.as_bytes()).as_bytes().iter().take(8).copied().collect();
        (!self.system).then(|| base64::prelude::BASE64_STANDARD.encode(hash))
    }

    /// Whether contacts can be added: "other system groups are remove-only".
    pub(super) fn takes_members(&self) -> bool {
        !self.system || self.id == MY_CONTACTS || self.id == "starred"
    }
}

/// All groups of an account, the deleted ones included.
#[derive(Debug)]
pub(super) struct Groups {
    by_id: BTreeMap<String, Group>,
    /// The latest revision of any group: the place that a sync token stands for.
    last: u64,
}

impl Groups {
    pub(super) fn new() -> Self {
        let system = SYSTEM.map(|(id, shown)| {
            let group = Group {
                id: id.to_owned(),
                name: id.to_owned(),
                formatted_name: shown.to_owned(),
                system: true,
                revision: 0,
                updated_ms: 0,
                client_data: Vec::new(),
                members: BTreeSet::new(),
                deleted: false,
            };
            (id.to_owned(), group)
        });
        Self { by_id: system.into_iter().collect(), last: 0 }
    }

    /// The group of this resource name, unless it was deleted.
    pub(super) fn get(&self, resource_name: &str) -> Result<&Group, ApiError> {
        let id = resource_name.strip_prefix("contactGroups/");
        id.and_then(|id| self.by_id.get(id)).filter(|group| !group.deleted).ok_or_else(ApiError::not_found)
    }

    /// By id, whatever became of it.
    pub(super) fn by_id(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    /// The user's group of this name.
    pub(super) fn named(&self, name: &str) -> Option<&Group> {
        self.by_id.values().find(|group| !group.deleted && !group.system && group.name == name)
    }

    /// All of them, the user's first, then the system's in their usual order.
    pub(super) fn all(&self) -> Vec<&Group> {
        let system = SYSTEM.iter().filter_map(|(id, _)| self.by_id.get(*id));
        self.by_id.values().filter(|group| !group.system).chain(system).collect()
    }

    /// The place of the latest change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// A new group. The name must be free.
    pub(super) fn create(
        &mut self,
        id: String,
        name: &str,
        client_data: Vec<(String, String)>,
        now_ms: i64,
    ) -> Result<&Group, ApiError> {
        self.check_name(name, None)?;
        self.last += 1;
        let group = Group {
            id: id.clone(),
            name: name.to_owned(),
            formatted_name: name.to_owned(),
            system: false,
            revision: self.last,
            updated_ms: now_ms,
            client_data,
            members: BTreeSet::new(),
            deleted: false,
        };
        Ok(self.by_id.entry(id).or_insert(group))
    }

    /// Another name or other client data. `etag` must be the current one.
    pub(super) fn update(
        &mut self,
        resource_name: &str,
        etag: &str,
        name: Option<&str>,
        client_data: Option<Vec<(String, String)>>,
        now_ms: i64,
    ) -> Result<&Group, ApiError> {
        let group = self.get(resource_name)?;
        if group.system {
            return Err(ApiError::invalid("System contact groups cannot be updated."));
        }
        if group.etag().as_deref() != Some(etag) {
            return Err(ApiError::stale_group());
        }
        let id = group.id.clone();
        if let Some(name) = name {
            self.check_name(name, Some(&id))?;
        }
        self.last += 1;
        let group = self.by_id.get_mut(&id).ok_or_else(ApiError::not_found)?;
        if let Some(name) = name {
            group.name = name.to_owned();
            group.formatted_name = name.to_owned();
        }
        if let Some(client_data) = client_data {
            group.client_data = client_data;
        }
        group.revision = self.last;
        group.updated_ms = now_ms;
        Ok(group)
    }

    /// Deletes it and says who was in it; what becomes of them is the caller's.
    pub(super) fn delete(&mut self, resource_name: &str, now_ms: i64) -> Result<BTreeSet<Key>, ApiError> {
        let group = self.get(resource_name)?;
        if group.system {
            return Err(ApiError::invalid("System contact groups cannot be deleted."));
        }
        let id = group.id.clone();
        self.last += 1;
        let group = self.by_id.get_mut(&id).ok_or_else(ApiError::not_found)?;
        group.deleted = true;
        group.revision = self.last;
        group.updated_ms = now_ms;
        Ok(std::mem::take(&mut group.members))
    }

    /// Follows a contact from its old groups into its new ones.
    pub(super) fn move_member(&mut self, key: Key, from: &BTreeSet<String>, to: &BTreeSet<String>) {
        for id in from.difference(to) {
            if let Some(group) = self.by_id.get_mut(id) {
                group.members.remove(&key);
            }
        }
        for id in to.difference(from) {
            if let Some(group) = self.by_id.get_mut(id) {
                group.members.insert(key);
            }
        }
    }

    fn check_name(&self, name: &str, but: Option<&str>) -> Result<(), ApiError> {
        if name.trim().is_empty() {
            return Err(ApiError::violation("contactGroup.name", "Contact group name must be set."));
        }
        let taken = self.by_id.values().any(|group| {
            !group.deleted
                && Some(group.id.as_str()) != but
                && (group.name == name || group.formatted_name == name)
        });
        if taken { Err(ApiError::group_exists()) } else { Ok(()) }
    }
}
