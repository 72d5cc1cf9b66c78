//! People who opted out of an app that says so once, by webhook, and shows it in no record (Drift's
//! `user_unsubscribed`): what the webhook said is kept, and goes with every observation of the contact.
//!
//! Where a record says something itself, the record is right. An opt-out is never taken back here: nothing tells of it.

use crate::apps::know_app;
use crate::error::Result;
use crate::staging::Staged;
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::borrow::Cow;
use syntony_core::ids::{AppName, ContactId};
use syntony_core::observe::Observation;
use syntony_core::record::Subscription;

/// When and how somebody opted out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OptOut {
    /// When, in milliseconds since 1970: as the vendor says, or when the news came.
    pub at_ms: i64,
    /// By which event, as the vendor calls it.
    pub source: String,
}

impl Store {
    /// Keeps that contacts opted out. The first time that is known stays.
    ///
    /// # Errors
    /// The database's own.
    pub fn note_opt_out(&mut self, app: &AppName, ids: &[ContactId], opt_out: &OptOut) -> Result<()> {
        self.write(|tx| ids.iter().try_for_each(|id| note(tx, app, id, opt_out)))
    }

    /// When and how a contact opted out, where a webhook said so.
    ///
    /// # Errors
    /// The database's own.
    pub fn opt_out(&self, app: &AppName, id: &ContactId) -> Result<Option<OptOut>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT at_ms, source FROM opted_out WHERE app = ?1 AND id = ?2")?
                .query_row([app.as_str(), id.as_str()], |row| {
                    Ok(OptOut { at_ms: row.get(0)?, source: row.get(1)? })
                })
                .optional()?)
        })
    }
}

pub(crate) fn note(conn: &Connection, app: &AppName, id: &ContactId, opt_out: &OptOut) -> Result<()> {
    know_app(conn, app)?;
    conn.prepare_cached(
        "INSERT INTO opted_out (app, id, at_ms, source) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![app.as_str(), id.as_str(), opt_out.at_ms, opt_out.source])?;
    Ok(())
}

/// What is known of the opt-outs of an app.
pub(crate) struct OptOuts<'c> {
    conn: &'c Connection,
    app: &'c AppName,
    /// Of most apps there are none, and their listings are not to pay for it.
    any: bool,
}

impl<'c> OptOuts<'c> {
    pub(crate) fn of(conn: &'c Connection, app: &'c AppName) -> Result<Self> {
        let any = conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM opted_out WHERE app = ?1)")?
            .query_row([app.as_str()], |row| row.get(0))?;
        Ok(Self { conn, app, any })
    }

    /// An observation with the opt-out that its record is silent about.
    pub(crate) fn joined<'s>(&self, staged: &'s Staged) -> Result<Cow<'s, Staged>> {
        let Observation::Live(record) = &staged.change.what else { return Ok(Cow::Borrowed(staged)) };
        if !self.any || record.subscription != Subscription::Unknown || !self.has(staged)? {
            return Ok(Cow::Borrowed(staged));
        }
        let mut record = record.clone();
        record.subscription = Subscription::Unsubscribed;
        let mut joined = staged.clone();
        joined.change.what = Observation::Live(record);
        Ok(Cow::Owned(joined))
    }

    fn has(&self, staged: &Staged) -> Result<bool> {
        let id = &staged.change.id;
        // Who is renamed takes it along: the vendor may never tell of the former name again.
        for former in &staged.change.previous_ids {
            self.conn
                .prepare_cached(
                    "INSERT INTO opted_out (app, id, at_ms, source)
                     SELECT app, ?3, at_ms, source FROM opted_out WHERE app = ?1 AND id = ?2
                     ON CONFLICT DO NOTHING",
                )?
                .execute([self.app.as_str(), former.as_str(), id.as_str()])?;
        }
        Ok(self
            .conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM opted_out WHERE app = ?1 AND id = ?2)")?
            .query_row([self.app.as_str(), id.as_str()], |row| row.get(0))?)
    }
}
