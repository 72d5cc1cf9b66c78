//! An org as it could be after some years of use.

use super::hand::{complete, put_tag, settle_places};
use super::org::{Org, State};
use super::schema::{COUNTRIES, Country, Object};
use super::store::{Act, fields};
use super::tidy;
use crate::people::Person;
use serde_json::{Map, Value as Json, json};

/// Between two rows of the past, in milliseconds: an hour.
const BETWEEN_MS: i64 = 3_600_000;
/// Every so-manieth row has a tag.
const TAGGED_EVERY: usize = 6;
const TAG: &str = "Customers";

impl Org {
    /// Fills the org with these people as contacts at their accounts, the first of them the longest there.
    /// Gives their ids in the same order. A person whom Salesforce would not take is left out.
    pub fn seed(&self, people: &[Person]) -> Vec<String> {
        self.seed_as(Object::Contact, people)
    }

    /// The same as leads.
    pub fn seed_leads(&self, people: &[Person]) -> Vec<String> {
        self.seed_as(Object::Lead, people)
    }

    fn seed_as(&self, object: Object, people: &[Person]) -> Vec<String> {
        self.with(|state, act| {
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let start_ms = act.now_ms.saturating_sub(count.saturating_mul(BETWEEN_MS));
            let by = state.actors.person;
            let times = (0..).map(|nth| Act { now_ms: start_ms + nth * BETWEEN_MS, by, late_ms: 0 });
            people
                .iter()
                .zip(times)
                .filter_map(|(person, then)| seed_one(state, object, person, &then))
                .collect()
        })
    }
}

fn seed_one(state: &mut State, object: Object, person: &Person, then: &Act) -> Option<String> {
    let mut values = match object {
        Object::Lead => lead(person, state),
        _ => contact(person, state, then),
    };
    let described = state.schema.get(object)?;
    values.retain(|_, value| !value.is_null());
    let mut stored = fields([]);
    for (name, value) in values {
        let Some(field) = described.any_field(&name) else { continue };
        let cut = match value {
            Json::String(text) if field.kind.is_text() && field.length > 0 => {
                text.chars().take(field.length).collect::<String>().into()
            }
            other => other,
        };
        stored.insert(field.name.clone(), tidy::value(field, cut, &state.settings));
    }
    complete(state, object, &mut stored, then).ok()?;
    settle_places(state, object, None, &mut stored).ok()?;
    let id = state.store.insert(object, stored, then);
    if person.number.is_multiple_of(TAGGED_EVERY) {
        put_tag(state, object, id, TAG, then).ok()?;
    }
    Some(id.to_string())
}

fn contact(person: &Person, state: &mut State, then: &Act) -> Map<String, Json> {
    let mut values = common(person, state);
    values.extend(address(person, "Mailing", state));
    if let Some(company) = person.company.as_deref().filter(|company| !company.trim().is_empty()) {
        let known = state.store.find(Object::Account, "Name", company.trim()).first().copied();
        let account = known.unwrap_or_else(|| {
            let owner = then.by.as_str().into();
            let named = fields([("Name", json!(company.trim())), ("OwnerId", owner)]);
            state.store.insert(Object::Account, named, then)
        });
        values.insert("AccountId".to_owned(), account.as_str().into());
    }
    let birthday = person.birthday.and_then(|day| Some((day.year?, day.month, day.day)));
    if let Some((year, month, day)) = birthday {
        values.insert("Birthdate".to_owned(), format!("{year:04}-{month:02}-{day:02}").into());
    }
    values
}

fn lead(person: &Person, state: &State) -> Map<String, Json> {
    let mut values = common(person, state);
    values.extend(address(person, "", state));
    // A lead must have a company; people type in something.
    let company = person.company.as_deref().unwrap_or("[not provided]");
    values.insert("Company".to_owned(), company.into());
    values.insert("Website".to_owned(), json!(person.website));
    values
}

fn common(person: &Person, state: &State) -> Map<String, Json> {
    let name = &person.name;
    let mut given = name.given.clone();
    let mut family = name.family.clone();
    let mut more = Map::new();
    if state.settings.middle_names_and_suffixes {
        more.insert("MiddleName".to_owned(), json!(name.middle));
        more.insert("Suffix".to_owned(), json!(name.suffix));
    } else {
        given = format!("{given} {}", name.middle).trim().to_owned();
        family = format!("{family} {}", name.suffix).trim().to_owned();
    }
    if family.is_empty() {
        // There must be a last name: what there is of a name becomes it.
        family = std::mem::take(&mut given);
    }
    if family.is_empty() {
        let instead =
            person.company.clone().or_else(|| person.emails.first().map(|email| email.value.clone()));
        family = instead.unwrap_or_else(|| "[unknown]".to_owned());
    }
    let phone =
        |label: &str| person.phones.iter().find(|phone| phone.label == label).map(|phone| &phone.value);
    let first = person.phones.iter().map(|phone| &phone.value).next();
    more.extend(
        [
            ("Salutation", json!(name.prefix)),
            ("FirstName", json!(given)),
            ("LastName", json!(family)),
            ("Email", json!(person.emails.first().map(|email| &email.value))),
            ("Phone", json!(phone("work").or(first))),
            ("MobilePhone", json!(phone("mobile"))),
            ("Title", json!(person.title)),
            ("Description", json!(person.notes)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    more
}

fn address(person: &Person, prefix: &str, state: &State) -> Map<String, Json> {
    let Some(address) = &person.address else { return Map::new() };
    let mut parts = vec![
        ("Street", json!(address.street)),
        ("City", json!(address.city)),
        ("State", json!(address.region)),
        ("PostalCode", json!(address.postal_code)),
        ("Country", json!(address.country)),
    ];
    if state.settings.state_and_country_picklists {
        let known = COUNTRIES.iter().find(|country| country.name.eq_ignore_ascii_case(&address.country));
        let state = |country: &Country| country.states.iter().any(|(_, name)| *name == address.region);
        // What the org has no option for, nobody could pick.
        parts.retain(|(part, _)| match *part {
            "Country" => known.is_some(),
            "State" => known.is_some_and(state),
            _ => true,
        });
    }
    parts.into_iter().map(|(part, value)| (format!("{prefix}{part}"), value)).collect()
}
