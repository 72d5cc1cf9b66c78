//! A contact as the API shows it: the fields of the mask, with the metadata that Google adds.

use super::contact::{Contact, Key, person_etag};
use super::mask::{Mask, Sources};
use super::tidy::PREFERRED;
use crate::clock::rfc3339;
use serde_json::{Map, Value as Json, json};

/// The most e-mail addresses and telephone numbers of a person in a listing; a read tells all of them.
const MAX_LISTED_ITEMS: usize = 100;

/// Where a person is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A read, or the answer to a write: all there is.
    Plainly,
    /// A listing, which cuts long lists.
    InListing,
    /// An incremental listing, which tells former names as well.
    InDelta,
}

/// The contact. `resourceName` and `etag` come always; what is empty is left out.
pub(super) fn person(contact: &Contact, mask: &Mask, sources: Sources, told: Told) -> Json {
    let profile = sources.profile && has_profile(contact.key);
    let source_etag = contact.source_etag();
    let mut person = Map::new();
    let mut put = |key: &str, value: Json| person.insert(key.to_owned(), value);
    put("resourceName", Json::from(contact.key.to_string()));
    put("etag", Json::from(etag(mask, profile, &source_etag)));
    if mask.has("metadata") {
        let mut list = vec![json!({ "type": "CONTACT", "id": contact.key.source_id(), "etag": source_etag,
            "updateTime": rfc3339(contact.updated_ms) })];
        if profile {
            list.push(json!({ "type": "PROFILE", "id": profile_id(contact.key), "etag": "#profile=",
                "profileMetadata": { "objectType": "PERSON", "userTypes": ["GOOGLE_USER"] } }));
        }
        let mut metadata = json!({ "sources": list, "objectType": "PERSON" });
        if told == Told::InDelta {
            tell_former_names(&mut metadata, &contact.previous);
        }
        put("metadata", metadata);
    }
    for path in mask.paths() {
        let mut items =
            contact.fields.get(path).map(|items| shown(path, items, contact.key)).unwrap_or_default();
        if told != Told::Plainly && matches!(path, "emailAddresses" | "phoneNumbers") {
            items.truncate(MAX_LISTED_ITEMS);
        }
        if profile {
            items.extend(from_profile(contact, path, items.is_empty()));
        }
        if !items.is_empty() {
            put(path, Json::Array(items));
        }
    }
    if mask.has("memberships") {
        put("memberships", memberships(contact));
    }
    if mask.has("photos") {
        put("photos", photos(contact.key));
    }
    Json::Object(person)
}

/// What a delta tells of a contact that is gone: hardly more than its name.
///
/// That a tombstone tells former names is not recorded. It has to: whoever has not yet heard of the
/// renaming would keep the contact for ever.
pub(super) fn tombstone(key: Key, revision: u64, previous: &[Key], mask: &Mask) -> Json {
    let hash = blake3::hash(format!("{key}/{revision}/gone").as_bytes()).to_hex();
    let source_etag = format!("#{}=", hash.as_str().get(..11).unwrap_or_default());
    let mut person = json!({ "resourceName": key.to_string(), "etag": etag(mask, false, &source_etag) });
    let Some(fields) = person.as_object_mut() else { return person };
    if mask.has("metadata") {
        // The time is the epoch, as recorded: it says nothing of when it was deleted.
        let source = json!({ "type": "CONTACT", "id": key.source_id(), "etag": source_etag, "updateTime": rfc3339(0) });
        let mut metadata = json!({ "deleted": true, "objectType": "PERSON", "sources": [source] });
        tell_former_names(&mut metadata, previous);
        fields.insert("metadata".to_owned(), metadata);
    }
    if mask.has("photos") {
        fields.insert("photos".to_owned(), photos(key));
    }
    person
}

fn tell_former_names(metadata: &mut Json, previous: &[Key]) {
    if let (false, Some(metadata)) = (previous.is_empty(), metadata.as_object_mut()) {
        let names: Vec<String> = previous.iter().map(ToString::to_string).collect();
        metadata.insert("previousResourceNames".to_owned(), json!(names));
    }
}

fn etag(mask: &Mask, profile: bool, source_etag: &str) -> String {
    let sources: &[u8] = if profile { &[2, 4] } else { &[4] };
    person_etag(&mask.numbers(), sources, source_etag)
}

/// The items of a field with their metadata. The first is primary, unless another is preferred.
/// `sourcePrimary` was only ever seen on names and e-mail addresses.
fn shown(path: &str, items: &[Json], key: Key) -> Vec<Json> {
    let tells_source_primary = matches!(path, "names" | "emailAddresses");
    let preferred = |item: &Json| item.get(PREFERRED).is_some();
    let primary = items.iter().position(preferred).unwrap_or(0);
    let with_metadata = |(index, item): (usize, &Json)| {
        let mut item = item.clone();
        let mut metadata = json!({ "source": { "type": "CONTACT", "id": key.source_id() } });
        if let (true, Some(metadata)) = (index == primary, metadata.as_object_mut()) {
            metadata.insert("primary".to_owned(), Json::Bool(true));
            if tells_source_primary {
                metadata.insert("sourcePrimary".to_owned(), Json::Bool(true));
            }
        }
        if let Some(item) = item.as_object_mut() {
            item.remove(PREFERRED);
            item.insert("metadata".to_owned(), metadata);
        }
        item
    };
    items.iter().enumerate().map(with_metadata).collect()
}

fn memberships(contact: &Contact) -> Json {
    let source = json!({ "source": { "type": "CONTACT", "id": contact.key.source_id() } });
    let membership = |group: &String| {
        json!({
            "metadata": source,
            "contactGroupMembership": {
                "contactGroupId": group,
                "contactGroupResourceName": format!("contactGroups/{group}"),
            },
        })
    };
    contact.groups.iter().map(membership).collect()
}

/// The monogram that Google draws for everybody without a photo.
fn photos(key: Key) -> Json {
    json!([{
        "metadata": { "primary": true, "source": { "type": "CONTACT", "id": key.source_id() } },
        "url": format!("https://lh3.googleusercontent.com/cm/{:x}=s100", key.0),
        "default": true,
    }])
}

/// Every seventh contact is somebody with a public profile.
fn has_profile(key: Key) -> bool {
    key.0.is_multiple_of(7)
}

fn profile_id(key: Key) -> String {
    format!("1{:020}", key.0)
}

/// What the profile adds: a name that nobody typed into the address book. Whoever reads profiles without
/// looking at `metadata.source.type` takes it for the contact's.
fn from_profile(contact: &Contact, path: &str, primary: bool) -> Option<Json> {
    let name = contact.fields.get("names").and_then(|names| names.first());
    if path != "names" || name.is_none() {
        return None;
    }
    let given = format!("Profile {}", contact.key.0 % 1_000);
    let mut metadata = json!({ "source": { "type": "PROFILE", "id": profile_id(contact.key) } });
    if let (true, Some(metadata)) = (primary, metadata.as_object_mut()) {
        metadata.insert("primary".to_owned(), Json::Bool(true));
    }
    Some(json!({ "metadata": metadata, "displayName": given, "givenName": given }))
}
