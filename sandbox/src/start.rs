//! All simulators at once, each on its own port, filled with one cast of people.

use crate::clock::Clock;
use crate::faults::Faults;
use crate::people::cast;
use crate::serve::Running;
use crate::{drift, google, mailchimp, salesforce};
use serde::Serialize;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Decides who the people are and every other choice.
    pub seed: u64,
    /// How many people there are over all apps.
    pub contacts: usize,
    /// The port of the first simulator, the others follow it; 0 takes any free ports.
    pub first_port: u16,
    /// What goes wrong. Each simulator gets a copy: they do not count each other's calls.
    pub faults: Faults,
    /// The time that all of them live by.
    pub clock: Clock,
    /// How the Drift workspace behaves.
    pub drift: drift::Settings,
    /// How the Google account behaves.
    pub google: google::Settings,
    /// How the Salesforce org behaves.
    pub salesforce: salesforce::Settings,
    /// How the Mailchimp account behaves.
    pub mailchimp: mailchimp::Settings,
}

impl Default for SandboxConfig {
    /// For a demonstration: a hundred people, nothing goes wrong, no quotas.
    fn default() -> Self {
        Self {
            seed: 1,
            contacts: 100,
            first_port: 0,
            faults: Faults::none(),
            clock: Clock::machine(),
            drift: drift::Settings { rate_limit: None, ..drift::Settings::default() },
            google: google::Settings::unlimited(),
            salesforce: with_our_field(salesforce::Settings::unlimited()),
            mailchimp: mailchimp::Settings::default(),
        }
    }
}

impl SandboxConfig {
    /// For development against the simulators: as strict as new accounts are. Salesforce's standard rules refuse
    /// a contact or a lead whose address another one has, unless the client insists.
    #[must_use]
    pub fn strict() -> Self {
        let mut config = Self::default();
        config.salesforce.write.duplicates = salesforce::DuplicateRule::Alert;
        config
    }
}

/// An org whose administrator made a field for our keys, as the documentation recommends.
fn with_our_field(settings: salesforce::Settings) -> salesforce::Settings {
    let field = || salesforce::Field::text("Syntony_Key__c", "Syntony key", 80).as_external_id();
    let objects = [salesforce::Object::Contact, salesforce::Object::Lead];
    salesforce::Settings { custom_fields: objects.map(|object| (object, field())).into(), ..settings }
}

/// Simulators that serve until this is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// The Drift workspace.
    pub drift: drift::Workspace,
    /// The Google account.
    pub google: google::Account,
    /// The Salesforce org.
    pub salesforce: salesforce::Org,
    /// The Mailchimp account.
    pub mailchimp: mailchimp::Account,
    seed: u64,
    running: Ports,
}

/// What serves.
#[derive(Debug)]
struct Ports {
    drift: Running,
    google: Running,
    salesforce: Running,
    mailchimp: Running,
}

impl Sandbox {
    /// Fills the simulators and starts to serve.
    ///
    /// # Errors
    /// If a port cannot be had.
    pub async fn start(config: SandboxConfig) -> std::io::Result<Self> {
        let SandboxConfig { seed, contacts, first_port, faults, clock, .. } = config;
        let drift = drift::Workspace::new(config.drift, clock.clone(), faults.fresh_copy());
        let google = google::Settings { seed, ..config.google };
        let google = google::Account::new(google, clock.clone(), faults.fresh_copy());
        let salesforce = salesforce::Settings { seed, ..config.salesforce };
        let salesforce = salesforce::Org::new(salesforce, clock.clone(), faults.fresh_copy());
        let mailchimp = mailchimp::Settings { seed, ..config.mailchimp };
        let mailchimp = mailchimp::Account::new(mailchimp, clock, faults.fresh_copy());
        let cast = cast(seed, contacts);
        drift.seed(&cast.chat);
        google.seed(&cast.book);
        salesforce.seed(&cast.crm);
        salesforce.seed_leads(&cast.leads);
        mailchimp.seed(&cast.news);
        let port = |nth: u16| if first_port == 0 { 0 } else { first_port.saturating_add(nth) };
        let running = Ports {
            drift: drift.serve(port(0)).await?,
            google: google.serve(port(1)).await?,
            salesforce: salesforce.serve(port(2)).await?,
            mailchimp: mailchimp.serve(port(3)).await?,
        };
        Ok(Self { drift, google, salesforce, mailchimp, seed, running })
    }

