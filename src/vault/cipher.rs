//! Encrypting tokens: XChaCha20-Poly1305 with a random nonce for each, bound to the seed that they belong to.

use chacha20poly1305::aead::{Aead as _, AeadCore as _, KeyInit as _, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use syntony_state::{SealedToken, Seed};

/// The context under which the key is derived from the secret, so that the secret may have any form.
const KEY_CONTEXT: &str = "syntony 2026-11 key of the vault";
/// The nonce stands before what it encrypted, and has so many bytes. It is long enough to be drawn at random.
const NONCE_BYTES: usize = 24;

/// Seals with one key and opens with that and those before it. It gives none of them away, and wipes them when it goes.
pub(super) struct Cipher {
    newest: XChaCha20Poly1305,
    former: Vec<XChaCha20Poly1305>,
}

/// A text could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be encrypted")]
pub(super) struct CipherError;

/// Which key opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenedBy {
    /// The one that seals.
    Newest,
    /// One that only opens.
    Former,
}

impl Cipher {
    /// With keys that are derived from these secrets.
    pub(super) fn new(newest: &SecretString, former: &[SecretString]) -> Self {
        Self { newest: derived(newest), former: former.iter().map(derived).collect() }
    }

    /// Encrypts a text that belongs to `seed`.
    pub(super) fn seal(&self, text: &SecretString, seed: &Seed) -> Result<SealedToken, CipherError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: text.expose_secret().as_bytes(), aad: &seed.0 };
        let mut sealed = nonce.to_vec();
        sealed.extend(self.newest.encrypt(&nonce, payload).map_err(|_| CipherError)?);
        Ok(SealedToken(sealed))
    }

    /// The text, if it was sealed with one of the keys for this seed and nobody changed it.
    pub(super) fn open(&self, sealed: &SealedToken, seed: &Seed) -> Option<(SecretString, OpenedBy)> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_BYTES)?;
        let opened = |key: &XChaCha20Poly1305| {
            let bytes = key.decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: &seed.0 }).ok()?;
            String::from_utf8(bytes).ok().map(SecretString::from)
        };
        let newest = opened(&self.newest).map(|text| (text, OpenedBy::Newest));
        newest.or_else(|| self.former.iter().find_map(opened).map(|text| (text, OpenedBy::Former)))
    }
}

fn derived(secret: &SecretString) -> XChaCha20Poly1305 {
    let key = Zeroizing::new(blake3::derive_key(KEY_CONTEXT, secret.expose_secret().trim().as_bytes()));
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(secret: &str) -> Cipher {
        Cipher::new(&secret.into(), &[])
    }

    fn check(opened: Option<(SecretString, OpenedBy)>, expected: Option<(&str, OpenedBy)>) {
        assert_eq!(opened.as_ref().map(|(text, by)| (text.expose_secret(), *by)), expected);
    }

    #[test]
    fn a_sealed_token_opens_with_its_key_and_for_its_seed_alone() {
        let (seed, other) = (Seed([1; 32]), Seed([2; 32]));
        let sealed = cipher("key").seal(&"5Aep.token".into(), &seed).unwrap();
        check(cipher("key").open(&sealed, &seed), Some(("5Aep.token", OpenedBy::Newest)));
        check(cipher("key\n").open(&sealed, &seed), Some(("5Aep.token", OpenedBy::Newest)));
        check(cipher("other").open(&sealed, &seed), None);
        check(cipher("key").open(&sealed, &other), None);
        assert!(!sealed.0.windows(5).any(|bytes| bytes == b"5Aep."));
    }

    #[test]
    fn a_former_key_opens_and_never_seals() {
        let seed = Seed([1; 32]);
        let old = cipher("old").seal(&"token".into(), &seed).unwrap();
        let both = Cipher::new(&"new".into(), &["older".into(), "old".into()]);
        check(both.open(&old, &seed), Some(("token", OpenedBy::Former)));
        check(both.open(&old, &Seed([2; 32])), None);
        let new = both.seal(&"token".into(), &seed).unwrap();
        check(cipher("new").open(&new, &seed), Some(("token", OpenedBy::Newest)));
        check(cipher("old").open(&new, &seed), None);
    }

    #[test]
    fn no_byte_of_a_sealed_token_can_be_changed_or_cut() {
        let seed = Seed([1; 32]);
        let sealed = cipher("key").seal(&"token".into(), &seed).unwrap();
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            check(cipher("key").open(&changed, &seed), None);
            check(cipher("key").open(&SealedToken(sealed.0[..at].to_vec()), &seed), None);
        }
    }

    #[test]
    fn the_same_token_is_never_sealed_alike() {
        let seed = Seed([1; 32]);
        let seal = || cipher("key").seal(&"token".into(), &seed).unwrap().0;
        assert_ne!(seal(), seal());
    }
}
