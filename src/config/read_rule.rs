//! Reads `[[connections.NAME.rules]]`: IF conditions and THEN actions.

use super::contradiction;
use super::ends::Ends;
use super::located::Located;
use super::misplaced;
use super::nearest::{hint_from, quoted};
use super::read_app::{is_field_name, lift};
use super::reader::{Node, Reader};
use super::rule::{ActionDraft, ConditionConfig, Draft, EffectConfig, RuleConfig};
use super::scalar;
use crate::diagnostics::Span;
use std::collections::BTreeMap;
use syntony_core::ids::{FieldName, Tag};
use syntony_core::policy::Test;
use syntony_core::side::Side;
use syntony_core::value::Value;

/// The conditions, by the key that makes an entry one of them.
const CONDITIONS: [&str; 8] =
    ["has_tag", "lacks_tag", "cql_score", "lead_stage", "exists_in", "unsubscribed", "deleted", "field"];
/// The actions, by the key that makes an entry one of them.
const ACTIONS: [&str; 5] = ["add_tag", "remove_tag", "set_lead_stage", "set_cql_source", "set"];
/// The tests of a field; the last two go together.
const TESTS: [&str; 8] =
    ["equals", "not_equals", "contains", "starts_with", "one_of", "is_empty", "at_least", "at_most"];

/// How conditions are laid out.
const CONDITIONS_ARE: &str = "a list, each condition in braces of its own: if = [ { has_tag = \"…\" } ]";
/// How actions are laid out.
const ACTIONS_ARE: &str = "a list, each action in braces of its own: then = [ { add_tag = \"…\" } ]";

/// Reads a connection's rules, in the order written.
pub(super) fn rules(node: Node<'_>, ends: &Ends<'_>) -> Option<Vec<RuleConfig>> {
    let node = node.hinted("write [[connections.NAME.rules]], with double brackets: there may be several");
    let drafts: Vec<_> = node.list()?.into_iter().map(|entry| rule(entry, ends)).collect();
    let apps = ends.names()?;
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut rules = Vec::new();
    for draft in drafts {
        let rule = draft?.finish(&apps);
        if seen.insert(rule.words.clone(), rule.span).is_some() {
            // Two rules that say the same would share their keys, and with them their history.
            let hint = "remove one of the two".to_owned();
            ends.sink.error::<()>(rule.span, "this connection has the same rule already", hint);
        }
        rules.push(rule);
    }
    contradiction::check(&rules, ends.sink);
    Some(rules)
}

fn rule(node: Node<'_>, ends: &Ends<'_>) -> Option<Draft> {
    let table = node.table()?;
    let from =
        table.required("from", "the app whose contacts the rule selects").and_then(|node| ends.side_at(node));
    let when = entries(&table, "if", CONDITIONS_ARE, |entry| condition(entry, ends, from));
    let then = entries(&table, "then", ACTIONS_ARE, |entry| action(entry, ends, from));
    table.finish();
    Some(Draft { from: from?, when: when?, then: then?, span: node.span })
}

