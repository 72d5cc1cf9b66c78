//! A small world to test in: two apps, one connection, and short ways to say what was seen.

use syntony_core::ids::{AppName, ConnectionName, ContactId, EmailKey, OpKey, RunId};
use syntony_core::observe::{Change, Observation};
use syntony_core::op::{Because, Change as FieldChange, Mailing, Op, Target, Write};
use syntony_core::plan::Aftermath;
use syntony_core::record::{Evidence, Fields, Record, Version};
use syntony_core::side::{Side, Sides};
use syntony_core::value::Value;
use syntony_state::{Bind, Intent, Settlement, Staged, Standing, StateError, Store};

/// The left app, the right app, and their connection.
pub(crate) const LEFT: &str = "chat";
pub(crate) const RIGHT: &str = "google";
pub(crate) const CONNECTION: &str = "chat-google";
/// What time it is, unless a test says otherwise.
pub(crate) const NOW_MS: i64 = 1_000_000;

pub(crate) fn app(name: &str) -> AppName {
    AppName::new(name)
}

pub(crate) fn connection() -> ConnectionName {
    ConnectionName::new(CONNECTION)
}

pub(crate) fn apps() -> Sides<AppName> {
    Sides::new(app(LEFT), app(RIGHT))
}

pub(crate) fn id(text: &str) -> ContactId {
    ContactId::new(text)
}

pub(crate) fn key(text: &str) -> EmailKey {
    EmailKey::new(text)
}

/// Both sides of the connection watch their apps.
pub(crate) fn watchers() -> Vec<(ConnectionName, Side)> {
    vec![(connection(), Side::Left), (connection(), Side::Right)]
}

/// A store with the connection and a run that has begun.
pub(crate) fn store() -> Store {
    let mut store = Store::open_in_memory().unwrap();
    prepare(&mut store);
    store
}

pub(crate) fn prepare(store: &mut Store) {
    store.connect(&connection(), &apps()).unwrap();
    store.begin_run(&run(), "sync", NOW_MS).unwrap();
}

pub(crate) fn run() -> RunId {
    RunId::new("run-1")
}

/// A record with one field.
pub(crate) fn record(name: &str, order: Option<i64>) -> Record {
    Record {
        version: Version { tag: format!("etag-{order:?}"), order },
        fields: Fields::from([("name".into(), Value::text(name))]),
        ..Record::default()
    }
}

/// A contact that is there, with its e-mail keys.
pub(crate) fn live(contact: &str, name: &str, order: Option<i64>, keys: &[&str]) -> Staged {
    Staged {
        change: Change::live(contact, record(name, order)),
        keys: keys.iter().map(|text| key(text)).collect(),
    }
}

pub(crate) fn deleted(contact: &str) -> Staged {
    Staged { change: Change::gone(contact, Evidence::Tombstone), keys: Vec::new() }
}

pub(crate) fn merged(contact: &str, into: &str) -> Staged {
    Staged { change: Change::gone(contact, Evidence::MergedInto(id(into))), keys: Vec::new() }
}

pub(crate) fn unclear(contact: &str, what: Observation) -> Staged {
    Staged { change: Change { id: id(contact), previous_ids: Vec::new(), what }, keys: Vec::new() }
}

/// The same contact, known by another id before.
pub(crate) fn renamed(from: &str, mut staged: Staged) -> Staged {
    staged.change.previous_ids.push(id(from));
    staged
}

/// Looks at contacts of an app, outside any listing.
pub(crate) fn note(store: &mut Store, app_name: &str, seen: &[Staged]) -> syntony_state::Observed {
    store.note(&app(app_name), seen, &watchers(), NOW_MS).unwrap()
}

/// The name of a live contact.
pub(crate) fn name_of(store: &Store, app_name: &str, contact: &str) -> Option<String> {
    let contact = store.contact(&app(app_name), &id(contact)).unwrap()?;
    Some(contact.seen.live()?.fields.get("name")?.as_text()?.to_owned())
}

/// The queue as text: side and contact.
pub(crate) fn todo(store: &Store) -> Vec<String> {
    let items = store.todo_batch(&connection(), None, 1000).unwrap();
    items.iter().map(|item| format!("{:?} {}", item.side, item.contact)).collect()
}

/// Empties the queue.
pub(crate) fn empty_todo(store: &mut Store) {
    for item in store.todo_batch(&connection(), None, 100_000).unwrap() {
        let mut ids = Sides::default();
        ids[item.side] = Some(item.contact.clone());
        let mut settlement = Settlement::new(connection(), ids, Standing::new("in_sync", None), item.pos);
        settlement.done.push((item.side, item.contact));
        store.settle(&[settlement], &[], NOW_MS).unwrap();
    }
    assert_eq!(store.todo_count(&connection()).unwrap(), 0);
}

pub(crate) fn both(left: &str, right: &str) -> Sides<ContactId> {
    Sides::new(id(left), id(right))
}

pub(crate) fn named(left: Option<&str>, right: Option<&str>) -> Sides<Option<ContactId>> {
    Sides::new(left.map(id), right.map(id))
}

/// Links two contacts.
pub(crate) fn link(store: &mut Store, left: &str, right: &str) {
    let bind = Bind { connection: connection(), ids: both(left, right) };
    let intended = store.intend(&[], &[bind], NOW_MS).unwrap();
    assert_eq!(intended.collisions, []);
}

/// A verdict on a pair, with nothing queued left behind.
pub(crate) fn settlement(
    store: &Store,
    left: Option<&str>,
    right: Option<&str>,
    verdict: &str,
) -> Settlement {
    try_settlement(store, left, right, verdict).unwrap()
}

/// The same, of a store that may be interrupted.
pub(crate) fn try_settlement(
    store: &Store,
    left: Option<&str>,
    right: Option<&str>,
    verdict: &str,
) -> Result<Settlement, StateError> {
    let upto = store.todo_end()?;
    let mut settlement =
        Settlement::new(connection(), named(left, right), Standing::new(verdict, None), upto);
    settlement.done.extend(left.map(|left| (Side::Left, id(left))));
    settlement.done.extend(right.map(|right| (Side::Right, id(right))));
    Ok(settlement)
}

/// An intent to create a contact on the right for one on the left.
pub(crate) fn create(op: &str, left: &str, name: &str) -> Intent {
    let fields = Fields::from([("name".into(), Value::text(name))]);
    Intent {
        key: OpKey::new(op),
        run: run(),
        connection: connection(),
        app: app(RIGHT),
        ids: named(Some(left), None),
        op: Op {
            side: Side::Right,
            write: Write::Create {
                fields,
                tags: std::collections::BTreeSet::new(),
                mailing: Mailing::Allowed,
            },
            changes: vec![field_change(Value::Null, Value::text(name))],
        },
        after: Aftermath::default(),
        at_ms: NOW_MS,
    }
}

pub(crate) fn field_change(before: Value, after: Value) -> FieldChange {
    FieldChange {
        target: Target::Field("name".into()),
        before,
        after,
        because: Because::Mapping("name".into()),
    }
}
