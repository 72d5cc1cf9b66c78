//! Whether two rules, or two tests, can never hold together.
//!
//! Two actions that contradict each other are let pass only where their conditions exclude each other for
//! certain. Invariant: `true` is said only where no contact can meet both. What only the vendor's type can
//! tell (is `1` the same as `"1"`?) may hold together.

use super::fold;
use crate::ids::FieldName;
use crate::policy::{Condition, Rule, Test};
use crate::side::Side;
use crate::value::{Number, Value};

/// How much a field holds: of a list, two tests can each be passed by another entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// One value.
    One,
    /// A list.
    Many,
}

/// Whether one contact, or the two of a link, can be selected by both rules at once. `holds` says how much a
/// field of a side holds.
///
/// Rules of different sides always can meet: they look at two contacts.
pub fn can_meet(one: &Rule, other: &Rule, holds: &dyn Fn(Side, &FieldName) -> Holds) -> bool {
    // A rule selects contacts that are there, unless it says that they are not.
    let gone = |rule: &Rule| rule.when.contains(&Condition::Deleted);
    let exclude = |mine, theirs| exclude(mine, theirs, &|field| holds(one.from, field));
    one.from != other.from
        || (gone(one) == gone(other)
            && !one.when.iter().any(|mine| other.when.iter().any(|theirs| exclude(mine, theirs))))
}

/// Whether no contact can meet both.
fn exclude(one: &Condition, other: &Condition, holds: &dyn Fn(&FieldName) -> Holds) -> bool {
    match (one, other) {
        (Condition::HasTag(has), Condition::LacksTag(lacks))
        | (Condition::LacksTag(lacks), Condition::HasTag(has)) => has == lacks,
        (Condition::Unsubscribed(mine), Condition::Unsubscribed(theirs)) => mine != theirs,
        (Condition::Field(field, mine), Condition::Field(same, theirs)) => {
            field == same && apart(mine, theirs, holds(field))
        }
        (
            Condition::HasTag(_)
            | Condition::LacksTag(_)
            | Condition::Field(..)
            | Condition::ExistsInOther
            | Condition::Unsubscribed(_)
            | Condition::Deleted,
            _,
        ) => false,
    }
}

/// Whether nothing that a field holds passes both tests.
#[must_use]
pub fn apart(one: &Test, other: &Test, holds: Holds) -> bool {
    match (one, other) {
        (Test::OneOf(values), Test::NoneOf(_) | Test::IsEmpty(_)) => {
            !values.iter().any(|value| may_pass(value, other))
        }
        (Test::NoneOf(_) | Test::IsEmpty(_), Test::OneOf(_)) => apart(other, one, holds),
        (Test::IsEmpty(mine), Test::IsEmpty(theirs)) => mine != theirs,
        (Test::IsEmpty(empty), Test::Contains(_) | Test::StartsWith(_) | Test::Between(..))
        | (Test::Contains(_) | Test::StartsWith(_) | Test::Between(..), Test::IsEmpty(empty)) => *empty,
        (Test::IsEmpty(_), Test::NoneOf(_)) | (Test::NoneOf(_), Test::IsEmpty(_) | Test::NoneOf(_)) => false,
        _ => match holds {
            Holds::One => apart_of_one(one, other),
            Holds::Many => false,
        },
    }
}

/// The same of a field that holds one value, where both tests ask for something.
fn apart_of_one(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::OneOf(values), test) | (test, Test::OneOf(values)) => {
            !values.iter().any(|value| may_pass(value, test))
        }
        (Test::Between(least, most), Test::Between(other_least, other_most)) => {
            below(*most, *other_least) || below(*other_most, *least)
        }
        (Test::StartsWith(start), Test::StartsWith(other)) => {
            let (start, other) = (fold(start), fold(other));
            !start.starts_with(&other) && !other.starts_with(&start)
        }
        _ => false,
    }
}

/// Whether this value may pass the test; where that cannot be told, it may.
fn may_pass(value: &Value, test: &Test) -> bool {
    match (test, value) {
        (Test::OneOf(values), _) => values.iter().any(|known| same(value, known) != Some(false)),
        (Test::NoneOf(values), _) => !values.iter().any(|known| same(value, known) == Some(true)),
        (Test::IsEmpty(empty), _) => value.is_empty() == *empty,
        (Test::Contains(part), Value::Text(text)) => fold(text).contains(&fold(part)),
        (Test::StartsWith(part), Value::Text(text)) => fold(text).starts_with(&fold(part)),
        (Test::Between(least, most), Value::Number(number)) => {
            least.is_none_or(|least| least <= *number) && most.is_none_or(|most| *number <= most)
        }
        (Test::Contains(_) | Test::StartsWith(_) | Test::Between(..), _) => true,
    }
}

/// Whether two values are one to a rule; `None` where only the vendor's type can tell, as for `1` and `"1"`.
fn same(one: &Value, other: &Value) -> Option<bool> {
    match (one.as_text(), other.as_text()) {
        (Some(one), Some(other)) => Some(fold(one) == fold(other)),
        (None, None) => Some(one == other),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

fn below(most: Option<Number>, least: Option<Number>) -> bool {
    matches!((most, least), (Some(most), Some(least)) if most < least)
}
