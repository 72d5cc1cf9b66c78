//! `[connections.NAME]`: two apps and how they sync, what is mapped beside the defaults, and when a run
//! stops as a mistake.

use super::rule::Rule;
use super::text::{self, AppName, FieldName, Scalar, Tag, Text};
use crate::config::connection::{CONCEPTS, DELETION_TAG, UNSUBSCRIBE_TAG};
use crate::config::read_connection::MAX_GUARD_CHANGES;
use schemars::JsonSchema;
use std::collections::BTreeMap;
use syntony_core::policy::GuardLimits;

/// Two apps, and how they sync.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(title = "Connection", deny_unknown_fields)]
pub struct Connection {
    /// The two apps; the first is the left one.
    #[schemars(extend("uniqueItems" = true, "examples" = [["chat", "google"]]))]
    pub between: [AppName; 2],
    /// Which way data flows: `"both"`, or `"to APP"`, and the other side is never written. It wins over rules and mappings.
    #[schemars(extend("pattern" = text::DIRECTION, "default" = "both", "examples" = ["both", "to google"]))]
    pub direction: Option<String>,
    /// Who wins a conflict: an app's name, or `"ask"`, and the field waits for a person. It decides that one field alone; the loser's
    /// value stays in the history.
    #[schemars(extend("default" = "ask", "examples" = ["ask", "google"]))]
    pub winner: Option<AppName>,
    /// Whether only contacts with an e-mail address are synced. Off: contacts without one are created once, and never matched.
    #[schemars(extend("default" = true))]
    pub avoid_duplicates: Option<bool>,
    /// Several contacts of one app share an address: `"hold"` links none of them, `"best"` the most complete, then the oldest.
    #[schemars(extend("enum" = ["hold", "best"], "default" = "hold"))]
    pub duplicates: Option<String>,
    /// What an emptied field does: it empties the other side (`"propagate"`), or does not, and is not refilled (`"keep"`).
    #[schemars(extend("enum" = ["propagate", "keep"], "default" = "propagate"))]
    pub on_clear: Option<String>,
    /// A deletion in one app becomes a tag in the other, once. Nothing is ever deleted. Absent: off.
    #[schemars(extend("examples" = [{ "from": "google", "tag": DELETION_TAG }]))]
    #[schemars(transform = deletions)]
    pub deletions: Option<Mark>,
    /// An unsubscribe in one app becomes a tag in the other. Absent: off.
    #[schemars(extend("examples" = [{ "from": "news", "tag": UNSUBSCRIBE_TAG }]))]
    #[schemars(transform = unsubscribes)]
    pub unsubscribes: Option<Mark>,
    /// When a run stops and asks, because it looks like a mistake.
    pub guard: Option<Guard>,
    /// When the daemon runs it: *second minute hour day month weekday*, five fields as in a crontab, or `@hourly`, `@daily`,
    /// `@weekly`, `@monthly`, `@yearly`. Absent: a person says so.
    #[schemars(extend("pattern" = text::SCHEDULE, "examples" = ["0 */5 * * * *", "30 6 * * MON-FRI", "@hourly"]))]
    pub schedule: Option<String>,
    /// Whose clocks the schedule goes by, and on which day a moment falls: a name of the IANA database.
    #[schemars(extend("default" = "UTC", "examples" = ["Europe/Brussels", "America/New_York", "UTC"]))]
    pub timezone: Option<Text>,
    /// Which contacts sync, and what is done to them. None: every contact, both ways.
    pub rules: Option<Vec<Rule>>,
    /// Mappings beside the default ones, or in place of one that has the same field.
    pub fields: Option<Vec<Mapping>>,
    /// The default mappings.
    pub defaults: Option<Defaults>,
    /// For each app, what a new contact gets in fields that the app requires; on create only, and it never flows back.
    #[schemars(extend("examples" = [{ "crm": { "LastName": "(unknown)" } }]))]
    pub placeholders: Option<BTreeMap<String, BTreeMap<String, Scalar>>>,
}

/// An event of one app that becomes a tag in the other.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Mark {
    /// The app where it is seen.
    pub from: AppName,
    /// The tag that it becomes in the other app.
    pub tag: Option<Tag>,
}

fn deletions(schema: &mut schemars::Schema) {
    default_tag(schema, DELETION_TAG);
}

fn unsubscribes(schema: &mut schemars::Schema) {
    default_tag(schema, UNSUBSCRIBE_TAG);
}

/// The two marks are one type, but for this.
fn default_tag(schema: &mut schemars::Schema, default: &str) {
    if let Some(tag) = schema.pointer_mut("/properties/tag").and_then(|tag| tag.as_object_mut()) {
        tag.insert("default".to_owned(), default.into());
    }
}

/// When a run stops and asks.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Guard {
    /// More of one kind than this share of the linked contacts, in percent, once there are more than ten.
    #[schemars(range(min = 0, max = 100), extend("default" = GuardLimits::default().max_changes_percent))]
    pub max_changes_percent: Option<u32>,
    /// More of one kind than this.
    #[schemars(range(min = 0, max = MAX_GUARD_CHANGES), extend("default" = GuardLimits::default().max_changes))]
    pub max_changes: Option<u32>,
}

/// A field of one app tied to a field, or several, of the other. Each app's name is a key, whose value is the field as the vendor's
/// API names it.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(extend("minProperties" = 2))]
#[schemars(extend("examples" = [{ "chat": "favourite_colour", "google": "userDefined.Favourite colour" }]))]
pub struct Mapping {
    /// Which way it may flow at most: `"both"` or `"to APP"`; never wider than the types allow. By default as the types allow.
    #[schemars(extend("pattern" = text::DIRECTION, "examples" = ["both", "to google"]))]
    pub direction: Option<String>,
    /// For picklists: the left value = the right value.
    #[schemars(extend("examples" = [{ "Open": "Inquiry" }]))]
    pub options: Option<BTreeMap<String, Text>>,
    /// Whether a text that is too long is shortened. The short form never flows back.
    #[schemars(extend("default" = false))]
    pub truncate: Option<bool>,
    /// The fields.
    #[schemars(flatten)]
    pub fields: BTreeMap<String, FieldNames>,
}

/// The field of this app, or, on one side, several that belong together.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum FieldNames {
    /// One field, as the vendor's API names it; nested ones with dots.
    One(FieldName),
    /// Several fields that are one on the other side.
    Several(#[schemars(length(min = 1))] Vec<FieldName>),
}

/// The default mappings.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Defaults {
    /// Default mappings that are switched off, by concept.
    #[schemars(extend("default" = []))]
    pub off: Option<Vec<Concept>>,
}

/// Something that both apps know and that is mapped by default.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct Concept(#[schemars(extend("enum" = CONCEPTS))] pub String);
