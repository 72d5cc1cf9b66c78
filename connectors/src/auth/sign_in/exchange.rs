//! From the code to tokens, and the way back: taking an access away at the vendor.
//!
//! A code is sent once: if the answer is lost, the person allows it again. What comes for it is handed to the caller,
//! who keeps the refresh token before anything is done with it.

use super::super::refresh::{Lifetime, judge, reason};
use super::{Client, Code, SignIn};
use crate::auth::login_hint;
use crate::http::{Answer, HttpConfig, HttpError, Rate, Repeat, Request, RetryPolicy, Transport};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::AppName;
use url::Url;

/// How often these endpoints may be asked, per minute.
const CALLS_PER_MINUTE: u32 = 20;

/// What a person allowed.
pub struct Granted {
    /// What access tokens are had with from now on.
    pub refresh_token: SecretString,
    /// What was granted, if the vendor says so; a person may untick some of it.
    pub scopes: Option<Vec<String>>,
    /// How long the grant lasts, if it was given for a time alone.
    pub lasts: Option<Duration>,
}

/// What a token endpoint answers (RFC 6749, 5.1). The access token is not used: the first refresh shows at once that
/// what is kept works.
#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    scope: Option<String>,
    /// Google's, for grants that a person limited in time
    /// (<https://developers.google.com/identity/protocols/oauth2/native-app>).
    #[serde(default)]
    refresh_token_expires_in: Lifetime,
}

impl SignIn {
    /// Exchanges the code. There is no other one, whatever comes of it.
    ///
    /// # Errors
    /// [`HttpError::Auth`] if the vendor refuses the code or the client, or gives no refresh token; otherwise whatever
    /// keeps the endpoint from answering.
    pub async fn exchange(&self, code: Code) -> Result<Granted, HttpError> {
        let Client { app, token_url, client_id, client_secret, .. } = &self.client;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.0.expose_secret()),
            ("redirect_uri", self.redirect_url.as_str()),
            ("code_verifier", self.verifier.text()),
            ("client_id", client_id.as_str()),
        ];
        if !client_secret.expose_secret().is_empty() {
            form.push(("client_secret", client_secret.expose_secret()));
        }
        let request = Request::post("", Repeat::Once).form(&form);
        let sent = wire(app, token_url)?.send(&request, None).await;
        let answer: TokenAnswer = sent.map_err(|error| refused(error, app))?.json()?;
        let refresh_token = answer.refresh_token.filter(|token| !token.is_empty());
        let refresh_token = refresh_token.ok_or_else(|| HttpError::Auth {
            reason: "the vendor gave no refresh token".to_owned(),
            hint: "its settings of the client must allow offline access (refresh tokens)".to_owned(),
        })?;
        Ok(Granted {
            refresh_token: refresh_token.into(),
            scopes: answer.scope.map(|scope| scope.split_whitespace().map(str::to_owned).collect()),
            lasts: answer.refresh_token_expires_in.given(),
        })
    }
}

/// Takes a token away at the vendor (RFC 7009), and with a refresh token all that came of it. `false`: the vendor does
/// not know it any more.
///
/// # Errors
/// [`HttpError::Auth`] if the vendor refuses for another reason; otherwise whatever keeps it from answering. It is
/// not known then whether the token still opens anything.
pub async fn revoke(app: &AppName, revoke_url: &Url, token: &SecretString) -> Result<bool, HttpError> {
    let request = Request::post("", Repeat::Idempotent).form(&[("token", token.expose_secret())]);
    match wire(app, revoke_url)?.send(&request, None).await {
        Ok(_) => Ok(true),
        Err(HttpError::Refused(answer)) if is_unknown(&answer) => Ok(false),
        Err(error) => Err(refused(error, app)),
    }
}

/// What Google (`invalid_token`) and Salesforce (`unsupported_token_type`) say of a token that opens nothing.
fn is_unknown(answer: &Answer) -> bool {
    matches!(reason(answer).as_str(), "invalid_token" | "unsupported_token_type" | "invalid_grant")
}

/// A wire to one endpoint alone.
fn wire(app: &AppName, endpoint: &Url) -> Result<Transport, HttpError> {
    let cells = NonZeroU32::new(CALLS_PER_MINUTE).unwrap_or(NonZeroU32::MIN);
    let mut config =
        HttpConfig::new(app.clone(), endpoint.clone(), Rate::per_minute(cells).with_burst(cells));
    config.judge = judge;
    // Somebody waits at a terminal.
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::default() };
    Transport::new(config)
}

fn refused(error: HttpError, app: &AppName) -> HttpError {
    match error {
        HttpError::Refused(answer) => HttpError::Auth { reason: reason(&answer), hint: login_hint(app) },
        HttpError::Invalid { .. }
        | HttpError::Auth { .. }
        | HttpError::RateLimited { .. }
        | HttpError::Transient { .. }
        | HttpError::Unknown { .. }
        | HttpError::Protocol { .. } => error,
    }
}
