//! What the vendor holds, and the log of every state it ever held.

use super::app::{Calls, Written};
use super::faults::Fate;
use super::traits::Traits;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use syntony_core::ids::{AccountId, ContactId, OpKey, Tag};
use syntony_core::record::{Fields, Record, Subscription, Version};
use syntony_core::value::Value;
use tokio::time::Instant;

/// The vendor's clock starts here: 2024-01-01T00:00:00Z, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_704_067_200_000;

/// Everything behind the lock of an app.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) name: String,
    pub(super) traits: Traits,
    pub(super) account: AccountId,
    pub(super) fate: Fate,
    pub(super) written: Vec<Written>,
    pub(super) calls: Calls,
    /// How many writes are under way, and the most there ever were.
    pub(super) writers: usize,
    pub(super) writers_peak: usize,
    /// Cursors of an earlier generation have expired.
    pub(super) generation: u64,
    contacts: BTreeMap<ContactId, Arc<Contact>>,
    events: Vec<Event>,
    ids_given: u64,
    origin: Instant,
}

/// A contact at one moment.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    /// What is filled in; an empty field is not here.
    pub(super) fields: Fields,
    pub(super) tags: BTreeSet<Tag>,
    pub(super) subscription: Subscription,
    pub(super) created_ms: i64,
    pub(super) marker: Option<OpKey>,
    pub(super) life: Life,
    /// Whether the API's user may see it.
    pub(super) hidden: bool,
    /// Contacts that were merged into this one, and ids that it had before.
    pub(super) previous_ids: Vec<ContactId>,
    /// The event that made it what it is, counted from one.
    pub(super) version: u64,
}

/// Whether a contact is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Live,
    Deleted,
    MergedInto(ContactId),
    /// The vendor gave it another id.
    RenamedTo(ContactId),
}

/// One contact became something else.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) at_ms: u64,
    pub(super) id: ContactId,
    pub(super) contact: Arc<Contact>,
    pub(super) source: Source,
}

/// Where an event shows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In a conversation: that is how a discovering vendor's contacts become known.
    Conversation,
    /// In the address book, or through the API: only a vendor that lists its contacts shows it.
    Book,
}

