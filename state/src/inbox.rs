//! The inbox: whom webhooks pointed at, until a run has looked at them.
//!
//! A letter names a contact (or, where the vendor gives no id, an address) and says nothing else: what is known of a
//! contact comes from its app alone. The one thing that no app shows afterwards, an opt-out told once, is kept at once
//! ([`OptOut`]).
//!
//! What it keeps: a letter goes when a run has looked, never before; one that comes again while a run is looking stays
//! for the next; the inbox has a limit, and beyond it the app is marked to be read completely ([`Store::wants_full_look`]),
//! so that nothing is lost without a trace. Nobody who asked to be forgotten is in it.

use crate::apps::know_app;
use crate::codec::{count, limit};
use crate::error::{Result, StateError};
use crate::forget::{hash, is_forgotten_contact, is_forgotten_mailbox, salt};
use crate::fulllook;
use crate::optout::{self, OptOut};
use crate::store::Store;
use rusqlite::{Connection, Row, params};
use syntony_core::ids::{AppName, ContactId, EmailKey};

/// The most letters that wait for one app. Reading everybody is cheaper than reading more than these one by one.
pub const MAX_LETTERS: u64 = 10_000;
/// How many runs look for somebody whom the app does not show before the letter is given up.
pub const MAX_TRIES: u32 = 5;

/// Whom a letter names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// A contact by its id.
    Contact(ContactId),
    /// Whoever holds an address, where the vendor names no id.
    Address {
        /// As the vendor spells it.
        address: String,
        /// For comparison.
        key: EmailKey,
    },
}

/// What a webhook pointed at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// Who is to be looked at.
    pub whom: Whom,
    /// That they opted out, where the app shows that nowhere else.
    pub opted_out: Option<OptOut>,
}

/// A letter's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterNo(i64);

/// A letter that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number; another one if the same letter came again.
    pub no: LetterNo,
    /// What it points at.
    pub tip: Tip,
}

/// What became of tips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Letters that wait now because of them, those included that waited already.
    pub waiting: u64,
    /// Those for which there was no room: the app is marked to be read completely.
    pub overflowed: u64,
    /// Those about people who asked to be forgotten.
    pub held_back: u64,
}

impl Store {
    /// Takes in what a webhook pointed at: one transaction, on disk when this returns. An opt-out is kept whether or not
    /// there is room.
    ///
    /// # Errors
    /// The database's own; nothing was taken in then.
    pub fn receive(&mut self, app: &AppName, tips: &[Tip]) -> Result<Received> {
        self.write(|tx| {
            know_app(tx, app)?;
            let salt = salt(tx)?;
            let mut room = MAX_LETTERS.saturating_sub(waiting(tx, app)?);
            let mut received = Received::default();
            for tip in tips {
                if is_forgotten(tx, &salt, app, &tip.whom)? {
                    received.held_back += 1;
                    continue;
                }
                if let (Whom::Contact(id), Some(opt_out)) = (&tip.whom, &tip.opted_out) {
                    optout::note(tx, app, id, opt_out)?;
                }
                match put(tx, &salt, app, tip, room)? {
                    Put::New => (room, received.waiting) = (room.saturating_sub(1), received.waiting + 1),
                    Put::Again => received.waiting += 1,
                    Put::NoRoom => received.overflowed += 1,
                }
            }
            if received.overflowed > 0 {
                fulllook::want(tx, app)?;
            }
            Ok(received)
        })
    }

    /// Letters of an app in the order of their numbers, after `after`.
    ///
    /// # Errors
    /// The database's own.
    pub fn letters(&self, app: &AppName, after: Option<LetterNo>, max_letters: usize) -> Result<Vec<Letter>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT letter_no, contact, address, email_key, opted_out_ms, opted_out_by FROM inbox
                 WHERE app = ?1 AND letter_no > ?2 ORDER BY letter_no LIMIT ?3",
            )?
            .query_and_then(params![app.as_str(), after.map_or(0, |no| no.0), limit(max_letters)], letter)?
            .collect()
        })
    }

    /// How many letters of an app wait.
    ///
    /// # Errors
    /// The database's own.
    pub fn letter_count(&self, app: &AppName) -> Result<u64> {
        self.read(|conn| waiting(conn, app))
    }

    /// Throws letters away that a run has looked at. One that came again since has another number and stays.
    ///
    /// # Errors
    /// The database's own.
    pub fn letters_answered(&mut self, letters: &[LetterNo]) -> Result<()> {
        self.write(|tx| {
            let mut statement = tx.prepare_cached("DELETE FROM inbox WHERE letter_no = ?1")?;
            for no in letters {
                statement.execute([no.0])?;
            }
            Ok(())
        })
    }

    /// Counts a run that could not reach whom these letters name, and gives up those that [`MAX_TRIES`] runs tried.
    /// Says how many were given up.
    ///
    /// # Errors
    /// The database's own.
    pub fn letters_unanswered(&mut self, letters: &[LetterNo]) -> Result<u64> {
        self.write(|tx| {
            let mut given_up = 0;
            for no in letters {
                tx.prepare_cached("UPDATE inbox SET tries = tries + 1 WHERE letter_no = ?1")?
                    .execute([no.0])?;
                given_up += tx
                    .prepare_cached("DELETE FROM inbox WHERE letter_no = ?1 AND tries >= ?2")?
                    .execute(params![no.0, MAX_TRIES])?;
            }
            Ok(given_up as u64)
        })
    }
}

