//! Sending deliveries out, and asking an address whether it is there.

use super::{Delivery, Hooks};
use crate::mailchimp::account::Account;
use reqwest::{Client, redirect};
use std::time::Duration;
use url::Url;

/// How long a receiver may take for its answer.
const TIMEOUT_SECONDS: u64 = 10;
/// How often a served account looks for something to deliver, in milliseconds.
pub(in crate::mailchimp) const TICK_MS: u64 = 50;

/// Carries deliveries.
#[derive(Clone, Debug)]
pub(in crate::mailchimp) struct Courier(Client);

impl Courier {
    /// `None` where no client can be made.
    pub(in crate::mailchimp) fn new() -> Option<Self> {
        // The client wants a provider even though it never speaks TLS; a second installation is refused,
        // which is fine.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            // For the same reason it needs no trust store, and reading one takes a while.
            .tls_certs_only(Vec::new())
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(TIMEOUT_SECONDS))
            .user_agent("MailChimp")
            .build();
        client.ok().map(Self)
    }

    /// Whether a GET of this address is answered with 200, as Mailchimp asks before it takes it.
    pub(in crate::mailchimp) async fn is_there(&self, url: &Url) -> bool {
        matches!(self.0.get(url.clone()).send().await, Ok(answer) if answer.status() == 200)
    }

    async fn carry(&self, delivery: &Delivery) -> bool {
        let request = self.0.post(delivery.url.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let sent = request.body(delivery.body.clone()).send().await;
        matches!(sent, Ok(answer) if answer.status().is_success())
    }
}

impl Account {
    /// Sends out every webhook message that is due. Gives how many arrived.
    pub async fn deliver(&self) -> usize {
        let Some(courier) = self.courier() else { return 0 };
        let due = self.with_hooks(Hooks::take_due);
        let mut arrived = 0;
        for delivery in due {
            if courier.carry(&delivery).await {
                arrived += 1;
            } else {
                self.with_hooks(|hooks, now_ms| hooks.retry(delivery, now_ms));
            }
        }
        arrived
    }
}
