//! Unsubscribes: they arrive as a tag, and nobody who opted out is ever subscribed.

use crate::hand::{Mailed, What, Who};
use crate::rig::{Rig, counts};
use crate::table::{once, scenario};
use syntony_core::side::{Side, Sides};

const TAG: &str = "PieSync Unsubscribes";

/// Ann in both, with unsubscribes of the left watched.
async fn ann(rig: &Rig) -> Sides<String> {
    rig.configure("unsubscribes = { from = \"left\" }");
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

scenario!(
    /// Scenarios 69 and 71.
    an_unsubscribe_is_a_tag_and_nothing_else_until_the_person_comes_back, |can| can.left.opts_out, |rig| {
        let ids = ann(&rig).await;
        let before: Vec<String> =
            [What::Email, What::Name, What::Phone].map(|what| rig.apps.right.see(&ids.right, what)).into();
        let mailed = rig.apps.right.mailed(&ids.right);
        rig.apps.left.opt_out(&ids.left);
        let report = rig.settle().await;
        assert_eq!(counts(&report, Side::Right).tagged, 1, "{report:#?}");
        assert_eq!(counts(&report, Side::Right).updated, 0, "{report:#?}");
        assert!(rig.apps.right.tags(&ids.right).contains(TAG));
        let after: Vec<String> =
            [What::Email, What::Name, What::Phone].map(|what| rig.apps.right.see(&ids.right, what)).into();
        assert_eq!(after, before);
        assert_eq!(rig.apps.right.mailed(&ids.right), mailed);
        rig.apps.left.opt_in(&ids.left);
        rig.settle().await;
        assert!(!rig.apps.right.tags(&ids.right).contains(TAG));
    }
);

scenario!(
    /// Scenario 70: neither a new contact nor an edit subscribes somebody who opted out over here.
    nobody_who_opted_out_is_ever_subscribed, |can| can.left.opts_out, |rig| {
        let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "" });
        rig.apps.left.opt_out(&left);
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        assert_ne!(rig.apps.right.mailed(&right), Mailed::Yes);
        rig.apps.left.edit(&left, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        rig.resync().await;
        assert_ne!(rig.apps.right.mailed(&right), Mailed::Yes);
        assert_eq!(rig.apps.left.mailed(&left), Mailed::No);
    }
);

scenario!(
    /// Scenario 70: edits from the other side, to the contact that opted out itself.
    an_edit_of_somebody_who_opted_out_subscribes_nobody, |can| can.left.opts_out && once(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.opt_out(&ids.left);
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 111 11 11");
        rig.apps.right.edit(&ids.right, What::Email, "ann@new.example");
        rig.settle().await;
        rig.resync().await;
        assert_eq!(rig.apps.left.mailed(&ids.left), Mailed::No);
        assert!(rig.apps.left.holds(&ids.left, What::Phone, "111"), "edits arrive all the same");
    }
);
