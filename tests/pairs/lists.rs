//! Several values: a list against one field, a list against a list.

use crate::hand::{Can, What, Who, who};
use crate::rig::Rig;
use crate::table::{once, scenario};
use serde_json::{Value, json};
use syntony_core::side::{Side, Sides};

const PHONES: &str = "phoneNumbers";
const EMAILS: &str = "emailAddresses";

/// An address book's list on one side, one field on the other.
fn a_list_and_a_field(can: Sides<Can>) -> bool {
    can.left.single != can.right.single
}

/// An address book on a side at least.
fn a_list(can: Sides<Can>) -> bool {
    !(can.left.single && can.right.single)
}

/// An address book on both sides.
fn two_lists(can: Sides<Can>) -> bool {
    !can.left.single && !can.right.single
}

/// The side of the address book; of two, the left one.
fn book(rig: &Rig) -> Side {
    if rig.kinds.left.can().single { Side::Right } else { Side::Left }
}

/// Ann in both, with these lists in the address book.
async fn ann(rig: &Rig, lists: &[(&str, &[(&str, &str)])]) -> Sides<String> {
    let side = book(rig);
    let id = rig.apps[side].add(who("ann@x.example", "Ann Lee"));
    for (list, entries) in lists {
        set(rig, side, &id, list, entries);
    }
    rig.settle().await;
    let other = rig.one(side.other(), "ann@x.example");
    if side == Side::Left { Sides::new(id, other) } else { Sides::new(other, id) }
}

/// A person types in a list: each entry with its label.
fn set(rig: &Rig, side: Side, id: &str, list: &str, entries: &[(&str, &str)]) {
    let entries: Vec<Value> =
        entries.iter().map(|(value, label)| json!({ "value": value, "type": label })).collect();
    rig.apps[side].fill(id, list, &json!(entries));
}

/// A list as it is seen: digits of numbers, and labels.
fn get(rig: &Rig, side: Side, id: &str, list: &str) -> Vec<(String, String)> {
    let entries = rig.apps[side].raw(id, list).as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let plain = |value: String| if value.contains('@') { value } else { digits(&value) };
    entries.iter().map(|entry| (plain(text(entry, "value")), text(entry, "type"))).collect()
}

