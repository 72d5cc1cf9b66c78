//! From two fields to a lens with its directions.

use super::{Compiled, Context};
use crate::convert::{Flow, OptionMap, Target, a, flow};
use crate::lens::{Comparison, List, Options, Pick, Scalar, Terms};
use crate::table::Table;
use std::sync::Arc;
use syntony_core::ids::MappingKey;
use syntony_core::lens::Lens;
use syntony_core::policy::Role;
use syntony_core::schema::{FieldSpec, Kind, Years};
use syntony_core::side::{Side, Sides};

/// A field as a target, with what the vendor's table adds to the schema.
pub(super) fn target(spec: FieldSpec, table: &Table) -> Target {
    Target { addresses: table.addresses.clone(), ..Target::new(spec) }
}

/// What flows into each side, with the reason or the loss.
pub(super) struct Flows(pub(super) Sides<Flow>);

impl Flows {
    /// Between two fields. `options` goes from left to right.
    pub(super) fn between(targets: Sides<&Target>, options: &OptionMap) -> Self {
        // Of several left options for one right one, the first is meant on the way back, as in the lens.
        let mut back = OptionMap::new();
        for (left, right) in options {
            back.entry(right.clone()).or_insert_with(|| left.clone());
        }
        let into = |side: Side, options: &OptionMap| {
            let (from, to) = (targets[side.other()], targets[side]);
            limited(flow(&from.spec, &to.spec, options), from, to)
        };
        Self(Sides::new(into(Side::Left, &back), into(Side::Right, options)))
    }

    pub(super) fn allowed(&self) -> Sides<bool> {
        self.0.as_ref().map(Flow::flows)
    }

    /// Narrowed to one direction by the admin.
    pub(super) fn only_into(self, side: Side) -> Self {
        let mut flows = self.0;
        flows[side.other()] = Flow::Refused("the configuration gives this direction only".to_owned());
        Self(flows)
    }

    pub(super) fn reason(&self, into: Side) -> &str {
        match &self.0[into] {
            Flow::Refused(reason) => reason,
            Flow::Lossless | Flow::Lossy(_) => "",
        }
    }

    /// Why it goes where it goes. `kinds` tells what the two fields hold.
    pub(super) fn why(&self, kinds: &Sides<String>) -> String {
        let Sides { left, right } = self.allowed();
        let both = if kinds.left == kinds.right {
            format!("both hold {}", kinds.left)
        } else {
            format!("{} and {}", kinds.left, kinds.right)
        };
        match (left, right) {
            (true, true) => both,
            (true, false) => self.reason(Side::Right).to_owned(),
            (false, true) => self.reason(Side::Left).to_owned(),
            (false, false) => format!("{}; {}", self.reason(Side::Left), self.reason(Side::Right)),
        }
    }

    /// What is lost, in either direction.
    pub(super) fn loses(&self) -> Option<String> {
        let mut losses: Vec<&str> = self.0.iter().filter_map(|(_, flow)| flow.loses()).collect();
        losses.dedup();
        (!losses.is_empty()).then(|| losses.join("; "))
    }
}

/// The flow with what the target's limits take away.
fn limited(flow: Flow, from: &Target, to: &Target) -> Flow {
    let mut losses: Vec<String> = flow.loses().map(str::to_owned).into_iter().collect();
    if let Some(limit) = to.shortens_to_chars() {
        let fits = from.spec.max_length_chars.and_then(|chars| usize::try_from(chars).ok());
        if fits.is_none_or(|chars| chars > limit) {
            losses.push(format!("what is longer than {limit} characters in `{}`", to.spec.name));
        }
    }
    match year(from, to) {
        Year::Kept => {}
        Year::Lost(what) => losses.push(what.to_owned()),
        Year::Missing => {
            return Flow::Refused(format!(
                "a day of `{}` never has the year that `{}` needs",
                from.spec.name, to.spec.name
            ));
        }
    }
    let addresses = (from.spec.kind, to.spec.kind) == (Kind::Address, Kind::Address);
    if addresses && !to.addresses.needs.iter().all(|part| from.addresses.needs.contains(part)) {
        losses.push("addresses that are not whole".to_owned());
    }
    match flow {
        Flow::Refused(reason) => Flow::Refused(reason),
        Flow::Lossless | Flow::Lossy(_) if losses.is_empty() => Flow::Lossless,
        Flow::Lossless | Flow::Lossy(_) => Flow::Lossy(losses.join(", and ")),
    }
}

