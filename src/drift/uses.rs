//! What a connection uses of its apps' fields, and where in the file that stands.

use crate::compile::AppFacts;
use crate::config::ConnectionConfig;
use crate::config::rule::{ConditionConfig, EffectConfig};
use crate::diagnostics::Span;
use std::collections::BTreeMap;
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::side::{Side, Sides};

/// One use of one field.
pub(super) struct Use {
    pub(super) side: Side,
    pub(super) field: FieldName,
    /// What uses it, in words.
    pub(super) by: String,
    /// Where that stands.
    pub(super) span: Span,
}

/// Every use, those that somebody wrote down before the default mappings.
pub(super) fn of(
    connection: &ConnectionConfig,
    apps: &Sides<AppFacts>,
    defaults: &BTreeMap<MappingKey, Sides<Vec<FieldName>>>,
) -> Vec<Use> {
    let mut uses = Vec::new();
    mapped(connection, &mut uses);
    ruled(connection, apps, &mut uses);
    for side in Side::BOTH {
        for (field, value) in &connection.placeholders[side] {
            uses.push(Use { side, field: field.clone(), by: "a placeholder".to_owned(), span: value.span });
        }
    }
    for mark in [&connection.deletions, &connection.unsubscribes].into_iter().flatten() {
        tagged(mark.from.value.other(), mark.span, apps, &mut uses);
    }
    for (key, fields) in defaults {
        for (side, fields) in fields.iter() {
            let by = format!("the default mapping `{key}`");
            let one = |field: &FieldName| Use {
                side,
                field: field.clone(),
                by: by.clone(),
                span: connection.name.span,
            };
            uses.extend(fields.iter().map(one));
        }
    }
    uses
}

fn mapped(connection: &ConnectionConfig, uses: &mut Vec<Use>) {
    for mapping in &connection.fields {
        for (side, fields) in mapping.fields.iter() {
            for field in fields {
                let by = "a mapping".to_owned();
                uses.push(Use { side, field: field.value.clone(), by, span: field.span });
            }
        }
    }
}

fn ruled(connection: &ConnectionConfig, apps: &Sides<AppFacts>, uses: &mut Vec<Use>) {
    for rule in &connection.rules {
        let from = rule.from.value;
        for condition in &rule.when {
            let terms = &apps[from].terms;
            let field = match &condition.value {
                ConditionConfig::HasTag(_) | ConditionConfig::LacksTag(_) => tag_field(&apps[from]),
                ConditionConfig::CqlScore(_) => terms.cql_score.clone(),
                ConditionConfig::LeadStage(_) => terms.lead_stage.clone(),
                ConditionConfig::Field(field, _) => Some(field.value.clone()),
                ConditionConfig::ExistsInOther
                | ConditionConfig::Unsubscribed(_)
                | ConditionConfig::Deleted => None,
            };
            let by = || "a condition".to_owned();
            uses.extend(field.map(|field| Use { side: from, field, by: by(), span: condition.span }));
        }
        for action in &rule.then {
            let side = action.on.value;
            let terms = &apps[side].terms;
            let field = match &action.effect {
                EffectConfig::AddTag(_) | EffectConfig::RemoveTag(_) => tag_field(&apps[side]),
                EffectConfig::SetLeadStage(_) => terms.lead_stage.clone(),
                EffectConfig::SetCqlSource(_) => terms.cql_source.clone(),
                EffectConfig::Set(field, _) => Some(field.value.clone()),
            };
            let by = || "an action".to_owned();
            uses.extend(field.map(|field| Use { side, field, by: by(), span: action.span }));
        }
    }
}

fn tagged(side: Side, span: Span, apps: &Sides<AppFacts>, uses: &mut Vec<Use>) {
    let field = tag_field(&apps[side]);
    uses.extend(field.map(|field| Use { side, field, by: "its tag".to_owned(), span }));
}

/// The field that an app keeps its tags in, if it does.
fn tag_field(app: &AppFacts) -> Option<FieldName> {
    app.capabilities.tags.as_ref()?.field.clone()
}
