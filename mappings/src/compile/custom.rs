//! A mapping that the configuration asks for.

use super::build::{Flows, comparison, describe, target, terms, values};
use super::{Compiled, Context, MappingError, naming};
use crate::convert::{Flow, Target};
use crate::lens::Scalar;
use crate::table::{Concept, Table, table};
use std::collections::BTreeMap;
use std::sync::Arc;
use syntony_core::ids::{FieldName, MappingKey};
use syntony_core::policy::Role;
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::side::{Side, Sides};

/// How near a name must be to be worth a hint, from 0 to 1.
const HINT_SIMILARITY: f64 = 0.75;

/// A mapping as the configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custom {
    /// The fields of each side, in the order of the configuration.
    pub fields: Sides<Vec<FieldName>>,
    /// The only side that may be written, if the configuration names one.
    pub into: Option<Side>,
    /// Left option = right option.
    pub options: BTreeMap<String, String>,
    /// Whether a text that is too long is shortened.
    pub truncate: bool,
}

impl Custom {
    /// The mapping's name: its fields.
    #[must_use]
    pub fn key(&self) -> MappingKey {
        let Sides { left, right } = self
            .fields
            .as_ref()
            .map(|fields| fields.iter().map(FieldName::as_str).collect::<Vec<_>>().join(" + "));
        MappingKey::new(format!("{left} <-> {right}"))
    }
}

/// The mapping that the configuration asks for. `vendors` are the apps' types.
///
/// # Errors
/// The first thing that is wrong with it, with what would help.
pub fn custom(
    spec: &Custom,
    vendors: Sides<&str>,
    schemas: Sides<&Schema>,
    context: &Context,
) -> Result<Compiled, MappingError> {
    let tables = vendors.map(table);
    let find = |side: Side| specs(side, &spec.fields[side], schemas[side]);
    let specs = Sides::new(find(Side::Left)?, find(Side::Right)?);
    // Switched off, the address may be copied into any other field.
    if !context.off.contains(Concept::Email.as_str()) {
        check_identity(&specs, &tables)?;
    }
    if let Some(sides) = naming::sides(&specs, &tables) {
        let first = Sides::from_fn(|side| first(&specs[side]));
        let flows = directed(naming::flows(&sides), spec.into, first)?;
        check_name(spec)?;
        return Ok(naming::names(spec.key(), sides, &flows, context));
    }
    match (specs.left.as_slice(), specs.right.as_slice()) {
        ([left], [right]) => pair(spec, Sides::new(left, right), &tables, context),
        (several, [single]) => joined(spec, Side::Left, several, single, &tables, context),
        ([single], several) => joined(spec, Side::Right, several, single, &tables, context),
        _ => Err(MappingError::SeveralToSeveral),
    }
}

fn first(specs: &[FieldSpec]) -> FieldName {
    specs.first().map_or_else(|| FieldName::from(""), |spec| spec.name.clone())
}

fn specs(side: Side, names: &[FieldName], schema: &Schema) -> Result<Vec<FieldSpec>, MappingError> {
    if names.is_empty() {
        return Err(MappingError::NoField { side });
    }
    names
        .iter()
        .map(|name| {
            schema.field(name.as_str()).ok_or_else(|| MappingError::UnknownField {
                side,
                field: name.clone(),
                nearest: nearest(name, schema),
            })
        })
        .collect()
}

fn nearest(name: &FieldName, schema: &Schema) -> Option<FieldName> {
    let wanted = name.as_str().to_lowercase();
    let similarity = |field: &FieldName| strsim::jaro_winkler(&wanted, &field.as_str().to_lowercase());
    let names = schema.fields().iter().map(|field| &field.name);
    let best = names.map(|field| (similarity(field), field)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(similarity, _)| *similarity >= HINT_SIMILARITY).map(|(_, field)| field.clone())
}

/// One field to one field.
fn pair(
    spec: &Custom,
    specs: Sides<&FieldSpec>,
    tables: &Sides<&'static Table>,
    context: &Context,
) -> Result<Compiled, MappingError> {
    check_options(spec, specs)?;
    check_truncate(spec, specs)?;
    let targets = targets(spec, specs, tables);
    let identity = Sides::from_fn(|side| is_email(specs[side], tables[side]));
    let mut flows = Flows::between(targets.as_ref(), &spec.options);
    for side in Side::BOTH.into_iter().filter(|side| identity[*side] && !identity[side.other()]) {
        flows.0[side] = over_an_address();
    }
    let flows = directed(flows, spec.into, specs.map(|spec| spec.name.clone()))?;
    let comparison = comparison(specs.map(|spec| spec.kind), concept_kind(&specs, tables), &spec.options);
    let mapping = values(spec.key(), targets, &flows, comparison, context);
    Ok(Compiled {
        role: if identity.left && identity.right { Role::Identity } else { Role::Data },
        ..mapping
    })
}

