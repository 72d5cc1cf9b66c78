use super::{Pair, between, shown, text};
use syntony_core::lens::Refusal;
use syntony_core::side::Side::{Left, Right};
use syntony_core::value::Value;

const GIVEN: &str = "names.givenName";
const MIDDLE: &str = "names.middleName";
const FAMILY: &str = "names.familyName";
const SUFFIX: &str = "names.honorificSuffix";
const PREFIX: &str = "names.honorificPrefix";

fn maria() -> Pair {
    Pair::of(
        "name",
        &[("name", text("María del Carmen O'Neill Jr."))],
        &[(GIVEN, text("María del Carmen")), (FAMILY, text("O'Neill")), (SUFFIX, text("Jr."))],
    )
}

fn ada(line: &str) -> Pair {
    Pair::of("name", &[("name", text(line))], &[(GIVEN, text("Ada")), (FAMILY, text("Lovelace"))])
}

#[test]
fn a_name_in_parts_becomes_one_line_and_no_echo() {
    // Scenario 17.
    let parts = [(GIVEN, text("María del Carmen")), (FAMILY, text("O'Neill")), (SUFFIX, text("Jr."))];
    Pair::of("name", &[], &parts).check(&[("name", text("María del Carmen O'Neill Jr."))], &[]);
    maria().check(&[], &[]);
}

#[test]
fn an_edit_of_the_line_changes_the_one_part_it_touches() {
    // Scenario 18.
    maria()
        .in_step()
        .edit(Left, "name", text("María del Carmen O'Neill-Smith Jr."))
        .check(&[], &[(FAMILY, text("O'Neill-Smith"))]);
}

#[test]
fn edits_of_different_parts_on_both_sides_both_survive() {
    // Scenario 23, within one name.
    maria()
        .in_step()
        .edit(Left, "name", text("María del Carmen O'Neill-Smith Jr."))
        .edit(Right, GIVEN, text("Carmen"))
        .check(&[("name", text("Carmen O'Neill-Smith Jr."))], &[(FAMILY, text("O'Neill-Smith"))]);
}

#[test]
fn a_new_line_is_split_without_doubling_a_particle() {
    // Scenarios 19 and 22.
    Pair::of("name", &[("name", text("Joe van Vliet"))], &[])
        .check(&[], &[(GIVEN, text("Joe")), (FAMILY, text("van Vliet"))]);
    Pair::of("name", &[("name", text("王小明"))], &[]).check(&[], &[(GIVEN, text("王小明"))]);
}

#[test]
fn a_line_in_another_unicode_form_is_no_edit() {
    // Scenario 21.
    let pair = Pair::of(
        "name",
        &[("name", text("Zoe\u{308}  O’Neill"))],
        &[(GIVEN, text("Zoë")), (FAMILY, text("O'Neill"))],
    );
    pair.check(&[], &[]);
    ada("Lovelace, Ada").check(&[], &[]);
}

#[test]
fn a_guess_replaces_nothing_that_is_sure() {
    // The parts win although the line's side is the winner.
    let mut pair = ada("Augusta Byron King");
    pair.run(Left).unwrap();
    assert_eq!(pair.now.right[FAMILY], text("Lovelace"));
    assert_eq!(pair.now.right[GIVEN], text("Ada"));
}

#[test]
fn a_line_that_shares_a_word_is_understood_by_it() {
    let mut pair = ada("Augusta Lovelace");
    pair.run(Left).unwrap();
    assert_eq!(pair.now.right[GIVEN], text("Augusta"));
    assert_eq!(pair.now.right[FAMILY], text("Lovelace"));
}

#[test]
fn a_part_that_the_line_lacks_joins_it() {
    let parts =
        [(GIVEN, text("Ada")), (MIDDLE, text("K.")), (FAMILY, text("Lovelace")), (PREFIX, text("Dr."))];
    Pair::of("name", &[("name", text("Ada Lovelace"))], &parts)
        .check(&[("name", text("Dr. Ada K. Lovelace"))], &[]);
}

#[test]
fn an_emptied_line_empties_the_parts_and_the_other_way_round() {
    ada("Ada Lovelace")
        .in_step()
        .edit(Left, "name", Value::Null)
        .check(&[], &[(GIVEN, Value::Null), (FAMILY, Value::Null)]);
    ada("Ada Lovelace")
        .in_step()
        .edit(Right, GIVEN, Value::Null)
        .edit(Right, FAMILY, text(""))
        .check(&[("name", Value::Null)], &[]);
}

