//! Text: composed Unicode, single spaces, line feeds, nothing at the ends.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

/// The comparison form of free text: NFC, every run of spaces within a line one space, lines parted by
/// line feeds whatever the vendor uses, no blank ends. Case counts: a corrected capital is an edit.
#[must_use]
pub fn key(text: &str) -> String {
    let composed = compose(text);
    let unix = composed.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let lines: Vec<String> = unix.split('\n').map(single_spaces).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The comparison form of text that is one line by nature: as [`key`], and a line end is a space.
#[must_use]
pub fn line_key(text: &str) -> String {
    single_spaces(&compose(text))
}

/// The form in which letters are the same whatever their case and width: for looking things up, never to
/// decide whether a value was edited.
#[must_use]
pub fn loose_key(text: &str) -> String {
    // Folding can leave text that composes further, so both run until nothing moves.
    let once = fold(text);
    single_spaces(&fold(&once))
}

fn fold(text: &str) -> String {
    let compatible = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let folded = CaseMapper::new().fold_string(&compatible);
    ComposingNormalizerBorrowed::new_nfkc().normalize(&folded).into_owned()
}

fn compose(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

fn single_spaces(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn same(left: &str, right: &str) {
        assert_eq!(key(left), key(right));
    }

    #[test]
    fn what_a_provider_trims_or_reflows_is_no_edit() {
        // Scenarios 21 and 45.
        same("Zoe\u{308}  Miller ", "Zoë Miller");
        same("one\r\ntwo", "one\ntwo\n");
        same("a\u{a0}b", "a b");
        assert_ne!(key("one two"), key("one\ntwo"));
        assert_ne!(key("ada"), key("Ada"));
    }

    #[test]
    fn blank_text_has_no_key() {
        assert_eq!(key(" \r\n\t "), "");
        assert_eq!(line_key("\u{a0}"), "");
    }

    #[test]
    fn letters_are_looked_up_without_case_and_width() {
        assert_eq!(loose_key("ＡＤＡ  Straße"), "ada strasse");
    }

    proptest! {
        #[test]
        fn the_key_of_a_key_is_the_key(text in ".{0,40}") {
            prop_assert_eq!(key(&key(&text)), key(&text));
            prop_assert_eq!(line_key(&line_key(&text)), line_key(&text));
            prop_assert_eq!(loose_key(&loose_key(&text)), loose_key(&text));
        }
    }
}