fn entries(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

/// A number without what people put between the digits.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

const THREE: [(&str, &str); 3] =
    [("+32 471 23 45 67", "mobile"), ("+32 2 222 22 22", "work"), ("+32 3 333 33 33", "home")];

scenario!(
    /// Scenario 33.
    an_edit_of_the_single_number_changes_the_one_it_stood_for, a_list_and_a_field, |rig| {
        let ids = ann(&rig, &[(PHONES, &THREE)]).await;
        let (many, one) = (book(&rig), book(&rig).other());
        assert_eq!(digits(&rig.apps[one].see(&ids[one], What::Phone)), "32471234567");
        rig.apps[one].edit(&ids[one], What::Phone, "+32 479 99 99 99");
        rig.settle().await;
        let wanted = [("32479999999", "mobile"), ("3222222222", "work"), ("3233333333", "home")];
        assert_eq!(get(&rig, many, &ids[many], PHONES), entries(&wanted));
        // Its entry is in another place now, and still its entry.
        let moved = [THREE[1], ("+32 479 99 99 99", "mobile"), THREE[2]];
        set(&rig, many, &ids[many], PHONES, &moved);
        rig.assert_quiet().await;
        rig.apps[one].edit(&ids[one], What::Phone, "+32 478 88 88 88");
        rig.settle().await;
        let wanted = [("3222222222", "work"), ("32478888888", "mobile"), ("3233333333", "home")];
        assert_eq!(get(&rig, many, &ids[many], PHONES), entries(&wanted));
    }
);

scenario!(
    /// Scenario 33, between two lists.
    an_edit_of_one_entry_leaves_the_others_and_their_labels, two_lists, |rig| {
        let ids = ann(&rig, &[(PHONES, &THREE)]).await;
        let theirs = [("+32 471 23 45 67", "mobile"), ("+32 2 222 22 29", "work"), ("+32 3 333 33 33", "home")];
        set(&rig, Side::Right, &ids.right, PHONES, &theirs);
        rig.settle().await;
        let wanted = [("32471234567", "mobile"), ("3222222229", "work"), ("3233333333", "home")];
        assert_eq!(get(&rig, Side::Left, &ids.left, PHONES), entries(&wanted));
    }
);

scenario!(
    /// Scenario 34.
    reordering_a_list_moves_nothing, a_list, |rig| {
        let addresses = [("ann@x.example", "work"), ("lee@y.example", "home")];
        let ids = ann(&rig, &[(EMAILS, &addresses), (PHONES, &THREE)]).await;
        let (many, other) = (book(&rig), book(&rig).other());
        let before = [What::Email, What::Phone].map(|what| rig.apps[other].see(&ids[other], what));
        set(&rig, many, &ids[many], EMAILS, &[addresses[1], addresses[0]]);
        set(&rig, many, &ids[many], PHONES, &[THREE[2], THREE[0], THREE[1]]);
        for _ in 0..2 {
            rig.assert_quiet().await;
        }
        rig.resync().await;
        let after = [What::Email, What::Phone].map(|what| rig.apps[other].see(&ids[other], what));
        assert_eq!(after, before, "a mere change of places");
        assert_eq!(get(&rig, many, &ids[many], EMAILS), entries(&[addresses[1], addresses[0]]));
        if rig.kinds[other].can().single {
            rig.apps[other].edit(&ids[other], What::Email, "new@z.example");
            rig.settle().await;
            let wanted = [("lee@y.example", "home"), ("new@z.example", "work")];
            assert_eq!(get(&rig, many, &ids[many], EMAILS), entries(&wanted), "still the one it stood for");
        }
    }
);

scenario!(
    /// Scenario 35.
    what_one_list_adds_and_the_other_removes_both_happen, two_lists, |rig| {
        let addresses = [("ann@x.example", "work"), ("lee@y.example", "home")];
        let ids = ann(&rig, &[(EMAILS, &addresses), (PHONES, &THREE[..2])]).await;
        set(&rig, Side::Left, &ids.left, PHONES, &THREE);
        set(&rig, Side::Left, &ids.left, EMAILS, &[addresses[0], addresses[1], ("new@z.example", "")]);
        set(&rig, Side::Right, &ids.right, PHONES, &THREE[1..2]);
        set(&rig, Side::Right, &ids.right, EMAILS, &addresses[..1]);
        let report = rig.settle().await;
        assert_eq!(report.resolved, 0, "{report:#?}");
        for side in Side::BOTH {
            let values = |list| get(&rig, side, &ids[side], list).into_iter().map(|(value, _)| value);
            assert_eq!(values(PHONES).collect::<Vec<_>>(), ["3222222222", "3233333333"], "on the {side:?}");
            assert_eq!(values(EMAILS).collect::<Vec<_>>(), ["ann@x.example", "new@z.example"], "on the {side:?}");
        }
    }
);

scenario!(
    /// Scenario 36.
    one_number_in_two_formats_is_not_doubled_and_not_rewritten, once, |rig| {
        for (n, forms) in [["+32 471 23 45 67", "+32471234567"], ["0471 23 45 67", "+32 471 23 45 67"]].iter().enumerate() {
            let email = format!("p{n}@x.example");
            let typed = Sides::from_fn(|side| if side == Side::Left { forms[0] } else { forms[1] });
            let person = |side: Side| Who { email: &email, name: "Ann Lee", phone: typed[side] };
            let ids = Sides::from_fn(|side| rig.apps[side].add(person(side)));
            let seen = Sides::from_fn(|side| rig.apps[side].see(&ids[side], What::Phone));
            let report = rig.settle().await;
            assert_eq!((report.linked, report.resolved), (1, 0), "{report:#?}");
            for side in Side::BOTH {
                assert_eq!(rig.apps[side].see_all(&ids[side], What::Phone), std::slice::from_ref(&seen[side]));
            }
        }
    }
);
