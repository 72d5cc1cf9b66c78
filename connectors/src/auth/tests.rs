//! Bearers against a token endpoint that follows a script.

use super::*;
use crate::http::scripted::{Reply, Scripted};
use crate::http::{Http, HttpConfig, Rate, Request};
use std::num::NonZeroU32;
use std::sync::Mutex;

fn app() -> AppName {
    AppName::new("google")
}

fn impatient() -> TokenOptions {
    let retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    TokenOptions { retry, ..TokenOptions::default() }
}

/// A keeper in memory: all tokens that it was given, the newest last.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    tokens: Vec<String>,
    full: bool,
}

impl Told {
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.0.lock().unwrap().tokens.clone()
    }

    /// From now on it keeps nothing, or works again.
    fn set_full(&self, full: bool) {
        self.0.lock().unwrap().full = full;
    }
}

#[async_trait::async_trait]
impl Keeper for Told {
    async fn turn(&self) -> Result<Box<dyn Turn>, KeepError> {
        Ok(Box::new(self.clone()))
    }
}

impl Turn for Told {
    fn newest(&self) -> Option<SecretString> {
        self.tokens().pop().map(SecretString::from)
    }

    fn keep(&mut self, rotated: &SecretString) -> Result<(), KeepError> {
        let mut shelf = self.0.lock().unwrap();
        if shelf.full {
            return Err(KeepError::Failed { reason: "the disk is full".into(), hint: "make room".into() });
        }
        shelf.tokens.push(rotated.expose_secret().to_owned());
        Ok(())
    }
}

/// A source for the endpoint, and what its keeper was told.
fn source(endpoint: &Scripted) -> (TokenSource, Told) {
    let told = Told::default();
    (kept_by(&told, endpoint), told)
}

/// A source for the endpoint that was seeded with `r1`.
fn kept_by(keeper: &Told, endpoint: &Scripted) -> TokenSource {
    seeded(keeper, endpoint, Some("r1"))
}

fn seeded(keeper: &Told, endpoint: &Scripted, seed: Option<&str>) -> TokenSource {
    let options = TokenOptions { keeper: Some(Arc::new(keeper.clone())), ..impatient() };
    let credentials = Credentials::Refresh(RefreshCredentials {
        token_url: endpoint.base_url.join("/token").unwrap(),
        client_id: "me".into(),
        client_secret: "s3cret".into(),
        refresh_token: seed.map(SecretString::from),
    });
    TokenSource::with_options(app(), credentials, options).unwrap()
}

fn granted(token: &str) -> Reply {
    Reply::ok(&format!(
        r#"{{"access_token":"{token}","expires_in":3599,"scope":"a b","token_type":"Bearer"}}"#
    ))
}

