//! What a run says when it is over: the JSON of `sync`, `resync` and `plan`.
//!
//! Complete at every exit status: a run that stopped says what it did until then, and why it stopped.

use crate::planfile::Fingerprints;
use crate::run::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use syntony_core::guard::Trip;

/// At most this many failures are spelled out for a connection; the counts are always complete.
pub const MAX_LISTED_FAILURES: usize = 1_000;

/// At most this many contacts that leave or return are named.
pub const MAX_NAMED_MOVERS: usize = 3;

/// How a run or one connection of it ended. Ordered by what a caller must know first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Done, nothing waits.
    #[default]
    Ok,
    /// Done, something waits for a person.
    Attention,
    /// Done, some contacts failed.
    Partial,
    /// Stopped before or during writing.
    Stopped,
}

impl Status {
    /// As the report spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Attention => "attention",
            Status::Partial => "partial",
            Status::Stopped => "stopped",
        }
    }
}

/// The report of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunReport {
    /// The run's id.
    pub run: String,
    /// `sync`, `resync` or `plan`.
    pub mode: String,
    /// The worst of the connections'.
    pub status: Status,
    /// One for each connection.
    pub connections: Vec<ConnectionReport>,
    /// What a plan would change; absent for what is not a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<PlannedChange>>,
    /// For a plan: what would be done to each pair, by fingerprint; for `plan --out`.
    #[serde(skip)]
    pub fingerprints: Fingerprints,
}

/// The report of one connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConnectionReport {
    /// The connection.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Why it stopped, and what to do about it.
    pub reason: Option<String>,
    /// What kind of reason that is, for the daemon.
    #[serde(skip)]
    pub cause: Option<Cause>,
    /// What was done to each app.
    pub apps: BTreeMap<String, AppCounts>,
    /// Pairs linked by this run.
    pub linked: u64,
    /// Links closed by this run.
    pub unlinked: u64,
    /// Contacts in step with their counterpart, all in all.
    pub in_sync: u64,
    /// Contacts left alone, by reason, all in all.
    pub excluded: BTreeMap<String, u64>,
    /// Contacts with a field that waits for a person to decide.
    pub conflicts: u64,
    /// Conflicts that `winner` decided in this run.
    pub resolved: u64,
    /// Groups of contacts of one app that share an e-mail address.
    pub duplicates: u64,
    /// Groups whose addresses lead to several contacts of the other app.
    pub ambiguous: u64,
    /// Contacts that are not written until a person says so.
    pub held: u64,
    /// Merges followed by this run.
    pub merged: u64,
    /// Contacts that failed, with the field, the app's words and what helps.
    pub failures: Vec<FailureLine>,
    /// For a plan, and for people: linked contacts that would leave the rules' scope or come back into it.
    #[serde(skip)]
    pub scope: ScopeMoves,
    /// Why the guard stopped the run, for programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Trip>,
}

impl ConnectionReport {
    /// Whether something waits for a person: also a plan that the guard would hold.
    fn waits(&self) -> bool {
        self.conflicts + self.duplicates + self.ambiguous + self.held > 0 || !self.guard.is_empty()
    }

    /// The status that the counts amount to, for a connection that was not stopped.
    #[must_use]
    pub fn status_by_counts(&self) -> Status {
        if !self.failures.is_empty() {
            Status::Partial
        } else if self.waits() {
            Status::Attention
        } else {
            Status::Ok
        }
    }
}

/// Linked contacts that change their place: in the scope of the rules, or outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeMoves {
    /// Selected until now, and not any more.
    pub leaving: Movers,
    /// Not selected until now, and selected again.
    pub returning: Movers,
}

/// Some linked contacts, of whom the first are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movers {
    /// How many there are.
    pub count: u64,
    /// The first [`MAX_NAMED_MOVERS`] of them, as `app:id`.
    pub named: Vec<String>,
}

impl Movers {
    /// One more.
    pub fn add(&mut self, contact: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < MAX_NAMED_MOVERS {
            self.named.push(contact());
        }
    }
}

/// What was done to one app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppCounts {
    /// Contacts read from its feed or by id.
    pub read: u64,
    /// Contacts created.
    pub created: u64,
    /// Contacts whose fields were changed.
    pub updated: u64,
    /// Tags put on.
    pub tagged: u64,
    /// Tags taken off.
    pub untagged: u64,
    /// Contacts with something that the app refused or would not take.
    pub failed: u64,
    /// Calls made to it; in a plan, the calls that writing would take.
    pub calls: u64,
}

/// One contact that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureLine {
    /// The app that refused it.
    pub app: String,
    /// The contact's id there; where it was to be created, the id on the other side.
    pub contact: String,
    /// The field, if one is to blame.
    pub field: Option<String>,
    /// The app's words or ours; never the value.
    pub reason: String,
    /// What helps.
    pub hint: Option<String>,
}

/// One contact that a plan would change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedChange {
    /// The connection.
    pub connection: String,
    /// The app that would be written.
    pub app: String,
    /// The contact's id there; where it would be created, the id on the other side.
    pub contact: String,
    /// What would happen.
    pub kind: ChangeKind,
    /// Field by field.
    pub fields: Vec<PlannedField>,
}

/// What would happen to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It would be created.
    Create,
    /// Its fields would change.
    Update,
    /// It would get tags.
    Tag,
    /// It would lose tags.
    Untag,
    /// It would be linked to a contact of the other app.
    Link,
}

/// One field of a planned change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedField {
    /// The field, or `tag`.
    pub field: String,
    /// What it holds.
    pub before: serde_json::Value,
    /// What it would hold.
    pub after: serde_json::Value,
    /// The rule or mapping that causes it.
    pub because: String,
}
