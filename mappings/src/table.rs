//! Which fields of a vendor are which concept: one table per vendor, in `apps/`, written for people.
//!
//! A pair of apps needs no table of its own: what both vendors' tables name is what their contacts have in
//! common.

use crate::convert::AddressRules;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use syntony_core::ids::FieldName;
use syntony_core::lens::Part;

/// Something about a person that more than one vendor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concept {
    /// E-mail addresses: what contacts match on.
    Email,
    /// The name, part by part.
    Name,
    /// Telephone numbers.
    Phone,
    /// Where the person works.
    Company,
    /// What the person does there.
    Title,
    /// Postal addresses.
    Address,
    /// Web addresses.
    Website,
    /// The day of birth.
    Birthday,
    /// Free text about the person.
    Notes,
}

impl Concept {
    /// All of them.
    pub const ALL: [Concept; 9] = [
        Concept::Email,
        Concept::Name,
        Concept::Phone,
        Concept::Company,
        Concept::Title,
        Concept::Address,
        Concept::Website,
        Concept::Birthday,
        Concept::Notes,
    ];

    /// Its name in the configuration (`defaults.off`) and as a mapping's key.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Concept::Email => "email",
            Concept::Name => "name",
            Concept::Phone => "phone",
            Concept::Company => "company",
            Concept::Title => "title",
            Concept::Address => "address",
            Concept::Website => "website",
            Concept::Birthday => "birthday",
            Concept::Notes => "notes",
        }
    }
}

/// One vendor's table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What it asks of postal addresses.
    #[serde(default)]
    pub addresses: AddressRules,
    /// Its fields by concept.
    #[serde(default)]
    pub concepts: BTreeMap<Concept, Place>,
    /// Fields that show what others hold, with those others.
    #[serde(default)]
    pub compounds: BTreeMap<FieldName, Vec<FieldName>>,
}

impl Table {
    /// Whether one of the two fields shows what the other one holds.
    #[must_use]
    pub fn overlap(&self, one: &FieldName, other: &FieldName) -> bool {
        let within = |whole: &FieldName, part: &FieldName| {
            self.compounds.get(whole).is_some_and(|parts| parts.contains(part))
        };
        within(one, other) || within(other, one)
    }
}

/// Where a vendor keeps a concept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The field; of several, the first that the account has.
    #[serde(default)]
    pub fields: Vec<FieldName>,
    /// Whether the account's schema must list the field. Without it the field is part of every account.
    #[serde(default)]
    pub if_listed: bool,
    /// For a name: the field of each part.
    #[serde(default)]
    pub parts: Parts,
}

/// The fields of a name's parts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    prefix: Option<FieldName>,
    given: Option<FieldName>,
    middle: Option<FieldName>,
    family: Option<FieldName>,
    suffix: Option<FieldName>,
}

impl Parts {
    /// The parts that the vendor has, with their fields, in the order of a name.
    pub fn iter(&self) -> impl Iterator<Item = (Part, &FieldName)> {
        let Parts { prefix, given, middle, family, suffix } = self;
        [
            (Part::Prefix, prefix),
            (Part::Given, given),
            (Part::Middle, middle),
            (Part::Family, family),
            (Part::Suffix, suffix),
        ]
        .into_iter()
        .filter_map(|(part, field)| Some((part, field.as_ref()?)))
    }

    /// Which part a field is.
    #[must_use]
    pub fn part_of(&self, field: &FieldName) -> Option<Part> {
        self.iter().find(|(_, of)| *of == field).map(|(part, _)| part)
    }
}

/// Every vendor's table, by the type that an app has in the configuration.
const APPS: [(&str, &str); 4] = [
    ("drift", include_str!("../apps/drift.toml")),
    ("google_contacts", include_str!("../apps/google_contacts.toml")),
    ("mailchimp", include_str!("../apps/mailchimp.toml")),
    ("salesforce", include_str!("../apps/salesforce.toml")),
];

static TABLES: LazyLock<BTreeMap<&'static str, Table>> = LazyLock::new(|| {
    // The tables are part of the program; a test reads each of them.
    #[allow(clippy::expect_used)]
    APPS.iter().map(|(vendor, text)| (*vendor, toml::from_str(text).expect("a table of ours"))).collect()
});

static NOTHING: Table =
    Table { addresses: AddressRules::NONE, concepts: BTreeMap::new(), compounds: BTreeMap::new() };

/// The vendor's table; an empty one for a vendor that has none.
#[must_use]
pub fn table(vendor: &str) -> &'static Table {
    TABLES.get(vendor).unwrap_or(&NOTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_can_be_read_and_says_where_the_address_is() {
        for (vendor, text) in APPS {
            let read: Result<Table, _> = toml::from_str(text);
            assert!(read.is_ok(), "{vendor}: {read:?}");
            assert!(table(vendor).concepts.contains_key(&Concept::Email), "{vendor}");
        }
    }

    #[test]
    fn every_concept_has_a_place_that_can_be_found() {
        for (vendor, _) in APPS {
            for (concept, place) in &table(vendor).concepts {
                let parts = place.parts.iter().count();
                assert!(place.fields.is_empty() != (parts == 0), "{vendor} {concept:?}");
                assert!(parts == 0 || *concept == Concept::Name, "{vendor} {concept:?}");
            }
        }
    }

    #[test]
    fn concepts_are_named_as_the_configuration_names_them() {
        for concept in Concept::ALL {
            let named: Concept =
                toml::from_str::<BTreeMap<String, Concept>>(&format!("c = {:?}", concept.as_str())).unwrap()
                    ["c"];
            assert_eq!(named, concept);
        }
    }

    #[test]
    fn a_field_shows_its_parts() {
        let check = |vendor: &str, one: &str, other: &str, expected: bool| {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(table(vendor).overlap(&one.into(), &other.into()), expected, "{one} {other}");
            }
        };
        check("salesforce", "MailingAddress", "MailingCity", true);
        check("salesforce", "Name", "FirstName", true);
        check("salesforce", "MailingAddress", "OtherCity", false);
        check("mailchimp", "full_name", "LNAME", true);
        check("google_contacts", "names.givenName", "names.familyName", false);
    }

    #[test]
    fn an_unknown_vendor_has_no_concepts() {
        assert!(table("nobody").concepts.is_empty());
    }
}
