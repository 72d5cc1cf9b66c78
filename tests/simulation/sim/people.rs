//! Who is in the address books: the sandbox's made-up people, in each vendor's terms, and what people
//! type when they edit.

use super::scenario::Shape;
use fastrand::Rng;
use syntony_core::record::Fields;
use syntony_core::side::Side;
use syntony_core::value::{Date, Item, Value};
use syntony_sandbox::people::{Labelled, Person, cast};

/// So many people are drawn; a world holds some of them.
const CAST_PEOPLE: usize = 60;
/// E-mail addresses that people type; few, so that they collide.
const TYPED_ADDRESSES: usize = 8;

/// Names of one word or several, as people type them into a single field or a part.
const WORDS: &[&str] = &[
    "Anna",
    "van Vliet",
    "O'Neill-Smith",
    "王小明",
    "Zoe\u{301}",
    "María del Carmen",
    "Jr.",
    "Dr.",
    "Lee  ",
    "İbrahim",
    "de la Cruz",
];
const FULL_NAMES: &[&str] = &[
    "Anna Lee",
    "Lee, Anna",
    "Dr. Joe van Vliet Jr.",
    "Prince",
    "王小明",
    "María del Carmen O'Neill",
    "Zoé  Müller",
    "Ann Marie Smith",
    "van Vliet Joe",
];
const PHONES: &[&str] =
    &["+32471234567", "+32 471 23 45 67", "(555) 555-0199", "+86 10 6552 9988", "020 624 1111", "ext. 12"];
const TEXTS: &[&str] = &[
    "CEO",
    "ceo",
    " Head of Sales ",
    "Café Größe & Söhne GmbH",
    "0",
    "a title that is longer than what the chat takes in",
    "Engineer",
    "Línea\nNueva",
];

/// The contacts that both books begin with: most people in both, a few twice, a few without an address.
pub(super) fn population(rng: &mut Rng, shape: Shape, people: usize) -> Vec<(Side, Fields)> {
    let cast = cast(rng.u64(..), CAST_PEOPLE);
    let mut numbers: Vec<usize> = (1..=CAST_PEOPLE).collect();
    rng.shuffle(&mut numbers);
    numbers.truncate(people);
    let mut contacts = Vec::new();
    for person in cast.book.iter().filter(|person| numbers.contains(&person.number)) {
        contacts.push((Side::Left, book_fields(person)));
    }
    for person in cast.chat.iter().filter(|person| numbers.contains(&person.number)) {
        contacts.push((Side::Right, fields_in(shape, Side::Right, person)));
    }
    contacts
}

/// One more person, who is in no book yet.
pub(super) fn newcomer(rng: &mut Rng, shape: Shape, side: Side) -> Fields {
    let given = (*pick(rng, WORDS)).to_owned();
    let person = Person {
        name: syntony_sandbox::people::Name {
            given,
            family: (*pick(rng, WORDS)).to_owned(),
            ..Default::default()
        },
        emails: vec![Labelled::new("work", address(rng))],
        phones: vec![Labelled::new("work", *pick(rng, PHONES))],
        title: rng.bool().then(|| (*pick(rng, TEXTS)).to_owned()),
        ..Person::default()
    };
    fields_in(shape, side, &person)
}

/// What a person types into a field.
pub(super) fn typed(rng: &mut Rng, field: &str) -> String {
    match field {
        "email" | "emailAddresses" => address(rng),
        "name" => (*pick(rng, FULL_NAMES)).to_owned(),
        "phone" | "phoneNumbers" => (*pick(rng, PHONES)).to_owned(),
        field if field.starts_with("names.") => (*pick(rng, WORDS)).to_owned(),
        _ => (*pick(rng, TEXTS)).to_owned(),
    }
}

/// The fields that people edit.
pub(super) fn edited(shape: Shape, side: Side) -> &'static [&'static str] {
    match (shape, side) {
        (Shape::BookAndChat, Side::Right) => &["name", "email", "phone", "company", "title"],
        (Shape::BookAndChat | Shape::TwoBooks, _) => &[
            "names.givenName",
            "names.familyName",
            "names.middleName",
            "names.honorificSuffix",
            "emailAddresses",
            "phoneNumbers",
            "organizations.name",
            "organizations.title",
            "biographies",
        ],
    }
}

fn address(rng: &mut Rng) -> String {
    let local = format!("typed{}", rng.usize(0..TYPED_ADDRESSES));
    if rng.u8(0..4) == 0 {
        format!("{}@Example.COM", local.to_uppercase())
    } else {
        format!("{local}@example.com")
    }
}

fn pick<'a, T>(rng: &mut Rng, pool: &'a [T]) -> &'a T {
    &pool[rng.usize(0..pool.len())]
}

fn fields_in(shape: Shape, side: Side, person: &Person) -> Fields {
    match (shape, side) {
        (Shape::BookAndChat, Side::Right) => chat_fields(person),
        (Shape::BookAndChat | Shape::TwoBooks, _) => book_fields(person),
    }
}

fn book_fields(person: &Person) -> Fields {
    let birthday = person.birthday.and_then(|day| Date::new(day.year.map(i32::from), day.month, day.day));
    [
        ("names.honorificPrefix", text(&person.name.prefix)),
        ("names.givenName", text(&person.name.given)),
        ("names.middleName", text(&person.name.middle)),
        ("names.familyName", text(&person.name.family)),
        ("names.honorificSuffix", text(&person.name.suffix)),
        ("emailAddresses", list(&person.emails)),
        ("phoneNumbers", list(&person.phones)),
        ("organizations.name", text(person.company.as_deref().unwrap_or_default())),
        ("organizations.title", text(person.title.as_deref().unwrap_or_default())),
        ("biographies", text(person.notes.as_deref().unwrap_or_default())),
        ("birthdays", birthday.map_or(Value::Null, Value::Date)),
    ]
    .map(|(name, value)| (name.into(), value))
    .into()
}

fn chat_fields(person: &Person) -> Fields {
    let first = |entries: &[Labelled]| text(entries.first().map_or("", |entry| &entry.value));
    [
        ("name", text(&person.name.full())),
        ("email", first(&person.emails)),
        ("phone", first(&person.phones)),
        ("company", text(person.company.as_deref().unwrap_or_default())),
        ("title", text(person.title.as_deref().unwrap_or_default())),
    ]
    .map(|(name, value)| (name.into(), value))
    .into()
}

fn list(entries: &[Labelled]) -> Value {
    let item =
        |entry: &Labelled| Item { value: Value::text(&*entry.value), label: Some(entry.label.clone()) };
    Value::List(entries.iter().map(item).collect())
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::text(text) }
}
