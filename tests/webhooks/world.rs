//! Drift as its simulator, an address book in memory, the receiver on a port of its own, and an engine that runs when it is told.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use syntony::daemon::webhooks::{Doors, Hooks, Limits, Nudges, nudges, router};
use syntony::report::{ConnectionReport, Status};
use syntony::run::{App, Db, Mode, Permission, Run, StopFlag, SystemClock, Unwatched};
use syntony_connectors::auth::Credentials;
use syntony_connectors::contract::Connector;
use syntony_connectors::drift::{self, Drift, DriftConfig};
use syntony_connectors::http::Rate;
use syntony_connectors::memory::{self, Traits};
use syntony_core::ids::{AppName, ConnectionName, ContactId, RunId, Tag};
use syntony_core::policy::{Duplicates, GuardLimits, Mark, OnClear, Policy, Rule, Winner};
use syntony_core::schema::{FieldSpec, Kind, Schema};
use syntony_core::side::{Side, Sides};
use syntony_mappings::compile::{self, Context};
use syntony_sandbox::clock::Clock;
use syntony_sandbox::drift::{Event, Settings, Workspace};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::luck::{Fortune, Luck};
use syntony_sandbox::serve::Running;
use syntony_state::Store;
use url::Url;

pub(crate) const CHAT: &str = "chat";
pub(crate) const TAG: &str = "PieSync Unsubscribes";
const NAME: &str = "chat-book";
/// Faster than any test calls.
const CALLS_PER_SECOND: u32 = 10_000;

/// Limits that no test meets by accident.
pub(crate) fn wide() -> Limits {
    let many = NonZeroU32::new(1_000_000).unwrap();
    Limits { peer_per_second: many, peer_burst: many, app_per_second: many, app_burst: many }
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) chat: Workspace,
    pub(crate) book: memory::App,
    pub(crate) db: Arc<Db>,
    pub(crate) nudges: Nudges,
    /// Where Drift sends its webhooks.
    pub(crate) url: Url,
    apps: Sides<App>,
    policy: Policy,
    runs: u64,
    /// The number of the last event that was sent.
    sent: u64,
    luck: Luck<Event>,
    _serving: Running,
}

impl World {
    pub(crate) async fn new(fortune: Fortune, seed: u64) -> Self {
        let chat = Workspace::new(Settings::default(), Clock::machine(), Faults::none());
        let serving = chat.serve(0).await.unwrap();
        let connector = Arc::new(Drift::new(drift_config(&chat, &serving.base_url)).unwrap());
        let book = memory::App::new("book", Traits { schema: book_schema(), ..Traits::address_book() }, seed);
        let app = |name: &str, vendor: &str, connector: Arc<dyn Connector>| App {
            name: name.into(),
            vendor: vendor.to_owned(),
            connector,
            credentials: "a token".to_owned(),
        };
        let schema = connector.schema().await.unwrap();
        let apps = Sides::new(
            app("book", "google_contacts", Arc::new(book.connector())),
            app(CHAT, "drift", connector),
        );
        let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
        let (nudger, nudges) = nudges();
        let token = chat.settings().webhook_token;
        let doors = Doors::default().with_drift(CHAT.into(), token.into());
        let hooks = Hooks::new(doors, Arc::clone(&db), Arc::new(SystemClock), nudger, wide());
        let url = receive(Arc::new(hooks)).await.join("/webhooks/chat").unwrap();
        let (policy, luck) = (policy(&schema), Luck::new(fortune, seed));
        Self { chat, book, db, nudges, url, apps, policy, runs: 0, sent: 0, luck, _serving: serving }
    }

    /// Drift sends what happened since the last time. Says how many messages were refused.
    pub(crate) async fn deliver(&mut self) -> usize {
        let posted = self.chat.post(&self.url, self.sent, &mut self.luck).await;
        self.sent = posted.last;
        posted.refused
    }

