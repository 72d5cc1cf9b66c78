//! What is made of a person.

use super::super::field::schema;
use super::super::person::Person;
use super::super::record::record;
use super::*;
use std::collections::BTreeMap;
use syntony_core::record::Fields;
use syntony_core::value::Value;

fn plain(fields: &Fields) -> BTreeMap<&str, Json> {
    fields.iter().map(|(name, value)| (name.as_str(), value.to_plain())).collect()
}

/// What a person reads as: the fields that are not empty.
fn check_read(arrays: Json, expected: Json) {
    let record = read(&arrays);
    let mut fields = record.fields;
    fields.retain(|_, value| !value.is_empty());
    assert_eq!(json!(plain(&fields)), expected, "{arrays}");
}

#[test]
fn a_contact_can_lack_its_name_and_everything_else() {
    check_read(json!({}), json!({}));
    check_read(json!({ "organizations": [{ "name": "Acme" }] }), json!({ "organizations.name": "Acme" }));
}

#[test]
fn what_a_whole_person_lacks_is_observed_as_empty() {
    let names: Vec<String> = read(&json!({})).fields.keys().map(|name| name.as_str().to_owned()).collect();
    let mut expected: Vec<String> =
        schema().fields().iter().map(|field| field.name.as_str().to_owned()).collect();
    expected.push("userDefined.Mapped".to_owned());
    assert_eq!(names, expected);
}

#[test]
fn the_primary_entry_comes_first_and_labels_stay() {
    check_read(
        json!({
            "emailAddresses": [
                { "value": "b@x.com", "type": "work", "formattedType": "Work" },
                { "metadata": { "primary": true }, "value": "a@x.com" },
                { "value": "  " },
            ],
            "phoneNumbers": [{ "value": "666 12 34 90", "canonicalForm": "+34666123490", "type": "mobile" }],
            "organizations": [
                { "name": "Second", "title": "Extra" },
                { "name": "First", "metadata": { "primary": true } },
            ],
        }),
        json!({
            "emailAddresses": ["a@x.com", { "value": "b@x.com", "label": "work" }],
            "phoneNumbers": [{ "value": "666 12 34 90", "label": "mobile" }],
            "organizations.name": "First",
        }),
    );
}

#[test]
fn a_birthday_never_gets_a_year_and_half_a_birthday_is_not_empty() {
    let birthday = |date: Json| json!({ "birthdays": [{ "date": date }] });
    check_read(birthday(json!({ "month": 2, "day": 29 })), json!({ "birthdays": "--02-29" }));
    check_read(birthday(json!({ "year": 0, "month": 2, "day": 3 })), json!({ "birthdays": "--02-03" }));
    check_read(
        birthday(json!({ "year": 1990, "month": 4, "day": 15 })),
        json!({ "birthdays": "1990-04-15" }),
    );
    for half in
        [json!({ "year": 1990 }), json!({ "year": 1990, "month": 4 }), json!({ "month": 2, "day": 30 })]
    {
        assert_eq!(read(&birthday(half)).fields.get("birthdays"), None, "not observed, rather than empty");
    }
    assert_eq!(read(&json!({})).fields.get("birthdays"), Some(&Value::Null));
    let text_alone = json!({ "birthdays": [{ "text": "in spring" }] });
    assert_eq!(read(&text_alone).fields.get("birthdays"), None);
}

#[test]
fn custom_fields_are_fields_and_the_first_of_two_counts() {
    check_read(
        json!({ "userDefined": [
            { "key": "Favourite colour", "value": "red" },
            { "key": "Favourite colour", "value": "blue" },
            { "key": "a.b", "value": "0" },
        ]}),
        json!({ "userDefined.Favourite colour": "red", "userDefined.a.b": "0" }),
    );
    assert_eq!(read(&json!({})).fields.get("userDefined.Mapped"), Some(&Value::Null));
}

#[test]
fn an_address_that_google_could_not_take_apart_is_still_read() {
    check_read(
        json!({ "addresses": [
            { "type": "home", "streetAddress": "1 Main St", "city": "Ghent", "country": "Belgium",
              "countryCode": "BE", "formattedValue": "1 Main St\nGhent\nBelgium" },
            { "formattedValue": "somewhere\nin Ghent" },
        ]}),
        json!({ "addresses": [
            { "value": { "street": "1 Main St", "city": "Ghent", "country": "Belgium" }, "label": "home" },
            { "street": "somewhere\nin Ghent" },
        ]}),
    );
}

#[test]
fn what_the_linked_profile_says_is_not_the_contacts() {
    let from = |kind: &str| json!({ "source": { "type": kind, "id": "1" } });
    check_read(
        json!({ "emailAddresses": [
            { "metadata": from("PROFILE"), "value": "profile@x.com" },
            { "metadata": from("CONTACT"), "value": "contact@x.com" },
        ]}),
        json!({ "emailAddresses": ["contact@x.com"] }),
    );
}

#[test]
fn version_tags_and_marker_are_read() {
    let record = read(&json!({
        "memberships": [
            { "contactGroupMembership": { "contactGroupResourceName": "contactGroups/myContacts" } },
            { "contactGroupMembership": { "contactGroupResourceName": "contactGroups/aa" } },
            { "domainMembership": { "inViewerDomain": true } },
        ],
        "clientData": [{ "key": "other", "value": "x" }, { "key": "syntony", "value": "op-1" }],
    }));
    assert_eq!(record.version.tag, "#source");
    assert_eq!(record.version.order, Some(1_785_146_400_123));
    assert_eq!(record.tags, Some([Tag::new("customer")].into()));
    assert_eq!(record.marker.unwrap().as_str(), "op-1");
}

#[test]
fn a_strange_shape_is_an_error_without_values() {
    for strange in
        [json!({ "names": "Ada" }), json!({ "names": ["Ada"] }), json!({ "urls": { "value": "Ada" } })]
    {
        let error = record(&person(&strange), tag, &[]).unwrap_err();
        assert!(!error.contains("Ada"), "{error}");
    }
    let no_source = Person::parse(json!({ "resourceName": "people/c1", "metadata": {} })).unwrap();
    assert!(record(&no_source, tag, &[]).is_err());
}
