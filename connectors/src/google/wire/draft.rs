//! From wished-for fields to the arrays of a write.
//!
//! A draft starts as the arrays that Google holds and changes what is asked for, entry by entry: labels,
//! other entries and sub-fields that we do not model stay as they are.

use super::Entry;
use super::field::{Field, ORGANIZATION_PARTS};
use super::person::text;
use super::record::address;
use super::shadow::Shadow;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::FieldName;
use syntony_core::op::Rejection;
use syntony_core::record::Fields;
use syntony_core::value::{Address, Date, Item, Value};

/// Arrays on their way to Google.
#[derive(Clone, Default)]
pub(in crate::google) struct Draft {
    arrays: BTreeMap<String, Vec<Entry>>,
    touched: BTreeSet<&'static str>,
}

impl Draft {
    /// A new contact with these fields.
    ///
    /// # Errors
    /// The field that cannot be written.
    pub(in crate::google) fn create(fields: &Fields) -> Result<Self, Rejection> {
        let mut draft = Self::default();
        draft.apply(fields)?;
        Ok(draft)
    }

    /// What is there, changed as `fields` asks.
    ///
    /// # Errors
    /// The field that cannot be written.
    pub(in crate::google) fn update(shadow: &Shadow, fields: &Fields) -> Result<Self, Rejection> {
        let mut draft = Self { arrays: shadow.arrays.clone(), touched: BTreeSet::new() };
        draft.apply(fields)?;
        Ok(draft)
    }

    /// The arrays that the fields touched: this contact's update mask.
    pub(in crate::google) fn mask(&self) -> &BTreeSet<&'static str> {
        &self.touched
    }

    /// Whether Google holds all of it already.
    pub(in crate::google) fn changes_nothing(&self, shadow: &Shadow) -> bool {
        self.touched
            .iter()
            .all(|array| self.entries(array) == shadow.arrays.get(*array).map_or(&[][..], |e| e))
    }

    fn entries(&self, array: &str) -> &[Entry] {
        self.arrays.get(array).map_or(&[], Vec::as_slice)
    }

    /// Adds the arrays of `mask` to a person, empty ones too: an array in the mask that is not in the person
    /// is cleared, and then it shall be because we say so.
    pub(in crate::google) fn write_into(&self, person: &mut Entry, mask: &BTreeSet<&'static str>) {
        for array in mask {
            person.insert((*array).to_owned(), json!(self.entries(array)));
        }
    }

    fn apply(&mut self, fields: &Fields) -> Result<(), Rejection> {
        for (name, value) in fields {
            let field = Field::parse(name).ok_or_else(|| refuse(name, "Google has no such field"))?;
            let entries = self.arrays.entry(field.array().to_owned()).or_default();
            set(entries, field, value).map_err(|reason| refuse(name, reason))?;
            self.touched.insert(field.array());
        }
        Ok(())
    }
}

fn refuse(name: &FieldName, reason: &str) -> Rejection {
    Rejection { field: Some(name.clone()), reason: reason.to_owned(), hint: None }
}

fn set(entries: &mut Vec<Entry>, field: Field<'_>, value: &Value) -> Result<(), &'static str> {
    match field {
        Field::NamePart(part) => {
            set_part(entries, part, single_text(value)?);
            // An unparsed name beside new parts would be ignored or parsed again.
            entries.iter_mut().for_each(|name| drop(name.remove("unstructuredName")));
            entries.retain(|name| name.keys().any(|key| key != "metadata"));
        }
        Field::OrganizationPart(part) => {
            set_part(entries, part, single_text(value)?);
            entries.retain(|organization| !is_hollow(organization));
        }
        Field::FirstValue(array) => set_first_value(entries, array, single_text(value)?),
        Field::ValueList(_) => *entries = value_list(entries, items(value)?)?,
        Field::Addresses => *entries = address_list(entries, items(value)?)?,
        Field::Birthday => match value {
            Value::Date(date) => *entries = vec![birthday(*date)],
            empty if empty.is_empty() => entries.clear(),
            _ => return Err("the field takes a date"),
        },
        Field::Custom(key) => set_custom(entries, key, single_text(value)?),
    }
    Ok(())
}

/// The text, `None` for a clear.
fn single_text(value: &Value) -> Result<Option<&str>, &'static str> {
    match value {
        empty if empty.is_empty() => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        _ => Err("the field takes text"),
    }
}

fn items(value: &Value) -> Result<&[Item], &'static str> {
    match value {
        Value::List(items) => Ok(items),
        Value::Null => Ok(&[]),
        _ => Err("the field takes a list"),
    }
}

/// Sets a part of the first entry, which comes into being for it.
fn set_part(entries: &mut Vec<Entry>, part: &str, wanted: Option<&str>) {
    match (entries.first_mut(), wanted) {
        (Some(entry), Some(text)) => drop(entry.insert(part.to_owned(), json!(text))),
        (Some(entry), None) => drop(entry.remove(part)),
        (None, Some(text)) => entries.push(Entry::from_iter([(part.to_owned(), json!(text))])),
        (None, None) => {}
    }
}

