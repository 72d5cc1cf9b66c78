//! Which JSON a request may hold: the messages of Google's discovery document, as a table.
//!
//! Google refuses unknown keys and wrong kinds with 400 before it looks at anything else. A client that
//! invents a field, or sends a number where a text belongs, must not get past this simulator.
//!
//! Source: <https://people.googleapis.com/$discovery/rest?version=v1>, revision 20251117.

use super::error::ApiError;
use serde_json::{Map, Value as Json};

/// What may stand at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A whole number of 32 bits, also as a string, as proto3 JSON has it.
    Int,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An object with these keys and no others.
    Object(&'static [(&'static str, Shape)]),
    /// An array of one shape.
    List(&'static Shape),
    /// An object with any keys, and one shape.
    Map(&'static Shape),
}

use Shape::{Choice, Flag, Int, List, Object, Text};

const SOURCE_TYPES: &[&str] = &[
    "SOURCE_TYPE_UNSPECIFIED",
    "ACCOUNT",
    "PROFILE",
    "DOMAIN_PROFILE",
    "CONTACT",
    "OTHER_CONTACT",
    "DOMAIN_CONTACT",
];
const OBJECT_TYPES: &[&str] = &["OBJECT_TYPE_UNSPECIFIED", "PERSON", "PAGE"];
const USER_TYPES: &[&str] = &["USER_TYPE_UNKNOWN", "GOOGLE_USER", "GPLUS_USER", "GOOGLE_APPS_USER"];
const SOURCE: Shape = Object(&[
    ("etag", Text),
    ("id", Text),
    (
        "profileMetadata",
        Object(&[("objectType", Choice(OBJECT_TYPES)), ("userTypes", List(&Choice(USER_TYPES)))]),
    ),
    ("type", Choice(SOURCE_TYPES)),
    ("updateTime", Text),
]);
const META: (&str, Shape) = (
    "metadata",
    Object(&[("primary", Flag), ("source", SOURCE), ("sourcePrimary", Flag), ("verified", Flag)]),
);
const DATE: Shape = Object(&[("day", Int), ("month", Int), ("year", Int)]);
const TYPE: (&str, Shape) = ("type", Text);
const FORMATTED: (&str, Shape) = ("formattedType", Text);
const VALUE: (&str, Shape) = ("value", Text);
const KEY: (&str, Shape) = ("key", Text);

const VALUES: Shape = List(&Object(&[META, VALUE]));
const TYPED_VALUES: Shape = List(&Object(&[FORMATTED, META, TYPE, VALUE]));
const KEYED_VALUES: Shape = List(&Object(&[KEY, META, VALUE]));

/// `Person`.
pub(super) const PERSON: Shape = Object(&[
    (
        "addresses",
        List(&Object(&[
            ("city", Text),
            ("country", Text),
            ("countryCode", Text),
            ("extendedAddress", Text),
            FORMATTED,
            ("formattedValue", Text),
            META,
            ("poBox", Text),
            ("postalCode", Text),
            ("region", Text),
            ("streetAddress", Text),
            TYPE,
        ])),
    ),
    ("ageRange", Text),
    ("ageRanges", List(&Object(&[("ageRange", Text), META]))),
    (
        "biographies",
        List(&Object(&[
            ("contentType", Choice(&["CONTENT_TYPE_UNSPECIFIED", "TEXT_PLAIN", "TEXT_HTML"])),
            META,
            VALUE,
        ])),
    ),
    ("birthdays", List(&Object(&[("date", DATE), META, ("text", Text)]))),
    ("braggingRights", VALUES),
    ("calendarUrls", List(&Object(&[FORMATTED, META, TYPE, ("url", Text)]))),
    ("clientData", KEYED_VALUES),
    ("coverPhotos", List(&Object(&[("default", Flag), META, ("url", Text)]))),
    ("emailAddresses", List(&Object(&[("displayName", Text), FORMATTED, META, TYPE, VALUE]))),
    ("etag", Text),
    ("events", List(&Object(&[("date", DATE), FORMATTED, META, TYPE]))),
    ("externalIds", TYPED_VALUES),
    ("fileAses", VALUES),
    ("genders", List(&Object(&[("addressMeAs", Text), ("formattedValue", Text), META, VALUE]))),
    (
        "imClients",
        List(&Object(&[
            ("formattedProtocol", Text),
            FORMATTED,
            META,
            ("protocol", Text),
            TYPE,
            ("username", Text),
        ])),
    ),
    ("interests", VALUES),
    ("locales", VALUES),
    (
        "locations",
        List(&Object(&[
            ("buildingId", Text),
            ("current", Flag),
            ("deskCode", Text),
            ("floor", Text),
            ("floorSection", Text),
            META,
            TYPE,
            VALUE,
        ])),
    ),
    (
        "memberships",
        List(&Object(&[
            (
                "contactGroupMembership",
                Object(&[("contactGroupId", Text), ("contactGroupResourceName", Text)]),
            ),
            ("domainMembership", Object(&[("inViewerDomain", Flag)])),
            META,
        ])),
    ),
    (
        "metadata",
        Object(&[
            ("deleted", Flag),
            ("linkedPeopleResourceNames", List(&Text)),
            ("objectType", Choice(OBJECT_TYPES)),
            ("previousResourceNames", List(&Text)),
            ("sources", List(&SOURCE)),
        ]),
    ),
    (
        "miscKeywords",
        List(&Object(&[
            FORMATTED,
            META,
            (
                "type",
                Choice(&[
                    "TYPE_UNSPECIFIED",
                    "OUTLOOK_BILLING_INFORMATION",
                    "OUTLOOK_DIRECTORY_SERVER",
                    "OUTLOOK_KEYWORD",
                    "OUTLOOK_MILEAGE",
                    "OUTLOOK_PRIORITY",
                    "OUTLOOK_SENSITIVITY",
                    "OUTLOOK_SUBJECT",
                    "OUTLOOK_USER",
                    "HOME",
                    "WORK",
                    "OTHER",
                ]),
            ),
            VALUE,
        ])),
    ),
    (
        "names",
        List(&Object(&[
            ("displayName", Text),
            ("displayNameLastFirst", Text),
            ("familyName", Text),
            ("givenName", Text),
            ("honorificPrefix", Text),
            ("honorificSuffix", Text),
            META,
            ("middleName", Text),
            ("phoneticFamilyName", Text),
            ("phoneticFullName", Text),
            ("phoneticGivenName", Text),
            ("phoneticHonorificPrefix", Text),
            ("phoneticHonorificSuffix", Text),
            ("phoneticMiddleName", Text),
            ("unstructuredName", Text),
        ])),
    ),
    (
        "nicknames",
        List(&Object(&[
            META,
            (
                "type",
                Choice(&[
                    "DEFAULT",
                    "MAIDEN_NAME",
                    "INITIALS",
                    "GPLUS",
                    "OTHER_NAME",
                    "ALTERNATE_NAME",
                    "SHORT_NAME",
                ]),
            ),
            VALUE,
        ])),
    ),
    ("occupations", VALUES),
    (
        "organizations",
        List(&Object(&[
            ("costCenter", Text),
            ("current", Flag),
            ("department", Text),
            ("domain", Text),
            ("endDate", DATE),
            FORMATTED,
            ("fullTimeEquivalentMillipercent", Int),
            ("jobDescription", Text),
            ("location", Text),
            META,
            ("name", Text),
            ("phoneticName", Text),
            ("startDate", DATE),
            ("symbol", Text),
            ("title", Text),
            TYPE,
        ])),
    ),
    ("phoneNumbers", List(&Object(&[("canonicalForm", Text), FORMATTED, META, TYPE, VALUE]))),
    ("photos", List(&Object(&[("default", Flag), META, ("url", Text)]))),
    ("relations", List(&Object(&[FORMATTED, META, ("person", Text), TYPE]))),
    ("relationshipInterests", List(&Object(&[("formattedValue", Text), META, VALUE]))),
    ("relationshipStatuses", List(&Object(&[("formattedValue", Text), META, VALUE]))),
    ("residences", List(&Object(&[("current", Flag), META, VALUE]))),
    ("resourceName", Text),
    ("sipAddresses", TYPED_VALUES),
    ("skills", VALUES),
    ("taglines", VALUES),
    ("urls", TYPED_VALUES),
    ("userDefined", KEYED_VALUES),
]);

const READ_SOURCES: Shape = List(&Choice(&super::mask::READ_SOURCES));

/// `BatchCreateContactsRequest`.
pub(super) const BATCH_CREATE: Shape = Object(&[
    ("contacts", List(&Object(&[("contactPerson", PERSON)]))),
    ("readMask", Text),
    ("sources", READ_SOURCES),
]);

/// `BatchUpdateContactsRequest`.
pub(super) const BATCH_UPDATE: Shape = Object(&[
    ("contacts", Shape::Map(&PERSON)),
    ("readMask", Text),
    ("sources", READ_SOURCES),
    ("updateMask", Text),
]);

/// `BatchDeleteContactsRequest`.
pub(super) const BATCH_DELETE: Shape = Object(&[("resourceNames", List(&Text))]);

const GROUP: Shape = Object(&[
    ("clientData", List(&Object(&[KEY, VALUE]))),
    ("etag", Text),
    ("formattedName", Text),
    ("groupType", Choice(&["GROUP_TYPE_UNSPECIFIED", "USER_CONTACT_GROUP", "SYSTEM_CONTACT_GROUP"])),
    ("memberCount", Int),
    ("memberResourceNames", List(&Text)),
    ("metadata", Object(&[("deleted", Flag), ("updateTime", Text)])),
    ("name", Text),
    ("resourceName", Text),
]);

/// `CreateContactGroupRequest`.
pub(super) const GROUP_CREATE: Shape = Object(&[("contactGroup", GROUP), ("readGroupFields", Text)]);

/// `UpdateContactGroupRequest`.
pub(super) const GROUP_UPDATE: Shape =
    Object(&[("contactGroup", GROUP), ("readGroupFields", Text), ("updateGroupFields", Text)]);

/// `ModifyContactGroupMembersRequest`.
pub(super) const MODIFY_MEMBERS: Shape =
    Object(&[("resourceNamesToAdd", List(&Text)), ("resourceNamesToRemove", List(&Text))]);

impl Shape {
    /// Whether this JSON is of this shape. `place` is its path in the request, empty at the root.
    pub(super) fn check(&self, value: &Json, place: &str) -> Result<(), ApiError> {
        if value.is_null() {
            return Ok(()); // null stands for "not set" everywhere in proto3 JSON
        }
        match self {
            Shape::Text if value.is_string() => Ok(()),
            Shape::Text => Err(wrong_kind(place, "TYPE_STRING", value)),
            Shape::Flag if value.is_boolean() => Ok(()),
            Shape::Flag => Err(wrong_kind(place, "TYPE_BOOL", value)),
            Shape::Int => int(value).map(|_| ()).ok_or_else(|| wrong_kind(place, "TYPE_INT32", value)),
            Shape::Choice(words) => match value.as_str() {
                Some(word) if words.contains(&word) => Ok(()),
                Some(_) | None => Err(wrong_kind(place, "TYPE_ENUM", value)),
            },
            Shape::Object(keys) => {
                let object = object(value, place)?;
                for (key, inner) in object {
                    let Some((_, shape)) = keys.iter().find(|(known, _)| known == key) else {
                        return Err(unknown_key(key, place));
                    };
                    shape.check(inner, &join(place, key))?;
                }
                Ok(())
            }
            Shape::List(shape) => {
                let items = value.as_array().ok_or_else(|| wrong_kind(place, "TYPE_MESSAGE", value))?;
                items.iter().enumerate().try_for_each(|(index, item)| {
                    if item.is_null() {
                        return Err(wrong_kind(&format!("{place}[{index}]"), "TYPE_MESSAGE", item));
                    }
                    shape.check(item, &format!("{place}[{index}]"))
                })
            }
            Shape::Map(shape) => {
                if value.is_array() {
                    let text = format!("Cannot bind a list to map for field '{}'.", last(place));
                    return Err(ApiError::violation(place, text));
                }
                object(value, place)?
                    .iter()
                    .try_for_each(|(key, inner)| shape.check(inner, &join(place, key)))
            }
        }
    }
}

/// A whole number, also as a string.
pub(super) fn int(value: &Json) -> Option<i32> {
    match value {
        Json::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        Json::String(digits) => digits.parse().ok(),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

fn object<'a>(value: &'a Json, place: &str) -> Result<&'a Map<String, Json>, ApiError> {
    value.as_object().ok_or_else(|| wrong_kind(place, "TYPE_MESSAGE", value))
}

fn join(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

fn last(place: &str) -> &str {
    place.rsplit('.').next().unwrap_or(place)
}

fn unknown_key(key: &str, place: &str) -> ApiError {
    let at = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
    let text = format!("Invalid JSON payload received. Unknown name \"{key}\"{at}: Cannot find field.");
    ApiError::violation(place, text)
}

fn wrong_kind(place: &str, wanted: &str, value: &Json) -> ApiError {
    ApiError::violation(place, format!("Invalid value at '{place}' ({wanted}), {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(shape: &Shape, value: &Json, refusal: Option<&str>) {
        let told = shape.check(value, "person").err();
        match (refusal, told) {
            (None, None) => {}
            (Some(expected), Some(error)) => {
                assert_eq!((error.code, error.status), (400, "INVALID_ARGUMENT"));
                assert!(error.message.contains(expected), "{}", error.message);
            }
            (expected, told) => panic!("{value}: {told:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_key_that_google_does_not_know_is_refused_wherever_it_stands() {
        check(&PERSON, &json!({ "names": [{ "givenName": "Ada" }] }), None);
        check(&PERSON, &json!({ "name": "Ada" }), Some("Unknown name \"name\" at 'person'"));
        check(
            &PERSON,
            &json!({ "names": [{}, { "firstName": "Ada" }] }),
            Some("Unknown name \"firstName\" at 'person.names[1]': Cannot find field."),
        );
    }

    #[test]
    fn a_wrong_kind_is_refused() {
        check(&PERSON, &json!({ "names": { "givenName": "Ada" } }), Some("Invalid value at 'person.names'"));
        check(&PERSON, &json!({ "names": [{ "givenName": 7 }] }), Some("(TYPE_STRING), 7"));
        check(&PERSON, &json!({ "nicknames": [{ "type": "PET" }] }), Some("(TYPE_ENUM)"));
        check(&PERSON, &json!({ "birthdays": [{ "date": { "day": 1.5 } }] }), Some("(TYPE_INT32)"));
        check(&PERSON, &json!({ "birthdays": [{ "date": { "day": "15" } }] }), None);
        check(&PERSON, &json!({ "names": null, "etag": null }), None);
    }

    #[test]
    fn a_list_of_updates_is_no_map_of_updates() {
        let list = json!({ "contacts": [{ "etag": "x" }], "updateMask": "names" });
        check(&BATCH_UPDATE, &list, Some("Cannot bind a list to map for field 'contacts'"));
    }
}
