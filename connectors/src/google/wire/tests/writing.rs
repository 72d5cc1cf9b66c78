//! What is sent of a contact.

use super::super::draft::Draft;
use super::super::field::{ARRAYS, Field, schema};
use super::super::shadow::Shadow;
use super::super::{Entry, READ_MASK};
use super::*;
use syntony_core::record::Fields;
use syntony_core::value::{Address, Date, Item, Value};

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
