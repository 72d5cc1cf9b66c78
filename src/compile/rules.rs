//! Rules: the words of the configuration become fields and tags that the apps have.

use super::{Bench, Use};
use crate::config::Located;
use crate::config::rule::{ActionConfig, ConditionConfig, EffectConfig, RuleConfig};
use crate::diagnostics::Span;
use syntony_connectors::contract::Listing;
use syntony_core::ids::FieldName;
use syntony_core::policy::{Action, Condition, Effect, Rule};
use syntony_core::side::Side;

impl Bench<'_> {
    pub(super) fn rule(&mut self, rule: &RuleConfig) -> Rule {
        let from = rule.from.value;
        Rule {
            key: rule.key.clone(),
            from,
            when: rule.when.iter().filter_map(|condition| self.condition(from, condition)).collect(),
            then: rule.then.iter().filter_map(|action| self.action(action)).collect(),
        }
    }

    fn condition(&mut self, side: Side, condition: &Located<ConditionConfig>) -> Option<Condition> {
        let span = condition.span;
        Some(match &condition.value {
            ConditionConfig::HasTag(tag) => {
                self.tags_needed(side, span);
                Condition::HasTag(tag.clone())
            }
            ConditionConfig::LacksTag(tag) => {
                self.tags_needed(side, span);
                Condition::LacksTag(tag.clone())
            }
            ConditionConfig::CqlScore(test) => {
                let field = self.apps[side].terms.cql_score.clone();
                Condition::Field(self.term(side, field, "CQL score", span, Use::Read)?, test.clone())
            }
            ConditionConfig::LeadStage(test) => {
                let field = self.apps[side].terms.lead_stage.clone();
                Condition::Field(self.term(side, field, "lead stage", span, Use::Read)?, test.clone())
            }
            ConditionConfig::Field(field, test) => {
                self.field(side, &field.value, field.span, Use::Read);
                Condition::Field(field.value.clone(), test.clone())
            }
            ConditionConfig::ExistsInOther => Condition::ExistsInOther,
            ConditionConfig::Unsubscribed(wanted) => {
                if !self.apps[side].capabilities.unsubscribes {
                    self.cannot(side, span, "say who unsubscribed");
                }
                Condition::Unsubscribed(*wanted)
            }
            ConditionConfig::Deleted => {
                let can = &self.apps[side].capabilities;
                if !can.tombstones && can.listing == Listing::Discovery {
                    self.cannot(side, span, "say who was deleted");
                }
                Condition::Deleted
            }
        })
    }

    fn action(&mut self, action: &Located<ActionConfig>) -> Option<Action> {
        let (side, span) = (action.on.value, action.span);
        if !self.writable(side) {
            let message = format!("`{}` is not written by this connection", self.apps[side].name);
            self.error(span, message, "change `direction`, or take this action out");
        }
        let effect = match &action.effect {
            EffectConfig::AddTag(tag) => {
                self.tags_needed(side, span);
                Effect::AddTag(tag.clone())
            }
            EffectConfig::RemoveTag(tag) => {
                self.tags_needed(side, span);
                Effect::RemoveTag(tag.clone())
            }
            EffectConfig::SetLeadStage(value) => {
                let field = self.apps[side].terms.lead_stage.clone();
                Effect::Set(self.term(side, field, "lead stage", span, Use::Written)?, value.clone())
            }
            EffectConfig::SetCqlSource(value) => {
                let field = self.apps[side].terms.cql_source.clone();
                Effect::Set(self.term(side, field, "CQL source", span, Use::Written)?, value.clone())
            }
            EffectConfig::Set(field, value) => {
                self.field(side, &field.value, field.span, Use::Written);
                Effect::Set(field.value.clone(), value.clone())
            }
        };
        Some(Action { key: action.key.clone(), on: side, effect, undo: action.undo })
    }

    /// The field behind a word of the configuration, if the app has one.
    fn term(
        &mut self,
        side: Side,
        field: Option<FieldName>,
        word: &str,
        span: Span,
        usage: Use,
    ) -> Option<FieldName> {
        let Some(field) = field else {
            self.cannot(side, span, &format!("hold a {word}"));
            return None;
        };
        self.field(side, &field, span, usage).then_some(field)
    }

    fn tags_needed(&mut self, side: Side, span: Span) {
        if self.apps[side].capabilities.tags.is_none() {
            self.cannot(side, span, "hold tags");
        }
    }

    fn cannot(&mut self, side: Side, span: Span, what: &str) {
        let message = format!("`{}` cannot {what}", self.apps[side].name);
        self.error(span, message, "take this out, or use the other app");
    }
}
