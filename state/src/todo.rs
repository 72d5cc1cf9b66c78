//! Which contacts a connection has to look at.
//!
//! A contact is queued once for each connection and side. When it is queued again it moves to the end
//! with a new position; a settlement drops only what was queued when its pair was loaded. So a change
//! that another connection or a look-up brings in while a pair is being written is looked at again.

use crate::apps::apps_of;
use crate::codec::{contact_id, count, limit, side_of, side_text};
use crate::contacts::contact_no;
use crate::error::Result;
use crate::store::Store;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use syntony_core::ids::{ConnectionName, ContactId};
use syntony_core::side::Side;

/// A position in the queue. Positions only ever grow, also across restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TodoPos(pub i64);

/// A contact in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TodoItem {
    /// Where it stands.
    pub pos: TodoPos,
    /// The side it is on.
    pub side: Side,
    /// The contact.
    pub contact: ContactId,
}

impl Store {
    /// How many contacts wait.
    ///
    /// # Errors
    /// The database's own.
    pub fn todo_count(&self, connection: &ConnectionName) -> Result<u64> {
        self.read(|conn| {
            let waiting: i64 = conn
                .prepare_cached("SELECT COUNT(*) FROM todo WHERE connection = ?1")?
                .query_row([connection.as_str()], |row| row.get(0))?;
            Ok(count(waiting))
        })
    }

    /// The next contacts after a position, in order.
    ///
    /// # Errors
    /// The database's own.
    pub fn todo_batch(
        &self,
        connection: &ConnectionName,
        after: Option<TodoPos>,
        max_items: usize,
    ) -> Result<Vec<TodoItem>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT todo_no, side, id FROM todo JOIN contact USING (contact_no)
                 WHERE connection = ?1 AND todo_no > ?2 ORDER BY todo_no LIMIT ?3",
            )?
            .query_and_then(
                params![connection.as_str(), after.unwrap_or_default().0, limit(max_items)],
                |row| {
                    Ok(TodoItem {
                        pos: TodoPos(row.get("todo_no")?),
                        side: side_of(&row.get::<_, String>("side")?)?,
                        contact: contact_id(row, "id")?,
                    })
                },
            )?
            .collect()
        })
    }

    /// The position after which nothing is queued yet. Taken before pairs are loaded, it tells a
    /// settlement what was known then; taken before a walk, it tells where the walk ends, whatever is
    /// queued on the way.
    ///
    /// # Errors
    /// The database's own.
    pub fn todo_end(&self) -> Result<TodoPos> {
        self.read(|conn| {
            Ok(TodoPos(
                conn.prepare_cached("SELECT COALESCE(MAX(todo_no), 0) FROM todo")?
                    .query_row((), |row| row.get(0))?,
            ))
        })
    }

    /// Queues contacts that are known; others are passed over. Says how many were queued.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn enqueue(&mut self, connection: &ConnectionName, side: Side, ids: &[ContactId]) -> Result<u64> {
        self.write(|tx| {
            let app = &apps_of(tx, connection)?[side];
            let mut queued = 0;
            for id in ids {
                if let Some(contact_no) = contact_no(tx, app, id)? {
                    push(tx, connection, side, contact_no)?;
                    queued += 1;
                }
            }
            Ok(queued)
        })
    }

    /// Queues every contact of both apps that may be there: after the configuration changed, each has to
    /// be judged again. What waits already keeps its place. Says how many wait now.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn enqueue_all(&mut self, connection: &ConnectionName) -> Result<u64> {
        self.write(|tx| {
            push_everybody(tx, connection)?;
            let waiting: i64 = tx
                .prepare_cached("SELECT COUNT(*) FROM todo WHERE connection = ?1")?
                .query_row([connection.as_str()], |row| row.get(0))?;
            Ok(count(waiting))
        })
    }

    /// Those of `ids` that wait.
    ///
    /// # Errors
    /// The database's own.
    pub fn todo_contains(
        &self,
        connection: &ConnectionName,
        side: Side,
        ids: &[ContactId],
    ) -> Result<BTreeSet<ContactId>> {
        self.read(|conn| {
            let app = &apps_of(conn, connection)?[side];
            let mut statement = conn.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM todo JOIN contact USING (contact_no)
                 WHERE connection = ?1 AND side = ?2 AND app = ?3 AND id = ?4)",
            )?;
            let mut waiting = BTreeSet::new();
            for id in ids {
                let names = [connection.as_str(), side_text(side), app.as_str(), id.as_str()];
                if statement.query_row(names, |row| row.get(0))? {
                    waiting.insert(id.clone());
                }
            }
            Ok(waiting)
        })
    }
}

/// Queues a contact at the end, also when it waits already.
pub(crate) fn push(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
) -> Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO todo (connection, side, contact_no) VALUES (?1, ?2, ?3)")?
        .execute(params![connection.as_str(), side_text(side), contact_no])?;
    Ok(())
}

/// Queues everybody of both apps who may be there and does not wait yet.
pub(crate) fn push_everybody(conn: &Connection, connection: &ConnectionName) -> Result<()> {
    for (side, app) in apps_of(conn, connection)?.iter() {
        conn.prepare_cached(
            "INSERT INTO todo (connection, side, contact_no)
             SELECT ?1, ?2, contact_no FROM contact WHERE app = ?3 AND state IN ('live', 'unknown')
             ORDER BY id
             ON CONFLICT (connection, side, contact_no) DO NOTHING",
        )?
        .execute([connection.as_str(), side_text(side), app.as_str()])?;
    }
    Ok(())
}

/// Takes a contact out of the queue, unless it was queued after `upto`.
pub(crate) fn drop_upto(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: i64,
    upto: TodoPos,
) -> Result<()> {
    conn.prepare_cached(
        "DELETE FROM todo WHERE connection = ?1 AND side = ?2 AND contact_no = ?3 AND todo_no <= ?4",
    )?
    .execute(params![connection.as_str(), side_text(side), contact_no, upto.0])?;
    Ok(())
}
