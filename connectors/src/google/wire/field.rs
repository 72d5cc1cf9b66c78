//! The table of fields: how the engine's field names lie in Google's arrays.

use syntony_core::ids::FieldName;
use syntony_core::schema::{FieldSpec, Kind, Schema, Years};

/// The prefix of a contact's custom fields; what follows is the key, as the user typed it.
pub(in crate::google) const CUSTOM_PREFIX: &str = "userDefined.";
/// The longest text of one field, in characters; notes may be longer.
const MAX_FIELD_CHARS: u32 = 1_024;

/// The arrays of a person that hold fields of ours: those that a shadow keeps and a write may replace.
pub(in crate::google) const ARRAYS: [&str; 11] = [
    "addresses",
    "biographies",
    "birthdays",
    "emailAddresses",
    "names",
    "nicknames",
    "occupations",
    "organizations",
    "phoneNumbers",
    "urls",
    "userDefined",
];

/// The parts of a name.
pub(in crate::google) const NAME_PARTS: [&str; 5] =
    ["honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix"];
/// The parts of an organization that are fields.
pub(in crate::google) const ORGANIZATION_PARTS: [&str; 3] = ["name", "title", "department"];
/// Arrays of which the first entry's `value` is a field.
pub(in crate::google) const FIRST_VALUES: [&str; 3] = ["biographies", "nicknames", "occupations"];
/// Arrays that are lists of `value` and `type`.
pub(in crate::google) const VALUE_LISTS: [&str; 3] = ["emailAddresses", "phoneNumbers", "urls"];

/// Where a field lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::google) enum Field<'a> {
    /// A part of the one name.
    NamePart(&'static str),
    /// A part of the first organization.
    OrganizationPart(&'static str),
    /// The `value` of the first entry of that array.
    FirstValue(&'static str),
    /// All entries of that array, by `value` and `type`.
    ValueList(&'static str),
    /// All postal addresses.
    Addresses,
    /// The one birthday.
    Birthday,
    /// The custom field of that key.
    Custom(&'a str),
}

impl<'a> Field<'a> {
    /// Where the field of that name lies, if there is one.
    pub(in crate::google) fn parse(name: &'a FieldName) -> Option<Self> {
        let name = name.as_str();
        if let Some(key) = name.strip_prefix(CUSTOM_PREFIX) {
            return (!key.is_empty()).then_some(Field::Custom(key));
        }
        if let Some(part) = name.strip_prefix("names.") {
            return NAME_PARTS.into_iter().find(|known| *known == part).map(Field::NamePart);
        }
        if let Some(part) = name.strip_prefix("organizations.") {
            return ORGANIZATION_PARTS.into_iter().find(|known| *known == part).map(Field::OrganizationPart);
        }
        match name {
            "addresses" => Some(Field::Addresses),
            "birthdays" => Some(Field::Birthday),
            _ => {
                let first = FIRST_VALUES.into_iter().find(|known| *known == name).map(Field::FirstValue);
                first.or_else(|| VALUE_LISTS.into_iter().find(|known| *known == name).map(Field::ValueList))
            }
        }
    }

    /// The array that a write of this field replaces: the name in Google's update mask.
    pub(in crate::google) fn array(self) -> &'static str {
        match self {
            Field::NamePart(_) => "names",
            Field::OrganizationPart(_) => "organizations",
            Field::FirstValue(array) | Field::ValueList(array) => array,
            Field::Addresses => "addresses",
            Field::Birthday => "birthdays",
            Field::Custom(_) => "userDefined",
        }
    }
}

/// Google's fields; custom ones come into being when they are first written.
pub(in crate::google) fn schema() -> Schema {
    let text = |name: String| FieldSpec::new(name, Kind::Text).max_length_chars(MAX_FIELD_CHARS);
    let names = NAME_PARTS.iter().map(|part| text(format!("names.{part}")));
    let organizations = ORGANIZATION_PARTS.iter().map(|part| text(format!("organizations.{part}")));
    let rest = [
        FieldSpec::new("emailAddresses", Kind::Email).many().max_length_chars(MAX_FIELD_CHARS),
        FieldSpec::new("phoneNumbers", Kind::Phone).many().max_length_chars(MAX_FIELD_CHARS),
        FieldSpec::new("urls", Kind::Url).many().max_length_chars(MAX_FIELD_CHARS),
        FieldSpec::new("addresses", Kind::Address).many(),
        // `google.type.Date`: the year may be 0.
        FieldSpec::new("birthdays", Kind::Date).years(Years::Optional),
        FieldSpec::new("biographies", Kind::Text),
        text("nicknames".to_owned()),
        text("occupations".to_owned()),
    ];
    Schema::new(names.chain(organizations).chain(rest).collect()).open(CUSTOM_PREFIX)
}
