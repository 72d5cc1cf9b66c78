//! Pairs and links: a contact is in one pair at the most, and a link gives way to nothing.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, both, connection, deleted, empty_todo, id, key, link, live, merged, named,
    note, settlement, store, todo, watchers,
};
use syntony_core::ids::{LinkId, MappingKey};
use syntony_core::pair::{LinkStatus, Marks};
use syntony_core::record::{Fields, Seen};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::{Bind, LinkCounts, Repointed, StateError, Store};

/// Three contacts on each side, all there.
fn people() -> Store {
    let mut store = store();
    for n in 1..=3 {
        note(&mut store, LEFT, &[live(&format!("c{n}"), "L", None, &[&format!("p{n}@x.com")])]);
        note(&mut store, RIGHT, &[live(&format!("g{n}"), "R", None, &[&format!("p{n}@x.com")])]);
    }
    empty_todo(&mut store);
    store
}

/// Who is linked to a left contact.
fn counterpart(store: &Store, left: &str) -> Option<String> {
    let link = store.link_of(&connection(), Side::Left, &id(left)).unwrap()?;
    Some(link.ids.right.to_string())
}

/// The subject a contact is part of, and its verdict.
fn standing(store: &Store, side: Side, contact: &str) -> Option<(Sides<Option<String>>, String)> {
    let row = store.standing_of(&connection(), side, &id(contact)).unwrap()?;
    Some((row.ids.map(|id| id.map(|id| id.to_string())), row.standing.verdict))
}

fn settle(store: &mut Store, left: Option<&str>, right: Option<&str>, verdict: &str) {
    let plan = settlement(store, left, right, verdict);
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
}

#[test]
fn a_contact_is_never_linked_twice() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    for ids in [both("c1", "g2"), both("c2", "g1")] {
        let bind = Bind { connection: connection(), ids: ids.clone() };
        let intended = store.intend(&[], &[bind], NOW_MS).unwrap();
        assert_eq!(intended.linked, 0);
        assert_eq!(intended.collisions.len(), 1);
        assert_eq!(intended.collisions[0].ids, ids);
    }
    link(&mut store, "c1", "g1");
    assert_eq!(counterpart(&store, "c1").as_deref(), Some("g1"));
    assert_eq!(store.link_count(&connection()).unwrap(), 1);
    store.integrity().unwrap();
}

#[test]
fn a_link_is_found_from_both_sides_and_listed_in_order() {
    let mut store = people();
    link(&mut store, "c1", "g2");
    link(&mut store, "c2", "g1");
    let from_right = store.link_of(&connection(), Side::Right, &id("g2")).unwrap().unwrap();
    assert_eq!(from_right.ids, both("c1", "g2"));
    assert_eq!(from_right.link.status, LinkStatus::Active);
    let all = store.links(&connection(), None, 10).unwrap();
    assert_eq!(all.iter().map(|link| link.ids.left.as_str()).collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(store.links(&connection(), Some(all[0].link.id), 10).unwrap().len(), 1);
    assert_eq!(store.links(&connection(), None, 1).unwrap().len(), 1);
}

#[test]
fn a_grave_keeps_its_contacts_and_is_not_counted_as_linked() {
    // Scenario 61.
    let mut store = people();
    link(&mut store, "c1", "g1");
    note(&mut store, LEFT, &[deleted("c1")]);
    note(&mut store, RIGHT, &[deleted("g1")]);
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "excluded");
    plan.status = Some(LinkStatus::Closed);
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    assert_eq!(store.link_count(&connection()).unwrap(), 0);
    let state = store.load_pair(&connection(), &named(None, Some("g1"))).unwrap();
    assert_eq!(state.link.unwrap().status, LinkStatus::Closed);
    assert_eq!(state.contacts.left.id, Some(id("c1")));
    assert!(matches!(state.contacts.left.seen, Seen::Gone(_)));
}

#[test]
fn links_are_counted_as_they_stand() {
    let mut store = people();
    for (n, status) in
        [(1, LinkStatus::Active), (2, LinkStatus::Trashed(Side::Right)), (3, LinkStatus::Closed)]
    {
        let (left, right) = (format!("c{n}"), format!("g{n}"));
        link(&mut store, &left, &right);
        let mut plan = settlement(&store, Some(&left), Some(&right), "in_sync");
        plan.status = Some(status);
        let marked = Marks { deleted: None, unsubscribed: (n == 1).then(|| "Unsubscribes".into()) };
        plan.marks = Some(Sides::new(Marks::default(), marked));
        store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    }
    let counts = store.link_counts(&connection()).unwrap();
    assert_eq!(counts, LinkCounts { active: 1, trashed: 1, closed: 1, unsubscribed: 1 });
    assert_eq!(store.link_count(&connection()).unwrap(), 1);
}

