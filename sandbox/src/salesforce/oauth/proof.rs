//! Hashes that prove something: PKCE's challenge and the signature of a token's answer.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

/// Of SHA-256, in bytes.
const BLOCK_BYTES: usize = 64;

/// PKCE, always by SHA-256: <https://www.rfc-editor.org/rfc/rfc7636>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge(pub(super) String);

impl Challenge {
    pub(super) fn answered_by(&self, verifier: &str) -> bool {
        !verifier.is_empty() && BASE64_URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())) == self.0
    }
}

/// The `signature` of a token's answer: HMAC-SHA256 under the app's secret.
/// <https://www.rfc-editor.org/rfc/rfc2104>
pub(super) fn signature(secret: &str, message: &str) -> String {
    let key = if secret.len() > BLOCK_BYTES { sha256(secret.as_bytes()) } else { secret.as_bytes().to_vec() };
    let padded = |pad: u8| {
        let whole = key.iter().copied().chain(std::iter::repeat(0)).take(BLOCK_BYTES);
        whole.map(move |byte| byte ^ pad).collect::<Vec<u8>>()
    };
    let inner = sha256(&[padded(0x36), message.as_bytes().to_vec()].concat());
    BASE64_STANDARD.encode(sha256(&[padded(0x5c), inner].concat()))
}

/// The hash of the TLS library, which is linked anyway.
fn sha256(bytes: &[u8]) -> Vec<u8> {
    use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let suite = TLS13_AES_128_GCM_SHA256.tls13();
    suite.map_or_else(Vec::new, |suite| suite.common.hash_provider.hash(bytes).as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_by_its_verifier_alone() {
        // The example of RFC 7636, appendix B.
        let challenge = Challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        assert!(challenge.answered_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.answered_by("another"));
        assert!(!challenge.answered_by(""));
    }

    #[test]
    fn a_signature_is_an_hmac() {
        // Test case 2 of RFC 4231.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let got = signature("Jefe", "what do ya want for nothing?");
        let hex: String = BASE64_STANDARD.decode(&got).unwrap().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
