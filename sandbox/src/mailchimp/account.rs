//! The handle of one simulated account: shared state, and how it is served.
//!
//! Everything behind one lock, which is never held while somebody waits.

use super::audience::{Audience, Now};
use super::batches::{self, Batches};
use super::hooks::{Courier, Hooks, TICK_MS};
use super::oauth::Oauth;
use super::settings::{Deliveries, Settings};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::{Running, Shell, serve};
use crate::traffic::Traffic;
use axum::Router;
use serde::Serialize;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// A simulated Mailchimp account with one audience. Clones are the same account.
#[derive(Clone)]
pub struct Account(Arc<Inner>);

impl fmt::Debug for Account {
    /// Says how much there is, never what: it may end up in a log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Account").field(&self.counts()).finish()
    }
}

struct Inner {
    state: Mutex<State>,
    clock: Clock,
    faults: Faults,
    traffic: Traffic,
    courier: Option<Courier>,
    connections: AtomicUsize,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) audience: Audience,
    pub(super) oauth: Oauth,
    pub(super) batches: Batches,
    /// How often the vendor said that it is asked too much.
    pub(super) throttled: u64,
}

/// What a client needs to get in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// For HTTP Basic, with any user name. It ends in the data centre.
    pub api_key: String,
    /// For `Authorization: Bearer`. It does not run out.
    pub access_token: String,
    /// The OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The audience.
    pub audience_id: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("audience_id", &self.audience_id).finish_non_exhaustive()
    }
}

impl Account {
    /// An account whose audience has no members.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, faults: Faults) -> Self {
        let state = State {
            audience: Audience::new(settings.seed, clock.now_ms()),
            oauth: Oauth::new(&settings),
            batches: Batches::new(settings.seed),
            throttled: 0,
            settings,
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            clock,
            faults,
            traffic: Traffic::default(),
            courier: Courier::new(),
            connections: AtomicUsize::new(0),
        }))
    }

    /// The routes, without faults and without a log of calls: for a router of one's own.
    pub fn router(&self) -> Router {
        super::http::router(self.clone())
    }

    /// Serves the account on this loopback port; 0 takes any. The API is below `/3.0`.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn serve(&self, port: u16) -> std::io::Result<Running> {
        let shell = Shell {
            vendor: Arc::new(super::vendor::Mailchimp(self.clone())),
            faults: self.0.faults.clone(),
            traffic: self.0.traffic.clone(),
            clock: self.0.clock.clone(),
        };
        let running = serve(self.router(), port, shell).await?;
        tokio::spawn(deliver_for_ever(Arc::downgrade(&self.0)));
        Ok(running)
    }

    /// What a client needs to get in.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        let state = self.lock();
        Credentials {
            api_key: state.oauth.api_key(),
            access_token: state.oauth.first_token(),
            client_id: state.settings.client_id.clone(),
            client_secret: state.settings.client_secret.clone(),
            audience_id: state.audience.id.clone(),
        }
    }

    /// The time it lives by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// What was asked.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// How it behaves.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// Changes how it behaves. The seed, the data centre and the client are those of its creation.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().settings);
    }

    /// Does something with the state, at this moment; what was due before is done before.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State, &Now) -> T) -> T {
        let mut state = self.lock();
        let now = Now {
            ms: self.0.clock.now_ms(),
            lag_ms: self.0.faults.lag_ms().max(state.settings.lag_ms),
            reshape: self.0.faults.normalise(),
        };
        batches::work(&mut state, &now);
        state.audience.listing.settle(now.ms);
        act(&mut state, &now)
    }

    pub(super) fn with_hooks<T>(&self, act: impl FnOnce(&mut Hooks, i64) -> T) -> T {
        let now_ms = self.0.clock.now_ms();
        act(&mut self.lock().audience.hooks, now_ms)
    }

    pub(super) fn courier(&self) -> Option<&Courier> {
        self.0.courier.as_ref()
    }

    /// How many calls are under way.
    pub(super) fn connections(&self) -> &AtomicUsize {
        &self.0.connections
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Delivers webhooks as long as somebody holds the account.
async fn deliver_for_ever(account: Weak<Inner>) {
    loop {
        tokio::time::sleep(Duration::from_millis(TICK_MS)).await;
        let Some(account) = account.upgrade().map(Account) else { return };
        if account.settings().deliveries == Deliveries::Automatic {
            account.deliver().await;
        }
    }
}
