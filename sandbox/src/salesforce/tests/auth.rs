//! Consent, tokens, rotation, the end of a session.

use super::*;
use crate::salesforce::Consent;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://127.0.0.1:9/cb";

impl World {
    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Json) {
        let response = self.client.post(self.url(path)).form(fields).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Json::Null))
    }

    /// A token call with the client's id and secret.
    async fn token(&self, fields: &[(&str, &str)]) -> Result<Json, (String, String)> {
        let known = self.org.credentials();
        let client = [("client_id", &*known.client_id), ("client_secret", &*known.client_secret)];
        let (status, body) = self.form("/services/oauth2/token", &[fields, &client].concat()).await;
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        if status == 200 { Ok(body) } else { Err((text("error"), text("error_description"))) }
    }

    async fn refresh(&self, token: &str) -> Result<Json, (String, String)> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    async fn code(&self) -> String {
        let client = self.org.credentials().client_id;
        let path = format!(
            "/services/oauth2/authorize?response_type=code&client_id={client}&redirect_uri={CALLBACK}&state=s1\
             &scope=api%20refresh_token&code_challenge={CHALLENGE}"
        );
        let response = self.client.get(self.url(&path)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 302);
        let location = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
        let value = |name: &str| location.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(value("state"), "s1");
        value("code")
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Result<Json, (String, String)> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ];
        self.token(&fields).await
    }

    async fn opens(&self, token: &Json) -> bool {
        let url = self.url(&format!("{BASE}/limits"));
        let sent = self.client.get(url).bearer_auth(token.as_str().unwrap()).send().await;
        sent.unwrap().status().is_success()
    }
}

fn refused<T>(error: &str, description: &str) -> Result<T, (String, String)> {
    Err((error.to_owned(), description.to_owned()))
}

#[tokio::test]
async fn a_consent_gives_a_pair_of_tokens_once() {
    let world = World::new().await;
    let code = world.code().await;
    let answer = world.exchange(&code, VERIFIER).await.unwrap();
    assert!(answer.get("expires_in").is_none(), "Salesforce does not say how long");
    assert_eq!(answer["issued_at"], "1767600000000");
    assert_eq!(answer["instance_url"], world.running.base_url);
    assert!(answer["id"].as_str().unwrap().contains("/id/00D"));
    assert!(world.opens(&answer["access_token"]).await);
    assert_eq!(world.exchange(&code, VERIFIER).await, refused("invalid_grant", "invalid authorization code"));
    let code = world.code().await;
    assert_eq!(world.exchange(&code, "another").await, refused("invalid_grant", "invalid code verifier"));
    let code = world.code().await;
    world.pass_seconds(121);
    assert_eq!(world.exchange(&code, VERIFIER).await, refused("invalid_grant", "expired authorization code"));
}

#[tokio::test]
async fn a_refresh_without_rotation_gives_an_access_token_alone() {
    let world = World::new().await;
    let token = world.org.credentials().refresh_token;
    for _ in 0..2 {
        let answer = world.refresh(&token).await.unwrap();
        assert!(answer.get("refresh_token").is_none());
        assert!(world.opens(&answer["access_token"]).await);
    }
    let expired = refused("invalid_grant", "expired access/refresh token");
    assert_eq!(world.refresh("5Aep.wrong").await, expired);
}

