//! A person's name: parts on one side, parts or one line on the other.
//!
//! Merged part by part: a family name changed here and a given name changed there both survive, also where
//! one side has a single field. What a side cannot hold (a suffix) stays where it is.
//!
//! Two sides in parts may say one name and cut it differently: `王小明` is the family name here and the given name
//! there. That is no difference. Such a side is *askew*: it is read and written like a line, in the light of the
//! other's parts, so that no part is ever written beside itself.

use super::read_base;
use crate::convert::{Target, plain};
use crate::names::{self, LoneWord, Order, PARTS, PersonName, Room, join, join_as};
use crate::normalise::name::{key, word_key};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Certainty, Entry, Lens, Part, Refusal, View, Views};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// The most times that a line to be written is read back; nearly every one says what is wanted at once.
const MAX_READINGS: usize = 4;

/// Where one side keeps a name.
#[derive(Clone, Debug)]
pub enum NameSide {
    /// In one field, all parts together.
    Line(Target),
    /// In a field for each part that it has.
    Parts(BTreeMap<Part, Target>),
}

impl NameSide {
    fn holds(&self, part: Part) -> bool {
        match self {
            NameSide::Line(_) => part != Part::Whole,
            NameSide::Parts(parts) => parts.contains_key(&part),
        }
    }

    /// The options of a part's field, if it is one of a list.
    fn options(&self, part: Part) -> Option<&[String]> {
        match self {
            NameSide::Line(_) => None,
            NameSide::Parts(parts) => {
                let options = &parts.get(&part)?.spec.options;
                (!options.is_empty()).then_some(options)
            }
        }
    }

    fn field_names(&self) -> Vec<FieldName> {
        match self {
            NameSide::Line(target) => vec![target.spec.name.clone()],
            NameSide::Parts(parts) => parts.values().map(|target| target.spec.name.clone()).collect(),
        }
    }

    /// What a name that is split for this side must fit into.
    fn room(&self) -> Room {
        match self {
            NameSide::Line(_) => Room::default(),
            NameSide::Parts(parts) => {
                let family = parts.get(&Part::Family).is_some_and(|target| target.spec.required);
                let lone_word = if family || !parts.contains_key(&Part::Given) {
                    LoneWord::Family
                } else {
                    LoneWord::Given
                };
                Room { middle: parts.contains_key(&Part::Middle), lone_word }
            }
        }
    }
}

/// A name tied to a name.
#[derive(Clone, Debug)]
pub struct Name {
    sides: Sides<NameSide>,
    fields: Sides<Vec<FieldName>>,
    timezone: Tz,
}

impl Name {
    /// A name on both sides.
    #[must_use]
    pub fn new(sides: Sides<NameSide>, timezone: Tz) -> Self {
        let fields = sides.as_ref().map(NameSide::field_names);
        Self { sides, fields, timezone }
    }

    /// What the side's fields say; `None` if one of them was not observed.
    fn read(&self, side: Side, fields: &Fields) -> Option<Held> {
        let text = |target: &Target| fields.get(&target.spec.name).map(|value| plain(value, self.timezone));
        match &self.sides[side] {
            NameSide::Line(target) => text(target).map(Held::Line),
            NameSide::Parts(parts) => {
                let mut name = PersonName::default();
                for (part, target) in parts {
                    name = name.with(*part, text(target)?);
                }
                Some(Held::Parts(name))
            }
        }
    }

    /// What a contact that is not there yet holds.
    fn nothing(&self, side: Side) -> Held {
        match &self.sides[side] {
            NameSide::Line(_) => Held::Line(String::new()),
            NameSide::Parts(_) => Held::Parts(PersonName::default()),
        }
    }

    /// The side's name in parts. A line is held against `known`, the parts that it should be made of.
    fn told(&self, side: Side, held: &Held, known: Option<&PersonName>) -> Told {
        match held {
            Held::Parts(name) => Told { name: name.clone(), certainty: Certainty::Sure },
            Held::Line(line) => self.told_by_line(side, line, known),
        }
    }

    fn told_by_line(&self, side: Side, line: &str, known: Option<&PersonName>) -> Told {
        let split = names::split(line, known, self.sides[side.other()].room());
        Told { name: split.name, certainty: split.certainty }
    }

