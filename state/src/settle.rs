//! The fourth transaction: what came of a batch, pair by pair. After it the database says exactly what
//! was confirmed, and nothing that was merely intended.

use crate::apps::apps_of;
use crate::codec::{encode, status_text};
use crate::contacts::{contact_no, contact_no_or_new};
use crate::error::{Result, StateError};
use crate::observe::apply_directly;
use crate::ops::{Collision, OpStatus, close};
use crate::pairs::{self, Bound, Claim};
use crate::staging::Staged;
use crate::standing::{Standing, stand};
use crate::store::Store;
use crate::todo::{TodoPos, drop_upto};
use rusqlite::{Connection, params};
use syntony_core::ids::{ActionKey, AppName, ConnectionName, ContactId, MappingKey, OpKey};
use syntony_core::pair::{Done, LinkStatus, Marks, Repeats};
use syntony_core::record::Fields;
use syntony_core::side::{Side, Sides};

/// What came of one op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpOutcome {
    /// The op; it is open.
    pub key: OpKey,
    /// What became of it.
    pub status: OpStatus,
    /// Why, where it was not applied: the vendor's words, for people.
    pub reason: Option<String>,
    /// The contact that was written; for a create, this is where it is learned.
    pub contact: Option<ContactId>,
}

/// What came of one pair, or of a contact without a counterpart.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The connection.
    pub connection: ConnectionName,
    /// The pair as it was planned.
    pub ids: Sides<Option<ContactId>>,
    /// What came of its ops, if it had any.
    pub outcomes: Vec<OpOutcome>,
    /// The written contacts as their servers now hold them.
    pub seen: Vec<(AppName, Staged)>,
    /// The contacts that are linked from now on (or were already).
    pub bind: Option<Sides<ContactId>>,
    /// How the link stands from now on; `None`: as before.
    pub status: Option<LinkStatus>,
    /// Bases that moved. Those of other mappings stay.
    pub base: Vec<(MappingKey, Sides<Fields>)>,
    /// What rules did; `None` takes an entry away.
    pub actions: Vec<(ActionKey, Option<Done>)>,
    /// Our marks from now on; `None`: as before.
    pub marks: Option<Sides<Marks>>,
    /// Whether a rule selects it; `None`: as before.
    pub selected: Option<bool>,
    /// How often mappings wrote one value again; a default takes an entry away.
    pub repeats: Vec<(MappingKey, Sides<Repeats>)>,
    /// The verdict.
    pub standing: Standing,
    /// Contacts that need not be looked at any more. Leave a contact out whose confirmed record shows more
    /// than what was written: somebody edited it meanwhile, and no feed will say so again.
    pub done: Vec<(Side, ContactId)>,
    /// [`Store::todo_end`] from before the pair was loaded: what was queued later stays queued.
    pub loaded_at: TodoPos,
}

impl Settlement {
    /// A verdict and nothing else.
    #[must_use]
    pub fn new(
        connection: ConnectionName,
        ids: Sides<Option<ContactId>>,
        standing: Standing,
        loaded_at: TodoPos,
    ) -> Self {
        Self {
            connection,
            ids,
            outcomes: Vec::new(),
            seen: Vec::new(),
            bind: None,
            status: None,
            base: Vec::new(),
            actions: Vec::new(),
            marks: None,
            selected: None,
            repeats: Vec::new(),
            standing,
            done: Vec::new(),
            loaded_at,
        }
    }
}

/// What [`Store::settle`] did besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Links that were not there before.
    pub linked: u64,
    /// Links that could not be made: a vendor answered a create with a contact that is somebody else's
    /// counterpart. The op is closed and the record kept; the subject stands as `ambiguous`, reason
    /// `linked_elsewhere`, and has no base.
    pub collisions: Vec<Collision>,
}

