//! The vendor's outside: made here, watched here.

use super::connector::MemoryConnector;
use super::faults::{Fault, Faults};
use super::store::{Life, Store};
use super::traits::Traits;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use syntony_core::ids::{AccountId, ContactId, OpKey, Tag};
use syntony_core::record::{Fields, Record};

/// An in-memory vendor with one account. Clones are the same vendor.
#[derive(Clone, Debug)]
pub struct App {
    store: Arc<Mutex<Store>>,
}

/// How often each call of the connector was made, over all connectors of the app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// [`check`](crate::contract::Connector::check).
    pub check: u64,
    /// [`schema`](crate::contract::Connector::schema).
    pub schema: u64,
    /// [`changes`](crate::contract::Connector::changes), one for each page.
    pub changes: u64,
    /// [`fetch`](crate::contract::Connector::fetch).
    pub fetch: u64,
    /// [`find`](crate::contract::Connector::find).
    pub find: u64,
    /// [`write`](crate::contract::Connector::write).
    pub write: u64,
}

/// One write that the vendor applied, whether or not its answer arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// When, in milliseconds since the app was made.
    pub at_ms: u64,
    /// The op.
    pub op: OpKey,
    /// The contact.
    pub id: ContactId,
    /// Whether it was created by this write.
    pub created: bool,
    /// The fields as they were sent.
    pub fields: Fields,
    /// The tags that were to be put on.
    pub add_tags: BTreeSet<Tag>,
    /// The tags that were to be taken off.
    pub remove_tags: BTreeSet<Tag>,
}

impl App {
    /// An empty app. `name` is the prefix of its contacts' ids; `seed` decides every chance.
    #[must_use]
    pub fn new(name: &str, traits: Traits, seed: u64) -> Self {
        Self { store: Arc::new(Mutex::new(Store::new(name, traits, seed))) }
    }

    /// A connector to this app, as a program that just started would make one.
    #[must_use]
    pub fn connector(&self) -> MemoryConnector {
        MemoryConnector::new(self.clone())
    }

    /// Sets the odds of faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().fate.set_odds(faults);
    }

    /// Lets `fault` strike once, at its next chance.
    pub fn script(&self, fault: Fault) {
        self.lock().fate.script(fault);
    }

    /// How many scripted faults have not struck yet.
    #[must_use]
    pub fn scripted(&self) -> usize {
        self.lock().fate.scripted()
    }

    /// Makes every cursor and page token that was ever given expire.
    pub fn expire_cursors(&self) {
        self.lock().generation += 1;
    }

    /// Puts another account behind the credentials.
    pub fn set_account(&self, account: AccountId) {
        self.lock().account = account;
    }

    /// Every contact that is there, as the vendor holds it now: nothing lags, hidden ones included.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<ContactId, Record> {
        let store = self.lock();
        store
            .contacts()
            .filter(|(_, contact)| contact.life == Life::Live)
            .map(|(id, contact)| (id.clone(), store.observe(contact)))
            .collect()
    }

    /// Every write that was applied through a connector, oldest first.
    #[must_use]
    pub fn write_log(&self) -> Vec<Written> {
        self.lock().written.clone()
    }

    /// How often each call was made.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.lock().calls
    }

    /// The most write calls that were ever under way at once.
    #[must_use]
    pub fn writers_peak(&self) -> usize {
        self.lock().writers_peak
    }

    /// Milliseconds since the app was made.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.lock().now_ms()
    }

    /// What is behind the lock. A test that panicked while it held the lock left nothing half done: each
    /// change is one call.
    pub(super) fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
