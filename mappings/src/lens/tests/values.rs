use super::{Pair, between, text};
use std::collections::BTreeMap;
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{Left, Right};
use syntony_core::side::Sides;
use syntony_core::value::{Date, Value};

fn day(year: i32, month: u8, day: u8) -> Value {
    Value::Date(Date::new(Some(year), month, day).unwrap())
}

fn hours(hours: i64) -> Value {
    Value::DateTime(hours * 3_600_000)
}

fn plain_text(left: Value, right: Value) -> Pair {
    let mapping = between(&["note"], &["biographies"], |_| {});
    Pair::with(mapping, &[("note", left)], &[("biographies", right)])
}

#[test]
fn each_edit_goes_to_the_other_side() {
    let pair = plain_text(text("a"), text("a")).in_step();
    let pair = pair.edit(Left, "note", text("b")).check(&[], &[("biographies", text("b"))]);
    let pair = pair.edit(Right, "biographies", text("c")).check(&[("note", text("c"))], &[]);
    pair.edit(Left, "note", text("")).check(&[], &[("biographies", Value::Null)]);
}

#[test]
fn a_first_meeting_fills_and_never_clears() {
    // Scenario 2.
    plain_text(text("a"), Value::Null).check(&[], &[("biographies", text("a"))]);
    plain_text(text("a"), text("b")).check(&[("note", text("b"))], &[]);
}

#[test]
fn what_a_provider_makes_of_our_value_is_not_written_back() {
    // Scenario 45.
    plain_text(text("Tom & Ada"), text("tom &amp; ada"))
        .in_step()
        .check(&[], &[])
        .edit(Left, "note", text("Tom"))
        .check(&[], &[("biographies", text("Tom"))]);
}

#[test]
fn the_same_edit_on_both_sides_writes_nothing() {
    // Scenario 25.
    plain_text(text("a"), text("a"))
        .in_step()
        .edit(Left, "note", text("b"))
        .edit(Right, "biographies", text("b "))
        .check(&[], &[]);
}

#[test]
fn text_never_flows_into_a_number() {
    // Scenario 41.
    let mapping = between(&["age"], &["userDefined.Age"], |_| {});
    assert_eq!(mapping.into, Sides::new(false, true));
    assert_eq!(mapping.why, "a text does not become a number");
    let pair = Pair::with(mapping, &[("age", Value::number(7.0).unwrap())], &[]);
    let pair = pair.check(&[], &[("userDefined.Age", text("7"))]);
    let pair = pair.edit(Right, "userDefined.Age", text("abc")).check(&[], &[]);
    assert_eq!(pair.now.left["age"], Value::number(7.0).unwrap());
    pair.edit(Left, "age", Value::number(8.0).unwrap()).check(&[], &[("userDefined.Age", text("8"))]);
}

#[test]
fn zero_is_a_value() {
    // Scenario 29.
    let mapping = between(&["age"], &["userDefined.Age"], |_| {});
    Pair::with(mapping, &[("age", Value::number(0.0).unwrap())], &[])
        .check(&[], &[("userDefined.Age", text("0"))]);
}

#[test]
fn a_day_that_became_a_moment_stays_the_day() {
    // Scenario 42: in Tokyo a day begins at 15:00 UTC of the day before.
    let mapping = between(&["seen"], &["birthdays"], |_| {});
    assert_eq!(mapping.loses.as_deref(), Some("days without a year; the time of day"));
    let pair = Pair::with(mapping, &[], &[("birthdays", day(1970, 1, 2))]);
    let pair = pair.check(&[("seen", hours(15))], &[]);
    // The time of day alone is no edit of the day, and it stays.
    let pair = pair.edit(Left, "seen", hours(20)).check(&[], &[]);
    let pair = pair.edit(Left, "seen", hours(40)).check(&[], &[("birthdays", day(1970, 1, 3))]);
    pair.edit(Right, "birthdays", day(1970, 1, 5)).check(&[("seen", hours(15 + 72))], &[]);
}

#[test]
fn no_year_is_invented() {
    // Scenario 43.
    let mapping = between(&["born"], &["birthdays"], |_| {});
    assert_eq!(mapping.loses.as_deref(), Some("days without a year"));
    let yearless = Value::Date(Date::new(None, 4, 15).unwrap());
    Pair::with(mapping.clone(), &[], &[("birthdays", yearless)])
        .check_refused(&Refusal::Incomplete { missing: "a year".into() });
    Pair::with(mapping, &[("born", day(1990, 4, 15))], &[]).check(&[], &[("birthdays", day(1990, 4, 15))]);
}

fn shortened(left: Value, right: Value) -> Pair {
    let mapping = between(&["short"], &["biographies"], |spec| spec.truncate = true);
    assert_eq!(mapping.loses.as_deref(), Some("what is longer than 12 characters in `short`"));
    Pair::with(mapping, &[("short", left)], &[("biographies", right)])
}

#[test]
fn text_too_long_fails_unless_shortening_was_asked_for() {
    // Scenario 40.
    let mapping = between(&["short"], &["biographies"], |_| {});
    Pair::with(mapping, &[], &[("biographies", text("Hello wide world"))])
        .check_refused(&Refusal::TooLong { chars: 16, max_chars: 12 });
}

