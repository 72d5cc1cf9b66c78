//! The vault over files: which token counts, and what happens when the key or the seed is another one.

use super::*;
use crate::config::{Located, SecretSource};
use crate::diagnostics::Span;
use secrecy::ExposeSecret as _;
use std::path::Path;
use syntony_connectors::auth::Keeper as _;
use tempfile::TempDir;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn own(folder: &Path) -> VaultKey {
    VaultKey::Own(folder.join("syntony.key"))
}

fn given(folder: &Path, secret: &str) -> VaultKey {
    let file = folder.join("key");
    std::fs::write(&file, secret).unwrap();
    VaultKey::Given(Located::new(SecretSource::File(file), Span::default()))
}

fn place(folder: &Path, key: VaultKey, seed: &str) -> Place {
    let vault = Arc::new(Vault::beside(folder.join("syntony.db"), key));
    Place::configured(&vault, AppName::new("crm"), &seed.into(), SecretSource::Env("SF_REFRESH_TOKEN".into()))
}

/// What is newest there.
async fn newest(place: &Place) -> Option<String> {
    place.turn().await.unwrap().newest().map(|token| token.expose_secret().to_owned())
}

async fn keep(place: &Place, token: &str) {
    place.turn().await.unwrap().keep(&token.into()).unwrap();
}

/// The error must say all of this, and no secret.
fn check_says(error: &KeepError, words: &[&str]) {
    let KeepError::Failed { reason, hint } = error else { panic!("{error:?}") };
    let text = format!("{reason}; {hint}");
    for word in words {
        assert!(text.contains(word), "{text:?} lacks {word:?}");
    }
    for secret in ["seed-1", "token-2", KEY] {
        assert!(!format!("{text} {error:?}").contains(secret), "{text}");
    }
}

fn files(folder: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn who_never_rotates_needs_no_key_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(folder.path(), own(folder.path()), "seed-1");
    place.look_up().await.unwrap();
    assert_eq!(newest(&place).await, None);
    assert_eq!(files(&folder), ["syntony.db.tokens.lock"]);
}

#[tokio::test]
async fn another_process_finds_the_newest_token_and_the_key_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = place(folder.path(), own(folder.path()), "seed-1");
    let mut turn = first.turn().await.unwrap();
    turn.keep(&"token-2".into()).unwrap();
    turn.keep(&"token-3".into()).unwrap();
    drop(turn);
    keep(&first, "token-4").await;
    let second = place(folder.path(), own(folder.path()), "seed-1");
    assert_eq!(newest(&second).await.as_deref(), Some("token-4"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("syntony.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for file in files(&folder) {
        let bytes = std::fs::read(folder.path().join(&file)).unwrap();
        for secret in [b"token-".as_slice(), b"seed-"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file}");
        }
    }
}

#[tokio::test]
async fn a_new_seed_counts_and_the_former_ones_token_never_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    keep(&place(folder.path(), own(folder.path()), "seed-1"), "token-2").await;
    let reseeded = place(folder.path(), own(folder.path()), "seed-9");
    assert_eq!(newest(&reseeded).await, None);
    keep(&reseeded, "token-10").await;
    assert_eq!(newest(&reseeded).await.as_deref(), Some("token-10"));
    assert_eq!(newest(&place(folder.path(), own(folder.path()), "seed-1")).await, None);
}

#[tokio::test]
async fn a_lost_or_wrong_key_says_how_to_go_on_and_a_new_seed_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    keep(&place(folder.path(), own(folder.path()), "seed-1"), "token-2").await;
    let file = folder.path().join("syntony.key");
    let kept_key = std::fs::read(&file).unwrap();
    for (contents, expected) in [
        (None, "syntony.key` is not there"),
        (Some("f".repeat(64)), "does not open"),
        (Some("half".to_owned()), "holds no key of the vault"),
    ] {
        match &contents {
            None => std::fs::remove_file(&file).unwrap(),
            Some(text) => std::fs::write(&file, text).unwrap(),
        }
        let place = place(folder.path(), own(folder.path()), "seed-1");
        for error in [place.look_up().await.unwrap_err(), place.turn().await.err().unwrap()] {
            check_says(&error, &[expected, "`syntony auth login crm`"]);
        }
    }
    std::fs::write(&file, kept_key).unwrap();
    assert_eq!(
        newest(&place(folder.path(), own(folder.path()), "seed-1")).await.as_deref(),
        Some("token-2"),
        "nothing was lost"
    );
    std::fs::remove_file(&file).unwrap();
    let reseeded = place(folder.path(), own(folder.path()), "seed-9");
    keep(&reseeded, "token-10").await;
    assert_eq!(newest(&reseeded).await.as_deref(), Some("token-10"));
}

