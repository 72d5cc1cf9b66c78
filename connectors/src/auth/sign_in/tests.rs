//! A sign-in whose browser and vendor do exactly what a test tells them.

use super::*;
use crate::http::scripted::{Reply, Scripted};
use std::sync::Arc;

fn client(token_url: &str) -> Client {
    Client {
        app: AppName::new("crm"),
        authorize_url: Url::parse("https://login.example.com/authorize").unwrap(),
        token_url: Url::parse(token_url).unwrap(),
        client_id: "me".into(),
        client_secret: "s3cret".into(),
        parameters: vec![("scope", "api refresh_token".into())],
    }
}

fn begin(token_url: &str) -> SignIn {
    SignIn::begin(client(token_url), Url::parse("http://localhost:8386/callback").unwrap()).unwrap()
}

fn waiting() -> SignIn {
    begin("https://login.example.com/token")
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}

fn mark(sign_in: &SignIn) -> String {
    parameter(&sign_in.address().unwrap(), "state")
}

fn stray(code: Option<&str>) -> AnswerError {
    AnswerError::Stray { code: code.map(str::to_owned) }
}

#[test]
fn the_address_shows_the_challenge_and_never_what_answers_it() {
    let sign_in = waiting();
    let url = sign_in.address().unwrap();
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", "me"),
        ("redirect_uri", "http://localhost:8386/callback"),
        ("code_challenge_method", "S256"),
        ("scope", "api refresh_token"),
    ] {
        assert_eq!(parameter(&url, name), expected);
    }
    assert_eq!(parameter(&url, "code_challenge").len(), 43);
    assert!(!url.as_str().contains(sign_in.verifier.text()) && !url.as_str().contains("s3cret"));
    assert_ne!(mark(&sign_in), mark(&waiting()));
}

#[test]
fn an_endpoint_in_the_open_gets_no_sign_in() {
    for (authorize_url, token_url) in
        [("http://example.com/a", "https://example.com/t"), ("https://example.com/a", "http://example.com/t")]
    {
        let mut client = client(token_url);
        client.authorize_url = Url::parse(authorize_url).unwrap();
        let redirect_url = Url::parse("http://localhost:8386/callback").unwrap();
        assert!(SignIn::begin(client, redirect_url).is_err(), "{authorize_url} {token_url}");
    }
}

/// `MARK` stands for the mark.
fn check(query: &str, expected: Result<&str, AnswerError>) {
    let sign_in = waiting();
    let got = sign_in.read(&query.replace("MARK", &mark(&sign_in)));
    let code = got.as_ref().map(|code| secrecy::ExposeSecret::expose_secret(&code.0));
    assert_eq!(code, expected.as_ref().copied(), "{query}");
}

#[test]
fn an_answer_without_the_mark_is_never_taken() {
    check("code=c1&state=MARK", Ok("c1"));
    check("code=c1", Err(stray(None)));
    check("code=c1&state=", Err(stray(None)));
    check("code=c1&state=guess", Err(stray(None)));
    check("code=c1&state=MARKx", Err(stray(None)));
    check("code=c1&state=MARK&state=MARK", Err(stray(None)));
    check("", Err(stray(None)));
    check(&format!("code={}&state=MARK", "x".repeat(MAX_ANSWER_BYTES)), Err(stray(None)));
}

#[test]
fn a_no_is_told_in_words_and_foreign_text_is_not_repeated() {
    check("error=access_denied&state=MARK", Err(AnswerError::Denied));
    check("error=access_denied&code=c1&state=MARK", Err(AnswerError::Denied));
    check(
        "error=invalid_scope&error_description=Ada%20Lovelace&state=MARK",
        Err(AnswerError::Refused { code: Some("invalid_scope".into()) }),
    );
    check("error=%1b%5b2J&state=MARK", Err(AnswerError::Refused { code: None }));
    check("error=invalid_client", Err(stray(Some("invalid_client"))));
    check("state=MARK", Err(AnswerError::Empty));
    check("code=c1&code=c2&state=MARK", Err(AnswerError::Empty));
}

