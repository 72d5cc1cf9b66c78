//! Signing in, as a person does it, and what is left of it afterwards: `auth login`, `auth status`, `auth revoke`.

use crate::rig::{Ran, Rig};
use serde_json::{Value, json};
use std::io::{BufRead as _, Read as _, Write as _};
use std::process::Stdio;
use syntony_sandbox::{drift, salesforce};
use url::Url;

/// Where the browser is sent back to at the vendors that want to know it beforehand; each test takes a port of its own.
fn callback(port: u16) -> String {
    format!("http://localhost:{port}/callback")
}

/// A port that nobody has now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How every secret of the simulators begins that a sign-in gives, and those that it takes.
const SECRETS: [&str; 8] =
    ["1//", "ya29.", "4/0", "5Aep861", "aPrx", "!AQ", "drift-sandbox-refresh-", "drift-sandbox-access-"];

/// Drift, Google and Salesforce, and nobody has signed in to any of them.
async fn rig() -> Rig {
    let rig = Rig::new(20, "").await;
    let (drift, google) = (rig.apps.drift.settings().oauth, rig.apps.description().google_contacts);
    let crm = rig.apps.description().salesforce;
    for (name, secret) in [
        ("chat.id", &drift.client_id),
        ("chat.secret", &drift.client_secret),
        ("crm.id", &crm.credentials.client_id),
        ("crm.secret", &crm.credentials.client_secret),
    ] {
        std::fs::write(rig.path(name), secret).unwrap();
    }
    for file in ["drift", "refresh"] {
        std::fs::remove_file(rig.path(file)).unwrap();
    }
    let known = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let drift_url = rig.apps.drift_url();
    let chat = format!(
        "[apps.chat.oauth]\nclient_id = {{ file = \"chat.id\" }}\nclient_secret = {{ file = \"chat.secret\" }}\n\
         token_url = \"{drift_url}/oauth2/token\"\nauthorize_url = \"{drift_url}/authorize\"\n\n[apps.google]"
    );
    let pages =
        format!("authorize_url = \"{}\"\nrevoke_url = \"{}\"", google.authorize_url, google.revoke_url);
    let text = known
        .replace("token = { file = \"drift\" }\n", "")
        .replace("[apps.google]", &chat)
        .replace("refresh_token = { file = \"refresh\" }", &pages);
    let crm = format!(
        "\n[apps.crm]\ntype = \"salesforce\"\nlag_seconds = 0\nrate = {{ per_second = 5000 }}\n[apps.crm.oauth]\n\
         login_url = \"{}\"\nclient_id = {{ file = \"crm.id\" }}\nclient_secret = {{ file = \"crm.secret\" }}\n\
         [connections.crm-google]\nbetween = [\"crm\", \"google\"]\nwinner = \"crm\"\n\
         placeholders = {{ crm = {{ LastName = \"(unknown)\" }} }}\n",
        crm.login_url
    );
    std::fs::write(rig.path("syntony.toml"), text + &crm).unwrap();
    rig
}

fn browser() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A browser that stops where it is sent back to.
fn browser_elsewhere() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A login that waits for a person.
struct Waiting {
    child: std::process::Child,
    stderr: std::io::BufReader<std::process::ChildStderr>,
    address: Url,
    said: String,
}

/// Begins a login and reads the address to open.
fn begin(rig: &Rig, words: &[&str]) -> Waiting {
    let mut command = crate::rig::syntony(rig.folder.path());
    command.args(["--json", "-vvv", "auth", "login"]).args(words);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let address = loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no address: {said}");
        said.push_str(&line);
        if let Some(address) = line.trim().strip_prefix("http").and_then(|_| Url::parse(line.trim()).ok()) {
            break address;
        }
    };
    Waiting { child, stderr, address, said }
}

impl Waiting {
    /// What came of it.
    async fn end(mut self) -> Ran {
        let ended = tokio::task::spawn_blocking(move || {
            self.stderr.read_to_string(&mut self.said).unwrap();
            let mut stdout = String::new();
            self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
            let code = self.child.wait().unwrap().code().unwrap_or(-1);
            let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
            Ran { code, json, stderr: self.said }
        });
        ended.await.unwrap()
    }

