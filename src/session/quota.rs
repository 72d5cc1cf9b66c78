//! What apps last said of their quotas, kept for `status`.

use super::{Session, SessionError, app_key};
use crate::run::App;
use serde::{Deserialize, Serialize};
use syntony_connectors::contract::Quota;
use syntony_core::ids::AppName;
use syntony_core::side::Sides;
use syntony_state::{StateError, Store};

/// The note of an app's quota.
const QUOTA: &str = "quota";

/// What an app last said of its quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotedQuota {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    #[serde(flatten)]
    pub quota: Quota,
}

/// What an app last said of its quota, if it did.
///
/// # Errors
/// The state cannot be read.
pub fn noted_quota(store: &Store, app: &AppName) -> Result<Option<NotedQuota>, StateError> {
    let text = store.fingerprint(&app_key(app), QUOTA)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

impl Session {
    /// Keeps what the apps said of their quotas, for `status`.
    pub(super) fn note_quotas(&self, apps: &Sides<App>) -> Result<(), SessionError> {
        for (_, app) in apps.iter() {
            let Some(quota) = app.connector.quota() else { continue };
            let noted = NotedQuota { at_ms: self.clock.now_ms(), quota };
            let text = serde_json::to_string(&noted).unwrap_or_default();
            self.db.with(|store| store.set_fingerprint(&app_key(&app.name), QUOTA, &text))?;
        }
        Ok(())
    }
}
