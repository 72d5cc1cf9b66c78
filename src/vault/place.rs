//! One place of the vault: what descends from one seed, and the turn to use it.
//!
//! Whoever looked a place up goes by the sign-in that was there then: a later one may be to another account, and what
//! began with the one must not go on with the other.

use super::Vault;
use super::cipher::{Cipher, OpenedBy};
use super::key::{self, OwnKeyError};
use super::record::{Record, SignInId};
use crate::config::SecretSource;
use crate::run::{Clock as _, SystemClock};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::Duration;
use syntony_connectors::auth::{KeepError, Keeper, Turn};
use syntony_core::ids::AppName;
use syntony_state::{Kept, SealedToken, Seed, StateError, TokenLock};

/// How long is waited for somebody else who refreshes, in seconds: longer than a refresh with all its retries takes
/// as a rule.
const TURN_WAIT_SECONDS: u64 = 60;
/// How often it is looked whether they are done, in milliseconds.
const TURN_POLL_MS: u64 = 20;
/// The context under which seeds are fingerprinted, so that the fingerprint means nothing elsewhere.
const SEED_CONTEXT: &str = "syntony 2026-11 fingerprint of a refresh token that seeds the vault";
/// The same for an app that has no refresh token but what a sign-in gives.
const SIGN_IN_CONTEXT: &str = "syntony 2026-11 fingerprint of an app that people sign in to";

/// The vault's place for what descends from one seed.
#[derive(Clone)]
pub struct Place {
    vault: Arc<Vault>,
    app: AppName,
    seed: Seed,
    kind: Kind,
    going_by: GoingBy,
}

/// What the place is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What comes after the refresh token of the configuration, which has it from there.
    Configured(SecretSource),
    /// What a person's sign-in gave.
    SignIn,
}

/// Which sign-in counts.
#[derive(Clone, PartialEq, Eq)]
enum GoingBy {
    Any,
    Only(Option<SignInId>),
}

/// What is known of what is kept at a place, without any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which sign-in it descends from; `None`: the configuration's own token.
    pub sign_in: Option<SignInId>,
    /// When it was kept, in milliseconds since 1970; `None`: by an earlier version, which did not note it.
    pub kept_ms: Option<i64>,
    /// When the grant ends, in milliseconds since 1970, if the vendor gave it for a time alone.
    pub ends_ms: Option<i64>,
}

impl Place {
    /// The place of the refresh token `seed`, which `source` holds.
    #[must_use]
    pub fn configured(vault: &Arc<Vault>, app: AppName, seed: &SecretString, source: SecretSource) -> Self {
        let seed = Seed(blake3::derive_key(SEED_CONTEXT, seed.expose_secret().as_bytes()));
        Self { vault: Arc::clone(vault), app, seed, kind: Kind::Configured(source), going_by: GoingBy::Any }
    }