#[tokio::test]
async fn a_key_of_the_admins_is_fetched_before_a_token_is_used_up() {
    let folder = tempfile::tempdir().unwrap();
    for (secret, expected) in [("", "is empty"), ("too short", "fewer than 32 characters")] {
        let place = place(folder.path(), given(folder.path(), secret), "seed-1");
        check_says(&place.turn().await.err().unwrap(), &[expected, "openssl rand -hex 32"]);
    }
    keep(&place(folder.path(), given(folder.path(), KEY), "seed-1"), "token-2").await;
    let same = place(folder.path(), given(folder.path(), KEY), "seed-1");
    assert_eq!(newest(&same).await.as_deref(), Some("token-2"));
    assert!(!folder.path().join("syntony.key").exists());
    let other = place(folder.path(), given(folder.path(), &KEY.replace('0', "x")), "seed-1");
    check_says(&other.look_up().await.unwrap_err(), &["does not open", "put the former key back"]);
}

#[tokio::test]
async fn a_token_that_cannot_be_stored_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let key = VaultKey::Own(folder.path().join("no").join("folder").join("syntony.key"));
    let place = place(folder.path(), key, "seed-1");
    let error = place.turn().await.unwrap().keep(&"token-2".into()).unwrap_err();
    check_says(
        &error,
        &["cannot be kept", "`[vault] key` may name another place", "`syntony auth login crm`"],
    );
    assert_eq!(newest(&place).await, None);
}

#[tokio::test]
async fn a_file_that_is_no_key_is_found_before_a_token_is_used_up_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("syntony.key"), "dear diary").unwrap();
    let place = place(folder.path(), own(folder.path()), "seed-1");
    check_says(&place.turn().await.err().unwrap(), &["holds no key of the vault", "move the file away"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("syntony.key")).unwrap(), "dear diary");
}

/// Two apps of one account, or two processes: the second waits, and then uses what the first was given.
#[tokio::test]
async fn nobody_uses_a_token_while_somebody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let first = place(folder.path(), own(folder.path()), "seed-1");
    let mut turn = first.turn().await.unwrap();
    let second = place(folder.path(), own(folder.path()), "seed-1");
    let waiting = tokio::spawn(async move { newest(&second).await });
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    turn.keep(&"token-2".into()).unwrap();
    drop(turn);
    assert_eq!(waiting.await.unwrap().as_deref(), Some("token-2"));
}

/// The place of an app that people sign in to, at this token endpoint.
fn signed_in(folder: &Path, key: VaultKey, app: &str, token_url: &str) -> Place {
    let vault = Arc::new(Vault::beside(folder.join("syntony.db"), key));
    Place::signed_in(&vault, AppName::new(app), "client", token_url)
}

const ENDPOINT: &str = "https://login.example.com/token";

async fn sign_in(place: &Place, token: &str) -> Known {
    let mut held = place.hold_for_sign_in().await.unwrap();
    held.sign_in(token.into(), Some(Duration::from_secs(60))).unwrap();
    drop(held);
    place.look_up().await.unwrap().unwrap()
}

#[tokio::test]
async fn a_sign_in_belongs_to_its_app_its_client_and_its_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let place = |app, url| signed_in(folder.path(), own(folder.path()), app, url);
    let known = sign_in(&place("crm", ENDPOINT), "token-2").await;
    assert!(known.sign_in.is_some());
    assert_eq!(known.ends_ms, known.kept_ms.map(|kept_ms| kept_ms + 60_000));
    assert_eq!(newest(&place("crm", ENDPOINT)).await.as_deref(), Some("token-2"));
    assert_eq!(newest(&place("leads", ENDPOINT)).await, None);
    assert_eq!(newest(&place("crm", "https://elsewhere.example.com/token")).await, None);
}

