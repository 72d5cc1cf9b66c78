//! The contacts of a workspace: revisions, uniqueness, search.
//!
//! Invariants: a contact's version rises by one with every write, whatever the write says; ids rise and
//! are never used again; every index agrees with the contacts after every call. Search by e-mail costs
//! what it finds, whatever the number of contacts.

use super::attributes::{Edit, Edits};
use super::problem::{ContactCode, Problem};
use super::settings::{EmailFilter, LegacyTags};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The first contact's id. Real ids exceed 2^32, and so do these: no 32-bit number holds one.
const FIRST_ID: i64 = 15_811_408_544;

/// Revision of a new contact; one with an external id has been through one more step.
const FIRST_VERSION: u64 = 3;

/// A person's record.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) id: i64,
    pub(super) created_at_ms: i64,
    pub(super) external_id: Option<String>,
    pub(super) version: u64,
    /// Whether the person was ever identified in a chat.
    pub(super) in_chat: bool,
    /// Whether it was taken out of the contacts view.
    pub(super) deleted: bool,
    pub(super) attributes: BTreeMap<String, Json>,
    pub(super) tags: BTreeSet<String>,
}

impl Contact {
    /// Its e-mail address, if it has one.
    pub(super) fn email(&self) -> Option<&str> {
        self.attributes.get("email").and_then(Json::as_str)
    }

    /// As the API shows it.
    pub(super) fn wire(&self, tags: LegacyTags) -> Json {
        self.wire_at(self.version, tags)
    }

    /// As the API shows it, under another version: the answer to a PATCH shows the old one.
    pub(super) fn wire_at(&self, version: u64, tags: LegacyTags) -> Json {
        let mut attributes: Map<String, Json> =
            self.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        for name in ["_END_USER_VERSION", "_end_user_version", "_calculated_version"] {
            attributes.insert(name.to_owned(), version.into());
        }
        for name in ["socialProfiles", "events"] {
            attributes.insert(name.to_owned(), json!({}));
        }
        attributes.insert("start_date".to_owned(), self.created_at_ms.into());
        attributes.insert("externalId".to_owned(), self.external_id.clone().into());
        if let Some(external_id) = &self.external_id {
            attributes.insert("external_id".to_owned(), external_id.clone().into());
        }
        // An old habit of the vendor: contacts without an external id show a list of tags even where
        // tags are gone.
        if tags == LegacyTags::On || self.external_id.is_none() {
            attributes.insert("tags".to_owned(), self.tags_wire());
        }
        json!({"id": self.id, "createdAt": self.created_at_ms, "attributes": attributes})
    }

    /// Its tags as the API shows them.
    pub(super) fn tags_wire(&self) -> Json {
        self.tags.iter().map(|name| json!({"name": name, "color": "0960C5"})).collect()
    }
}

/// A contact to be.
#[derive(Debug, Default)]
pub(super) struct NewContact {
    pub(super) external_id: Option<String>,
    pub(super) in_chat: bool,
    pub(super) edits: Edits,
}

/// One attribute that a write changed, for `contact_updated`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Diff {
    pub(super) name: String,
    pub(super) previous: Json,
    pub(super) updated: Json,
}

/// All contacts.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    by_id: BTreeMap<i64, Contact>,
    /// By lower-cased e-mail address, deleted ones included: several may share one.
    by_email: BTreeMap<String, BTreeSet<i64>>,
    by_external_id: BTreeMap<String, i64>,
    given_ids: i64,
}

impl Contacts {
    /// Creates a contact without asking whether there is one like it.
    pub(super) fn insert(&mut self, new: NewContact, now_ms: i64) -> i64 {
        let id = FIRST_ID + self.given_ids;
        // Uneven steps: nobody may count on neighbours.
        self.given_ids += 1 + self.given_ids % 7;
        let version = FIRST_VERSION + u64::from(new.external_id.is_some());
        let mut contact = Contact {
            id,
            created_at_ms: now_ms,
            external_id: new.external_id,
            version,
            in_chat: new.in_chat,
            deleted: false,
            attributes: BTreeMap::new(),
            tags: BTreeSet::new(),
        };
        apply(&mut contact, new.edits);
        if let Some(external_id) = &contact.external_id {
            self.by_external_id.insert(external_id.clone(), id);
        }
        index(&mut self.by_email, &contact);
        self.by_id.insert(id, contact);
        id
    }

