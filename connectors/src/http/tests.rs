//! The wire against a vendor that follows a script.

use super::scripted::{Reply, Scripted};
use super::*;
use crate::auth::{Credentials, TokenSource};
use proptest::prelude::*;
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::AppName;
use url::Url;

fn config(base_url: Url) -> HttpConfig {
    let rate = Rate::per_second(NonZeroU32::new(10_000).unwrap());
    let mut config = HttpConfig::new(AppName::new("chat"), base_url, rate);
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    config.timeouts.total = Duration::from_millis(200);
    config
}

fn http(config: HttpConfig) -> Http {
    let tokens = TokenSource::new(AppName::new("chat"), Credentials::Token("t0ken".into())).unwrap();
    Http::new(config, tokens).unwrap()
}

fn request(repeat: Repeat) -> Request {
    match repeat {
        Repeat::Read => Request::get("/things"),
        Repeat::Idempotent | Repeat::Once => {
            Request::post("/things", repeat).json(&serde_json::json!({"a": 1}))
        }
    }
}

/// What a call comes to, as text: the body of an answer, or the error's variant.
fn outcome(result: Result<Answer, HttpError>) -> String {
    match result {
        Ok(answer) => answer.text().into_owned(),
        Err(HttpError::Invalid { .. }) => "invalid".into(),
        Err(HttpError::Auth { hint, .. }) => {
            assert!(hint.contains("the credentials of `chat`"), "{hint}");
            "auth".into()
        }
        Err(HttpError::RateLimited { retry_after }) => {
            format!("rate limited {:?}", retry_after.map(|wait| wait.as_secs()))
        }
        Err(HttpError::Transient { .. }) => "transient".into(),
        Err(HttpError::Unknown { .. }) => "unknown".into(),
        Err(HttpError::Refused(answer)) => format!("refused {}", answer.status()),
        Err(HttpError::Protocol { .. }) => "protocol".into(),
    }
}

async fn check(repeat: Repeat, script: Vec<Reply>, expected: &str, expected_calls: usize) {
    let vendor = Scripted::start(script.clone()).await;
    let http = http(config(vendor.base_url.clone()));
    let got = outcome(http.send(&request(repeat)).await);
    assert_eq!(got, expected, "{repeat:?} {script:?}");
    assert_eq!(vendor.requests().len(), expected_calls, "{repeat:?} {script:?}");
    assert_eq!(http.calls(), expected_calls as u64);
}

#[tokio::test]
async fn a_create_that_may_have_been_applied_is_never_sent_again() {
    for reply in [
        Reply::HangUp,
        Reply::BreakOff,
        Reply::Silence,
        Reply::status(500),
        Reply::status(503),
        Reply::status(408),
    ] {
        check(Repeat::Once, vec![reply, Reply::ok("second")], "unknown", 1).await;
    }
}

#[tokio::test]
async fn a_create_that_was_not_processed_is_sent_again() {
    check(Repeat::Once, vec![Reply::status(429), Reply::ok("made")], "made", 2).await;
}

#[tokio::test]
async fn reads_and_repeatable_writes_are_repeated() {
    for repeat in [Repeat::Read, Repeat::Idempotent] {
        for reply in [Reply::HangUp, Reply::BreakOff, Reply::Silence, Reply::status(502), Reply::status(429)]
        {
            check(repeat, vec![reply, Reply::ok("second")], "second", 2).await;
        }
    }
}

#[tokio::test]
async fn a_failed_read_leaves_no_doubt_and_a_failed_write_does() {
    let dead = || vec![Reply::HangUp; 3];
    check(Repeat::Read, dead(), "transient", 3).await;
    check(Repeat::Idempotent, dead(), "unknown", 3).await;
}

#[tokio::test]
async fn a_vendor_that_stays_silent_is_not_asked_for_long() {
    let vendor = Scripted::start(vec![Reply::Silence; 9]).await;
    let mut config = config(vendor.base_url.clone());
    config.retry.max_attempts = 9;
    config.timeouts.total = Duration::from_millis(20);
    assert_eq!(outcome(http(config).send(&request(Repeat::Read)).await), "transient");
    assert_eq!(vendor.requests().len(), 3);
}

#[tokio::test]
async fn a_limit_after_a_doubtful_attempt_does_not_take_the_doubt_away() {
    let script = || vec![Reply::HangUp, Reply::status(429), Reply::status(429)];
    check(Repeat::Idempotent, script(), "unknown", 3).await;
    check(Repeat::Read, script(), "rate limited None", 3).await;
}

