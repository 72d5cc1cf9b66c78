//! The run itself: plans that are carried out, accounts that are not the ones of last time.

use crate::world::{World, google, lines, text};
use syntony::report::Status;
use syntony::run::{Depth, Mode, Permission};

/// Invariant 16: exactly the plan is carried out; whose world moved is left out.
#[tokio::test(start_paused = true)]
async fn a_plan_is_carried_out_as_it_was_shown_or_not_at_all() {
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
