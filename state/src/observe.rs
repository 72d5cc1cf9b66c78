//! From observations to what is known: the second transaction of a run, and the only code that changes
//! what is known of a contact. Listings, look-ups and confirmed writes all pass through [`apply`].
//!
//! What it keeps: the cursor moves together with what it covers; an old observation undoes nothing newer;
//! whatever is not said (missing, unreadable, not visible) is never taken for a deletion.
//!
//! Contents stay inside SQLite: they are compared and moved there, so that a listing of any size passes
//! through a fixed amount of memory.

use crate::apps::{know_app, move_cursor, watchers_of};
use crate::codec::{contact_id, count, decode};
use crate::contacts::ids_after;
use crate::error::{Result, StateError};
use crate::staging::{self, Lane, Staged};
use crate::store::Store;
use crate::todo::push;
use rusqlite::{Connection, Row, params};
use syntony_core::ids::{AppName, ConnectionName, ContactId, Cursor};
use syntony_core::observe::Coverage;
use syntony_core::record::Evidence;
use syntony_core::side::Side;

/// How many unreadable contacts are named; the others are counted.
const MAX_UNREADABLE_NAMED: usize = 100;

/// What became of a listing's observations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Contacts that the observations spoke of.
    pub read: u64,
    /// Contacts that are there and are new or not as they were.
    pub changed: u64,
    /// Contacts that are newly gone.
    pub gone: u64,
    /// Observations older than what is known already. They changed nothing.
    pub outdated: u64,
    /// Contacts of the app that complete listings lacked and that were not read by id since.
    pub suspects: u64,
    /// Contacts whose record could not be understood. What was known of them stays.
    pub unreadable: u64,
    /// The first hundred of those by id, and what was wrong.
    pub unreadable_named: Vec<(ContactId, String)>,
}

impl Store {
    /// Turns what was set aside ([`Store::stage`]) into what is known, and moves the cursor: one
    /// transaction. Contacts that changed are queued for each of `watchers` that is a connection's side
    /// of this app; a contact whose content is as before is not, however often its version moved.
    ///
    /// After [`Coverage::Everything`] each contact that should be there and was not listed becomes a
    /// *suspect* ([`Store::suspects`]), to be read by its id. Nothing else follows from its absence.
    ///
    /// # Errors
    /// [`StateError::NotConnected`] for an unknown watcher; the database's own. Nothing happened then: what
    /// was set aside is still there.
    pub fn observe(
        &mut self,
        app: &AppName,
        coverage: Coverage,
        cursor: Option<&Cursor>,
        watchers: &[(ConnectionName, Side)],
        now_ms: i64,
    ) -> Result<Observed> {
        self.write(|tx| {
            // A listing without a single contact has staged nothing, and still moves the cursor.
            know_app(tx, app)?;
            let mut observed = apply(tx, Lane::Listing, app, watchers, now_ms)?;
            match coverage {
                Coverage::Everything => suspect_the_missing(tx, app)?,
                Coverage::Changes | Coverage::Discovered => {}
            }
            observed.suspects = count_suspects(tx, app)?;
            if let Some(cursor) = cursor {
                move_cursor(tx, app, cursor, now_ms)?;
            }
            staging::clear(tx, Lane::Listing, app)?;
            Ok(observed)
        })
    }

    /// Observations outside a listing (contacts read by id, found by address), by the same rules, in one
    /// transaction.
    ///
    /// # Errors
    /// As [`Store::observe`].
    pub fn note(
        &mut self,
        app: &AppName,
        seen: &[Staged],
        watchers: &[(ConnectionName, Side)],
        now_ms: i64,
    ) -> Result<Observed> {
        self.write(|tx| {
            let mut observed = apply_directly(tx, app, seen, watchers, now_ms)?;
            observed.suspects = count_suspects(tx, app)?;
            Ok(observed)
        })
    }

    /// Contacts that a complete listing lacked, in order, after `after`.
    ///
    /// # Errors
    /// The database's own.
    pub fn suspects(
        &self,
        app: &AppName,
        after: Option<&ContactId>,
        max_ids: usize,
    ) -> Result<Vec<ContactId>> {
        self.read(|conn| {
            ids_after(
                conn,
                "SELECT id FROM contact WHERE app = ?1 AND id > ?2 AND suspect = 1 ORDER BY id LIMIT ?3",
                app,
                after,
                max_ids,
            )
        })
    }

    /// How many there are.
    ///
    /// # Errors
    /// The database's own.
    pub fn suspect_count(&self, app: &AppName) -> Result<u64> {
        self.read(|conn| count_suspects(conn, app))
    }

