//! Contacts as they were last learned: reading them, by id, by e-mail key and in order.

use crate::codec::{contact_id, count, decode, encode, limit};
use crate::error::{Result, StateError};
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use syntony_core::ids::{AppName, ContactId, EmailKey, OpKey, Tag};
use syntony_core::record::{Fields, Record, Seen, Subscription, Version};

/// How many contacts with one e-mail key are given back. More than one is a duplicate already; a key that
/// thousands share must not fill the memory.
const MAX_HOLDERS_PER_KEY: usize = 50;

/// The columns that [`stored_contact`] reads, and from where.
macro_rules! select_contact {
    ($from:literal) => {
        concat!(
            "SELECT contact.id, contact.state, contact.version_tag, contact.version_order, contact.content,
                    contact.keys, contact.created_ms, contact.marker, contact.shadow, contact.evidence ",
            $from
        )
    };
}

/// A contact that is known, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredContact {
    /// Its id.
    pub id: ContactId,
    /// What was last seen of it.
    pub seen: Seen,
    /// Its e-mail keys, sorted. A contact that cannot be seen any more keeps its keys, so that nobody
    /// takes its address for free; one that is gone has none.
    pub keys: Vec<EmailKey>,
}

impl Store {
    /// What is known of a contact.
    ///
    /// # Errors
    /// The database's own.
    pub fn contact(&self, app: &AppName, id: &ContactId) -> Result<Option<StoredContact>> {
        self.read(|conn| {
            let mut statement =
                conn.prepare_cached(select_contact!("FROM contact WHERE app = ?1 AND id = ?2"))?;
            let mut rows = statement.query([app.as_str(), id.as_str()])?;
            rows.next()?.map(stored_contact).transpose()
        })
    }

    /// The contact of an app that carries an op's marker: the one that this op made, if it made one.
    ///
    /// # Errors
    /// The database's own.
    pub fn contact_by_marker(&self, app: &AppName, marker: &OpKey) -> Result<Option<StoredContact>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(select_contact!(
                "FROM contact WHERE app = ?1 AND marker = ?2 AND state = 'live'"
            ))?;
            let mut rows = statement.query([app.as_str(), marker.as_str()])?;
            rows.next()?.map(stored_contact).transpose()
        })
    }

    /// The app's contacts that hold one of these e-mail keys, by id, at most fifty for each key.
    ///
    /// # Errors
    /// The database's own.
    pub fn contacts_by_keys(&self, app: &AppName, keys: &[EmailKey]) -> Result<Vec<StoredContact>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(select_contact!(
                "FROM contact_key JOIN contact USING (contact_no)
                 WHERE contact_key.app = ?1 AND email_key = ?2 ORDER BY contact_no LIMIT ?3"
            ))?;
            let mut found = BTreeMap::new();
            for key in keys {
                let mut rows =
                    statement.query(params![app.as_str(), key.as_str(), limit(MAX_HOLDERS_PER_KEY)])?;
                while let Some(row) = rows.next()? {
                    let contact = stored_contact(row)?;
                    found.insert(contact.id.clone(), contact);
                }
            }
            Ok(found.into_values().collect())
        })
    }

    /// The app's contacts that hold no e-mail key and were learned, or changed, since a moment: the first `max_contacts`
    /// of them, in the order in which they became known.
    ///
    /// # Errors
    /// The database's own.
    pub fn contacts_without_keys(
        &self,
        app: &AppName,
        since_ms: i64,
        max_contacts: usize,
    ) -> Result<Vec<StoredContact>> {
        self.read(|conn| {
            conn.prepare_cached(select_contact!(
                "FROM contact WHERE app = ?1 AND state = 'live' AND keys = '[]' AND changed_ms >= ?2
                 ORDER BY contact_no LIMIT ?3"
            ))?
            .query_and_then(params![app.as_str(), since_ms, limit(max_contacts)], stored_contact)?
            .collect()
        })
    }

    /// Ids of the app's contacts that are not gone, in order, after `after`: what to read again one by one.
    ///
    /// # Errors
    /// The database's own.
    pub fn known_ids(
        &self,
        app: &AppName,
        after: Option<&ContactId>,
        max_ids: usize,
    ) -> Result<Vec<ContactId>> {
        self.read(|conn| {
            ids_after(
                conn,
                "SELECT id FROM contact WHERE app = ?1 AND id > ?2 AND state <> 'gone' ORDER BY id LIMIT ?3",
                app,
                after,
                max_ids,
            )
        })
    }

    /// The same, without those that the listing under way has shown already: what is left to be read one by
    /// one while it is staged and not yet observed.
    ///
    /// # Errors
    /// The database's own.
    pub fn known_ids_unlisted(
        &self,
        app: &AppName,
        after: Option<&ContactId>,
        max_ids: usize,
    ) -> Result<Vec<ContactId>> {
        self.read(|conn| {
            ids_after(
                conn,
                "SELECT id FROM contact WHERE app = ?1 AND id > ?2 AND state <> 'gone'
                   AND NOT EXISTS (SELECT 1 FROM staged
                                   WHERE lane = 'listing' AND staged.app = contact.app AND staged.id = contact.id)
                 ORDER BY id LIMIT ?3",
                app,
                after,
                max_ids,
            )
        })
    }

    /// How many of the app's contacts are there.
    ///
    /// # Errors
    /// The database's own.
    pub fn count_live(&self, app: &AppName) -> Result<u64> {
        self.read(|conn| {
            let live: i64 = conn
                .prepare_cached("SELECT COUNT(*) FROM contact WHERE app = ?1 AND state = 'live'")?
                .query_row([app.as_str()], |row| row.get(0))?;
            Ok(count(live))
        })
    }
}

