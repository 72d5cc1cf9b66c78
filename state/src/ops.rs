//! Ops: written down before they are sent, and kept as the history of what was done to whom, and why.
//!
//! An op is *open* from its intent until something certain is known of it. Open ops are settled before
//! anything new is planned; a create among them is looked for, never repeated.

use crate::apps::apps_of;
use crate::codec::{app_name, contact_ids, decode, encode, limit, side_of, side_text};
use crate::contacts::contact_no_or_new;
use crate::error::{Result, StateError};
use crate::pairs::{self, Bound};
use crate::store::Store;
use rusqlite::{Connection, Row, params};
use syntony_core::ids::{AppName, ConnectionName, ContactId, FieldName, OpKey, RunId};
use syntony_core::op::{Change, Op, Write};
use syntony_core::plan::Aftermath;
use syntony_core::side::Sides;

/// An op that is about to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Its key, never used before.
    pub key: OpKey,
    /// The run that plans it; it has begun ([`Store::begin_run`]).
    pub run: RunId,
    /// The connection it is for.
    pub connection: ConnectionName,
    /// The app that is written.
    pub app: AppName,
    /// The pair as it is before the op.
    pub ids: Sides<Option<ContactId>>,
    /// The op.
    pub op: Op,
    /// What becomes true of the pair once it is applied, together with the other op of the pair if there
    /// is one; each of the two carries it.
    pub after: Aftermath,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Two contacts that are to be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The connection.
    pub connection: ConnectionName,
    /// The contacts.
    pub ids: Sides<ContactId>,
}

/// Two contacts that could not be linked because one of them is linked to a third.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The connection.
    pub connection: ConnectionName,
    /// The contacts.
    pub ids: Sides<ContactId>,
}

/// What [`Store::intend`] did besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intended {
    /// Links that were not there before.
    pub linked: u64,
    /// Links that could not be made. Their intents are written down all the same; do not send them.
    pub collisions: Vec<Collision>,
}

/// What became of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpStatus {
    /// The vendor confirmed it.
    Applied,
    /// The contact was not what the plan saw; nothing was written.
    Stale,
    /// The vendor refused it; nothing was written.
    Rejected,
    /// It was not sent.
    Deferred,
    /// It was sent and nobody can say; it stays open.
    Unknown,
    /// It was looked for, and it was not applied.
    NotApplied,
    /// It was looked for, and it was applied.
    Found,
}

impl OpStatus {
    /// As it stands in the database and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OpStatus::Applied => "applied",
            OpStatus::Stale => "stale",
            OpStatus::Rejected => "rejected",
            OpStatus::Deferred => "deferred",
            OpStatus::Unknown => "unknown",
            OpStatus::NotApplied => "not_applied",
            OpStatus::Found => "found",
        }
    }

    /// `None`: sent, and nothing is known yet.
    fn parse(text: &str) -> Result<Option<OpStatus>> {
        Ok(Some(match text {
            "sent" => return Ok(None),
            "applied" => OpStatus::Applied,
            "stale" => OpStatus::Stale,
            "rejected" => OpStatus::Rejected,
            "deferred" => OpStatus::Deferred,
            "unknown" => OpStatus::Unknown,
            "not_applied" => OpStatus::NotApplied,
            "found" => OpStatus::Found,
            _ => return Err(StateError::Unreadable { what: "op's status" }),
        }))
    }
}

/// An op of which nothing certain is known.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIntent {
    /// The op, as it was intended.
    pub intent: Intent,
    /// Whether an answer was lost ([`OpStatus::Unknown`]), or none was ever written down (`None`): the
    /// process ended between sending, or even before it.
    pub status: Option<OpStatus>,
    /// What became of the op on the pair's other side that was intended with it; `None` if there is none,
    /// or if it is open too.
    pub other_side: Option<OpStatus>,
}

/// What kind of write an op is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteKind {
    /// A contact that was not there.
    Create,
    /// A change to one that was.
    Update,
}