#[test]
fn a_removed_part_leaves_the_others() {
    maria()
        .in_step()
        .edit(Right, SUFFIX, Value::Null)
        .check(&[("name", text("María del Carmen O'Neill"))], &[]);
    maria()
        .in_step()
        .edit(Left, "name", text("María del Carmen O'Neill"))
        .check(&[], &[(SUFFIX, Value::Null)]);
}

#[test]
fn a_line_keeps_the_order_it_is_written_in() {
    ada("Lovelace, Ada")
        .in_step()
        .edit(Right, FAMILY, text("King"))
        .check(&[("name", text("King, Ada"))], &[]);
}

#[test]
fn what_a_side_cannot_hold_stays_where_it_is() {
    // Two fields beside the line: the suffix has no place there.
    let mapping = between(&["name"], &[GIVEN, FAMILY], |_| {});
    assert_eq!(mapping.why, "both hold a name");
    let pair = Pair::with(mapping, &[("name", text("Ada Byron Lovelace Jr."))], &[]);
    let pair = pair.check(&[], &[(GIVEN, text("Ada Byron")), (FAMILY, text("Lovelace"))]);
    let pair = pair.edit(Right, FAMILY, text("King")).check(&[("name", text("Ada Byron King Jr."))], &[]);
    pair.edit(Left, "name", text("Ada King Jr.")).check(&[], &[(GIVEN, text("Ada"))]);
}

#[test]
fn a_placeholder_never_flows_back() {
    // Scenario 30: what was written on create is in the base beside an empty field, and is nobody's name.
    let pair = Pair::of("name", &[("name", Value::Null)], &[(FAMILY, text("(unknown)"))]).in_step();
    let pair = pair.check(&[], &[]);
    pair.edit(Left, "name", text("Ada")).check(&[], &[(GIVEN, text("Ada"))]);
}

#[test]
fn our_own_line_that_was_never_confirmed_is_no_edit() {
    // The parts changed, the line was written, and the run died before the base moved.
    let pair = maria().in_step().edit(Right, FAMILY, text("van Vliet Smith")).edit(
        Left,
        "name",
        text("María del Carmen van Vliet Smith Jr."),
    );
    let (views, _) = pair.views();
    assert_eq!(shown(&views.left), shown(&views.right));
    pair.check(&[], &[]);
}

#[test]
fn a_part_too_long_is_refused_as_a_whole() {
    let mut mapping = between(&["short"], &[GIVEN, FAMILY], |_| {});
    mapping.into.right = false;
    let pair = Pair::with(mapping, &[], &[(GIVEN, text("Bartholomew")), (FAMILY, text("Lovelace"))]);
    pair.check_refused(&Refusal::TooLong { chars: 20, max_chars: 12 });
}

#[test]
fn a_name_that_was_not_observed_is_not_empty() {
    let mut pair = ada("Ada Lovelace").in_step();
    pair.now.right.remove(FAMILY);
    let views = pair.mapping.lens.views(pair.now.as_ref().map(Some), pair.base.as_ref());
    assert!(views.now.right.is_none());
    assert!(views.now.left.is_some());
}

