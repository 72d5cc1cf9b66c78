//! What is special between two vendors: names that one of them requires, single fields beside lists,
//! picklists of one and of several options.

use super::{Pair, default_of, list, text};
use crate::accounts::{audience, contact, drift, google};
use crate::compile::{Compiled, Context, Custom, custom};
use std::collections::BTreeMap;
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{Left, Right};
use syntony_core::side::Sides;
use syntony_core::value::Value;

fn drift_salesforce(concept: &str, left: &[(&str, Value)], right: &[(&str, Value)]) -> Pair {
    let (drift, contact) = (drift(), contact());
    let mapping = default_of(concept, Sides::new("drift", "salesforce"), Sides::new(&drift, &contact));
    Pair::with(mapping, left, right)
}

fn google_salesforce(concept: &str, left: &[(&str, Value)], right: &[(&str, Value)]) -> Pair {
    let (google, contact) = (google(), contact());
    let vendors = Sides::new("google_contacts", "salesforce");
    Pair::with(default_of(concept, vendors, Sides::new(&google, &contact)), left, right)
}

#[test]
fn a_single_word_is_the_family_name_where_one_is_required() {
    // Scenario 20.
    drift_salesforce("name", &[("name", text("Prince"))], &[]).check(&[], &[("LastName", text("Prince"))]);
}

#[test]
fn a_suffix_survives_an_edit_of_the_family_name_in_one_line() {
    // Scenarios 17 and 18.
    let salesforce =
        [("FirstName", text("María del Carmen")), ("LastName", text("O'Neill")), ("Suffix", text("Jr."))];
    let line = "María del Carmen O'Neill Jr.";
    let pair = drift_salesforce("name", &[], &salesforce).check(&[("name", text(line))], &[]);
    let edited = "María del Carmen O'Neill-Smith Jr.";
    pair.edit(Left, "name", text(edited)).check(&[], &[("LastName", text("O'Neill-Smith"))]);
}

#[test]
fn a_salutation_that_is_no_option_does_not_hold_back_the_name() {
    let google = [
        ("names.honorificPrefix", text("Prof. Dr.")),
        ("names.givenName", text("Ada")),
        ("names.familyName", text("Byron")),
    ];
    let pair = google_salesforce("name", &google, &[]);
    let pair = pair.check(&[], &[("FirstName", text("Ada")), ("LastName", text("Byron"))]);
    // What the field cannot hold stays where it is.
    let pair = pair.edit(Right, "FirstName", text("Augusta"));
    let pair = pair.check(&[("names.givenName", text("Augusta"))], &[]);
    pair.edit(Left, "names.honorificPrefix", text("dr")).check(&[], &[("Salutation", text("Dr."))]);
}

#[test]
fn a_family_name_that_is_too_long_is_refused() {
    // Scenario 40.
    let long = [("names.familyName", text(&"x".repeat(81)))];
    google_salesforce("name", &long, &[]).check_refused(&Refusal::TooLong { chars: 81, max_chars: 80 });
}

const A: &str = "+32 471 00 00 01|mobile";
const B: &str = "+32 471 00 00 02|home";
const C: &str = "+32 471 00 00 03|work";

#[test]
fn an_edit_of_the_one_phone_leaves_the_other_two_and_all_labels() {
    // Scenario 33.
    let pair = google_salesforce("phone", &[("phoneNumbers", list(&[A, B, C]))], &[]);
    let pair = pair.check(&[], &[("Phone", text("+32 471 00 00 01"))]);
    let edited = list(&["+32 471 00 00 09|mobile", B, C]);
    let pair = pair.edit(Right, "Phone", text("+32 471 00 00 09")).check(&[("phoneNumbers", edited)], &[]);
    // Scenario 34: moving entries about moves nothing.
    let moved = list(&[C, B, "+32 471 00 00 09|mobile"]);
    pair.edit(Left, "phoneNumbers", moved).check(&[], &[]);
}

