//! Merge fields: what an audience knows of its members beside their addresses.
//!
//! <https://mailchimp.com/developer/marketing/docs/merge-fields/>

mod value;

use super::member::MergeId;
use super::problem::{FieldError, NO_SCHEMA_MATCHES, Problem};
use crate::people::Person;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The longest tag, in characters.
const MAX_TAG_CHARS: usize = 10;
/// The most fields that an audience has. Not documented for the API; the screen allows so many.
const MAX_FIELDS: usize = 80;

/// The type of a field; it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MergeType {
    Text,
    Number,
    Address,
    Phone,
    Date,
    Url,
    ImageUrl,
    Radio,
    Dropdown,
    Birthday,
    Zip,
}

impl MergeType {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Text, "text"),
        (Self::Number, "number"),
        (Self::Address, "address"),
        (Self::Phone, "phone"),
        (Self::Date, "date"),
        (Self::Url, "url"),
        (Self::ImageUrl, "imageurl"),
        (Self::Radio, "radio"),
        (Self::Dropdown, "dropdown"),
        (Self::Birthday, "birthday"),
        (Self::Zip, "zip"),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(kind, _)| kind)
    }

    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or("text", |(_, name)| name)
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MergeField {
    pub(super) id: MergeId,
    pub(super) tag: String,
    pub(super) name: String,
    pub(super) kind: MergeType,
    pub(super) required: bool,
    pub(super) default_value: String,
    pub(super) public: bool,
    pub(super) display_order: i64,
    pub(super) help_text: String,
    pub(super) options: Map<String, Json>,
}

impl MergeField {
    fn choices(&self) -> impl Iterator<Item = &str> {
        let choices = self.options.get("choices").and_then(Json::as_array);
        choices.into_iter().flatten().filter_map(Json::as_str)
    }

    fn option(&self, name: &str) -> &str {
        self.options.get(name).and_then(Json::as_str).unwrap_or_default()
    }
}

/// How strictly the values of one write are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strictness {
    /// Whether required fields may stay empty, and broken values stay: `skip_merge_validation`.
    pub(super) skip_required: bool,
    /// Whether what the member held before is examined too.
    pub(super) whole: bool,
    /// Whether values are reshaped beyond what is documented.
    pub(super) reshape: bool,
}

/// All fields of an audience.
#[derive(Debug)]
pub(super) struct MergeFields {
    fields: BTreeMap<MergeId, MergeField>,
    last_id: MergeId,
}

impl MergeFields {
    /// Those of a new audience (four) and those that the sandbox's people need.
    pub(super) fn new() -> Self {
        let mut fields = Self { fields: BTreeMap::new(), last_id: 0 };
        for (tag, name, kind) in [
            ("FNAME", "First Name", MergeType::Text),
            ("LNAME", "Last Name", MergeType::Text),
            ("ADDRESS", "Address", MergeType::Address),
            ("PHONE", "Phone Number", MergeType::Phone),
            ("BIRTHDAY", "Birthday", MergeType::Birthday),
            ("COMPANY", "Company", MergeType::Text),
        ] {
            fields.insert(tag.to_owned(), name.to_owned(), kind);
        }
        fields
    }

    /// A field with everything else as it is when nobody says.
    pub(super) fn insert(&mut self, tag: String, name: String, kind: MergeType) -> MergeId {
        self.last_id += 1;
        let options = value::default_options(kind);
        let field = MergeField {
            id: self.last_id,
            tag,
            name,
            kind,
            required: false,
            default_value: String::new(),
            public: self.last_id <= 2,
            display_order: i64::from(self.last_id) + 1,
            help_text: String::new(),
            options,
        };
        self.fields.insert(field.id, field);
        self.last_id
    }

