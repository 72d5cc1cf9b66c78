//! A rule as the configuration describes it, and the keys by which histories know it.
//!
//! Fields are names as the admin wrote them (`cql_score` and `lead_stage` not even that: the app says
//! which field they are). Invariant: a key depends on what the rule says and on nothing else, neither
//! its place in the file nor how it is laid out, so that a rule that is moved is the same rule, and one
//! that is changed is another.

use super::located::Located;
use crate::diagnostics::Span;
use std::fmt::{self, Write as _};
use syntony_core::ids::{ActionKey, AppName, FieldName, RuleKey, Tag};
use syntony_core::policy::Test;
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// How many hexadecimal digits of a hash tell rules apart: one in 2^48.
const KEY_DIGITS: usize = 12;

/// One `[[connections.NAME.rules]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleConfig {
    /// Stable while what the rule says is.
    pub key: RuleKey,
    /// The rule in words, for plans and explanations.
    pub words: String,
    /// The side whose contacts it selects.
    pub from: Located<Side>,
    /// What must hold, all of it.
    pub when: Vec<Located<ConditionConfig>>,
    /// What is done to a contact that comes into scope.
    pub then: Vec<Located<ActionConfig>>,
    /// Where the rule stands.
    pub span: Span,
}

/// One IF condition.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionConfig {
    /// `has_tag`.
    HasTag(Tag),
    /// `lacks_tag`.
    LacksTag(Tag),
    /// `cql_score`: the field is the app's business.
    CqlScore(Test),
    /// `lead_stage`: the field is the app's business.
    LeadStage(Test),
    /// `field` with a test.
    Field(Located<FieldName>, Test),
    /// `exists_in` the other app.
    ExistsInOther,
    /// `unsubscribed`.
    Unsubscribed(bool),
    /// `deleted`.
    Deleted,
}

/// One THEN action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionConfig {
    /// Stable while what the rule says is.
    pub key: ActionKey,
    /// The side it is done on.
    pub on: Located<Side>,
    /// What is done.
    pub effect: EffectConfig,
    /// Whether it is taken back when the contact stops matching.
    pub undo: bool,
}

/// What an action does.
#[derive(Clone, Debug, PartialEq)]
pub enum EffectConfig {
    /// `add_tag`.
    AddTag(Tag),
    /// `remove_tag`.
    RemoveTag(Tag),
    /// `set_lead_stage`: the field is the app's business.
    SetLeadStage(Value),
    /// `set_cql_source`: the field is the app's business.
    SetCqlSource(Value),
    /// `set` with `to`.
    Set(Located<FieldName>, Value),
}

/// What a rule says, before it has keys.
pub(super) struct Draft {
    pub(super) from: Located<Side>,
    pub(super) when: Vec<Located<ConditionConfig>>,
    pub(super) then: Vec<Located<ActionDraft>>,
    pub(super) span: Span,
}

/// What an action says, before it has a key.
pub(super) struct ActionDraft {
    pub(super) on: Located<Side>,
    pub(super) effect: EffectConfig,
    pub(super) undo: bool,
}

impl Draft {
    /// The rule with its keys. `apps` are the names that stand in the words.
    pub(super) fn finish(self, apps: &Sides<AppName>) -> RuleConfig {
        let words = self.words(apps);
        let from = &apps[self.from.value];
        let key = RuleKey::new(format!("{from}#{}", digest(&words)));
        let then = self
            .then
            .into_iter()
            .map(|draft| {
                let Located { value: ActionDraft { on, effect, undo }, span } = draft;
                let said = action_words(&effect, &apps[on.value], undo);
                let name = format!("{key}/{}-{}", effect.verb(), digest(&said));
                Located::new(ActionConfig { key: ActionKey::new(name), on, effect, undo }, span)
            })
            .collect();
        RuleConfig { key, words, from: self.from, when: self.when, then, span: self.span }
    }

    /// Conditions in one order, because theirs means nothing; actions in the order written.
    fn words(&self, apps: &Sides<AppName>) -> String {
        let mut when: Vec<String> = self.when.iter().map(|condition| condition.value.to_string()).collect();
        when.sort();
        when.dedup();
        let then: Vec<String> = self
            .then
            .iter()
            .map(|action| action_words(&action.effect, &apps[action.on.value], action.undo))
            .collect();
        let mut words = format!("from {}", apps[self.from.value]);
        if !when.is_empty() {
            let _ = write!(words, " if {}", when.join(" and "));
        }
        if !then.is_empty() {
            let _ = write!(words, " then {}", then.join(", "));
        }
        words
    }
}

fn action_words(effect: &EffectConfig, app: &AppName, undo: bool) -> String {
    format!("{effect} in {app}{}", if undo { " (with undo)" } else { "" })
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(KEY_DIGITS).collect()
}

impl EffectConfig {
    fn verb(&self) -> &'static str {
        match self {
            EffectConfig::AddTag(_) => "add_tag",
            EffectConfig::RemoveTag(_) => "remove_tag",
            EffectConfig::SetLeadStage(_) => "set_lead_stage",
            EffectConfig::SetCqlSource(_) => "set_cql_source",
            EffectConfig::Set(..) => "set",
        }
    }
}

impl fmt::Display for EffectConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb();
        match self {
            EffectConfig::AddTag(tag) | EffectConfig::RemoveTag(tag) => {
                write!(out, "{verb} {:?}", tag.as_str())
            }
            EffectConfig::SetLeadStage(value) | EffectConfig::SetCqlSource(value) => {
                write!(out, "{verb} {}", value.to_plain())
            }
            EffectConfig::Set(field, value) => {
                write!(out, "{verb} {:?} to {}", field.as_str(), value.to_plain())
            }
        }
    }
}

impl fmt::Display for ConditionConfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConditionConfig::HasTag(tag) => write!(out, "has_tag {:?}", tag.as_str()),
            ConditionConfig::LacksTag(tag) => write!(out, "lacks_tag {:?}", tag.as_str()),
            ConditionConfig::CqlScore(test) => write!(out, "cql_score {}", Words(test)),
            ConditionConfig::LeadStage(test) => write!(out, "lead_stage {}", Words(test)),
            ConditionConfig::Field(field, test) => write!(out, "field {:?} {}", field.as_str(), Words(test)),
            ConditionConfig::ExistsInOther => out.write_str("exists in the other app"),
            ConditionConfig::Unsubscribed(yes) => write!(out, "unsubscribed {yes}"),
            ConditionConfig::Deleted => out.write_str("deleted"),
        }
    }
}

/// A test in words.
struct Words<'a>(&'a Test);

impl fmt::Display for Words<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[Value]| {
            let mut texts: Vec<String> = values.iter().map(|value| value.to_plain().to_string()).collect();
            texts.sort();
            texts.dedup();
            texts.join(" or ")
        };
        match self.0 {
            Test::OneOf(values) => write!(out, "is {}", list(values)),
            Test::NoneOf(values) => write!(out, "is not {}", list(values)),
            Test::Contains(text) => write!(out, "contains {text:?}"),
            Test::StartsWith(text) => write!(out, "starts with {text:?}"),
            Test::Between(Some(least), Some(most)) => write!(out, "is {least} to {most}"),
            Test::Between(Some(least), None) => write!(out, "is at least {least}"),
            Test::Between(None, Some(most)) => write!(out, "is at most {most}"),
            Test::Between(None, None) => out.write_str("is a number"),
            Test::IsEmpty(true) => out.write_str("is empty"),
            Test::IsEmpty(false) => out.write_str("is not empty"),
        }
    }
}
