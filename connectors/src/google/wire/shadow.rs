//! What the next write of a contact needs again: its etags, and each array as Google holds it.
//!
//! A write replaces whole arrays, so labels, entries and sub-fields that no mapping knows must be sent back.
//! A shadow is never a source of values for anybody else.

use super::field::{ARRAYS, NAME_PARTS};
use super::person::{Person, text};
use super::{CONTACT, Entry};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The shape's version: a shadow of another one is read again from Google.
const VERSION: u8 = 1;
/// Lists of people show this many e-mail addresses and telephone numbers at most
/// (<https://developers.google.com/people/api/rest/v1/people.connections/list>).
const LISTED_ENTRIES: usize = 100;
/// What Google works out of the rest, in any array.
const OUTPUT_KEYS: [&str; 4] = ["metadata", "formattedType", "canonicalForm", "formattedProtocol"];
/// The parts of an address from which Google makes `formattedValue`.
const ADDRESS_PARTS: [&str; 8] =
    ["streetAddress", "extendedAddress", "poBox", "city", "region", "postalCode", "country", "countryCode"];

/// A contact's etags and arrays.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::google) struct Shadow {
    #[serde(rename = "v")]
    version: u8,
    #[serde(rename = "e")]
    person_etag: String,
    #[serde(rename = "i")]
    source_id: String,
    #[serde(rename = "s")]
    source_etag: String,
    /// The arrays that are not empty.
    #[serde(rename = "f")]
    pub(in crate::google) arrays: BTreeMap<String, Vec<Entry>>,
}

impl Shadow {
    /// The shadow of a person as it was just read.
    ///
    /// # Errors
    /// What is wrong with the person's shape.
    pub(in crate::google) fn of(person: &Person) -> Result<Self, &'static str> {
        let source = person.contact_source().ok_or("a person without a contact source")?;
        let mut arrays = BTreeMap::new();
        for array in ARRAYS {
            let entries = person.entries(array)?;
            if !entries.is_empty() {
                let kept = entries.into_iter().map(|entry| input_only(array, entry)).collect();
                arrays.insert(array.to_owned(), kept);
            }
        }
        Ok(Self {
            version: VERSION,
            person_etag: person.etag.clone(),
            source_id: source.id.clone(),
            source_etag: source.etag.clone(),
            arrays,
        })
    }

    /// The shadow in a record; `None` if there is none that this version can read.
    pub(in crate::google) fn parse(text: Option<&str>) -> Option<Self> {
        let shadow: Self = serde_json::from_str(text?).ok()?;
        (shadow.version == VERSION).then_some(shadow)
    }

    /// As a record keeps it.
    pub(in crate::google) fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Whether the array may be longer than what we saw of it.
    pub(in crate::google) fn may_be_cut(&self, array: &str) -> bool {
        matches!(array, "emailAddresses" | "phoneNumbers")
            && self.arrays.get(array).is_some_and(|entries| entries.len() >= LISTED_ENTRIES)
    }

    /// The person of an update, without its arrays. Both etags: the documents ask for the source's, practice
    /// looks at the person's.
    pub(in crate::google) fn conditions(&self, resource_name: &str) -> Entry {
        let source = json!({ "type": CONTACT, "id": self.source_id, "etag": self.source_etag });
        let mut person = Entry::new();
        person.insert("resourceName".to_owned(), json!(resource_name));
        person.insert("etag".to_owned(), json!(self.person_etag));
        person.insert("metadata".to_owned(), json!({ "sources": [source] }));
        person
    }
}

/// An entry without what Google works out itself.
fn input_only(array: &str, entry: &Entry) -> Entry {
    let mut kept = entry.clone();
    for key in OUTPUT_KEYS {
        kept.remove(key);
    }
    // The one thing in there that is ours to say: which entry the user prefers.
    let preferred = entry.get("metadata").and_then(|metadata| metadata.get("sourcePrimary"));
    if preferred.and_then(Json::as_bool) == Some(true) {
        kept.insert("metadata".to_owned(), json!({ "sourcePrimary": true }));
    }
    let has_any = |keys: &[&str]| keys.iter().any(|key| text(entry, key).is_some());
    match array {
        "names" => {
            kept.remove("displayName");
            kept.remove("displayNameLastFirst");
            // Sent together with the parts it would be ignored, or worse, believed.
            if has_any(&NAME_PARTS) {
                kept.remove("unstructuredName");
            }
        }
        "addresses" if has_any(&ADDRESS_PARTS) => {
            kept.remove("formattedValue");
        }
        "birthdays" if entry.contains_key("date") => {
            kept.remove("text");
        }
        _ => {}
    }
    kept
}
