//! Links: reading them, and the two things that can happen to one besides a change of status: it follows
//! the survivor of a merge, or a person takes it apart.

use crate::apps::apps_of;
use crate::codec::{contact_id, count, limit, status_of};
use crate::contacts::{contact_by_no, contact_no, contact_no_or_new};
use crate::error::Result;
use crate::pairs::{self, Pair};
use crate::store::Store;
use crate::todo::push;
use rusqlite::{Connection, params};
use syntony_core::ids::{ConnectionName, ContactId, LinkId, MappingKey};
use syntony_core::pair::Link;
use syntony_core::side::{Side, Sides};

/// A link and its two contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// The link.
    pub link: Link,
    /// Its contacts.
    pub ids: Sides<ContactId>,
}

/// How a connection's links stand, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Both contacts are kept in step.
    pub active: u64,
    /// One contact is gone, its counterpart stays.
    pub trashed: u64,
    /// Both are gone.
    pub closed: u64,
    /// Links, however they stand, of which a contact carries our unsubscribe tag.
    pub unsubscribed: u64,
}

/// What came of [`Store::repoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repointed {
    /// The link has the new contact now, and the contact is queued.
    Moved(LinkId),
    /// The new contact has a link of its own (this one); nothing was changed.
    Taken(LinkId),
    /// The old contact is in no link; nothing was changed.
    NoLink,
}

