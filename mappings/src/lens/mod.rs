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
mod years;

pub use list::List;
pub use name::{Name, NameSide};
pub use options::Options;
pub use pick::Pick;
pub use scalar::Scalar;
pub use terms::{Comparison, Terms};

use crate::normalise::address;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Entry, Part, View};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Item, Value};

/// A view without parts.
fn whole(atom: Atom) -> View {
    View::from([(Part::Whole, atom)])
}

/// What both sides held when they were last in step, if each field was known then. A base that lacks a
/// field is none: it belongs to another mapping.
fn read_base<T>(base: Option<&Sides<Fields>>, read: impl Fn(Side, &Fields) -> Option<T>) -> Option<Sides<T>> {
    let base = base?;
    Some(Sides::new(read(Side::Left, &base.left)?, read(Side::Right, &base.right)?))
}

/// What a lens was given, the fields of each side read as one value.
struct Given {
    now: Sides<Option<Value>>,
    base: Option<Sides<Value>>,
}

impl Given {
    /// Both sides, to be seen.
    fn both(
        now: Sides<Option<&Fields>>,
        base: Option<&Sides<Fields>>,
        read: impl Fn(Side, &Fields) -> Option<Value>,
    ) -> Self {
        let now = Sides::from_fn(|side| now[side].and_then(|fields| read(side, fields)));
        Self { now, base: read_base(base, read) }
    }

    /// One side, to be written.
    fn one(
        side: Side,
        now: &Fields,
        base: Option<&Sides<Fields>>,
        read: impl Fn(Side, &Fields) -> Option<Value>,
    ) -> Self {
        let mut given = Sides::new(None, None);
        given[side] = Some(now);
        Self::both(given, base, read)
    }

    /// What the side holds; a contact that is to be created holds nothing yet.
    fn held(&self, side: Side) -> &Value {
        const NOTHING: &Value = &Value::Null;
        self.now[side].as_ref().unwrap_or(NOTHING)
    }

    /// All values there are, old and new.
    fn values(&self) -> impl Iterator<Item = &Value> {
        let old = self.base.iter().flat_map(|base| [&base.left, &base.right]);
        old.chain(&self.now.left).chain(&self.now.right)
    }
}

/// The new value of a field, in the spelling of what it holds as far as that is the same.
fn respelled(new: Value, held: &Value) -> Value {
    match (new, held) {
        (Value::Address(new), Value::Address(held)) => {
            Value::Address(Box::new(address::respelled(*new, held)))
        }
        (new, _) => new,
    }
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
