//! What can go wrong with the state, each with what to do about it. No text here ever carries a value of
//! a contact: ids, names and file paths alone.

use std::path::PathBuf;
use syntony_core::ids::{AppName, ConnectionName, ContactId, OpKey};
use syntony_core::side::Sides;

/// What every method of the store gives.
pub type Result<T> = std::result::Result<T, StateError>;

/// Why the state could not be read or written. Nothing was changed, unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be opened or made.
    #[error("the state database {} cannot be opened: {reason}; check that its folder exists and that this user may read and write there", .path.display())]
    CannotOpen {
        /// The database file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not a database, or a damaged one. It is left exactly as it is.
    #[error("the state database {} is damaged: {reason}; it is left as it was: restore a backup of it, or move it away and run `syntony resync` to build a new one (links are found again by e-mail address)", .path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A sound SQLite file that another program made.
    #[error("{} is a database of another program; nothing was written to it: name another file under [state] path", .path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote the file.
    #[error(
        "the state database has version {found}, this program knows versions up to {known}; use the newer program that wrote it"
    )]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// An older program wrote the file, and it is open for reading alone.
    #[error(
        "the state database has version {found}, this program wants version {known}; a `syntony sync` brings it up to date"
    )]
    Older {
        /// The file's version.
        found: i64,
        /// The version that this program wants.
        known: i64,
    },
    /// Another run holds the lock.
    #[error("another run works on this state: {holder}; wait until it ends")]
    Locked {
        /// What the lock file says: process, what runs, since when.
        holder: String,
    },
    /// Another program keeps the database busy.
    #[error("another program keeps the state database {} busy; close it and run again", .path.display())]
    Busy {
        /// The database file.
        path: PathBuf,
    },
    /// No room on the disk.
    #[error("the disk is full: the state database {} cannot grow; make room and run again, nothing is lost", .path.display())]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The file, or the folder, or the opening of it allows no writing.
    #[error("the state database {} cannot be written; check the permissions of the file and of its folder", .path.display())]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The disk or the file system failed.
    #[error("the state database {} could not be read or written: {reason}; check the disk and run again", .path.display())]
    Io {
        /// The database file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// A text inside the database is not what this program writes.
    #[error(
        "the state database holds a {what} that cannot be read; restore a backup, or move the file away and run `syntony resync`"
    )]
    Unreadable {
        /// What kind of thing it is.
        what: &'static str,
    },
    /// The connection exists between other apps: its links would point at strangers.
    #[error("connection {connection} was made between {} and {}, and is now between {} and {}; give the connection another name, or put the old apps back", .was.left, .was.right, .now.left, .now.right)]
    Rewired {
        /// The connection.
        connection: ConnectionName,
        /// Its apps in the state.
        was: Sides<AppName>,
        /// Its apps in the configuration.
        now: Sides<AppName>,
    },
    /// [`Store::connect`](crate::Store::connect) was not called for this connection.
    #[error("connection {connection} is not known to the state yet; run `syntony sync` once")]
    NotConnected {
        /// The connection.
        connection: ConnectionName,
    },
    /// Two contacts were taken for a pair while one of them is linked to a third.
    #[error(
        "connection {connection}: {left} and {right} are no pair, one of them is linked to another contact; please report this"
    )]
    LinkedElsewhere {
        /// The connection.
        connection: ConnectionName,
        /// The left contact.
        left: ContactId,
        /// The right contact.
        right: ContactId,
    },
    /// A base or a link status was given for contacts that are not linked.
    #[error(
        "connection {connection}: a base or a link status was given for contacts without a link; please report this"
    )]
    NotLinked {
        /// The connection.
        connection: ConnectionName,
    },
    /// A settlement that names no contact at all.
    #[error("connection {connection}: a settlement names no contact; please report this")]
    NoSubject {
        /// The connection.
        connection: ConnectionName,
    },
    /// An op was settled that was never intended, or that is settled already.
    #[error("op {op} is not open; please report this")]
    NotOpen {
        /// The op.
        op: OpKey,
    },
    /// The store was told to fail here, as if the process had died
    /// ([`Store::fail_after_commits`](crate::Store::fail_after_commits)).
    #[error("the state was interrupted")]
    Interrupted,
    /// The database contradicts itself (found by [`Store::integrity`](crate::Store::integrity)).
    #[error("the state database contradicts itself: {what}; restore a backup of it")]
    Contradiction {
        /// Where.
        what: String,
    },
    /// Anything else that SQLite reports.
    #[error("the state database failed: {0}; please report this")]
    Sqlite(#[from] rusqlite::Error),
}