    /// Pastes a line.
    fn paste(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

/// Signs in to an app with a browser on the same machine, and shows the page that it ends at.
async fn sign_in(rig: &Rig, words: &[&str]) -> (Ran, String) {
    let waiting = begin(rig, words);
    let page = browser().get(waiting.address.clone()).send().await.unwrap().text().await.unwrap();
    (waiting.end().await, page)
}

/// Signs in to all three.
async fn sign_in_everywhere(rig: &Rig) -> String {
    let mut said = String::new();
    for app in ["google", "chat", "crm"] {
        let callback = callback(free_port());
        let words = [app, "--redirect-url", &callback];
        let (ran, page) = sign_in(rig, if app == "google" { &words[..1] } else { &words }).await;
        assert_eq!((ran.code, &ran.json["missing"]), (0, &json!([])), "{app}: {} {}", ran.json, ran.stderr);
        assert!(page.contains("Go on in the terminal"), "{page}");
        said.push_str(&format!("{}{}{page}", ran.stderr, ran.json));
    }
    said
}

/// No file of the folder and no text holds anything that a sign-in gives.
fn check_secret_free(rig: &Rig, texts: &[&str]) {
    let mut held: Vec<(String, Vec<u8>)> =
        texts.iter().map(|text| ("text".to_owned(), text.as_bytes().to_vec())).collect();
    for entry in std::fs::read_dir(rig.folder.path()).unwrap().map(Result::unwrap) {
        held.push((entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()));
    }
    let key = std::fs::read_to_string(rig.path("syntony.key")).unwrap();
    for (name, bytes) in held {
        let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        for secret in SECRETS {
            assert!(!holds(secret), "{name} holds {secret}: {}", String::from_utf8_lossy(&bytes));
        }
        assert!(name == "syntony.key" || !holds(key.trim()), "{name} holds the key");
        assert!(!holds("code_verifier"), "{name}");
    }
}

fn status_of<'a>(ran: &'a Ran, app: &str) -> &'a Value {
    let apps = ran.json["apps"].as_array().unwrap();
    apps.iter().find(|line| line["app"] == app).unwrap_or_else(|| panic!("{}", ran.json))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_signed_in_and_then_somebody_has_and_no_secret_is_left_lying() {
    let rig = rig().await;
    rig.apps.salesforce.configure(|settings| {
        settings.rotates_refresh_tokens = true;
        settings.requires_pkce = true;
    });
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 3, "{}", ran.json);
    assert!(ran.json.to_string().contains("nobody has signed in to"), "{}", ran.json);
    assert!(ran.json.to_string().contains("`syntony auth login"), "{}", ran.json);
    assert!(!rig.path("syntony.key").exists(), "nothing is kept yet");