#[test]
fn an_address_that_the_vendor_lower_cases_is_no_edit() {
    // Scenarios 3 and 45.
    let pair = google_salesforce("email", &[("emailAddresses", list(&["Ada@X.org", "b@x.org"]))], &[]);
    let pair = pair.check(&[], &[("Email", text("Ada@X.org"))]).edit(Right, "Email", text("ada@x.org"));
    pair.check(&[], &[])
        .edit(Right, "Email", text("new@x.org"))
        .check(&[("emailAddresses", list(&["new@x.org", "b@x.org"]))], &[]);
}

/// A mapping between custom fields of a Salesforce contact and a Mailchimp member.
fn between(left: &str, right: &str, options: &[(&str, &str)]) -> Compiled {
    let (contact, audience) = (contact(), audience());
    let spec = Custom {
        fields: Sides::new(vec![left.into()], vec![right.into()]),
        options: options.iter().map(|(l, r)| (l.to_string(), r.to_string())).collect::<BTreeMap<_, _>>(),
        ..Custom::default()
    };
    let vendors = Sides::new("salesforce", "mailchimp");
    custom(&spec, vendors, Sides::new(&contact, &audience), &Context::default()).unwrap()
}

#[test]
fn a_value_that_is_no_option_is_refused_with_the_options() {
    // Scenario 38.
    let mapping = between("Level__c", "LEVEL", &[("Gold", "gold"), ("Silver", "silver")]);
    Pair::with(mapping.clone(), &[("Level__c", text("Gold"))], &[]).check(&[], &[("LEVEL", text("gold"))]);
    let allowed = ["gold", "silver"].map(str::to_owned).to_vec();
    Pair::with(mapping, &[("Level__c", text("Bronze"))], &[])
        .check_refused(&Refusal::NotAnOption { allowed });
}

#[test]
fn an_option_of_several_becomes_the_one_that_the_other_side_can_hold() {
    let mapping = between("Interests__c", "INTEREST", &[]);
    assert_eq!(mapping.loses.as_deref(), Some("all entries but one, and the options Chess"));
    let pair = Pair::with(mapping, &[("Interests__c", list(&["Chess", "Books", "Art"]))], &[]);
    // Chess has no place there: the next one is taken.
    let pair = pair.check(&[], &[("INTEREST", text("Books"))]);
    // An edit of the one changes the one, and no other.
    let pair = pair.edit(Right, "INTEREST", Value::Null);
    let pair = pair.check(&[("Interests__c", list(&["Chess", "Art"]))], &[]);
    pair.edit(Left, "Interests__c", list(&["Art", "Chess"])).check(&[], &[]);
}

#[test]
fn options_of_several_flow_into_text_and_not_back() {
    let mapping = between("Interests__c", "SCORE", &[]);
    assert_eq!(mapping.into, Sides::new(false, true));
    let pair = Pair::with(mapping, &[("Interests__c", list(&["Art", "Books"]))], &[]);
    let pair = pair.check(&[], &[("SCORE", text("Art"))]);
    pair.edit(Right, "SCORE", text("Chess")).check(&[], &[]);
}

#[test]
fn two_lists_of_options_are_united() {
    let contact = contact();
    let spec = Custom {
        fields: Sides::new(vec!["Interests__c".into()], vec!["Interests__c".into()]),
        ..Custom::default()
    };
    let vendors = Sides::new("salesforce", "salesforce");
    let mapping = custom(&spec, vendors, Sides::new(&contact, &contact), &Context::default()).unwrap();
    let side = |options: &[&str]| [("Interests__c", list(options))];
    Pair::with(mapping, &side(&["Art"]), &side(&["Chess"]))
        .check(&side(&["Art", "Chess"]), &side(&["Chess", "Art"]))
        .edit(Left, "Interests__c", list(&["Chess"]))
        .check(&[], &side(&["Chess"]));
}

#[test]
fn a_number_flows_into_text_and_never_back() {
    // Scenario 41.
    let mapping = between("Score__c", "SCORE", &[]);
    assert_eq!(mapping.into, Sides::new(false, true));
    assert_eq!(mapping.why, "a text does not become a number");
    let pair = Pair::with(mapping, &[("Score__c", Value::number(7.0).unwrap())], &[]);
    let pair = pair.check(&[], &[("SCORE", text("7"))]);
    pair.edit(Right, "SCORE", text("abc")).check(&[], &[]);
}
