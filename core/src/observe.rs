//! What a connector saw, on its way to the state store.

use crate::ids::ContactId;
use crate::record::{Evidence, Record};
use serde::{Deserialize, Serialize};

/// What is known of one contact, from a listing, a change feed, a look-up or the answer to a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The contact.
    pub id: ContactId,
    /// Names that this contact had before, if the vendor renamed it: a link to one of them is a link to
    /// this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_ids: Vec<ContactId>,
    /// What was seen.
    pub what: Observation,
}

impl Change {
    /// A contact that is there.
    pub fn live(id: impl Into<ContactId>, record: Record) -> Self {
        Self { id: id.into(), previous_ids: Vec::new(), what: Observation::Live(Box::new(record)) }
    }

    /// A contact that is gone.
    pub fn gone(id: impl Into<ContactId>, evidence: Evidence) -> Self {
        Self { id: id.into(), previous_ids: Vec::new(), what: Observation::Gone(evidence) }
    }
}

/// What was seen of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observation {
    /// It is there.
    Live(Box<Record>),
    /// It is gone, and this is how we know.
    Gone(Evidence),
    /// Whether it is there cannot be said: not permitted, not visible, an answer that could mean either.
    Unknown,
    /// The vendor gave a record that could not be understood; the text says what was wrong with its
    /// shape. It is listed as a failure of that contact, and what was known of it stays.
    Unreadable(String),
}

/// What the pages of one listing were together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every contact of the app: proven complete.
    Everything,
    /// What changed since the cursor.
    Changes,
    /// What could be discovered; says nothing of what is missing.
    Discovered,
}
