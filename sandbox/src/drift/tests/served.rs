//! Over a real port: faults in the vendor's words, the log of calls, many callers at once, many contacts.

use super::*;
use crate::faults::{Fault, Refusal};
use axum::http::Method;

async fn served(world: &World) -> (crate::serve::Running, reqwest::Client) {
    (world.workspace.serve(0).await.unwrap(), crate::test_client())
}

async fn post(client: &reqwest::Client, base: &str, email: &str) -> Option<u16> {
    let sent = client
        .post(format!("{base}/contacts"))
        .bearer_auth(Settings::default().private_token)
        .json(&json!({"attributes": {"email": email}}));
    sent.send().await.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn scripted_refusals_are_in_the_vendors_words() {
    let world = World::new(|_| {});
    let (running, client) = served(&world).await;
    let get = async |path: &str| {
        let url = format!("{}{path}", running.base_url);
        let answer = client.get(url).bearer_auth(&world.token).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.unwrap();
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    };
    let fault = |refusal| world.workspace.faults().once(Fault::Refuse(refusal));
    fault(Refusal::RateLimited { retry_after_seconds: Some(3) });
    let limited = get("/contacts/attributes").await;
    World::refused(&limited, 429, "rate limit");
    assert_eq!(limited.headers[header::RETRY_AFTER], "3");
    fault(Refusal::ServerError(503));
    World::refused(&get("/contacts/attributes").await, 503, "unexpected");
    fault(Refusal::ExpiredToken);
    World::refused(&get("/contacts/attributes").await, 401, "token invalid");
    fault(Refusal::ExpiredCursor);
    assert_eq!(get("/conversations/list?page_token=").await.status, 200, "an empty token is no cursor");
    World::refused(&get("/conversations/list?page_token=x").await, 400, "page token");
    assert_eq!(get("/contacts/attributes").await.status, 200);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_was_made_and_cannot_be_made_again() {
    let world = World::new(|_| {});
    let (running, client) = served(&world).await;
    world.workspace.faults().on(Method::POST, "/contacts", 1, Fault::DropAfter);
    assert_eq!(post(&client, &running.base_url, "a@x.test").await, None);
    assert_eq!(world.workspace.ids_of("a@x.test").len(), 1);
    assert_eq!(post(&client, &running.base_url, "a@x.test").await, Some(409));
}

#[tokio::test]
async fn calls_are_counted_by_route() {
    let world = World::new(|_| {});
    let (running, client) = served(&world).await;
    for path in ["/contacts/1", "/contacts/2", "/contacts/attributes", "/contacts?email=a%40x.test"] {
        let url = format!("{}{path}", running.base_url);
        client.get(url).bearer_auth(&world.token).send().await.unwrap();
    }
    let counts = world.workspace.traffic().counts();
    let counts: Vec<(&str, u64)> = counts.iter().map(|(route, count)| (route.as_str(), *count)).collect();
    assert_eq!(counts, [("GET /contacts", 1), ("GET /contacts/attributes", 1), ("GET /contacts/{id}", 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creates_of_one_address_at_once_one_is_made() {
    let world = World::new(|_| {});
    let (running, client) = served(&world).await;
    let calls: Vec<_> = (0..32)
        .map(|_| {
            let (client, base) = (client.clone(), running.base_url.clone());
            tokio::spawn(async move { post(&client, &base, "a@x.test").await.unwrap() })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
    assert_eq!(world.workspace.counts().contacts, 1);
}

#[tokio::test]
async fn a_hundred_thousand_contacts_are_found_and_listed() {
    let count: i64 = 100_000;
    let world = World::new(|_| {});
    for n in 0..count {
        world.workspace.identify(&format!("p{n}@x.test"), &[]);
    }
    assert_eq!(world.get("/contacts?email=P99999%40x.test").await.ids().len(), 1);
    let mut path = "/conversations/list?limit=100&page_token=".to_owned();
    let mut seen = BTreeSet::new();
    loop {
        let answer = world.get(&path).await;
        seen.extend(answer.ids());
        let Some(next) = answer.body["links"]["next"].as_str() else { break };
        path = next.strip_prefix("https://api.drift.com").unwrap().to_owned();
    }
    assert_eq!(seen.len(), usize::try_from(count).unwrap());
}
