//! Rules that contradict each other, or that could go on for ever: an error at the action's line. Here, where it is
//! known which fields the words of rules stand for, and what mappings carry on; that a rule ends itself is a
//! warning.
//!
//! What there is to find is found by [`syntony_core::rules`]; this says it in the words of the file. A connection
//! with another error in a rule is not looked at: what the rule does is not known then.

use super::Bench;
use crate::config::rule::RuleConfig;
use crate::diagnostics::Span;
use syntony_core::ids::FieldName;
use syntony_core::policy::Policy;
use syntony_core::rules::{self, ActionAt, Cause, Holds, Kin, Turn, Way};
use syntony_core::side::Side;
use syntony_mappings::table::table;

impl Bench<'_> {
    /// Says which rules of the policy cannot stand side by side, or do not come to rest.
    pub(super) fn loops(&mut self, policy: &Policy) {
        let connection = self.connection;
        let whole = connection
            .rules
            .iter()
            .zip(&policy.rules)
            .all(|(said, rule)| (said.when.len(), said.then.len()) == (rule.when.len(), rule.then.len()));
        if !whole {
            return;
        }
        let apps = self.apps;
        let holds = |side: Side, field: &FieldName| match apps[side].schema.field(field.as_str()) {
            Some(spec) if spec.many => Holds::Many,
            Some(_) | None => Holds::One,
        };
        for (before, after) in rules::contradictions(policy, &holds) {
            self.contradiction(before, after);
        }
        let tables = apps.as_ref().map(|app| table(&app.vendor));
        let fields = |side: Side, one: &FieldName, other: &FieldName| tables[side].overlap(one, other);
        let this: &Self = self;
        let tags = |side: Side, field: &FieldName| this.holds_tags(side, field);
        let kin = Kin { fields: &fields, tags: &tags };
        let (rings, ends) = (rules::flips(policy, kin), rules::ends_itself(policy, kin));
        for ring in &rings {
            self.ring(ring);
        }
        let told = |cause: &Cause| rings.iter().flatten().any(|other| other.action == cause.action);
        for cause in ends.iter().filter(|cause| !told(cause)) {
            self.ends_itself(cause);
        }
    }

    fn contradiction(&mut self, before: ActionAt, after: ActionAt) {
        let (Some(before), Some(after)) = (self.action_span(before), self.action_span(after)) else { return };
        let message = format!("this contradicts the action in line {}", self.line(before));
        let hint = "one contact can meet the conditions of both: make them exclude each other, or remove one";
        self.error(after, message, hint);
    }

    fn ring(&mut self, ring: &[Cause]) {
        let Some(span) = ring.first().and_then(|cause| self.action_span(cause.action)) else { return };
        let steps: Vec<String> = ring.iter().filter_map(|cause| self.step(cause)).collect();
        let undoes = ring.iter().any(|cause| self.is_taken_back(cause.action));
        let remedy = if undoes { "take `undo` out, or ask" } else { "ask" };
        let message = format!("this could go on for ever: {}", steps.join(", and "));
        self.error(span, message, format!("{remedy} in `if` for what these actions leave alone"));
    }

    /// One step of a ring, in words.
    fn step(&self, cause: &Cause) -> Option<String> {
        let action = self.line(self.action_span(cause.action)?);
        let condition = self.line(self.said(cause.rule)?.when.get(cause.condition)?.span);
        let does = match cause.way {
            Way::Done => format!("the action in line {action} can make"),
            Way::Undone => format!("taking the action in line {action} back can make"),
        };
        let turn = match cause.turn {
            Turn::Start => "true",
            Turn::End => "false",
        };
        let through = if cause.carried { " through a mapping" } else { "" };
        Some(format!("{does} the condition in line {condition} {turn}{through}"))
    }

    fn ends_itself(&mut self, cause: &Cause) {
        let Some(span) = self.action_span(cause.action) else { return };
        let Some(rule) = self.said(cause.rule) else { return };
        let Some(condition) = rule.when.get(cause.condition) else { return };
        let line = self.line(condition.span);
        let undone = rule.then.iter().any(|action| action.undo);
        let message = format!(
            "this makes the condition in line {line} false, so the contact leaves the rule right after"
        );
        let hint = if undone {
            "what the rule does with `undo` is taken back then; let that be, or put it into a rule of its own"
        } else {
            "nothing to mend if it is meant to happen once; other rules may keep the contact in scope"
        };
        self.warning(span, message, hint);
    }

    fn said(&self, at: usize) -> Option<&RuleConfig> {
        self.connection.rules.get(at)
    }

    fn action_span(&self, at: ActionAt) -> Option<Span> {
        Some(self.said(at.rule)?.then.get(at.action)?.span)
    }

    fn is_taken_back(&self, at: ActionAt) -> bool {
        self.said(at.rule).and_then(|rule| rule.then.get(at.action)).is_some_and(|action| action.undo)
    }

    fn line(&self, span: Span) -> usize {
        self.source.position(span.start).0
    }
}

#[cfg(test)]
mod tests;
