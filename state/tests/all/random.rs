//! Random histories: whatever is observed, linked, written and settled in whatever order, what is stored
//! agrees with itself and with a few simple truths.

use crate::world::{
    LEFT, NOW_MS, RIGHT, app, both, connection, create, deleted, id, live, merged, prepare, renamed,
    try_settlement, unclear, watchers,
};
use proptest::prelude::*;
use syntony_core::ids::{MappingKey, OpKey};
use syntony_core::observe::{Coverage, Observation};
use syntony_core::side::{Side, Sides};
use syntony_state::{Bind, OpOutcome, OpStatus, Staged, StateError, Store};

/// Few contacts, so that they meet often.
const CONTACTS: u8 = 4;

#[derive(Clone, Debug)]
enum Event {
    Look { right: bool, who: u8, how: Sight },
    List { right: bool, complete: bool, who: Vec<u8> },
    Link { left: u8, right: u8 },
    Judge { left: Option<u8>, right: Option<u8>, link: bool },
    Create { left: u8, answer: u8, status: u8 },
    Repoint { right: bool, from: u8, to: u8 },
    Unlink { left: u8, right: u8 },
    Crash { commits: u64 },
}

#[derive(Clone, Debug)]
enum Sight {
    Live { name: u8, order: Option<u8>, key: u8 },
    Renamed { from: u8 },
    Deleted,
    Merged { into: u8 },
    Unknown,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let who = || 0..CONTACTS;
    let sight = prop_oneof![
        4 => (0..3u8, proptest::option::of(0..4u8), who())
            .prop_map(|(name, order, key)| Sight::Live { name, order, key }),
        1 => who().prop_map(|from| Sight::Renamed { from }),
        1 => Just(Sight::Deleted),
        1 => who().prop_map(|into| Sight::Merged { into }),
        1 => Just(Sight::Unknown),
    ];
    let maybe = || proptest::option::of(0..CONTACTS);
    let event = prop_oneof![
        6 => (any::<bool>(), who(), sight).prop_map(|(right, who, how)| Event::Look { right, who, how }),
        2 => (any::<bool>(), any::<bool>(), proptest::collection::vec(who(), 0..5))
            .prop_map(|(right, complete, who)| Event::List { right, complete, who }),
        2 => (who(), who()).prop_map(|(left, right)| Event::Link { left, right }),
        4 => (maybe(), maybe(), any::<bool>()).prop_map(|(left, right, link)| Event::Judge { left, right, link }),
        3 => (who(), who(), 0..7u8).prop_map(|(left, answer, status)| Event::Create { left, answer, status }),
        1 => (any::<bool>(), who(), who()).prop_map(|(right, from, to)| Event::Repoint { right, from, to }),
        1 => (who(), who()).prop_map(|(left, right)| Event::Unlink { left, right }),
        1 => (0..3u64).prop_map(|commits| Event::Crash { commits }),
    ];
    proptest::collection::vec(event, 0..60)
}

fn name(right: bool, who: u8) -> String {
    format!("{}{who}", if right { 'g' } else { 'c' })
}

fn app_of(right: bool) -> &'static str {
    if right { RIGHT } else { LEFT }
}

fn staged(right: bool, who: u8, how: &Sight) -> Staged {
    let contact = name(right, who);
    let record = |name: u8, order: Option<u8>, key: u8| {
        live(&contact, &format!("n{name}"), order.map(i64::from), &[&format!("k{key}@x.com")])
    };
    match how {
        Sight::Live { name, order, key } => record(*name, *order, *key),
        Sight::Renamed { from } => renamed(&name(right, *from), record(0, None, 0)),
        Sight::Deleted => deleted(&contact),
        Sight::Merged { into } => merged(&contact, &name(right, *into)),
        Sight::Unknown => unclear(&contact, Observation::Unknown),
    }
}

fn status(number: u8) -> OpStatus {
    [
        OpStatus::Applied,
        OpStatus::Stale,
        OpStatus::Rejected,
        OpStatus::Deferred,
        OpStatus::Unknown,
        OpStatus::NotApplied,
        OpStatus::Found,
    ][usize::from(number)]
}

