//! A tag: one name to people, whatever its capitals.
//!
//! Vendors disagree about `VIP` and `vip`. To some they are one tag, and whoever asks for the one gets the
//! other; to some they are two. A rule that asked for `VIP` and found `vip` must not take that for a person's
//! removal, so two tags are equal here when they are without regard to case and to blanks around them. A
//! vendor only understands its own spelling: that is kept, and is what is shown, stored and sent.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A tag (Google calls it a label). Equal and ordered without case; spelled as it was met.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Tag {
    spelling: String,
    /// What two spellings of one tag have in common.
    folded: String,
}

impl Tag {
    /// The tag of that spelling.
    pub fn new(spelling: impl Into<String>) -> Self {
        let spelling = spelling.into();
        Self { folded: spelling.trim().to_lowercase(), spelling }
    }

    /// As it is spelled where it was met.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.spelling
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Tag {}

impl PartialOrd for Tag {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tag {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.spelling)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Tag({:?})", self.spelling)
    }
}

impl From<&str> for Tag {
    fn from(spelling: &str) -> Self {
        Self::new(spelling)
    }
}

impl From<String> for Tag {
    fn from(spelling: String) -> Self {
        Self::new(spelling)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.spelling
    }
}

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        &self.spelling
    }
}
