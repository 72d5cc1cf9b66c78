//! Opening the database, and the one place where it is read and the one where it is written.
//!
//! Nothing is written to a file before it is known to be sound, ours and not newer than we are; a file
//! that fails one of these is left byte for byte as it was.

use crate::error::{Result, StateError};
use crate::schema::{self, Age};
use crate::seal::{self, Seal};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a method waits for another process that writes to the database.
const BUSY_TIMEOUT_SECONDS: u64 = 5;
/// Prepared statements that are kept; all of this crate's fit.
const CACHED_STATEMENTS: usize = 200;
/// Pages of the database kept in memory, in KiB.
const CACHE_KIB: i64 = 32 * 1024;
/// A database has a header of so many bytes, or is empty. SQLite takes a stump of one for an empty one.
const HEADER_BYTES: u64 = 100;
/// What the write-ahead log is cut back to after a checkpoint, in bytes.
const MAX_LOG_BYTES: i64 = 64 * 1024 * 1024;

/// The state of the sync.
///
/// One process writes at a time (see [`RunLock`](crate::RunLock)); others may read. Every method is one
/// read or one transaction, and either all of it happened or nothing.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    path: PathBuf,
    footing: Footing,
    /// Commits that are left until the store fails as told; `None`: it works.
    commits_left: Option<u64>,
}

/// On what footing a store stands with its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Footing {
    /// It is not known to be sound yet: nothing may touch it.
    Unexamined,
    /// It is ours to write.
    Ours,
    /// It is only read, or there is none.
    Guest,
}

impl Drop for Store {
    fn drop(&mut self) {
        // A close that fails leaves what was committed in the log, where the next start finds it.
        let _ = self.close_in_order();
    }
}

impl Store {
    /// Opens the database, makes it if there is none, and brings an older one to this version.
    ///
    /// Commits are durable one by one (`synchronous = FULL`): an intent that a power cut takes back is a
    /// created contact that nobody remembers, and would be created again. A run commits once for each
    /// page and batch, so that the price is small.
    ///
    /// # Errors
    /// [`StateError::Corrupt`], [`StateError::NotOurs`] and [`StateError::Newer`] leave the file as it is.
    pub fn open(path: &Path) -> Result<Store> {
        let file = private_file(path)
            .map_err(|error| StateError::CannotOpen { path: path.to_owned(), reason: error.to_string() })?;
        refuse_a_stump(&file, path)?;
        drop(file);
        let seal = seal::look_and_break(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(|error| explain(error.into(), path))?;
        let mut store =
            Store { conn, path: path.to_owned(), footing: Footing::Unexamined, commits_left: None };
        store.examine_then_prepare(seal).map_err(|error| explain(error, path))?;
        store.footing = Footing::Ours;
        Ok(store)
    }

    /// Opens an existing database for reading alone, also while another process writes to it. The file is
    /// not examined as a whole, so that a look at a large one costs nothing.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StateError::Older`] where it would have to be brought up to date first.
    pub fn open_read_only(path: &Path) -> Result<Store> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(|error| explain(error.into(), path))?;
        let store = Store { conn, path: path.to_owned(), footing: Footing::Guest, commits_left: None };
        store
            .prepare_to_read()
            .and_then(|()| store.require_current())
            .map_err(|error| explain(error, path))?;
        Ok(store)
    }

    /// A store that lives as long as the process, for tests and for a look without a trace.
    ///
    /// # Errors
    /// None that depends on anything outside.
    pub fn open_in_memory() -> Result<Store> {
        let path = PathBuf::from(":memory:");
        let mut store =
            Store { conn: Connection::open_in_memory()?, path, footing: Footing::Guest, commits_left: None };
        store.prepare_to_read()?;
        schema::migrate(&mut store.conn)?;
        Ok(store)
    }

    /// Lets `commits` more transactions commit and then fails every method with
    /// [`StateError::Interrupted`], as if the process had died there. For simulations of crashes.
    pub fn fail_after_commits(&mut self, commits: u64) {
        self.commits_left = Some(commits);
    }

    /// Ends what [`Store::fail_after_commits`] began: the store works on, with what was committed.
    pub fn revive(&mut self) {
        self.commits_left = None;
    }

