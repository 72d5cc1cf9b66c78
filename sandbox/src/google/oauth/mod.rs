//! Google's OAuth 2.0: consent, tokens, revocation.
//!
//! The user consents to everything at once, without a screen. Secrets are compared and never logged.
//!
//! <https://developers.google.com/identity/protocols/oauth2/native-app>

mod http;

pub(super) use http::routes;

use super::settings::Settings;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use std::collections::{BTreeSet, HashMap};

/// How long a code can be exchanged, in seconds.
const CODE_SECONDS: i64 = 600;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A refusal of the token endpoint: status, `error`, `error_description`.
/// <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OauthError {
    pub(super) status: u16,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

const fn refusal(status: u16, error: &'static str, description: &'static str) -> OauthError {
    OauthError { status, error, description }
}

const EXPIRED_GRANT: OauthError = refusal(400, "invalid_grant", "Token has been expired or revoked.");
const BAD_CODE: OauthError = refusal(400, "invalid_grant", "Malformed auth code.");
const BAD_CLIENT: OauthError = refusal(401, "invalid_client", "The OAuth client was not found.");
const BAD_SECRET: OauthError = refusal(401, "invalid_client", "Unauthorized");
const BAD_VERIFIER: OauthError = refusal(400, "invalid_grant", "Invalid code verifier.");
const BAD_REDIRECT: OauthError = refusal(400, "redirect_uri_mismatch", "Bad Request");
const BAD_TOKEN: OauthError = refusal(400, "invalid_token", "Token expired or revoked");
const NO_TOKEN: OauthError = refusal(400, "invalid_request", "either access_token or id_token required");
const BAD_VALUE: OauthError = refusal(400, "invalid_token", "Invalid Value");
const UNKNOWN_GRANT_TYPE: OauthError = refusal(400, "unsupported_grant_type", "Invalid grant_type: ");

/// What a token lets its bearer do.
pub(super) type Scopes = BTreeSet<String>;

/// Everything issued for one account.
#[derive(Debug)]
pub(super) struct Oauth {
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    codes: HashMap<String, Code>,
    random: fastrand::Rng,
}

#[derive(Clone, Debug)]
struct Access {
    scopes: Scopes,
    expires_ms: i64,
    refresh_token: String,
}

#[derive(Clone, Debug)]
struct Refresh {
    scopes: Scopes,
    issued_ms: i64,
}

#[derive(Clone, Debug)]
struct Code {
    scopes: Scopes,
    redirect_uri: String,
    challenge: Option<Challenge>,
    issued_ms: i64,
}

/// PKCE: <https://www.rfc-editor.org/rfc/rfc7636>.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Challenge {
    Plain(String),
    Sha256(String),
}

impl Challenge {
    fn answered_by(&self, verifier: &str) -> bool {
        match self {
            Challenge::Plain(expected) => expected == verifier,
            Challenge::Sha256(expected) => s256(verifier).as_deref() == Some(expected.as_str()),
        }
    }
}

/// BASE64URL(SHA256(verifier)). The hash is that of the TLS library, which is linked anyway.
fn s256(verifier: &str) -> Option<String> {
    use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let suite = TLS13_AES_128_GCM_SHA256.tls13()?;
    let hash = suite.common.hash_provider.hash(verifier.as_bytes());
    Some(BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref()))
}

