//! The people must be the same ones tomorrow, and as troublesome as they are said to be.

use super::*;
use std::collections::BTreeSet;

const COUNT: usize = 2_000;

#[test]
fn a_seed_always_gives_the_same_people_and_a_larger_number_keeps_them() {
    assert_eq!(people(7, COUNT), people(7, COUNT));
    assert_eq!(people(7, 50), people(7, COUNT).split_at(50).0);
    assert_ne!(people(7, COUNT), people(8, COUNT));
    assert_eq!(cast(7, COUNT), cast(7, COUNT));
}

#[test]
fn the_hard_names_come_first() {
    let names: Vec<String> = people(1, 4).iter().map(|person| person.name.full()).collect();
    assert_eq!(names, ["María del Carmen O'Neill Jr.", "Joe van Vliet", "Prince", "王小明"]);
}

#[test]
fn no_two_people_share_an_address() {
    let mut seen = BTreeSet::new();
    for person in people(3, COUNT) {
        for email in person.emails {
            assert!(seen.insert(email.value.to_lowercase()), "{} has another's address", person.number);
        }
    }
}

#[test]
fn nobody_can_be_reached() {
    for person in people(3, COUNT) {
        for email in &person.emails {
            let (_, domain) = email.value.rsplit_once('@').unwrap();
            let domain = domain.to_lowercase();
            let reserved = domain.ends_with(".example") || domain.starts_with("example.");
            assert!(reserved, "{domain} may exist");
        }
    }
}

#[test]
fn about_sixty_percent_are_in_both_apps() {
    let cast = cast(5, COUNT);
    let numbers = |people: &[Person]| people.iter().map(|person| person.number).collect::<BTreeSet<_>>();
    let (chat, book) = (numbers(&cast.chat), numbers(&cast.book));
    let both = chat.intersection(&book).count() * 100 / COUNT;
    assert!((53..=66).contains(&both), "{both} % are in both");
    assert!(chat.len() < cast.book.len() && book.union(&chat).count() == COUNT);
}

#[test]
fn the_crm_and_the_newsletter_overlap_and_no_address_gets_the_letter_twice() {
    let cast = cast(5, COUNT);
    let numbers = |people: &[Person]| people.iter().map(|person| person.number).collect::<BTreeSet<_>>();
    let (crm, leads, news) = (numbers(&cast.crm), numbers(&cast.leads), numbers(&cast.news));
    assert!(crm.intersection(&news).count() > COUNT / 10);
    assert!(crm.intersection(&leads).count() > 0, "scenario 10 needs somebody who is both");
    let addresses =
        cast.news.iter().flat_map(|person| &person.emails).map(|email| email.value.to_lowercase());
    assert_eq!(addresses.collect::<BTreeSet<_>>().len(), cast.news.len());
}

#[test]
fn a_cast_holds_each_trouble() {
    let cast = cast(5, COUNT);
    let in_book = |number| cast.book.iter().filter(move |person: &&Person| person.number == number);
    let shared: Vec<(&Person, &Person)> = cast
        .chat
        .iter()
        .filter_map(|chat| in_book(chat.number).next_back().map(|book| (chat, book)))
        .collect();
    let some = |what: &str, count: usize| assert!(count >= 5, "{what}: only {count}");
    let email = |person: &Person| person.emails.first().map(|email| email.value.clone());
    let phone = |person: &Person| person.phones.first().map(|phone| phone.value.clone());
    some("without e-mail", cast.book.iter().filter(|person| person.emails.is_empty()).count());
    some("twice in the book", cast.book.iter().filter(|each| in_book(each.number).count() == 2).count());
    some("e-mail in another case", shared.iter().filter(|(a, b)| email(a) != email(b)).count());
    some(
        "phone in another form",
        shared.iter().filter(|(a, b)| a.phones.len() == 1 && phone(a) != phone(b)).count(),
    );
    some(
        "phone missing in the chat",
        shared.iter().filter(|(a, b)| a.phones.len() < b.phones.len().min(1)).count(),
    );
    some(
        "titles that disagree",
        shared.iter().filter(|(a, b)| a.title.is_some() && a.title != b.title).count(),
    );
    assert!(cast.chat.iter().all(|person| !person.emails.is_empty()));
}

#[test]
fn most_numbers_are_numbers() {
    use rlibphonenumber::{PhoneNumber, Region};
    let phones: Vec<String> =
        people(5, COUNT).into_iter().flat_map(|person| person.phones).map(|phone| phone.value).collect();
    let valid = |number: &&String| {
        number.starts_with('+')
            && PhoneNumber::parse(number.as_str(), Some(Region::US)).is_ok_and(|it| it.is_valid())
    };
    let with_code = phones.iter().filter(|number| number.starts_with('+')).count();
    assert!(with_code * 5 > phones.len(), "few are typed with their country");
    let odd: Vec<_> = phones.iter().filter(|number| number.starts_with('+') && !valid(number)).collect();
    assert!(odd.len() * 100 < with_code, "{} of {with_code}, such as {:?}", odd.len(), odd.get(..20));
}
