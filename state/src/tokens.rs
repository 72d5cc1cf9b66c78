//! Refresh tokens that a vendor gave in exchange for others.
//!
//! They come and go sealed: what is in them, and the key, are the caller's business. A token is kept for the
//! *seed* that it descends from, so another seed never gets it.
//!
//! It must never overwrite a token that the caller did not know of: it could be the only one that works.

use crate::error::{Result, StateError};
use crate::forget::{hash, salt};
use crate::lock::beside;
use crate::store::{Store, private_file};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::Path;
use syntony_core::ids::AppName;

/// A fingerprint of what tokens descend from: the refresh token that the configuration names, or an app that people
/// sign in to. It is hashed once more before it is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

/// A refresh token, encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedToken(pub Vec<u8>);

/// What came of keeping a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Kept {
    /// It is stored, and survives a power cut.
    Stored,
    /// Somebody stored another one in between. Nothing was changed.
    Overtaken,
}

impl Store {
    /// The token that descends from this seed, unless the seed itself is still the newest.
    ///
    /// # Errors
    /// The database's own.
    pub fn kept_token(&self, seed: &Seed) -> Result<Option<SealedToken>> {
        self.read(|conn| token(conn, &mark(conn, seed)?))
    }

    /// Keeps an app's token in place of `was`, the one that it was exchanged for. Tokens of a seed that no app
    /// has any more are dropped.
    ///
    /// # Errors
    /// The database's own.
    pub fn keep_token(
        &mut self,
        app: &AppName,
        seed: &Seed,
        was: Option<&SealedToken>,
        now: &SealedToken,
    ) -> Result<Kept> {
        self.write(|tx| {
            let mark = mark(tx, seed)?;
            if token(tx, &mark)?.as_ref() != was {
                return Ok(Kept::Overtaken);
            }
            tx.prepare_cached(
                "INSERT INTO token (seed, sealed) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
            )?
            .execute(params![mark, now.0])?;
            tx.prepare_cached(
                "INSERT INTO token_of (app, seed) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET seed = excluded.seed",
            )?
            .execute(params![app.as_str(), mark])?;
            tx.prepare_cached(DROP_UNUSED)?.execute(())?;
            Ok(Kept::Stored)
        })
    }

    /// Drops the token that descends from this seed, for every app that used it: it opens nothing any more.
    ///
    /// # Errors
    /// The database's own.
    pub fn drop_token(&mut self, seed: &Seed) -> Result<()> {
        self.write(|tx| {
            let mark = mark(tx, seed)?;
            tx.prepare_cached("DELETE FROM token_of WHERE seed = ?1")?.execute([mark])?;
            tx.prepare_cached(DROP_UNUSED)?.execute(())?;
            Ok(())
        })
    }

    /// How many tokens are kept that descend from none of these seeds.
    ///
    /// # Errors
    /// The database's own.
    pub fn count_other_tokens(&self, seeds: &[Seed]) -> Result<u64> {
        self.read(|conn| {
            let marks = seeds.iter().map(|seed| mark(conn, seed)).collect::<Result<BTreeSet<_>>>()?;
            let mut query = conn.prepare_cached("SELECT seed FROM token")?;
            let kept = query.query_map((), |row| row.get::<_, [u8; 32]>(0))?;
            let mut others = 0;
            for seed in kept {
                others += u64::from(!marks.contains(&seed?));
            }
            Ok(others)
        })
    }
}

/// A token without an app can be found by nobody.
const DROP_UNUSED: &str = "DELETE FROM token WHERE seed NOT IN (SELECT seed FROM token_of)";

/// The right to use refresh tokens of a state, whichever app and process they are of: a vendor that rotates them
/// takes the second use of one for a theft. Given back when it is dropped and when the process ends.
///
/// It is another lock than a run's, held for the moment of a refresh alone, so that a look at an app's fields works
/// beside a run.
#[derive(Debug)]
pub struct TokenLock {
    _file: File,
}

impl TokenLock {
    /// Takes the lock of the database at `db_path`, which need not be there yet; `None` while another has it.
    ///
    /// # Errors
    /// [`StateError::CannotOpen`] if the lock file cannot be made.
    pub fn try_acquire(db_path: &Path) -> Result<Option<TokenLock>> {
        let path = beside(db_path, ".tokens.lock");
        let cannot_open =
            |error: std::io::Error| StateError::CannotOpen { path: path.clone(), reason: error.to_string() };
        let file = private_file(&path).map_err(cannot_open)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(TokenLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_open(error)),
        }
    }
}

/// What a seed is known by in this file, and in no other.
fn mark(conn: &Connection, seed: &Seed) -> Result<[u8; 32]> {
    Ok(hash(&salt(conn)?, &["seed", blake3::Hash::from_bytes(seed.0).to_hex().as_str()]))
}

fn token(conn: &Connection, mark: &[u8; 32]) -> Result<Option<SealedToken>> {
    Ok(conn
        .prepare_cached("SELECT sealed FROM token WHERE seed = ?1")?
        .query_row([mark], |row| row.get(0))
        .optional()?
        .map(SealedToken))
}