#[tokio::test]
async fn a_vendor_that_cannot_be_reached_was_not_written_to() {
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", unused.local_addr().unwrap())).unwrap();
    drop(unused);
    let http = http(config(base));
    for repeat in [Repeat::Read, Repeat::Idempotent, Repeat::Once] {
        assert_eq!(outcome(http.send(&request(repeat)).await), "transient", "{repeat:?}");
    }
    assert_eq!(http.calls(), 9);
}

#[tokio::test]
async fn a_refusal_is_not_repeated_and_its_words_stay_out_of_the_error() {
    let refusal = Reply::Answer(400, "", r#"{"error":"ada@example.com is taken"}"#.into());
    let vendor = Scripted::start(vec![refusal]).await;
    let error = http(config(vendor.base_url.clone())).send(&request(Repeat::Once)).await.unwrap_err();
    assert_eq!(error.to_string(), "the app refuses the call with HTTP 400");
    assert!(!format!("{error:?}").contains("ada"));
    assert!(error.refusal().unwrap().text().contains("ada"));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn an_html_error_page_breaks_nothing() {
    let html = || Reply::Answer(502, "content-type: text/html\r\n", "<html>Bad Gateway</html>".into());
    check(Repeat::Read, vec![html(), html(), html()], "transient", 3).await;
    let vendor = Scripted::start(vec![Reply::Answer(404, "", "<html>".into())]).await;
    let error = http(config(vendor.base_url)).send(&request(Repeat::Read)).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().value(), None);
}

#[tokio::test]
async fn an_answer_of_another_shape_is_named_without_its_values() {
    let vendor = Scripted::start(vec![Reply::ok(r#"{"count":"ada@example.com"}"#)]).await;
    let answer = http(config(vendor.base_url)).send(&request(Repeat::Read)).await.unwrap();
    let error = answer.json::<std::collections::BTreeMap<String, u32>>().unwrap_err().to_string();
    assert!(error.contains("another shape at line 1"), "{error}");
    assert!(!error.contains("ada"), "{error}");
}

#[tokio::test]
async fn a_wait_longer_than_ours_is_handed_back_and_nobody_asks_again_meanwhile() {
    let vendor = Scripted::start(vec![Reply::Answer(429, "retry-after: 7200\r\n", String::new())]).await;
    let http = http(config(vendor.base_url.clone()));
    assert_eq!(outcome(http.send(&request(Repeat::Read)).await), "rate limited Some(7200)");
    assert_eq!(outcome(http.send(&request(Repeat::Read)).await), "rate limited Some(7199)");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn a_judge_can_tell_a_quota_from_a_refusal() {
    fn judge(answer: &Answer) -> Verdict {
        match answer.text().as_ref() {
            "slow" => Verdict::Throttled,
            "used up" => Verdict::Exhausted { pause: Duration::from_secs(600) },
            _ => judge_by_status(answer),
        }
    }
    let script = ["slow", "used up"].map(|text| Reply::Answer(403, "", text.into()));
    let vendor = Scripted::start(script.to_vec()).await;
    let http = http(HttpConfig { judge, ..config(vendor.base_url) });
    assert_eq!(outcome(http.send(&request(Repeat::Once)).await), "rate limited Some(600)");
    assert_eq!(outcome(http.send(&request(Repeat::Once)).await), "rate limited Some(599)");
    assert_eq!(http.calls(), 2);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let huge = Reply::Answer(200, "content-length: 99999999999\r\nx: ", String::new());
    let vendor = Scripted::start(vec![huge]).await;
    let got = outcome(http(config(vendor.base_url)).send(&request(Repeat::Read)).await);
    assert_eq!(got, "protocol");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Scripted::start(vec![Reply::ok("stolen")]).await;
    let there: &'static str = Box::leak(format!("location: {}\r\n", elsewhere.base_url).into_boxed_str());
    let vendor = Scripted::start(vec![Reply::Answer(302, there, String::new())]).await;
    let got = outcome(http(config(vendor.base_url)).send(&request(Repeat::Read)).await);
    assert_eq!(got, "refused 302");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_token_that_was_given_and_is_refused_names_the_command_that_helps() {
    check(Repeat::Once, vec![Reply::status(401)], "auth", 1).await;
}

#[tokio::test]
async fn headers_query_and_body_arrive_as_they_were_meant() {
    let vendor = Scripted::start(vec![Reply::ok("")]).await;
    let base = vendor.base_url.join("/proxy/").unwrap();
    let request = Request::patch("/v1/contacts/{id}/x", Repeat::Idempotent)
        .arg("id", "a/b ü")
        .query("email", "a+b@x.com")
        .query("email", "c&d=e")
        .json(&serde_json::json!({"k": "v"}));
    http(config(base)).send(&request).await.unwrap();
    let sent = vendor.requests().remove(0);
    let first = sent.lines().next().unwrap();
    assert_eq!(
        first,
        "PATCH /proxy/v1/contacts/a%2Fb%20%C3%BC/x?email=a%2Bb%40x.com&email=c%26d%3De HTTP/1.1"
    );
    assert!(sent.contains("authorization: Bearer t0ken\r\n"), "{sent}");
    assert!(sent.contains("content-type: application/json\r\n"), "{sent}");
    assert!(sent.contains("user-agent: syntony/"), "{sent}");
    assert!(sent.ends_with("\r\n\r\n{\"k\":\"v\"}"), "{sent}");
}

#[tokio::test]
async fn headers_and_bytes_arrive_and_only_wanted_headers_come_back() {
    let script = Reply::Answer(200, "X-Usage: 1/2\r\nX-Other: 3\r\n", "id,x\n".into());
    let vendor = Scripted::start(vec![script]).await;
    let request = Request::put("/jobs/{id}/batches", Repeat::Idempotent)
        .arg("id", "750")
        .header("X-Assign", "FALSE")
        .body("text/csv", b"a,b\n1,2\n".to_vec());
    let config = HttpConfig { kept_headers: &["X-Usage", "X-Absent"], ..config(vendor.base_url.clone()) };
    let answer = http(config).send(&request).await.unwrap();
    assert_eq!(answer.header("x-usage"), Some("1/2"));
    assert_eq!((answer.header("x-absent"), answer.header("x-other")), (None, None));
    assert_eq!(answer.bytes(), b"id,x\n");
    let sent = vendor.requests().remove(0);
    assert!(sent.starts_with("PUT /jobs/750/batches HTTP/1.1\r\n"), "{sent}");
    assert!(sent.contains("x-assign: FALSE\r\n"), "{sent}");
    assert!(sent.contains("content-type: text/csv\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\na,b\n1,2\n"), "{sent}");
}

#[tokio::test]
async fn a_call_cannot_pretend_to_be_somebody_else_nor_smuggle_a_second_one() {
    for (name, value) in [
        ("Authorization", "Bearer stolen"),
        ("host", "example.com"),
        ("Content-Length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("X-A", "b\r\nX-C: d"),
        ("X A", "b"),
        ("", "b"),
    ] {
        let vendor = Scripted::start(vec![Reply::ok("")]).await;
        let request = Request::get("/things").header(name, value);
        assert_eq!(outcome(http(config(vendor.base_url.clone())).send(&request).await), "invalid", "{name}");
        assert_eq!(vendor.requests().len(), 0, "{name}");
        assert!(!format!("{request:?}").contains("stolen"));
    }
}

#[test]
fn a_request_shows_neither_its_arguments_nor_its_body() {
    let request = Request::post("/c/{id}", Repeat::Once)
        .arg("id", "secret1")
        .query("q", "secret2")
        .form(&[("client_secret", "secret3")]);
    assert_eq!(format!("{request:?}"), "POST /c/{id} (Once)");
}

#[test]
fn a_path_argument_that_is_missing_or_climbs_is_refused() {
    let base = Url::parse("https://example.com/api").unwrap();
    for bad in ["", ".", ".."] {
        assert!(Request::get("/c/{id}/d").arg("id", bad).url(&base).is_err(), "{bad:?}");
    }
    assert!(Request::get("/c/{id}").url(&base).is_err());
    assert!(Request::get("/c/{id").arg("id", "x").url(&base).is_err());
}

proptest! {
    /// Whatever an id is, the call stays on the host, below the base path, with as many segments as meant.
    #[test]
    fn no_argument_leaves_its_place_in_the_path(id in "\\PC{1,20}") {
        let base = Url::parse("https://example.com/api").unwrap();
        if let Ok(url) = Request::get("/c/{id}/d").arg("id", id).query("q", "1").url(&base) {
            prop_assert_eq!(url.host_str(), Some("example.com"));
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4);
            prop_assert_eq!((segments[0], segments[1], segments[3]), ("api", "c", "d"));
            prop_assert_eq!(url.query(), Some("q=1"));
        }
    }
}
