//! What is written down of what came of an op: nothing that was done is forgotten, and nothing that a
//! person did passes for ours.

use crate::world::{World, drift, drift_traits, google, google_traits, lines, only, text};
use std::time::Duration;
use syntony::report::Status;
use syntony::run::{Depth, Mode, Permission};
use syntony_connectors::memory::{Fault, Traits};
use syntony_core::ids::{ContactId, Tag};
use syntony_core::policy::{Action, Condition, Effect, Mark, Rule};
use syntony_core::record::Subscription;
use syntony_core::side::Side;

const G: &[&str] = &["names.givenName", "emailAddresses", "organizations.title"];
const D: &[&str] = &["name", "email", "title"];
/// Longer than any lag of these worlds.
const LONG: Duration = Duration::from_secs(600);

fn put_on(tag: &str, on: Side, undo: bool) -> Action {
    Action { key: tag.into(), on, effect: Effect::AddTag(Tag::new(tag)), undo }
}

fn title(world: &World, id: &ContactId, title: &str) {
    assert!(world.google.edit(id, |fields| drop(fields.insert("organizations.title".into(), text(title)))));
}

/// Ann in both apps, in step, with the title CEO.
async fn ann_in_step(google: Traits, drift: Traits) -> (World, ContactId) {
    let mut world = World::new(google, drift, 1);
    let ann = world.google.add(self::google(("Ann", "Lee"), &["ann@x.com"], &[], "CEO"));
    world.sync().await;
    world.assert_quiet().await;
    (world, ann)
}

/// Both apps have something for the other, Drift's contact gets a tag, and Google's op ends so.
async fn tagged_while_google_fails(fault: Fault) -> World {
    let mut world = World::plain();
    world.policy.rules[0].then.push(put_on("Synced", Side::Right, true));
    world.google.add(google(("Ann", "Lee"), &["ann@x.com"], &[], "CEO"));
    world.drift.add(drift("Ann Lee", "ann@x.com", "+32471234567", ""));
    world.google.script(fault);
    world.sync().await;
    assert_eq!(world.google.scripted(), 0, "{fault:?}");
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO" +Synced"#], "{fault:?}");
    world
}

const FAILURES: [Fault; 5] =
    [Fault::Rejection, Fault::FalseStale, Fault::Deferred, Fault::TimeoutBefore, Fault::TimeoutAfter];

