//! The shapes of mappings: each file is one way in which fields of two apps can mean the same thing.
//!
//! | shape | left | right |
//! |---|---|---|
//! | [`Scalar`] | one value (or several fields printed as one) | one value |
//! | [`List`] | a list | a list |
//! | [`Pick`] | a list | one value, or the other way round |
//! | [`Name`] | a name in parts | a name in parts, or in one line |
//!
//! All of them keep the law of [`syntony_core::lens`] in the same way: they compare each side with *its
//! own* base, and a side that did not change shows the base's shared view, however little of it the side
//! holds. Only what changed is interpreted, and then in the light of the base.

mod list;
mod name;
mod options;
mod pick;
mod scalar;
mod terms;
#[cfg(test)]
pub(crate) mod tests;

pub use list::List;
pub use name::{Name, NameSide};
pub use options::Options;
pub use pick::Pick;
pub use scalar::Scalar;
pub use terms::{Comparison, Terms};

use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Entry, Part, View};
use syntony_core::record::Fields;
use syntony_core::side::Sides;
use syntony_core::value::{Item, Value};

/// A view without parts.
fn whole(atom: Atom) -> View {
    View::from([(Part::Whole, atom)])
}

/// What both sides held when they were last in step, if each field was known then. A base that lacks a
/// field is none: it belongs to another mapping.
fn read_base<T>(
    base: Option<&Sides<Fields>>,
    mut read: impl FnMut(syntony_core::side::Side, &Fields) -> Option<T>,
) -> Option<Sides<T>> {
    use syntony_core::side::Side::{Left, Right};
    let base = base?;
    Some(Sides::new(read(Left, &base.left)?, read(Right, &base.right)?))
}

/// One field, to be written.
fn written(field: &FieldName, value: Value) -> Fields {
    Fields::from([(field.clone(), value)])
}

/// The entries of a field that may hold several values; a field that holds one has one.
fn items(value: &Value) -> &[Item] {
    match value {
        Value::List(items) => items,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_) => &[],
    }
}

/// Whether an entry with that key is among `entries`.
fn has(entries: &[Entry], key: &str) -> bool {
    entries.iter().any(|entry| entry.key == key)
}
