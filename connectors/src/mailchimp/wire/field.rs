//! The table of fields: those that every member has, and the audience's merge fields by their tags.

use super::merge::MergeField;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::schema::{Access, FieldSpec, Kind, Schema};

/// The field that holds the address.
pub(in crate::mailchimp) const EMAIL: &str = "email_address";
/// The field that says in which state a member is. Only ever read.
pub(in crate::mailchimp) const STATUS: &str = "status";
/// The longest address that there can be, in characters (RFC 5321).
const MAX_ADDRESS_CHARS: u32 = 254;

/// The fields that every member has, beside the merge fields
/// (<https://mailchimp.com/developer/marketing/api/list-members/get-member-info/>).
pub(in crate::mailchimp) const STANDARD: [Standard; 12] = [
    Standard { name: EMAIL, kind: Kind::Email, access: Access::ReadWrite },
    Standard { name: "email_type", kind: Kind::Picklist, access: Access::ReadWrite },
    Standard { name: "full_name", kind: Kind::Text, access: Access::ReadOnly },
    Standard { name: "language", kind: Kind::Text, access: Access::ReadWrite },
    Standard { name: "location.country_code", kind: Kind::Text, access: Access::ReadOnly },
    Standard { name: "member_rating", kind: Kind::Number, access: Access::ReadOnly },
    Standard { name: "source", kind: Kind::Text, access: Access::ReadOnly },
    Standard { name: STATUS, kind: Kind::Picklist, access: Access::ReadOnly },
    Standard { name: "timestamp_opt", kind: Kind::DateTime, access: Access::ReadOnly },
    Standard { name: "timestamp_signup", kind: Kind::DateTime, access: Access::ReadOnly },
    Standard { name: "unsubscribe_reason", kind: Kind::Text, access: Access::ReadOnly },
    Standard { name: "vip", kind: Kind::Boolean, access: Access::ReadWrite },
];

const EMAIL_TYPES: [&str; 2] = ["html", "text"];
const STATUSES: [&str; 6] = ["subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"];

/// A field that every member has.
pub(in crate::mailchimp) struct Standard {
    pub(in crate::mailchimp) name: &'static str,
    pub(in crate::mailchimp) kind: Kind,
    pub(in crate::mailchimp) access: Access,
}

impl Standard {
    fn spec(&self) -> FieldSpec {
        let spec = FieldSpec::new(self.name, self.kind).access(self.access);
        match self.name {
            EMAIL => spec.required().max_length_chars(MAX_ADDRESS_CHARS),
            "email_type" => with_options(spec, &EMAIL_TYPES),
            STATUS => with_options(spec, &STATUSES),
            _ => spec,
        }
    }
}

fn with_options(spec: FieldSpec, options: &[&str]) -> FieldSpec {
    FieldSpec { options: options.iter().map(|option| (*option).to_owned()).collect(), ..spec }
}

/// Where a field lies.
#[derive(Clone, Copy)]
pub(in crate::mailchimp) enum Field<'a> {
    /// Beside the merge fields.
    Standard(&'static Standard),
    /// Among the merge fields.
    Merge(&'a MergeField),
}

/// An audience's fields, as last listed.
#[derive(Clone, Debug, Default)]
pub(in crate::mailchimp) struct Catalogue {
    merge: BTreeMap<FieldName, MergeField>,
}

#[derive(Deserialize)]
struct Listed {
    merge_fields: Vec<Json>,
    total_items: u64,
}

impl Catalogue {
    /// The merge fields in the answer to their listing.
    ///
    /// # Errors
    /// What is wrong with its shape: a field that is missing here would look as if it had been deleted.
    pub(in crate::mailchimp) fn of(body: Json) -> Result<Self, &'static str> {
        let listed = Listed::deserialize(body).map_err(|_| "a list of merge fields of another shape")?;
        if listed.total_items > listed.merge_fields.len() as u64 {
            return Err("a list of merge fields that is cut off");
        }
        let mut merge = BTreeMap::new();
        for field in listed.merge_fields {
            let field = MergeField::deserialize(field).map_err(|_| "a merge field of another shape")?;
            let is_taken = STANDARD.iter().any(|standard| standard.name == field.tag);
            if !field.tag.is_empty() && !is_taken {
                merge.insert(FieldName::from(field.tag.as_str()), field);
            }
        }
        Ok(Self { merge })
    }

    /// The merge fields, by their tags.
    pub(in crate::mailchimp) fn merge_fields(&self) -> impl Iterator<Item = (&FieldName, &MergeField)> {
        self.merge.iter()
    }

    /// Where the field of that name lies, if there is one.
    pub(in crate::mailchimp) fn field(&self, name: &FieldName) -> Option<Field<'_>> {
        let standard = STANDARD.iter().find(|standard| standard.name == name.as_str());
        standard.map(Field::Standard).or_else(|| self.merge.get(name).map(Field::Merge))
    }

    /// All fields.
    pub(in crate::mailchimp) fn schema(&self) -> Schema {
        let standard = STANDARD.iter().map(Standard::spec);
        let merge = self.merge.iter().map(|(name, field)| field.spec(name));
        Schema::new(standard.chain(merge).collect())
    }

    /// What is observed of every member. When it changes, what was read before lacks fields, or has those of a
    /// field that was removed: made anew under its tag it is empty everywhere, and only a complete listing shows
    /// the guard at once how many values that would clear.
    pub(in crate::mailchimp) fn fingerprint(&self) -> String {
        self.merge.values().map(|field| field.fingerprint() + ";").collect()
    }
}
