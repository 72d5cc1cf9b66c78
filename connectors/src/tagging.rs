//! Which tags an app can hold: what a connector says of it before anything is written.
//!
//! A tag that does not fit would be refused for every contact that is to get it, one by one. Said beforehand, it is
//! one error at the line of the configuration that asks for it.

use std::fmt;
use syntony_core::ids::{FieldName, Tag};

/// The tags that an app can hold. Every tag without a limit, made when it is first needed, is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagLimits {
    /// The longest name, in characters, if there is a limit.
    pub max_length_chars: Option<usize>,
    /// A character that stands between tags where they are kept, so that no name can hold it.
    pub separator: Option<char>,
    /// The field that holds them, where they are kept in one: then it is nobody else's to write.
    pub field: Option<FieldName>,
    /// How a tag comes into being.
    pub origin: TagOrigin,
}

/// How a tag comes into being.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagOrigin {
    /// One that is not there yet is made when a contact is to get it.
    #[default]
    OnDemand,
    /// People make them at the vendor's pages, and the app does not say which there are.
    ByHand,
    /// They are the options of [`TagLimits::field`].
    Options,
}

/// Why an app cannot hold a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagMisfit {
    /// Its name is too long.
    TooLong {
        /// How long it is, in characters.
        chars: usize,
        /// How long it may be.
        max_chars: usize,
    },
    /// Its name holds the character that stands between tags.
    Separator(char),
}

impl fmt::Display for TagMisfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TagMisfit::TooLong { chars, max_chars } => {
                write!(out, "the tag has {chars} characters, the app takes {max_chars}")
            }
            TagMisfit::Separator(char) => {
                write!(out, "a tag cannot hold {char:?}, which stands between tags")
            }
        }
    }
}

impl TagLimits {
    /// The same, with a limit in characters.
    #[must_use]
    pub fn max_chars(self, chars: usize) -> Self {
        Self { max_length_chars: Some(chars), ..self }
    }

    /// The same, kept in one field with this character between them.
    #[must_use]
    pub fn within(self, field: FieldName, separator: char) -> Self {
        Self { field: Some(field), separator: Some(separator), ..self }
    }

    /// Why the app cannot hold this tag, as far as its name tells.
    #[must_use]
    pub fn misfit(&self, tag: &Tag) -> Option<TagMisfit> {
        let name = tag.as_str();
        let chars = name.chars().count();
        let held = |separator: &char| name.contains(*separator);
        match self.max_length_chars {
            Some(max_chars) if chars > max_chars => Some(TagMisfit::TooLong { chars, max_chars }),
            Some(_) | None => self.separator.filter(held).map(TagMisfit::Separator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(limits: TagLimits, tag: &str, wanted: Option<TagMisfit>) {
        assert_eq!(limits.misfit(&Tag::from(tag)), wanted, "{tag}");
    }

    #[test]
    fn a_tag_that_would_come_back_as_two_or_not_at_all_is_known_beforehand() {
        let long = TagLimits::default().max_chars(3);
        check(long.clone(), "één", None);
        check(long, "four", Some(TagMisfit::TooLong { chars: 4, max_chars: 3 }));
        let kept = TagLimits::default().within("tags".into(), ';');
        check(kept.clone(), "a, b", None);
        check(kept, "a;b", Some(TagMisfit::Separator(';')));
        check(TagLimits::default(), "any; thing", None);
    }
}
