//! Mailchimp's webhooks as its simulator sends them: registered, filtered by who did it, tried again.

use crate::world::{receive, wide};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use syntony::daemon::webhooks::{Doors, Hooks, nudges};
use syntony::run::{Db, SystemClock};
use syntony_core::ids::AppName;
use syntony_sandbox::clock::Clock;
use syntony_sandbox::faults::Faults;
use syntony_sandbox::luck::{Fortune, Luck};
use syntony_sandbox::mailchimp::{Account, Deliveries, Settings};
use syntony_sandbox::serve::Running;
use syntony_state::{Store, Whom};

const SECRET: &str = "9f2c1e7d8b3a4650";
/// When Mailchimp tries a second time.
const RETRY: Duration = Duration::from_secs(61);

struct World {
    account: Account,
    clock: Clock,
    db: Arc<Db>,
    hooks_url: String,
    receiver: String,
    _serving: Running,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::fixed();
        let settings = Settings { deliveries: Deliveries::ByHand, ..Settings::default() };
        let account = Account::new(settings, clock.clone(), Faults::none());
        let serving = account.serve(0).await.unwrap();
        let audience = account.credentials().audience_id;
        let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
        let doors = Doors::default().with_mailchimp("news".into(), SECRET.into(), audience.clone());
        let hooks = Hooks::new(doors, Arc::clone(&db), Arc::new(SystemClock), nudges().0, wide());
        let receiver = receive(Arc::new(hooks)).await.join("/webhooks/news").unwrap().to_string();
        let hooks_url = format!("{}/3.0/lists/{audience}/webhooks", serving.base_url);
        Self { account, clock, db, hooks_url, receiver, _serving: serving }
    }

    /// An admin registers an address; gives the status.
    async fn register(&self, url: &str) -> u16 {
        let events = json!({ "subscribe": true, "unsubscribe": true, "profile": true, "upemail": true });
        let hook = json!({ "url": url, "events": events, "sources": { "user": true, "admin": true } });
        let key = self.account.credentials().api_key;
        let request = reqwest::Client::new().post(&self.hooks_url).basic_auth("key", Some(key)).json(&hook);
        request.send().await.unwrap().status().as_u16()
    }

    fn join(&self, address: &str) -> String {
        self.account.add(&json!({ "email_address": address, "status": "subscribed" })).unwrap()
    }

    /// Which addresses wait to be looked at.
    fn waiting(&self) -> Vec<String> {
        let letters = self.db.with(|store| store.letters(&AppName::new("news"), None, 100)).unwrap();
        let address = |whom| match whom {
            Whom::Address { address, .. } => address,
            Whom::Contact(id) => id.to_string(),
        };
        letters.into_iter().map(|letter| address(letter.tip.whom)).collect()
    }
}

#[tokio::test]
async fn an_address_without_the_secret_cannot_be_registered() {
    let world = World::new().await;
    assert_eq!(world.register(&world.receiver).await, 400);
    assert_eq!(world.register(&format!("{}?token=wrong", world.receiver)).await, 400);
    assert_eq!(world.register(&format!("{}?token={SECRET}", world.receiver)).await, 200);
}

#[tokio::test]
async fn what_people_do_points_at_their_addresses() {
    let world = World::new().await;
    world.register(&format!("{}?token={SECRET}", world.receiver)).await;
    let ada = world.join("ada+news@x.example");
    world.account.unsubscribe(&ada).unwrap();
    let bob = world.join("bob@x.example");
    world.account.edit(&bob, &json!({ "email_address": "robert@x.example" })).unwrap();
    assert!(world.account.deliver().await > 0);
    let mut waiting = world.waiting();
    waiting.sort();
    assert_eq!(waiting, ["ada+news@x.example", "bob@x.example", "robert@x.example"]);
    assert_eq!(world.account.deliveries(), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_stored_is_taken_in_with_the_next_try() {
    let world = World::new().await;
    world.register(&format!("{}?token={SECRET}", world.receiver)).await;
    world.db.with(|store| store.fail_after_commits(0));
    world.join("ada@x.example");
    assert_eq!(world.account.deliver().await, 0);
    world.db.with(Store::revive);
    assert_eq!(world.waiting(), [""; 0]);
    world.clock.advance(RETRY);
    assert_eq!(world.account.deliver().await, 1);
    assert_eq!(world.waiting(), ["ada@x.example"]);
}

/// The body of a message is a form; that it is no JSON is what this guards.
#[tokio::test]
async fn a_form_is_read_whatever_it_holds() {
    let world = World::new().await;
    world.register(&format!("{}?token={SECRET}", world.receiver)).await;
    let merges: Json = json!({ "FNAME": "Zoë & Söhne = 100 %", "LNAME": "[x][y]&type=cleaned" });
    let member = json!({ "email_address": "zoe@x.example", "status": "subscribed", "merge_fields": merges });
    world.account.add(&member).unwrap();
    assert_eq!(world.account.deliver().await, 1);
    assert_eq!(world.waiting(), ["zoe@x.example"]);
}

#[tokio::test]
async fn a_bad_day_points_at_the_same_addresses() {
    let mut ends = Vec::new();
    for fortune in [Fortune::default(), Fortune { lost_percent: 0, ..Fortune::bad() }] {
        let (world, mut luck) = (World::new().await, Luck::new(fortune, 7));
        world.register(&format!("{}?token={SECRET}", world.receiver)).await;
        for number in 0..20 {
            let id = world.join(&format!("person{number}@x.example"));
            world.account.unsubscribe(&id).unwrap();
            world.account.deliver_by(&mut luck).await;
        }
        world.account.deliver_by(&mut luck).await;
        world.account.deliver_by(&mut luck).await;
        let mut waiting = world.waiting();
        waiting.sort();
        ends.push(waiting);
    }
    assert_eq!(ends[0].len(), 20);
    assert_eq!(ends[0], ends[1]);
}
