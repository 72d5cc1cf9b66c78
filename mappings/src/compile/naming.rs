//! Mappings between two names: part by part where both have parts, in one line where one of them has not.

use super::build::{Flows, target};
use super::{Compiled, Context};
use crate::convert::{Flow, Target, locked_reason};
use crate::lens::{Name, NameSide};
use crate::names::PARTS;
use crate::table::{Concept, Table};
use std::collections::BTreeMap;
use std::sync::Arc;
use syntony_core::ids::MappingKey;
use syntony_core::lens::Part;
use syntony_core::policy::Role;
use syntony_core::schema::{FieldSpec, Kind};
use syntony_core::side::{Side, Sides};

/// The parts of a name among these fields, if each of them is one.
pub(super) fn parts_of(specs: &[FieldSpec], table: &Table) -> Option<BTreeMap<Part, Target>> {
    let place = table.concepts.get(&Concept::Name)?;
    let parts =
        specs.iter().map(|spec| Some((place.parts.part_of(&spec.name)?, target(spec.clone(), table))));
    let parts: Option<BTreeMap<_, _>> = parts.collect();
    parts.filter(|parts| parts.len() == specs.len())
}

/// What of a name flows into each side.
pub(super) fn flows(sides: &Sides<NameSide>) -> Flows {
    Flows(Sides::from_fn(|side| flow(&sides[side.other()], &sides[side])))
}

/// A mapping between two names.
pub(super) fn names(key: MappingKey, sides: Sides<NameSide>, flows: &Flows, context: &Context) -> Compiled {
    Compiled {
        key,
        into: flows.allowed(),
        role: Role::Data,
        required: Sides::from_fn(|side| specs(&sides[side]).any(|spec| spec.required)),
        why: flows.why(&Sides::new("a name".to_owned(), "a name".to_owned())),
        loses: flows.loses(),
        lens: Arc::new(Name::new(sides, context.timezone)),
    }
}

fn specs(side: &NameSide) -> Box<dyn Iterator<Item = &FieldSpec> + '_> {
    match side {
        NameSide::Line(target) => Box::new(std::iter::once(&target.spec)),
        NameSide::Parts(parts) => Box::new(parts.values().map(|target| &target.spec)),
    }
}

fn flow(from: &NameSide, to: &NameSide) -> Flow {
    if let Some(reason) = specs(to).find_map(locked_reason) {
        return Flow::Refused(reason);
    }
    let NameSide::Parts(parts) = to else { return Flow::Lossless };
    let mut losses: Vec<String> = homeless(from, parts).into_iter().collect();
    let strict = parts.iter().filter(|(part, target)| !takes_all(target, from, **part));
    losses.extend(
        strict
            .map(|(part, target)| format!("a {} that is no option of `{}`", words(*part), target.spec.name)),
    );
    if losses.is_empty() { Flow::Lossless } else { Flow::Lossy(losses.join(", and ")) }
}

/// The parts that the source tells and the target has no field for. In a line every part may stand; its middle
/// name goes to the given name where nothing else takes it.
fn homeless(from: &NameSide, to: &BTreeMap<Part, Target>) -> Option<String> {
    let told = |part: &Part| match from {
        NameSide::Line(_) => *part != Part::Middle,
        NameSide::Parts(parts) => parts.contains_key(part),
    };
    let homeless = PARTS.iter().filter(|part| told(part) && !to.contains_key(part));
    let homeless: Vec<String> = homeless.map(|part| format!("the {}", words(*part))).collect();
    (!homeless.is_empty()).then(|| homeless.join(", "))
}

/// Whether the field takes whatever the source says of that part: a prefix that is no option is left out.
fn takes_all(target: &Target, from: &NameSide, part: Part) -> bool {
    let options = &target.spec.options;
    let told = match from {
        NameSide::Line(_) => None,
        NameSide::Parts(parts) => match parts.get(&part) {
            Some(source) => Some(&source.spec.options),
            // What the source never says cannot be left out.
            None => return true,
        },
    };
    let known = told.is_some_and(|told| !told.is_empty() && told.iter().all(|one| options.contains(one)));
    options.is_empty() || known
}

fn words(part: Part) -> &'static str {
    match part {
        Part::Whole => "name",
        Part::Prefix => "prefix",
        Part::Given => "given name",
        Part::Middle => "middle name",
        Part::Family => "family name",
        Part::Suffix => "suffix",
    }
}

/// Both sides as names, if one side lists parts of a name and the other can hold a name.
pub(super) fn sides(
    specs: &Sides<Vec<FieldSpec>>,
    tables: &Sides<&'static Table>,
) -> Option<Sides<NameSide>> {
    let parts = Sides::from_fn(|side| {
        let several = specs[side].len() > 1;
        several.then(|| parts_of(&specs[side], tables[side])).flatten().map(NameSide::Parts)
    });
    let line = |side: Side| match specs[side].as_slice() {
        [spec] if spec.kind == Kind::Text && !spec.many => {
            Some(NameSide::Line(target(spec.clone(), tables[side])))
        }
        _ => None,
    };
    match (parts.left, parts.right) {
        (Some(left), Some(right)) => Some(Sides::new(left, right)),
        (Some(left), None) => Some(Sides::new(left, line(Side::Right)?)),
        (None, Some(right)) => Some(Sides::new(line(Side::Left)?, right)),
        (None, None) => None,
    }
}
