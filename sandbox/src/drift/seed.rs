//! A workspace as it could be after some years of use.
//!
//! Who was in a chat has a conversation; one in five came in otherwise and has none, so nothing points at
//! them and only a search by address finds them. The same people give the same workspace, whatever the
//! day: only its times move along with the clock.

use super::attributes::{AttributeType, Edit, Edits};
use super::contacts::NewContact;
use super::store::Store;
use super::workspace::Workspace;
use crate::people::Person;
use serde_json::{Value as Json, json};

/// Between two contacts of the past, in milliseconds: an hour.
const BETWEEN_MS: i64 = 3_600_000;

/// Every so-manieth contact never was in a chat.
const NO_CHAT_EVERY: usize = 5;

/// Every so-manieth has the whole name as its first name, as the vendor's own samples have.
const WHOLE_FIRST_NAME_EVERY: usize = 3;

/// Every so-manieth is a qualified lead.
const QUALIFIED_EVERY: usize = 4;

/// Every so-manieth carries a tag, where the workspace still has tags.
const TAGGED_EVERY: usize = 6;

const STAGES: [&str; 3] = ["New", "Contacted", "Customer"];

const TAG: &str = "VIP";

impl Workspace {
    /// Fills the workspace with these people, the first of them the longest there. Gives their contacts'
    /// ids in the same order. The webhook is not told of the past.
    pub fn seed(&self, people: &[Person]) -> Vec<i64> {
        self.with(|store, now_ms| {
            store.catalogue.define("company", AttributeType::String);
            store.catalogue.define("title", AttributeType::String);
            store.tags.insert(TAG.to_owned());
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let start_ms = now_ms.saturating_sub(count.saturating_mul(BETWEEN_MS));
            let times = (0..).map(|nth| start_ms + nth * BETWEEN_MS);
            people.iter().zip(times).map(|(person, at_ms)| store.seed_one(person, at_ms)).collect()
        })
    }
}

impl Store {
    fn seed_one(&mut self, person: &Person, at_ms: i64) -> i64 {
        let every = |period| person.number.is_multiple_of(period);
        let in_chat = !every(NO_CHAT_EVERY);
        let mut edits = attributes(person);
        let mut set = |name: &str, value: Json| edits.insert(name.to_owned(), Edit::Set(value));
        if every(WHOLE_FIRST_NAME_EVERY) && !person.name.full().is_empty() {
            set("first_name", person.name.full().into());
        }
        if every(QUALIFIED_EVERY) {
            let stage = STAGES.iter().cycle().nth(person.number % STAGES.len());
            set("lead_stage", json!(stage));
            set("cql_score", json!(person.number % 3 + 1));
        }
        if in_chat {
            set("last_active", at_ms.into());
        }
        let id = self.contacts.insert(NewContact { external_id: None, in_chat, edits }, at_ms);
        if every(TAGGED_EVERY) {
            self.contacts.retag(id, &[TAG.to_owned()], &[]);
        }
        if in_chat {
            self.conversations.start(id, at_ms);
        }
        id
    }
}

/// A person as a chat app holds them: one address, one number, a name in one piece.
fn attributes(person: &Person) -> Edits {
    let name = Some(person.name.full()).filter(|name| !name.is_empty());
    let first = |values: &[crate::people::Labelled]| values.first().map(|first| first.value.clone());
    let pairs = [
        ("name", name),
        ("email", first(&person.emails)),
        ("phone", first(&person.phones)),
        ("company", person.company.clone()),
        ("title", person.title.clone()),
        ("city", person.address.as_ref().map(|address| address.city.clone())),
        ("country", person.address.as_ref().map(|address| address.country.clone())),
    ];
    let held = pairs.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    held.filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), Edit::Set(value.into())))
        .collect()
}
