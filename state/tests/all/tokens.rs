//! Refresh tokens: the newest of a seed, for that seed alone, and never over one that nobody looked at.

use crate::world::{NOW_MS, app, key};
use std::path::Path;
use syntony_state::{Kept, SealedToken, Seed, Store, TokenLock};

const SEED: Seed = Seed([1; 32]);
const NEW_SEED: Seed = Seed([2; 32]);

fn token(text: &str) -> SealedToken {
    SealedToken(text.into())
}

/// Keeps `now` for `app` in place of `was`.
fn check(store: &mut Store, who: &str, seed: &Seed, was: Option<&str>, now: &str, expected: Kept) {
    let kept = store.keep_token(&app(who), seed, was.map(token).as_ref(), &token(now)).unwrap();
    assert_eq!(kept, expected, "{who}: {now} in place of {was:?}");
    if kept == Kept::Stored {
        check_kept(store, seed, Some(now));
    }
}

fn check_kept(store: &Store, seed: &Seed, expected: Option<&str>) {
    let kept = store.kept_token(seed).unwrap().map(|token| String::from_utf8(token.0).unwrap());
    assert_eq!(kept.as_deref(), expected);
}

#[test]
fn the_newest_token_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let mut store = Store::open(&path).unwrap();
    check_kept(&store, &SEED, None);
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    check(&mut store, "crm", &SEED, Some("second"), "third", Kept::Stored);
    drop(store);
    let store = Store::open(&path).unwrap();
    check_kept(&store, &SEED, Some("third"));
    store.integrity().unwrap();
}

#[test]
fn a_token_that_nobody_looked_at_is_not_overwritten() {
    let mut store = Store::open_in_memory().unwrap();
    check(&mut store, "crm", &SEED, Some("never"), "second", Kept::Overtaken);
    check_kept(&store, &SEED, None);
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    for was in [None, Some("first")] {
        check(&mut store, "crm", &SEED, was, "other", Kept::Overtaken);
        check_kept(&store, &SEED, Some("second"));
    }
}

#[test]
fn a_new_seed_never_gets_the_tokens_of_the_former_one_and_drops_them() {
    let mut store = Store::open_in_memory().unwrap();
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    check_kept(&store, &NEW_SEED, None);
    // A slip of the pen costs nothing: the former seed counts until the new one proved itself.
    check_kept(&store, &SEED, Some("second"));
    check(&mut store, "crm", &NEW_SEED, None, "new second", Kept::Stored);
    check_kept(&store, &SEED, None);
}

#[test]
fn two_apps_with_one_seed_have_one_token() {
    let mut store = Store::open_in_memory().unwrap();
    check(&mut store, "people", &SEED, None, "second", Kept::Stored);
    check(&mut store, "leads", &SEED, Some("second"), "third", Kept::Stored);
    check(&mut store, "people", &NEW_SEED, None, "new second", Kept::Stored);
    check_kept(&store, &SEED, Some("third"));
    check(&mut store, "leads", &NEW_SEED, Some("new second"), "new third", Kept::Stored);
    check_kept(&store, &SEED, None);
}

/// As the version left it that knew no tokens.
fn an_older_file(path: &Path) {
    drop(Store::open(path).unwrap());
    let conn = rusqlite::Connection::open(path).unwrap();
    let later = ["full_look", "opted_out", "inbox", "token_of", "token"];
    for table in later {
        conn.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    conn.pragma_update(None, "user_version", 2).unwrap();
}

#[test]
fn an_older_file_gets_room_for_tokens_and_keeps_who_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    Store::open(&path).unwrap().forget(&key("ann@x.example"), NOW_MS).unwrap();
    an_older_file(&path);
    let mut store = Store::open(&path).unwrap();
    assert!(store.is_forgotten(&key("ann@x.example")).unwrap());
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    store.integrity().unwrap();
}

#[test]
fn a_seed_cannot_be_told_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let mut store = Store::open(&path).unwrap();
    check(&mut store, "crm", &Seed([0xA7; 32]), None, "second", Kept::Stored);
    drop(store);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(32).any(|window| window == [0xA7; 32]));
}

#[test]
fn one_at_a_time_uses_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let held = TokenLock::try_acquire(&path).unwrap().unwrap();
    assert!(TokenLock::try_acquire(&path).unwrap().is_none());
    // A run's lock is another one.
    syntony_state::RunLock::acquire(&path, "sync").unwrap();
    drop(held);
    assert!(TokenLock::try_acquire(&path).unwrap().is_some());
}

#[test]
fn a_dropped_token_is_gone_and_the_others_stay() {
    let mut store = Store::open_in_memory().unwrap();
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    check(&mut store, "leads", &SEED, Some("second"), "third", Kept::Stored);
    check(&mut store, "book", &NEW_SEED, None, "other", Kept::Stored);
    assert_eq!(store.count_other_tokens(&[SEED, NEW_SEED]).unwrap(), 0);
    assert_eq!(store.count_other_tokens(&[SEED]).unwrap(), 1);
    store.drop_token(&SEED).unwrap();
    store.drop_token(&SEED).unwrap();
    check_kept(&store, &SEED, None);
    check_kept(&store, &NEW_SEED, Some("other"));
    assert_eq!(store.count_other_tokens(&[]).unwrap(), 1);
    check(&mut store, "crm", &SEED, None, "second", Kept::Stored);
    store.integrity().unwrap();
}
