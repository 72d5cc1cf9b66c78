//! What holds for every contact.

use super::super::Entry;
use super::super::draft::Draft;
use super::super::shadow::Shadow;
use super::*;
use proptest::prelude::*;
use syntony_core::ids::FieldName;
use syntony_core::record::Fields;
use syntony_core::value::{Date, Item, Value};

fn texts() -> impl Strategy<Value = String> {
    "[a-c]{1,2}"
}

fn lists() -> impl Strategy<Value = Vec<Item>> {
    let label = prop_oneof![Just(None), Just(Some("home".to_owned())), Just(Some("work".to_owned()))];
    proptest::collection::vec((texts(), label), 0..5).prop_map(|items| {
        items.into_iter().map(|(text, label)| Item { value: Value::Text(text), label }).collect()
    })
}

fn some_fields() -> impl Strategy<Value = Fields> {
    let text = || prop_oneof![Just(Value::Null), texts().prop_map(Value::Text)];
    let list = || lists().prop_map(Value::List);
    let date = prop_oneof![
        Just(Value::Null),
        (1_u8..=12, 1_u8..=28).prop_map(|(month, day)| Value::Date(Date::new(None, month, day).unwrap()))
    ];
    (
        [text(), text(), text(), text(), text()],
        [text(), text(), text()],
        [list(), list()],
        date,
        [text(), text()],
    )
        .prop_map(|(names, organizations, lists, date, others)| {
            let organization = ["organizations.name", "organizations.title", "organizations.department"];
            let name = ["names.honorificPrefix", "names.givenName", "names.middleName", "names.familyName"];
            let other = ["biographies", "userDefined.Mapped"];
            let texts = name.into_iter().zip(names).chain(organization.into_iter().zip(organizations));
            let texts = texts.chain(other.into_iter().zip(others));
            let lists = ["emailAddresses", "urls"].into_iter().zip(lists);
            let mut fields: Fields =
                texts.chain(lists).map(|(name, value)| (FieldName::new(name), value)).collect();
            fields.insert("birthdays".into(), date);
            fields
        })
}

/// The arrays as Google would hold them after a write.
fn held_after(draft: &Draft) -> Json {
    let mut arrays = Entry::new();
    draft.write_into(&mut arrays, draft.mask());
    arrays.retain(|_, entries| entries.as_array().is_some_and(|entries| !entries.is_empty()));
    Json::Object(arrays)
}

proptest! {
    /// What is written is what is read; a second write of the same changes nothing.
    #[test]
    fn written_fields_read_back_as_they_were_meant(first in some_fields(), second in some_fields()) {
        let held = held_after(&Draft::create(&first).unwrap());
        let shadow = Shadow::of(&person(&held)).unwrap();
        let draft = Draft::update(&shadow, &second).unwrap();
        let record = read(&held_after(&draft));
        for (name, wanted) in &second {
            let mut wanted = wanted.clone();
            // A label that is not asked for is not taken away.
            let mut got = record.fields.get(name).cloned().unwrap();
            if let (Value::List(wanted), Value::List(got)) = (&mut wanted, &mut got) {
                for (wanted, got) in wanted.iter_mut().zip(got) {
                    if wanted.label.is_none() {
                        wanted.label.clone_from(&got.label);
                    }
                }
            }
            prop_assert_eq!(got.to_plain(), wanted.to_plain(), "{}", name);
        }
        let after = Shadow::parse(record.shadow.as_deref()).unwrap();
        prop_assert!(Draft::update(&after, &second).unwrap().changes_nothing(&after));
    }

    /// A write of one field leaves every other field as it was.
    #[test]
    fn a_write_touches_no_other_field(held in some_fields(), wanted in some_fields(), pick in 0_usize..12) {
        let held = held_after(&Draft::create(&held).unwrap());
        let before = read(&held);
        let (name, value) = wanted.iter().nth(pick % wanted.len()).unwrap();
        let shadow = Shadow::parse(before.shadow.as_deref()).unwrap();
        let draft = Draft::update(&shadow, &[(name.clone(), value.clone())].into()).unwrap();
        let mut arrays = held.as_object().unwrap().clone();
        arrays.extend(held_after(&draft).as_object().unwrap().clone());
        for array in draft.mask() {
            if held_after(&draft).get(*array).is_none() {
                arrays.remove(*array);
            }
        }
        let after = read(&Json::Object(arrays));
        for (other, then) in before.fields.iter().filter(|(other, _)| *other != name) {
            prop_assert_eq!(after.fields.get(other).unwrap().to_plain(), then.to_plain(), "{}", other);
        }
    }
}
