//! What `check` says of each condition and action on each app: nothing, or exactly this, at exactly its line.

mod accounts;
mod actions;
mod conditions;
mod mappings;
mod names;
mod options;
mod tags;

use accounts::{APPS, FACTS};
use chrono::Utc;
use std::path::Path;
use syntony_core::policy::Policy;
use syntony_core::side::Sides;

use super::{Compiled, compile};
use crate::config;

/// A connection of `app` and another one, with `body` as its rules and whatever else it says.
fn compiled(app: &str, body: &str) -> (String, Compiled) {
    let other = if app == "book" { "crm" } else { "book" };
    let text = format!("{APPS}[connections.c]\nbetween = [\"{app}\", \"{other}\"]\n{body}\n");
    let loaded = config::parse(Path::new("syntony.toml"), text.as_bytes(), Utc::now());
    let config = loaded.config.unwrap_or_else(|| panic!("{:#?}\nin\n{body}", loaded.problems));
    let facts = Sides::new(FACTS[app].clone(), FACTS[other].clone());
    let compiled = compile(&config.connections["c"], &config.source, &facts);
    (text, compiled)
}

/// Exactly this is said at the line that begins with `line`, and nothing elsewhere: nothing at all, or `error: …` and
/// `warning: …`, with the hint in brackets. Gives the policy, if there is one.
#[track_caller]
fn check(app: &str, body: &str, line: &str, expected: &str) -> Option<Policy> {
    let (text, compiled) = compiled(app, body);
    let at = text.lines().position(|it| it.trim_start().starts_with(line)).map(|at| at + 1);
    let said: Vec<String> = compiled
        .problems
        .iter()
        // A warning of its own about accounts that mail people.
        .filter(|problem| !problem.message.contains("who may be mailed"))
        .map(|problem| {
            assert_eq!(problem.line, at, "{}\nin\n{body}", problem.message);
            let severity = if problem.is_error() { "error" } else { "warning" };
            format!("{severity}: {} [{}]", problem.message, problem.hint.as_deref().unwrap_or_default())
        })
        .collect();
    assert_eq!(said.join("\n"), expected, "{app}: {line}\nin\n{body}");
    assert_eq!(compiled.policy.is_none(), expected.contains("error: "), "{app}: {line}");
    compiled.policy
}

/// A rule on `app` with this one condition.
#[track_caller]
fn check_condition(app: &str, condition: &str, expected: &str) -> Option<Policy> {
    let body = format!("[[connections.c.rules]]\nfrom = \"{app}\"\nif = [\n  {condition},\n]\n");
    check(app, &body, condition, expected)
}

/// A rule of the other app with this one action on `app`.
#[track_caller]
fn check_action(app: &str, action: &str, expected: &str) -> Option<Policy> {
    let other = if app == "book" { "crm" } else { "book" };
    let body = format!("[[connections.c.rules]]\nfrom = \"{other}\"\nthen = [\n  {action},\n]\n");
    check(app, &body, action, expected)
}
