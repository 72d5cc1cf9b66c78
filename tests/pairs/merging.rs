//! Edits on linked contacts.

use crate::hand::{What, Who, who};
use crate::rig::{Rig, counts};
use crate::table::{all, once, once_turned, scenario};
use syntony_core::side::{Side, Sides};

/// Ann in both, linked and in step.
async fn ann(rig: &Rig) -> Sides<String> {
    let ann = Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" };
    let left = rig.apps.left.add(ann);
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

/// How many conflicts two different edits of one thing are: two lists take both.
fn decided(rig: &Rig) -> u64 {
    u64::from(rig.kinds.left.can().single || rig.kinds.right.can().single)
}

scenario!(
    /// Scenario 11.
    a_changed_address_is_written_to_the_same_contact, once_turned, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Email, "ann@new.example");
        rig.settle().await;
        assert_eq!(rig.apps.right.see(&ids.right, What::Email), "ann@new.example");
        assert_eq!(rig.apps.right.everybody().len(), 1);
    }
);

scenario!(
    /// Scenario 12.
    two_changed_addresses_follow_the_winner_and_stay_one_pair, once, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Email, "ann@left.example");
        rig.apps.right.edit(&ids.right, What::Email, "ann@right.example");
        let report = rig.settle().await;
        assert_eq!(report.resolved, decided(&rig), "{report:#?}");
        for side in Side::BOTH {
            assert!(rig.apps[side].holds(&ids[side], What::Email, "ann@left.example"));
            assert!(!rig.apps[side].holds(&ids[side], What::Email, "ann@x.example"));
            assert_eq!(rig.apps[side].everybody().len(), 1);
        }
    }
);

scenario!(
    /// Scenario 13.
    an_address_that_somebody_else_has_is_not_taken, once_turned, |rig| {
        let ids = ann(&rig).await;
        rig.apps.right.add(who("bob@x.example", "Bob Roe"));
        rig.settle().await;
        let bob = rig.one(Side::Left, "bob@x.example");
        // Bob's record over there moves on, so that his address is free on the left and taken on the right.
        rig.configure("direction = \"to right\"");
        rig.apps.left.edit(&bob, What::Email, "robert@x.example");
        rig.settle().await;
        rig.apps.right.add(who("bob@x.example", "Bobby Tables"));
        rig.sync().await;
        rig.apps.left.edit(&ids.left, What::Email, "bob@x.example");
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 999 99 99");
        let report = rig.sync().await;
        assert!(report.conflicts + report.ambiguous + report.duplicates > 0, "{report:#?}");
        assert_eq!(rig.apps.right.see(&ids.right, What::Email), "ann@x.example");
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "999"), "other fields go on");
    }
);

scenario!(
    /// Scenarios 18 and 23.
    edits_of_different_things_on_both_sides_both_survive, all, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 999 99 99");
        rig.apps.right.edit(&ids.right, What::Name, "Ann Lee-Smith");
        rig.settle().await;
        for side in Side::BOTH {
            assert_eq!(rig.apps[side].see(&ids[side], What::Name), "Ann Lee-Smith");
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "999"));
        }
    }
);

scenario!(
    /// Scenario 24.
    two_edits_of_one_thing_follow_the_winner, once, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        let report = rig.settle().await;
        assert_eq!(report.resolved, decided(&rig), "{report:#?}");
        for side in Side::BOTH {
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "111"));
        }
    }
);

scenario!(
    /// Scenario 25.
    the_same_edit_on_both_sides_is_no_conflict_and_no_write, once_turned, |rig| {
        let ids = ann(&rig).await;
        for side in Side::BOTH {
            rig.apps[side].edit(&ids[side], What::Phone, "+32 2 111 11 11");
        }
        let report = rig.settle().await;
        assert_eq!(report.resolved, 0);
        assert_eq!((counts(&report, Side::Left).updated, counts(&report, Side::Right).updated), (0, 0));
    }
);

scenario!(
    /// Scenario 26.
    a_cleared_number_is_cleared_there_too, once, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Phone, "");
        rig.settle().await;
        assert_eq!(rig.apps.right.see(&ids.right, What::Phone), "");
    }
);

scenario!(
    /// Scenario 26, the other choice.
    a_cleared_number_is_kept_there_where_that_is_wanted, once_turned, |rig| {
        let ids = ann(&rig).await;
        rig.configure("on_clear = \"keep\"");
        rig.apps.left.edit(&ids.left, What::Phone, "");
        rig.settle().await;
        assert_ne!(rig.apps.right.see(&ids.right, What::Phone), "", "kept");
        assert_eq!(rig.apps.left.see(&ids.left, What::Phone), "", "and not refilled");
    }
);

scenario!(
    /// Scenario 27.
    an_edit_beats_a_clear, once, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Phone, "");
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        for side in Side::BOTH {
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "999"));
        }
    }
);

scenario!(
    /// Scenario 57.
    a_one_way_source_is_never_written, once, |rig| {
        rig.configure("direction = \"to right\"");
        let ids = ann(&rig).await;
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
        rig.settle().await;
        assert!(rig.apps.left.holds(&ids.left, What::Phone, "471"), "the source is as it was");
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"));
        assert_eq!(rig.apps.right.see(&ids.right, What::Name), "Ann Roe", "that field alone");
    }
);
