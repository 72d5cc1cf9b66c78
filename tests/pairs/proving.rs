//! What is no proof of a deletion: silence, a listing that is short or empty, and one that broke off.

use crate::deleting::learn;
use crate::hand::{Can, Kind, Told, What, who};
use crate::rig::{Rig, counts};
use crate::table::{each_app_twice, once, scenario};
use syntony::report::Status;
use syntony::run::{Mode, Permission};
use syntony_core::side::{Side, Sides};

const TRASH: &str = "PieSync Trash";
/// Enough for the guard to count in percent.
const CROWD: usize = 12;
/// Too few for that.
const FEW: usize = 2;
/// More of them than the guard lets pass at once: two fifths.
const MANY: usize = 5;
/// Contacts on a page, where listings are cut up.
const PAGE_CONTACTS: usize = 3;
/// More calls than any listing of the crowd takes.
const MAX_CALLS: u32 = 40;

fn left_lists(can: Sides<Can>) -> bool {
    can.left.lists
}

fn left_tells(can: Sides<Can>) -> bool {
    can.left.tells_deletions != Told::Never
}

/// A deletion can be learned from a listing and a read; in Salesforce the recycle bin tells of it, or nobody.
fn left_says_gone_by_id(can: Sides<Can>) -> bool {
    matches!(can.left.is, Kind::Google | Kind::Mailchimp)
}

/// People in both apps, with deletions of the left watched; their ids on the left.
async fn people(rig: &Rig, count: usize) -> Vec<String> {
    rig.configure("deletions = { from = \"left\" }");
    let add = |n: usize| rig.apps.left.add(who(&format!("p{n}@x.example"), &format!("Person N{n}")));
    let ids = (0..count).map(add).collect();
    assert_eq!(rig.in_step().await.linked, count as u64);
    ids
}

/// How many carry the tag on the right.
fn tagged(rig: &Rig) -> usize {
    let right = &rig.apps.right;
    right.everybody().iter().filter(|id| right.tags(id).contains(TRASH)).count()
}

/// Nobody of so many is tagged, deleted or there twice.
#[track_caller]
fn assert_nobody_lost(rig: &Rig, of: usize, when: &str) {
    assert_eq!(tagged(rig), 0, "{when}");
    for side in Side::BOTH {
        assert_eq!(rig.apps[side].everybody().len(), of, "{when}: on the {side:?}");
    }
}

scenario!(
    /// Scenario 62: the feed says nothing, and nothing is nothing; a complete listing and a read by id say it all.
    a_deletion_that_no_feed_told_of_waits_for_its_proof, left_says_gone_by_id, |rig| {
        let ids = people(&rig, FEW).await;
        rig.apps.left.delete(&ids[1]);
        match rig.kinds.left.can().tells_deletions {
            Told::ByResync => {
                rig.assert_quiet().await;
                assert_eq!(tagged(&rig), 0, "silence is no proof");
            }
            // Its tombstone is lost together with the cursor.
            Told::AtOnce | Told::Never => rig.apps.left.expire_cursors(),
        }
        learn(&rig).await;
        assert_eq!(tagged(&rig), 1);
        assert_eq!(rig.apps.right.everybody().len(), FEW, "nobody is deleted");
    }
);

