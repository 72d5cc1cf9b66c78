//! What holds for each lens, whatever the values: the law, and what the planner builds on it.

use super::{Pair, between, compiled, list, policy};
use crate::accounts::{audience, contact, google};
use crate::compile::{Compiled, Context, Custom, custom};
use crate::lens::{Name, NameSide};
use proptest::prelude::*;
use proptest::strategy::Union;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Certainty, Part, View};
use syntony_core::merge::merge;
use syntony_core::record::Fields;
use syntony_core::schema::Schema;
use syntony_core::schema::Years;
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Address, Date, Item, Value};

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::Null),
        6 => "(Ada|ada|van|Lee|Zoe\u{308}|Zoë|Jr\\.|Dr\\.|O'Neill|O’Neill| |,){0,6}".prop_map(Value::Text),
    ]
}

/// A part of a name; a comma in one is not to be told from `Family, Given`.
fn part() -> impl Strategy<Value = Value> {
    word().prop_map(|value| match value.as_text() {
        Some(text) => Value::Text(text.replace(',', "")),
        None => value,
    })
}

/// Texts around the limit of twelve characters.
fn long() -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 6 => "(ab|c| |d){0,9}".prop_map(Value::Text)]
}

fn number() -> impl Strategy<Value = Value> {
    let spelling = "(0|\\+32 ?)471 00 00 0[1-4]|\\+31 471 00 00 01|ask|";
    spelling.prop_map(Value::Text)
}

