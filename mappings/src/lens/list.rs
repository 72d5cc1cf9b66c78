//! A list on each side: a set of values to a person, in the order and with the labels of each app.
//!
//! What one side added is added to the other, what it removed is removed; nothing else is touched, neither
//! order nor labels. A list that cannot hold an entry of the other (or holds it twice) is still unchanged
//! as long as it holds what the base says.

use super::terms::Keyer;
use super::{Given, Terms, has, items, respelled, whole, written};
use crate::convert::Target;
use std::collections::BTreeSet;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Entry, Lens, Part, Refusal, View, Views};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Item, Value};

/// A list tied to a list.
#[derive(Clone, Debug)]
pub struct List {
    fields: Sides<[FieldName; 1]>,
    targets: Sides<Target>,
    terms: Terms,
}

impl List {
    /// One field on each side.
    #[must_use]
    pub fn new(targets: Sides<Target>, terms: Terms) -> Self {
        let fields = targets.as_ref().map(|target| [target.spec.name.clone()]);
        Self { fields, targets, terms }
    }

    fn read(&self, side: Side, fields: &Fields) -> Option<Value> {
        let [field] = &self.fields[side];
        fields.get(field).cloned()
    }
}

/// What both lists held when they were last in step.
struct Base {
    own: Sides<Vec<Entry>>,
    shared: Vec<Entry>,
}

impl Base {
    fn new(values: &Sides<Value>, keyer: &Keyer<'_>) -> Self {
        let own = Sides::from_fn(|side| keyer.entries(side, &values[side]));
        let shared = union(&own.left, &own.right);
        Self { own, shared }
    }
}

/// What a list shows: the base with what this list added and removed since. What it never held is not
/// gone from it as long as the other list, if that is at hand, still holds it.
fn show(side: Side, own: &[Entry], other: Option<&[Entry]>, base: Option<&Base>) -> Vec<Entry> {
    let Some(base) = base else { return own.to_vec() };
    let before = &base.own[side];
    if same_set(own, before) {
        return base.shared.clone();
    }
    let elsewhere =
        |entry: &&Entry| !has(before, &entry.key) && other.is_none_or(|other| has(other, &entry.key));
    let elsewhere: Vec<Entry> = base.shared.iter().filter(elsewhere).cloned().collect();
    union(own, &elsewhere)
}

fn union(first: &[Entry], second: &[Entry]) -> Vec<Entry> {
    let more = second.iter().filter(|entry| !has(first, &entry.key));
    first.iter().chain(more).cloned().collect()
}

fn same_set(one: &[Entry], other: &[Entry]) -> bool {
    one.iter().all(|entry| has(other, &entry.key)) && other.iter().all(|entry| has(one, &entry.key))
}

impl Lens for List {
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views {
        let given = Given::both(now, base, |side, fields| self.read(side, fields));
        let keyer = self.terms.keyer(given.values(), None);
        let base = given.base.as_ref().map(|values| Base::new(values, &keyer));
        let own = Sides::from_fn(|side| given.now[side].as_ref().map(|value| keyer.entries(side, value)));
        let now = Sides::from_fn(|side| {
            let shown = show(side, own[side].as_ref()?, own[side.other()].as_deref(), base.as_ref());
            Some(whole(Atom::Many(shown)))
        });
        Views { now, base: base.map(|base| whole(Atom::Many(base.shared))) }
    }

    fn put(
        &self,
        side: Side,
        want: &View,
        now: &Fields,
        base: Option<&Sides<Fields>>,
    ) -> Result<Fields, Refusal> {
        let Some(wanted) = want.get(&Part::Whole) else { return Ok(Fields::new()) };
        let given = Given::one(side, now, base, |side, fields| self.read(side, fields));
        let keyer = self.terms.keyer(given.values(), Some(want));
        let base = given.base.as_ref().map(|values| Base::new(values, &keyer));
        let value = given.held(side);
        let shown = show(side, &keyer.entries(side, value), None, base.as_ref());
        let edit = Edit { terms: &self.terms, target: &self.targets[side], side, keyer: &keyer };
        let [field] = &self.fields[side];
        Ok(edit.apply(value, &shown, wanted.entries())?.map_or_else(Fields::new, |new| written(field, new)))
    }

    fn fields(&self, side: Side) -> &[FieldName] {
        &self.fields[side]
    }
}

/// Brings a list from what it shows to what it should show, touching nothing else.
pub(super) struct Edit<'a> {
    pub(super) terms: &'a Terms,
    pub(super) target: &'a Target,
    pub(super) side: Side,
    pub(super) keyer: &'a Keyer<'a>,
}

impl Edit<'_> {
    /// The new list, or `None` if there is nothing to write.
    pub(super) fn apply(
        &self,
        now: &Value,
        shown: &[Entry],
        wanted: &[Entry],
    ) -> Result<Option<Value>, Refusal> {
        let removed: BTreeSet<&str> =
            shown.iter().filter(|entry| !has(wanted, &entry.key)).map(|entry| entry.key.as_str()).collect();
        let kept_keys: Vec<String> =
            items(now).iter().map(|item| self.keyer.key(self.side, &item.value)).collect();
        let mut added = self.added(shown, wanted, &kept_keys)?;
        let leaving = kept_keys.iter().filter(|key| removed.contains(key.as_str())).count();
        if added.is_empty() && leaving == 0 {
            return Ok(None);
        }
        // As many come as go: they are edits, and an edited entry stays where it was. One for one, it also
        // keeps the label that it was given here.
        let edits = added.len() == leaving;
        let inherits = edits && leaving == 1;
        let mut list: Vec<Item> = Vec::new();
        let mut coming = added.drain(..);
        for (item, key) in items(now).iter().zip(&kept_keys) {
            if !removed.contains(key.as_str()) {
                list.push(item.clone());
            } else if edits {
                list.extend(coming.next().map(|new| relabelled(new, inherits.then_some(item))));
            }
        }
        list.extend(coming);
        Ok(Some(Value::List(list)))
    }

    /// What is wanted and not there, in the target's form, each value once.
    fn added(&self, shown: &[Entry], wanted: &[Entry], there: &[String]) -> Result<Vec<Item>, Refusal> {
        let mut added: Vec<(String, Item)> = Vec::new();
        for entry in wanted.iter().filter(|entry| !has(shown, &entry.key) && !there.contains(&entry.key)) {
            let value = self.terms.place(self.side, entry, self.target)?;
            let key = self.keyer.key(self.side, &value);
            // What the target makes of it may be there already (a shortened text).
            if !key.is_empty() && !there.contains(&key) && added.iter().all(|(other, _)| *other != key) {
                added.push((key, Item { value, label: entry.label.clone() }));
            }
        }
        Ok(added.into_iter().map(|(_, item)| item).collect())
    }
}

/// `new` in the place of `old`: an entry that comes without a label takes the old one's, and what is the same
/// in both keeps its spelling.
fn relabelled(new: Item, old: Option<&Item>) -> Item {
    let Some(old) = old else { return new };
    Item { label: new.label.or_else(|| old.label.clone()), value: respelled(new.value, &old.value) }
}