    /// Takes the suspicion off contacts. ([`Store::note`] does it by itself for each contact that it is
    /// told of.)
    ///
    /// # Errors
    /// The database's own.
    pub fn clear_suspect(&mut self, app: &AppName, ids: &[ContactId]) -> Result<()> {
        self.write(|tx| {
            let mut statement =
                tx.prepare_cached("UPDATE contact SET suspect = 0 WHERE app = ?1 AND id = ?2")?;
            for id in ids {
                statement.execute([app.as_str(), id.as_str()])?;
            }
            Ok(())
        })
    }
}

/// Observations that are at hand now, applied and forgotten within the caller's transaction.
pub(crate) fn apply_directly(
    conn: &Connection,
    app: &AppName,
    seen: &[Staged],
    watchers: &[(ConnectionName, Side)],
    now_ms: i64,
) -> Result<Observed> {
    staging::put(conn, Lane::Direct, app, seen)?;
    let observed = apply(conn, Lane::Direct, app, watchers, now_ms)?;
    staging::clear(conn, Lane::Direct, app)?;
    Ok(observed)
}

/// One lane's observations of one app, in order of their ids.
fn apply(
    conn: &Connection,
    lane: Lane,
    app: &AppName,
    watchers: &[(ConnectionName, Side)],
    now_ms: i64,
) -> Result<Observed> {
    follow_renames(conn, lane, app)?;
    let watchers = watchers_of(conn, app, watchers)?;
    let mut observed = Observed::default();
    // Only `contact` and `todo` are written while `staged` is walked, and a contact is written after its
    // row was read.
    let mut walk = conn.prepare_cached(WALK)?;
    let mut rows = walk.query([lane.text(), app.as_str()])?;
    while let Some(row) = rows.next()? {
        observed.read += 1;
        let staged_no: i64 = row.get("staged_no")?;
        match decide(known(row)?, arrived(row)?) {
            Step::Keep => {}
            Step::DropAsOutdated => observed.outdated += 1,
            Step::Report => {
                observed.unreadable += 1;
                if observed.unreadable_named.len() < MAX_UNREADABLE_NAMED {
                    observed.unreadable_named.push((contact_id(row, "id")?, row.get("problem")?));
                }
            }
            Step::Refresh => {
                conn.prepare_cached(REFRESH)?.execute([staged_no])?;
            }
            Step::StoreQuietly => {
                store(conn, staged_no, now_ms)?;
            }
            step @ (Step::StoreLive | Step::StoreGone) => {
                let contact_no = store(conn, staged_no, now_ms)?;
                for (connection, side) in &watchers {
                    push(conn, connection, *side, contact_no)?;
                }
                match step {
                    Step::StoreLive => observed.changed += 1,
                    _ => observed.gone += 1,
                }
            }
        }
    }
    unsuspect_the_seen(conn, lane, app)?;
    Ok(observed)
}

/// Each staged observation beside what is known of its contact. The LEFT JOIN keeps `staged` the outer
/// loop, in the order of its own index, so that nothing is sorted or gathered.
const WALK: &str = "
    SELECT staged.staged_no, staged.id, staged.problem,
           staged.state AS arrived_state, staged.evidence AS arrived_evidence,
           contact.state AS known_state, contact.evidence AS known_evidence,
           staged.version_order < contact.version_order AS is_older,
           staged.content IS contact.content AND staged.keys IS contact.keys AS same_content,
           staged.version_tag IS contact.version_tag AND staged.shadow IS contact.shadow
               AND COALESCE(staged.version_order, contact.version_order) IS contact.version_order
               AND COALESCE(staged.created_ms, contact.created_ms) IS contact.created_ms
               AND COALESCE(staged.marker, contact.marker) IS contact.marker AS same_form
    FROM staged LEFT JOIN contact ON contact.app = staged.app AND contact.id = staged.id
    WHERE staged.lane = ?1 AND staged.app = ?2
    ORDER BY staged.id";

/// What a person would not call a change. An observation without an order leaves the known one.
const REFRESH: &str = "
    UPDATE contact SET
        version_tag = staged.version_tag, shadow = staged.shadow,
        version_order = COALESCE(staged.version_order, contact.version_order),
        created_ms = COALESCE(staged.created_ms, contact.created_ms),
        marker = COALESCE(staged.marker, contact.marker)
    FROM staged
    WHERE staged.staged_no = ?1 AND contact.app = staged.app AND contact.id = staged.id";