    /// The side that cuts the name otherwise than the other although both say the same, if one does. The other
    /// one's parts count: those of the side that cannot do without a family name, or that tells more parts apart.
    fn askew(&self, held: Sides<&Held>) -> Option<Side> {
        let (left, right) = (held.left.parts()?, held.right.parts()?);
        let same_part = |part: &Part| self.key(*part, left.part(*part)) == self.key(*part, right.part(*part));
        if left.is_empty() || PARTS.iter().all(same_part) || key(&join(left)) != key(&join(right)) {
            return None;
        }
        let needs_family = self.sides.as_ref().map(|side| side.room().lone_word == LoneWord::Family);
        // Of as many parts, the earlier ones: never the left ones, or it would matter how the connection is written.
        let told = |name: &PersonName| {
            let texts = PARTS.map(|part| name.part(part).to_owned());
            (texts.iter().filter(|text| !text.is_empty()).count(), texts)
        };
        let right_counts = match (needs_family.left, needs_family.right) {
            (true, false) => false,
            (false, true) => true,
            (true, true) | (false, false) => told(right) > told(left),
        };
        Some(if right_counts { Side::Left } else { Side::Right })
    }

    fn base(&self, held: Sides<Held>) -> Base {
        if let Some(askew) = self.askew(held.as_ref()) {
            let shared = held[askew.other()].parts().cloned().unwrap_or_default();
            let told = Sides::new(shared.clone(), shared.clone());
            return Base { told, held, shared, askew: Some(askew) };
        }
        let told = Sides::from_fn(|side| self.told(side, &held[side], held[side.other()].parts()));
        let mut shared = PersonName::default();
        for part in PARTS {
            // In step, both say the same; where one is empty by decision or cannot hold the part, the
            // other's counts.
            let (left, right) = (told.left.name.part(part), told.right.name.part(part));
            let fuller = match (key(left).is_empty(), key(right).is_empty()) {
                (true, _) => right,
                (_, true) => left,
                // The parts know better than a line where a part ends.
                (false, false) => match (&held.left, &held.right) {
                    (Held::Line(_), Held::Parts(_)) => right,
                    (Held::Parts(_), Held::Line(_)) => left,
                    (Held::Line(_), Held::Line(_)) | (Held::Parts(_), Held::Parts(_)) => left.min(right),
                },
            };
            shared = shared.with(part, fuller);
        }
        Base { told: told.map(|told| told.name), held, shared, askew: None }
    }

    /// The side's name now. A line, and a side that is askew, is read with `wish` at hand: the parts that the
    /// other side shows, or that are to be written; without a base they are the best witness of what it means.
    fn now(&self, side: Side, held: &Held, wish: Option<&View>, base: Option<&Base>) -> Told {
        let askew = base.is_some_and(|base| base.askew == Some(side));
        if held.parts().is_some() && !askew {
            return self.told(side, held, None);
        }
        let line = &held.in_one_line();
        let Some(base) = base else {
            let known = wish.map(|wish| self.overlaid(PersonName::default(), wish.iter()));
            return self.told_by_line(side, line, known.as_ref());
        };
        let before = &base.told[side];
        // Whatever the line looks like: unchanged is unchanged.
        if key(&base.held[side].in_one_line()) == key(line) {
            return Told { name: before.clone(), certainty: Certainty::Sure };
        }
        // The line may be our own write of those parts, never confirmed: then it is read as them, with
        // whatever else it holds.
        let written = wish.and_then(|wish| {
            let edits =
                wish.iter().filter(|(part, atom)| key(&self.text(atom)) != key(base.shared.part(**part)));
            let expected = self.overlaid(before.clone(), edits);
            let told = self.told_by_line(side, line, Some(&expected));
            let kept = |(part, atom): (&Part, &Atom)| key(&self.text(atom)) == key(told.name.part(*part));
            (Order::of(line, &expected).is_some() || wish.iter().all(kept)).then_some(told)
        });
        written.unwrap_or_else(|| self.told_by_line(side, line, Some(before)))
    }

