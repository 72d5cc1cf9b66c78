//! The handle of one simulated org: shared state, and how it is served.
//!
//! Everything behind one lock, which is never held while somebody waits: each call is answered at once, and
//! so is a transaction of its own.

use super::cursors::Cursors;
use super::id::RowId;
use super::oauth::Oauth;
use super::quota::Quota;
use super::schema::{Object, ObjectType, Schema};
use super::settings::Settings;
use super::store::{Act, Store, fields};
use super::write;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::serve::{Running, Shell, serve};
use crate::traffic::Traffic;
use axum::Router;
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A simulated Salesforce org. Clones are the same org.
#[derive(Clone)]
pub struct Org(Arc<Inner>);

impl fmt::Debug for Org {
    /// Says how much there is, never what: it may end up in a log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Org").field(&self.counts()).finish()
    }
}

struct Inner {
    state: Mutex<State>,
    clock: Clock,
    faults: Faults,
    traffic: Traffic,
}

/// What the lock guards.
pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) schema: Schema,
    pub(super) store: Store,
    pub(super) oauth: Oauth,
    pub(super) quota: Quota,
    pub(super) cursors: Cursors,
    /// Bulk jobs and whatever else writing needs.
    pub(super) write: write::State,
    /// When the schema last changed, in seconds since 1970.
    pub(super) schema_s: i64,
    /// How many answers had their rows put into another order.
    pub(super) shuffled: u64,
    pub(super) actors: Actors,
    pub(super) credentials: Credentials,
}

/// The rows that every org has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Actors {
    pub(super) organization: RowId,
    /// Whom clients act for.
    pub(super) client: RowId,
    /// Who sits at the screen.
    pub(super) person: RowId,
    /// Whom assignment rules give leads to.
    pub(super) queue: RowId,
}

/// What a client needs to get in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The app's consumer key.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Valid for [`Settings::session_seconds`] after it was last used.
    pub access_token: String,
    /// Gives new access tokens at `/services/oauth2/token`.
    pub refresh_token: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl Org {
    /// An org without contacts and leads.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock, faults: Faults) -> Self {
        let now_ms = clock.now_ms();
        let schema = Schema::of(&settings);
        let mut store = Store::new(&schema);
        let actors = Actors::install(&mut store, &settings, now_ms);
        let mut oauth = Oauth::new(&settings, &actors);
        let (access_token, refresh_token) = oauth.issue(&settings, now_ms);
        let credentials = Credentials {
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            access_token,
            refresh_token,
        };
        let state = State {
            schema,
            store,
            oauth,
            quota: Quota::default(),
            cursors: Cursors::default(),
            write: write::State::default(),
            schema_s: now_ms.div_euclid(1_000),
            shuffled: 0,
            actors,
            credentials,
            settings,
        };
        Self(Arc::new(Inner { state: Mutex::new(state), clock, faults, traffic: Traffic::default() }))
    }

    /// The routes, without faults and without a log of calls: for a router of one's own.
    pub fn router(&self) -> Router {
        super::http::router(self.clone())
    }

    /// Serves the org on this loopback port; 0 takes any.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn serve(&self, port: u16) -> std::io::Result<Running> {
        let shell = Shell {
            vendor: Arc::new(super::vendor::Salesforce(self.clone())),
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

    /// Changes how it behaves. The seed and the names are those of its creation.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        let now_ms = self.0.clock.now_ms();
        let mut state = self.lock();
        let state = &mut *state;
        change(&mut state.settings);
        state.schema = Schema::of(&state.settings);
        state.schema_s = now_ms.div_euclid(1_000);
        state.store.set_schema(&state.schema);
    }

    /// Does something with the state, as a client's call does it.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State, &Act) -> T) -> T {
        let mut state = self.lock();
        let now_ms = self.0.clock.now_ms();
        state.store.settle(now_ms);
        state.store.set_reshapes(self.0.faults.normalise());
        let client = Act { now_ms, by: state.actors.client, late_ms: 0 };
        // Bulk jobs go on by themselves: who looks finds what is due.
        write::settle(&mut state, &client);
        act(&mut state, &client)
    }

    /// The same as a person at the screen does it, whose transactions may commit late.
    pub(super) fn by_hand<T>(&self, act: impl FnOnce(&mut State, &Act) -> T) -> T {
        let late = i64::try_from(self.0.faults.lag_ms()).unwrap_or(i64::MAX);
        self.with(|state, now| {
            let late_ms = late.max(i64::try_from(state.settings.late_commit_ms).unwrap_or(i64::MAX));
            let by = state.actors.person;
            act(state, &Act { by, late_ms, ..*now })
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The description of an object that the user may see, by a name in any case.
    pub(super) fn described(&self, name: &str) -> Option<&ObjectType> {
        self.schema.named(name)
    }
}

impl Actors {
    fn install(store: &mut Store, settings: &Settings, now_ms: i64) -> Self {
        // The first user has made itself: there is nobody before it.
        let first = RowId::numbered(Object::User.prefix(), *b"5e", 1);
        let act = Act { now_ms, by: first, late_ms: 0 };
        let mut user = |username: &str, given: &str, family: &str| {
            let values = [
                ("Username", json!(username)),
                ("FirstName", json!(given)),
                ("LastName", json!(family)),
                ("Email", json!(username)),
                ("IsActive", json!(true)),
                ("TimeZoneSidKey", json!("Europe/Amsterdam")),
                ("LanguageLocaleKey", json!("en_US")),
            ];
            store.insert(Object::User, fields(values), &act)
        };
        let client = user(&settings.username, "Integration", "User");
        let person = user("sam.sales@mail.example", "Sam", "Sales");
        let queue = user("lee.leads@mail.example", "Lee", "Leads");
        let values = [
            ("Name", json!(settings.organization)),
            ("OrganizationType", json!("Developer Edition")),
            ("InstanceName", json!("SBX1")),
            ("IsSandbox", json!(false)),
            ("TimeZoneSidKey", json!("Europe/Amsterdam")),
            ("LanguageLocaleKey", json!("en_US")),
        ];
        let organization = store.insert(Object::Organization, fields(values), &act);
        Self { organization, client, person, queue }
    }
}
