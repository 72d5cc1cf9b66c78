//! The default mappings: what both vendors' tables name and both accounts have.

use super::build::{Flows, comparison, target, values};
use super::naming::{self, parts_of};
use super::{Compiled, Context};
use crate::convert::{OptionMap, Target};
use crate::lens::NameSide;
use crate::table::{Concept, Place, Table, table};
use syntony_core::ids::MappingKey;
use syntony_core::policy::Role;
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::side::Sides;

/// One mapping for each concept that both apps have, sorted by key. `vendors` are the apps' types in the
/// configuration.
#[must_use]
pub fn defaults(vendors: Sides<&str>, schemas: Sides<&Schema>, context: &Context) -> Vec<Compiled> {
    let tables = vendors.map(table);
    let mut mappings: Vec<Compiled> = Concept::ALL
        .into_iter()
        .filter(|concept| !context.off.contains(concept.as_str()))
        .filter_map(|concept| one(concept, tables, schemas, context))
        .collect();
    mappings.sort_by(|a, b| a.key.cmp(&b.key));
    mappings
}

fn one(
    concept: Concept,
    tables: Sides<&'static Table>,
    schemas: Sides<&Schema>,
    context: &Context,
) -> Option<Compiled> {
    let home = |table: &Table, schema: &Schema| Home::find(concept, table, schema);
    let homes = Sides::new(home(tables.left, schemas.left)?, home(tables.right, schemas.right)?);
    let key = MappingKey::from(concept.as_str());
    match homes {
        Sides { left: Home::Field(left), right: Home::Field(right) } => {
            let targets = Sides::new(*left, *right);
            let flows = Flows::between(targets.as_ref(), &OptionMap::new());
            let kinds = targets.as_ref().map(|target| target.spec.kind);
            let comparison = match concept {
                Concept::Name => crate::lens::Comparison::Name,
                Concept::Email
                | Concept::Phone
                | Concept::Company
                | Concept::Title
                | Concept::Address
                | Concept::Website
                | Concept::Birthday
                | Concept::Notes => comparison(kinds, Some(kind_of(concept)), &OptionMap::new()),
            };
            let role = if concept == Concept::Email { Role::Identity } else { Role::Data };
            let mapping = Compiled { role, ..values(key, targets, &flows, comparison, context) };
            // A mapping through which nothing can flow is none.
            (mapping.into.left || mapping.into.right).then_some(mapping)
        }
        Sides { left, right } => {
            let sides = Sides::new(left.into_name(), right.into_name());
            let flows = naming::flows(&sides);
            let mapping = naming::names(key, sides, &flows, context);
            (mapping.into.left || mapping.into.right).then_some(mapping)
        }
    }
}

/// What a concept's values are, where a vendor calls them plain text.
fn kind_of(concept: Concept) -> Kind {
    match concept {
        Concept::Email => Kind::Email,
        Concept::Phone => Kind::Phone,
        Concept::Website => Kind::Url,
        Concept::Birthday => Kind::Date,
        Concept::Address => Kind::Address,
        Concept::Name | Concept::Company | Concept::Title | Concept::Notes => Kind::Text,
    }
}

/// Where an account keeps a concept.
enum Home {
    Field(Box<Target>),
    Parts(NameSide),
}

impl Home {
    fn find(concept: Concept, table: &Table, schema: &Schema) -> Option<Self> {
        let place = table.concepts.get(&concept)?;
        let specs: Vec<FieldSpec> =
            place.parts.iter().filter_map(|(_, field)| find(field.as_str(), place, schema)).collect();
        if !specs.is_empty() {
            return parts_of(&specs, table).map(|parts| Home::Parts(NameSide::Parts(parts)));
        }
        let spec = place.fields.iter().find_map(|field| find(field.as_str(), place, schema))?;
        Some(Home::Field(Box::new(target(spec, table))))
    }

    fn into_name(self) -> NameSide {
        match self {
            Home::Field(target) => NameSide::Line(*target),
            Home::Parts(parts) => parts,
        }
    }
}

/// The field, if the account has it. An open schema has every field; where the table doubts, only what is
/// listed counts.
fn find(name: &str, place: &Place, schema: &Schema) -> Option<FieldSpec> {
    let listed = schema.fields().iter().any(|field| field.name.as_str() == name);
    if place.if_listed && !listed { None } else { schema.field(name) }
}