impl Store {
    /// The link that a contact is in, however it stands.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn link_of(
        &self,
        connection: &ConnectionName,
        side: Side,
        id: &ContactId,
    ) -> Result<Option<LinkRow>> {
        self.read(|conn| {
            let app = &apps_of(conn, connection)?[side];
            let Some(contact_no) = contact_no(conn, app, id)? else { return Ok(None) };
            let pair = pairs::pair_of(conn, connection, side, contact_no)?;
            pair.map_or(Ok(None), |pair| link_row(conn, &pair))
        })
    }

    /// How many links of the connection are active.
    ///
    /// # Errors
    /// The database's own.
    pub fn link_count(&self, connection: &ConnectionName) -> Result<u64> {
        self.read(|conn| {
            let active: i64 = conn
                .prepare_cached(
                    "SELECT COUNT(*) FROM pair WHERE connection = ?1 AND status IS NOT NULL AND status = 'active'",
                )?
                .query_row([connection.as_str()], |row| row.get(0))?;
            Ok(count(active))
        })
    }

    /// How the connection's links stand. Reads each of them.
    ///
    /// # Errors
    /// The database's own.
    pub fn link_counts(&self, connection: &ConnectionName) -> Result<LinkCounts> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT COUNT(*) FILTER (WHERE status = 'active') AS active,
                        COUNT(*) FILTER (WHERE status IN ('trashed_left', 'trashed_right')) AS trashed,
                        COUNT(*) FILTER (WHERE status = 'closed') AS closed,
                        COUNT(*) FILTER (WHERE marks ->> '$.left.unsubscribed' IS NOT NULL
                                            OR marks ->> '$.right.unsubscribed' IS NOT NULL) AS unsubscribed
                 FROM pair WHERE connection = ?1 AND status IS NOT NULL",
            )?
            .query_row([connection.as_str()], |row| {
                Ok(LinkCounts {
                    active: count(row.get("active")?),
                    trashed: count(row.get("trashed")?),
                    closed: count(row.get("closed")?),
                    unsubscribed: count(row.get("unsubscribed")?),
                })
            })
            .map_err(Into::into)
        })
    }

    /// The connection's links by number, however they stand, after `after`.
    ///
    /// # Errors
    /// The database's own.
    pub fn links(
        &self,
        connection: &ConnectionName,
        after: Option<LinkId>,
        max_links: usize,
    ) -> Result<Vec<LinkRow>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT pair.pair_no, pair.status, left_contact.id AS left_id, right_contact.id AS right_id
                 FROM pair
                 JOIN pair_end AS left_end ON left_end.pair_no = pair.pair_no AND left_end.side = 'left'
                 JOIN contact AS left_contact ON left_contact.contact_no = left_end.contact_no
                 JOIN pair_end AS right_end ON right_end.pair_no = pair.pair_no AND right_end.side = 'right'
                 JOIN contact AS right_contact ON right_contact.contact_no = right_end.contact_no
                 WHERE pair.connection = ?1 AND pair.status IS NOT NULL AND pair.pair_no > ?2
                 ORDER BY pair.pair_no LIMIT ?3",
            )?
            .query_and_then(
                params![connection.as_str(), after.map_or(0, |link| link.0), limit(max_links)],
                |row| {
                    Ok(LinkRow {
                        link: Link {
                            id: LinkId(row.get("pair_no")?),
                            status: status_of(&row.get::<_, String>("status")?)?,
                        },
                        ids: Sides::new(contact_id(row, "left_id")?, contact_id(row, "right_id")?),
                    })
                },
            )?
            .collect()
        })
    }

    /// Lets the link of `from` go on with `to` (the survivor of a merge, the contact of a converted lead).
    /// Bases and actions stay: what the survivor holds differently is a change on its side. `to` is
    /// queued, to be merged with its new counterpart.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn repoint(
        &mut self,
        connection: &ConnectionName,
        side: Side,
        from: &ContactId,
        to: &ContactId,
        now_ms: i64,
    ) -> Result<Repointed> {
        self.write(|tx| {
            let app = &apps_of(tx, connection)?[side];
            let Some(link) = linked(tx, connection, side, contact_no(tx, app, from)?)? else {
                return Ok(Repointed::NoLink);
            };
            let to = contact_no_or_new(tx, app, to, now_ms)?;
            if let Some(own) = linked(tx, connection, side, Some(to))? {
                return Ok(Repointed::Taken(LinkId(own.pair_no)));
            }
            pairs::replace_end(tx, connection, side, link.pair_no, to)?;
            push(tx, connection, side, to)?;
            Ok(Repointed::Moved(LinkId(link.pair_no)))
        })
    }

    /// Takes a link apart, with its bases, actions and standing; both contacts are queued, to be judged
    /// anew. Says whether there was such a link.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn unbind(&mut self, connection: &ConnectionName, ids: &Sides<ContactId>) -> Result<bool> {
        self.write(|tx| {
            let apps = apps_of(tx, connection)?;
            let ends = Sides {
                left: contact_no(tx, &apps.left, &ids.left)?,
                right: contact_no(tx, &apps.right, &ids.right)?,
            };
            let Some(link) = linked(tx, connection, Side::Left, ends.left)?.filter(|link| link.ends == ends)
            else {
                return Ok(false);
            };
            pairs::delete_pair(tx, link.pair_no)?;
            for side in Side::BOTH {
                if let Some(contact_no) = ends[side] {
                    push(tx, connection, side, contact_no)?;
                }
            }
            Ok(true)
        })
    }

    /// Drops the bases of every mapping that is not among `keep`. A mapping that is switched off and, much
    /// later, on again is a new mapping: what was in step then would pass for what is in step now, and an
    /// emptied field for a clear.
    ///
    /// # Errors
    /// The database's own.
    pub fn retain_bases(&mut self, connection: &ConnectionName, keep: &[MappingKey]) -> Result<()> {
        self.write(|tx| {
            let keep = crate::codec::encode("mapping key", keep)?;
            for sql in [
                "DELETE FROM base WHERE pair_no IN (SELECT pair_no FROM pair WHERE connection = ?1 AND status IS NOT NULL)
                 AND mapping NOT IN (SELECT value FROM json_each(?2))",
                "DELETE FROM repeats WHERE pair_no IN (SELECT pair_no FROM pair WHERE connection = ?1 AND status IS NOT NULL)
                 AND mapping NOT IN (SELECT value FROM json_each(?2))",
            ] {
                tx.prepare_cached(sql)?.execute([connection.as_str(), keep.as_str()])?;
            }
            Ok(())
        })
    }
}

/// The link of a contact, if there is such a contact and it is in one.
fn linked(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: Option<i64>,
) -> Result<Option<Pair>> {
    let Some(contact_no) = contact_no else { return Ok(None) };
    Ok(pairs::pair_of(conn, connection, side, contact_no)?.filter(|pair| pair.status.is_some()))
}

/// The link that a pair is, if it is one.
pub(crate) fn link_row(conn: &Connection, pair: &Pair) -> Result<Option<LinkRow>> {
    let (Some(status), Some(left), Some(right)) = (pair.status, pair.ends.left, pair.ends.right) else {
        return Ok(None);
    };
    Ok(Some(LinkRow {
        link: Link { id: LinkId(pair.pair_no), status },
        ids: Sides::new(contact_by_no(conn, left)?.id, contact_by_no(conn, right)?.id),
    }))
}