#[test]
fn an_answer_as_drift_documents_it_is_understood() {
    check("code=c1?state=MARK", Ok("c1"));
}

#[test]
fn an_address_can_be_pasted_with_whatever_a_browser_adds() {
    let sign_in = waiting();
    let mark = mark(&sign_in);
    for good in [
        format!(" http://localhost:8386/callback?state={mark}&code=c1\r\n"),
        format!("http://localhost:8386/callback?code=c1&state={mark}#_=_"),
    ] {
        assert!(sign_in.read_pasted(&good).is_ok(), "{good}");
    }
    for bad in ["c1", "", "http://localhost:8386/callback?code=c1", "yes please"] {
        assert_eq!(sign_in.read_pasted(bad).err(), Some(stray(None)), "{bad}");
    }
}

/// What the endpoint's answer becomes: the refresh token, or the error.
async fn check_exchange(reply: Reply, expected: Result<&str, &str>) {
    let endpoint = Scripted::start(vec![reply.clone(), Reply::status(500)]).await;
    let sign_in = begin(endpoint.base_url.join("/token").unwrap().as_str());
    let code = sign_in.read(&format!("code=c-0-de&state={}", mark(&sign_in))).unwrap();
    assert_eq!(format!("{code:?}"), "Code(…)");
    let verifier = sign_in.verifier.text().to_owned();
    match (sign_in.exchange(code).await, expected) {
        (Ok(granted), Ok(token)) => {
            assert_eq!(secrecy::ExposeSecret::expose_secret(&granted.refresh_token), token);
        }
        (Err(error), Err(words)) => {
            let text = format!("{error} {error:?}");
            assert!(text.contains(words), "{text:?} lacks {words:?}");
            assert!(!text.contains("c-0-de") && !text.contains("s3cret"), "{text}");
        }
        (got, expected) => panic!("{:?} where {expected:?} was expected", got.err()),
    }
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1, "a code is never sent twice: {reply:?}");
    let sent = format!(
        "grant_type=authorization_code&code=c-0-de&redirect_uri=http%3A%2F%2Flocalhost%3A8386%2Fcallback\
         &code_verifier={verifier}&client_id=me&client_secret=s3cret"
    );
    assert!(requests[0].ends_with(&sent), "{}", requests[0]);
}

