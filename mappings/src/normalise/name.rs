//! Names of people: what makes two spellings of a name, or two words of it, the same.

use super::text;

/// The comparison form of a name or a part of one: one line, composed, and typographic apostrophes and
/// hyphens as the typewriter has them. Case counts.
#[must_use]
pub fn key(name: &str) -> String {
    typewriter(&text::line_key(name))
}

/// The form in which words of two spellings of one name are recognised as each other (`JR` and `Jr.`):
/// for aligning them, never to decide whether one was edited.
#[must_use]
pub fn word_key(word: &str) -> String {
    let folded = typewriter(&text::loose_key(word));
    let bare: String = folded.chars().filter(|char| !matches!(char, '.' | ',')).collect();
    // A word of punctuation alone is still a word.
    if bare.is_empty() { folded } else { bare }
}

/// Phones and mail programs replace the one by the other while a person types.
fn typewriter(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{00b4}' | '`' => '\'',
            '\u{2010}' | '\u{2011}' => '-',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curly_apostrophe_is_no_edit_and_a_capital_is_one() {
        assert_eq!(key("O’Neill"), key("O'Neill "));
        assert_eq!(key("Jean\u{2010}Luc"), key("Jean-Luc"));
        assert_ne!(key("o'neill"), key("O'Neill"));
    }

    #[test]
    fn words_are_recognised_without_case_and_dots() {
        assert_eq!(word_key("JR."), word_key("Jr"));
        assert_eq!(word_key("..."), "...");
    }
}