    /// Creates a contact as the API does: `externalId` must be new; without one, the address must be.
    /// With one, the address is not looked at.
    /// <https://devdocs.drift.com/docs/creating-a-contact>
    ///
    /// # Errors
    /// CONTACT-7 without an address, CONTACT-6 if there is such a contact.
    pub(super) fn create(
        &mut self,
        new: NewContact,
        filter: EmailFilter,
        now_ms: i64,
    ) -> Result<i64, Problem> {
        let Some(Edit::Set(Json::String(email))) = new.edits.get("email") else {
            return Err(Problem::contact(ContactCode::NoEmail, "email is required"));
        };
        let taken = match &new.external_id {
            Some(external_id) => self.by_external_id.contains_key(external_id),
            None => self.find_by_email(email, filter).next().is_some(),
        };
        if taken {
            return Err(Problem::contact(ContactCode::Conflict, "contact already existing with a given id"));
        }
        Ok(self.insert(new, now_ms))
    }

    /// Changes attributes. Every call is a revision, also one that changes nothing.
    pub(super) fn change(&mut self, id: i64, edits: Edits) -> Option<Vec<Diff>> {
        let contact = self.by_id.get_mut(&id)?;
        unindex(&mut self.by_email, contact);
        let diff = apply(contact, edits);
        contact.version += 1;
        index(&mut self.by_email, contact);
        Some(diff)
    }

    /// Puts tags on and takes tags off. A revision as well.
    pub(super) fn retag(&mut self, id: i64, on: &[String], off: &[String]) -> Option<&Contact> {
        let contact = self.by_id.get_mut(&id)?;
        contact.tags.extend(on.iter().cloned());
        contact.tags.retain(|tag| !off.contains(tag));
        contact.version += 1;
        Some(contact)
    }

    /// Takes a contact out of the contacts view, or brings it back. It stays readable by id; whether the
    /// API says so is the workspace's setting.
    pub(super) fn set_deleted(&mut self, id: i64, deleted: bool) -> Option<()> {
        self.by_id.get_mut(&id)?.deleted = deleted;
        Some(())
    }

    /// Notes that the person was identified in a chat.
    pub(super) fn set_in_chat(&mut self, id: i64) {
        if let Some(contact) = self.by_id.get_mut(&id) {
            contact.in_chat = true;
        }
    }

    /// Erases a contact for good.
    pub(super) fn erase(&mut self, id: i64) -> Option<Contact> {
        let contact = self.by_id.remove(&id)?;
        unindex(&mut self.by_email, &contact);
        if let Some(external_id) = &contact.external_id {
            self.by_external_id.remove(external_id);
        }
        Some(contact)
    }

    /// The contact with this id, deleted or not.
    pub(super) fn get(&self, id: i64) -> Option<&Contact> {
        self.by_id.get(&id)
    }

    /// The contact with this external id, deleted or not.
    pub(super) fn get_external(&self, external_id: &str) -> Option<&Contact> {
        self.by_external_id.get(external_id).and_then(|id| self.by_id.get(id))
    }

    /// Contacts in the contacts view with this address, by id.
    pub(super) fn find_by_email(&self, email: &str, filter: EmailFilter) -> impl Iterator<Item = &Contact> {
        self.with_email(email).filter(|contact| !contact.deleted).filter(move |contact| match filter {
            EmailFilter::Folded => true,
            EmailFilter::Exact => contact.email() == Some(email),
        })
    }

    /// Contacts with this address in any case, deleted ones included, by id.
    pub(super) fn with_email(&self, email: &str) -> impl DoubleEndedIterator<Item = &Contact> {
        let ids = self.by_email.get(&email.to_lowercase()).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// Contacts in the contacts view after this id, by id.
    pub(super) fn list_after(&self, after: Option<i64>) -> impl Iterator<Item = &Contact> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id
            .range((from, Bound::Unbounded))
            .map(|(_, contact)| contact)
            .filter(|contact| !contact.deleted)
    }

    /// All of them, deleted ones included, by id.
    pub(super) fn all(&self) -> impl Iterator<Item = &Contact> {
        self.by_id.values()
    }
}

/// Applies edits and says what they changed.
fn apply(contact: &mut Contact, edits: Edits) -> Vec<Diff> {
    let mut diffs = Vec::new();
    for (name, edit) in edits {
        let previous = match &edit {
            Edit::Set(value) => contact.attributes.insert(name.clone(), value.clone()),
            Edit::Clear => contact.attributes.remove(&name),
        };
        let previous = previous.unwrap_or(Json::Null);
        let updated = match edit {
            Edit::Set(value) => value,
            Edit::Clear => Json::Null,
        };
        if previous != updated {
            diffs.push(Diff { name, previous, updated });
        }
    }
    diffs
}

