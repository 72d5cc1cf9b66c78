//! The queue: what changed is looked at, and looked at again if it changed meanwhile.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, connection, deleted, id, live, note, settlement, store, todo, unclear, watchers,
};
use syntony_core::ids::ConnectionName;
use syntony_core::observe::Observation;
use syntony_core::side::{Side, Sides};
use syntony_state::StateError;

#[test]
fn a_change_that_comes_while_its_pair_is_written_is_not_swallowed() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "one", None, &[])]);
    let plan = settlement(&store, Some("c1"), None, "in_sync");
    // Between the loading of the pair and its settlement somebody reads c1 again.
    note(&mut store, LEFT, &[live("c1", "two", None, &[])]);
    store.settle(&[plan], &[], NOW_MS).unwrap();
    assert_eq!(todo(&store), ["Left c1"]);
    let plan = settlement(&store, Some("c1"), None, "in_sync");
    store.settle(&[plan], &[], NOW_MS).unwrap();
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn a_position_is_never_used_twice() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "one", None, &[])]);
    let plan = settlement(&store, Some("c1"), None, "in_sync");
    let stale = plan.clone();
    store.settle(&[plan], &[], NOW_MS).unwrap();
    note(&mut store, LEFT, &[live("c1", "two", None, &[])]);
    // Settled with what was known before the second change.
    store.settle(&[stale], &[], NOW_MS).unwrap();
    assert_eq!(todo(&store), ["Left c1"]);
}

#[test]
fn a_walk_ends_although_the_queue_grows_behind_it() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "one", None, &[]), live("c2", "one", None, &[])]);
    let end = store.todo_end().unwrap();
    note(&mut store, LEFT, &[live("c1", "two", None, &[])]);
    let batch = store.todo_batch(&connection(), None, 10).unwrap();
    let contacts: Vec<_> =
        batch.iter().filter(|item| item.pos <= end).map(|item| item.contact.as_str()).collect();
    assert_eq!(contacts, ["c2"]);
    assert_eq!(store.todo_batch(&connection(), Some(end), 10).unwrap().len(), 1);
}

#[test]
fn each_connection_of_an_app_hears_of_a_change() {
    let mut store = store();
    let other = ConnectionName::new("crm-chat");
    store.connect(&other, &Sides::new(app("crm"), app(LEFT))).unwrap();
    let mut watchers = watchers();
    watchers.push((other.clone(), Side::Right));
    watchers.push((other.clone(), Side::Left));
    store.note(&app(LEFT), &[live("c1", "Ann", None, &[])], &watchers, NOW_MS).unwrap();
    assert_eq!(store.todo_count(&connection()).unwrap(), 1);
    let items = store.todo_batch(&other, None, 10).unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((items[0].side, &items[0].contact), (Side::Right, &id("c1")));
    store.integrity().unwrap();
}

#[test]
fn our_own_write_is_news_to_other_connections_only() {
    // Scenario 74: no echo; scenario 16: two connections share an account.
    let mut store = store();
    let other = ConnectionName::new("google-crm");
    store.connect(&other, &Sides::new(app(RIGHT), app("crm"))).unwrap();
    let mut watchers = watchers();
    watchers.push((other.clone(), Side::Left));
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
    let mut plan = settlement(&store, Some("c1"), None, "in_sync");
    plan.seen.push((app(RIGHT), live("g1", "Ann", Some(1), &[])));
    plan.bind = Some(crate::world::both("c1", "g1"));
    store.settle(&[plan], &watchers, NOW_MS).unwrap();
    assert_eq!(todo(&store), [""; 0]);
    assert_eq!(store.todo_count(&other).unwrap(), 1);
    // The feed reports it a little later.
    store.note(&app(RIGHT), &[live("g1", "Ann", Some(1), &[])], &watchers, NOW_MS).unwrap();
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn after_a_change_of_configuration_everybody_who_may_be_there_is_judged_again() {
    let mut store = store();
    let seen = [live("c1", "A", None, &[]), live("c2", "B", None, &[]), live("c3", "C", None, &[])];
    store.note(&app(LEFT), &seen, &[], NOW_MS).unwrap();
    let ends = [deleted("c2"), unclear("c3", Observation::Unknown)];
    store.note(&app(LEFT), &ends, &[], NOW_MS).unwrap();
    store.note(&app(RIGHT), &[live("g1", "D", None, &[])], &[], NOW_MS).unwrap();
    assert_eq!(store.enqueue_all(&connection()).unwrap(), 3);
    assert_eq!(todo(&store), ["Left c1", "Left c3", "Right g1"]);
    assert_eq!(store.enqueue_all(&connection()).unwrap(), 3);
}

#[test]
fn a_new_connection_looks_at_everybody_its_apps_are_known_to_hold() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "A", None, &[]), live("c2", "B", None, &[])]);
    let other = ConnectionName::new("crm-chat");
    let apps = Sides::new(app("crm"), app(LEFT));
    store.connect(&other, &apps).unwrap();
    assert_eq!(store.todo_count(&other).unwrap(), 2);
    assert_eq!(store.todo_count(&connection()).unwrap(), 2);
    store.connect(&other, &apps).unwrap();
    assert_eq!(store.todo_count(&other).unwrap(), 2);
    store.integrity().unwrap();
}

#[test]
fn only_known_contacts_are_queued_on_request() {
    let mut store = store();
    store.note(&app(LEFT), &[live("c1", "A", None, &[])], &[], NOW_MS).unwrap();
    assert_eq!(store.enqueue(&connection(), Side::Left, &[id("c1"), id("nobody")]).unwrap(), 1);
    let asked = [id("c1"), id("nobody")];
    let waiting = store.todo_contains(&connection(), Side::Left, &asked).unwrap();
    assert_eq!(waiting.into_iter().collect::<Vec<_>>(), [id("c1")]);
    assert!(store.todo_contains(&connection(), Side::Right, &asked).unwrap().is_empty());
}

#[test]
fn a_connection_nobody_made_known_is_an_error_with_its_name() {
    let mut store = store();
    let unknown = ConnectionName::new("nowhere");
    let error = store.enqueue_all(&unknown).unwrap_err();
    assert!(matches!(&error, StateError::NotConnected { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere"), "{error}");
    let watching = [(unknown, Side::Left)];
    let error = store.note(&app(LEFT), &[live("c1", "A", None, &[])], &watching, NOW_MS).unwrap_err();
    assert!(matches!(error, StateError::NotConnected { .. }), "{error:?}");
    assert_eq!(store.contact(&app(LEFT), &id("c1")).unwrap(), None, "nothing of it was stored");
}
