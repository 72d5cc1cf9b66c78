//! A vendor's words without the contact's values: what may be shown, logged and kept.
//!
//! Vendors quote what they refuse, and at times speak of values that we did not send. So every value that was
//! sent is blotted out, and every word that may be somebody's address or telephone number.

use syntony_core::record::Fields;
use syntony_core::value::{Item, Value};

/// The longest text of a vendor's that is passed on, in characters.
pub(crate) const MAX_REASON_CHARS: usize = 300;
/// A word with so many digits may be somebody's telephone number.
const MIN_PHONE_DIGITS: usize = 7;
/// The shortest text of a contact's that is looked for, in characters: shorter ones are parts of common words.
const MIN_BLOTTED_CHARS: usize = 3;

/// `text` without any value in `fields`, cut to a bearable length.
pub(crate) fn without_values(text: &str, fields: &Fields) -> String {
    let mut values = Vec::new();
    fields.values().for_each(|value| texts_in(value, &mut values));
    without(text, values)
}

/// `text` without any of `values`, cut to a bearable length.
pub(crate) fn without(text: &str, mut values: Vec<&str>) -> String {
    for value in &mut values {
        *value = value.trim();
    }
    values.retain(|value| value.chars().count() >= MIN_BLOTTED_CHARS);
    // Longer ones first: one value may be a part of another.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let blotted = values.iter().fold(text.to_owned(), |blotted, value| blotted.replace(value, "…"));
    let words: String = blotted.split_inclusive(char::is_whitespace).map(discreet).collect();
    words.trim().chars().take(MAX_REASON_CHARS).collect()
}

/// A word, unless it may be an address or a telephone number.
fn discreet(word: &str) -> &str {
    let is_number = word.chars().filter(char::is_ascii_digit).count() >= MIN_PHONE_DIGITS;
    if word.contains('@') || is_number { "… " } else { word }
}

fn texts_in<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Text(text) => into.push(text),
        Value::Address(address) => into.extend([
            address.street.as_str(),
            &address.extended,
            &address.city,
            &address.region,
            &address.postal_code,
            &address.country,
        ]),
        Value::List(items) => items.iter().for_each(|Item { value, .. }| texts_in(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) | Value::DateTime(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_sent_and_what_may_be_somebodys_is_blotted_out() {
        let fields = Fields::from([
            ("Email".into(), Value::texts(["ada@x.example", "ada"])),
            ("LastName".into(), Value::text(" Lovelace ")),
            ("Title".into(), Value::text("ad")),
        ]);
        for (text, expected) in [
            ("bad value: Lovelace", "bad value: …"),
            ("ada@x.example is taken by ada", "… is taken by …"),
            ("eve@y.example exists, call +32 471123456 now", "… exists, call +32 … now"),
            ("a bad field (max length=80)", "a bad field (max length=80)"),
        ] {
            assert_eq!(without_values(text, &fields), expected);
        }
    }

    proptest! {
        #[test]
        fn no_value_survives(value in "[a-z]{3,12}", before in "[A-Z ]{0,9}", after in "[A-Z ]{0,9}") {
            let fields = Fields::from([("f".into(), Value::text(&value))]);
            let shown = without_values(&format!("{before}{value}{after}"), &fields);
            prop_assert!(!shown.contains(&value));
            prop_assert!(shown.chars().count() <= MAX_REASON_CHARS);
        }
    }
}
