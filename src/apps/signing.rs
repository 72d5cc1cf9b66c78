//! What a sign-in to an app takes, and what ends it: a vendor's pages and endpoints, and the vault's place.
//!
//! Like `access`, it fetches secrets, hands them on and keeps none.

use super::access;
use crate::config::app::{AppConfig, AppType, Credentials, OAuth, OAuthFlow};
use crate::config::{Config, SecretSource};
use crate::diagnostics::Problem;
use crate::vault::{Place, Vault};
use secrecy::SecretString;
use std::sync::Arc;
use syntony_connectors::auth::sign_in::Client;
use syntony_connectors::auth::{self, ClientCredentials, RefreshCredentials};
use syntony_connectors::{drift, google, salesforce};
use url::Url;

/// Where a browser is sent back to at a vendor that takes any port.
const ANY_PORT: &str = "http://127.0.0.1:0/";
/// Where it is sent back to at a vendor that wants to know the address beforehand.
const REGISTERED: &str = "http://localhost:8386/callback";

/// Where an app's credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An access token of the configuration.
    Token(SecretSource),
    /// An API key of the configuration.
    ApiKey(SecretSource),
    /// The client stands for itself.
    Client(SecretSource),
    /// A refresh token of the configuration, and what comes after it.
    RefreshToken(SecretSource),
    /// Somebody signs in.
    SignIn,
}

/// Where an app's credentials come from, as the configuration says it.
#[must_use]
pub fn origin(app: &AppConfig) -> Origin {
    match &app.credentials {
        Credentials::Token(source) => Origin::Token(source.value.clone()),
        Credentials::ApiKey(source) => Origin::ApiKey(source.value.clone()),
        Credentials::OAuth(oauth) => match (oauth.flow, &oauth.refresh_token) {
            (OAuthFlow::ClientCredentials, _) => Origin::Client(oauth.client_id.value.clone()),
            (OAuthFlow::RefreshToken, Some(source)) => Origin::RefreshToken(source.value.clone()),
            (OAuthFlow::RefreshToken, None) => Origin::SignIn,
        },
    }
}

/// What a sign-in to an app takes.
pub struct SignInTerms {
    /// For the browser and the exchange.
    pub client: Client,
    /// Where the browser is sent back to, unless the admin says otherwise.
    pub redirect_url: Url,
    /// Where the refresh token is kept.
    pub place: Place,
    /// The refresh token of the configuration.
    pub seed: Option<SecretString>,
    /// How it is ended.
    pub revocation: Revocation,
}

/// How access is taken back at the vendor.
pub enum Revocation {
    /// The token is named at this address (RFC 7009).
    Token(Url),
    /// The app is taken out of the Drift workspace that the credentials open.
    Uninstall(Box<drift::DriftConfig>),
}

/// A vendor that people sign in to.
#[derive(Clone, Copy)]
enum Host {
    Drift,
    Google,
    Salesforce,
}

/// What a sign-in to this app takes.
///
/// # Errors
/// The app is none that one signs in to, or the configuration lacks something for it, at its line.
pub async fn terms(
    config: &Config,
    app: &AppConfig,
    vault: &Arc<Vault>,
) -> Result<SignInTerms, Box<Problem>> {
    let (host, oauth) = host(config, app)?;
    let given = access::client(config, app, oauth).await?;
    let seed = match &oauth.refresh_token {
        Some(source) => Some(access::secret(config, source).await?),
        None => None,
    };
    let place = access::place(app, oauth, &given, seed.as_ref(), vault);
    let bad = |error: url::ParseError| Box::new(config.source.error(oauth.span, error.to_string()));
    let redirect_url = match host {
        Host::Google => ANY_PORT,
        Host::Drift | Host::Salesforce => REGISTERED,
    };
    Ok(SignInTerms {
        revocation: revocation(host, app, oauth, &given, seed.clone(), &place).map_err(bad)?,
        client: Client {
            app: app.name.value.clone(),
            authorize_url: authorize_url(host, oauth).map_err(bad)?,
            token_url: given.token_url,
            client_id: given.client_id,
            client_secret: given.client_secret,
            parameters: parameters(host),
        },
        redirect_url: Url::parse(redirect_url).map_err(bad)?,
        place,
        seed,
    })
}

