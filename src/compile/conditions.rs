//! IF conditions, held against what an app tells of its contacts. One that no contact can ever meet is an error: the
//! rule would select nobody, or with `not_equals` everybody, without a word.

use super::Bench;
use super::tags::Wish;
use super::values::{self, Reading};
use crate::config::Located;
use crate::config::rule::ConditionConfig;
use crate::diagnostics::Span;
use syntony_connectors::contract::Listing;
use syntony_core::ids::FieldName;
use syntony_core::policy::{Condition, Test};
use syntony_core::side::Side;
use syntony_core::value::Value;

impl Bench<'_> {
    pub(super) fn condition(
        &mut self,
        side: Side,
        condition: &Located<ConditionConfig>,
    ) -> Option<Condition> {
        let span = condition.span;
        Some(match &condition.value {
            ConditionConfig::HasTag(tag) => Condition::HasTag(self.tag(side, tag, span, Wish::Look)?),
            ConditionConfig::LacksTag(tag) => Condition::LacksTag(self.tag(side, tag, span, Wish::Look)?),
            ConditionConfig::CqlScore(test) => {
                let field = self.apps[side].terms.cql_score.clone();
                self.term(side, field, "a CQL score", test, span)?
            }
            ConditionConfig::LeadStage(test) => {
                let field = self.apps[side].terms.lead_stage.clone();
                self.term(side, field, "a lead stage", test, span)?
            }
            ConditionConfig::Field(field, test) => self.field(side, &field.value, field.span, test, span)?,
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

    /// A word of rules: the field behind it, if the app has one.
    fn term(
        &mut self,
        side: Side,
        field: Option<FieldName>,
        what: &str,
        test: &Test,
        span: Span,
    ) -> Option<Condition> {
        match field {
            Some(field) => self.field(side, &field, span, test, span),
            None => {
                self.cannot(side, span, &format!("hold {what}"));
                None
            }
        }
    }

    /// A test of a field, with values as the field holds them.
    fn field(
        &mut self,
        side: Side,
        name: &FieldName,
        name_span: Span,
        test: &Test,
        span: Span,
    ) -> Option<Condition> {
        let spec = self.readable(side, name, name_span)?;
        let reading = Reading { spec: &spec, timezone: self.connection.timezone };
        let mut listed = |values: &[Value]| -> Option<Vec<Value>> {
            let read: Vec<_> =
                values.iter().map(|value| self.say(side, span, reading.value(value))).collect();
            read.into_iter().collect()
        };
        let test = match test {
            Test::OneOf(values) => Test::OneOf(listed(values)?),
            Test::NoneOf(values) => Test::NoneOf(listed(values)?),
            Test::Contains(_) | Test::StartsWith(_) => {
                self.say(side, span, reading.part(test))?;
                test.clone()
            }
            Test::Between(least, most) => {
                self.say(side, span, reading.range(*least, *most))?;
                test.clone()
            }
            Test::IsEmpty(_) => test.clone(),
        };
        Some(Condition::Field(name.clone(), test))
    }

    /// What came of reading a value, after what is wrong with it was said.
    fn say<T>(&mut self, side: Side, span: Span, read: values::Read<T>) -> Option<T> {
        match read {
            Ok(values::Sound { value, doubt: None }) => Some(value),
            Ok(values::Sound { value, doubt: Some(doubt) }) => {
                let message = format!("in `{}` {}", self.app(side), doubt.message);
                self.warning(span, message, doubt.hint);
                Some(value)
            }
            Err(misfit) => {
                let message = format!("in `{}` {}", self.app(side), misfit.message);
                self.error(span, message, misfit.hint);
                None
            }
        }
    }
}
