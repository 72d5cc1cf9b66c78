//! Apps that change beneath a connection: fields, options, permissions. What is said of it, and that no harm comes.

use crate::rig::{Ran, Rig};
use serde_json::{Value, json};
use syntony_sandbox::drift::{MissingScope, Scope};
use syntony_sandbox::google::SCOPE_READONLY;
use syntony_sandbox::salesforce::{Choice, Field, Kind, Object};

const MAPPED: &str = "crm = \"Stage__c\"";
/// Where the browser would end.
const CALLBACK: &str = "http://127.0.0.1/callback";

fn stage(options: [&str; 2]) -> Field {
    Field::new("Stage__c", "Stage", Kind::Picklist).restricted_to(options.map(Choice::new).to_vec())
}

/// Google and Salesforce with one person in both, and a picklist of the admin's mapped beside the defaults.
async fn crm_rig() -> (Rig, String, String) {
    let rig = Rig::new(0, "").await;
    rig.apps.salesforce.add_field(Object::Contact, stage(["Prospect", "Customer"]));
    rig.write_crm_config();
    append(&rig, &format!("[[connections.crm-google.fields]]\n{MAPPED}\ngoogle = \"userDefined.Stage\"\n"));
    let person = rig.apps.google.add(&json!({
        "names": [{ "givenName": "Ann", "familyName": "Olsen" }],
        "emailAddresses": [{ "value": "ann@x.org" }],
        "phoneNumbers": [{ "value": "+1 212 555 0101" }],
    }));
    works(&rig, &["sync"]).await;
    let contact = rig.apps.salesforce.ids_of("ann@x.org").remove(0);
    (rig, person.unwrap(), contact)
}

fn append(rig: &Rig, text: &str) {
    let file = rig.path("syntony.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + text).unwrap();
}

async fn works(rig: &Rig, words: &[&str]) -> Ran {
    let ran = rig.run(words).await;
    assert_eq!(ran.code, 0, "{words:?}: {} {:#}", ran.stderr, ran.json);
    ran
}

/// What `check` says: `severity: message @ the line it says it of`.
async fn checked(rig: &Rig, code: i32) -> Vec<String> {
    let ran = rig.run(&["check"]).await;
    assert_eq!(ran.code, code, "{} {:#}", ran.stderr, ran.json);
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let problems = ran.json["problems"].as_array().unwrap();
    let said = |problem: &Value| {
        let line = usize::try_from(problem["line"].as_u64().unwrap()).unwrap();
        let (severity, message) =
            (problem["severity"].as_str().unwrap(), problem["message"].as_str().unwrap());
        assert!(problem["hint"].is_string(), "{problem}");
        format!("{severity}: {message} @ {}", text.lines().nth(line - 1).unwrap())
    };
    problems.iter().map(said).collect()
}

fn phone_in_google(number: &str) -> Value {
    json!({ "phoneNumbers": [{ "value": number }] })
}

fn phone(rig: &Rig, contact: &str) -> String {
    rig.apps.salesforce.contact(contact).unwrap()["Phone"].as_str().unwrap_or_default().to_owned()
}

/// Scenario 39.
#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_option_is_told_at_its_line_until_a_sync_went_by_it() {
    let (rig, _, _) = crm_rig().await;
    assert_eq!(checked(&rig, 0).await, Vec::<String>::new());
    rig.apps.salesforce.configure(|org| {
        org.custom_fields.clear();
        org.custom_fields.push((Object::Contact, stage(["Lead", "Customer"])));
    });
    let said =
        "`Stage__c` of `crm` lost the options Prospect since the last sync, and got Lead; a mapping uses it";
    for _ in 0..2 {
        assert_eq!(checked(&rig, 0).await, [format!("warning: {said} @ {MAPPED}")]);
    }
    for words in [&["plan"][..], &["sync"]] {
        let logged = works(&rig, words).await.stderr;
        assert!(logged.contains(said) && logged.contains("line="), "{words:?}: {logged}");
    }
    assert_eq!(checked(&rig, 0).await, Vec::<String>::new());
}

/// Scenario 28: a field that may not be seen any more is not empty.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_mapping_that_lost_its_field_is_told_and_empties_nothing() {
    let (rig, person, contact) = crm_rig().await;
    let before = phone(&rig, &contact);
    assert!(before.contains("0101"));
    rig.apps.salesforce.configure(|org| org.hidden_fields = ["Contact.Phone".to_owned()].into());
    let said = "warning: the default mapping `phone` is not there: `crm` has no `Phone` any more @ [connections.crm-google]";
    assert_eq!(checked(&rig, 0).await, [said]);
    rig.apps.google.edit(&person, &phone_in_google("+1 212 555 0202")).unwrap();
    works(&rig, &["sync"]).await;
    assert_eq!(phone(&rig, &contact), before);
    assert_eq!(checked(&rig, 0).await, [said], "it is not forgotten after a sync");
    // Seen again, it goes on where it was: three ways, with the edit of the meantime.
    rig.apps.salesforce.configure(|org| org.hidden_fields.clear());
    assert_eq!(checked(&rig, 0).await, Vec::<String>::new());
    works(&rig, &["resync"]).await;
    assert!(phone(&rig, &contact).contains("0202"), "{}", phone(&rig, &contact));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapped_field_that_is_gone_stops_everything_before_a_write() {
    let (rig, person, contact) = crm_rig().await;
    rig.apps.salesforce.configure(|org| org.hidden_fields = ["Contact.Stage__c".to_owned()].into());
    let said = checked(&rig, 64).await;
    let error = format!("error: there is no field `Stage__c` @ {MAPPED}");
    let gone =
        format!("warning: `Stage__c` of `crm` is gone since the last sync; a mapping uses it @ {MAPPED}");
    assert_eq!(said, [error, gone]);
    rig.apps.google.edit(&person, &phone_in_google("+1 212 555 0202")).unwrap();
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 64, "{} {:#}", ran.stderr, ran.json);
    assert!(phone(&rig, &contact).contains("0101"));
}

