//! Which attributes contacts have, of which types, and which of them the API may write.
//!
//! Attributes are defined by being written: an unknown key with a value becomes one, its type taken from
//! the JSON value (<https://devdocs.drift.com/docs/contact-model>). There is no call that defines one.

use super::problem::{ContactCode, Problem};
use super::settings::NullPatch;
use crate::normal;
use rlibphonenumber::Region;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The type of an attribute.
/// <https://devdocs.drift.com/docs/listing-custom-attributes>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// Text.
    String,
    /// A number.
    Numeric,
    /// True or false.
    Boolean,
    /// A moment, in epoch milliseconds.
    Datetime,
    /// A day; the form on the wire is not documented, epoch milliseconds and text are taken.
    Date,
}

impl AttributeType {
    /// As the API spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AttributeType::String => "STRING",
            AttributeType::Numeric => "NUMERIC",
            AttributeType::Boolean => "BOOLEAN",
            AttributeType::Datetime => "DATETIME",
            AttributeType::Date => "DATE",
        }
    }

    /// The type that an unknown key gets from its first value; `None` where no type fits.
    fn of(value: &Json) -> Option<Self> {
        match value {
            Json::String(_) => Some(AttributeType::String),
            Json::Number(_) => Some(AttributeType::Numeric),
            Json::Bool(_) => Some(AttributeType::Boolean),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }

    fn takes(self, value: &Json) -> bool {
        match self {
            AttributeType::String => value.is_string(),
            AttributeType::Numeric => value.is_number(),
            AttributeType::Boolean => value.is_boolean(),
            AttributeType::Datetime => value.is_i64() || value.is_u64(),
            AttributeType::Date => value.is_i64() || value.is_u64() || value.is_string(),
        }
    }
}

/// Attributes that every workspace has. `cql_score` (-1, 1, 2, 3), `cql_source` and `lead_stage` are an
/// assumption: no document names their keys.
const STANDARD: [(&str, AttributeType); 18] = [
    ("name", AttributeType::String),
    ("email", AttributeType::String),
    ("phone", AttributeType::String),
    ("first_name", AttributeType::String),
    ("last_name", AttributeType::String),
    ("alias", AttributeType::String),
    ("avatar_url", AttributeType::String),
    ("bio", AttributeType::String),
    ("age", AttributeType::Numeric),
    ("city", AttributeType::String),
    ("country", AttributeType::String),
    ("start_date", AttributeType::Datetime),
    ("last_active", AttributeType::Datetime),
    ("last_contacted", AttributeType::Datetime),
    ("recent_entrance_page_url", AttributeType::String),
    ("cql_score", AttributeType::Numeric),
    ("cql_source", AttributeType::String),
    ("lead_stage", AttributeType::String),
];

/// Whether the API ignores writes to this attribute. Inferred: no document lists them.
pub(super) fn is_read_only(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "ip",
        "start_date",
        "events",
        "socialProfiles",
        "tags",
        "externalId",
        "external_id",
        "last_active",
        "last_contacted",
        "last_context_location",
        "id",
    ];
    name.starts_with('_')
        || name.starts_with("original_")
        || name.starts_with("recent_")
        || NAMES.contains(&name)
}

/// Whether values are stored as they were sent. The documents say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Normalise {
    /// As they were sent.
    Nothing,
    /// Texts, addresses and numbers reshaped by [`crate::normal`].
    Reshaped,
}

/// What a write does to one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// Gives it this value.
    Set(Json),
    /// Takes it away.
    Clear,
}

/// The edits of one write, by attribute.
pub(super) type Edits = BTreeMap<String, Edit>;

/// The attributes of a workspace.
#[derive(Debug)]
pub(super) struct Catalogue {
    types: BTreeMap<String, AttributeType>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { types: STANDARD.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect() }
    }
}

impl Catalogue {
    /// Defines an attribute, or changes its type.
    pub(super) fn define(&mut self, name: &str, kind: AttributeType) {
        self.types.insert(name.to_owned(), kind);
    }

    /// Defines an attribute by a value, if it is not defined yet.
    pub(super) fn define_by(&mut self, name: &str, value: &Json) {
        if let (false, Some(kind)) = (self.types.contains_key(name), AttributeType::of(value)) {
            self.define(name, kind);
        }
    }

