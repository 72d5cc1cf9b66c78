//! Who gets in: keys, tokens, OAuth, and paths that are none.

use super::*;

/// The status and title of `GET /3.0/ping` with this header.
async fn check(world: &World, authorization: Option<&str>, expected: (u16, &str)) {
    let mut request = world.client.get(format!("{}/3.0/ping", world.running.base_url));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let (status, body) = answer(request.send().await.unwrap()).await;
    let told = body["title"].as_str().or(body["health_status"].as_str()).unwrap_or_default();
    assert_eq!((status, told), expected, "{authorization:?}");
}

fn basic(user: &str, key: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{user}:{key}")))
}

const PONG: (u16, &str) = (200, "Everything's Chimpy!");

#[tokio::test]
async fn a_key_or_a_token_opens_and_nothing_else_does() {
    let world = World::new().await;
    let given = world.account.credentials();
    let secret = given.api_key.trim_end_matches("-us19");
    check(&world, Some(&basic("anybody", &given.api_key)), PONG).await;
    check(&world, Some(&basic("", &given.api_key)), PONG).await;
    check(&world, Some(&format!("Bearer {}", given.access_token)), PONG).await;
    check(&world, Some(&format!("apikey {}", given.api_key)), PONG).await;
    check(&world, None, (401, "API Key Missing")).await;
    check(&world, Some(&basic("anybody", "")), (401, "API Key Missing")).await;
    check(&world, Some(&basic(&given.api_key, "x-us19")), (401, "API Key Invalid")).await;
    check(&world, Some(&basic("anybody", secret)), (401, "API Key Invalid")).await;
    check(&world, Some(&basic("anybody", &format!("{secret}-us1"))), (403, "Wrong Datacenter")).await;
    check(&world, Some("Bearer nothing"), (401, "API Key Invalid")).await;
    world.account.revoke();
    check(&world, Some(&basic("anybody", &given.api_key)), (401, "API Key Invalid")).await;
    check(&world, Some(&format!("Bearer {}", given.access_token)), (401, "API Key Invalid")).await;
}

#[tokio::test]
async fn an_app_gets_a_token_for_a_code_once() {
    let world = World::new().await;
    let base = &world.running.base_url;
    let consent = async |query: &str| {
        let response = world.client.get(format!("{base}/oauth2/authorize?{query}")).send().await.unwrap();
        let place = response.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
        (response.status().as_u16(), place.unwrap_or_default())
    };
    let good =
        "response_type=code&client_id=417000001&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback&state=x%26y";
    let (status, place) = consent(good).await;
    assert_eq!(status, 302);
    assert!(place.starts_with("http://127.0.0.1:9/back?code=") && place.ends_with("&state=x%26y"), "{place}");
    for bad in [
        good.replace("127.0.0.1", "localhost"),
        good.replace("417000001", "1"),
        good.replace("=code", "=token"),
    ] {
        assert_eq!(consent(&bad).await.0, 400, "{bad}");
    }
    let code = place.split(['=', '&']).nth(1).unwrap().to_owned();
    let exchange = async |secret: &str, code: &str| {
        let form = format!(
            "grant_type=authorization_code&client_id=417000001&client_secret={secret}&code={code}&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback"
        );
        let response = world.client.post(format!("{base}/oauth2/token")).body(form).send().await.unwrap();
        (response.status().as_u16(), response.json::<Json>().await.unwrap())
    };
    assert_eq!(exchange("wrong", &code).await.1["error"], "invalid_client");
    let (status, token) = exchange("sandbox-secret", &code).await;
    assert_eq!((status, &token["expires_in"], &token["scope"]), (200, &json!(0), &Json::Null));
    assert!(token.get("refresh_token").is_none(), "there are none");
    assert_eq!(exchange("sandbox-secret", &code).await.1["error"], "invalid_grant");
    check(&world, Some(&format!("Bearer {}", text(&token, "/access_token"))), PONG).await;
    let request = world.client.get(format!("{base}/oauth2/metadata"));
    let request = request.header("authorization", format!("OAuth {}", text(&token, "/access_token")));
    let metadata: Json = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((text(&metadata, "/dc"), text(&metadata, "/api_endpoint")), ("us19", base.as_str()));
    world.pass(600);
    let (_, place) = consent(good).await;
    world.pass(600);
    let late = place.split(['=', '&']).nth(1).unwrap();
    assert_eq!(exchange("sandbox-secret", late).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_path_or_a_method_that_is_none_is_told_so() {
    let world = World::new().await;
    let list = &world.list;
    for (method, path, status) in [
        (Method::GET, "/nothing".to_owned(), 404),
        (Method::GET, "/lists/0000000000/members".to_owned(), 404),
        (Method::GET, format!("{list}/members/d41d8cd98f00b204e9800998ecf8427e"), 404),
        (Method::DELETE, format!("{list}/members"), 405),
        (Method::POST, "/ping".to_owned(), 405),
        (Method::GET, "/campaigns".to_owned(), 501),
        (Method::GET, format!("{list}/members/x/notes"), 501),
        (Method::GET, format!("{list}/members?since_last_change=2026-01-05"), 400),
        (Method::GET, "/lists/".to_owned(), 200),
        (Method::GET, String::new(), 200),
        (Method::GET, format!("{list}/interest-categories"), 200),
    ] {
        assert_eq!(world.ask(method, &path, Json::Null).await.0, status, "{path}");
    }
    let url = format!("{}/3.0/ping", world.running.base_url);
    for (method, wanted, status) in
        [(Method::POST, "GET", 200), (Method::PUT, "GET", 422), (Method::POST, "FETCH", 422)]
    {
        let request = world.client.request(method, &url).basic_auth("x", Some(&world.key));
        let request = request.header("x-http-method-override", wanted);
        assert_eq!(answer(request.send().await.unwrap()).await.0, status, "{wanted}");
    }
    let request = world.client.post(format!("{}/3.0{list}/members", world.running.base_url));
    let request = request.basic_auth("x", Some(&world.key)).body("{\"email_address\":");
    assert_eq!(answer(request.send().await.unwrap()).await.1["title"], "JSON Parse Error");
}

#[tokio::test]
async fn the_account_tells_who_it_is_and_which_audience_it_has() {
    let world = World::new().await;
    let (_, account) = world.ask(Method::GET, "/?fields=account_id,login_id", Json::Null).await;
    assert_eq!(account.as_object().unwrap().len(), 2);
    assert_eq!(text(&account, "/account_id").len(), 25);
    world.account.add(&json!({ "email_address": "ada@x.example" })).unwrap();
    let (_, lists) = world
        .ask(Method::GET, "/lists?fields=lists.id,lists.stats.member_count,total_items", Json::Null)
        .await;
    let id = world.account.credentials().audience_id;
    assert_eq!(lists, json!({ "lists": [{ "id": id, "stats": { "member_count": 1 } }], "total_items": 1 }));
    let (_, lists) = world.ask(Method::GET, "/lists?email=bob@x.example", Json::Null).await;
    assert_eq!(lists["total_items"], 0);
}
