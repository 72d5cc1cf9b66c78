//! Too much at once, and days on which nothing goes well.

use super::*;
use crate::faults::{Fault, Refusal};
use crate::mailchimp::Throttling;

/// How many of so many calls at once were refused.
async fn refused_of(world: &World, calls: usize) -> usize {
    let asked = (0..calls).map(|_| world.ask(Method::GET, "/ping", Json::Null));
    let statuses = futures(asked.collect()).await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)));
    statuses.iter().filter(|status| **status == 429).count()
}

async fn futures<F: Future<Output = (u16, Json)>>(asked: Vec<F>) -> Vec<u16> {
    let mut asked: Vec<_> = asked.into_iter().map(Box::pin).collect();
    let mut statuses = vec![None; asked.len()];
    std::future::poll_fn(|context| {
        for (future, status) in asked.iter_mut().zip(&mut statuses).filter(|(_, status)| status.is_none()) {
            if let std::task::Poll::Ready((got, _)) = future.as_mut().poll(context) {
                *status = Some(got);
            }
        }
        if statuses.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    statuses.into_iter().flatten().collect()
}

#[tokio::test]
async fn the_eleventh_call_at_once_is_refused() {
    let world = World::with(|settings| settings.answer_ms = 500).await;
    assert_eq!(refused_of(&world, 10).await, 0);
    assert_eq!(refused_of(&world, 13).await, 3);
    assert_eq!(refused_of(&world, 1).await, 0, "a refused call holds no connection");
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
