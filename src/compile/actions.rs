//! What is written by name: THEN actions, and the placeholders of new contacts. Whatever no contact could be given is
//! an error here, and not a refusal of each contact later.

use super::Bench;
use super::tags::Wish;
use super::uses::Moment;
use super::values;
use crate::config::Located;
use crate::config::rule::{ActionConfig, EffectConfig};
use crate::diagnostics::Span;
use syntony_core::ids::FieldName;
use syntony_core::policy::{Action, Effect};
use syntony_core::record::Fields;
use syntony_core::schema::{FieldSpec, Takes};
use syntony_core::side::Side;
use syntony_core::value::Value;

/// Where something is set, and whether it is put back.
#[derive(Clone, Copy)]
struct Setting {
    side: Side,
    span: Span,
    undo: bool,
}

impl Bench<'_> {
    pub(super) fn action(&mut self, action: &Located<ActionConfig>) -> Option<Action> {
        let (side, span) = (action.on.value, action.span);
        if !self.writable(side) {
            let message = format!("`{}` is not written by this connection", self.app(side));
            self.error(span, message, "change `direction`, or take this action out");
        }
        let setting = Setting { side, span, undo: action.undo };
        let effect = match &action.effect {
            EffectConfig::AddTag(tag) => Effect::AddTag(self.tag(side, tag, span, Wish::PutOn)?),
            EffectConfig::RemoveTag(tag) => Effect::RemoveTag(self.tag(side, tag, span, Wish::TakeOff)?),
            EffectConfig::SetLeadStage(value) => {
                let field = self.apps[side].terms.lead_stage.clone();
                self.set_term(setting, field, "a lead stage", value)?
            }
            EffectConfig::SetCqlSource(value) => {
                let field = self.apps[side].terms.cql_source.clone();
                self.set_term(setting, field, "a CQL source", value)?
            }
            EffectConfig::Set(field, value) => self.set(setting, &field.value, field.span, value)?,
        };
        Some(Action { key: action.key.clone(), on: side, effect, undo: action.undo })
    }

    /// A word of rules: the field behind it, if the app has one.
    fn set_term(
        &mut self,
        setting: Setting,
        field: Option<FieldName>,
        what: &str,
        value: &Value,
    ) -> Option<Effect> {
        match field {
            Some(field) => self.set(setting, &field, setting.span, value),
            None => {
                self.cannot(setting.side, setting.span, &format!("hold {what}"));
                None
            }
        }
    }

    fn set(&mut self, setting: Setting, name: &FieldName, name_span: Span, value: &Value) -> Option<Effect> {
        let Setting { side, span, undo } = setting;
        let spec = self.writable_field(side, name, name_span, Moment::Always)?;
        let value = self.taken(side, &spec, value, span)?;
        if undo && matches!(spec.takes, Takes::OptOutOnly(_)) {
            let message = format!("an opt-out is never taken back, so `undo` cannot put `{name}` back");
            self.error(span, message, "take `undo` out");
        }
        Some(Effect::Set(name.clone(), value))
    }

    /// What new contacts of a side get in fields that the other side left empty.
    pub(super) fn placeholders(&mut self, side: Side) -> Fields {
        let connection = self.connection;
        let mut fields = Fields::new();
        for (name, value) in &connection.placeholders[side] {
            let spec = self.writable_field(side, name, value.span, Moment::Create);
            let taken = spec.and_then(|spec| self.taken(side, &spec, &value.value, value.span));
            fields.extend(taken.map(|taken| (name.clone(), taken)));
        }
        fields
    }

    /// The value as the field takes it.
    fn taken(&mut self, side: Side, spec: &FieldSpec, value: &Value, span: Span) -> Option<Value> {
        match values::written(spec, value, self.connection.timezone) {
            Ok(value) => Some(value),
            Err(misfit) => {
                let message = format!("in `{}` {}", self.app(side), misfit.message);
                self.error(span, message, misfit.hint);
                None
            }
        }
    }
}
