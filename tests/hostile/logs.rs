//! A log may go anywhere: whatever its level, it tells of no contact and of no secret.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

use crate::program::run;
use crate::rig::Rig;
use serde_json::Value;
use std::collections::BTreeSet;

/// A text shorter than this stands in a log by chance.
const MIN_TOLD_CHARS: usize = 6;
/// People of the two apps together; each fault makes a call wait for a second or more.
const PEOPLE: usize = 20;

/// Every text of every contact, as far as a person could be known by it, and every secret.
fn told(rig: &Rig) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for person in rig.apps.google.dump().values() {
        for list in [
            "names",
            "emailAddresses",
            "phoneNumbers",
            "addresses",
            "organizations",
            "biographies",
            "nicknames",
            "urls",
            "userDefined",
        ] {
            texts_in(&person[list], &mut texts);
        }
    }
    for contact in rig.apps.drift.dump().values() {
        for name in ["email", "name", "phone", "company", "title", "city", "address", "notes"] {
            texts_in(&contact["attributes"][name], &mut texts);
        }
    }
    for secret in ["drift", "id", "secret", "refresh"] {
        texts.insert(std::fs::read_to_string(rig.path(secret)).unwrap());
    }
    // What people share with the program's own words is no sign of anybody.
    texts.retain(|text| {
        text.chars().count() >= MIN_TOLD_CHARS && !["CONTACT", "contact"].contains(&text.as_str())
    });
    texts
}

fn texts_in(json: &Value, into: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => drop(into.insert(text.trim().to_owned())),
        Value::Array(items) => items.iter().for_each(|item| texts_in(item, into)),
        // What Google works out or names itself says nothing of anybody.
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| {
                !["metadata", "type", "formattedType", "contentType", "key"].contains(&key.as_str())
            })
            .for_each(|(_, item)| texts_in(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Syncs under these faults at the finest level, twice, and looks for people and secrets in what was logged.
async fn check(faults: &str, format: &str) {
    let rig = Rig::new(PEOPLE, faults).await;
    let mut logged = String::new();
    for words in [&["sync"][..], &["resync"], &["status"], &["explain", "nobody@nowhere.example"]] {
        let words = [&["--log-format", format][..], words].concat();
        let ended = run(rig.folder.path(), &words, &[("SYNTONY_LOG", "trace")]).await;
        logged.push_str(&ended.stderr);
    }
    assert!(logged.contains("answered"), "{faults} {format}: nothing was logged: {logged}");
    if format == "json" {
        let lines = logged.lines().filter(|line| line.starts_with('{'));
        for line in lines {
            assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
    }
    let folded = logged.to_lowercase();
    let texts = told(&rig);
    assert!(texts.len() > 2 * PEOPLE, "{}", texts.len());
    for text in texts {
        assert!(!folded.contains(&text.to_lowercase()), "{faults} {format}: the log tells {text:?}");
    }
    assert!(!folded.contains("bearer "), "{faults} {format}: a header was logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_tells_who_anybody_is() {
    tokio::join!(
        check("429/13,500/17,html/29", "text"),
        check("drop-before/23,drop-after/31,expired-token/19,expired-cursor/9", "json"),
    );
}

/// Refusals quote what they refuse.
#[tokio::test(flavor = "multi_thread")]
async fn no_log_repeats_what_a_vendor_says_of_a_contact() {
    let rig = Rig::new(20, "").await;
    let words = "Ann.Geheim@example.test";
    rig.apps
        .drift
        .identify("odd@example.test", &[("name", Value::from(words)), ("phone", Value::from("+3247000"))]);
    rig.apps
        .google
        .add(&serde_json::json!({ "emailAddresses": [{ "value": "not an address of Geheim" }] }))
        .unwrap();
    for _ in 0..2 {
        let ended = run(rig.folder.path(), &["sync"], &[("SYNTONY_LOG", "trace")]).await;
        assert!(!ended.stderr.contains("Geheim"), "{}", ended.stderr);
    }
}
