//! From the configuration of an app to a connector: the one place that knows which vendor has which.
//!
//! Secrets are fetched here, handed to the connector, and kept nowhere else.

use crate::compile::Terms;
use crate::config::app::{AppConfig, AppType, Credentials, DriftTags, OAuth, Rate, RatePeriod, Vendor};
use crate::config::rule::{ConditionConfig, EffectConfig};
use crate::config::{Config, Located, SecretSource};
use crate::diagnostics::{Problem, Span};
use crate::run::App;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeSet;
use std::sync::Arc;
use syntony_connectors::auth::{Credentials as Access, RefreshCredentials};
use syntony_connectors::contract::Connector;
use syntony_connectors::{drift, google, http};
use syntony_core::ids::{AppName, FieldName};
use syntony_core::side::Side;
use url::Url;

/// The context under which credentials are fingerprinted, so that the fingerprint means nothing elsewhere.
const FINGERPRINT_CONTEXT: &str = "syntony 2026-11 fingerprint of an app's credentials";

/// Builds an app's connector.
///
/// # Errors
/// Everything that the configuration lacks for it, each at its line.
pub async fn build(config: &Config, app: &AppConfig) -> Result<App, Vec<Problem>> {
    let at = |span: Span, message: String, hint: &str| vec![config.source.error(span, message).hint(hint)];
    let (access, fingerprint) = credentials(config, app).await.map_err(|problem| vec![problem])?;
    let extra_fields = extra_fields(config, &app.name.value);
    let name = app.name.value.clone();
    let refused = |error: syntony_connectors::error::ConnectorError| {
        at(app.name.span, error.to_string(), "plain http is for loopback addresses alone")
    };
    let connector: Arc<dyn Connector> = match &app.vendor {
        Vendor::Drift(vendor) => {
            let mut settings = drift::DriftConfig::new(name.clone(), access)
                .map_err(|error| at(app.name.span, error.to_string(), ""))?;
            if let Some(base_url) = &app.base_url {
                settings.base_url = base_url.value.clone();
            }
            if let Some(rate) = rate(app) {
                settings.rate = rate;
            }
            if let Some(calls) = &app.concurrency {
                settings.concurrency_calls = calls.get() as usize;
            }
            if let Some(seconds) = &app.lag_seconds {
                settings.visibility_lag_seconds = u64::from(seconds.value);
            }
            settings.tags = match &vendor.tags.value {
                DriftTags::Endpoint => drift::config::TagStore::Endpoint,
                DriftTags::Attribute(name) => drift::config::TagStore::Attribute(name.clone()),
            };
            settings.names = drift::config::AttributeNames {
                cql_score: vendor.cql_score.value.clone(),
                cql_source: vendor.cql_source.value.clone(),
                lead_stage: vendor.lead_stage.value.clone(),
            };
            settings.extra_fields = extra_fields;
            Arc::new(drift::Drift::new(settings).map_err(refused)?)
        }
        Vendor::GoogleContacts => {
            let mut settings = google::GoogleConfig::new(name.clone(), access)
                .map_err(|error| at(app.name.span, error.to_string(), ""))?;
            if let Some(base_url) = &app.base_url {
                settings.base_url = base_url.value.clone();
            }
            if let Some(rate) = rate(app) {
                settings.rate = rate;
            }
            if let Some(calls) = &app.concurrency {
                settings.concurrency_calls = calls.get() as usize;
            }
            if let Some(seconds) = &app.lag_seconds {
                settings.visibility_lag_seconds = u64::from(seconds.value);
            }
            settings.extra_fields = extra_fields;
            Arc::new(google::Google::new(settings).map_err(refused)?)
        }
        Vendor::Salesforce(_) | Vendor::Mailchimp(_) => {
            let message = format!("this version has no connector for {}", app.app_type());
            return Err(at(app.name.span, message, "take the app out of the connections that you run"));
        }
    };
    Ok(App { name, vendor: app.app_type().as_str().to_owned(), connector, credentials: fingerprint })
}

/// The fields behind the words of rules.
#[must_use]
pub fn terms(app: &AppConfig) -> Terms {
    match &app.vendor {
        Vendor::Drift(drift) => Terms {
            cql_score: Some(drift.cql_score.value.clone()),
            cql_source: Some(drift.cql_source.value.clone()),
            lead_stage: Some(drift.lead_stage.value.clone()),
        },
        Vendor::GoogleContacts | Vendor::Salesforce(_) | Vendor::Mailchimp(_) => Terms::default(),
    }
}

