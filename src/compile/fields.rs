//! Mappings: the default ones of both apps, and those of the configuration beside or instead of them.

use super::{AppFacts, Bench};
use crate::config::ConnectionConfig;
use crate::config::connection::{CONCEPTS, Direction, FieldMapping};
use crate::diagnostics::Span;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::policy::{Mapping, Role};
use syntony_core::schema::FieldSpec;
use syntony_core::side::{Side, Sides};
use syntony_mappings::compile::{self, Compiled, Context, Custom, MappingError};

/// A mapping as `check` and `fields` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappingLine {
    /// The connection.
    pub connection: String,
    /// The fields of the left app.
    pub left: String,
    /// What they hold: one type if all hold the same, else one for each.
    pub left_type: String,
    /// The fields of the right app.
    pub right: String,
    /// What they hold.
    pub right_type: String,
    /// `both`, `to APP`, or `none`.
    pub direction: String,
    /// Why it goes that way.
    pub why: String,
    /// What is lost on the way, if anything.
    pub loses: Option<String>,
}

/// A field's type in words: `text`, `list of email`.
#[must_use]
pub fn type_of(field: &FieldSpec) -> String {
    if field.many { format!("list of {}", field.kind) } else { field.kind.to_string() }
}

/// The default mappings of a connection: what both apps have, is not switched off, and of which no mapping of the
/// configuration took a field. No field has two mappings that could disagree.
#[must_use]
pub fn default_mappings(connection: &ConnectionConfig, apps: &Sides<AppFacts>) -> Vec<Compiled> {
    let mut mappings = all_defaults(connection, apps);
    mappings.retain(|mapping| taken(connection, mapping).is_none());
    mappings
}

fn all_defaults(connection: &ConnectionConfig, apps: &Sides<AppFacts>) -> Vec<Compiled> {
    let vendors = apps.as_ref().map(|app| app.vendor.as_str());
    compile::defaults(vendors, apps.as_ref().map(|app| &app.schema), &context(connection))
}

/// The mapping of the configuration that has a field of this default one.
fn taken<'c>(connection: &'c ConnectionConfig, default: &Compiled) -> Option<&'c FieldMapping> {
    connection.fields.iter().find(|own| {
        Side::BOTH
            .into_iter()
            .any(|side| own.fields[side].iter().any(|name| default.lens.fields(side).contains(&name.value)))
    })
}

fn context(connection: &ConnectionConfig) -> Context {
    Context {
        timezone: connection.timezone,
        default_region: None,
        off: connection.defaults_off.iter().map(|key| key.value.as_str().to_owned()).collect(),
    }
}

