//! From the configuration to a [`Policy`]: what the admin wrote, held against what both apps have.
//!
//! Everything that cannot work is found here, before anything runs, and points at its line: a tag where
//! none can be held, a deletion feed that is not there, a field that does not exist. What compiles can be
//! carried out.

mod fields;
mod rules;

use crate::config::connection::MarkConfig;
use crate::config::{ConnectionConfig, Located};
use crate::diagnostics::{Problem, Source, Span};
use serde::Serialize;
use std::collections::BTreeSet;
use syntony_connectors::contract::{Capabilities, Listing};
use syntony_core::ids::{AppName, FieldName, MappingKey};
use syntony_core::policy::{Effect, Mapping, Mark, Policy, Rule};
use syntony_core::record::Fields;
use syntony_core::schema::{Access, Kind, Schema};
use syntony_core::side::{Side, Sides};
use syntony_mappings::table::Concept;

/// What the compiler knows of an app.
#[derive(Clone, Debug)]
pub struct AppFacts {
    /// Its name in the configuration.
    pub name: AppName,
    /// The vendor whose table of concepts applies.
    pub vendor: String,
    /// Its fields.
    pub schema: Schema,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The fields behind the words of rules.
    pub terms: Terms,
}

/// The fields behind `cql_score`, `cql_source` and `lead_stage`, where the app has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The score.
    pub cql_score: Option<FieldName>,
    /// Where the score came from.
    pub cql_source: Option<FieldName>,
    /// The lead stage.
    pub lead_stage: Option<FieldName>,
}

/// What came of compiling a connection.
#[derive(Debug)]
pub struct Compiled {
    /// The policy, unless there is an error among the problems.
    pub policy: Option<Policy>,
    /// The mappings that the configuration asks for, by key, also those that a schema lacks at the moment.
    pub wanted: BTreeSet<MappingKey>,
    /// Each mapping, for `check`.
    pub mappings: Vec<MappingLine>,
    /// Everything there is to say.
    pub problems: Vec<Problem>,
}

/// A mapping as `check` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MappingLine {
    /// The connection.
    pub connection: String,
    /// The fields of the left app.
    pub left: String,
    /// The fields of the right app.
    pub right: String,
    /// `both`, or `to APP`.
    pub direction: String,
    /// Why it goes that way.
    pub why: String,
    /// What is lost on the way, if anything.
    pub loses: Option<String>,
}

/// Compiles one connection.
#[must_use]
pub fn compile(connection: &ConnectionConfig, source: &Source, apps: &Sides<AppFacts>) -> Compiled {
    let mut bench = Bench { connection, source, apps, problems: Vec::new() };
    let (mappings, lines) = bench.mappings();
    let rules = bench.rules();
    let deletions = bench.mark(connection.deletions.as_ref(), Event::Deletion);
    let unsubscribes = bench.mark(connection.unsubscribes.as_ref(), Event::Unsubscribe);
    let placeholders = Sides::from_fn(|side| bench.placeholders(side));
    Side::BOTH.into_iter().for_each(|side| bench.mailing(side));
    let direction = connection.direction.value;
    let policy = Policy {
        connection: connection.name.value.clone(),
        apps: apps.as_ref().map(|app| app.name.clone()),
        writable: Sides::from_fn(|side| direction.into_side(side)),
        taggable: apps.as_ref().map(|app| app.capabilities.tags.is_some()),
        winner: connection.winner.value,
        on_clear: connection.on_clear,
        avoid_duplicates: connection.avoid_duplicates,
        duplicates: connection.duplicates,
        mappings,
        rules,
        deletions,
        unsubscribes,
        placeholders,
        guard: connection.guard,
    };
    let sound = !bench.problems.iter().any(Problem::is_error);
    let wanted = bench.wanted();
    Compiled { policy: sound.then_some(policy), wanted, mappings: lines, problems: bench.problems }
}

/// On which sides what was compiled may write a picklist whose options decide. (A salutation that is no option is
/// left out of a name, so names do not wait for them.) A connection that does not compile counts as one that
/// does: its fault may be an option that has another name by now.
#[must_use]
pub fn writes_options(compiled: &Compiled, apps: &Sides<AppFacts>) -> Sides<bool> {
    Sides::from_fn(|side| {
        let Some(policy) = &compiled.policy else { return true };
        let is_name = |mapping: &&Mapping| mapping.key.as_str() == Concept::Name.as_str();
        let mapped = policy.mappings.iter().filter(|mapping| mapping.into[side] && !is_name(mapping));
        let mapped = mapped.flat_map(|mapping| mapping.lens.fields(side));
        let set = policy.rules.iter().flat_map(|rule| &rule.then).filter(|action| action.on == side);
        let set = set.filter_map(|action| match &action.effect {
            Effect::Set(field, _) => Some(field),
            Effect::AddTag(_) | Effect::RemoveTag(_) => None,
        });
        let filled = policy.placeholders[side].keys();
        mapped.chain(set).chain(filled).any(|name| {
            apps[side].schema.field(name.as_str()).is_some_and(|field| field.kind == Kind::Picklist)
        })
    })
}

