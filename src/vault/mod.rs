//! The vault: refresh tokens that people's sign-ins and vendors' rotations give, kept from one process to the next.
//!
//! A token belongs to its *seed*: the refresh token of the configuration that it descends from, or, where there is none,
//! the app that somebody signed in to. A new seed in the configuration counts from its first use, and the tokens of the
//! former one are dropped. Whoever never rotates and never signs in writes nothing here, and needs no key.
//!
//! A token is used by one at a time, apps and processes alike, and is read anew each time. It is stored durably
//! before anything else is done with the answer that brought it.
//!
//! It must never show a token or the key: not in the database, not in a log, not in an error.

mod cipher;
mod key;
mod place;
mod record;
mod rotate;
#[cfg(test)]
mod tests;

pub use place::{Held, Kind, Known, Place};
pub use record::SignInId;
pub use rotate::{Former, Rotated, rotate};

use crate::config::VaultKey;
use crate::run::Db;
use cipher::Cipher;
use key::OwnKeyError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use syntony_connectors::auth::KeepError;
use syntony_core::ids::AppName;
use syntony_state::{Kept, SealedToken, Seed, StateError, Store};
use tokio::sync::OnceCell;

/// The vault of a state.
pub struct Vault {
    /// The state database; it need not be there yet.
    path: PathBuf,
    store: StoreAccess,
    key: VaultKey,
    /// From a key that is not read anew each time.
    cipher: OnceCell<Arc<Cipher>>,
    refreshed: Mutex<BTreeMap<AppName, Option<Duration>>>,
}

/// How the vault comes to the store.
enum StoreAccess {
    /// It is open.
    Shared(Arc<Db>),
    /// It is opened for each look, and made for the first token: whoever does not run leaves no trace otherwise.
    Each,
}

impl Vault {
    /// The vault of a store that is open at `path`.
    #[must_use]
    pub fn of(path: PathBuf, db: Arc<Db>, key: VaultKey) -> Self {
        Self::new(path, StoreAccess::Shared(db), key)
    }

    /// The vault of a store that may be open in another process, or not be there at all.
    #[must_use]
    pub fn beside(path: PathBuf, key: VaultKey) -> Self {
        Self::new(path, StoreAccess::Each, key)
    }

    fn new(path: PathBuf, store: StoreAccess, key: VaultKey) -> Self {
        Self { path, store, key, cipher: OnceCell::new(), refreshed: Mutex::default() }
    }

    /// How long the last access token that a token of this app was good for lasts, if this process had one. The inner
    /// option is the vendor's: not every one says it.
    #[must_use]
    pub fn last_refresh(&self, app: &AppName) -> Option<Option<Duration>> {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).get(app).copied()
    }

    fn note_refresh(&self, app: &AppName, lasts: Option<Duration>) {
        self.refreshed.lock().unwrap_or_else(PoisonError::into_inner).insert(app.clone(), lasts);
    }

    /// The keys that are there. Another process may change those in a file, so they are looked at each time.
    async fn cipher(&self, explain: impl FnOnce(OwnKeyError) -> KeepError) -> Result<Arc<Cipher>, KeepError> {
        let load = async || key::known(&self.key, explain).await.map(|keys| Arc::new(keys.cipher()));
        if key::is_read_anew(&self.key) {
            load().await
        } else {
            self.cipher.get_or_try_init(load).await.cloned()
        }
    }

    fn kept(&self, seed: &Seed) -> Result<Option<SealedToken>, StateError> {
        self.read(|store| store.kept_token(seed)).map(Option::flatten)
    }

    fn keep(
        &self,
        app: &AppName,
        seed: &Seed,
        was: Option<&SealedToken>,
        now: &SealedToken,
    ) -> Result<Kept, StateError> {
        self.write(|store| store.keep_token(app, seed, was, now))
    }

    /// `None`: there is no state yet.
    fn read<T>(&self, look: impl FnOnce(&Store) -> Result<T, StateError>) -> Result<Option<T>, StateError> {
        match &self.store {
            StoreAccess::Shared(db) => db.with(|store| look(store)).map(Some),
            StoreAccess::Each if !self.path.exists() => Ok(None),
            StoreAccess::Each => match Store::open_read_only(&self.path) {
                Err(StateError::Older { .. }) => look(&Store::open(&self.path)?).map(Some),
                store => look(&store?).map(Some),
            },
        }
    }

    fn write<T>(&self, act: impl FnOnce(&mut Store) -> Result<T, StateError>) -> Result<T, StateError> {
        match &self.store {
            StoreAccess::Shared(db) => db.with(act),
            StoreAccess::Each => act(&mut Store::open(&self.path)?),
        }
    }
}
