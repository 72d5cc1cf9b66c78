//! Pairs: which contacts belong together in a connection, linked or not yet.
//!
//! A *pair* is a row with one or two ends. With a status it is a link, which only [`bind`] makes and
//! nothing here takes apart. Without one it is provisional (a lone contact, or two that were judged
//! together) and gives way: a new pair takes its contacts over, with what rules did to them.
//!
//! Invariant (the primary key of `pair_end`): a contact is in one pair of a connection at the most.

use crate::codec::{side_text, status_of};
use crate::error::{Result, StateError};
use rusqlite::{Connection, OptionalExtension, params};
use syntony_core::ids::ConnectionName;
use syntony_core::pair::LinkStatus;
use syntony_core::side::{Side, Sides};

/// A pair as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) pair_no: i64,
    /// `None`: not linked.
    pub(crate) status: Option<LinkStatus>,
    /// The numbers of its contacts.
    pub(crate) ends: Sides<Option<i64>>,
}

/// What came of asking for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This pair has exactly these ends, or its link has the one that was named.
    Pair(i64),
    /// One of them is linked to a third contact.
    Taken,
}

/// What came of linking two contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// A link that was not there before.
    New(i64),
    /// It was there.
    Kept(i64),
    /// One of them is linked to a third contact; nothing was changed.
    Taken,
}

/// Links two contacts for good.
pub(crate) fn bind(conn: &Connection, connection: &ConnectionName, ends: Sides<i64>) -> Result<Bound> {
    let pair_no = match claim(conn, connection, ends.map(Some))? {
        Claim::Pair(pair_no) => pair_no,
        Claim::Taken => return Ok(Bound::Taken),
    };
    let linked = conn
        .prepare_cached("UPDATE pair SET status = 'active' WHERE pair_no = ?1 AND status IS NULL")?
        .execute([pair_no])?;
    Ok(if linked > 0 { Bound::New(pair_no) } else { Bound::Kept(pair_no) })
}

/// The pair of these contacts, made if need be. With one contact named, its link if it has one.
pub(crate) fn claim(
    conn: &Connection,
    connection: &ConnectionName,
    ends: Sides<Option<i64>>,
) -> Result<Claim> {
    let held = Sides {
        left: pair_of_end(conn, connection, Side::Left, ends.left)?,
        right: pair_of_end(conn, connection, Side::Right, ends.right)?,
    };
    // A link gives way to nothing.
    for (_, pair) in held.iter() {
        if let Some(pair) = pair.as_ref().filter(|pair| pair.status.is_some()) {
            let fits = Side::BOTH.iter().all(|side| ends[*side].is_none() || ends[*side] == pair.ends[*side]);
            return Ok(if fits { Claim::Pair(pair.pair_no) } else { Claim::Taken });
        }
    }
    // Whoever else is in their provisional pairs has to leave before anybody moves in.
    for (side, pair) in held.iter() {
        if let Some(pair) = pair {
            part_from_a_stranger(conn, connection, pair, side.other(), ends[side.other()])?;
        }
    }
    let home = match held.left.as_ref().or(held.right.as_ref()) {
        Some(pair) => pair.pair_no,
        None => insert_pair(conn, connection)?,
    };
    for side in Side::BOTH {
        let Some(contact_no) = ends[side] else { continue };
        match &held[side] {
            None => insert_end(conn, connection, side, contact_no, home)?,
            Some(pair) if pair.pair_no == home => {}
            Some(pair) => move_into(conn, connection, side, contact_no, pair.pair_no, home)?,
        }
    }
    Ok(Claim::Pair(home))
}

/// The pair that a contact is in.
pub(crate) fn pair_of(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
) -> Result<Option<Pair>> {
    let pair_no: Option<i64> = conn
        .prepare_cached(
            "SELECT pair_no FROM pair_end WHERE connection = ?1 AND side = ?2 AND contact_no = ?3",
        )?
        .query_row(params![connection.as_str(), side_text(side), contact_no], |row| row.get(0))
        .optional()?;
    pair_no.map(|pair_no| read_pair(conn, pair_no)).transpose()
}

