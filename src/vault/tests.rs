//! The vault over files: which token counts, and what happens when the key or the seed is another one.

use super::*;
use crate::config::Located;
use crate::diagnostics::Span;
use std::path::Path;
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
    Place::new(&vault, AppName::new("crm"), &seed.into(), SecretSource::Env("SF_REFRESH_TOKEN".into()))
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
    place.check().await.unwrap();
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
        for error in [place.check().await.unwrap_err(), place.turn().await.err().unwrap()] {
            check_says(&error, &[expected, "sign in to `crm` again", "`SF_REFRESH_TOKEN`"]);
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
    check_says(&other.check().await.unwrap_err(), &["does not open", "put the former key back"]);
}

#[tokio::test]
async fn a_token_that_cannot_be_stored_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let key = VaultKey::Own(folder.path().join("no").join("folder").join("syntony.key"));
    let place = place(folder.path(), key, "seed-1");
    let error = place.turn().await.unwrap().keep(&"token-2".into()).unwrap_err();
    check_says(&error, &["cannot be kept", "`[vault] key` may name another place", "sign in again"]);
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
