//! People edit, delete and restore in the simulators' own pages; the built program follows over real HTTP.

use crate::rig::Rig;
use serde_json::{Value, json};

/// What a sync did to an app.
fn count(report: &Value, app: &str, what: &str) -> u64 {
    report["connections"][0]["apps"][app][what].as_u64().unwrap()
}

/// Syncs, and makes sure that nothing was refused.
async fn sync(rig: &Rig) -> Value {
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 0, "{} {:#}", ran.stderr, ran.json);
    ran.json
}

/// The next sync writes nothing.
async fn assert_quiet(rig: &Rig) {
    let report = sync(rig).await;
    for app in ["chat", "google"] {
        for what in ["created", "updated", "tagged", "untagged"] {
            assert_eq!(count(&report, app, what), 0, "{app} {what}: {report:#}");
        }
    }
}

/// A Drift contact's attribute, empty where it is not there.
fn attribute(rig: &Rig, id: i64, name: &str) -> String {
    rig.apps.drift.contact(id).unwrap()["attributes"][name].as_str().unwrap_or_default().to_owned()
}

/// A person edits in Drift, and talks: that is how anybody hears of it.
fn edit_in_drift(rig: &Rig, id: i64, attributes: &[(&str, Value)]) {
    rig.apps.drift.edit(id, attributes).unwrap();
    rig.apps.drift.start_conversation(id).unwrap();
}

/// María with three phones, in Google and, after a sync, in Drift.
async fn maria(rig: &Rig) -> (String, i64) {
    let name = rig
        .apps
        .google
        .add(&json!({
            "names": [{ "givenName": "María del Carmen", "familyName": "O'Neill", "honorificSuffix": "Jr." }],
            "emailAddresses": [{ "value": "maria@x.com" }],
            "phoneNumbers": [
                { "value": "+32 471 23 45 67", "type": "mobile" },
                { "value": "+32 2 222 22 22", "type": "work" },
                { "value": "+32 3 333 33 33", "type": "home" },
            ],
        }))
        .unwrap();
    let report = sync(rig).await;
    assert_eq!(count(&report, "chat", "created"), 1, "{report:#}");
    let ids = rig.apps.drift.ids_of("maria@x.com");
    assert_eq!(ids.len(), 1);
    (name, ids[0])
}

/// Scenarios 17, 18, 33 and 74.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_one_field_over_there_changes_one_part_and_one_number_here() {
    let rig = Rig::new(0, "").await;
    let (google, drift) = maria(&rig).await;
    assert_eq!(attribute(&rig, drift, "name"), "María del Carmen O'Neill Jr.");
    assert_eq!(attribute(&rig, drift, "phone"), "+32 471 23 45 67");
    assert_quiet(&rig).await;

    let edits = [("name", json!("María del Carmen O'Neill-Smith Jr.")), ("phone", json!("+32 479 99 99 99"))];
    edit_in_drift(&rig, drift, &edits);
    let report = sync(&rig).await;
    assert_eq!(
        (count(&report, "google", "updated"), count(&report, "chat", "updated")),
        (1, 0),
        "{report:#}"
    );
    let person = rig.apps.google.contact(&google).unwrap();
    let given = &person["names"][0]["givenName"];
    let (family, suffix) = (&person["names"][0]["familyName"], &person["names"][0]["honorificSuffix"]);
    assert_eq!((given, family, suffix), (&json!("María del Carmen"), &json!("O'Neill-Smith"), &json!("Jr.")));
    let phones: Vec<String> = person["phoneNumbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phone| format!("{} {}", phone["type"].as_str().unwrap(), phone["value"].as_str().unwrap()))
        .collect();
    assert_eq!(phones, ["mobile +32 479 99 99 99", "work +32 2 222 22 22", "home +32 3 333 33 33"]);
    assert_quiet(&rig).await;
}

