//! Mappings: the default ones of both apps, and those of the configuration beside or instead of them.

use super::{Bench, MappingLine};
use crate::config::connection::{CONCEPTS, Direction, FieldMapping};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::policy::Mapping;
use syntony_core::schema::Schema;
use syntony_core::side::{Side, Sides};
use syntony_mappings::compile::{self, Context, Custom};

impl Bench<'_> {
    /// The mappings, sorted by key, and how `check` shows each.
    pub(super) fn mappings(&mut self) -> (Vec<Mapping>, Vec<MappingLine>) {
        let context = Context {
            timezone: self.connection.timezone,
            default_region: None,
            off: self.connection.defaults_off.iter().map(|key| key.value.as_str().to_owned()).collect(),
        };
        let vendors = self.apps.as_ref().map(|app| app.vendor.as_str());
        let schemas = self.apps.as_ref().map(|app| &app.schema);
        let custom = self.custom(vendors, schemas, &context);
        let taken = Sides::from_fn(|side| -> BTreeSet<FieldName> {
            custom.iter().flat_map(|compiled| compiled.lens.fields(side).iter().cloned()).collect()
        });
        // A mapping of the configuration takes its fields from the default one, so that no field has two
        // mappings that could disagree.
        let defaults = compile::defaults(vendors, schemas, &context).into_iter().filter(|compiled| {
            Side::BOTH
                .into_iter()
                .all(|side| compiled.lens.fields(side).iter().all(|field| !taken[side].contains(field)))
        });
        let mut all: Vec<compile::Compiled> = defaults.chain(custom).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        let lines = all.iter().map(|compiled| self.line(compiled)).collect();
        let mappings = all
            .into_iter()
            .map(|compiled| Mapping {
                key: compiled.key,
                lens: compiled.lens,
                into: Sides::from_fn(|side| compiled.into[side] && self.writable(side)),
                role: compiled.role,
                required: compiled.required,
            })
            .collect();
        (mappings, lines)
    }

    /// The mappings that the configuration asks for: the concepts that are not switched off, and its own.
    /// An app that cannot say its fields at the moment takes none of them away.
    pub(super) fn wanted(&self) -> BTreeSet<MappingKey> {
        let off = |concept: &str| self.connection.defaults_off.iter().any(|key| key.as_str() == concept);
        let concepts = CONCEPTS.into_iter().filter(|concept| !off(concept)).map(MappingKey::from);
        let own = self.connection.fields.iter().map(|field| self.spec(field).key());
        concepts.chain(own).collect()
    }

    fn custom(
        &mut self,
        vendors: Sides<&str>,
        schemas: Sides<&Schema>,
        context: &Context,
    ) -> Vec<compile::Compiled> {
        let connection = self.connection;
        let mut compiled: BTreeMap<_, compile::Compiled> = BTreeMap::new();
        for field in &connection.fields {
            match compile::custom(&self.spec(field), vendors, schemas, context) {
                Ok(one) => {
                    if compiled.insert(one.key.clone(), one).is_some() {
                        self.error(
                            field.span,
                            "this mapping stands here twice".to_owned(),
                            "take one of them out",
                        );
                    }
                }
                Err(error) => {
                    let hint = format!(
                        "`syntony fields {}` and `syntony fields {}` list what there is",
                        self.apps.left.name, self.apps.right.name
                    );
                    self.error(field.span, error.to_string(), hint);
                }
            }
        }
        compiled.into_values().collect()
    }

    fn spec(&self, field: &FieldMapping) -> Custom {
        Custom {
            fields: field.fields.as_ref().map(|names| names.iter().map(|name| name.value.clone()).collect()),
            into: field.direction.as_ref().and_then(|direction| match direction.value {
                Direction::Both => None,
                Direction::To(side) => Some(side),
            }),
            options: field
                .options
                .iter()
                .map(|(left, right)| (left.value.clone(), right.value.clone()))
                .collect(),
            truncate: field.truncate,
        }
    }

    fn line(&self, compiled: &compile::Compiled) -> MappingLine {
        let names = |side: Side| {
            let names: Vec<&str> = compiled.lens.fields(side).iter().map(FieldName::as_str).collect();
            names.join(", ")
        };
        let into = Sides::from_fn(|side| compiled.into[side] && self.writable(side));
        MappingLine {
            connection: self.connection.name.to_string(),
            left: names(Side::Left),
            right: names(Side::Right),
            direction: self.direction_words(into),
            why: if into == compiled.into {
                compiled.why.clone()
            } else {
                "the connection goes one way".to_owned()
            },
            loses: compiled.loses.clone(),
        }
    }
}
