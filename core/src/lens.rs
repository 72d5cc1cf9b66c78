//! The bridge between what a vendor holds and what two vendors have in common.
//!
//! A mapping ties fields of the left app to fields of the right app. Its [`Lens`] shows both sides in
//! shared terms (a [`View`] each), so that the merge compares like with like, and turns a wished-for
//! view back into the fields to write. The lenses themselves live in the mappings crate; the planner
//! knows this trait alone.
//!
//! The law that keeps echoes and lossy conversions harmless: **a side whose fields are what the base
//! says shows exactly the base's view**, however little of it that side can hold. A day that became a
//! moment, a list of which the other side holds one entry, a name in one field: unchanged is unchanged.

use crate::record::Fields;
use crate::side::{Side, Sides};
use crate::value::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A part of a mapped thing that is merged on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The thing has no parts.
    Whole,
    /// A name's honorific prefix: `Dr.`
    Prefix,
    /// A name's given name.
    Given,
    /// A name's middle name.
    Middle,
    /// A name's family name, particles included.
    Family,
    /// A name's suffix: `Jr.`
    Suffix,
}

impl Part {
    /// As a person reads it in a conflict or a failure; empty for [`Part::Whole`].
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Whole => "",
            Part::Prefix => "prefix",
            Part::Given => "given",
            Part::Middle => "middle",
            Part::Family => "family",
            Part::Suffix => "suffix",
        }
    }
}

/// What one side shows through a mapping: each part that this side can hold. A part that is missing
/// cannot be held there; a part that is [`Atom::Empty`] is held and empty.
pub type View = BTreeMap<Part, Atom>;

/// The smallest thing that is merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Atom {
    /// Nothing there.
    Empty,
    /// One value.
    One(Entry),
    /// Several values, merged as a set by their keys.
    Many(Vec<Entry>),
}

impl Atom {
    /// Whether nothing is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Atom::Empty => true,
            Atom::One(entry) => entry.key.is_empty(),
            Atom::Many(entries) => entries.is_empty(),
        }
    }

    /// Whether the two are equal to a person: by keys, lists as sets.
    #[must_use]
    pub fn same(&self, other: &Atom) -> bool {
        if self.is_empty() || other.is_empty() {
            return self.is_empty() && other.is_empty();
        }
        self.keys() == other.keys()
    }

    /// The entries inside, none for an empty atom.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match self {
            Atom::Empty => &[],
            Atom::One(entry) => std::slice::from_ref(entry),
            Atom::Many(entries) => entries,
        }
    }

    /// The keys inside, sorted, once each.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.entries().iter().map(|entry| entry.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// One value with its comparison form.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The normal form of the field's type: E.164 for a phone, NFC and folded spaces for text. Two
    /// entries are the same value when their keys are equal. An empty key is an empty value.
    pub key: String,
    /// The value as its vendor spells it; this is what is written elsewhere.
    pub value: Value,
    /// The vendor's label, for entries of a list.
    pub label: Option<String>,
    /// How sure the lens is of it.
    pub certainty: Certainty,
}

impl fmt::Debug for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Entry({:?}, {:?})", self.value, self.certainty)
    }
}

/// How sure a lens is that a value means what its part says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The vendor says so.
    Sure,
    /// A guess (a name split without a base): it fills what is empty and replaces nothing.
    Guess,
}

/// Both sides and the base, seen through one mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// What each side shows now; `None` where a field that the mapping needs was not observed.
    pub now: Sides<Option<View>>,
    /// What both showed when they were last in step; `None` on a first meeting.
    pub base: Option<View>,
}

/// Why a value cannot be written to a side. It fails that field alone. Says what is wrong with the
/// value's shape, never the value itself, except for a picklist's options, which are the vendor's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is longer than the field takes.
    #[error("the value has {chars} characters, the field takes {max_chars}")]
    TooLong {
        /// The value's length in characters.
        chars: usize,
        /// The field's limit in characters.
        max_chars: u32,
    },
    /// The value is none of the picklist's options.
    #[error("the value is not allowed; allowed: {}", allowed.join(", "))]
    NotAnOption {
        /// The options.
        allowed: Vec<String>,
    },
    /// The value has not the form that the field's type asks for.
    #[error("the value is not a {wanted}")]
    Malformed {
        /// The type's name.
        wanted: String,
    },
    /// The field says that a person opted out, and the value would take that back.
    #[error("an opt-out is never taken back by a sync")]
    OptIn,
    /// Parts that the field needs as a whole are missing (an address without its street).
    #[error("the field needs {missing} too")]
    Incomplete {
        /// What is missing.
        missing: String,
    },
}

/// One mapping, ready to read and write. Its `Debug` tells all that it is made of, in the same words in
/// every run: whether a policy is still the same is known by it
/// ([`Policy::fingerprint`](crate::policy::Policy::fingerprint)).
pub trait Lens: fmt::Debug + Send + Sync {
    /// Both sides in shared terms. `now` holds what was observed of each contact (`None`: there is no
    /// contact on that side yet); `base` the mapping's fields on each side when they were last in step.
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views;

    /// The fields to write so that `side`, which now holds `now`, shows `want`. Fields that already hold
    /// it are left out, so an empty result means that there is nothing to write. `base` is what
    /// [`Lens::views`] was given: a side that holds one entry of a list keeps the one it had.
    ///
    /// # Errors
    /// One refusal: the mapping as a whole is not written to that side.
    fn put(
        &self,
        side: Side,
        want: &View,
        now: &Fields,
        base: Option<&Sides<Fields>>,
    ) -> Result<Fields, Refusal>;

    /// The fields of `side` that this mapping reads and writes.
    fn fields(&self, side: Side) -> &[crate::ids::FieldName];
}
