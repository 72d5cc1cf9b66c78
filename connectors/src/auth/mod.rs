//! Who we are to a vendor: a token or a name with a password that was given, or a token that is fetched, and
//! fetched again when it runs out (RFC 6749).
//!
//! It never logs or prints a secret, never refreshes twice at once (a vendor that rotates refresh tokens
//! would take the second for a theft), never loses a rotated token because its caller went away, and never uses
//! what came with one that could not be kept.

mod keep;
mod proof;
mod refresh;
pub mod sign_in;
#[cfg(test)]
pub(crate) mod tests;

pub use keep::{KeepError, Keeper, Turn};

use crate::http::{HttpError, RetryPolicy};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use syntony_core::ids::AppName;
use url::Url;

use refresh::{Grant, Refresher};

/// What an admin gave us.
#[derive(Clone)]
pub enum Credentials {
    /// An access token that does not run out, or that somebody else renews.
    Token(SecretString),
    /// A name and a password, sent with each call (RFC 7617).
    Basic {
        /// The name; no colon can be in it. Some vendors take anything.
        user: String,
        /// The password, or what stands for it (an API key).
        password: SecretString,
    },
    /// A refresh token, and what is needed to use it.
    Refresh(RefreshCredentials),
    /// The client stands for itself (RFC 6749, 4.4).
    Client(ClientCredentials),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Credentials::Token(_) => "Token(…)",
            Credentials::Basic { .. } => "Basic(…)",
            Credentials::Refresh(_) => "Refresh(…)",
            Credentials::Client(_) => "Client(…)",
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
    /// The refresh token as last known; `None`: the keeper alone has it, once somebody has signed in.
    pub refresh_token: Option<SecretString>,
}

/// A client that stands for itself: it has no refresh token, it just asks again.
#[derive(Clone)]
pub struct ClientCredentials {
    /// The whole address of the token endpoint: `https://acme.my.salesforce.com/services/oauth2/token`.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
}

/// Whether the API may be where a token answer says it is: given the token endpoint's address and the one named.
/// That `http` goes to loopback alone is seen to before.
pub type AcceptApiUrl = fn(token_url: &Url, api_url: &Url) -> bool;

/// What a [`TokenSource`] may be told beside its credentials.
#[derive(Clone, Default)]
pub struct TokenOptions {
    /// Who keeps refresh tokens that the vendor rotates; `None`: they are forgotten with the process.
    pub keeper: Option<Arc<dyn Keeper>>,
    /// How often and how long the token endpoint is tried.
    pub retry: RetryPolicy,
    /// For vendors whose token answers say where the API is (`instance_url`): which addresses are believed. The
    /// bearer goes there instead of the configured base URL. `None`: nothing of that kind is read.
    pub api_url: Option<AcceptApiUrl>,
}

/// What to do when what a person allowed is refused.
pub(crate) fn login_hint(app: &AppName) -> String {
    format!("`syntony auth login {app}` signs in anew")
}

/// What to do when a secret of the configuration is refused.
pub(crate) fn renew_hint(app: &AppName) -> String {
    format!("renew the credentials of `{app}` in the configuration; `syntony auth status {app}` tries them")
}

/// Who we are, ready for a header.
#[derive(Clone)]
pub struct Bearer {
    header: HeaderValue,
    /// Where the API is, if the token endpoint said so.
    api_url: Option<Url>,
    /// Which renewal it came from; so two users of one refused bearer renew it once.
    generation: u64,
}

impl Bearer {
    fn new(app: &AppName, token: &SecretString, generation: u64) -> Result<Self, HttpError> {
        Self::of(app, format!("Bearer {}", token.expose_secret().trim()), generation)
    }

    fn basic(app: &AppName, user: &str, password: &SecretString) -> Result<Self, HttpError> {
        let pair = format!("{user}:{}", password.expose_secret().trim());
        Self::of(app, format!("Basic {}", BASE64.encode(pair)), 0)
    }

    fn of(app: &AppName, authorization: String, generation: u64) -> Result<Self, HttpError> {
        let mut header = HeaderValue::try_from(authorization).map_err(|_| HttpError::Auth {
            reason: "the access token has characters that no token has".to_owned(),
            hint: renew_hint(app),
        })?;
        header.set_sensitive(true);
        Ok(Self { header, api_url: None, generation })
    }

    pub(crate) fn api_url(&self) -> Option<&Url> {
        self.api_url.as_ref()
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
    Given(Bearer),
    Fetched(Arc<Refresher>),
}

impl TokenSource {
    /// A source for `app`.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when the token endpoint's address is not allowed, [`HttpError::Auth`] when a given
    /// token cannot be one.
    pub fn new(app: AppName, credentials: Credentials) -> Result<Self, HttpError> {
        Self::with_options(app, credentials, TokenOptions::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// [`HttpError::Invalid`] when the token endpoint's address is not allowed, [`HttpError::Auth`] when a given
    /// token cannot be one.
    pub fn with_options(
        app: AppName,
        credentials: Credentials,
        options: TokenOptions,
    ) -> Result<Self, HttpError> {
        let fetched = |grant| Refresher::new(app.clone(), grant, options).map(Arc::new).map(Kind::Fetched);
        let kind = match credentials {
            Credentials::Token(token) => Kind::Given(Bearer::new(&app, &token, 0)?),
            Credentials::Basic { user, password } => Kind::Given(Bearer::basic(&app, &user, &password)?),
            Credentials::Refresh(given) => fetched(Grant::from(given))?,
            Credentials::Client(given) => fetched(Grant::from(given))?,
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
            Kind::Given(bearer) => Ok(bearer.clone()),
            Kind::Fetched(refresher) => refresher.bearer().await,
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
                hint: renew_hint(&self.app),
            }),
            Kind::Fetched(refresher) => refresher.renew(refused.generation).await,
        }
    }

    /// What to do when a bearer is refused that was just renewed.
    pub(crate) fn hint(&self) -> String {
        match &self.kind {
            Kind::Given(_) => renew_hint(&self.app),
            Kind::Fetched(refresher) => refresher.hint(),
        }
    }

    /// The scopes that the last refresh said were granted; `None` where that is not known.
    #[must_use]
    pub fn granted_scopes(&self) -> Option<Vec<String>> {
        match &self.kind {
            Kind::Given(_) => None,
            Kind::Fetched(refresher) => refresher.granted_scopes(),
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenSource({})", self.app)
    }
}
