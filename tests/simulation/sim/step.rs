//! What happens in a world, one step at a time. A step names whom it is done to by a number that is
//! taken modulo whoever is there then.

use super::crash::Crash;
use std::fmt;
use syntony::run::Mode;
use syntony_connectors::memory::{Fault, Faults};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A person edits a field of a contact.
    Edit { side: Side, whom: usize, field: &'static str, how: How, tells: Tells },
    /// A person adds a contact.
    Add { side: Side, fields: Fields, tells: Tells },
    /// A person adds one contact to both apps at the same time.
    AddToBoth { fields: Sides<Fields> },
    /// A person deletes a contact.
    Delete { side: Side, whom: usize },
    /// A person brings a deleted contact back.
    Restore { side: Side, whom: usize },
    /// A person merges one contact into another.
    Merge { side: Side, loser: usize, survivor: usize },
    /// A person puts a tag on a contact, or takes it off.
    Tag { side: Side, whom: usize, tag: &'static str, on: bool },
    /// A contact goes out of sight, or comes back into it.
    Sight { side: Side, whom: usize, visible: bool },
    /// A vendor gives up all of its cursors.
    ExpireCursors { side: Side },
    /// Nothing happens for a while.
    Wait { seconds: u64 },
    /// The engine runs.
    Run { mode: Mode, odds: Sides<Odds>, crash: Option<Crash> },
}

/// How a vendor misbehaves during one run: each fault with its odds, in percent per chance.
pub(crate) type Odds = Vec<(Fault, u8)>;

/// The odds as the vendor takes them.
pub(super) fn faults(odds: &Odds) -> Faults {
    odds.iter().fold(Faults::none(), |faults, (fault, percent)| faults.with(*fault, *percent))
}

/// Whether a discovering vendor's feed points at the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    /// The person talked to us as well.
    Yes,
    /// Nobody hears of it.
    No,
}

/// How a field is edited. A list gets or loses one entry, a single field all it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The value, or the first entry of a list, is another one.
    Set(String),
    /// A list gets one more entry, a single field another value.
    Append(String),
    /// A list loses its last entry, a single field is emptied.
    DropLast,
    /// Emptied altogether.
    Clear,
    /// A list's last entry becomes its first; a single field stays.
    Rotate,
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = |fields: &Fields| {
            let plain: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{name}={}", value.to_plain()))
                .collect();
            plain.join(" ")
        };
        match self {
            Step::Edit { side, whom, field, how, tells } => {
                write!(out, "edit {side:?} #{whom} {field} {how:?} tells={tells:?}")
            }
            Step::Add { side, fields, tells } => write!(out, "add {side:?} {} tells={tells:?}", json(fields)),
            Step::AddToBoth { fields } => {
                write!(out, "add to both: {} | {}", json(&fields.left), json(&fields.right))
            }
            Step::Delete { side, whom } => write!(out, "delete {side:?} #{whom}"),
            Step::Restore { side, whom } => write!(out, "restore {side:?} #{whom}"),
            Step::Merge { side, loser, survivor } => write!(out, "merge {side:?} #{loser} into #{survivor}"),
            Step::Tag { side, whom, tag, on } => write!(out, "tag {side:?} #{whom} {tag} on={on}"),
            Step::Sight { side, whom, visible } => write!(out, "sight {side:?} #{whom} visible={visible}"),
            Step::ExpireCursors { side } => write!(out, "expire cursors {side:?}"),
            Step::Wait { seconds } => write!(out, "wait {seconds} s"),
            Step::Run { mode, odds, crash } => {
                write!(out, "{} crash={crash:?} faults={:?} | {:?}", mode.as_str(), odds.left, odds.right)
            }
        }
    }
}
