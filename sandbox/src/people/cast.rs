//! Who is in which app, and how the apps disagree about them.

use super::{Labelled, Person, generator, people, phones};

/// Books of one circle of people that overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// Who is in the chat app. Everybody there has an e-mail address: that is how a chat knows people.
    pub chat: Vec<Person>,
    /// Who is in the address book.
    pub book: Vec<Person>,
    /// Who is a contact in the CRM.
    pub crm: Vec<Person>,
    /// Who is a lead in the CRM; a few are a contact there as well.
    pub leads: Vec<Person>,
    /// Who gets the newsletter: everybody there has an address, and no address is there twice.
    pub news: Vec<Person>,
}

/// In both apps, of 100.
const IN_BOTH_PERCENT: u8 = 60;
/// In the chat app alone, of 100.
const CHAT_ONLY_PERCENT: u8 = 20;
/// Twice in the address book, of 1,000.
const TWICE_PERMILLE: u16 = 15;

/// A contact in the CRM, of 100.
const CRM_PERCENT: u8 = 45;
/// A lead, of 100; the last of the contacts are leads as well.
const LEADS_PERCENT: std::ops::Range<u8> = 42..60;
/// In the newsletter, of 100.
const NEWS_PERCENT: u8 = 50;

/// So many people of this seed, spread over the apps: about 60 % in both the chat and the address book, with small
/// differences, the rest in one of them; a few twice in the address book, a few without e-mail. Who is in the CRM
/// and gets the newsletter does not depend on that.
#[must_use]
pub fn cast(seed: u64, count: usize) -> Cast {
    let mut cast = Cast::default();
    for person in people(seed, count) {
        let random = &mut generator(seed, person.number, "cast");
        let lot = random.u8(0..100);
        let twice = random.u16(0..1000) < TWICE_PERMILLE;
        cast.in_sales(seed, &person);
        if person.emails.is_empty() {
            cast.book.push(person);
            continue;
        }
        if lot < IN_BOTH_PERCENT + CHAT_ONLY_PERCENT {
            cast.chat.push(as_in_chat(&person, random));
        }
        let chat_only = (IN_BOTH_PERCENT..IN_BOTH_PERCENT + CHAT_ONLY_PERCENT).contains(&lot);
        if !chat_only {
            if twice {
                cast.book.push(again(&person));
            }
            cast.book.push(person);
        }
    }
    cast
}

impl Cast {
    /// Puts a person where the sales and the marketing people have them.
    fn in_sales(&mut self, seed: u64, person: &Person) {
        let random = &mut generator(seed, person.number, "sales");
        let (lot, reads) = (random.u8(0..100), random.u8(0..100) < NEWS_PERCENT);
        if lot < CRM_PERCENT {
            self.crm.push(as_in_crm(person, random));
        }
        if LEADS_PERCENT.contains(&lot) {
            self.leads.push(as_in_crm(person, random));
        }
        if reads && let Some(email) = person.emails.first() {
            let known = Person { emails: vec![email.clone()], ..person.clone() };
            self.news.push(Person { phones: Vec::new(), notes: None, ..known });
        }
    }
}

/// What a CRM knows of somebody: one address and one number.
fn as_in_crm(person: &Person, random: &mut fastrand::Rng) -> Person {
    let mut known = person.clone();
    known.emails.truncate(1);
    known.phones.truncate(1);
    if random.u8(..) < 60 {
        known.title = None;
    }
    if random.u8(..) < 60 {
        known.address = None;
    }
    known
}

/// What a chat knows of somebody: one address, one number, and not always the same as the address book.
fn as_in_chat(person: &Person, random: &mut fastrand::Rng) -> Person {
    let mut known = person.clone();
    known.emails.truncate(1);
    known.phones.truncate(1);
    known.birthday = None;
    if random.u8(..) < 40 {
        for email in &mut known.emails {
            email.value = other_case(&email.value);
        }
    }
    for phone in &mut known.phones {
        if random.u8(..) < 100 {
            phone.value = phones::retyped(&phone.value);
        }
    }
    if random.u8(..) < 50 {
        known.phones.clear();
    }
    if random.u8(..) < 50 {
        known.company = None;
    }
    match random.u8(..) {
        0..50 => known.title = None,
        // Promoted since: the two apps disagree, and only a rule can say who is right.
        50..65 => known.title = known.title.map(|title| format!("Senior {title}")),
        65.. => {}
    }
    if random.u8(..) < 128 {
        known.address = None;
        known.notes = None;
    }
    known
}

/// Entered a second time by somebody in a hurry.
fn again(person: &Person) -> Person {
    Person {
        number: person.number,
        name: person.name.clone(),
        emails: person
            .emails
            .iter()
            .take(1)
            .map(|email| Labelled::new("other", other_case(&email.value)))
            .collect(),
        company: person.company.clone(),
        ..Person::default()
    }
}

/// `ann.lee@x.example` becomes `Ann.Lee@X.example`: the same mailbox to everybody but a comparison of bytes.
fn other_case(email: &str) -> String {
    let mut start = true;
    email
        .chars()
        .map(|each| {
            let upper = std::mem::replace(&mut start, !each.is_alphanumeric());
            if upper { each.to_ascii_uppercase() } else { each }
        })
        .collect()
}
