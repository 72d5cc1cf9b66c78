//! Runs, open ops and the history.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, both, connection, create, field_change, id, live, named, note, renamed, run,
    settlement, store, watchers,
};
use syntony_core::ids::{AccountId, OpKey, RunId};
use syntony_core::op::{Op, Write};
use syntony_core::pair::LinkStatus;
use syntony_core::plan::Aftermath;
use syntony_core::record::{Fields, Record};
use syntony_core::side::Side;
use syntony_core::value::Value;
use syntony_state::{Intent, OpOutcome, OpStatus, StateError, Store, WriteKind};

/// An update of a left contact's name.
fn update(op: &str, contact: &str, before: &str, after: &str) -> Intent {
    Intent {
        key: OpKey::new(op),
        app: app(LEFT),
        op: Op {
            side: Side::Left,
            write: Write::Update {
                id: id(contact),
                fields: Fields::from([("name".into(), Value::text(after))]),
                add_tags: std::collections::BTreeSet::new(),
                remove_tags: std::collections::BTreeSet::new(),
                seen: Box::new(Record::default()),
            },
            changes: vec![field_change(Value::text(before), Value::text(after))],
        },
        ..create(op, contact, after)
    }
}

/// Closes an op.
fn close(store: &mut Store, op: &str, status: OpStatus, contact: Option<&str>) {
    let mut plan = settlement(store, Some("c1"), None, "waiting");
    plan.outcomes.push(OpOutcome { key: OpKey::new(op), status, reason: None, contact: contact.map(id) });
    store.settle(&[plan], &watchers(), NOW_MS).unwrap();
}

#[test]
fn an_op_is_open_until_something_certain_is_known_of_it() {
    // Scenarios 83 and 84.
    let mut store = store();
    let mut intent = create("op1", "c1", "Ann");
    intent.after = Aftermath { status: Some(LinkStatus::Active), ..Aftermath::default() };
    store.intend(std::slice::from_ref(&intent), &[], NOW_MS).unwrap();
    let open = store.open_intents(&connection()).unwrap();
    assert_eq!((&open[0].intent, open[0].status), (&intent, None));
    close(&mut store, "op1", OpStatus::Unknown, None);
    let open = store.open_intents(&connection()).unwrap();
    assert_eq!((&open[0].intent, open[0].status), (&intent, Some(OpStatus::Unknown)));
    close(&mut store, "op1", OpStatus::Found, Some("g1"));
    assert!(store.open_intents(&connection()).unwrap().is_empty());
    let writes = store.writes_of(&run(), 10, 0).unwrap();
    assert_eq!(writes[0].outcome, Some(OpStatus::Found));
    assert_eq!((writes[0].contact.as_ref(), writes[0].kind), (Some(&id("g1")), WriteKind::Create));
    store.integrity().unwrap();
}

#[test]
fn an_op_is_never_settled_twice() {
    let mut store = store();
    store.intend(&[create("op1", "c1", "Ann")], &[], NOW_MS).unwrap();
    close(&mut store, "op1", OpStatus::NotApplied, None);
    let mut plan = settlement(&store, Some("c1"), None, "in_sync");
    let again = OpOutcome { key: OpKey::new("op1"), status: OpStatus::Applied, reason: None, contact: None };
    plan.outcomes.push(again);
    assert!(matches!(store.settle(&[plan], &[], NOW_MS), Err(StateError::NotOpen { .. })));
}

#[test]
fn an_op_key_is_never_used_twice() {
    let mut store = store();
    store.intend(&[create("op1", "c1", "Ann")], &[], NOW_MS).unwrap();
    assert!(store.intend(&[create("op2", "c1", "Ann"), create("op1", "c1", "Ann")], &[], NOW_MS).is_err());
    assert_eq!(store.open_intents(&connection()).unwrap().len(), 1, "nothing of the second batch");
}

#[test]
fn half_of_a_pair_that_is_known_is_told_with_the_half_that_is_not() {
    let mut store = store();
    let both_sides = [update("op1", "c1", "A", "B"), create("op2", "c1", "B")];
    store.intend(&both_sides, &[], NOW_MS).unwrap();
    assert!(store.open_intents(&connection()).unwrap().iter().all(|open| open.other_side.is_none()));
    close(&mut store, "op1", OpStatus::Rejected, None);
    let open = store.open_intents(&connection()).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].intent.key.as_str(), open[0].other_side), ("op2", Some(OpStatus::Rejected)));
}

#[test]
fn the_history_tells_who_was_written_last_and_by_which_run() {
    let mut store = store();
    for (op, run_name, before, after, status) in [
        ("op1", "run-1", "A", "B", OpStatus::Applied),
        ("op2", "run-2", "B", "C", OpStatus::Applied),
        ("op3", "run-3", "C", "D", OpStatus::Rejected),
    ] {
        if run_name != "run-1" {
            store.begin_run(&RunId::new(run_name), "sync", NOW_MS).unwrap();
        }
        let intent = Intent { run: RunId::new(run_name), ..update(op, "c1", before, after) };
        store.intend(&[intent], &[], NOW_MS).unwrap();
        close(&mut store, op, status, Some("c1"));
    }
    let last = store.last_write(&app(LEFT), &id("c1"), &"name".into()).unwrap().unwrap();
    assert_eq!((last.run.as_str(), last.change.after.as_text()), ("run-2", Some("C")));
    assert_eq!(store.last_write(&app(LEFT), &id("c1"), &"phone".into()).unwrap(), None);
    assert_eq!(store.last_write(&app(RIGHT), &id("c1"), &"name".into()).unwrap(), None);
    let writes = store.writes_of(&RunId::new("run-3"), 10, 0).unwrap();
    assert_eq!((writes.len(), writes[0].outcome), (1, Some(OpStatus::Rejected)));
}

