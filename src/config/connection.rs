//! A connection as the configuration describes it. Sides are settled here; fields are names that only
//! the apps' schemas can say more of.

use super::located::Located;
use super::rule::RuleConfig;
use super::schedule::Schedule;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use syntony_core::ids::{AppName, ConnectionName, FieldName, MappingKey, Tag};
use syntony_core::policy::{Duplicates, GuardLimits, OnClear, Winner};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;

/// The tag that stands for a deletion, by default.
pub const DELETION_TAG: &str = "PieSync Trash";
/// The tag that stands for an unsubscribe, by default.
pub const UNSUBSCRIBE_TAG: &str = "PieSync Unsubscribes";

/// The things with default mappings, by the names that `defaults.off` takes.
pub const CONCEPTS: [&str; 9] =
    ["email", "name", "phone", "company", "title", "address", "website", "birthday", "notes"];

/// One `[connections.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionConfig {
    /// Its name.
    pub name: Located<ConnectionName>,
    /// Its two apps; the first is left.
    pub between: Sides<Located<AppName>>,
    /// Which way data flows.
    pub direction: Located<Direction>,
    /// When the daemon runs it; `None`: when a webhook or a person says so.
    pub schedule: Option<Located<Schedule>>,
    /// Whose clocks the schedule goes by, and what day a moment is on.
    pub timezone: Tz,
    /// Who wins a conflict.
    pub winner: Located<Winner>,
    /// Whether contacts without an e-mail address are left out.
    pub avoid_duplicates: bool,
    /// What several contacts of one app with one address mean.
    pub duplicates: Duplicates,
    /// What an emptied field does.
    pub on_clear: OnClear,
    /// Where deletions are read, and their tag.
    pub deletions: Option<Located<MarkConfig>>,
    /// Where unsubscribes are read, and their tag.
    pub unsubscribes: Option<Located<MarkConfig>>,
    /// When to stop and ask.
    pub guard: GuardLimits,
    /// The rules as written; none means every contact, both ways.
    pub rules: Vec<RuleConfig>,
    /// Mappings beside the default ones.
    pub fields: Vec<FieldMapping>,
    /// Default mappings switched off.
    pub defaults_off: Vec<Located<MappingKey>>,
    /// What a new contact gets in fields that its app requires.
    pub placeholders: Sides<BTreeMap<FieldName, Located<Value>>>,
}

/// Which way data flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    Both,
    /// Into this side alone.
    To(Side),
}

impl Direction {
    /// Whether this side may be written.
    #[must_use]
    pub fn into_side(self, side: Side) -> bool {
        match self {
            Direction::Both => true,
            Direction::To(target) => target == side,
        }
    }
}

/// An event of one side that becomes a tag on the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkConfig {
    /// Where the event is read.
    pub from: Located<Side>,
    /// The tag that it becomes.
    pub tag: Tag,
}

/// One `[[connections.NAME.fields]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldMapping {
    /// The fields of each side: one, or on one side several that belong together.
    pub fields: Sides<Vec<Located<FieldName>>>,
    /// Which way it may flow at most; the types may narrow it. `None`: as the types allow.
    pub direction: Option<Located<Direction>>,
    /// Option on the left, option on the right.
    pub options: Vec<(Located<String>, Located<String>)>,
    /// Whether a value that is too long may be shortened.
    pub truncate: bool,
    /// Where the mapping stands.
    pub span: crate::diagnostics::Span,
}

impl FieldMapping {
    /// What the mapping is called in plans and histories: its field names.
    #[must_use]
    pub fn key(&self) -> MappingKey {
        let side = |side: Side| {
            let names: Vec<&str> = self.fields[side].iter().map(|field| field.as_str()).collect();
            names.join("+")
        };
        MappingKey::new(format!("{}={}", side(Side::Left), side(Side::Right)))
    }
}
