use super::{Pair, between, list, shown, text};
use crate::compile::Context;
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{Left, Right};
use syntony_core::value::Value;

fn phones(single: &str, several: &[&str]) -> Pair {
    Pair::of("phone", &[("phone", text(single))], &[("phoneNumbers", list(several))])
}

const A: &str = "+32 471 00 00 01";
const B: &str = "+32 471 00 00 02|home";
const C: &str = "+32 471 00 00 03|work";
const X: &str = "+32 471 00 00 09";

fn numbers(entries: &[&str]) -> Value {
    list(entries)
}

#[test]
fn an_edit_of_the_single_field_changes_the_one_number_it_stood_for() {
    // Scenario 33. The label stays, and so do the other two.
    phones(A, &["+32 471 00 00 01|mobile", B, C])
        .in_step()
        .edit(Left, "phone", text(X))
        .check(&[], &[("phoneNumbers", numbers(&["+32 471 00 00 09|mobile", B, C]))]);
    let second = "+32 471 00 00 02";
    phones(second, &[A, B, C])
        .in_step()
        .edit(Left, "phone", text(X))
        .check(&[], &[("phoneNumbers", numbers(&[A, "+32 471 00 00 09|home", C]))]);
}

#[test]
fn reordering_the_list_moves_nothing() {
    // Scenario 34.
    phones(A, &[A, B, C]).in_step().edit(Right, "phoneNumbers", list(&[C, B, A])).check(&[], &[]);
}

#[test]
fn an_edit_in_the_list_reaches_the_single_field_only_if_it_is_the_same_entry() {
    phones(A, &[A, B]).in_step().edit(Right, "phoneNumbers", list(&[X, B])).check(&[("phone", text(X))], &[]);
    phones(A, &[A, B]).in_step().edit(Right, "phoneNumbers", list(&[A, X])).check(&[], &[]);
    phones(A, &[A, B]).in_step().edit(Right, "phoneNumbers", list(&[A, B, C])).check(&[], &[]);
    // The entry is gone: the next one takes its place.
    let home = "+32 471 00 00 02";
    phones(A, &[A, B]).in_step().edit(Right, "phoneNumbers", list(&[B])).check(&[("phone", text(home))], &[]);
}

#[test]
fn choosing_another_entry_in_the_single_field_loses_none() {
    phones(A, &[A, B]).in_step().edit(Left, "phone", text("+32 471 00 00 02")).check(&[], &[]);
}

#[test]
fn an_emptied_single_field_takes_its_own_entry_out_and_stays_empty() {
    let pair = phones(A, &[A, B]).in_step().edit(Left, "phone", Value::Null);
    let pair = pair.check(&[], &[("phoneNumbers", list(&[B]))]);
    pair.edit(Right, "phoneNumbers", list(&[B, C])).check(&[], &[]);
}

#[test]
fn a_first_meeting_fills_what_is_empty_and_adds_what_is_not_there() {
    phones("", &[A, B]).check(&[("phone", text(A))], &[]);
    Pair::of("phone", &[("phone", text(A))], &[]).check(&[], &[("phoneNumbers", list(&[A]))]);
    phones("+32471000002", &[A, B]).check(&[], &[]);
    // Different, and the list wins: its first goes to the single field.
    phones(X, &[A, B]).check(&[("phone", text(A))], &[]);
    // Different, and the single field wins: it joins the list.
    let mut pair = phones(X, &[A, B]);
    let written = pair.run(Left).unwrap();
    assert_eq!(written.right["phoneNumbers"], list(&[A, B, X]));
    assert!(pair.run(Left).unwrap().right.is_empty());
}

#[test]
fn our_number_completed_by_the_provider_is_no_edit() {
    // Scenario 44: whichever side has the country, and whether or not anything was in step before.
    let pair = phones("0471 00 00 01", &["0471 00 00 01"]).in_step();
    pair.edit(Left, "phone", text(A)).check(&[], &[]);
    phones("0471 00 00 01", &[A, B]).check(&[], &[]);
    phones(A, &["0471 00 00 01|home", B]).check(&[], &[]);
    let home = Context { default_region: Some("BE".into()), ..Context::default() };
    Pair::in_context("phone", &home, &[("phone", text("0471 00 00 01"))], &[("phoneNumbers", list(&[A]))])
        .check(&[], &[]);
}

#[test]
fn a_list_is_never_emptied_by_a_field_that_was_not_observed() {
    // Scenario 28.
    let mut pair = phones(A, &[A, B]).in_step();
    pair.now.left.clear();
    let views = pair.mapping.lens.views(pair.now.as_ref().map(Some), pair.base.as_ref());
    assert!(views.now.left.is_none());
}

#[test]
fn the_address_that_is_none_is_passed_over() {
    let emails = list(&["n/a", "Ada@x.org|work"]);
    Pair::of("email", &[], &[("emailAddresses", emails)]).check(&[("email", text("Ada@x.org"))], &[]);
    Pair::of("email", &[], &[("emailAddresses", list(&["n/a"]))])
        .check_refused(&Refusal::Malformed { wanted: "valid email address".into() });
}

