//! Standings: the last verdict on each subject of a connection, a pair or a contact without one.
//!
//! Each contact of a connection is part of one subject at the most, so the counts of a status add up to
//! the contacts and pairs that were judged.

use crate::apps::apps_of;
use crate::codec::{contact_ids, count, decode, encode, limit};
use crate::contacts::contact_no;
use crate::error::Result;
use crate::pairs;
use crate::store::Store;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use syntony_core::ids::{ConnectionName, ContactId};
use syntony_core::side::{Side, Sides};

/// The columns that [`standing_row`] reads, and from where. In the order of the pairs' own numbers: an index
/// on the verdict would have every page of a walk sort all of them again.
macro_rules! select_standing {
    ($rest:literal) => {
        concat!(
            "SELECT pair.pair_no, verdict, reason, detail, standing_ms,
                (SELECT id FROM pair_end JOIN contact USING (contact_no)
                 WHERE pair_end.pair_no = pair.pair_no AND side = 'left') AS left_id,
                (SELECT id FROM pair_end JOIN contact USING (contact_no)
                 WHERE pair_end.pair_no = pair.pair_no AND side = 'right') AS right_id
             FROM pair NOT INDEXED ",
            $rest
        )
    };
}

/// The last verdict on a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `in_sync`, `excluded`, `held`, `failed`, `conflict`, `duplicate`, `ambiguous`, `waiting`.
    pub verdict: String,
    /// Why, as a key (`no_rule`, `no_email`).
    pub reason: Option<String>,
    /// What else is to be told of it (fields in conflict, what a vendor said). May hold values of the
    /// contact: for people, never for logs.
    pub detail: serde_json::Value,
}

impl Standing {
    /// A verdict with its reason, and nothing else to tell.
    pub fn new(verdict: impl Into<String>, reason: Option<&str>) -> Self {
        Self { verdict: verdict.into(), reason: reason.map(str::to_owned), detail: serde_json::Value::Null }
    }
}

/// The number of a subject, for as long as its contacts stay together. Of a link it is the link's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubjectId(pub i64);

/// A subject and its standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRow {
    /// Its number.
    pub subject: SubjectId,
    /// Its contacts: two, or one.
    pub ids: Sides<Option<ContactId>>,
    /// The verdict.
    pub standing: Standing,
    /// When it was given, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Store {
    /// How many subjects have each verdict, by verdict and reason.
    ///
    /// # Errors
    /// The database's own.
    pub fn standing_counts(
        &self,
        connection: &ConnectionName,
    ) -> Result<BTreeMap<(String, Option<String>), u64>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT verdict, reason, COUNT(*) AS subjects FROM pair
                 WHERE connection = ?1 AND verdict IS NOT NULL GROUP BY verdict, reason",
            )?
            .query_and_then([connection.as_str()], |row| {
                Ok(((row.get("verdict")?, row.get("reason")?), count(row.get("subjects")?)))
            })?
            .collect()
        })
    }

    /// Subjects by number, after `after`: those with this verdict, or all.
    ///
    /// # Errors
    /// The database's own.
    pub fn standings(
        &self,
        connection: &ConnectionName,
        verdict: Option<&str>,
        after: Option<SubjectId>,
        max_subjects: usize,
    ) -> Result<Vec<StandingRow>> {
        self.read(|conn| {
            conn.prepare_cached(select_standing!(
                "WHERE pair.connection = ?1 AND pair.verdict IS NOT NULL AND (?2 IS NULL OR pair.verdict = ?2)
                 AND pair.pair_no > ?3 ORDER BY pair.pair_no LIMIT ?4"
            ))?
            .query_and_then(
                params![
                    connection.as_str(),
                    verdict,
                    after.map_or(0, |subject| subject.0),
                    limit(max_subjects)
                ],
                standing_row,
            )?
            .collect()
        })
    }

    /// A subject by its number.
    ///
    /// # Errors
    /// The database's own.
    pub fn standing(&self, connection: &ConnectionName, subject: SubjectId) -> Result<Option<StandingRow>> {
        self.read(|conn| standing_at(conn, connection, subject.0))
    }

    /// The subject that a contact is part of.
    ///
    /// # Errors
    /// [`StateError::NotConnected`](crate::StateError::NotConnected); the database's own.
    pub fn standing_of(
        &self,
        connection: &ConnectionName,
        side: Side,
        id: &ContactId,
    ) -> Result<Option<StandingRow>> {
        self.read(|conn| {
            let app = &apps_of(conn, connection)?[side];
            let Some(contact_no) = contact_no(conn, app, id)? else { return Ok(None) };
            let pair = pairs::pair_of(conn, connection, side, contact_no)?;
            pair.map_or(Ok(None), |pair| standing_at(conn, connection, pair.pair_no))
        })
    }
}

/// Gives a subject its standing, in place of the one it had.
pub(crate) fn stand(conn: &Connection, pair_no: i64, standing: &Standing, at_ms: i64) -> Result<()> {
    conn.prepare_cached(
        "UPDATE pair SET verdict = ?2, reason = ?3, detail = ?4, standing_ms = ?5 WHERE pair_no = ?1",
    )?
    .execute(params![
        pair_no,
        standing.verdict,
        standing.reason,
        encode("standing", &standing.detail)?,
        at_ms
    ])?;
    Ok(())
}

fn standing_at(conn: &Connection, connection: &ConnectionName, pair_no: i64) -> Result<Option<StandingRow>> {
    let mut statement = conn.prepare_cached(select_standing!(
        "WHERE pair.connection = ?1 AND pair.pair_no = ?2 AND verdict IS NOT NULL"
    ))?;
    let mut rows = statement.query(params![connection.as_str(), pair_no])?;
    rows.next()?.map(standing_row).transpose()
}

fn standing_row(row: &Row<'_>) -> Result<StandingRow> {
    Ok(StandingRow {
        subject: SubjectId(row.get("pair_no")?),
        ids: contact_ids(row, Sides::new("left_id", "right_id"))?,
        standing: Standing {
            verdict: row.get("verdict")?,
            reason: row.get("reason")?,
            detail: decode("standing", &row.get::<_, String>("detail")?)?,
        },
        at_ms: row.get("standing_ms")?,
    })
}