impl Oauth {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            access: HashMap::new(),
            refresh: HashMap::new(),
            codes: HashMap::new(),
            random: fastrand::Rng::with_seed(seed ^ 0x6f61_7574_6832),
        }
    }

    /// A pair of tokens without a browser, as an account brings them along.
    pub(super) fn issue(&mut self, scopes: Scopes, settings: &Settings, now_ms: i64) -> (String, String) {
        let refresh_token = format!("1//{}", self.letters(60));
        self.refresh.insert(refresh_token.clone(), Refresh { scopes: scopes.clone(), issued_ms: now_ms });
        let access_token = self.access_token(scopes, &refresh_token, settings, now_ms);
        (access_token, refresh_token)
    }

    /// What the bearer of this token may do; `None` if it may do nothing.
    pub(super) fn scopes(&self, access_token: &str, now_ms: i64) -> Option<&Scopes> {
        self.access.get(access_token).filter(|access| access.expires_ms > now_ms).map(|access| &access.scopes)
    }

    /// Lets every access token expire; refresh tokens live on.
    pub(super) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    /// The user withdraws the consent: nothing works any more.
    pub(super) fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.codes.clear();
    }

    /// The user's yes.
    fn consent(
        &mut self,
        scopes: Scopes,
        redirect_uri: &str,
        challenge: Option<Challenge>,
        now_ms: i64,
    ) -> String {
        let code = format!("4/0{}", self.letters(50));
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(code.clone(), Code { scopes, redirect_uri, challenge, issued_ms: now_ms });
        code
    }

    /// `grant_type=authorization_code`. A code works once, even if the exchange is refused.
    fn exchange(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Json, OauthError> {
        let code = self.codes.remove(code).ok_or(BAD_CODE)?;
        if now_ms - code.issued_ms > CODE_SECONDS * 1_000 {
            return Err(BAD_CODE);
        }
        if code.redirect_uri != redirect_uri {
            return Err(BAD_REDIRECT);
        }
        if let Some(challenge) = &code.challenge
            && !challenge.answered_by(verifier.unwrap_or_default())
        {
            return Err(BAD_VERIFIER);
        }
        let (access_token, refresh_token) = self.issue(code.scopes.clone(), settings, now_ms);
        let mut answer = token_answer(&access_token, &code.scopes, settings);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("refresh_token".to_owned(), Json::from(refresh_token));
        }
        Ok(answer)
    }

    /// `grant_type=refresh_token`. The answer has no refresh token: Google does not rotate them.
    fn renew(&mut self, refresh_token: &str, settings: &Settings, now_ms: i64) -> Result<Json, OauthError> {
        let refresh = self.refresh.get(refresh_token).cloned().ok_or(EXPIRED_GRANT)?;
        let age_ms = now_ms - refresh.issued_ms;
        if settings.refresh_token_days.is_some_and(|days| age_ms >= i64::from(days) * DAY_MS) {
            return Err(EXPIRED_GRANT);
        }
        let access_token = self.access_token(refresh.scopes.clone(), refresh_token, settings, now_ms);
        Ok(token_answer(&access_token, &refresh.scopes, settings))
    }

    /// Either kind of token. An access token takes its refresh token along, and the other way round.
    fn revoke(&mut self, token: &str) -> Result<(), OauthError> {
        let refresh_token = match self.access.get(token) {
            Some(access) => access.refresh_token.clone(),
            None => token.to_owned(),
        };
        let known = self.refresh.remove(&refresh_token).is_some();
        let before = self.access.len();
        self.access.retain(|_, access| access.refresh_token != refresh_token);
        if known || self.access.len() < before { Ok(()) } else { Err(BAD_TOKEN) }
    }

    fn token_info(&self, token: &str, settings: &Settings, now_ms: i64) -> Result<Json, OauthError> {
        let access = self.access.get(token).filter(|access| access.expires_ms > now_ms).ok_or(BAD_VALUE)?;
        Ok(json!({
            "azp": settings.client_id,
            "aud": settings.client_id,
            "scope": joined(&access.scopes),
            "exp": (access.expires_ms / 1_000).to_string(),
            "expires_in": ((access.expires_ms - now_ms) / 1_000).to_string(),
            "access_type": "offline",
        }))
    }

    fn access_token(
        &mut self,
        scopes: Scopes,
        refresh_token: &str,
        settings: &Settings,
        now_ms: i64,
    ) -> String {
        let token = format!("ya29.{}", self.letters(80));
        let expires_ms = now_ms + i64::from(settings.access_token_seconds) * 1_000;
        self.access.retain(|_, access| access.expires_ms > now_ms);
        let refresh_token = refresh_token.to_owned();
        self.access.insert(token.clone(), Access { scopes, expires_ms, refresh_token });
        token
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| self.random.alphanumeric()).collect()
    }
}

fn token_answer(access_token: &str, scopes: &Scopes, settings: &Settings) -> Json {
    json!({
        "access_token": access_token,
        "expires_in": settings.access_token_seconds,
        "scope": joined(scopes),
        "token_type": "Bearer",
    })
}

fn joined(scopes: &Scopes) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_by_its_verifier_alone() {
        // The example of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = Challenge::Sha256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        assert!(challenge.answered_by(verifier));
        assert!(!challenge.answered_by("another"));
        assert!(!Challenge::Plain("x".to_owned()).answered_by(""));
    }
}
