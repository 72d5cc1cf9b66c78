//! The connector to an in-memory app. It gives way at every point where a real one would wait for the
//! network, so that whoever calls it can be cancelled there; the lock is never held across one.

use super::app::App;
use super::faults::Fault;
use super::store::Store;
use crate::contract::{Capabilities, Change, Connector, Fetched, From, Health, Page, Result, WriteCounts};
use crate::error::ConnectorError;
use async_trait::async_trait;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use syntony_core::ids::{ContactId, FieldName, OpKey};
use syntony_core::op::{Outcome, Write};
use syntony_core::schema::Schema;
use syntony_core::value::Value;

/// When a vendor that limits our calls wants to be asked again, in seconds.
const RETRY_AFTER_SECONDS: u64 = 2;

/// A connector to an [`App`].
#[derive(Debug)]
pub struct MemoryConnector {
    app: App,
    capabilities: Capabilities,
    calls: AtomicU64,
}

impl MemoryConnector {
    pub(super) fn new(app: App) -> Self {
        let capabilities = app.lock().traits.capabilities();
        Self { app, capabilities, calls: AtomicU64::new(0) }
    }

    /// The way to the vendor: counted, awaited, and now and then barred. Nothing was applied on `Err`.
    async fn call(&self, count: impl FnOnce(&mut Store)) -> Result<()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        count(&mut self.app.lock());
        self.wait().await;
        let fate = &mut self.app.lock().fate;
        if fate.strikes(Fault::Auth) {
            let (reason, hint) = ("the token is not valid".to_owned(), "log in again".to_owned());
            return Err(ConnectorError::Auth { reason, hint });
        }
        if fate.strikes(Fault::RateLimited) {
            let retry_after = Some(Duration::from_secs(RETRY_AFTER_SECONDS));
            return Err(ConnectorError::RateLimited { retry_after });
        }
        if fate.strikes(Fault::Transient) {
            return Err(transient("the app is out of order"));
        }
        Ok(())
    }

    /// A point where the caller can be cancelled and other tasks run.
    async fn wait(&self) {
        let call_ms = self.app.lock().traits.call_ms;
        if call_ms > 0 {
            tokio::time::sleep(Duration::from_millis(call_ms)).await;
        } else {
            tokio::task::yield_now().await;
        }
    }

    /// A vendor refuses a call that is too large, whole.
    fn at_most(given: usize, limit: usize) -> Result<()> {
        if given <= limit {
            return Ok(());
        }
        Err(ConnectorError::Permanent { reason: format!("{given} in one call, at most {limit} are taken") })
    }
}

#[async_trait]
impl Connector for MemoryConnector {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Result<Health> {
        self.call(|store| store.calls.check += 1).await?;
        let account = self.app.lock().account.clone();
        Ok(Health { account, missing_permissions: Vec::new(), quota: None })
    }

    async fn schema(&self) -> Result<Schema> {
        self.call(|store| store.calls.schema += 1).await?;
        Ok(self.app.lock().traits.schema.clone())
    }

    async fn changes(&self, from: &From) -> Result<Page> {
        self.call(|store| store.calls.changes += 1).await?;
        let page = self.app.lock().page(from)?;
        self.wait().await;
        Ok(page)
    }

    async fn fetch(&self, ids: &[ContactId]) -> Result<Vec<Fetched>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Self::at_most(ids.len(), self.capabilities.fetch_batch_contacts)?;
        self.call(|store| store.calls.fetch += 1).await?;
        let fetched = self.app.lock().read(ids);
        self.wait().await;
        Ok(fetched)
    }

    async fn find(&self, addresses: &[String]) -> Result<Vec<Change>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        Self::at_most(addresses.len(), self.capabilities.find_batch_addresses)?;
        self.call(|store| store.calls.find += 1).await?;
        let found = self.app.lock().search(addresses);
        self.wait().await;
        Ok(found)
    }

    async fn write(&self, ops: Vec<(OpKey, Write)>) -> Result<Vec<(OpKey, Outcome)>> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        Self::at_most(ops.len(), self.capabilities.write_batch_contacts)?;
        let _writing = Writing::begin(&self.app);
        self.call(|store| store.calls.write += 1).await?;
        let mut outcomes = Vec::with_capacity(ops.len());
        for (key, write) in ops {
            let outcome = self.app.lock().attempt(&key, &write);
            outcomes.push((key, outcome));
            // Cancelled here, what was applied stays applied and nobody was told.
            tokio::task::yield_now().await;
        }
        self.wait().await;
        if self.app.lock().fate.strikes(Fault::LostAnswer) {
            return Err(transient("the answer never came"));
        }
        Ok(outcomes)
    }

    fn normalise(&self, field: &FieldName, value: &Value) -> Value {
        let traits = &self.app.lock().traits;
        if traits.forms_documented { traits.formed(field, value.clone()) } else { value.clone() }
    }

    fn forecast(&self, writes: &WriteCounts) -> u64 {
        let batch = u64::try_from(self.capabilities.write_batch_contacts).unwrap_or(u64::MAX).max(1);
        // Tags travel with their contact's write; one that changes nothing else still is a write.
        let tagged = writes.tags.values().copied().max().unwrap_or(0);
        let contacts = writes.creates.saturating_add(writes.updates.max(tagged));
        contacts.div_ceil(batch)
    }

    fn calls_made(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn transient(reason: &str) -> ConnectorError {
    ConnectorError::Transient { reason: reason.to_owned(), attempts: 1 }
}

/// A write call under way; ends when it is dropped, also by a cancelled caller.
struct Writing<'app>(&'app App);

impl<'app> Writing<'app> {
    fn begin(app: &'app App) -> Self {
        let store = &mut *app.lock();
        store.writers += 1;
        store.writers_peak = store.writers_peak.max(store.writers);
        Self(app)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.lock().writers -= 1;
    }
}
