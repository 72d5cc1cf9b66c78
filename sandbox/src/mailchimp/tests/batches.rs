//! Many calls in one, done later.

use super::*;
use std::io::Read as _;

/// The answers in an archive.
fn unpack(archive: &[u8]) -> Vec<Json> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut answers = Vec::new();
    for file in archive.entries().unwrap() {
        let mut text = String::new();
        file.unwrap().read_to_string(&mut text).unwrap();
        answers.extend(serde_json::from_str::<Vec<Json>>(&text).unwrap());
    }
    answers
}

#[tokio::test]
async fn a_batch_is_done_later_and_its_results_are_behind_a_link_that_dies() {
    let world = World::with(|settings| settings.batch_ms = 60_000).await;
    let new = |email: &str| json!({ "email_address": email, "status": "subscribed" }).to_string();
    let members = format!("{}/members", world.list);
    let operations = json!([
        { "method": "POST", "path": members, "body": new("ada@x.example"), "operation_id": "one" },
        { "method": "POST", "path": members, "body": new("nobody"), "operation_id": "two" },
        { "method": "GET", "path": members, "params": { "count": 5, "fields": "total_items" } },
        { "method": "DELETE", "path": format!("{members}/ada@x.example"), "operation_id": "four" },
    ]);
    let (_, batch) = world.ask(Method::POST, "/batches", json!({ "operations": operations })).await;
    assert_eq!((text(&batch, "/status"), text(&batch, "/response_body_url")), ("pending", ""));
    let path = format!("/batches/{}", text(&batch, "/id"));
    world.pass(59);
    assert_eq!(world.ask(Method::GET, &path, Json::Null).await.1["status"], "started");
    assert_eq!(world.account.counts().members, 0);
    world.pass(1);
    let (_, batch) = world.ask(Method::GET, &path, Json::Null).await;
    assert_eq!(
        (text(&batch, "/status"), &batch["finished_operations"], &batch["errored_operations"]),
        ("finished", &json!(4), &json!(1))
    );
    let fetch = async |url: &str| {
        let response = world.client.get(url).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap())
    };
    let url = text(&batch, "/response_body_url");
    let (status, archive) = fetch(url).await;
    assert_eq!(status, 200, "no key is asked for");
    let answers = unpack(&archive);
    let told: Vec<String> = answers
        .iter()
        .map(|answer| format!("{} {}", text(answer, "/operation_id"), answer["status_code"]))
        .collect();
    assert_eq!(told, ["one 200", "two 400", " 200", "four 204"]);
    let inner: Json = serde_json::from_str(text(&answers[1], "/response")).unwrap();
    assert_eq!(text(&inner, "/title"), "Invalid Resource");
    assert_eq!(text(&answers[2], "/response"), "{\"total_items\":1}", "one after the other");
    assert_eq!(text(&answers[3], "/response"), "");
    assert_eq!(fetch(&url.replace("signature=", "signature=0")).await.0, 403);
    world.pass(600);
    assert_eq!(fetch(url).await.0, 403, "the link has died");
    let (_, batch) = world.ask(Method::GET, &path, Json::Null).await;
    assert_eq!(fetch(text(&batch, "/response_body_url")).await.0, 200, "another one is to be had");
}

#[tokio::test]
async fn a_batch_that_makes_no_sense_is_refused_at_once() {
    let world = World::new().await;
    for (body, told) in [
        (json!({}), "Required fields were not provided: operations"),
        (json!({ "operations": [{ "method": "HEAD", "path": "/lists" }] }), "operations.item:0.method"),
        (json!({ "operations": [{ "method": "GET" }] }), "operations.item:0.path"),
        (
            json!({ "operations": [{ "method": "POST", "path": "/lists", "body": {} }] }),
            "operations.item:0.body",
        ),
    ] {
        let (status, answer) = world.ask(Method::POST, "/batches", body).await;
        assert_eq!(status, 400);
        assert!(answer.to_string().contains(told), "{answer}");
    }
    let (_, empty) = world.ask(Method::POST, "/batches", json!({ "operations": [] })).await;
    let path = format!("/batches/{}", text(&empty, "/id"));
    assert_eq!(world.ask(Method::GET, &path, Json::Null).await.1["status"], "finished");
    assert_eq!(world.ask(Method::DELETE, &path, Json::Null).await.0, 204);
    assert_eq!(world.ask(Method::GET, &path, Json::Null).await.0, 404);
}

#[tokio::test]
async fn five_hundred_batches_may_wait() {
    let world = World::with(|settings| settings.batch_ms = 1_000).await;
    for _ in 0..500 {
        assert_eq!(world.ask(Method::POST, "/batches", json!({ "operations": [] })).await.0, 200);
    }
    assert_eq!(world.ask(Method::POST, "/batches", json!({ "operations": [] })).await.0, 429);
    world.pass(1);
    assert_eq!(world.ask(Method::POST, "/batches", json!({ "operations": [] })).await.0, 200);
}
