//! Which rules select a contact.
//!
//! All conditions of a rule must hold, any rule is enough. A field that was not observed passes no
//! test: a rule never acts on what it has not seen. Which rules may stand side by side, and whether they come
//! to rest, is in the modules below.

mod apart;
mod rest;
mod touch;

pub use apart::{Holds, apart, can_meet};
pub use rest::{ActionAt, Cause, Turn, contradictions, ends_itself, flips};
pub use touch::{Kin, Way};

use crate::policy::{Condition, Policy, Rule, Test};
use crate::record::{Record, Subscription};
use crate::side::{Side, Sides};
use crate::value::Value;

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The contact; of a deleted one, what was last known is not looked at.
    pub record: Option<&'a Record>,
    /// Whether it has a counterpart in the other app.
    pub counterpart: Counterpart,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// Whether a contact has a counterpart in the other app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counterpart {
    /// It has.
    Present,
    /// It has not.
    Absent,
}

/// The rules of `side` that select the contact, in the order of the configuration.
pub fn selecting<'p>(policy: &'p Policy, side: Side, subject: Subject<'_>) -> Vec<&'p Rule> {
    policy.rules.iter().filter(|rule| rule.from == side && selects(rule, subject)).collect()
}

/// The rules of either side that select one of two linked or matched contacts, in the order of the
/// configuration, whichever side they are on: where two actions contradict, the later one is the last word.
#[must_use]
pub fn selecting_either<'p>(policy: &'p Policy, records: Sides<&Record>) -> Vec<&'p Rule> {
    let subjects = linked(records);
    policy.rules.iter().filter(|rule| selects(rule, subjects[rule.from])).collect()
}

/// The rules of which nobody can say whether they select one of two linked contacts, because something that they look
/// at was not observed. They do nothing, and what they did before is not over.
#[must_use]
pub fn undecided<'p>(policy: &'p Policy, records: Sides<&Record>) -> Vec<&'p Rule> {
    let subjects = linked(records);
    policy.rules.iter().filter(|rule| answer(rule, subjects[rule.from]).is_none()).collect()
}

fn linked(records: Sides<&Record>) -> Sides<Subject<'_>> {
    records.map(|record| Subject { record: Some(record), counterpart: Counterpart::Present, deleted: false })
}

/// Whether a rule of `side` would select the contact if it had a counterpart.
#[must_use]
pub fn waits_for_counterpart(policy: &Policy, side: Side, subject: Subject<'_>) -> bool {
    !selecting(policy, side, Subject { counterpart: Counterpart::Present, ..subject }).is_empty()
}

fn selects(rule: &Rule, subject: Subject<'_>) -> bool {
    answer(rule, subject) == Some(true)
}

/// Whether the rule selects the contact; `None` if what was observed does not tell. One condition that fails is enough
/// to say that it does not.
fn answer(rule: &Rule, subject: Subject<'_>) -> Option<bool> {
    // A deleted contact is selected only by a rule that asks for deleted ones, and such a rule selects
    // nothing else.
    let asks_deleted = rule.when.iter().any(|condition| matches!(condition, Condition::Deleted));
    if asks_deleted != subject.deleted {
        return Some(false);
    }
    let answers = || rule.when.iter().map(|condition| holds(condition, subject));
    if answers().any(|answer| answer == Some(false)) {
        return Some(false);
    }
    answers().all(|answer| answer == Some(true)).then_some(true)
}

/// Whether the condition holds; `None` if what it looks at was not observed.
fn holds(condition: &Condition, subject: Subject<'_>) -> Option<bool> {
    let record = subject.record;
    match condition {
        Condition::HasTag(tag) => tags(record).map(|tags| tags.contains(tag)),
        Condition::LacksTag(tag) => tags(record).map(|tags| !tags.contains(tag)),
        Condition::Field(name, test) => {
            record.and_then(|record| record.fields.get(name)).map(|value| passes(test, value))
        }
        Condition::ExistsInOther => Some(subject.counterpart == Counterpart::Present),
        Condition::Unsubscribed(wanted) => match record?.subscription {
            Subscription::Unsubscribed => Some(*wanted),
            Subscription::Subscribed => Some(!*wanted),
            // Pending, cleaned, archived: neither the one nor the other.
            Subscription::Other(_) => Some(false),
            Subscription::Unknown => None,
        },
        Condition::Deleted => Some(subject.deleted),
    }
}

fn tags(record: Option<&Record>) -> Option<&std::collections::BTreeSet<crate::ids::Tag>> {
    record.and_then(|record| record.tags.as_ref())
}

fn passes(test: &Test, value: &Value) -> bool {
    match test {
        Test::OneOf(wanted) => wanted.iter().any(|wanted| equal(value, wanted)),
        Test::NoneOf(unwanted) => !unwanted.iter().any(|unwanted| equal(value, unwanted)),
        Test::Contains(part) => any_text(value, |text| text.contains(&fold(part))),
        Test::StartsWith(start) => any_text(value, |text| text.starts_with(&fold(start))),
        Test::Between(least, most) => number(value).is_some_and(|number| {
            least.is_none_or(|least| number >= least.get()) && most.is_none_or(|most| number <= most.get())
        }),
        Test::IsEmpty(wanted) => value.is_empty() == *wanted,
    }
}

/// Text without case; a list holds what any of its entries is; a number equals its spelling, because
/// many apps keep numbers as text.
fn equal(value: &Value, wanted: &Value) -> bool {
    if let Value::List(items) = value {
        return items.iter().any(|item| equal(&item.value, wanted));
    }
    match (value.as_text(), wanted.as_text()) {
        (Some(value), Some(wanted)) => fold(value) == fold(wanted),
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            value == wanted || number(value).is_some_and(|one| number(wanted).is_some_and(|two| one == two))
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number.get()),
        Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Null
        | Value::Bool(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_)
        | Value::List(_) => None,
    }
}

fn any_text(value: &Value, test: impl Fn(&str) -> bool + Copy) -> bool {
    match value {
        Value::Text(text) => test(&fold(text)),
        Value::List(items) => items.iter().any(|item| any_text(&item.value, test)),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_) => false,
    }
}

fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
