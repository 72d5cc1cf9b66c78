//! A plan on disk: written by `plan --out`, carried out by `sync --plan`.
//!
//! The file holds the plan for people to read, and a fingerprint of what is to be done to each pair.
//! Carrying it out plans anew and does only what has the same fingerprint: a contact whose world moved
//! since is left out, whatever a new plan would do with it.

use crate::report::RunReport;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use syntony_core::plan::PairPlan;

/// The form of the file; another one is refused.
const FORMAT: u32 = 1;
/// The largest file that is read.
const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;

/// What is to be done to each pair of each connection, by fingerprint.
pub type Fingerprints = BTreeMap<String, BTreeSet<String>>;

/// A plan on disk.
#[derive(Debug, Serialize, Deserialize)]
struct PlanFile {
    format: u32,
    fingerprints: Fingerprints,
    /// For people and programs that read the file; never read back.
    #[serde(default, skip_deserializing)]
    plan: Option<RunReport>,
}

/// What is wrong with a plan file.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is no plan.
    #[error("it is not a plan: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("it was written by another version (format {0})")]
    Format(u32),
    /// It is larger than any plan.
    #[error("it is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
}

/// Writes a plan.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, report: &RunReport) -> Result<(), PlanFileError> {
    let file =
        PlanFile { format: FORMAT, fingerprints: report.fingerprints.clone(), plan: Some(report.clone()) };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // It holds contacts' values: nobody else's business.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut out = std::io::BufWriter::new(options.open(path)?);
    serde_json::to_writer_pretty(&mut out, &file)?;
    out.flush()?;
    Ok(())
}

/// Reads a plan's fingerprints.
///
/// # Errors
/// The file cannot be read, or is no plan of this version.
pub fn read(path: &Path) -> Result<Fingerprints, PlanFileError> {
    let file = std::fs::File::open(path)?;
    if file.metadata()?.len() > MAX_FILE_BYTES {
        return Err(PlanFileError::TooLarge);
    }
    let plan: PlanFile = serde_json::from_reader(std::io::BufReader::new(file))?;
    if plan.format == FORMAT { Ok(plan.fingerprints) } else { Err(PlanFileError::Format(plan.format)) }
}

/// A fingerprint of what a plan does to a pair; `None` if it does nothing that anybody would notice.
#[must_use]
pub fn fingerprint(plan: &PairPlan) -> Option<String> {
    let changes: Vec<_> =
        plan.ops.iter().filter_map(|(side, op)| op.as_ref().map(|op| (side, &op.changes))).collect();
    let after = &plan.after;
    let quiet = after.status.is_none() && after.actions.is_empty() && after.marks.is_none();
    if changes.is_empty() && !plan.bind && quiet {
        return None;
    }
    let what = (&plan.ids, plan.bind, changes, after.status, &after.actions, &after.marks);
    let text = serde_json::to_vec(&what).unwrap_or_default();
    Some(blake3::hash(&text).to_hex().to_string())
}
