//! What the conformance suite does not ask: Google's own hardships, on the simulator.

use super::super::Google;
use super::super::config::GoogleConfig;
use super::{brief, config};
use crate::auth::{Credentials, RefreshCredentials};
use crate::contract::{Change, Connector, Found, From, Next, Observation};
use crate::error::ConnectorError;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use syntony_core::ids::{ContactId, Cursor, OpKey, Tag};
use syntony_core::op::{Mailing, Outcome, Write};
use syntony_core::record::{Evidence, Fields, Record};
use syntony_core::value::Value;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::{Fault, Faults};
use syntony_sandbox::google::{Account, Settings};
use syntony_sandbox::people::people;
use syntony_sandbox::serve::Running;
use url::Url;

/// How long the simulator's feed and search lag behind, in milliseconds of its own clock.
pub(super) const LAG_MS: u64 = 10_000;

const CREATE: &str = "/v1/people:batchCreateContacts";
const UPDATE: &str = "/v1/people:batchUpdateContacts";
const LIST: &str = "/v1/people/me/connections";

/// A simulated account, and a connector to it.
pub(super) struct World {
    pub(super) account: Account,
    pub(super) google: Google,
    running: Running,
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut GoogleConfig)) -> Self {
        Self::of(Settings::unlimited(), change).await
    }

    async fn of(settings: Settings, change: impl FnOnce(&mut GoogleConfig)) -> Self {
        let faults = Faults::none();
        faults.set_lag_ms(LAG_MS);
        let account = Account::new(settings, Clock::fixed(), faults);
        let running = account.serve(0).await.unwrap();
        let base = Url::parse(&running.base_url).unwrap();
        let mut config = config(base.clone());
        let given = account.credentials();
        config.credentials = Credentials::Refresh(RefreshCredentials {
            token_url: base.join("/token").unwrap(),
            client_id: given.client_id,
            client_secret: given.client_secret.into(),
            refresh_token: Some(given.refresh_token.into()),
        });
        change(&mut config);
        Self { google: Google::new(config).unwrap(), account, running }
    }

    fn settle(&self) {
        self.account.clock().advance(Duration::from_millis(LAG_MS + 1));
    }

    async fn list(&self, from: From) -> Result<(Vec<Change>, Cursor), ConnectorError> {
        let (mut changes, mut from) = (Vec::new(), from);
        loop {
            let page = self.google.changes(&from).await?;
            changes.extend(page.changes);
            match page.next {
                Next::Page(token) => from = From::Page(token),
                Next::End { cursor, .. } => return Ok((changes, cursor)),
            }
        }
    }

    async fn live(&self, id: &str) -> Box<Record> {
        match self.google.fetch(&[id.into()]).await.unwrap().remove(0).found {
            Found::Live { record, .. } => record,
            other => panic!("{id}: {other:?}"),
        }
    }

    /// Sets one field of a contact as it was seen.
    async fn set(&self, id: &str, seen: Box<Record>, field: &str, text: &str) -> String {
        let fields = Fields::from([(field.into(), Value::text(text))]);
        let (add_tags, remove_tags) = (BTreeSet::new(), BTreeSet::new());
        let write = Write::Update { id: id.into(), fields, add_tags, remove_tags, seen };
        brief(self.google.write(vec![("op".into(), write)]).await.unwrap()).remove(0)
    }

    fn count(&self, method: &reqwest::Method, template: &str) -> u64 {
        self.account.traffic().count(method, template)
    }
}

fn create(number: u32, name: &str) -> (OpKey, Write) {
    let fields = Fields::from([
        ("names.givenName".into(), Value::text(name)),
        ("emailAddresses".into(), Value::texts([format!("p{number}@mail.example")])),
    ]);
    (
        OpKey::new(format!("op{number:03}")),
        Write::Create { fields, tags: BTreeSet::new(), mailing: Mailing::Allowed },
    )
}

fn applied(outcomes: &[(OpKey, Outcome)]) -> usize {
    outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Applied { .. })).count()
}

