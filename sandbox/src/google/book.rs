//! The address book: contacts, their trash, their groups, and what follows them.
//!
//! Every mutation has two steps. *Prepare* refuses or gives a [`Draft`]; *apply* cannot fail. So a batch
//! prepares all of its items first and applies all or none.
//!
//! The invariant: a contact is in at least one group, its groups know it, and each new version went to
//! the [`Feed`] and to the [`Search`] cache.

use super::contact::{Contact, EtagClaim, Fields, Key};
use super::error::ApiError;
use super::feed::{Event, Feed, State};
use super::groups::{Groups, MY_CONTACTS};
use super::mask::Mask;
use super::search::Search;
use super::tidy::{self, Habits};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a deleted contact stays in the trash, and counts.
const TRASH_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What a call has to know of the moment it comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Milliseconds since 1970.
    pub(super) ms: i64,
    /// How much later listings and searches learn of it.
    pub(super) lag_ms: u64,
    /// How values are read.
    pub(super) habits: Habits,
}

/// A checked write, ready to be applied.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The contact it changes; `None` makes a new one.
    key: Option<Key>,
    /// The fields it replaces; an empty list clears one.
    fields: Fields,
    /// The groups it replaces, if it does.
    groups: Option<BTreeSet<String>>,
}

#[derive(Debug)]
struct Trashed {
    contact: Arc<Contact>,
    at_ms: i64,
}

/// An account's address book.
#[derive(Debug)]
pub(super) struct Book {
    contacts: BTreeMap<Key, Arc<Contact>>,
    trash: BTreeMap<Key, Trashed>,
    renamed: BTreeMap<Key, Key>,
    pub(super) groups: Groups,
    pub(super) feed: Feed,
    pub(super) search: Search,
    revision: u64,
    random: fastrand::Rng,
    max_contacts: usize,
}

impl Book {
    /// An empty one. `seed` decides the names that its contacts get.
    pub(super) fn new(seed: u64, max_contacts: usize) -> Self {
        Self {
            contacts: BTreeMap::new(),
            trash: BTreeMap::new(),
            renamed: BTreeMap::new(),
            groups: Groups::new(),
            feed: Feed::default(),
            search: Search::default(),
            revision: 0,
            random: fastrand::Rng::with_seed(seed),
            max_contacts,
        }
    }

    /// The contact of this name, also under a name it had before.
    pub(super) fn find(&self, resource_name: &str) -> Result<&Arc<Contact>, ApiError> {
        let key = Key::parse(resource_name).ok_or_else(ApiError::not_found)?;
        let key = self.renamed.get(&key).copied().unwrap_or(key);
        self.contacts.get(&key).ok_or_else(ApiError::not_found)
    }

    /// All contacts there are.
    pub(super) fn contacts(&self) -> impl Iterator<Item = &Arc<Contact>> {
        self.contacts.values()
    }

    pub(super) fn set_max_contacts(&mut self, most: usize) {
        self.max_contacts = most;
    }

