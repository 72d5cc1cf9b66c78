//! Settlements: the database says exactly what was confirmed.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, both, connection, create, id, link, live, name_of, named, note, renamed,
    settlement, store, todo, watchers,
};
use syntony_core::ids::{ActionKey, MappingKey, OpKey, Tag};
use syntony_core::pair::{Done, LinkStatus, Marks, Repeats, Trace};
use syntony_core::policy::{Action, Effect};
use syntony_core::record::{Evidence, Fields, Seen};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::{OpOutcome, OpStatus, Settlement, Standing, StateError, Store};

fn outcome(op: &str, status: OpStatus, contact: Option<&str>) -> OpOutcome {
    OpOutcome { key: OpKey::new(op), status, reason: None, contact: contact.map(id) }
}

/// c1 is there, and its counterpart is about to be created.
fn intended() -> Store {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &["ann@x.com"])]);
    store.intend(&[create("op1", "c1", "Ann")], &[], NOW_MS).unwrap();
    store
}

fn fields(name: &str) -> Fields {
    Fields::from([("name".into(), Value::text(name))])
}

fn action(key: &str) -> (ActionKey, Option<Done>) {
    let key = ActionKey::new(key);
    let action =
        Action { key: key.clone(), on: Side::Left, effect: Effect::AddTag(Tag::new("vip")), undo: true };
    (key, Some(Done::new(action, Trace::Already)))
}

#[test]
fn everything_that_was_confirmed_is_there_afterwards() {
    let mut store = intended();
    let mut plan = settlement(&store, Some("c1"), None, "in_sync");
    plan.outcomes.push(outcome("op1", OpStatus::Applied, Some("g1")));
    plan.seen.push((app(RIGHT), live("g1", "Ann", Some(7), &["ann@x.com"])));
    plan.bind = Some(both("c1", "g1"));
    plan.base.push((MappingKey::new("name"), Sides::new(fields("Ann"), fields("Ann"))));
    plan.actions.push(action("tag"));
    plan.marks =
        Some(Sides::new(Marks::default(), Marks { deleted: Some("Trash".into()), unsubscribed: None }));
    plan.repeats.push((
        MappingKey::new("name"),
        Sides::new(Repeats::default(), Repeats { fingerprint: "f".to_owned(), runs: 1 }),
    ));
    plan.selected = Some(true);
    let settled = store.settle(std::slice::from_ref(&plan), &watchers(), NOW_MS).unwrap();
    assert_eq!((settled.linked, settled.collisions.len()), (1, 0));
    assert!(store.open_intents(&connection()).unwrap().is_empty());
    assert_eq!(todo(&store), [""; 0]);
    let state = store.load_pair(&connection(), &named(Some("c1"), None)).unwrap();
    assert_eq!(state.link.unwrap().status, LinkStatus::Active);
    assert_eq!(state.contacts.right.live().unwrap().version.order, Some(7));
    assert_eq!(state.base, plan.base.into_iter().collect());
    assert_eq!(state.actions[&ActionKey::new("tag")], plan.actions[0].1.clone().unwrap());
    assert_eq!(state.marks, plan.marks.unwrap());
    assert_eq!(state.repeats, plan.repeats.into_iter().collect());
    assert!(state.was_selected);
    store.integrity().unwrap();
}

#[test]
fn what_a_settlement_does_not_name_stays() {
    // Scenario 31: other fields are not reopened.
    let mut store = store();
    link(&mut store, "c1", "g1");
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    plan.base.push((MappingKey::new("name"), Sides::new(fields("Ann"), fields("Ann"))));
    plan.actions.push(action("tag"));
    plan.status = Some(LinkStatus::Trashed(Side::Left));
    plan.selected = Some(true);
    store.settle(&[plan], &[], NOW_MS).unwrap();
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    plan.base.push((MappingKey::new("phone"), Sides::default()));
    store.settle(&[plan], &[], NOW_MS).unwrap();
    let state = store.load_pair(&connection(), &named(Some("c1"), Some("g1"))).unwrap();
    assert_eq!(state.base.len(), 2);
    assert_eq!(state.actions.len(), 1);
    assert_eq!(state.link.unwrap().status, LinkStatus::Trashed(Side::Left));
    assert!(state.was_selected);
}

#[test]
fn what_is_taken_back_is_gone() {
    let mut store = store();
    link(&mut store, "c1", "g1");
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    plan.actions.push(action("tag"));
    let repeats = Repeats { fingerprint: "f".to_owned(), runs: 2 };
    plan.repeats.push((MappingKey::new("name"), Sides::new(repeats.clone(), repeats)));
    store.settle(&[plan], &[], NOW_MS).unwrap();
    let mut plan = settlement(&store, Some("c1"), Some("g1"), "in_sync");
    plan.actions.push((ActionKey::new("tag"), None));
    plan.repeats.push((MappingKey::new("name"), Sides::default()));
    store.settle(&[plan], &[], NOW_MS).unwrap();
    let state = store.load_pair(&connection(), &named(Some("c1"), Some("g1"))).unwrap();
    assert!(state.actions.is_empty() && state.repeats.is_empty());
}

