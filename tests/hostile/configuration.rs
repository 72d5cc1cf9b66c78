//! A configuration of any bytes is a wrong configuration: status 64 with the file's name, and nothing else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

use crate::program::run;
use proptest::prelude::*;
use proptest::sample::Index;

/// Cases; each starts the program twice.
const CASES: u32 = 32;

/// A configuration that is right.
const GOOD: &str = r#"
[apps.chat]
type = "drift"
token = { env = "HOSTILE_TOKEN" }

[apps.google]
type = "google_contacts"
[apps.google.oauth]
client_id = { env = "HOSTILE_TOKEN" }
client_secret = { env = "HOSTILE_TOKEN" }
refresh_token = { env = "HOSTILE_TOKEN" }

[connections.chat-google]
between = ["chat", "google"]
schedule = "0 */5 * * * *"
timezone = "Europe/Brussels"
guard = { max_changes_percent = 30, max_changes = 500 }

[[connections.chat-google.rules]]
from = "chat"
if = [ { cql_score = { at_least = 2 } } ]
then = [ { add_tag = "From chat", undo = true } ]
"#;

/// Any bytes, any text that looks like TOML, and a right configuration with something in it changed.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::sample::select(vec![
        "",
        "\"",
        "[",
        "]]",
        "{",
        "= =",
        "\u{0}",
        "\u{feff}",
        "🦀",
        "-1",
        "99999999999999999999",
        "1e999",
        "nan",
        "1979-05-27T07:32:00Z",
        "''''",
        "\\u{110000}",
        "[apps.chat]",
        "apps.chat.type",
        "# \u{202e}",
    ]);
    prop_oneof![
        2 => proptest::collection::vec(any::<u8>(), 0..300),
        2 => "(\\[{1,2}[a-z.\"]{0,12}\\]{1,2}\n|[a-z_.\"]{1,12} ?= ?[\\[\\]{}a-z0-9\", =]{0,20}\n){0,8}"
            .prop_map(String::into_bytes),
        6 => (any::<Index>(), any::<Index>(), odd).prop_map(|(from, length, with)| {
            let from = from.index(GOOD.len());
            let until = from + length.index((GOOD.len() - from).min(40) + 1);
            [&GOOD.as_bytes()[..from], with.as_bytes(), &GOOD.as_bytes()[until..]].concat()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn any_bytes_are_a_configuration_or_an_error_that_says_where(bytes in bytes()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("syntony.toml"), &bytes).unwrap();
            let secret = [("HOSTILE_TOKEN", "t0ps3cret")];
            let check = run(folder.path(), &["--json", "check", "--offline"], &secret).await;
            let document: serde_json::Value = serde_json::from_str(&check.stdout).unwrap();
            let text = || format!("{check:?}\n{}", String::from_utf8_lossy(&bytes));
            assert!(!check.stdout.contains("t0ps3cret") && !check.stderr.contains("t0ps3cret"), "{}", text());
            match check.code {
                Some(0) => assert_eq!(document["ok"], true, "{}", text()),
                Some(64) => {
                    let problems = document["problems"].as_array().unwrap();
                    assert!(!problems.is_empty(), "{}", text());
                    for problem in problems {
                        assert!(problem["line"].as_u64().is_some(), "{}", text());
                        assert!(!problem["message"].as_str().unwrap().is_empty(), "{}", text());
                    }
                    assert!(check.stdout.contains("syntony.toml"), "{}", text());
                    // What cannot be checked cannot be run either, and leaves nothing behind.
                    let sync = run(folder.path(), &["sync"], &secret).await;
                    assert_eq!(sync.code, Some(64), "{}", text());
                    assert!(sync.stderr.contains("syntony.toml"), "{sync:?}");
                    assert!(!folder.path().join("syntony.db").exists(), "{}", text());
                }
                _ => panic!("{}", text()),
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_that_the_others_are_made_of_is_right() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("syntony.toml"), GOOD).unwrap();
    let check = run(folder.path(), &["check", "--offline"], &[("HOSTILE_TOKEN", "x")]).await;
    assert_eq!(check.code, Some(0), "{check:?}");
}

/// A folder, a file that may not be read, nothing at all.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    for command in [["check"], ["sync"], ["plan"], ["status"], ["runs"]] {
        assert_eq!(run(folder.path(), &command, &[]).await.code, Some(64), "{command:?}");
    }
    std::fs::create_dir(folder.path().join("syntony.toml")).unwrap();
    assert_eq!(run(folder.path(), &["sync"], &[]).await.code, Some(64));
}

/// The command line is input as well.
#[tokio::test(flavor = "multi_thread")]
async fn odd_words_are_a_wrong_command_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("syntony.toml"), GOOD).unwrap();
    for words in [
        &["sync", "no-such-connection"][..],
        &["sync", "--plan", "missing.json"],
        &["sync", "--plan", "syntony.toml"],
        &["explain", ""],
        &["explain", ":::"],
        &["explain", "chat:"],
        &["runs", "\u{202e}no-run"],
        &["fields", "nobody"],
        &["status", "--no-such-option"],
    ] {
        let ended = run(folder.path(), words, &[("HOSTILE_TOKEN", "x")]).await;
        assert_eq!(ended.code, Some(64), "{words:?}: {ended:?}");
        assert!(!ended.stderr.trim().is_empty(), "{words:?}");
    }
}
