//! Who we are to a vendor: a token that was given, or one that is refreshed when it runs out (RFC 6749).
//!
//! It never logs or prints a secret, never refreshes twice at once (a vendor that rotates refresh tokens
//! would take the second for a theft), and never loses a rotated token because its caller went away.

mod refresh;
#[cfg(test)]
mod tests;

use crate::http::{HttpError, RetryPolicy};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use syntony_core::ids::AppName;
use url::Url;

use refresh::Refresher;

/// What an admin gave us.
#[derive(Clone)]
pub enum Credentials {
    /// An access token that does not run out, or that somebody else renews.
    Token(SecretString),
    /// A refresh token, and what is needed to use it.
    Refresh(RefreshCredentials),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Credentials::Token(_) => "Token(…)",
            Credentials::Refresh(_) => "Refresh(…)",
        })
    }
}

/// A refresh token, and what is needed to use it.
#[derive(Clone)]
pub struct RefreshCredentials {
    /// The whole address of the token endpoint: `https://oauth2.googleapis.com/token`.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// The refresh token as last known.
    pub refresh_token: SecretString,
}

/// Told of a new refresh token before the access token that came with it is used.
pub type OnRotate = Arc<dyn Fn(&SecretString) + Send + Sync>;

/// What a [`TokenSource`] may be told beside its credentials.
#[derive(Clone)]
pub struct TokenOptions {
    /// Told of refresh tokens that the vendor rotates.
    pub on_rotate: OnRotate,
    /// How often and how long the token endpoint is tried.
    pub retry: RetryPolicy,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self { on_rotate: Arc::new(|_| {}), retry: RetryPolicy::default() }
    }
}

/// What to do when credentials are refused.
pub(crate) fn login_hint(app: &AppName) -> String {
    format!("renew the credentials of `{app}` in the configuration; `syntony check` tries them")
}

/// An access token, ready for a header.
#[derive(Clone)]
pub struct Bearer {
    header: HeaderValue,
    /// Which renewal it came from; so two users of one refused bearer renew it once.
    generation: u64,
}

impl Bearer {
    fn new(app: &AppName, token: &SecretString, generation: u64) -> Result<Self, HttpError> {
        let mut header =
            HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim())).map_err(|_| {
                HttpError::Auth {
                    reason: "the access token has characters that no token has".to_owned(),
                    hint: login_hint(app),
                }
            })?;
        header.set_sensitive(true);
        Ok(Self { header, generation })
    }

    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }
}

/// Where bearers come from.
pub struct TokenSource {
    app: AppName,
    kind: Kind,
}

enum Kind {
    Given(SecretString),
    Refreshed(Arc<Refresher>),
}

impl TokenSource {
    /// A source for `app`.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when the token endpoint's address is not allowed.
    pub fn new(app: AppName, credentials: Credentials) -> Result<Self, HttpError> {
        Self::with_options(app, credentials, TokenOptions::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when the token endpoint's address is not allowed.
    pub fn with_options(
        app: AppName,
        credentials: Credentials,
        options: TokenOptions,
    ) -> Result<Self, HttpError> {
        let kind = match credentials {
            Credentials::Token(token) => Kind::Given(token),
            Credentials::Refresh(given) => {
                Kind::Refreshed(Arc::new(Refresher::new(app.clone(), given, options)?))
            }
        };
        Ok(Self { app, kind })
    }

    /// The bearer to use now; refreshed first if it is about to run out.
    ///
    /// # Errors
    /// [`HttpError::Auth`] when the vendor refuses the refresh token; otherwise whatever keeps the token
    /// endpoint from answering.
    pub async fn bearer(&self) -> Result<Bearer, HttpError> {
        match &self.kind {
            Kind::Given(token) => Bearer::new(&self.app, token, 0),
            Kind::Refreshed(refresher) => refresher.bearer().await,
        }
    }

    /// Another bearer, because the vendor refused this one. However many callers were refused with the same
    /// one, it is renewed once.
    ///
    /// # Errors
    /// [`HttpError::Auth`] when there is nothing to renew it with, or the vendor refuses that too.
    pub async fn renew(&self, refused: &Bearer) -> Result<Bearer, HttpError> {
        match &self.kind {
            Kind::Given(_) => Err(HttpError::Auth {
                reason: "the app refuses the access token".to_owned(),
                hint: login_hint(&self.app),
            }),
            Kind::Refreshed(refresher) => refresher.renew(refused.generation).await,
        }
    }

    /// The scopes that the last refresh said were granted; `None` where that is not known.
    #[must_use]
    pub fn granted_scopes(&self) -> Option<Vec<String>> {
        match &self.kind {
            Kind::Given(_) => None,
            Kind::Refreshed(refresher) => refresher.granted_scopes(),
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenSource({})", self.app)
    }
}
