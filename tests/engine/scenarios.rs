//! Scenarios of two-way contact sync, end to end but for the network; named by the danger.

use crate::world::{World, drift, google, lines, only, text};
use syntony::report::Status;
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::Fault;
use syntony_core::value::Value;

const GOOGLE: &[&str] = &["names.givenName", "names.familyName", "emailAddresses", "phoneNumbers", "organizations.title"];
const DRIFT: &[&str] = &["name", "email", "phone", "title"];

/// Scenarios 1, 3 and 9.
#[tokio::test(start_paused = true)]
async fn people_known_to_both_are_linked_and_not_created_again() {
    let mut world = World::plain();
    world.google.add(google(("Ann", "Lee"), &["Ann.Lee@X.com"], &["+32 471 23 45 67"], "CEO"));
    world.drift.add(drift("Ann Lee", "ann.lee@x.com", "+32471234567", "CFO"));
    let report = world.sync().await;
    assert_eq!((report.status, report.linked, report.resolved), (Status::Ok, 1, 1), "{report:#?}");
    assert_eq!(lines(&world.google, GOOGLE), [r#""Ann" "Lee" ["Ann.Lee@X.com"] ["+32 471 23 45 67"] "CEO""#]);
    assert_eq!(lines(&world.drift, DRIFT), [r#""Ann Lee" "ann.lee@x.com" "+32471234567" "CEO""#]);
    let report = world.assert_quiet().await;
    assert_eq!(report.in_sync, 1);
}

#[tokio::test(start_paused = true)]
async fn people_known_to_one_are_created_in_the_other() {
    let mut world = World::plain();
    world.google.add(google(("María del Carmen", "O'Neill"), &["maria@x.com", "m@y.com"], &["+32471234567", "+3222222222"], "CEO"));
    world.drift.add(drift("Joe van Vliet", "joe@x.com", "", ""));
    let report = world.sync().await;
    assert_eq!(report.status, Status::Ok, "{report:#?}");
    assert_eq!((report.apps["google"].created, report.apps["chat"].created), (1, 1));
    assert_eq!(
        lines(&world.google, GOOGLE),
        [
            r#""María del Carmen" "O'Neill" ["maria@x.com","m@y.com"] ["+32471234567","+3222222222"] "CEO""#,
            r#""Joe" "van Vliet" ["joe@x.com"] null null"#
        ]
    );
    assert_eq!(
        lines(&world.drift, DRIFT),
        [
            r#""Joe van Vliet" "joe@x.com" null null"#,
            r#""María del Carmen O'Neill" "maria@x.com" "+32471234567" "CEO""#
        ]
    );
    world.assert_quiet().await;
    world.assert_quiet().await;
}

/// Scenarios 18, 23 and 33.
#[tokio::test(start_paused = true)]
async fn edits_on_both_sides_survive_part_by_part() {
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &["+32471234567", "+3222222222"], ""));
    world.sync().await;
    let chat = only(&world.drift);
    world.google.edit(&ann, |fields| drop(fields.insert("names.givenName".into(), text("Anna"))));
    world.drift.edit(&chat, |fields| {
        fields.insert("name".into(), text("Ann Lee-Smith"));
        fields.insert("phone".into(), text("+32479999999"));
    });
    world.drift.bump(&chat);
    let report = world.sync().await;
    assert_eq!(report.status, Status::Ok, "{report:#?}");
    assert_eq!(
        lines(&world.google, GOOGLE),
        [r#""Anna" "Lee-Smith" ["ann@x.com"] ["+32479999999","+3222222222"] null"#]
    );
    assert_eq!(lines(&world.drift, DRIFT), [r#""Anna Lee-Smith" "ann@x.com" "+32479999999" null"#]);
    world.assert_quiet().await;
}

/// Scenarios 58, 60 and 61.
#[tokio::test(start_paused = true)]
async fn a_deletion_arrives_as_a_tag_and_a_return_takes_it_off() {
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.sync().await;
    world.google.delete(&ann);
    let report = world.sync().await;
    assert_eq!(report.apps["chat"].tagged, 1, "{report:#?}");
    assert_eq!(lines(&world.drift, DRIFT), [r#""Ann Lee" "ann@x.com" null null +PieSync Trash"#]);
    let report = world.assert_quiet().await;
    assert_eq!(report.excluded["counterpart_deleted"], 1);
    world.run(Mode::Resync, Permission::Guarded).await;
    assert_eq!(world.google.dump().len(), 0, "a deleted contact was created again");
    world.google.restore(&ann);
    world.sync().await;
    assert_eq!(lines(&world.drift, DRIFT), [r#""Ann Lee" "ann@x.com" null null"#]);
    world.assert_quiet().await;
}

/// Scenario 4.
#[tokio::test(start_paused = true)]
async fn two_contacts_with_one_address_are_held_until_a_person_parts_them() {
    let mut world = World::plain();
    let first = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.google.add(google(("Anna", "Lee"), &["ann@x.com"], &[], ""));
    world.drift.add(drift("Ann Lee", "ann@x.com", "", ""));
    for _ in 0..10 {
        let report = world.assert_quiet().await;
        assert_eq!((report.status, report.duplicates), (Status::Attention, 1), "{report:#?}");
    }
    world.google.edit(&first, |fields| drop(fields.insert("emailAddresses".into(), Value::texts(["other@x.com"]))));
    let report = world.sync().await;
    assert_eq!((report.status, report.duplicates, report.linked), (Status::Ok, 0, 2), "{report:#?}");
    world.assert_quiet().await;
}

/// Scenario 82.
#[tokio::test(start_paused = true)]
async fn one_refused_contact_does_not_stop_the_others() {
    let mut world = World::plain();
    for number in 0..20 {
        world.google.add(google(("P", &number.to_string()), &[&format!("p{number}@x.com")], &[], ""));
    }
    world.drift.script(Fault::Rejection);
    let report = world.sync().await;
    assert_eq!((report.status, report.failures.len(), report.in_sync), (Status::Partial, 1, 19), "{report:#?}");
    let report = world.assert_quiet().await;
    assert_eq!((report.status, report.failures.len()), (Status::Partial, 1));
    let report = world.run(Mode::Resync, Permission::Guarded).await.report;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 20), "{report:#?}");
}

/// Scenario 84.
#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_leaves_one_contact() {
    for fault in [Fault::TimeoutAfter, Fault::TimeoutBefore, Fault::LostAnswer, Fault::FalseStale, Fault::Transient] {
        let mut world = World::plain();
        world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], "CEO"));
        world.drift.add(drift("Joe Doe", "joe@x.com", "", "CFO"));
        world.drift.script(fault);
        world.google.script(fault);
        for _ in 0..3 {
            world.sync().await;
        }
        assert_eq!((world.google.dump().len(), world.drift.dump().len()), (2, 2), "{fault:?}");
        let report = world.assert_quiet().await;
        assert_eq!((report.status, report.in_sync), (Status::Ok, 2), "{fault:?} {report:#?}");
    }
}

/// Scenario 40.
#[tokio::test(start_paused = true)]
async fn a_value_that_is_too_long_fails_that_field_alone() {
    let mut world = World::plain();
    world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], &"x".repeat(41)));
    let report = world.sync().await;
    assert_eq!((report.status, report.failures.len()), (Status::Partial, 1), "{report:#?}");
    assert_eq!(lines(&world.drift, DRIFT), [r#""Ann Lee" "ann@x.com" null null"#]);
    world.assert_quiet().await;
}

/// Scenario 87.
#[tokio::test(start_paused = true)]
async fn an_expired_cursor_costs_one_listing_and_changes_nothing() {
    let mut world = World::plain();
    let ids: Vec<_> = (0..30)
        .map(|number| world.google.add(google(("P", &number.to_string()), &[&format!("p{number}@x.com")], &[], "")))
        .collect();
    world.sync().await;
    world.google.delete(&ids[3]);
    world.google.expire_cursors();
    let report = world.sync().await;
    assert_eq!((report.status, report.apps["chat"].tagged), (Status::Ok, 1), "{report:#?}");
    assert_eq!(world.drift.write_log().len(), 31);
    world.assert_quiet().await;
}

/// Scenario 63.
#[tokio::test(start_paused = true)]
async fn a_listing_that_is_suddenly_empty_or_short_stops_before_any_write() {
    for fault in [Fault::EmptyListing, Fault::ShortListing] {
        let mut world = World::plain();
        for number in 0..30 {
            world.google.add(google(("P", &number.to_string()), &[&format!("p{number}@x.com")], &[], ""));
        }
        world.sync().await;
        let before = world.writes();
        world.google.script(fault);
        let report = world.run(Mode::Resync, Permission::Guarded).await.report;
        assert_eq!(report.status, Status::Stopped, "{fault:?} {report:#?}");
        assert_eq!(world.writes(), before);
        let report = world.run(Mode::Resync, Permission::Guarded).await.report;
        assert_eq!((report.status, report.in_sync), (Status::Ok, 30), "{report:#?}");
        assert_eq!(world.writes(), before);
    }
}
