//! Deaths of the process: whatever commit was the last, what is stored is whole.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, both, connection, create, id, live, name_of, prepare, try_settlement, watchers,
};
use syntony_core::ids::{Cursor, OpKey};
use syntony_core::observe::Coverage;
use syntony_state::{OpOutcome, OpStatus, StateError, Store};

/// A small run: two pages, one listing, one op sent and settled.
fn run(store: &mut Store) -> Result<(), StateError> {
    store.clear_staged(&app(LEFT))?;
    store.stage(&app(LEFT), &[live("c1", "Ann", None, &["ann@x.com"])])?;
    store.stage(&app(LEFT), &[live("c2", "Bob", None, &[])])?;
    let cursor = Cursor::new("after");
    store.observe(&app(LEFT), Coverage::Everything, Some(&cursor), &watchers(), NOW_MS)?;
    store.intend(&[create("op1", "c1", "Ann")], &[], NOW_MS)?;
    let mut plan = try_settlement(store, Some("c1"), None, "in_sync")?;
    plan.outcomes.push(OpOutcome {
        key: OpKey::new("op1"),
        status: OpStatus::Applied,
        reason: None,
        contact: Some(id("g1")),
    });
    plan.seen.push((app(RIGHT), live("g1", "Ann", None, &["ann@x.com"])));
    plan.bind = Some(both("c1", "g1"));
    store.settle(&[plan], &watchers(), NOW_MS)?;
    Ok(())
}

#[test]
fn a_cursor_is_never_stored_without_what_it_covers() {
    for commits in 0..=6 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("syntony.db");
        let mut store = Store::open(&path).unwrap();
        prepare(&mut store);
        store.fail_after_commits(commits);
        // The sixth and last commit is the settlement's: nothing fails after it.
        assert_eq!(run(&mut store).is_err(), commits < 6, "after {commits} commits");
        drop(store);

        let store = Store::open(&path).unwrap();
        store.integrity().unwrap();
        let moved = store.cursor(&app(LEFT)).unwrap().is_some();
        assert_eq!(moved, commits >= 4, "after {commits} commits");
        assert_eq!(name_of(&store, LEFT, "c2").is_some(), moved, "after {commits} commits");
        let open = store.open_intents(&connection()).unwrap().len();
        let linked = store.link_count(&connection()).unwrap();
        let learned = name_of(&store, RIGHT, "g1").is_some();
        assert_eq!(
            (open, linked, learned),
            match commits {
                0..=4 => (0, 0, false),
                5 => (1, 0, false),
                _ => (0, 1, true),
            }
        );
    }
}

#[test]
fn an_interrupted_store_does_nothing_until_it_is_revived() {
    let mut store = crate::world::store();
    store.fail_after_commits(0);
    assert!(matches!(run(&mut store), Err(StateError::Interrupted)));
    assert!(matches!(store.cursor(&app(LEFT)), Err(StateError::Interrupted)));
    assert!(matches!(store.integrity(), Err(StateError::Interrupted)));
    store.revive();
    run(&mut store).unwrap();
    assert_eq!(store.link_count(&connection()).unwrap(), 1);
}

#[test]
fn a_transaction_that_fails_counts_as_no_commit() {
    let mut store = crate::world::store();
    store.fail_after_commits(1);
    let nowhere = [(syntony_core::ids::ConnectionName::new("nowhere"), syntony_core::side::Side::Left)];
    assert!(store.note(&app(LEFT), &[live("c1", "Ann", None, &[])], &nowhere, NOW_MS).is_err());
    store.clear_staged(&app(LEFT)).unwrap();
    assert!(matches!(store.clear_staged(&app(LEFT)), Err(StateError::Interrupted)));
}