#[tokio::test]
async fn who_uses_a_rotated_token_again_loses_everything() {
    let world = World::with(Settings { rotates_refresh_tokens: true, ..Settings::unlimited() }).await;
    let old = world.org.credentials().refresh_token;
    let answer = world.refresh(&old).await.unwrap();
    let next = answer["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(old, next);
    assert!(world.opens(&answer["access_token"]).await);
    let expired = refused("invalid_grant", "expired access/refresh token");
    assert_eq!(world.refresh(&old).await, expired);
    assert_eq!(world.refresh(&next).await, expired, "the new one went with it");
    assert!(!world.opens(&answer["access_token"]).await);
}

#[tokio::test]
async fn a_sixth_consent_ends_the_first() {
    let world = World::new().await;
    let first = world.org.credentials().refresh_token;
    for _ in 0..4 {
        let code = world.code().await;
        world.exchange(&code, VERIFIER).await.unwrap();
    }
    assert!(world.refresh(&first).await.is_ok());
    let code = world.code().await;
    world.exchange(&code, VERIFIER).await.unwrap();
    assert!(world.refresh(&first).await.is_err());
}

#[tokio::test]
async fn an_app_can_stand_for_itself_by_form_or_by_basic() {
    let world = World::new().await;
    let answer = world.token(&[("grant_type", "client_credentials")]).await.unwrap();
    assert!(answer.get("refresh_token").is_none());
    assert!(world.opens(&answer["access_token"]).await);
    let known = world.org.credentials();
    let basic = async |secret: &str| {
        let request = world.client.post(world.url("/services/oauth2/token"));
        let request = request.basic_auth(&known.client_id, Some(secret));
        let sent = request.form(&[("grant_type", "client_credentials")]).send().await;
        sent.unwrap().json::<Json>().await.unwrap()
    };
    assert!(world.opens(&basic(&known.client_secret).await["access_token"]).await);
    assert_eq!(basic("wrong").await["error"], "invalid_client");
    world.org.configure(|settings| settings.client_credentials = false);
    let refusal = world.token(&[("grant_type", "client_credentials")]).await.unwrap_err();
    assert_eq!(refusal.0, "invalid_grant");
    let refusal = world.token(&[("grant_type", "password")]).await;
    assert_eq!(refusal, refused("unsupported_grant_type", "grant type not supported"));
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it() {
    let world = World::with(Settings { session_seconds: 7_200, ..Settings::unlimited() }).await;
    for _ in 0..3 {
        world.pass_seconds(7_000);
        assert!(world.get("/limits").await.is_ok());
    }
    world.pass_seconds(7_200);
    assert_eq!(world.get("/limits").await, Err((401, "INVALID_SESSION_ID".to_owned())));
}

#[tokio::test]
async fn a_token_says_whose_it_is_until_it_is_revoked() {
    let world = World::new().await;
    let known = world.org.credentials();
    let info: Json = world.raw("/services/oauth2/userinfo").await.json().await.unwrap();
    assert!(info["organization_id"].as_str().unwrap().starts_with("00D"));
    let path = info["sub"].as_str().unwrap().strip_prefix(&world.running.base_url).unwrap().to_owned();
    let identity: Json = world.raw(&format!("{path}?format=json")).await.json().await.unwrap();
    assert_eq!(identity["user_id"], info["user_id"]);
    let client = [("client_id", &*known.client_id), ("client_secret", &*known.client_secret)];
    let told = async |token: &str| {
        let fields = [&[("token", token)], client.as_slice()].concat();
        world.form("/services/oauth2/introspect", &fields).await.1
    };
    assert_eq!(told(&known.access_token).await["active"], true);
    assert_eq!(told("nonsense").await, json!({ "active": false }));
    let (status, _) = world.form("/services/oauth2/revoke", &[("token", &known.refresh_token)]).await;
    assert_eq!(status, 200);
    assert_eq!(told(&known.access_token).await["active"], false, "access tokens go with their grant");
    assert_eq!(world.raw("/services/oauth2/userinfo").await.status().as_u16(), 403);
}

/// Where the user ends who was sent to the consent page with this query, or the status of the page that says no.
async fn consent(world: &World, query: &str) -> Result<String, u16> {
    let client = world.org.credentials().client_id;
    let path = format!("/services/oauth2/authorize?client_id={client}&{query}");
    let response = world.client.get(world.url(&path)).send().await.unwrap();
    match response.status().as_u16() {
        302 => Ok(response.headers()["location"].to_str().unwrap().to_owned()),
        status => Err(status),
    }
}

#[tokio::test]
async fn a_callback_that_is_not_registered_exactly_so_gets_no_code() {
    let registered = "http://localhost:8386/callback";
    let world = World::new().await;
    world.org.configure(|settings| settings.callback_urls = Some([registered.to_owned()].into()));
    let asked =
        async |callback: &str| consent(&world, &format!("response_type=code&redirect_uri={callback}")).await;
    assert!(asked(registered).await.unwrap().starts_with(registered));
    for other in [
        "http://localhost:8387/callback",
        "http://localhost:8386/callback/",
        "http://127.0.0.1:8386/callback",
    ] {
        assert_eq!(asked(other).await, Err(400), "{other}");
    }
}

#[tokio::test]
async fn a_no_and_a_missing_challenge_go_back_to_the_app_with_its_mark() {
    let world = World::new().await;
    let query = format!("response_type=code&state=s1&redirect_uri={CALLBACK}");
    world.org.configure(|settings| settings.requires_pkce = true);
    let back = consent(&world, &query).await.unwrap();
    assert!(back.contains("error=invalid_request") && back.contains("state=s1"), "{back}");
    world.org.configure(|settings| settings.consent = Consent::Denied);
    let back = consent(&world, &format!("{query}&code_challenge={CHALLENGE}")).await.unwrap();
    assert!(back.contains("error=access_denied") && back.contains("state=s1"), "{back}");
    assert!(!back.contains("code="), "{back}");
}

#[tokio::test]
async fn who_does_not_ask_for_a_refresh_token_gets_none() {
    let world = World::new().await;
    for (scope, expected) in [
        ("", true),
        ("&scope=api%20refresh_token", true),
        ("&scope=offline_access", true),
        ("&scope=api", false),
    ] {
        let query = format!("response_type=code&redirect_uri={CALLBACK}&code_challenge={CHALLENGE}{scope}");
        let back = url::Url::parse(&consent(&world, &query).await.unwrap()).unwrap();
        let code = back.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned();
        let answer = world.exchange(&code, VERIFIER).await.unwrap();
        assert_eq!(answer["refresh_token"].is_string(), expected, "{scope}");
    }
}
