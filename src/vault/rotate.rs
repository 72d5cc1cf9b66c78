//! Changing the vault's key: everything is sealed anew with the newest one.
//!
//! A key in a file of our own is made and put before the former one; any other is the admin's to put there. The former
//! key stays until nothing needs it, so whoever is interrupted runs it again.

use super::place::{Place, state, unusable_key, wait_for_turn};
use super::{Vault, key};
use crate::config::VaultKey;
use std::sync::Arc;
use syntony_connectors::auth::KeepError;

/// What came of a change of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// Nothing was ever kept, and there is no key.
    NoKey,
    /// The admin's key has no other before it, so there is nothing to do.
    NothingNewer {
        /// How many tokens it opens.
        tokens: u64,
    },
    /// Everything is sealed with the newest key.
    Done {
        /// How many tokens.
        tokens: u64,
        /// Where the former key is still, and can be taken out.
        former: Former,
    },
    /// Tokens of apps that the configuration does not have, or of their former refresh tokens, are sealed as before.
    Left {
        /// How many tokens are sealed with the newest key.
        tokens: u64,
        /// How many are not.
        others: u64,
    },
}

/// What became of the keys before the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Former {
    /// They are gone.
    Gone,
    /// They are where the admin put them.
    TheAdmins,
}

/// Seals everything at these places with the newest key. In a file of our own a new one is made first, unless an earlier
/// change was interrupted and has left one.
///
/// # Errors
/// A key or a token cannot be had or stored. Whatever was done until then stays good.
pub async fn rotate(vault: &Arc<Vault>, places: &[Place]) -> Result<Rotated, KeepError> {
    if !key::is_expected(&vault.key) {
        return Ok(Rotated::NoKey);
    }
    // Nothing is changed where something could not be opened afterwards.
    for place in places {
        place.look_up().await?;
    }
    let mut keys = key::known(&vault.key, unusable_key).await?;
    if let VaultKey::Own(path) = &vault.key
        && !keys.has_former()
    {
        let _turn = wait_for_turn(&vault.path).await?;
        keys = key::add(path).map_err(unusable_key)?;
    }
    let mut tokens = 0;
    for place in places {
        tokens += u64::from(place.hold().await?.seal_anew()?);
    }
    if !keys.has_former() {
        return Ok(Rotated::NothingNewer { tokens });
    }
    // Whoever is at it now has read the keys before it took the turn, and not after.
    let _turn = wait_for_turn(&vault.path).await?;
    let seeds: Vec<_> = places.iter().map(Place::seed).collect();
    let others = vault.read(|store| store.count_other_tokens(&seeds)).map_err(state)?.unwrap_or_default();
    if others > 0 {
        return Ok(Rotated::Left { tokens, others });
    }
    let former = match &vault.key {
        VaultKey::Own(path) => {
            key::forget_former(path, keys).map_err(unusable_key)?;
            Former::Gone
        }
        VaultKey::Given(_) => Former::TheAdmins,
    };
    Ok(Rotated::Done { tokens, former })
}