impl Store {
    /// Writes down what came of a batch: ops closed, records, links, bases, actions, marks, standings and
    /// queues moved, all in one transaction.
    ///
    /// Confirmed records pass through the same rules as every observation. What they change is queued for
    /// those of `watchers` that watch that app, except for the connection that made the change.
    ///
    /// # Errors
    /// [`StateError::NotOpen`], [`StateError::NotLinked`], [`StateError::NoSubject`],
    /// [`StateError::NotConnected`] are mistakes of the caller; the database's own. Nothing was settled
    /// then, and every op is still open.
    pub fn settle(
        &mut self,
        settlements: &[Settlement],
        watchers: &[(ConnectionName, Side)],
        now_ms: i64,
    ) -> Result<Settled> {
        self.write(|tx| {
            let mut settled = Settled::default();
            for settlement in settlements {
                settle_one(tx, settlement, watchers, now_ms, &mut settled)?;
            }
            Ok(settled)
        })
    }
}

/// Who is settled.
enum Subject {
    Link(i64),
    Lone(i64),
    /// It could not be linked; these are the pairs of those of its contacts that are not linked elsewhere.
    Collided(Vec<i64>),
}

fn settle_one(
    conn: &Connection,
    settlement: &Settlement,
    watchers: &[(ConnectionName, Side)],
    now_ms: i64,
    settled: &mut Settled,
) -> Result<()> {
    let others: Vec<_> =
        watchers.iter().filter(|(connection, _)| *connection != settlement.connection).cloned().collect();
    // Before anything is seen: a vendor may answer with another id, and the plan's id is nobody's then.
    let ends = ends_of(conn, settlement, now_ms)?;
    for (app, seen) in &settlement.seen {
        apply_directly(conn, app, std::slice::from_ref(seen), &others, now_ms)?;
    }
    for outcome in &settlement.outcomes {
        let (reason, contact) = (outcome.reason.as_deref(), outcome.contact.as_ref());
        close(conn, &outcome.key, outcome.status, reason, contact, now_ms)?;
    }
    match subject(conn, settlement, ends, now_ms, settled)? {
        Subject::Link(pair_no) => {
            store_link(conn, settlement, pair_no)?;
            store_facts(conn, settlement, pair_no)?;
            stand(conn, pair_no, &settlement.standing, now_ms)?;
        }
        Subject::Lone(pair_no) => {
            let marked = settlement.marks.as_ref().is_some_and(|marks| *marks != Sides::default());
            if !settlement.base.is_empty() || settlement.status.is_some() || marked {
                return Err(StateError::NotLinked { connection: settlement.connection.clone() });
            }
            store_facts(conn, settlement, pair_no)?;
            stand(conn, pair_no, &settlement.standing, now_ms)?;
        }
        Subject::Collided(pair_nos) => {
            let standing = Standing::new("ambiguous", Some("linked_elsewhere"));
            for pair_no in pair_nos {
                stand(conn, pair_no, &standing, now_ms)?;
            }
        }
    }
    drop_done(conn, settlement, ends)
}

/// The pair that the settlement is about, linked as it asks for.
fn subject(
    conn: &Connection,
    settlement: &Settlement,
    ends: Sides<Option<i64>>,
    now_ms: i64,
    settled: &mut Settled,
) -> Result<Subject> {
    let connection = &settlement.connection;
    if let Some(ids) = &settlement.bind {
        let apps = apps_of(conn, connection)?;
        let number = |side: Side| match ends[side] {
            Some(known) => Ok(known),
            None => contact_no_or_new(conn, &apps[side], &ids[side], now_ms),
        };
        let linked = Sides { left: number(Side::Left)?, right: number(Side::Right)? };
        match pairs::bind(conn, connection, linked)? {
            Bound::New(pair_no) => {
                settled.linked += 1;
                return Ok(Subject::Link(pair_no));
            }
            Bound::Kept(pair_no) => return Ok(Subject::Link(pair_no)),
            Bound::Taken => {
                settled.collisions.push(Collision { connection: connection.clone(), ids: ids.clone() });
                return unlinked_ends(conn, connection, ends).map(Subject::Collided);
            }
        }
    }
    match pairs::claim(conn, connection, ends)? {
        Claim::Pair(pair_no) => Ok(match pairs::read_pair(conn, pair_no)?.status {
            Some(_) => Subject::Link(pair_no),
            None => Subject::Lone(pair_no),
        }),
        Claim::Taken => unlinked_ends(conn, connection, ends).map(Subject::Collided),
    }
}

