//! One value on each side: text, numbers, days, options, an address.
//!
//! Where the sides are of different kinds or sizes, one of them holds less than the other (a day of a
//! moment, the first characters of a text). The side that holds less shows what the other holds as long as
//! it holds just the other's value turned into its own form; so what was lost on the way never flows back.

use super::terms::Keyer;
use super::{Given, Terms, respelled, whole, written, years};
use crate::convert::{Target, plain};
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Certainty, Entry, Lens, Part, Refusal, View, Views};
use syntony_core::record::Fields;
use syntony_core::schema::Years;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// A value tied to a value. A side of several fields is printed as one text with spaces between, and is
/// never written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The fields of each side; one, or several that are printed as one.
    pub fields: Sides<Vec<FieldName>>,
    /// What each side can hold.
    pub targets: Sides<Target>,
    /// How the two compare.
    pub terms: Terms,
}

impl Scalar {
    /// One field on each side.
    #[must_use]
    pub fn new(targets: Sides<Target>, terms: Terms) -> Self {
        let fields = targets.as_ref().map(|target| vec![target.spec.name.clone()]);
        Self { fields, targets, terms }
    }

    fn read(&self, side: Side, fields: &Fields) -> Option<Value> {
        match self.fields[side].as_slice() {
            [field] => fields.get(field).cloned(),
            several => {
                let values: Option<Vec<&Value>> = several.iter().map(|field| fields.get(field)).collect();
                let texts: Vec<String> =
                    values?.into_iter().map(|value| plain(value, self.terms.timezone)).collect();
                let line =
                    texts.iter().flat_map(|text| text.split_whitespace()).collect::<Vec<_>>().join(" ");
                Some(if line.is_empty() { Value::Null } else { Value::Text(line) })
            }
        }
    }
}

/// One reading of a scalar mapping.
struct Reading<'a> {
    lens: &'a Scalar,
    keyer: Keyer<'a>,
    base: Option<Base>,
}

/// What both sides held when they were last in step.
struct Base {
    values: Sides<Value>,
    atoms: Sides<Atom>,
    /// What both show while they hold that.
    shared: Atom,
}

impl<'a> Reading<'a> {
    fn new(lens: &'a Scalar, given: &Given, wanted: Option<&View>) -> Self {
        let keyer = lens.terms.keyer(given.values(), wanted);
        let mut reading = Self { lens, keyer, base: None };
        reading.base = given.base.as_ref().map(|values| {
            let atoms = Sides::from_fn(|side| reading.own(side, &values[side]));
            let shared = reading.fuller(values, &atoms);
            Base { values: values.clone(), atoms, shared }
        });
        reading
    }

    /// What the side holds, by itself.
    fn own(&self, side: Side, value: &Value) -> Atom {
        self.keyer.entry(side, value, None).map_or(Atom::Empty, Atom::One)
    }

    /// Whether `own` is what `side` would hold if the other side's atom were written to it.
    fn holds(&self, side: Side, other: &Atom, own: &Atom) -> bool {
        match (other, own) {
            (Atom::One(other), Atom::One(own)) => {
                let placed = self.lens.terms.place(side, other, &self.lens.targets[side]);
                placed.is_ok_and(|value| self.keyer.key(side, &value) == own.key)
            }
            (Atom::Empty | Atom::One(_) | Atom::Many(_), Atom::Empty | Atom::One(_) | Atom::Many(_)) => false,
        }
    }

    /// Of two atoms in step, the one that says more.
    fn fuller(&self, values: &Sides<Value>, atoms: &Sides<Atom>) -> Atom {
        let Sides { left, right } = atoms;
        if left.same(right) {
            return left.clone();
        }
        let timezone = self.lens.terms.timezone;
        for side in Side::BOTH {
            let says_less = atoms[side].is_empty()
                || self.shortened(side, values).is_some()
                || years::differ_in_year_alone(&atoms[side], &atoms[side.other()], timezone)
                || self.holds(side, &atoms[side.other()], &atoms[side]);
            if says_less {
                return atoms[side.other()].clone();
            }
        }
        // A provider made something of its own of the value. Either will do; not by side, so that swapping
        // the sides swaps the plan.
        if left.keys() <= right.keys() { left.clone() } else { right.clone() }
    }

    /// The other side's text, if `side` cannot hold the whole of it and holds a short form.
    fn shortened(&self, side: Side, values: &Sides<Value>) -> Option<String> {
        let limit = self.lens.targets[side].shortens_to_chars()?;
        let whole = plain(&values[side.other()], self.lens.terms.timezone);
        (whole.chars().count() > limit && !values[side].is_empty()).then_some(whole)
    }

    fn is_unchanged(&self, side: Side, own: &Atom) -> bool {
        self.base.as_ref().is_some_and(|base| own.same(&base.atoms[side]))
    }

    /// What the side shows, without a look at what the other side holds now.
    fn show(&self, side: Side, value: &Value) -> Atom {
        let own = self.own(side, value);
        let Some(base) = &self.base else { return own };
        if own.same(&base.atoms[side]) {
            return base.shared.clone();
        }
        match (&own, self.shortened(side, &base.values)) {
            (Atom::One(_), Some(whole)) => {
                let short = plain(&base.values[side], self.lens.terms.timezone);
                let edited = plain(value, self.lens.terms.timezone);
                // An edit whose place in the whole text is not known goes nowhere: a short form never
                // replaces the whole.
                let spliced = splice(&whole, &short, &edited).map(Value::Text);
                spliced.map_or_else(|| base.shared.clone(), |value| self.own(side.other(), &value))
            }
            (Atom::Empty | Atom::One(_) | Atom::Many(_), _) => own,
        }
    }