impl Store {
    pub(super) fn new(name: &str, traits: Traits, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            traits,
            account: AccountId::new(format!("{name}-account")),
            fate: Fate::new(seed),
            written: Vec::new(),
            calls: Calls::default(),
            writers: 0,
            writers_peak: 0,
            generation: 0,
            contacts: BTreeMap::new(),
            events: Vec::new(),
            ids_given: 0,
            origin: Instant::now(),
        }
    }

    /// Milliseconds since the app was made, on tokio's clock.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn contact(&self, id: &ContactId) -> Option<&Contact> {
        self.contacts.get(id).map(Arc::as_ref)
    }

    pub(super) fn contacts(&self) -> impl Iterator<Item = (&ContactId, &Contact)> {
        self.contacts.iter().map(|(id, contact)| (id, contact.as_ref()))
    }

    pub(super) fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events the feed shows by now. What lags is always the end of the log.
    pub(super) fn visible(&self) -> usize {
        let now_ms = self.now_ms();
        self.events.partition_point(|event| event.at_ms.saturating_add(self.traits.feed_lag_ms) <= now_ms)
    }

    /// A new contact.
    pub(super) fn insert(
        &mut self,
        fields: Fields,
        tags: BTreeSet<Tag>,
        marker: Option<OpKey>,
        source: Source,
    ) -> ContactId {
        let id = self.next_id();
        let now_ms = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let contact = Contact {
            fields: BTreeMap::new(),
            tags,
            subscription: Subscription::Unknown,
            created_ms: EPOCH_MS.saturating_add(now_ms),
            marker,
            life: Life::Live,
            hidden: false,
            previous_ids: Vec::new(),
            version: 0,
        };
        self.record(id.clone(), contact, source, |contact| contact.fields = fields);
        id
    }

    fn next_id(&mut self) -> ContactId {
        self.ids_given += 1;
        ContactId::new(format!("{}-{}", self.name, self.ids_given))
    }

    /// Gives a contact another id. The old one is gone in the feed, and leads to the new one in a read.
    pub(super) fn rename(&mut self, old: &ContactId) -> Option<ContactId> {
        let contact = self.contact(old).filter(|contact| contact.life == Life::Live)?.clone();
        let new = self.next_id();
        self.change(old, Source::Book, |contact| contact.life = Life::RenamedTo(new.clone()));
        self.record(new.clone(), contact, Source::Book, |contact| contact.previous_ids.push(old.clone()));
        Some(new)
    }

    /// Changes a contact that the vendor knows, and logs it. `false`: there is none of that id.
    pub(super) fn change(
        &mut self,
        id: &ContactId,
        source: Source,
        change: impl FnOnce(&mut Contact),
    ) -> bool {
        let Some(contact) = self.contacts.get(id).map(|contact| Contact::clone(contact)) else {
            return false;
        };
        self.record(id.clone(), contact, source, change);
        true
    }

    fn record(
        &mut self,
        id: ContactId,
        mut contact: Contact,
        source: Source,
        change: impl FnOnce(&mut Contact),
    ) {
        change(&mut contact);
        contact.fields = std::mem::take(&mut contact.fields)
            .into_iter()
            .map(|(name, value)| (name.clone(), self.traits.formed(&name, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        contact.version = self.events.len() as u64 + 1;
        let contact = Arc::new(contact);
        self.contacts.insert(id.clone(), Arc::clone(&contact));
        self.events.push(Event { at_ms: self.now_ms(), id, contact, source });
    }

    /// Changes who may see a contact. No event: a vendor's feed does not tell of it.
    pub(super) fn set_hidden(&mut self, id: &ContactId, hidden: bool) -> bool {
        let Some(contact) = self.contacts.get_mut(id) else { return false };
        Arc::make_mut(contact).hidden = hidden;
        true
    }

    /// The contact as the API gives it: whole, so that an empty field is observed as empty.
    pub(super) fn observe(&self, contact: &Contact) -> Record {
        let mut fields: Fields =
            self.traits.schema.fields().iter().map(|spec| (spec.name.clone(), Value::Null)).collect();
        fields.extend(contact.fields.clone());
        let order = self.traits.order_numbers.then(|| i64::try_from(contact.version).unwrap_or(i64::MAX));
        Record {
            version: Version { tag: format!("v{}", contact.version), order },
            fields,
            tags: self.traits.tags.then(|| contact.tags.clone()),
            subscription: contact.subscription.clone(),
            created_ms: Some(contact.created_ms),
            marker: contact.marker.clone(),
            shadow: None,
        }
    }

    /// Whether the contact holds one of these e-mail addresses, which are in comparison form.
    pub(super) fn holds_address(&self, contact: &Contact, addresses: &BTreeSet<String>) -> bool {
        use syntony_core::schema::Kind;
        self.traits
            .schema
            .fields()
            .iter()
            .filter(|spec| spec.kind == Kind::Email)
            .filter_map(|spec| contact.fields.get(&spec.name))
            .flat_map(texts)
            .any(|text| addresses.contains(&comparison_form(text)))
    }

    /// The comparison forms of the e-mail addresses among `fields`.
    pub(super) fn addresses(&self, fields: &Fields) -> BTreeSet<String> {
        use syntony_core::schema::Kind;
        fields
            .iter()
            .filter(|(name, _)| {
                self.traits.schema.field(name.as_str()).is_some_and(|spec| spec.kind == Kind::Email)
            })
            .flat_map(|(_, value)| texts(value))
            .map(comparison_form)
            .collect()
    }
}

/// E-mail addresses compare trimmed and without case.
pub(super) fn comparison_form(address: &str) -> String {
    address.trim().to_lowercase()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::List(items) => items.iter().filter_map(|item| item.value.as_text()).collect(),
        single => single.as_text().into_iter().collect(),
    }
}
