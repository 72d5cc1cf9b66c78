//! Whether a policy is still the same: what a person wrote, as one short text to be kept and compared.
//!
//! It must never be made of a derived `Debug` alone, in which values are redacted: a placeholder that is
//! exchanged for another of the same length is another policy. Every field is named here, so that a new
//! one cannot be forgotten; values enter the hash and are not in the text.

use super::{Duplicates, GuardLimits, Mapping, Mark, OnClear, Policy, Role, Rule, Winner};
use crate::ids::{AppName, ConnectionName, MappingKey};
use crate::record::Fields;
use crate::side::Sides;
use serde::Serialize;

impl Policy {
    /// 64 hexadecimal digits that are equal for equal policies, in every run and on every machine, and
    /// differ as soon as anything of a policy does. Says nothing of what the policy holds.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        // All keys are texts and all numbers finite, so JSON can say it. If it ever could not, a redacted
        // text is better than the same one for every policy.
        let text = serde_json::to_vec(&Said::of(self)).unwrap_or_else(|_| format!("{self:?}").into_bytes());
        blake3::hash(&text).to_hex().to_string()
    }
}

/// A policy as it can be written down.
#[derive(Serialize)]
struct Said<'p> {
    connection: &'p ConnectionName,
    apps: &'p Sides<AppName>,
    writable: Sides<bool>,
    taggable: Sides<bool>,
    winner: Winner,
    on_clear: OnClear,
    avoid_duplicates: bool,
    duplicates: Duplicates,
    mappings: Vec<SaidMapping<'p>>,
    rules: &'p [Rule],
    deletions: Option<&'p Mark>,
    unsubscribes: Option<&'p Mark>,
    placeholders: &'p Sides<Fields>,
    guard: GuardLimits,
}

#[derive(Serialize)]
struct SaidMapping<'p> {
    key: &'p MappingKey,
    /// Its `Debug`: a lens is made of field names, kinds and options, and holds no contact's value.
    lens: String,
    into: Sides<bool>,
    role: Role,
    required: Sides<bool>,
}

impl<'p> Said<'p> {
    fn of(policy: &'p Policy) -> Self {
        let Policy {
            connection,
            apps,
            writable,
            taggable,
            winner,
            on_clear,
            avoid_duplicates,
            duplicates,
            mappings,
            rules,
            deletions,
            unsubscribes,
            placeholders,
            guard,
        } = policy;
        Self {
            connection,
            apps,
            writable: *writable,
            taggable: *taggable,
            winner: *winner,
            on_clear: *on_clear,
            avoid_duplicates: *avoid_duplicates,
            duplicates: *duplicates,
            mappings: mappings.iter().map(SaidMapping::of).collect(),
            rules,
            deletions: deletions.as_ref(),
            unsubscribes: unsubscribes.as_ref(),
            placeholders,
            guard: *guard,
        }
    }
}

impl<'p> SaidMapping<'p> {
    fn of(mapping: &'p Mapping) -> Self {
        let Mapping { key, lens, into, role, required } = mapping;
        Self { key, lens: format!("{lens:?}"), into: *into, role: *role, required: *required }
    }
}
