//! What commands answer, and with which status.

use crate::rig::Rig;
use serde_json::Value;

fn connection(report: &Value) -> &Value {
    &report["connections"][0]
}

/// Scenarios 1, 9 and 74.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_writes_nothing_and_costs_a_page_per_side() {
    let rig = Rig::new(60, "").await;
    let plan = rig.run(&["plan"]).await;
    let first = rig.run(&["sync"]).await;
    assert!(first.code <= 1, "{} {:#}", first.stderr, first.json);
    for app in ["chat", "google"] {
        for count in ["created", "updated"] {
            assert_eq!(
                connection(&plan.json)["apps"][app][count],
                connection(&first.json)["apps"][app][count],
                "the plan said otherwise: {app} {count}"
            );
        }
    }
    // The second sees the echo of the first, the third nothing at all.
    for _ in 0..2 {
        rig.apps.google.traffic().clear();
        rig.apps.drift.traffic().clear();
        let again = rig.run(&["sync"]).await;
        assert_eq!(again.code, first.code, "{} {:#}", again.stderr, again.json);
        for app in ["chat", "google"] {
            let counts = &connection(&again.json)["apps"][app];
            assert_eq!((&counts["created"], &counts["updated"]), (&Value::from(0), &Value::from(0)));
        }
    }
    // The access token of the last process is gone with it; beside that, one page per side.
    let google: u64 = rig
        .apps
        .google
        .traffic()
        .counts()
        .iter()
        .filter(|(route, _)| !route.contains("/token"))
        .map(|(_, n)| n)
        .sum();
    assert_eq!(google, 1, "{:?}", rig.apps.google.traffic().counts());
    assert_eq!(rig.apps.drift.traffic().total(), 1, "{:?}", rig.apps.drift.traffic().counts());
}

/// Scenarios 86 and 84: passing faults are nobody's business but ours.
#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_change_nothing_about_the_end() {
    let calm = Rig::new(30, "").await;
    calm.run(&["sync"]).await;
    let disturbed = ["429/7", "500/9", "drop-before/11", "drop-after/11", "html/13"].map(async |faults| {
        let rig = Rig::new(30, faults).await;
        for _ in 0..2 {
            rig.run(&["sync"]).await;
        }
        (faults, rig)
    });
    for (faults, rig) in futures_util::future::join_all(disturbed).await {
        assert_eq!(rig.books(), calm.books(), "{faults}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_ends_with_64_and_says_where() {
    let rig = Rig::new(0, "").await;
    rig.write_config("directoin = \"both\"");
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 64);
    assert_eq!(ran.json["problems"][0]["hint"].as_str().map(|hint| hint.contains("direction")), Some(true));
    assert!(ran.stderr.contains("syntony.toml"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_at_once_do_not_both_write() {
    let rig = Rig::new(0, "").await;
    let lock = syntony_state::RunLock::acquire(&rig.path("syntony.db"), "the other one").unwrap();
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("the other one"), "{}", ran.stderr);
    drop(lock);
    assert_eq!(rig.run(&["sync"]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_stop_with_3_and_move_no_cursor() {
    let rig = Rig::new(20, "").await;
    std::fs::write(rig.path("drift"), "wrong").unwrap();
    let ran = rig.run(&["sync"]).await;
    assert_eq!((ran.code, connection(&ran.json)["status"].as_str()), (3, Some("stopped")), "{}", ran.stderr);
    rig.write_config("");
    let ran = rig.run(&["sync"]).await;
    assert!(ran.code <= 1, "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_can_be_looked_up_and_explained() {
    let rig = Rig::new(30, "").await;
    let ran = rig.run(&["sync"]).await;
    let run = ran.json["run"].as_str().unwrap().to_owned();
    let written = rig.run(&["runs", &run]).await.json;
    let writes = written["writes"].as_array().unwrap();
    assert!(!writes.is_empty());
    for write in writes {
        assert_eq!(write["outcome"], "applied");
        for field in write["fields"].as_array().unwrap() {
            assert!(!field["because"].as_str().unwrap().is_empty());
        }
    }
    let contact =
        format!("{}:{}", writes[0]["app"].as_str().unwrap(), writes[0]["contact"].as_str().unwrap());
    let explained = rig.run(&["explain", &contact]).await;
    assert_eq!(explained.code, 0);
    assert_eq!(explained.json["links"][0]["connection"], "chat-google");
    assert_eq!(explained.json["not_syncing"], Value::Null);
    let status = rig.run(&["status"]).await.json;
    assert_eq!(connection(&status)["last_run"]["run"], run);
    assert_eq!(rig.run(&["runs"]).await.json["runs"][0]["run"], run);
    assert_eq!(rig.run(&["explain", "nobody@nowhere.example"]).await.code, 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_and_fields_tell_what_the_apps_have() {
    let rig = Rig::new(10, "").await;
    let check = rig.run(&["check"]).await;
    assert_eq!((check.code, &check.json["ok"]), (0, &Value::Bool(true)), "{}", check.stderr);
    assert!(check.json["mappings"].as_array().unwrap().iter().any(|line| line["left"] == "email"));
    let fields = rig.run(&["fields", "google"]).await.json;
    let names: Vec<&str> =
        fields["fields"].as_array().unwrap().iter().filter_map(|field| field["name"].as_str()).collect();
    assert!(names.contains(&"names.givenName"));
    rig.write_config("[[connections.chat-google.fields]]\nchat = \"nmae\"\ngoogle = \"names.givenNmae\"\n");
    let check = rig.run(&["check"]).await;
    assert_eq!(check.code, 64);
    assert!(check.json["problems"][0]["line"].as_u64().is_some());
}
