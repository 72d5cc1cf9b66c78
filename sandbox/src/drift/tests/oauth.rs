use super::*;
use std::time::Duration;

async fn token(world: &World, form: &[(&str, &str)]) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request =
        Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.send(request.body(form.into()).unwrap()).await
}

async fn refresh(world: &World, refresh_token: &str) -> Answer {
    let OauthApp { client_id, client_secret, .. } = world.workspace.settings().oauth;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
        ("refresh_token", refresh_token),
        ("grant_type", "refresh_token"),
    ];
    token(world, &form).await
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_without_a_valid_token_is_401() {
    let world = World::new(|_| {});
    let private = world.token.clone();
    let basic = format!("Basic {private}");
    for authorization in
        [None, Some("Bearer nobody"), Some("Bearer"), Some(basic.as_str()), Some(private.as_str())]
    {
        for path in ["/contacts/1", "/contacts/attributes", "/conversations/list", "/contacts?bad=1"] {
            let mut request = Request::get(path);
            if let Some(authorization) = authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            World::refused(&answer, 401, "token invalid or missing");
        }
    }
    let request =
        Request::get("/contacts/attributes").header(header::AUTHORIZATION, format!("bearer {private}"));
    assert_eq!(
        world.send(request.body(Body::empty()).unwrap()).await.status,
        200,
        "any case of Bearer will do"
    );
}

#[tokio::test]
async fn each_endpoint_asks_for_its_scope() {
    let others = |without: &[Scope]| -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| !without.contains(scope)).collect()
    };
    let check = async |without: &[Scope], method: &str, path: &str, body: Option<Json>| {
        let world = World::with_scopes(&others(without));
        World::refused(&world.call(method, path, body.clone()).await, 403, "missing authorization");
        let world = World::with_scopes(without);
        let answer = world.call(method, path, body).await;
        assert!(answer.status != 403 && answer.status != 401, "{method} {path}: {answer:?}");
    };
    let reading = [Scope::ContactRead, Scope::AllContactRead];
    let new = json!({"attributes": {"email": "a@x.test"}});
    check(&reading, "GET", "/contacts/1", None).await;
    check(&reading, "GET", "/contacts?email=a%40x.test", None).await;
    check(&[Scope::AllContactRead], "GET", "/contacts/attributes", None).await;
    check(&[Scope::ContactWrite], "POST", "/contacts", Some(new.clone())).await;
    check(&[Scope::ContactWrite], "PATCH", "/contacts/1", Some(new.clone())).await;
    check(&[Scope::ContactWrite], "PATCH", "/contacts/normalize?idType=external&id=u", Some(new)).await;
    check(&[Scope::ContactWrite], "DELETE", "/contacts/1", None).await;
    check(&[Scope::ContactWrite], "POST", "/emails/unsubscribe", Some(json!([]))).await;
    check(&[Scope::ConversationRead], "GET", "/conversations/list", None).await;
    check(&[Scope::ConversationRead], "GET", "/conversations/1", None).await;
}

#[tokio::test]
async fn a_missing_scope_can_look_like_a_bad_token_or_a_missing_contact() {
    let world = World::with_scopes(&[Scope::ConversationRead]);
    for (missing_scope, status, words) in [
        (MissingScope::Forbidden, 403, "missing authorization: contact_read"),
        (MissingScope::Unauthorized, 401, "CONTACT-2"),
        (MissingScope::NotFound, 404, "CONTACT-1"),
    ] {
        world.workspace.configure(|settings| settings.missing_scope = missing_scope);
        World::refused(&world.get("/contacts/1").await, status, words);
    }
}

#[tokio::test]
async fn contact_read_alone_shows_only_who_was_in_a_chat() {
    let world = World::with_scopes(&[Scope::ContactRead, Scope::ContactWrite]);
    let in_chat = world.workspace.identify("a@x.test", &[]);
    let created = world.create(json!({"email": "a@x.test", "externalId": "u-1"})).await;
    World::refused(&world.get(&format!("/contacts/{created}")).await, 404, "CONTACT-1");
    assert_eq!(world.get(&format!("/contacts/{in_chat}")).await.status, 200);
    assert_eq!(world.get("/contacts?email=a%40x.test").await.ids(), [in_chat]);
    assert!(world.get("/contacts?idType=external&id=u-1").await.ids().is_empty());
    world.workspace.configure(|settings| settings.contact_read = ContactRead::Everyone);
    assert_eq!(world.get("/contacts?email=a%40x.test").await.ids(), [in_chat, created]);
}

