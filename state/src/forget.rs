//! People who asked to be forgotten: everything stored about them goes, and what is learned of them later is
//! not kept.
//!
//! What stays is a salted hash of each mailbox and of each contact that they were: enough to know them again,
//! not enough to tell who they are. An observation that is one of theirs is dropped before it is set aside, so
//! nothing behind it (matching, planning, look-ups, history) ever hears of them, and nobody is created again.
//!
//! It never touches an app.

use crate::codec::{count, decode};
use crate::contacts::contact_by_no;
use crate::error::{Result, StateError};
use crate::inbox;
use crate::staging::Staged;
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::ids::{AppName, ContactId, EmailKey};

/// How often the circle of a person's contacts is widened by links: one for each connection in a row.
const MAX_LINKS_IN_A_ROW: usize = 16;

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Contacts that were known.
    pub contacts: u64,
    /// Links between them.
    pub links: u64,
    /// Writes in the history.
    pub writes: u64,
}

/// A contact that the person was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Trace {
    contact_no: i64,
    app: AppName,
    id: ContactId,
    keys: Vec<EmailKey>,
}

impl Store {
    /// Erases everything about whoever has this mailbox: the contacts that hold it, those that they are linked
    /// to, links, bases, standings, history, reports; and remembers them by hash alone. Afterwards the file is
    /// written anew, so that nothing is left in its free pages.
    ///
    /// # Errors
    /// The database's own; unless the text says otherwise, nothing was erased then.
    pub fn forget(&mut self, mailbox: &EmailKey, now_ms: i64) -> Result<Forgotten> {
        let forgotten = self.write(|tx| {
            let salt = salt(tx)?;
            let traces = traces(tx, mailbox)?;
            let mut forgotten = Forgotten { contacts: count(traces.len() as i64), ..Forgotten::default() };
            remember(tx, &hash_of_mailbox(&salt, mailbox), now_ms)?;
            for trace in &traces {
                remember(tx, &hash_of_contact(&salt, &trace.app, &trace.id), now_ms)?;
                for key in &trace.keys {
                    remember(tx, &hash_of_mailbox(&salt, key), now_ms)?;
                }
                forgotten.writes += erase_history(tx, trace)?;
                erase_reports(tx, trace)?;
            }
            for trace in &traces {
                forgotten.links += erase_contact(tx, trace)?;
            }
            erase_staged(tx, &salt)?;
            inbox::erase_forgotten(tx, &salt)?;
            Ok(forgotten)
        })?;
        self.write_anew()?;
        Ok(forgotten)
    }

    /// Whether whoever has this mailbox asked to be forgotten.
    ///
    /// # Errors
    /// The database's own.
    pub fn is_forgotten(&self, mailbox: &EmailKey) -> Result<bool> {
        self.read(|conn| is_known(conn, &hash_of_mailbox(&salt(conn)?, mailbox)))
    }
}

/// Tells observations of people who asked to be forgotten.
pub(crate) struct Sieve<'c> {
    conn: &'c Connection,
    /// `None`: nobody ever asked, and nothing has to be hashed.
    salt: Option<[u8; 32]>,
}

