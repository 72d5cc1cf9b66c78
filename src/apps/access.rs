//! The way in to an app: from the places that the configuration names to credentials.
//!
//! A secret is fetched here, handed on, and kept nowhere; what stays is a fingerprint that tells whether it is
//! still the same. Refresh tokens that come in exchange for one are the vault's.

use crate::config::app::{AppConfig, AppType, Credentials, OAuth, OAuthFlow};
use crate::config::{Config, Located, SecretSource};
use crate::diagnostics::Problem;
use crate::vault::{Place, Vault};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use syntony_connectors::auth::{self, ClientCredentials, KeepError, Keeper, RefreshCredentials};
use syntony_connectors::{drift, google, mailchimp, salesforce};
use url::Url;

/// The context under which credentials are fingerprinted, so that the fingerprint means nothing elsewhere.
const FINGERPRINT_CONTEXT: &str = "syntony 2026-11 fingerprint of an app's credentials";

/// The way in.
pub(super) struct Access {
    pub(super) credentials: auth::Credentials,
    /// Of the secret; see [`fingerprint_at`].
    pub(super) fingerprint: String,
    /// Where the API is, if the credentials say so.
    pub(super) api_url: Option<Url>,
    /// Who keeps refresh tokens that come in exchange for the one of the configuration.
    pub(super) keeper: Option<Arc<dyn Keeper>>,
}

impl Access {
    fn new(credentials: auth::Credentials, fingerprint: String) -> Self {
        Self { credentials, fingerprint, api_url: None, keeper: None }
    }
}

/// The way in to an app.
pub(super) async fn of(config: &Config, app: &AppConfig, vault: &Arc<Vault>) -> Result<Access, Box<Problem>> {
    match &app.credentials {
        Credentials::Token(source) => {
            let token = secret(config, source).await?;
            let fingerprint = fingerprint(&token);
            Ok(Access::new(auth::Credentials::Token(token), fingerprint))
        }
        Credentials::ApiKey(source) => api_key(config, app, source).await,
        Credentials::OAuth(oauth) => match oauth.flow {
            OAuthFlow::RefreshToken => refresh(config, app, oauth, vault).await,
            OAuthFlow::ClientCredentials => {
                let given = client(config, app, oauth).await?;
                let fingerprint = fingerprint(&given.client_secret);
                Ok(Access::new(auth::Credentials::Client(given), fingerprint))
            }
        },
    }
}

/// Mailchimp's key, which says in which data centre the account is.
async fn api_key(
    config: &Config,
    app: &AppConfig,
    source: &Located<SecretSource>,
) -> Result<Access, Box<Problem>> {
    let key = secret(config, source).await?;
    let api_url = match (&app.base_url, mailchimp::config::base_url_of_key(&key)) {
        (Some(_), _) => None,
        (None, Ok(url)) => Some(url),
        (None, Err(error)) => {
            let hint = "copy it whole from the account's API keys, or give `base_url`";
            return Err(Box::new(config.source.error(source.span, error.to_string()).hint(hint)));
        }
    };
    let fingerprint = fingerprint(&key);
    let user = mailchimp::config::KEY_USER.to_owned();
    let credentials = auth::Credentials::Basic { user, password: key };
    Ok(Access { api_url, ..Access::new(credentials, fingerprint) })
}

/// The fingerprint is the seed's or the sign-in's: a token that came in exchange opens the same account. Where nobody
/// has signed in yet there is a way in all the same, which opens as soon as somebody has; until then it stops whoever
/// goes it, and nobody else.
async fn refresh(
    config: &Config,
    app: &AppConfig,
    oauth: &OAuth,
    vault: &Arc<Vault>,
) -> Result<Access, Box<Problem>> {
    let client = client(config, app, oauth).await?;
    let seed = match &oauth.refresh_token {
        Some(source) => Some(secret(config, source).await?),
        None => None,
    };
    let place = place(app, oauth, &client, seed.as_ref(), vault);
    let known = place.look_up().await.map_err(|error| closed(config, oauth, &error))?;
    let signed_in = known.as_ref().and_then(|known| known.sign_in.as_ref());
    let fingerprint = match (signed_in, &seed) {
        (Some(sign_in), _) => fingerprint(&sign_in.as_str().into()),
        (None, Some(seed)) => fingerprint(seed),
        (None, None) => fingerprint(&String::new().into()),
    };
    let ClientCredentials { token_url, client_id, client_secret } = client;
    let given = RefreshCredentials { token_url, client_id, client_secret, refresh_token: seed };
    Ok(Access {
        keeper: Some(Arc::new(place.going_by(known.as_ref()))),
        ..Access::new(auth::Credentials::Refresh(given), fingerprint)
    })
}