    /// How many there are, and how many are in the trash.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.contacts.len(), self.trash.len())
    }

    /// Checks a new contact. `more` of the same call are created before it.
    pub(super) fn prepare_create(
        &mut self,
        person: &Json,
        more: usize,
        now: &Now,
    ) -> Result<Draft, ApiError> {
        self.purge(now.ms);
        if self.contacts.len() + self.trash.len() + more >= self.max_contacts {
            return Err(ApiError::overflow());
        }
        let mut fields = tidy::fields(person, Mask::writable(), now.habits)?;
        fields.retain(|_, items| !items.is_empty());
        tidy::fits(&fields)?;
        let mut groups = self.groups_of(person, &BTreeSet::new())?;
        if groups.is_empty() {
            groups.insert(MY_CONTACTS.to_owned());
        }
        Ok(Draft { key: None, fields, groups: Some(groups) })
    }

    /// Checks an update: the fields of the mask are replaced as a whole, the others stay.
    pub(super) fn prepare_update(
        &self,
        resource_name: &str,
        person: &Json,
        mask: &Mask,
        now: &Now,
    ) -> Result<Draft, ApiError> {
        if Key::parse(resource_name).is_none() {
            let text = format!("Resource name \"{resource_name}\" is not a valid contact person resource.");
            return Err(ApiError::invalid(text));
        }
        let claim = EtagClaim::of(person)?;
        let current = self.find(resource_name)?;
        let fields = tidy::fields(person, mask.paths(), now.habits)?;
        let mut whole = current.fields.clone();
        whole.extend(fields.clone());
        tidy::fits(&whole)?;
        let groups = if mask.has("memberships") {
            let groups = self.groups_of(person, &current.groups)?;
            if groups.is_empty() {
                return Err(ApiError::invalid("A contact must have at least one contact group membership."));
            }
            Some(groups)
        } else {
            None
        };
        current.check_etags(&claim)?;
        Ok(Draft { key: Some(current.key), fields, groups })
    }

    /// Checks a change that a person makes on the screen: no etag, no mask.
    pub(super) fn prepare_edit(
        &self,
        resource_name: &str,
        person: &Json,
        now: &Now,
    ) -> Result<Draft, ApiError> {
        let current = self.find(resource_name)?;
        let paths = Mask::writable().filter(|path| person.get(path).is_some());
        let fields = tidy::fields(person, paths, now.habits)?;
        Ok(Draft { key: Some(current.key), fields, groups: None })
    }

    /// Makes a checked write true.
    pub(super) fn apply(&mut self, draft: Draft, now: &Now) -> Arc<Contact> {
        let old = draft.key.and_then(|key| self.contacts.get(&key)).cloned();
        let (key, mut fields, old_groups, previous) = match &old {
            Some(old) => (old.key, old.fields.clone(), old.groups.clone(), old.previous.clone()),
            None => (self.free_key(), Fields::new(), BTreeSet::new(), Vec::new()),
        };
        fields.extend(draft.fields);
        fields.retain(|_, items| !items.is_empty());
        let groups = draft.groups.unwrap_or_else(|| old_groups.clone());
        self.groups.move_member(key, &old_groups, &groups);
        self.store(Contact { key, revision: 0, updated_ms: now.ms, fields, groups, previous }, now)
    }

    /// Puts contacts into other groups; nothing else about them changes but their version.
    pub(super) fn regroup(&mut self, key: Key, groups: BTreeSet<String>, now: &Now) {
        if self.contacts.get(&key).is_some_and(|contact| contact.groups != groups) {
            self.apply(Draft { key: Some(key), fields: Fields::new(), groups: Some(groups) }, now);
        }
    }

    /// Moves a contact to the trash.
    pub(super) fn delete(&mut self, resource_name: &str, now: &Now) -> Result<(), ApiError> {
        let key = self.find(resource_name)?.key;
        self.revision += 1;
        if let Some(contact) = self.contacts.remove(&key) {
            self.groups.move_member(key, &contact.groups, &BTreeSet::new());
            let gone = State::Gone { revision: self.revision, previous: contact.previous.clone() };
            self.publish(key, gone, now);
            self.trash.insert(key, Trashed { contact, at_ms: now.ms });
        }
        Ok(())
    }

    /// Takes a contact out of the trash, under its old name and in those of its groups that still are.
    pub(super) fn restore(&mut self, resource_name: &str, now: &Now) -> Result<Arc<Contact>, ApiError> {
        self.purge(now.ms);
        let key = Key::parse(resource_name).ok_or_else(ApiError::not_found)?;
        let Trashed { contact, .. } = self.trash.remove(&key).ok_or_else(ApiError::not_found)?;
        let mut contact = Contact { updated_ms: now.ms, ..(*contact).clone() };
        contact.groups.retain(|id| self.groups.by_id(id).is_some_and(|group| !group.deleted));
        if contact.groups.is_empty() {
            contact.groups.insert(MY_CONTACTS.to_owned());
        }
        self.groups.move_member(key, &BTreeSet::new(), &contact.groups);
        Ok(self.store(contact, now))
    }

    /// Gives a contact another name, as Google does when it finds a profile for it.
    pub(super) fn rename(&mut self, resource_name: &str, now: &Now) -> Result<Arc<Contact>, ApiError> {
        let old = Arc::clone(self.find(resource_name)?);
        let key = self.free_key();
        self.contacts.remove(&old.key);
        self.groups.move_member(old.key, &old.groups, &BTreeSet::new());
        self.groups.move_member(key, &BTreeSet::new(), &old.groups);
        let mut contact = Contact { key, updated_ms: now.ms, ..(*old).clone() };
        contact.previous.push(old.key);
        for former in &contact.previous {
            self.renamed.insert(*former, key);
        }
        self.feed.forget(old.key);
        self.search.publish(self.event(old.key, State::Gone { revision: 0, previous: Vec::new() }, now));
        Ok(self.store(contact, now))
    }

    /// Gives every contact a new version with the same content, as happens in some nights.
    pub(super) fn touch_all(&mut self, now: &Now) {
        let all: Vec<Contact> = self.contacts.values().map(|contact| (**contact).clone()).collect();
        for contact in all {
            self.store(Contact { updated_ms: now.ms, ..contact }, now);
        }
    }

    /// A new group's id: 16 hexadecimal digits.
    pub(super) fn free_group_id(&mut self) -> String {
        format!("{:016x}", self.random.u64(1 << 60..))
    }

    fn store(&mut self, contact: Contact, now: &Now) -> Arc<Contact> {
        self.revision += 1;
        let contact = Arc::new(Contact { revision: self.revision, ..contact });
        self.contacts.insert(contact.key, Arc::clone(&contact));
        self.publish(contact.key, State::Live(Arc::clone(&contact)), now);
        contact
    }

    fn publish(&mut self, key: Key, state: State, now: &Now) {
        let event = self.event(key, state, now);
        self.search.publish(event.clone());
        self.feed.publish(event);
    }

    fn event(&self, key: Key, state: State, now: &Now) -> Event {
        let lag_ms = i64::try_from(now.lag_ms).unwrap_or(i64::MAX);
        Event { due_ms: now.ms.saturating_add(lag_ms), key, state }
    }

    /// A number that no contact has or had.
    fn free_key(&mut self) -> Key {
        loop {
            let key = Key(self.random.u64(1 << 58..1 << 63));
            let taken = self.contacts.contains_key(&key)
                || self.trash.contains_key(&key)
                || self.renamed.contains_key(&key);
            if !taken {
                return key; // one of 2^62: a second round is not to be expected
            }
        }
    }

    fn purge(&mut self, now_ms: i64) {
        self.trash.retain(|_, trashed| now_ms - trashed.at_ms < TRASH_DAYS * DAY_MS);
    }

    /// The groups in a body. Each must exist, and take members unless the contact is in it already.
    fn groups_of(&self, person: &Json, current: &BTreeSet<String>) -> Result<BTreeSet<String>, ApiError> {
        let memberships =
            person.get("memberships").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let names = memberships.iter().filter_map(|membership| {
            membership.pointer("/contactGroupMembership/contactGroupResourceName").and_then(Json::as_str)
        });
        names
            .map(|name| {
                let refused = |why: &str| {
                    ApiError::violation("person.memberships", format!("Contact group \"{name}\" {why}."))
                };
                let group = self.groups.get(name).map_err(|_| refused("does not exist"))?;
                if !group.takes_members() && !current.contains(&group.id) {
                    return Err(refused("does not take members"));
                }
                Ok(group.id.clone())
            })
            .collect()
    }
}
