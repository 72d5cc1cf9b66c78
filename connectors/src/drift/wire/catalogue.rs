//! The account's attributes: which there are, of which types, who may write them, and records made of them.
//!
//! A contact is always given whole, so an attribute that the account has and the contact lacks was seen to be
//! empty.

use super::value::AttributeType;
use super::{Contact, Property};
use crate::drift::config::{AttributeNames, DriftConfig, TAG_SEPARATOR, TagStore};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{FieldName, Tag};
use syntony_core::record::{Fields, Record, Subscription, Version};
use syntony_core::schema::{Access, FieldSpec, Kind, Schema};
use syntony_core::value::Value;

/// The address that contacts are found by.
pub(in crate::drift) const EMAIL: &str = "email";
/// The attributes that every account has (<https://devdocs.drift.com/docs/contact-model>).
const BASICS: [&str; 3] = [EMAIL, "name", "phone"];

/// What the connector knows of an account's attributes.
#[derive(Debug)]
pub(in crate::drift) struct Catalogue {
    types: BTreeMap<FieldName, AttributeType>,
    /// Observed as empty where a contact lacks them.
    expected: BTreeSet<FieldName>,
    names: AttributeNames,
    tags: TagStore,
}

impl Catalogue {
    /// The listed attributes, with those that are there whether they are listed or not.
    pub(in crate::drift) fn new(listed: Vec<Property>, config: &DriftConfig) -> Self {
        let names = &config.names;
        let known = [
            (names.cql_score.clone(), AttributeType::Number),
            (names.cql_source.clone(), AttributeType::Text),
            (names.lead_stage.clone(), AttributeType::Text),
        ];
        let basics = BASICS.map(|name| (FieldName::from(name), AttributeType::Text));
        let mut types: BTreeMap<_, _> = known.into_iter().chain(basics).collect();
        let listed = listed.into_iter().filter(|property| !property.name.is_empty());
        types.extend(listed.map(|property| (property.name.into(), AttributeType::of(&property.kind))));
        let mut catalogue =
            Self { types, expected: BTreeSet::new(), names: names.clone(), tags: config.tags.clone() };
        // What Drift keeps itself is left out where nobody asked for it: there is much of it, and as nothing can
        // be written there, nothing waits for it to be empty.
        let writable = catalogue.types.keys().filter(|name| catalogue.is_writable(name));
        let asked = config.extra_fields.iter().chain([&names.cql_score]);
        let expected = writable.chain(asked).filter(|name| catalogue.is_field(name)).cloned().collect();
        catalogue.expected = expected;
        catalogue
    }

    /// The type of an attribute; one that is not listed is text, as whoever writes it first makes it.
    pub(in crate::drift) fn type_of(&self, name: &FieldName) -> AttributeType {
        self.types.get(name).copied().unwrap_or(AttributeType::Text)
    }

    /// The fields. Any other attribute comes into being when it is first written.
    pub(in crate::drift) fn schema(&self) -> Schema {
        let fields = self.types.iter().filter(|(name, _)| self.is_field(name)).map(|(name, kind)| {
            let kind = match name.as_str() {
                EMAIL => Kind::Email,
                "phone" => Kind::Phone,
                _ => kind.kind(),
            };
            let access = if self.is_writable(name) { Access::ReadWrite } else { Access::ReadOnly };
            let spec = FieldSpec::new(name.clone(), kind).access(access);
            if name.as_str() == EMAIL { spec.required() } else { spec }
        });
        Schema::new(fields.collect()).open("")
    }

    /// Whether an attribute is data of the contact at all, not Drift's book-keeping and not its tags.
    fn is_field(&self, name: &FieldName) -> bool {
        let holds_tags = self.tags == TagStore::Attribute(name.clone());
        let internal =
            name.as_str().starts_with('_') || matches!(name.as_str(), "events" | "socialProfiles" | "tags");
        !internal && !holds_tags
    }

    /// Whether an attribute may be written: Drift lets a write to its own go by without a word. An external id
    /// is its creator's: with one, Drift lets a second contact with the same address in.
    pub(in crate::drift) fn is_writable(&self, name: &FieldName) -> bool {
        let text = name.as_str();
        let drifts_own = ["original_", "recent_"].iter().any(|prefix| text.starts_with(prefix))
            || (text.starts_with("last_") && text != "last_name")
            || matches!(text, "id" | "ip" | "start_date" | "externalId" | "external_id");
        self.is_field(name) && !drifts_own && *name != self.names.cql_score
    }

    /// What a contact says.
    pub(in crate::drift) fn record(&self, contact: &Contact) -> Record {
        let mut fields: Fields = self.expected.iter().map(|name| (name.clone(), Value::Null)).collect();
        for (name, json) in &contact.attributes {
            let name = FieldName::new(name.clone());
            if !self.is_field(&name) {
                continue;
            }
            match self.type_of(&name).read(json) {
                Some(value) => drop(fields.insert(name, value)),
                // There is something that we cannot understand: it was not observed, and it is not empty.
                None => drop(fields.remove(&name)),
            }
        }
        let order = contact.version();
        let tag = order.map(|version| version.to_string()).unwrap_or_default();
        Record {
            version: Version { tag, order },
            fields,
            tags: self.tags_of(contact),
            subscription: Subscription::Unknown,
            created_ms: contact.created_ms,
            marker: None,
            shadow: None,
        }
    }

    /// The value of one attribute.
    pub(in crate::drift) fn value(&self, contact: &Contact, name: &FieldName) -> Value {
        let json = contact.attributes.get(name.as_str()).unwrap_or(&Json::Null);
        self.type_of(name).read(json).unwrap_or_default()
    }

    /// The contact's tags. Where Drift does not show its own ones, or the attribute holds something that is no text,
    /// they were not observed.
    pub(in crate::drift) fn tags_of(&self, contact: &Contact) -> Option<BTreeSet<Tag>> {
        match &self.tags {
            TagStore::Endpoint => {
                let tags = contact.attributes.get("tags")?.as_array()?;
                let name = |tag: &Json| {
                    tag.get("name").and_then(Json::as_str).or_else(|| tag.as_str()).map(Tag::from)
                };
                Some(tags.iter().filter_map(name).collect())
            }
            TagStore::Attribute(name) => {
                let text = match contact.attributes.get(name.as_str()) {
                    None | Some(Json::Null) => "",
                    Some(held) => held.as_str()?,
                };
                let tags = text.split(TAG_SEPARATOR).map(str::trim).filter(|tag| !tag.is_empty());
                Some(tags.map(Tag::from).collect())
            }
        }
    }
}

/// Tags as an attribute holds them.
///
/// # Errors
/// Why one of them cannot be held.
pub(in crate::drift) fn join_tags(tags: &BTreeSet<Tag>) -> Result<String, &'static str> {
    if tags.iter().any(|tag| tag.as_str().contains(TAG_SEPARATOR)) {
        return Err("a tag with a semicolon cannot be kept in an attribute");
    }
    let tags: Vec<&str> = tags.iter().map(|tag| tag.as_str().trim()).collect();
    Ok(tags.join("; "))
}