#[test]
fn a_spelling_of_the_same_address_is_not_rewritten() {
    // Scenario 3.
    let pair = Pair::of(
        "email",
        &[("email", text("Ann.Lee@X.com"))],
        &[("emailAddresses", list(&["ann.lee@x.com "]))],
    );
    pair.check(&[], &[]);
}

/// Two lists, as between two accounts at Google.
fn lists(left: &[&str], right: &[&str]) -> Pair {
    use crate::convert::Target;
    use crate::lens::{Comparison, List, Terms};
    use std::sync::Arc;
    use syntony_core::schema::{FieldSpec, Kind};
    use syntony_core::side::Sides;
    let terms = Terms { comparison: Comparison::Phone, timezone: chrono_tz::Tz::UTC, default_region: None };
    let target = |name: &str| Target::new(FieldSpec::new(name, Kind::Phone).many());
    let mut mapping = between(&["l"], &["userDefined.r"], |_| {});
    mapping.lens = Arc::new(List::new(Sides::new(target("l"), target("r")), terms));
    Pair::with(mapping, &[("l", list(left))], &[("r", list(right))])
}

#[test]
fn what_one_list_adds_and_the_other_removes_both_happen() {
    // Scenario 35.
    lists(&[A, B], &[A, B])
        .in_step()
        .edit(Left, "l", list(&[A, B, C]))
        .edit(Right, "r", list(&[A]))
        .check(&[("l", list(&[A, C]))], &[("r", list(&[A, C]))]);
}

#[test]
fn one_number_in_two_formats_is_not_doubled() {
    // Scenario 36.
    lists(&["0471/00.00.01", B], &["+32471000001|mobile"])
        .check(&[], &[("r", list(&["+32471000001|mobile", B]))]);
}

#[test]
fn lists_that_meet_are_united_and_keep_their_own_order_and_labels() {
    lists(&[C, A], &["+32471000001|mobile", B])
        .check(&[("l", list(&[C, A, B]))], &[("r", list(&["+32471000001|mobile", B, C]))]);
}

#[test]
fn an_edited_entry_stays_where_it_was_with_its_label() {
    lists(&[A, "+32 471 00 00 02", C], &[A, B, C])
        .in_step()
        .edit(Left, "l", list(&[A, X, C]))
        .check(&[], &[("r", list(&[A, "+32 471 00 00 09|home", C]))]);
}

#[test]
fn an_entry_that_a_provider_dropped_is_not_removed_elsewhere() {
    // In step although the right one holds less: it said so itself.
    let pair = lists(&[A, B], &[A]).in_step();
    let (views, base) = pair.views();
    assert_eq!(shown(&views.right), shown(&base.unwrap()));
    pair.edit(Right, "r", list(&[A, C])).check(&[("l", list(&[A, B, C]))], &[]);
}

#[test]
fn a_list_that_is_emptied_empties_the_other_only_with_a_base() {
    lists(&[A], &[]).check(&[], &[("r", list(&[A]))]);
    lists(&[A], &[A]).in_step().edit(Right, "r", list(&[])).check(&[("l", list(&[]))], &[]);
}

#[test]
fn what_one_side_removed_is_not_brought_back_by_an_edit_of_the_other() {
    // The single field never held the second number, so its edit says nothing of it.
    phones(A, &[A, B])
        .in_step()
        .edit(Left, "phone", text(X))
        .edit(Right, "phoneNumbers", list(&[]))
        .check(&[], &[("phoneNumbers", list(&[X]))]);
    // Nor does a list that never held an entry.
    lists(&[A], &[A, B]).in_step().edit(Left, "l", list(&[])).edit(Right, "r", list(&[])).check(&[], &[]);
}

#[test]
fn our_own_clear_that_was_never_confirmed_is_no_edit() {
    let pair = phones(A, &[A, B]).in_step().edit(Left, "phone", Value::Null);
    pair.edit(Right, "phoneNumbers", list(&[])).check(&[], &[]);
}

#[test]
fn an_address_survives_whole() {
    use syntony_core::value::{Address, Item};
    let address = |city: &str| {
        let address = Address { city: city.into(), street: "Veldstraat 1".into(), ..Address::default() };
        Value::List(vec![Item { value: Value::Address(Box::new(address)), label: Some("work".into()) }])
    };
    use crate::compile::defaults;
    use syntony_core::side::Sides;
    let google = crate::accounts::google();
    let vendors = Sides::new("google_contacts", "google_contacts");
    let mappings = defaults(vendors, Sides::new(&google, &google), &Context::default());
    let mapping = mappings.into_iter().find(|mapping| mapping.key.as_str() == "address").unwrap();
    Pair::with(mapping, &[("addresses", address("Ghent"))], &[("addresses", address(" Ghent"))])
        .check(&[], &[])
        .edit(Left, "addresses", address("Bruges"))
        .check(&[], &[("addresses", address("Bruges"))]);
}
