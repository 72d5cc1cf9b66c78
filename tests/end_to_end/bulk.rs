//! A first sync of thousands into Salesforce: the asynchronous interface takes them, and nobody is made twice.

use crate::rig::Rig;
use reqwest::Method;
use std::collections::BTreeSet;
use syntony_sandbox::people::people;

/// More than what goes by ordinary calls.
const CONTACTS: usize = 2_300;

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_new_contacts_go_by_a_bulk_job_and_arrive_once() {
    let rig = Rig::new(0, "").await;
    rig.apps.google.seed(&people(11, CONTACTS));
    rig.write_crm_config();
    let first = rig.run(&["sync"]).await;
    let report = &first.json["connections"][0];
    assert!(first.code <= 2, "{} {report:#}", first.stderr);
    let created = report["apps"]["crm"]["created"].as_u64().unwrap();
    assert!(created > 2_000, "{report:#}");
    let traffic = rig.apps.salesforce.traffic();
    assert!(traffic.count(&Method::POST, "/jobs/ingest") > 0, "{:#?}", traffic.counts());
    let rows = rig.apps.salesforce.dump();
    let addresses: Vec<String> =
        rows.values().filter_map(|row| row["Email"].as_str().map(str::to_lowercase)).collect();
    assert_eq!(addresses.len() as u64, created);
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len(), "nobody twice");

    let second = rig.run(&["sync"]).await.json;
    for app in ["crm", "google"] {
        let counts = &second["connections"][0]["apps"][app];
        assert_eq!((&counts["created"], &counts["updated"]), (&0.into(), &0.into()), "{second:#}");
    }
}