fn numbers() -> impl Strategy<Value = Value> {
    proptest::collection::vec("((0|\\+32 ?)471 00 00 0[1-4]|ask)(\\|home)?", 0..4)
        .prop_map(|entries| list(&entries.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn email() -> impl Strategy<Value = Value> {
    "([ABab]@x\\.org|n/a|)".prop_map(Value::Text)
}

fn emails() -> impl Strategy<Value = Value> {
    proptest::collection::vec("([ABabc]@x\\.org|n/a)(\\|home)?", 0..4)
        .prop_map(|entries| list(&entries.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn day() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        5 => (proptest::option::weighted(0.8, 1969i32..1971), 1u8..3, 1u8..4)
            .prop_map(|(year, month, day)| Value::Date(Date::new(year, month, day).unwrap())),
    ]
}

fn moment() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        5 => (-40_i64..40).prop_map(|hours| Value::DateTime(hours * 7_200_000)),
    ]
}

/// A day around the end of February: with its year, without, or either.
fn leap(years: Years) -> BoxedStrategy<Value> {
    let year = match years {
        Years::Required => (1971i32..1973).prop_map(Some).boxed(),
        Years::Optional => proptest::option::of(1971i32..1973).boxed(),
        Years::Never => Just(None).boxed(),
    };
    let day = prop_oneof![Just((2u8, 28u8)), Just((2, 29)), Just((3, 1))];
    let day = (year, day).prop_map(|(year, (month, day))| Date::new(year, month, day).map(Value::Date));
    prop_oneof![1 => Just(Value::Null), 5 => day.prop_map(Option::unwrap_or_default)].boxed()
}

fn place() -> impl Strategy<Value = Value> {
    let parts = ("(A 1|B 2)(\nFloor)?", "(Floor)?", "(Ghent|)", "(North|)", "(BE|Belgium|België|Ruritania|)");
    parts.prop_map(|(street, extended, city, region, country)| {
        let postal_code = "9000".to_owned();
        Value::Address(Box::new(Address { street, extended, city, region, postal_code, country }))
    })
}

fn places() -> impl Strategy<Value = Value> {
    proptest::collection::vec(place(), 0..3)
        .prop_map(|places| Value::List(places.into_iter().map(|value| Item { value, label: None }).collect()))
}

fn option() -> impl Strategy<Value = Value> {
    "(Art|Books|)".prop_map(Value::Text)
}

fn options() -> impl Strategy<Value = Value> {
    proptest::collection::vec("(Art|Books|Chess)", 0..4).prop_map(Value::texts)
}

/// What stands before a name; some of it is no option of a list of salutations.
fn title() -> impl Strategy<Value = Value> {
    "(Dr\\.|dr|Mr|Mrs\\.|Prof\\. Dr\\.|)".prop_map(Value::Text)
}

/// What the fields of a mapping may hold: one strategy per field and side.
#[derive(Clone, Debug)]
enum Shape {
    Text,
    Short,
    Day,
    Email,
    Pick,
    Lists,
    LineAndParts,
    LineAndTwoParts,
    Parts,
    /// Birthdays, by what the sides know of years.
    Years(Sides<Years>),
    /// A single address beside one that is whole and has a code for its country.
    Place,
    /// The same beside a list.
    Places,
    Option,
    Options,
    /// A name beside one whose prefix is one of a list.
    Salutation,
}

const SHAPES: [Shape; 17] = [
    Shape::Text,
    Shape::Short,
    Shape::Day,
    Shape::Email,
    Shape::Pick,
    Shape::Lists,
    Shape::LineAndParts,
    Shape::LineAndTwoParts,
    Shape::Parts,
    Shape::Years(Sides::new(Years::Required, Years::Optional)),
    Shape::Years(Sides::new(Years::Required, Years::Never)),
    Shape::Years(Sides::new(Years::Optional, Years::Never)),
    Shape::Place,
    Shape::Places,
    Shape::Option,
    Shape::Options,
    Shape::Salutation,
];

const PARTS: [&str; 5] = [
    "names.honorificPrefix",
    "names.givenName",
    "names.middleName",
    "names.familyName",
    "names.honorificSuffix",
];

impl Shape {
    fn mapping(&self) -> Compiled {
        self.oriented(false)
    }

    /// The mapping, with its sides swapped or not; compiled once, because there are many cases.
    fn oriented(&self, swapped: bool) -> Compiled {
        thread_local!(static KNOWN: RefCell<BTreeMap<(String, bool), Compiled>> = RefCell::default());
        KNOWN.with_borrow_mut(|known| {
            known.entry((format!("{self:?}"), swapped)).or_insert_with(|| self.compiled(swapped)).clone()
        })
    }

    fn compiled(&self, swapped: bool) -> Compiled {
        let plain = |left: &[&str], right: &[&str]| compiled(left, right, |_| {}, swapped);
        match self {
            Shape::Text => plain(&["note"], &["biographies"]),
            Shape::Short => compiled(&["short"], &["biographies"], |spec| spec.truncate = true, swapped),
            Shape::Day => plain(&["seen"], &["birthdays"]),
            Shape::Email => plain(&["mail"], &["emailAddresses"]),
            Shape::Pick => plain(&["phone"], &["phoneNumbers"]),
            Shape::Lists => lists(),
            Shape::LineAndParts => plain(&["name"], &PARTS),
            Shape::LineAndTwoParts => plain(&["name"], &["names.givenName", "names.familyName"]),
            Shape::Parts => parts(swapped),
            Shape::Years(years) => concept("birthday", years.as_ref().map(|years| knows(*years)), swapped),
            Shape::Place => concept("address", Sides::new("salesforce", "mailchimp"), swapped),
            Shape::Places => concept("address", Sides::new("mailchimp", "google_contacts"), swapped),
            Shape::Option => options_of("INTEREST", "Interests__c", swapped),
            Shape::Options => options_of("Interests__c", "Interests__c", swapped),
            Shape::Salutation => concept("name", Sides::new("salesforce", "google_contacts"), swapped),
        }
    }

    fn value(&self, side: Side, field: &FieldName) -> BoxedStrategy<Value> {
        match (self, side) {
            (Shape::Salutation, _) if ["Salutation", PARTS[0]].contains(&field.as_str()) => title().boxed(),
            (Shape::Salutation, _) => part().boxed(),
            (Shape::Years(years), side) => leap(years[side]),
            (Shape::Place, _) | (Shape::Places, Side::Left) => place().boxed(),
            (Shape::Places, Side::Right) => places().boxed(),
            (Shape::Option, Side::Left) => option().boxed(),
            (Shape::Option, Side::Right) | (Shape::Options, _) => options().boxed(),
            (Shape::Text, _) | (Shape::LineAndParts | Shape::LineAndTwoParts, Side::Left) => word().boxed(),
            (Shape::LineAndParts | Shape::LineAndTwoParts, Side::Right) | (Shape::Parts, _) => part().boxed(),
            (Shape::Short, _) => long().boxed(),
            (Shape::Day, Side::Left) => moment().boxed(),
            (Shape::Day, Side::Right) => day().boxed(),
            (Shape::Email, Side::Left) => email().boxed(),
            (Shape::Email, Side::Right) => emails().boxed(),
            (Shape::Pick, Side::Left) => number().boxed(),
            (Shape::Pick, Side::Right) | (Shape::Lists, _) => numbers().boxed(),
        }
    }

    fn fields(&self, side: Side) -> BoxedStrategy<Fields> {
        let names = self.mapping().lens.fields(side).to_vec();
        let values: Vec<_> = names.iter().map(|name| self.value(side, name)).collect();
        values.prop_map(move |values| names.iter().cloned().zip(values).collect()).boxed()
    }
}

fn schema(vendor: &str) -> Schema {
    match vendor {
        "salesforce" => contact(),
        "mailchimp" => audience(),
        _ => google(),
    }
}

/// The vendor whose birthdays are of that sort.
fn knows(years: Years) -> &'static str {
    match years {
        Years::Required => "salesforce",
        Years::Optional => "google_contacts",
        Years::Never => "mailchimp",
    }
}

fn concept(concept: &str, vendors: Sides<&str>, swapped: bool) -> Compiled {
    let vendors = if swapped { vendors.swap() } else { vendors };
    let schemas = vendors.as_ref().map(|vendor| schema(vendor));
    super::default_of(concept, vendors, schemas.as_ref())
}

fn lists() -> Compiled {
    concept("phone", Sides::new("google_contacts", "google_contacts"), false)
}

/// Picklists of Mailchimp and Salesforce, whichever has such a field.
fn options_of(left: &str, right: &str, swapped: bool) -> Compiled {
    let fields = Sides::new(vec![left.into()], vec![right.into()]);
    let fields = if swapped { fields.swap() } else { fields };
    let spec = Custom { fields, ..Custom::default() };
    let vendors = spec.fields.as_ref().map(|fields: &Vec<FieldName>| match fields[0].as_str() {
        "INTEREST" => "mailchimp",
        _ => "salesforce",
    });
    let schemas = vendors.as_ref().map(|vendor| schema(vendor));
    custom(&spec, vendors, schemas.as_ref(), &Context::default()).unwrap()
}

/// A name in two parts beside a name in four.
pub(super) fn parts(swapped: bool) -> Compiled {
    use crate::convert::Target;
    use syntony_core::lens::Part;
    use syntony_core::schema::{FieldSpec, Kind};
    let side = |parts: &[Part]| {
        let target = |part: &Part| Target::new(FieldSpec::new(part.as_str(), Kind::Text));
        NameSide::Parts(parts.iter().map(|part| (*part, target(part))).collect())
    };
    let two = side(&[Part::Given, Part::Family]);
    let four = side(&[Part::Prefix, Part::Given, Part::Middle, Part::Family]);
    let mut mapping = between(&["name"], &PARTS, |_| {});
    let sides = Sides::new(two, four);
    let sides = if swapped { sides.swap() } else { sides };
    mapping.lens = Arc::new(Name::new(sides, chrono_tz::Tz::UTC));
    mapping
}

/// A mapping with what was in step and what is there now. `PROPTEST_CASES` says how many of them are tried.
fn world() -> impl Strategy<Value = (Shape, Sides<Fields>, Sides<Fields>)> {
    let one = |shape: &Shape| {
        let side = |side| [shape.fields(side), shape.fields(side)];
        (Just(shape.clone()), side(Side::Left), side(Side::Right))
            .prop_map(|(shape, [l1, l2], [r1, r2])| (shape, Sides::new(l1, r1), Sides::new(l2, r2)))
            .boxed()
    };
    Union::new(SHAPES.iter().map(one))
}

fn any_side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Left), Just(Side::Right)]
}