/// The observation becomes what is known.
/// - The highest order stays, whatever comes, so that older news are known as such later.
/// - A contact that is not visible any more keeps its e-mail keys: its address is not free.
const STORE: &str = "
    INSERT INTO contact (app, id, state, version_tag, version_order, content, keys, created_ms, marker,
                         shadow, evidence, changed_ms)
    SELECT app, id, state, version_tag, version_order, content, keys, created_ms, marker, shadow, evidence, ?2
    FROM staged WHERE staged_no = ?1
    ON CONFLICT (app, id) DO UPDATE SET
        state = excluded.state, version_tag = excluded.version_tag,
        version_order = MAX(COALESCE(excluded.version_order, version_order),
                            COALESCE(version_order, excluded.version_order)),
        content = excluded.content,
        keys = CASE excluded.state WHEN 'unknown' THEN keys ELSE excluded.keys END,
        created_ms = COALESCE(excluded.created_ms, created_ms), marker = COALESCE(excluded.marker, marker),
        shadow = excluded.shadow, evidence = excluded.evidence, suspect = 0, changed_ms = excluded.changed_ms
    RETURNING contact_no";

fn store(conn: &Connection, staged_no: i64, now_ms: i64) -> Result<i64> {
    Ok(conn.prepare_cached(STORE)?.query_row(params![staged_no, now_ms], |row| row.get(0))?)
}

/// What is known of a contact, as far as it decides what an observation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nobody ever spoke of it.
    Absent,
    /// Somebody named it, nothing was learned.
    Never,
    Unknown,
    Live,
    Gone(End),
}

/// How a contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Deleted,
    Merged,
}

/// An observation, as far as it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrived {
    Live(News),
    Gone(End),
    Unknown,
    Unreadable,
}

/// How a record compares with the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// It is certainly older.
    Outdated,
    /// It is the same in all.
    Same,
    /// The same to a person: its version moved, or what its connector keeps with it.
    SameContent,
    /// It is another, or the only one.
    Changed,
}

/// What an observation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Keep,
    DropAsOutdated,
    Report,
    Refresh,
    StoreQuietly,
    StoreLive,
    StoreGone,
}

/// The policy: what an observation does to what is known.
fn decide(known: Known, arrived: Arrived) -> Step {
    match (known, arrived) {
        // What could not be understood says nothing.
        (_, Arrived::Unreadable) => Step::Report,
        (_, Arrived::Live(News::Outdated)) => Step::DropAsOutdated,
        (Known::Live, Arrived::Live(News::Same)) => Step::Keep,
        (Known::Live, Arrived::Live(News::SameContent)) => Step::Refresh,
        (Known::Live, Arrived::Live(News::Changed)) => Step::StoreLive,
        // It came, or came back: whatever its record says, that is a change.
        (
            Known::Absent | Known::Never | Known::Unknown | Known::Gone(_),
            Arrived::Live(News::Same | News::SameContent | News::Changed),
        ) => Step::StoreLive,
        // A tombstone of a contact that was never known concerns nobody.
        (Known::Absent, Arrived::Gone(_)) => Step::Keep,
        (Known::Never | Known::Unknown | Known::Live, Arrived::Gone(_)) => Step::StoreGone,
        // Where it went is worth knowing even when it is known that it went; the reverse is not: a merge
        // is no deletion, also where the feed reports both.
        (Known::Gone(End::Deleted), Arrived::Gone(End::Merged)) => Step::StoreGone,
        (Known::Gone(End::Deleted), Arrived::Gone(End::Deleted))
        | (Known::Gone(End::Merged), Arrived::Gone(End::Merged | End::Deleted)) => Step::Keep,
        (Known::Absent | Known::Never | Known::Live, Arrived::Unknown) => Step::StoreQuietly,
        // "Cannot be said" takes nothing away from evidence.
        (Known::Unknown | Known::Gone(_), Arrived::Unknown) => Step::Keep,
    }
}

fn known(row: &Row<'_>) -> Result<Known> {
    Ok(match row.get::<_, Option<String>>("known_state")?.as_deref() {
        None => Known::Absent,
        Some("never") => Known::Never,
        Some("unknown") => Known::Unknown,
        Some("live") => Known::Live,
        Some("gone") => Known::Gone(end(row, "known_evidence")?),
        Some(_) => return Err(StateError::Unreadable { what: "contact's state" }),
    })
}

