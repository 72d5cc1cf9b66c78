//! Which kind of value may flow into which, and what is lost on the way.
//!
//! One exhaustive table ([`flow`]) decides the direction of every mapping, default or custom; [`Target`]
//! then turns single values. Nothing flows that cannot be turned without inventing something.

mod address;
mod picklist;
mod target;

pub use address::{AddressPart, AddressRules};
use std::collections::BTreeMap;
use syntony_core::schema::{Access, FieldSpec, Kind, Takes};
pub use target::{Target, plain};

/// A picklist's option map, in the direction of the flow: what the source says = what the target says.
pub type OptionMap = BTreeMap<String, String>;

/// Whether values flow from one field into another, and what they lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Everything arrives.
    Lossless,
    /// It flows, and this is lost.
    Lossy(String),
    /// It does not flow, because of this.
    Refused(String),
}

impl Flow {
    /// Whether anything flows.
    #[must_use]
    pub fn flows(&self) -> bool {
        match self {
            Flow::Lossless | Flow::Lossy(_) => true,
            Flow::Refused(_) => false,
        }
    }

    /// What is lost on the way, if something is.
    #[must_use]
    pub fn loses(&self) -> Option<&str> {
        match self {
            Flow::Lossy(what) => Some(what),
            Flow::Lossless | Flow::Refused(_) => None,
        }
    }
}

/// Whether values of `from` flow into `to`: by access, then by kind, then by number.
#[must_use]
pub fn flow(from: &FieldSpec, to: &FieldSpec, options: &OptionMap) -> Flow {
    if let Some(reason) = locked_reason(to) {
        return Flow::Refused(reason);
    }
    let flow = kind_flow(from, to, options);
    match (flow, from.many, to.many) {
        (Flow::Lossless, true, false) => Flow::Lossy("all entries but one".to_owned()),
        (Flow::Lossy(what), true, false) => Flow::Lossy(format!("all entries but one, and {what}")),
        (flow, _, _) => flow,
    }
}

/// Why a field of a contact that is there cannot be written; `None` if it can.
#[must_use]
pub fn locked_reason(field: &FieldSpec) -> Option<String> {
    match field.access {
        Access::ReadWrite => None,
        Access::ReadOnly => Some(format!("`{}` is read-only", field.name)),
        // Kept in step for one write alone, it would be out of step for ever after.
        Access::CreateOnly => Some(format!("`{}` can be set only when a contact is created", field.name)),
    }
}

/// The table. Rows: what the source holds.
fn kind_flow(from: &FieldSpec, to: &FieldSpec, options: &OptionMap) -> Flow {
    use Kind::{Address, Boolean, Date, DateTime, Email, Number, Phone, Picklist, Text, Url};
    let never = || Flow::Refused(format!("{} does not become {}", a(from.kind), a(to.kind)));
    match (from.kind, to.kind) {
        // Free text of every sort; a value that the target's sort does not take is refused one by one.
        (Text | Email | Phone | Url, Text) | (Text, Email | Phone | Url) => Flow::Lossless,
        (Email, Email) | (Phone, Phone) | (Url, Url) => Flow::Lossless,
        (Email, Phone | Url) | (Phone, Email | Url) | (Url, Email | Phone) => never(),

        // What can be printed flows into text, and text never back: `abc` is no number.
        (Number | Boolean | Date | DateTime, Text) => Flow::Lossless,
        (Picklist, Text) => picklist::into_text(from, options),
        (Address, Text) => Flow::Lossy("which line is which part of the address".to_owned()),
        (Text | Email | Phone | Url, Number | Boolean | Date | DateTime | Address) => never(),

        (Boolean, Boolean) => consent(to),
        (Number, Number) | (Date, Date) | (DateTime, DateTime) | (Address, Address) => Flow::Lossless,
        (Date, DateTime) => Flow::Lossless,
        (DateTime, Date) => Flow::Lossy("the time of day".to_owned()),

        (Picklist, Picklist) => picklist::between(from, to, options),
        (Text, Picklist) => picklist::from_text(to, options),

        (Email | Phone | Url | Number | Boolean | Date | DateTime | Address, Picklist)
        | (Number | Boolean | Date | DateTime | Address | Picklist, Email | Phone | Url)
        | (Picklist, Number | Boolean | Date | DateTime | Address)
        | (Number, Boolean | Date | DateTime | Address)
        | (Boolean, Number | Date | DateTime | Address)
        | (Date | DateTime, Number | Boolean | Address)
        | (Address, Number | Boolean | Date | DateTime) => never(),
    }
}

/// Yes and no, of which some fields take one alone.
fn consent(to: &FieldSpec) -> Flow {
    match to.takes {
        Takes::Any => Flow::Lossless,
        Takes::OptOutOnly(out) => Flow::Lossy(format!("`{}`, because a sync takes no opt-out back", !out)),
    }
}

/// A kind with its article.
#[must_use]
pub fn a(kind: Kind) -> String {
    match kind {
        Kind::Email | Kind::Address => format!("an {kind}"),
        Kind::Text
        | Kind::Phone
        | Kind::Url
        | Kind::Number
        | Kind::Boolean
        | Kind::Date
        | Kind::DateTime
        | Kind::Picklist => format!("a {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> FieldSpec {
        FieldSpec::new("f", kind)
    }

    /// `=` lossless, `~` lossy, `.` refused; without options and maps.
    fn row(from: Kind) -> String {
        let sign = |to| match flow(&field(from), &field(to), &OptionMap::new()) {
            Flow::Lossless => '=',
            Flow::Lossy(_) => '~',
            Flow::Refused(_) => '.',
        };
        Kind::ALL.into_iter().map(sign).collect()
    }

    #[test]
    fn the_table_of_directions() {
        //          into: text email phone url number boolean date datetime picklist address
        let wanted = [
            (Kind::Text, "====......"),
            (Kind::Email, "==........"),
            (Kind::Phone, "=.=......."),
            (Kind::Url, "=..=......"),
            (Kind::Number, "=...=....."),
            (Kind::Boolean, "=....=...."),
            (Kind::Date, "=.....==.."),
            (Kind::DateTime, "=.....~=.."),
            (Kind::Picklist, "=.......=."),
            (Kind::Address, "~........="),
        ];
        for (from, wanted) in wanted {
            assert_eq!(row(from), wanted, "from {from}");
        }
    }

    #[test]
    fn nothing_flows_into_what_cannot_be_written() {
        for access in [Access::ReadOnly, Access::CreateOnly] {
            let to = field(Kind::Text).access(access);
            assert!(!flow(&field(Kind::Text), &to, &OptionMap::new()).flows());
        }
        let source = field(Kind::Text).access(Access::ReadOnly);
        assert!(flow(&source, &field(Kind::Text), &OptionMap::new()).flows());
    }

    #[test]
    fn a_list_into_a_single_field_says_what_it_loses() {
        let list = field(Kind::Email).many();
        assert_eq!(flow(&list, &field(Kind::Email), &OptionMap::new()).loses(), Some("all entries but one"));
        assert_eq!(flow(&field(Kind::Email), &list, &OptionMap::new()), Flow::Lossless);
    }
}
