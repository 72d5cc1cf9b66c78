//! `people.searchContacts`: a cache that begins to follow only when it is asked.
//!
//! Google's documents say to send an empty query first and to wait some seconds. So here a search sees
//! the address book as the index was at the search before it; the first one ever sees nothing.
//!
//! Every word begins a phrase: "foo name" is found by `f`, `foo n` and `nam`, and not by `oo n`.
//! <https://developers.google.com/people/api/rest/v1/people/searchContacts>

use super::contact::{Contact, Key};
use super::feed::{Event, State};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// The most characters of a phrase that the index keeps; longer queries are compared with the contact.
const MAX_PHRASE_CHARS: usize = 48;

/// The cache.
#[derive(Debug, Default)]
pub(super) struct Search {
    waiting: VecDeque<Event>,
    phrases: BTreeSet<(String, Key)>,
    held: HashMap<Key, Arc<Contact>>,
    asked_ms: Option<i64>,
}

impl Search {
    /// Takes a change to be found when it is due and somebody asked after that.
    pub(super) fn publish(&mut self, event: Event) {
        self.waiting.push_back(event);
    }

    /// Contacts of which a word or a phrase begins with the query. The empty query finds nobody: it is
    /// the warm-up.
    pub(super) fn find(&mut self, query: &str, limit: usize, now_ms: i64) -> Vec<Arc<Contact>> {
        if let Some(asked_ms) = self.asked_ms.replace(now_ms) {
            self.settle(asked_ms);
        }
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return Vec::new();
        }
        let start: String = query.chars().take(MAX_PHRASE_CHARS).collect();
        let mut found = BTreeSet::new();
        for (phrase, key) in self.phrases.range((start.clone(), Key(0))..) {
            if !phrase.starts_with(&start) || found.len() == limit {
                break;
            }
            let whole = start.len() == query.len()
                || self
                    .held
                    .get(key)
                    .is_some_and(|contact| all_phrases(contact).any(|it| it.starts_with(&query)));
            if whole {
                found.insert(*key);
            }
        }
        found.iter().filter_map(|key| self.held.get(key).cloned()).collect()
    }

    fn settle(&mut self, until_ms: i64) {
        while self.waiting.front().is_some_and(|event| event.due_ms <= until_ms) {
            let Some(event) = self.waiting.pop_front() else { return };
            if let Some(old) = self.held.remove(&event.key) {
                for phrase in indexed(&old) {
                    self.phrases.remove(&(phrase, event.key));
                }
            }
            if let State::Live(contact) = event.state {
                self.phrases.extend(indexed(&contact).map(|phrase| (phrase, event.key)));
                self.held.insert(event.key, contact);
            }
        }
    }
}

fn indexed(contact: &Contact) -> impl Iterator<Item = String> {
    all_phrases(contact).map(|phrase| phrase.chars().take(MAX_PHRASE_CHARS).collect())
}

/// What a contact is found by, in lower case: from each beginning of a word to the end of the value.
fn all_phrases(contact: &Contact) -> impl Iterator<Item = String> {
    const SEARCHED: [(&str, &str); 6] = [
        ("names", "displayName"),
        ("nicknames", "value"),
        ("emailAddresses", "value"),
        ("phoneNumbers", "value"),
        ("phoneNumbers", "canonicalForm"),
        ("organizations", "name"),
    ];
    SEARCHED.into_iter().flat_map(move |(path, key)| {
        let items = contact.fields.get(path).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(move |item| item.get(key).and_then(Json::as_str)).flat_map(phrases)
    })
}

fn phrases(value: &str) -> std::vec::IntoIter<String> {
    let value = value.to_lowercase();
    let mut in_word = false;
    let starts: Vec<usize> = value
        .char_indices()
        .filter(|(_, each)| {
            let starts = each.is_alphanumeric() && !in_word;
            in_word = each.is_alphanumeric();
            starts
        })
        .map(|(at, _)| at)
        .collect();
    // The value itself counts as well, when it begins with a sign such as `+`.
    let whole = (starts.first() != Some(&0)).then_some(0);
    whole
        .into_iter()
        .chain(starts)
        .filter_map(move |at| value.get(at..).map(str::to_owned))
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::google::contact::Fields;
    use serde_json::json;

    fn check(query: &str, finds: bool) {
        let fields = Fields::from([("names", vec![json!({ "displayName": "foo name" })])]);
        let contact = Contact {
            key: Key(9),
            revision: 1,
            updated_ms: 0,
            fields,
            groups: BTreeSet::new(),
            previous: Vec::new(),
        };
        let mut search = Search::default();
        search.publish(Event { due_ms: 5, key: Key(9), state: State::Live(Arc::new(contact)) });
        assert!(search.find(query, 10, 5).is_empty(), "found without a warm-up");
        assert_eq!(!search.find(query, 10, 6).is_empty(), finds, "{query}");
    }

    #[test]
    fn only_beginnings_of_words_are_found() {
        for query in ["f", "Foo N", "nam", "foo name", " name "] {
            check(query, true);
        }
        for query in ["oo n", "ame", "foo names", "", "foo  name"] {
            check(query, false);
        }
    }

    #[test]
    fn addresses_and_numbers_are_found_by_their_beginnings() {
        let list = |value: &str| phrases(value).collect::<Vec<_>>();
        assert_eq!(list("Ann.Lee@X"), ["ann.lee@x", "lee@x", "x"]);
        assert_eq!(list("+32 471"), ["+32 471", "32 471", "471"]);
    }
}
