//! A list on one side, one value on the other.
//!
//! The single field stands for one entry of the list. An edit of it changes that entry and no other;
//! choosing another entry of the list there, or moving entries about in the list, changes nothing.

use super::list::Edit;
use super::terms::Keyer;
use super::{Given, Terms, has, respelled, whole, written};
use crate::convert::Target;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Entry, Lens, Part, Refusal, View, Views};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// A list tied to a single value.
#[derive(Clone, Debug)]
pub struct Pick {
    list: Side,
    fields: Sides<[FieldName; 1]>,
    targets: Sides<Target>,
    terms: Terms,
}

impl Pick {
    /// One field on each side; `list` is the side that holds several values.
    #[must_use]
    pub fn new(list: Side, targets: Sides<Target>, terms: Terms) -> Self {
        let fields = targets.as_ref().map(|target| [target.spec.name.clone()]);
        Self { list, fields, targets, terms }
    }

    fn read(&self, side: Side, fields: &Fields) -> Option<Value> {
        let [field] = &self.fields[side];
        fields.get(field).cloned()
    }

    fn reading(&self, given: &Given, wanted: Option<&View>) -> Reading<'_> {
        let keyer = self.terms.keyer(given.values(), wanted);
        let mut reading = Reading { lens: self, keyer, base: None };
        reading.base = given.base.as_ref().map(|values| reading.base(values));
        reading
    }

    /// The single field's first choice of what is wanted, as it would be written.
    fn choose(&self, wanted: &[Entry], base: Option<&Base>) -> Result<Option<Value>, Refusal> {
        let single = self.list.other();
        let place = |entry: &Entry| self.terms.place(single, entry, &self.targets[single]);
        let successor = base.and_then(|base| base.successor(wanted));
        if let Some(value) = successor.and_then(|entry| place(entry).ok()) {
            return Ok(Some(value));
        }
        // An entry that the field does not take (`n/a` among e-mail addresses) is passed over.
        let mut refusal = None;
        for entry in wanted {
            match place(entry) {
                Ok(value) => return Ok(Some(value)),
                Err(refused) => refusal = refusal.or(Some(refused)),
            }
        }
        refusal.map_or(Ok(None), Err)
    }

    fn put_single(
        &self,
        wanted: &Atom,
        value: &Value,
        reading: &Reading<'_>,
    ) -> Result<Option<Value>, Refusal> {
        let single = self.list.other();
        let own = reading.keyer.entry(single, value, None);
        let base = reading.base.as_ref();
        let stays = match &own {
            Some(own) => has(wanted.entries(), &own.key),
            None => wanted.is_empty() || base.is_some_and(|base| base.stays_empty(wanted.entries())),
        };
        if stays {
            return Ok(None);
        }
        let new = respelled(self.choose(wanted.entries(), base)?.unwrap_or_default(), value);
        let unchanged = reading.keyer.key(single, &new) == reading.keyer.key(single, value);
        Ok((!unchanged).then_some(new))
    }
}

/// One reading of the mapping.
struct Reading<'a> {
    lens: &'a Pick,
    keyer: Keyer<'a>,
    base: Option<Base>,
}

/// What both sides held when they were last in step.
struct Base {
    list: Vec<Entry>,
    single: Option<Entry>,
    /// Where in `shared` the single field's entry stands.
    at: Option<usize>,
    shared: Vec<Entry>,
}

impl Base {
    /// Whether a single field that is empty stays so: it was left empty beside a list on purpose, or was
    /// emptied since and nothing else is wanted of the list than it had beside.
    fn stays_empty(&self, wanted: &[Entry]) -> bool {
        let left_empty = self.single.is_none() && !self.list.is_empty();
        let beside = edited(self, None, None);
        left_empty || wanted.iter().all(|entry| has(&beside, &entry.key))
    }

    /// Whether the entry that the single field stands for became `own` there and another one in the list:
    /// not two additions, but two wishes for one place.
    fn clash(&self, own: &Entry, list: &[Entry]) -> bool {
        let Some(before) = self.at.and_then(|at| self.shared.get(at)) else { return false };
        let edited = self.single.as_ref().is_some_and(|single| single.key != own.key);
        let unknown = !has(&self.shared, &own.key) && !has(list, &own.key);
        edited && unknown && !has(list, &before.key) && self.successor(list).is_some()
    }

    /// The entry that took the place of the one the single field stood for.
    fn successor<'a>(&self, wanted: &'a [Entry]) -> Option<&'a Entry> {
        let before = self.shared.get(self.at?)?;
        if let Some(same) = wanted.iter().find(|entry| entry.key == before.key) {
            return Some(same);
        }
        let new = |entry: &&Entry| !has(&self.shared, &entry.key);
        let in_place = wanted.get(self.at?).filter(new);
        // An addition that came by a merge stands at the end; a single one is the successor all the same.
        let mut additions = wanted.iter().filter(new);
        in_place.or_else(|| additions.next().filter(|_| additions.next().is_none()))
    }
}