fn arrived(row: &Row<'_>) -> Result<Arrived> {
    Ok(match row.get::<_, String>("arrived_state")?.as_str() {
        "live" => Arrived::Live(news(row)?),
        "gone" => Arrived::Gone(end(row, "arrived_evidence")?),
        "unknown" => Arrived::Unknown,
        "unreadable" => Arrived::Unreadable,
        _ => return Err(StateError::Unreadable { what: "observation's state" }),
    })
}

fn news(row: &Row<'_>) -> Result<News> {
    // Null where one of the two has no order: then nothing is certain.
    let is_older: Option<bool> = row.get("is_older")?;
    Ok(if is_older == Some(true) {
        News::Outdated
    } else if !row.get::<_, bool>("same_content")? {
        News::Changed
    } else if row.get("same_form")? {
        News::Same
    } else {
        News::SameContent
    })
}

fn end(row: &Row<'_>, column: &str) -> Result<End> {
    Ok(match decode("evidence", &row.get::<_, String>(column)?)? {
        Evidence::Tombstone | Evidence::AbsentAndReadGone => End::Deleted,
        Evidence::MergedInto(_) => End::Merged,
    })
}

/// Gives contacts that their vendor renamed their new ids, before anything else: a tombstone of the old
/// name in the same listing is then a tombstone of nobody. Where the new name is known already, the two
/// are two contacts to us, and stay so.
fn follow_renames(conn: &Connection, lane: Lane, app: &AppName) -> Result<()> {
    let mut renamed = conn.prepare_cached(
        "SELECT staged.id, previous.value AS old_id
         FROM staged, json_each(staged.previous_ids) AS previous
         WHERE staged.lane = ?1 AND staged.app = ?2 AND staged.previous_ids <> '[]'
         ORDER BY staged.id, previous.key",
    )?;
    let mut rows = renamed.query([lane.text(), app.as_str()])?;
    while let Some(row) = rows.next()? {
        let (old, new) = (contact_id(row, "old_id")?, contact_id(row, "id")?);
        let moved = conn
            .prepare_cached(
                "UPDATE contact SET id = ?3 WHERE app = ?1 AND id = ?2
                 AND NOT EXISTS (SELECT 1 FROM contact WHERE app = ?1 AND id = ?3)",
            )?
            .execute([app.as_str(), old.as_str(), new.as_str()])?;
        if moved > 0 {
            rename_in_history(conn, app, &old, &new)?;
        }
    }
    Ok(())
}

/// Ops speak of contacts by id. Their history stays theirs, and an open one has to find its pair.
fn rename_in_history(conn: &Connection, app: &AppName, old: &ContactId, new: &ContactId) -> Result<()> {
    let names = [app.as_str(), old.as_str(), new.as_str()];
    for sql in [
        "UPDATE op SET contact = ?3 WHERE app = ?1 AND contact = ?2",
        "UPDATE op SET left_id = ?3 WHERE status IN ('sent', 'unknown') AND left_id = ?2
         AND connection IN (SELECT name FROM connection WHERE left_app = ?1)",
        "UPDATE op SET right_id = ?3 WHERE status IN ('sent', 'unknown') AND right_id = ?2
         AND connection IN (SELECT name FROM connection WHERE right_app = ?1)",
    ] {
        conn.prepare_cached(sql)?.execute(names)?;
    }
    Ok(())
}

/// Whoever was seen is not missing, whatever else was said.
fn unsuspect_the_seen(conn: &Connection, lane: Lane, app: &AppName) -> Result<()> {
    conn.prepare_cached(
        "UPDATE contact SET suspect = 0 WHERE app = ?2 AND suspect = 1 AND EXISTS
         (SELECT 1 FROM staged WHERE staged.lane = ?1 AND staged.app = ?2 AND staged.id = contact.id)",
    )?
    .execute([lane.text(), app.as_str()])?;
    Ok(())
}

fn suspect_the_missing(conn: &Connection, app: &AppName) -> Result<()> {
    conn.prepare_cached(
        "UPDATE contact SET suspect = 1 WHERE app = ?2 AND state = 'live' AND suspect = 0 AND NOT EXISTS
         (SELECT 1 FROM staged WHERE staged.lane = ?1 AND staged.app = ?2 AND staged.id = contact.id)",
    )?
    .execute([Lane::Listing.text(), app.as_str()])?;
    Ok(())
}

fn count_suspects(conn: &Connection, app: &AppName) -> Result<u64> {
    let suspects: i64 = conn
        .prepare_cached("SELECT COUNT(*) FROM contact WHERE app = ?1 AND suspect = 1")?
        .query_row([app.as_str()], |row| row.get(0))?;
    Ok(count(suspects))
}