/// Two contacts after they first met and everything was written: a base as it comes to be.
fn met(shape: &Shape, now: Sides<Fields>) -> Option<Sides<Fields>> {
    let mut pair = pair(shape, now, None);
    pair.run(Side::Right).ok()?;
    pair.base
}

fn story(chapters: &[(&str, &Sides<Fields>)]) -> String {
    let chapter = |(title, fields): &(&str, &Sides<Fields>)| {
        format!("{title}: {:?} | {:?}", super::plain(&fields.left), super::plain(&fields.right))
    };
    chapters.iter().map(chapter).collect::<Vec<_>>().join("\n")
}

/// The base's view as far as `view` can hold it.
fn restricted(base: &View, view: &View) -> View {
    base.iter()
        .filter(|(part, _)| view.contains_key(part))
        .map(|(part, atom)| (*part, atom.clone()))
        .collect()
}

fn same(one: &View, other: &View) -> bool {
    one.iter().all(|(part, atom)| other.get(part).is_none_or(|other| atom.same(other)))
}

fn guesses(view: &View) -> bool {
    view.values().flat_map(Atom::entries).any(|entry| entry.certainty == Certainty::Guess)
}

fn pair(shape: &Shape, now: Sides<Fields>, base: Option<Sides<Fields>>) -> Pair {
    Pair { mapping: shape.mapping(), now, base }
}

