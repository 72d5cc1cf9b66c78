//! The versions of the database: embedded migrations, and the checks that a file is ours and is one that
//! we know before anything is written to it.

use crate::error::{Result, StateError};
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use std::path::Path;

/// One entry for each version, in order. Entries are never changed once released, only added.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_first.sql")),
    M::up(include_str!("../migrations/0002_forgotten.sql")),
    M::up(include_str!("../migrations/0003_tokens.sql")),
    M::up(include_str!("../migrations/0004_inbox.sql")),
];

/// All of them.
pub(crate) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Set by the first migration.
const APPLICATION_ID: i64 = 1_398_361_684;

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Nothing is in it yet.
    Empty,
    /// Older than this program.
    Older(i64),
    /// Of this program's version.
    Current,
}

/// The newest version that this program knows.
pub(crate) fn known_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Whether the file is ours, and how old it is. Reads alone.
pub(crate) fn age(conn: &Connection, path: &Path) -> Result<Age> {
    let tables: i64 = conn.query_row("SELECT COUNT(*) FROM sqlite_schema", (), |row| row.get(0))?;
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if tables == 0 && application == 0 && found == 0 {
        return Ok(Age::Empty);
    }
    if application != APPLICATION_ID {
        return Err(StateError::NotOurs { path: path.to_owned() });
    }
    let known = known_version();
    match found.cmp(&known) {
        std::cmp::Ordering::Greater => Err(StateError::Newer { found, known }),
        std::cmp::Ordering::Less => Ok(Age::Older(found)),
        std::cmp::Ordering::Equal => Ok(Age::Current),
    }
}

/// Brings the file to this program's version, each step in a transaction of its own.
pub(crate) fn migrate(conn: &mut Connection) -> Result<()> {
    MIGRATIONS.to_latest(conn).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => StateError::Sqlite(err),
        _ => StateError::Contradiction { what: "its version does not match its tables".to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn every_migration_applies() {
        MIGRATIONS.validate().unwrap();
    }
}
