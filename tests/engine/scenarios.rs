//! Scenarios of two-way contact sync, end to end but for the network; named by the danger.

use crate::world::{World, drift, google, lines, only, text};
use syntony::report::Status;
use syntony::run::{Mode, Permission};
use syntony_connectors::memory::Fault;
use syntony_core::value::Value;

const GOOGLE: &[&str] =
    &["names.givenName", "names.familyName", "emailAddresses", "phoneNumbers", "organizations.title"];
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
    world.google.add(google(
        ("María del Carmen", "O'Neill"),
        &["maria@x.com", "m@y.com"],
        &["+32471234567", "+3222222222"],
        "CEO",
    ));
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
    world
        .google
        .edit(&first, |fields| drop(fields.insert("emailAddresses".into(), Value::texts(["other@x.com"]))));
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
    assert_eq!(
        (report.status, report.failures.len(), report.in_sync),
        (Status::Partial, 1, 19),
        "{report:#?}"
    );
    let report = world.assert_quiet().await;
    assert_eq!((report.status, report.failures.len()), (Status::Partial, 1));
    let report = world.run(Mode::Resync, Permission::Guarded).await.report;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 20), "{report:#?}");
}

/// Scenario 84.
#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_is_lost_leaves_one_contact() {
    for fault in
        [Fault::TimeoutAfter, Fault::TimeoutBefore, Fault::LostAnswer, Fault::FalseStale, Fault::Transient]
    {
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
        .map(|number| {
            world.google.add(google(("P", &number.to_string()), &[&format!("p{number}@x.com")], &[], ""))
        })
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

/// Scenario 65.
#[tokio::test(start_paused = true)]
async fn a_merge_keeps_one_link_and_tags_nobody_as_deleted() {
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    let anna = world.google.add(google(("Anna", "Lee"), &["anna@x.com"], &[], ""));
    world.sync().await;
    world.google.merge(&anna, &ann);
    let report = world.sync().await;
    assert_eq!((report.apps["chat"].tagged, report.excluded["merge_counterpart"]), (0, 1), "{report:#?}");
    assert_eq!(world.drift.dump().len(), 2);
    world.assert_quiet().await;

    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.sync().await;
    let free = world.google.add(google(("Annie", "Lee"), &[], &[], "CEO"));
    world.google.merge(&ann, &free);
    let report = world.sync().await;
    assert_eq!(report.merged, 1, "{report:#?}");
    assert_eq!(world.drift.dump().len(), 1);
    world.assert_quiet().await;
}

/// Scenario 13.
#[tokio::test(start_paused = true)]
async fn an_address_that_another_contact_has_is_reported_and_the_rest_syncs() {
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.google.add(google(("Joe", "Doe"), &["joe@x.com"], &[], ""));
    world.sync().await;
    world.google.edit(&ann, |fields| {
        fields.insert("emailAddresses".into(), Value::texts(["joe@x.com"]));
        fields.insert("organizations.title".into(), text("CEO"));
    });
    let report = world.sync().await;
    assert_eq!((report.status, report.conflicts), (Status::Attention, 1), "{report:#?}");
    assert_eq!(
        lines(&world.drift, DRIFT),
        [r#""Ann Lee" "ann@x.com" null "CEO""#, r#""Joe Doe" "joe@x.com" null null"#]
    );
    world.assert_quiet().await;
}

/// Scenario 14.
#[tokio::test(start_paused = true)]
async fn an_emptied_address_suspends_the_link_and_a_refilled_one_goes_on() {
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.sync().await;
    world.google.edit(&ann, |fields| {
        fields.insert("emailAddresses".into(), Value::List(Vec::new()));
        fields.insert("organizations.title".into(), text("CEO"));
    });
    let report = world.assert_quiet().await;
    assert_eq!(report.excluded["email_emptied"], 1, "{report:#?}");
    world
        .google
        .edit(&ann, |fields| drop(fields.insert("emailAddresses".into(), Value::texts(["ann@y.com"]))));
    world.sync().await;
    assert_eq!(lines(&world.drift, DRIFT), [r#""Ann Lee" "ann@y.com" null "CEO""#]);
    world.assert_quiet().await;
}

/// Scenarios 6 and 7.
#[tokio::test(start_paused = true)]
async fn whoever_has_no_address_or_no_rule_is_left_alone() {
    let mut world = World::plain();
    world.google.add(google(("No", "Address"), &[], &["+32471234567"], ""));
    let report = world.assert_quiet().await;
    assert_eq!(report.excluded["no_email"], 1);

    let mut world = World::plain();
    for number in 0..40 {
        let title = if number < 4 { "CEO" } else { "" };
        world.google.add(google(("P", &number.to_string()), &[&format!("p{number}@x.com")], &[], title));
    }
    world.policy.rules = vec![syntony_core::policy::Rule {
        key: "bosses".into(),
        from: syntony_core::side::Side::Left,
        when: vec![syntony_core::policy::Condition::Field(
            "organizations.title".into(),
            syntony_core::policy::Test::OneOf(vec![text("ceo")]),
        )],
        then: Vec::new(),
    }];
    let report = world.sync().await;
    assert_eq!((report.apps["google"].read, report.apps["chat"].created), (40, 4), "{report:#?}");
    assert_eq!(report.excluded["no_rule"], 36);
    world.assert_quiet().await;
}

/// Scenario 79.
#[tokio::test(start_paused = true)]
async fn the_same_new_person_on_both_sides_is_linked_and_not_created_twice() {
    let mut world = World::plain();
    world.sync().await;
    world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], "CEO"));
    world.drift.add(drift("Ann Lee", "ann@x.com", "+32471234567", ""));
    let report = world.sync().await;
    assert_eq!(
        (report.linked, world.google.dump().len(), world.drift.dump().len()),
        (1, 1, 1),
        "{report:#?}"
    );
    world.assert_quiet().await;
}

/// Invariant 16: exactly the plan is carried out; whose world moved is left out.
#[tokio::test(start_paused = true)]
async fn a_plan_is_carried_out_as_it_was_shown_or_not_at_all() {
    use syntony::run::Depth;
    let mut world = World::plain();
    let ann = world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.google.add(google(("Joe", "Doe"), &["joe@x.com"], &[], ""));
    let plan = world.run(Mode::Plan(Depth::Changes), Permission::Guarded).await;
    assert_eq!((plan.fingerprints.len(), world.writes()), (2, 0));
    world.google.edit(&ann, |fields| drop(fields.insert("organizations.title".into(), text("CEO"))));
    world.google.add(google(("Late", "Comer"), &["late@x.com"], &[], ""));
    world.only = Some(plan.fingerprints);
    let ran = world.run(Mode::Sync, Permission::Guarded).await;
    assert_eq!((ran.left_out, ran.report.status), (1, Status::Attention), "{:#?}", ran.report);
    assert_eq!(lines(&world.drift, &["email"]), [r#""joe@x.com""#]);
    world.only = None;
    world.sync().await;
    assert_eq!(world.drift.dump().len(), 3);
    world.assert_quiet().await;
}

/// Scenario 85.
#[tokio::test(start_paused = true)]
async fn refused_credentials_stop_the_run_and_lose_nothing() {
    let mut world = World::plain();
    world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.drift.script(Fault::Auth);
    let report = world.sync().await;
    assert_eq!(report.status, Status::Stopped);
    assert!(report.reason.is_some_and(|reason| reason.contains("chat")));
    let report = world.sync().await;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{report:#?}");
}

#[tokio::test(start_paused = true)]
async fn another_account_behind_the_same_name_stops_before_any_write() {
    let mut world = World::plain();
    world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], ""));
    world.sync().await;
    world.google.set_account("somebody else".into());
    world.credentials = "another token".to_owned();
    let report = world.sync().await;
    assert_eq!(report.status, Status::Stopped, "{report:#?}");
    assert!(!report.guard.is_empty());
    let report = world.run(Mode::Sync, Permission::Given).await.report;
    assert_eq!(report.status, Status::Ok, "{report:#?}");
}