fn apply(store: &mut Store, event: &Event, op: usize) -> Result<(), StateError> {
    match event {
        Event::Look { right, who, how } => {
            store.note(&app(app_of(*right)), &[staged(*right, *who, how)], &watchers(), NOW_MS)?;
        }
        Event::List { right, complete, who } => {
            let app = app(app_of(*right));
            store.clear_staged(&app)?;
            for who in who {
                store
                    .stage(&app, &[staged(*right, *who, &Sight::Live { name: 1, order: None, key: *who })])?;
            }
            let coverage = if *complete { Coverage::Everything } else { Coverage::Changes };
            store.observe(&app, coverage, None, &watchers(), NOW_MS)?;
        }
        Event::Link { left, right } => {
            let ids = both(&name(false, *left), &name(true, *right));
            store.intend(&[], &[Bind { connection: connection(), ids }], NOW_MS)?;
        }
        Event::Judge { left, right, link } => {
            let (left, right) = (left.map(|who| name(false, who)), right.map(|who| name(true, who)));
            if left.is_none() && right.is_none() {
                return Ok(());
            }
            let mut plan = try_settlement(store, left.as_deref(), right.as_deref(), "in_sync")?;
            if let (true, Some(left), Some(right)) = (link, &left, &right) {
                plan.bind = Some(both(left, right));
                plan.base.push((MappingKey::new("name"), Sides::default()));
            }
            store.settle(&[plan], &watchers(), NOW_MS)?;
        }
        Event::Create { left, answer, status: number } => {
            let (left, answer) = (name(false, *left), name(true, *answer));
            let key = format!("op{op}");
            store.intend(&[create(&key, &left, "Ann")], &[], NOW_MS)?;
            let mut plan = try_settlement(store, Some(&left), None, "waiting")?;
            let status = status(*number);
            let applied = matches!(status, OpStatus::Applied | OpStatus::Found);
            let contact = applied.then(|| id(&answer));
            plan.outcomes.push(OpOutcome { key: OpKey::new(key), status, reason: None, contact });
            if applied {
                plan.seen.push((app(RIGHT), live(&answer, "Ann", None, &["k1@x.com"])));
                plan.bind = Some(both(&left, &answer));
            }
            store.settle(&[plan], &watchers(), NOW_MS)?;
        }
        Event::Repoint { right, from, to } => {
            let side = if *right { Side::Right } else { Side::Left };
            let (from, to) = (id(&name(*right, *from)), id(&name(*right, *to)));
            store.repoint(&connection(), side, &from, &to, NOW_MS)?;
        }
        Event::Unlink { left, right } => {
            store.unbind(&connection(), &both(&name(false, *left), &name(true, *right)))?;
        }
        // The next event is cut off.
        Event::Crash { .. } => {}
    }
    Ok(())
}

/// Each contact's link is the same seen from both of its ends.
fn links_agree(store: &Store) {
    let links = store.links(&connection(), None, 1000).unwrap();
    for link in &links {
        for side in Side::BOTH {
            let found = store.link_of(&connection(), side, &link.ids[side]).unwrap();
            assert_eq!(found.as_ref(), Some(link));
            let mut ids = Sides::default();
            ids[side] = Some(link.ids[side].clone());
            assert_eq!(store.load_pair(&connection(), &ids).unwrap().link.as_ref(), Some(&link.link));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_history_makes_the_state_contradict_itself(events in events()) {
        let mut store = Store::open_in_memory().unwrap();
        prepare(&mut store);
        let mut crash = None;
        for (op, event) in events.iter().enumerate() {
            let before = store.links(&connection(), None, 1000).unwrap();
            if let Some(commits) = crash.take() {
                store.fail_after_commits(commits);
            }
            match apply(&mut store, event, op) {
                Ok(()) | Err(StateError::Interrupted) => store.revive(),
                Err(error) => panic!("{event:?}: {error}"),
            }
            if let Event::Crash { commits } = event {
                crash = Some(*commits);
            }
            // A link is permanent: only what is meant to takes one apart.
            if !matches!(event, Event::Unlink { .. }) {
                let after = store.links(&connection(), None, 1000).unwrap();
                let numbers: Vec<_> = after.iter().map(|link| link.link.id).collect();
                prop_assert!(before.iter().all(|link| numbers.contains(&link.link.id)));
            }
        }
        store.integrity().unwrap();
        links_agree(&store);
    }

    #[test]
    fn the_newest_record_stays_in_whatever_order_they_come(
        orders in proptest::collection::vec(0..20i64, 1..12),
        listed in any::<bool>(),
    ) {
        let mut store = Store::open_in_memory().unwrap();
        prepare(&mut store);
        for order in &orders {
            let seen = [live("c1", &format!("n{order}"), Some(*order), &[])];
            if listed {
                store.stage(&app(LEFT), &seen).unwrap();
            } else {
                store.note(&app(LEFT), &seen, &watchers(), NOW_MS).unwrap();
            }
        }
        store.observe(&app(LEFT), Coverage::Changes, None, &watchers(), NOW_MS).unwrap();
        let newest = orders.iter().max().map(|order| format!("n{order}"));
        prop_assert_eq!(crate::world::name_of(&store, LEFT, "c1"), newest);
    }
}
