//! Rules: the words of the configuration become fields and tags that the apps have.

use super::Bench;
use crate::config::rule::{ConditionConfig, RuleConfig};
use syntony_core::policy::Rule;

impl Bench<'_> {
    pub(super) fn read_rule(&mut self, rule: &RuleConfig) -> Rule {
        self.of_deleted_ones(rule);
        let from = rule.from.value;
        Rule {
            key: rule.key.clone(),
            from,
            when: rule.when.iter().filter_map(|condition| self.condition(from, condition)).collect(),
            then: rule.then.iter().filter_map(|action| self.action(action)).collect(),
        }
    }

    /// A rule that selects deleted contacts acts on their counterparts and on nothing else: of the contact itself
    /// nothing is left to look at or to write.
    fn of_deleted_ones(&mut self, rule: &RuleConfig) {
        let Some(deleted) = rule.when.iter().find(|it| it.value == ConditionConfig::Deleted) else { return };
        for condition in &rule.when {
            match &condition.value {
                ConditionConfig::HasTag(_)
                | ConditionConfig::LacksTag(_)
                | ConditionConfig::CqlScore(_)
                | ConditionConfig::LeadStage(_)
                | ConditionConfig::Field(..)
                | ConditionConfig::Unsubscribed(_) => self.error(
                    condition.span,
                    "nothing is left to see of a deleted contact, so beside `deleted` this never holds"
                        .to_owned(),
                    "take it out, or make it a rule of its own",
                ),
                ConditionConfig::ExistsInOther | ConditionConfig::Deleted => {}
            }
        }
        if rule.then.is_empty() {
            self.error(
                deleted.span,
                "a deleted contact is neither created again nor updated, so this rule does nothing"
                    .to_owned(),
                "say in `then` what becomes of its counterpart, or use `deletions`",
            );
        }
        for action in rule.then.iter().filter(|action| action.on.value == rule.from.value) {
            let message = format!(
                "the contact is gone from `{}`, so nothing is done to it there",
                self.app(rule.from.value)
            );
            self.error(action.span, message, "leave `in` out: the action is then done to its counterpart");
        }
    }
}
