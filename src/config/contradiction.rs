//! Rules that put a tag on and take it off the same contact: refused, because whichever is done last,
//! the other one is broken.
//!
//! Two rules are let pass only where their conditions exclude each other for certain. Rules of different
//! sides always can meet, at the two contacts of a link. Invariant: [`exclude`] is `true` only when no
//! contact can meet both conditions.

use super::located::Located;
use super::reader::Sink;
use super::rule::{ActionConfig, ConditionConfig, EffectConfig, RuleConfig};
use syntony_core::policy::Test;
use syntony_core::value::{Number, Value};

/// Complains of every action that takes back what one before it does.
pub(super) fn check(rules: &[RuleConfig], sink: &Sink<'_>) {
    let actions: Vec<(&RuleConfig, &Located<ActionConfig>)> =
        rules.iter().flat_map(|rule| rule.then.iter().map(move |action| (rule, action))).collect();
    for (at, (rule, action)) in actions.iter().enumerate() {
        let earlier = actions.iter().take(at).find(|(other, before)| {
            opposed(action, before) && (rule.span == other.span || can_meet(rule, other))
        });
        if let Some((_, before)) = earlier {
            let message = format!("this contradicts the action in line {}", sink.line_of(before.span));
            let hint =
                "one contact can meet the conditions of both: make them exclude each other, or remove one";
            sink.error::<()>(action.span, message, hint.to_owned());
        }
    }
}

fn opposed(one: &ActionConfig, other: &ActionConfig) -> bool {
    let tags = match (&one.effect, &other.effect) {
        (EffectConfig::AddTag(on), EffectConfig::RemoveTag(off))
        | (EffectConfig::RemoveTag(off), EffectConfig::AddTag(on)) => on == off,
        _ => false,
    };
    tags && one.on.value == other.on.value
}

fn can_meet(one: &RuleConfig, other: &RuleConfig) -> bool {
    if one.from.value != other.from.value {
        return true;
    }
    // A rule selects contacts that are there, unless it says that they are not.
    let gone = |rule: &RuleConfig| rule.when.iter().any(|it| it.value == ConditionConfig::Deleted);
    gone(one) == gone(other)
        && !one.when.iter().any(|mine| other.when.iter().any(|theirs| exclude(mine, theirs)))
}

/// Whether no contact can meet both.
fn exclude(one: &ConditionConfig, other: &ConditionConfig) -> bool {
    use ConditionConfig::{CqlScore, Field, HasTag, LacksTag, LeadStage, Unsubscribed};
    match (one, other) {
        (HasTag(has), LacksTag(lacks)) | (LacksTag(lacks), HasTag(has)) => has == lacks,
        (Unsubscribed(mine), Unsubscribed(theirs)) => mine != theirs,
        (CqlScore(mine), CqlScore(theirs)) | (LeadStage(mine), LeadStage(theirs)) => apart(mine, theirs),
        (Field(field, mine), Field(same, theirs)) => field.value == same.value && apart(mine, theirs),
        _ => false,
    }
}

/// Whether no value passes both tests.
fn apart(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::OneOf(values), test) | (test, Test::OneOf(values)) => {
            !values.iter().any(|value| may_pass(value, test))
        }
        (Test::IsEmpty(true), test) | (test, Test::IsEmpty(true)) => match test {
            Test::IsEmpty(empty) => !empty,
            Test::Contains(_) | Test::StartsWith(_) | Test::Between(..) => true,
            Test::NoneOf(_) | Test::OneOf(_) => false,
        },
        (Test::Between(least, most), Test::Between(other_least, other_most)) => {
            below(*most, *other_least) || below(*other_most, *least)
        }
        (Test::StartsWith(start), Test::StartsWith(other)) => {
            let (start, other) = (start.to_lowercase(), other.to_lowercase());
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
        (Test::Contains(part), Value::Text(text)) => text.to_lowercase().contains(&part.to_lowercase()),
        (Test::StartsWith(part), Value::Text(text)) => text.to_lowercase().starts_with(&part.to_lowercase()),
        (Test::Between(least, most), Value::Number(number)) => {
            least.is_none_or(|least| least <= *number) && most.is_none_or(|most| *number <= most)
        }
        (Test::Contains(_) | Test::StartsWith(_) | Test::Between(..), _) => true,
    }
}

/// Whether two values are one to a rule; `None` where only the vendor's type can tell, as for `1` and
/// `"1"`.
fn same(one: &Value, other: &Value) -> Option<bool> {
    match (one.as_text(), other.as_text()) {
        (Some(one), Some(other)) => Some(one.to_lowercase() == other.to_lowercase()),
        (None, None) => Some(one == other),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

fn below(most: Option<Number>, least: Option<Number>) -> bool {
    matches!((most, least), (Some(most), Some(least)) if most < least)
}