impl Bench<'_> {
    /// The mappings, sorted by key, and how `check` shows each.
    pub(super) fn mappings(&mut self) -> (Vec<Mapping>, Vec<MappingLine>) {
        let custom = self.custom();
        self.displaced();
        let mut all = default_mappings(self.connection, self.apps);
        all.extend(custom);
        all.sort_by(|a, b| a.key.cmp(&b.key));
        let lines = all.iter().map(|compiled| self.shown(compiled)).collect();
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

    /// Says so where nobody is ever created: without a mapping of addresses nobody counts as having one.
    pub(super) fn addressless(&mut self, mappings: &[Mapping]) {
        let connection = self.connection;
        if !connection.avoid_duplicates || mappings.iter().any(|mapping| mapping.role == Role::Identity) {
            return;
        }
        let off = connection.defaults_off.iter().find(|key| key.value.as_str() == "email");
        let message =
            "no mapping carries addresses, so nobody is created: new contacts would have none".to_owned();
        let hint = "map the addresses, or say `avoid_duplicates = false`; those who are in both apps are kept in step";
        self.warning(off.map_or(connection.name.span, |key| key.span), message, hint);
    }

    /// The mappings that the configuration asks for: the concepts that are not switched off, and its own.
    /// An app that cannot say its fields at the moment takes none of them away.
    pub(super) fn wanted(&self) -> BTreeSet<MappingKey> {
        let off = |concept: &str| self.connection.defaults_off.iter().any(|key| key.as_str() == concept);
        let concepts = CONCEPTS.into_iter().filter(|concept| !off(concept)).map(MappingKey::from);
        let own = self.connection.fields.iter().map(|field| spec(field).key());
        concepts.chain(own).collect()
    }

    /// The mappings of the configuration.
    fn custom(&mut self) -> Vec<Compiled> {
        let (connection, apps) = (self.connection, self.apps);
        let vendors = apps.as_ref().map(|app| app.vendor.as_str());
        let schemas = apps.as_ref().map(|app| &app.schema);
        let context = context(connection);
        let mut all: BTreeMap<_, Compiled> = BTreeMap::new();
        for field in &connection.fields {
            match compile::custom(&spec(field), vendors, schemas, &context) {
                Ok(one) => {
                    self.against_the_connection(field, &one);
                    if all.insert(one.key.clone(), one).is_some() {
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
                        apps.left.name, apps.right.name
                    );
                    self.error(place(field, &error), error.to_string(), hint);
                }
            }
        }
        all.into_values().collect()
    }

    /// A mapping that can only go where the connection does not would silently do nothing.
    fn against_the_connection(&mut self, field: &FieldMapping, mapping: &Compiled) {
        let Direction::To(side) = self.connection.direction.value else { return };
        if mapping.into[side] {
            return;
        }
        let span = field.direction.as_ref().map_or(field.span, |direction| direction.span);
        let message = format!(
            "this mapping goes to `{}`, and the connection to `{}` alone: {}",
            self.app(side.other()),
            self.app(side),
            mapping.why
        );
        self.error(span, message, "take it out, or change the direction of the connection");
    }

    /// A default mapping of which one field was taken is not there for its other fields either.
    fn displaced(&mut self) {
        for default in all_defaults(self.connection, self.apps) {
            let Some(own) = taken(self.connection, &default) else { continue };
            let mut left_over = Vec::new();
            for side in Side::BOTH {
                let mapped: BTreeSet<&FieldName> = self
                    .connection
                    .fields
                    .iter()
                    .flat_map(|mapping| &mapping.fields[side])
                    .map(|name| &name.value)
                    .collect();
                let fields = default.lens.fields(side).iter().filter(|field| !mapped.contains(field));
                left_over.extend(fields.map(|field| format!("`{field}` of `{}`", self.app(side))));
            }
            if left_over.is_empty() {
                continue;
            }
            let (key, fields) = (&default.key, left_over.join(", "));
            let message = format!(
                "this mapping takes the place of the default one `{key}`, so nothing maps {fields} any more"
            );
            let hint = format!("if that is meant, `defaults = {{ off = [\"{key}\"] }}` says so");
            self.warning(own.span, message, hint);
        }
    }

    fn shown(&self, compiled: &Compiled) -> MappingLine {
        let names = |side: Side| {
            let names: Vec<&str> = compiled.lens.fields(side).iter().map(FieldName::as_str).collect();
            names.join(", ")
        };
        let into = Sides::from_fn(|side| compiled.into[side] && self.writable(side));
        MappingLine {
            connection: self.connection.name.to_string(),
            left: names(Side::Left),
            left_type: self.types(Side::Left, compiled),
            right: names(Side::Right),
            right_type: self.types(Side::Right, compiled),
            direction: self.direction_words(into),
            why: if into == compiled.into {
                compiled.why.clone()
            } else {
                "the connection goes one way".to_owned()
            },
            loses: compiled.loses.clone(),
        }
    }

    fn types(&self, side: Side, compiled: &Compiled) -> String {
        let schema = &self.apps[side].schema;
        let specs = compiled.lens.fields(side).iter().filter_map(|name| schema.field(name.as_str()));
        let mut types: Vec<String> = specs.map(|spec| type_of(&spec)).collect();
        if types.iter().all(|one| Some(one) == types.first()) {
            types.truncate(1);
        }
        types.join(", ")
    }
}

fn spec(field: &FieldMapping) -> Custom {
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

/// The word of the mapping that is wrong, if it is one alone.
fn place(field: &FieldMapping, error: &MappingError) -> Span {
    let option = error.option().and_then(|(side, option)| {
        let of = |pair: &'_ (crate::config::Located<String>, crate::config::Located<String>)| match side {
            Side::Left => (pair.0.value == option).then_some(pair.0.span),
            Side::Right => (pair.1.value == option).then_some(pair.1.span),
        };
        field.options.iter().find_map(of)
    });
    let name = error.field().and_then(|name| {
        let names = error.side().map(|side| &field.fields[side])?;
        names.iter().find(|known| known.value == *name).map(|known| known.span)
    });
    option.or(name).unwrap_or(field.span)
}
