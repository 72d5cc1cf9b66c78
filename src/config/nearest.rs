//! What an admin may have meant by a word that is not known.

/// How alike (0 to 1) two words must be for one to be offered for the other. Lower, and hints mislead.
const LEAST_LIKENESS: f64 = 0.78;

/// The known word that is most like `word`, if one is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A hint from the known words: the nearest one, else all of them.
pub(crate) fn hint_from<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(found) => Some(format!("did you mean `{found}`?")),
        None if known.is_empty() => None,
        None => Some(format!("possible here: {}", quoted(known))),
    }
}

/// Words for a sentence: `a`, `b`, `c`.
pub(crate) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_nothing() {
        let known = ["token", "type", "base_url", "avoid_duplicates", "winner"];
        for (word, expected) in [
            ("tokn", Some("token")),
            ("base-url", Some("base_url")),
            ("avoid_duplicate", Some("avoid_duplicates")),
            ("Winer", Some("winner")),
            ("zebra", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
