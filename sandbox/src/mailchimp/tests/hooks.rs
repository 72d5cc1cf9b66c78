//! Webhooks: registered, filtered, delivered, tried again.

use super::*;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use std::sync::{Arc, Mutex};

/// A message, key by key.
type Form = Vec<(String, String)>;

/// Somebody who listens, and says how it answers.
#[derive(Clone)]
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Form>>>,
    fails: Arc<Mutex<bool>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook/secret", listener.local_addr().unwrap());
        let receiver = Self { url, got: Arc::default(), fails: Arc::default() };
        let router = axum::Router::new().route("/hook/secret", get(async || "here").post(receive));
        let router = router.with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// What arrived since.
    fn take(&self) -> Vec<Form> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

async fn receive(State(receiver): State<Receiver>, body: String) -> StatusCode {
    if *receiver.fails.lock().unwrap() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let form = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    receiver.got.lock().unwrap().push(form);
    StatusCode::OK
}

fn value<'a>(form: &'a [(String, String)], key: &str) -> &'a str {
    form.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
}

/// `type` and `data[email]` of each message.
fn told(forms: &[Form]) -> Vec<String> {
    forms.iter().map(|form| format!("{} {}", value(form, "type"), value(form, "data[email]"))).collect()
}

async fn listening(sources: Json) -> (World, Receiver) {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let events =
        json!({ "subscribe": true, "unsubscribe": true, "profile": true, "cleaned": true, "upemail": true });
    let hook = json!({ "url": receiver.url, "events": events, "sources": sources });
    let made = world.good(Method::POST, "/webhooks", hook).await;
    assert_eq!(made["events"]["campaign"], false);
    (world, receiver)
}

#[tokio::test]
async fn each_event_is_told_in_its_own_form() {
    let (world, receiver) = listening(json!({ "user": true, "admin": true, "api": true })).await;
    let ada = world.create("ada+1@x.example", "subscribed").await;
    let id = text(&ada, "/contact_id");
    world.patch(id, json!({ "merge_fields": { "FNAME": "Ada & Co" } })).await;
    world.patch(id, json!({ "email_address": "ada@x.example" })).await;
    world.account.tag(id, "silent").unwrap();
    world.account.unsubscribe(id).unwrap();
    world.account.clean(id).unwrap();
    world.account.archive(id).unwrap();
    assert_eq!(world.account.deliver().await, 6);
    let forms = receiver.take();
    assert_eq!(
        told(&forms),
        [
            "subscribe ada+1@x.example",
            "profile ada+1@x.example",
            "upemail ",
            "unsubscribe ada@x.example",
            "cleaned ada@x.example",
            "unsubscribe ada@x.example",
        ]
    );
    let unsubscribe = &forms[3];
    assert_eq!(value(unsubscribe, "fired_at"), "2026-01-05 08:00:00");
    assert_eq!((value(unsubscribe, "data[action]"), value(unsubscribe, "data[reason]")), ("unsub", "manual"));
    assert_eq!(value(unsubscribe, "data[merges][FNAME]"), "Ada & Co");
    assert_eq!(value(unsubscribe, "data[merges][EMAIL]"), "ada@x.example");
    assert_eq!(value(unsubscribe, "data[id]").len(), 10, "the legacy id, not the hash");
    let moved = &forms[2];
    assert_eq!(
        (value(moved, "data[old_email]"), value(moved, "data[new_email]")),
        ("ada+1@x.example", "ada@x.example")
    );
    assert_eq!(value(&forms[5], "data[action]"), "delete");
}

#[tokio::test]
async fn an_app_does_not_hear_its_own_echo_if_it_does_not_want_to() {
    let (world, receiver) = listening(json!({ "user": true })).await;
    world.create("ada@x.example", "subscribed").await;
    world.account.unsubscribe_by_admin("ada@x.example").unwrap();
    assert_eq!(world.account.deliver().await, 0);
    world.account.resubscribe("ada@x.example").unwrap();
    world.account.unsubscribe("ada@x.example").unwrap();
    world.account.deliver().await;
    assert_eq!(told(&receiver.take()), ["subscribe ada@x.example", "unsubscribe ada@x.example"]);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_for_seventy_five_minutes() {
    let (world, receiver) = listening(json!({ "api": true })).await;
    *receiver.fails.lock().unwrap() = true;
    world.create("ada@x.example", "subscribed").await;
    for minutes in [0, 1, 2, 5, 10, 20] {
        world.pass(minutes * 60);
        assert_eq!((world.account.deliver().await, world.account.deliveries()), (0, (1, 0)), "{minutes}");
    }
    world.pass(37 * 60 - 1);
    *receiver.fails.lock().unwrap() = false;
    assert_eq!(world.account.deliver().await, 0, "not yet");
    world.pass(1);
    assert_eq!(world.account.deliver().await, 1);
    *receiver.fails.lock().unwrap() = true;
    world.create("bob@x.example", "subscribed").await;
    for _ in 0..8 {
        world.account.deliver().await;
        world.pass(3600);
    }
    assert_eq!(world.account.deliveries(), (0, 1), "given up");
}

#[tokio::test]
async fn an_address_that_is_not_there_or_not_here_is_refused() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let hook = |url: &str| json!({ "url": url, "events": { "subscribe": true }, "sources": { "api": true } });
    for (url, told) in [
        (receiver.url.replace("secret", "wrong"), "did not answer"),
        ("http://127.0.0.1:1/".to_owned(), "did not answer"),
        ("http://x.example/hook".to_owned(), "loopback"),
        ("http://localhost/hook".to_owned(), "loopback"),
        ("https://127.0.0.1/hook".to_owned(), "loopback"),
        ("hook".to_owned(), "loopback"),
    ] {
        world.refused(Method::POST, "/webhooks", hook(&url), (400, "Invalid Resource", told)).await;
    }
    let made = world.good(Method::POST, "/webhooks", hook(&receiver.url)).await;
    world
        .refused(Method::POST, "/webhooks", hook(&receiver.url), (400, "Bad Request", "multiple WebHooks"))
        .await;
    let path = format!("/webhooks/{}", text(&made, "/id"));
    let changed =
        world.good(Method::PATCH, &path, json!({ "sources": { "api": false, "user": true } })).await;
    assert_eq!(
        (&changed["sources"], &changed["events"]["subscribe"]),
        (&json!({ "admin": false, "api": false, "user": true }), &json!(true))
    );
    assert_eq!(world.get("/webhooks").await["total_items"], 1);
    world.good(Method::DELETE, &path, Json::Null).await;
    world.refused(Method::GET, &path, Json::Null, (404, "Resource Not Found", "")).await;
}

#[tokio::test]
async fn a_served_account_delivers_by_itself() {
    let (world, receiver) = listening(json!({ "api": true })).await;
    world.account.configure(|settings| settings.deliveries = Deliveries::Automatic);
    world.create("ada@x.example", "subscribed").await;
    let arrived = async {
        while receiver.got.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.unwrap();
    assert_eq!(told(&receiver.take()), ["subscribe ada@x.example"]);
}
