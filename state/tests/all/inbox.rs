//! The inbox of webhooks: what is waiting, what is never lost, and who is never in it.

use crate::world::*;
use syntony_core::observe::Observation;
use syntony_core::record::{Record, Subscription};
use syntony_state::{Letter, LetterNo, MAX_LETTERS, MAX_TRIES, OptOut, Received, Staged, Store, Tip, Whom};

fn look(contact: &str) -> Tip {
    Tip { whom: Whom::Contact(id(contact)), opted_out: None }
}

fn at(address: &str) -> Tip {
    let whom = Whom::Address { address: address.to_owned(), key: key(&address.to_lowercase()) };
    Tip { whom, opted_out: None }
}

fn opting_out(tip: Tip) -> Tip {
    Tip { opted_out: Some(OptOut { at_ms: 7, source: "user_unsubscribed".to_owned() }), ..tip }
}

fn receive(store: &mut Store, tips: &[Tip]) -> Received {
    store.receive(&app(LEFT), tips).unwrap()
}

fn letters(store: &Store) -> Vec<Letter> {
    store.letters(&app(LEFT), None, 100).unwrap()
}

fn tips(store: &Store) -> Vec<Tip> {
    letters(store).into_iter().map(|letter| letter.tip).collect()
}

fn numbers(letters: &[Letter]) -> Vec<LetterNo> {
    letters.iter().map(|letter| letter.no).collect()
}

fn subscription(store: &Store, contact: &str) -> Subscription {
    let contact = store.contact(&app(LEFT), &id(contact)).unwrap().unwrap();
    contact.seen.live().unwrap().subscription.clone()
}

#[test]
fn a_letter_that_comes_twice_waits_once_and_waits_for_its_app_alone() {
    let mut store = store();
    let received = receive(&mut store, &[look("c1"), look("c1"), at("Ada@x.example"), at("ada@X.example")]);
    assert_eq!((received.waiting, received.overflowed), (4, 0));
    assert_eq!(tips(&store), [look("c1"), at("ada@X.example")]);
    assert_eq!(store.letters(&app(RIGHT), None, 100).unwrap(), []);
}

#[test]
fn a_letter_that_comes_again_while_a_run_looks_stays_for_the_next() {
    let mut store = store();
    receive(&mut store, &[look("c1"), look("c2")]);
    let seen = numbers(&letters(&store));
    receive(&mut store, &[look("c1")]);
    store.letters_answered(&seen).unwrap();
    assert_eq!(tips(&store), [look("c1")]);
}

#[test]
fn who_cannot_be_reached_is_given_up_after_the_last_try_and_not_before() {
    let mut store = store();
    receive(&mut store, &[look("c1")]);
    let seen = numbers(&letters(&store));
    for _ in 1..MAX_TRIES {
        assert_eq!(store.letters_unanswered(&seen).unwrap(), 0);
    }
    assert_eq!(tips(&store), [look("c1")]);
    assert_eq!(store.letters_unanswered(&seen).unwrap(), 1);
    assert_eq!(tips(&store), []);
}

#[test]
fn what_does_not_fit_is_made_up_for_by_reading_everything_and_an_opt_out_always_fits() {
    let mut store = store();
    let many: Vec<Tip> = (0..MAX_LETTERS).map(|number| look(&format!("c{number}"))).collect();
    assert_eq!(receive(&mut store, &many).overflowed, 0);
    assert_eq!(store.wants_full_look(&app(LEFT)).unwrap(), None);
    let late = [look("late"), opting_out(look("gone")), opting_out(at("gone@x.example")), look("c1")];
    let received = receive(&mut store, &late);
    assert_eq!((received.waiting, received.overflowed), (2, 2));
    assert_eq!(store.letter_count(&app(LEFT)).unwrap(), MAX_LETTERS + 1);
    assert!(store.opt_out(&app(LEFT), &id("gone")).unwrap().is_some());
    assert!(store.wants_full_look(&app(LEFT)).unwrap().is_some());
    assert_eq!(store.wants_full_look(&app(RIGHT)).unwrap(), None);
}

