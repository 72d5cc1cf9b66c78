//! From a person to what the engine knows of a contact.
//!
//! We always ask for the whole person, so an array that is not there is *empty*; what is there but cannot be
//! expressed (a birthday without a day) is left out: *not observed*.

use super::Entry;
use super::field::{CUSTOM_PREFIX, FIRST_VALUES, NAME_PARTS, ORGANIZATION_PARTS, VALUE_LISTS};
use super::person::{Person, text};
use super::shadow::Shadow;
use chrono::DateTime;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::ids::{FieldName, OpKey, Tag};
use syntony_core::record::{Fields, Record, Subscription, Version};
use syntony_core::value::{Address, Date, Item, Value};

/// The record of a person that is there. `tag` names the labels; `extra` are the custom fields to observe as
/// empty where they are missing.
///
/// # Errors
/// What is wrong with the person's shape.
pub(in crate::google) fn record(
    person: &Person,
    tag: impl Fn(&str) -> Option<Tag>,
    extra: &[FieldName],
) -> Result<Record, &'static str> {
    let source = person.contact_source().ok_or("a person without a contact source")?;
    let tags: BTreeSet<Tag> = person.group_names()?.into_iter().filter_map(tag).collect();
    Ok(Record {
        version: Version {
            tag: source.etag.clone(),
            order: source.update_time.as_deref().and_then(epoch_ms),
        },
        fields: fields(person, extra)?,
        tags: Some(tags),
        subscription: Subscription::Unknown,
        created_ms: None,
        marker: person.marker().map(OpKey::from),
        shadow: Shadow::of(person)?.to_text(),
    })
}

fn fields(person: &Person, extra: &[FieldName]) -> Result<Fields, &'static str> {
    let mut fields = Fields::new();
    let name = person.entries("names")?;
    for part in NAME_PARTS {
        fields.insert(format!("names.{part}").into(), text_of(name.first(), part));
    }
    let organization = person.entries("organizations")?;
    for part in ORGANIZATION_PARTS {
        fields.insert(format!("organizations.{part}").into(), text_of(organization.first(), part));
    }
    for array in FIRST_VALUES {
        fields.insert(array.into(), text_of(person.entries(array)?.first(), "value"));
    }
    for array in VALUE_LISTS {
        let entries = person.entries(array)?;
        fields.insert(array.into(), Value::List(entries.into_iter().filter_map(labelled_text).collect()));
    }
    let addresses = person.entries("addresses")?;
    fields.insert(
        "addresses".into(),
        Value::List(addresses.into_iter().filter_map(labelled_address).collect()),
    );
    if let Some(birthday) = birthday(person.entries("birthdays")?.first().copied()) {
        fields.insert("birthdays".into(), birthday);
    }

    for name in extra.iter().filter(|name| name.as_str().starts_with(CUSTOM_PREFIX)) {
        fields.insert(name.clone(), Value::Null);
    }
    // Backwards, so that of two entries with one key the first is what counts.
    for entry in person.entries("userDefined")?.into_iter().rev() {
        if let Some(key) = text(entry, "key") {
            fields.insert(format!("{CUSTOM_PREFIX}{key}").into(), text_of(Some(&entry), "value"));
        }
    }
    Ok(fields)
}

fn text_of(entry: Option<&&Entry>, key: &str) -> Value {
    entry.and_then(|entry| text(entry, key)).map_or(Value::Null, Value::text)
}

fn label(entry: &Entry) -> Option<String> {
    text(entry, "type").map(str::to_owned)
}

fn labelled_text(entry: &Entry) -> Option<Item> {
    text(entry, "value").map(|value| Item { value: Value::text(value), label: label(entry) })
}

fn labelled_address(entry: &Entry) -> Option<Item> {
    let address = address(entry);
    (!address.is_empty()).then(|| Item { value: Value::Address(Box::new(address)), label: label(entry) })
}

/// The parts that we model; an address that is only one text stands in `street` line by line.
pub(in crate::google) fn address(entry: &Entry) -> Address {
    let part = |key: &str| text(entry, key).unwrap_or_default().to_owned();
    let address = Address {
        street: part("streetAddress"),
        extended: part("extendedAddress"),
        city: part("city"),
        region: part("region"),
        postal_code: part("postalCode"),
        country: part("country"),
    };
    if address.is_empty() && text(entry, "poBox").is_none() && text(entry, "countryCode").is_none() {
        return Address { street: part("formattedValue"), ..Address::default() };
    }
    address
}

/// `None`: there is a birthday, and it is no day of the calendar.
fn birthday(entry: Option<&Entry>) -> Option<Value> {
    let Some(entry) = entry else { return Some(Value::Null) };
    let date = entry.get("date")?;
    let part = |key: &str| date.get(key).and_then(Json::as_i64).unwrap_or(0);
    let year = i32::try_from(part("year")).ok().filter(|year| *year != 0);
    let date = Date::new(year, u8::try_from(part("month")).ok()?, u8::try_from(part("day")).ok()?)?;
    Some(Value::Date(date))
}

/// Milliseconds of an RFC 3339 time. The epoch itself stands for *no time* (tombstones carry it).
fn epoch_ms(time: &str) -> Option<i64> {
    let millis = DateTime::parse_from_rfc3339(time).ok()?.timestamp_millis();
    (millis > 0).then_some(millis)
}
