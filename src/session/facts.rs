//! What a run and `check` go by: the apps' schemas, the policies made of them, and what changed since the last sync.

use super::{Session, SessionError, app_key};
use crate::apps;
use crate::compile::{self, AppFacts, Compiled};
use crate::config::{Config, ConnectionConfig};
use crate::drift::{Drift, Known};
use crate::run::{App, Stop};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};
use syntony_core::ids::AppName;
use syntony_core::schema::Schema;
use syntony_core::side::Sides;

/// A schema that was read less than this long ago is not read again for a sync.
const SCHEMA_AGE_MAX_MS: i64 = 24 * 60 * 60 * 1000;
/// The note of the schemas that a connection's last completed sync went by.
const KNOWN: &str = "schemas";

/// Which schema to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// One that was read not long ago will do.
    Recent,
    /// The app is asked.
    Asked,
}

/// A schema as it is kept between runs.
#[derive(Serialize, Deserialize)]
struct StoredSchema {
    read_ms: i64,
    credentials: String,
    schema: Schema,
}

/// What an app is, for the compiler.
#[must_use]
pub fn facts_of(config: &Config, app: &App, schema: Schema) -> AppFacts {
    AppFacts {
        name: app.name.clone(),
        vendor: app.vendor.clone(),
        schema,
        capabilities: app.connector.capabilities().clone(),
        terms: config.apps.get(&app.name).map(apps::terms).unwrap_or_default(),
    }
}

impl Session {
    /// Compiles a connection against its apps' schemas.
    ///
    /// # Errors
    /// An app cannot say what its fields are.
    pub async fn compile(
        &self,
        connection: &ConnectionConfig,
        freshness: Freshness,
    ) -> Result<Compiled, SessionError> {
        let facts = self.both_facts(connection, Sides::new(freshness, freshness)).await?;
        Ok(self.compiled(connection, &facts)?.0)
    }

    /// Compiles a connection against schemas that were read not long ago, except those of apps by whose
    /// options it goes: people rename them, and that is to be known before the first write and not from its refusal,
    /// nor from a rule that selects nobody any more.
    pub(super) async fn compile_for_run(
        &self,
        connection: &ConnectionConfig,
    ) -> Result<(Compiled, Known), SessionError> {
        let recent = Sides::new(Freshness::Recent, Freshness::Recent);
        let facts = self.both_facts(connection, recent).await?;
        let compiled = compile::compile(connection, &self.config.source, &facts);
        let by_options = compile::goes_by_options(&compiled, &facts);
        if !(by_options.left || by_options.right) {
            return self.compiled(connection, &facts);
        }
        let asked = by_options.map(|yes| if yes { Freshness::Asked } else { Freshness::Recent });
        let facts = self.both_facts(connection, asked).await?;
        self.compiled(connection, &facts)
    }

    async fn both_facts(
        &self,
        connection: &ConnectionConfig,
        freshness: Sides<Freshness>,
    ) -> Result<Sides<AppFacts>, SessionError> {
        let left = self.facts(&connection.between.left.value, freshness.left).await?;
        let right = self.facts(&connection.between.right.value, freshness.right).await?;
        Ok(Sides::new(left, right))
    }

    /// What an app is, for the compiler.
    async fn facts(&self, name: &AppName, freshness: Freshness) -> Result<AppFacts, SessionError> {
        let app = self.app(name)?;
        let schema = self.schema(app, freshness).await?;
        Ok(facts_of(&self.config, app, schema))
    }

    /// An app's fields, from the app or as it told them not long ago.
    ///
    /// # Errors
    /// The app cannot be reached.
    pub async fn schema(&self, app: &App, freshness: Freshness) -> Result<Schema, SessionError> {
        const WHAT: &str = "schema";
        let key = app_key(&app.name);
        let now_ms = self.clock.now_ms();
        let known = self.db.with(|store| store.fingerprint(&key, WHAT))?;
        let known = known.and_then(|text| serde_json::from_str::<StoredSchema>(&text).ok());
        let recent = match freshness {
            Freshness::Recent => true,
            Freshness::Asked => self.just_asked().contains(&app.name),
        };
        if let (true, Some(known)) = (recent, known)
            && now_ms.saturating_sub(known.read_ms) < SCHEMA_AGE_MAX_MS
            && known.credentials == app.credentials
        {
            return Ok(known.schema);
        }
        let schema =
            app.connector.schema().await.map_err(|error| Stop::App { app: app.name.clone(), error })?;
        let stored = StoredSchema { read_ms: now_ms, credentials: app.credentials.clone(), schema };
        let text = serde_json::to_string(&stored).unwrap_or_default();
        self.db.with(|store| store.set_fingerprint(&key, WHAT, &text))?;
        self.just_asked().insert(app.name.clone());
        Ok(stored.schema)
    }

    pub(super) fn just_asked(&self) -> MutexGuard<'_, BTreeSet<AppName>> {
        self.just_asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policy and everything there is to say of it, with what changed since the last completed sync.
    fn compiled(
        &self,
        connection: &ConnectionConfig,
        facts: &Sides<AppFacts>,
    ) -> Result<(Compiled, Known), SessionError> {
        let mut compiled = compile::compile(connection, &self.config.source, facts);
        let drift = Drift::new(connection, facts);
        let before = self.db.with(|store| store.fingerprint(&connection.name.value, KNOWN))?;
        let before = before.and_then(|text| serde_json::from_str::<Known>(&text).ok()).unwrap_or_default();
        compiled.problems.extend(drift.since(&before, &self.config.source));
        Ok((compiled, drift.known(&before)))
    }

    /// Keeps what a sync went by, for the next one to be held against.
    pub(super) fn note_known(
        &self,
        connection: &ConnectionConfig,
        known: &Known,
    ) -> Result<(), SessionError> {
        let text = serde_json::to_string(known).unwrap_or_default();
        Ok(self.db.with(|store| store.set_fingerprint(&connection.name.value, KNOWN, &text))?)
    }
}
