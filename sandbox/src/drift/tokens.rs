//! Who may call: access tokens, refresh tokens and authorization codes.
//!
//! The tokens are made up and open nothing but this simulator. A token may do what the app might do when
//! the token was given: a later change of the app's scopes does not reach it
//! (<https://devdocs.drift.com/docs/faqs>).

use super::problem::OauthError;
use super::settings::{ACCESS_TOKEN_SECONDS, Rotation, Scope, Settings};
use std::collections::{BTreeMap, BTreeSet};

/// How long an authorization code can be used. Not documented; RFC 6749 recommends ten minutes at most.
const CODE_SECONDS: i64 = 600;

/// One access token.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) created_at_ms: i64,
    /// `None`: it does not expire.
    pub(super) expires_at_ms: Option<i64>,
    /// What it may do.
    pub(super) scopes: BTreeSet<Scope>,
}

/// What the token endpoint gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) access_token: String,
    /// `None`: the caller keeps the one it has.
    pub(super) refresh_token: Option<String>,
}

/// All tokens of a workspace.
#[derive(Debug)]
pub(super) struct Tokens {
    access: BTreeMap<String, Access>,
    refresh: BTreeSet<String>,
    /// Unused codes and when they expire.
    codes: BTreeMap<String, i64>,
    given: u64,
}

impl Tokens {
    pub(super) fn new(settings: &Settings, now_ms: i64) -> Self {
        let private = Access { created_at_ms: now_ms, expires_at_ms: None, scopes: settings.scopes.clone() };
        Self {
            access: BTreeMap::from([(settings.private_token.clone(), private)]),
            refresh: BTreeSet::from([settings.oauth.refresh_token.clone()]),
            codes: BTreeMap::new(),
            given: 0,
        }
    }

    /// The token, if it is valid now.
    pub(super) fn valid(&self, token: &str, now_ms: i64) -> Option<&Access> {
        self.access.get(token).filter(|access| access.expires_at_ms.is_none_or(|end| now_ms < end))
    }

    /// The admin consents: a code for one exchange.
    pub(super) fn consent(&mut self, now_ms: i64) -> String {
        let code = self.text("code");
        self.codes.insert(code.clone(), now_ms + CODE_SECONDS * 1_000);
        code
    }

    /// Exchanges a code.
    pub(super) fn exchange(
        &mut self,
        code: &str,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Grant, OauthError> {
        let expires_at_ms = self.codes.remove(code).ok_or(OauthError::InvalidGrant)?;
        if now_ms >= expires_at_ms {
            return Err(OauthError::InvalidGrant);
        }
        let refresh_token = self.new_refresh_token();
        Ok(Grant {
            access_token: self.new_access_token(settings, now_ms),
            refresh_token: Some(refresh_token),
        })
    }

    /// Refreshes.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<Grant, OauthError> {
        if !self.refresh.contains(token) {
            return Err(OauthError::InvalidGrant);
        }
        let refresh_token = match settings.oauth.rotation {
            Rotation::Off => None,
            Rotation::On => {
                self.refresh.remove(token);
                Some(self.new_refresh_token())
            }
        };
        Ok(Grant { access_token: self.new_access_token(settings, now_ms), refresh_token })
    }

    /// The app is removed from the workspace: everything is dead.
    pub(super) fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
        self.codes.clear();
    }

    fn new_access_token(&mut self, settings: &Settings, now_ms: i64) -> String {
        let token = self.text("access");
        let expires_at_ms = Some(now_ms + ACCESS_TOKEN_SECONDS * 1_000);
        let scopes = settings.scopes.clone();
        self.access.insert(token.clone(), Access { created_at_ms: now_ms, expires_at_ms, scopes });
        token
    }

    fn new_refresh_token(&mut self) -> String {
        let token = self.text("refresh");
        self.refresh.insert(token.clone());
        token
    }

    /// A text that was not given before.
    fn text(&mut self, kind: &str) -> String {
        self.given += 1;
        let hash = blake3::hash(format!("{kind} {}", self.given).as_bytes());
        format!("drift-sandbox-{kind}-{}-{}", self.given, hash.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::OauthApp;
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;

    fn tokens(rotation: Rotation) -> (Tokens, Settings) {
        let settings =
            Settings { oauth: OauthApp { rotation, ..OauthApp::default() }, ..Settings::default() };
        (Tokens::new(&settings, NOW_MS), settings)
    }

    #[test]
    fn an_access_token_lives_two_hours_and_a_private_one_for_ever() {
        let (mut tokens, settings) = tokens(Rotation::Off);
        let grant = tokens.refresh(&settings.oauth.refresh_token, &settings, NOW_MS).unwrap();
        for (after_ms, valid) in [(0, true), (7_199_999, true), (7_200_000, false)] {
            assert_eq!(tokens.valid(&grant.access_token, NOW_MS + after_ms).is_some(), valid, "{after_ms}");
        }
        assert!(tokens.valid(&settings.private_token, i64::MAX).is_some());
        assert!(tokens.valid("", NOW_MS).is_none());
    }

    #[test]
    fn a_rotated_refresh_token_is_dead_at_once() {
        let (mut tokens, settings) = tokens(Rotation::On);
        let first = tokens.refresh(&settings.oauth.refresh_token, &settings, NOW_MS).unwrap();
        assert_eq!(
            tokens.refresh(&settings.oauth.refresh_token, &settings, NOW_MS),
            Err(OauthError::InvalidGrant)
        );
        assert!(tokens.refresh(&first.refresh_token.unwrap(), &settings, NOW_MS).is_ok());
    }

    #[test]
    fn without_rotation_the_answer_has_no_refresh_token() {
        let (mut tokens, settings) = tokens(Rotation::Off);
        for _ in 0..2 {
            assert_eq!(
                tokens.refresh(&settings.oauth.refresh_token, &settings, NOW_MS).unwrap().refresh_token,
                None
            );
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_ten_minutes() {
        let (mut tokens, settings) = tokens(Rotation::Off);
        let code = tokens.consent(NOW_MS);
        assert!(tokens.exchange(&code, &settings, NOW_MS).unwrap().refresh_token.is_some());
        assert_eq!(tokens.exchange(&code, &settings, NOW_MS), Err(OauthError::InvalidGrant));
        let code = tokens.consent(NOW_MS);
        assert_eq!(tokens.exchange(&code, &settings, NOW_MS + 600_000), Err(OauthError::InvalidGrant));
    }

    #[test]
    fn a_change_of_scopes_does_not_reach_tokens_that_are_out() {
        let (mut tokens, mut settings) = tokens(Rotation::Off);
        settings.scopes.remove(&Scope::AllContactRead);
        let later = tokens.refresh(&settings.oauth.refresh_token, &settings, NOW_MS).unwrap();
        let may = |token: &str| tokens.valid(token, NOW_MS).unwrap().scopes.contains(&Scope::AllContactRead);
        assert!(may(&settings.private_token));
        assert!(!may(&later.access_token));
    }
}
