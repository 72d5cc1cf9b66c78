//! The vault: refresh tokens that a vendor rotates, kept from one process to the next.
//!
//! A refresh token of the configuration *seeds* it. Once the vendor gives another one in exchange, that one is kept in
//! the state, encrypted, for this seed: a new seed in the configuration counts from its first use, and the tokens
//! of the former one are dropped. Whoever never rotates never writes here, and needs no key.
//!
//! A token is used by one at a time, apps and processes alike, and is read anew each time. It is stored durably
//! before anything else is done with the answer that brought it.
//!
//! It must never show a token or the key: not in the database, not in a log, not in an error.

mod cipher;
mod key;
#[cfg(test)]
mod tests;

use crate::config::{SecretSource, VaultKey};
use crate::run::Db;
use async_trait::async_trait;
use cipher::Cipher;
use key::OwnKeyError;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use syntony_connectors::auth::{KeepError, Keeper, Turn};
use syntony_core::ids::AppName;
use syntony_state::{Kept, SealedToken, Seed, StateError, Store, TokenLock};
use tokio::sync::OnceCell;

/// How long is waited for somebody else who refreshes, in seconds: longer than a refresh with all its retries takes
/// as a rule.
const TURN_WAIT_SECONDS: u64 = 60;
/// How often it is looked whether they are done, in milliseconds.
const TURN_POLL_MS: u64 = 20;
/// The context under which seeds are fingerprinted, so that the fingerprint means nothing elsewhere.
const SEED_CONTEXT: &str = "syntony 2026-11 fingerprint of a refresh token that seeds the vault";

/// The vault of a state.
pub struct Vault {
    /// The state database; it need not be there yet.
    path: PathBuf,
    store: StoreAccess,
    key: VaultKey,
    cipher: OnceCell<Cipher>,
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
        Self { path, store: StoreAccess::Shared(db), key, cipher: OnceCell::new() }
    }

    /// The vault of a store that may be open in another process, or not be there at all.
    #[must_use]
    pub fn beside(path: PathBuf, key: VaultKey) -> Self {
        Self { path, store: StoreAccess::Each, key, cipher: OnceCell::new() }
    }

    fn kept(&self, seed: &Seed) -> Result<Option<SealedToken>, StateError> {
        match &self.store {
            StoreAccess::Shared(db) => db.with(|store| store.kept_token(seed)),
            StoreAccess::Each if !self.path.exists() => Ok(None),
            StoreAccess::Each => match Store::open_read_only(&self.path) {
                Err(StateError::Older { .. }) => Store::open(&self.path)?.kept_token(seed),
                store => store?.kept_token(seed),
            },
        }
    }

    fn keep(
        &self,
        app: &AppName,
        seed: &Seed,
        was: Option<&SealedToken>,
        now: &SealedToken,
    ) -> Result<Kept, StateError> {
        match &self.store {
            StoreAccess::Shared(db) => db.with(|store| store.keep_token(app, seed, was, now)),
            StoreAccess::Each => Store::open(&self.path)?.keep_token(app, seed, was, now),
        }
    }
}

/// The vault's place for what descends from one refresh token of the configuration.
#[derive(Clone)]
pub struct Place {
    vault: Arc<Vault>,
    app: AppName,
    seed: Seed,
    /// Where the configuration has the seed from, for what has to be said of it.
    source: SecretSource,
}

impl Place {
    /// The place of `seed`, which `source` holds.
    #[must_use]
    pub fn new(vault: &Arc<Vault>, app: AppName, seed: &SecretString, source: SecretSource) -> Self {
        let seed = Seed(blake3::derive_key(SEED_CONTEXT, seed.expose_secret().as_bytes()));
        Self { vault: Arc::clone(vault), app, seed, source }
    }

    /// Whether what is kept here can be had, before any vendor is asked.
    ///
    /// # Errors
    /// The key is lost or another one, or the state cannot be read.
    pub async fn check(&self) -> Result<(), KeepError> {
        self.newest().await.map(drop)
    }

