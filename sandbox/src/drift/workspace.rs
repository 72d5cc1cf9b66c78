//! The handle of a workspace: for the people in it, for tests, and for whoever serves it.
//!
//! What is done here is done by persons in the vendor's own pages or in a chat, never through the API:
//! no scope is asked for, no call is counted, read-only attributes can be written, and the webhook is
//! told.

use super::api;
use super::attributes::{AttributeType, Edit, Edits};
use super::contacts::{Contact, NewContact};
use super::conversations::Status;
use super::events::{Event, Happening};
use super::settings::Settings;
use super::store::Store;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::{Running, Shell, serve};
use crate::traffic::Traffic;
use axum::Router;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A simulated workspace. Clones share it.
#[derive(Clone)]
pub struct Workspace {
    store: Arc<Mutex<Store>>,
    clock: Clock,
    faults: Faults,
    traffic: Traffic,
}

impl fmt::Debug for Workspace {
    /// Says how much there is, never what: it may end up in a log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Workspace").field(&self.counts()).finish()
    }
}

/// There is no contact or conversation with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the workspace has nothing with the id {0}")]
pub struct UnknownId(pub i64);

/// How much a workspace holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Contacts in the contacts view.
    pub contacts: usize,
    /// Contacts that were taken out of it.
    pub deleted: usize,
    /// Contacts in the contacts view that were identified in a chat.
    pub in_chat: usize,
    /// Conversations.
    pub conversations: usize,
}

