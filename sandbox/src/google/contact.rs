//! One version of one contact, and its names on the wire.

use super::error::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A contact's number: `people/c<decimal>` as a resource, hexadecimal as the id of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(pub(super) u64);

impl Key {
    /// Reads `people/c123`. Anything else is the name of no contact.
    pub(super) fn parse(resource_name: &str) -> Option<Self> {
        let digits = resource_name.strip_prefix("people/c")?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { digits.parse().ok().map(Self) } else { None }
    }

    /// The id of its CONTACT source.
    pub(super) fn source_id(self) -> String {
        format!("{:x}", self.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "people/c{}", self.0)
    }
}

/// What the fields of a contact hold: per path of the mask its items, in the form they are answered in,
/// but without the metadata that Google adds to each. A path without items is not there.
pub(super) type Fields = BTreeMap<&'static str, Vec<Json>>;

/// One version of a contact. Never changed: a write makes the next one.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    /// Which contact.
    pub(super) key: Key,
    /// Grows with each mutation, also with those that change no field.
    pub(super) revision: u64,
    /// When that was.
    pub(super) updated_ms: i64,
    /// What it holds.
    pub(super) fields: Fields,
    /// The ids of its groups; never empty.
    pub(super) groups: BTreeSet<String>,
    /// Names it had before.
    pub(super) previous: Vec<Key>,
}

impl Contact {
    /// The etag of its CONTACT source: the version, and nothing else.
    pub(super) fn source_etag(&self) -> String {
        let hash = blake3::hash(format!("{}/{}", self.key, self.revision).as_bytes());
        let short: Vec<u8> = hash.as_bytes().iter().take(8).copied().collect();
        format!("#{}", BASE64_STANDARD.encode(short))
    }

    /// Compares the etags that a write brings. One of the two must be there; each that is there must be
    /// the current one.
    pub(super) fn check_etags(&self, claim: &EtagClaim) -> Result<(), ApiError> {
        let current = self.source_etag();
        if claim.source.as_ref().is_some_and(|etag| *etag != current) {
            return Err(ApiError::stale_source_etag());
        }
        if let Some(etag) = &claim.person
            && read_person_etag(etag).as_deref() != Some(current.as_str())
        {
            return Err(ApiError::stale_etag());
        }
        Ok(())
    }
}

/// The etags in the body of an update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EtagClaim {
    person: Option<String>,
    source: Option<String>,
}

impl EtagClaim {
    /// Takes them from a `Person`.
    ///
    /// Google's documents demand `metadata.sources` with a CONTACT source; its own sample code sends the
    /// person's etag alone and passes. So either will do, and neither is refused.
    pub(super) fn of(person: &Json) -> Result<Self, ApiError> {
        let text = |value: Option<&Json>| {
            value.and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let sources = person.pointer("/metadata/sources").and_then(Json::as_array);
        let contact = sources.and_then(|sources| {
            sources.iter().find(|source| source.get("type") == Some(&Json::from("CONTACT")))
        });
        if sources.is_some_and(|sources| !sources.is_empty()) && contact.is_none() {
            return Err(ApiError::invalid("Request person.metadata.sources must contain a contact source."));
        }
        let claim = Self {
            person: text(person.get("etag")),
            source: text(contact.and_then(|source| source.get("etag"))),
        };
        if claim == Self::default() {
            return Err(ApiError::invalid(
                "Request must set person.etag or person.metadata.sources.etag for the source that is being updated.",
            ));
        }
        Ok(claim)
    }
}

/// The person's etag: made of what was asked for and of the source's etag, so that two masks give two
/// etags of one version.
pub(super) fn person_etag(mask: &[u8], sources: &[u8], source_etag: &str) -> String {
    let mut bytes = Vec::new();
    for (tag, content) in [(MASK_TAG, mask), (SOURCES_TAG, sources), (ETAG_TAG, source_etag.as_bytes())] {
        bytes.push(tag);
        bytes.push(u8::try_from(content.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(content);
    }
    format!("%{}", BASE64_STANDARD.encode(bytes))
}

/// The source's etag inside of a person's etag; `None` if it is no person's etag.
fn read_person_etag(etag: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(etag.strip_prefix('%')?).ok()?;
    let mut rest = bytes.as_slice();
    while let [tag, length, after @ ..] = rest {
        let (content, next) = after.split_at_checked(usize::from(*length))?;
        if *tag == ETAG_TAG {
            return String::from_utf8(content.to_vec()).ok();
        }
        rest = next;
    }
    None
}

/// Field 2, 3 and 4 of a protocol buffer, each with a length.
const MASK_TAG: u8 = 0x12;
const SOURCES_TAG: u8 = 0x1a;
const ETAG_TAG: u8 = 0x22;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contact(revision: u64) -> Contact {
        Contact {
            key: Key(5_170_723_913_980_391_624),
            revision,
            updated_ms: 0,
            fields: Fields::new(),
            groups: BTreeSet::from(["myContacts".to_owned()]),
            previous: Vec::new(),
        }
    }

    #[test]
    fn the_source_id_is_the_resource_name_in_hexadecimal() {
        assert_eq!(contact(1).key.source_id(), "47c21a010c6b30c8");
        assert_eq!(Key::parse("people/c5170723913980391624"), Some(contact(1).key));
        for other in ["people/me", "people/c", "people/c+1", "people/123", "c1", "people/c1/x"] {
            assert_eq!(Key::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_person_etag_depends_on_the_mask_and_still_names_one_version() {
        let now = contact(2);
        let (narrow, wide) =
            (person_etag(&[1], &[4], &now.source_etag()), person_etag(&[1, 2], &[4], &now.source_etag()));
        assert_ne!(narrow, wide);
        for etag in [narrow, wide] {
            assert_eq!(read_person_etag(&etag), Some(now.source_etag()));
        }
    }

    fn check(body: &Json, expected: Option<&str>) {
        let told = EtagClaim::of(body).and_then(|claim| contact(2).check_etags(&claim));
        assert_eq!(told.err().map(|error| error.message), expected.map(str::to_owned), "{body}");
    }

    #[test]
    fn an_old_etag_is_stale_wherever_it_stands() {
        let (old, now) = (contact(1).source_etag(), contact(2).source_etag());
        let whole = |etag: &str| person_etag(&[1], &[4], etag);
        let source = |etag: &str| json!({ "sources": [{ "type": "CONTACT", "etag": etag }] });
        let (stale, stale_source) = (ApiError::stale_etag().message, ApiError::stale_source_etag().message);
        check(&json!({ "etag": whole(&now) }), None);
        check(&json!({ "metadata": source(&now) }), None);
        check(&json!({ "etag": whole(&now), "metadata": source(&now) }), None);
        check(&json!({ "etag": whole(&old) }), Some(&stale));
        check(&json!({ "etag": whole(&now), "metadata": source(&old) }), Some(&stale_source));
        check(&json!({ "etag": now }), Some(&stale)); // the source's etag in the person's place
        check(&json!({ "etag": "%%%" }), Some(&stale));
    }

    #[test]
    fn an_update_without_any_etag_is_refused() {
        for body in [json!({}), json!({ "etag": "" }), json!({ "metadata": { "sources": [] } })] {
            assert_eq!(EtagClaim::of(&body).unwrap_err().code, 400, "{body}");
        }
        let profile = json!({ "etag": "%", "metadata": { "sources": [{ "type": "PROFILE" }] } });
        assert!(EtagClaim::of(&profile).unwrap_err().message.contains("contact source"));
    }
}