    /// Whether the database agrees with itself: pages, indexes, references, and the rules that tables
    /// cannot express. Reads everything.
    ///
    /// # Errors
    /// [`StateError::Contradiction`] says where it does not.
    pub fn integrity(&self) -> Result<()> {
        self.read(|conn| {
            let contradiction = |what: String| Err(StateError::Contradiction { what });
            let sound: String = conn.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
            if sound != "ok" {
                return contradiction(sound);
            }
            let stray: Option<String> = first_text(conn, "SELECT \"table\" FROM pragma_foreign_key_check")?;
            if let Some(table) = stray {
                return contradiction(format!("a reference of table {table} leads nowhere"));
            }
            for (what, sql) in RULES {
                let broken: i64 = conn.query_row(sql, (), |row| row.get(0))?;
                if broken > 0 {
                    return contradiction(format!("{broken} times {what}"));
                }
            }
            Ok(())
        })
    }

    /// Every read of this crate goes through here.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.require_alive()?;
        work(&self.conn).map_err(|error| explain(error, &self.path))
    }

    /// Every write of this crate goes through here: one transaction, all of it or nothing.
    ///
    /// It takes the write lock at its start: a transaction that reads first and then finds that another
    /// process wrote in between would fail in the middle.
    pub(crate) fn write<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.require_alive()?;
        let done = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StateError::from)
            .and_then(|tx| {
                let done = work(&tx)?;
                tx.commit()?;
                Ok(done)
            })
            .map_err(|error| explain(error, &self.path))?;
        self.commits_left = self.commits_left.map(|left| left.saturating_sub(1));
        Ok(done)
    }

    /// Writes the file anew, so that nothing that was deleted is left in free pages or in the log.
    pub(crate) fn write_anew(&mut self) -> Result<()> {
        self.require_alive()?;
        let fold = || -> Result<()> {
            self.conn.execute_batch("VACUUM")?;
            self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?;
            Ok(())
        };
        fold().map_err(|error| explain(error, &self.path))
    }

    fn require_alive(&self) -> Result<()> {
        match self.commits_left {
            Some(0) => Err(StateError::Interrupted),
            Some(_) | None => Ok(()),
        }
    }

    fn examine_then_prepare(&mut self, seal: Seal) -> Result<()> {
        // While the file is examined, closing it must not fold its log into it: it may be damaged.
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        self.conn.busy_timeout(Duration::from_secs(BUSY_TIMEOUT_SECONDS))?;
        let age = schema::age(&self.conn, &self.path)?;
        if age != Age::Empty && seal == Seal::Broken {
            let sound: String = self.conn.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
            if sound != "ok" {
                return Err(StateError::Corrupt { path: self.path.clone(), reason: sound });
            }
        }
        self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        self.conn.pragma_update(None, "journal_mode", "WAL")?;
        self.conn.pragma_update(None, "synchronous", "FULL")?;
        self.conn.pragma_update(None, "journal_size_limit", MAX_LOG_BYTES)?;
        self.prepare_to_read()?;
        match age {
            Age::Empty | Age::Older(_) => schema::migrate(&mut self.conn),
            Age::Current => Ok(()),
        }
    }

    /// Folds the log into the file and seals it, unless somebody else has it open or this is the end of a
    /// process that died in a simulation.
    fn close_in_order(&self) -> Result<()> {
        if self.footing != Footing::Ours || self.commits_left.is_some() {
            return Ok(());
        }
        let busy: i64 = self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
        if busy == 0 {
            // Without a seal the next start examines the file: nothing is lost.
            let _ = seal::set(&self.path);
        }
        Ok(())
    }

    fn prepare_to_read(&self) -> Result<()> {
        self.conn.busy_timeout(Duration::from_secs(BUSY_TIMEOUT_SECONDS))?;
        self.conn.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        self.conn.pragma_update(None, "foreign_keys", true)?;
        self.conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        // The schema comes from a file: it may call no function that does more than compute.
        self.conn.pragma_update(None, "trusted_schema", false)?;
        Ok(())
    }

    fn require_current(&self) -> Result<()> {
        let older = |found| StateError::Older { found, known: schema::known_version() };
        match schema::age(&self.conn, &self.path)? {
            Age::Current => Ok(()),
            Age::Older(found) => Err(older(found)),
            Age::Empty => Err(older(0)),
        }
    }
}

fn refuse_a_stump(file: &File, path: &Path) -> Result<()> {
    let cannot_open =
        |error: std::io::Error| StateError::CannotOpen { path: path.to_owned(), reason: error.to_string() };
    let bytes = file.metadata().map_err(cannot_open)?.len();
    if (1..HEADER_BYTES).contains(&bytes) {
        let reason = format!("it is cut off after {bytes} bytes");
        return Err(StateError::Corrupt { path: path.to_owned(), reason });
    }
    Ok(())
}