#[test]
fn a_short_form_never_flows_back() {
    // Scenario 40.
    let whole = "Hello wide world";
    let pair = shortened(Value::Null, text(whole)).check(&[("short", text("Hello wide w"))], &[]);
    // Without a base too.
    shortened(text("Hello wide w"), text(whole)).check(&[], &[]);
    let pair = pair
        .edit(Right, "biographies", text("Hello wide worlds"))
        .check(&[], &[])
        .edit(Right, "biographies", text("Hi wide worlds"))
        .check(&[("short", text("Hi wide worl"))], &[]);
    assert_eq!(pair.now.right["biographies"], text("Hi wide worlds"));
}

#[test]
fn an_edit_of_a_short_form_keeps_the_tail_it_never_had() {
    let pair = shortened(text("Hello wide w"), text("Hello wide world")).in_step();
    pair.edit(Left, "short", text("Hi wide w")).check(&[], &[("biographies", text("Hi wide world"))]);
}

#[test]
fn a_rewritten_short_form_does_not_cut_the_whole() {
    let pair = shortened(text("Hello wide w"), text("Hello wide world")).in_step();
    let pair = pair.edit(Left, "short", text("Bye")).check(&[], &[]);
    pair.edit(Left, "short", text("Bye bye")).check(&[], &[]);
}

#[test]
fn a_short_form_left_from_an_older_whole_does_not_win() {
    let mut pair = shortened(text("Hello wide w"), text("Hallo wide world"));
    pair.run(Left).unwrap();
    assert_eq!(pair.now.right["biographies"], text("Hallo wide world"));
}

#[test]
fn several_fields_become_one_line_and_never_come_back() {
    let mapping = between(&["line"], &["organizations.title", "organizations.name"], |_| {});
    assert_eq!(mapping.into, Sides::new(true, false));
    let work = [("organizations.title", text("Head ")), ("organizations.name", text("ACME"))];
    let pair = Pair::with(mapping, &[], &work).check(&[("line", text("Head ACME"))], &[]);
    let pair = pair.edit(Left, "line", text("Boss")).check(&[], &[]);
    pair.edit(Right, "organizations.name", Value::Null).check(&[("line", text("Head"))], &[]);
}

/// Two picklists that name their options differently.
fn stages(left: &str, right: &str) -> Pair {
    use crate::compile::{Context, Custom, custom};
    use syntony_core::schema::{FieldSpec, Kind, Schema};
    let picklist = |name: &str, options: &[&str]| {
        let options = options.iter().map(ToString::to_string).collect();
        Schema::new(vec![FieldSpec { options, ..FieldSpec::new(name, Kind::Picklist) }])
    };
    let (left_schema, right_schema) =
        (picklist("l", &["Open", "New", "Won", "Lost"]), picklist("r", &["Inquiry", "Open", "Lost"]));
    let spec = Custom {
        fields: Sides::new(vec!["l".into()], vec!["r".into()]),
        options: BTreeMap::from(
            [("Open", "Inquiry"), ("New", "Inquiry"), ("Won", "Open")]
                .map(|(left, right)| (left.to_owned(), right.to_owned())),
        ),
        ..Custom::default()
    };
    let schemas = Sides::new(&left_schema, &right_schema);
    let mapping = custom(&spec, Sides::new("a", "b"), schemas, &Context::default()).unwrap();
    Pair::with(mapping, &[("l", text(left))], &[("r", text(right))])
}

#[test]
fn options_go_by_the_map_and_not_by_their_names() {
    stages("Open", "").check(&[], &[("r", text("Inquiry"))]);
    stages("Lost", "").check(&[], &[("r", text("Lost"))]);
    stages("", "Open").check(&[("l", text("Won"))], &[]);
    // The right `Open` is the left `Won`: two different values, and the right wins.
    stages("Open", "Open").check(&[("l", text("Won"))], &[]);
    stages("Won", "Open").check(&[], &[]);
}

#[test]
fn an_option_that_stands_for_two_keeps_the_one_that_was_there() {
    stages("New", "Inquiry").check(&[], &[]);
    stages("Open", "Inquiry").in_step().edit(Left, "l", text("New")).check(&[], &[]);
    let pair = stages("New", "Inquiry").in_step().edit(Left, "l", text("Won"));
    pair.check(&[], &[("r", text("Open"))]);
}

#[test]
fn a_value_that_is_no_option_says_what_the_options_are() {
    // Scenario 38, and 39: an option that was renamed since.
    let options = ["Inquiry", "Open", "Lost"].map(str::to_owned).to_vec();
    stages("Gone", "").check_refused(&Refusal::NotAnOption { allowed: options });
}

#[test]
fn nobody_is_opted_in_by_not_being_opted_out() {
    use crate::compile::{Context, Custom, custom};
    use syntony_core::schema::{FieldSpec, Kind, Schema, Takes};
    let left = Schema::new(vec![FieldSpec::new("l", Kind::Boolean)]);
    let right = Schema::new(vec![FieldSpec::new("r", Kind::Boolean).takes(Takes::OptOutOnly(true))]);
    let spec = Custom { fields: Sides::new(vec!["l".into()], vec!["r".into()]), ..Custom::default() };
    let pair = |left_value: bool, right_value: Value| {
        let schemas = Sides::new(&left, &right);
        let mapping = custom(&spec, Sides::new("a", "b"), schemas, &Context::default()).unwrap();
        Pair::with(mapping, &[("l", Value::Bool(left_value))], &[("r", right_value)])
    };
    // A new contact is made without a word about it.
    pair(false, Value::Null).check(&[], &[]);
    pair(true, Value::Null).check(&[], &[("r", Value::Bool(true))]);
    let out = pair(true, Value::Bool(true)).in_step();
    out.edit(Left, "l", Value::Bool(false)).check_refused(&Refusal::OptIn);
}