    /// Turns what a caller sent into edits, all or nothing, and defines the attributes that are new.
    ///
    /// # Errors
    /// CONTACT-4 for an empty key or a `null` where `nulls` refuses it; CONTACT-5, which is a 500, for a
    /// value that does not fit: the documents say that bad values end so.
    pub(super) fn accept(
        &mut self,
        sent: &Map<String, Json>,
        nulls: NullPatch,
        normalise: Normalise,
    ) -> Result<Edits, Problem> {
        let mut edits = Edits::new();
        let mut defined = Vec::new();
        for (name, value) in sent {
            if name.is_empty() {
                return Err(Problem::contact(ContactCode::Malformed, "an attribute has no name"));
            }
            if is_read_only(name) {
                continue;
            }
            if value.is_null() {
                match nulls {
                    NullPatch::Ignore => {}
                    NullPatch::Clear => _ = edits.insert(name.clone(), Edit::Clear),
                    NullPatch::Refuse => {
                        return Err(Problem::contact(ContactCode::Malformed, "an attribute is null"));
                    }
                }
                continue;
            }
            let known = self.types.get(name).copied();
            let Some(kind) = known.or_else(|| AttributeType::of(value)).filter(|kind| kind.takes(value))
            else {
                return Err(Problem::contact(ContactCode::Unexpected, "an unexpected error occurred"));
            };
            if known.is_none() {
                defined.push((name.clone(), kind));
            }
            edits.insert(name.clone(), Edit::Set(stored(name, value, normalise)));
        }
        self.types.extend(defined);
        Ok(edits)
    }

    /// The answer of `GET /contacts/attributes`.
    pub(super) fn wire(&self) -> Json {
        let properties: Vec<Json> = self
            .types
            .iter()
            .map(|(name, kind)| json!({"type": kind.as_str(), "displayName": name, "name": name}))
            .collect();
        json!({"properties": properties})
    }
}

/// The value as the workspace holds it.
fn stored(name: &str, value: &Json, normalise: Normalise) -> Json {
    match (normalise, value) {
        (Normalise::Reshaped, Json::String(text)) => Json::String(match name {
            "email" => normal::email(text),
            "phone" => normal::phone(text, Region::US),
            _ => normal::text(text),
        }),
        (Normalise::Nothing | Normalise::Reshaped, _) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: Json, nulls: NullPatch, want: Result<&[(&str, Edit)], u16>) -> Catalogue {
        let mut catalogue = Catalogue::default();
        let sent = sent.as_object().cloned().unwrap();
        let got = catalogue.accept(&sent, nulls, Normalise::Nothing);
        let want =
            want.map(|edits| edits.iter().map(|(name, edit)| ((*name).to_owned(), edit.clone())).collect());
        assert_eq!(got.map_err(|problem| problem.status()), want);
        catalogue
    }

    #[test]
    fn read_only_keys_are_ignored_without_a_word() {
        let sent =
            json!({"_END_USER_VERSION": 9, "tags": [], "original_ip": "x", "last_name": "B", "ip": "y"});
        check(sent, NullPatch::Ignore, Ok(&[("last_name", Edit::Set(json!("B")))]));
    }

    #[test]
    fn a_null_is_ignored_or_clears_or_is_refused_as_set() {
        let sent = || json!({"phone": null, "city": "C"});
        let city = ("city", Edit::Set(json!("C")));
        check(sent(), NullPatch::Ignore, Ok(std::slice::from_ref(&city)));
        check(sent(), NullPatch::Clear, Ok(&[city, ("phone", Edit::Clear)]));
        check(sent(), NullPatch::Refuse, Err(400));
    }

    #[test]
    fn an_unknown_key_is_defined_by_its_value_unless_the_write_fails() {
        let sent = json!({"Plan": "gold", "seats": 3, "vip": true, "gone": null});
        let edits = [
            ("Plan", Edit::Set(json!("gold"))),
            ("seats", Edit::Set(json!(3))),
            ("vip", Edit::Set(json!(true))),
        ];
        let catalogue = check(sent, NullPatch::Ignore, Ok(&edits));
        let types: Vec<_> =
            ["Plan", "seats", "vip", "gone", "plan"].map(|name| catalogue.types.get(name).copied()).into();
        assert_eq!(
            types,
            [
                Some(AttributeType::String),
                Some(AttributeType::Numeric),
                Some(AttributeType::Boolean),
                None,
                None
            ]
        );

        let catalogue = check(json!({"aNew": "x", "cql_score": "high"}), NullPatch::Ignore, Err(500));
        assert_eq!(catalogue.types.get("aNew"), None);
    }

    #[test]
    fn a_value_that_no_type_takes_is_the_vendors_500() {
        for value in [json!([1]), json!({"a": 1})] {
            check(json!({"odd": value}), NullPatch::Ignore, Err(500));
        }
        check(json!({"name": 5}), NullPatch::Ignore, Err(500));
        check(json!({"": 5}), NullPatch::Ignore, Err(400));
    }
}
