//! Which objects there are and what fields they have: what `describe` tells and every call is held against.
//!
//! Built anew from the settings whenever they change, so that a field that somebody adds, hides or turns on
//! is there for all calls alike.

mod build;
mod field;
mod object;
mod people;
mod places;
mod tags;

pub use field::{Choice, Field, Kind};
pub use object::Object;
pub(super) use places::{COUNTRIES, Country};

use super::settings::Settings;
use std::collections::BTreeMap;

/// All objects, as one user of one org sees them.
#[derive(Clone, Debug)]
pub(super) struct Schema(BTreeMap<Object, ObjectType>);

/// One object's description.
#[derive(Clone, Debug)]
pub(super) struct ObjectType {
    pub(super) object: Object,
    pub(super) label: &'static str,
    pub(super) label_plural: &'static str,
    /// All fields, hidden ones included.
    pub(super) fields: Vec<Field>,
}

impl Schema {
    /// The objects of an org with these settings.
    pub(super) fn of(settings: &Settings) -> Self {
        let mut types = build::standard(settings);
        for (object, field) in &settings.custom_fields {
            if let Some(known) = types.get_mut(object) {
                known.fields.push(field.clone());
            }
        }
        for (object, known) in &mut types {
            for field in &mut known.fields {
                let name = format!("{}.{}", object.name(), field.name);
                field.hidden = settings.hidden_fields.iter().any(|hidden| hidden.eq_ignore_ascii_case(&name));
            }
        }
        types.retain(|object, _| !settings.hidden_objects.contains(object));
        Self(types)
    }

    /// The description of an object, unless the user may not see it.
    pub(super) fn get(&self, object: Object) -> Option<&ObjectType> {
        self.0.get(&object)
    }

    /// The same, by a name in any case.
    pub(super) fn named(&self, name: &str) -> Option<&ObjectType> {
        Object::parse(name).and_then(|object| self.get(object))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &ObjectType> {
        self.0.values()
    }
}

impl ObjectType {
    /// A field that the user may see, by its name in any case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.any_field(name).filter(|field| !field.hidden)
    }

    /// A field whether the user may see it or not.
    pub(super) fn any_field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The field behind a relationship name such as `Account`, in any case.
    pub(super) fn relationship(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| {
            !field.hidden && field.relationship.is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// What the user may see, in the order of the description.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.hidden)
    }
}
