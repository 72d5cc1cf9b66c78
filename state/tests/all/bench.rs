//! Large address books: no step grows faster than the number of contacts. These run into minutes if one
//! does; they measure no time.

use crate::world::{LEFT, NOW_MS, RIGHT, app, both, connection, id, live, settlement, store, watchers};
use syntony_core::observe::Coverage;
use syntony_core::side::{Side, Sides};
use syntony_state::{Staged, Store};

const CONTACTS: usize = 10_000;
const PAGE_CONTACTS: usize = 1000;

fn list(store: &mut Store, app_name: &str, name: &str, skip: usize) -> syntony_state::Observed {
    let contacts: Vec<usize> = (skip..CONTACTS).collect();
    for page in contacts.chunks(PAGE_CONTACTS) {
        let staged: Vec<Staged> = page
            .iter()
            .map(|n| live(&format!("people/c{n:06}"), name, None, &[&format!("person{n}@example.com")]))
            .collect();
        store.stage(&app(app_name), &staged).unwrap();
    }
    store.observe(&app(app_name), Coverage::Everything, None, &watchers(), NOW_MS).unwrap()
}

#[test]
fn a_large_listing_is_read_compared_and_missed_in_linear_time() {
    let mut store = store();
    let first = list(&mut store, LEFT, "Ann", 0);
    assert_eq!((first.read, first.changed), (CONTACTS as u64, CONTACTS as u64));
    let second = list(&mut store, LEFT, "Ann", 0);
    assert_eq!((second.read, second.changed), (CONTACTS as u64, 0));
    assert_eq!(list(&mut store, LEFT, "Ann", CONTACTS / 2).suspects, CONTACTS as u64 / 2);
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

#[test]
fn a_pair_is_found_linked_and_loaded_without_reading_the_address_book() {
    const PAIRS: usize = 2000;
    let mut store = store();
    list(&mut store, LEFT, "Ann", 0);
    list(&mut store, RIGHT, "Ann", 0);
    for batch in (0..PAIRS).collect::<Vec<_>>().chunks(200) {
        let mut settlements = Vec::new();
        for n in batch {
            let contact = store.contact(&app(LEFT), &id(&format!("people/c{n:06}"))).unwrap().unwrap();
            let holders = store.contacts_by_keys(&app(RIGHT), &contact.keys).unwrap();
            assert_eq!(holders.len(), 1);
            let (left, right) = (contact.id.as_str(), holders[0].id.as_str());
            assert!(store.link_of(&connection(), Side::Right, &holders[0].id).unwrap().is_none());
            let mut plan = settlement(&store, Some(left), Some(right), "in_sync");
            plan.bind = Some(both(left, right));
            settlements.push(plan);
        }
        store.settle(&settlements, &watchers(), NOW_MS).unwrap();
    }
    for n in 0..PAIRS {
        let ids = Sides::new(Some(id(&format!("people/c{n:06}"))), None);
        assert!(store.load_pair(&connection(), &ids).unwrap().collisions.left.is_empty());
    }
    let mut after = None;
    let mut judged = 0;
    loop {
        let page = store.standings(&connection(), Some("in_sync"), after, 50).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.subject);
        judged += page.len();
    }
    assert_eq!(judged, PAIRS);
    assert_eq!(store.todo_count(&connection()).unwrap(), 2 * (CONTACTS - PAIRS) as u64);
}