#[test]
fn a_mark_made_while_everything_is_read_outlives_that_reading() {
    let mut store = store();
    store.want_full_look(&app(LEFT)).unwrap();
    let first = store.wants_full_look(&app(LEFT)).unwrap().unwrap();
    store.want_full_look(&app(LEFT)).unwrap();
    store.had_full_look(first).unwrap();
    let second = store.wants_full_look(&app(LEFT)).unwrap().unwrap();
    store.had_full_look(second).unwrap();
    assert_eq!(store.wants_full_look(&app(LEFT)).unwrap(), None);
}

/// The contact with this subscription in its record.
fn saying(contact: &str, subscription: Subscription) -> Staged {
    let mut staged = live(contact, "Ada", None, &["ada@x.example"]);
    let record = Record { subscription, ..record("Ada", None) };
    staged.change.what = Observation::Live(Box::new(record));
    staged
}

#[test]
fn an_opt_out_that_no_record_shows_goes_with_every_observation() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ada", None, &[])]);
    assert_eq!(subscription(&store, "c1"), Subscription::Unknown);
    empty_todo(&mut store);
    receive(&mut store, &[opting_out(look("c1"))]);
    assert!(todo(&store).is_empty(), "nothing is known of a contact but what its app said");
    note(&mut store, LEFT, &[live("c1", "Ada", None, &[])]);
    assert_eq!(subscription(&store, "c1"), Subscription::Unsubscribed);
    assert_eq!(todo(&store), ["Left c1"], "that is a change");
    empty_todo(&mut store);
    note(&mut store, LEFT, &[live("c1", "Ada", None, &[])]);
    assert!(todo(&store).is_empty(), "and the same again is none");
}

#[test]
fn what_a_record_says_itself_is_right() {
    let mut store = store();
    receive(&mut store, &[opting_out(look("c1"))]);
    for said in [Subscription::Subscribed, Subscription::Other("pending".to_owned())] {
        note(&mut store, LEFT, &[saying("c1", said.clone())]);
        assert_eq!(subscription(&store, "c1"), said);
    }
}

#[test]
fn an_opt_out_follows_a_contact_to_its_new_name() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ada", None, &[])]);
    receive(&mut store, &[opting_out(look("c1"))]);
    note(&mut store, LEFT, &[renamed("c1", live("c7", "Ada", None, &[]))]);
    note(&mut store, LEFT, &[live("c7", "Ada", None, &[])]);
    assert_eq!(subscription(&store, "c7"), Subscription::Unsubscribed);
}

#[test]
fn the_first_time_that_is_known_of_an_opt_out_stays() {
    let mut store = store();
    receive(&mut store, &[opting_out(look("c1"))]);
    let later = OptOut { at_ms: 99, source: "other".to_owned() };
    store.note_opt_out(&app(LEFT), &[id("c1")], &later).unwrap();
    assert_eq!(store.opt_out(&app(LEFT), &id("c1")).unwrap().unwrap().at_ms, 7);
}

#[test]
fn nobody_who_asked_to_be_forgotten_is_in_the_inbox() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut store = Store::open(&path).unwrap();
    prepare(&mut store);
    note(&mut store, LEFT, &[live("contact-of-ada", "Ada", None, &["ada@x.example"])]);
    let theirs = [opting_out(look("contact-of-ada")), at("Ada@x.example"), opting_out(at("ada@x.example"))];
    receive(&mut store, &theirs);
    receive(&mut store, &[look("c2")]);
    store.forget(&key("ada@x.example"), NOW_MS).unwrap();
    assert_eq!(tips(&store), [look("c2")]);
    assert_eq!(store.opt_out(&app(LEFT), &id("contact-of-ada")).unwrap(), None);
    let received = receive(&mut store, &theirs);
    assert_eq!((received.waiting, received.held_back), (0, 3));
    drop(store);
    let bytes = std::fs::read(&path).unwrap();
    for word in ["contact-of-ada", "ada@x.example", "Ada@x.example"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is left");
    }
}

#[test]
fn a_letter_is_on_disk_when_it_was_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut store = Store::open(&path).unwrap();
    prepare(&mut store);
    receive(&mut store, &[look("c1")]);
    store.fail_after_commits(0);
    assert!(store.receive(&app(LEFT), &[look("c2")]).is_err());
    drop(store);
    assert_eq!(tips(&Store::open(&path).unwrap()), [look("c1")]);
}