/// Whether an organization says nothing any more: what is left only describes what was there.
fn is_hollow(organization: &Entry) -> bool {
    let says = |key: &String| !matches!(key.as_str(), "metadata" | "type" | "current");
    ORGANIZATION_PARTS.iter().all(|part| text(organization, part).is_none()) && !organization.keys().any(says)
}

fn set_first_value(entries: &mut Vec<Entry>, array: &str, wanted: Option<&str>) {
    match wanted {
        Some(_) => set_part(entries, "value", wanted),
        // One entry was the field; the others are not ours to take.
        None if !entries.is_empty() => drop(entries.remove(0)),
        None => {}
    }
    if let (Some(entry), "biographies") = (entries.first_mut(), array) {
        // What we write is plain text, also where HTML was.
        entry.insert("contentType".to_owned(), json!("TEXT_PLAIN"));
    }
}

fn set_custom(entries: &mut Vec<Entry>, key: &str, wanted: Option<&str>) {
    let at = entries.iter().position(|entry| text(entry, "key") == Some(key));
    match (at.and_then(|at| entries.get_mut(at)), wanted) {
        (Some(entry), Some(value)) => drop(entry.insert("value".to_owned(), json!(value))),
        (Some(_), None) => drop(at.map(|at| entries.remove(at))),
        (None, Some(value)) => {
            entries
                .push(Entry::from_iter([("key".to_owned(), json!(key)), ("value".to_owned(), json!(value))]));
        }
        (None, None) => {}
    }
}

fn birthday(date: Date) -> Entry {
    let mut json = json!({ "month": date.month, "day": date.day });
    if let (Some(year), Some(json)) = (date.year, json.as_object_mut()) {
        json.insert("year".to_owned(), json!(year));
    }
    Entry::from_iter([("date".to_owned(), json)])
}

/// The wanted values in the wanted order, each in the entry that already holds it, if one does.
fn value_list(held: &[Entry], wanted: &[Item]) -> Result<Vec<Entry>, &'static str> {
    let mut left: Vec<&Entry> = held.iter().collect();
    let mut list = Vec::with_capacity(wanted.len());
    for item in wanted.iter().filter(|item| !item.value.is_empty()) {
        let value = item.value.as_text().ok_or("the field takes a list of texts")?;
        let mut entry = take(&mut left, item, |entry| text(entry, "value") == Some(value))
            .unwrap_or_else(|| Entry::from_iter([("value".to_owned(), json!(value))]));
        set_label(&mut entry, item);
        list.push(entry);
    }
    Ok(list)
}

fn address_list(held: &[Entry], wanted: &[Item]) -> Result<Vec<Entry>, &'static str> {
    let mut left: Vec<&Entry> = held.iter().collect();
    let mut list: Vec<(Option<Entry>, &Item, &Address)> = Vec::with_capacity(wanted.len());
    for item in wanted.iter().filter(|item| !item.value.is_empty()) {
        let Value::Address(wanted) = &item.value else { return Err("the field takes a list of addresses") };
        list.push((take(&mut left, item, |entry| address(entry) == **wanted), item, wanted));
    }
    // What no wish matched, and what no entry matched, under one label: an address that was edited.
    let entries = list.into_iter().map(|(entry, item, wanted)| {
        let mut entry = match entry {
            Some(entry) => entry,
            None => edited(
                take(&mut left, item, |entry| text(entry, "type") == item.label.as_deref()).as_ref(),
                wanted,
            ),
        };
        set_label(&mut entry, item);
        entry
    });
    Ok(entries.collect())
}

/// Takes an entry that fits out of what is left: one with the wanted label, if there is one, before others.
fn take(left: &mut Vec<&Entry>, item: &Item, fits: impl Fn(&Entry) -> bool) -> Option<Entry> {
    let labelled =
        |entry: &&Entry| item.label.is_some() && fits(entry) && text(entry, "type") == item.label.as_deref();
    let at = left.iter().position(labelled).or_else(|| left.iter().position(|entry| fits(entry)))?;
    Some(left.remove(at).clone())
}

/// An item without a label leaves the entry's as it is: not every app has labels.
fn set_label(entry: &mut Entry, item: &Item) {
    if let Some(label) = &item.label {
        entry.insert("type".to_owned(), json!(label));
    }
}

/// The address in Google's terms, keeping of the old one what we do not model and what still holds.
fn edited(old: Option<&Entry>, wanted: &Address) -> Entry {
    let mut entry = old.cloned().unwrap_or_default();
    entry.remove("formattedValue");
    if old.and_then(|old| text(old, "country")).unwrap_or_default() != wanted.country {
        entry.remove("countryCode");
    }
    for (key, part) in [
        ("streetAddress", &wanted.street),
        ("extendedAddress", &wanted.extended),
        ("city", &wanted.city),
        ("region", &wanted.region),
        ("postalCode", &wanted.postal_code),
        ("country", &wanted.country),
    ] {
        if part.trim().is_empty() {
            entry.remove(key);
        } else {
            entry.insert(key.to_owned(), Json::String(part.clone()));
        }
    }
    entry
}