impl Reading<'_> {
    fn base(&self, values: &Sides<Value>) -> Base {
        let list = self.keyer.entries(self.lens.list, &values[self.lens.list]);
        let single_side = self.lens.list.other();
        let single = self.keyer.entry(single_side, &values[single_side], None);
        let shared = if list.is_empty() { single.clone().into_iter().collect() } else { list.clone() };
        let at = single.as_ref().and_then(|single| {
            let exact = shared.iter().position(|entry| entry.key == single.key);
            // A provider made something of its own of the only entry there is.
            exact.or_else(|| (shared.len() == 1).then_some(0))
        });
        Base { list, single, at, shared }
    }

    fn show_list(&self, value: &Value) -> Vec<Entry> {
        let own = self.keyer.entries(self.lens.list, value);
        match &self.base {
            Some(base) if Atom::Many(own.clone()).same(&Atom::Many(base.list.clone())) => base.shared.clone(),
            Some(_) | None => own,
        }
    }

    /// What the single field shows; `list` is what the list shows now, if it is there.
    fn show_single(&self, value: &Value, list: Option<&[Entry]>) -> Atom {
        let own = self.keyer.entry(self.lens.list.other(), value, None);
        match (&self.base, own) {
            (Some(base), Some(own)) if list.is_some_and(|list| base.clash(&own, list)) => Atom::One(own),
            (Some(base), own) => Atom::Many(edited(base, own, list)),
            (None, None) => Atom::Empty,
            (None, Some(own)) => match list.filter(|list| has(list, &own.key)) {
                Some(list) => Atom::Many(list.to_vec()),
                None => Atom::One(own),
            },
        }
    }
}

/// The base's list with the edit of the single field. `now` is what the list shows: an entry that the
/// single field never held is there as long as it is there.
fn edited(base: &Base, own: Option<Entry>, now: Option<&[Entry]>) -> Vec<Entry> {
    let before = base.single.as_ref().map(|single| single.key.as_str());
    let after = own.as_ref().map(|own| own.key.as_str());
    // Another entry of the list was chosen here: nothing of the list changes.
    if before == after || after.is_some_and(|key| has(&base.shared, key)) {
        return base.shared.clone();
    }
    let mut edit = own;
    let mut list = Vec::new();
    for (at, entry) in base.shared.iter().enumerate() {
        if base.at == Some(at) {
            list.extend(edit.take().map(|own| Entry { label: entry.label.clone(), ..own }));
        } else if now.is_none_or(|now| has(now, &entry.key)) {
            list.push(entry.clone());
        }
    }
    list.extend(edit);
    list
}

impl Lens for Pick {
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views {
        let given = Given::both(now, base, |side, fields| self.read(side, fields));
        let reading = self.reading(&given, None);
        let single = self.list.other();
        let list = given.now[self.list].as_ref().map(|value| reading.show_list(value));
        let own = given.now[single].as_ref().map(|value| reading.show_single(value, list.as_deref()));
        let mut views = Sides::<Option<View>>::default();
        views[self.list] = list.map(|entries| whole(Atom::Many(entries)));
        views[single] = own.map(whole);
        let base = reading.base.as_ref().map(|base| whole(Atom::Many(base.shared.clone())));
        Views { now: views, base }
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
        let reading = self.reading(&given, Some(want));
        let value = given.held(side);
        let new = if side == self.list {
            let shown = reading.show_list(value);
            let target = &self.targets[side];
            let edit = Edit { terms: &self.terms, target, side, keyer: &reading.keyer };
            let wanted = self.joined(wanted, &shown);
            edit.apply(value, &shown, &wanted)?
        } else if reading.base.is_some() && reading.show_single(value, None).same(wanted) {
            None
        } else {
            self.put_single(wanted, value, &reading)?
        };
        let [field] = &self.fields[side];
        Ok(new.map_or_else(Fields::new, |new| written(field, new)))
    }

    fn fields(&self, side: Side) -> &[FieldName] {
        &self.fields[side]
    }
}

impl Pick {
    /// A single value that is wanted of a list joins it: nothing of the list is lost to a first meeting.
    fn joined(&self, wanted: &Atom, shown: &[Entry]) -> Vec<Entry> {
        match wanted {
            Atom::Empty => Vec::new(),
            Atom::Many(entries) => entries.clone(),
            Atom::One(entry) if has(shown, &entry.key) => shown.to_vec(),
            Atom::One(entry) => shown.iter().chain([entry]).cloned().collect(),
        }
    }
}
