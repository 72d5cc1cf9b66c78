//! What ties a sign-in together: the mark that comes back with its answer, and the proof that who exchanges the code
//! is who asked for it (PKCE, RFC 7636).
//!
//! Both are drawn from the system's randomness, 256 bits each, and neither is ever shown in a log or an error.

use crate::http::HttpError;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls::crypto::aws_lc_rs;
use secrecy::{ExposeSecret as _, SecretString};

/// Random bytes in either: 43 characters, the fewest that RFC 7636 takes and as many as anybody could want.
const RANDOM_BYTES: usize = 32;

/// The `state` of RFC 6749: an answer without it is somebody else's.
pub(super) struct Mark(SecretString);

impl Mark {
    /// A new one.
    pub(super) fn draw() -> Result<Self, HttpError> {
        random().map(Self)
    }

    pub(super) fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether this is it. How long that takes tells nothing: digests are compared, and in constant time.
    pub(super) fn is(&self, answered: &str) -> bool {
        blake3::hash(answered.as_bytes()) == blake3::hash(self.text().as_bytes())
    }
}

/// The `code_verifier`; who has the code alone gets nothing for it.
pub(super) struct Verifier(SecretString);

impl Verifier {
    /// A new one.
    pub(super) fn draw() -> Result<Self, HttpError> {
        random().map(Self)
    }

    pub(super) fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// The `code_challenge` by S256, the one method that gives nothing away.
    pub(super) fn challenge(&self) -> Result<String, HttpError> {
        // The hash of the TLS library, which is linked anyway.
        let suite = aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256.tls13();
        let suite = suite.ok_or_else(|| HttpError::invalid("there is no SHA-256"))?;
        let hash = suite.common.hash_provider.hash(self.text().as_bytes());
        Ok(BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref()))
    }
}

fn random() -> Result<SecretString, HttpError> {
    let mut bytes = [0; RANDOM_BYTES];
    let drawn = aws_lc_rs::default_provider().secure_random.fill(&mut bytes);
    drawn.map_err(|_| HttpError::invalid("the system gives no random numbers"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // The example of RFC 7636, appendix B.
        let verifier = Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(verifier.challenge().unwrap(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_sign_ins_share_a_mark_and_only_the_whole_mark_is_it() {
        let (one, other) = (Mark::draw().unwrap(), Mark::draw().unwrap());
        assert_eq!(one.text().len(), 43);
        assert!(one.is(one.text()));
        for wrong in [other.text(), "", &one.text()[..42], &format!("{}A", one.text())] {
            assert!(!one.is(wrong));
        }
    }
}