#[test]
fn what_rules_did_to_a_lone_contact_goes_into_its_link() {
    // Scenario 52: a tag that was there before must not be taken off later.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
    let mut plan = settlement(&store, Some("c1"), None, "failed");
    plan.actions.push(action("tag"));
    plan.selected = Some(true);
    store.settle(&[plan], &[], NOW_MS).unwrap();
    let alone = store.load_pair(&connection(), &named(Some("c1"), None)).unwrap();
    assert!(alone.actions.contains_key(&ActionKey::new("tag")));
    link(&mut store, "c1", "g1");
    let linked = store.load_pair(&connection(), &named(None, Some("g1"))).unwrap();
    assert_eq!(linked.actions, alone.actions);
    assert!(linked.was_selected);
}

#[test]
fn both_lone_contacts_bring_what_rules_did_to_them() {
    let mut store = store();
    for (left, right, key) in [(Some("c1"), None, "on-left"), (None, Some("g1"), "on-right")] {
        let mut plan = settlement(&store, left, right, "failed");
        plan.actions.push(action(key));
        store.settle(&[plan], &[], NOW_MS).unwrap();
    }
    let matched = store.load_pair(&connection(), &named(Some("c1"), Some("g1"))).unwrap();
    assert_eq!(matched.actions.len(), 2);
    link(&mut store, "c1", "g1");
    let linked = store.load_pair(&connection(), &named(Some("c1"), None)).unwrap();
    assert_eq!(linked.actions, matched.actions);
    store.integrity().unwrap();
}

#[test]
fn one_rejected_op_does_not_undo_the_others() {
    // Scenario 82.
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[]), live("c2", "Bob", None, &[])]);
    store.intend(&[create("op1", "c1", "Ann"), create("op2", "c2", "Bob")], &[], NOW_MS).unwrap();
    let mut applied = settlement(&store, Some("c1"), None, "in_sync");
    applied.outcomes.push(outcome("op1", OpStatus::Applied, Some("g1")));
    applied.seen.push((app(RIGHT), live("g1", "Ann", None, &[])));
    applied.bind = Some(both("c1", "g1"));
    let mut rejected = settlement(&store, Some("c2"), None, "failed");
    let refused = outcome("op2", OpStatus::Rejected, None);
    rejected.outcomes.push(OpOutcome { reason: Some("name is too long".to_owned()), ..refused });
    store.settle(&[applied, rejected], &watchers(), NOW_MS).unwrap();
    assert_eq!(store.link_count(&connection()).unwrap(), 1);
    let writes = store.writes_of(&crate::world::run(), 10, 0).unwrap();
    assert_eq!(writes[1].reason.as_deref(), Some("name is too long"));
    assert_eq!(writes[1].contact, None);
}

#[test]
fn a_vendor_that_answers_with_somebody_elses_counterpart_stops_nothing() {
    let mut store = store();
    link(&mut store, "c0", "g1");
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
    store.intend(&[create("op1", "c1", "Ann")], &[], NOW_MS).unwrap();
    let mut plan = settlement(&store, Some("c1"), None, "in_sync");
    plan.outcomes.push(outcome("op1", OpStatus::Applied, Some("g1")));
    plan.seen.push((app(RIGHT), live("g1", "Ann", None, &[])));
    plan.bind = Some(both("c1", "g1"));
    plan.base.push((MappingKey::new("name"), Sides::new(fields("Ann"), fields("Ann"))));
    let settled = store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    assert_eq!((settled.linked, settled.collisions.len()), (0, 1));
    assert!(store.open_intents(&connection()).unwrap().is_empty(), "the op is settled");
    assert_eq!(name_of(&store, RIGHT, "g1").as_deref(), Some("Ann"), "what is there is known");
    let standing = store.standing_of(&connection(), Side::Left, &id("c1")).unwrap().unwrap().standing;
    assert_eq!(
        (standing.verdict.as_str(), standing.reason.as_deref()),
        ("ambiguous", Some("linked_elsewhere"))
    );
    let link = store.link_of(&connection(), Side::Right, &id("g1")).unwrap().unwrap();
    assert_eq!(link.ids.left, id("c0"));
    assert!(store.load_pair(&connection(), &named(Some("c0"), None)).unwrap().base.is_empty());
    store.integrity().unwrap();
}

