//! Answers that do not fit a page: where their rest is, and how long.
//!
//! A cursor holds ids alone; a row is read when its page is, so a later page may tell a later state. A
//! user has few cursors: opening one more ends the oldest, whether it is still in use or not.

use super::error::ApiError;
use super::id::RowId;
use super::query::Plan;
use super::settings::Settings;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rest of an answer.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) plan: Arc<Plan>,
    pub(super) ids: Arc<[RowId]>,
    used_ms: i64,
}

/// The open cursors of the user.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    /// By name, which grows with every cursor.
    open: BTreeMap<String, Cursor>,
    opened: u64,
}

impl Cursors {
    /// Keeps an answer for more pages; gives the name to which their offset is added.
    pub(super) fn open(
        &mut self,
        plan: Arc<Plan>,
        ids: Arc<[RowId]>,
        settings: &Settings,
        now_ms: i64,
    ) -> String {
        self.expire(settings, now_ms);
        while self.open.len() >= settings.max_cursors.max(1) {
            self.open.pop_first();
        }
        self.opened += 1;
        let name = RowId::numbered("0r8", *b"5e", self.opened).to_string();
        self.open.insert(name.clone(), Cursor { plan, ids, used_ms: now_ms });
        name
    }

    /// The answer of a name, if it is still open.
    pub(super) fn get(&mut self, name: &str, settings: &Settings, now_ms: i64) -> Result<Cursor, ApiError> {
        self.expire(settings, now_ms);
        let cursor = self.open.get_mut(name).ok_or_else(invalid_locator)?;
        cursor.used_ms = now_ms;
        Ok(cursor.clone())
    }

    /// No cursor works any more.
    pub(super) fn close_all(&mut self) {
        self.open.clear();
    }

    fn expire(&mut self, settings: &Settings, now_ms: i64) {
        let oldest_ms = now_ms - i64::from(settings.cursor_seconds) * 1_000;
        self.open.retain(|_, cursor| cursor.used_ms > oldest_ms);
    }
}

/// What is said of a cursor that there is not.
pub(super) fn invalid_locator() -> ApiError {
    ApiError::bad("INVALID_QUERY_LOCATOR", "invalid query locator")
}
