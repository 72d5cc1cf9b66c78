//! People's rights: what is stored about them can be had, and erased for good (scenario 68).

use crate::rig::Rig;
use serde_json::{Value, json};

async fn sync(rig: &Rig) -> Value {
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 0, "{} {:#}", ran.stderr, ran.json);
    ran.json
}

/// Whether a text is anywhere in the folder of the configuration and the state.
fn is_stored(rig: &Rig, text: &str) -> bool {
    let files = std::fs::read_dir(rig.folder.path()).unwrap();
    files.into_iter().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_person_is_erased_and_never_brought_back() {
    let rig = Rig::new(0, "").await;
    for (given, email) in [("Wilhelmina", "mina@x.example"), ("Jonathan", "jon@x.example")] {
        let person = json!({
            "names": [{ "givenName": given, "familyName": "Harker" }],
            "emailAddresses": [{ "value": email }],
            "phoneNumbers": [{ "value": "+32 471 23 45 67" }],
        });
        rig.apps.google.add(&person).unwrap();
    }
    sync(&rig).await;
    let exported = rig.run(&["export", "Mina@X.example"]).await.json;
    assert_eq!(exported["records"].as_array().unwrap().len(), 2, "{exported:#}");
    assert_eq!(exported["links"].as_array().unwrap().len(), 1);
    assert_eq!(exported["history"][0]["kind"], "create");
    assert!(is_stored(&rig, "Wilhelmina"));

    let forgotten = rig.run(&["forget", "MINA@x.example"]).await;
    assert_eq!(
        (forgotten.code, &forgotten.json["forgotten"]["contacts"]),
        (0, &json!(2)),
        "{}",
        forgotten.stderr
    );
    for text in ["Wilhelmina", "mina@x.example"] {
        assert!(!is_stored(&rig, text), "{text} is left");
    }
    let exported = rig.run(&["export", "mina@x.example"]).await.json;
    assert_eq!(exported["records"], json!([]));

    // Drift loses her, Google still has her, in another spelling and newly edited.
    for id in rig.apps.drift.ids_of("mina@x.example") {
        rig.apps.drift.delete(id).unwrap();
    }
    let name = rig.apps.google.names_of("mina@x.example").remove(0);
    let edit =
        json!({ "emailAddresses": [{ "value": "MINA@X.EXAMPLE" }], "nicknames": [{ "value": "Mina" }] });
    rig.apps.google.edit(&name, &edit).unwrap();
    for command in ["sync", "resync", "sync"] {
        let report = rig.run(&[command]).await.json;
        assert_eq!(report["connections"][0]["apps"]["chat"]["created"], 0, "{report:#}");
        assert_eq!(report["connections"][0]["apps"]["chat"]["updated"], 0, "{report:#}");
    }
    assert!(!is_stored(&rig, "Wilhelmina"));
    let book = rig.apps.drift.dump();
    let names: Vec<&str> =
        book.values().filter_map(|contact| contact["attributes"]["name"].as_str()).collect();
    assert!(names.iter().any(|name| name.contains("Jonathan")), "nobody else is touched: {names:?}");
}