    /// What is wanted, in the year that the side knows, if nobody said another one: a side that knows no
    /// years says nothing of the year, and a side that needs one keeps its own.
    fn dated(&self, side: Side, wanted: &Entry, held: &Value) -> Entry {
        let targets = &self.lens.targets;
        if targets[side.other()].spec.years != Years::Never && !targets[side].needs_year() {
            return wanted.clone();
        }
        let before = self.base.as_ref().map(|base| &base.values[side]);
        let year = [Some(held), before].into_iter().flatten();
        let year = year.filter_map(|value| years::year_of(value, self.lens.terms.timezone)).next();
        years::in_year(wanted, year)
    }

    /// What both sides show.
    fn show_both(&self, values: &Sides<Option<Value>>) -> Sides<Option<Atom>> {
        let Sides { left: Some(left), right: Some(right) } = values else {
            return Sides::from_fn(|side| values[side].as_ref().map(|value| self.show(side, value)));
        };
        let values = Sides::new(left, right);
        let mut shown = Sides::from_fn(|side| self.show(side, values[side]));
        if !shown.left.same(&shown.right) {
            self.meet(&values, &mut shown);
        }
        shown.map(Some)
    }

    /// A side that changed into just what the other side's value becomes there shows the other's value:
    /// our own write that was never confirmed, or two people who did the same.
    fn meet(&self, values: &Sides<&Value>, shown: &mut Sides<Atom>) {
        let own = Sides::from_fn(|side| self.own(side, values[side]));
        let edited = Sides::from_fn(|side| self.base.is_some() && !self.is_unchanged(side, &own[side]));
        let adopts = Sides::from_fn(|side| {
            let (own, other) = (&own[side], &shown[side.other()]);
            // Both edited into one day, of which the other gives no year: this side keeps its own.
            let same_day = || {
                edited.left
                    && edited.right
                    && self.lens.targets[side].needs_year()
                    && years::differ_in_year_alone(other, own, self.lens.terms.timezone)
            };
            !self.is_unchanged(side, own) && (self.holds(side, other, own) || same_day())
        });
        let side = match (adopts.left, adopts.right) {
            (false, false) => {
                self.doubt_what_is_less(values, shown);
                return;
            }
            (true, false) => Side::Left,
            (false, true) => Side::Right,
            (true, true) if shown.left.keys() <= shown.right.keys() => Side::Left,
            (true, true) => Side::Right,
        };
        shown[side] = shown[side.other()].clone();
    }

    /// Without a base, what may be a part of the other's value must not win against it: a text that fills
    /// its field to the brim and may be the short form of an older whole, the same day without its year.
    fn doubt_what_is_less(&self, values: &Sides<&Value>, shown: &mut Sides<Atom>) {
        if self.base.is_some() {
            return;
        }
        let timezone = self.lens.terms.timezone;
        for side in Side::BOTH {
            let less = self.may_be_short(side, values)
                || years::differ_in_year_alone(&shown[side], &shown[side.other()], timezone);
            if let (Atom::One(entry), true) = (&mut shown[side], less) {
                entry.certainty = Certainty::Guess;
            }
        }
    }

    fn may_be_short(&self, side: Side, values: &Sides<&Value>) -> bool {
        let chars = |side| plain(values[side], self.lens.terms.timezone).chars().count();
        // Shortening drops a space at the cut.
        let limit = self.lens.targets[side].shortens_to_chars();
        limit.is_some_and(|limit| chars(side) + 1 >= limit && chars(side.other()) > limit)
    }
}

/// The whole text with the edit of its short form: the tail that the short form never had stays, if the
/// edit kept the word at the cut.
fn splice(whole: &str, short: &str, edited: &str) -> Option<String> {
    let tail = whole.strip_prefix(short)?;
    let last_word = short.split_whitespace().next_back()?;
    edited.ends_with(last_word).then(|| format!("{edited}{tail}"))
}

impl Lens for Scalar {
    fn views(&self, now: Sides<Option<&Fields>>, base: Option<&Sides<Fields>>) -> Views {
        let given = Given::both(now, base, |side, fields| self.read(side, fields));
        let reading = Reading::new(self, &given, None);
        let shown = reading.show_both(&given.now);
        Views { now: shown.map(|atom| atom.map(whole)), base: reading.base.map(|base| whole(base.shared)) }
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
        let reading = Reading::new(self, &given, Some(want));
        let value = given.held(side);
        if reading.show(side, value).same(wanted) {
            return Ok(Fields::new());
        }
        let [field] = self.fields[side].as_slice() else {
            return Err(Refusal::Malformed { wanted: "text that could be told apart again".to_owned() });
        };
        let new = match wanted.entries().first() {
            // Nobody is opted in by not being opted out: a new contact is made without a word about it.
            Some(entry) if value.is_empty() && self.targets[side].takes_back(&entry.value) => Value::Null,
            Some(entry) => {
                let entry = reading.dated(side, entry, value);
                respelled(self.terms.place(side, &entry, &self.targets[side])?, value)
            }
            None => Value::Null,
        };
        // What the field would hold is what it holds: a short form, a day of a moment.
        if reading.keyer.key(side, &new) == reading.keyer.key(side, value) {
            return Ok(Fields::new());
        }
        Ok(written(field, new))
    }

    fn fields(&self, side: Side) -> &[FieldName] {
        &self.fields[side]
    }
}
