//! From the configuration of an app to a connector: the one place that knows which vendor has which.
//!
//! Secrets are fetched here, handed to the connector, and kept nowhere else; what an app gives in exchange for a
//! refresh token goes into the vault.

mod access;
pub mod signing;

use crate::compile::Terms;
use crate::config::app::{
    AppConfig, Credentials, Drift, DriftTags, Mailchimp, Rate, RatePeriod, Salesforce, SalesforceObject,
    SalesforceTags, Vendor,
};
use crate::config::rule::{ConditionConfig, EffectConfig};
use crate::config::{Config, Located};
use crate::diagnostics::Problem;
use crate::run::App;
use crate::vault::Vault;
use access::Access;
use std::collections::BTreeSet;
use std::sync::Arc;
use syntony_connectors::contract::Connector;
use syntony_connectors::error::ConnectorError;
use syntony_connectors::{drift, google, http, mailchimp, salesforce};
use syntony_core::ids::{AppName, FieldName};
use syntony_core::side::Side;
use url::Url;

/// Builds an app's connector.
///
/// # Errors
/// Everything that the configuration lacks for it, each at its line.
pub async fn build(config: &Config, app: &AppConfig, vault: &Arc<Vault>) -> Result<App, Vec<Problem>> {
    let access = access::of(config, app, vault).await.map_err(|problem| vec![*problem])?;
    let credentials = access::fingerprint_at(&access.fingerprint, &place(app));
    let connector: Built = match &app.vendor {
        Vendor::Drift(vendor) => drift(config, app, vendor, access),
        Vendor::GoogleContacts => google(config, app, access),
        Vendor::Salesforce(vendor) => salesforce(config, app, vendor, access),
        Vendor::Mailchimp(vendor) => mailchimp(config, app, vendor, access),
    };
    Ok(App {
        name: app.name.value.clone(),
        vendor: app.app_type().as_str().to_owned(),
        connector: connector.map_err(|problem| vec![*problem])?,
        credentials,
    })
}

/// What leads to the account beside the secret. One secret may open several: an API key all of an account's
/// audiences, a client's secret the organisation and every copy of it.
fn place(app: &AppConfig) -> Vec<&str> {
    let mut place = vec![address(&app.base_url)];
    match &app.vendor {
        Vendor::Drift(_) | Vendor::GoogleContacts => {}
        Vendor::Salesforce(vendor) => place.push(address(&vendor.instance_url)),
        Vendor::Mailchimp(vendor) => place.push(Some(vendor.audience.value.as_str())),
    }
    match &app.credentials {
        Credentials::Token(_) | Credentials::ApiKey(_) => {}
        Credentials::OAuth(oauth) => place.extend([address(&oauth.login_url), address(&oauth.token_url)]),
    }
    place.into_iter().map(Option::unwrap_or_default).collect()
}

type Built = Result<Arc<dyn Connector>, Box<Problem>>;

fn drift(config: &Config, app: &AppConfig, vendor: &Drift, access: Access) -> Built {
    let mut settings = drift::DriftConfig::new(app.name.value.clone(), access.credentials)
        .map_err(|error| Box::new(config.source.error(app.name.span, error.to_string())))?;
    settings.tokens.keeper = access.keeper;
    if let Some(base_url) = &app.base_url {
        settings.base_url = base_url.value.clone();
    }
    settings.rate = rate(app).unwrap_or(settings.rate);
    settings.concurrency_calls = concurrency(app).unwrap_or(settings.concurrency_calls);
    settings.visibility_lag_seconds = lag(app).unwrap_or(settings.visibility_lag_seconds);
    settings.tags = match &vendor.tags.value {
        DriftTags::Endpoint => drift::config::TagStore::Endpoint,
        DriftTags::Attribute(name) => drift::config::TagStore::Attribute(name.clone()),
    };
    settings.names = drift::config::AttributeNames {
        cql_score: vendor.cql_score.value.clone(),
        cql_source: vendor.cql_source.value.clone(),
        lead_stage: vendor.lead_stage.value.clone(),
    };
    if vendor.webhook_token.is_some() {
        settings.opt_outs = drift::config::OptOuts::ByWebhook;
    }
    settings.extra_fields = extra_fields(config, &app.name.value);
    Ok(Arc::new(drift::Drift::new(settings).map_err(|error| refused(config, app, &error))?))
}

fn google(config: &Config, app: &AppConfig, access: Access) -> Built {
    let mut settings = google::GoogleConfig::new(app.name.value.clone(), access.credentials)
        .map_err(|error| Box::new(config.source.error(app.name.span, error.to_string())))?;
    settings.tokens.keeper = access.keeper;
    if let Some(base_url) = &app.base_url {
        settings.base_url = base_url.value.clone();
    }
    settings.rate = rate(app).unwrap_or(settings.rate);
    settings.concurrency_calls = concurrency(app).unwrap_or(settings.concurrency_calls);
    settings.visibility_lag_seconds = lag(app).unwrap_or(settings.visibility_lag_seconds);
    settings.extra_fields = extra_fields(config, &app.name.value);
    Ok(Arc::new(google::Google::new(settings).map_err(|error| refused(config, app, &error))?))
}

