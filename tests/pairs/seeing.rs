//! Not seen is not empty, and empty is not nought.

use crate::hand::{Can, Kind, What, Who, who};
use crate::rig::Rig;
use crate::table::{all, scenario};
use crate::typed::{self, Blank, Shape, Typed};
use serde_json::{Value, json};
use syntony_core::side::{Side, Sides};

const TRASH: &str = "PieSync Trash";
const PHONE: &str = "+32 471 23 45 67";
/// More than a page of Google's shows of one contact.
const NUMBERS: usize = 103;
/// More tags than a row of Mailchimp's shows.
const TAGS: usize = 60;

fn left_is_a_crm(can: Sides<Can>) -> bool {
    matches!(can.left.is, Kind::Contact | Kind::Lead)
}

/// Ann in both, with deletions of the left watched where it has any.
async fn ann(rig: &Rig) -> Sides<String> {
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: PHONE });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

/// Ann's number is where it was, on both sides.
#[track_caller]
fn assert_number_kept(rig: &Rig, ids: &Sides<String>, when: &str) {
    for side in Side::BOTH {
        assert!(rig.apps[side].holds(&ids[side], What::Phone, "471"), "{when}: on the {side:?}");
    }
}

scenario!(
    /// Scenario 28: an administrator hides a field from us, while the program runs and when it starts anew.
    a_field_that_may_not_be_read_any_more_is_not_cleared, left_is_a_crm, |rig| {
        let ids = ann(&rig).await;
        let field = if rig.kinds.left == Kind::Lead { "Lead.Phone" } else { "Contact.Phone" };
        let org = rig.apps.left.org();
        org.configure(|settings| settings.hidden_fields.extend([field.to_owned()]));
        rig.apps.left.edit(&ids.left, What::Name, "Ann Roe");
        // What asks for a hidden field is refused; no refusal is an empty field.
        drop(rig.try_sync().await);
        assert_number_kept(&rig, &ids, "hidden in the middle");
        rig.end();
        rig.settle().await;
        rig.resync().await;
        assert_number_kept(&rig, &ids, "hidden at the start");
        assert_eq!(rig.apps.right.see(&ids.right, What::Name), "Ann Roe", "the rest goes on");
        org.configure(|settings| settings.hidden_fields.clear());
        rig.end();
        rig.settle().await;
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(rig.apps.left.holds(&ids.left, What::Phone, "999"), "shown again, it goes on");
    }
);

scenario!(
    /// Scenario 28: nobody may be read any more, and that is neither an emptied nor a deleted address book.
    a_right_that_was_taken_away_clears_and_tags_nothing, all, |rig| {
        if rig.kinds.left != Kind::Drift {
            rig.configure("deletions = { from = \"left\" }");
        }
        let ids = ann(&rig).await;
        rig.take_rights_away(Side::Left);
        for anew in [false, true] {
            if anew {
                rig.end();
            }
            rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
            drop(rig.try_sync().await);
            drop(rig.try_resync().await);
            assert!(rig.apps.right.holds(&ids.right, What::Phone, "471"), "not permitted");
            assert!(!rig.apps.right.tags(&ids.right).contains(TRASH));
            rig.assert_only(Side::Right, &ids.right);
        }
    }
);

scenario!(
    /// Scenario 28: a page shows a hundred numbers of a contact, and the rest is not gone.
    numbers_that_a_page_cuts_off_are_not_removed, |can| !can.left.single && !can.right.single, |rig| {
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        let numbers: Vec<Value> = (0..NUMBERS).map(|n| json!({ "value": format!("+32 471 23 4{n:03}") })).collect();
        rig.apps.left.fill(&left, "phoneNumbers", &json!(numbers));
        rig.settle().await;
        rig.resync().await;
        let right = rig.one(Side::Right, "ann@x.example");
        rig.apps.right.edit(&right, What::Name, "Ann Roe");
        rig.settle().await;
        assert_eq!(rig.apps.left.see(&left, What::Name), "Ann Roe");
        // A write replaces the whole list, and would drop what nobody showed us: it is refused, and said so.
        rig.apps.right.edit(&right, What::Phone, PHONE);
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(rig.apps.left.see_all(&left, What::Phone).len(), NUMBERS);
    }
);

scenario!(
    /// Scenario 28: a row shows fifty tags of a member, and a rule asks for the sixtieth.
    a_tag_that_a_row_cuts_off_is_not_gone, |can| can.left.is == Kind::Mailchimp, |rig| {
        rig.configure("[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { has_tag = \"zz last\" } ]\n");
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        for n in 1..TAGS {
            rig.apps.left.tag(&left, &format!("tag {n:02}"));
        }
        rig.apps.left.tag(&left, "zz last");
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        rig.apps.left.edit(&left, What::Phone, PHONE);
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_rule"), None, "{report:#?}");
        assert!(rig.apps.right.holds(&right, What::Phone, "471"));
    }
);

/// Whether an app has fields for numbers and for yes or no.
fn counts_and_ticks(can: Sides<Can>) -> bool {
    let has = |can: Can| can.is != Kind::Google;
    has(can.left) && has(can.right)
}

/// The field of this shape on each side.
fn of_shape(fields: &Sides<Vec<Typed>>, shape: Shape) -> Sides<Typed> {
    fields.as_ref().map(|fields| fields.iter().find(|field| field.shape == shape).unwrap().clone())
}

/// What people see in a field: nothing, a number, or yes or no.
fn shown(rig: &Rig, side: Side, id: &str, field: &Typed) -> Value {
    match rig.apps[side].raw(id, field.page) {
        Value::Number(number) => json!(number.as_f64()),
        Value::String(text) if text.is_empty() => Value::Null,
        other => other,
    }
}

scenario!(
    /// Scenario 29.
    nought_and_false_are_values_and_nothing_is_none, counts_and_ticks, |rig| {
        let fields = Sides::from_fn(|side| typed::fields(rig.kinds[side], &*rig.apps[side]));
        let (numbers, flags) = (of_shape(&fields, Shape::Number), of_shape(&fields, Shape::Flag));
        let mapping = |of: &Sides<Typed>| {
            format!("[[connections.pair.fields]]\nleft = \"{}\"\nright = \"{}\"\n", of.left.name, of.right.name)
        };
        rig.configure(&format!("{}{}", mapping(&numbers), mapping(&flags)));
        let ids = ann(&rig).await;
        let noughts = [(Side::Left, 5.0, true), (Side::Left, 0.0, false), (Side::Right, 7.0, true), (Side::Right, 0.0, false)];
        for (side, number, flag) in noughts {
            rig.apps[side].fill(&ids[side], numbers[side].page, &json!(number));
            rig.apps[side].fill(&ids[side], flags[side].page, &json!(flag));
            rig.settle().await;
            let other = side.other();
            assert_eq!(shown(&rig, other, &ids[other], &numbers[other]), json!(number));
            assert_eq!(shown(&rig, other, &ids[other], &flags[other]), json!(flag));
        }
        if numbers.right.blank == Blank::Null {
            rig.apps.left.fill(&ids.left, numbers.left.page, &Value::Null);
            rig.settle().await;
            assert_eq!(shown(&rig, Side::Right, &ids.right, &numbers.right), Value::Null, "nothing is not nought");
            assert_eq!(shown(&rig, Side::Right, &ids.right, &flags.right), json!(false), "and no is not nothing");
        }
    }
);
