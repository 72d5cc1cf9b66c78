//! Birthdays between vendors that need a year (Salesforce), may have one (Google) and never have one
//! (Mailchimp). Scenario 43.

use super::{Pair, default_of};
use crate::accounts::{audience, contact, google};
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{self, Left, Right};
use syntony_core::side::Sides;
use syntony_core::value::{Date, Value};

const SALESFORCE: &str = "Birthdate";
const GOOGLE: &str = "birthdays";
const MAILCHIMP: &str = "BIRTHDAY";

/// `1990-04-15`, `04-15`, or nothing.
fn day(text: &str) -> Value {
    let parts: Vec<i32> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let (year, month, day) = match parts.as_slice() {
        [] => return Value::Null,
        [month, day] => (None, *month, *day),
        [year, month, day] => (Some(*year), *month, *day),
        _ => panic!("{text}"),
    };
    Value::Date(Date::new(year, u8::try_from(month).unwrap(), u8::try_from(day).unwrap()).unwrap())
}

/// Two birthdays, named by their fields.
fn pair(left: (&'static str, &str), right: (&'static str, &str)) -> Pair {
    let account = |field: &str| match field {
        SALESFORCE => ("salesforce", contact()),
        GOOGLE => ("google_contacts", google()),
        _ => ("mailchimp", audience()),
    };
    let accounts = Sides::new(account(left.0), account(right.0));
    let mapping = default_of(
        "birthday",
        accounts.as_ref().map(|(vendor, _)| *vendor),
        accounts.as_ref().map(|(_, schema)| schema),
    );
    Pair::with(mapping, &[(left.0, day(left.1))], &[(right.0, day(right.1))])
}

fn no_year() -> Refusal {
    Refusal::Incomplete { missing: "a year".to_owned() }
}

#[test]
fn no_year_is_invented_where_one_is_needed() {
    pair((SALESFORCE, ""), (GOOGLE, "04-15")).check_refused(&no_year());
    // By type: a day that never has a year cannot become a whole one, so that way is closed for all.
    pair((SALESFORCE, ""), (MAILCHIMP, "04-15")).check(&[], &[]);
    let closed = pair((SALESFORCE, ""), (MAILCHIMP, "")).mapping;
    assert_eq!((closed.into.left, closed.into.right), (false, true));
    assert!(closed.why.contains("never has the year"), "{}", closed.why);
    pair((GOOGLE, ""), (MAILCHIMP, "04-15")).check(&[(GOOGLE, day("04-15"))], &[]);
}

#[test]
fn what_gets_lost_is_known_before_anything_is_written() {
    let loses = |left, right| pair((left, ""), (right, "")).mapping.loses;
    assert_eq!(loses(SALESFORCE, GOOGLE).as_deref(), Some("days without a year"));
    assert_eq!(loses(SALESFORCE, MAILCHIMP).as_deref(), Some("the year"));
    assert_eq!(loses(GOOGLE, MAILCHIMP).as_deref(), Some("the year"));
}

#[test]
fn the_year_is_not_lost_when_month_and_day_come_back() {
    for full in [SALESFORCE, GOOGLE] {
        pair((full, "1990-04-15"), (MAILCHIMP, "")).check(&[], &[(MAILCHIMP, day("04-15"))]);
        // In step or not: nothing to say.
        pair((full, "1990-04-15"), (MAILCHIMP, "04-15")).check(&[], &[]);
        pair((full, "1990-04-15"), (MAILCHIMP, "04-15")).in_step().check(&[], &[]);
    }
}

#[test]
fn a_day_that_is_edited_where_there_are_no_years_keeps_the_year() {
    let pair = pair((GOOGLE, "1990-04-15"), (MAILCHIMP, "04-15")).in_step();
    let pair = pair.edit(Right, MAILCHIMP, day("04-16")).check(&[(GOOGLE, day("1990-04-16"))], &[]);
    let pair = pair.edit(Left, GOOGLE, day("1991-04-16")).check(&[], &[]);
    pair.edit(Left, GOOGLE, day("1991-05-01")).check(&[], &[(MAILCHIMP, day("05-01"))]);
}