proptest! {
    /// The law: a side whose fields are what the base says shows exactly the base's view.
    #[test]
    fn a_side_that_did_not_change_shows_the_base((shape, base, now) in world(), still in proptest::option::of(any_side())) {
        let mut held = base.clone();
        if let Some(still) = still {
            held[still.other()] = now[still.other()].clone();
        }
        let pair = pair(&shape, held, Some(base));
        let (views, base) = pair.views();
        for side in Side::BOTH {
            if still.is_none_or(|still| still == side) {
                prop_assert_eq!(&views[side], &restricted(base.as_ref().unwrap(), &views[side]));
            }
        }
    }

    /// What was in step and did not change is never written.
    #[test]
    fn no_change_is_no_write((shape, base, _) in world()) {
        let pair = pair(&shape, base.clone(), Some(base));
        let (views, _) = pair.views();
        for side in Side::BOTH {
            let put = pair.mapping.lens.put(side, &views[side.other()], &pair.now[side], pair.base.as_ref());
            prop_assert!(put.unwrap().is_empty());
        }
    }

    /// Writing what a side shows anyway writes nothing; and at a first meeting, writing twice is writing once.
    #[test]
    fn a_write_is_done_once(
        (shape, base, now) in world(), first in any::<bool>(), to in any_side(),
    ) {
        let mut pair = pair(&shape, now, (!first).then_some(base));
        let (views, _) = pair.views();
        let lens = Arc::clone(&pair.mapping.lens);
        let idle = lens.put(to, &views[to], &pair.now[to], pair.base.as_ref()).unwrap();
        prop_assert!(idle.is_empty(), "{}: {:?}", story(&[("now", &pair.now)]), super::plain(&idle));
        // A first meeting empties nothing.
        let mut want = views[to.other()].clone();
        want.retain(|_, atom| !atom.is_empty());
        let before = pair.now.clone();
        let written = lens.put(to, &want, &pair.now[to], pair.base.as_ref());
        if let (Ok(written), true) = (written, first) {
            pair.now[to].extend(written);
            let again = lens.put(to, &want, &pair.now[to], None).unwrap();
            prop_assert!(
                again.is_empty(),
                "{}: {:?}",
                story(&[("before", &before), ("now", &pair.now)]),
                super::plain(&again)
            );
        }
    }

    /// A run that wrote and died before the base moved: the next one finds nothing left to write.
    #[test]
    fn what_was_written_and_never_confirmed_is_not_written_again((shape, first, then) in world(), edited in any::<(bool, bool)>(), winner in any_side()) {
        let Some(base) = met(&shape, first) else { return Ok(()) };
        let mut now = base.clone();
        for (side, edited) in Side::BOTH.into_iter().zip([edited.0, edited.1]) {
            if edited {
                now[side].extend(then[side].clone());
            }
        }
        let mut pair = pair(&shape, now.clone(), Some(base.clone()));
        if pair.run(winner).is_ok() {
            pair.base = Some(base.clone());
            let middle = pair.now.clone();
            let Ok(again) = pair.run(winner) else { return Ok(()) };
            prop_assert!(
                again.left.is_empty() && again.right.is_empty(),
                "{}",
                story(&[("base", &base), ("edited", &now), ("written", &middle), ("again", &again)])
            );
        }
    }

    /// An empty side that is filled from the other shows the same afterwards.
    #[test]
    fn what_was_put_is_what_is_shown((shape, _, now) in world(), to in any_side()) {
        // A title that is no option of the other side's stays where it is, and the rest of the name is put.
        if matches!(shape, Shape::Salutation) {
            return Ok(());
        }
        let mut pair = pair(&shape, now, None);
        for value in pair.now[to].values_mut() {
            *value = Value::Null;
        }
        let (views, _) = pair.views();
        if let Ok(written) = pair.mapping.lens.put(to, &views[to.other()], &pair.now[to], None) {
            pair.now[to].extend(written);
            let (views, _) = pair.views();
            prop_assert!(same(&views.left, &views.right), "{} / {}", super::shown(&views.left), super::shown(&views.right));
        }
    }

    /// What either side knew when they first met is known to the list afterwards.
    #[test]
    fn no_entry_is_lost_when_lists_meet((shape, _, now) in world(), winner in any_side()) {
        if !matches!(shape, Shape::Lists | Shape::Pick) {
            return Ok(());
        }
        let mut pair = pair(&shape, now.clone(), None);
        let before = pair.views().0;
        if pair.run(winner).is_ok() {
            let after = &pair.views().0.right[&Part::Whole];
            // A single value that loses is replaced, and that is the winner's doing.
            let kept = |side: &Side| matches!(shape, Shape::Lists) || *side == Side::Right || winner == Side::Left;
            for side in Side::BOTH.iter().filter(|side| kept(side)) {
                let before = &before[*side][&Part::Whole];
                prop_assert!(before.keys().iter().all(|key| after.keys().contains(key)));
            }
        }
    }

    /// Swapping the sides swaps what is written.
    #[test]
    fn no_side_is_preferred((shape, base, now) in world(), first in any::<bool>(), winner in any_side()) {
        let base = (!first).then_some(base);
        let mut straight = pair(&shape, now.clone(), base.clone());
        let mut swapped =
            Pair { mapping: shape.oriented(true), now: now.clone().swap(), base: base.clone().map(Sides::swap) };
        if let (Ok(one), Ok(other)) = (straight.run(winner), swapped.run(winner.other())) {
            let other = other.swap();
            let base = base.unwrap_or_default();
            prop_assert!(one == other, "{}", story(&[("base", &base), ("now", &now), ("straight", &one), ("swapped", &other)]));
        }
    }

    /// A run, and another, and nothing more is written.
    #[test]
    fn runs_come_to_rest((shape, base, now) in world(), first in any::<bool>()) {
        let mut pair = pair(&shape, now, (!first).then_some(base));
        for _ in 0..2 {
            if pair.run(Side::Right).is_err() {
                return Ok(());
            }
        }
        let before = pair.now.clone();
        let last = pair.run(Side::Right).unwrap();
        prop_assert!(last.left.is_empty() && last.right.is_empty(), "{:?} writes {:?}", before.as_ref().map(super::plain), last.as_ref().map(super::plain));
    }

    /// Nothing that is certain is replaced at a first meeting by a guess.
    #[test]
    fn a_guess_overwrites_nothing((shape, _, now) in world()) {
        let pair = pair(&shape, now, None);
        let (views, _) = pair.views();
        let merged = merge(&pair.mapping.mapping(), &policy(Side::Left), &syntony_core::lens::Views {
            now: views.clone().map(Some), base: None,
        }).unwrap();
        if let (Some(want), true) = (&merged.want.right, guesses(&views.left)) {
            for (part, atom) in &views.left {
                let guess = atom.entries().iter().any(|entry| entry.certainty == Certainty::Guess);
                if let (true, Some(held)) = (guess, views.right.get(part)) {
                    prop_assert!(held.is_empty() || want[part].same(held));
                }
            }
        }
    }
}
