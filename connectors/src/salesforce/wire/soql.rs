//! SOQL: how values get into it.
//!
//! A value never gets in unquoted, and nothing that a contact holds can end its quotes: the backslash is escaped
//! before the quote
//! (<https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm>).
//! Names of fields come from `describe` alone.

use super::stamp::Stamp;

/// The longest query, in bytes as they stand in the address. Salesforce takes 16,384 bytes of address and headers
/// together, and access tokens can be some thousand bytes long.
pub(in crate::salesforce) const MAX_QUERY_BYTES: usize = 12_000;

/// The text as a literal.
pub(in crate::salesforce) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for letter in text.chars() {
        match letter {
            '\\' => quoted.push_str("\\\\"),
            '\'' => quoted.push_str("\\'"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// `('a','b')`.
pub(in crate::salesforce) fn list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<String> = values.into_iter().map(|value| quote(value.as_ref())).collect();
    format!("({})", quoted.join(","))
}

/// The moment as a literal, which is never quoted.
pub(in crate::salesforce) fn moment(stamp: Stamp) -> String {
    stamp.to_soql()
}

/// How many bytes a query takes in an address.
pub(in crate::salesforce) fn encoded_bytes(text: &str) -> usize {
    url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum()
}

/// The values in groups, each so small that its list fits into a query beside `rest`, and of at most `most`. A
/// value that does not fit alone is in no group: nothing that long can be in a field that is looked up.
pub(in crate::salesforce) fn groups<'a>(values: &[&'a str], rest: &str, most: usize) -> Vec<Vec<&'a str>> {
    let room = MAX_QUERY_BYTES.saturating_sub(encoded_bytes(rest));
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut left = 0;
    for value in values {
        let takes = encoded_bytes(&quote(value)) + encoded_bytes(",");
        if takes > room {
            continue;
        }
        match groups.last_mut() {
            Some(group) if takes <= left && group.len() < most => {
                group.push(value);
                left -= takes;
            }
            Some(_) | None => {
                groups.push(vec![value]);
                left = room - takes;
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a literal as Salesforce does: the text, and what is left after it.
    fn read(soql: &str) -> Option<(String, &str)> {
        let mut letters = soql.strip_prefix('\'')?.char_indices();
        let mut text = String::new();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\'' => return Some((text, &soql[at + 2..])),
                '\\' => text.push(match letters.next()?.1 {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    same @ ('\\' | '\'') => same,
                    _ => return None,
                }),
                other => text.push(other),
            }
        }
        None
    }

    #[test]
    fn a_value_that_ends_in_a_backslash_stays_within_its_quotes() {
        for (text, expected) in [
            ("a", "'a'"),
            ("O'Neill", r"'O\'Neill'"),
            ("a\\", r"'a\\'"),
            ("a\\' OR Name != '", r"'a\\\' OR Name != \''"),
            ("", "''"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }

    #[test]
    fn a_list_never_makes_a_query_too_long() {
        let values: Vec<String> = (0..500).map(|n| format!("{n}'ü@mail.example")).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let rest = "SELECT Id FROM Contact WHERE Email IN ()";
        let groups = groups(&values, rest, 200);
        assert_eq!(groups.concat(), values);
        for group in &groups {
            assert!(group.len() <= 200);
            assert!(encoded_bytes(rest) + encoded_bytes(&list(group)) <= MAX_QUERY_BYTES + 10);
        }
        assert!(super::groups(&[&"x".repeat(20_000)], rest, 200).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_quotes(text in "\\PC{0,20}|[\\\\'\n\r\t]{0,8}") {
            let soql = format!("{} AND Id != null", quote(&text));
            prop_assert_eq!(read(&soql), Some((text, " AND Id != null")));
        }
    }
}
