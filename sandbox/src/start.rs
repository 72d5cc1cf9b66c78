//! All simulators at once, each on its own port, filled with one cast of people.

use crate::clock::Clock;
use crate::faults::Faults;
use crate::people::cast;
use crate::serve::Running;
use crate::{drift, google};
use serde::Serialize;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Decides who the people are and every other choice.
    pub seed: u64,
    /// How many people there are over both apps.
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
        }
    }
}

/// Simulators that serve until this is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    /// The Drift workspace.
    pub drift: drift::Workspace,
    /// The Google account.
    pub google: google::Account,
    seed: u64,
    drift_running: Running,
    google_running: Running,
}

impl Sandbox {
    /// Fills the simulators and starts to serve.
    ///
    /// # Errors
    /// If a port cannot be had.
    pub async fn start(config: SandboxConfig) -> std::io::Result<Self> {
        let SandboxConfig { seed, contacts, first_port, faults, clock, drift, google } = config;
        let google = google::Settings { seed, ..google };
        let drift = drift::Workspace::new(drift, clock.clone(), faults.fresh_copy());
        let google = google::Account::new(google, clock, faults.fresh_copy());
        let cast = cast(seed, contacts);
        drift.seed(&cast.chat);
        google.seed(&cast.book);
        let second_port = if first_port == 0 { 0 } else { first_port.saturating_add(1) };
        let drift_running = drift.serve(first_port).await?;
        let google_running = google.serve(second_port).await?;
        Ok(Self { drift, google, seed, drift_running, google_running })
    }

    /// Drift's base URL, without the API's version path and without a slash at the end.
    #[must_use]
    pub fn drift_url(&self) -> &str {
        &self.drift_running.base_url
    }

    /// Google's base URL: the People API and OAuth are on the same port.
    #[must_use]
    pub fn google_url(&self) -> &str {
        &self.google_running.base_url
    }

    /// Where everything is and how to get in.
    #[must_use]
    pub fn description(&self) -> Description {
        let google_url = self.google_url();
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
        }
    }

    /// Stops serving and returns when the ports are free.
    pub async fn stop(self) {
        self.drift_running.stop().await;
        self.google_running.stop().await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_app_serves_on_its_own_port_and_the_description_opens_both() {
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
        assert_ne!(sandbox.drift_url(), sandbox.google_url());
        sandbox.stop().await;
    }

    #[tokio::test]
    async fn the_same_seed_is_the_same_sandbox() {
        let dump = async || {
            let config =
                SandboxConfig { seed: 9, contacts: 50, clock: Clock::fixed(), ..SandboxConfig::default() };
            let sandbox = Sandbox::start(config).await.unwrap();
            (sandbox.drift.dump(), sandbox.google.dump(), sandbox.google.credentials())
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
