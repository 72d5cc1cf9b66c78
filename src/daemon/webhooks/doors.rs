//! Which apps take webhooks, and by which secret each of them knows its vendor.

use crate::config::app::{AppConfig, Vendor};
use crate::config::{Config, Located, SecretSource};
use crate::diagnostics::Problem;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use syntony_connectors::webhook::{Delivery, Hint, Refused};
use syntony_connectors::{drift, mailchimp};
use syntony_core::ids::AppName;

/// The apps that take webhooks.
#[derive(Clone, Default)]
pub struct Doors(BTreeMap<AppName, Arc<Door>>);

/// How one app knows its vendor.
pub(super) enum Door {
    /// By the verification token in header and body.
    Drift { token: SecretString },
    /// By the secret in the address that is called.
    Mailchimp { secret: SecretString, audience: String },
}

impl Doors {
    /// One for each app of the configuration that has a `webhook_token`.
    ///
    /// # Errors
    /// Secrets that cannot be had, each at its line.
    pub async fn of(config: &Config) -> Result<Self, Vec<Problem>> {
        let mut doors = Self::default();
        let mut problems = Vec::new();
        for app in config.apps.values() {
            match door(config, app).await {
                Ok(Some(door)) => drop(doors.0.insert(app.name.value.clone(), Arc::new(door))),
                Ok(None) => {}
                Err(problem) => problems.push(*problem),
            }
        }
        if problems.is_empty() { Ok(doors) } else { Err(problems) }
    }

    /// The door of a Drift app, beside those that are there.
    #[must_use]
    pub fn with_drift(mut self, app: AppName, token: SecretString) -> Self {
        self.0.insert(app, Arc::new(Door::Drift { token }));
        self
    }

    /// The door of a Mailchimp app, beside those that are there.
    #[must_use]
    pub fn with_mailchimp(mut self, app: AppName, secret: SecretString, audience: String) -> Self {
        self.0.insert(app, Arc::new(Door::Mailchimp { secret, audience }));
        self
    }

    pub(super) fn get(&self, app: &AppName) -> Option<Arc<Door>> {
        self.0.get(app).cloned()
    }
}

impl Door {
    /// The type of the bodies that come in here.
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Door::Drift { .. } => "application/json",
            Door::Mailchimp { .. } => "application/x-www-form-urlencoded",
        }
    }

    pub(super) fn read(&self, delivery: Delivery<'_>) -> Result<Vec<Hint>, Refused> {
        match self {
            Door::Drift { token } => drift::webhook::verify_and_read(delivery, token),
            Door::Mailchimp { secret, audience } => {
                mailchimp::webhook::verify_and_read(delivery, secret, audience)
            }
        }
    }

    /// Whether a GET is the question that the vendor asks before it takes the address.
    pub(super) fn answers_questions(&self, url_secret: Option<&[u8]>) -> bool {
        match self {
            Door::Drift { .. } => false,
            Door::Mailchimp { secret, .. } => mailchimp::webhook::knows_the_secret(url_secret, secret),
        }
    }
}

async fn door(config: &Config, app: &AppConfig) -> Result<Option<Door>, Box<Problem>> {
    Ok(match &app.vendor {
        Vendor::Drift(vendor) => {
            secret(config, vendor.webhook_token.as_ref()).await?.map(|token| Door::Drift { token })
        }
        Vendor::Mailchimp(vendor) => secret(config, vendor.webhook_token.as_ref())
            .await?
            .map(|secret| Door::Mailchimp { secret, audience: vendor.audience.value.clone() }),
        Vendor::GoogleContacts | Vendor::Salesforce(_) => None,
    })
}

async fn secret(
    config: &Config,
    source: Option<&Located<SecretSource>>,
) -> Result<Option<SecretString>, Box<Problem>> {
    let Some(source) = source else { return Ok(None) };
    match source.value.resolve().await {
        Ok(secret) => Ok(Some(secret)),
        Err(error) => Err(Box::new(config.source.error(source.span, error.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::Doors;
    use crate::config;
    use syntony_core::ids::AppName;

    const FILE: &str = r#"
        [apps.chat]
        type = "drift"
        token = { file = "secret" }
        webhook_token = { file = "@chat" }
        [apps.quiet]
        type = "drift"
        token = { file = "secret" }
        [apps.news]
        type = "mailchimp"
        audience = "a1b2c3"
        api_key = { file = "secret" }
        webhook_token = { file = "secret" }
        [connections.one]
        between = ["chat", "news"]
        [connections.two]
        between = ["quiet", "news"]
    "#;

    /// Which apps have a door, or the lines at which something is wrong.
    async fn doors(secret_of_chat: &str) -> Result<Vec<&'static str>, Vec<Option<usize>>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("syntony.toml");
        std::fs::write(&file, FILE.replace("@chat", secret_of_chat)).unwrap();
        std::fs::write(folder.path().join("secret"), "0123456789abcdef-us1").unwrap();
        let loaded = config::load(&file, chrono::Utc::now());
        let config = loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems));
        let doors = Doors::of(&config)
            .await
            .map_err(|problems| problems.into_iter().map(|problem| problem.line).collect::<Vec<_>>())?;
        let has_one = |app: &&str| doors.get(&AppName::new(*app)).is_some();
        Ok(["chat", "quiet", "news"].into_iter().filter(has_one).collect())
    }

    #[tokio::test]
    async fn only_an_app_with_a_secret_takes_webhooks() {
        assert_eq!(doors("secret").await, Ok(vec!["chat", "news"]));
    }

    #[tokio::test]
    async fn a_secret_that_cannot_be_had_is_told_at_its_line() {
        assert_eq!(doors("missing").await, Err(vec![Some(5)]));
    }
}
