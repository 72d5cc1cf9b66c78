//! From two schemas and the configuration to mappings: which there are, in which direction they go, and
//! why.
//!
//! A direction is only ever narrowed here: by the fields' kinds, by what may be written, by what the admin
//! asked for. Each result says why it goes where it goes, for `check` to show.

mod build;
mod custom;
mod defaults;
mod error;
mod naming;
#[cfg(test)]
mod tests;

pub use custom::{Custom, custom};
pub use defaults::defaults;
pub use error::MappingError;

use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::sync::Arc;
use syntony_core::ids::MappingKey;
use syntony_core::lens::Lens;
use syntony_core::policy::{Mapping, Role};
use syntony_core::side::Sides;

/// What holds for all mappings of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The connection's time zone: it says which day a moment is on.
    pub timezone: Tz,
    /// The country (ISO 3166) of telephone numbers that name none, if it is known.
    pub default_region: Option<String>,
    /// Default mappings that are switched off, by concept.
    pub off: BTreeSet<String>,
}

impl Default for Context {
    fn default() -> Self {
        Self { timezone: Tz::UTC, default_region: None, off: BTreeSet::new() }
    }
}

/// A mapping, ready for the planner, with what a person wants to know of it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its name: a concept, or the two field names.
    pub key: MappingKey,
    /// How it reads and writes.
    pub lens: Arc<dyn Lens>,
    /// Into which sides it may write.
    pub into: Sides<bool>,
    /// What it is to the engine.
    pub role: Role,
    /// Sides on which the vendor requires its field.
    pub required: Sides<bool>,
    /// Why it goes in these directions.
    pub why: String,
    /// What does not arrive on the other side, if something does not.
    pub loses: Option<String>,
}

impl Compiled {
    /// The mapping as the planner takes it.
    #[must_use]
    pub fn mapping(&self) -> Mapping {
        Mapping {
            key: self.key.clone(),
            lens: Arc::clone(&self.lens),
            into: self.into,
            role: self.role,
            required: self.required,
        }
    }
}
