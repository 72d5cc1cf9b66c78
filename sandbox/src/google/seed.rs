//! An account as it could be after some years of use.

use super::account::Account;
use super::book::{Book, Now};
use super::error::ApiError;
use super::hand::label_id;
use crate::people::{Labelled, Person};
use serde_json::{Map, Value as Json, json};

/// Between two contacts of the past, in milliseconds: an hour.
const BETWEEN_MS: i64 = 3_600_000;
/// Every so-manieth contact has a label.
const LABELLED_EVERY: usize = 6;
/// Every so-manieth has a field of the user's own.
const CUSTOM_FIELD_EVERY: usize = 8;
const LABEL: &str = "Customers";

impl Account {
    /// Fills the account with these people, the first of them the longest there. Gives their resource
    /// names in the same order. Listings show them at once, whatever the lag. A person whom Google
    /// would not take is left out.
    pub fn seed(&self, people: &[Person]) -> Vec<String> {
        self.with(|state, now| {
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let start_ms = now.ms.saturating_sub(count.saturating_mul(BETWEEN_MS));
            let times = (0..).map(|nth| start_ms + nth * BETWEEN_MS);
            let moments = times.map(|ms| Now { ms, lag_ms: 0, ..*now });
            let book = &mut state.book;
            people
                .iter()
                .zip(moments)
                .filter_map(|(person, then)| seed_one(book, person, &then).ok())
                .collect()
        })
    }
}

fn seed_one(book: &mut Book, person: &Person, then: &Now) -> Result<String, ApiError> {
    let draft = book.prepare_create(&json(person), 0, then)?;
    let contact = book.apply(draft, then);
    if person.number.is_multiple_of(LABELLED_EVERY) {
        let mut groups = contact.groups.clone();
        groups.insert(label_id(book, LABEL, then)?);
        book.regroup(contact.key, groups, then);
    }
    Ok(contact.key.to_string())
}

/// A person as Google's JSON has it.
fn json(person: &Person) -> Json {
    let name = &person.name;
    let mut fields = Map::new();
    let mut put = |path: &str, items: Vec<Json>| {
        if !items.is_empty() {
            fields.insert(path.to_owned(), Json::Array(items));
        }
    };
    put(
        "names",
        vec![json!({
            "honorificPrefix": name.prefix, "givenName": name.given, "middleName": name.middle,
            "familyName": name.family, "honorificSuffix": name.suffix,
        })],
    );
    let typed = |items: &[Labelled]| -> Vec<Json> {
        items.iter().map(|item| json!({ "value": item.value, "type": item.label })).collect()
    };
    put("emailAddresses", typed(&person.emails));
    put("phoneNumbers", typed(&person.phones));
    if person.company.is_some() || person.title.is_some() {
        put("organizations", vec![json!({ "name": person.company, "title": person.title, "type": "work" })]);
    }
    put("addresses", person.address.iter().map(address).collect());
    put("urls", person.website.iter().map(|value| json!({ "value": value, "type": "homePage" })).collect());
    put(
        "birthdays",
        person
            .birthday
            .iter()
            .map(|day| json!({ "date": { "year": day.year, "month": day.month, "day": day.day } }))
            .collect(),
    );
    put("biographies", person.notes.iter().map(|value| json!({ "value": value })).collect());
    if person.number.is_multiple_of(CUSTOM_FIELD_EVERY) {
        put("userDefined", vec![json!({ "key": "Favourite colour", "value": "blue" })]);
    }
    Json::Object(fields)
}

fn address(address: &crate::people::Address) -> Json {
    json!({
        "streetAddress": address.street, "city": address.city, "region": address.region,
        "postalCode": address.postal_code, "country": address.country, "type": "home",
    })
}