#[test]
fn one_named_contact_of_a_link_loads_both() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    for ids in [named(Some("c1"), None), named(None, Some("g1")), named(Some("c1"), Some("g1"))] {
        let state = store.load_pair(&connection(), &ids).unwrap();
        assert_eq!(state.contacts.left.id, Some(id("c1")));
        assert_eq!(state.contacts.right.id, Some(id("g1")));
        assert!(state.contacts.right.live().is_some());
        assert!(state.link.is_some());
    }
}

#[test]
fn two_who_are_linked_elsewhere_are_not_planned_as_a_pair() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    for ids in [named(Some("c1"), Some("g2")), named(Some("c2"), Some("g1"))] {
        let error = store.load_pair(&connection(), &ids).unwrap_err();
        assert!(matches!(error, StateError::LinkedElsewhere { .. }), "{error:?}");
    }
}

#[test]
fn a_stranger_loads_as_never_seen() {
    let store = people();
    let state = store.load_pair(&connection(), &named(Some("nobody"), None)).unwrap();
    assert_eq!(state.contacts.left.id, Some(id("nobody")));
    assert_eq!(state.contacts.left.seen, Seen::Never);
    assert_eq!(state.contacts.right.id, None);
    assert!(state.link.is_none());
}

#[test]
fn an_address_that_belongs_to_somebody_else_over_there_is_told() {
    // Scenario 13.
    let mut store = people();
    link(&mut store, "c1", "g1");
    note(&mut store, LEFT, &[live("c1", "L", None, &["p1@x.com", "p3@x.com", "p2@x.com"])]);
    note(&mut store, RIGHT, &[deleted("g2")]);
    let state = store.load_pair(&connection(), &named(Some("c1"), None)).unwrap();
    // p1 is its own counterpart's, p2's holder is gone.
    let left: Vec<_> = state.collisions.left.into_iter().collect();
    assert_eq!(left, [(key("p3@x.com"), id("g3"))]);
    assert!(state.collisions.right.is_empty());
}

#[test]
fn a_new_pair_takes_the_place_of_its_two_singles() {
    let mut store = people();
    settle(&mut store, Some("c1"), None, "excluded");
    settle(&mut store, None, Some("g1"), "duplicate");
    let counts = |store: &Store| -> Vec<(String, u64)> {
        let counts = store.standing_counts(&connection()).unwrap();
        counts.into_iter().map(|((verdict, _), count)| (verdict, count)).collect()
    };
    // The queue was emptied by giving each of the six a verdict.
    assert_eq!(counts(&store), [("duplicate".into(), 1), ("excluded".into(), 1), ("in_sync".into(), 4)]);
    link(&mut store, "c1", "g1");
    settle(&mut store, Some("c1"), Some("g1"), "conflict");
    assert_eq!(counts(&store), [("conflict".into(), 1), ("in_sync".into(), 4)]);
    let pair = Sides::new(Some("c1".to_owned()), Some("g1".to_owned()));
    assert_eq!(standing(&store, Side::Left, "c1"), Some((pair.clone(), "conflict".to_owned())));
    assert_eq!(standing(&store, Side::Right, "g1"), Some((pair, "conflict".to_owned())));
    store.integrity().unwrap();
}

#[test]
fn a_pair_that_was_only_judged_together_parts_without_losing_anybody() {
    let mut store = people();
    settle(&mut store, Some("c1"), Some("g1"), "held");
    settle(&mut store, Some("c1"), Some("g2"), "held");
    let alone = Sides::new(None, Some("g1".to_owned()));
    assert_eq!(standing(&store, Side::Right, "g1"), Some((alone, "held".to_owned())));
    let together = Sides::new(Some("c1".to_owned()), Some("g2".to_owned()));
    assert_eq!(standing(&store, Side::Left, "c1"), Some((together, "held".to_owned())));
    // Crosswise: both leave a partner behind.
    settle(&mut store, Some("c3"), Some("g3"), "held");
    settle(&mut store, Some("c3"), Some("g2"), "ambiguous");
    for (side, contact) in [(Side::Left, "c1"), (Side::Right, "g3")] {
        let (ids, verdict) = standing(&store, side, contact).unwrap();
        assert_eq!((ids[side.other()].as_deref(), verdict.as_str()), (None, "held"));
    }
    store.integrity().unwrap();
}

#[test]
fn a_contact_judged_with_another_can_be_linked_to_its_own() {
    let mut store = people();
    settle(&mut store, Some("c1"), Some("g2"), "held");
    link(&mut store, "c2", "g2");
    let (ids, verdict) = standing(&store, Side::Left, "c1").unwrap();
    assert_eq!((ids.right, verdict.as_str()), (None, "held"));
    assert_eq!(counterpart(&store, "c2").as_deref(), Some("g2"));
    store.integrity().unwrap();
}