/// The page where a person allows it.
fn authorize_url(host: Host, oauth: &OAuth) -> Result<Url, url::ParseError> {
    if let Some(url) = &oauth.authorize_url {
        return Ok(url.value.clone());
    }
    match host {
        Host::Drift => Url::parse(drift::config::AUTHORIZE_URL),
        Host::Google => Url::parse(google::config::AUTHORIZE_URL),
        Host::Salesforce => {
            access::salesforce_login(oauth).map(|login| salesforce::config::authorize_url(&login))
        }
    }
}

/// What the page is asked for.
fn parameters(host: Host) -> Vec<(&'static str, String)> {
    match host {
        // The scopes are those of the app's settings.
        Host::Drift => Vec::new(),
        // A refresh token for clients of every kind, and also for who allowed it before
        // (<https://developers.google.com/identity/protocols/oauth2/web-server>).
        Host::Google => vec![
            ("scope", google::config::SCOPE.to_owned()),
            ("access_type", "offline".to_owned()),
            ("prompt", "consent".to_owned()),
        ],
        Host::Salesforce => vec![("scope", salesforce::config::SCOPE.to_owned())],
    }
}

/// How access is taken back.
fn revocation(
    host: Host,
    app: &AppConfig,
    oauth: &OAuth,
    given: &ClientCredentials,
    seed: Option<SecretString>,
    place: &Place,
) -> Result<Revocation, url::ParseError> {
    if let Some(url) = &oauth.revoke_url {
        return Ok(Revocation::Token(url.value.clone()));
    }
    match host {
        Host::Google => Url::parse(google::config::REVOKE_URL).map(Revocation::Token),
        Host::Salesforce => access::salesforce_login(oauth)
            .map(|login| Revocation::Token(salesforce::config::revoke_url(&login))),
        Host::Drift => {
            let credentials = auth::Credentials::Refresh(RefreshCredentials {
                token_url: given.token_url.clone(),
                client_id: given.client_id.clone(),
                client_secret: given.client_secret.clone(),
                refresh_token: seed,
            });
            let mut settings = drift::DriftConfig::new(app.name.value.clone(), credentials)?;
            settings.tokens.keeper = Some(Arc::new(place.clone()));
            if let Some(base_url) = &app.base_url {
                settings.base_url = base_url.value.clone();
            }
            Ok(Revocation::Uninstall(Box::new(settings)))
        }
    }
}

/// The places of all apps that the vault can keep something of.
///
/// # Errors
/// A secret of the configuration cannot be had, at its line: without it the place is not known.
pub async fn places(config: &Config, vault: &Arc<Vault>) -> Result<Vec<Place>, Box<Problem>> {
    let mut places = Vec::new();
    for app in config.apps.values() {
        match origin(app) {
            Origin::RefreshToken(_) | Origin::SignIn => places.push(terms(config, app, vault).await?.place),
            Origin::Token(_) | Origin::ApiKey(_) | Origin::Client(_) => {}
        }
    }
    Ok(places)
}

/// The vendor, and the OAuth table, of an app that a person signs in to.
fn host<'c>(config: &Config, app: &'c AppConfig) -> Result<(Host, &'c OAuth), Box<Problem>> {
    let name = &app.name.value;
    let refused =
        |span, message: String, hint: &str| Err(Box::new(config.source.error(span, message).hint(hint)));
    let host = match app.app_type() {
        AppType::Drift => Host::Drift,
        AppType::GoogleContacts => Host::Google,
        AppType::Salesforce => Host::Salesforce,
        AppType::Mailchimp => {
            let message = format!("nobody signs in to `{name}`: Mailchimp gives API keys");
            let hint = "make one in the account's profile (Extras, API keys) and name it with `api_key`; deleting it \
                        there takes access back";
            return refused(app.name.span, message, hint);
        }
    };
    match &app.credentials {
        Credentials::Token(source) | Credentials::ApiKey(source) => {
            let message = format!("nobody signs in to `{name}`: it goes by the secret in {}", source.value);
            let hint = "take access back at the vendor; to sign in instead, give an `oauth` table with `client_id` and \
                        `client_secret` in its place";
            refused(source.span, message, hint)
        }
        Credentials::OAuth(oauth) => match oauth.flow {
            OAuthFlow::RefreshToken => Ok((host, oauth)),
            OAuthFlow::ClientCredentials => {
                let message = format!("nobody signs in to `{name}`: its client stands for itself");
                let hint =
                    "take access back in the settings of the client; to sign in instead, leave `flow` out";
                refused(oauth.span, message, hint)
            }
        },
    }
}