fn rate(app: &AppConfig) -> Option<http::Rate> {
    let Rate { calls, per } = app.rate.as_ref()?.value;
    Some(match per {
        RatePeriod::Second => http::Rate::per_second(calls),
        RatePeriod::Minute => http::Rate::per_minute(calls),
    })
}

/// The way in, and a fingerprint of it: while that stays, so does the account.
async fn credentials(config: &Config, app: &AppConfig) -> Result<(Access, String), Problem> {
    match &app.credentials {
        Credentials::Token(source) | Credentials::ApiKey(source) => {
            let token = secret(config, source).await?;
            let fingerprint = fingerprint(&token);
            Ok((Access::Token(token), fingerprint))
        }
        Credentials::OAuth(oauth) => {
            let refresh = refresh(config, app, oauth).await?;
            let fingerprint = fingerprint(&refresh.refresh_token);
            Ok((Access::Refresh(refresh), fingerprint))
        }
    }
}

async fn refresh(config: &Config, app: &AppConfig, oauth: &OAuth) -> Result<RefreshCredentials, Problem> {
    let client_id = secret(config, &oauth.client_id).await?;
    let client_secret = match &oauth.client_secret {
        Some(source) => secret(config, source).await?,
        None => SecretString::from(String::new()),
    };
    let Some(source) = &oauth.refresh_token else {
        let message = format!("nobody has signed in to `{}` yet", app.name.value);
        return Err(config
            .source
            .error(oauth.span, message)
            .hint("give `refresh_token = { env = \"NAME\" }`, or an access token with `token`"));
    };
    let refresh_token = secret(config, source).await?;
    let token_url = match (&oauth.token_url, default_token_url(app.app_type())) {
        (Some(url), _) => url.value.clone(),
        (None, Some(url)) => url,
        (None, None) => {
            let message = "this app's token endpoint is not known".to_owned();
            return Err(config.source.error(oauth.span, message).hint("give `token_url`"));
        }
    };
    Ok(RefreshCredentials {
        token_url,
        client_id: client_id.expose_secret().to_owned(),
        client_secret,
        refresh_token,
    })
}

fn default_token_url(vendor: AppType) -> Option<Url> {
    let url = match vendor {
        AppType::Drift => drift::config::TOKEN_URL,
        AppType::GoogleContacts => google::config::TOKEN_URL,
        AppType::Salesforce | AppType::Mailchimp => return None,
    };
    Url::parse(url).ok()
}

async fn secret(config: &Config, source: &Located<SecretSource>) -> Result<SecretString, Problem> {
    source.resolve().await.map_err(|error| {
        config.source.error(source.span, error.to_string()).hint("set it, or name another place")
    })
}

fn fingerprint(secret: &SecretString) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(FINGERPRINT_CONTEXT);
    hasher.update(secret.expose_secret().as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The fields that mappings and rules of any connection use of an app: a custom field that a contact lacks
/// is then seen as empty, where a vendor leaves it out of its answers.
fn extra_fields(config: &Config, app: &AppName) -> Vec<FieldName> {
    let mut fields = BTreeSet::new();
    for connection in config.connections.values() {
        for side in Side::BOTH {
            if connection.between[side].value != *app {
                continue;
            }
            for mapping in &connection.fields {
                fields.extend(mapping.fields[side].iter().map(|field| field.value.clone()));
            }
            for rule in &connection.rules {
                for condition in rule.when.iter().filter(|_| rule.from.value == side) {
                    if let ConditionConfig::Field(field, _) = &condition.value {
                        fields.insert(field.value.clone());
                    }
                }
                for action in rule.then.iter().filter(|action| action.on.value == side) {
                    if let EffectConfig::Set(field, _) = &action.effect {
                        fields.insert(field.value.clone());
                    }
                }
            }
        }
    }
    if let Some(app) = config.apps.get(app) {
        let Terms { cql_score, cql_source, lead_stage } = terms(app);
        fields.extend([cql_score, cql_source, lead_stage].into_iter().flatten());
    }
    fields.into_iter().collect()
}