/// Salesforce with Mailchimp.
fn crm(left: &[(&str, &str)], right: &[(&str, &str)]) -> Pair {
    use crate::accounts::{audience, contact};
    use syntony_core::side::Sides;
    let (contact, audience) = (contact(), audience());
    let mapping =
        super::default_of("name", Sides::new("salesforce", "mailchimp"), Sides::new(&contact, &audience));
    let named = |fields: &[(&'static str, &str)]| -> Vec<(&'static str, Value)> {
        fields.iter().map(|(name, value)| (*name, text(value))).collect()
    };
    let all = |names: [&'static str; 2], given: &[(&str, &str)]| -> Vec<(&'static str, Value)> {
        let of = |name: &str| given.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        named(&names.map(|name| (name, of(name))))
    };
    Pair::with(mapping, &all(["FirstName", "LastName"], left), &all(["FNAME", "LNAME"], right))
}

#[test]
fn a_name_that_two_sides_cut_differently_is_never_written_beside_itself() {
    for word in ["王小明", "Prince"] {
        let pair = crm(&[("LastName", word)], &[("FNAME", word)]);
        let met = pair.check(&[], &[]).in_step().check(&[], &[]);
        let edited = met.edit(Right, "FNAME", text("王大明"));
        edited.check(&[("LastName", text("王大明"))], &[]).check(&[], &[]);
        let met = crm(&[("LastName", word)], &[("FNAME", word)]).in_step();
        met.edit(Left, "LastName", text("Nelson")).check(&[], &[("FNAME", text("Nelson"))]).check(&[], &[]);
    }
    // The same words, cut at another place.
    let pair =
        crm(&[("FirstName", "Ana María"), ("LastName", "Sol")], &[("FNAME", "Ana"), ("LNAME", "María Sol")]);
    let met = pair.check(&[], &[]).in_step();
    met.edit(Left, "LastName", text("Luna")).check(&[], &[("LNAME", text("María Luna"))]).check(&[], &[]);
}

/// Puts the wanted parts into a line that nobody has met, twice. The second time there is nothing to do.
#[track_caller]
fn check_put_once(line: &str, parts: &[(&str, &str)], wanted: &str) {
    let named: Vec<(&str, Value)> = parts.iter().map(|(name, value)| (*name, text(value))).collect();
    let mut pair = Pair::of("name", &[("name", text(line))], &named);
    let mut want = pair.views().0.right;
    want.retain(|_, atom| !atom.is_empty());
    let lens = std::sync::Arc::clone(&pair.mapping.lens);
    pair.now.left.extend(lens.put(Left, &want, &pair.now.left, None).unwrap());
    assert_eq!(pair.now.left["name"].to_plain(), wanted);
    assert_eq!(super::plain(&lens.put(Left, &want, &pair.now.left, None).unwrap()), [].into());
}

#[test]
fn a_word_that_falls_to_a_written_part_is_not_found_and_written_over_by_the_next_run() {
    check_put_once("Dr.", &[(PREFIX, "O'Neill")], "O'Neill");
    check_put_once("Jr.,Ada", &[(SUFFIX, "Dr.")], "Ada Dr.");
    check_put_once("Ada", &[(PREFIX, "Dr."), (FAMILY, "Lee")], "Dr. Ada Lee");
}

#[test]
fn a_title_before_the_comma_is_no_family_name() {
    let met = Pair::of("name", &[("name", text("Dr. O'Neill,Ada"))], &[])
        .check(&[], &[(GIVEN, text("Ada")), (FAMILY, text("O'Neill")), (PREFIX, text("Dr."))]);
    assert_eq!(shown(&met.views().0.left), shown(&met.views().0.right));
}

#[test]
fn a_line_that_contradicts_the_parts_is_not_read_otherwise_when_it_is_written() {
    let pair = Pair::of("name", &[("name", text("Dr.,O'Neill"))], &[(MIDDLE, text("Dr. "))]);
    let views = pair.views().0;
    let put = pair.mapping.lens.put(Left, &views.left, &pair.now.left, None).unwrap();
    assert_eq!(super::plain(&put), [].into());
}

/// Two fields beside four: `family` and `given` on both sides, `prefix` and `middle` on the right.
fn two_and_four(left: &[(&str, Value)], right: &[(&str, Value)]) -> Pair {
    Pair::with(super::properties::parts(false), left, right)
}

#[test]
fn a_name_cut_elsewhere_is_not_written_beside_itself_when_they_meet() {
    let pair = two_and_four(&[("given", text("Dr."))], &[("middle", text("Dr."))]);
    let (views, _) = pair.views();
    for side in [Left, Right] {
        let put = pair.mapping.lens.put(side, &views[side], &pair.now[side], None).unwrap();
        assert_eq!(super::plain(&put), [].into(), "{side:?}");
    }
}

#[test]
fn our_own_name_cut_elsewhere_that_was_never_confirmed_is_no_edit() {
    // The name was cut differently, was replaced on the left and written, and the run died before the base moved.
    let mut pair = two_and_four(&[("given", text("Zoë"))], &[("prefix", text("Zoë"))])
        .in_step()
        .edit(Left, "given", Value::Null)
        .edit(Left, "family", text("Jr."));
    let base = pair.base.clone();
    pair.run(Left).unwrap();
    pair.base = base;
    let again = pair.run(Left).unwrap();
    assert_eq!(again.map(|fields| super::plain(&fields)), syntony_core::side::Sides::default());
}

#[test]
fn which_side_is_left_does_not_say_how_a_name_is_cut() {
    use syntony_core::side::Sides;
    let run = |swapped: bool| {
        let oriented = |sides: Sides<(&'static str, &str)>| {
            let sides = sides.map(|(name, value)| vec![(name, text(value))]);
            if swapped { sides.swap() } else { sides }
        };
        let base = oriented(Sides::new(("given", "ada"), ("middle", "ada")));
        let mapping = super::properties::parts(swapped);
        let mut pair = Pair::with(mapping, &base.left, &base.right).in_step();
        let (two, four) = if swapped { (Right, Left) } else { (Left, Right) };
        pair = pair.edit(two, "given", text("Ada O'Neill")).edit(four, "middle", Value::Null);
        pair = pair.edit(four, "given", text("Adaada"));
        let written = pair.run(two).unwrap().map(|fields| super::plain(&fields));
        if swapped { written.swap() } else { written }
    };
    assert_eq!(run(false), run(true));
}
