//! One run at a time.

use syntony_state::{RunLock, StateError};

#[test]
fn two_runs_at_once_are_refused_and_the_second_learns_who_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let first = RunLock::acquire(&path, "sync chat-google").unwrap();
    let Err(StateError::Locked { holder }) = RunLock::acquire(&path, "resync") else {
        panic!("two runs at once");
    };
    assert!(holder.contains("sync chat-google"), "{holder}");
    assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
    assert!(holder.contains("since 2"), "{holder}");
    drop(first);
    RunLock::acquire(&path, "resync").unwrap();
}

#[test]
fn a_lock_file_left_behind_keeps_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    std::fs::write(folder.path().join("syntony.db.lock"), "sync (process 1, since ever)").unwrap();
    let _lock = RunLock::acquire(&path, "sync").unwrap();
    let Err(StateError::Locked { holder }) = RunLock::acquire(&path, "sync") else { panic!("not locked") };
    assert!(!holder.contains("since ever"), "{holder}");
}

#[test]
fn the_lock_is_the_databases_not_the_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    std::fs::write(&path, "").unwrap();
    let _lock = RunLock::acquire(&path, "sync").unwrap();
    let other = folder.path().join("..").join(folder.path().file_name().unwrap()).join("syntony.db");
    assert!(matches!(RunLock::acquire(&other, "sync"), Err(StateError::Locked { .. })));
}

#[test]
fn a_missing_folder_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = RunLock::acquire(&folder.path().join("missing").join("syntony.db"), "sync").unwrap_err();
    assert!(matches!(error, StateError::CannotOpen { .. }), "{error:?}");
}
