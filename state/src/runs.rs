//! Runs: when they began, how they ended, what they reported.

use crate::codec::{decode, encode, limit};
use crate::error::Result;
use crate::store::Store;
use rusqlite::{Row, params};
use syntony_core::ids::RunId;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub run: RunId,
    /// What kind of run it is (`sync`, `resync`, `undo`).
    pub mode: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// How it ended. `None`: it is running, or it was interrupted; whoever holds the lock knows which.
    pub ended: Option<RunEnd>,
}

impl RunRow {
    /// The status that the run ended with; `interrupted` if it never ended.
    #[must_use]
    pub fn status(&self) -> &str {
        self.ended.as_ref().map_or("interrupted", |end| &end.status)
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// `ok`, `attention`, `partial`, `stopped`.
    pub status: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What it reported, as it was given.
    pub report: serde_json::Value,
}

impl Store {
    /// Writes down that a run begins. Its ops need it.
    ///
    /// # Errors
    /// The database's own, also if there is such a run already.
    pub fn begin_run(&mut self, run: &RunId, mode: &str, at_ms: i64) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("INSERT INTO run (run_id, mode, started_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![run.as_str(), mode, at_ms])?;
            Ok(())
        })
    }

    /// Writes down how it ended.
    ///
    /// # Errors
    /// The database's own.
    pub fn end_run(
        &mut self,
        run: &RunId,
        status: &str,
        at_ms: i64,
        report: &serde_json::Value,
    ) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE run SET status = ?2, ended_ms = ?3, report = ?4 WHERE run_id = ?1")?
                .execute(params![run.as_str(), status, at_ms, encode("report", report)?])?;
            Ok(())
        })
    }

    /// The last runs, the latest first.
    ///
    /// # Errors
    /// The database's own.
    pub fn runs(&self, max_runs: usize) -> Result<Vec<RunRow>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT * FROM run ORDER BY started_ms DESC, run_id DESC LIMIT ?1")?
                .query_and_then([limit(max_runs)], run_row)?
                .collect()
        })
    }

    /// One run.
    ///
    /// # Errors
    /// The database's own.
    pub fn run(&self, run: &RunId) -> Result<Option<RunRow>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached("SELECT * FROM run WHERE run_id = ?1")?;
            let mut rows = statement.query([run.as_str()])?;
            rows.next()?.map(run_row).transpose()
        })
    }
}

fn run_row(row: &Row<'_>) -> Result<RunRow> {
    let status: Option<String> = row.get("status")?;
    let ended = match status {
        None => None,
        Some(status) => Some(RunEnd {
            status,
            at_ms: row.get("ended_ms")?,
            report: decode("report", &row.get::<_, String>("report")?)?,
        }),
    };
    Ok(RunRow {
        run: RunId::new(row.get::<_, String>("run_id")?),
        mode: row.get("mode")?,
        started_ms: row.get("started_ms")?,
        ended,
    })
}