    /// Drift's base URL, without the API's version path and without a slash at the end.
    #[must_use]
    pub fn drift_url(&self) -> &str {
        &self.running.drift.base_url
    }

    /// Google's base URL: the People API and OAuth are on the same port.
    #[must_use]
    pub fn google_url(&self) -> &str {
        &self.running.google.base_url
    }

    /// Salesforce's base URL: one signs in and calls the API at the same port.
    #[must_use]
    pub fn salesforce_url(&self) -> &str {
        &self.running.salesforce.base_url
    }

    /// Mailchimp's base URL, without the API's version path.
    #[must_use]
    pub fn mailchimp_url(&self) -> &str {
        &self.running.mailchimp.base_url
    }

    /// Where everything is and how to get in.
    #[must_use]
    pub fn description(&self) -> Description {
        let google_url = self.google_url();
        let salesforce_url = self.salesforce_url();
        Description {
            seed: self.seed,
            drift: DriftDescription {
                base_url: self.drift_url().to_owned(),
                token: self.drift.settings().private_token,
                counts: self.drift.counts(),
            },
            google_contacts: GoogleDescription {
                base_url: google_url.to_owned(),
                authorize_url: format!("{google_url}/o/oauth2/v2/auth"),
                token_url: format!("{google_url}/token"),
                revoke_url: format!("{google_url}/revoke"),
                credentials: self.google.credentials(),
                counts: self.google.counts(),
            },
            salesforce: SalesforceDescription {
                login_url: salesforce_url.to_owned(),
                instance_url: salesforce_url.to_owned(),
                credentials: self.salesforce.credentials(),
                counts: self.salesforce.counts(),
            },
            mailchimp: MailchimpDescription {
                base_url: self.mailchimp_url().to_owned(),
                credentials: self.mailchimp.credentials(),
                counts: self.mailchimp.counts(),
            },
        }
    }

    /// Stops serving and returns when the ports are free.
    pub async fn stop(self) {
        let Ports { drift, google, salesforce, mailchimp } = self.running;
        for running in [drift, google, salesforce, mailchimp] {
            running.stop().await;
        }
    }
}

/// Where everything is and how to get in, as `sandbox --json` prints it. The keys are the types of apps
/// in a configuration. These secrets open nothing but this sandbox.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// The seed.
    pub seed: u64,
    /// The Drift simulator.
    pub drift: DriftDescription,
    /// The Google simulator.
    pub google_contacts: GoogleDescription,
    /// The Salesforce simulator.
    pub salesforce: SalesforceDescription,
    /// The Mailchimp simulator.
    pub mailchimp: MailchimpDescription,
}

/// Where the Drift simulator is.
#[derive(Clone, Debug, Serialize)]
pub struct DriftDescription {
    /// `base_url` in a configuration.
    pub base_url: String,
    /// A private app's token.
    pub token: String,
    /// How much there is.
    pub counts: drift::Counts,
}

/// Where the Google simulator is.
#[derive(Clone, Debug, Serialize)]
pub struct GoogleDescription {
    /// `base_url` in a configuration.
    pub base_url: String,
    /// `oauth.authorize_url`.
    pub authorize_url: String,
    /// `oauth.token_url`.
    pub token_url: String,
    /// `oauth.revoke_url`.
    pub revoke_url: String,
    /// The OAuth client and a pair of tokens.
    #[serde(flatten)]
    pub credentials: google::Credentials,
    /// How much there is.
    pub counts: google::Counts,
}

