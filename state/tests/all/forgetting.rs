//! People who asked to be forgotten (scenario 68).

use crate::world::*;
use syntony_state::{OpOutcome, OpStatus, Store};

const ADA: &str = "ada@x.example";

/// Ada in both apps, linked, with a write in the history; and Bob.
fn with_ada(store: &mut Store) {
    note(
        store,
        LEFT,
        &[live("c1", "Ada Lovelace", None, &[ADA]), live("c2", "Bob", None, &["bob@x.example"])],
    );
    store.intend(&[create("op-1", "c1", "Ada Lovelace")], &[], NOW_MS).unwrap();
    let mut settled = settlement(store, Some("c1"), Some("p1"), "in_sync");
    settled.ids.right = None;
    settled.bind = Some(both("c1", "p1"));
    settled.seen.push((app(RIGHT), live("p1", "Countess Lovelace", None, &["countess@x.example"])));
    settled.outcomes.push(OpOutcome {
        key: "op-1".into(),
        status: OpStatus::Applied,
        reason: None,
        contact: Some(id("p1")),
    });
    store.settle(&[settled], &[], NOW_MS).unwrap();
}

#[test]
fn nothing_of_a_forgotten_person_is_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut store = Store::open(&path).unwrap();
    prepare(&mut store);
    with_ada(&mut store);
    let forgotten = store.forget(&key(ADA), NOW_MS).unwrap();
    assert_eq!((forgotten.contacts, forgotten.links, forgotten.writes), (2, 1, 1));
    store.integrity().unwrap();
    assert_eq!(name_of(&store, LEFT, "c2").as_deref(), Some("Bob"), "nobody else is touched");
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for word in ["Lovelace", ADA, "countess@x.example"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} is left");
        }
    }
}

#[test]
fn a_forgotten_person_is_not_learned_again_under_any_mailbox_or_id() {
    let mut store = store();
    with_ada(&mut store);
    store.forget(&key(ADA), NOW_MS).unwrap();
    assert!(store.is_forgotten(&key(ADA)).unwrap());
    assert!(store.is_forgotten(&key("countess@x.example")).unwrap(), "who was linked is the same person");
    assert!(!store.is_forgotten(&key("bob@x.example")).unwrap());
    empty_todo(&mut store);
    let cases = [
        (LEFT, live("c1", "Ada", None, &["new@x.example"])),
        (LEFT, live("c9", "Ada", None, &[ADA])),
        (RIGHT, live("p9", "Ada", None, &["other@x.example", "countess@x.example"])),
        (RIGHT, renamed("p1", live("p8", "Ada", None, &[]))),
    ];
    for (app_name, seen) in cases {
        let contact = seen.change.id.clone();
        note(&mut store, app_name, &[seen]);
        assert_eq!(store.contact(&app(app_name), &contact).unwrap(), None, "{contact}");
    }
    assert!(todo(&store).is_empty(), "nothing is to be done about them");
    note(&mut store, LEFT, &[live("c3", "Eve", None, &["eve@x.example"])]);
    assert_eq!(name_of(&store, LEFT, "c3").as_deref(), Some("Eve"));
}

#[test]
fn a_page_of_a_broken_listing_forgets_them_too() {
    let mut store = store();
    store.stage(&app(LEFT), &[live("c1", "Ada", None, &[ADA]), live("c2", "Bob", None, &[])]).unwrap();
    store.forget(&key(ADA), NOW_MS).unwrap();
    let observed = store
        .observe(&app(LEFT), syntony_core::observe::Coverage::Changes, None, &watchers(), NOW_MS)
        .unwrap();
    assert_eq!(observed.read, 1);
}

#[test]
fn a_forgotten_person_stays_forgotten_under_the_name_that_a_vendor_gave_them_since() {
    // A lead that asked to be forgotten is converted; later somebody corrects the contact's address.
    let mut store = store();
    with_ada(&mut store);
    store.forget(&key(ADA), NOW_MS).unwrap();
    empty_todo(&mut store);
    note(&mut store, LEFT, &[renamed("c1", live("c7", "Ada", None, &[ADA]))]);
    note(&mut store, LEFT, &[live("c7", "Ada", None, &["new@x.example"])]);
    assert_eq!(store.contact(&app(LEFT), &id("c7")).unwrap(), None);
    assert_eq!(todo(&store), [""; 0]);
}
