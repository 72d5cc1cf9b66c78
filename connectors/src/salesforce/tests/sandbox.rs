//! Salesforce's own hardships on the reading side, on the simulator.
//!
//! What the user may see and do, and how we get in, is in [`super::access`].

use super::super::{SObject, Salesforce, SalesforceConfig, TagStore};
use super::{brief_changes, config, list};
use crate::auth::tests::Told;
use crate::auth::{Credentials, RefreshCredentials};
use crate::contract::{Change, Connector, Found, From, Observation};
use crate::salesforce::config::token_url;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use syntony_core::ids::{ContactId, Cursor, Tag};
use syntony_core::record::{Record, Subscription};
use syntony_core::value::Value;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::{Fault, Faults};
use syntony_sandbox::people::people;
use syntony_sandbox::salesforce::{Field, Kind, Object, Org, Settings, TagPlace};
use syntony_sandbox::serve::Running;
use url::Url;

/// A little more than the feed looks back, in seconds.
pub(super) const BEYOND_LOOKBACK_SECONDS: u64 = 601;

/// A simulated organisation, and a connector to it.
pub(super) struct World {
    pub(super) org: Org,
    pub(super) salesforce: Salesforce,
    pub(super) config: SalesforceConfig,
    /// Refresh tokens that the connector was told of.
    pub(super) rotated: Told,
    _running: Running,
}

impl World {
    pub(super) async fn start(object: SObject) -> Self {
        Self::of(Settings::unlimited(), object, |_| {}).await
    }

    pub(super) async fn of(
        mut settings: Settings,
        object: SObject,
        change: impl FnOnce(&mut SalesforceConfig),
    ) -> Self {
        for object in [Object::Contact, Object::Lead] {
            settings.custom_fields.push((object, Field::new("Tags__c", "Tags", Kind::MultiPicklist)));
        }
        let org = Org::new(settings, Clock::fixed(), Faults::none());
        let running = org.serve(0).await.unwrap();
        let base = Url::parse(&running.base_url).unwrap();
        let mut config = config(base.clone(), object);
        // As in production: the sign-in tells where the API is.
        config.base_url = None;
        let given = org.credentials();
        config.credentials = Credentials::Refresh(RefreshCredentials {
            token_url: token_url(&base),
            client_id: given.client_id,
            client_secret: given.client_secret.into(),
            refresh_token: Some(given.refresh_token.into()),
        });
        let rotated = Told::default();
        config.tokens.keeper = Some(Arc::new(rotated.clone()));
        change(&mut config);
        let salesforce = Salesforce::new(config.clone()).unwrap();
        let world = Self { org, salesforce, config, rotated, _running: running };
        let place = match &world.config.tags {
            TagStore::Topics => TagPlace::Topics,
            TagStore::Campaigns => TagPlace::Campaigns,
            TagStore::Field(name) => TagPlace::Field(name.to_string()),
        };
        world.org.configure(|settings| settings.tags = place);
        world
    }

    /// So much time goes by that the feed does not look back any more on what was.
    pub(super) fn settle(&self) {
        self.pass(BEYOND_LOOKBACK_SECONDS);
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.org.clock().advance(Duration::from_secs(seconds));
    }

    pub(super) async fn all(&self) -> (Vec<Change>, Cursor) {
        let (changes, cursor, _) = list(&self.salesforce, From::Start).await.unwrap();
        (changes, cursor)
    }

    pub(super) async fn since(&self, cursor: &Cursor) -> (Vec<Change>, Cursor) {
        let (changes, next, _) = list(&self.salesforce, From::Cursor(cursor.clone())).await.unwrap();
        (changes, next)
    }

    pub(super) async fn found(&self, id: &str) -> Found {
        self.salesforce.fetch(&[id.into()]).await.unwrap().remove(0).found
    }

    pub(super) async fn live(&self, id: &str) -> Box<Record> {
        match self.found(id).await {
            Found::Live { record, .. } => record,
            other => panic!("{id}: {other:?}"),
        }
    }

    /// Somebody of this name, with an address of the same.
    pub(super) fn person(&self, name: &str) -> String {
        let email = format!("{name}@mail.example");
        match self.config.object {
            SObject::Contact => self.org.add(&json!({ "LastName": name, "Email": email })),
            SObject::Lead => {
                self.org.add_lead(&json!({ "LastName": name, "Email": email, "Company": "Acme" }))
            }
        }
        .unwrap()
    }
}

