//! The handle of one simulated account: shared state, and how it is served.
//!
//! Everything behind one lock, which is never held while somebody waits.

use super::book::{Book, Now};
use super::listing::Manner;
use super::oauth::{Oauth, Scopes};
use super::quota::Quota;
use super::settings::Settings;
use super::tidy::Habits;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::{Running, Shell, serve};
use crate::traffic::Traffic;
use axum::Router;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A simulated Google account with its contacts. Clones are the same account.
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
    mutating: AtomicBool,
}

/// What the lock guards.
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) book: Book,
    pub(super) oauth: Oauth,
    pub(super) quota: Quota,
    /// Counted up to expire every sync token there is.
    pub(super) generation: u32,
    /// How many answers had their items put into another order.
    pub(super) shuffled: usize,
    pub(super) credentials: Credentials,
}

/// What a client needs to get in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Valid for [`Settings::access_token_seconds`] from the account's creation.
    pub access_token: String,
    /// Gives new access tokens at `/token`.
    pub refresh_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Account {
    /// An account without contacts.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, faults: Faults) -> Self {
        let mut oauth = Oauth::new(settings.seed);
        let scopes: Scopes = settings.grants.iter().cloned().collect();
        let (access_token, refresh_token) = oauth.issue(scopes, &settings, clock.now_ms());
        let credentials = Credentials {
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            access_token,
            refresh_token,
        };
        let state = State {
            book: Book::new(settings.seed, settings.max_contacts),
            quota: Quota::new(settings.limits),
            oauth,
            generation: 0,
            shuffled: 0,
            credentials,
            settings,
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            clock,
            faults,
            traffic: Traffic::default(),
            mutating: AtomicBool::new(false),
        }))
    }

    /// The routes, without faults and without a log of calls: for a router of one's own.
    pub fn router(&self) -> Router {
        super::http::router(self.clone())
    }

    /// Serves the account on this loopback port; 0 takes any.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn serve(&self, port: u16) -> std::io::Result<Running> {
        let shell = Shell {
            vendor: Arc::new(super::vendor::Google(self.clone())),
            faults: self.0.faults.clone(),
            traffic: self.0.traffic.clone(),
            clock: self.0.clock.clone(),
        };
        serve(self.router(), port, shell).await
    }

    /// What a client needs to get in.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        self.lock().credentials.clone()
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

    /// Changes how it behaves. The seed and the client are those of its creation.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        let mut state = self.lock();
        change(&mut state.settings);
        let (limits, most) = (state.settings.limits, state.settings.max_contacts);
        state.quota.set_limits(limits);
        state.book.set_max_contacts(most);
    }

    /// Does something with the state, at this moment.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State, &Now) -> T) -> T {
        let mut state = self.lock();
        let now = Now {
            ms: self.0.clock.now_ms(),
            lag_ms: self.0.faults.lag_ms().max(state.settings.lag_ms),
            habits: Habits { home: state.settings.home, reshape: self.0.faults.normalise() },
        };
        act(&mut state, &now)
    }

    pub(super) fn with_oauth<T>(&self, act: impl FnOnce(&mut Oauth, i64) -> T) -> T {
        self.with(|state, now| act(&mut state.oauth, now.ms))
    }

    /// Whether a mutation is running.
    pub(super) fn mutating(&self) -> &AtomicBool {
        &self.0.mutating
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What its listings go by.
    pub(super) fn manner(&self) -> Manner {
        Manner { generation: self.generation, max_page_contacts: self.settings.max_page_contacts }
    }

    /// `people/me`: a profile, and no contact.
    pub(super) fn me(&self) -> Json {
        let hash = blake3::hash(self.settings.email.as_bytes());
        let digits: String =
            hash.as_bytes().iter().take(20).map(|byte| char::from(b'0' + byte % 10)).collect();
        let id = format!("1{digits}");
        let source = json!({ "type": "PROFILE", "id": id });
        json!({
            "resourceName": format!("people/{id}"),
            "etag": "%EgMBNy4aBAECBQc=",
            "metadata": {
                "objectType": "PERSON",
                "sources": [{ "type": "PROFILE", "id": id, "etag": "#sandbox=",
                    "profileMetadata": { "objectType": "PERSON", "userTypes": ["GOOGLE_USER"] } }],
            },
            "names": [{ "metadata": { "primary": true, "source": source }, "displayName": "Sandbox User",
                "givenName": "Sandbox", "familyName": "User" }],
            "emailAddresses": [{ "metadata": { "primary": true, "verified": true, "source": source },
                "value": self.settings.email }],
        })
    }
}
