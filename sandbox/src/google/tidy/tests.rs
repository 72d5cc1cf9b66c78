//! What comes back is not what was sent: each known difference, and that there is no second one.

use super::*;
use crate::google::contact::{Contact, Key};
use crate::google::mask::{Mask, Sources};
use crate::google::view::{self, Told};
use proptest::prelude::*;
use std::collections::BTreeSet;

const HABITS: Habits = Habits { home: Region::ES, reshape: false };

/// What is stored of these items of one path.
fn stored(path: &'static str, items: &Json, habits: Habits) -> Result<Json, ApiError> {
    let person = json!({ path: items });
    let mut fields = fields(&person, [path].into_iter(), habits)?;
    Ok(json!(fields.remove(path)))
}

fn check(path: &'static str, items: &Json, expected: &Json) {
    let once = stored(path, items, HABITS).unwrap();
    assert_eq!(&once, expected);
    assert_eq!(&stored(path, &once, HABITS).unwrap(), expected, "an echo of {path} is a change");
}

fn check_refused(path: &'static str, items: &Json, text: &str) {
    let error = stored(path, items, HABITS).unwrap_err();
    assert_eq!((error.code, error.status), (400, "INVALID_ARGUMENT"));
    assert!(error.message.contains(text), "{}", error.message);
}

#[test]
fn a_display_name_is_derived_and_never_taken() {
    check(
        "names",
        &json!([{ "givenName": "Ada", "familyName": "Lovelace", "displayName": "The Countess" }]),
        &json!([{ "givenName": "Ada", "familyName": "Lovelace", "displayName": "Ada Lovelace",
            "displayNameLastFirst": "Lovelace, Ada", "unstructuredName": "Ada Lovelace" }]),
    );
}

#[test]
fn a_whole_name_is_split_only_when_no_part_is_given() {
    let parts = |items: Json| {
        let stored = stored("names", &items, HABITS).unwrap();
        PARTS.map(|part| stored[0][part].as_str().unwrap_or("-").to_owned()).join("|")
    };
    const PARTS: [&str; 5] = ["honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix"];
    let whole = |name: &str| parts(json!([{ "unstructuredName": name }]));
    assert_eq!(whole("Dr. Ada Byron Lovelace"), "Dr.|Ada|Byron|Lovelace|-");
    assert_eq!(whole("Joe van Vliet"), "-|Joe|-|van Vliet|-");
    assert_eq!(whole("Sammy Davis, Jr."), "-|Sammy|-|Davis|Jr.");
    assert_eq!(whole("Prince"), "-|Prince|-|-|-");
    assert_eq!(whole("王小明"), "-|王小明|-|-|-");
    assert_eq!(parts(json!([{ "unstructuredName": "A B", "givenName": "C" }])), "-|C|-|-|-");
}

#[test]
fn a_phone_stays_as_typed_beside_its_canonical_form() {
    check(
        "phoneNumbers",
        &json!([{ "value": "666 12 34 90", "type": "homeFax" }, { "value": "ask", "type": "his desk" }]),
        &json!([
            { "value": "666 12 34 90", "canonicalForm": "+34666123490", "type": "homeFax", "formattedType": "Home Fax" },
            { "value": "ask", "type": "his desk", "formattedType": "his desk" },
        ]),
    );
}

#[test]
fn defaults_and_empty_items_are_dropped() {
    check("emailAddresses", &json!([{ "value": "", "type": "work" }, { "type": "home" }]), &json!([]));
    check("nicknames", &json!([{ "value": "Ace", "type": "DEFAULT" }]), &json!([{ "value": "Ace" }]));
    check(
        "organizations",
        &json!([{ "name": "X", "title": "", "current": false }, { "type": "work" }]),
        &json!([{ "name": "X" }]),
    );
    check(
        "birthdays",
        &json!([{ "date": { "year": 0, "month": 4, "day": 15 } }]),
        &json!([{ "date": { "month": 4, "day": 15 } }]),
    );
    check("addresses", &json!([{ "type": "home" }]), &json!([]));
    check("names", &json!([{ "displayName": "Nobody" }]), &json!([]));
}

#[test]
fn an_address_gets_its_envelope() {
    check(
        "addresses",
        &json!([{ "streetAddress": "Veldstraat 1", "city": "Gent", "postalCode": "9000", "country": "Belgium" }]),
        &json!([{ "streetAddress": "Veldstraat 1", "city": "Gent", "postalCode": "9000", "country": "Belgium",
            "formattedValue": "Veldstraat 1\nGent, 9000\nBelgium" }]),
    );
}

#[test]
fn a_web_address_is_kept_as_typed() {
    check("urls", &json!([{ "value": "kde.org" }]), &json!([{ "value": "kde.org" }]));
}

