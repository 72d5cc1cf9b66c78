//! Rules that put a tag on and take it off the same contact, or set a field to two values: refused, because
//! whichever is done last, the other one is broken.
//!
//! This is what can be told from the file alone; the compiler looks again when it knows the apps, and which field
//! a word stands for. Two rules are let pass only where their conditions exclude each other. Rules of different
//! sides always can meet, at the two contacts of a link.

use super::located::Located;
use super::reader::Sink;
use super::rule::{ActionConfig, ConditionConfig, EffectConfig, RuleConfig};
use syntony_core::rules::{Holds, apart};

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
    use EffectConfig::{AddTag, RemoveTag, Set, SetCqlSource, SetLeadStage};
    let effects = match (&one.effect, &other.effect) {
        (AddTag(on), RemoveTag(off)) | (RemoveTag(off), AddTag(on)) => on == off,
        (SetLeadStage(value), SetLeadStage(other)) | (SetCqlSource(value), SetCqlSource(other)) => {
            value != other
        }
        (Set(field, value), Set(same, other)) => field.value == same.value && value != other,
        (AddTag(_) | RemoveTag(_) | SetLeadStage(_) | SetCqlSource(_) | Set(..), _) => false,
    };
    effects && one.on.value == other.on.value
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
        (CqlScore(mine), CqlScore(theirs)) | (LeadStage(mine), LeadStage(theirs)) => {
            apart(mine, theirs, Holds::One)
        }
        (Field(field, mine), Field(same, theirs)) => {
            // Whether the field holds a list, only its app can say.
            field.value == same.value && apart(mine, theirs, Holds::One)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::path::Path;

    /// Whether two actions on `chat`, under conditions that can both hold, are refused from the file alone.
    fn check(one: &str, other: &str, refused: bool) {
        let text = format!(
            "[apps.chat]\ntype = 'drift'\ntoken = {{ env = 'T' }}\n\
             [apps.mail]\ntype = 'google_contacts'\ntoken = {{ env = 'T' }}\n\
             [connections.c]\nbetween = ['chat', 'mail']\n\
             [[connections.c.rules]]\nfrom = 'mail'\nif = [{{ has_tag = 'a' }}]\nthen = [{{ {one} }}]\n\
             [[connections.c.rules]]\nfrom = 'mail'\nif = [{{ has_tag = 'b' }}]\nthen = [{{ {other} }}]\n"
        );
        let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let loaded = parse(Path::new("syntony.toml"), text.as_bytes(), now);
        let found = loaded.problems.iter().any(|it| it.message == "this contradicts the action in line 12");
        assert_eq!(found, refused, "{one} / {other}: {:#?}", loaded.problems);
    }

    /// Scenario 54.
    #[test]
    fn one_field_set_to_two_values_is_refused_like_a_tag_on_and_off() {
        check("add_tag = 'VIP'", "remove_tag = 'vip'", true);
        check("add_tag = 'VIP'", "add_tag = 'vip'", false);
        check("set_lead_stage = 'A'", "set_lead_stage = 'B'", true);
        check("set_lead_stage = 'A'", "set_lead_stage = 'A', undo = true", false);
        check("set_cql_source = 'A'", "set_cql_source = 'B'", true);
        check("set = 'x', to = 1", "set = 'x', to = 2", true);
        check("set = 'x', to = 1", "set = 'y', to = 2", false);
        check("set = 'x', to = 1", "set = 'x', to = 2, in = 'mail'", false);
    }
}