/// An op in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRow {
    /// Its key.
    pub key: OpKey,
    /// The run that did it.
    pub run: RunId,
    /// The connection it was for.
    pub connection: ConnectionName,
    /// The app that was written.
    pub app: AppName,
    /// The contact; unknown as long as a create is.
    pub contact: Option<ContactId>,
    /// What kind of write.
    pub kind: WriteKind,
    /// Field by field, before and after, and why.
    pub changes: Vec<Change>,
    /// What became of it; `None`: nothing is known yet.
    pub outcome: Option<OpStatus>,
    /// Why, where it was not applied.
    pub reason: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The last write that set a field of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastWrite {
    /// The run that did it.
    pub run: RunId,
    /// The connection it was for.
    pub connection: ConnectionName,
    /// Before, after, and why.
    pub change: Change,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Store {
    /// Writes down ops before they are sent, and links the pairs that were matched just now: should the
    /// process die in between, an e-mail address that was written does not part them.
    ///
    /// # Errors
    /// [`StateError::NotConnected`]; the database's own. No op may be sent then.
    pub fn intend(&mut self, intents: &[Intent], binds: &[Bind], now_ms: i64) -> Result<Intended> {
        self.write(|tx| {
            let mut intended = Intended::default();
            for bind in binds {
                match bind_ids(tx, &bind.connection, &bind.ids, now_ms)? {
                    Bound::New(_) => intended.linked += 1,
                    Bound::Kept(_) => {}
                    Bound::Taken => intended
                        .collisions
                        .push(Collision { connection: bind.connection.clone(), ids: bind.ids.clone() }),
                }
            }
            for intent in intents {
                insert(tx, intent)?;
            }
            Ok(intended)
        })
    }

    /// The connection's open ops, in the order they were intended.
    ///
    /// # Errors
    /// The database's own.
    pub fn open_intents(&self, connection: &ConnectionName) -> Result<Vec<OpenIntent>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT op.*, (SELECT other.status FROM op AS other
                               WHERE other.run_id = op.run_id AND other.connection = op.connection
                                 AND other.left_id IS op.left_id AND other.right_id IS op.right_id
                                 AND other.side <> op.side AND other.at_ms = op.at_ms
                               ORDER BY other.op_no DESC LIMIT 1) AS other_side
                 FROM op WHERE connection = ?1 AND status IN ('sent', 'unknown') ORDER BY op_no",
            )?
            .query_and_then([connection.as_str()], open_intent)?
            .collect()
        })
    }

    /// What a run wrote, in order.
    ///
    /// # Errors
    /// The database's own.
    pub fn writes_of(&self, run: &RunId, max_writes: usize, offset: usize) -> Result<Vec<WriteRow>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT * FROM op WHERE run_id = ?1 ORDER BY op_no LIMIT ?2 OFFSET ?3")?
                .query_and_then(params![run.as_str(), limit(max_writes), limit(offset)], write_row)?
                .collect()
        })
    }

    /// What was ever written to a contact, in order.
    ///
    /// # Errors
    /// The database's own.
    pub fn writes_to(&self, app: &AppName, contact: &ContactId, max_writes: usize) -> Result<Vec<WriteRow>> {
        self.read(|conn| {
            conn.prepare_cached("SELECT * FROM op WHERE app = ?1 AND contact = ?2 ORDER BY op_no LIMIT ?3")?
                .query_and_then(params![app.as_str(), contact.as_str(), limit(max_writes)], write_row)?
                .collect()
        })
    }

    /// The last confirmed write of ours that set a field of a contact.
    ///
    /// # Errors
    /// The database's own.
    pub fn last_write(
        &self,
        app: &AppName,
        contact: &ContactId,
        field: &FieldName,
    ) -> Result<Option<LastWrite>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT op.run_id, op.connection, op.at_ms, change.value AS change
                 FROM op, json_each(op.changes) AS change
                 WHERE op.app = ?1 AND op.contact = ?2 AND op.status IN ('applied', 'found')
                   AND change.value ->> '$.target.field' = ?3
                 ORDER BY op.op_no DESC LIMIT 1",
            )?;
            let mut rows = statement.query([app.as_str(), contact.as_str(), field.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            Ok(Some(LastWrite {
                run: RunId::new(row.get::<_, String>("run_id")?),
                connection: ConnectionName::new(row.get::<_, String>("connection")?),
                change: decode("change", &row.get::<_, String>("change")?)?,
                at_ms: row.get("at_ms")?,
            }))
        })
    }
}

