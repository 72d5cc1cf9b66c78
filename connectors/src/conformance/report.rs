//! What the checks found.

use std::fmt;

/// The verdict of each check, in the order they ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each check's name and verdict.
    pub results: Vec<(&'static str, Verdict)>,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The connector does it.
    Passed,
    /// The vendor has no such thing; this is what it lacks.
    NotOffered(&'static str),
    /// The connector does not do it; this is how it showed.
    Failed(String),
}

impl Report {
    /// The names of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        self.names(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// The names of the checks that do not apply to this vendor.
    #[must_use]
    pub fn not_offered(&self) -> Vec<&'static str> {
        self.names(|verdict| matches!(verdict, Verdict::NotOffered(_)))
    }

    fn names(&self, wanted: impl Fn(&Verdict) -> bool) -> Vec<&'static str> {
        self.results.iter().filter(|(_, verdict)| wanted(verdict)).map(|(name, _)| *name).collect()
    }
}

impl fmt::Display for Report {
    /// One line for each check.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, verdict) in &self.results {
            match verdict {
                Verdict::Passed => writeln!(out, "passed       {name}")?,
                Verdict::NotOffered(what) => writeln!(out, "not offered  {name}: {what}")?,
                Verdict::Failed(why) => writeln!(out, "FAILED       {name}: {why}")?,
            }
        }
        Ok(())
    }
}
