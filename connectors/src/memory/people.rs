//! What people do in the vendor's own pages, between two syncs.

use super::app::App;
use super::store::{Life, Source};
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, Tag};
use syntony_core::record::{Fields, Subscription};

/// Each of these is `false` (or nothing) where there is no such contact, and changes nothing then.
impl App {
    /// Adds a contact in the usual way: in a chat tool, by talking to us.
    pub fn add(&self, fields: Fields) -> ContactId {
        self.lock().insert(fields, BTreeSet::new(), None, Source::Conversation)
    }

    /// Adds a contact that a discovering vendor's feed never points at: imported, or typed in.
    pub fn add_unseen(&self, fields: Fields) -> ContactId {
        self.lock().insert(fields, BTreeSet::new(), None, Source::Book)
    }

    /// Edits a contact's fields.
    pub fn edit(&self, id: &ContactId, edit: impl FnOnce(&mut Fields)) -> bool {
        self.lock().change(id, Source::Book, |contact| edit(&mut contact.fields))
    }

    /// Lets a person talk to us again: a discovering vendor's feed points at the contact.
    pub fn bump(&self, id: &ContactId) -> bool {
        self.lock().change(id, Source::Conversation, |_| ())
    }

    /// Deletes a contact.
    pub fn delete(&self, id: &ContactId) -> bool {
        self.lock().change(id, Source::Book, |contact| contact.life = Life::Deleted)
    }

    /// Brings a deleted contact back, under its id.
    pub fn restore(&self, id: &ContactId) -> bool {
        self.lock().change(id, Source::Book, |contact| contact.life = Life::Live)
    }

    /// Puts a tag on.
    pub fn tag(&self, id: &ContactId, tag: impl Into<Tag>) -> bool {
        let tag = tag.into();
        self.lock().change(id, Source::Book, |contact| {
            contact.tags.insert(tag);
        })
    }

    /// Takes a tag off.
    pub fn untag(&self, id: &ContactId, tag: impl Into<Tag>) -> bool {
        let tag = tag.into();
        self.lock().change(id, Source::Book, |contact| {
            contact.tags.remove(&tag);
        })
    }

    /// Merges one contact into another: the survivor keeps its values, gets what it lacked and all tags.
    pub fn merge(&self, loser: &ContactId, survivor: &ContactId) -> bool {
        let mut store = self.lock();
        let Some(lost) = store.contact(loser).cloned() else { return false };
        if loser == survivor || store.contact(survivor).is_none() {
            return false;
        }
        store.change(loser, Source::Book, |contact| contact.life = Life::MergedInto(survivor.clone()));
        store.change(survivor, Source::Book, |contact| {
            for (name, value) in lost.fields {
                contact.fields.entry(name).or_insert(value);
            }
            contact.tags.extend(lost.tags);
            contact.previous_ids.push(loser.clone());
            contact.previous_ids.extend(lost.previous_ids);
        })
    }

    /// The vendor gives a contact another id; the new one, if there is such a contact.
    pub fn rename(&self, id: &ContactId) -> Option<ContactId> {
        self.lock().rename(id)
    }

    /// Takes a contact out of what the API's user may see. It is still there.
    pub fn hide(&self, id: &ContactId) -> bool {
        self.lock().set_hidden(id, true)
    }

    /// Lets the API's user see a contact again.
    pub fn show(&self, id: &ContactId) -> bool {
        self.lock().set_hidden(id, false)
    }

    /// The person opts out of mail, or comes back.
    pub fn set_subscription(&self, id: &ContactId, subscription: Subscription) -> bool {
        self.lock().change(id, Source::Book, |contact| contact.subscription = subscription)
    }
}