/// Several fields to one: printed with spaces between, and never taken apart again.
fn joined(
    spec: &Custom,
    several_side: Side,
    several: &[FieldSpec],
    single: &FieldSpec,
    tables: &Sides<&'static Table>,
    context: &Context,
) -> Result<Compiled, MappingError> {
    if let Some(list) = several.iter().find(|field| field.many) {
        return Err(MappingError::ListAmongSeveral { side: several_side, field: list.name.clone() });
    }
    let single_side = several_side.other();
    if single.many {
        return Err(MappingError::JoinedIntoList { side: single_side, field: single.name.clone() });
    }
    let mut specs = Sides::new(single.clone(), single.clone());
    // Of what the fields hold, only the text that a person would read is left.
    specs[several_side] = FieldSpec::new(spec.key().as_str(), Kind::Text);
    check_options(spec, specs.as_ref())?;
    let targets = targets(spec, specs.as_ref(), tables);
    let mut flows = Flows::between(targets.as_ref(), &spec.options);
    flows.0[several_side] = Flow::Refused("several fields in one cannot be told apart again".to_owned());
    if is_email(single, tables[single_side]) {
        flows.0[single_side] = over_an_address();
    }
    let mut names = Sides::new(single.name.clone(), single.name.clone());
    names[several_side] = first(several);
    let flows = directed(flows, spec.into, names)?;
    let kinds = specs.as_ref().map(describe);
    let comparison = comparison(specs.as_ref().map(|spec| spec.kind), None, &spec.options);
    let lens = Scalar { fields: spec.fields.clone(), targets, terms: terms(comparison, context) };
    Ok(Compiled {
        key: spec.key(),
        into: flows.allowed(),
        role: Role::Data,
        required: specs.as_ref().map(|spec| spec.required),
        why: flows.why(&kinds),
        loses: flows.loses(),
        lens: Arc::new(lens),
    })
}

fn targets(spec: &Custom, specs: Sides<&FieldSpec>, tables: &Sides<&'static Table>) -> Sides<Target> {
    Sides::from_fn(|side| Target { truncate: spec.truncate, ..target(specs[side].clone(), tables[side]) })
}

/// What contacts match on is mapped to its like, and to nothing else: with the address somewhere else, whoever is
/// created would have none, and nobody would ever be found again.
fn check_identity(specs: &Sides<Vec<FieldSpec>>, tables: &Sides<&'static Table>) -> Result<(), MappingError> {
    let alone = |side: Side| match specs[side].as_slice() {
        [spec] => is_email(spec, tables[side]),
        _ => false,
    };
    if alone(Side::Left) && alone(Side::Right) {
        return Ok(());
    }
    let address = Side::BOTH.into_iter().find_map(|side| {
        let field = specs[side].iter().find(|spec| is_email(spec, tables[side]))?;
        Some(MappingError::IdentityElsewhere { side, field: field.name.clone() })
    });
    address.map_or(Ok(()), Err)
}

/// An address is who somebody is: with another field written over it, a contact would become somebody else, and mail
/// that one person agreed to would go to another.
fn over_an_address() -> Flow {
    Flow::Refused("contacts match on it, and only an address is written to it".to_owned())
}

/// A name is written part by part: there is nothing in it to map by options, and a shortened one is another one.
fn check_name(spec: &Custom) -> Result<(), MappingError> {
    if !spec.options.is_empty() {
        return Err(MappingError::NoPicklist);
    }
    if spec.truncate { Err(MappingError::TruncatedName) } else { Ok(()) }
}

/// Every option that the configuration names must be one of its picklist.
fn check_options(spec: &Custom, specs: Sides<&FieldSpec>) -> Result<(), MappingError> {
    if spec.options.is_empty() {
        return Ok(());
    }
    if specs.left.kind != Kind::Picklist && specs.right.kind != Kind::Picklist {
        return Err(MappingError::NoPicklist);
    }
    let named = Sides::new(spec.options.keys().collect::<Vec<_>>(), spec.options.values().collect());
    for (side, named) in named.iter() {
        let field = specs[side];
        let stranger = named.iter().find(|option| !field.options.contains(option));
        if let (Kind::Picklist, false, Some(stranger)) = (field.kind, field.options.is_empty(), stranger) {
            return Err(MappingError::UnknownOption {
                side,
                field: field.name.clone(),
                option: (*stranger).clone(),
                allowed: field.options.clone(),
            });
        }
    }
    Ok(())
}

/// A shortened entry of a list would be another entry.
fn check_truncate(spec: &Custom, specs: Sides<&FieldSpec>) -> Result<(), MappingError> {
    let list = specs.iter().find(|(_, field)| field.many);
    match list.filter(|_| spec.truncate) {
        Some((side, field)) => Err(MappingError::TruncatedList { side, field: field.name.clone() }),
        None => Ok(()),
    }
}

/// The flows narrowed to the direction that was asked for. Something must be left.
fn directed(flows: Flows, into: Option<Side>, names: Sides<FieldName>) -> Result<Flows, MappingError> {
    let allowed = flows.allowed();
    match into {
        Some(side) if !allowed[side] => Err(MappingError::NoFlow {
            side,
            field: names[side].clone(),
            reason: flows.reason(side).to_owned(),
        }),
        Some(side) => Ok(flows.only_into(side)),
        None if !allowed.left && !allowed.right => Err(MappingError::NoFlowAtAll {
            left: flows.reason(Side::Left).to_owned(),
            right: flows.reason(Side::Right).to_owned(),
        }),
        None => Ok(flows),
    }
}

/// What the values are where both kinds are plain text: a vendor's table may know.
fn concept_kind(specs: &Sides<&FieldSpec>, tables: &Sides<&'static Table>) -> Option<Kind> {
    Side::BOTH.into_iter().find_map(|side| {
        let of = |concept: Concept| is(specs[side], tables[side], concept);
        if of(Concept::Email) {
            Some(Kind::Email)
        } else if of(Concept::Phone) {
            Some(Kind::Phone)
        } else if of(Concept::Website) {
            Some(Kind::Url)
        } else {
            None
        }
    })
}

fn is_email(spec: &FieldSpec, table: &Table) -> bool {
    is(spec, table, Concept::Email)
}

fn is(spec: &FieldSpec, table: &Table, concept: Concept) -> bool {
    table.concepts.get(&concept).is_some_and(|place| place.fields.contains(&spec.name))
}
