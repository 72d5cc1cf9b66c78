//! A vendor that rotates refresh tokens, and takes everything back when one is used twice (scenario 85).

use crate::rig::{Ran, Rig};
use std::path::Path;
use std::time::Duration;

/// How every refresh token of the simulated organisation begins.
const TOKEN: &str = "5Aep861";
/// How long a killed sync may take to be given its first token, in milliseconds.
const GIVEN_WITHIN_MS: u64 = 20_000;
/// Where the browser would end.
const CALLBACK: &str = "https://login.salesforce.com/services/oauth2/success";

/// Salesforce and Google, with a person's sign-in that rotates.
async fn rig() -> Rig {
    let rig = Rig::new(30, "").await;
    rig.apps.salesforce.configure(|settings| settings.rotates_refresh_tokens = true);
    rig.write_crm_config();
    std::fs::write(rig.path("crm.refresh"), rig.apps.salesforce.credentials().refresh_token).unwrap();
    edit(&rig, "flow = \"client_credentials\"", "refresh_token = { file = \"crm.refresh\" }");
    rig
}

fn edit(rig: &Rig, from: &str, to: &str) {
    let file = rig.path("syntony.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(&file, text.replace(from, to)).unwrap();
}

/// Runs a command, which gets in. (Some contacts hold what the other app cannot take; that is no matter here.)
async fn works(rig: &Rig, words: &[&str]) -> Ran {
    let ran = rig.run(words).await;
    assert!(ran.code <= 2, "{words:?}: {} {} {:#}", ran.code, ran.stderr, ran.json);
    ran
}

/// Runs a command, which must say all of this on either channel, and no token.
async fn says(rig: &Rig, words: &[&str], expected: &[&str]) {
    let ran = rig.run(words).await;
    let text = format!("{} {}", ran.stderr, ran.json);
    assert!(ran.code >= 3, "{words:?}: {} {text}", ran.code);
    for word in expected {
        assert!(text.contains(word), "{words:?} lacks {word:?}: {text}");
    }
    assert!(!text.contains(TOKEN), "{text}");
}

/// The files of the folder that hold a refresh token in clear.
fn in_clear(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let holds = |bytes: &[u8]| bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
    files
        .filter(|file| holds(&std::fs::read(file.path()).unwrap()))
        .map(|file| file.file_name().into_string().unwrap())
        .collect()
}

/// A new sign-in of a person, and its refresh token.
async fn sign_in(rig: &Rig) -> String {
    let given = rig.apps.salesforce.credentials();
    let base = rig.apps.salesforce_url();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let query = [("response_type", "code"), ("client_id", &given.client_id), ("redirect_uri", CALLBACK)];
    let screen = client.get(format!("{base}/services/oauth2/authorize")).query(&query);
    let back = screen.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let back = url::Url::parse(&back).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &given.client_id),
        ("client_secret", &given.client_secret),
        ("redirect_uri", CALLBACK),
        ("code", &code),
    ];
    let exchange = client.post(format!("{base}/services/oauth2/token")).form(&form);
    let answer: serde_json::Value = exchange.send().await.unwrap().json().await.unwrap();
    answer["refresh_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_goes_on_with_the_newest_token_and_none_shows_it() {
    let rig = rig().await;
    let mut logged = String::new();
    for words in [&["sync"][..], &["sync"], &["check"], &["plan"], &["fields", "crm"], &["resync"], &["sync"]]
    {
        let words = [&["-vvv"][..], words].concat();
        logged.push_str(&works(&rig, &words).await.stderr);
    }
    assert!(logged.contains("answered"), "nothing was logged: {logged}");
    assert!(!logged.contains(TOKEN), "{logged}");
    assert_eq!(in_clear(rig.folder.path()), ["crm.refresh"], "where the admin put it");
    let seed = std::fs::read_to_string(rig.path("crm.refresh")).unwrap();
    assert_eq!(seed, rig.apps.salesforce.credentials().refresh_token, "and it is left as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_rotate_leaves_no_key_and_no_token() {
    let rig = rig().await;
    rig.apps.salesforce.configure(|settings| settings.rotates_refresh_tokens = false);
    for _ in 0..2 {
        works(&rig, &["sync"]).await;
    }
    assert!(!rig.path("syntony.key").exists());
    assert!(!has_token(&rig));
}

/// Whether a token is kept. The database may not be there yet, or be on its way.
fn has_token(rig: &Rig) -> bool {
    let file = rig.path("syntony.db");
    if !file.exists() {
        return false;
    }
    let conn =
        rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    conn.query_row("SELECT COUNT(*) FROM token", (), |row| row.get::<_, i64>(0)).is_ok_and(|count| count > 0)
}

/// Right after the token was stored, and before or while what came with it is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_killed_with_a_new_token_does_not_lose_it() {
    let rig = rig().await;
    let mut child = rig.spawn(&["sync"]);
    for _ in 0..GIVEN_WITHIN_MS {
        if has_token(&rig) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(has_token(&rig), "it was never given one");
    for _ in 0..2 {
        works(&rig, &["sync"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_the_fields_beside_a_run_ends_no_grant() {
    let rig = rig().await;
    // The first of all may be the look, too: then it is the one that makes the key and the database.
    works(&rig, &["fields", "crm"]).await;
    let looks = async {
        for _ in 0..4 {
            works(&rig, &["fields", "crm"]).await;
        }
    };
    let runs = async {
        for _ in 0..2 {
            rig.run(&["sync"]).await;
        }
    };
    tokio::join!(looks, runs);
    works(&rig, &["sync"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_with_one_sign_in_do_not_end_it() {
    let rig = rig().await;
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let (apps, connection) = text.split_once("[connections.").unwrap();
    let (_, crm) = apps.split_once("[apps.crm]").unwrap();
    let leads =
        format!("[apps.leads]{crm}").replace("[apps.crm.", "[apps.leads.").replace("\"contact\"", "\"lead\"");
    let more = format!("[connections.{connection}")
        .replace("crm", "leads")
        .replace("{ LastName = \"(unknown)\" }", "{ LastName = \"(unknown)\", Company = \"(unknown)\" }");
    std::fs::write(rig.path("syntony.toml"), format!("{apps}{leads}[connections.{connection}{more}"))
        .unwrap();
    for _ in 0..2 {
        works(&rig, &["sync"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_says_what_helps_and_asks_no_app() {
    let rig = rig().await;
    works(&rig, &["sync"]).await;
    let key = std::fs::read(rig.path("syntony.key")).unwrap();
    std::fs::remove_file(rig.path("syntony.key")).unwrap();
    rig.apps.salesforce.traffic().clear();
    for words in [&["sync"][..], &["fields", "crm"], &["check"]] {
        says(&rig, words, &["syntony.key` is not there", "`syntony auth login crm`"]).await;
    }
    assert_eq!(rig.apps.salesforce.traffic().total(), 0);
    std::fs::write(rig.path("syntony.key"), key).unwrap();
    works(&rig, &["sync"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sign_in_takes_the_place_of_the_stored_token() {
    let rig = rig().await;
    works(&rig, &["sync"]).await;
    std::fs::remove_file(rig.path("syntony.key")).unwrap();
    std::fs::write(rig.path("crm.refresh"), sign_in(&rig).await).unwrap();
    for _ in 0..2 {
        works(&rig, &["sync"]).await;
    }
    rig.apps.salesforce.revoke();
    says(&rig, &["sync"], &["credentials are refused", "`syntony auth login crm`"]).await;
    std::fs::write(rig.path("crm.refresh"), sign_in(&rig).await).unwrap();
    for _ in 0..2 {
        works(&rig, &["sync"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_the_admins_is_asked_for_before_a_token_is_used_up() {
    let rig = rig().await;
    edit(&rig, "[apps.chat]", "[vault]\nkey = { file = \"vault.key\" }\n[apps.chat]");
    says(&rig, &["sync"], &["vault.key", "openssl rand -hex 32"]).await;
    std::fs::write(rig.path("vault.key"), "0123456789abcdef0123456789abcdef\n").unwrap();
    works(&rig, &["sync"]).await;
    assert!(!rig.path("syntony.key").exists());
    works(&rig, &["sync"]).await;
    std::fs::write(rig.path("vault.key"), "another-0123456789abcdef0123456789abcdef\n").unwrap();
    says(&rig, &["sync"], &["does not open", "put the former key back"]).await;
}
