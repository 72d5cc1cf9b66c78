//! What a contact's record says about who it is: the keys it matches on, and what people compare.

use crate::names::join;
use crate::normalise::{email, phone, text};
use crate::table::{Concept, Place, table};
use syntony_core::ids::{EmailKey, FieldName};
use syntony_core::record::Fields;
use syntony_core::value::Value;

/// What a person compares when several contacts might be one. In comparison form: never written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The whole name in one line, or empty.
    pub name: String,
    /// Telephone numbers, each once, sorted.
    pub phones: Vec<String>,
    /// The company, or empty.
    pub company: String,
}

impl std::fmt::Debug for Facts {
    /// How much there is; facts are a contact's values and reach no log.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Facts").field("phones", &self.phones.len()).finish_non_exhaustive()
    }
}

/// The fields of a vendor that hold e-mail addresses.
#[must_use]
pub fn email_fields(vendor: &str) -> &'static [FieldName] {
    place(vendor, Concept::Email).map_or(&[], |place| &place.fields)
}

/// The mailboxes of a contact, each once, in the vendor's order. What is no address is not among them.
#[must_use]
pub fn email_keys(vendor: &str, fields: &Fields) -> Vec<EmailKey> {
    let mut keys = Vec::new();
    for address in texts(email_fields(vendor), fields) {
        if let Some(key) = email::key(address).filter(|key| !keys.contains(key)) {
            keys.push(key);
        }
    }
    keys
}

/// What a contact says about who it is. `default_region` as for [`phone::key`].
#[must_use]
pub fn facts(vendor: &str, fields: &Fields, default_region: Option<&str>) -> Facts {
    let mut phones: Vec<String> = of(vendor, Concept::Phone, fields)
        .map(|number| phone::key(number, default_region))
        .filter(|key| !key.is_empty())
        .collect();
    phones.sort();
    phones.dedup();
    let company = of(vendor, Concept::Company, fields).next().map(text::loose_key).unwrap_or_default();
    Facts { name: text::loose_key(&full_name(vendor, fields)), phones, company }
}

/// The whole name in one line, as the vendor spells it; empty if there is none.
#[must_use]
pub fn full_name(vendor: &str, fields: &Fields) -> String {
    let Some(place) = place(vendor, Concept::Name) else { return String::new() };
    if let Some(line) = texts(&place.fields, fields).next() {
        return line.trim().to_owned();
    }
    let told = place.parts.iter().fold(crate::names::PersonName::default(), |name, (part, field)| {
        let text = fields.get(field).and_then(Value::as_text).unwrap_or_default();
        name.with(part, text)
    });
    join(&told)
}

fn place(vendor: &str, concept: Concept) -> Option<&'static Place> {
    table(vendor).concepts.get(&concept)
}

fn of<'a>(vendor: &str, concept: Concept, fields: &'a Fields) -> impl Iterator<Item = &'a str> {
    texts(place(vendor, concept).map_or(&[][..], |place| &place.fields), fields)
}

/// The texts in these fields, those of lists one by one, blank ones left out.
fn texts<'a>(names: &'static [FieldName], fields: &'a Fields) -> impl Iterator<Item = &'a str> {
    names
        .iter()
        .filter_map(|name| fields.get(name))
        .flat_map(|value| match value {
            Value::List(items) => items.iter().filter_map(|item| item.value.as_text()).collect(),
            Value::Text(text) => vec![text.as_str()],
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::DateTime(_)
            | Value::Address(_) => Vec::new(),
        })
        .filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, Value)]) -> Fields {
        pairs.iter().map(|(name, value)| (FieldName::from(*name), value.clone())).collect()
    }

    #[test]
    fn a_person_is_found_by_each_mailbox_and_by_nothing_else() {
        let google =
            fields(&[("emailAddresses", Value::texts(["Ada@X.org", "n/a", "ada@x.org ", "b@x.org"]))]);
        assert_eq!(email_keys("google_contacts", &google), ["ada@x.org", "b@x.org"].map(EmailKey::from));
        let drift = fields(&[("email", Value::text("Ada@x.org")), ("alt", Value::text("b@x.org"))]);
        assert_eq!(email_keys("drift", &drift), [EmailKey::from("ada@x.org")]);
        assert!(email_keys("drift", &fields(&[("email", Value::Null)])).is_empty());
        assert!(email_keys("nobody", &drift).is_empty());
    }

    #[test]
    fn two_vendors_facts_of_one_person_are_equal() {
        let google = fields(&[
            ("names.givenName", Value::text("Zoë")),
            ("names.familyName", Value::text("van Vliet")),
            ("phoneNumbers", Value::texts(["+32 471 23 45 67", "+32471234567"])),
            ("organizations.name", Value::text("ACME")),
        ]);
        let drift = fields(&[
            ("name", Value::text("Zoe\u{308} Van Vliet")),
            ("phone", Value::text("0471 23 45 67")),
            ("employment_name", Value::text("Acme")),
        ]);
        assert_eq!(facts("google_contacts", &google, Some("BE")), facts("drift", &drift, Some("BE")));
        assert_eq!(format!("{:?}", facts("drift", &drift, None)), "Facts { phones: 1, .. }");
    }
}
