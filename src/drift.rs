//! Drift: what an app's fields are now, beside what they were when a connection last synced.
//!
//! People rename options, remove fields and lock them. What does not work any more with the configuration is an error
//! of the compiler's; here is said what *changed*, as far as the connection uses it, so that somebody hears of it
//! before a value is lost or quietly stays behind. Pure: two schemas in, sentences out.
//!
//! It never judges whether a run may go on, and never tells of a field that nothing uses. Invariant: with nothing
//! known of an earlier sync there is no drift.

mod change;
#[cfg(test)]
mod tests;
mod uses;

use crate::compile::{self, AppFacts};
use crate::config::ConnectionConfig;
use crate::diagnostics::{Problem, Source};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::schema::{FieldSpec, Schema};
use syntony_core::side::{Side, Sides};
use uses::Use;

/// What of both apps' schemas a sync of a connection went by. Kept from one completed sync to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The fields that the connection used and the apps listed.
    fields: Sides<BTreeMap<FieldName, FieldSpec>>,
    /// The default mappings that there were, with their fields.
    defaults: BTreeMap<MappingKey, Sides<Vec<FieldName>>>,
}

/// One connection beside what is known of its last sync.
pub struct Drift<'a> {
    connection: &'a ConnectionConfig,
    apps: &'a Sides<AppFacts>,
    uses: Vec<Use>,
    defaults: BTreeMap<MappingKey, Sides<Vec<FieldName>>>,
}

impl<'a> Drift<'a> {
    /// What the connection uses of both apps as they are now.
    #[must_use]
    pub fn new(connection: &'a ConnectionConfig, apps: &'a Sides<AppFacts>) -> Self {
        let defaults = compile::default_mappings(connection, apps)
            .into_iter()
            .map(|mapping| (mapping.key, Sides::from_fn(|side| mapping.lens.fields(side).to_vec())))
            .collect();
        let uses = uses::of(connection, apps, &defaults);
        Self { connection, apps, uses, defaults }
    }

    /// Everything that changed since the sync that went by `known`, at the lines that it matters to.
    #[must_use]
    pub fn since(&self, known: &Known, source: &Source) -> Vec<Problem> {
        let mut problems = self.changed_fields(known, source);
        for (key, before) in &known.defaults {
            if self.is_wanted(key, before) {
                problems.extend(self.changed_default(key, before, source));
            }
        }
        problems
    }

    /// What the next sync is to be held against, once this one went by the present schemas. A default mapping that
    /// vanished stays known until it is back or nobody wants it any more: or it would be told of once, and be
    /// forgotten while its values stay behind.
    #[must_use]
    pub fn known(&self, before: &Known) -> Known {
        let mut known = Known { fields: Sides::default(), defaults: self.defaults.clone() };
        for used in &self.uses {
            if let Some(spec) = listed(&self.apps[used.side].schema, &used.field) {
                known.fields[used.side].insert(used.field.clone(), spec.clone());
            }
        }
        for (key, fields) in &before.defaults {
            if self.is_wanted(key, fields) && !self.defaults.contains_key(key) {
                known.defaults.insert(key.clone(), fields.clone());
            }
        }
        known
    }

    fn changed_fields(&self, known: &Known, source: &Source) -> Vec<Problem> {
        let mut told = BTreeSet::new();
        let mut problems = Vec::new();
        for used in &self.uses {
            let Some(before) = known.fields[used.side].get(&used.field) else { continue };
            if !told.insert((used.side, &used.field)) {
                continue;
            }
            let app = &self.apps[used.side];
            for change in change::between(before, listed(&app.schema, &used.field)) {
                let message = format!("`{}` of `{}` {change}; {} uses it", used.field, app.name, used.by);
                problems.push(source.warning(used.span, message).hint(change.hint(app.name.as_str())));
            }
        }
        problems
    }

    /// Whether the configuration still asks for a default mapping of these fields: it is not switched off, and no
    /// mapping of its own took one of them.
    fn is_wanted(&self, key: &MappingKey, fields: &Sides<Vec<FieldName>>) -> bool {
        let off = self.connection.defaults_off.iter().any(|off| off.value == *key);
        let taken = Side::BOTH.into_iter().any(|side| {
            let own = self.connection.fields.iter().flat_map(|mapping| &mapping.fields[side]);
            own.into_iter().any(|own| fields[side].contains(&own.value))
        });
        !off && !taken
    }

    fn changed_default(
        &self,
        key: &MappingKey,
        before: &Sides<Vec<FieldName>>,
        source: &Source,
    ) -> Option<Problem> {
        let now = self.defaults.get(key);
        if now == Some(before) {
            return None;
        }
        let mut differences = Vec::new();
        for side in Side::BOTH {
            let app = &self.apps[side];
            let gone = before[side].iter().filter(|field| listed(&app.schema, field).is_none());
            differences.extend(gone.map(|field| format!("`{}` has no `{field}` any more", app.name)));
            let fields = now.map_or(&[][..], |now| &now[side]);
            let new = fields.iter().filter(|field| !before[side].contains(field));
            differences.extend(new.map(|field| format!("`{}` has `{field}`", app.name)));
        }
        let because = if differences.is_empty() {
            "what its fields hold, or who may write them, changed".to_owned()
        } else {
            differences.join(", ")
        };
        let (message, hint) = match now {
            None => (
                format!("the default mapping `{key}` is not there: {because}"),
                format!(
                    "what was synced stays as it is; `defaults = {{ off = [\"{key}\"] }}` says that this is meant"
                ),
            ),
            Some(_) => (
                format!("the default mapping `{key}` has other fields than in the last sync: {because}"),
                "`syntony check` shows them; `syntony plan` shows what comes of it".to_owned(),
            ),
        };
        // Default mappings stand nowhere in the file; their connection does.
        Some(source.warning(self.connection.name.span, message).hint(hint))
    }
}

/// The field as the app lists it. Where a schema is open, any name is a field; that one was there is another matter.
fn listed<'s>(schema: &'s Schema, name: &FieldName) -> Option<&'s FieldSpec> {
    schema.fields().iter().find(|field| field.name == *name)
}
