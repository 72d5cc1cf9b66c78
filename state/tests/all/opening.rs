//! Opening a file: what is not ours, not sound or newer than we are is left byte for byte as it is.

use crate::world::{LEFT, RIGHT, app, connection, link, live, note, store, todo};
use std::path::Path;
use syntony_core::ids::AccountId;
use syntony_core::side::Sides;
use syntony_state::{StateError, Store};

/// Opens `path` and expects it to fail and to be left alone, with a text that says what to do.
fn check_refused(path: &Path, expected: fn(&StateError) -> bool, advice: &str) {
    let before = std::fs::read(path).unwrap();
    let error = Store::open(path).unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert!(error.to_string().contains(advice), "{error}");
    assert_eq!(std::fs::read(path).unwrap(), before, "the file was touched");
}

#[test]
fn what_was_stored_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    Store::open(&path).unwrap().set_account(&app("chat"), &AccountId::new("org-1")).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.account(&app("chat")).unwrap(), Some(AccountId::new("org-1")));
    store.integrity().unwrap();
}

#[test]
fn a_file_that_is_no_database_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    std::fs::write(&path, "dear diary, ".repeat(1000)).unwrap();
    check_refused(&path, |error| matches!(error, StateError::Corrupt { .. }), "backup");
}

#[test]
fn a_damaged_database_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    drop(Store::open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    // The header stays, so that it still looks like a database of ours.
    let pages = bytes.len() / 4096;
    for page in 1..pages {
        bytes[page * 4096..page * 4096 + 100].fill(0xA5);
    }
    std::fs::write(&path, &bytes).unwrap();
    check_refused(&path, |error| matches!(error, StateError::Corrupt { .. }), "left as it was");
}

#[test]
fn a_damaged_database_keeps_its_log_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    drop(Store::open(&path).unwrap());
    let mut store = Store::open(&path).unwrap();
    store.set_account(&app("chat"), &AccountId::new("org-1")).unwrap();
    // The process dies here: a copy of both files, with the last commit in the log alone.
    let (copy, log) = (folder.path().join("copy.db"), folder.path().join("copy.db-wal"));
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0xA5);
    std::fs::write(&copy, &bytes).unwrap();
    std::fs::copy(folder.path().join("syntony.db-wal"), &log).unwrap();
    let before = std::fs::read(&log).unwrap();
    assert!(!before.is_empty());
    check_refused(&copy, |error| matches!(error, StateError::Corrupt { .. }), "left as it was");
    assert_eq!(std::fs::read(&log).unwrap(), before, "the log was touched");
}

#[test]
fn a_truncated_database_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    drop(Store::open(&path).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    check_refused(&path, |error| matches!(error, StateError::Corrupt { .. }), "left as it was");
}

#[test]
fn a_newer_database_is_kept_for_the_newer_program() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    drop(Store::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    check_refused(&path, |error| matches!(error, StateError::Newer { found: 99, .. }), "newer program");
    assert!(matches!(Store::open_read_only(&path), Err(StateError::Newer { found: 99, .. })));
}

#[test]
fn another_programs_database_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE photos (id)").unwrap();
    check_refused(&path, |error| matches!(error, StateError::NotOurs { .. }), "another file");
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    std::fs::write(&path, "").unwrap();
    Store::open(&path).unwrap().integrity().unwrap();
}

#[test]
fn a_folder_that_is_not_there_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = Store::open(&folder.path().join("missing").join("syntony.db")).unwrap_err();
    assert!(matches!(&error, StateError::CannotOpen { .. }), "{error:?}");
    assert!(error.to_string().contains("folder"), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let mut store = Store::open(&path).unwrap();
    store.set_account(&app("chat"), &AccountId::new("org-1")).unwrap();
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let modes: Vec<u32> =
        entries.map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777).collect();
    assert!(modes.len() >= 2, "the database and its log");
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}

#[test]
fn a_reader_sees_what_a_writer_committed_and_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let mut writer = Store::open(&path).unwrap();
    let mut reader = Store::open_read_only(&path).unwrap();
    writer.set_account(&app("chat"), &AccountId::new("org-1")).unwrap();
    assert_eq!(reader.account(&app("chat")).unwrap(), Some(AccountId::new("org-1")));
    let refused = reader.set_account(&app("chat"), &AccountId::new("org-2"));
    assert!(matches!(refused, Err(StateError::ReadOnly { .. })), "{refused:?}");
}

#[test]
fn links_of_other_apps_are_never_taken_over() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "L", None, &[])]);
    note(&mut store, RIGHT, &[live("g1", "R", None, &[])]);
    link(&mut store, "c1", "g1");
    store.connect(&connection(), &Sides::new(app("chat"), app("google"))).unwrap();
    let rewired = store.connect(&connection(), &Sides::new(app("chat"), app("crm"))).unwrap_err();
    assert!(matches!(&rewired, StateError::Rewired { .. }), "{rewired:?}");
    assert!(rewired.to_string().contains("another name"), "{rewired}");
    let swapped = store.connect(&connection(), &Sides::new(app("google"), app("chat")));
    assert!(matches!(swapped, Err(StateError::Rewired { .. })), "sides are not interchangeable");
}

/// Somebody who tries names with `check` before the first sync has nothing that could be lost.
#[test]
fn a_connection_that_did_nothing_yet_may_come_to_be_between_other_apps() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "L", None, &[])]);
    note(&mut store, RIGHT, &[live("g1", "R", None, &[])]);
    store.set_fingerprint(&connection(), "policy", "old").unwrap();
    store.connect(&connection(), &Sides::new(app(RIGHT), app(LEFT))).unwrap();
    let mut queued = todo(&store);
    queued.sort();
    assert_eq!(queued, ["Left g1", "Right c1"]);
    assert_eq!(store.fingerprint(&connection(), "policy").unwrap(), None);
}
