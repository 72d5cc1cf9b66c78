//! Apps and connections: which account is behind an app, how far its feed was read, which apps a
//! connection is between, and what of the configuration was seen last.

use crate::codec::{app_name, side_of};
use crate::error::{Result, StateError};
use crate::store::Store;
use crate::todo::push_everybody;
use rusqlite::{Connection, OptionalExtension, params};
use syntony_core::ids::{AccountId, AppName, ConnectionName, Cursor};
use syntony_core::side::{Side, Sides};

impl Store {
    /// Makes a connection and its apps known; to be called before anything else that names the
    /// connection, also as a watcher. A new connection has everybody in its queue who is known of its apps
    /// from other connections; calling it again changes nothing. One under whose name nothing was decided yet may
    /// come to be between other apps.
    ///
    /// # Errors
    /// [`StateError::Rewired`] if it was made between other apps: the links under this name are links
    /// between their contacts, and an id means nothing in another app.
    pub fn connect(&mut self, connection: &ConnectionName, apps: &Sides<AppName>) -> Result<()> {
        self.write(|tx| {
            for (_, app) in apps.iter() {
                know_app(tx, app)?;
            }
            let added = tx
                .prepare_cached(
                    "INSERT INTO connection (name, left_app, right_app) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute([connection.as_str(), apps.left.as_str(), apps.right.as_str()])?;
            if added > 0 {
                push_everybody(tx, connection)?;
            }
            let was = apps_of(tx, connection)?;
            if was != *apps && is_blank(tx, connection)? {
                rewire(tx, connection, apps)?;
            } else if was != *apps {
                return Err(StateError::Rewired { connection: connection.clone(), was, now: apps.clone() });
            }
            Ok(())
        })
    }

    /// Every connection that ever looked at an app, with the side it is on: also one that is out of the
    /// configuration for a while, so that it misses nothing when it comes back.
    ///
    /// # Errors
    /// The database's own.
    pub fn watchers(&self, app: &AppName) -> Result<Vec<(ConnectionName, Side)>> {
        self.read(|conn| {
            conn.prepare_cached(
                "SELECT name, 'left' AS side FROM connection WHERE left_app = ?1
                 UNION ALL SELECT name, 'right' FROM connection WHERE right_app = ?1 ORDER BY name, side",
            )?
            .query_and_then([app.as_str()], |row| {
                let name = ConnectionName::new(row.get::<_, String>("name")?);
                Ok((name, side_of(&row.get::<_, String>("side")?)?))
            })?
            .collect()
        })
    }

    /// The account that was behind an app the last time.
    ///
    /// # Errors
    /// The database's own.
    pub fn account(&self, app: &AppName) -> Result<Option<AccountId>> {
        Ok(self.app_text(app, "SELECT account FROM app WHERE name = ?1")?.map(AccountId::new))
    }

    /// Remembers the account behind an app.
    ///
    /// # Errors
    /// The database's own.
    pub fn set_account(&mut self, app: &AppName, account: &AccountId) -> Result<()> {
        self.write(|tx| {
            know_app(tx, app)?;
            tx.prepare_cached("UPDATE app SET account = ?2 WHERE name = ?1")?
                .execute(params![app.as_str(), account.as_str()])?;
            Ok(())
        })
    }

    /// How far the app's feed was read. Moved by [`Store::observe`] alone, together with the contacts.
    ///
    /// # Errors
    /// The database's own.
    pub fn cursor(&self, app: &AppName) -> Result<Option<Cursor>> {
        Ok(self.app_text(app, "SELECT cursor FROM app WHERE name = ?1")?.map(Cursor::new))
    }

    /// How long ago the cursor moved, in milliseconds; `None` without a cursor.
    ///
    /// # Errors
    /// The database's own.
    pub fn cursor_age_ms(&self, app: &AppName, now_ms: i64) -> Result<Option<i64>> {
        self.read(|conn| {
            let moved_ms: Option<Option<i64>> = conn
                .prepare_cached("SELECT cursor_ms FROM app WHERE name = ?1")?
                .query_row([app.as_str()], |row| row.get(0))
                .optional()?;
            Ok(moved_ms.flatten().map(|moved_ms| now_ms.saturating_sub(moved_ms).max(0)))
        })
    }

    /// Drops the cursor, so that the next run lists the app completely. What is known of its contacts, the
    /// links and the bases all stay.
    ///
    /// # Errors
    /// The database's own.
    pub fn forget_cursor(&mut self, app: &AppName) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE app SET cursor = NULL, cursor_ms = NULL WHERE name = ?1")?
                .execute([app.as_str()])?;
            Ok(())
        })
    }

    /// What was last seen of something of a connection that is compared as a whole (its rules, its
    /// mappings, a schema).
    ///
    /// # Errors
    /// The database's own.
    pub fn fingerprint(&self, connection: &ConnectionName, what: &str) -> Result<Option<String>> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT value FROM fingerprint WHERE connection = ?1 AND what = ?2")?
                .query_row([connection.as_str(), what], |row| row.get(0))
                .optional()?)
        })
    }

    /// Remembers it.
    ///
    /// # Errors
    /// The database's own.
    pub fn set_fingerprint(&mut self, connection: &ConnectionName, what: &str, value: &str) -> Result<()> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO fingerprint (connection, what, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute([connection.as_str(), what, value])?;
            Ok(())
        })
    }

    fn app_text(&self, app: &AppName, sql: &str) -> Result<Option<String>> {
        self.read(|conn| {
            let found: Option<Option<String>> =
                conn.prepare_cached(sql)?.query_row([app.as_str()], |row| row.get(0)).optional()?;
            Ok(found.flatten())
        })
    }
}

