//! What is believed of Drift's webhooks, and what is not.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use syntony_sandbox::drift::{Settings, Workspace};

const TOKEN: &str = "drift-sandbox-webhook-token";

fn read(body: &[u8], header: Option<&str>) -> Result<Vec<Hint>, Refused> {
    let delivery = Delivery { body, token_header: header.map(str::as_bytes), url_secret: None };
    verify_and_read(delivery, &SecretString::from(TOKEN))
}

fn check(kind: &str, data: Json, hints: &[Hint]) {
    let body = json!({ "orgId": 1, "type": kind, "token": TOKEN, "data": data }).to_string();
    assert_eq!(read(body.as_bytes(), Some(TOKEN)), Ok(hints.to_vec()), "{body}");
}

fn ada() -> Hint {
    Hint::Contact("17035536800".into())
}

#[test]
fn the_contact_is_found_in_every_shape() {
    for data in [
        json!({ "id": 17_035_536_800_u64, "attributes": { "email": "ada@x.example" } }),
        json!({ "endUserId": 17_035_536_800_u64, "timestamp": 1, "diff": [] }),
        json!({ "contactId": "17035536800" }),
    ] {
        check("contact_identified", data.clone(), &[ada()]);
        check("contact_updated", data, &[ada()]);
    }
    check("new_conversation", json!({ "id": 5, "contactId": 17_035_536_800_u64 }), &[ada()]);
    let author =
        |kind| json!({ "id": 5, "conversationId": 6, "author": { "type": kind, "id": 17_035_536_800_u64 } });
    check("new_message", author("contact"), &[ada()]);
    check("new_message", author("user"), &[Hint::Feed]);
}

#[test]
fn an_opt_out_is_kept_by_id_and_by_address_where_there_is_none() {
    let opted_out = |whom| Hint::OptedOut { whom, source: "user_unsubscribed" };
    let id = || Whom::Contact("7".into());
    check("user_unsubscribed", json!({ "endUserId": 7 }), &[opted_out(id())]);
    check(
        "user_unsubscribed",
        json!({ "id": 7, "attributes": { "email": "a@x.example" } }),
        &[opted_out(id())],
    );
    let address = Whom::Address("a@x.example".to_owned());
    check("user_unsubscribed", json!({ "email": " a@x.example " }), &[opted_out(address)]);
    check("user_unsubscribed", json!({ "email": "nobody" }), &[]);
}

#[test]
fn what_is_not_known_points_at_nobody() {
    check("something_new", json!({ "id": 7 }), &[]);
    check("app_disconnected", json!({}), &[]);
    for data in [json!(null), json!([1]), json!({ "id": -7 }), json!({ "id": 1.5 }), json!({ "id": "../7" })]
    {
        check("contact_updated", data, &[Hint::Feed]);
    }
}

#[test]
fn nothing_is_believed_without_the_token() {
    let body =
        |token: Json| json!({ "type": "contact_updated", "token": token, "data": { "id": 7 } }).to_string();
    let check = |token: Json, header: Option<&str>, expected: Result<usize, Refused>| {
        let answer = read(body(token.clone()).as_bytes(), header).map(|hints| hints.len());
        assert_eq!(answer, expected, "{token} {header:?}");
    };
    check(json!(TOKEN), Some(TOKEN), Ok(1));
    check(json!(TOKEN), None, Ok(1));
    check(json!(null), Some(TOKEN), Ok(1));
    check(json!(TOKEN), Some("wrong"), Err(Refused::Forged));
    check(json!("wrong"), Some(TOKEN), Err(Refused::Forged));
    check(json!("wrong"), None, Err(Refused::Forged));
    check(json!(null), None, Err(Refused::Forged));
    check(json!(""), None, Err(Refused::Forged));
    check(json!(TOKEN.to_uppercase()), None, Err(Refused::Forged));
    check(json!(format!("{TOKEN} ")), None, Err(Refused::Forged));
    check(json!(7), Some(TOKEN), Err(Refused::Malformed));
    assert_eq!(read(b"{", Some(TOKEN)), Err(Refused::Malformed));
    assert_eq!(read(b"{", None), Err(Refused::Forged));
}

#[test]
fn an_empty_token_opens_nothing() {
    let body = br#"{"type":"contact_updated","token":"","data":{"id":7}}"#;
    let delivery = Delivery { body, token_header: Some(b""), url_secret: None };
    assert_eq!(verify_and_read(delivery, &SecretString::from("")), Err(Refused::Forged));
}

#[test]
fn what_the_simulator_tells_is_understood() {
    let settings = Settings { webhook_token: TOKEN.to_owned(), ..Settings::default() };
    let clock = syntony_sandbox::clock::Clock::machine();
    let workspace = Workspace::new(settings, clock, syntony_sandbox::faults::Faults::none());
    let id = workspace.identify("ada@x.example", &[]);
    workspace.edit(id, &[("phone", json!("1"))]).unwrap();
    workspace.unsubscribe(id).unwrap();
    let whom = ContactId::new(id.to_string());
    let told: Vec<Hint> = workspace
        .events_after(0)
        .iter()
        .flat_map(|event| read(event.body.to_string().as_bytes(), Some(TOKEN)).unwrap())
        .collect();
    let look = || Hint::Contact(whom.clone());
    let opted_out = Hint::OptedOut { whom: Whom::Contact(whom.clone()), source: "user_unsubscribed" };
    assert_eq!(told, [look(), look(), look(), opted_out]);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,20}".prop_map(Json::from),
    ];
    let key = prop_oneof!["id|endUserId|contactId|author|type|email|attributes|diff", ".{0,8}"];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_crash_the_reader(body in proptest::collection::vec(any::<u8>(), 0..400), named in any::<bool>()) {
        let answer = read(&body, named.then_some(TOKEN));
        prop_assert!(answer.is_err(), "bytes without an event are no event");
    }

    #[test]
    fn no_event_points_at_what_cannot_be_a_contact(kind in "[a-z_]{0,24}|contact_updated|user_unsubscribed|new_message", data in any_json()) {
        let body = json!({ "type": kind, "token": TOKEN, "data": data }).to_string();
        for hint in read(body.as_bytes(), None).unwrap() {
            if let Hint::Contact(id) | Hint::OptedOut { whom: Whom::Contact(id), .. } = hint {
                prop_assert!(id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }

    #[test]
    fn no_forged_token_is_taken(token in ".{0,40}", data in any_json()) {
        prop_assume!(token != TOKEN);
        let body = json!({ "type": "user_unsubscribed", "token": token, "data": data }).to_string();
        prop_assert_eq!(read(body.as_bytes(), None), Err(Refused::Forged));
        prop_assert_eq!(read(body.as_bytes(), Some(TOKEN)), Err(Refused::Forged));
    }
}
