//! How a run is shown to a person: the counts of each connection, what waits, what failed, and what to do
//! next.

use crate::config::Config;
use crate::output::{Progress as Screen, Table, counted, fold, printable};
use crate::report::{ChangeKind, ConnectionReport, PlannedChange, RunReport, ScopeMoves, Status};
use crate::run::Progress;
use indicatif::ProgressBar;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use syntony_core::ids::{AppName, ConnectionName};

/// Failures that are spelled out on a terminal; `--json` has all of them.
const MAX_SHOWN_LINES: usize = 20;
/// Changes of each kind that are spelled out on a terminal.
const MAX_SHOWN_CHANGES: usize = 3;
/// How far the second line of a rule stands in.
const RULE_INDENT: usize = 6;

/// A run, in words.
pub(super) fn run(report: &RunReport) -> String {
    let mut text = String::new();
    for connection in &report.connections {
        connection_text(&mut text, report, connection);
    }
    if let Some(changes) = &report.changes {
        changes_text(&mut text, changes);
        for connection in &report.connections {
            scope_text(&mut text, connection);
        }
    }
    text
}

/// Which rules a plan's causes name: their lines in the file, and what they say.
pub(super) fn rules(report: &RunReport, config: &Config) -> String {
    let mut text = String::new();
    let causes: BTreeSet<&str> = report
        .changes
        .iter()
        .flatten()
        .flat_map(|change| change.fields.iter().map(|field| field.because.as_str()))
        .collect();
    for rule in config.connections.values().flat_map(|connection| &connection.rules) {
        if causes.iter().any(|cause| cause.contains(rule.key.as_str())) {
            let (line, _) = config.source.position(rule.span.start);
            let head = format!("  {}, line {line}: ", printable(rule.key.as_str()));
            text.push_str(&fold(&head, RULE_INDENT, &rule.words));
        }
    }
    if text.is_empty() { text } else { format!("\nThe rules that are named above:\n{text}") }
}

/// Who leaves the scope or comes back, of the linked contacts.
fn scope_text(text: &mut String, connection: &ConnectionReport) {
    let ScopeMoves { leaving, returning } = &connection.scope;
    for (movers, head) in [
        (leaving, "To leave the scope, because no rule selects them any more; nobody is deleted"),
        (returning, "To come back into the scope, and be merged"),
    ] {
        if movers.count == 0 {
            continue;
        }
        let _ = writeln!(text, "\n{head}: {}", movers.count);
        for contact in &movers.named {
            let _ = writeln!(text, "  {}", printable(contact));
        }
        let more = movers.count.saturating_sub(movers.named.len() as u64);
        if more > 0 {
            let _ = writeln!(text, "  … and {more} more");
        }
    }
}

fn connection_text(text: &mut String, report: &RunReport, connection: &ConnectionReport) {
    let planned = report.mode == "plan";
    let head = match (connection.status, planned) {
        (Status::Stopped, _) => "stopped",
        (_, true) => "this is what a sync would do",
        (Status::Ok, false) => "in step",
        (Status::Attention, false) => "in step; something waits for you",
        (Status::Partial, false) => "done; some contacts failed",
    };
    let _ = writeln!(text, "{}: {head}", printable(&connection.name));
    if let Some(reason) = &connection.reason {
        let _ = writeln!(text, "  {}", printable(reason));
    }
    let mut table =
        Table::new(&["app", "read", "created", "updated", "tagged", "untagged", "failed", "calls"]);
    for (app, counts) in &connection.apps {
        let numbers = [
            counts.read,
            counts.created,
            counts.updated,
            counts.tagged,
            counts.untagged,
            counts.failed,
            counts.calls,
        ];
        let cells = std::iter::once(app.clone()).chain(numbers.iter().map(u64::to_string));
        table.row(cells);
    }
    let _ = writeln!(text, "{table}");
    let _ = writeln!(text, "  {}", summary(connection).join(" · "));
    for line in connection.failures.iter().take(MAX_SHOWN_LINES) {
        let field = line.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  failed: {} {}{}: {}",
            printable(&line.app),
            printable(&line.contact),
            printable(&field),
            printable(&line.reason)
        );
        if let Some(hint) = &line.hint {
            let _ = writeln!(text, "          {}", printable(hint));
        }
    }
    more(text, connection.failures.len());
}