    /// A tag for a new field: the one that is wanted, or `MMERGEn`.
    pub(super) fn free_tag(&self, wanted: Option<&str>, but: Option<MergeId>) -> Result<String, Problem> {
        let tag = match wanted {
            None | Some("") => format!("MMERGE{}", self.last_id + 1),
            Some(wanted) => wanted.to_uppercase(),
        };
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if tag.chars().count() > MAX_TAG_CHARS || !tag.chars().all(fits) || tag == "EMAIL" {
            return Err(Problem::field("tag", "Merge tags are at most 10 letters, digits or underscores."));
        }
        let taken = |field: &MergeField| field.tag == tag && Some(field.id) != but;
        if self.fields.values().any(taken) {
            return Err(Problem::invalid(format!(
                "A Merge Field with the tag \"{tag}\" already exists for this list."
            )));
        }
        if but.is_none() && self.fields.len() >= MAX_FIELDS {
            return Err(Problem::invalid("This list has the maximum number of merge fields."));
        }
        Ok(tag)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &MergeField> {
        self.fields.values()
    }

    pub(super) fn get(&self, id: MergeId) -> Result<&MergeField, Problem> {
        self.fields.get(&id).ok_or_else(Problem::not_found)
    }

    pub(super) fn get_mut(&mut self, id: MergeId) -> Result<&mut MergeField, Problem> {
        self.fields.get_mut(&id).ok_or_else(Problem::not_found)
    }

    pub(super) fn remove(&mut self, id: MergeId) -> Result<(), Problem> {
        self.fields.remove(&id).map(|_| ()).ok_or_else(Problem::not_found)
    }

    pub(super) fn tagged(&self, tag: &str) -> Option<&MergeField> {
        self.fields.values().find(|field| field.tag == tag)
    }

    /// What a member holds after these values were sent. Tags that no field has are ignored, as
    /// Mailchimp does; an empty text clears.
    pub(super) fn merged(
        &self,
        held: &BTreeMap<MergeId, Json>,
        sent: &Map<String, Json>,
        strictness: Strictness,
    ) -> Result<BTreeMap<MergeId, Json>, Problem> {
        in_schema(sent)?;
        let mut merged = held.clone();
        let mut errors = Vec::new();
        for (tag, value) in sent {
            let Some(field) = self.tagged(tag) else { continue };
            match value::take(field, value, strictness.reshape) {
                Ok(Some(value)) => drop(merged.insert(field.id, value)),
                Ok(None) => drop(merged.remove(&field.id)),
                Err(message) => errors.push(FieldError::new(tag.clone(), message)),
            }
        }
        errors.extend(self.incomplete(&merged, sent, strictness));
        if errors.is_empty() { Ok(merged) } else { Err(Problem::merge_fields(errors)) }
    }

    /// What is wrong with the member as it would be: in what was sent, and perhaps in the rest.
    fn incomplete<'a>(
        &'a self,
        merged: &'a BTreeMap<MergeId, Json>,
        sent: &'a Map<String, Json>,
        strictness: Strictness,
    ) -> impl Iterator<Item = FieldError> + 'a {
        let looked_at = move |field: &&MergeField| {
            !strictness.skip_required && (strictness.whole || sent.contains_key(&field.tag))
        };
        self.fields.values().filter(looked_at).filter_map(move |field| match merged.get(&field.id) {
            None if field.required => Some(FieldError::new(field.tag.clone(), value::PLEASE_ENTER)),
            // What was sent was looked at before.
            Some(value) if !sent.contains_key(&field.tag) => {
                value::take(field, value, false).err().map(|why| FieldError::new(field.tag.clone(), why))
            }
            None | Some(_) => None,
        })
    }

    /// What these fields hold of a person: as much as Mailchimp takes.
    pub(super) fn of_person(&self, person: &Person) -> BTreeMap<MergeId, Json> {
        let told = value::of_person(person);
        let taken = told.into_iter().filter_map(|(tag, value)| {
            let field = self.tagged(tag)?;
            Some((field.id, value::take(field, &value, false).ok()??))
        });
        taken.collect()
    }
}

/// Values are texts, numbers or objects; null is none of them.
fn in_schema(sent: &Map<String, Json>) -> Result<(), Problem> {
    let bad = sent.iter().filter(|(_, value)| matches!(value, Json::Null | Json::Bool(_) | Json::Array(_)));
    let errors: Vec<FieldError> =
        bad.map(|(tag, _)| FieldError::new(format!("merge_fields.{tag}"), NO_SCHEMA_MATCHES)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::schema(errors)) }
}
