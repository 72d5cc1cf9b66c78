//! Lenses are tested as they are used: two contacts, the planner's merge between them, and what is written.

mod birthdays;
mod lists;
mod names;
mod places;
mod properties;
mod values;
mod vendors;

use crate::accounts::{drift, google};
use crate::compile::{Compiled, Context, Custom, custom, defaults};
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::lens::{Atom, Certainty, Part, Refusal, View};
use syntony_core::merge::merge;
use syntony_core::policy::{Duplicates, GuardLimits, OnClear, Policy, Winner};
use syntony_core::record::Fields;
use syntony_core::schema::Schema;
use syntony_core::side::{Side, Sides};
use syntony_core::value::{Item, Value};

/// Two contacts in step or not, and the mapping between one thing of theirs. Left is Drift.
pub(crate) struct Pair {
    pub(crate) mapping: Compiled,
    pub(crate) now: Sides<Fields>,
    pub(crate) base: Option<Sides<Fields>>,
}

impl Pair {
    /// Two contacts that meet for the first time, and a default mapping of theirs.
    pub(crate) fn of(concept: &str, left: &[(&str, Value)], right: &[(&str, Value)]) -> Self {
        Self::in_context(concept, &Context::default(), left, right)
    }

    pub(crate) fn in_context(
        concept: &str,
        context: &Context,
        left: &[(&str, Value)],
        right: &[(&str, Value)],
    ) -> Self {
        let mappings = defaults(VENDORS, Sides::new(&drift(), &google()), context);
        let mapping = mappings.into_iter().find(|mapping| mapping.key.as_str() == concept).unwrap();
        Self::with(mapping, left, right)
    }

    pub(crate) fn with(mapping: Compiled, left: &[(&str, Value)], right: &[(&str, Value)]) -> Self {
        let given = Sides::new(left, right);
        // A vendor's record is whole: what is not there is empty.
        let now = Sides::from_fn(|side| {
            let all = mapping.lens.fields(side).iter().map(|field| (field.clone(), Value::Null));
            let given = given[side].iter().map(|(name, value)| (FieldName::from(*name), value.clone()));
            all.chain(given).collect::<BTreeMap<_, _>>()
        });
        Self { mapping, now, base: None }
    }

    /// The two have been confirmed to be in step as they are.
    pub(crate) fn in_step(mut self) -> Self {
        self.base = Some(self.now.clone());
        self
    }

    /// Somebody edits a field.
    pub(crate) fn edit(mut self, side: Side, field: &str, value: Value) -> Self {
        self.now[side].insert(field.into(), value);
        self
    }

    pub(crate) fn views(&self) -> (Sides<View>, Option<View>) {
        let views = self.mapping.lens.views(self.now.as_ref().map(Some), self.base.as_ref());
        (views.now.map(Option::unwrap), views.base)
    }

    /// One run: what is written to each side. The base moves if it may.
    pub(crate) fn run(&mut self, winner: Side) -> Result<Sides<Fields>, Refusal> {
        let lens = &self.mapping.lens;
        let views = lens.views(self.now.as_ref().map(Some), self.base.as_ref());
        let merged = merge(&self.mapping.mapping(), &policy(winner), &views).unwrap();
        let mut written = Sides::<Fields>::default();
        for side in Side::BOTH {
            if let Some(want) = &merged.want[side] {
                written[side] = lens.put(side, want, &self.now[side], self.base.as_ref())?;
            }
        }
        for side in Side::BOTH {
            self.now[side].extend(written[side].clone());
        }
        if merged.settles {
            self.base = Some(self.now.clone());
        }
        Ok(written)
    }