    fn overlaid<'a>(
        &self,
        name: PersonName,
        parts: impl Iterator<Item = (&'a Part, &'a Atom)>,
    ) -> PersonName {
        parts.fold(name, |name, (part, atom)| name.with(*part, self.text(atom)))
    }

    /// The text of a part.
    fn text(&self, atom: &Atom) -> String {
        atom.entries().first().map(|entry| plain(&entry.value, self.timezone)).unwrap_or_default()
    }

    fn show(&self, side: Side, told: &Told, base: Option<&Base>) -> View {
        // A side that is askew shows what the other can hold.
        let shows = if base.is_some_and(|base| base.askew == Some(side)) { side.other() } else { side };
        let held = PARTS.into_iter().filter(|part| self.sides[shows].holds(*part));
        held.map(|part| {
            let own = told.name.part(part);
            let same = |base: &&Base| self.key(part, base.told[side].part(part)) == self.key(part, own);
            let atom = match base.filter(same) {
                Some(base) => self.atom(part, base.shared.part(part), Certainty::Sure),
                None => self.atom(part, own, told.certainty),
            };
            (part, atom)
        })
        .collect()
    }

    fn atom(&self, part: Part, text: &str, certainty: Certainty) -> Atom {
        let key = self.key(part, text);
        if key.is_empty() {
            return Atom::Empty;
        }
        Atom::One(Entry { key, value: Value::text(text.trim()), label: None, certainty })
    }

    /// The comparison form of a part. Where one side has a list of options for it, its spelling is not
    /// people's choice: `Mr` is the option `Mr.`.
    fn key(&self, part: Part, text: &str) -> String {
        let listed = self.sides.iter().any(|(_, side)| side.options(part).is_some());
        if listed { word_key(text) } else { key(text) }
    }
}

/// What a side's fields say.
enum Held {
    Line(String),
    Parts(PersonName),
}

impl Held {
    fn parts(&self) -> Option<&PersonName> {
        match self {
            Held::Line(_) => None,
            Held::Parts(name) => Some(name),
        }
    }

    fn in_one_line(&self) -> String {
        match self {
            Held::Line(line) => line.clone(),
            Held::Parts(name) => join(name),
        }
    }
}

/// A side's name in parts.
struct Told {
    name: PersonName,
    certainty: Certainty,
}

/// What both sides said when they were last in step.
struct Base {
    held: Sides<Held>,
    told: Sides<PersonName>,
    /// What both show while they say that.
    shared: PersonName,
    /// The side that cuts the name otherwise, if one does.
    askew: Option<Side>,
}

impl Lens for Name {
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views {
        let held = Sides::from_fn(|side| now[side].and_then(|fields| self.read(side, fields)));
        let base = read_base(base, |side, fields| self.read(side, fields)).map(|held| self.base(held));
        if let (None, Sides { left: Some(left), right: Some(right) }) =
            (&base, held.as_ref().map(Option::as_ref))
            && let Some(askew) = self.askew(Sides::new(left, right))
        {
            // They meet for the first time and say the same.
            let counts = askew.other();
            let view =
                held[counts].as_ref().map(|held| self.show(counts, &self.told(counts, held, None), None));
            return Views { now: Sides::new(view.clone(), view), base: None };
        }
        let shown = |side: Side, wish: Option<&View>| {
            let told = self.now(side, held[side].as_ref()?, wish, base.as_ref());
            Some(self.show(side, &told, base.as_ref()))
        };
        let now = Sides::from_fn(|side| {
            let other = side.other();
            // Parts are what they are; a line is read in their light.
            let in_parts = held[other].as_ref().is_some_and(|held| held.parts().is_some());
            let wish = if in_parts { shown(other, None) } else { None };
            shown(side, wish.as_ref())
        });
        let anywhere = |part: &Part| Side::BOTH.into_iter().any(|side| self.sides[side].holds(*part));
        let shared = |base: Base| {
            let parts = PARTS.into_iter().filter(anywhere);
            parts.map(|part| (part, self.atom(part, base.shared.part(part), Certainty::Sure))).collect()
        };
        Views { now, base: base.map(shared) }
    }

    fn put(
        &self,
        side: Side,
        want: &View,
        now: &Fields,
        base: Option<&Sides<Fields>>,
    ) -> Result<Fields, Refusal> {
        let held = self.read(side, now).unwrap_or_else(|| self.nothing(side));
        let base = read_base(base, |side, fields| self.read(side, fields)).map(|held| self.base(held));
        let told = self.now(side, &held, Some(want), base.as_ref());
        let changes = self.changes(side, &told, want, base.as_ref());
        if changes.is_empty() {
            return Ok(Fields::new());
        }
        match (&self.sides[side], &held) {
            (NameSide::Parts(parts), Held::Parts(now)) => match &base {
                Some(base) if base.askew == Some(side) => {
                    self.put_askew(side, parts, now, &self.changed(told.name, &changes))
                }
                // They met, and this side cuts otherwise what is wanted.
                None if self.says(now, want) => Ok(Fields::new()),
                Some(_) | None => self.put_parts(parts, &told.name, &changes),
            },
            (NameSide::Line(target), Held::Line(line)) => {
                let new = self.line_for(side, line, told, want, base.as_ref());
                put_line(target, line, new, self.timezone)
            }
            // A side is read as what it is.
            (NameSide::Parts(_), Held::Line(_)) | (NameSide::Line(_), Held::Parts(_)) => Ok(Fields::new()),
        }
    }