impl Workspace {
    /// An empty workspace with these settings.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, faults: Faults) -> Self {
        let store = Arc::new(Mutex::new(Store::new(settings, clock.now_ms())));
        Self { store, clock, faults, traffic: Traffic::default() }
    }

    /// The API, without faults, log and port around it.
    pub fn router(&self) -> Router {
        api::router(self)
    }

    /// Serves the API on this port of 127.0.0.1, 0 for any, with faults and log around it.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn serve(&self, port: u16) -> std::io::Result<Running> {
        let shell = Shell {
            vendor: Arc::new(self.clone()),
            faults: self.faults.clone(),
            traffic: self.traffic.clone(),
            clock: self.clock.clone(),
        };
        serve(self.router(), port, shell).await
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The script of what goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The log of calls.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The settings as they are.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.with(|store, _| store.settings.clone())
    }

    /// Changes settings. Tokens that are out keep their scopes, as at the vendor.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        self.with(|store, _| change(&mut store.settings));
    }

    /// Defines a custom attribute.
    pub fn define_attribute(&self, name: &str, kind: AttributeType) {
        self.with(|store, _| store.catalogue.define(name, kind));
    }

    /// Makes a tag that can be put on contacts.
    pub fn define_tag(&self, name: &str) {
        self.with(|store, _| store.tags.insert(name.to_owned()));
    }

    /// An admin adds a contact; nobody looks whether there is one like it.
    pub fn add(&self, attributes: &[(&str, Json)]) -> i64 {
        let new = NewContact { external_id: None, in_chat: false, edits: edits(attributes) };
        self.with(|store, now_ms| {
            store.define_all(attributes);
            store.contacts.insert(new, now_ms)
        })
    }

    /// Somebody gives an e-mail address in the chat: the newest contact with that address is meant (a
    /// deleted one comes back), else there is a new one. Their conversation comes to the top.
    pub fn identify(&self, email: &str, attributes: &[(&str, Json)]) -> i64 {
        self.with(|store, now_ms| {
            let known = store.contacts.with_email(email).next_back().map(|contact| contact.id);
            store.chat(known, None, email, attributes, now_ms)
        })
    }

    /// The customer's own site identifies somebody: an external id that is new always makes a new
    /// contact, also where the address is known.
    /// <https://devdocs.drift.com/docs/contact-properties>
    pub fn identify_as(&self, external_id: &str, email: &str, attributes: &[(&str, Json)]) -> i64 {
        self.with(|store, now_ms| {
            let known = store.contacts.get_external(external_id).map(|contact| contact.id);
            store.chat(known, Some(external_id), email, attributes, now_ms)
        })
    }

    /// An agent edits attributes; [`Json::Null`] empties one.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn edit(&self, contact_id: i64, attributes: &[(&str, Json)]) -> Result<(), UnknownId> {
        self.with(|store, now_ms| {
            store.define_all(attributes);
            let diff = store.contacts.change(contact_id, edits(attributes)).ok_or(UnknownId(contact_id))?;
            store.announce(contact_id, &diff, now_ms);
            Ok(())
        })
    }

    /// An agent puts tags on and takes tags off, as the product once let them.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn retag(&self, contact_id: i64, on: &[&str], off: &[&str]) -> Result<(), UnknownId> {
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<String>>();
        let (on, off) = (owned(on), owned(off));
        self.with(|store, _| {
            store.tags.extend(on.iter().cloned());
            store.contacts.retag(contact_id, &on, &off).map(|_| ()).ok_or(UnknownId(contact_id))
        })
    }

    /// An agent takes a contact out of the contacts view. No event tells of it.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn delete(&self, contact_id: i64) -> Result<(), UnknownId> {
        self.with(|store, _| store.contacts.set_deleted(contact_id, true).ok_or(UnknownId(contact_id)))
    }

    /// A deleted contact comes back into the contacts view.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn restore(&self, contact_id: i64) -> Result<(), UnknownId> {
        self.with(|store, _| store.contacts.set_deleted(contact_id, false).ok_or(UnknownId(contact_id)))
    }

    /// A person asks to be erased: every contact with the address is gone for good, with its
    /// conversations.
    pub fn erase(&self, email: &str) {
        self.with(|store, _| {
            store.events.push(&Happening::ErasureRequested(email), &store.settings);
            let ids: Vec<i64> = store.contacts.with_email(email).map(|contact| contact.id).collect();
            for id in ids {
                store.contacts.erase(id);
                store.conversations.erase_of(id);
            }
        });
    }

    /// A person opts out of all e-mail.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn unsubscribe(&self, contact_id: i64) -> Result<(), UnknownId> {
        self.with(|store, _| {
            let contact = store.contacts.get(contact_id).ok_or(UnknownId(contact_id))?;
            store.unsubscribed.extend(contact.email().map(str::to_lowercase));
            store.events.push(&Happening::Unsubscribed(contact), &store.settings);
            Ok(())
        })
    }

    /// Whether an address gets no e-mail any more.
    #[must_use]
    pub fn is_unsubscribed(&self, email: &str) -> bool {
        self.with(|store, _| store.unsubscribed.contains(&email.to_lowercase()))
    }

    /// A new conversation with a contact.
    ///
    /// # Errors
    /// If there is no such contact.
    pub fn start_conversation(&self, contact_id: i64) -> Result<i64, UnknownId> {
        self.with(|store, now_ms| {
            store.contacts.get(contact_id).ok_or(UnknownId(contact_id))?;
            Ok(store.start_conversation(contact_id, now_ms))
        })
    }

    /// A message in a conversation, which comes to the top.
    ///
    /// # Errors
    /// If there is no such conversation.
    pub fn message(&self, conversation_id: i64) -> Result<(), UnknownId> {
        self.with(|store, now_ms| store.message(conversation_id, now_ms).ok_or(UnknownId(conversation_id)))
    }

    /// An agent changes a conversation's status; it comes to the top.
    ///
    /// # Errors
    /// If there is no such conversation.
    pub fn set_status(&self, conversation_id: i64, status: Status) -> Result<(), UnknownId> {
        self.with(|store, now_ms| {
            let touched = store.conversations.touch(conversation_id, Some(status), now_ms);
            touched.map(|_| ()).ok_or(UnknownId(conversation_id))
        })
    }

    /// An admin removes the app from the workspace: every token is dead.
    pub fn disconnect(&self) {
        self.with(|store, _| store.disconnect());
    }

    /// The contacts in the contacts view as the API shows them, by id.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<i64, Json> {
        self.with(|store, _| {
            let live = store.contacts.list_after(None);
            live.map(|contact| (contact.id, store.shown(contact))).collect()
        })
    }

    /// One contact as the API shows it, deleted or not.
    #[must_use]
    pub fn contact(&self, contact_id: i64) -> Option<Json> {
        self.with(|store, _| store.contacts.get(contact_id).map(|contact| store.shown(contact)))
    }

    /// The contacts in the contacts view with this address, whatever its case, by id.
    #[must_use]
    pub fn ids_of(&self, email: &str) -> Vec<i64> {
        self.with(|store, _| {
            let live = store.contacts.with_email(email).filter(|contact| !contact.deleted);
            live.map(|contact| contact.id).collect()
        })
    }

    /// How much there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.with(|store, _| {
            let mut counts = Counts { conversations: store.conversations.len(), ..Counts::default() };
            for Contact { deleted, in_chat, .. } in store.contacts.all() {
                counts.contacts += usize::from(!deleted);
                counts.deleted += usize::from(*deleted);
                counts.in_chat += usize::from(*in_chat && !deleted);
            }
            counts
        })
    }

    /// What the webhook was, or would have been, told after the event of this number; 0 for all that
    /// are kept.
    #[must_use]
    pub fn events_after(&self, serial: u64) -> Vec<Event> {
        self.with(|store, _| store.events.after(serial))
    }

    /// Runs something on the store. The lock is never held across an await: there is none in here.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Store, i64) -> T) -> T {
        let now_ms = self.clock.now_ms();
        work(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner), now_ms)
    }
}