    /// One run with the right side as winner, and what it writes. A second run must write nothing.
    #[track_caller]
    pub(crate) fn check(mut self, left: &[(&str, Value)], right: &[(&str, Value)]) -> Self {
        let written = self.run(Side::Right).unwrap();
        let wanted = Sides::new(left, right).map(|pairs| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_plain()))
                .collect::<BTreeMap<_, _>>()
        });
        assert_eq!(written.map(|fields| plain(&fields)), wanted);
        let again = self.run(Side::Right).unwrap();
        assert_eq!(again.map(|fields| plain(&fields)), Sides::default(), "a second run writes");
        self
    }

    #[track_caller]
    pub(crate) fn check_refused(mut self, wanted: &Refusal) {
        assert_eq!(self.run(Side::Right).unwrap_err(), *wanted);
    }
}

pub(crate) const VENDORS: Sides<&str> = Sides::new("drift", "google_contacts");

/// A mapping between custom fields of Drift and Google.
pub(crate) fn between(left: &[&str], right: &[&str], change: impl FnOnce(&mut Custom)) -> Compiled {
    compiled(left, right, change, false)
}

/// The same; swapped, Google is left.
pub(crate) fn compiled(
    left: &[&str],
    right: &[&str],
    change: impl FnOnce(&mut Custom),
    swapped: bool,
) -> Compiled {
    let names = |names: &[&str]| names.iter().map(|name| FieldName::from(*name)).collect();
    let mut spec = Custom { fields: Sides::new(names(left), names(right)), ..Custom::default() };
    change(&mut spec);
    // Without the default one, addresses may be mapped like anything else.
    let off = ["email".to_owned()].into();
    let context = Context { timezone: chrono_tz::Asia::Tokyo, off, ..Context::default() };
    let (drift, google) = (drift(), google());
    let schemas = Sides::new(&drift, &google);
    if swapped {
        spec.fields = spec.fields.swap();
        custom(&spec, VENDORS.swap(), schemas.swap(), &context).unwrap()
    } else {
        custom(&spec, VENDORS, schemas, &context).unwrap()
    }
}

/// The default mapping of a concept between two vendors' accounts.
pub(crate) fn default_of(concept: &str, vendors: Sides<&str>, schemas: Sides<&Schema>) -> Compiled {
    let mappings = defaults(vendors, schemas, &Context::default());
    mappings.into_iter().find(|mapping| mapping.key.as_str() == concept).unwrap()
}

pub(crate) fn policy(winner: Side) -> Policy {
    Policy {
        connection: "c".into(),
        apps: Sides::new("left".into(), "right".into()),
        writable: Sides::new(true, true),
        taggable: Sides::new(true, true),
        winner: Winner::Side(winner),
        on_clear: OnClear::Propagate,
        avoid_duplicates: true,
        duplicates: Duplicates::Hold,
        mappings: Vec::new(),
        rules: Vec::new(),
        deletions: None,
        unsubscribes: None,
        placeholders: Sides::default(),
        guard: GuardLimits::default(),
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::text(text)
}

/// `number|label`, or a value without a label.
pub(crate) fn list(entries: &[&str]) -> Value {
    let item = |entry: &&str| {
        let (value, label) = entry.split_once('|').map_or((*entry, None), |(v, l)| (v, Some(l.to_owned())));
        Item { value: Value::text(value), label }
    };
    Value::List(entries.iter().map(item).collect())
}

pub(crate) fn plain(fields: &Fields) -> BTreeMap<String, serde_json::Value> {
    fields.iter().map(|(name, value)| (name.as_str().to_owned(), value.to_plain())).collect()
}

/// A view as text: `given=Ada? family=Lovelace`, guesses with a question mark.
pub(crate) fn shown(view: &View) -> String {
    let atom = |atom: &Atom| {
        let entry = |entry: &syntony_core::lens::Entry| {
            let guess = if entry.certainty == Certainty::Guess { "?" } else { "" };
            format!("{}{guess}", entry.key)
        };
        atom.entries().iter().map(entry).collect::<Vec<_>>().join(", ")
    };
    view.iter()
        .filter(|(_, held)| !held.is_empty())
        .map(|(part, held)| match part {
            Part::Whole => atom(held),
            named => format!("{}={}", named.as_str(), atom(held)),
        })
        .collect::<Vec<_>>()
        .join(" ")
}
