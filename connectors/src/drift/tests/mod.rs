//! The connector against the simulator, which is as strict as Drift's documents, and against answers that no
//! simulator gives.

mod conformance;
mod discovery;
mod harness;
mod hostile;
mod scripted;
mod writing;

use super::Drift;
use super::config::{DriftConfig, TagStore};
use crate::auth::{Credentials, TokenOptions};
use crate::contract::{Change, Connector, From, Next, Observation};
use crate::http::{Rate, RetryPolicy};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, ContactId, Cursor, FieldName, OpKey};
use syntony_core::op::{Mailing, Outcome, Write};
use syntony_core::record::{Fields, Record};
use syntony_core::value::Value;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::drift::{LegacyTags, Settings, Workspace};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::serve::Running;
use url::Url;

/// A listing of a test workspace that has more pages does not end.
const MAX_PAGES: usize = 1_000;
/// An attribute that the tests' workspaces do not list.
const COLOUR: &str = "favourite_colour";

/// A workspace that is served, and a connector to it.
struct World {
    workspace: Workspace,
    clock: Clock,
    drift: Drift,
    _served: Running,
}

/// A configuration for tests: the same as ever, without the waits.
fn config(base_url: &str, token: &str) -> DriftConfig {
    let mut config = DriftConfig::new(AppName::new("chat"), Credentials::Token(token.into())).unwrap();
    config.base_url = Url::parse(base_url).unwrap();
    config.tokens = TokenOptions { retry: RetryPolicy::impatient(), ..TokenOptions::default() };
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    config.rate = Rate::per_second(NonZeroU32::new(100_000).unwrap());
    config.extra_fields = vec![COLOUR.into()];
    config
}

impl World {
    async fn new(settings: impl FnOnce(&mut Settings), change: impl FnOnce(&mut DriftConfig)) -> Self {
        let mut set = Settings { legacy_tags: LegacyTags::On, ..Settings::default() };
        settings(&mut set);
        let token = set.private_token.clone();
        let clock = Clock::fixed();
        let workspace = Workspace::new(set, clock.clone(), Faults::none());
        let served = workspace.serve(0).await.unwrap();
        let mut config = config(&served.base_url, &token);
        change(&mut config);
        Self { workspace, clock, drift: Drift::new(config).unwrap(), _served: served }
    }

    async fn usual() -> Self {
        Self::new(|_| {}, |_| {}).await
    }

    /// Somebody gives an address in the chat; a second passes first.
    fn chat(&self, email: &str, attributes: &[(&str, Json)]) -> ContactId {
        self.clock.advance(Duration::from_secs(1));
        id(self.workspace.identify(email, attributes))
    }

    /// All of a listing, its cursor, and the number of its pages.
    async fn list(&self, from: From) -> (Vec<Change>, Cursor, usize) {
        let (mut changes, mut from) = (Vec::new(), from);
        for pages in 1..=MAX_PAGES {
            let page = self.drift.changes(&from).await.unwrap();
            changes.extend(page.changes);
            match page.next {
                Next::Page(token) => from = From::Page(token),
                Next::End { cursor, .. } => return (changes, cursor, pages),
            }
        }
        panic!("the listing does not end");
    }

    async fn record(&self, id: &ContactId) -> Record {
        let fetched = self.drift.fetch(std::slice::from_ref(id)).await.unwrap();
        match &fetched[0].found {
            crate::contract::Found::Live { record, .. } => (**record).clone(),
            other => panic!("{other:?}"),
        }
    }

    async fn write(&self, write: Write) -> Outcome {
        self.drift.write(vec![(OpKey::from("op"), write)]).await.unwrap().remove(0).1
    }

    /// An update on the contact as it is now.
    async fn update(&self, id: &ContactId, fields: &[(&str, Value)]) -> Outcome {
        let seen = Box::new(self.record(id).await);
        let (add_tags, remove_tags) = (BTreeSet::new(), BTreeSet::new());
        self.write(Write::Update { id: id.clone(), fields: named(fields), add_tags, remove_tags, seen }).await
    }

    async fn retag(&self, id: &ContactId, add: &[&str], remove: &[&str]) -> Outcome {
        let seen = Box::new(self.record(id).await);
        let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).into()).collect();
        let (add_tags, remove_tags) = (set(add), set(remove));
        self.write(Write::Update { id: id.clone(), fields: Fields::new(), add_tags, remove_tags, seen }).await
    }

    fn attribute(&self, id: &ContactId, name: &str) -> Json {
        self.workspace.contact(number(id)).unwrap()["attributes"][name].clone()
    }

    /// Calls so far, by route.
    fn calls(&self, route: &str) -> u64 {
        self.workspace.traffic().counts().get(route).copied().unwrap_or(0)
    }
}

fn id(number: i64) -> ContactId {
    ContactId::new(number.to_string())
}

fn number(id: &ContactId) -> i64 {
    id.as_str().parse().unwrap()
}

fn named(fields: &[(&str, Value)]) -> Fields {
    fields.iter().map(|(name, value)| (FieldName::from(*name), value.clone())).collect()
}

fn create(fields: &[(&str, Value)], tags: &[&str]) -> Write {
    Write::Create {
        fields: named(fields),
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        mailing: Mailing::Allowed,
    }
}

fn ids(changes: &[Change]) -> BTreeSet<ContactId> {
    changes.iter().map(|change| change.id.clone()).collect()
}

/// An outcome as short text.
fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied { .. } => "applied".to_owned(),
        Outcome::Stale => "stale".to_owned(),
        Outcome::Rejected(rejection) => {
            let field = rejection.field.as_ref().map(|field| format!(" ({field})")).unwrap_or_default();
            format!("rejected{field}: {}", rejection.reason)
        }
        Outcome::Deferred(reason) => format!("deferred: {reason}"),
        Outcome::Unknown => "unknown".to_owned(),
    }
}

fn record_of(outcome: &Outcome) -> &Record {
    match outcome {
        Outcome::Applied { record, .. } => record,
        other => panic!("{}", brief(other)),
    }
}

fn live(change: &Change) -> &Record {
    match &change.what {
        Observation::Live(record) => record,
        other => panic!("{other:?}"),
    }
}

fn attribute_tags(config: &mut DriftConfig) {
    config.tags = TagStore::Attribute("sync_tags".into());
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn array(items: &[Json]) -> Json {
    json!({ "data": items })
}
