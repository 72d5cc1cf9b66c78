//! Names: the parts rule, and everything that is made of parts is rebuilt.

use super::text;
use serde_json::{Map, Value as Json};

const PARTS: [&str; 5] = ["honorificPrefix", "givenName", "middleName", "familyName", "honorificSuffix"];
const PREFIXES: [&str; 12] =
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "rev", "ir", "ing"];
const SUFFIXES: [&str; 9] = ["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "dds"];
const PARTICLES: [&str; 16] = [
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "la", "le", "al", "el", "bin", "ter",
];

/// Rebuilds what is derived. False if the name holds nothing.
pub(super) fn complete(item: &mut Map<String, Json>) -> bool {
    item.remove("displayName"); // whatever the client sent: Google derives it
    let has_parts = PARTS.iter().any(|part| item.contains_key(*part));
    if !has_parts && let Some(whole) = text(item, "unstructuredName").map(str::to_owned) {
        for (part, value) in PARTS.into_iter().zip(split(&whole)) {
            if !value.is_empty() {
                item.insert(part.to_owned(), Json::from(value));
            }
        }
    }
    item.remove("unstructuredName");
    let part = |name: &str| text(item, name).unwrap_or_default();
    let display = joined(PARTS.iter().map(|name| part(name)));
    let rest = joined(
        ["honorificPrefix", "givenName", "middleName", "honorificSuffix"].iter().map(|name| part(name)),
    );
    let last_first = match (part("familyName"), rest.as_str()) {
        ("", rest) => rest.to_owned(),
        (family, "") => family.to_owned(),
        (family, rest) => format!("{family}, {rest}"),
    };
    if !display.is_empty() {
        item.insert("displayNameLastFirst".to_owned(), Json::from(last_first));
        item.insert("displayName".to_owned(), Json::from(display.as_str()));
        item.insert("unstructuredName".to_owned(), Json::from(display));
    }
    item.keys().any(|key| key != super::PREFERRED)
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Prefix, given, middle, family, suffix of a whole name, as far as words can tell. How Google does it
/// is not documented; that it does is.
fn split(whole: &str) -> [String; 5] {
    let mut words: Vec<&str> = whole.split_whitespace().collect();
    let listed = |word: &str, list: &[&str]| {
        let bare = word.trim_end_matches(['.', ',']).to_lowercase();
        list.contains(&bare.as_str())
    };
    let prefixes = words.iter().take_while(|word| listed(word, &PREFIXES)).count();
    let after_prefix = words.split_off(prefixes);
    let prefix = words.join(" ");
    words = after_prefix;
    let suffixes = words.iter().rev().take_while(|word| listed(word, &SUFFIXES)).count();
    let suffix = words.split_off(words.len().saturating_sub(suffixes)).join(" ");
    if words.len() < 2 {
        return [prefix, words.join(" "), String::new(), String::new(), suffix];
    }
    // The family name is the last word, and the particles before it.
    let mut family_at = words.len() - 1;
    while family_at > 1 && words.get(family_at - 1).is_some_and(|word| listed(word, &PARTICLES)) {
        family_at -= 1;
    }
    let family = words.split_off(family_at).join(" ").trim_end_matches(',').to_owned();
    let middle = words.split_off(1).join(" ");
    [prefix, words.join(" "), middle, family, suffix]
}