/// A pair by its number.
pub(crate) fn read_pair(conn: &Connection, pair_no: i64) -> Result<Pair> {
    let mut statement = conn.prepare_cached(
        "SELECT status, (SELECT contact_no FROM pair_end WHERE pair_no = ?1 AND side = 'left') AS left_no,
                (SELECT contact_no FROM pair_end WHERE pair_no = ?1 AND side = 'right') AS right_no
         FROM pair WHERE pair_no = ?1",
    )?;
    let mut rows = statement.query([pair_no])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    Ok(Pair {
        pair_no,
        status: row.get::<_, Option<String>>("status")?.map(|text| status_of(&text)).transpose()?,
        ends: Sides::new(row.get("left_no")?, row.get("right_no")?),
    })
}

/// Takes a pair apart for good; its contacts stay.
pub(crate) fn delete_pair(conn: &Connection, pair_no: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM pair WHERE pair_no = ?1")?.execute([pair_no])?;
    Ok(())
}

fn pair_of_end(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: Option<i64>,
) -> Result<Option<Pair>> {
    contact_no.map_or(Ok(None), |contact_no| pair_of(conn, connection, side, contact_no))
}

fn insert_pair(conn: &Connection, connection: &ConnectionName) -> Result<i64> {
    conn.prepare_cached("INSERT INTO pair (connection) VALUES (?1)")?.execute([connection.as_str()])?;
    Ok(conn.last_insert_rowid())
}

fn insert_end(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
    pair_no: i64,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO pair_end (connection, side, contact_no, pair_no) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![connection.as_str(), side_text(side), contact_no, pair_no])?;
    Ok(())
}

/// Takes whoever is on `side` of a provisional pair out of it, unless it is `wanted`. It keeps the
/// standing that it had in a pair of its own, so that nobody drops out of the counts unseen.
fn part_from_a_stranger(
    conn: &Connection,
    connection: &ConnectionName,
    pair: &Pair,
    side: Side,
    wanted: Option<i64>,
) -> Result<()> {
    let Some(stranger) = pair.ends[side].filter(|stranger| Some(*stranger) != wanted) else {
        return Ok(());
    };
    conn.prepare_cached(
        "INSERT INTO pair (connection, selected, verdict, reason, detail, standing_ms)
         SELECT connection, selected, verdict, reason, detail, standing_ms FROM pair WHERE pair_no = ?1",
    )?
    .execute([pair.pair_no])?;
    set_pair_of_end(conn, connection, side, stranger, conn.last_insert_rowid())
}

/// Moves a contact from its own pair into another. What rules did to it goes along; where both pairs know
/// of an action, the one that is there stays.
fn move_into(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
    from: i64,
    into: i64,
) -> Result<()> {
    for sql in [
        "UPDATE pair SET selected = MAX(selected, (SELECT selected FROM pair WHERE pair_no = ?1)) WHERE pair_no = ?2",
        "UPDATE OR IGNORE action SET pair_no = ?2 WHERE pair_no = ?1",
        "UPDATE OR IGNORE repeats SET pair_no = ?2 WHERE pair_no = ?1",
    ] {
        conn.prepare_cached(sql)?.execute([from, into])?;
    }
    set_pair_of_end(conn, connection, side, contact_no, into)?;
    delete_pair(conn, from)
}

/// Puts a contact that is in a pair into another.
fn set_pair_of_end(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
    pair_no: i64,
) -> Result<()> {
    let moved = conn
        .prepare_cached(
            "UPDATE pair_end SET pair_no = ?4 WHERE connection = ?1 AND side = ?2 AND contact_no = ?3",
        )?
        .execute(params![connection.as_str(), side_text(side), contact_no, pair_no])?;
    if moved == 1 { Ok(()) } else { Err(StateError::NotLinked { connection: connection.clone() }) }
}

/// Puts a contact that is in no link in place of one end of a link.
pub(crate) fn replace_end(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    link: i64,
    contact_no: i64,
) -> Result<()> {
    conn.prepare_cached("DELETE FROM pair_end WHERE pair_no = ?1 AND side = ?2")?
        .execute(params![link, side_text(side)])?;
    match pair_of(conn, connection, side, contact_no)? {
        None => insert_end(conn, connection, side, contact_no, link),
        Some(provisional) => {
            part_from_a_stranger(conn, connection, &provisional, side.other(), None)?;
            move_into(conn, connection, side, contact_no, provisional.pair_no, link)
        }
    }
}