fn index(by_email: &mut BTreeMap<String, BTreeSet<i64>>, contact: &Contact) {
    if let Some(email) = contact.email() {
        by_email.entry(email.to_lowercase()).or_default().insert(contact.id);
    }
}

fn unindex(by_email: &mut BTreeMap<String, BTreeSet<i64>>, contact: &Contact) {
    let Some(key) = contact.email().map(str::to_lowercase) else { return };
    if let Some(ids) = by_email.get_mut(&key) {
        ids.remove(&contact.id);
        if ids.is_empty() {
            by_email.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EmailFilter::{Exact, Folded};
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn set(pairs: &[(&str, &str)]) -> Edits {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Edit::Set(json!(value)))).collect()
    }

    fn person(email: &str, external_id: Option<&str>) -> NewContact {
        NewContact {
            external_id: external_id.map(str::to_owned),
            in_chat: false,
            edits: set(&[("email", email)]),
        }
    }

    fn found(contacts: &Contacts, email: &str, filter: EmailFilter) -> Vec<i64> {
        contacts.find_by_email(email, filter).map(|contact| contact.id).collect()
    }

    #[test]
    fn an_external_id_lets_one_address_in_twice_and_its_absence_does_not() {
        let mut contacts = Contacts::default();
        let mut check = |email, external_id, want: Result<(), u16>| {
            let got = contacts.create(person(email, external_id), Folded, NOW_MS);
            assert_eq!(got.map(|_| ()).map_err(|problem| problem.status()), want, "{email} {external_id:?}");
        };
        check("a@x.test", None, Ok(()));
        check("a@x.test", None, Err(409));
        check("A@x.test", None, Err(409));
        check("a@x.test", Some("u1"), Ok(()));
        check("a@x.test", Some("u2"), Ok(()));
        check("b@x.test", Some("u2"), Err(409));
        assert_eq!(found(&contacts, "a@x.test", Folded).len(), 3);
        assert!(contacts.all().all(|contact| contact.id > i64::from(u32::MAX)));
    }

    #[test]
    fn search_follows_every_change_of_address_and_every_deletion() {
        let mut contacts = Contacts::default();
        let id = contacts.insert(person("Old@x.test", None), NOW_MS);
        assert_eq!(found(&contacts, "old@x.test", Folded), [id]);
        assert!(found(&contacts, "old@x.test", Exact).is_empty());
        assert_eq!(found(&contacts, "Old@x.test", Exact), [id]);

        contacts.change(id, set(&[("email", "new@x.test")])).unwrap();
        assert!(found(&contacts, "old@x.test", Folded).is_empty());
        assert_eq!(found(&contacts, "new@x.test", Folded), [id]);

        contacts.set_deleted(id, true).unwrap();
        assert!(found(&contacts, "new@x.test", Folded).is_empty());
        assert_eq!(contacts.list_after(None).count(), 0);
        assert!(contacts.get(id).is_some());
        contacts.change(id, set(&[("email", "third@x.test")])).unwrap();
        assert!(
            found(&contacts, "third@x.test", Folded).is_empty(),
            "a write does not bring a deleted contact back"
        );

        contacts.set_deleted(id, false).unwrap();
        assert_eq!(found(&contacts, "third@x.test", Folded), [id]);
        contacts.erase(id).unwrap();
        assert!(contacts.get(id).is_none() && contacts.by_email.is_empty());
    }

    #[test]
    fn every_write_is_a_revision_also_one_that_changes_nothing() {
        let mut contacts = Contacts::default();
        let plain = contacts.insert(person("a@x.test", None), NOW_MS);
        let external = contacts.insert(person("a@x.test", Some("u1")), NOW_MS);
        assert_eq!(contacts.get(plain).unwrap().version, 3);
        assert_eq!(contacts.get(external).unwrap().version, 4);

        let diff = contacts.change(plain, set(&[("email", "a@x.test"), ("city", "C")])).unwrap();
        assert_eq!(diff, [Diff { name: "city".to_owned(), previous: Json::Null, updated: json!("C") }]);
        contacts.change(plain, Edits::new()).unwrap();
        contacts.retag(plain, &["t".to_owned()], &[]).unwrap();
        assert_eq!(contacts.get(plain).unwrap().version, 6);
    }

    #[test]
    fn a_contact_is_shown_as_the_documents_show_it() {
        let mut contacts = Contacts::default();
        let id = contacts.insert(person("a@x.test", Some("u1")), NOW_MS);
        let want = json!({"id": id, "createdAt": NOW_MS, "attributes": {
            "_END_USER_VERSION": 4, "_end_user_version": 4, "_calculated_version": 4, "socialProfiles": {},
            "externalId": "u1", "external_id": "u1", "email": "a@x.test", "events": {}, "start_date": NOW_MS}});
        assert_eq!(contacts.get(id).unwrap().wire(LegacyTags::Gone), want);

        let id = contacts.insert(person("b@x.test", None), NOW_MS);
        let shown = contacts.get(id).unwrap().wire(LegacyTags::Gone);
        assert_eq!(shown["attributes"]["externalId"], Json::Null);
        assert_eq!(shown["attributes"]["tags"], json!([]));
        assert!(shown["attributes"].get("external_id").is_none() && shown.get("updatedAt").is_none());
    }

    /// What can happen to the nth contact.
    #[derive(Clone, Debug)]
    enum Happens {
        Made(u8, Option<u8>),
        Moved(usize, u8),
        Emptied(usize),
        Deleted(usize, bool),
        Erased(usize),
    }

    fn happens() -> impl Strategy<Value = Happens> {
        prop_oneof![
            (0..4_u8, prop::option::of(0..3_u8)).prop_map(|(email, external)| Happens::Made(email, external)),
            (0..9_usize, 0..4_u8).prop_map(|(nth, email)| Happens::Moved(nth, email)),
            (0..9_usize).prop_map(Happens::Emptied),
            (0..9_usize, any::<bool>()).prop_map(|(nth, deleted)| Happens::Deleted(nth, deleted)),
            (0..9_usize).prop_map(Happens::Erased),
        ]
    }

    const ADDRESSES: [&str; 4] = ["a@x.test", "A@x.test", "b@x.test", "\u{c4}@x.test"];

    proptest! {
        #[test]
        fn search_finds_what_a_look_at_every_contact_finds(story in prop::collection::vec(happens(), 0..40)) {
            let mut contacts = Contacts::default();
            let mut ids = Vec::new();
            for step in story {
                let id = |nth: usize| ids.get(nth).copied().unwrap_or_default();
                match step {
                    Happens::Made(email, external) => {
                        let external = external.map(|number| format!("u-{number}"));
                        let email = ADDRESSES[usize::from(email)];
                        let taken = contacts.all().any(|contact| match &external {
                            Some(_) => contact.external_id == external,
                            None => contact.email() == Some(email) && !contact.deleted,
                        });
                        let made = contacts.create(person(email, external.as_deref()), Exact, NOW_MS);
                        prop_assert_eq!(made.is_err(), taken);
                        ids.extend(made);
                    }
                    Happens::Moved(nth, email) => {
                        contacts.change(id(nth), set(&[("email", ADDRESSES[usize::from(email)])]));
                    }
                    Happens::Emptied(nth) => {
                        contacts.change(id(nth), Edits::from([("email".to_owned(), Edit::Clear)]));
                    }
                    Happens::Deleted(nth, deleted) => _ = contacts.set_deleted(id(nth), deleted),
                    Happens::Erased(nth) => _ = contacts.erase(id(nth)),
                }
                for email in ADDRESSES {
                    let live = || contacts.all().filter(|contact| !contact.deleted);
                    let exact: Vec<i64> =
                        live().filter(|contact| contact.email() == Some(email)).map(|contact| contact.id).collect();
                    let folded: Vec<i64> = live()
                        .filter(|contact| contact.email().map(str::to_lowercase) == Some(email.to_lowercase()))
                        .map(|contact| contact.id)
                        .collect();
                    prop_assert_eq!(found(&contacts, email, Exact), exact);
                    prop_assert_eq!(found(&contacts, email, Folded), folded);
                }
                for number in 0..3 {
                    let name = format!("u-{number}");
                    let held = contacts.all().find(|contact| contact.external_id.as_ref() == Some(&name));
                    prop_assert_eq!(
                        contacts.get_external(&name).map(|contact| contact.id),
                        held.map(|contact| contact.id)
                    );
                }
            }
        }
    }
}
