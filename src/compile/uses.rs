//! Whether an app has a field, and what may be done with it.

use super::Bench;
use crate::config::nearest::nearest;
use crate::diagnostics::Span;
use syntony_core::ids::FieldName;
use syntony_core::schema::{Access, FieldSpec};
use syntony_core::side::Side;
use syntony_mappings::facts;

/// When a field is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// When its contact is made, and never after.
    Create,
    /// At any time.
    Always,
}

impl Bench<'_> {
    /// A field that a condition looks at.
    pub(super) fn readable(&mut self, side: Side, name: &FieldName, span: Span) -> Option<FieldSpec> {
        let spec = self.known(side, name, span)?;
        if self.holds_tags(side, name) && !self.is_listed(side, name) {
            let message =
                format!("`{}` keeps its tags in `{name}`, and shows them as tags alone", self.app(side));
            self.error(span, message, "use `has_tag` or `lacks_tag`");
            return None;
        }
        Some(spec)
    }

    /// A field that is written by name: not the one that contacts match on, and not the one that holds their tags.
    pub(super) fn writable_field(
        &mut self,
        side: Side,
        name: &FieldName,
        span: Span,
        moment: Moment,
    ) -> Option<FieldSpec> {
        let spec = self.known(side, name, span)?;
        let app = self.app(side);
        let (message, hint) = if facts::email_fields(&self.apps[side].vendor).contains(name) {
            let message = format!("contacts match on `{name}`, so it is never set to one value for many");
            (message, "let the person's own address stand")
        } else if self.holds_tags(side, name) {
            let message = format!("`{app}` keeps its tags in `{name}`, which is written by tags alone");
            (message, "use `add_tag` and `remove_tag`")
        } else {
            match (spec.access, moment) {
                (Access::ReadWrite, _) | (Access::CreateOnly, Moment::Create) => return Some(spec),
                (Access::CreateOnly, Moment::Always) => {
                    let message =
                        format!("`{app}` takes `{name}` when a contact is created, and never after");
                    (message, "set it by `placeholders`, or choose another field")
                }
                (Access::ReadOnly, _) => {
                    let message = format!("`{app}` does not let anybody write `{name}`");
                    (message, "choose a field that can be written")
                }
            }
        };
        self.error(span, message, hint);
        None
    }

    /// The field, if the app has it or makes it when it is first written. Says so where its name looks like a slip.
    fn known(&mut self, side: Side, name: &FieldName, span: Span) -> Option<FieldSpec> {
        let app = &self.apps[side];
        let near = nearest(name.as_str(), app.schema.fields().iter().map(|field| field.name.as_str()));
        let lists = format!("`syntony fields {}` lists them", app.name);
        match (app.schema.field(name.as_str()), near) {
            (None, near) => {
                let message = format!("`{}` has no field `{name}`", app.name);
                let hint = near.map_or_else(|| lists.clone(), |near| format!("is it `{near}`? {lists}"));
                self.error(span, message, hint);
                None
            }
            // An open schema takes any name: nothing else would ever tell of a slip.
            (Some(spec), Some(near)) if !self.is_listed(side, name) && !self.holds_tags(side, name) => {
                let message = format!("`{}` has no field `{name}` yet", app.name);
                self.warning(span, message, format!("is it `{near}`? {lists}"));
                Some(spec)
            }
            (Some(spec), _) => Some(spec),
        }
    }

    /// Whether the app keeps its tags in this field.
    pub(super) fn holds_tags(&self, side: Side, name: &FieldName) -> bool {
        let limits = self.apps[side].capabilities.tags.as_ref();
        limits.and_then(|limits| limits.field.as_ref()) == Some(name)
    }

    fn is_listed(&self, side: Side, name: &FieldName) -> bool {
        self.apps[side].schema.fields().iter().any(|field| field.name == *name)
    }

    /// An app's name, for messages.
    pub(super) fn app(&self, side: Side) -> &str {
        self.apps[side].name.as_str()
    }

    /// Complains that an app lacks what a line asks for.
    pub(super) fn cannot(&mut self, side: Side, span: Span, what: &str) {
        let message = format!("`{}` cannot {what}", self.app(side));
        self.error(span, message, "take this out, or use the other app");
    }
}