    /// The place of an app that people sign in to. It is bound to the client and the token endpoint as well: whoever
    /// makes the configuration point elsewhere gets no token sent there.
    #[must_use]
    pub fn signed_in(vault: &Arc<Vault>, app: AppName, client_id: &str, token_url: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(SIGN_IN_CONTEXT);
        for part in [app.as_str(), client_id, token_url] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let seed = Seed(*hasher.finalize().as_bytes());
        Self { vault: Arc::clone(vault), app, seed, kind: Kind::SignIn, going_by: GoingBy::Any }
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    #[cfg(test)]
    pub(super) fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    /// What is kept here, if it can be had, before any vendor is asked.
    ///
    /// # Errors
    /// The key is lost or another one, or the state cannot be read.
    pub async fn look_up(&self) -> Result<Option<Known>, KeepError> {
        Ok(self.newest().await?.newest.map(|newest| {
            let Record { token: _, sign_in, kept_ms, ends_ms } = newest.record;
            Known { sign_in, kept_ms, ends_ms }
        }))
    }

    /// The same place, as long as it holds what was found there.
    #[must_use]
    pub fn going_by(self, known: Option<&Known>) -> Self {
        Self { going_by: GoingBy::Only(known.and_then(|known| known.sign_in.clone())), ..self }
    }

    /// Takes the turn to use what is kept here.
    ///
    /// # Errors
    /// What is kept cannot be told, or somebody else is at it for too long.
    pub async fn hold(&self) -> Result<Held, KeepError> {
        let lock = wait_for_turn(&self.vault.path).await?;
        let Looked { newest, cipher } = self.newest().await?;
        let found = newest.as_ref().and_then(|newest| newest.record.sign_in.as_ref());
        match &self.going_by {
            GoingBy::Only(expected) if expected.as_ref() != found => return Err(KeepError::Replaced),
            GoingBy::Only(_) | GoingBy::Any => {}
        }
        Ok(Held {
            place: self.clone(),
            was: newest.as_ref().map(|it| it.sealed.clone()),
            newest,
            cipher,
            _lock: lock,
        })
    }

    /// Takes the turn to put a new sign-in here, whether or not what is kept can still be opened. The key is made if
    /// there is none, so that nobody signs in for nothing.
    ///
    /// # Errors
    /// There is no key to seal with, or somebody else is at it for too long.
    pub async fn hold_for_sign_in(&self) -> Result<Held, KeepError> {
        let lock = wait_for_turn(&self.vault.path).await?;
        let was = self.vault.kept(&self.seed).map_err(state)?;
        let cipher = if key::is_expected(&self.vault.key) {
            self.vault.cipher(unusable_key).await?
        } else {
            Arc::new(key::own(&self.vault.key).map_err(unusable_key)?.cipher())
        };
        Ok(Held { place: self.clone(), was, newest: None, cipher: Some(cipher), _lock: lock })
    }

    /// What is kept, as it lies there and as it is used.
    async fn newest(&self) -> Result<Looked, KeepError> {
        let Some(sealed) = self.vault.kept(&self.seed).map_err(state)? else {
            // A key is fetched before the vendor is asked: afterwards it would be too late.
            let expected = key::is_expected(&self.vault.key);
            let cipher = if expected { Some(self.vault.cipher(unusable_key).await?) } else { None };
            return Ok(Looked { newest: None, cipher });
        };
        let cipher = self.vault.cipher(|error| self.lost_key(&error)).await?;
        let (text, by) = cipher.open(&sealed, &self.seed).ok_or_else(|| self.wrong_key())?;
        let newest = Newest { sealed, record: Record::read(text), by };
        Ok(Looked { newest: Some(newest), cipher: Some(cipher) })
    }

    fn lost_key(&self, error: &OwnKeyError) -> KeepError {
        let reason = format!("the vault keeps a refresh token of `{}`, and {error}", self.app);
        KeepError::Failed { reason, hint: self.sign_in_again() }
    }

    fn wrong_key(&self) -> KeepError {
        let key = key::whereabouts(&self.vault.key);
        let reason = format!("the vault keeps a refresh token of `{}`, which {key} does not open", self.app);
        KeepError::Failed { reason, hint: self.sign_in_again() }
    }

    /// What to do when what is kept is lost.
    fn sign_in_again(&self) -> String {
        format!("put the former key back; if it is lost, `syntony auth login {}` signs in anew", self.app)
    }

    /// The old token is used up, and the new one ends with the process.
    fn not_kept(&self, reason: impl std::fmt::Display) -> KeepError {
        KeepError::Failed {
            reason: format!("the vendor gave a new refresh token, which cannot be kept: {reason}"),
            hint: format!("mend that, then `syntony auth login {}` signs in anew", self.app),
        }
    }
}

/// What was found at a place.
struct Looked {
    newest: Option<Newest>,
    /// `None`: there is no key yet.
    cipher: Option<Arc<Cipher>>,
}

struct Newest {
    sealed: SealedToken,
    record: Record,
    by: OpenedBy,
}

#[async_trait]
impl Keeper for Place {
    async fn turn(&self) -> Result<Box<dyn Turn>, KeepError> {
        Ok(Box::new(self.hold().await?))
    }
}

/// The right to use a place, while it lasts.
pub struct Held {
    place: Place,
    /// What lies there, whether or not it can be opened.
    was: Option<SealedToken>,
    newest: Option<Newest>,
    cipher: Option<Arc<Cipher>>,
    _lock: TokenLock,
}

impl Held {
    /// Keeps the refresh token of a new sign-in in place of whatever is here.
    ///
    /// # Errors
    /// It is not kept.
    pub fn sign_in(&mut self, token: SecretString, lasts: Option<Duration>) -> Result<(), KeepError> {
        let now_ms = SystemClock.now_ms();
        let lasts_ms = lasts.and_then(|lasts| i64::try_from(lasts.as_millis()).ok());
        self.store(Record {
            token,
            sign_in: Some(SignInId::new()),
            kept_ms: Some(now_ms),
            ends_ms: lasts_ms.map(|lasts_ms| now_ms.saturating_add(lasts_ms)),
        })
    }