    /// What is kept, as it lies there and as it is used.
    async fn newest(&self) -> Result<Option<Newest>, KeepError> {
        let Some(sealed) = self.vault.kept(&self.seed).map_err(state)? else {
            // A key is fetched before the vendor is asked: afterwards it would be too late.
            if key::is_expected(&self.vault.key) {
                self.cipher(unusable_key).await?;
            }
            return Ok(None);
        };
        let cipher = self.cipher(|error| self.lost_key(&error)).await?;
        let token = cipher.open(&sealed, &self.seed).ok_or_else(|| self.wrong_key())?;
        Ok(Some(Newest { sealed, token }))
    }

    async fn cipher(&self, explain: impl FnOnce(OwnKeyError) -> KeepError) -> Result<&Cipher, KeepError> {
        self.vault.cipher.get_or_try_init(|| key::known(&self.vault.key, explain)).await
    }

    fn lost_key(&self, error: &OwnKeyError) -> KeepError {
        KeepError::Failed {
            reason: format!("the vault keeps a newer refresh token of this app, and {error}"),
            hint: self.seed_again(),
        }
    }

    fn wrong_key(&self) -> KeepError {
        KeepError::Failed {
            reason: format!(
                "the vault keeps a newer refresh token of this app, which {} does not open",
                key::whereabouts(&self.vault.key)
            ),
            hint: self.seed_again(),
        }
    }

    /// What to do when what is kept is lost.
    fn seed_again(&self) -> String {
        format!(
            "put the former key back; if it is lost, sign in to `{}` again and put the new refresh token into {}",
            self.app, self.source
        )
    }
}

struct Newest {
    sealed: SealedToken,
    token: SecretString,
}

#[async_trait]
impl Keeper for Place {
    async fn turn(&self) -> Result<Box<dyn Turn>, KeepError> {
        let lock = wait_for_turn(&self.vault.path).await?;
        Ok(Box::new(Held { newest: self.newest().await?, place: self.clone(), _lock: lock }))
    }
}

/// The right to use the newest token, while it lasts.
struct Held {
    place: Place,
    newest: Option<Newest>,
    _lock: TokenLock,
}

impl Turn for Held {
    fn newest(&self) -> Option<SecretString> {
        self.newest.as_ref().map(|newest| newest.token.clone())
    }

    fn keep(&mut self, rotated: &SecretString) -> Result<(), KeepError> {
        let Place { vault, app, seed, source } = &self.place;
        let made;
        let cipher = match vault.cipher.get() {
            Some(cipher) => cipher,
            None => {
                made = key::own(&vault.key).map_err(|error| not_kept(error, source))?;
                &made
            }
        };
        let sealed = cipher.seal(rotated, seed).map_err(|error| not_kept(error, source))?;
        let was = self.newest.as_ref().map(|newest| &newest.sealed);
        match vault.keep(app, seed, was, &sealed).map_err(|error| not_kept(error, source))? {
            Kept::Stored => {}
            Kept::Overtaken => return Err(not_kept("another program stored another one", source)),
        }
        self.newest = Some(Newest { sealed, token: rotated.clone() });
        Ok(())
    }
}

/// Nothing is kept yet that would need the key.
fn unusable_key(error: OwnKeyError) -> KeepError {
    KeepError::Failed {
        reason: error.to_string(),
        hint: "put the former key back, or move the file away: nothing of this app is kept with it"
            .to_owned(),
    }
}

/// The old token is used up, and the new one ends with the process.
fn not_kept(reason: impl std::fmt::Display, source: &SecretSource) -> KeepError {
    KeepError::Failed {
        reason: format!("the vendor gave a new refresh token, which cannot be kept: {reason}"),
        hint: format!("mend that, then sign in again and put the new refresh token into {source}"),
    }
}

fn state(error: StateError) -> KeepError {
    KeepError::Failed {
        reason: error.to_string(),
        hint: "mend that first; the app was not asked for anything".to_owned(),
    }
}

async fn wait_for_turn(path: &std::path::Path) -> Result<TokenLock, KeepError> {
    for _ in 0..TURN_WAIT_SECONDS * 1_000 / TURN_POLL_MS {
        if let Some(lock) = TokenLock::try_acquire(path).map_err(state)? {
            return Ok(lock);
        }
        tokio::time::sleep(Duration::from_millis(TURN_POLL_MS)).await;
    }
    Err(KeepError::Busy)
}