    pub(crate) async fn run(&mut self, mode: Mode) -> ConnectionReport {
        self.runs += 1;
        let watcher = |side| vec![(ConnectionName::new(NAME), side)];
        let run = Run {
            id: RunId::new(format!("run-{:04}", self.runs)),
            mode,
            permission: Permission::Given,
            policy: &self.policy,
            policy_text: self.policy.fingerprint(),
            wanted: &self.policy.mappings.iter().map(|mapping| mapping.key.clone()).collect(),
            apps: &self.apps,
            watchers: &Sides::new(watcher(Side::Left), watcher(Side::Right)),
            db: &self.db,
            clock: &SystemClock,
            stop: &StopFlag::default(),
            progress: &Unwatched,
            only: None,
            op_keys: &AtomicU64::new(0),
        };
        self.db.with(|store| store.begin_run(&run.id, mode.as_str(), 0)).unwrap();
        let report = run.run().await.report;
        assert_ne!(report.status, Status::Stopped, "{report:#?}");
        report
    }

    /// How many letters wait.
    pub(crate) fn waiting(&self) -> u64 {
        self.db.with(|store| store.letter_count(&AppName::new(CHAT))).unwrap()
    }

    /// The address book, a line for each contact: what it holds and its tags, by address.
    pub(crate) fn book_lines(&self) -> Vec<String> {
        let line = |record: syntony_core::record::Record| {
            let field = |name: &str| {
                record.fields.get(name).map(|value| value.to_plain().to_string()).unwrap_or_default()
            };
            let tags: Vec<String> = record.tags.iter().flatten().map(ToString::to_string).collect();
            format!(
                "{} {} {} {tags:?}",
                field("emailAddresses"),
                field("names.givenName"),
                field("phoneNumbers")
            )
        };
        let mut lines: Vec<String> = self.book.dump().into_values().map(line).collect();
        lines.sort();
        lines
    }

    /// The contact in the address book with this address.
    pub(crate) fn in_book(&self, address: &str) -> Option<ContactId> {
        let holds = |record: &syntony_core::record::Record| {
            record
                .fields
                .get("emailAddresses")
                .is_some_and(|value| value.to_plain().to_string().contains(address))
        };
        self.book.dump().into_iter().find(|(_, record)| holds(record)).map(|(id, _)| id)
    }
}

/// Serves the receiver on a port of its own; gives its address.
pub(crate) async fn receive(hooks: Arc<Hooks>) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router(hooks).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Url::parse(&format!("http://{address}")).unwrap()
}

fn drift_config(chat: &Workspace, base_url: &str) -> DriftConfig {
    let token = chat.settings().private_token;
    let mut config = DriftConfig::new(CHAT.into(), Credentials::Token(token.into())).unwrap();
    config.base_url = Url::parse(base_url).unwrap();
    config.rate = Rate::per_second(NonZeroU32::new(CALLS_PER_SECOND).unwrap());
    config.opt_outs = drift::config::OptOuts::ByWebhook;
    // A poll is to see nothing that a webhook has to tell.
    config.overlap_seconds = 0;
    config.retry.min_delay = Duration::from_millis(1);
    config
}

fn book_schema() -> Schema {
    let text = |name: &str| FieldSpec::new(name, Kind::Text);
    Schema::new(vec![
        text("names.givenName"),
        text("names.familyName"),
        FieldSpec::new("emailAddresses", Kind::Email).many(),
        FieldSpec::new("phoneNumbers", Kind::Phone).many(),
    ])
}

fn policy(chat: &Schema) -> Policy {
    let vendors = Sides::new("google_contacts", "drift");
    let mappings = compile::defaults(vendors, Sides::new(&book_schema(), chat), &Context::default());
    let everybody = |from: Side| Rule {
        key: format!("everybody {from:?}").into(),
        from,
        when: Vec::new(),
        then: Vec::new(),
    };
    Policy {
        connection: NAME.into(),
        apps: Sides::new("book".into(), CHAT.into()),
        writable: Sides::new(true, true),
        taggable: Sides::new(true, true),
        winner: Winner::Side(Side::Right),
        on_clear: OnClear::Propagate,
        avoid_duplicates: true,
        duplicates: Duplicates::Hold,
        mappings: mappings.iter().map(compile::Compiled::mapping).collect(),
        rules: vec![everybody(Side::Left), everybody(Side::Right)],
        deletions: None,
        unsubscribes: Some(Mark { from: Side::Right, tag: Tag::new(TAG) }),
        placeholders: Sides::default(),
        guard: GuardLimits::default(),
    }
}
