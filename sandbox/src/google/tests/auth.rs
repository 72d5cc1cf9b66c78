//! Tokens, scopes, consent.

use super::super::{SCOPE_CONTACTS, SCOPE_READONLY};
use super::*;

impl World {
    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Json) {
        let url = format!("{}{path}", self.running.base_url);
        let response = self.client.post(url).form(fields).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn refresh(&self) -> (u16, Json) {
        let credentials = self.account.credentials();
        self.form(
            "/token",
            &[
                ("grant_type", "refresh_token"),
                ("client_id", &credentials.client_id),
                ("client_secret", &credentials.client_secret),
                ("refresh_token", &credentials.refresh_token),
            ],
        )
        .await
    }

    /// What the redirect of a consent brings, by name.
    async fn authorise(&self, query: &str) -> Result<Vec<(String, String)>, u16> {
        let url = format!("{}/o/oauth2/v2/auth?{query}", self.running.base_url);
        let response = self.client.get(url).send().await.unwrap();
        if response.status().as_u16() != 302 {
            return Err(response.status().as_u16());
        }
        let location = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        assert_eq!(location.host_str(), Some("127.0.0.1"));
        Ok(location.query_pairs().into_owned().collect())
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

const UNAUTHENTICATED: (u16, &str, &str) =
    (401, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token");
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn consent_query(scope: &str) -> String {
    format!(
        "client_id=sandbox-client.apps.example&redirect_uri=http://127.0.0.1:9/cb&response_type=code\
         &scope={scope}&code_challenge={CHALLENGE}&code_challenge_method=S256&state=s1"
    )
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_told() {
    let mut world = World::new().await;
    world.token = "ya29.wrong".to_owned();
    world.get_refused(CONNECTIONS, UNAUTHENTICATED).await;
    let anonymous =
        world.client.get(format!("{}{CONNECTIONS}", world.running.base_url)).send().await.unwrap();
    assert_eq!(anonymous.status().as_u16(), 401);
    assert!(anonymous.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn an_access_token_dies_after_an_hour_and_a_refresh_gives_another() {
    let mut world = World::with(Settings::unlimited()).await;
    world.get("/v1/people/me?personFields=metadata").await;
    world.pass(Duration::from_secs(3_599));
    world.get_refused("/v1/people/me?personFields=metadata", UNAUTHENTICATED).await;
    let (status, answer) = world.refresh().await;
    assert_eq!(
        (status, &answer["token_type"], &answer["expires_in"]),
        (200, &json!("Bearer"), &json!(3_599))
    );
    assert_eq!(answer["scope"], SCOPE_CONTACTS);
    assert!(answer.get("refresh_token").is_none(), "Google does not rotate refresh tokens");
    world.token = text(&answer, "/access_token").to_owned();
    world.get("/v1/people/me?personFields=metadata").await;
}

#[tokio::test]
async fn a_dead_refresh_token_is_an_invalid_grant() {
    let world = World::with(Settings { refresh_token_days: Some(7), ..lenient() }).await;
    assert_eq!(world.refresh().await.0, 200);
    world.pass(days(7));
    let expired =
        json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." });
    assert_eq!(world.refresh().await, (400, expired.clone()));

    let world = World::new().await;
    world.account.revoke();
    assert_eq!(world.refresh().await, (400, expired));
    world.get_refused(CONNECTIONS, UNAUTHENTICATED).await;
}

#[tokio::test]
async fn another_client_gets_nothing() {
    let world = World::new().await;
    let token = world.account.credentials().refresh_token;
    let ask = async |client: &str, secret: &str, grant: &str| {
        let fields = [
            ("grant_type", grant),
            ("client_id", client),
            ("client_secret", secret),
            ("refresh_token", &token),
        ];
        let (status, answer) = world.form("/token", &fields).await;
        (status, text(&answer, "/error").to_owned())
    };
    let us = "sandbox-client.apps.example";
    assert_eq!(ask("other", "sandbox-secret", "refresh_token").await, (401, "invalid_client".to_owned()));
    assert_eq!(ask(us, "wrong", "refresh_token").await, (401, "invalid_client".to_owned()));
    assert_eq!(ask(us, "sandbox-secret", "password").await, (400, "unsupported_grant_type".to_owned()));
}

#[tokio::test]
async fn a_client_that_says_who_it_is_by_http_basic_is_known_as_well() {
    let world = World::new().await;
    let token = world.account.credentials().refresh_token;
    let ask = async |client: &str, secret: &str| {
        let url = format!("{}/token", world.running.base_url);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", &token)];
        let request = world.client.post(url).basic_auth(client, Some(secret)).form(&fields);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("sandbox-client.apps.example", "sandbox-secret").await, 200);
    assert_eq!(ask("sandbox-client.apps.example", "wrong").await, 401);
    assert_eq!(ask("other", "sandbox-secret").await, 401);
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_with_its_verifier() {
    let mut world = World::new().await;
    let exchange = async |code: &str, verifier: &str, uri: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "sandbox-client.apps.example"),
            ("client_secret", "sandbox-secret"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", uri),
        ];
        world.form("/token", &fields).await
    };
    let uri = "http://127.0.0.1:9/cb";
    let code = async || {
        let pairs = world.authorise(&consent_query(SCOPE_CONTACTS)).await.unwrap();
        assert_eq!((value(&pairs, "state"), value(&pairs, "scope")), (Some("s1"), Some(SCOPE_CONTACTS)));
        value(&pairs, "code").unwrap().to_owned()
    };
    for (verifier, uri) in [("wrong", uri), (VERIFIER, "http://127.0.0.1:9/other")] {
        assert_eq!(exchange(&code().await, verifier, uri).await.0, 400);
    }
    let late = code().await;
    world.pass(Duration::from_secs(601));
    assert_eq!(exchange(&late, VERIFIER, uri).await.0, 400);

    let code = code().await;
    let (status, answer) = exchange(&code, VERIFIER, uri).await;
    assert_eq!(status, 200, "{answer}");
    assert!(text(&answer, "/refresh_token").starts_with("1//"));
    assert_eq!(exchange(&code, VERIFIER, uri).await.1["error"], "invalid_grant");
    world.token = text(&answer, "/access_token").to_owned();
    world.get("/v1/people/me?personFields=metadata").await;
}

#[tokio::test]
async fn a_consent_that_could_lead_elsewhere_is_shown_and_not_redirected() {
    let world = World::new().await;
    let good = consent_query(SCOPE_CONTACTS);
    for bad in [
        good.replace("127.0.0.1:9", "evil.example"),
        good.replace("http://127", "https://127"),
        good.replace("sandbox-client", "other"),
        good.replace("response_type=code", "response_type=token"),
        good.replace("S256", "S512"),
        "client_id=sandbox-client.apps.example".to_owned(),
    ] {
        assert_eq!(world.authorise(&bad).await, Err(400), "{bad}");
    }
}

#[tokio::test]
async fn a_user_grants_less_than_was_asked_or_nothing() {
    let world = World::with(Settings { grants: vec![SCOPE_READONLY.to_owned()], ..lenient() }).await;
    let pairs =
        world.authorise(&consent_query(&format!("{SCOPE_CONTACTS}%20{SCOPE_READONLY}"))).await.unwrap();
    assert_eq!(value(&pairs, "scope"), Some(SCOPE_READONLY));
    let pairs = world.authorise(&consent_query(SCOPE_CONTACTS)).await.unwrap();
    assert_eq!((value(&pairs, "error"), value(&pairs, "code")), (Some("access_denied"), None));
}

#[tokio::test]
async fn a_token_that_may_only_read_cannot_write() {
    let world = World::with(Settings { grants: vec![SCOPE_READONLY.to_owned()], ..lenient() }).await;
    world.sync("").await;
    let denied = (403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
    let error = world.refused(Method::POST, "/v1/people:createContact", ada(), denied).await;
    assert_eq!(error["details"][0]["reason"], "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert_eq!(world.account.counts().contacts, 0);
}

#[tokio::test]
async fn a_revoked_token_takes_its_whole_family_along() {
    let world = World::new().await;
    let info = async |token: &str| world.form("/tokeninfo", &[("access_token", token)]).await;
    let (status, answer) = info(&world.token).await;
    assert_eq!((status, text(&answer, "/scope")), (200, SCOPE_CONTACTS));
    assert_eq!(world.form("/revoke", &[("token", &world.token)]).await, (200, json!({})));
    assert_eq!(info(&world.token).await.0, 400);
    assert_eq!(world.refresh().await.0, 400);
    assert_eq!(world.form("/revoke", &[("token", &world.token)]).await.1["error"], "invalid_token");
}
