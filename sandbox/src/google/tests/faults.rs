//! A bad day: quotas, scripted faults, two writers at once, paths that are none.

use super::super::Limits;
use super::*;
use crate::faults::{Fault, Refusal};

const LIMITED: (u16, &str, &str) = (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Critical");

#[tokio::test]
async fn a_minute_holds_ninety_reads_and_then_a_429() {
    let world = World::with(Settings { limits: Limits::GOOGLE, ..lenient() }).await;
    for _ in 0..90 {
        world.get("/v1/people/me?personFields=metadata").await;
    }
    let error = world.get_refused("/v1/people/me?personFields=metadata", LIMITED).await;
    let info = &error["details"][0];
    assert_eq!(info["reason"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(info["metadata"]["quota_limit"], "CriticalReadsPerMinutePerProjectPerUser");
    world.get("/v1/contactGroups").await;
    world.pass(Duration::from_secs(60));
    world.get("/v1/people/me?personFields=metadata").await;
}

#[tokio::test]
async fn a_batch_costs_six_and_a_write_costs_a_read() {
    let world = World::with(Settings { limits: Limits::GOOGLE, ..lenient() }).await;
    let batch = json!({ "contacts": [{ "contactPerson": ada() }] });
    for _ in 0..15 {
        world.good(Method::POST, "/v1/people:batchCreateContacts", batch.clone()).await;
    }
    world.refused(Method::POST, "/v1/people:batchCreateContacts", batch, LIMITED).await;
    world.get_refused("/v1/people/me?personFields=metadata", LIMITED).await;
}

#[tokio::test]
async fn full_syncs_have_a_bucket_of_their_own() {
    let limits = Limits { full_syncs_per_day: Some(1), ..Limits::NONE };
    let world = World::with(Settings { limits, ..lenient() }).await;
    let full = world.sync("").await;
    let error =
        world.get_refused(&sync_path(""), (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted")).await;
    assert_eq!(error["details"][0]["violations"][0]["description"], "FBS quota limit exceeded");
    world.sync(&format!("&syncToken={}", text(&full, "/nextSyncToken"))).await;
    world.get(&format!("{CONNECTIONS}?personFields=names")).await;
    world.pass(days(1));
    world.sync("").await;
}

#[tokio::test]
async fn scripted_refusals_speak_as_google_does() {
    let world = World::new().await;
    let refuse = |refusal| world.account.faults().once(Fault::Refuse(refusal));
    refuse(Refusal::RateLimited { retry_after_seconds: None });
    world.get_refused(CONNECTIONS, LIMITED).await;
    refuse(Refusal::ServerError(503));
    world.get_refused(CONNECTIONS, (503, "UNAVAILABLE", "The service is currently unavailable.")).await;
    refuse(Refusal::ServerError(500));
    world.get_refused(CONNECTIONS, (500, "INTERNAL", "Internal error encountered.")).await;
    refuse(Refusal::ServerError(504));
    world.get_refused(CONNECTIONS, (504, "DEADLINE_EXCEEDED", "")).await;
    refuse(Refusal::RateLimited { retry_after_seconds: Some(7) });
    let url = format!("{}{CONNECTIONS}", world.running.base_url);
    let limited = world.client.get(url).bearer_auth(&world.token).send().await.unwrap();
    assert_eq!(limited.headers()["retry-after"], "7");
}

#[tokio::test]
async fn an_etag_can_be_called_stale_though_nothing_changed() {
    let world = World::new().await;
    let person = world.create(ada()).await;
    let path = format!("/v1/{}:updateContact?updatePersonFields=names", text(&person, "/resourceName"));
    let template = "/v1/people/{id}:updateContact";
    let patch = axum::http::Method::PATCH;
    world.account.faults().on(patch, template, 1, super::super::ApiError::stale_etag().as_fault());
    let stale = (400, "FAILED_PRECONDITION", "Request person.etag is different");
    world.refused(Method::PATCH, &path, person.clone(), stale).await;
    world.good(Method::PATCH, &path, person).await;
}

#[tokio::test]
async fn a_rate_limit_may_come_as_a_403() {
    let world = World::new().await;
    world.account.faults().once(super::super::ApiError::legacy_rate_limit_fault());
    let error = world.get_refused(CONNECTIONS, (403, "PERMISSION_DENIED", "User Rate Limit Exceeded")).await;
    assert_eq!(error["errors"][0]["reason"], "userRateLimitExceeded");
}

#[tokio::test]
async fn what_expires_by_script_stays_expired() {
    let world = World::new().await;
    let token = format!("&syncToken={}", text(&world.sync("").await, "/nextSyncToken"));
    world.account.faults().once(Fault::Refuse(Refusal::ExpiredCursor));
    world.sync("").await; // brings no cursor, so it is not concerned
    let expired = (400, "FAILED_PRECONDITION", "Sync token is expired.");
    world.get_refused(&sync_path(&token), expired).await;
    world.get_refused(&sync_path(&token), expired).await;

    world.account.faults().once(Fault::Refuse(Refusal::ExpiredToken));
    for _ in 0..2 {
        world.get_refused(CONNECTIONS, (401, "UNAUTHENTICATED", "")).await;
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_was_made() {
    let world = World::new().await;
    world.account.faults().once(Fault::DropAfter);
    let url = format!("{}/v1/people:createContact", world.running.base_url);
    let sent = world.client.post(&url).bearer_auth(&world.token).json(&ada()).send().await;
    assert!(sent.is_err());
    assert_eq!(world.account.counts().contacts, 1);
    world.account.faults().once(Fault::DropBefore);
    let sent = world.client.post(&url).bearer_auth(&world.token).json(&ada()).send().await;
    assert!(sent.is_err());
    assert_eq!(world.account.counts().contacts, 1);
}

#[tokio::test]
async fn two_mutations_at_once_are_refused_and_reads_are_not() {
    let world = World::with(Settings { mutation_ms: 200, ..lenient() }).await;
    let create = || world.ask(Method::POST, "/v1/people:createContact", ada());
    let (first, second, read) =
        tokio::join!(create(), create(), world.ask(Method::GET, "/v1/contactGroups", Json::Null));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!((statuses, read.0), ([200, 409], 200));
    world.create(ada()).await; // the turn was given back
    world.account.configure(|settings| settings.refuses_concurrent_mutations = false);
    let (first, second) = tokio::join!(create(), create());
    assert_eq!((first.0, second.0), (200, 200));
}

#[tokio::test]
async fn a_path_that_is_none_is_answered_in_html() {
    let world = World::new().await;
    for path in ["/people/me/connections", "/v2/people/me/connections", "/v1/people/c1/x/y"] {
        let url = format!("{}{path}", world.running.base_url);
        let response = world.client.get(url).bearer_auth(&world.token).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 404);
        assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
    }
    world.account.faults().once(Fault::Html);
    let url = format!("{}{CONNECTIONS}", world.running.base_url);
    assert_eq!(world.client.get(url).send().await.unwrap().status().as_u16(), 502);
}

#[tokio::test]
async fn what_is_not_simulated_says_so() {
    let world = World::new().await;
    world.get_refused("/v1/otherContacts", (501, "UNIMPLEMENTED", "sandbox does not simulate")).await;
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let world = World::new().await;
    let url = format!("{}/v1/people:createContact", world.running.base_url);
    let response = world.client.post(url).bearer_auth(&world.token).body("{names:").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    let answer: Json = response.json().await.unwrap();
    assert!(text(&answer, "/error/message").starts_with("Invalid JSON payload received."));
}

#[tokio::test]
async fn the_log_of_calls_holds_templates() {
    let world = World::new().await;
    let name = text(&world.create(ada()).await, "/resourceName").to_owned();
    world.read(&name).await;
    world.sync("").await;
    let counts = world.account.traffic().counts();
    let routes: Vec<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(
        routes,
        ["GET /v1/people/me/connections", "GET /v1/people/{id}", "POST /v1/people:createContact"]
    );
}
