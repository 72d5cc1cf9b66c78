//! Page and sync tokens: opaque to the client, and one that was not issued here is told at once.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of the checksum in front.
const CHECKSUM_BYTES: usize = 8;

/// Makes a token. `kind` keeps a page token from being taken for a sync token.
pub(super) fn seal<T: Serialize>(kind: &str, content: &T) -> String {
    let content = serde_json::to_vec(content).unwrap_or_default();
    let mut bytes = checksum(kind, &content);
    bytes.extend(content);
    BASE64_URL_SAFE.encode(bytes)
}

/// Opens a token of this kind; `None` if it is not one.
pub(super) fn open<T: DeserializeOwned>(kind: &str, token: &str) -> Option<T> {
    let bytes = BASE64_URL_SAFE.decode(token).ok()?;
    let (sum, content) = bytes.split_at_checked(CHECKSUM_BYTES)?;
    if sum != checksum(kind, content) {
        return None;
    }
    serde_json::from_slice(content).ok()
}

/// A short fingerprint of parameters, to tell whether two calls had the same.
pub(super) fn fingerprint(parameters: &str) -> String {
    blake3::hash(parameters.as_bytes()).to_hex().as_str().get(..12).unwrap_or_default().to_owned()
}

fn checksum(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes()).update(&[0]).update(content);
    hasher.finalize().as_bytes().iter().take(CHECKSUM_BYTES).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_as_what_it_is_and_as_nothing_else() {
        let token = seal("sync", &(7_u64, "x"));
        assert_eq!(open::<(u64, String)>("sync", &token), Some((7, "x".to_owned())));
        assert_eq!(open::<(u64, String)>("page", &token), None);
        assert_eq!(open::<(u64, String)>("sync", "bogus"), None);
        assert_eq!(open::<(u64, String)>("sync", &token.replacen('A', "B", 1).replacen('e', "f", 1)), None);
    }
}