#[tokio::test]
async fn the_token_tells_its_organization_scopes_and_life_in_milliseconds() {
    let mut world = World::new(|_| {});
    let info = async |world: &World| {
        let answer = world.call("POST", "/app/token_info", Some(json!({"access_token": world.token}))).await;
        assert!(answer.status == 200 && answer.body.get("data").is_none(), "{answer:?}");
        answer.body
    };
    let private = info(&world).await;
    let org = format!("orgId:{}", world.workspace.settings().org_id);
    assert_eq!((&private["authenticated_userid"], &private["expires_in"]), (&json!(org), &json!(0)));
    let scopes: BTreeSet<&str> = private["scope"].as_str().unwrap().split(' ').collect();
    assert_eq!(scopes, Scope::ALL.iter().map(|scope| scope.as_str()).collect());

    let granted = refresh(&world, &world.workspace.settings().oauth.refresh_token).await;
    world.token = text(&granted.body["access_token"]);
    let granted = info(&world).await;
    assert_eq!(
        (&granted["expires_in"], &granted["created_at"]),
        (&json!(7_200_000), &json!(world.clock.now_ms()))
    );

    let unknown = world.call("POST", "/app/token_info", Some(json!({"access_token": "nobody"}))).await;
    assert_eq!(unknown.status, 401);
    let wrong = world.call("POST", "/app/token_info", Some(json!({"accessToken": world.token}))).await;
    World::refused(&wrong, 400, "access_token is required");
}

