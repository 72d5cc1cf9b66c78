//! Sending deliveries out, and asking an address whether it is there.

use super::{Delivery, Hooks};
use crate::courier;
use crate::luck::{Fortune, Luck};
use crate::mailchimp::account::Account;
use reqwest::Client;
use url::Url;

/// How often a served account looks for something to deliver, in milliseconds.
pub(in crate::mailchimp) const TICK_MS: u64 = 50;

/// Carries deliveries.
#[derive(Clone, Debug)]
pub(in crate::mailchimp) struct Courier(Client);

impl Courier {
    /// `None` where no client can be made.
    pub(in crate::mailchimp) fn new() -> Option<Self> {
        courier::client("MailChimp").map(Self)
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
        self.deliver_by(&mut Luck::new(Fortune::default(), 0)).await
    }

    /// The same, on a day of this luck: messages may be lost on their way, come twice, late or in another order. Mailchimp documents
    /// no order.
    pub async fn deliver_by(&self, luck: &mut Luck<Delivery>) -> usize {
        let Some(courier) = self.courier() else { return 0 };
        let due = self.with_hooks(Hooks::take_due);
        let mut arrived = 0;
        for delivery in luck.deal(due) {
            if courier.carry(&delivery).await {
                arrived += 1;
            } else {
                self.with_hooks(|hooks, now_ms| hooks.retry(delivery, now_ms));
            }
        }
        arrived
    }
}
