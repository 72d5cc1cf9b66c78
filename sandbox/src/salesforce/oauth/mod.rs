//! Salesforce's OAuth 2.0: grants, their tokens, and what ends them.
//!
//! The user consents at once, without a screen. A grant is a refresh token with the access tokens that came
//! of it; a user has few of them per app. With rotation a refresh token works once, and who uses it again
//! is taken for a thief: the whole grant ends. Secrets are compared and never logged.
//!
//! <https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_flows.htm>

mod http;
mod proof;

pub(super) use http::routes;

use super::org::Actors;
use super::settings::Settings;
use proof::Challenge;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How long a code can be exchanged, in seconds. Sources say 2 or 15 minutes.
const CODE_SECONDS: i64 = 120;

/// A refusal of the token endpoint, always with status 400: `error`, `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OauthError(pub(super) &'static str, pub(super) &'static str);

const EXPIRED_TOKEN: OauthError = OauthError("invalid_grant", "expired access/refresh token");
const EXPIRED_CODE: OauthError = OauthError("invalid_grant", "expired authorization code");
const BAD_CODE: OauthError = OauthError("invalid_grant", "invalid authorization code");
const BAD_VERIFIER: OauthError = OauthError("invalid_grant", "invalid code verifier");
const BAD_CLIENT: OauthError = OauthError("invalid_client", "invalid client credentials");
const BAD_REDIRECT: OauthError = OauthError("redirect_uri_mismatch", "redirect_uri must match configuration");
const NO_RUN_AS_USER: OauthError = OauthError("invalid_grant", "no client credentials user enabled");
const BAD_TOKEN: OauthError = OauthError("unsupported_token_type", "this token type is not supported");
const UNKNOWN_GRANT_TYPE: OauthError = OauthError("unsupported_grant_type", "grant type not supported");

const BAD_RESPONSE_TYPE: OauthError = OauthError("unsupported_response_type", "response type not supported");
const NO_CHALLENGE: OauthError = OauthError("invalid_request", "missing required code challenge");
const DENIED: OauthError = OauthError("access_denied", "end-user denied authorization");
/// The scopes that bring a refresh token, each as good as the other.
const OFFLINE_SCOPES: [&str; 2] = ["refresh_token", "offline_access"];

/// Everything issued for one org.
#[derive(Debug)]
pub(super) struct Oauth {
    /// By number, the oldest first.
    grants: BTreeMap<u64, Grant>,
    last_grant: u64,
    access: HashMap<String, Access>,
    codes: HashMap<String, Code>,
    organization: String,
    user: String,
    random: fastrand::Rng,
}

#[derive(Clone, Debug)]
struct Grant {
    refresh_token: String,
    /// Those that it had before.
    used_up: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    /// `None` for an app that stands for itself.
    grant: Option<u64>,
    used_ms: i64,
}

#[derive(Clone, Debug)]
struct Code {
    redirect_uri: String,
    asked: Asked,
    issued_ms: i64,
}

/// What the user agreed to.
#[derive(Clone, Debug)]
struct Asked {
    challenge: Option<Challenge>,
    /// Whether the app gets a refresh token.
    offline: bool,
}

impl Oauth {
    pub(super) fn new(settings: &Settings, actors: &Actors) -> Self {
        Self {
            grants: BTreeMap::new(),
            last_grant: 0,
            access: HashMap::new(),
            codes: HashMap::new(),
            organization: actors.organization.to_string(),
            user: actors.client.to_string(),
            random: fastrand::Rng::with_seed(settings.seed ^ 0x7366_6f61_7574),
        }
    }

    /// A pair of tokens without a browser. One grant too many ends the oldest.
    pub(super) fn issue(&mut self, settings: &Settings, now_ms: i64) -> (String, String) {
        while self.grants.len() >= settings.max_grants.max(1) {
            let Some(oldest) = self.grants.keys().next().copied() else { break };
            self.end(oldest);
        }
        self.last_grant += 1;
        let refresh_token = self.refresh_token();
        let grant = Grant { refresh_token: refresh_token.clone(), used_up: BTreeSet::new() };
        self.grants.insert(self.last_grant, grant);
        (self.access_token(Some(self.last_grant), now_ms), refresh_token)
    }

    /// Whether this access token lives; using it keeps it alive.
    pub(super) fn uses(&mut self, token: &str, settings: &Settings, now_ms: i64) -> bool {
        let Some(access) = self.access.get_mut(token) else { return false };
        let live = now_ms - access.used_ms < i64::from(settings.session_seconds) * 1_000;
        if live {
            access.used_ms = now_ms;
        } else {
            self.access.remove(token);
        }
        live
    }

    /// Lets every access token expire; refresh tokens live on.
    pub(super) fn expire_access_tokens(&mut self) {
        self.access.clear();
    }

    /// The administrator throws everybody out.
    pub(super) fn revoke_all(&mut self) {
        self.access.clear();
        self.grants.clear();
        self.codes.clear();
    }