/// What the tables cannot promise by themselves: what is wrong, and how to count it.
const RULES: &[(&str, &str)] = &[
    (
        "a link has not two contacts",
        "SELECT COUNT(*) FROM pair WHERE status IS NOT NULL
         AND (SELECT COUNT(*) FROM pair_end WHERE pair_end.pair_no = pair.pair_no) <> 2",
    ),
    (
        "a pair has no contact",
        "SELECT COUNT(*) FROM pair WHERE NOT EXISTS (SELECT 1 FROM pair_end WHERE pair_end.pair_no = pair.pair_no)",
    ),
    (
        "a base belongs to no link",
        "SELECT COUNT(*) FROM base JOIN pair USING (pair_no) WHERE pair.status IS NULL",
    ),
    (
        "a pair's contact is of another app than its side",
        "SELECT COUNT(*) FROM pair_end JOIN contact USING (contact_no) JOIN connection ON connection.name = pair_end.connection
         WHERE contact.app <> CASE pair_end.side WHEN 'left' THEN left_app ELSE right_app END",
    ),
    (
        "a queued contact is of another app than its side",
        "SELECT COUNT(*) FROM todo JOIN contact USING (contact_no) JOIN connection ON connection.name = todo.connection
         WHERE contact.app <> CASE todo.side WHEN 'left' THEN left_app ELSE right_app END",
    ),
    (
        "a contact's e-mail keys and their index differ",
        "SELECT COUNT(*) FROM contact WHERE (SELECT COUNT(*) FROM contact_key WHERE contact_key.contact_no = contact.contact_no)
         <> (SELECT COUNT(DISTINCT value) FROM json_each(contact.keys))",
    ),
    ("an observation was left behind", "SELECT COUNT(*) FROM staged WHERE lane = 'direct'"),
];

/// The first column of the first row.
fn first_text(conn: &Connection, sql: &str) -> Result<Option<String>> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(())?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

/// SQLite's codes in our terms, with the file they are about.
fn explain(error: StateError, path: &Path) -> StateError {
    let StateError::Sqlite(sqlite) = error else { return error };
    if is_damage_inside(&sqlite) {
        return StateError::Unreadable { what: "value" };
    }
    let path = path.to_owned();
    let reason = sqlite.to_string();
    match sqlite.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StateError::Corrupt { path, reason },
        Some(ErrorCode::DiskFull) => StateError::Full { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StateError::ReadOnly { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StateError::Busy { path },
        Some(ErrorCode::CannotOpen) => StateError::CannotOpen { path, reason },
        Some(ErrorCode::SystemIoFailure) => StateError::Io { path, reason },
        // Everything else is a mistake of ours, not of the machine.
        Some(_) | None => StateError::Sqlite(sqlite),
    }
}

/// Whether a value is of another kind than this program ever writes: only the file can have changed. The error
/// itself may quote the value, so it goes no further.
fn is_damage_inside(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, SqliteFailure,
    };
    match error {
        FromSqlConversionFailure(..)
        | IntegralValueOutOfRange(..)
        | InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        SqliteFailure(_, Some(message)) => message == "malformed JSON",
        _ => false,
    }
}

/// The file for reading and writing, made if it is missing, and then readable by its owner alone: what
/// is inside is people's data. SQLite gives its log the same permissions.
pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::{Staged, StateError};
    use syntony_core::ids::{AccountId, AppName};
    use syntony_core::observe::Change;
    use syntony_core::record::Record;

    #[test]
    fn a_full_disk_loses_nothing_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (app, account) = (AppName::new("chat"), AccountId::new("org-1"));
        let mut store = Store::open(&folder.path().join("syntony.db")).unwrap();
        store.set_account(&app, &account).unwrap();
        store.conn.pragma_update(None, "max_page_count", 60).unwrap();
        let page: Vec<Staged> = (0..1000)
            .map(|n| Record { shadow: Some(format!("{n:01000}")), ..Record::default() })
            .enumerate()
            .map(|(n, record)| Staged { change: Change::live(n.to_string(), record), keys: Vec::new() })
            .collect();
        let refused = store.stage(&app, &page).unwrap_err();
        assert!(matches!(refused, StateError::Full { .. }), "{refused:?}");
        assert!(refused.to_string().contains("make room"), "{refused}");
        assert_eq!(store.account(&app).unwrap(), Some(account));
        store.integrity().unwrap();
    }

    #[test]
    fn commits_survive_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("syntony.db")).unwrap();
        let pragma = |name: &str| -> String {
            store
                .conn
                .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                .map_or_else(|error| error.to_string(), |value| format!("{value:?}"))
        };
        assert_eq!(pragma("journal_mode"), "Text(\"wal\")");
        assert_eq!(pragma("synchronous"), "Integer(2)", "full");
        assert_eq!(pragma("foreign_keys"), "Integer(1)");
    }
}