/// A page of ids. The empty id is smaller than every id.
pub(crate) fn ids_after(
    conn: &Connection,
    sql: &str,
    app: &AppName,
    after: Option<&ContactId>,
    max_ids: usize,
) -> Result<Vec<ContactId>> {
    let after = after.map_or("", ContactId::as_str);
    conn.prepare_cached(sql)?
        .query_and_then(params![app.as_str(), after, limit(max_ids)], |row| contact_id(row, "id"))?
        .collect()
}

/// The number of a contact that is known.
pub(crate) fn contact_no(conn: &Connection, app: &AppName, id: &ContactId) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached("SELECT contact_no FROM contact WHERE app = ?1 AND id = ?2")?
        .query_row([app.as_str(), id.as_str()], |row| row.get(0))
        .optional()?)
}

/// The number of a contact; one of which nothing was learned yet gets a row that says so.
pub(crate) fn contact_no_or_new(
    conn: &Connection,
    app: &AppName,
    id: &ContactId,
    now_ms: i64,
) -> Result<i64> {
    if let Some(known) = contact_no(conn, app, id)? {
        return Ok(known);
    }
    conn.prepare_cached("INSERT INTO contact (app, id, state, changed_ms) VALUES (?1, ?2, 'never', ?3)")?
        .execute(params![app.as_str(), id.as_str(), now_ms])?;
    Ok(conn.last_insert_rowid())
}

/// A contact by its number.
pub(crate) fn contact_by_no(conn: &Connection, contact_no: i64) -> Result<StoredContact> {
    let mut statement = conn.prepare_cached(select_contact!("FROM contact WHERE contact_no = ?1"))?;
    let mut rows = statement.query([contact_no])?;
    match rows.next()? {
        Some(row) => stored_contact(row),
        None => Err(StateError::Sqlite(rusqlite::Error::QueryReturnedNoRows)),
    }
}

fn stored_contact(row: &Row<'_>) -> Result<StoredContact> {
    Ok(StoredContact {
        id: contact_id(row, "id")?,
        seen: seen(row)?,
        keys: decode("list of e-mail keys", row.get_ref("keys")?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

fn seen(row: &Row<'_>) -> Result<Seen> {
    match row.get::<_, String>("state")?.as_str() {
        "never" => Ok(Seen::Never),
        "unknown" => Ok(Seen::Unknown),
        "live" => record(row).map(Seen::Live),
        "gone" => decode("evidence", &row.get::<_, String>("evidence")?).map(Seen::Gone),
        _ => Err(StateError::Unreadable { what: "contact's state" }),
    }
}

fn record(row: &Row<'_>) -> Result<Record> {
    let content: Content = decode("contact", &row.get::<_, String>("content")?)?;
    Ok(Record {
        version: Version { tag: row.get("version_tag")?, order: row.get("version_order")? },
        fields: content.fields,
        tags: content.tags,
        subscription: content.subscription,
        created_ms: row.get("created_ms")?,
        marker: row.get::<_, Option<String>>("marker")?.map(OpKey::new),
        shadow: row.get("shadow")?,
    })
}

/// What a person would call the contact. Two records whose texts are equal have the same content
/// ([`Record::same_content`]). The reverse does not hold of a tag alone that got other capitals: that is worth
/// storing, because its app knows it by the new ones.
#[derive(Serialize)]
pub(crate) struct ContentRef<'a> {
    fields: &'a Fields,
    tags: &'a Option<BTreeSet<Tag>>,
    subscription: &'a Subscription,
}

impl ContentRef<'_> {
    pub(crate) fn encode(record: &Record) -> Result<String> {
        let Record { fields, tags, subscription, version: _, created_ms: _, marker: _, shadow: _ } = record;
        encode("contact", &ContentRef { fields, tags, subscription })
    }
}

#[derive(Deserialize)]
struct Content {
    fields: Fields,
    tags: Option<BTreeSet<Tag>>,
    subscription: Subscription,
}