impl Store {
    /// A person says something in the chat and gives an address and attributes.
    fn chat(
        &mut self,
        known: Option<i64>,
        external_id: Option<&str>,
        email: &str,
        attributes: &[(&str, Json)],
        now_ms: i64,
    ) -> i64 {
        self.define_all(attributes);
        let mut edits = edits(attributes);
        edits.insert("email".to_owned(), Edit::Set(email.into()));
        edits.insert("last_active".to_owned(), Edit::Set(now_ms.into()));
        let id = match known {
            Some(id) => {
                self.contacts.set_deleted(id, false);
                let mut diff = self.contacts.change(id, edits).unwrap_or_default();
                diff.retain(|one| one.name != "last_active");
                self.announce(id, &diff, now_ms);
                id
            }
            None => {
                let external_id = external_id.map(str::to_owned);
                self.contacts.insert(NewContact { external_id, in_chat: true, edits }, now_ms)
            }
        };
        self.contacts.set_in_chat(id);
        if let (None, Some(contact)) = (known, self.contacts.get(id)) {
            self.events.push(&Happening::Identified(contact), &self.settings);
        }
        match self.conversations.latest_of(id) {
            Some(conversation_id) => _ = self.message(conversation_id, now_ms),
            None => _ = self.start_conversation(id, now_ms),
        }
        id
    }

    /// Starts a conversation and tells the webhook.
    pub(super) fn start_conversation(&mut self, contact_id: i64, now_ms: i64) -> i64 {
        let id = self.conversations.start(contact_id, now_ms);
        if let Some(conversation) = self.conversations.get(id) {
            self.events.push(&Happening::Started(conversation), &self.settings);
        }
        id
    }

    fn message(&mut self, conversation_id: i64, now_ms: i64) -> Option<()> {
        let conversation = self.conversations.touch(conversation_id, Some(Status::Open), now_ms)?;
        self.events.push(&Happening::Message(conversation), &self.settings);
        Some(())
    }

    /// Defines what attributes are not known yet; a value that has no type leaves it undefined.
    pub(super) fn define_all(&mut self, attributes: &[(&str, Json)]) {
        for (name, value) in attributes {
            self.catalogue.define_by(name, value);
        }
    }

    /// Revokes every token and tells the webhook.
    pub(super) fn disconnect(&mut self) {
        self.tokens.revoke_all();
        self.events.push(&Happening::Disconnected, &self.settings);
    }
}

/// What a person writes: everything goes, and null empties.
fn edits(attributes: &[(&str, Json)]) -> Edits {
    let edit = |value: &Json| match value {
        Json::Null => Edit::Clear,
        value => Edit::Set(value.clone()),
    };
    attributes.iter().map(|(name, value)| ((*name).to_owned(), edit(value))).collect()
}
