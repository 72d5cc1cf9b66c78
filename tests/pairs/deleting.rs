//! Deletions: they arrive as a tag, never as a deletion.

use crate::hand::{Can, Told, What, Who};
use crate::rig::{Rig, counts};
use crate::table::{once, once_turned, scenario};
use syntony_core::side::{Side, Sides};

const TRASH: &str = "PieSync Trash";

fn left_tells(can: Sides<Can>) -> bool {
    can.left.tells_deletions != Told::Never
}

/// Ann in both, with deletions of the left watched.
async fn ann(rig: &Rig) -> Sides<String> {
    rig.configure("deletions = { from = \"left\" }");
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

/// One sync, or a resync where only that can tell.
pub(crate) async fn learn(rig: &Rig) {
    let report = match rig.kinds.left.can().tells_deletions {
        Told::AtOnce => rig.sync().await,
        Told::ByResync | Told::Never => rig.resync().await,
    };
    assert_eq!(report.failures, [], "{report:#?}");
    rig.assert_quiet().await;
}

scenario!(
    /// Scenarios 58 and 60.
    a_deletion_is_a_tag_until_it_is_taken_back, left_tells, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.delete(&ids.left);
        learn(&rig).await;
        assert!(rig.apps.right.tags(&ids.right).contains(TRASH));
        assert!(rig.apps.left.everybody().is_empty(), "nobody is created again");
        assert_eq!(rig.apps.right.everybody().len(), 1, "nobody is deleted");
        if rig.kinds.left.can().restores {
            rig.apps.left.restore(&ids.left);
            learn(&rig).await;
            assert!(!rig.apps.right.tags(&ids.right).contains(TRASH));
            rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
            rig.settle().await;
            assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"), "the link goes on");
        }
    }
);

scenario!(
    /// Scenario 59.
    an_edit_survives_the_deletion_of_its_counterpart, |can| left_tells(can) && once(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.delete(&ids.left);
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        learn(&rig).await;
        assert!(!rig.apps.right.tags(&ids.right).contains(TRASH));
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "999"));
        assert!(rig.apps.left.everybody().is_empty(), "nobody is created again");
        let explained = rig.command(&["explain", &format!("right:{}", ids.right)]).await;
        let reason = explained["not_syncing"].as_str().unwrap();
        assert!(reason.contains("deleted") && reason.contains("edited"), "it is told: {reason}");
        if rig.kinds.left.can().restores {
            rig.apps.left.restore(&ids.left);
            learn(&rig).await;
            assert!(rig.apps.left.holds(&ids.left, What::Phone, "999"), "and it arrives at a return");
        }
    }
);

scenario!(
    /// Scenario 58: a tag that a person takes off stays off.
    a_deletion_tag_that_a_person_takes_off_stays_off, |can| left_tells(can) && once(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.delete(&ids.left);
        learn(&rig).await;
        rig.apps.right.untag(&ids.right, TRASH);
        rig.assert_quiet().await;
        rig.resync().await;
        assert!(!rig.apps.right.tags(&ids.right).contains(TRASH));
    }
);

scenario!(
    /// Scenarios 58 and 60: a tag that was there before us is not taken off at a return.
    a_deletion_tag_that_was_there_before_us_stays, |can| left_tells(can) && can.left.restores && once_turned(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.right.tag(&ids.right, TRASH);
        rig.settle().await;
        rig.apps.left.delete(&ids.left);
        rig.assert_quiet().await;
        rig.apps.left.restore(&ids.left);
        rig.settle().await;
        assert!(rig.apps.right.tags(&ids.right).contains(TRASH));
        rig.assert_only(Side::Left, &ids.left);
    }
);

scenario!(
    /// Scenario 61.
    what_both_sides_deleted_comes_back_from_neither, |can| left_tells(can) && can.right.tells_deletions != Told::Never && once_turned(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.delete(&ids.left);
        learn(&rig).await;
        rig.apps.right.delete(&ids.right);
        rig.resync().await;
        rig.resync().await;
        for side in Side::BOTH {
            assert!(rig.apps[side].everybody().is_empty());
        }
        if rig.kinds.left.can().restores {
            rig.apps.left.restore(&ids.left);
            rig.assert_quiet().await;
            rig.resync().await;
            assert!(rig.apps.right.everybody().is_empty(), "closed for good");
        }
    }
);

scenario!(
    /// Scenario 58, where deletions are not synced.
    a_deletion_that_is_not_synced_creates_nobody_again, |can| left_tells(can) && once_turned(can), |rig| {
        let ids = ann(&rig).await;
        rig.configure("");
        rig.apps.left.delete(&ids.left);
        learn(&rig).await;
        let report = rig.resync().await;
        assert_eq!(counts(&report, Side::Left).created, 0);
        assert!(rig.apps.left.everybody().is_empty());
        assert!(rig.apps.right.tags(&ids.right).is_empty());
    }
);