/// What becomes of the year, between two fields that hold days.
enum Year {
    Kept,
    /// What does not arrive.
    Lost(&'static str),
    /// It is never there, and it would have to be invented.
    Missing,
}

fn year(from: &Target, to: &Target) -> Year {
    let years = |target: &Target| match target.spec.kind {
        Kind::Date => Some(target.spec.years),
        // A moment is in some year.
        Kind::DateTime => Some(Years::Required),
        Kind::Text
        | Kind::Email
        | Kind::Phone
        | Kind::Url
        | Kind::Number
        | Kind::Boolean
        | Kind::Picklist
        | Kind::Address => None,
    };
    let (Some(from), Some(to)) = (years(from), years(to)) else { return Year::Kept };
    match (from, to) {
        (Years::Optional, Years::Required) => Year::Lost("days without a year"),
        (Years::Never, Years::Required) => Year::Missing,
        (Years::Required | Years::Optional, Years::Never) => Year::Lost("the year"),
        (Years::Required, Years::Required | Years::Optional)
        | (Years::Optional | Years::Never, Years::Optional)
        | (Years::Never, Years::Never) => Year::Kept,
    }
}

/// What a field holds, for people: `a text`, `a list of phone`.
pub(super) fn describe(spec: &FieldSpec) -> String {
    if spec.many { format!("a list of {}", spec.kind) } else { a(spec.kind) }
}

/// How two fields compare. `concept` is what the values are where the vendors' kinds are plain text.
pub(super) fn comparison(kinds: Sides<Kind>, concept: Option<Kind>, options: &OptionMap) -> Comparison {
    use Kind::{Address, Boolean, Date, DateTime, Email, Number, Phone, Picklist, Text, Url};
    match (kinds.left, kinds.right) {
        (Text, Text) => match concept {
            Some(Email) => Comparison::Email,
            Some(Phone) => Comparison::Phone,
            Some(Url) => Comparison::Url,
            Some(Text | Number | Boolean | Date | DateTime | Picklist | Address) | None => Comparison::Text,
        },
        (Email, Email | Text) | (Text, Email) => Comparison::Email,
        (Phone, Phone | Text) | (Text, Phone) => Comparison::Phone,
        (Url, Url | Text) | (Text, Url) => Comparison::Url,
        (Date, Date | DateTime) | (DateTime, Date) => Comparison::Day,
        (DateTime, DateTime) => Comparison::Moment,
        (Picklist, Picklist | Text) | (Text, Picklist) => Comparison::Option(Options::new(options.clone())),
        (Address, Address) => Comparison::Address,
        // One kind printed as the other, or kinds between which nothing flows: what people read counts.
        (Number | Boolean | Date | DateTime | Address, Text)
        | (Text, Number | Boolean | Date | DateTime | Address)
        | (Number | Boolean, Number | Boolean | Date | DateTime)
        | (Date | DateTime, Number | Boolean)
        | (Email, Phone | Url)
        | (Phone, Email | Url)
        | (Url, Email | Phone)
        | (Email | Phone | Url, Number | Boolean | Date | DateTime | Picklist | Address)
        | (Number | Boolean | Date | DateTime | Picklist | Address, Email | Phone | Url)
        | (Picklist | Address, Number | Boolean | Date | DateTime)
        | (Number | Boolean | Date | DateTime, Picklist | Address)
        | (Picklist, Address)
        | (Address, Picklist) => Comparison::Text,
    }
}

/// The lens for two fields, by how many values each holds.
pub(super) fn value_lens(targets: Sides<Target>, terms: Terms) -> Arc<dyn Lens> {
    match (targets.left.spec.many, targets.right.spec.many) {
        (false, false) => Arc::new(Scalar::new(targets, terms)),
        (true, true) => Arc::new(List::new(targets, terms)),
        (true, false) => Arc::new(Pick::new(Side::Left, targets, terms)),
        (false, true) => Arc::new(Pick::new(Side::Right, targets, terms)),
    }
}

pub(super) fn terms(comparison: Comparison, context: &Context) -> Terms {
    Terms { comparison, timezone: context.timezone, default_region: context.default_region.clone() }
}

/// A mapping between two fields.
pub(super) fn values(
    key: MappingKey,
    targets: Sides<Target>,
    flows: &Flows,
    comparison: Comparison,
    context: &Context,
) -> Compiled {
    let kinds = targets.as_ref().map(|target| describe(&target.spec));
    Compiled {
        key,
        into: flows.allowed(),
        role: Role::Data,
        required: targets.as_ref().map(|target| target.spec.required),
        why: flows.why(&kinds),
        loses: flows.loses(),
        lens: value_lens(targets, terms(comparison, context)),
    }
}
