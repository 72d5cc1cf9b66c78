//! Postal addresses between vendors: lists and single ones, countries by name and by code, addresses that
//! must be whole.

use super::{Pair, default_of};
use crate::accounts::{audience, contact, google};
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{Left, Right};
use syntony_core::side::Sides;
use syntony_core::value::{Address, Item, Value};

/// `street, city, region, postal code, country`; a part may be blank.
fn at(line: &str) -> Value {
    let mut parts = line.split(',').map(|part| part.trim().to_owned());
    let mut next = || parts.next().unwrap_or_default();
    Value::Address(Box::new(Address {
        street: next(),
        city: next(),
        region: next(),
        postal_code: next(),
        country: next(),
        ..Address::default()
    }))
}

fn several(lines: &[&str]) -> Value {
    Value::List(lines.iter().map(|line| Item { value: at(line), label: Some("work".to_owned()) }).collect())
}

const HOME: &str = "Veldstraat 1, Ghent, East Flanders, 9000, Belgium";
const HOME_BY_CODE: &str = "Veldstraat 1, Ghent, East Flanders, 9000, BE";
const HOME_IN_DUTCH: &str = "Veldstraat 1, Ghent, East Flanders, 9000, België";
const WORK: &str = "Markt 2, Bruges, West Flanders, 8000, België";

/// Salesforce and Mailchimp.
fn single(salesforce: Value, mailchimp: Value) -> Pair {
    let (contact, audience) = (contact(), audience());
    let mapping =
        default_of("address", Sides::new("salesforce", "mailchimp"), Sides::new(&contact, &audience));
    Pair::with(mapping, &[("MailingAddress", salesforce)], &[("ADDRESS", mailchimp)])
}

/// Google's list and Mailchimp.
fn list(google_has: &[&str], mailchimp: Value) -> Pair {
    let (google, audience) = (google(), audience());
    let vendors = Sides::new("google_contacts", "mailchimp");
    let mapping = default_of("address", vendors, Sides::new(&google, &audience));
    Pair::with(mapping, &[("addresses", several(google_has))], &[("ADDRESS", mailchimp)])
}

#[test]
fn an_incomplete_address_is_skipped_with_the_reason() {
    // Scenario 37.
    let missing = "a street and a region and a postal code and a country".to_owned();
    single(at(", Ghent"), Value::Null).check_refused(&Refusal::Incomplete { missing: missing.clone() });
    list(&[", Ghent"], Value::Null).check_refused(&Refusal::Incomplete { missing });
    let no_country = "Veldstraat 1, Ghent, East Flanders, 9000";
    single(at(no_country), Value::Null)
        .check_refused(&Refusal::Incomplete { missing: "a country".to_owned() });
}

#[test]
fn a_country_is_written_as_the_vendor_writes_it() {
    single(at(HOME), Value::Null).check(&[], &[("ADDRESS", at(HOME_BY_CODE))]);
    single(Value::Null, at(HOME_BY_CODE)).check(&[("MailingAddress", at(HOME_BY_CODE))], &[]);
    list(&[HOME], Value::Null).check(&[], &[("ADDRESS", at(HOME_BY_CODE))]);
}

#[test]
fn a_country_that_nobody_knows_is_refused_and_not_guessed() {
    for unknown in ["Ruritania", "Congo", "Korea"] {
        let line = format!("Strand 1, Streslau, North, 1, {unknown}");
        let wanted = "postal address in a known country".to_owned();
        single(at(&line), Value::Null).check_refused(&Refusal::Malformed { wanted });
    }
}

#[test]
fn one_country_in_two_languages_is_no_edit() {
    single(at(HOME), at(HOME_BY_CODE)).check(&[], &[]);
    single(at(HOME), at(HOME_BY_CODE))
        .in_step()
        .edit(Left, "MailingAddress", at(HOME_IN_DUTCH))
        .check(&[], &[]);
    list(&[HOME_IN_DUTCH, WORK], at(HOME_BY_CODE)).check(&[], &[]);
}

#[test]
fn an_edit_of_the_single_address_changes_the_one_it_stood_for() {
    let moved = "Veldstraat 3, Ghent, East Flanders, 9000";
    let pair = list(&[WORK, HOME], at(HOME_BY_CODE)).in_step();
    let pair = pair.edit(Right, "ADDRESS", at(&format!("{moved}, BE")));
    // The country was not edited, and is not spelled anew.
    pair.check(&[("addresses", several(&[WORK, &format!("{moved}, Belgium")]))], &[]);
    let pair = single(at(HOME), at(HOME_BY_CODE)).in_step();
    let pair = pair.edit(Right, "ADDRESS", at(&format!("{moved}, BE")));
    pair.check(&[("MailingAddress", at(&format!("{moved}, Belgium")))], &[]);
}

#[test]
fn the_first_address_that_is_whole_is_taken() {
    let work_by_code = "Markt 2, Bruges, West Flanders, 8000, BE";
    list(&[", Ghent", WORK], Value::Null).check(&[], &[("ADDRESS", at(work_by_code))]);
}

#[test]
fn a_part_that_is_too_long_is_not_cut() {
    // Scenario 40.
    let long = format!("Veldstraat 1, {}, East Flanders, 9000, BE", "x".repeat(41));
    single(Value::Null, at(&long)).check_refused(&Refusal::TooLong { chars: 41, max_chars: 40 });
}

#[test]
fn an_address_that_is_taken_out_is_taken_out() {
    let pair = single(at(HOME), at(HOME_BY_CODE)).in_step();
    pair.edit(Left, "MailingAddress", Value::Null).check(&[], &[("ADDRESS", Value::Null)]);
}
