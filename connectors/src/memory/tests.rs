//! The in-memory vendor behaves like one: what lags, what lies, what it refuses.

use super::*;
use crate::contract::{Change, Connector, Coverage, Found, From, Next, Observation};
use crate::error::ConnectorError;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::task::{Context, Waker};
use std::time::Duration;
use syntony_core::ids::{ContactId, Cursor, FieldName, OpKey};
use syntony_core::op::{Mailing, Outcome, Write};
use syntony_core::record::{Evidence, Fields, Record};
use syntony_core::value::Value;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, text)| (FieldName::new(*name), Value::text(*text))).collect()
}

fn person(n: u32) -> Fields {
    let mut person = fields(&[("given", "Ann"), ("family", "Lee")]);
    person.insert("emails".into(), Value::texts([format!("ann{n}@example.test")]));
    person
}

/// All changes of one listing, and how it ended. At most a hundred pages.
async fn listing(connector: &MemoryConnector, from: From) -> (Vec<Change>, Cursor, Coverage) {
    let (mut all, mut from) = (Vec::new(), from);
    for _ in 0..100 {
        let page = connector.changes(&from).await.expect("a page");
        all.extend(page.changes);
        match page.next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return (all, cursor, coverage),
        }
    }
    panic!("the listing does not end");
}

fn ids(changes: &[Change]) -> BTreeSet<ContactId> {
    changes.iter().map(|change| change.id.clone()).collect()
}

fn update(id: &ContactId, fields: Fields, seen: &Record) -> Write {
    Write::Update {
        id: id.clone(),
        fields,
        add_tags: BTreeSet::new(),
        remove_tags: BTreeSet::new(),
        seen: Box::new(seen.clone()),
    }
}

async fn write_one(connector: &MemoryConnector, write: Write) -> Outcome {
    let outcomes = connector.write(vec![(OpKey::from("op"), write)]).await.expect("an answer");
    outcomes.into_iter().next().expect("one outcome").1
}

#[tokio::test(start_paused = true)]
async fn a_listing_in_pages_shows_all_and_its_cursor_nothing_twice() {
    let app = App::new("a", Traits::address_book(), 1);
    let everybody: BTreeSet<_> = (0..25).map(|n| app.add(person(n))).collect();
    let connector = app.connector();
    let (changes, cursor, coverage) = listing(&connector, From::Start).await;
    assert_eq!(ids(&changes), everybody);
    assert_eq!(coverage, Coverage::Everything);
    let (changes, _, coverage) = listing(&connector, From::Cursor(cursor)).await;
    assert_eq!(ids(&changes), BTreeSet::new());
    assert_eq!(coverage, Coverage::Changes);
}

