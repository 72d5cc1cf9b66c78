//! What people do on the screen, and what only the simulator knows: for tests and demonstrations.
//!
//! Nothing here goes through HTTP, quotas or etags. Everything here shows up in listings like any other
//! change, with the same lag.

use super::account::Account;
use super::book::{Book, Now};
use super::contact::Contact;
use super::error::ApiError;
use super::mask::{Mask, Sources};
use super::view::{self, Told};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Contacts.
    pub contacts: usize,
    /// Contacts in the trash.
    pub trashed: usize,
    /// The user's groups.
    pub labels: usize,
}

impl Account {
    /// A person types in a contact: a `Person` in Google's JSON. Gives its resource name.
    ///
    /// # Errors
    /// If Google would not take it.
    pub fn add(&self, person: &Json) -> Result<String, ApiError> {
        self.with(|state, now| {
            let draft = state.book.prepare_create(person, 0, now)?;
            Ok(state.book.apply(draft, now).key.to_string())
        })
    }

    /// A person edits a contact: each field in `fields` replaces the old one, an empty list clears it.
    ///
    /// # Errors
    /// If there is no such contact, or Google would not take it.
    pub fn edit(&self, name: &str, fields: &Json) -> Result<(), ApiError> {
        self.with(|state, now| {
            let draft = state.book.prepare_edit(name, fields, now)?;
            state.book.apply(draft, now);
            Ok(())
        })
    }

    /// A person moves a contact to the trash.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.with(|state, now| state.book.delete(name, now))
    }

    /// A person takes a contact out of the trash, within 30 days.
    ///
    /// # Errors
    /// If it is not there.
    pub fn restore(&self, name: &str) -> Result<(), ApiError> {
        self.with(|state, now| state.book.restore(name, now).map(|_| ()))
    }

    /// A person merges two contacts ("Merge & fix"): one is deleted, the other gets its addresses and
    /// numbers.
    ///
    /// # Errors
    /// If one of them does not exist.
    pub fn merge(&self, loser: &str, survivor: &str) -> Result<(), ApiError> {
        self.with(|state, now| {
            let lost = state.book.find(loser)?.fields.clone();
            let kept = state.book.find(survivor)?.fields.clone();
            let mut fields = Map::new();
            for path in ["emailAddresses", "phoneNumbers", "addresses", "urls"] {
                let mut items = kept.get(path).cloned().unwrap_or_default();
                let value = |item: &Json| item.get("value").or_else(|| item.get("formattedValue")).cloned();
                let known: Vec<Option<Json>> = items.iter().map(value).collect();
                let more = lost.get(path).into_iter().flatten();
                items.extend(more.filter(|item| !known.contains(&value(item))).cloned());
                fields.insert(path.to_owned(), Json::Array(items));
            }
            let draft = state.book.prepare_edit(survivor, &Json::Object(fields), now)?;
            state.book.apply(draft, now);
            state.book.delete(loser, now)
        })
    }

    /// A person puts a label on a contact; a label that does not exist is made.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn label(&self, name: &str, label: &str) -> Result<(), ApiError> {
        self.with(|state, now| {
            let book = &mut state.book;
            let contact = book.find(name)?.clone();
            let id = label_id(book, label, now)?;
            let mut groups = contact.groups.clone();
            groups.insert(id);
            book.regroup(contact.key, groups, now);
            Ok(())
        })
    }

    /// A person takes a label off.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn unlabel(&self, name: &str, label: &str) -> Result<(), ApiError> {
        self.with(|state, now| {
            let book = &mut state.book;
            let contact = book.find(name)?.clone();
            let mut groups = contact.groups.clone();
            if let Some(group) = book.groups.named(label) {
                groups.remove(&group.id);
            }
            if groups.is_empty() {
                groups.insert(super::groups::MY_CONTACTS.to_owned());
            }
            book.regroup(contact.key, groups, now);
            Ok(())
        })
    }

    /// The user's labels on a contact, sorted; of none if there is no such contact.
    #[must_use]
    pub fn labels(&self, name: &str) -> BTreeSet<String> {
        self.with(|state, _| {
            let Ok(contact) = state.book.find(name) else { return BTreeSet::new() };
            let groups = contact.groups.iter().filter_map(|id| state.book.groups.by_id(id));
            groups.filter(|group| !group.system).map(|group| group.name.clone()).collect()
        })
    }

    /// Google finds a profile for a contact and gives it another resource name, which is given back.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn rename(&self, name: &str) -> Result<String, ApiError> {
        self.with(|state, now| state.book.rename(name, now).map(|contact| contact.key.to_string()))
    }

    /// A contact drops out of every listing without having been deleted: an index that lost it. A read
    /// by name still gives it, no delta tells of it, and its next change shows it again.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn hide(&self, name: &str) -> Result<(), ApiError> {
        self.with(|state, _| {
            let key = state.book.find(name)?.key;
            state.book.feed.forget(key);
            Ok(())
        })
    }

    /// Every contact gets a new etag and time, and no new content: "modified" without a change.
    pub fn touch_all(&self) {
        self.with(|state, now| state.book.touch_all(now));
    }

    /// Every sync token there is has expired.
    pub fn expire_sync_tokens(&self) {
        self.with(|state, _| state.generation += 1);
    }

    /// Every access token there is has expired; refresh tokens live on.
    pub fn expire_access_tokens(&self) {
        self.with_oauth(|oauth, _| oauth.expire_access_tokens());
    }

    /// The user withdraws the consent at Google: no token works any more.
    pub fn revoke(&self) {
        self.with_oauth(|oauth, _| oauth.revoke_all());
    }

    /// Every contact as `people.get` would show all of it, by resource name. Without profiles.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, Json> {
        self.with(|state, _| {
            state.book.contacts().map(|contact| (contact.key.to_string(), whole(contact))).collect()
        })
    }

    /// One contact, in the same way.
    #[must_use]
    pub fn contact(&self, name: &str) -> Option<Json> {
        self.with(|state, _| state.book.find(name).ok().map(|contact| whole(contact)))
    }

    /// The names of all contacts that hold this address, whatever its case. Looks through all of them.
    #[must_use]
    pub fn names_of(&self, email: &str) -> Vec<String> {
        let holds = |contact: &Contact| {
            let items = contact.fields.get("emailAddresses").into_iter().flatten();
            items
                .filter_map(|item| item.get("value").and_then(Json::as_str))
                .any(|value| value.to_lowercase() == email.to_lowercase())
        };
        self.with(|state, _| {
            let found = state.book.contacts().filter(|contact| holds(contact));
            found.map(|contact| contact.key.to_string()).collect()
        })
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.with(|state, _| {
            let (contacts, trashed) = state.book.counts();
            let labels =
                state.book.groups.all().iter().filter(|group| !group.system && !group.deleted).count();
            Counts { contacts, trashed, labels }
        })
    }
}

fn whole(contact: &Contact) -> Json {
    let contact_alone = Sources { contact: true, profile: false };
    view::person(contact, &Mask::everything(), contact_alone, Told::Plainly)
}

/// The group of this name, made if it is not there.
pub(super) fn label_id(book: &mut Book, label: &str, now: &Now) -> Result<String, ApiError> {
    if let Some(group) = book.groups.named(label) {
        return Ok(group.id.clone());
    }
    let id = book.free_group_id();
    book.groups.create(id, label, Vec::new(), now.ms).map(|group| group.id.clone())
}