/// Scenarios 58 and 60.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_in_google_is_a_tag_in_drift_until_it_is_taken_back() {
    let rig = Rig::new(0, "").await;
    let (google, drift) = maria(&rig).await;
    rig.apps.google.delete(&google).unwrap();
    let report = sync(&rig).await;
    assert_eq!(count(&report, "chat", "tagged"), 1, "{report:#}");
    assert!(attribute(&rig, drift, "labels").contains("PieSync Trash"));
    assert_quiet(&rig).await;
    let resync = rig.run(&["resync"]).await;
    assert_eq!(resync.code, 0, "{}", resync.stderr);
    assert!(rig.apps.google.dump().is_empty(), "a deleted contact was created again");

    rig.apps.google.restore(&google).unwrap();
    let report = sync(&rig).await;
    assert_eq!((count(&report, "chat", "untagged"), count(&report, "chat", "created")), (1, 0), "{report:#}");
    assert!(!attribute(&rig, drift, "labels").contains("PieSync Trash"));
    assert_quiet(&rig).await;
}

/// Scenarios 23 and 87: Google says `EXPIRED_SYNC_TOKEN`, and both were edited in the gap.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_sync_token_loses_no_edit_and_updates_nobody_else() {
    let rig = Rig::new(40, "").await;
    let (google, drift) = maria_among(&rig).await;
    rig.apps.google.edit(&google, &json!({ "organizations": [{ "title": "CEO" }] })).unwrap();
    edit_in_drift(&rig, drift, &[("phone", json!("+32 479 99 99 99"))]);
    rig.apps.google.expire_sync_tokens();
    let before = rig.books();
    let ran = rig.run(&["sync"]).await;
    assert!(ran.code <= 1, "{} {:#}", ran.stderr, ran.json);
    let report = ran.json;
    for app in ["chat", "google"] {
        assert_eq!(
            (count(&report, app, "created"), count(&report, app, "tagged")),
            (0, 0),
            "{app}: {report:#}"
        );
        assert!(count(&report, app, "updated") <= 1, "{app}: others were updated: {report:#}");
    }
    let after = rig.books();
    let changed: Vec<&String> =
        before.0.iter().filter(|(email, lines)| after.0[*email] != **lines).map(|(email, _)| email).collect();
    assert_eq!(changed, ["maria@x.com"]);
    assert!(after.0["maria@x.com"][0].contains("+32 479 99 99 99"), "{:?}", after.0["maria@x.com"]);
}

/// María among others.
async fn maria_among(rig: &Rig) -> (String, i64) {
    let name = rig
        .apps
        .google
        .add(&json!({
            "names": [{ "givenName": "María", "familyName": "O'Neill" }],
            "emailAddresses": [{ "value": "maria@x.com" }],
            "phoneNumbers": [{ "value": "+32 471 23 45 67", "type": "mobile" }],
        }))
        .unwrap();
    let ran = rig.run(&["sync"]).await;
    assert!(ran.code <= 1, "{}", ran.stderr);
    (name, rig.apps.drift.ids_of("maria@x.com")[0])
}

/// Scenario 53: told once, by id, with the command that says more.
#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_a_person_took_off_is_told_once() {
    let rig = Rig::new(0, "").await;
    rig.write_config(
        "[[connections.chat-google.rules]]\nfrom = \"google\"\nthen = [ { add_tag = \"seen\", in = \"google\" } ]\n",
    );
    let (google, _) = maria(&rig).await;
    assert!(rig.apps.google.labels(&google).contains("seen"));
    rig.apps.google.unlabel(&google, "seen").unwrap();
    let told = |stderr: &str| stderr.matches(&format!("syntony explain google:{google}")).count();
    let ran = rig.run(&["sync"]).await;
    assert_eq!((ran.code, told(&ran.stderr)), (0, 1), "{}", ran.stderr);
    for words in [&["sync"][..], &["resync"]] {
        let ran = rig.run(words).await;
        assert_eq!((ran.code, told(&ran.stderr)), (0, 0), "{words:?}: {}", ran.stderr);
    }
    assert!(!rig.apps.google.labels(&google).contains("seen"));
}