fn salesforce(config: &Config, app: &AppConfig, vendor: &Salesforce, access: Access) -> Built {
    let object = match vendor.object.value {
        SalesforceObject::Contact => salesforce::config::SObject::Contact,
        SalesforceObject::Lead => salesforce::config::SObject::Lead,
    };
    let mut settings = salesforce::SalesforceConfig::new(app.name.value.clone(), object, access.credentials);
    settings.tokens.keeper = access.keeper;
    settings.base_url =
        app.base_url.as_ref().or(vendor.instance_url.as_ref()).map(|address| address.value.clone());
    settings.rate = rate(app).unwrap_or(settings.rate);
    settings.concurrency_calls = concurrency(app).unwrap_or(settings.concurrency_calls);
    settings.visibility_lag_seconds = lag(app).unwrap_or(settings.visibility_lag_seconds);
    settings.tags = match &vendor.tags.value {
        SalesforceTags::Topics => salesforce::config::TagStore::Topics,
        SalesforceTags::Campaigns => salesforce::config::TagStore::Campaigns,
        SalesforceTags::Field(name) => salesforce::config::TagStore::Field(name.clone()),
    };
    settings.marker_field = vendor.external_id.as_ref().map(|name| name.value.clone());
    settings.reserve_percent = u8::try_from(app.reserve_percent).unwrap_or(u8::MAX);
    settings.extra_fields = extra_fields(config, &app.name.value);
    Ok(Arc::new(salesforce::Salesforce::new(settings).map_err(|error| refused(config, app, &error))?))
}

fn mailchimp(config: &Config, app: &AppConfig, vendor: &Mailchimp, access: Access) -> Built {
    let audience = vendor.audience.value.clone();
    let known = app.base_url.as_ref().map(|address| address.value.clone()).or(access.api_url);
    let Some(base_url) = known else {
        let message = "an access token does not say in which data centre the account is".to_owned();
        let hint = "base_url = \"https://us21.api.mailchimp.com\", as the address in your browser begins";
        return Err(Box::new(config.source.error(app.name.span, message).hint(hint)));
    };
    let mut settings =
        mailchimp::MailchimpConfig::new(app.name.value.clone(), base_url, access.credentials, audience);
    if vendor.double_opt_in {
        settings.opt_in = mailchimp::config::OptIn::Double;
    }
    settings.rate = rate(app).unwrap_or(settings.rate);
    settings.concurrency_calls = concurrency(app).unwrap_or(settings.concurrency_calls);
    settings.visibility_lag_seconds = lag(app).unwrap_or(settings.visibility_lag_seconds);
    Ok(Arc::new(mailchimp::Mailchimp::new(settings).map_err(|error| refused(config, app, &error))?))
}

fn address(url: &Option<Located<Url>>) -> Option<&str> {
    url.as_ref().map(|url| url.value.as_str())
}

/// What a connector refuses to be built from.
fn refused(config: &Config, app: &AppConfig, error: &ConnectorError) -> Box<Problem> {
    let hint = "plain http is for loopback addresses alone";
    Box::new(config.source.error(app.name.span, error.to_string()).hint(hint))
}

fn concurrency(app: &AppConfig) -> Option<usize> {
    app.concurrency.as_ref().map(|calls| calls.value.get() as usize)
}

fn lag(app: &AppConfig) -> Option<u64> {
    app.lag_seconds.as_ref().map(|seconds| u64::from(seconds.value))
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

#[cfg(test)]
mod tests {
    use super::build;
    use crate::config;
    use crate::run::App;
    use crate::vault::Vault;
    use std::sync::Arc;

    /// The fingerprint of the one app of a configuration.
    async fn fingerprint(app: &str) -> String {
        built(app).await.credentials
    }

    async fn built(app: &str) -> App {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("syntony.toml");
        std::fs::write(&file, format!("[apps.news]\n{app}\n[apps.book]\ntype = \"google_contacts\"\ntoken = {{ file = \"secret\" }}\n[connections.pair]\nbetween = [\"news\", \"book\"]\n")).unwrap();
        std::fs::write(folder.path().join("secret"), "0123456789abcdef-us1").unwrap();
        let loaded = config::load(&file, chrono::Utc::now());
        let config = loaded.config.unwrap_or_else(|| panic!("{app}: {:#?}", loaded.problems));
        let vault = Arc::new(Vault::beside(config.state.clone(), config.vault.key.clone()));
        build(&config, &config.apps["news"], &vault).await.unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// Who stands before another account has to be asked who they are, or all that was known would pass for deleted.
    #[tokio::test]
    async fn one_secret_that_opens_another_account_does_not_pass_for_the_same_way_in() {
        let audience = |id: &str| {
            format!("type = \"mailchimp\"\napi_key = {{ file = \"secret\" }}\naudience = \"{id}\"")
        };
        let instance = |host: &str| {
            format!(
                "type = \"salesforce\"\ntoken = {{ file = \"secret\" }}\ninstance_url = \"https://{host}.my.salesforce.com\""
            )
        };
        let client = |host: &str| {
            format!(
                "type = \"salesforce\"\n[apps.news.oauth]\nflow = \"client_credentials\"\nclient_id = {{ file = \"secret\" }}\nclient_secret = {{ file = \"secret\" }}\nlogin_url = \"https://{host}.my.salesforce.com\""
            )
        };
        for (one, other) in [
            (audience("a1b2c3d4e5"), audience("f6a7b8c9d0")),
            (instance("acme"), instance("acme--copy.sandbox")),
            (client("acme"), client("acme--copy.sandbox")),
        ] {
            assert_eq!(fingerprint(&one).await, fingerprint(&one).await);
            assert_ne!(fingerprint(&one).await, fingerprint(&other).await, "{other}");
        }
    }

    /// Of whom a webhook alone tells, nobody is known where none is taken in.
    #[tokio::test]
    async fn drift_tells_of_opt_outs_where_its_webhooks_are_taken_in() {
        let drift = "type = \"drift\"\ntoken = { file = \"secret\" }";
        let token = format!("{drift}\nwebhook_token = {{ file = \"secret\" }}");
        for (app, tells) in [(drift, false), (token.as_str(), true)] {
            assert_eq!(built(app).await.connector.capabilities().unsubscribes, tells, "{app}");
        }
    }
}