#[tokio::test(start_paused = true)]
async fn a_tag_that_a_person_takes_off_stays_off_though_the_other_side_had_failed() {
    for fault in FAILURES {
        let mut world = tagged_while_google_fails(fault).await;
        let chat = only(&world.drift);
        world.drift.untag(&chat, "Synced");
        world.drift.bump(&chat);
        for _ in 0..2 {
            world.sync().await;
            assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO""#], "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_did_is_taken_back_though_the_other_side_had_failed() {
    for fault in FAILURES {
        let mut world = tagged_while_google_fails(fault).await;
        let nobody = Condition::HasTag(Tag::new("never"));
        world.policy.rules =
            vec![Rule { key: "nobody".into(), from: Side::Left, when: vec![nobody], then: Vec::new() }];
        world.policy.guard.max_changes = 1000;
        world.sync().await;
        assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO""#], "{fault:?}");
    }
}

/// A create in Google of which nobody knows whether it was applied: the run is cut off while it waits.
async fn a_lost_create(fault: Fault) -> World {
    let mut world = World::new(Traits { feed_lag_ms: 30_000, ..google_traits() }, drift_traits(), 1);
    world.drift.add(drift("Ann Lee", "ann@x.com", "", "CEO"));
    world.google.script(fault);
    let run = world.run(Mode::Sync, Permission::Guarded);
    assert!(tokio::time::timeout(Duration::from_secs(10), run).await.is_err());
    world
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_contact_whose_create_was_lost_is_not_taken_for_ours() {
    let mut world = a_lost_create(Fault::TimeoutAfter).await;
    let made = only(&world.google);
    title(&world, &made, "CFO");
    tokio::time::sleep(LONG).await;
    for _ in 0..2 {
        world.sync().await;
        tokio::time::sleep(LONG).await;
    }
    let report = world.assert_quiet().await;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{report:#?}");
    assert_eq!(lines(&world.google, G), [r#""Ann" ["ann@x.com"] "CFO""#]);
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CFO""#]);
    // And the pair has a base: an edit of one side is no conflict.
    let chat = only(&world.drift);
    world.drift.edit(&chat, |fields| drop(fields.insert("title".into(), text("CTO"))));
    world.drift.bump(&chat);
    let report = world.sync().await;
    assert_eq!((report.status, report.resolved), (Status::Ok, 0));
    assert_eq!(lines(&world.google, G), [r#""Ann" ["ann@x.com"] "CTO""#]);
}

#[tokio::test(start_paused = true)]
async fn a_plan_neither_waits_for_a_lost_create_nor_gives_it_up() {
    for fault in [Fault::TimeoutAfter, Fault::TimeoutBefore] {
        let mut world = a_lost_create(fault).await;
        let planned = world.run(Mode::Plan(Depth::Changes), Permission::Guarded);
        tokio::time::timeout(Duration::from_secs(1), planned).await.expect("a plan waits for nothing");
        let connection = world.policy.connection.clone();
        let open = world.db.with(|store| store.open_intents(&connection)).unwrap();
        assert_eq!(open.len(), 1, "{fault:?}: the create was given up before it could be seen");
        world.sync().await;
        tokio::time::sleep(LONG).await;
        world.assert_quiet().await;
        assert_eq!(lines(&world.google, G), [r#""Ann" ["ann@x.com"] "CEO""#], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_a_lost_create_ends_when_it_is_asked_to() {
    let mut world = a_lost_create(Fault::TimeoutAfter).await;
    let stop = world.stop.clone();
    let ask = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.ask();
    };
    let both = async { tokio::join!(world.sync(), ask) };
    let (report, ()) = tokio::time::timeout(Duration::from_secs(5), both).await.expect("it went on waiting");
    assert_eq!(report.status, Status::Stopped, "{report:#?}");
    assert_eq!(world.google.write_log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_tag_put_on_while_we_write_still_brings_its_rule_about() {
    for at_ms in [200, 900, 1500, 2100, 3100, 5100, 20_000] {
        let (mut world, ann) = ann_in_step(google_traits(), Traits { call_ms: 1000, ..drift_traits() }).await;
        world.policy.rules.push(Rule {
            key: "customers".into(),
            from: Side::Right,
            when: vec![Condition::HasTag(Tag::new("customer"))],
            then: vec![put_on("VIP", Side::Left, false)],
        });
        world.sync().await;
        let chat = only(&world.drift);
        title(&world, &ann, "CFO");
        let book = world.drift.clone();
        let tag = async {
            tokio::time::sleep(Duration::from_millis(at_ms)).await;
            book.tag(&chat, "customer");
        };
        tokio::join!(world.sync(), tag);
        world.drift.bump(&chat);
        world.sync().await;
        assert_eq!(lines(&world.google, G), [r#""Ann" ["ann@x.com"] "CFO" +VIP"#], "{at_ms} ms");
    }
}

/// Ann goes on under another name: nobody was deleted, and her link goes on with her.
async fn check_renamed(mut world: World) {
    for _ in 0..3 {
        world.sync().await;
    }
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO""#]);
    let report = world.assert_quiet().await;
    assert_eq!((report.status, report.in_sync), (Status::Ok, 1), "{report:#?}");
    // Where both names were known, the old one is counted as gone, as one that was merged is.
    assert!(report.excluded.keys().all(|reason| reason == "gone"), "{report:#?}");
    let ann = only(&world.google);
    title(&world, &ann, "CFO");
    world.sync().await;
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CFO""#]);
    assert_eq!(lines(&world.google, G), [r#""Ann" ["ann@x.com"] "CFO""#]);
}

#[tokio::test(start_paused = true)]
async fn a_rename_told_by_the_feed_is_no_deletion() {
    let (world, ann) = ann_in_step(google_traits(), drift_traits()).await;
    world.google.rename(&ann).unwrap();
    check_renamed(world).await;
}

#[tokio::test(start_paused = true)]
async fn a_rename_told_by_the_answer_to_our_own_write_is_no_deletion() {
    let (mut world, _) = ann_in_step(google_traits(), drift_traits()).await;
    let chat = only(&world.drift);
    world.drift.edit(&chat, |fields| drop(fields.insert("title".into(), text("CFO"))));
    world.drift.bump(&chat);
    world.google.script(Fault::Rename);
    world.sync().await;
    assert_eq!(world.google.scripted(), 0);
    world.drift.edit(&chat, |fields| drop(fields.insert("title".into(), text("CEO"))));
    world.drift.bump(&chat);
    check_renamed(world).await;
}

#[tokio::test(start_paused = true)]
async fn a_rename_told_by_a_listing_after_an_expired_cursor_is_no_deletion() {
    for mode in [Mode::Sync, Mode::Resync] {
        let (mut world, ann) = ann_in_step(google_traits(), drift_traits()).await;
        world.google.rename(&ann).unwrap();
        world.google.expire_cursors();
        world.run(mode, Permission::Guarded).await;
        check_renamed(world).await;
    }
}

/// Ann is new to Drift, and is to arrive there with a tag, which her vendor fails to put on.
async fn made_without_its_tag(prepare: impl FnOnce(&mut World, &ContactId)) -> World {
    let google = Traits { unsubscribes: true, ..google_traits() };
    let mut world = World::new(google, drift_traits(), 1);
    let ann = world.google.add(self::google(("Ann", "Lee"), &["ann@x.com"], &[], "CEO"));
    prepare(&mut world, &ann);
    world.drift.script(Fault::TagsLeftOff);
    world.sync().await;
    assert_eq!(world.drift.scripted(), 0);
    world
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_a_new_contact_was_made_without_is_put_on_once() {
    let rule = |world: &mut World, _: &ContactId| {
        world.policy.rules[0].then.push(put_on("Synced", Side::Right, true));
    };
    let mut world = made_without_its_tag(rule).await;
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO" +Synced"#]);
    world.assert_quiet().await;
    // And it is known as ours: a person may take it off.
    let chat = only(&world.drift);
    world.drift.untag(&chat, "Synced");
    world.drift.bump(&chat);
    world.sync().await;
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO""#]);
}

#[tokio::test(start_paused = true)]
async fn an_opt_out_is_not_lost_with_the_tag_that_a_new_contact_was_made_without() {
    let opted_out = |world: &mut World, ann: &ContactId| {
        world.policy.unsubscribes = Some(Mark { from: Side::Left, tag: Tag::new("PieSync Unsubscribes") });
        assert!(world.google.set_subscription(ann, Subscription::Unsubscribed));
    };
    let mut world = made_without_its_tag(opted_out).await;
    assert_eq!(lines(&world.drift, D), [r#""Ann Lee" "ann@x.com" "CEO" +PieSync Unsubscribes"#]);
    world.assert_quiet().await;
}