#[test]
fn a_first_meeting_of_two_days_keeps_the_year_whoever_wins() {
    let meeting = |winner: Side| {
        let mut pair = pair((GOOGLE, "1990-04-15"), (MAILCHIMP, "04-20"));
        pair.run(winner).unwrap();
        pair.now.map(|fields| fields.values().next().unwrap().to_plain())
    };
    assert_eq!(meeting(Left), Sides::new("1990-04-15".into(), "--04-15".into()));
    assert_eq!(meeting(Right), Sides::new("1990-04-20".into(), "--04-20".into()));
}

#[test]
fn a_year_that_one_side_knows_fills_the_others_day() {
    // Google wins conflicts here; a day without its year is less, and wins none.
    pair((SALESFORCE, "1990-04-15"), (GOOGLE, "04-15")).check(&[], &[(GOOGLE, day("1990-04-15"))]);
}

#[test]
fn a_year_that_is_taken_out_stays_where_it_is_needed() {
    let pair = pair((SALESFORCE, "1990-04-15"), (GOOGLE, "1990-04-15")).in_step();
    let pair = pair.edit(Right, GOOGLE, day("04-15")).check(&[], &[]);
    let pair = pair.edit(Right, GOOGLE, day("04-16")).check(&[(SALESFORCE, day("1990-04-16"))], &[]);
    pair.edit(Left, SALESFORCE, day("1990-04-17")).check(&[], &[(GOOGLE, day("1990-04-17"))]);
}

#[test]
fn a_year_that_is_taken_out_goes_where_days_may_lack_it() {
    let pair = pair((GOOGLE, "1990-04-15"), (GOOGLE, "1990-04-15")).in_step();
    pair.edit(Right, GOOGLE, day("04-15")).check(&[(GOOGLE, day("04-15"))], &[]);
}

#[test]
fn a_leap_day_does_not_move_to_a_year_that_has_none() {
    let common = pair((GOOGLE, "1990-02-28"), (MAILCHIMP, "02-28")).in_step();
    let common = common.edit(Right, MAILCHIMP, day("02-29"));
    common.check_refused(&Refusal::Malformed { wanted: "date".to_owned() });
    pair((GOOGLE, "1992-02-28"), (MAILCHIMP, "02-28"))
        .in_step()
        .edit(Right, MAILCHIMP, day("02-29"))
        .check(&[(GOOGLE, day("1992-02-29"))], &[]);
}

#[test]
fn a_field_that_has_no_room_for_a_year_is_never_given_one() {
    use crate::compile::{Context, Custom, custom};
    use syntony_core::schema::{FieldSpec, Kind, Schema, Years};
    let google = google();
    let check = |years: Years, field: &str, written: &str| {
        let audience = Schema::new(vec![FieldSpec::new(field, Kind::Date).years(years)]);
        let fields = Sides::new(vec![GOOGLE.into()], vec![field.into()]);
        let vendors = Sides::new("google_contacts", "mailchimp");
        let spec = Custom { fields, ..Custom::default() };
        let mapping = custom(&spec, vendors, Sides::new(&google, &audience), &Context::default()).unwrap();
        let pair = Pair::with(mapping, &[(GOOGLE, day("1990-04-15"))], &[]);
        pair.check(&[], &[(field, day(written))]);
    };
    check(Years::Never, "BORN", "04-15");
    check(Years::Required, "BORN", "1990-04-15");
    check(Years::Never, MAILCHIMP, "04-15");
    // An audience may keep its birthdays in a field of whole days.
    check(Years::Required, MAILCHIMP, "1990-04-15");
}

#[test]
fn a_birthday_that_is_taken_out_is_taken_out() {
    let pair = pair((GOOGLE, "1990-04-15"), (MAILCHIMP, "04-15")).in_step();
    pair.edit(Right, MAILCHIMP, Value::Null).check(&[(GOOGLE, Value::Null)], &[]);
}
