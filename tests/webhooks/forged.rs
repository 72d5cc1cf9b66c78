//! What strangers send, by the thousand: nothing of it is taken in, nothing breaks, and memory stays flat.

use crate::world::wide;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use syntony::daemon::webhooks::{Doors, Hooks, Limits, MAX_BODY_BYTES, Nudges, nudges, router};
use syntony::run::{Db, SystemClock};
use syntony_core::ids::AppName;
use syntony_state::{Letter, Store};
use tower::ServiceExt as _;

const TOKEN: &str = "9f2c1e7d8b3a4651";
const FORGERIES: u32 = 4_000;
const OVERSIZED: u32 = 2_000;
/// More than any answer needs, less than a leak of the oversized bodies would take.
const MAX_GROWTH_BYTES: u64 = 64 * 1024 * 1024;

/// A receiver without a port.
struct Receiver {
    router: axum::Router,
    hooks: Arc<Hooks>,
    db: Arc<Db>,
    nudges: Nudges,
}

/// A request, before it is one.
#[derive(Clone, Debug)]
struct Call {
    method: Method,
    path: String,
    header: Option<String>,
    content_type: &'static str,
    body: Vec<u8>,
    peer: u32,
}

impl Receiver {
    fn new(limits: Limits) -> Self {
        let db = Arc::new(Db::new(Store::open_in_memory().unwrap()));
        let (nudger, nudges) = nudges();
        let doors = Doors::default().with_drift("chat".into(), TOKEN.into()).with_mailchimp(
            "news".into(),
            TOKEN.into(),
            "a1b2c3".to_owned(),
        );
        let hooks = Arc::new(Hooks::new(doors, Arc::clone(&db), Arc::new(SystemClock), nudger, limits));
        Self { router: router(Arc::clone(&hooks)), hooks, db, nudges }
    }

    async fn call(&self, call: Call) -> u16 {
        let mut request = Request::builder().method(call.method).uri(call.path);
        if let Some(header) = call.header {
            request = request.header("X-Verification-Token", header);
        }
        let mut request =
            request.header("content-type", call.content_type).body(Body::from(call.body)).unwrap();
        let peer = SocketAddr::new(IpAddr::from(call.peer.to_be_bytes()), 1);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
        assert!(body.is_empty(), "{status} says {body:?}");
        status.as_u16()
    }

    fn letters(&self, app: &str) -> Vec<Letter> {
        self.db.with(|store| store.letters(&AppName::new(app), None, 100_000)).unwrap()
    }

    async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(1), self.nudges.next()).await.is_err()
            && self.letters("chat").is_empty()
            && self.letters("news").is_empty()
    }
}

fn drift(body: impl Into<Vec<u8>>) -> Call {
    let header = Some(TOKEN.to_owned());
    let path = "/webhooks/chat".to_owned();
    Call { method: Method::POST, path, header, content_type: "application/json", body: body.into(), peer: 1 }
}

fn news(body: &str) -> Call {
    let path = format!("/webhooks/news?token={TOKEN}");
    let content_type = "application/x-www-form-urlencoded";
    Call { method: Method::POST, path, header: None, content_type, body: body.into(), peer: 1 }
}