#[test]
fn standings_can_be_walked_by_verdict_and_by_number() {
    let mut store = people();
    settle(&mut store, Some("c1"), None, "failed");
    settle(&mut store, Some("c2"), None, "failed");
    let failed = store.standings(&connection(), Some("failed"), None, 10).unwrap();
    assert_eq!(failed.len(), 2);
    let rest = store.standings(&connection(), Some("failed"), Some(failed[0].subject), 10).unwrap();
    assert_eq!(rest, failed[1..]);
    assert_eq!(store.standings(&connection(), None, None, 100).unwrap().len(), 6);
    assert_eq!(store.standing(&connection(), failed[0].subject).unwrap().as_ref(), Some(&failed[0]));
}

#[test]
fn a_link_follows_the_survivor_of_a_merge_with_its_bases() {
    // Scenarios 65 and 66.
    let mut store = people();
    link(&mut store, "c1", "g1");
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    let fields = Fields::from([("name".into(), Value::text("L"))]);
    plan.base.push((MappingKey::new("name"), Sides::new(fields.clone(), fields)));
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    note(&mut store, LEFT, &[merged("c1", "c2")]);
    empty_todo(&mut store);
    let moved = store.repoint(&connection(), Side::Left, &id("c1"), &id("c2"), NOW_MS).unwrap();
    assert!(matches!(moved, Repointed::Moved(_)), "{moved:?}");
    assert_eq!(counterpart(&store, "c2").as_deref(), Some("g1"));
    assert_eq!(counterpart(&store, "c1"), None);
    assert_eq!(todo(&store), ["Left c2"]);
    let state = store.load_pair(&connection(), &named(Some("c2"), None)).unwrap();
    assert!(state.base.contains_key(&MappingKey::new("name")));
    store.integrity().unwrap();
}

#[test]
fn a_survivor_with_a_counterpart_of_its_own_keeps_it() {
    // Scenario 65.
    let mut store = people();
    link(&mut store, "c1", "g1");
    link(&mut store, "c2", "g2");
    let own = store.link_of(&connection(), Side::Left, &id("c2")).unwrap().unwrap().link.id;
    let taken = store.repoint(&connection(), Side::Left, &id("c1"), &id("c2"), NOW_MS).unwrap();
    assert_eq!(taken, Repointed::Taken(own));
    assert_eq!(counterpart(&store, "c1").as_deref(), Some("g1"));
    assert_eq!(counterpart(&store, "c2").as_deref(), Some("g2"));
    let none = store.repoint(&connection(), Side::Left, &id("c3"), &id("c2"), NOW_MS).unwrap();
    assert_eq!(none, Repointed::NoLink);
}

#[test]
fn a_survivor_nobody_has_seen_yet_can_be_followed() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    let moved = store.repoint(&connection(), Side::Left, &id("c1"), &id("fresh"), NOW_MS).unwrap();
    assert!(matches!(moved, Repointed::Moved(_)));
    let state = store.load_pair(&connection(), &named(Some("fresh"), None)).unwrap();
    assert_eq!(state.contacts.left.seen, Seen::Never);
    assert_eq!(store.known_ids(&app(LEFT), None, 10).unwrap().len(), 4, "it is read by id");
    store.integrity().unwrap();
}

#[test]
fn a_link_is_taken_apart_only_as_it_was_named() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    assert!(!store.unbind(&connection(), &both("c1", "g2")).unwrap());
    assert!(!store.unbind(&connection(), &both("nobody", "g1")).unwrap());
    assert!(store.unbind(&connection(), &both("c1", "g1")).unwrap());
    assert_eq!(counterpart(&store, "c1"), None);
    assert_eq!(todo(&store), ["Left c1", "Right g1"]);
    store.integrity().unwrap();
}

#[test]
fn a_mapping_that_was_off_for_a_year_comes_back_without_a_base() {
    // Scenarios 31 and 32.
    let mut store = people();
    link(&mut store, "c1", "g1");
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    for mapping in ["name", "phone"] {
        plan.base.push((MappingKey::new(mapping), Sides::default()));
    }
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    store.retain_bases(&connection(), &[MappingKey::new("name")]).unwrap();
    let state = store.load_pair(&connection(), &named(Some("c1"), None)).unwrap();
    assert_eq!(state.base.keys().map(MappingKey::as_str).collect::<Vec<_>>(), ["name"]);
}

#[test]
fn a_links_number_is_never_given_to_another() {
    let mut store = people();
    link(&mut store, "c1", "g1");
    let first = store.links(&connection(), None, 1).unwrap()[0].link.id;
    store.unbind(&connection(), &both("c1", "g1")).unwrap();
    link(&mut store, "c2", "g2");
    let second = store.links(&connection(), None, 1).unwrap()[0].link.id;
    assert!(second != first && second > LinkId(0));
}