/// Links two contacts by id.
pub(crate) fn bind_ids(
    conn: &Connection,
    connection: &ConnectionName,
    ids: &Sides<ContactId>,
    now_ms: i64,
) -> Result<Bound> {
    let apps = apps_of(conn, connection)?;
    let ends = Sides {
        left: contact_no_or_new(conn, &apps.left, &ids.left, now_ms)?,
        right: contact_no_or_new(conn, &apps.right, &ids.right, now_ms)?,
    };
    pairs::bind(conn, connection, ends)
}

/// Closes an op with what became of it, or leaves it open if nobody can say. The values that were sent
/// are needed no longer then: the history has them in its changes.
pub(crate) fn close(
    conn: &Connection,
    key: &OpKey,
    status: OpStatus,
    reason: Option<&str>,
    contact: Option<&ContactId>,
    at_ms: i64,
) -> Result<()> {
    let closed = conn
        .prepare_cached(
            "UPDATE op SET status = ?2, reason = ?3, contact = COALESCE(?4, contact), settled_ms = ?5,
                           write = CASE ?2 WHEN 'unknown' THEN write END,
                           aftermath = CASE ?2 WHEN 'unknown' THEN aftermath END
             WHERE op_key = ?1 AND status IN ('sent', 'unknown')",
        )?
        .execute(params![key.as_str(), status.as_str(), reason, contact.map(ContactId::as_str), at_ms])?;
    if closed == 1 { Ok(()) } else { Err(StateError::NotOpen { op: key.clone() }) }
}

fn insert(conn: &Connection, intent: &Intent) -> Result<()> {
    let kind = match &intent.op.write {
        Write::Create { .. } => "create",
        Write::Update { .. } => "update",
    };
    conn.prepare_cached(
        "INSERT INTO op (op_key, run_id, connection, app, side, left_id, right_id, contact, kind, write,
                         aftermath, changes, status, at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'sent', ?13)",
    )?
    .execute(params![
        intent.key.as_str(),
        intent.run.as_str(),
        intent.connection.as_str(),
        intent.app.as_str(),
        side_text(intent.op.side),
        intent.ids.left.as_ref().map(ContactId::as_str),
        intent.ids.right.as_ref().map(ContactId::as_str),
        intent.op.write.contact().map(ContactId::as_str),
        kind,
        encode("write", &intent.op.write)?,
        encode("aftermath", &intent.after)?,
        encode("change", &intent.op.changes)?,
        intent.at_ms,
    ])?;
    Ok(())
}

fn open_intent(row: &Row<'_>) -> Result<OpenIntent> {
    Ok(OpenIntent {
        intent: Intent {
            key: OpKey::new(row.get::<_, String>("op_key")?),
            run: RunId::new(row.get::<_, String>("run_id")?),
            connection: ConnectionName::new(row.get::<_, String>("connection")?),
            app: app_name(row, "app")?,
            ids: contact_ids(row, Sides::new("left_id", "right_id"))?,
            op: Op {
                side: side_of(&row.get::<_, String>("side")?)?,
                write: decode("write", &row.get::<_, String>("write")?)?,
                changes: decode("change", &row.get::<_, String>("changes")?)?,
            },
            after: decode("aftermath", &row.get::<_, String>("aftermath")?)?,
            at_ms: row.get("at_ms")?,
        },
        status: OpStatus::parse(&row.get::<_, String>("status")?)?,
        other_side: match row.get::<_, Option<String>>("other_side")?.as_deref() {
            Some("unknown") | None => None,
            Some(text) => OpStatus::parse(text)?,
        },
    })
}

fn write_row(row: &Row<'_>) -> Result<WriteRow> {
    Ok(WriteRow {
        key: OpKey::new(row.get::<_, String>("op_key")?),
        run: RunId::new(row.get::<_, String>("run_id")?),
        connection: ConnectionName::new(row.get::<_, String>("connection")?),
        app: app_name(row, "app")?,
        contact: row.get::<_, Option<String>>("contact")?.map(ContactId::new),
        kind: match row.get::<_, String>("kind")?.as_str() {
            "create" => WriteKind::Create,
            "update" => WriteKind::Update,
            _ => return Err(StateError::Unreadable { what: "op's kind" }),
        },
        changes: decode("change", &row.get::<_, String>("changes")?)?,
        outcome: OpStatus::parse(&row.get::<_, String>("status")?)?,
        reason: row.get("reason")?,
        at_ms: row.get("at_ms")?,
    })
}