fn summary(connection: &ConnectionReport) -> Vec<String> {
    let mut parts = vec![format!("{} in sync", counted(connection.in_sync, "pair", "pairs"))];
    let mut add = |count: u64, one: &str, many: &str| {
        if count > 0 {
            parts.push(counted(count, one, many));
        }
    };
    add(connection.linked, "new link", "new links");
    add(connection.resolved, "conflict decided by the winner", "conflicts decided by the winner");
    add(connection.conflicts, "conflict waits for you", "conflicts wait for you");
    add(connection.duplicates, "group of duplicates waits for you", "groups of duplicates wait for you");
    add(connection.ambiguous, "ambiguous group waits for you", "ambiguous groups wait for you");
    add(connection.held, "contact held", "contacts held");
    for (reason, count) in &connection.excluded {
        parts.push(format!("{count} excluded ({})", reason.replace('_', " ")));
    }
    parts
}

fn changes_text(text: &mut String, changes: &[PlannedChange]) {
    if changes.is_empty() {
        text.push_str("\nNothing to write.\n");
        return;
    }
    let mut hidden = false;
    for (kind, head) in [
        (ChangeKind::Create, "To be created"),
        (ChangeKind::Update, "To be updated"),
        (ChangeKind::Tag, "To be tagged"),
        (ChangeKind::Untag, "To be untagged"),
        (ChangeKind::Link, "To be linked, by e-mail address"),
    ] {
        let of_kind: Vec<&PlannedChange> = changes.iter().filter(|change| change.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{head}: {}", of_kind.len());
        for change in of_kind.iter().take(MAX_SHOWN_CHANGES) {
            change_text(text, change);
        }
        if of_kind.len() > MAX_SHOWN_CHANGES {
            let _ = writeln!(text, "  … and {} more", of_kind.len() - MAX_SHOWN_CHANGES);
            hidden = true;
        }
    }
    if hidden {
        text.push_str("\n`syntony plan --json` lists every one of them.\n");
    }
}

fn change_text(text: &mut String, change: &PlannedChange) {
    if change.kind == ChangeKind::Link {
        let other = change.fields.first().and_then(|field| field.after.as_str()).unwrap_or_default();
        let _ = writeln!(text, "  {} = {}", printable(&change.contact), printable(other));
        return;
    }
    let from = if change.kind == ChangeKind::Create { "new, from " } else { "" };
    let _ = writeln!(text, "  {}: {from}{}", printable(&change.app), printable(&change.contact));
    for field in &change.fields {
        let arrow = match change.kind {
            ChangeKind::Create => printable(&field.after.to_string()).into_owned(),
            ChangeKind::Update | ChangeKind::Tag | ChangeKind::Untag | ChangeKind::Link => {
                format!("{} -> {}", printable(&field.before.to_string()), printable(&field.after.to_string()))
            }
        };
        let _ =
            writeln!(text, "      {}: {arrow}   ({})", printable(&field.field), printable(&field.because));
    }
}

fn more(text: &mut String, all: usize) {
    if all > MAX_SHOWN_LINES {
        let _ = writeln!(text, "  … and {} more; `--json` lists all of them", all - MAX_SHOWN_LINES);
    }
}

/// A run's progress as bars on a terminal.
pub(super) struct Bars {
    screen: Screen,
    bars: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Bars {
    pub(super) fn new(screen: &Screen) -> Self {
        Self { screen: screen.clone(), bars: Mutex::new(BTreeMap::new()) }
    }

    fn set(&self, label: String, position: u64, of: Option<u64>) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(label.clone()).or_insert_with(|| match of {
            Some(of) => self.screen.bar(&label, of),
            None => self.screen.count(&label),
        });
        if let Some(of) = of {
            bar.set_length(of);
        }
        bar.set_position(position);
    }
}

impl Progress for Bars {
    fn read(&self, connection: &ConnectionName, app: &AppName, contacts: u64) {
        self.set(format!("{connection}: reading {app}"), contacts, None);
    }

    fn planned(&self, connection: &ConnectionName, pairs: u64, of: u64) {
        self.set(format!("{connection}: planning"), pairs, Some(of));
    }

    fn written(&self, connection: &ConnectionName, pairs: u64, of: u64) {
        self.set(format!("{connection}: writing"), pairs, Some(of));
    }
}
