//! From observations to what is known: the second transaction of a run, and the only code that changes
//! what is known of a contact. Listings, look-ups and confirmed writes all pass through [`apply`].
//!
//! What it keeps: the cursor moves together with what it covers; an old observation undoes nothing newer;
//! whatever is not said (missing, unreadable, not visible) is never taken for a deletion.
//!
//! Contents stay inside SQLite: they are compared and moved there, so that a listing of any size passes
//! through a fixed amount of memory.

use crate::apps::{know_app, move_cursor, watchers_of};
use crate::codec::{contact_id, count};
use crate::contacts::ids_after;
use crate::error::Result;
use crate::judge::{Step, arrived, decide, known};
use crate::staging::{self, Lane, Staged};
use crate::store::Store;
use crate::todo::push;
use rusqlite::{Connection, params};
use syntony_core::ids::{AppName, ConnectionName, ContactId, Cursor};
use syntony_core::observe::Coverage;
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
    /// Contacts whose record could not be understood, and what was wrong: the first hundred by id. What was
    /// known of them stays.
    pub unreadable: Vec<(ContactId, String)>,
    /// How many they are in all.
    pub unreadable_count: u64,
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
    /// [`StateError::NotConnected`](crate::StateError::NotConnected) for an unknown watcher; the database's own. Nothing happened then: what
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

    /// Puts contacts in doubt that are there as far as is known: the next listing has to be complete.
    ///
    /// # Errors
    /// The database's own.
    pub fn suspect(&mut self, app: &AppName, ids: &[ContactId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let mut statement = tx.prepare_cached(
                "UPDATE contact SET suspect = 1 WHERE app = ?1 AND id = ?2 AND state = 'live'",
            )?;
            for id in ids {
                statement.execute([app.as_str(), id.as_str()])?;
            }
            Ok(())
        })
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
                observed.unreadable_count += 1;
                if observed.unreadable.len() < MAX_UNREADABLE_NAMED {
                    observed.unreadable.push((contact_id(row, "id")?, row.get("problem")?));
                }
            }
            Step::Refresh => {
                conn.prepare_cached(REFRESH)?.execute([staged_no])?;
            }
            Step::StoreQuietly => {
                store(conn, staged_no, now_ms)?;
            }
            Step::StoreLive => {
                observed.changed += 1;
                store_and_queue(conn, staged_no, &watchers, now_ms)?;
            }
            Step::StoreGone => {
                observed.gone += 1;
                store_and_queue(conn, staged_no, &watchers, now_ms)?;
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

/// Whoever shares an e-mail key that a contact is about to lose, in either app of each of its connections:
/// it may have been one of several, and be alone now. The connection that wrote the change itself is no
/// exception, because it looked at the others before.
const QUEUE_THE_FREED: &str = "
    INSERT OR REPLACE INTO todo (connection, side, contact_no)
    SELECT DISTINCT connection.name, CASE other.app WHEN left_app THEN 'left' ELSE 'right' END, other.contact_no
    FROM staged
    JOIN contact ON contact.app = staged.app AND contact.id = staged.id
    JOIN contact_key AS lost ON lost.contact_no = contact.contact_no
    JOIN connection ON contact.app IN (left_app, right_app)
    JOIN contact_key AS other ON other.app IN (left_app, right_app) AND other.email_key = lost.email_key
    WHERE staged.staged_no = ?1 AND other.contact_no <> contact.contact_no
      AND lost.email_key NOT IN (SELECT value FROM json_each(staged.keys))
    ORDER BY other.contact_no";

fn store_and_queue(
    conn: &Connection,
    staged_no: i64,
    watchers: &[&(ConnectionName, Side)],
    now_ms: i64,
) -> Result<()> {
    conn.prepare_cached(QUEUE_THE_FREED)?.execute([staged_no])?;
    let contact_no = store(conn, staged_no, now_ms)?;
    for (connection, side) in watchers {
        push(conn, connection, *side, contact_no)?;
    }
    Ok(())
}

fn store(conn: &Connection, staged_no: i64, now_ms: i64) -> Result<i64> {
    Ok(conn.prepare_cached(STORE)?.query_row(params![staged_no, now_ms], |row| row.get(0))?)
}

/// Gives contacts that their vendor renamed their new ids, before anything else: a tombstone of the old
/// name in the same listing is then a tombstone of nobody. Their order goes with the old name: the new one may
/// be another record of the vendor's (a lead that became a contact who was there for years), and its smaller
/// number is no old news.
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
                "UPDATE contact SET id = ?3, version_order = NULL WHERE app = ?1 AND id = ?2
                 AND NOT EXISTS (SELECT 1 FROM contact WHERE app = ?1 AND id = ?3)",
            )?
            .execute([app.as_str(), old.as_str(), new.as_str()])?;
        if moved > 0 {
            rename_in_history(conn, app, &old, &new)?;
        }
    }
    merge_twins(conn, lane, app)
}

/// Former names that are rows of their own: their new names were known before the rename was told (a listing,
/// or the answer to a write of ours, showed them without it).
macro_rules! from_renamed_twins {
    () => {
        "FROM staged AS new, json_each(new.previous_ids) AS previous
         JOIN contact AS old ON old.app = new.app AND old.id = previous.value
         WHERE new.lane = ?1 AND new.app = ?2 AND new.previous_ids <> '[]' AND old.id <> new.id
           AND (old.evidence IS NULL OR json_extract(old.evidence, '$.merged_into') IS NULL)
         ORDER BY new.id, previous.key"
    };
}

/// Of two rows for one contact only the new one goes on, with the links of the old one: that was merged into
/// it. Deleted it was not, whatever a tombstone of the old name says; but a name that the same listing shows
/// as living is a contact of its own again. The evidence is spelled as `Evidence::MergedInto` is.
fn merge_twins(conn: &Connection, lane: Lane, app: &AppName) -> Result<()> {
    // Queued for every connection, also for the one whose own write brought the news: its link has to move.
    conn.prepare_cached(concat!(
        "INSERT OR REPLACE INTO todo (connection, side, contact_no)
         SELECT pair_end.connection, pair_end.side, pair_end.contact_no ",
        "FROM (SELECT old.contact_no ",
        from_renamed_twins!(),
        ") AS twin JOIN pair_end ON pair_end.contact_no = twin.contact_no",
    ))?
    .execute([lane.text(), app.as_str()])?;
    conn.prepare_cached(concat!(
        "INSERT INTO staged (lane, app, id, previous_ids, state, version_tag, keys, evidence)
         SELECT new.lane, new.app, old.id, '[]', 'gone', '', '[]', json_object('merged_into', new.id) ",
        from_renamed_twins!(),
        " ON CONFLICT (lane, app, id) DO UPDATE SET
             state = excluded.state, evidence = excluded.evidence, keys = excluded.keys
         WHERE staged.state = 'unknown'
            OR (staged.state = 'gone' AND json_extract(staged.evidence, '$.merged_into') IS NULL)",
    ))?
    .execute([lane.text(), app.as_str()])?;
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
