//! Too much at once, and days on which nothing goes well.

use super::*;
use crate::faults::{Fault, Refusal};
use crate::mailchimp::Throttling;
use std::sync::atomic::Ordering;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Calls whose bodies never come to their end: each one is under way as long as it is held.
async fn begin(world: &World, calls: usize) -> Vec<TcpStream> {
    let address = world.running.base_url.trim_start_matches("http://");
    let mut begun = Vec::new();
    for _ in 0..calls {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "POST /3.0/batches HTTP/1.1\r\nhost: sandbox\r\ncontent-length: 9\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        begun.push(stream);
    }
    begun
}

/// Waits until so many calls are under way.
async fn under_way(world: &World, calls: usize) {
    let reached = async {
        while world.account.connections().load(Ordering::SeqCst) != calls {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap();
}

#[tokio::test]
async fn the_eleventh_call_at_once_is_refused() {
    let world = World::new().await;
    let ping = async || world.ask(Method::GET, "/ping", Json::Null).await.0;
    let mut begun = begin(&world, 9).await;
    under_way(&world, 9).await;
    assert_eq!(ping().await, 200, "the tenth");
    begun.extend(begin(&world, 1).await);
    under_way(&world, 10).await;
    assert_eq!(ping().await, 429, "the eleventh");
    assert_eq!(ping().await, 429, "a refused call holds no connection, and frees none");
    drop(begun);
    under_way(&world, 0).await;
    assert_eq!(ping().await, 200);
}

#[tokio::test]
async fn asked_too_much_it_says_so_in_one_of_two_ways() {
    let world = World::new().await;
    let limited = Fault::Refuse(Refusal::RateLimited { retry_after_seconds: None });
    for (throttling, expected) in
        [(Throttling::TooManyRequests, [429, 429]), (Throttling::BareForbidden, [403, 403])]
    {
        world.account.configure(|settings| settings.throttling = throttling);
        for status in expected {
            world.account.faults().once(limited.clone());
            let (got, body) = world.ask(Method::GET, "/ping", Json::Null).await;
            assert_eq!((got, body.is_null()), (status, status == 403), "{throttling:?}");
        }
    }
    world.account.configure(|settings| settings.throttling = Throttling::Mixed);
    let mut mixed = Vec::new();
    for _ in 0..4 {
        world.account.faults().once(limited.clone());
        mixed.push(world.ask(Method::GET, "/ping", Json::Null).await.0);
    }
    mixed.sort_unstable();
    assert_eq!(mixed, [403, 403, 429, 429]);
}

#[tokio::test]
async fn scripted_faults_come_in_the_vendors_words() {
    let world = World::new().await;
    let faults = world.account.faults();
    for (fault, status, title) in [
        (Fault::Refuse(Refusal::ServerError(503)), 503, "Internal Server Error"),
        (Fault::Refuse(Refusal::ExpiredToken), 401, "API Key Invalid"),
    ] {
        faults.once(fault);
        let (got, body) = world.ask(Method::GET, "/ping", Json::Null).await;
        assert_eq!((got, text(&body, "/title")), (status, title));
    }
    faults.once(Fault::Refuse(Refusal::ExpiredCursor));
    assert_eq!(world.ask(Method::GET, "/ping", Json::Null).await.0, 200, "there are no cursors to expire");
}

#[tokio::test]
async fn calls_are_counted_by_the_path_of_the_documents() {
    let world = World::new().await;
    world.create("ada@x.example", "subscribed").await;
    world.get("/members/ada@x.example").await;
    let traffic = world.account.traffic();
    assert_eq!(traffic.count(&Method::GET, "/3.0/lists/{list_id}/members/{subscriber_hash}"), 1);
    assert_eq!(traffic.count(&Method::POST, "/3.0/lists/{list_id}/members"), 1);
    assert!(!format!("{:?}", traffic.calls()).contains("ada"), "no address gets into the log");
}