/// Every entry of a list, or nothing if one of them is wrong. All of them are looked at.
fn entries<T>(
    table: &Reader<'_>,
    key: &str,
    layout: &'static str,
    read: impl Fn(Node<'_>) -> Option<T>,
) -> Option<Vec<Located<T>>> {
    let Some(node) = table.optional(key) else { return Some(Vec::new()) };
    let entries = node.hinted(layout).list()?.into_iter().map(|entry| entry.hinted(layout));
    let read: Vec<_> = entries.map(|entry| read(entry).map(|it| Located::new(it, entry.span))).collect();
    read.into_iter().collect()
}

/// The one key of `words` that an entry has.
fn kind<'w>(table: &Reader<'_>, what: &str, words: &[&'w str]) -> Option<&'w str> {
    match table.present(words).as_slice() {
        [kind] => Some(*kind),
        [] => {
            let first = table.entries().next();
            let (span, hint) = match &first {
                Some(entry) => {
                    let elsewhere = misplaced::home(&entry.key).map(str::to_owned);
                    (entry.key.span, elsewhere.or_else(|| hint_from(&entry.key, words.iter().copied())))
                }
                None => (table.at(), hint_from("", words.iter().copied())),
            };
            table.sink().error(span, format!("this is no {what} that is known"), hint)
        }
        several => {
            let message = format!("one {what} in each entry, here are {}", several.len());
            let hint = format!("write {} as entries of their own", quoted(several.iter().copied()));
            table.sink().error(table.at(), message, hint)
        }
    }
}

fn condition(node: Node<'_>, ends: &Ends<'_>, from: Option<Located<Side>>) -> Option<ConditionConfig> {
    let table = node.table()?;
    let kind = kind(&table, "condition", &CONDITIONS)?;
    let value = table.optional(kind)?;
    let condition = match kind {
        "has_tag" => tag(value.hinted("one tag in each condition; all conditions must hold"))
            .map(ConditionConfig::HasTag),
        "lacks_tag" => tag(value.hinted("one tag in each condition; all conditions must hold"))
            .map(ConditionConfig::LacksTag),
        "cql_score" => score(value).map(ConditionConfig::CqlScore),
        "lead_stage" => texts(value).map(|stages| ConditionConfig::LeadStage(Test::OneOf(stages))),
        "exists_in" => exists_in(value, ends, from),
        "unsubscribed" => value.flag().map(|flag| ConditionConfig::Unsubscribed(flag.value)),
        "deleted" => match value.flag()?.value {
            true => Some(ConditionConfig::Deleted),
            false => {
                let hint = "leave the condition out: a rule selects contacts that are there".to_owned();
                value.sink.error(value.span, "`deleted` can only be true", hint)
            }
        },
        _ => {
            let field = field_name(value);
            let test = field_test(&table, node.span);
            field.zip(test).map(|(field, test)| ConditionConfig::Field(field, test))
        }
    };
    table.finish();
    condition
}

fn exists_in(node: Node<'_>, ends: &Ends<'_>, from: Option<Located<Side>>) -> Option<ConditionConfig> {
    let side = ends.side_at(node)?;
    if side.value == from?.value {
        let hint = "name the other app of the connection".to_owned();
        return node.sink.error(node.span, "a contact of an app always exists in that app", hint);
    }
    Some(ConditionConfig::ExistsInOther)
}

fn action(node: Node<'_>, ends: &Ends<'_>, from: Option<Located<Side>>) -> Option<ActionDraft> {
    let table = node.table()?;
    let kind = kind(&table, "action", &ACTIONS)?;
    let value = table.optional(kind)?;
    let on = match table.optional("in") {
        Some(node) => ends.side_at(node),
        None => from.map(|from| from.map(Side::other)),
    };
    let undo = table.optional("undo").map(Node::flag);
    let effect = match kind {
        "add_tag" => tag(value.hinted("one tag in each action")).map(EffectConfig::AddTag),
        "remove_tag" => tag(value.hinted("one tag in each action")).map(EffectConfig::RemoveTag),
        "set_lead_stage" => value.text().map(|text| EffectConfig::SetLeadStage(Value::Text(text.value))),
        "set_cql_source" => value.text().map(|text| EffectConfig::SetCqlSource(Value::Text(text.value))),
        _ => {
            let field = field_name(value.hinted("{ set = \"FIELD\", to = VALUE }"));
            let to = table.required("to", "the value: to = \"…\"").and_then(scalar::value);
            field.zip(to).map(|(field, to)| EffectConfig::Set(field, to.value))
        }
    };
    table.finish();
    let undo = lift(undo)?.is_some_and(|flag| flag.value);
    Some(ActionDraft { on: on?, effect: effect?, undo })
}

/// A tag's name. Blanks around it would make a tag that nobody can tell from another.
pub(super) fn tag(node: Node<'_>) -> Option<Tag> {
    let text = node.text()?;
    if text.trim() != text.value {
        let hint = format!("did you mean `{}`?", text.trim());
        return node.sink.error(node.span, "a tag has no blanks around it", hint);
    }
    Some(Tag::new(text.value))
}

/// A field as the vendor's API names it.
pub(super) fn field_name(node: Node<'_>) -> Option<Located<FieldName>> {
    let text = node.text()?;
    if is_field_name(&text) {
        return Some(text.map(FieldName::new));
    }
    node.sink.error(node.span, "this is not the name of a field", "as the vendor's API names it".to_owned())
}

/// A score: a number, a list of numbers, or a range.
fn score(node: Node<'_>) -> Option<Test> {
    if node.value.is_table() {
        let table = node.table()?;
        let test = range(&table, node.span);
        table.finish();
        return test;
    }
    let layout = "a number, a list of numbers, or { at_least = 2, at_most = 3 }";
    let numbers: Vec<_> = some(node)?.into_iter().map(|it| scalar::number(it.hinted(layout))).collect();
    let values: Option<Vec<_>> =
        numbers.into_iter().map(|number| number.map(|it| Value::Number(it.value))).collect();
    Some(Test::OneOf(values?))
}

fn texts(node: Node<'_>) -> Option<Vec<Value>> {
    let layout = "a text or a list of texts: lead_stage = [\"MQL\", \"SQL\"]";
    let texts: Vec<_> = some(node)?.into_iter().map(|it| it.hinted(layout).text()).collect();
    texts.into_iter().map(|text| text.map(|text| Value::Text(text.value))).collect()
}

/// One or several, but not none: a condition that nothing meets is a slip.
fn some(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let nodes = node.one_or_list();
    if nodes.is_empty() {
        return node.sink.error(
            node.span,
            "an empty list matches nothing",
            "name at least one value".to_owned(),
        );
    }
    Some(nodes)
}

/// The one test of a `field` condition.
fn field_test(table: &Reader<'_>, span: Span) -> Option<Test> {
    let node = |key: &str| table.optional(key);
    // Asked for whatever comes, so that none of them is called an unknown key.
    let [equals, not_equals, contains, starts_with, one_of, is_empty, at_least, at_most] = TESTS.map(node);
    match table.present(&TESTS).as_slice() {
        ["equals"] => Some(Test::OneOf(vec![scalar::value(equals?)?.value])),
        ["not_equals"] => Some(Test::NoneOf(vec![scalar::value(not_equals?)?.value])),
        ["contains"] => Some(Test::Contains(contains?.text()?.value)),
        ["starts_with"] => Some(Test::StartsWith(starts_with?.text()?.value)),
        ["one_of"] => {
            let node = one_of?.hinted("a list of values: one_of = [\"…\", \"…\"]");
            node.list()?;
            let values: Vec<_> = some(node)?.into_iter().map(scalar::value).collect();
            let values: Option<Vec<_>> = values.into_iter().map(|value| value.map(|it| it.value)).collect();
            Some(Test::OneOf(values?))
        }
        ["is_empty"] => Some(Test::IsEmpty(is_empty?.flag()?.value)),
        ["at_least"] | ["at_most"] | ["at_least", "at_most"] => between(table, at_least, at_most),
        [] => {
            table.sink().error(span, "this condition tests nothing", format!("add one of {}", quoted(TESTS)))
        }
        several => {
            let message = format!("one test in each condition, here are {}", several.len());
            table.sink().error(span, message, "write the condition once for each test".to_owned())
        }
    }
}

fn range(table: &Reader<'_>, span: Span) -> Option<Test> {
    let (least, most) = (table.optional("at_least"), table.optional("at_most"));
    if least.is_none() && most.is_none() {
        return table.sink().error(
            span,
            "this range has no ends",
            "add `at_least`, `at_most` or both".to_owned(),
        );
    }
    between(table, least, most)
}

fn between(table: &Reader<'_>, least: Option<Node<'_>>, most: Option<Node<'_>>) -> Option<Test> {
    let (least, most) = (least.map(scalar::number), most.map(scalar::number));
    let (least, most) = (lift(least)?, lift(most)?);
    match (&least, &most) {
        (Some(least), Some(most)) if least.value > most.value => {
            let hint = "`at_least` is above `at_most`".to_owned();
            table.sink().error(least.span, "this range matches nothing", hint)
        }
        _ => Some(Test::Between(least.map(|it| it.value), most.map(|it| it.value))),
    }
}
