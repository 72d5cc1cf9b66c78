//! The people on whom contact tools fail.

use super::{Address, Birthday, Labelled, Name, Person};

/// In a fixed order; their numbers begin at 1.
pub(super) fn people() -> Vec<Person> {
    let mut people = vec![
        // Two given names with a particle between them, an apostrophe, a suffix.
        person(
            ["", "María del Carmen", "", "O'Neill", "Jr."],
            "maria.oneill@example.com",
            "+1 (212) 555-0142",
        ),
        // A particle that is no middle name.
        person(["", "Joe", "", "van Vliet", ""], "joe.van.vliet@example.nl.example", "020 624 1111"),
        // One word.
        person(["", "Prince", "", "", ""], "prince@example.org", "612-555-0177"),
        // No spaces, family name first, and nobody may cut it.
        person(["", "王小明", "", "", ""], "wang.xiaoming@example.cn.example", "+86 10 6552 9988"),
        // The accents are combining characters (NFD): equal to `Zoé Müller` and not the same bytes.
        person(
            ["", "Zoe\u{301}", "", "Mu\u{308}ller", ""],
            "zoe.mueller@example.de.example",
            "030/23125-417",
        ),
        // A double surname with a hyphen, and one without.
        person(["", "Ann", "", "O'Neill-Smith", ""], "ann.oneill-smith@example.com", "020 7946 0321"),
        person(["", "José Luis", "", "García Márquez", ""], "jl.garcia@example.es.example", "612 34 56 78"),
        // Everything at once.
        person(
            ["Prof. Dr.", "Anna", "Luise", "von und zu Hohenstein", "PhD"],
            "anna.hohenstein@uni.example",
            "+49 30 23125 004",
        ),
        // Blanks that somebody typed and nobody sees.
        person(["", "Bob  ", "", " Smith", ""], "Bob.Smith@Example.com", " 01 99 00 12 34 "),
        // Looks like "Last, First" and is a suffix.
        person(["", "Martin Luther", "", "King", "III"], "mlk3@example.org", "4045550123"),
        // A Turkish dotted capital, which folds to two characters.
        person(["", "İbrahim", "", "Işık", ""], "ibrahim@example.tr.example", "+905321112233"),
        // A right-to-left name.
        person(["", "محمد", "", "الفاسي", ""], "m.alfassi@example.ma.example", "+212 661-123456"),
        // A plus in the address, which a query string turns into a space.
        person(["", "Dee", "", "Plus", ""], "dee+news@example.com", "(555) 555-0199"),
        // A company alone.
        Person {
            company: Some("Café Größe & Söhne GmbH".to_owned()),
            ..person(["", "", "", "", ""], "info@groesse.example", "")
        },
    ];
    for (index, person) in people.iter_mut().enumerate() {
        person.number = index + 1;
        adorn(person, index);
    }
    people
}

fn person([prefix, given, middle, family, suffix]: [&str; 5], email: &str, phone: &str) -> Person {
    let part = str::to_owned;
    let phones = if phone.is_empty() { Vec::new() } else { vec![Labelled::new("mobile", phone)] };
    Person {
        name: Name {
            prefix: part(prefix),
            given: part(given),
            middle: part(middle),
            family: part(family),
            suffix: part(suffix),
        },
        emails: vec![Labelled::new("work", email)],
        phones,
        ..Person::default()
    }
}

/// Spreads the other fields over them so that each form comes up among the first few.
fn adorn(person: &mut Person, index: usize) {
    if person.company.is_none() && index.is_multiple_of(2) {
        person.company = Some("Müller & Söhne".to_owned());
        person.title = Some("Head of R&D <EMEA>".to_owned()); // to be escaped by nobody
    }
    if index.is_multiple_of(3) {
        person.birthday =
            Some(Birthday { year: (index.is_multiple_of(2)).then_some(1969), month: 2, day: 28 });
    }
    if index % 4 == 1 {
        // A city alone: some apps demand the whole.
        person.address = Some(Address { city: "Gent".to_owned(), ..Address::default() });
    }
    if index % 5 == 2 {
        person.notes =
            Some("Met at the fair.\nCall back in spring — \u{201c}not before\u{201d}.\r\n".to_owned());
        person.website = Some("example.org/people?id=7&x=%20".to_owned());
    }
    if index.is_multiple_of(6) {
        person.phones.push(Labelled::new("work", "+32 2 555 12 12"));
        person.phones.push(Labelled::new("Assistant's desk", "call the front desk"));
        person.emails.push(Labelled::new("home", format!("person{}@mail.example", person.number)));
    }
}
