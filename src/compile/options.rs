//! Whether a connection stands or falls by the options of a picklist, which people rename at any time.

use super::{AppFacts, Compiled};
use syntony_connectors::contract::TagOrigin;
use syntony_core::ids::FieldName;
use syntony_core::policy::{Condition, Effect, Mapping, Policy};
use syntony_core::schema::Kind;
use syntony_core::side::{Side, Sides};
use syntony_mappings::table::Concept;

/// On which sides what was compiled writes an option, or looks for one: a rule that looks for an option that has
/// another name by now would select nobody, and take back what it did for everybody. A connection that does not
/// compile counts as one that does: its fault may be such an option.
#[must_use]
pub fn goes_by_options(compiled: &Compiled, apps: &Sides<AppFacts>) -> Sides<bool> {
    Sides::from_fn(|side| {
        let Some(policy) = &compiled.policy else { return true };
        let app = &apps[side];
        let is_picklist = |name: &FieldName| {
            app.schema.field(name.as_str()).is_some_and(|field| field.kind == Kind::Picklist)
        };
        let tags = app.capabilities.tags.as_ref();
        let tags_are_options = tags.is_some_and(|limits| limits.origin == TagOrigin::Options);
        (tags_are_options && speaks_of_tags(policy, side))
            || mapped(policy, side).chain(named(policy, side)).any(is_picklist)
    })
}

/// The fields that mappings write. (A salutation that is no option is left out of a name, so names do not wait.)
fn mapped(policy: &Policy, side: Side) -> impl Iterator<Item = &FieldName> {
    let is_name = |mapping: &&Mapping| mapping.key.as_str() == Concept::Name.as_str();
    let written = policy.mappings.iter().filter(move |mapping| mapping.into[side] && !is_name(mapping));
    written.flat_map(move |mapping| mapping.lens.fields(side))
}

/// The fields that rules look at or set, and those that new contacts get filled.
fn named(policy: &Policy, side: Side) -> impl Iterator<Item = &FieldName> {
    let from_here = policy.rules.iter().filter(move |rule| rule.from == side);
    let looked_at = from_here.flat_map(|rule| &rule.when).filter_map(|condition| match condition {
        Condition::Field(field, _) => Some(field),
        Condition::HasTag(_)
        | Condition::LacksTag(_)
        | Condition::ExistsInOther
        | Condition::Unsubscribed(_)
        | Condition::Deleted => None,
    });
    let done_here = policy.rules.iter().flat_map(|rule| &rule.then).filter(move |action| action.on == side);
    let set = done_here.filter_map(|action| match &action.effect {
        Effect::Set(field, _) => Some(field),
        Effect::AddTag(_) | Effect::RemoveTag(_) => None,
    });
    looked_at.chain(set).chain(policy.placeholders[side].keys())
}

fn speaks_of_tags(policy: &Policy, side: Side) -> bool {
    let marked =
        [&policy.deletions, &policy.unsubscribes].into_iter().flatten().any(|mark| mark.from != side);
    let looks = |condition: &Condition| matches!(condition, Condition::HasTag(_) | Condition::LacksTag(_));
    marked
        || policy.rules.iter().any(|rule| {
            (rule.from == side && rule.when.iter().any(looks))
                || rule
                    .then
                    .iter()
                    .any(|action| action.on == side && !matches!(action.effect, Effect::Set(..)))
        })
}