/// Settles a mistake, and expects that nothing at all of the batch is stored.
fn check_refused(expected: fn(&StateError) -> bool, spoil: impl FnOnce(&mut Settlement)) {
    let mut store = intended();
    let mut good = settlement(&store, Some("c1"), None, "in_sync");
    good.outcomes.push(outcome("op1", OpStatus::Applied, Some("g1")));
    good.seen.push((app(RIGHT), live("g1", "Ann", None, &[])));
    let mut bad = settlement(&store, Some("c2"), None, "in_sync");
    spoil(&mut bad);
    let error = store.settle(&[good, bad], &watchers(), NOW_MS).unwrap_err();
    assert!(expected(&error), "{error:?}");
    assert_eq!(store.open_intents(&connection()).unwrap().len(), 1);
    assert_eq!(name_of(&store, RIGHT, "g1"), None);
    assert_eq!(todo(&store), ["Left c1"]);
    store.integrity().unwrap();
}

#[test]
fn a_mistake_in_one_settlement_settles_nothing() {
    let not_linked = |error: &StateError| matches!(error, StateError::NotLinked { .. });
    check_refused(not_linked, |bad| bad.status = Some(LinkStatus::Closed));
    check_refused(not_linked, |bad| bad.base.push((MappingKey::new("name"), Sides::default())));
    check_refused(|error| matches!(error, StateError::NoSubject { .. }), |bad| bad.ids = Sides::default());
    for op in ["never-intended", "op1"] {
        check_refused(
            |error| matches!(error, StateError::NotOpen { .. }),
            |bad| bad.outcomes.push(outcome(op, OpStatus::Applied, None)),
        );
    }
}

#[test]
fn an_older_answer_does_not_undo_what_is_known() {
    // Invariant: an old observation never undoes a newer one, whoever brings it.
    let mut store = store();
    note(&mut store, RIGHT, &[live("g1", "new", Some(9), &[])]);
    let mut plan = settlement(&store, None, Some("g1"), "in_sync");
    plan.seen.push((app(RIGHT), live("g1", "old", Some(8), &[])));
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
    assert_eq!(name_of(&store, RIGHT, "g1").as_deref(), Some("new"));
}

#[test]
fn details_of_a_standing_come_back_as_they_were() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &[])]);
    let detail = serde_json::json!({ "conflicts": [{ "field": "name", "left": "Ann", "right": null }] });
    let standing = Standing { detail: detail.clone(), ..Standing::new("conflict", Some("edits")) };
    let mut plan = settlement(&store, Some("c1"), None, "conflict");
    plan.standing = standing.clone();
    store.settle(&[plan], &[], NOW_MS + 3).unwrap();
    let row = store.standing_of(&connection(), Side::Left, &id("c1")).unwrap().unwrap();
    assert_eq!((row.standing, row.at_ms), (standing, NOW_MS + 3));
}

/// c1 and g1 are linked and in step; a write to g1 is answered under the id g2.
fn answered_under_another_name(store: &mut Store) {
    let mut plan = settlement(store, Some("c1"), Some("g1"), "in_sync");
    plan.seen.push((app(RIGHT), renamed("g1", live("g2", "Bea", Some(8), &["ann@x.com"]))));
    plan.base.push((MappingKey::new("name"), Sides::new(fields("Bea"), fields("Bea"))));
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
}

fn in_step() -> Store {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "Ann", None, &["ann@x.com"])]);
    note(&mut store, RIGHT, &[live("g1", "Ann", Some(7), &["ann@x.com"])]);
    link(&mut store, "c1", "g1");
    store
}

#[test]
fn an_answer_under_another_name_renames_the_contact_and_leaves_no_ghost() {
    let mut store = in_step();
    answered_under_another_name(&mut store);
    assert_eq!(store.contact(&app(RIGHT), &id("g1")).unwrap(), None);
    assert_eq!(name_of(&store, RIGHT, "g2").as_deref(), Some("Bea"));
    let state = store.load_pair(&connection(), &named(Some("c1"), Some("g2"))).unwrap();
    assert_eq!((state.link.unwrap().status, state.base.len()), (LinkStatus::Active, 1));
    assert_eq!(todo(&store), [""; 0]);
    store.integrity().unwrap();
}

#[test]
fn an_answer_under_a_name_that_is_known_already_leaves_the_link_to_be_moved() {
    let mut store = in_step();
    note(&mut store, RIGHT, &[live("g2", "Bea", Some(8), &["ann@x.com"])]);
    answered_under_another_name(&mut store);
    let known = store.contact(&app(RIGHT), &id("g1")).unwrap().unwrap();
    assert_eq!(known.seen, Seen::Gone(Evidence::MergedInto(id("g2"))));
    let link = store.link_of(&connection(), Side::Right, &id("g1")).unwrap().unwrap();
    assert_eq!(link.ids.left, id("c1"));
    assert!(todo(&store).contains(&"Right g1".to_owned()), "{:?}", todo(&store));
    store.integrity().unwrap();
}
