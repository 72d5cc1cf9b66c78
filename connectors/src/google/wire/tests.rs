//! Hard people, both ways.

use super::draft::Draft;
use super::field::{ARRAYS, Field, schema};
use super::person::Person;
use super::record::record;
use super::shadow::Shadow;
use super::{Entry, READ_MASK};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use syntony_core::ids::{FieldName, Tag};
use syntony_core::record::{Fields, Record};
use syntony_core::value::{Address, Date, Item, Value};

/// A person with these arrays and everything that Google adds.
fn person(arrays: &Json) -> Person {
    let mut json = json!({
        "resourceName": "people/c1",
        "etag": "%person",
        "metadata": { "sources": [
            { "type": "CONTACT", "id": "1f", "etag": "#source", "updateTime": "2026-07-27T10:00:00.123456Z" }
        ], "objectType": "PERSON" },
    });
    json.as_object_mut().unwrap().extend(arrays.as_object().unwrap().clone());
    Person::parse(json).unwrap()
}

fn tag(id: &str) -> Option<Tag> {
    (id == "contactGroups/aa").then(|| Tag::new("customer"))
}

fn read(arrays: &Json) -> Record {
    record(&person(arrays), tag, &["userDefined.Mapped".into()]).unwrap()
}

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

/// What a write of `fields` sends, array by array.
fn check_write(held: Json, fields: &[(&str, Value)], expected: Json) {
    let shadow = Shadow::of(&person(&held)).unwrap();
    // As it comes back from a record.
    let shadow = Shadow::parse(shadow.to_text().as_deref()).unwrap();
    let fields: Fields = fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    let draft = Draft::update(&shadow, &fields).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let mut sent = Entry::new();
    draft.write_into(&mut sent, draft.mask());
    assert_eq!(Json::Object(sent), expected, "{held}");
}

fn item(value: &str, label: Option<&str>) -> Item {
    Item { value: Value::text(value), label: label.map(str::to_owned) }
}

#[test]
fn a_changed_part_of_a_name_takes_nothing_else_along() {
    check_write(
        json!({ "names": [{
            "metadata": { "primary": true, "sourcePrimary": true }, "displayName": "Ada Byron",
            "displayNameLastFirst": "Byron, Ada", "unstructuredName": "Ada Byron",
            "givenName": "Ada", "familyName": "Byron", "phoneticGivenName": "Eida",
        }]}),
        &[("names.familyName", Value::text("Lovelace"))],
        json!({ "names": [{
            "metadata": { "sourcePrimary": true },
            "givenName": "Ada", "familyName": "Lovelace", "phoneticGivenName": "Eida",
        }]}),
    );
    check_write(
        json!({ "names": [{ "givenName": "Prince", "displayName": "Prince" }] }),
        &[("names.givenName", Value::Null)],
        json!({ "names": [] }),
    );
    check_write(
        json!({}),
        &[("names.givenName", Value::text("王小明"))],
        json!({ "names": [{ "givenName": "王小明" }] }),
    );
}

#[test]
fn a_changed_title_takes_no_other_part_of_the_organization_along() {
    let held = json!({ "organizations": [
        { "metadata": { "primary": true }, "name": "Acme", "title": "Dev", "location": "Ghent", "current": true },
        { "name": "Old Ltd" },
    ]});
    check_write(
        held.clone(),
        &[("organizations.title", Value::text("Lead"))],
        json!({ "organizations": [
            { "name": "Acme", "title": "Lead", "location": "Ghent", "current": true }, { "name": "Old Ltd" },
        ]}),
    );
    check_write(
        json!({ "organizations": [{ "name": "Acme", "type": "work", "current": true }] }),
        &[("organizations.name", Value::Null)],
        json!({ "organizations": [] }),
    );
}