/// A connection that lost the right to write: nothing is written, nothing is taken for done, and with the right back
/// the edit arrives.
async fn check_denied(rig: &Rig, deny: impl AsyncFn(&Rig), allow: impl AsyncFn(&Rig), code: i32, says: &str) {
    let (person, contact) = shared(rig).await;
    deny(rig).await;
    rig.apps.drift.edit(contact, &[("phone", json!("+1 212 555 0303"))]).unwrap();
    rig.apps.drift.start_conversation(contact).unwrap();
    rig.apps.google.edit(&person, &json!({ "organizations": [{ "name": "New & Co" }] })).unwrap();
    let before = (rig.apps.google.dump(), rig.apps.drift.dump());
    let check = rig.run(&["check"]).await;
    assert_eq!(check.code, 64, "{} {:#}", check.stderr, check.json);
    let problem = &check.json["problems"][0];
    assert!(problem["message"].as_str().unwrap().contains("` lacks "), "{problem}");
    let ran = rig.run(&["sync"]).await;
    let text = format!("{} {:#}", ran.stderr, ran.json);
    assert_eq!(ran.code, code, "{text}");
    assert!(text.contains(says), "{says} is not in {text}");
    let after = (rig.apps.google.dump(), rig.apps.drift.dump());
    assert!(before.0.len() == after.0.len() && before.1.len() == after.1.len(), "somebody came or went");
    allow(rig).await;
    works(rig, &["sync"]).await;
    let held = |text: &str| {
        let both = (format!("{:?}", rig.apps.google.dump()), format!("{:?}", rig.apps.drift.dump()));
        (both.0.contains(text), both.1.contains(text))
    };
    assert_eq!((held("555 0303"), held("New & Co")), ((true, true), (true, true)));
}

/// One person in both apps.
async fn shared(rig: &Rig) -> (String, i64) {
    rig.apps.drift.define_attribute("company", syntony_sandbox::drift::AttributeType::String);
    let person = rig.apps.google.add(&json!({
        "names": [{ "givenName": "Ann", "familyName": "Olsen" }],
        "emailAddresses": [{ "value": "ann@x.org" }],
        "phoneNumbers": [{ "value": "+1 212 555 0101" }],
        "organizations": [{ "name": "Old & Co" }],
    }));
    works(rig, &["sync"]).await;
    (person.unwrap(), rig.apps.drift.ids_of("ann@x.org")[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scope_to_write_drift_nobody_is_harmed_and_the_edit_waits() {
    // Refused with a 401 it looks like a token that is not valid, and with a 404 like a contact that is gone: either
    // way the token itself is asked what it may do.
    for (shown, says) in [
        (MissingScope::Forbidden, "lacks a permission"),
        (MissingScope::Unauthorized, "contact_write"),
        (MissingScope::NotFound, "lacks the scope contact_write"),
    ] {
        let rig = Rig::new(0, "").await;
        let former = std::fs::read_to_string(rig.path("drift")).unwrap();
        let deny = async |rig: &Rig| {
            rig.apps.drift.configure(|settings| settings.missing_scope = shown);
            std::fs::write(rig.path("drift"), token_to_read(rig).await).unwrap();
        };
        let allow = async |rig: &Rig| std::fs::write(rig.path("drift"), &former).unwrap();
        check_denied(&rig, deny, allow, 3, says).await;
    }
}

/// A token of an app that has no scope to write. Tokens that are out keep theirs.
async fn token_to_read(rig: &Rig) -> String {
    rig.apps.drift.configure(|settings| {
        settings.scopes.remove(&Scope::ContactWrite);
    });
    let app = rig.apps.drift.settings().oauth;
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &app.client_id),
        ("client_secret", &app.client_secret),
        ("refresh_token", &app.refresh_token),
    ];
    let answer =
        client().post(format!("{}/oauth2/token", rig.apps.drift_url())).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scope_to_write_google_nobody_is_harmed_and_the_edit_waits() {
    let rig = Rig::new(0, "").await;
    let former = std::fs::read_to_string(rig.path("refresh")).unwrap();
    let deny = async |rig: &Rig| {
        std::fs::write(rig.path("refresh"), sign_in_to_read(rig).await).unwrap();
    };
    let allow = async |rig: &Rig| std::fs::write(rig.path("refresh"), &former).unwrap();
    check_denied(&rig, deny, allow, 3, "https://www.googleapis.com/auth/contacts").await;
}

/// The refresh token of a user who granted reading alone.
async fn sign_in_to_read(rig: &Rig) -> String {
    rig.apps.google.configure(|settings| settings.grants = vec![SCOPE_READONLY.to_owned()]);
    let given = rig.apps.google.credentials();
    let base = rig.apps.google_url();
    let client = client();
    let query = [
        ("response_type", "code"),
        ("client_id", &given.client_id),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPE_READONLY),
    ];
    let screen = client.get(format!("{base}/o/oauth2/v2/auth")).query(&query).send().await.unwrap();
    let back = url::Url::parse(screen.headers()["location"].to_str().unwrap()).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &given.client_id),
        ("client_secret", &given.client_secret),
        ("redirect_uri", CALLBACK),
        ("code", &code),
    ];
    let answer = client.post(format!("{base}/token")).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["refresh_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A browser that does not follow where it is sent.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