/// What became of a tip.
enum Put {
    New,
    Again,
    NoRoom,
}

fn put(conn: &Connection, salt: &[u8; 32], app: &AppName, tip: &Tip, room: u64) -> Result<Put> {
    let (contact, address, key) = match &tip.whom {
        Whom::Contact(id) => (Some(id.as_str()), None, None),
        Whom::Address { address, key } => (None, Some(address.as_str()), Some(key.as_str())),
    };
    // With an id the opt-out is kept already. Without one there is nowhere else to keep it, so it always finds room.
    let opted_out = tip.opted_out.as_ref().filter(|_| contact.is_none());
    let kind = match (contact, opted_out) {
        (Some(_), _) => "contact",
        (None, None) => "address",
        (None, Some(_)) => "opt-out",
    };
    let hash = hash(salt, &["letter", app.as_str(), kind, contact.or(key).unwrap_or_default()]);
    let replaced = conn
        .prepare_cached("DELETE FROM inbox WHERE app = ?1 AND hash = ?2")?
        .execute(params![app.as_str(), hash])?;
    if replaced == 0 && room == 0 && opted_out.is_none() {
        return Ok(Put::NoRoom);
    }
    conn.prepare_cached(
        "INSERT INTO inbox (app, hash, contact, address, email_key, opted_out_ms, opted_out_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        app.as_str(),
        hash,
        contact,
        address,
        key,
        opted_out.map(|opt_out| opt_out.at_ms),
        opted_out.map(|opt_out| opt_out.source.as_str()),
    ])?;
    Ok(if replaced == 0 { Put::New } else { Put::Again })
}

fn letter(row: &Row<'_>) -> Result<Letter> {
    let no = LetterNo(row.get("letter_no")?);
    let whom = match (
        row.get::<_, Option<String>>("contact")?,
        row.get("address")?,
        row.get::<_, Option<String>>("email_key")?,
    ) {
        (Some(id), None, None) => Whom::Contact(ContactId::new(id)),
        (None, Some(address), Some(key)) => Whom::Address { address, key: EmailKey::new(key) },
        _ => return Err(StateError::Unreadable { what: "letter" }),
    };
    let opted_out = match (row.get("opted_out_ms")?, row.get("opted_out_by")?) {
        (Some(at_ms), Some(source)) => Some(OptOut { at_ms, source }),
        _ => None,
    };
    Ok(Letter { no, tip: Tip { whom, opted_out } })
}

fn waiting(conn: &Connection, app: &AppName) -> Result<u64> {
    let letters = conn
        .prepare_cached("SELECT COUNT(*) FROM inbox WHERE app = ?1")?
        .query_row([app.as_str()], |row| row.get(0))?;
    Ok(count(letters))
}

fn is_forgotten(conn: &Connection, salt: &[u8; 32], app: &AppName, whom: &Whom) -> Result<bool> {
    match whom {
        Whom::Contact(id) => is_forgotten_contact(conn, salt, app, id),
        Whom::Address { key, .. } => is_forgotten_mailbox(conn, salt, key),
    }
}

/// Drops what is kept here of people who have just asked to be forgotten.
pub(crate) fn erase_forgotten(conn: &Connection, salt: &[u8; 32]) -> Result<()> {
    let mut letters = Vec::new();
    let mut all = conn.prepare_cached(
        "SELECT app, letter_no, contact, address, email_key, opted_out_ms, opted_out_by FROM inbox",
    )?;
    let mut rows = all.query(())?;
    while let Some(row) = rows.next()? {
        let app = AppName::new(row.get::<_, String>("app")?);
        let letter = letter(row)?;
        if is_forgotten(conn, salt, &app, &letter.tip.whom)? {
            letters.push(letter.no.0);
        }
    }
    for no in letters {
        conn.prepare_cached("DELETE FROM inbox WHERE letter_no = ?1")?.execute([no])?;
    }
    let mut opted_out = Vec::new();
    let mut all = conn.prepare_cached("SELECT app, id FROM opted_out")?;
    let mut rows = all.query(())?;
    while let Some(row) = rows.next()? {
        let (app, id) =
            (AppName::new(row.get::<_, String>("app")?), ContactId::new(row.get::<_, String>("id")?));
        if is_forgotten_contact(conn, salt, &app, &id)? {
            opted_out.push((app, id));
        }
    }
    for (app, id) in opted_out {
        conn.prepare_cached("DELETE FROM opted_out WHERE app = ?1 AND id = ?2")?
            .execute([app.as_str(), id.as_str()])?;
    }
    Ok(())
}