#[tokio::test]
async fn a_code_is_exchanged_once_with_its_verifier_whatever_comes_of_it() {
    check_exchange(Reply::ok(r#"{"access_token":"a","refresh_token":"r1","scope":"x y"}"#), Ok("r1")).await;
    check_exchange(Reply::ok(r#"{"access_token":"a"}"#), Err("no refresh token")).await;
    let refusal = r#"{"error":"invalid_grant","error_description":"c-0-de is used"}"#;
    check_exchange(Reply::Answer(400, "", refusal.into()), Err("invalid_grant")).await;
    check_exchange(Reply::status(503), Err("HTTP 503")).await;
    check_exchange(Reply::HangUp, Err("the connection broke")).await;
    // A redirect would carry the code and the secret elsewhere.
    check_exchange(Reply::Answer(307, "location: http://127.0.0.1:9/\r\n", String::new()), Err("HTTP 307"))
        .await;
    check_exchange(Reply::ok("<html>"), Err("could not be understood")).await;
}

#[tokio::test]
async fn what_was_granted_is_told_as_far_as_the_vendor_says_it() {
    let body = r#"{"refresh_token":"r1","scope":"a b","refresh_token_expires_in":3600}"#;
    let endpoint = Scripted::start(vec![Reply::ok(body)]).await;
    let sign_in = begin(endpoint.base_url.as_str());
    let code = sign_in.read(&format!("code=c&state={}", mark(&sign_in))).unwrap();
    let granted = sign_in.exchange(code).await.unwrap();
    assert_eq!(granted.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(granted.lasts, Some(std::time::Duration::from_secs(3_600)));
}

#[tokio::test]
async fn a_token_that_is_unknown_is_not_mistaken_for_one_that_stays() {
    for (reply, expected) in [
        (Reply::ok(""), Some(true)),
        (Reply::Answer(400, "", r#"{"error":"invalid_token"}"#.into()), Some(false)),
        (Reply::Answer(400, "", r#"{"error":"unsupported_token_type"}"#.into()), Some(false)),
        (Reply::Answer(401, "", r#"{"error":"invalid_client"}"#.into()), None),
        (Reply::Answer(403, "", "<html>".into()), None),
    ] {
        let endpoint = Scripted::start(vec![reply.clone()]).await;
        let got = revoke(&AppName::new("crm"), &endpoint.base_url, &"r1".into()).await;
        assert_eq!(got.ok(), expected, "{reply:?}");
        assert!(endpoint.requests()[0].ends_with("\r\n\r\ntoken=r1"));
    }
}

/// A browser at the loopback: the status and the text of its page.
async fn visit(url: &str) -> (u16, String) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A sign-in that waits at a port of its own, and its address.
async fn listen() -> (Arc<SignIn>, String, tokio::task::JoinHandle<Result<Code, LoopbackError>>) {
    let loopback = Loopback::bind(&Url::parse("http://127.0.0.1:0/callback").unwrap()).await.unwrap();
    let address = loopback.redirect_url().to_string();
    let client = client("https://login.example.com/token");
    let sign_in = Arc::new(SignIn::begin(client, loopback.redirect_url().clone()).unwrap());
    let answer = tokio::spawn(loopback.answer(Arc::clone(&sign_in)));
    (sign_in, address, answer)
}

#[tokio::test]
async fn another_program_on_this_machine_cannot_answer_or_end_a_sign_in() {
    let (sign_in, address, answer) = listen().await;
    for (query, status) in [
        ("", 400),
        ("?code=theirs&state=guess", 400),
        ("?code=theirs", 400),
        ("?error=access_denied", 400),
        ("/../favicon.ico", 404),
    ] {
        let (got, page) = visit(&format!("{address}{query}")).await;
        assert_eq!(got, status, "{query}: {page}");
        assert!(!page.contains("theirs"), "{page}");
    }
    assert!(!answer.is_finished());
    let good = format!("{address}?code=ours&state={}", mark(&sign_in));
    let (status, page) = visit(&good).await;
    assert!(status == 200 && page.contains("Go on in the terminal") && !page.contains("ours"), "{page}");
    let code = answer.await.unwrap().unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&code.0), "ours");
    assert!(reqwest::get(&good).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn who_knocks_and_knocks_ends_the_sign_in_and_gets_nothing() {
    let (_, address, answer) = listen().await;
    for _ in 0..32 {
        visit(&format!("{address}?code=x&state=guess")).await;
    }
    assert!(matches!(answer.await.unwrap(), Err(LoopbackError::Besieged)));
}

#[tokio::test]
async fn a_no_reaches_the_terminal() {
    let (sign_in, address, answer) = listen().await;
    let (status, page) = visit(&format!("{address}?error=access_denied&state={}", mark(&sign_in))).await;
    assert!(status == 200 && page.contains("not let in"), "{page}");
    let error = answer.await.unwrap().err().unwrap();
    assert_eq!(error.to_string(), "access was not allowed on the vendor's page");
}

#[tokio::test]
async fn a_browser_is_sent_back_to_this_machine_alone() {
    for elsewhere in
        ["https://127.0.0.1:1/", "http://192.0.2.1:1/", "http://example.com/", "http://0.0.0.0:1/"]
    {
        let bound = Loopback::bind(&Url::parse(elsewhere).unwrap()).await;
        assert!(matches!(bound, Err(LoopbackError::Elsewhere(_))), "{elsewhere}");
    }
    let first = Loopback::bind(&Url::parse("http://127.0.0.1:0/").unwrap()).await.unwrap();
    assert_ne!(first.redirect_url().port(), Some(0));
    let again = Loopback::bind(first.redirect_url()).await;
    assert!(matches!(again, Err(LoopbackError::Io(..))), "a port that somebody has is not shared");
}
