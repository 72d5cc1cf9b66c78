//! Large address books: no step grows faster than the number of contacts. These run into minutes if one
//! does; they measure no time.

use crate::world::{LEFT, NOW_MS, app, connection, live, store, watchers};
use syntony_core::observe::Coverage;
use syntony_state::{Staged, Store};

const CONTACTS: usize = 20_000;
const PAGE_CONTACTS: usize = 1000;

fn list(store: &mut Store, name: &str, skip: usize) -> syntony_state::Observed {
    let contacts: Vec<usize> = (skip..CONTACTS).collect();
    for page in contacts.chunks(PAGE_CONTACTS) {
        let staged: Vec<Staged> = page
            .iter()
            .map(|n| live(&format!("people/c{n:06}"), name, None, &[&format!("person{n}@example.com")]))
            .collect();
        store.stage(&app(LEFT), &staged).unwrap();
    }
    store.observe(&app(LEFT), Coverage::Everything, None, &watchers(), NOW_MS).unwrap()
}

#[test]
fn a_large_listing_is_read_compared_and_missed_in_linear_time() {
    let mut store = store();
    let first = list(&mut store, "Ann", 0);
    assert_eq!((first.read, first.changed), (CONTACTS as u64, CONTACTS as u64));
    let second = list(&mut store, "Ann", 0);
    assert_eq!((second.read, second.changed), (CONTACTS as u64, 0));
    assert_eq!(list(&mut store, "Ann", CONTACTS / 2).suspects, CONTACTS as u64 / 2);
    let mut after = None;
    let mut seen = 0;
    while let Some(last) = {
        let batch = store.todo_batch(&connection(), after, 500).unwrap();
        seen += batch.len();
        batch.last().map(|item| item.pos)
    } {
        after = Some(last);
    }
    assert_eq!(seen, CONTACTS);
}
