//! Quotas, versions, faults.

use super::*;
use crate::faults::{Fault, Refusal};

async fn info(world: &World) -> String {
    let response = world.raw(&format!("{BASE}/query?q=SELECT+Id+FROM+Contact")).await;
    response.headers()["sforce-limit-info"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_with_data_tells_how_much_is_used() {
    let world = World::new().await;
    assert_eq!(info(&world).await, "api-usage=1/15000");
    assert_eq!(info(&world).await, "api-usage=2/15000");
    world.org.others_call(40);
    world.org.configure(|settings| settings.tells_calls_per_app = true);
    assert_eq!(
        info(&world).await,
        "api-usage=43/15000; per-app-api-usage=3/250(appName=sandbox-connected-app)"
    );
    let refused = world.raw(&format!("{BASE}/query?q=x")).await;
    assert!(refused.headers().contains_key("sforce-limit-info"), "refusals too");
    let limits = world.get("/limits").await.unwrap();
    assert_eq!(limits["DailyApiRequests"], json!({ "Max": 15_000, "Remaining": 15_000 - 45 }));
}

#[tokio::test]
async fn a_quota_that_is_used_up_refuses_until_calls_are_a_day_old() {
    let world = World::with(Settings { daily_calls: Some(3), ..Settings::unlimited() }).await;
    for _ in 0..3 {
        assert!(world.get("/sobjects/Contact/describe").await.is_ok());
    }
    assert_eq!(world.get("/limits").await, Err((403, "REQUEST_LIMIT_EXCEEDED".to_owned())));
    let response = world.raw(&format!("{BASE}/limits")).await;
    assert!(!response.headers().contains_key("retry-after"), "Salesforce does not say when");
    world.pass_seconds(24 * 3600 + 60);
    assert!(world.get("/limits").await.is_ok());
}

#[tokio::test]
async fn versions_need_no_session_and_are_not_counted() {
    let mut world = World::new().await;
    let token = std::mem::take(&mut world.token);
    for path in ["/services/data", "/services/data/"] {
        let versions = world.get(path).await.unwrap();
        let known = json!({ "label": "Winter '25", "url": BASE, "version": "62.0" });
        assert!(versions.as_array().unwrap().contains(&known), "{versions}");
    }
    assert_eq!(world.get("/limits").await, Err((401, "INVALID_SESSION_ID".to_owned())));
    world.token = token;
    assert_eq!(info(&world).await, "api-usage=1/15000");
    assert_eq!(world.get("/services/data/v29.0/limits").await.map_err(|error| error.0), Err(410));
    assert_eq!(world.get("/services/data/v99.0/limits").await.map_err(|error| error.0), Err(404));
}

#[tokio::test]
async fn the_date_is_that_of_the_orgs_clock() {
    let world = World::new().await;
    world.pass_seconds(61);
    let response = world.raw(&format!("{BASE}/limits")).await;
    assert_eq!(response.headers()["date"], "Mon, 05 Jan 2026 08:01:01 GMT");
}

#[tokio::test]
async fn scripted_refusals_are_worded_as_salesforce_words_them() {
    let world = World::new().await;
    let cases = [
        (Refusal::RateLimited { retry_after_seconds: None }, 403, "REQUEST_LIMIT_EXCEEDED"),
        (Refusal::ServerError(503), 503, "SERVER_UNAVAILABLE"),
        (Refusal::ServerError(500), 500, "UNKNOWN_EXCEPTION"),
        (Refusal::ExpiredToken, 401, "INVALID_SESSION_ID"),
    ];
    for (refusal, status, code) in cases {
        world.org.faults().once(Fault::Refuse(refusal));
        assert_eq!(world.get("/limits").await, Err((status, code.to_owned())));
    }
    assert_eq!(world.get("/limits").await, Err((401, "INVALID_SESSION_ID".to_owned())), "for good");
}

#[tokio::test]
async fn calls_are_named_without_ids() {
    let world = World::new().await;
    let id = world.contact("Ada");
    for path in [
        format!("/sobjects/Contact/{id}"),
        "/query/0r8x-1".to_owned(),
        "/sobjects/contact/describe/".to_owned(),
    ] {
        let _ = world.get(&path).await;
    }
    let counts = world.org.traffic().counts();
    let names: Vec<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["GET /query/{locator}", "GET /sobjects/{object}/describe", "GET /sobjects/{object}/{id}"]
    );
}

#[tokio::test]
async fn messages_come_in_the_users_language() {
    let world = World::new().await;
    world.org.configure(|settings| settings.language = super::super::Language::Portuguese);
    let body: Json = world.raw(&format!("{BASE}/nothing")).await.json().await.unwrap();
    assert_eq!(body, json!([{ "errorCode": "NOT_FOUND", "message": "O recurso solicitado não existe" }]));
}

#[tokio::test]
async fn a_body_may_come_packed() {
    use std::io::Write as _;
    let world = World::new().await;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(br#"{"LastName":"Ada"}"#).unwrap();
    let packed = packer.finish().unwrap();
    let send = async |body: Vec<u8>| {
        let request = world.client.post(world.url(&format!("{BASE}/sobjects/Contact/")));
        let request = request.bearer_auth(&world.token).header("content-encoding", "gzip");
        request.header("content-type", "application/json").body(body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(send(packed).await, 201);
    assert_eq!(send(b"no gzip".to_vec()).await, 400);
    assert_eq!(world.rows("SELECT Id FROM Contact WHERE LastName = 'Ada'").await.len(), 1);
}
