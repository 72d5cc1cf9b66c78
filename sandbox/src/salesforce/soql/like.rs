//! `LIKE`: `%` is any text, `_` any one character, and neither looks at case.

use super::token::{PERCENT, UNDERSCORE};

/// A pattern, read.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Pattern(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    Any,
    One,
    Exactly(char),
}

impl Pattern {
    /// Reads a text token.
    pub(super) fn read(text: &str) -> Self {
        let pieces = text
            .to_lowercase()
            .chars()
            .map(|each| match each {
                '%' => Piece::Any,
                '_' => Piece::One,
                PERCENT => Piece::Exactly('%'),
                UNDERSCORE => Piece::Exactly('_'),
                other => Piece::Exactly(other),
            })
            .collect();
        Self(pieces)
    }

    /// Whether a text is like this. Goes back to the last `%` at most, so that it takes no longer than the
    /// product of the two lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.to_lowercase().chars().collect();
        let (mut at, mut piece) = (0, 0);
        let mut back: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(piece), text.get(at)) {
                (None, None) => return true,
                (Some(Piece::Any), _) => {
                    back = Some((piece + 1, at));
                    piece += 1;
                }
                (Some(Piece::One), Some(_)) => (at, piece) = (at + 1, piece + 1),
                (Some(Piece::Exactly(wanted)), Some(found)) if wanted == found => {
                    (at, piece) = (at + 1, piece + 1);
                }
                _ => match back {
                    Some((after, from)) if from < text.len() => {
                        back = Some((after, from + 1));
                        (piece, at) = (after, from + 1);
                    }
                    Some(_) | None => return false,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_as_in_salesforce() {
        let cases = [
            ("ann", "Ann", true),
            ("a%", "Ann", true),
            ("%N", "Ann", true),
            ("%n%n%", "Ann", true),
            ("%x%", "Ann", false),
            ("_nn", "Ann", true),
            ("__", "Ann", false),
            ("%", "", true),
            ("100\u{F8F0}", "100%", true),
            ("100\u{F8F0}", "1000", false),
            ("a%b%c", "aXbXbXc", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::read(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
