//! How a connection stands as a whole, from the standings of its contacts.

use super::{Moves, Run, Stop};
use crate::report::{ConnectionReport, FailureLine, MAX_LISTED_FAILURES};
use std::collections::{BTreeMap, BTreeSet};

/// Failures are read from the store in pages of this many subjects.
const FAILURE_PAGE_SUBJECTS: usize = 200;

impl Run<'_> {
    /// The counts of the whole connection, with what a plan would move.
    pub(super) fn total(&self, moves: &Moves, report: &mut ConnectionReport) -> Result<(), Stop> {
        let counts = self.db.with(|store| store.standing_counts(&self.policy.connection))?;
        let mut counts: Moves =
            counts.into_iter().map(|(key, count)| (key, i64::try_from(count).unwrap_or(i64::MAX))).collect();
        for (key, change) in moves {
            *counts.entry(key.clone()).or_default() += change;
        }
        let failed = counts.iter().any(|((verdict, _), count)| verdict == "failed" && *count > 0);
        report.excluded.clear();
        (report.in_sync, report.conflicts, report.duplicates, report.ambiguous, report.held) =
            (0, 0, 0, 0, 0);
        for ((verdict, reason), count) in counts {
            let count = u64::try_from(count).unwrap_or(0);
            match (verdict.as_str(), reason.as_deref()) {
                _ if count == 0 => {}
                ("in_sync", _) => report.in_sync += count,
                ("excluded", reason) => {
                    *report.excluded.entry(reason.unwrap_or("other").to_owned()).or_default() += count;
                }
                ("conflict", _) => report.conflicts += count,
                ("duplicate", Some("group")) => report.duplicates += count,
                ("ambiguous", Some("group" | "linked_elsewhere")) => report.ambiguous += count,
                ("held" | "waiting", _) => report.held += count,
                _ => {}
            }
        }
        if failed { self.failures(report) } else { Ok(()) }
    }

    /// Every contact that stands as failed, with what was said of it. A value that was not sent because its app
    /// would not take it counts for that app, like one that the app itself refused.
    pub(super) fn failures(&self, report: &mut ConnectionReport) -> Result<(), Stop> {
        let mut after = None;
        let mut standing: BTreeMap<String, u64> = BTreeMap::new();
        loop {
            let page = self.db.with(|store| {
                store.standings(&self.policy.connection, Some("failed"), after, FAILURE_PAGE_SUBJECTS)
            })?;
            let Some(last) = page.last() else { break };
            after = Some(last.subject);
            for row in &page {
                let lines = row.standing.detail.get("failures").cloned().unwrap_or_default();
                let lines: Vec<FailureLine> = serde_json::from_value(lines).unwrap_or_default();
                for app in lines.iter().map(|line| line.app.as_str()).collect::<BTreeSet<_>>() {
                    *standing.entry(app.to_owned()).or_default() += 1;
                }
                for line in lines {
                    if report.failures.len() < MAX_LISTED_FAILURES && !report.failures.contains(&line) {
                        report.failures.push(line);
                    }
                }
            }
        }
        for (app, contacts) in standing {
            let counts = report.apps.entry(app).or_default();
            counts.failed = counts.failed.max(contacts);
        }
        Ok(())
    }
}