/// The vault's place of an app.
pub(super) fn place(
    app: &AppConfig,
    oauth: &OAuth,
    client: &ClientCredentials,
    seed: Option<&SecretString>,
    vault: &Arc<Vault>,
) -> Place {
    let name = app.name.value.clone();
    match (&oauth.refresh_token, seed) {
        (Some(source), Some(seed)) => Place::configured(vault, name, seed, source.value.clone()),
        (None, _) | (_, None) => Place::signed_in(vault, name, &client.client_id, client.token_url.as_str()),
    }
}

/// What the vault has to say of a refresh token, at its line.
fn closed(config: &Config, oauth: &OAuth, error: &KeepError) -> Box<Problem> {
    let hint = match error {
        KeepError::Busy | KeepError::Replaced => "run it again",
        KeepError::Failed { hint, .. } => hint,
    };
    let span = oauth.refresh_token.as_ref().map_or(oauth.span, |source| source.span);
    Box::new(config.source.error(span, error.to_string()).hint(hint))
}

/// Who we are to the vendor, and where tokens are.
pub(super) async fn client(
    config: &Config,
    app: &AppConfig,
    oauth: &OAuth,
) -> Result<ClientCredentials, Box<Problem>> {
    let client_id = secret(config, &oauth.client_id).await?.expose_secret().to_owned();
    let client_secret = match &oauth.client_secret {
        Some(source) => secret(config, source).await?,
        None => SecretString::from(String::new()),
    };
    Ok(ClientCredentials { token_url: token_url(config, app, oauth)?, client_id, client_secret })
}

fn token_url(config: &Config, app: &AppConfig, oauth: &OAuth) -> Result<Url, Box<Problem>> {
    if let Some(url) = &oauth.token_url {
        return Ok(url.value.clone());
    }
    let known = match app.app_type() {
        AppType::Drift => Url::parse(drift::config::TOKEN_URL).ok(),
        AppType::GoogleContacts => Url::parse(google::config::TOKEN_URL).ok(),
        AppType::Salesforce => return salesforce_token_url(config, oauth),
        AppType::Mailchimp => None,
    };
    known.ok_or_else(|| {
        let message = "this app's token endpoint is not known".to_owned();
        let hint = "give `token_url`, or an access token with `token`";
        Box::new(config.source.error(oauth.span, message).hint(hint))
    })
}

/// Below the address that one signs in at. A client that stands for itself has to be asked about at the
/// organisation's own domain
/// (<https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm>).
fn salesforce_token_url(config: &Config, oauth: &OAuth) -> Result<Url, Box<Problem>> {
    match (&oauth.login_url, oauth.flow) {
        (Some(login), _) => Ok(salesforce::config::token_url(&login.value)),
        (None, OAuthFlow::RefreshToken) => salesforce_login(oauth)
            .map(|login| salesforce::config::token_url(&login))
            .map_err(|error| Box::new(config.source.error(oauth.span, error.to_string()))),
        (None, OAuthFlow::ClientCredentials) => {
            let message = "client credentials work at the organisation's own domain alone".to_owned();
            let hint = "login_url = \"https://example.my.salesforce.com\"";
            Err(Box::new(config.source.error(oauth.span, message).hint(hint)))
        }
    }
}

/// Where one signs in to Salesforce.
pub(super) fn salesforce_login(oauth: &OAuth) -> Result<Url, url::ParseError> {
    oauth
        .login_url
        .as_ref()
        .map_or_else(|| Url::parse(salesforce::config::LOGIN_URL), |login| Ok(login.value.clone()))
}

/// A secret, from where the configuration says.
pub(super) async fn secret(
    config: &Config,
    source: &Located<SecretSource>,
) -> Result<SecretString, Box<Problem>> {
    source.resolve().await.map_err(|error| {
        Box::new(config.source.error(source.span, error.to_string()).hint("set it, or name another place"))
    })
}

/// The same of a way in that leads to this place.
pub(super) fn fingerprint_at(credentials: &str, place: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(FINGERPRINT_CONTEXT);
    for part in [credentials].iter().chain(place) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn fingerprint(secret: &SecretString) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(FINGERPRINT_CONTEXT);
    hasher.update(secret.expose_secret().as_bytes());
    hasher.finalize().to_hex().to_string()
}
