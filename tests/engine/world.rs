//! Two vendors in memory, an engine with a database in memory, and people who edit in between.
//!
//! The left app is shaped like Google Contacts (lists everything, tombstones, markers), the right one
//! like Drift (discovered, one field each), so that the real mappings are at work.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)] // a test's helper; each file uses its part

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use syntony::report::ConnectionReport;
use syntony::run::{App, Clock, Db, Mode, Permission, Ran, Run, StopFlag, Unwatched};
use syntony_connectors::contract::{Connector as _, Listing};
use syntony_connectors::memory::{self, Traits};
use syntony_core::ids::{ConnectionName, ContactId, RunId, Tag};
use syntony_core::policy::{Duplicates, GuardLimits, Mark, OnClear, Policy, Rule, Winner};
use syntony_core::record::Fields;
use syntony_core::schema::{FieldSpec, Kind, Schema, Years};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_mappings::compile::{self, Context};
use syntony_state::Store;

/// Runs of one world are told apart by number, so that a seed gives the same keys every time.
pub(crate) struct World {
    pub(crate) google: memory::App,
    pub(crate) drift: memory::App,
    pub(crate) db: Db,
    pub(crate) policy: Policy,
    /// Whose field names the two apps use.
    pub(crate) vendors: Sides<&'static str>,
    pub(crate) runs: u64,
    /// With a plan to be carried out.
    pub(crate) only: Option<std::collections::BTreeSet<String>>,
    /// What the apps' credentials look like.
    pub(crate) credentials: String,
    /// Whether somebody asked the runs to end.
    pub(crate) stop: Arc<StopFlag>,
    start: tokio::time::Instant,
}

/// Google's fields, as its connector gives them.
pub(crate) fn google_schema() -> Schema {
    let text = |name: &str| FieldSpec::new(name, Kind::Text);
    Schema::new(vec![
        text("names.honorificPrefix"),
        text("names.givenName"),
        text("names.middleName"),
        text("names.familyName"),
        text("names.honorificSuffix"),
        FieldSpec::new("emailAddresses", Kind::Email).many(),
        FieldSpec::new("phoneNumbers", Kind::Phone).many(),
        FieldSpec::new("urls", Kind::Url).many(),
        text("organizations.name"),
        text("organizations.title").max_length_chars(1024),
        text("biographies"),
        FieldSpec::new("birthdays", Kind::Date).years(Years::Optional),
    ])
    .open("userDefined.")
}

/// Drift's fields: its own and two custom attributes.
pub(crate) fn drift_schema() -> Schema {
    Schema::new(vec![
        FieldSpec::new("email", Kind::Email).required(),
        FieldSpec::new("name", Kind::Text),
        FieldSpec::new("phone", Kind::Phone),
        FieldSpec::new("company", Kind::Text),
        FieldSpec::new("title", Kind::Text).max_length_chars(40),
        FieldSpec::new("cql_score", Kind::Number),
    ])
    .open("")
}

pub(crate) fn google_traits() -> Traits {
    Traits { schema: google_schema(), page_contacts: 7, ..Traits::address_book() }
}

pub(crate) fn drift_traits() -> Traits {
    Traits { schema: drift_schema(), forms: Default::default(), ..Traits::chat() }
}

pub(crate) fn policy() -> Policy {
    let vendors = Sides::new("google_contacts", "drift");
    let (google, drift) = (google_schema(), drift_schema());
    let mappings = compile::defaults(vendors, Sides::new(&google, &drift), &Context::default());
    let everybody = |from: Side| Rule {
        key: format!("everybody on the {from:?}").into(),
        from,
        when: Vec::new(),
        then: Vec::new(),
    };
    Policy {
        connection: "chat-google".into(),
        apps: Sides::new("google".into(), "chat".into()),
        writable: Sides::new(true, true),
        taggable: Sides::new(true, true),
        winner: Winner::Side(Side::Left),
        on_clear: OnClear::Propagate,
        avoid_duplicates: true,
        duplicates: Duplicates::Hold,
        mappings: mappings.iter().map(compile::Compiled::mapping).collect(),
        rules: vec![everybody(Side::Left), everybody(Side::Right)],
        deletions: Some(Mark { from: Side::Left, tag: Tag::new("PieSync Trash") }),
        unsubscribes: None,
        placeholders: Sides::default(),
        guard: GuardLimits::default(),
    }
}

struct SimClock(tokio::time::Instant);