/// Scenario 82.
#[tokio::test]
async fn one_refused_contact_of_two_hundred_takes_no_other_with_it() {
    let world = World::start().await;
    let too_long = "x".repeat(2_000);
    let ops = (0..200).map(|n| create(n, if n == 7 { &too_long } else { "Ada" })).collect();
    let outcomes = world.google.write(ops).await.unwrap();
    assert_eq!(applied(&outcomes), 199);
    let refused = brief(outcomes.into_iter().filter(|(key, _)| key.as_str() == "op007").collect());
    assert_eq!(
        refused,
        ["op007 rejected (names.givenName): person.names cannot be longer than 1024 characters."]
    );
    assert_eq!(world.account.counts().contacts, 199);
    assert_eq!(world.count(&reqwest::Method::POST, CREATE), 2);
}

/// Scenario 84: what a lost answer made is found by its marker, once the feed shows it.
#[tokio::test]
async fn what_a_lost_answer_made_is_found_by_its_marker() {
    let world = World::start().await;
    let (_, cursor) = world.list(From::Start).await.unwrap();
    world.account.faults().on(reqwest::Method::POST, CREATE, 1, Fault::DropAfter);
    let outcomes = world.google.write(vec![create(1, "Ada"), create(2, "Bob")]).await.unwrap();
    assert_eq!(brief(outcomes), ["op001 unknown", "op002 unknown"]);
    assert_eq!(world.account.counts().contacts, 2);
    let (changes, _) = world.list(From::Cursor(cursor.clone())).await.unwrap();
    assert!(changes.is_empty(), "the feed lags");
    world.settle();
    let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
    let mut markers: Vec<String> = changes
        .into_iter()
        .filter_map(|change| match change.what {
            Observation::Live(record) => record.marker.map(|marker| marker.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    markers.sort();
    assert_eq!(markers, ["op001", "op002"]);
}

/// Scenario 81: the echo of our own write says what the write's outcome said.
#[tokio::test]
async fn the_late_echo_of_a_write_is_no_change() {
    let world = World::start().await;
    let id = world.account.add(&json!({ "names": [{ "givenName": "Ada" }] })).unwrap();
    world.settle();
    let (_, cursor) = world.list(From::Start).await.unwrap();
    let seen = world.live(&id).await;
    let fields = Fields::from([("names.familyName".into(), Value::text("Lovelace"))]);
    let (add_tags, remove_tags) = (BTreeSet::from([Tag::new("new")]), BTreeSet::new());
    let write = Write::Update { id: id.as_str().into(), fields, add_tags, remove_tags, seen };
    let outcome = world.google.write(vec![("op".into(), write)]).await.unwrap().remove(0).1;
    let Outcome::Applied { record, .. } = outcome else { panic!("{outcome:?}") };
    world.settle();
    let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
    assert_eq!(changes, [Change::live(id, *record)]);
}

/// Scenario 85.
#[tokio::test]
async fn an_access_token_that_runs_out_in_the_middle_is_renewed() {
    let world = World::with(|config| config.page_contacts = 1).await;
    for name in ["Ada", "Bob"] {
        world.account.add(&json!({ "names": [{ "givenName": name }] })).unwrap();
    }
    world.settle();
    let Next::Page(token) = world.google.changes(&From::Start).await.unwrap().next else { panic!() };
    world.account.expire_access_tokens();
    let page = world.google.changes(&From::Page(token)).await.unwrap();
    assert_eq!(page.changes.len(), 1);
    world.account.revoke();
    let refused = world.google.changes(&From::Start).await;
    assert!(
        matches!(&refused, Err(ConnectorError::Auth { hint, .. }) if hint.contains("auth login google`")),
        "{refused:?}"
    );
}

/// Users can untick a permission on Google's consent page.
#[tokio::test]
async fn a_permission_that_was_not_granted_is_named_and_stops_the_writes() {
    let readonly = "https://www.googleapis.com/auth/contacts.readonly";
    let settings = Settings { grants: vec![readonly.to_owned()], ..Settings::unlimited() };
    let world = World::of(settings, |_| {}).await;
    let health = world.google.check().await.unwrap();
    assert_eq!(health.missing_permissions, ["https://www.googleapis.com/auth/contacts"]);
    assert!(world.list(From::Start).await.is_ok());
    let refused = world.google.write(vec![create(1, "Ada")]).await;
    assert!(
        matches!(&refused, Err(ConnectorError::Auth { hint, .. }) if hint.contains("auth login google`")),
        "{refused:?}"
    );
}

/// Scenario 87.
#[tokio::test]
async fn a_cursor_of_more_than_a_week_ago_has_expired() {
    let world = World::start().await;
    let (_, cursor) = world.list(From::Start).await.unwrap();
    world.account.clock().advance(Duration::from_secs(6 * 24 * 3600));
    let (_, cursor) = world.list(From::Cursor(cursor)).await.unwrap();
    world.account.clock().advance(Duration::from_secs(2 * 24 * 3600));
    let refused = world.list(From::Cursor(cursor)).await;
    assert!(matches!(refused, Err(ConnectorError::CursorExpired)), "{refused:?}");
    assert!(world.list(From::Start).await.is_ok());
}

/// Scenario 80, first half.
#[tokio::test]
async fn writes_of_one_account_go_one_at_a_time() {
    let world = World::start().await;
    world.account.configure(|settings| settings.mutation_ms = 20);
    let writes = (0..5).map(|n| world.google.write(vec![create(n, "Ada")]));
    for outcomes in futures_util::future::join_all(writes).await {
        assert_eq!(applied(&outcomes.unwrap()), 1);
    }
    let conflicts = world.account.traffic().calls().iter().filter(|call| call.status == Some(409)).count();
    assert_eq!(conflicts, 0);
}

/// Scenario 80, second half: etags move without any change, and a change behind our back stops the write.
#[tokio::test]
async fn a_moved_etag_is_no_change_and_a_change_is_stale() {
    let world = World::start().await;
    let id = world.account.add(&json!({ "names": [{ "givenName": "Ada" }] })).unwrap();
    let seen = world.live(&id).await;
    world.account.touch_all();
    assert_eq!(world.set(&id, seen.clone(), "nicknames", "A").await, format!("op applied {id}"));
    assert_eq!(world.set(&id, seen.clone(), "nicknames", "A").await, format!("op applied {id}"));
    assert_eq!(world.set(&id, seen, "nicknames", "B").await, "op stale");
    let held = world.account.contact(&id).unwrap();
    assert_eq!(held["nicknames"][0]["value"], json!("A"));
}

/// Everything of a contact that no mapping knows.
#[tokio::test]
async fn what_no_mapping_knows_survives_a_write() {
    let world = World::start().await;
    let id = world
        .account
        .add(&json!({
            "names": [{ "givenName": "María del Carmen", "familyName": "O'Neill", "honorificSuffix": "Jr.",
                        "phoneticGivenName": "Maria" }],
            "emailAddresses": [
                { "value": "a@mail.example", "type": "carrier pigeon", "displayName": "M." },
                { "value": "b@mail.example" },
            ],
            "addresses": [{ "poBox": "7", "city": "Ghent", "country": "Belgium", "countryCode": "BE" }],
            "organizations": [{ "name": "Acme", "location": "Ghent", "current": true }, { "name": "Old" }],
            "relations": [{ "person": "Bob", "type": "friend" }],
            "events": [{ "date": { "month": 5, "day": 1 }, "type": "anniversary" }],
            "clientData": [{ "key": "someone else's", "value": "1" }],
        }))
        .unwrap();
    world.account.label(&id, "Clients").unwrap();
    let before = world.account.contact(&id).unwrap();
    let fields = [
        ("names.familyName", Value::text("O'Neill-Smith")),
        ("organizations.title", Value::text("Lead")),
        ("emailAddresses", Value::texts(["b@mail.example", "a@mail.example", "c@mail.example"])),
    ];
    let write = Write::Update {
        id: id.as_str().into(),
        fields: fields.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        add_tags: BTreeSet::new(),
        remove_tags: BTreeSet::new(),
        seen: world.live(&id).await,
    };
    let outcomes = world.google.write(vec![("op".into(), write)]).await.unwrap();
    assert_eq!(brief(outcomes), [format!("op applied {id}")]);
    let after = world.account.contact(&id).unwrap();
    for untouched in ["addresses", "relations", "events", "clientData", "memberships"] {
        assert_eq!(after[untouched], before[untouched], "{untouched}");
    }
    let part = |array: &str, at: usize, key: &str| after[array][at][key].as_str().unwrap_or("-").to_owned();
    assert_eq!(part("names", 0, "phoneticGivenName"), "Maria");
    assert_eq!(part("names", 0, "displayName"), "María del Carmen O'Neill-Smith Jr.");
    assert_eq!(part("organizations", 0, "location"), "Ghent");
    assert_eq!(part("organizations", 1, "name"), "Old");
    let emails: BTreeMap<String, (String, String)> = (0..3)
        .map(|at| {
            let of = |key| part("emailAddresses", at, key);
            (of("value"), (of("type"), of("displayName")))
        })
        .collect();
    assert_eq!(emails["a@mail.example"], ("carrier pigeon".to_owned(), "M.".to_owned()));
    assert_eq!(emails.len(), 3);
}

#[tokio::test]
async fn a_renamed_contact_names_what_it_was() {
    let world = World::start().await;
    let id = world.account.add(&json!({ "names": [{ "givenName": "Ada" }] })).unwrap();
    world.settle();
    let (_, cursor) = world.list(From::Start).await.unwrap();
    let seen = world.live(&id).await;
    let new = world.account.rename(&id).unwrap();
    world.settle();
    let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
    let renamed = changes.iter().find(|change| change.id.as_str() == new).unwrap();
    assert_eq!(renamed.previous_ids, [ContactId::new(&id)]);
    // Whatever becomes of a write to the old name, it is not lost and not doubled.
    let outcome = world.set(&id, seen, "nicknames", "A").await;
    assert!(outcome == "op stale" || outcome == format!("op applied {new}"), "{outcome}");
    assert_eq!(world.account.counts().contacts, 1);
}

#[tokio::test]
async fn a_merge_in_googles_pages_is_a_tombstone_and_an_edit() {
    let world = World::start().await;
    let person = |n: u32| json!({ "emailAddresses": [{ "value": format!("p{n}@mail.example") }] });
    let (loser, survivor) = (world.account.add(&person(1)).unwrap(), world.account.add(&person(2)).unwrap());
    world.settle();
    let (_, cursor) = world.list(From::Start).await.unwrap();
    world.account.merge(&loser, &survivor).unwrap();
    world.settle();
    let (changes, _) = world.list(From::Cursor(cursor)).await.unwrap();
    assert!(changes.contains(&Change::gone(loser, Evidence::Tombstone)));
    assert!(changes.iter().any(|change| change.id.as_str() == survivor));
}

/// A label that somebody deletes between the plan and the write is made again, for new and for known contacts.
#[tokio::test]
async fn a_label_that_was_deleted_meanwhile_is_made_again() {
    let world = World::start().await;
    let tags = BTreeSet::from([Tag::new("customer")]);
    let create = |n: u32| {
        let (key, write) = create(n, "Ada");
        match write {
            Write::Create { fields, .. } => {
                vec![(key, Write::Create { fields, tags: tags.clone(), mailing: Mailing::Allowed })]
            }
            update @ Write::Update { .. } => vec![(key, update)],
        }
    };
    let made = world.google.write(create(1)).await.unwrap();
    let Outcome::Applied { id, record } = made.into_iter().next().unwrap().1 else { panic!() };
    world.account.unlabel(id.as_str(), "customer").unwrap();
    let add = |seen: Box<Record>| {
        let write = Write::Update {
            id: id.clone(),
            fields: Fields::new(),
            add_tags: tags.clone(),
            remove_tags: BTreeSet::new(),
            seen,
        };
        vec![(OpKey::new("op"), write)]
    };
    for round in 0..2 {
        delete_label(&world, "customer").await;
        let (first, again) = if round == 0 {
            (world.google.write(add(record.clone())).await, world.google.write(add(record.clone())).await)
        } else {
            (world.google.write(create(2)).await, world.google.write(create(2)).await)
        };
        assert!(matches!(first.unwrap()[0].1, Outcome::Stale), "round {round}");
        assert_eq!(applied(&again.unwrap()), 1, "round {round}");
    }
    assert_eq!(world.account.labels(id.as_str()).len(), 0, "deleted with the label in the second round");
    assert_eq!(world.account.counts().contacts, 2);
}

/// As a person does in Google's pages.
async fn delete_label(world: &World, name: &str) {
    let id = world.google.groups.id(&Tag::new(name)).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = world.account.credentials().access_token;
    let url = format!("{}/v1/{id}", world.running.base_url);
    let answer = client.delete(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_account_that_is_nearly_full_takes_what_it_can() {
    let world = World::start().await;
    world.account.configure(|settings| settings.max_contacts = 3);
    let outcomes = world.google.write((0..5).map(|n| create(n, "Ada")).collect()).await.unwrap();
    assert_eq!(applied(&outcomes), 3);
    assert_eq!(world.account.counts().contacts, 3);
    let refused = outcomes.iter().filter(|(_, outcome)| {
        matches!(outcome, Outcome::Rejected(rejection) if rejection.hint.as_ref().is_some_and(|hint| hint.contains("trash")))
    });
    assert_eq!(refused.count(), 2);
}

#[tokio::test]
async fn a_bad_day_at_google_changes_nothing_in_the_end() {
    let world = World::with(|config| config.retry.max_attempts = 6).await;
    world.account.add(&json!({ "names": [{ "givenName": "Ada" }] })).unwrap();
    world.settle();
    world.account.faults().on(reqwest::Method::GET, LIST, 1, Fault::Html);
    world.account.faults().on(reqwest::Method::GET, LIST, 1, Fault::DropBefore);
    let (changes, _) = world.list(From::Start).await.unwrap();
    assert_eq!(changes.len(), 1);
    let id = changes[0].id.as_str().to_owned();
    let seen = world.live(&id).await;
    // The first attempt is applied and its answer lost; the second is refused by the etag of the first.
    world.account.faults().on(reqwest::Method::POST, UPDATE, 1, Fault::DropAfter);
    assert_eq!(world.set(&id, seen, "nicknames", "A").await, format!("op applied {id}"));
    assert_eq!(world.account.contact(&id).unwrap()["nicknames"][0]["value"], json!("A"));
}

/// Hard names and numbers, written by us and read back by us.
#[tokio::test]
async fn people_with_hard_names_arrive_as_they_are() {
    let source = World::start().await;
    source.account.seed(&people(42, 150));
    let (changes, _) = source.list(From::Start).await.unwrap();
    let records: Vec<Record> = changes
        .into_iter()
        .map(|change| match change.what {
            Observation::Live(record) => *record,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(records.len(), source.account.counts().contacts);
    let target = World::start().await;
    let ops = records.iter().enumerate().map(|(n, record)| {
        let tags = record.tags.clone().unwrap_or_default();
        (
            OpKey::new(format!("{n:03}")),
            Write::Create { fields: record.fields.clone(), tags, mailing: Mailing::Allowed },
        )
    });
    let mut outcomes = target.google.write(ops.collect()).await.unwrap();
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    for ((_, outcome), wanted) in outcomes.into_iter().zip(&records) {
        let Outcome::Applied { record, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(plain(&record), plain(wanted));
        assert_eq!(record.tags, wanted.tags);
    }
}

fn plain(record: &Record) -> BTreeMap<&str, Json> {
    record.fields.iter().map(|(name, value)| (name.as_str(), value.to_plain())).collect()
}