    fn fields(&self, side: Side) -> &[FieldName] {
        &self.fields[side]
    }
}

impl Name {
    fn put_parts(
        &self,
        parts: &BTreeMap<Part, Target>,
        now: &PersonName,
        changes: &[(Part, &Atom)],
    ) -> Result<Fields, Refusal> {
        let mut fields = Fields::new();
        for (part, atom) in changes {
            // A part shows what the base shares; it may hold the wanted text all the same.
            if self.key(*part, &self.text(atom)) == self.key(*part, now.part(*part)) {
                continue;
            }
            let Some(target) = parts.get(part) else { continue };
            let value = match atom.entries().first() {
                Some(entry) => self.part_value(target, &entry.value),
                None => Ok(Value::Null),
            };
            match value {
                Ok(value) => _ = fields.insert(target.spec.name.clone(), value),
                // A list of salutations does not know every title. The name does not wait for it, and the
                // title stays where it is known.
                Err(Refusal::NotAnOption { .. }) if !target.spec.required => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(fields)
    }

    /// The whole name into parts that are cut otherwise: `now` says how.
    fn put_askew(
        &self,
        side: Side,
        parts: &BTreeMap<Part, Target>,
        now: &PersonName,
        wanted: &PersonName,
    ) -> Result<Fields, Refusal> {
        let line = join(wanted);
        if key(&line) == key(&join(now)) {
            return Ok(Fields::new());
        }
        let new = names::split(&line, Some(now), self.sides[side].room()).name;
        let mut fields = Fields::new();
        for (part, target) in parts {
            let text = new.part(*part);
            if self.key(*part, text) == self.key(*part, now.part(*part)) {
                continue;
            }
            let value =
                if text.is_empty() { Value::Null } else { self.part_value(target, &Value::text(text))? };
            fields.insert(target.spec.name.clone(), value);
        }
        Ok(fields)
    }

    fn changed(&self, name: PersonName, changes: &[(Part, &Atom)]) -> PersonName {
        self.overlaid(name, changes.iter().map(|(part, atom)| (part, *atom)))
    }

    /// A part as its field would hold it. Of a list of options (`Mr.`), the one that is the same word.
    fn part_value(&self, target: &Target, value: &Value) -> Result<Value, Refusal> {
        let words = plain(value, self.timezone);
        let same = |option: &&String| word_key(option) == word_key(&words);
        match target.spec.options.iter().find(same) {
            Some(option) => Ok(Value::text(option)),
            None => target.accept(value, self.timezone),
        }
    }

    /// Whether the name is the wanted one, wherever it is cut.
    fn says(&self, name: &PersonName, want: &View) -> bool {
        key(&join(name)) == key(&join(&self.overlaid(PersonName::default(), want.iter())))
    }

    /// What `want` asks for and the side does not show.
    fn changes<'a>(
        &self,
        side: Side,
        told: &Told,
        want: &'a View,
        base: Option<&Base>,
    ) -> Vec<(Part, &'a Atom)> {
        let shown = self.show(side, told, base);
        let differs = |part: &Part, atom: &Atom| shown.get(part).is_some_and(|shown| !shown.same(atom));
        want.iter().filter(|(part, atom)| differs(part, atom)).map(|(part, atom)| (*part, atom)).collect()
    }

    /// The line with the wanted parts, in the order in which it was written.
    ///
    /// A word that nobody asked for may fall to another part beside its new neighbours (`Dr.`, behind a title), so
    /// what is to be written is read back until it says what is wanted, or the next run would write again.
    fn line_for(&self, side: Side, line: &str, told: Told, want: &View, base: Option<&Base>) -> String {
        let order = Order::of(line, &told.name).unwrap_or_default();
        let (mut line, mut told) = (line.to_owned(), told);
        for _ in 0..MAX_READINGS {
            let changes = self.changes(side, &told, want, base);
            if changes.is_empty() {
                break;
            }
            line = join_as(&self.changed(told.name, &changes), order);
            told = self.now(side, &Held::Line(line.clone()), Some(want), base);
        }
        line
    }
}

fn put_line(target: &Target, line: &str, new: String, timezone: Tz) -> Result<Fields, Refusal> {
    if key(&new) == key(line) {
        return Ok(Fields::new());
    }
    let value = if new.is_empty() { Value::Null } else { target.accept(&Value::Text(new), timezone)? };
    Ok(super::written(&target.spec.name, value))
}
