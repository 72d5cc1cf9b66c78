//! What is sealed: a token, and what has to be known of it later. None of it is of use without the token's key.
//!
//! The text is JSON. A text that is none is a token as it was kept before there were sign-ins.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

/// A refresh token, and where it comes from.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) token: SecretString,
    /// Which sign-in it descends from; `None`: the configuration's own token.
    pub(super) sign_in: Option<SignInId>,
    /// When it was kept, in milliseconds since 1970.
    pub(super) kept_ms: Option<i64>,
    /// When the grant ends, in milliseconds since 1970, if the vendor gave it for a time alone.
    pub(super) ends_ms: Option<i64>,
}

/// A sign-in. It stays while tokens rotate, and another one may be to another account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignInId(String);

impl SignInId {
    /// A new one.
    pub(super) fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// Its text. Not a secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A record as it is written.
#[derive(Serialize, Deserialize)]
struct Written<'t> {
    token: std::borrow::Cow<'t, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign_in: Option<SignInId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends_ms: Option<i64>,
}

impl Record {
    /// As it is sealed.
    pub(super) fn text(&self) -> Result<SecretString, serde_json::Error> {
        let Self { token, sign_in, kept_ms, ends_ms } = self;
        let written = Written {
            token: token.expose_secret().into(),
            sign_in: sign_in.clone(),
            kept_ms: *kept_ms,
            ends_ms: *ends_ms,
        };
        serde_json::to_string(&written).map(SecretString::from)
    }

    /// From what was sealed.
    pub(super) fn read(text: SecretString) -> Self {
        match serde_json::from_str::<Written<'_>>(text.expose_secret()) {
            Ok(Written { token, sign_in, kept_ms, ends_ms }) => {
                Self { token: token.into_owned().into(), sign_in, kept_ms, ends_ms }
            }
            Err(_) => Self { token: text, sign_in: None, kept_ms: None, ends_ms: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_and_a_bare_token_as_one() {
        let sign_in = Some(SignInId::new());
        let record = Record {
            token: "5Aep\"861{".into(),
            sign_in: sign_in.clone(),
            kept_ms: Some(1),
            ends_ms: Some(2),
        };
        let read = Record::read(record.text().unwrap());
        assert_eq!(read.token.expose_secret(), "5Aep\"861{");
        assert_eq!((read.sign_in, read.kept_ms, read.ends_ms), (sign_in, Some(1), Some(2)));
        for bare in ["5Aep861", "1//0abc", "{}", "12"] {
            let read = Record::read(bare.into());
            assert_eq!((read.token.expose_secret(), read.sign_in), (bare, None));
        }
    }
}