impl<'c> Sieve<'c> {
    pub(crate) fn new(conn: &'c Connection) -> Result<Self> {
        let anybody: bool = conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM forgotten)")?
            .query_row((), |row| row.get(0))?;
        Ok(Self { conn, salt: if anybody { Some(salt(conn)?) } else { None } })
    }

    /// Whether nothing of this observation may be kept.
    pub(crate) fn holds_back(&self, app: &AppName, staged: &Staged) -> Result<bool> {
        let Some(salt) = &self.salt else { return Ok(false) };
        let theirs = hash_of_contact(salt, app, &staged.change.id);
        if is_known(self.conn, &theirs)? {
            return Ok(true);
        }
        for id in &staged.change.previous_ids {
            if pass_on(self.conn, &hash_of_contact(salt, app, id), &theirs)? {
                return Ok(true);
            }
        }
        for key in &staged.keys {
            if is_known(self.conn, &hash_of_mailbox(salt, key))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a contact is one of somebody who asked to be forgotten.
pub(crate) fn is_forgotten_contact(
    conn: &Connection,
    salt: &[u8; 32],
    app: &AppName,
    id: &ContactId,
) -> Result<bool> {
    is_known(conn, &hash_of_contact(salt, app, id))
}

/// Whether a mailbox is.
pub(crate) fn is_forgotten_mailbox(conn: &Connection, salt: &[u8; 32], mailbox: &EmailKey) -> Result<bool> {
    is_known(conn, &hash_of_mailbox(salt, mailbox))
}

pub(crate) fn salt(conn: &Connection) -> Result<[u8; 32]> {
    Ok(conn.prepare_cached("SELECT salt FROM salt")?.query_row((), |row| row.get(0))?)
}

fn hash_of_mailbox(salt: &[u8; 32], mailbox: &EmailKey) -> [u8; 32] {
    hash(salt, &["mailbox", mailbox.as_str()])
}

fn hash_of_contact(salt: &[u8; 32], app: &AppName, id: &ContactId) -> [u8; 32] {
    hash(salt, &["contact", app.as_str(), id.as_str()])
}

pub(crate) fn hash(salt: &[u8; 32], words: &[&str]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(salt);
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn is_known(conn: &Connection, hash: &[u8; 32]) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM forgotten WHERE hash = ?1")?
        .query_row([hash], |_| Ok(()))
        .optional()?
        .is_some())
}

/// A contact that a known one was renamed to is known as well: the vendor may never tell of its former name again.
/// Says whether it is.
fn pass_on(conn: &Connection, former: &[u8; 32], new: &[u8; 32]) -> Result<bool> {
    conn.prepare_cached(
        "INSERT OR IGNORE INTO forgotten (hash, at_ms) SELECT ?2, at_ms FROM forgotten WHERE hash = ?1",
    )?
    .execute([former, new])?;
    is_known(conn, new)
}

fn remember(conn: &Connection, hash: &[u8; 32], now_ms: i64) -> Result<()> {
    conn.prepare_cached("INSERT OR IGNORE INTO forgotten (hash, at_ms) VALUES (?1, ?2)")?
        .execute(params![hash, now_ms])?;
    Ok(())
}

/// Who holds the mailbox, and who is linked to them, and to those.
fn traces(conn: &Connection, mailbox: &EmailKey) -> Result<BTreeSet<Trace>> {
    let mut known: BTreeSet<i64> = conn
        .prepare_cached("SELECT contact_no FROM contact_key WHERE email_key = ?1")?
        .query_and_then([mailbox.as_str()], |row| Ok::<i64, StateError>(row.get(0)?))?
        .collect::<Result<_>>()?;
    let mut linked = conn.prepare_cached(
        "SELECT theirs.contact_no FROM pair_end AS mine JOIN pair_end AS theirs ON theirs.pair_no = mine.pair_no
         WHERE mine.contact_no = ?1",
    )?;
    for _ in 0..MAX_LINKS_IN_A_ROW {
        let before = known.len();
        for contact_no in known.clone() {
            let mut rows = linked.query([contact_no])?;
            while let Some(row) = rows.next()? {
                known.insert(row.get(0)?);
            }
        }
        if known.len() == before {
            break;
        }
    }
    known.into_iter().map(|contact_no| trace(conn, contact_no)).collect()
}

fn trace(conn: &Connection, contact_no: i64) -> Result<Trace> {
    let contact = contact_by_no(conn, contact_no)?;
    let app: String = conn
        .prepare_cached("SELECT app FROM contact WHERE contact_no = ?1")?
        .query_row([contact_no], |row| row.get(0))?;
    Ok(Trace { contact_no, app: AppName::new(app), id: contact.id, keys: contact.keys })
}

/// Ops on the contact, and ops on its counterparts that were made because of it.
fn erase_history(conn: &Connection, trace: &Trace) -> Result<u64> {
    let erased = conn
        .prepare_cached(
            "DELETE FROM op WHERE (app = ?1 AND contact = ?2)
                OR (left_id = ?2 AND connection IN (SELECT name FROM connection WHERE left_app = ?1))
                OR (right_id = ?2 AND connection IN (SELECT name FROM connection WHERE right_app = ?1))",
        )?
        .execute([trace.app.as_str(), trace.id.as_str()])?;
    Ok(erased as u64)
}

/// Lines of run reports that name the contact. The counts of what was done stay.
fn erase_reports(conn: &Connection, trace: &Trace) -> Result<()> {
    let mut search = conn.prepare_cached("SELECT run_id, report FROM run WHERE instr(report, ?1) > 0")?;
    let mut rows = search.query([trace.id.as_str()])?;
    let mut cleaned = Vec::new();
    while let Some(row) = rows.next()? {
        let mut report: Json = decode("report", &row.get::<_, String>("report")?)?;
        let connections = report.get_mut("connections").and_then(Json::as_array_mut);
        for connection in connections.into_iter().flatten() {
            if let Some(failures) = connection.get_mut("failures").and_then(Json::as_array_mut) {
                failures.retain(|line| line.get("contact").is_none_or(|id| id != trace.id.as_str()));
            }
        }
        cleaned.push((row.get::<_, String>("run_id")?, report.to_string()));
    }
    for (run, report) in cleaned {
        conn.prepare_cached("UPDATE run SET report = ?2 WHERE run_id = ?1")?.execute([run, report])?;
    }
    Ok(())
}

/// The contact, with everything that hangs on it. Says how many links that were.
fn erase_contact(conn: &Connection, trace: &Trace) -> Result<u64> {
    let mut links = 0;
    let pairs: Vec<(i64, bool)> = conn
        .prepare_cached(
            "SELECT pair.pair_no, pair.status IS NOT NULL FROM pair_end JOIN pair USING (pair_no, connection)
             WHERE contact_no = ?1",
        )?
        .query_and_then([trace.contact_no], |row| Ok::<_, StateError>((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    for (pair_no, is_link) in pairs {
        links += u64::from(is_link);
        conn.prepare_cached("DELETE FROM pair WHERE pair_no = ?1")?.execute([pair_no])?;
    }
    conn.prepare_cached("DELETE FROM contact WHERE contact_no = ?1")?.execute([trace.contact_no])?;
    Ok(links)
}

/// Pages of a listing that broke off may hold them too.
fn erase_staged(conn: &Connection, salt: &[u8; 32]) -> Result<()> {
    let mut all = conn.prepare_cached("SELECT staged_no, app, id, keys FROM staged")?;
    let mut rows = all.query(())?;
    let mut theirs: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        let app = AppName::new(row.get::<_, String>("app")?);
        let id = ContactId::new(row.get::<_, String>("id")?);
        let keys: Vec<EmailKey> = decode("list of e-mail keys", &row.get::<_, String>("keys")?)?;
        let mut known = is_known(conn, &hash_of_contact(salt, &app, &id))?;
        for key in &keys {
            known |= is_known(conn, &hash_of_mailbox(salt, key))?;
        }
        if known {
            theirs.push(row.get("staged_no")?);
        }
    }
    for staged_no in theirs {
        conn.prepare_cached("DELETE FROM staged WHERE staged_no = ?1")?.execute([staged_no])?;
    }
    Ok(())
}