/// A pair of its own for each contact of the settlement that is in no link.
fn unlinked_ends(
    conn: &Connection,
    connection: &ConnectionName,
    ends: Sides<Option<i64>>,
) -> Result<Vec<i64>> {
    let mut lone = Vec::new();
    for side in Side::BOTH {
        let Some(contact_no) = ends[side] else { continue };
        let linked =
            pairs::pair_of(conn, connection, side, contact_no)?.is_some_and(|pair| pair.status.is_some());
        let mut alone = Sides::default();
        alone[side] = Some(contact_no);
        if let (false, Claim::Pair(pair_no)) = (linked, pairs::claim(conn, connection, alone)?) {
            lone.push(pair_no);
        }
    }
    Ok(lone)
}

/// The numbers of the settlement's contacts; there is one at least.
fn ends_of(conn: &Connection, settlement: &Settlement, now_ms: i64) -> Result<Sides<Option<i64>>> {
    let apps = apps_of(conn, &settlement.connection)?;
    let number = |side: Side| match &settlement.ids[side] {
        Some(id) => contact_no_or_new(conn, &apps[side], id, now_ms).map(Some),
        None => Ok(None),
    };
    let ends = Sides { left: number(Side::Left)?, right: number(Side::Right)? };
    if ends == Sides::default() {
        return Err(StateError::NoSubject { connection: settlement.connection.clone() });
    }
    Ok(ends)
}

/// What only a link has.
fn store_link(conn: &Connection, settlement: &Settlement, pair_no: i64) -> Result<()> {
    if let Some(status) = settlement.status {
        conn.prepare_cached("UPDATE pair SET status = ?2 WHERE pair_no = ?1")?
            .execute(params![pair_no, status_text(status)])?;
    }
    if let Some(marks) = &settlement.marks {
        conn.prepare_cached("UPDATE pair SET marks = ?2 WHERE pair_no = ?1")?
            .execute(params![pair_no, encode("mark", marks)?])?;
    }
    for (mapping, fields) in &settlement.base {
        conn.prepare_cached(
            "INSERT INTO base (pair_no, mapping, left_fields, right_fields) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET left_fields = excluded.left_fields, right_fields = excluded.right_fields",
        )?
        .execute(params![
            pair_no,
            mapping.as_str(),
            encode("base", &fields.left)?,
            encode("base", &fields.right)?
        ])?;
    }
    Ok(())
}

/// What a lone contact may have as well.
fn store_facts(conn: &Connection, settlement: &Settlement, pair_no: i64) -> Result<()> {
    if let Some(selected) = settlement.selected {
        conn.prepare_cached("UPDATE pair SET selected = ?2 WHERE pair_no = ?1")?
            .execute(params![pair_no, selected])?;
    }
    for (action, done) in &settlement.actions {
        match done {
            Some(done) => conn
                .prepare_cached(
                    "INSERT INTO action (pair_no, action, done) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET done = excluded.done",
                )?
                .execute(params![pair_no, action.as_str(), encode("action", done)?])?,
            None => conn
                .prepare_cached("DELETE FROM action WHERE pair_no = ?1 AND action = ?2")?
                .execute(params![pair_no, action.as_str()])?,
        };
    }
    for (mapping, repeats) in &settlement.repeats {
        if *repeats == Sides::default() {
            conn.prepare_cached("DELETE FROM repeats WHERE pair_no = ?1 AND mapping = ?2")?
                .execute(params![pair_no, mapping.as_str()])?;
        } else {
            conn.prepare_cached(
                "INSERT INTO repeats (pair_no, mapping, repeats) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET repeats = excluded.repeats",
            )?
            .execute(params![
                pair_no,
                mapping.as_str(),
                encode("count of repeats", repeats)?
            ])?;
        }
    }
    Ok(())
}

fn drop_done(conn: &Connection, settlement: &Settlement, ends: Sides<Option<i64>>) -> Result<()> {
    let apps = apps_of(conn, &settlement.connection)?;
    for (side, id) in &settlement.done {
        let of_the_pair = ends[*side].filter(|_| settlement.ids[*side].as_ref() == Some(id));
        let contact_no = match of_the_pair {
            Some(contact_no) => Some(contact_no),
            None => contact_no(conn, &apps[*side], id)?,
        };
        if let Some(contact_no) = contact_no {
            drop_upto(conn, &settlement.connection, *side, contact_no, settlement.loaded_at)?;
        }
    }
    Ok(())
}