fn names(changes: &[Change], id: &str) -> bool {
    changes.iter().any(|change| change.id.as_str() == id)
}

/// A row commits after the listing has passed its stamp.
#[tokio::test]
async fn a_late_commit_is_in_the_feed_once_it_is_there() {
    let world = World::start(SObject::Contact).await;
    world.org.configure(|settings| settings.late_commit_ms = 400_000);
    let late = world.person("late");
    world.pass(60);
    let (all, cursor) = world.all().await;
    assert!(!names(&all, &late), "not committed yet");
    world.pass(200);
    let (changes, cursor) = world.since(&cursor).await;
    assert!(!names(&changes, &late), "not committed yet");
    world.pass(200);
    let (changes, _) = world.since(&cursor).await;
    assert!(names(&changes, &late), "it came to light with a stamp of before the cursor");
}

/// Pages of three, stamps all the same.
#[tokio::test]
async fn more_rows_of_one_stamp_than_a_page_holds_are_all_listed() {
    let world = World::of(Settings::unlimited(), SObject::Contact, |config| config.page_contacts = 3).await;
    let (_, cursor) = world.all().await;
    let ids: Vec<String> = (0..20).map(|number| world.person(&format!("p{number}"))).collect();
    world.pass(1);
    let (changes, next) = world.since(&cursor).await;
    assert!(ids.iter().all(|id| names(&changes, id)));
    assert_eq!(changes.len(), ids.len(), "each once");
    let (again, _) = world.since(&next).await;
    assert!(again.is_empty(), "counted, and not read again");
    world.org.edit(&ids[4], &json!({ "FirstName": "New" })).unwrap();
    let (changes, _) = world.since(&next).await;
    assert_eq!(brief_changes(&changes), [format!("{} live", ids[4])]);
}

