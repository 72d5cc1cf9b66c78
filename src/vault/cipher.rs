//! Encrypting tokens: XChaCha20-Poly1305 with a random nonce for each, bound to the seed that they belong to.

use chacha20poly1305::aead::{Aead as _, AeadCore as _, KeyInit as _, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use syntony_state::{SealedToken, Seed};

/// The context under which the key is derived from the secret, so that the secret may have any form.
const KEY_CONTEXT: &str = "syntony 2026-11 key of the vault";
/// The nonce stands before what it encrypted, and has so many bytes. It is long enough to be drawn at random.
const NONCE_BYTES: usize = 24;

/// Seals and opens with one key, which it does not give away.
pub(super) struct Cipher(XChaCha20Poly1305);

/// A token could not be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be encrypted")]
pub(super) struct CipherError;

impl Cipher {
    /// With a key that is derived from this secret.
    pub(super) fn new(secret: &SecretString) -> Self {
        let key = blake3::derive_key(KEY_CONTEXT, secret.expose_secret().trim().as_bytes());
        Self(XChaCha20Poly1305::new(&key.into()))
    }

    /// Encrypts a token that descends from `seed`.
    pub(super) fn seal(&self, token: &SecretString, seed: &Seed) -> Result<SealedToken, CipherError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: token.expose_secret().as_bytes(), aad: &seed.0 };
        let mut sealed = nonce.to_vec();
        sealed.extend(self.0.encrypt(&nonce, payload).map_err(|_| CipherError)?);
        Ok(SealedToken(sealed))
    }

    /// The token, if it was sealed with this key for this seed and nobody changed it.
    pub(super) fn open(&self, sealed: &SealedToken, seed: &Seed) -> Option<SecretString> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: text, aad: &seed.0 };
        let bytes = self.0.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(bytes).ok().map(SecretString::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cipher(secret: &str) -> Cipher {
        Cipher::new(&secret.into())
    }

    fn check(opened: Option<SecretString>, expected: Option<&str>) {
        assert_eq!(opened.as_ref().map(ExposeSecret::expose_secret), expected);
    }

    #[test]
    fn a_sealed_token_opens_with_its_key_and_for_its_seed_alone() {
        let (seed, other) = (Seed([1; 32]), Seed([2; 32]));
        let sealed = cipher("key").seal(&"5Aep.token".into(), &seed).unwrap();
        check(cipher("key").open(&sealed, &seed), Some("5Aep.token"));
        check(cipher("key\n").open(&sealed, &seed), Some("5Aep.token"));
        check(cipher("other").open(&sealed, &seed), None);
        check(cipher("key").open(&sealed, &other), None);
        assert!(!sealed.0.windows(5).any(|bytes| bytes == b"5Aep."));
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
