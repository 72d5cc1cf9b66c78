//! What the guard must not let past, whatever happens around it.

use crate::world::{World, drift, drift_traits, google, google_traits, text};
use std::time::Duration;
use syntony::report::Status;
use syntony::run::{Depth, Mode, Permission};
use syntony_connectors::memory::{self, Fault, Traits};
use syntony_core::value::Value;

/// A world of so many linked people.
async fn linked(people: usize) -> World {
    let mut world = World::plain();
    for number in 0..people {
        let email = format!("p{number}@x.com");
        world.google.add(google(("P", &number.to_string()), &[&email], &[], "CEO"));
    }
    let report = world.sync().await;
    assert_eq!(report.in_sync, people as u64, "{report:#?}");
    world
}

fn empty_every_title(world: &World) {
    for id in world.google.dump().into_keys() {
        world.google.edit(&id, |fields| drop(fields.insert("organizations.title".into(), Value::Null)));
    }
}

#[tokio::test(start_paused = true)]
async fn another_accounts_contacts_are_not_even_read() {
    let mut world = World::plain();
    world.drift.add(drift("Joe", "joe@x.com", "", ""));
    world.sync().await;
    let staging = memory::App::new("staging", drift_traits(), 9);
    staging.set_account("staging".into());
    staging.add(drift("Stranger", "stranger@staging.com", "", ""));
    let own = std::mem::replace(&mut world.drift, staging);
    world.credentials = "the token of another account".to_owned();
    for mode in [Mode::Sync, Mode::Plan(Depth::Changes), Mode::Resync] {
        let report = world.run(mode, Permission::Guarded).await.report;
        assert_eq!(report.status, Status::Stopped, "{mode:?} {report:#?}");
        assert!(report.reason.is_some_and(|reason| !reason.contains("syntony plan")));
    }
    world.drift = own;
    world.credentials = "a token".to_owned();
    world.sync().await;
    assert_eq!(world.google.dump().len(), 1, "a stranger was created");
}

/// Scenario 63: not in the first run, and not in the next one either.
#[tokio::test(start_paused = true)]
async fn a_listing_that_was_not_believed_is_not_believed_later() {
    let mut world = linked(30).await;
    let empty = memory::App::new("google", google_traits(), 5);
    let own = std::mem::replace(&mut world.google, empty);
    world.google.expire_cursors();
    for _ in 0..3 {
        let report = world.sync().await;
        assert_eq!(report.status, Status::Stopped, "{report:#?}");
    }
    // The account is itself again: one listing clears the doubt.
    world.google = own;
    let report = world.sync().await;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 30), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn yes_releases_what_was_shown_and_nothing_else() {
    let mut world = linked(30).await;
    world.google.set_account("another account".into());
    world.credentials = "another token".to_owned();
    assert_eq!(world.sync().await.status, Status::Stopped);
    let before = world.writes();
    empty_every_title(&world);
    let report = world.run(Mode::Sync, Permission::Given).await.report;
    assert_eq!((report.status, world.writes()), (Status::Stopped, before), "{report:#?}");
    // Now both were shown.
    let report = world.run(Mode::Sync, Permission::Given).await.report;
    assert_eq!((report.status, report.apps["chat"].updated), (Status::Ok, 30), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_arrives_during_a_run_passes_the_guard_too() {
    let mut world = World::new(google_traits(), Traits { feed_lag_ms: 30_000, ..drift_traits() }, 1);
    for number in 0..30 {
        let email = format!("p{number}@x.com");
        world.google.add(google(("P", &number.to_string()), &[&email], &[], "CEO"));
    }
    world.sync().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let linked = world.google.dump();
    world.google.add(google(("Late", "Comer"), &["late@x.com"], &[], "CEO"));
    world.drift.script(Fault::TimeoutAfter);
    // The run waits for the lost create to become visible; meanwhile somebody empties a field everywhere.
    let book = world.google.clone();
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        for id in linked.keys() {
            book.edit(id, |fields| drop(fields.insert("organizations.title".into(), Value::Null)));
        }
    };
    let (report, ()) = tokio::join!(world.sync(), meanwhile);
    assert_eq!(report.status, Status::Stopped, "{report:#?}");
    let titles = world.drift.dump().into_values().filter(|record| !record.fields["title"].is_empty());
    assert_eq!(titles.count(), 31);
}

/// Scenario 32, with the guard in between.
#[tokio::test(start_paused = true)]
async fn a_configuration_that_the_guard_stopped_forgets_no_base() {
    let mut world = linked(30).await;
    let good = world.policy.clone();
    world.policy.mappings.retain(|mapping| mapping.key.as_str() != "title");
    world.policy.rules.clear();
    world.policy.rules.push(syntony_core::policy::Rule {
        key: "nobody".into(),
        from: syntony_core::side::Side::Left,
        when: vec![syntony_core::policy::Condition::HasTag("never".into())],
        then: Vec::new(),
    });
    assert_eq!(world.sync().await.status, Status::Stopped);
    world.policy = good;
    let chat = world.drift.dump().into_keys().next().unwrap();
    world.drift.edit(&chat, |fields| drop(fields.insert("title".into(), text("CTO"))));
    world.drift.bump(&chat);
    let report = world.sync().await;
    assert_eq!((report.resolved, report.apps["google"].updated), (0, 1), "{report:#?}");
}