fn rotated(token: &str, refresh: &str) -> Reply {
    Reply::ok(&format!(r#"{{"access_token":"{token}","expires_in":"7200","refresh_token":"{refresh}"}}"#))
}

async fn text(source: &TokenSource) -> String {
    source.bearer().await.unwrap().header().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_fetched_once_and_kept() {
    let endpoint = Scripted::start(vec![granted("a1")]).await;
    let (source, _) = source(&endpoint);
    assert_eq!(source.granted_scopes(), None);
    assert_eq!(text(&source).await, "Bearer a1");
    assert_eq!(text(&source).await, "Bearer a1");
    assert_eq!(source.granted_scopes(), Some(vec!["a".to_owned(), "b".to_owned()]));
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("POST /token HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(!requests[0].to_lowercase().contains("authorization:"));
    assert!(
        requests[0].ends_with("grant_type=refresh_token&client_id=me&client_secret=s3cret&refresh_token=r1")
    );
}

#[tokio::test]
async fn many_callers_with_one_refused_bearer_refresh_once() {
    let endpoint = Scripted::start(vec![granted("a1"), granted("a2"), granted("a3")]).await;
    let (source, _) = source(&endpoint);
    let refused = source.bearer().await.unwrap();
    let renewals = (0..20).map(|_| source.renew(&refused));
    for renewed in futures_util::future::join_all(renewals).await {
        assert_eq!(renewed.unwrap().header().to_str().unwrap(), "Bearer a2");
    }
    assert_eq!(endpoint.requests().len(), 2);
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one_and_is_told() {
    let endpoint = Scripted::start(vec![rotated("a1", "r2"), granted("a2")]).await;
    let (source, told) = source(&endpoint);
    let first = source.bearer().await.unwrap();
    assert_eq!(told.tokens(), ["r2"]);
    source.renew(&first).await.unwrap();
    assert!(endpoint.requests()[1].ends_with("refresh_token=r2"));
    assert_eq!(told.tokens(), ["r2"]);
}

#[tokio::test]
async fn a_rotated_refresh_token_survives_a_caller_that_went_away() {
    let endpoint = Scripted::start(vec![rotated("a1", "r2")]).await;
    let (source, told) = source(&endpoint);
    // Far enough to have asked, not far enough to have heard.
    tokio::select! {
        biased;
        _ = async { while endpoint.requests().is_empty() { tokio::task::yield_now().await } } => {}
        _ = source.bearer() => panic!("the answer came too early for this test"),
    }
    assert_eq!(text(&source).await, "Bearer a1");
    assert_eq!(told.tokens(), ["r2"]);
    assert_eq!(endpoint.requests().len(), 1);
}

#[tokio::test]
async fn another_process_goes_on_with_the_newest_refresh_token() {
    let endpoint = Scripted::start(vec![rotated("a1", "r2"), rotated("a2", "r3"), granted("a3")]).await;
    let (first, told) = source(&endpoint);
    let bearer = first.bearer().await.unwrap();
    text(&kept_by(&told, &endpoint)).await;
    // While the first one was busy with something else.
    first.renew(&bearer).await.unwrap();
    let used: Vec<String> =
        endpoint.requests().iter().map(|request| request[request.len() - 2..].into()).collect();
    assert_eq!(used, ["r1", "r2", "r3"]);
    assert_eq!(told.tokens(), ["r2", "r3"]);
}

#[tokio::test]
async fn what_came_with_a_token_that_could_not_be_kept_is_not_used() {
    let endpoint = Scripted::start(vec![rotated("a1", "r2"), granted("a2")]).await;
    let (source, told) = source(&endpoint);
    told.set_full(true);
    for _ in 0..2 {
        match source.bearer().await {
            Err(HttpError::Auth { reason, hint }) => {
                assert_eq!((&*reason, &*hint), ("the disk is full", "make room"));
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("the access token is used"),
        }
    }
    assert_eq!(endpoint.requests().len(), 1, "the vendor is not asked again before it is kept");
    told.set_full(false);
    assert_eq!(text(&source).await, "Bearer a2");
    assert!(endpoint.requests()[1].ends_with("refresh_token=r2"), "and it is not lost either");
    assert_eq!(told.tokens(), ["r2"]);
}

/// The disk was full when the vendor rotated; before there is room again, somebody signs in.
#[tokio::test]
async fn a_token_that_could_not_be_kept_never_takes_the_place_of_a_later_sign_in() {
    let endpoint = Scripted::start(vec![rotated("a1", "r2"), granted("a2")]).await;
    let (source, told) = source(&endpoint);
    told.set_full(true);
    assert!(source.bearer().await.is_err());
    told.set_full(false);
    told.clone().keep(&"signed-in".into()).unwrap();
    assert_eq!(text(&source).await, "Bearer a2");
    assert!(endpoint.requests()[1].ends_with("refresh_token=signed-in"));
    assert_eq!(told.tokens(), ["signed-in"]);
}

#[tokio::test]
async fn before_anybody_signed_in_the_vendor_is_not_asked_and_afterwards_it_works() {
    let endpoint = Scripted::start(vec![granted("a1")]).await;
    let told = Told::default();
    let source = seeded(&told, &endpoint, None);
    match source.bearer().await {
        Err(HttpError::Auth { reason, hint }) => {
            assert!(reason.contains("nobody has signed in to `google`"), "{reason}");
            assert!(hint.contains("`syntony auth login google`"), "{hint}");
        }
        other => panic!("{:?}", other.err()),
    }
    assert_eq!(endpoint.requests().len(), 0);
    told.clone().keep(&"r1".into()).unwrap();
    assert_eq!(text(&source).await, "Bearer a1");
}

#[tokio::test]
async fn a_token_is_kept_even_if_the_rest_of_the_answer_is_of_no_use() {
    let endpoint = Scripted::start(vec![rotated("no\\nheader", "r2"), granted("a2")]).await;
    let (source, told) = source(&endpoint);
    assert!(source.bearer().await.is_err());
    assert_eq!(told.tokens(), ["r2"]);
    assert_eq!(text(&source).await, "Bearer a2");
}

/// What the endpoint's refusal becomes.
async fn check(replies: Vec<Reply>, expected: &str) {
    let endpoint = Scripted::start(replies.clone()).await;
    let (source, _) = source(&endpoint);
    let error = source.bearer().await.err().unwrap();
    let got = match &error {
        HttpError::Auth { reason, hint } => {
            assert!(hint.contains("`syntony auth login google`"), "{hint}");
            format!("auth: {reason}")
        }
        HttpError::Transient { .. } => "transient".to_owned(),
        HttpError::Protocol { .. } => "protocol".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(got, expected, "{replies:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_refused_refresh_token_names_the_command_and_is_not_tried_again() {
    let refusal = |status, body: &str| vec![Reply::Answer(status, "", body.to_owned()), granted("never")];
    check(
        refusal(400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#),
        "auth: invalid_grant",
    )
    .await;
    check(refusal(401, r#"{"error":"invalid_client"}"#), "auth: invalid_client").await;
    check(refusal(400, r#"{"error":{"message":"x"}}"#), "auth: the token endpoint answers HTTP 400").await;
    check(refusal(404, "<html>"), "auth: the token endpoint answers HTTP 404").await;
}

#[tokio::test]
async fn a_token_endpoint_that_is_only_ill_is_tried_again_and_condemns_no_credentials() {
    check(vec![Reply::status(500); 3], "transient").await;
    check(vec![Reply::Answer(400, "", r#"{"error":"temporarily_unavailable"}"#.into()); 3], "transient")
        .await;
    check(vec![Reply::ok(r#"{"token":"a1"}"#)], "protocol").await;
}

#[tokio::test]
async fn an_expired_access_token_in_the_middle_of_a_run_is_renewed_once() {
    let endpoint = Scripted::start(vec![granted("a1"), granted("a2"), granted("a3")]).await;
    let (source, _) = source(&endpoint);
    let script = vec![Reply::status(401), Reply::ok("made"), Reply::status(401), Reply::status(401)];
    let api = Scripted::start(script).await;
    let rate = Rate::per_second(NonZeroU32::new(1_000).unwrap());
    let http = Http::new(HttpConfig::new(app(), api.base_url.clone(), rate), source).unwrap();
    let create = Request::post("/things", crate::http::Repeat::Once);
    assert_eq!(http.send(&create).await.unwrap().text(), "made");
    assert!(matches!(http.send(&create).await, Err(HttpError::Auth { .. })));
    let bearers: Vec<bool> = ["a1", "a2", "a2", "a3"]
        .iter()
        .zip(api.requests())
        .map(|(token, request)| request.contains(&format!("authorization: Bearer {token}\r\n")))
        .collect();
    assert_eq!(bearers, [true; 4]);
    assert_eq!(http.calls(), 4);
}

fn client(endpoint: &Scripted) -> Credentials {
    Credentials::Client(ClientCredentials {
        token_url: endpoint.base_url.join("/token").unwrap(),
        client_id: "me".into(),
        client_secret: "s3cret".into(),
    })
}

#[tokio::test]
async fn a_client_that_stands_for_itself_just_asks_again() {
    let endpoint = Scripted::start(vec![rotated("a1", "r9"), granted("a2")]).await;
    let source = TokenSource::with_options(app(), client(&endpoint), impatient()).unwrap();
    let first = source.bearer().await.unwrap();
    source.renew(&first).await.unwrap();
    for request in endpoint.requests() {
        assert!(
            request.ends_with("\r\n\r\ngrant_type=client_credentials&client_id=me&client_secret=s3cret"),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_name_and_a_password_go_with_each_call() {
    let credentials = Credentials::Basic { user: "any".into(), password: "key-us21\n".into() };
    assert_eq!(format!("{credentials:?}"), "Basic(…)");
    let source = TokenSource::new(app(), credentials).unwrap();
    let bearer = source.bearer().await.unwrap();
    assert_eq!(bearer.header().to_str().unwrap(), "Basic YW55OmtleS11czIx");
    assert!(bearer.header().is_sensitive());
    assert!(matches!(source.renew(&bearer).await, Err(HttpError::Auth { .. })));
}

/// Where a call goes when the token answer names `instance_url`: `there`, or the error.
async fn check_api(instance_url: Option<&str>, accept: AcceptApiUrl, expected: &str) {
    let there = Scripted::start(vec![Reply::ok("there")]).await;
    let mut token = serde_json::json!({ "access_token": "a1" });
    if let Some(named) = instance_url {
        token["instance_url"] = named.replace("THERE", there.base_url.as_str()).into();
    }
    let login = Scripted::start(vec![Reply::ok(&token.to_string()), Reply::ok("login")]).await;
    let options = TokenOptions { api_url: Some(accept), ..impatient() };
    let source = TokenSource::with_options(app(), client(&login), options).unwrap();
    let rate = Rate::per_second(NonZeroU32::new(1_000).unwrap());
    let http = Http::new(HttpConfig::new(app(), login.base_url.clone(), rate), source).unwrap();
    let got = match http.send(&Request::get("/things")).await {
        Ok(answer) => answer.text().into_owned(),
        Err(HttpError::Protocol { reason }) => reason,
        Err(other) => panic!("{other:?}"),
    };
    assert!(got.contains(expected), "{instance_url:?}: {got}");
    let reached = there.requests().len();
    assert_eq!(reached, usize::from(expected == "there"), "{instance_url:?}");
}

#[tokio::test]
async fn a_bearer_goes_to_no_host_that_the_connector_does_not_know() {
    check_api(Some("THERE"), |_, api| api.host_str() == Some("127.0.0.1"), "there").await;
    check_api(Some("THERE"), |_, _| false, "not the vendor's").await;
    check_api(Some("http://example.com"), |_, _| true, "not the vendor's").await;
    check_api(Some("https://u:p@example.com"), |_, _| true, "not the vendor's").await;
    check_api(Some("nonsense"), |_, _| true, "does not say").await;
    check_api(None, |_, _| true, "does not say").await;
}
