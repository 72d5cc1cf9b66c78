//! Page transactions: observations set aside until their listing is complete.
//!
//! A page that was set aside changes nothing that is known. Only [`Store::observe`](crate::Store::observe)
//! does, for all pages of a listing at once, so a listing that breaks off has no effect at all.

use crate::apps::know_app;
use crate::codec::encode;
use crate::contacts::ContentRef;
use crate::error::Result;
use crate::forget::Sieve;
use crate::optout::OptOuts;
use crate::store::Store;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use syntony_core::ids::{AppName, EmailKey};
use syntony_core::observe::{Change, Observation};
use syntony_core::record::Record;

/// An observation with the e-mail keys of its record (none unless it is there).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// What was seen.
    pub change: Change,
    /// The comparison forms of its e-mail addresses, in any order.
    pub keys: Vec<EmailKey>,
}

/// Where observations wait. Texts as in the table `staged`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Pages of a listing, across transactions.
    Listing,
    /// Look-ups and confirmed writes, within one transaction.
    Direct,
}

impl Lane {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Lane::Listing => "listing",
            Lane::Direct => "direct",
        }
    }
}

impl Store {
    /// Sets one page of a listing aside. Of two observations of one contact the newer one stays: by the
    /// vendor's order where both have one, else the later. A page may come twice.
    ///
    /// # Errors
    /// The database's own; nothing of the page is kept then.
    pub fn stage(&mut self, app: &AppName, page: &[Staged]) -> Result<()> {
        self.write(|tx| put(tx, Lane::Listing, app, page))
    }

    /// Drops what was set aside, at the start of a listing: pages of an earlier one that broke off would
    /// make this one look more complete than it is.
    ///
    /// # Errors
    /// The database's own.
    pub fn clear_staged(&mut self, app: &AppName) -> Result<()> {
        self.write(|tx| clear(tx, Lane::Listing, app))
    }
}

/// A later observation replaces an earlier one of the same contact, except
/// - a record with a smaller order than the one set aside: pages may come in any order;
/// - a record that is no newer than what was set aside before a deletion was: that is a page that came
///   twice, not a contact that came back. The row of a deletion keeps the order for this.
///
/// The same contact's earlier names are kept if the later observation has none.
const PUT: &str = "
    INSERT INTO staged (lane, app, id, previous_ids, state, version_tag, version_order, content, keys,
                        created_ms, marker, shadow, evidence, problem)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    ON CONFLICT (lane, app, id) DO UPDATE SET
        previous_ids = CASE excluded.previous_ids WHEN '[]' THEN previous_ids ELSE excluded.previous_ids END,
        state = excluded.state, version_tag = excluded.version_tag,
        version_order = CASE excluded.state WHEN 'live' THEN excluded.version_order ELSE version_order END,
        content = excluded.content, keys = excluded.keys, created_ms = excluded.created_ms,
        marker = excluded.marker, shadow = excluded.shadow, evidence = excluded.evidence,
        problem = excluded.problem
    WHERE excluded.state <> 'live' OR excluded.version_order IS NULL OR version_order IS NULL
       OR excluded.version_order > version_order
       OR (excluded.version_order = version_order AND state <> 'gone')";

/// Sets observations aside, but not those of people who asked to be forgotten; each with what is known of its person's
/// opt-out where the app shows none.
pub(crate) fn put(conn: &Connection, lane: Lane, app: &AppName, page: &[Staged]) -> Result<()> {
    know_app(conn, app)?;
    let sieve = Sieve::new(conn)?;
    let opt_outs = OptOuts::of(conn, app)?;
    let mut statement = conn.prepare_cached(PUT)?;
    for staged in page {
        if sieve.holds_back(app, staged)? {
            continue;
        }
        let staged = &*opt_outs.joined(staged)?;
        let row = Row::of(staged)?;
        let nothing = Record::default();
        let record = row.record.unwrap_or(&nothing);
        statement.execute(params![
            lane.text(),
            app.as_str(),
            staged.change.id.as_str(),
            encode("previous id", &staged.change.previous_ids)?,
            row.state,
            record.version.tag,
            record.version.order,
            row.record.map(ContentRef::encode).transpose()?,
            row.keys,
            record.created_ms,
            record.marker.as_ref().map(AsRef::<str>::as_ref),
            record.shadow,
            row.evidence,
            row.problem,
        ])?;
    }
    Ok(())
}

/// Empties a lane of one app.
pub(crate) fn clear(conn: &Connection, lane: Lane, app: &AppName) -> Result<()> {
    conn.prepare_cached("DELETE FROM staged WHERE lane = ?1 AND app = ?2")?
        .execute([lane.text(), app.as_str()])?;
    Ok(())
}

/// An observation, taken apart for its columns.
struct Row<'a> {
    state: &'static str,
    record: Option<&'a Record>,
    keys: String,
    evidence: Option<String>,
    problem: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(staged: &'a Staged) -> Result<Row<'a>> {
        let bare = |state| Row { state, record: None, keys: "[]".to_owned(), evidence: None, problem: None };
        Ok(match &staged.change.what {
            Observation::Live(record) => {
                // Sorted and once each, so that equal keys are equal texts.
                let keys: BTreeSet<&EmailKey> = staged.keys.iter().collect();
                Row { record: Some(record), keys: encode("e-mail key", &keys)?, ..bare("live") }
            }
            Observation::Gone(evidence) => {
                Row { evidence: Some(encode("evidence", evidence)?), ..bare("gone") }
            }
            Observation::Unknown => bare("unknown"),
            Observation::Unreadable(problem) => Row { problem: Some(problem), ..bare("unreadable") },
        })
    }
}
