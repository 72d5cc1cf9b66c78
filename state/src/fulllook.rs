//! Apps that have to be read completely once, because more was told of them than could be kept.

use crate::apps::know_app;
use crate::error::Result;
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension as _, params};
use syntony_core::ids::AppName;

/// A mark that an app has to be read completely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullLook(i64);

impl Store {
    /// Has the app's next listing read everything. A mark made while everything is being read outlives that reading.
    ///
    /// # Errors
    /// The database's own.
    pub fn want_full_look(&mut self, app: &AppName) -> Result<()> {
        self.write(|tx| want(tx, app))
    }

    /// Whether the app has to be read completely.
    ///
    /// # Errors
    /// The database's own.
    pub fn wants_full_look(&self, app: &AppName) -> Result<Option<FullLook>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT mark_no FROM full_look WHERE app = ?1")?
                .query_row([app.as_str()], |row| row.get(0))
                .optional()?
                .map(FullLook))
        })
    }

    /// The app was read completely after this mark was seen.
    ///
    /// # Errors
    /// The database's own.
    pub fn had_full_look(&mut self, mark: FullLook) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("DELETE FROM full_look WHERE mark_no = ?1")?.execute(params![mark.0])?;
            Ok(())
        })
    }
}

pub(crate) fn want(conn: &Connection, app: &AppName) -> Result<()> {
    know_app(conn, app)?;
    conn.prepare_cached("INSERT OR REPLACE INTO full_look (app) VALUES (?1)")?.execute([app.as_str()])?;
    Ok(())
}
