//! Sentences of any length on lines of the terminal's width.

use super::{printable, width};

/// Narrower than this, nothing is folded: it would be a column of words.
const MIN_COLUMNS: usize = 40;

/// The words of `text` on lines that fit the terminal, the first line behind `first`, the others behind as many
/// blanks as `indent` says. A word that is longer than a line stays whole. Ends with a line feed.
#[must_use]
pub fn fold(first: &str, indent: usize, text: &str) -> String {
    let columns = usize::from(width::terminal_columns().unwrap_or(width::DEFAULT_COLUMNS));
    fold_to(first, indent, text, columns)
}

fn fold_to(first: &str, indent: usize, text: &str, columns: usize) -> String {
    let limit = if columns < MIN_COLUMNS { usize::MAX } else { columns };
    let mut folded = first.to_owned();
    let mut used = first.chars().count();
    let mut begun = false;
    for word in printable(text).split_whitespace() {
        let length = word.chars().count();
        if begun && used + 1 + length > limit {
            folded.push('\n');
            folded.push_str(&" ".repeat(indent));
            used = indent;
        } else if begun {
            folded.push(' ');
            used += 1;
        }
        folded.push_str(word);
        used += length;
        begun = true;
    }
    folded.push('\n');
    folded
}

#[cfg(test)]
mod tests {
    use super::fold_to;

    #[track_caller]
    fn check(columns: usize, text: &str, expected: &str) {
        assert_eq!(fold_to("  a: ", 4, text, columns), expected);
    }

    #[test]
    fn a_long_line_is_folded_between_words_and_no_word_is_cut() {
        let long = "names.honorificPrefix, names.givenName, names.familyName";
        check(40, long, "  a: names.honorificPrefix,\n    names.givenName, names.familyName\n");
        check(80, long, &format!("  a: {long}\n"));
        check(10, long, &format!("  a: {long}\n"));
        check(40, &"x".repeat(60), &format!("  a: {}\n", "x".repeat(60)));
        check(40, "two\nlines \u{1b}[2J", "  a: two lines \u{fffd}[2J\n");
        check(40, "", "  a: \n");
    }
}