/// Where the Salesforce simulator is.
#[derive(Clone, Debug, Serialize)]
pub struct SalesforceDescription {
    /// `oauth.login_url`.
    pub login_url: String,
    /// `instance_url`, for a configuration with an access token.
    pub instance_url: String,
    /// The OAuth client and a pair of tokens.
    #[serde(flatten)]
    pub credentials: salesforce::Credentials,
    /// How much there is.
    pub counts: salesforce::Counts,
}

/// Where the Mailchimp simulator is.
#[derive(Clone, Debug, Serialize)]
pub struct MailchimpDescription {
    /// `base_url` in a configuration.
    pub base_url: String,
    /// The key, an access token, the OAuth client and the audience.
    #[serde(flatten)]
    pub credentials: mailchimp::Credentials,
    /// How much there is.
    pub counts: mailchimp::Counts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_app_serves_on_its_own_port_and_the_description_opens_all() {
        let sandbox =
            Sandbox::start(SandboxConfig { contacts: 30, ..SandboxConfig::default() }).await.unwrap();
        let description = serde_json::to_value(sandbox.description()).unwrap();
        let text = |pointer: &str| description.pointer(pointer).and_then(serde_json::Value::as_str).unwrap();
        let client = crate::test_client();
        let ask = async |url: String, token: &str| {
            client.get(url).bearer_auth(token).send().await.unwrap().status().as_u16()
        };
        let google =
            format!("{}/v1/people/me/connections?personFields=names", text("/google_contacts/base_url"));
        assert_eq!(ask(google.clone(), text("/google_contacts/access_token")).await, 200);
        assert_eq!(ask(google, "wrong").await, 401);
        let drift = format!("{}/contacts/attributes", text("/drift/base_url"));
        assert_eq!(ask(drift, text("/drift/token")).await, 200);
        let salesforce = format!("{}/services/data/v62.0/limits", text("/salesforce/instance_url"));
        assert_eq!(ask(salesforce.clone(), text("/salesforce/access_token")).await, 200);
        assert_eq!(ask(salesforce, "wrong").await, 401);
        let mailchimp = format!("{}/3.0/ping", text("/mailchimp/base_url"));
        assert_eq!(ask(mailchimp, text("/mailchimp/access_token")).await, 200);
        let mut urls =
            [sandbox.drift_url(), sandbox.google_url(), sandbox.salesforce_url(), sandbox.mailchimp_url()];
        urls.sort_unstable();
        assert!(urls.windows(2).all(|pair| pair[0] != pair[1]), "{urls:?}");
        sandbox.stop().await;
    }

    #[tokio::test]
    async fn the_same_seed_is_the_same_sandbox() {
        let dump = async || {
            let config =
                SandboxConfig { seed: 9, contacts: 50, clock: Clock::fixed(), ..SandboxConfig::default() };
            let sandbox = Sandbox::start(config).await.unwrap();
            let crm = (sandbox.salesforce.dump(), sandbox.mailchimp.dump());
            (sandbox.drift.dump(), sandbox.google.dump(), sandbox.google.credentials(), crm)
        };
        assert_eq!(dump().await, dump().await);
    }

    #[tokio::test]
    async fn the_apps_do_not_count_each_others_calls() {
        let faults = Faults::parse("500/2").unwrap();
        let sandbox = Sandbox::start(SandboxConfig { faults, ..SandboxConfig::default() }).await.unwrap();
        let client = crate::test_client();
        for url in [sandbox.drift_url(), sandbox.google_url()] {
            let statuses = [(); 2].map(|()| client.get(format!("{url}/contacts")).send());
            let mut got = Vec::new();
            for sent in statuses {
                got.push(sent.await.unwrap().status().as_u16());
            }
            assert!(got.first() != Some(&500) && got.last() == Some(&500), "{got:?}");
        }
    }
}