#[test]
fn a_renamed_contact_keeps_its_history_and_its_open_ops() {
    let mut store = store();
    note(&mut store, LEFT, &[live("c1", "A", None, &[])]);
    store.intend(&[update("op1", "c1", "A", "B")], &[], NOW_MS).unwrap();
    close(&mut store, "op1", OpStatus::Applied, Some("c1"));
    store.intend(&[create("op2", "c1", "B")], &[], NOW_MS).unwrap();
    note(&mut store, LEFT, &[renamed("c1", live("c9", "B", None, &[]))]);
    assert!(store.last_write(&app(LEFT), &id("c9"), &"name".into()).unwrap().is_some());
    let open = store.open_intents(&connection()).unwrap();
    assert_eq!(open[0].intent.ids, named(Some("c9"), None));
}

#[test]
fn writes_come_in_pages_in_the_order_they_were_intended() {
    let mut store = store();
    let intents: Vec<Intent> = (0..5).map(|n| create(&format!("op{n}"), "c1", "Ann")).collect();
    store.intend(&intents, &[], NOW_MS).unwrap();
    let keys = |max, offset| -> Vec<String> {
        let writes = store.writes_of(&run(), max, offset).unwrap();
        writes.iter().map(|write| write.key.to_string()).collect()
    };
    assert_eq!(keys(2, 0), ["op0", "op1"]);
    assert_eq!(keys(2, 4), ["op4"]);
    let pending = store.writes_of(&run(), 1, 0).unwrap();
    assert_eq!(pending[0].outcome, None);
}

#[test]
fn a_run_without_an_end_was_interrupted() {
    let mut store = store();
    assert_eq!(store.run(&run()).unwrap().unwrap().status(), "interrupted");
    let report = serde_json::json!({ "linked": 3 });
    store.end_run(&run(), "attention", NOW_MS + 9, &report).unwrap();
    let ended = store.run(&run()).unwrap().unwrap();
    assert_eq!(ended.status(), "attention");
    assert_eq!(ended.ended.unwrap().report, report);
    store.begin_run(&RunId::new("run-2"), "resync", NOW_MS + 10).unwrap();
    let runs = store.runs(10).unwrap();
    assert_eq!(runs.iter().map(|row| row.run.as_str()).collect::<Vec<_>>(), ["run-2", "run-1"]);
    assert_eq!(store.runs(1).unwrap().len(), 1);
    assert_eq!(store.run(&RunId::new("run-3")).unwrap(), None);
}

#[test]
fn a_link_is_stored_before_the_write_that_would_part_its_addresses() {
    let mut store = store();
    let bind = syntony_state::Bind { connection: connection(), ids: both("c1", "g1") };
    let intended = store.intend(&[update("op1", "c1", "A", "B")], &[bind], NOW_MS).unwrap();
    assert_eq!(intended.linked, 1);
    assert!(store.link_of(&connection(), Side::Right, &id("g1")).unwrap().is_some());
}

#[test]
fn another_account_is_noticed_and_configuration_is_remembered() {
    let mut store = store();
    assert_eq!(store.account(&app(LEFT)).unwrap(), None);
    store.set_account(&app(LEFT), &AccountId::new("org-1")).unwrap();
    store.set_account(&app(LEFT), &AccountId::new("org-2")).unwrap();
    assert_eq!(store.account(&app(LEFT)).unwrap(), Some(AccountId::new("org-2")));
    assert_eq!(store.fingerprint(&connection(), "rules").unwrap(), None);
    store.set_fingerprint(&connection(), "rules", "one").unwrap();
    store.set_fingerprint(&connection(), "rules", "two").unwrap();
    assert_eq!(store.fingerprint(&connection(), "rules").unwrap().as_deref(), Some("two"));
    assert_eq!(store.fingerprint(&connection(), "mappings").unwrap(), None);
}

#[test]
fn no_value_of_a_contact_is_in_an_error() {
    let secret = "Ann O'Neill";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("syntony.db");
    let mut store = Store::open(&path).unwrap();
    crate::world::prepare(&mut store);
    note(&mut store, LEFT, &[live("c1", secret, None, &["ann@x.com"])]);
    // A text that is no record, with the value in it: what a parser would quote.
    let vandal = rusqlite::Connection::open(&path).unwrap();
    vandal.execute("UPDATE contact SET content = '{\"fields\": \"Ann O''Neill\"}'", ()).unwrap();
    let error = store.contact(&app(LEFT), &id("c1")).unwrap_err();
    assert!(matches!(&error, StateError::Unreadable { .. }), "{error:?}");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains("Neill"), "{text}");
    }
}