/// One connection being compiled.
struct Bench<'a> {
    connection: &'a ConnectionConfig,
    source: &'a Source,
    apps: &'a Sides<AppFacts>,
    problems: Vec<Problem>,
}

/// What becomes a tag on the other side.
#[derive(Clone, Copy)]
enum Event {
    Deletion,
    Unsubscribe,
}

impl Bench<'_> {
    fn error(&mut self, span: Span, message: String, hint: impl Into<String>) {
        self.problems.push(self.source.error(span, message).hint(hint));
    }

    fn writable(&self, side: Side) -> bool {
        self.connection.direction.value.into_side(side)
    }

    /// A connection without rules syncs every contact, each way that data flows.
    fn rules(&mut self) -> Vec<Rule> {
        if self.connection.rules.is_empty() {
            let everybody = |side: Side| Rule {
                key: format!("every contact of {}", self.apps[side].name).into(),
                from: side,
                when: Vec::new(),
                then: Vec::new(),
            };
            return Side::BOTH.map(everybody).into();
        }
        let connection = self.connection;
        connection.rules.iter().map(|rule| self.rule(rule)).collect()
    }

    /// A mark, if its event can be read on one side and its tag be held on the other.
    fn mark(&mut self, mark: Option<&Located<MarkConfig>>, event: Event) -> Option<Mark> {
        let mark = mark?;
        let (from, to) = (mark.from.value, mark.from.value.other());
        let (source, target) = (&self.apps[from], &self.apps[to]);
        let readable = match event {
            Event::Deletion => {
                source.capabilities.tombstones || source.capabilities.listing == Listing::Complete
            }
            Event::Unsubscribe => source.capabilities.unsubscribes,
        };
        if !readable {
            let what = match event {
                Event::Deletion => "deletions",
                Event::Unsubscribe => "unsubscribes",
            };
            let message = format!("`{}` does not report {what}", source.name);
            self.error(mark.from.span, message, "name the other app, or take this line out");
        } else if target.capabilities.tags.is_none() {
            let message = format!("`{}` cannot hold the tag {:?}", target.name, mark.tag.as_str());
            self.error(
                mark.span,
                message,
                format!("set `tags` of [apps.{}], or take this line out", target.name),
            );
        } else if !self.writable(to) {
            let message =
                format!("`{}` is not written by this connection, so it cannot get the tag", target.name);
            self.error(mark.span, message, "change `direction`, or take this line out");
        }
        Some(Mark { from, tag: mark.tag.clone() })
    }

    /// Says so where people are mailed of whom nobody says that they may be.
    fn mailing(&mut self, side: Side) {
        let (mails, other) = (&self.apps[side], &self.apps[side.other()]);
        if !mails.capabilities.mails_new_contacts || other.capabilities.unsubscribes || !self.writable(side) {
            return;
        }
        let message = format!(
            "`{}` does not say who may be mailed, and whoever is new in `{}` is subscribed",
            other.name, mails.name
        );
        let hint = format!(
            "`double_opt_in = true` in [apps.{}] asks them first; or let a rule select those who agreed",
            mails.name
        );
        self.problems.push(self.source.warning(self.connection.name.span, message).hint(hint));
    }

    fn placeholders(&mut self, side: Side) -> Fields {
        let mut fields = Fields::new();
        for (name, value) in &self.connection.placeholders[side] {
            if self.field(side, name, value.span, Use::Written) {
                fields.insert(name.clone(), value.value.clone());
            }
        }
        fields
    }

    /// Whether an app has a field and it may be used like this; if not, that is a problem.
    fn field(&mut self, side: Side, name: &FieldName, span: Span, usage: Use) -> bool {
        let app = &self.apps[side];
        let Some(spec) = app.schema.field(name.as_str()) else {
            let names = app.schema.fields().iter().map(|field| field.name.as_str());
            let hint = match crate::config::nearest::nearest(name.as_str(), names) {
                Some(near) => format!("is it `{near}`? `syntony fields {}` lists them", app.name),
                None => format!("`syntony fields {}` lists them", app.name),
            };
            let message = format!("`{}` has no field `{name}`", app.name);
            self.error(span, message, hint);
            return false;
        };
        match (usage, spec.access) {
            (Use::Read, _) | (Use::Written, Access::ReadWrite | Access::CreateOnly) => true,
            (Use::Written, Access::ReadOnly) => {
                let message = format!("`{}` does not let anybody write `{name}`", app.name);
                self.error(span, message, "choose a field that can be written");
                false
            }
        }
    }

    /// The direction of a mapping in words.
    fn direction_words(&self, into: Sides<bool>) -> String {
        match (into.left, into.right) {
            (true, true) => "both".to_owned(),
            (false, true) => format!("to {}", self.apps.right.name),
            (true, false) => format!("to {}", self.apps.left.name),
            (false, false) => "none".to_owned(),
        }
    }
}

/// What is done with a field.
#[derive(Clone, Copy)]
enum Use {
    Read,
    Written,
}