    /// Drops what is kept here: it opens nothing any more.
    ///
    /// # Errors
    /// The state's own.
    pub fn drop_token(&mut self) -> Result<(), KeepError> {
        let Place { vault, seed, .. } = &self.place;
        if self.was.take().is_some() {
            vault.write(|store| store.drop_token(seed)).map_err(state)?;
        }
        self.newest = None;
        Ok(())
    }

    /// Seals what is kept here with the newest key, if it was not. `true`: something is kept.
    pub(super) fn seal_anew(&mut self) -> Result<bool, KeepError> {
        match &self.newest {
            None => Ok(false),
            Some(Newest { by: OpenedBy::Newest, .. }) => Ok(true),
            Some(Newest { by: OpenedBy::Former, record, .. }) => self.store(record.clone()).map(|()| true),
        }
    }

    fn store(&mut self, record: Record) -> Result<(), KeepError> {
        let place = &self.place;
        let cipher = match &self.cipher {
            Some(cipher) => Arc::clone(cipher),
            None => {
                let made = key::own(&place.vault.key).map_err(|error| place.not_kept(error))?;
                Arc::new(made.cipher())
            }
        };
        let text = record.text().map_err(|_| place.not_kept("it is no text"))?;
        let sealed = cipher.seal(&text, &place.seed).map_err(|error| place.not_kept(error))?;
        let kept = place.vault.keep(&place.app, &place.seed, self.was.as_ref(), &sealed);
        match kept.map_err(|error| place.not_kept(error))? {
            Kept::Stored => {}
            Kept::Overtaken => return Err(place.not_kept("another program stored another one")),
        }
        self.cipher = Some(cipher);
        self.was = Some(sealed.clone());
        self.newest = Some(Newest { sealed, record, by: OpenedBy::Newest });
        Ok(())
    }
}

impl Turn for Held {
    fn newest(&self) -> Option<SecretString> {
        self.newest.as_ref().map(|newest| newest.record.token.clone())
    }

    fn keep(&mut self, rotated: &SecretString) -> Result<(), KeepError> {
        let before = self.newest.as_ref().map(|newest| &newest.record);
        self.store(Record {
            token: rotated.clone(),
            sign_in: before.and_then(|record| record.sign_in.clone()),
            kept_ms: Some(SystemClock.now_ms()),
            ends_ms: before.and_then(|record| record.ends_ms),
        })
    }

    fn refreshed(&mut self, lasts: Option<Duration>) {
        self.place.vault.note_refresh(&self.place.app, lasts);
    }
}

/// Nothing is kept yet that would need the key.
pub(super) fn unusable_key(error: OwnKeyError) -> KeepError {
    KeepError::Failed {
        reason: error.to_string(),
        hint: "put the former key back, or move the file away: nothing of this app is kept with it"
            .to_owned(),
    }
}

pub(super) fn state(error: StateError) -> KeepError {
    KeepError::Failed {
        reason: error.to_string(),
        hint: "mend that first; the app was not asked for anything".to_owned(),
    }
}

/// The turn of all places of a state.
pub(super) async fn wait_for_turn(path: &std::path::Path) -> Result<TokenLock, KeepError> {
    for _ in 0..TURN_WAIT_SECONDS * 1_000 / TURN_POLL_MS {
        if let Some(lock) = TokenLock::try_acquire(path).map_err(state)? {
            return Ok(lock);
        }
        tokio::time::sleep(Duration::from_millis(TURN_POLL_MS)).await;
    }
    Err(KeepError::Busy)
}
