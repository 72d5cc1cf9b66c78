//! Option maps: which option of the left picklist is which of the right one.
//!
//! Keys are in the left side's words. A right option that several left ones share stands for the first of
//! them; the lenses ask what the left side holds before they believe it. A right option that no left one
//! means, although the left picklist has another one of that name, is *foreign*: it equals nothing there.

use crate::normalise::text::line_key;
use std::collections::BTreeMap;
use syntony_core::side::Side;

/// Marks the key of a foreign option; no text contains it after normalising.
const FOREIGN: char = '\u{1}';

/// An option map. Empty: both picklists name their options alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    to_right: BTreeMap<String, String>,
}

impl Options {
    /// From left option to right option.
    #[must_use]
    pub fn new(to_right: BTreeMap<String, String>) -> Self {
        Self { to_right }
    }

    /// The comparison form of an option of `side`.
    pub(crate) fn key(&self, side: Side, option: &str) -> String {
        match side {
            Side::Left => line_key(option),
            Side::Right => match self.left_of(option) {
                Some(left) => line_key(left),
                None => format!("{FOREIGN}{}", line_key(option)),
            },
        }
    }

    /// An option of `side` in shared words.
    pub(super) fn shared<'a>(&'a self, side: Side, option: &'a str) -> &'a str {
        match side {
            Side::Left => option,
            Side::Right => self.left_of(option).unwrap_or(option),
        }
    }

    /// A shared option in the words of `side`; `None` if that side has no word for it.
    pub(crate) fn placed<'a>(&'a self, side: Side, key: &str, shared: &'a str) -> Option<&'a str> {
        match (side, key.starts_with(FOREIGN)) {
            (Side::Left, true) => None,
            (Side::Left, false) | (Side::Right, true) => Some(shared),
            (Side::Right, false) => self.right_of(shared),
        }
    }

    fn right_of<'a>(&'a self, left: &'a str) -> Option<&'a str> {
        let wanted = line_key(left);
        let mapped = self.to_right.iter().find(|(from, _)| line_key(from) == wanted);
        match mapped {
            Some((_, right)) => Some(right),
            // The name is another option's on the right: it would come back as that.
            None if self.to_right.values().any(|right| line_key(right) == wanted) => None,
            None => Some(left),
        }
    }

    fn left_of<'a>(&'a self, right: &'a str) -> Option<&'a str> {
        let wanted = line_key(right);
        let mapped = self.to_right.iter().find(|(_, to)| line_key(to) == wanted);
        match mapped {
            Some((left, _)) => Some(left),
            None if self.to_right.keys().any(|left| line_key(left) == wanted) => None,
            None => Some(right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        Options::new(pairs.iter().map(|(left, right)| (left.to_string(), right.to_string())).collect())
    }

    #[test]
    fn an_option_of_the_same_name_is_not_the_same_option() {
        // The left `Won` is the right `Open`; the right `Won` is nobody's.
        let options = options(&[("Won", "Open")]);
        assert_eq!(options.key(Side::Right, "Open"), options.key(Side::Left, "Won"));
        assert_ne!(options.key(Side::Right, "Won"), options.key(Side::Left, "Won"));
        let foreign = options.key(Side::Right, "Won");
        assert_eq!(options.placed(Side::Left, &foreign, "Won"), None);
        assert_eq!(options.placed(Side::Right, &foreign, "Won"), Some("Won"));
        assert_eq!(options.placed(Side::Right, "Open", "Open"), None);
    }

    #[test]
    fn what_the_map_does_not_name_keeps_its_name() {
        let options = options(&[("Won", "Open")]);
        assert_eq!(options.key(Side::Right, "Lost"), "Lost");
        assert_eq!(options.placed(Side::Right, "Lost", "Lost"), Some("Lost"));
    }
}