#[test]
fn labels_and_unmodelled_parts_of_other_entries_survive_an_edited_list() {
    check_write(
        json!({ "emailAddresses": [
            { "value": "a@x.com", "type": "home", "displayName": "Ada", "formattedType": "Home" },
            { "value": "b@x.com", "type": "work" },
        ]}),
        &[("emailAddresses", Value::List(vec![item("c@x.com", None), item("a@x.com", None)]))],
        json!({ "emailAddresses": [
            { "value": "c@x.com" }, { "value": "a@x.com", "type": "home", "displayName": "Ada" },
        ]}),
    );
    check_write(
        json!({ "phoneNumbers": [{ "value": "1", "type": "home" }, { "value": "1", "type": "work" }] }),
        &[("phoneNumbers", Value::List(vec![item("1", Some("work")), item("2", Some("main"))]))],
        json!({ "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "main" }] }),
    );
    check_write(
        json!({ "phoneNumbers": [{ "value": "1", "type": "home" }] }),
        &[("phoneNumbers", Value::List(Vec::new()))],
        json!({ "phoneNumbers": [] }),
    );
}

#[test]
fn an_edited_address_keeps_what_we_do_not_model_and_drops_what_is_wrong_now() {
    let held = json!({ "addresses": [
        { "type": "home", "streetAddress": "1 Main St", "city": "Ghent", "country": "Belgium",
          "countryCode": "BE", "poBox": "7", "formattedValue": "1 Main St\nGhent" },
        { "type": "work", "city": "Paris", "extendedAddress": "Floor 2" },
    ]});
    let address = |street: &str, city: &str, country: &str| {
        let address = Address {
            street: street.into(),
            city: city.into(),
            country: country.into(),
            ..Address::default()
        };
        Item { value: Value::Address(Box::new(address)), label: Some("home".into()) }
    };
    check_write(
        held.clone(),
        &[("addresses", Value::List(vec![address("2 Main St", "Ghent", "Belgium")]))],
        json!({ "addresses": [
            { "type": "home", "streetAddress": "2 Main St", "city": "Ghent", "country": "Belgium",
              "countryCode": "BE", "poBox": "7" },
        ]}),
    );
    check_write(
        held,
        &[("addresses", Value::List(vec![address("1 Rue", "Lille", "France")]))],
        json!({ "addresses": [
            { "type": "home", "streetAddress": "1 Rue", "city": "Lille", "country": "France", "poBox": "7" },
        ]}),
    );
}

#[test]
fn the_first_value_is_the_field_and_the_others_are_left_alone() {
    let held = json!({ "nicknames": [{ "value": "A", "type": "INITIALS" }, { "value": "B" }] });
    check_write(
        held.clone(),
        &[("nicknames", Value::text("C"))],
        json!({ "nicknames": [{ "value": "C", "type": "INITIALS" }, { "value": "B" }] }),
    );
    check_write(held, &[("nicknames", Value::Null)], json!({ "nicknames": [{ "value": "B" }] }));
    check_write(
        json!({ "biographies": [{ "value": "<b>x</b>", "contentType": "TEXT_HTML" }] }),
        &[("biographies", Value::text("y"))],
        json!({ "biographies": [{ "value": "y", "contentType": "TEXT_PLAIN" }] }),
    );
}

#[test]
fn a_custom_field_is_set_and_cleared_by_its_key() {
    let held = json!({ "userDefined": [{ "key": "a", "value": "1" }, { "key": "b", "value": "2" }] });
    check_write(
        held,
        &[
            ("userDefined.a", Value::Null),
            ("userDefined.b", Value::text("3")),
            ("userDefined.c", Value::text("4")),
            ("userDefined.d", Value::Null),
        ],
        json!({ "userDefined": [{ "key": "b", "value": "3" }, { "key": "c", "value": "4" }] }),
    );
}

#[test]
fn a_birthday_is_written_without_inventing_a_year() {
    let date = |year| Value::Date(Date::new(year, 4, 15).unwrap());
    let held = json!({ "birthdays": [{ "date": { "year": 1990, "month": 1, "day": 1 }, "text": "1 Jan" }] });
    check_write(
        held.clone(),
        &[("birthdays", date(None))],
        json!({ "birthdays": [{ "date": { "month": 4, "day": 15 } }] }),
    );
    check_write(
        json!({}),
        &[("birthdays", date(Some(1990)))],
        json!({ "birthdays": [{ "date": { "year": 1990, "month": 4, "day": 15 } }] }),
    );
    check_write(held, &[("birthdays", Value::Null)], json!({ "birthdays": [] }));
}

#[test]
fn a_value_of_another_kind_and_an_unknown_field_are_refused_by_name() {
    for (name, value) in [
        ("names.displayName", Value::text("x")),
        ("photos", Value::text("x")),
        ("userDefined.", Value::text("x")),
        ("names.givenName", Value::Bool(true)),
        ("emailAddresses", Value::text("a@x.com")),
        ("addresses", Value::texts(["x"])),
        ("birthdays", Value::text("1990-01-01")),
    ] {
        let refusal = Draft::create(&[(name.into(), value)].into()).err().unwrap();
        assert_eq!(refusal.field.unwrap().as_str(), name);
    }
}

#[test]
fn a_shadow_of_another_version_or_none_is_read_again() {
    assert!(Shadow::parse(None).is_none());
    assert!(Shadow::parse(Some("")).is_none());
    assert!(Shadow::parse(Some(r#"{"v":99,"e":"","i":"","s":"","f":{}}"#)).is_none());
}

#[test]
fn a_list_as_long_as_google_shows_it_may_be_longer() {
    let many = |n: usize| {
        let entries: Vec<Json> = (0..n).map(|i| json!({ "value": format!("{i}@x.com") })).collect();
        Shadow::of(&person(&json!({ "emailAddresses": entries, "urls": entries }))).unwrap()
    };
    assert!(many(100).may_be_cut("emailAddresses"));
    assert!(!many(100).may_be_cut("urls"));
    assert!(!many(99).may_be_cut("emailAddresses"));
}

#[test]
fn every_array_that_a_field_lies_in_is_asked_for_and_kept() {
    let asked: Vec<&str> = READ_MASK.split(',').collect();
    for field in schema().fields() {
        let array = Field::parse(&field.name).unwrap().array();
        assert!(asked.contains(&array) && ARRAYS.contains(&array), "{array}");
    }
    assert!(asked.contains(&"metadata") && asked.contains(&"clientData") && asked.contains(&"memberships"));
    assert!(asked.iter().all(|part| !part.contains(char::is_whitespace)));
}

fn texts() -> impl Strategy<Value = String> {
    "[a-c]{1,2}"
}

fn lists() -> impl Strategy<Value = Vec<Item>> {
    let label = prop_oneof![Just(None), Just(Some("home".to_owned())), Just(Some("work".to_owned()))];
    proptest::collection::vec((texts(), label), 0..5).prop_map(|items| {
        items.into_iter().map(|(text, label)| Item { value: Value::Text(text), label }).collect()
    })
}

fn some_fields() -> impl Strategy<Value = Fields> {
    let text = || prop_oneof![Just(Value::Null), texts().prop_map(Value::Text)];
    let list = || lists().prop_map(Value::List);
    let date = prop_oneof![
        Just(Value::Null),
        (1_u8..=12, 1_u8..=28).prop_map(|(month, day)| Value::Date(Date::new(None, month, day).unwrap()))
    ];
    (
        [text(), text(), text(), text(), text()],
        [text(), text(), text()],
        [list(), list()],
        date,
        [text(), text()],
    )
        .prop_map(|(names, organizations, lists, date, others)| {
            let organization = ["organizations.name", "organizations.title", "organizations.department"];
            let name = ["names.honorificPrefix", "names.givenName", "names.middleName", "names.familyName"];
            let other = ["biographies", "userDefined.Mapped"];
            let texts = name.into_iter().zip(names).chain(organization.into_iter().zip(organizations));
            let texts = texts.chain(other.into_iter().zip(others));
            let lists = ["emailAddresses", "urls"].into_iter().zip(lists);
            let mut fields: Fields =
                texts.chain(lists).map(|(name, value)| (FieldName::new(name), value)).collect();
            fields.insert("birthdays".into(), date);
            fields
        })
}

/// The arrays as Google would hold them after a write.
fn held_after(draft: &Draft) -> Json {
    let mut arrays = Entry::new();
    draft.write_into(&mut arrays, draft.mask());
    arrays.retain(|_, entries| entries.as_array().is_some_and(|entries| !entries.is_empty()));
    Json::Object(arrays)
}

proptest! {
    /// What is written is what is read; a second write of the same changes nothing.
    #[test]
    fn written_fields_read_back_as_they_were_meant(first in some_fields(), second in some_fields()) {
        let held = held_after(&Draft::create(&first).unwrap());
        let shadow = Shadow::of(&person(&held)).unwrap();
        let draft = Draft::update(&shadow, &second).unwrap();
        let record = read(&held_after(&draft));
        for (name, wanted) in &second {
            let mut wanted = wanted.clone();
            // A label that is not asked for is not taken away.
            let mut got = record.fields.get(name).cloned().unwrap();
            if let (Value::List(wanted), Value::List(got)) = (&mut wanted, &mut got) {
                for (wanted, got) in wanted.iter_mut().zip(got) {
                    if wanted.label.is_none() {
                        wanted.label.clone_from(&got.label);
                    }
                }
            }
            prop_assert_eq!(got.to_plain(), wanted.to_plain(), "{}", name);
        }
        let after = Shadow::parse(record.shadow.as_deref()).unwrap();
        prop_assert!(Draft::update(&after, &second).unwrap().changes_nothing(&after));
    }

    /// A write of one field leaves every other field as it was.
    #[test]
    fn a_write_touches_no_other_field(held in some_fields(), wanted in some_fields(), pick in 0_usize..12) {
        let held = held_after(&Draft::create(&held).unwrap());
        let before = read(&held);
        let (name, value) = wanted.iter().nth(pick % wanted.len()).unwrap();
        let shadow = Shadow::parse(before.shadow.as_deref()).unwrap();
        let draft = Draft::update(&shadow, &[(name.clone(), value.clone())].into()).unwrap();
        let mut arrays = held.as_object().unwrap().clone();
        arrays.extend(held_after(&draft).as_object().unwrap().clone());
        for array in draft.mask() {
            if held_after(&draft).get(*array).is_none() {
                arrays.remove(*array);
            }
        }
        let after = read(&Json::Object(arrays));
        for (other, then) in before.fields.iter().filter(|(other, _)| *other != name) {
            prop_assert_eq!(after.fields.get(other).unwrap().to_plain(), then.to_plain(), "{}", other);
        }
    }
}