scenario!(
    /// Scenarios 62 and 67: missing from a complete listing, and no read by id says gone.
    whoever_only_a_listing_lacks_is_not_deleted, left_lists, |rig| {
        let ids = people(&rig, FEW).await;
        rig.lose(Side::Left, &ids[1]);
        for _ in 0..2 {
            rig.resync().await;
            assert_nobody_lost(&rig, FEW, "out of the listing");
        }
        rig.assert_quiet().await;
        let right = rig.one(Side::Right, "p1@x.example");
        rig.find_again(Side::Left, &ids[1]);
        rig.apps.left.edit(&ids[1], What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(rig.apps.right.holds(&right, What::Phone, "999"), "the link goes on");
        assert_nobody_lost(&rig, FEW, "in the listing again");
    }
);

scenario!(
    /// Scenario 63: with status 200, and nothing that looks like an error.
    a_listing_that_is_suddenly_short_or_empty_stops_before_any_write, left_lists, |rig| {
        let ids = people(&rig, CROWD).await;
        let right = rig.one(Side::Right, "p11@x.example");
        rig.apps.right.edit(&right, What::Phone, "+32 2 999 99 99");
        for (from, to) in [(0, MANY), (MANY, CROWD)] {
            for id in &ids[from..to] {
                rig.lose(Side::Left, id);
            }
            let report = rig.run(Mode::Resync, Permission::Guarded).await;
            assert_eq!(report.status, Status::Stopped, "{to} are missing: {report:#?}");
            let reason = report.connections[0].reason.clone().unwrap();
            assert!(reason.contains("--yes"), "how to go on: {reason}");
            assert_nobody_lost(&rig, CROWD, "stopped");
            assert_eq!(rig.apps.left.see(&ids[11], What::Phone), "", "nothing at all is written");
        }
        // Whoever believes the listing all the same finds that it proves nothing.
        rig.run(Mode::Resync, Permission::Given).await;
        assert_nobody_lost(&rig, CROWD, "believed");
    }
);

scenario!(
    /// Scenario 63: deletions that are real, and more than a mistake should be able to cause.
    very_many_deletions_at_once_wait_until_they_are_meant, |can| left_tells(can) && once(can), |rig| {
        let ids = people(&rig, CROWD).await;
        for id in &ids[..MANY] {
            rig.apps.left.delete(id);
        }
        let mode = match rig.kinds.left.can().tells_deletions {
            Told::AtOnce => Mode::Sync,
            Told::ByResync | Told::Never => Mode::Resync,
        };
        for _ in 0..2 {
            let report = rig.run(mode, Permission::Guarded).await;
            assert_eq!(report.status, Status::Stopped, "{report:#?}");
            assert_eq!(tagged(&rig), 0);
        }
        let mut report = rig.run(mode, Permission::Given).await;
        if mode == Mode::Resync {
            // Who believes a short listing has not yet seen what it leads to.
            assert_eq!((report.status, tagged(&rig)), (Status::Stopped, 0), "{report:#?}");
            report = rig.run(mode, Permission::Given).await;
        }
        assert_eq!(counts(&report.connections[0], Side::Right).tagged, MANY as u64, "{report:#?}");
        assert_eq!(rig.apps.right.everybody().len(), CROWD, "nobody is deleted");
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenario 64: broken off after each of its calls, and begun again.
    pages_of_a_listing_that_broke_off_are_no_deletions, |can| left_lists(can) && each_app_twice(can), |rig| {
        let ids = people(&rig, CROWD).await;
        rig.cut_pages(Side::Left, PAGE_CONTACTS);
        let mut calls = 1;
        loop {
            rig.apps.left.faults().extend(&format!("expired-token>{calls}")).unwrap();
            let ran = rig.try_run(Mode::Resync, Permission::Guarded).await;
            rig.apps.left.faults().clear();
            if ran.is_ok_and(|report| report.status != Status::Stopped) {
                break;
            }
            rig.assert_quiet().await;
            assert_nobody_lost(&rig, CROWD, &format!("broken off after {calls} calls"));
            calls += 1;
            assert!(calls < MAX_CALLS, "no listing gets through");
        }
        assert!(calls as usize > CROWD / PAGE_CONTACTS, "a listing of {calls} calls has no middle");
        rig.resync().await;
        assert_nobody_lost(&rig, CROWD, "listed to the end");
        // Whoever was on a page of a broken listing can still be found missing.
        rig.apps.left.delete(&ids[0]);
        learn(&rig).await;
        assert_eq!(tagged(&rig), 1);
    }
);
