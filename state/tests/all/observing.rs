//! What observations do to what is known: old news, repeated pages, tombstones, renames, suspects.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, deleted, empty_todo, id, key, link, live, merged, name_of, note, renamed,
    store, todo, unclear, watchers,
};
use syntony_core::ids::{ContactId, Cursor};
use syntony_core::observe::{Coverage, Observation};
use syntony_core::record::{Evidence, Seen};
use syntony_core::side::Side;
use syntony_core::value::Value;
use syntony_state::{Observed, Staged, Store};

/// Lists the left app: pages, then all of them at once.
fn list(store: &mut Store, coverage: Coverage, pages: &[&[Staged]]) -> Observed {
    store.clear_staged(&app(LEFT)).unwrap();
    for page in pages {
        store.stage(&app(LEFT), page).unwrap();
    }
    store.observe(&app(LEFT), coverage, Some(&Cursor::new("cursor")), &watchers(), NOW_MS).unwrap()
}

fn seen(store: &Store, contact: &str) -> Seen {
    store.contact(&app(LEFT), &id(contact)).unwrap().map_or(Seen::Never, |contact| contact.seen)
}

#[test]
fn pages_change_nothing_before_the_listing_is_complete() {
    let mut store = store();
    store.stage(&app(LEFT), &[live("c1", "Ann", None, &["ann@x.com"])]).unwrap();
    assert_eq!(seen(&store, "c1"), Seen::Never);
    assert_eq!(store.cursor(&app(LEFT)).unwrap(), None);
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn a_listing_that_broke_off_does_not_make_the_next_look_complete() {
    let mut store = store();
    list(&mut store, Coverage::Everything, &[&[live("c1", "Ann", None, &[]), live("c2", "Bob", None, &[])]]);
    // Broken off after c1; the next listing has c2 alone.
    store.stage(&app(LEFT), &[live("c1", "Ann", None, &[])]).unwrap();
    let observed = list(&mut store, Coverage::Everything, &[&[live("c2", "Bob", None, &[])]]);
    assert_eq!((observed.read, observed.suspects), (1, 1));
}

#[test]
fn an_old_observation_never_undoes_a_newer_one() {
    // Scenarios 75 and 81.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "new", Some(10), &["new@x.com"])]);
    empty_todo(&mut store);
    let observed = list(&mut store, Coverage::Everything, &[&[live("c1", "old", Some(9), &["old@x.com"])]]);
    assert_eq!((observed.changed, observed.outdated, observed.suspects), (0, 1, 0));
    assert_eq!(name_of(&store, LEFT, "c1").as_deref(), Some("new"));
    assert_eq!(store.contacts_by_keys(&app(LEFT), &[key("old@x.com")]).unwrap(), []);
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn an_old_record_raises_no_dead_and_no_vanished() {
    for end in [deleted("c1"), unclear("c1", Observation::Unknown)] {
        let mut store = store();
        note(&mut store, LEFT, &[live("c1", "Ann", Some(10), &[])]);
        note(&mut store, LEFT, &[end]);
        let before = seen(&store, "c1");
        assert_eq!(note(&mut store, LEFT, &[live("c1", "Ann", Some(9), &[])]).outdated, 1);
        assert_eq!(seen(&store, "c1"), before);
    }
}

#[test]
fn a_restored_contact_is_there_again_even_if_its_version_did_not_move() {
    // Scenario 60.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", Some(10), &["ann@x.com"])]);
    note(&mut store, LEFT, &[deleted("c1")]);
    assert_eq!(store.contacts_by_keys(&app(LEFT), &[key("ann@x.com")]).unwrap(), []);
    empty_todo(&mut store);
    assert_eq!(note(&mut store, LEFT, &[live("c1", "Ann", Some(10), &["ann@x.com"])]).changed, 1);
    assert_eq!(todo(&store), ["Left c1"]);
    assert_eq!(store.contacts_by_keys(&app(LEFT), &[key("ann@x.com")]).unwrap().len(), 1);
}

#[test]
fn an_echo_of_what_is_known_is_no_change_however_often_the_version_moves() {
    // Scenarios 9, 45 and 74: by content, never by time or author.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", Some(1), &["ann@x.com"])]);
    empty_todo(&mut store);
    let observed = list(&mut store, Coverage::Changes, &[&[live("c1", "Ann", Some(2), &["ann@x.com"])]]);
    assert_eq!((observed.read, observed.changed), (1, 0));
    assert_eq!(todo(&store), [""; 0]);
    let Seen::Live(record) = seen(&store, "c1") else { panic!("not there") };
    assert_eq!((record.version.order, record.version.tag.as_str()), (Some(2), "etag-Some(2)"));
}

#[test]
fn a_new_shadow_is_kept_though_it_is_no_change() {
    let mut store = store();
    let with_shadow = |shadow: &str| {
        let mut staged = live("c1", "Ann", None, &[]);
        let Observation::Live(record) = &mut staged.change.what else { panic!("not live") };
        record.shadow = Some(shadow.to_owned());
        staged
    };
    note(&mut store, LEFT, &[with_shadow("one")]);
    empty_todo(&mut store);
    note(&mut store, LEFT, &[with_shadow("two")]);
    let Seen::Live(record) = seen(&store, "c1") else { panic!("not there") };
    assert_eq!(record.shadow.as_deref(), Some("two"));
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn not_observed_and_empty_stay_different() {
    // Scenarios 28 and 29.
    let mut store = store();
    let mut staged = live("c1", "Ann", None, &[]);
    let Observation::Live(record) = &mut staged.change.what else { panic!("not live") };
    record.fields.insert("phone".into(), Value::Null);
    record.fields.insert("zero".into(), Value::number(0.0).unwrap());
    record.fields.insert("no".into(), Value::Bool(false));
    record.fields.insert("none".into(), Value::List(Vec::new()));
    record.fields.insert("sum".into(), Value::number(0.1 + 0.2).unwrap());
    let stored = (**record).clone();
    note(&mut store, LEFT, &[staged]);
    assert_eq!(seen(&store, "c1"), Seen::Live(stored.clone()));
    assert!(!stored.fields.contains_key("title"));
}

#[test]
fn the_newer_of_two_observations_in_one_listing_counts_whatever_their_order() {
    let (old, new) = (live("c1", "old", Some(1), &[]), live("c1", "new", Some(2), &[]));
    for pages in [[old.clone(), new.clone()], [new, old]] {
        let mut store = store();
        list(&mut store, Coverage::Changes, &[&pages[..1], &pages[1..]]);
        assert_eq!(name_of(&store, LEFT, "c1").as_deref(), Some("new"));
    }
    let mut store = store();
    list(
        &mut store,
        Coverage::Changes,
        &[&[live("c1", "first", None, &[]), live("c1", "second", None, &[])]],
    );
    assert_eq!(name_of(&store, LEFT, "c1").as_deref(), Some("second"), "without an order, the later");
}

#[test]
fn a_page_that_comes_twice_undoes_no_deletion() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", Some(4), &[])]);
    let page = [live("c1", "Ann", Some(5), &[])];
    list(&mut store, Coverage::Changes, &[&page, &[deleted("c1")], &page]);
    assert_eq!(seen(&store, "c1"), Seen::Gone(Evidence::Tombstone));
    // Restored within the same listing: a version that was not there before.
    list(&mut store, Coverage::Changes, &[&page, &[deleted("c1")], &[live("c1", "Ann", Some(6), &[])]]);
    assert!(seen(&store, "c1").live().is_some());
}

#[test]
fn a_tombstone_of_a_stranger_concerns_nobody() {
    let mut store = store();
    let observed = list(&mut store, Coverage::Changes, &[&[deleted("stranger")]]);
    assert_eq!((observed.read, observed.gone), (1, 0));
    assert_eq!(store.contact(&app(LEFT), &id("stranger")).unwrap(), None);
}

#[test]
fn a_merge_is_not_hidden_by_the_tombstone_that_comes_with_it() {
    // Scenario 65.
    for second in [deleted("c1"), merged("c1", "c2")] {
        let mut store = store();
        note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
        note(&mut store, LEFT, &[merged("c1", "c2")]);
        note(&mut store, LEFT, &[second]);
        assert_eq!(seen(&store, "c1"), Seen::Gone(Evidence::MergedInto(id("c2"))));
    }
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
    note(&mut store, LEFT, &[deleted("c1")]);
    empty_todo(&mut store);
    note(&mut store, LEFT, &[merged("c1", "c2")]);
    assert_eq!(seen(&store, "c1"), Seen::Gone(Evidence::MergedInto(id("c2"))));
    assert_eq!(todo(&store), ["Left c1"], "learning that it was a merge is news");
}

#[test]
fn not_visible_is_not_deleted_and_its_address_is_not_free() {
    // Scenario 67.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &["ann@x.com"])]);
    empty_todo(&mut store);
    let observed = note(&mut store, LEFT, &[unclear("c1", Observation::Unknown)]);
    assert_eq!((observed.changed, observed.gone), (0, 0));
    assert_eq!(todo(&store), [""; 0]);
    assert_eq!(seen(&store, "c1"), Seen::Unknown);
    let holders = store.contacts_by_keys(&app(LEFT), &[key("ann@x.com")]).unwrap();
    assert_eq!(holders.len(), 1, "a new contact would be a second one of the same person");
    note(&mut store, LEFT, &[live("c1", "Ann", None, &["ann@x.com"])]);
    assert_eq!(todo(&store), ["Left c1"], "seen again, it is looked at again");
}

#[test]
fn an_unreadable_record_keeps_what_was_known_and_is_reported() {
    let mut store = store();
    list(&mut store, Coverage::Everything, &[&[live("c1", "Ann", None, &[])]]);
    empty_todo(&mut store);
    let broken = unclear("c1", Observation::Unreadable("names is no list".to_owned()));
    let observed = list(&mut store, Coverage::Everything, &[&[broken]]);
    assert_eq!(observed.unreadable, [(id("c1"), "names is no list".to_owned())]);
    assert_eq!((observed.unreadable_count, observed.suspects), (1, 0), "it was listed, so it is there");
    assert_eq!(name_of(&store, LEFT, "c1").as_deref(), Some("Ann"));
    assert_eq!(todo(&store), [""; 0]);
}

#[test]
fn a_thousand_unreadable_records_are_counted_and_only_some_named() {
    let mut store = store();
    let page: Vec<Staged> = (0..1000)
        .map(|n| unclear(&format!("c{n:04}"), Observation::Unreadable("broken".to_owned())))
        .collect();
    let observed = list(&mut store, Coverage::Changes, &[&page]);
    assert_eq!((observed.unreadable_count, observed.unreadable.len()), (1000, 100));
}

#[test]
fn missing_from_a_complete_listing_is_a_suspicion_and_nothing_else() {
    // Scenario 62.
    let mut store = store();
    let page = [live("c1", "Ann", None, &[]), live("c2", "Bob", None, &[]), live("c3", "Cy", None, &[])];
    list(&mut store, Coverage::Everything, &[&page]);
    empty_todo(&mut store);
    let observed = list(&mut store, Coverage::Everything, &[&page[1..2]]);
    assert_eq!((observed.gone, observed.changed, observed.suspects), (0, 0, 2));
    assert_eq!(store.suspects(&app(LEFT), None, 10).unwrap(), [id("c1"), id("c3")]);
    assert_eq!(store.suspects(&app(LEFT), Some(&id("c1")), 10).unwrap(), [id("c3")]);
    assert!(seen(&store, "c1").live().is_some());
    assert_eq!(store.count_live(&app(LEFT)).unwrap(), 3);
    assert_eq!(todo(&store), [""; 0]);
    // Read by id: one is there after all, one is gone.
    let gone = Evidence::AbsentAndReadGone;
    let read = [page[0].clone(), unclear("c3", Observation::Gone(gone.clone()))];
    assert_eq!(note(&mut store, LEFT, &read).suspects, 0);
    assert_eq!(seen(&store, "c3"), Seen::Gone(gone));
    assert_eq!(todo(&store), ["Left c3"]);
}

#[test]
fn a_suspect_that_is_listed_again_is_none_any_more() {
    let mut store = store();
    let page = [live("c1", "Ann", Some(1), &[]), live("c2", "Bob", Some(1), &[])];
    list(&mut store, Coverage::Everything, &[&page]);
    list(&mut store, Coverage::Everything, &[&page[1..]]);
    assert_eq!(store.suspect_count(&app(LEFT)).unwrap(), 1);
    assert_eq!(list(&mut store, Coverage::Everything, &[&page]).suspects, 0);
    list(&mut store, Coverage::Everything, &[&page[1..]]);
    store.clear_suspect(&app(LEFT), &[id("c1")]).unwrap();
    assert_eq!(store.suspect_count(&app(LEFT)).unwrap(), 0);
}

#[test]
fn what_a_partial_listing_lacks_means_nothing() {
    // Scenarios 64 and 87.
    for coverage in [Coverage::Changes, Coverage::Discovered] {
        let mut store = store();
        list(&mut store, Coverage::Everything, &[&[live("c1", "Ann", None, &[])]]);
        assert_eq!(list(&mut store, coverage, &[&[live("c2", "Bob", None, &[])]]).suspects, 0);
    }
}

#[test]
fn another_apps_contacts_are_never_suspected() {
    let mut store = store();
    note(&mut store, RIGHT, &[live("c1", "Ann", None, &[])]);
    assert_eq!(list(&mut store, Coverage::Everything, &[&[]]).suspects, 0);
    assert_eq!(store.suspect_count(&app(RIGHT)).unwrap(), 0);
}

#[test]
fn a_renamed_contact_keeps_its_link_its_keys_and_its_place() {
    let mut store = store();
    note(&mut store, LEFT, &[live("old", "Ann", None, &["ann@x.com"])]);
    note(&mut store, RIGHT, &[live("g1", "Ann", None, &["ann@x.com"])]);
    link(&mut store, "old", "g1");
    // The feed reports the old name as deleted, and the new one as new.
    let page = [deleted("old"), renamed("old", live("new", "Ann", None, &["ann@x.com"]))];
    let observed = list(&mut store, Coverage::Everything, &[&page]);
    assert_eq!((observed.gone, observed.suspects), (0, 0));
    assert_eq!(store.contact(&app(LEFT), &id("old")).unwrap(), None);
    let link = store.link_of(&crate::world::connection(), Side::Left, &id("new")).unwrap().unwrap();
    assert_eq!(link.ids.right, id("g1"));
    let holders = store.contacts_by_keys(&app(LEFT), &[key("ann@x.com")]).unwrap();
    assert_eq!(holders.iter().map(|holder| &holder.id).collect::<Vec<_>>(), [&id("new")]);
    assert_eq!(todo(&store), ["Left new", "Right g1"]);
}

#[test]
fn a_new_name_with_a_smaller_number_is_no_old_news() {
    // A lead that was edited today becomes a contact that nobody has touched for years.
    let mut store = store();
    note(&mut store, LEFT, &[live("lead", "Ann Lead", Some(20), &["ann@x.com"])]);
    empty_todo(&mut store);
    let observed =
        note(&mut store, LEFT, &[renamed("lead", live("contact", "Ann Contact", Some(10), &["ann@x.com"]))]);
    assert_eq!((observed.changed, observed.outdated), (1, 0));
    assert_eq!(name_of(&store, LEFT, "contact").as_deref(), Some("Ann Contact"));
    assert_eq!(todo(&store), ["Left contact"]);
    // From then on its own numbers count.
    assert_eq!(note(&mut store, LEFT, &[live("contact", "Ann Older", Some(9), &["ann@x.com"])]).outdated, 1);
}

#[test]
fn a_rename_to_a_name_that_is_known_is_a_merge_and_never_a_deletion() {
    // The new name came alone first (a listing, or the answer to a write of ours); what the vendor says of
    // the old one afterwards may be nothing, a tombstone, or that it is not to be seen.
    let new = || live("new", "Ann", None, &["ann@x.com"]);
    for said in [None, Some(deleted("old")), Some(unclear("old", Observation::Unknown))] {
        for tombstone_first in [false, true] {
            let mut store = store();
            note(&mut store, LEFT, &[live("old", "Ann", None, &["ann@x.com"])]);
            note(&mut store, RIGHT, &[live("g1", "Ann", None, &["ann@x.com"])]);
            link(&mut store, "old", "g1");
            note(&mut store, LEFT, &[new()]);
            empty_todo(&mut store);
            let mut page = vec![renamed("old", new())];
            page.extend(said.clone());
            if tombstone_first {
                page.reverse();
            }
            for _ in 0..2 {
                list(&mut store, Coverage::Changes, &[&page]);
                assert_eq!(seen(&store, "old"), Seen::Gone(Evidence::MergedInto(id("new"))), "{said:?}");
                assert_eq!(name_of(&store, LEFT, "new").as_deref(), Some("Ann"));
            }
            // Its link waits to go on.
            assert!(store.link_of(&crate::world::connection(), Side::Left, &id("old")).unwrap().is_some());
            assert!(todo(&store).contains(&"Left old".to_owned()));
            store.integrity().unwrap();
        }
    }
}

#[test]
fn a_former_name_that_is_shown_as_living_is_its_own_contact() {
    let mut store = store();
    note(&mut store, LEFT, &[live("a", "Ann", None, &[]), live("b", "Bob", None, &[])]);
    let page = [live("a", "Ann", None, &[]), renamed("a", live("b", "Bob", None, &[]))];
    list(&mut store, Coverage::Changes, &[&page]);
    assert_eq!(name_of(&store, LEFT, "a").as_deref(), Some("Ann"));
    assert_eq!(name_of(&store, LEFT, "b").as_deref(), Some("Bob"));
}

#[test]
fn a_contact_that_was_merged_into_another_one_stays_merged_into_that_one() {
    let mut store = store();
    let three = ["a", "b", "c"].map(|contact| live(contact, "Ann", None, &[]));
    note(&mut store, LEFT, &three);
    list(&mut store, Coverage::Changes, &[&[merged("a", "c"), renamed("a", live("b", "Ann", None, &[]))]]);
    assert_eq!(seen(&store, "a"), Seen::Gone(Evidence::MergedInto(id("c"))));
}

#[test]
fn an_empty_listing_moves_the_cursor_and_nothing_else() {
    let mut store = store();
    assert_eq!(store.cursor_age_ms(&app(LEFT), NOW_MS).unwrap(), None);
    list(&mut store, Coverage::Changes, &[]);
    assert_eq!(store.cursor(&app(LEFT)).unwrap(), Some(Cursor::new("cursor")));
    assert_eq!(store.cursor_age_ms(&app(LEFT), NOW_MS + 5).unwrap(), Some(5));
    store.forget_cursor(&app(LEFT)).unwrap();
    assert_eq!(store.cursor(&app(LEFT)).unwrap(), None);
}

#[test]
fn an_address_that_thousands_share_does_not_fill_the_memory() {
    let mut store = store();
    let page: Vec<Staged> =
        (0..500).map(|n| live(&format!("c{n}"), "Ann", None, &["info@x.com", "info@x.com"])).collect();
    note(&mut store, LEFT, &page);
    assert_eq!(store.contacts_by_keys(&app(LEFT), &[key("info@x.com")]).unwrap().len(), 50);
    store.integrity().unwrap();
}

#[test]
fn ids_come_in_order_and_in_pages() {
    let mut store = store();
    note(
        &mut store,
        LEFT,
        &[live("b", "B", None, &[]), live("a", "A", None, &[]), live("c", "C", None, &[])],
    );
    note(&mut store, LEFT, &[deleted("b"), unclear("c", Observation::Unknown)]);
    let ids = |after: Option<ContactId>, max| store.known_ids(&app(LEFT), after.as_ref(), max).unwrap();
    assert_eq!(ids(None, 10), [id("a"), id("c")], "gone ones need not be read again");
    assert_eq!(ids(None, 1), [id("a")]);
    assert_eq!(ids(Some(id("a")), 10), [id("c")]);
    assert_eq!(store.count_live(&app(LEFT)).unwrap(), 1);
}
