//! Where mappings meet what is written by name: a mapping of the field that holds tags is an error, an action on a
//! mapped field a warning, because it does more than it says.

use super::Bench;
use crate::diagnostics::Span;
use syntony_core::policy::{Action, Effect, Mapping, Rule};
use syntony_core::side::Side;

impl Bench<'_> {
    /// Says what mappings do beside rules and tags.
    pub(super) fn overlaps(&mut self, mappings: &[Mapping], rules: &[Rule]) {
        for mapping in mappings {
            for side in Side::BOTH {
                self.mapped_tags(mapping, side);
            }
        }
        let connection = self.connection;
        let written = connection.rules.iter().flat_map(|rule| &rule.then);
        let compiled: Vec<&Action> = rules.iter().flat_map(|rule| &rule.then).collect();
        for action in written {
            if let Some(known) = compiled.iter().find(|known| known.key == action.key) {
                self.mapped_set(mappings, known, action.span);
            }
        }
    }

    fn mapped_tags(&mut self, mapping: &Mapping, side: Side) {
        let Some(field) = mapping.lens.fields(side).iter().find(|field| self.holds_tags(side, field)) else {
            return;
        };
        let own = self.connection.fields.iter().flat_map(|mapped| &mapped.fields[side]);
        let named = own.filter(|name| name.value == *field).map(|name| name.span).next();
        let span = named.unwrap_or(self.connection.name.span);
        let message = format!(
            "`{}` keeps its tags in `{field}`, and the mapping `{}` is not to write over them",
            self.app(side),
            mapping.key
        );
        self.error(span, message, "let rules carry tags, or keep them in another field");
    }

    fn mapped_set(&mut self, mappings: &[Mapping], action: &Action, span: Span) {
        let Effect::Set(field, _) = &action.effect else { return };
        let (side, other) = (action.on, action.on.other());
        let Some(mapping) = mappings.iter().find(|mapping| mapping.lens.fields(side).contains(field)) else {
            return;
        };
        let (here, there, key) = (self.app(side), self.app(other), &mapping.key);
        let (message, hint) = match (mapping.into[side], mapping.into[other]) {
            (true, true) => (
                format!(
                    "the mapping `{key}` carries what is set here on to `{there}`, and a change there back"
                ),
                "set it in one app and let the mapping do the rest, or map the field one way",
            ),
            (false, true) => (
                format!("the mapping `{key}` carries what is set here on to `{there}`"),
                "if that is not meant, set a field that is not mapped",
            ),
            (true, false) => (
                format!(
                    "the mapping `{key}` writes this field of `{here}` too: a change in `{there}` goes over it"
                ),
                "set a field that is not mapped",
            ),
            (false, false) => return,
        };
        self.warning(span, message, hint);
    }
}