#[tokio::test]
async fn an_idle_feed_and_one_with_changes_are_one_call() {
    for tags in [TagStore::Field("Tags__c".into()), TagStore::Topics, TagStore::Campaigns] {
        for object in [SObject::Contact, SObject::Lead] {
            let world = World::of(Settings::unlimited(), object, |config| config.tags = tags.clone()).await;
            let edited = world.person("ada");
            world.settle();
            let (_, cursor) = world.all().await;
            for edit in [false, true] {
                if edit {
                    world.org.edit(&edited, &json!({ "FirstName": "Ada" })).unwrap();
                }
                let before = world.salesforce.calls_made();
                let (changes, _) = world.since(&cursor).await;
                assert_eq!(changes.len(), usize::from(edit), "{object:?} {tags:?}");
                assert_eq!(world.salesforce.calls_made() - before, 1, "{object:?} {tags:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_tag_that_a_person_puts_on_or_takes_off_is_in_the_feed() {
    for tags in [TagStore::Field("Tags__c".into()), TagStore::Topics, TagStore::Campaigns] {
        for object in [SObject::Contact, SObject::Lead] {
            let world = World::of(Settings::unlimited(), object, |config| config.tags = tags.clone()).await;
            let id = world.person("ada");
            world.settle();
            let (_, mut cursor) = world.all().await;
            for on in [true, false] {
                world.settle();
                match on {
                    true => world.org.tag(&id, "VIP").unwrap(),
                    false => world.org.untag(&id, "VIP").unwrap(),
                }
                let (changes, next) = world.since(&cursor).await;
                cursor = next;
                let [Change { what: Observation::Live(record), .. }] = changes.as_slice() else {
                    panic!("{object:?} {tags:?} {on}: {changes:?}")
                };
                assert_eq!(
                    record.tags.clone().unwrap().contains(&Tag::new("VIP")),
                    on,
                    "{object:?} {tags:?}"
                );
            }
        }
    }
}

/// Nothing of a contact moves when its account gets another name.
#[tokio::test]
async fn a_renamed_account_is_in_the_feed_of_its_contacts() {
    for object in [SObject::Contact, SObject::Lead] {
        let world = World::of(Settings::unlimited(), object, |config| config.page_contacts = 2).await;
        let account = world.org.insert(Object::Account, &json!({ "Name": "Acme" })).unwrap();
        let named = |number: u32| json!({ "LastName": format!("P{number}"), "AccountId": account });
        let contacts: Vec<String> = (0..5).map(|number| world.org.add(&named(number)).unwrap()).collect();
        let lead = world.org.add_lead(&json!({ "LastName": "Lead", "Company": "Acme" })).unwrap();
        world.org.convert_into(&lead, &contacts[0]).unwrap();
        world.settle();
        let (_, cursor) = world.all().await;
        world.settle();
        let (changes, cursor) = world.since(&cursor).await;
        assert!(changes.is_empty(), "{changes:?}");
        world.org.edit(&account, &json!({ "Name": "Acme & Sons" })).unwrap();
        let (changes, _) = world.since(&cursor).await;
        let (field, expected) = match object {
            SObject::Contact => ("Account.Name", &contacts[..]),
            SObject::Lead => ("Company", &contacts[..1]),
        };
        let told: Vec<String> = expected.iter().map(|id| format!("{id} live")).collect();
        assert_eq!(brief_changes(&changes), told, "{object:?}");
        for change in &changes {
            let Observation::Live(record) = &change.what else { panic!("{change:?}") };
            assert_eq!(record.fields[field].to_plain(), json!("Acme & Sons"));
        }
    }
}

/// The system moves stamps without anybody's edit: no content changes.
#[tokio::test]
async fn a_stamp_that_the_system_moves_changes_nothing() {
    let world = World::start(SObject::Contact).await;
    let id = world.person("ada");
    world.settle();
    let (_, cursor) = world.all().await;
    let before = world.live(&id).await;
    world.org.bump(&id).unwrap();
    let (changes, _) = world.since(&cursor).await;
    let [Change { what: Observation::Live(after), .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(after.same_content(&before));
    assert_eq!(after.version.tag, before.version.tag);
    assert!(before.version.is_older_than(&after.version));
}

#[tokio::test]
async fn deleted_restored_merged_and_purged_contacts_are_what_they_are() {
    let world = World::start(SObject::Contact).await;
    let ids: Vec<String> = (0..4).map(|number| world.person(&format!("p{number}"))).collect();
    world.settle();
    let (_, cursor) = world.all().await;
    world.org.delete(&ids[0]).unwrap();
    world.org.merge(&ids[1], &ids[2]).unwrap();
    world.org.delete(&ids[3]).unwrap();
    world.org.purge(&ids[3]).unwrap();
    let (changes, cursor) = world.since(&cursor).await;
    let expected = [
        format!("{} gone", ids[0]),
        format!("{} merged into {}", ids[1], ids[2]),
        format!("{} live", ids[2]),
    ];
    assert_eq!(brief_changes(&changes), expected);
    assert_eq!(world.found(&ids[0]).await, Found::Gone);
    assert_eq!(world.found(&ids[1]).await, Found::MergedInto(ids[2].as_str().into()));
    assert_eq!(world.found(&ids[3]).await, Found::Unknown, "nothing says that it was ever there");
    world.org.restore(&ids[0]).unwrap();
    let (changes, _) = world.since(&cursor).await;
    assert!(brief_changes(&changes).contains(&format!("{} live", ids[0])));
}

#[tokio::test]
async fn a_converted_lead_goes_on_as_its_contact() {
    let world = World::start(SObject::Lead).await;
    let (lead, other) = (world.person("ada"), world.person("bob"));
    world.org.edit(&lead, &json!({ "City": "Ghent", "HasOptedOutOfEmail": true })).unwrap();
    world.settle();
    let (_, cursor) = world.all().await;
    let done = world.org.convert(&lead).unwrap();
    let was = format!("{} live was {lead}", done.contact);
    let (changes, cursor) = world.since(&cursor).await;
    assert_eq!(brief_changes(&changes), std::slice::from_ref(&was));
    let record = world.live(&lead).await;
    let shown = |name: &str| record.fields.get(name).map(Value::to_plain);
    assert_eq!(shown("Company"), Some(json!("Acme")));
    assert_eq!(shown("Address"), Some(json!({ "city": "Ghent" })));
    assert_eq!(shown("IsConverted"), Some(json!(true)));
    assert_eq!(shown("Website"), None);
    assert_eq!(record.subscription, Subscription::Unsubscribed);
    assert!(matches!(world.found(&lead).await, Found::Live { id, .. } if id.as_str() == done.contact));

    // From then on the contact is followed, and strangers are not.
    world.settle();
    let stranger = world.org.add(&json!({ "LastName": "Stranger", "Email": "ada@mail.example" })).unwrap();
    world.org.edit(&done.contact, &json!({ "Title": "Countess" })).unwrap();
    let (changes, _) = world.since(&cursor).await;
    assert!(names(&changes, &done.contact), "{changes:?}");
    assert!(!names(&changes, &stranger));
    let found = world.salesforce.find(&["ADA@mail.example".to_owned()]).await.unwrap();
    assert_eq!(brief_changes(&found), [format!("{} live", done.contact)]);
    let (all, _) = world.all().await;
    assert_eq!(brief_changes(&all), [was, format!("{other} live")]);
}

#[tokio::test]
async fn a_converted_lead_whose_contact_is_deleted_is_gone_with_it() {
    let world = World::start(SObject::Lead).await;
    let lead = world.person("ada");
    world.settle();
    let (_, cursor) = world.all().await;
    let done = world.org.convert(&lead).unwrap();
    world.org.delete(&done.contact).unwrap();
    let (changes, _) = world.since(&cursor).await;
    assert_eq!(brief_changes(&changes), [format!("{} gone was {lead}", done.contact)]);
    assert_eq!(world.found(&lead).await, Found::Gone);
}

/// Values that would end a quote, and a name that would begin a query.
#[tokio::test]
async fn hard_addresses_are_found_and_break_out_of_nothing() {
    let world = World::start(SObject::Contact).await;
    let id = world.org.add(&json!({ "LastName": "O'Neill", "Email": "o'neill+x@mail.example" })).unwrap();
    let addresses =
        ["O'Neill+X@mail.example", "a\\", "x' OR Id != '", "\\' OR Id != '", "nobody@mail.example"];
    for address in addresses {
        let found = world.salesforce.find(&[address.to_owned()]).await.unwrap();
        let expected: &[String] = if address == addresses[0] { &[format!("{id} live")] } else { &[] };
        assert_eq!(brief_changes(&found), expected, "{address}");
    }
}

#[tokio::test]
async fn full_batches_of_the_longest_addresses_fit_into_the_address_line() {
    let world = World::start(SObject::Contact).await;
    let ids: Vec<ContactId> = (0..200).map(|number| world.person(&format!("p{number}")).into()).collect();
    let fetched = world.salesforce.fetch(&ids).await.unwrap();
    assert!(fetched.iter().all(|fetched| matches!(fetched.found, Found::Live { .. })));
    let long = |number: usize| format!("{}{number}@mail.example", "ü".repeat(60));
    let mut addresses: Vec<String> = (0..99).map(long).collect();
    addresses.push("p7@mail.example".to_owned());
    let found = world.salesforce.find(&addresses).await.unwrap();
    assert_eq!(brief_changes(&found), [format!("{} live", ids[7])]);
}

#[tokio::test]
async fn a_bad_day_at_salesforce_changes_nothing_in_the_end() {
    let world = World::start(SObject::Contact).await;
    world.person("ada");
    for fault in [Fault::Html, Fault::DropBefore] {
        world.org.faults().on(reqwest::Method::GET, "/query", 1, fault);
    }
    assert_eq!(world.all().await.0.len(), 1);
}

#[tokio::test]
async fn everybody_in_a_seeded_organisation_is_listed_whole() {
    for object in [SObject::Contact, SObject::Lead] {
        let world = World::of(Settings::unlimited(), object, |config| config.page_contacts = 40).await;
        let ids = match object {
            SObject::Contact => world.org.seed(&people(42, 150)),
            SObject::Lead => world.org.seed_leads(&people(42, 150)),
        };
        let (changes, _) = world.all().await;
        assert_eq!(changes.len(), ids.len());
        let schema = world.salesforce.schema().await.unwrap();
        for change in &changes {
            let Observation::Live(record) = &change.what else { panic!("{change:?}") };
            assert!(record.tags.is_some() && record.version.order.is_some());
            assert!(record.fields.keys().all(|name| schema.field(name.as_str()).is_some()));
        }
    }
}