#[tokio::test]
async fn an_access_token_dies_after_two_hours_and_a_refresh_gives_another() {
    let mut world = World::new(|settings| settings.oauth.rotation = Rotation::On);
    let first = refresh(&world, &world.workspace.settings().oauth.refresh_token).await;
    assert_eq!((&first.body["expires_in"], &first.body["token_type"]), (&json!(7200), &json!("bearer")));
    assert_eq!(first.body["orgId"], world.workspace.settings().org_id);
    world.token = text(&first.body["access_token"]);
    assert_eq!(world.get("/contacts/attributes").await.status, 200);
    world.clock.advance(Duration::from_secs(7_200));
    assert_eq!(world.get("/contacts/attributes").await.status, 401);

    let second = refresh(&world, &text(&first.body["refresh_token"])).await;
    world.token = text(&second.body["access_token"]);
    assert_eq!(world.get("/contacts/attributes").await.status, 200);
    let used = refresh(&world, &text(&first.body["refresh_token"])).await;
    assert_eq!((used.status, &used.body["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn without_rotation_a_refresh_answers_without_a_refresh_token() {
    let world = World::new(|_| {});
    let answer = refresh(&world, &world.workspace.settings().oauth.refresh_token).await;
    assert!(answer.status == 200 && answer.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn the_token_endpoint_refuses_with_a_text() {
    let world = World::new(|_| {});
    let OauthApp { client_id, client_secret, refresh_token, .. } = world.workspace.settings().oauth;
    let check = async |form: &[(&str, &str)], status: u16, error: &str| {
        let answer = token(&world, form).await;
        assert_eq!((answer.status, &answer.body["error"]), (status, &json!(error)), "{form:?}");
    };
    let id = ("client_id", client_id.as_str());
    let secret = ("client_secret", client_secret.as_str());
    let grant = ("grant_type", "refresh_token");
    let good = ("refresh_token", refresh_token.as_str());
    check(&[id, ("client_secret", "x"), grant, good], 401, "invalid_client").await;
    check(&[id, grant, good], 400, "invalid_request").await;
    check(&[id, secret, good], 400, "invalid_request").await;
    check(&[id, secret, grant], 400, "invalid_request").await;
    check(&[id, secret, ("grant_type", "password"), good], 400, "unsupported_grant_type").await;
    check(&[id, secret, grant, ("refresh_token", "x")], 400, "invalid_grant").await;
    let json = world.call("POST", "/oauth2/token", Some(json!({"grant_type": "refresh_token"}))).await;
    assert_eq!(
        (json.status, &json.body["error"]),
        (400, &json!("invalid_request")),
        "the form is the only way"
    );
}

#[tokio::test]
async fn a_consent_sends_back_a_code_that_is_good_once() {
    let world = World::new(|settings| settings.oauth.redirect_uri = Some("http://127.0.0.1:7/cb".to_owned()));
    let OauthApp { client_id, client_secret, .. } = world.workspace.settings().oauth;
    let path = |redirect: &str| {
        format!("/authorize?response_type=code&client_id={client_id}&redirect_uri={redirect}&state=s%261")
    };
    assert_eq!(
        world.get(&path("http://127.0.0.1:8/cb")).await.status,
        400,
        "another address than the stored one"
    );
    let answer = world.get(&path("http://127.0.0.1:7/cb")).await;
    assert_eq!(answer.status, 302);
    let location = url::Url::parse(answer.headers[header::LOCATION].to_str().unwrap()).unwrap();
    let pairs: Vec<(String, String)> = location.query_pairs().into_owned().collect();
    assert_eq!(pairs[1], ("state".to_owned(), "s&1".to_owned()));
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
        ("code", pairs[0].1.as_str()),
        ("grant_type", "authorization_code"),
    ];
    let granted = token(&world, &form).await;
    assert!(granted.status == 200 && granted.body["refresh_token"].is_string(), "{granted:?}");
    assert_eq!(token(&world, &form).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_no_goes_back_to_the_app_without_a_code() {
    let world = World::new(|settings| settings.oauth.consent = Consent::Denied);
    let client_id = world.workspace.settings().oauth.client_id;
    let path = format!(
        "/authorize?response_type=code&client_id={client_id}&redirect_uri=http://127.0.0.1:7/cb&state=s1"
    );
    let answer = world.get(&path).await;
    let location = answer.headers[header::LOCATION].to_str().unwrap();
    assert!(location.ends_with("?error=access_denied&state=s1"), "{location}");
}

#[tokio::test]
async fn after_an_uninstall_every_token_is_dead() {
    let world = World::new(|_| {});
    let OauthApp { client_id, client_secret, refresh_token, .. } = world.workspace.settings().oauth;
    let wrong = world.call("POST", "/app/uninstall?clientId=x&clientSecret=y", None).await;
    assert_eq!(wrong.status, 401);
    let path = format!("/app/uninstall?clientId={client_id}&clientSecret={client_secret}");
    assert_eq!(world.call("POST", &path, None).await.body, json!({"result": "OK", "ok": true}));
    assert_eq!(world.get("/contacts/attributes").await.status, 401);
    assert_eq!(refresh(&world, &refresh_token).await.body["error"], "invalid_grant");
    assert_eq!(world.workspace.events_after(0).last().unwrap().body["type"], "app_disconnected");
}

#[tokio::test]
async fn a_used_up_quota_is_429_with_or_without_a_time() {
    for (retry_after, expected) in [(RetryAfter::Sent, Some("60")), (RetryAfter::Absent, None)] {
        let world = World::new(|settings| {
            settings.rate_limit = Some(RateLimit { calls_per_minute: 2, retry_after });
        });
        assert_eq!(world.get("/contacts/attributes").await.status, 200);
        assert_eq!(world.get("/contacts/1").await.status, 404, "a refused call counts as well");
        let answer = world.get("/contacts/attributes").await;
        World::refused(&answer, 429, "rate limit");
        assert_eq!(answer.body["error"]["type"], "rate_limit");
        assert_eq!(answer.headers.get(header::RETRY_AFTER).map(|value| value.to_str().unwrap()), expected);
        world.clock.advance(Duration::from_secs(60));
        assert_eq!(world.get("/contacts/attributes").await.status, 200);
    }
}
