//! From the configuration to a [`Policy`]: what the admin wrote, held against what both apps have.
//!
//! Everything that cannot work is found here, before anything runs, and points at its line: a tag where
//! none can be held, a deletion feed that is not there, a field that does not exist. What compiles can be
//! carried out.

mod actions;
mod conditions;
mod fields;
mod loops;
mod marks;
mod options;
mod overlaps;
mod rules;
mod tags;
#[cfg(test)]
mod tests;
mod uses;
mod values;

pub use fields::{MappingLine, default_mappings, type_of};
pub use options::goes_by_options;

use crate::config::ConnectionConfig;
use crate::diagnostics::{Problem, Source, Span};
use std::collections::BTreeSet;
use syntony_connectors::contract::Capabilities;
use syntony_core::ids::{AppName, FieldName, MappingKey, Tag};
use syntony_core::policy::{Policy, Rule};
use syntony_core::schema::Schema;
use syntony_core::side::{Side, Sides};

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

/// Compiles one connection.
#[must_use]
pub fn compile(connection: &ConnectionConfig, source: &Source, apps: &Sides<AppFacts>) -> Compiled {
    let mut bench = Bench::new(connection, source, apps);
    let (mappings, lines) = bench.mappings();
    let rules = bench.rules();
    let (deletions, unsubscribes) = bench.marks();
    let placeholders = Sides::from_fn(|side| bench.placeholders(side));
    Side::BOTH.into_iter().for_each(|side| bench.mailing(side));
    bench.addressless(&mappings);
    bench.overlaps(&mappings, &rules);
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
    bench.marks_alone(&policy);
    bench.loops(&policy);
    let sound = !bench.problems.iter().any(Problem::is_error);
    let wanted = bench.wanted();
    Compiled { policy: sound.then_some(policy), wanted, mappings: lines, problems: bench.problems }
}

/// One connection being compiled.
struct Bench<'a> {
    connection: &'a ConnectionConfig,
    source: &'a Source,
    apps: &'a Sides<AppFacts>,
    problems: Vec<Problem>,
    /// Tags of which it was said that people have to make them: once is enough.
    told_by_hand: Sides<BTreeSet<Tag>>,
}

impl<'a> Bench<'a> {
    fn new(connection: &'a ConnectionConfig, source: &'a Source, apps: &'a Sides<AppFacts>) -> Self {
        Self { connection, source, apps, problems: Vec::new(), told_by_hand: Sides::default() }
    }

    fn error(&mut self, span: Span, message: String, hint: impl Into<String>) {
        self.problems.push(self.source.error(span, message).hint(hint));
    }

    fn warning(&mut self, span: Span, message: String, hint: impl Into<String>) {
        self.problems.push(self.source.warning(span, message).hint(hint));
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
        connection.rules.iter().map(|rule| self.read_rule(rule)).collect()
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