    let mut said = sign_in_everywhere(&rig).await;
    for words in [&["-vvv", "sync"][..], &["-vvv", "check"], &["-vvv", "sync"], &["-vvv", "auth", "status"]] {
        let ran = rig.run(words).await;
        assert!(ran.code <= 2, "{words:?}: {} {} {:#}", ran.code, ran.stderr, ran.json);
        said.push_str(&format!("{}{}", ran.stderr, ran.json));
    }
    assert!(said.contains("answered"), "nothing was logged: {said}");
    check_secret_free(&rig, &[&said]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_says_where_credentials_come_from_and_whether_they_work() {
    let rig = rig().await;
    let ran = rig.run(&["auth", "status"]).await;
    assert_eq!(ran.code, 3);
    for app in ["chat", "google", "crm"] {
        let line = status_of(&ran, app);
        assert_eq!((&line["credentials"], &line["works"]), (&json!("sign_in"), &json!(false)), "{line}");
        let hint = line["hint"].as_str().unwrap();
        assert!(hint.contains(&format!("`syntony auth login {app}`")), "{line}");
    }
    sign_in(&rig, &["google"]).await;
    let ran = rig.run(&["auth", "status", "google"]).await;
    assert_eq!((ran.code, ran.json["apps"].as_array().unwrap().len()), (0, 1), "{}", ran.json);
    let line = status_of(&ran, "google");
    assert_eq!((&line["works"], &line["missing"]), (&json!(true), &json!([])));
    for filled in ["account", "since", "access_until"] {
        assert!(line[filled].is_string(), "{filled}: {line}");
    }
    assert_eq!(rig.run(&["auth", "status", "nobody"]).await.code, 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sits_at_another_machine_pastes_what_the_browser_ended_at() {
    let rig = rig().await;
    let mut waiting = begin(&rig, &["crm", "--redirect-url", "https://elsewhere.example/callback"]);
    let sent = browser_elsewhere().get(waiting.address.clone()).send().await.unwrap();
    let back = sent.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with("https://elsewhere.example/callback?"), "{back}");
    waiting.paste("");
    waiting.paste("https://elsewhere.example/callback?code=theirs&state=guess");
    waiting.paste(&back);
    let ran = waiting.end().await;
    assert_eq!(ran.code, 0, "{} {}", ran.json, ran.stderr);
    assert!(ran.stderr.contains("not the answer to this sign-in"), "{}", ran.stderr);
    assert_eq!(rig.run(&["auth", "status", "crm"]).await.code, 0);
}

/// The login must end with 3, say all of this, and leave nothing.
fn check_refused(rig: &Rig, ran: &Ran, words: &[&str]) {
    assert_eq!(ran.code, 3, "{}", ran.json);
    let text = ran.json.to_string();
    for word in words {
        assert!(text.contains(word), "{text} lacks {word:?}");
    }
    assert!(!rig.path("syntony.db").exists(), "nothing is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_told_in_words_and_leaves_nothing() {
    let rig = rig().await;
    rig.apps.google.configure(|settings| settings.grants.clear());
    rig.apps.salesforce.configure(|settings| settings.consent = salesforce::Consent::Denied);
    rig.apps.drift.configure(|settings| settings.oauth.consent = drift::Consent::Denied);
    for app in ["google", "crm", "chat"] {
        let callback = callback(free_port());
        let (ran, page) = sign_in(&rig, &[app, "--redirect-url", &callback]).await;
        check_refused(&rig, &ran, &["access was not allowed", "nothing was changed"]);
        assert!(page.contains("not let in"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_registered_gets_no_answer_and_the_login_can_be_given_up() {
    let rig = rig().await;
    rig.apps
        .salesforce
        .configure(|settings| settings.callback_urls = Some(["https://x.example/".into()].into()));
    let callback = callback(free_port());
    let waiting = begin(&rig, &["crm", "--redirect-url", &callback]);
    assert_eq!(browser().get(waiting.address.clone()).send().await.unwrap().status().as_u16(), 400);
    let taken = begin_refused(&rig, &["chat", "--redirect-url", &callback]).await;
    check_refused(&rig, &taken, &["nothing can listen at", &callback]);
    let id = rustix::process::Pid::from_raw(i32::try_from(waiting.child.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    check_refused(&rig, &waiting.end().await, &["given up", "nothing was changed"]);
}

/// A login that does not come as far as an address.
async fn begin_refused(rig: &Rig, words: &[&str]) -> Ran {
    rig.run(&[&["auth", "login"], words].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_nobody_signs_in_to_says_what_to_do_instead() {
    let rig = Rig::new(10, "").await;
    for command in ["login", "revoke"] {
        let ran = rig.run(&["auth", command, "chat"]).await;
        assert_eq!(ran.code, 64);
        let text = ran.json.to_string();
        assert!(text.contains("nobody signs in to `chat`") && text.contains("client_id"), "{text}");
        let ran = rig.run(&["auth", command, "nobody"]).await;
        assert!(
            ran.code == 64 && ran.json["hint"].as_str().unwrap().contains("chat, google"),
            "{}",
            ran.json
        );
    }
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let news = "[apps.news]\ntype = \"mailchimp\"\naudience = \"a\"\napi_key = { file = \"drift\" }\n";
    std::fs::write(rig.path("syntony.toml"), format!("{news}{text}")).unwrap();
    let ran = rig.run(&["auth", "login", "news"]).await;
    assert!(ran.code == 64 && ran.json.to_string().contains("Mailchimp gives API keys"), "{}", ran.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_access_is_gone_at_the_provider_and_here_and_no_other_app_is_hurt() {
    let rig = rig().await;
    let ran = rig.run(&["auth", "revoke", "google"]).await;
    assert_eq!((ran.code, &ran.json["at_provider"]), (0, &json!("nothing")));
    sign_in_everywhere(&rig).await;
    for (app, left) in [("crm", ["chat", "google"].as_slice()), ("chat", &["google"]), ("google", &[])] {
        let ran = rig.run(&["auth", "revoke", app]).await;
        assert_eq!((ran.code, &ran.json["at_provider"]), (0, &json!("revoked")), "{app}: {}", ran.json);
        let ran = rig.run(&["auth", "status"]).await;
        for other in ["chat", "google", "crm"] {
            let works = status_of(&ran, other)["works"] == true;
            assert_eq!(works, left.contains(&other), "{app} was revoked: {}", ran.json);
        }
        assert!(
            status_of(&ran, app)["reason"].as_str().unwrap().contains("nobody has signed in"),
            "{}",
            ran.json
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_may_still_honour_is_not_forgotten_here() {
    let rig = rig().await;
    sign_in(&rig, &["google"]).await;
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let revoke_url = rig.apps.description().google_contacts.revoke_url;
    std::fs::write(rig.path("syntony.toml"), text.replace(&revoke_url, "http://127.0.0.1:9/revoke")).unwrap();
    let ran = rig.run(&["auth", "revoke", "google"]).await;
    assert!(ran.code == 3 && ran.json.to_string().contains("the vault keeps what it has"), "{}", ran.json);
    assert_eq!(rig.run(&["auth", "status", "google"]).await.code, 0);
    std::fs::write(rig.path("syntony.toml"), text).unwrap();
    rig.apps.google.revoke();
    let ran = rig.run(&["auth", "revoke", "google"]).await;
    assert_eq!((ran.code, &ran.json["at_provider"]), (0, &json!("unknown")), "{}", ran.json);
}

/// Scenario 85: what ends one app's access stops its connections, and names the command that mends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_stops_its_connection_alone_and_another_one_mends_it() {
    let rig = rig().await;
    sign_in_everywhere(&rig).await;
    assert!(rig.run(&["sync"]).await.code <= 2);
    rig.apps.salesforce.revoke();
    let ran = rig.run(&["sync"]).await;
    assert_eq!(ran.code, 3, "{}", ran.json);
    for connection in ran.json["connections"].as_array().unwrap() {
        let stopped = connection["status"] == "stopped";
        assert_eq!(stopped, connection["name"] == "crm-google", "{connection}");
        let reason = connection["reason"].as_str().unwrap_or_default();
        assert_eq!(reason.contains("`syntony auth login crm`"), stopped, "{reason}");
    }
    let callback = callback(free_port());
    sign_in(&rig, &["crm", "--redirect-url", &callback]).await;
    let ran = rig.run(&["sync"]).await;
    assert!(ran.code <= 2, "{}", ran.json);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_unticks_a_permission_is_told_so() {
    let rig = rig().await;
    let readonly = "https://www.googleapis.com/auth/contacts.readonly";
    rig.apps.google.configure(|settings| settings.grants = vec![readonly.to_owned()]);
    let waiting = begin(&rig, &["google"]);
    let both = format!("https://www.googleapis.com/auth/contacts {readonly}");
    let asked = waiting.address.query_pairs().into_owned();
    let pairs: Vec<(String, String)> = asked
        .map(|(name, value)| if name == "scope" { (name, both.clone()) } else { (name, value) })
        .collect();
    let mut address = waiting.address.clone();
    address.query_pairs_mut().clear().extend_pairs(pairs);
    browser().get(address).send().await.unwrap();
    let ran = waiting.end().await;
    assert_eq!(ran.code, 1, "{} {}", ran.json, ran.stderr);
    assert_eq!(ran.json["missing"], json!(["https://www.googleapis.com/auth/contacts"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_keeps_everybody_signed_in() {
    let rig = rig().await;
    let ran = rig.run(&["auth", "status", "--rotate-key"]).await;
    assert_eq!((ran.code, &ran.json["tokens"]), (0, &json!(0)), "{}", ran.json);
    sign_in_everywhere(&rig).await;
    let before = std::fs::read(rig.path("syntony.key")).unwrap();
    let ran = rig.run(&["auth", "status", "--rotate-key"]).await;
    assert_eq!((ran.code, &ran.json["tokens"], &ran.json["left"]), (0, &json!(3), &json!(0)), "{}", ran.json);
    let after = std::fs::read(rig.path("syntony.key")).unwrap();
    assert_ne!(before, after);
    assert_eq!(rig.run(&["auth", "status"]).await.code, 0);
    std::fs::write(rig.path("syntony.key"), before).unwrap();
    let ran = rig.run(&["auth", "status", "crm"]).await;
    let line = status_of(&ran, "crm");
    assert!(line["reason"].as_str().unwrap().contains("does not open"), "{line}");
    assert!(line["hint"].as_str().unwrap().contains("`syntony auth login crm`"), "{line}");
}

/// Whoever can make the configuration point elsewhere gets nothing of what a person allowed.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_not_sent_to_another_token_endpoint() {
    let rig = rig().await;
    sign_in(&rig, &["google"]).await;
    let text = std::fs::read_to_string(rig.path("syntony.toml")).unwrap();
    let token_url = rig.apps.description().google_contacts.token_url;
    let elsewhere = format!("{}/oauth2/token", rig.apps.drift_url());
    let moved =
        text.replace(&format!("token_url = \"{token_url}\""), &format!("token_url = \"{elsewhere}\""));
    std::fs::write(rig.path("syntony.toml"), moved).unwrap();
    rig.apps.drift.traffic().clear();
    let ran = rig.run(&["auth", "status", "google"]).await;
    let line = status_of(&ran, "google");
    assert!(line["reason"].as_str().unwrap().contains("nobody has signed in"), "{line}");
    assert_eq!(rig.apps.drift.traffic().total(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_the_process_goes_to_no_core_dump() {
    let rig = rig().await;
    let mut waiting = begin(&rig, &["google"]);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", waiting.child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let numbers: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(numbers, ["0", "0"], "{core}");
    waiting.child.kill().unwrap();
    waiting.child.wait().unwrap();
}