fn genuine() -> Call {
    drift(format!(r#"{{"type":"contact_updated","token":"{TOKEN}","orgId":1,"data":{{"endUserId":7}}}}"#))
}

const GENUINE_NEWS: &str = "type=profile&data%5Blist_id%5D=a1b2c3&data%5Bemail%5D=ada%40x.example";

#[tokio::test]
async fn what_is_genuine_is_on_disk_before_the_answer() {
    let receiver = Receiver::new(wide());
    assert_eq!(receiver.call(genuine()).await, 200);
    assert_eq!(receiver.letters("chat").len(), 1);
    assert_eq!(receiver.call(news(GENUINE_NEWS)).await, 200);
    assert_eq!(receiver.letters("news").len(), 1);
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_no_success() {
    let mut receiver = Receiver::new(wide());
    receiver.db.with(|store| store.fail_after_commits(0));
    assert_eq!(receiver.call(genuine()).await, 503);
    receiver.db.with(Store::revive);
    assert!(receiver.is_quiet().await);
    assert_eq!(receiver.call(genuine()).await, 200, "and the vendor's next try is taken in");
}

#[tokio::test]
async fn each_way_to_be_wrong_is_refused_without_a_word() {
    let mut receiver = Receiver::new(wide());
    let large = |bytes| vec![b'x'; bytes];
    for (call, expected) in [
        (Call { header: Some("wrong".to_owned()), ..genuine() }, 401),
        (
            Call {
                header: None,
                body: br#"{"type":"contact_updated","data":{"id":7}}"#.to_vec(),
                ..genuine()
            },
            401,
        ),
        (Call { path: "/webhooks/book".to_owned(), ..genuine() }, 404),
        (Call { path: "/webhooks/CHAT".to_owned(), ..genuine() }, 404),
        (Call { path: "/webhooks/%00".to_owned(), ..genuine() }, 404),
        (Call { path: "/webhooks/chat/more".to_owned(), ..genuine() }, 404),
        (Call { path: "/webhooks/news".to_owned(), ..news(GENUINE_NEWS) }, 401),
        (Call { path: "/webhooks/news?token=".to_owned(), ..news(GENUINE_NEWS) }, 401),
        (Call { path: format!("/webhooks/news?token=x&token={TOKEN}"), ..news(GENUINE_NEWS) }, 401),
        (Call { body: large(MAX_BODY_BYTES + 1), ..genuine() }, 413),
        (Call { body: large(MAX_BODY_BYTES), ..genuine() }, 400),
        (Call { body: b"{".to_vec(), ..genuine() }, 400),
        (Call { body: Vec::new(), ..genuine() }, 400),
        (Call { content_type: "text/plain", ..genuine() }, 400),
        (Call { content_type: "application/json", ..news(GENUINE_NEWS) }, 400),
        (news("hello"), 400),
        (Call { method: Method::GET, ..genuine() }, 404),
        (Call { method: Method::GET, path: "/webhooks/news?token=x".to_owned(), ..news("") }, 404),
        (Call { method: Method::PUT, ..genuine() }, 405),
    ] {
        let shown = format!("{} {} {:?}", call.method, call.path, call.content_type);
        assert_eq!(receiver.call(call).await, expected, "{shown}");
    }
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn mailchimps_questions_are_answered_where_the_secret_is_right() {
    let mut receiver = Receiver::new(wide());
    for method in [Method::GET, Method::HEAD, Method::POST] {
        assert_eq!(receiver.call(Call { method, ..news("") }).await, 200);
    }
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn a_replay_is_one_letter() {
    let receiver = Receiver::new(wide());
    for _ in 0..1_000 {
        assert_eq!(receiver.call(genuine()).await, 200);
    }
    assert_eq!(receiver.letters("chat").len(), 1);
}

/// Genuine requests with one thing wrong, by chance: a byte of the token, of the path, of the method.
fn forgery(random: &mut fastrand::Rng) -> Call {
    let mut token = TOKEN.as_bytes().to_vec();
    match random.u8(0..4) {
        0 => token[random.usize(0..TOKEN.len())] ^= 1 << random.u8(0..7),
        1 => token.truncate(random.usize(0..TOKEN.len())),
        2 => token.push(random.u8(b'0'..b'z')),
        _ => token = (0..TOKEN.len()).map(|_| random.u8(b'0'..b'z')).collect(),
    }
    let token: String =
        token.iter().map(|byte| if byte.is_ascii_graphic() { *byte as char } else { '0' }).collect();
    let token = token.replace(['"', '\\', '&', '#', '%', '+'], "0");
    let mut call = if random.bool() {
        let body = format!(r#"{{"type":"user_unsubscribed","token":"{token}","data":{{"endUserId":7}}}}"#);
        Call { header: random.bool().then_some(token), ..drift(body) }
    } else {
        let path =
            format!("/webhooks/news?token={}", token.replace(['<', '>', '^', '`', '|', '{', '}'], "0"));
        Call { path, ..news(GENUINE_NEWS) }
    };
    if random.u8(0..4) == 0 {
        call.body = (0..random.usize(0..2_000)).map(|_| random.u8(..)).collect();
    }
    Call { peer: random.u32(..), ..call }
}

#[tokio::test]
async fn no_forgery_of_thousands_is_taken_in() {
    let mut receiver = Receiver::new(wide());
    let mut random = fastrand::Rng::with_seed(78);
    for _ in 0..FORGERIES {
        let call = forgery(&mut random);
        let shown = format!("{call:?}");
        assert_eq!(receiver.call(call).await, 401, "{shown}");
    }
    assert!(receiver.is_quiet().await);
    assert_eq!(receiver.call(genuine()).await, 200, "and the vendor is heard all the same");
}

#[tokio::test]
async fn thousands_of_oversized_bodies_take_no_memory() {
    let Some(before) = resident_bytes() else { return };
    let mut receiver = Receiver::new(wide());
    for peer in 0..OVERSIZED {
        let body = vec![b'x'; MAX_BODY_BYTES + 1 + peer as usize % 7];
        assert_eq!(receiver.call(Call { body, peer, ..genuine() }).await, 413);
    }
    assert!(receiver.is_quiet().await);
    let grown = resident_bytes().unwrap().saturating_sub(before);
    assert!(grown < MAX_GROWTH_BYTES, "{grown} bytes more than before");
}

/// What this process holds in memory, where the system tells.
fn resident_bytes() -> Option<u64> {
    const PAGE_BYTES: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE_BYTES)
}

#[tokio::test]
async fn a_stranger_who_floods_is_shut_out_and_the_vendor_is_not() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let mut receiver = Receiver::new(Limits { peer_per_second: number(1), peer_burst: number(5), ..wide() });
    let flood = || Call { header: Some("wrong".to_owned()), peer: 9, ..genuine() };
    let mut answers = Vec::new();
    for _ in 0..50 {
        answers.push(receiver.call(flood()).await);
    }
    assert_eq!(answers[..5], [401; 5]);
    assert!(answers[5..].iter().filter(|status| **status == 429).count() > 40, "{answers:?}");
    assert!(receiver.is_quiet().await);
    assert_eq!(receiver.call(Call { peer: 10, ..genuine() }).await, 200);
}

#[tokio::test]
async fn more_of_the_vendors_own_than_is_taken_leads_to_reading_everybody() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let receiver = Receiver::new(Limits { app_per_second: number(1), app_burst: number(1), ..wide() });
    assert_eq!(receiver.call(genuine()).await, 200);
    assert_eq!(receiver.db.with(|store| store.wants_full_look(&"chat".into())).unwrap(), None);
    assert_eq!(receiver.call(genuine()).await, 429);
    assert!(receiver.db.with(|store| store.wants_full_look(&"chat".into())).unwrap().is_some());
}

#[tokio::test]
async fn an_app_that_is_taken_out_of_the_configuration_is_nobody() {
    let receiver = Receiver::new(wide());
    receiver.hooks.replace_doors(Doors::default());
    assert_eq!(receiver.call(genuine()).await, StatusCode::NOT_FOUND.as_u16());
}