#[tokio::test]
async fn a_rotated_token_stays_of_its_sign_in_and_another_sign_in_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let place = signed_in(folder.path(), own(folder.path()), "crm", ENDPOINT);
    let first = sign_in(&place, "token-2").await;
    let run = place.clone().going_by(Some(&first));
    keep(&run, "token-3").await;
    assert_eq!(place.look_up().await.unwrap().unwrap().sign_in, first.sign_in);
    let second = sign_in(&place, "token-4").await;
    assert_ne!(second.sign_in, first.sign_in);
    // What began with the one must not go on with the other, which may be another account.
    assert!(matches!(run.turn().await, Err(KeepError::Replaced)));
    assert_eq!(newest(&place.going_by(Some(&second))).await.as_deref(), Some("token-4"));
}

#[tokio::test]
async fn a_sign_in_mends_a_lost_key_and_takes_the_place_of_a_configured_token() {
    let folder = tempfile::tempdir().unwrap();
    let place = || place(folder.path(), own(folder.path()), "seed-1");
    keep(&place(), "token-2").await;
    std::fs::remove_file(folder.path().join("syntony.key")).unwrap();
    assert!(place().look_up().await.is_err());
    sign_in(&place(), "token-9").await;
    assert_eq!(newest(&place()).await.as_deref(), Some("token-9"));
}

#[tokio::test]
async fn what_was_dropped_is_gone_for_every_app_that_had_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = signed_in(folder.path(), own(folder.path()), "crm", ENDPOINT);
    sign_in(&place, "token-2").await;
    place.hold().await.unwrap().drop_token().unwrap();
    assert_eq!(place.look_up().await.unwrap(), None);
    place.hold().await.unwrap().drop_token().unwrap();
}

fn lines(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("syntony.key")).unwrap();
    text.lines().map(str::to_owned).collect()
}

async fn check_rotation(places: &[Place], expected: Rotated) {
    assert_eq!(rotate(&places[0].vault(), places).await.unwrap(), expected);
}

#[tokio::test]
async fn a_new_key_opens_everything_and_the_former_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let crm = signed_in(folder.path(), own(folder.path()), "leads", ENDPOINT);
    let places = [crm.clone(), place(folder.path(), own(folder.path()), "seed-1")];
    check_rotation(&places, Rotated::NoKey).await;
    sign_in(&crm, "token-2").await;
    keep(&places[1], "token-3").await;
    let before = lines(folder.path());
    check_rotation(&places, Rotated::Done { tokens: 2, former: Former::Gone }).await;
    let after = lines(folder.path());
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("syntony.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A process that was there before reads the key anew.
    assert_eq!(newest(&crm).await.as_deref(), Some("token-2"));
    assert_eq!(newest(&places[1]).await.as_deref(), Some("token-3"));
    std::fs::write(folder.path().join("syntony.key"), &before[0]).unwrap();
    assert!(crm.look_up().await.is_err());
}

#[tokio::test]
async fn a_former_key_stays_while_something_needs_it_and_an_interrupted_change_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let crm = signed_in(folder.path(), own(folder.path()), "crm", ENDPOINT);
    let leads = signed_in(folder.path(), own(folder.path()), "leads", ENDPOINT);
    for place in [&crm, &leads] {
        sign_in(place, "token-2").await;
    }
    // The configuration lacks one of the two for a while.
    for _ in 0..2 {
        check_rotation(std::slice::from_ref(&crm), Rotated::Left { tokens: 1, others: 1 }).await;
        assert_eq!(lines(folder.path()).len(), 2, "and no third key is made");
        assert_eq!(newest(&leads).await.as_deref(), Some("token-2"));
    }
    check_rotation(&[crm, leads], Rotated::Done { tokens: 2, former: Former::Gone }).await;
    assert_eq!(lines(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_key_of_the_admins_is_changed_by_the_admin_and_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let place = |secret: &str| signed_in(folder.path(), given(folder.path(), secret), "crm", ENDPOINT);
    let new = KEY.replace('0', "x");
    sign_in(&place(KEY), "token-2").await;
    check_rotation(&[place(KEY)], Rotated::NothingNewer { tokens: 1 }).await;
    let both = format!("{new}\n{KEY}\n");
    check_rotation(&[place(&both)], Rotated::Done { tokens: 1, former: Former::TheAdmins }).await;
    assert_eq!(std::fs::read_to_string(folder.path().join("key")).unwrap(), both);
    assert_eq!(newest(&place(&new)).await.as_deref(), Some("token-2"));
    assert!(place(KEY).look_up().await.is_err());
    check_says(&place(&format!("{new}\nshort")).look_up().await.unwrap_err(), &["fewer than 32 characters"]);
}