#[test]
fn two_names_are_refused() {
    let two = json!([{ "givenName": "A" }, { "givenName": "B" }]);
    check_refused("names", &two, "Cannot have more than one person.names per source.");
    check_refused("biographies", &json!([{ "value": "A" }, { "value": "B" }]), "person.biographies");
}

#[test]
fn days_that_do_not_exist_are_refused() {
    for date in [
        json!({ "year": 2001, "month": 2, "day": 29 }),
        json!({ "day": 5 }),
        json!({ "month": 13, "day": 1 }),
        json!({ "year": 10_000 }),
    ] {
        check_refused("birthdays", &json!([{ "date": date }]), "Invalid date");
    }
    check(
        "birthdays",
        &json!([{ "date": { "month": 2, "day": 29 } }]),
        &json!([{ "date": { "month": 2, "day": 29 } }]),
    );
}

#[test]
fn a_value_that_is_too_long_is_refused_but_notes_may_be_long() {
    let long = "x".repeat(MAX_VALUE_CHARS + 1);
    check_refused("urls", &json!([{ "value": long }]), "1024 characters");
    assert!(stored("biographies", &json!([{ "value": long }]), HABITS).is_ok());
}

#[test]
fn reshaping_goes_further_and_then_stands_still() {
    let habits = Habits { home: Region::BE, reshape: true };
    let check = |path, items: Json, expected: Json| {
        let once = stored(path, &items, habits).unwrap();
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&once[0][key], value);
        }
        assert_eq!(stored(path, &once, habits).unwrap(), once, "an echo of {path} is a change");
    };
    check("emailAddresses", json!([{ "value": " Ann@X.example" }]), json!({ "value": "ann@x.example" }));
    check("phoneNumbers", json!([{ "value": "0471001234" }]), json!({ "value": "+32 471 00 12 34" }));
    check("names", json!([{ "givenName": "Bob  " }]), json!({ "givenName": "Bob", "displayName": "Bob" }));
    check("biographies", json!([{ "value": "a\r\nb\r\n" }]), json!({ "value": "a\nb" }));
}

/// Texts on which tidying could trip: blanks, other scripts, numbers, words with a meaning.
fn word() -> impl Strategy<Value = Json> {
    const WORDS: &[&str] = &[
        "",
        " ",
        "Ada",
        " Ada ",
        "a\r\nb",
        "Dr. Ada van der Byron, Jr.",
        "王小明",
        "Zoe\u{301}",
        "0471001234",
        "+32 471 00 12 34",
        "ask",
        "Ann@X.example",
        "home",
        "my type",
        "DEFAULT",
    ];
    proptest::sample::select(WORDS).prop_map(Json::from)
}

/// An item with some of these keys.
fn item(keys: &'static [&'static str]) -> impl Strategy<Value = Json> {
    proptest::collection::vec((proptest::sample::select(keys), word()), 0..5)
        .prop_map(|pairs| {
            pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>()
        })
        .prop_map(Json::Object)
}

fn person() -> impl Strategy<Value = Json> {
    const NAME: &[&str] = &["givenName", "familyName", "honorificPrefix", "unstructuredName", "displayName"];
    const ADDRESS: &[&str] = &["streetAddress", "city", "country", "type", "formattedValue"];
    const ORGANIZATION: &[&str] = &["name", "title", "type", "department"];
    let typed = || proptest::collection::vec(item(&["value", "type"]), 0..3);
    (
        proptest::collection::vec(item(NAME), 0..=1),
        typed(),
        typed(),
        proptest::collection::vec(item(ADDRESS), 0..3),
        proptest::collection::vec(item(ORGANIZATION), 0..3),
        proptest::collection::vec(item(&["value", "contentType"]), 0..=1),
    )
        .prop_map(|(names, emails, phones, addresses, organizations, biographies)| {
            json!({ "names": names, "emailAddresses": emails, "phoneNumbers": phones, "addresses": addresses,
                "organizations": organizations, "biographies": biographies })
        })
}

proptest! {
    #[test]
    fn the_echo_of_an_answer_is_no_change(person in person(), reshape: bool) {
        let habits = Habits { home: Region::BE, reshape };
        let stored = fields(&person, Mask::writable(), habits).unwrap();
        let contact = Contact {
            key: Key(70), // one with a profile, which must not mix in
            revision: 1,
            updated_ms: 0,
            fields: stored,
            groups: BTreeSet::new(),
            previous: Vec::new(),
        };
        let contact_alone = Sources { contact: true, profile: false };
        let show = |contact: &Contact| view::person(contact, &Mask::everything(), contact_alone, Told::Plainly);
        let shown = show(&contact);
        let echoed = Contact { fields: fields(&shown, Mask::writable(), habits).unwrap(), ..contact };
        prop_assert_eq!(show(&echoed), shown);
    }
}