    /// The user's yes.
    fn consent(&mut self, redirect_uri: &str, asked: Asked, now_ms: i64) -> String {
        let code = format!("aPrx{}==", self.letters(60));
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(code.clone(), Code { redirect_uri, asked, issued_ms: now_ms });
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
    ) -> Result<(String, Option<String>), OauthError> {
        let code = self.codes.remove(code).ok_or(BAD_CODE)?;
        if now_ms - code.issued_ms > CODE_SECONDS * 1_000 {
            return Err(EXPIRED_CODE);
        }
        if code.redirect_uri != redirect_uri {
            return Err(BAD_REDIRECT);
        }
        if code.asked.challenge.is_some_and(|challenge| !challenge.answered_by(verifier.unwrap_or_default()))
        {
            return Err(BAD_VERIFIER);
        }
        let (access, refresh) = self.issue(settings, now_ms);
        Ok((access, code.asked.offline.then_some(refresh)))
    }

    /// `grant_type=refresh_token`: an access token, and with rotation another refresh token.
    fn renew(
        &mut self,
        refresh_token: &str,
        settings: &Settings,
        now_ms: i64,
    ) -> Result<(String, Option<String>), OauthError> {
        let holds = |(_, grant): &(&u64, &Grant)| grant.refresh_token == refresh_token;
        let Some(number) = self.grants.iter().find(holds).map(|(number, _)| *number) else {
            self.punish(refresh_token);
            return Err(EXPIRED_TOKEN);
        };
        let rotated = settings.rotates_refresh_tokens.then(|| self.refresh_token());
        if let (Some(next), Some(grant)) = (&rotated, self.grants.get_mut(&number)) {
            let old = std::mem::replace(&mut grant.refresh_token, next.clone());
            grant.used_up.insert(old);
            // "Each exchange … kills the old one": the sessions that came of it end with it.
            self.access.retain(|_, access| access.grant != Some(number));
        }
        Ok((self.access_token(Some(number), now_ms), rotated))
    }

    /// A token that was used up before is used again: its grant ends.
    fn punish(&mut self, refresh_token: &str) {
        let had = self.grants.iter().find(|(_, grant)| grant.used_up.contains(refresh_token));
        if let Some(number) = had.map(|(number, _)| *number) {
            self.end(number);
        }
    }

    /// `grant_type=client_credentials`.
    fn stand_for_itself(&mut self, settings: &Settings, now_ms: i64) -> Result<String, OauthError> {
        if !settings.client_credentials {
            return Err(NO_RUN_AS_USER);
        }
        Ok(self.access_token(None, now_ms))
    }

    /// Either kind of token. A refresh token takes its access tokens along.
    fn revoke(&mut self, token: &str) -> Result<(), OauthError> {
        if self.access.remove(token).is_some() {
            return Ok(());
        }
        let holds = |(_, grant): &(&u64, &Grant)| grant.refresh_token == token;
        let number = self.grants.iter().find(holds).map(|(number, _)| *number).ok_or(BAD_TOKEN)?;
        self.end(number);
        Ok(())
    }

    /// What can be told of a token. `host` is where the org is.
    fn introspect(&self, token: &str, host: &str, settings: &Settings, now_ms: i64) -> Json {
        let lives_ms = i64::from(settings.session_seconds) * 1_000;
        let access = self.access.get(token).filter(|access| now_ms - access.used_ms < lives_ms);
        let refresh = self.grants.values().any(|grant| grant.refresh_token == token);
        let common = json!({
            "active": true,
            "scope": SCOPE,
            "client_id": settings.client_id,
            "username": settings.username,
            "sub": self.identity_url(host),
        });
        match access {
            Some(access) => with(
                common,
                json!({
                    "token_type": "access_token",
                    "exp": (access.used_ms + lives_ms) / 1_000,
                    "iat": access.used_ms / 1_000,
                    "nbf": access.used_ms / 1_000,
                }),
            ),
            None if refresh => with(common, json!({ "token_type": "refresh_token" })),
            None => json!({ "active": false }),
        }
    }

    /// `/id/{org}/{user}` at this host.
    fn identity_url(&self, host: &str) -> String {
        format!("{host}/id/{}/{}", self.organization, self.user)
    }

    fn end(&mut self, grant: u64) {
        self.grants.remove(&grant);
        self.access.retain(|_, access| access.grant != Some(grant));
    }

    fn access_token(&mut self, grant: Option<u64>, now_ms: i64) -> String {
        let short = self.organization.get(..15).unwrap_or_default().to_owned();
        let token = format!("{short}!AQ{}", self.letters(80));
        self.access.insert(token.clone(), Access { grant, used_ms: now_ms });
        token
    }

    fn refresh_token(&mut self) -> String {
        format!("5Aep861{}", self.letters(70))
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| self.random.alphanumeric()).collect()
    }
}

/// What every grant covers.
const SCOPE: &str = "refresh_token api id";

fn with(mut object: Json, more: Json) -> Json {
    if let (Some(object), Json::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}