/// Makes sure that the app has a row.
pub(crate) fn know_app(conn: &Connection, app: &AppName) -> Result<()> {
    conn.prepare_cached("INSERT INTO app (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([app.as_str()])?;
    Ok(())
}

/// Whether nothing was ever decided under a connection's name: it was only looked at, by `check` for instance.
fn is_blank(conn: &Connection, connection: &ConnectionName) -> Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM pair WHERE connection = ?1)
                  AND NOT EXISTS (SELECT 1 FROM op WHERE connection = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([connection.as_str()], |row| row.get(0))?)
}

/// Puts a connection between other apps. What was queued or noted under its name is of the old ones.
fn rewire(conn: &Connection, connection: &ConnectionName, apps: &Sides<AppName>) -> Result<()> {
    for sql in ["DELETE FROM todo WHERE connection = ?1", "DELETE FROM fingerprint WHERE connection = ?1"] {
        conn.prepare_cached(sql)?.execute([connection.as_str()])?;
    }
    conn.prepare_cached("UPDATE connection SET left_app = ?2, right_app = ?3 WHERE name = ?1")?.execute([
        connection.as_str(),
        apps.left.as_str(),
        apps.right.as_str(),
    ])?;
    push_everybody(conn, connection)
}

/// The two apps of a connection.
pub(crate) fn apps_of(conn: &Connection, connection: &ConnectionName) -> Result<Sides<AppName>> {
    let mut statement = conn.prepare_cached("SELECT left_app, right_app FROM connection WHERE name = ?1")?;
    let mut rows = statement.query([connection.as_str()])?;
    let Some(row) = rows.next()? else {
        return Err(StateError::NotConnected { connection: connection.clone() });
    };
    Ok(Sides::new(app_name(row, "left_app")?, app_name(row, "right_app")?))
}

/// Moves the cursor; only ever called in the transaction that stores what it covers.
pub(crate) fn move_cursor(conn: &Connection, app: &AppName, cursor: &Cursor, now_ms: i64) -> Result<()> {
    conn.prepare_cached("UPDATE app SET cursor = ?2, cursor_ms = ?3 WHERE name = ?1")?.execute(params![
        app.as_str(),
        cursor.as_str(),
        now_ms
    ])?;
    Ok(())
}

/// Those of `watchers` that watch `app`.
pub(crate) fn watchers_of<'a>(
    conn: &Connection,
    app: &AppName,
    watchers: &'a [(ConnectionName, Side)],
) -> Result<Vec<&'a (ConnectionName, Side)>> {
    let mut watching = Vec::new();
    for watcher in watchers {
        if apps_of(conn, &watcher.0)?[watcher.1] == *app {
            watching.push(watcher);
        }
    }
    Ok(watching)
}