impl Clock for SimClock {
    fn now_ms(&self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

impl World {
    pub(crate) fn new(google: Traits, drift: Traits, seed: u64) -> Self {
        Self {
            google: memory::App::new("google", google, seed),
            drift: memory::App::new("chat", drift, seed ^ 0x5eed),
            db: Db::new(Store::open_in_memory().unwrap()),
            policy: policy(),
            vendors: Sides::new("google_contacts", "drift"),
            runs: 0,
            only: None,
            credentials: "a token".to_owned(),
            stop: Arc::default(),
            start: tokio::time::Instant::now(),
        }
    }

    pub(crate) fn plain() -> Self {
        Self::new(google_traits(), drift_traits(), 1)
    }

    pub(crate) fn apps(&self) -> Sides<App> {
        let app = |app: &memory::App, name: &str, vendor: &str| App {
            name: name.into(),
            vendor: vendor.to_owned(),
            connector: Arc::new(app.connector()),
            credentials: self.credentials.clone(),
        };
        Sides::new(
            app(&self.google, "google", self.vendors.left),
            app(&self.drift, "chat", self.vendors.right),
        )
    }

    pub(crate) async fn run(&mut self, mode: Mode, permission: Permission) -> Ran {
        self.runs += 1;
        let id = RunId::new(format!("run-{:04}", self.runs));
        let clock = SimClock(self.start);
        let begun = self.db.with(|store| store.begin_run(&id, mode.as_str(), clock.now_ms()));
        if let Err(error) = begun {
            let mut ran = Ran::default();
            ran.report.reason = Some(error.to_string());
            return ran;
        }
        let connection: ConnectionName = self.policy.connection.clone();
        let watchers =
            Sides::new(vec![(connection.clone(), Side::Left)], vec![(connection.clone(), Side::Right)]);
        let apps = self.apps();
        let wanted = self.policy.mappings.iter().map(|mapping| mapping.key.clone()).collect();
        let op_keys = AtomicU64::new(0);
        let run = Run {
            id: id.clone(),
            mode,
            permission,
            policy: &self.policy,
            policy_text: self.policy.fingerprint(),
            wanted: &wanted,
            apps: &apps,
            watchers: &watchers,
            db: &self.db,
            clock: &clock,
            stop: &self.stop,
            progress: &Unwatched,
            only: self.only.as_ref(),
            op_keys: &op_keys,
        };
        let ran = run.run().await;
        let report = serde_json::to_value(&ran.report).unwrap();
        let _ = self.db.with(|store| store.end_run(&id, ran.report.status.as_str(), clock.now_ms(), &report));
        ran
    }

    pub(crate) async fn sync(&mut self) -> ConnectionReport {
        self.run(Mode::Sync, Permission::Guarded).await.report
    }

    pub(crate) fn writes(&self) -> usize {
        self.google.write_log().len() + self.drift.write_log().len()
    }

    /// Syncs once more and makes sure that nothing was written.
    pub(crate) async fn assert_quiet(&mut self) -> ConnectionReport {
        let before = self.writes();
        let report = self.sync().await;
        assert_eq!(self.writes(), before, "an idle run wrote: {report:#?}");
        report
    }
}

pub(crate) fn google(name: (&str, &str), emails: &[&str], phones: &[&str], title: &str) -> Fields {
    [
        ("names.givenName".into(), text(name.0)),
        ("names.familyName".into(), text(name.1)),
        ("emailAddresses".into(), Value::texts(emails.iter().copied())),
        ("phoneNumbers".into(), Value::texts(phones.iter().copied())),
        ("organizations.title".into(), text(title)),
    ]
    .into()
}

pub(crate) fn drift(name: &str, email: &str, phone: &str, title: &str) -> Fields {
    [
        ("name".into(), text(name)),
        ("email".into(), text(email)),
        ("phone".into(), text(phone)),
        ("title".into(), text(title)),
    ]
    .into()
}

pub(crate) fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::text(text) }
}

/// One line per contact: id and the named fields in plain JSON, then its tags.
pub(crate) fn lines(app: &memory::App, fields: &[&str]) -> Vec<String> {
    app.dump()
        .into_values()
        .map(|record| {
            let values: Vec<String> = fields
                .iter()
                .map(|field| {
                    record.fields.get(*field).map_or("-".to_owned(), |value| value.to_plain().to_string())
                })
                .collect();
            let tags: Vec<String> = record.tags.iter().flatten().map(|tag| format!(" +{tag}")).collect();
            format!("{}{}", values.join(" "), tags.concat())
        })
        .collect()
}

pub(crate) fn only(app: &memory::App) -> ContactId {
    let dump = app.dump();
    assert_eq!(dump.len(), 1);
    dump.into_keys().next().unwrap()
}

pub(crate) fn listing(traits: Traits, listing: Listing) -> Traits {
    Traits { listing, ..traits }
}

/// The connector of an app, for a look at its capabilities.
pub(crate) fn lag_seconds(app: &memory::App) -> u64 {
    app.connector().capabilities().visibility_lag_seconds
}