#[tokio::test(start_paused = true)]
async fn a_write_lags_in_the_feed_and_shows_at_once_by_id() {
    // Scenario 81: the next poll shows the old value.
    let app = App::new("a", Traits { feed_lag_ms: 5_000, ..Traits::address_book() }, 1);
    let id = app.add(person(1));
    let connector = app.connector();
    assert_eq!(listing(&connector, From::Start).await.0, [], "a new contact lags too");
    tokio::time::advance(Duration::from_secs(6)).await;
    let (changes, cursor, _) = listing(&connector, From::Start).await;
    assert_eq!(ids(&changes), BTreeSet::from([id.clone()]));

    app.edit(&id, |fields| {
        fields.insert("given".into(), Value::text("Bea"));
    });
    let given = |record: &Record| record.fields["given"].to_plain();
    let Found::Live { record, .. } =
        &connector.fetch(std::slice::from_ref(&id)).await.expect("read")[0].found
    else {
        panic!("it is there");
    };
    assert_eq!(given(record), "Bea");
    let (changes, _, _) = listing(&connector, From::Start).await;
    let Observation::Live(record) = &changes[0].what else { panic!("it is there") };
    assert_eq!(given(record), "Ann", "the listing still shows the old value");
    assert_eq!(listing(&connector, From::Cursor(cursor.clone())).await.0, []);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(listing(&connector, From::Cursor(cursor)).await.0.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_is_told_by_tombstone_or_not_at_all() {
    for tombstones in [true, false] {
        let app = App::new("a", Traits { tombstones, ..Traits::address_book() }, 1);
        let id = app.add(person(1));
        let connector = app.connector();
        let cursor = listing(&connector, From::Start).await.1;
        app.delete(&id);
        let (changes, cursor, _) = listing(&connector, From::Cursor(cursor)).await;
        let told = tombstones.then(|| Change::gone(id.clone(), Evidence::Tombstone));
        assert_eq!(changes, Vec::from_iter(told));
        app.restore(&id);
        let (changes, ..) = listing(&connector, From::Cursor(cursor)).await;
        assert_eq!(ids(&changes), BTreeSet::from([id]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_seen_is_not_gone() {
    // Scenario 67.
    let app = App::new("a", Traits::address_book(), 1);
    let id = app.add(person(1));
    app.hide(&id);
    let connector = app.connector();
    assert_eq!(listing(&connector, From::Start).await.0, []);
    assert_eq!(connector.fetch(std::slice::from_ref(&id)).await.expect("read")[0].found, Found::Unknown);
    assert!(app.dump().contains_key(&id));
}

#[tokio::test(start_paused = true)]
async fn a_merge_names_its_survivor_everywhere() {
    // Scenario 65.
    let app = App::new("a", Traits::address_book(), 1);
    let (loser, survivor) = (app.add(person(1)), app.add(person(2)));
    let connector = app.connector();
    let cursor = listing(&connector, From::Start).await.1;
    assert!(app.merge(&loser, &survivor));
    let (changes, ..) = listing(&connector, From::Cursor(cursor)).await;
    assert_eq!(changes[0], Change::gone(loser.clone(), Evidence::MergedInto(survivor.clone())));
    assert_eq!(changes[1].previous_ids, std::slice::from_ref(&loser));
    assert_eq!(connector.fetch(&[loser]).await.expect("read")[0].found, Found::MergedInto(survivor));
}

#[tokio::test(start_paused = true)]
async fn a_discovering_app_shows_only_what_conversations_point_at() {
    let app = App::new("c", Traits::chat(), 1);
    let talker = app.add(fields(&[("email", "Talker@Example.test")]));
    let unseen = app.add_unseen(fields(&[("email", "unseen@example.test")]));
    let connector = app.connector();
    let (changes, cursor, coverage) = listing(&connector, From::Start).await;
    assert_eq!((ids(&changes), coverage), (BTreeSet::from([talker.clone()]), Coverage::Discovered));
    app.edit(&talker, |fields| {
        fields.insert("name".into(), Value::text("T"));
    });
    let (changes, cursor, _) = listing(&connector, From::Cursor(cursor)).await;
    assert_eq!(changes, [], "an edit points at nobody");
    app.bump(&unseen);
    let (changes, ..) = listing(&connector, From::Cursor(cursor)).await;
    assert_eq!(ids(&changes), BTreeSet::from([unseen]));
    let found = connector.find(&["talker@example.test".to_owned()]).await.expect("found");
    assert_eq!(ids(&found), BTreeSet::from([talker]), "found whatever the case");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let app = App::new("a", Traits { clears: false, ..Traits::address_book() }, 1);
    let id = app.add(person(1));
    let before = app.dump();
    let seen = before[&id].clone();
    let connector = app.connector();
    let one = |name: &str, value: Value| Fields::from([(FieldName::from(name), value)]);
    for (danger, change) in [
        ("an unknown field", one("shoe size", Value::text("42"))),
        ("another kind", one("birthday", Value::text("1990-01-01"))),
        ("one value into a list", one("emails", Value::text("x@example.test"))),
        ("too long", one("given", Value::text("x".repeat(81)))),
        ("read-only", one("created", Value::DateTime(0))),
        ("a clear where nothing can be cleared", one("given", Value::Null)),
        ("no e-mail address", one("emails", Value::texts(["nobody"]))),
    ] {
        let outcome = write_one(&connector, update(&id, change, &seen)).await;
        assert!(matches!(outcome, Outcome::Rejected(_)), "{danger}: {outcome:?}");
        assert_eq!(app.dump(), before, "{danger}");
    }
    let mut old = seen.clone();
    old.version.tag = "v0".to_owned();
    assert_eq!(write_one(&connector, update(&id, person(2), &old)).await, Outcome::Stale);
    assert_eq!(write_one(&connector, update(&"a-99".into(), person(2), &seen)).await, Outcome::Stale);
    assert_eq!((app.dump(), app.write_log()), (before, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_exactly_what_the_fault_says() {
    // Scenario 84: nobody can say, and both are possible.
    for (fault, applied) in [(Fault::TimeoutBefore, 0), (Fault::TimeoutAfter, 1)] {
        let app = App::new("a", Traits::address_book(), 1);
        app.script(fault);
        let create = Write::Create { fields: person(1), tags: BTreeSet::new(), mailing: Mailing::Allowed };
        assert_eq!(write_one(&app.connector(), create).await, Outcome::Unknown);
        assert_eq!((app.dump().len(), app.write_log().len(), app.scripted()), (applied, applied, 0));
    }
    let app = App::new("a", Traits::address_book(), 1);
    app.script(Fault::LostAnswer);
    let create = Write::Create { fields: person(1), tags: BTreeSet::new(), mailing: Mailing::Allowed };
    let error = app.connector().write(vec![("op".into(), create)]).await.expect_err("lost");
    assert!(error.is_retryable());
    assert_eq!(app.dump().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_page_fault_is_one_the_contract_allows() {
    for fault in [Fault::RepeatedPage, Fault::ReorderedPage, Fault::PartialRecord, Fault::UnreadableRecord] {
        let app = App::new("a", Traits { page_contacts: 2, ..Traits::address_book() }, 7);
        let everybody: BTreeSet<_> = (0..5).map(|n| app.add(person(n))).collect();
        app.script(fault);
        let (changes, ..) = listing(&app.connector(), From::Start).await;
        assert_eq!(ids(&changes), everybody, "{fault:?}");
        assert_eq!(app.scripted(), 0, "{fault:?} struck");
        let emptied = changes.iter().any(|change| match &change.what {
            Observation::Live(record) => record.fields.get("given").is_some_and(Value::is_empty),
            _ => false,
        });
        assert!(!emptied, "{fault:?}: what was not given is not empty");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lying_listing_claims_to_be_complete() {
    // Scenario 63.
    for (fault, shown) in [(Fault::EmptyListing, 0), (Fault::ShortListing, 12)] {
        let app = App::new("a", Traits { page_contacts: 3, ..Traits::address_book() }, 7);
        for n in 0..20 {
            app.add(person(n));
        }
        app.script(fault);
        let (changes, _, coverage) = listing(&app.connector(), From::Start).await;
        assert_eq!((changes.len(), coverage), (shown, Coverage::Everything), "{fault:?}");
        assert_eq!(listing(&app.connector(), From::Start).await.0.len(), 20, "{fault:?} struck once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_expires_by_age_by_hand_and_by_fault() {
    let app = App::new("a", Traits { cursor_lifetime_ms: Some(1_000), ..Traits::address_book() }, 1);
    let connector = app.connector();
    let check = |cursor: Cursor, from: &'static str| {
        let connector = &connector;
        async move {
            let answer = connector.changes(&From::Cursor(cursor)).await;
            assert!(matches!(answer, Err(ConnectorError::CursorExpired)), "{from}: {answer:?}");
        }
    };
    let cursor = listing(&connector, From::Start).await.1;
    check("not a cursor".into(), "foreign").await;
    tokio::time::advance(Duration::from_secs(2)).await;
    check(cursor, "age").await;
    let cursor = listing(&connector, From::Start).await.1;
    app.script(Fault::CursorExpired);
    check(cursor.clone(), "fault").await;
    app.expire_cursors();
    check(cursor, "hand").await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_cancelled_within_a_batch_leaves_a_part_of_it() {
    let app = App::new("a", Traits::address_book(), 1);
    let connector = app.connector();
    let batch: Vec<_> = (0..10)
        .map(|n| {
            (
                OpKey::from(format!("op{n}")),
                Write::Create { fields: person(n), tags: BTreeSet::new(), mailing: Mailing::Allowed },
            )
        })
        .collect();
    {
        let mut writing = Box::pin(connector.write(batch));
        for _ in 0..4 {
            assert!(writing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    }
    assert_eq!(app.dump().len(), 3);
    let under_way = app.lock().writers;
    assert_eq!((under_way, app.writers_peak()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_is_the_same_world() {
    let world = |seed| async move {
        let app = App::new("a", Traits::address_book(), seed);
        app.set_faults(Faults::none().with(Fault::Rejection, 30).with(Fault::TimeoutAfter, 30));
        let connector = app.connector();
        let mut outcomes = Vec::new();
        for n in 0..30 {
            let create =
                Write::Create { fields: person(n), tags: BTreeSet::new(), mailing: Mailing::Allowed };
            outcomes.push(write_one(&connector, create).await);
        }
        (outcomes, app.dump())
    };
    assert_eq!(world(7).await, world(7).await);
    assert_ne!(world(7).await, world(8).await);
}

#[tokio::test(start_paused = true)]
async fn every_form_is_stable() {
    let check = |form: Form, given: &str, kept: &str| {
        let forms = BTreeMap::from([("given".into(), form)]);
        let app = App::new("a", Traits { forms, ..Traits::address_book() }, 1);
        let once = app.connector().normalise(&"given".into(), &Value::text(given));
        assert_eq!(once.to_plain(), kept, "{form:?}");
        assert_eq!(app.connector().normalise(&"given".into(), &once), once, "{form:?} twice is once");
        let id = app.add(fields(&[("given", given)]));
        assert_eq!(app.dump()[&id].fields["given"], once, "{form:?} is what is kept");
    };
    check(Form::Trim, "  a  b ", "a  b");
    check(Form::LowerCase, " A@B.C ", "a@b.c");
    check(Form::SingleSpaces, " a \t b ", "a b");
    check(Form::Phone, "+32 (0)470-12.34.56", "+320 470 123 456");
    check(Form::Phone, "ext. 12", "ext. 12");
}

/// What somebody does in the vendor's pages. Numbers pick a contact.
#[derive(Clone, Debug)]
enum Act {
    Add,
    Edit(usize),
    Delete(usize),
    Restore(usize),
    Merge(usize, usize),
    Wait,
    Poll,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        2 => Just(Act::Add),
        3 => any::<usize>().prop_map(Act::Edit),
        1 => any::<usize>().prop_map(Act::Delete),
        1 => any::<usize>().prop_map(Act::Restore),
        1 => any::<(usize, usize)>().prop_map(|(a, b)| Act::Merge(a, b)),
        1 => Just(Act::Wait),
        2 => Just(Act::Poll),
    ];
    proptest::collection::vec(act, 1..40)
}

/// What a reader who does as the contract says knows of the app.
#[derive(Default)]
struct Mirror {
    cursor: Option<Cursor>,
    known: BTreeMap<ContactId, Record>,
}

impl Mirror {
    async fn poll(&mut self, connector: &MemoryConnector) {
        let from = self.cursor.take().map_or(From::Start, From::Cursor);
        let (changes, cursor, _) = listing(connector, from).await;
        for change in changes {
            match change.what {
                Observation::Live(record) => drop(self.known.insert(change.id, *record)),
                Observation::Gone(_) => drop(self.known.remove(&change.id)),
                other => panic!("{other:?}"),
            }
        }
        self.cursor = Some(cursor);
    }
}

async fn play(acts: &[Act], lag_ms: u64, page_contacts: usize, seed: u64) {
    let traits = Traits { feed_lag_ms: lag_ms, page_contacts, ..Traits::address_book() };
    let app = App::new("a", traits, seed);
    app.set_faults(Faults::none().with(Fault::RepeatedPage, 30).with(Fault::ReorderedPage, 50));
    let (connector, mut mirror, mut ids) = (app.connector(), Mirror::default(), Vec::new());
    for (n, act) in acts.iter().enumerate() {
        let pick = |at: &usize| ids.get(at % ids.len().max(1)).cloned();
        match act {
            Act::Add => ids.push(app.add(person(u32::try_from(n).expect("few")))),
            Act::Edit(at) => {
                pick(at).map(|id| {
                    app.edit(&id, |it| drop(it.insert("given".into(), Value::text(n.to_string()))))
                });
            }
            Act::Delete(at) => drop(pick(at).map(|id| app.delete(&id))),
            Act::Restore(at) => drop(pick(at).map(|id| app.restore(&id))),
            Act::Merge(a, b) => drop(pick(a).zip(pick(b)).map(|(a, b)| app.merge(&a, &b))),
            Act::Wait => tokio::time::advance(Duration::from_millis(700)).await,
            Act::Poll => mirror.poll(&connector).await,
        }
    }
    tokio::time::advance(Duration::from_millis(lag_ms + 1)).await;
    mirror.poll(&connector).await;
    assert_eq!(mirror.known, app.dump());
}

proptest! {
    /// The feed misses nothing and invents nothing, however it lags, repeats and reorders its pages.
    #[test]
    fn whoever_follows_the_feed_ends_with_what_the_vendor_holds(
        acts in acts(),
        lag_ms in prop_oneof![Just(0_u64), 1_u64..3_000],
        page_contacts in 1_usize..5,
        seed in any::<u64>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(play(&acts, lag_ms, page_contacts, seed));
    }
}
