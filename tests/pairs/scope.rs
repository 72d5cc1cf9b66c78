//! Rules: who is in step at all, and what a rule leaves on a contact.

use crate::hand::{What, Who, who};
use crate::rig::{Rig, counts};
use crate::table::{once, once_turned, scenario};
use syntony_core::side::{Side, Sides};

/// Only who has the tag on the left, with a tag of ours on the right that comes off again.
const CUSTOMERS: &str = r#"
direction = "to right"
[[connections.pair.rules]]
from = "left"
if = [ { has_tag = "customer" } ]
then = [ { add_tag = "from left", undo = true } ]
"#;

/// Ann, a customer on the left, and in step.
async fn customer(rig: &Rig) -> Sides<String> {
    rig.configure(CUSTOMERS);
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
    rig.apps.left.tag(&left, "customer");
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

scenario!(
    /// Scenarios 7, 46 and 47.
    only_who_is_selected_is_written, once_turned, |rig| {
        rig.apps.left.add(who("bob@x.example", "Bob Roe"));
        let ids = customer(&rig).await;
        assert_eq!(rig.apps.right.everybody(), std::slice::from_ref(&ids.right));
        assert!(rig.apps.right.tags(&ids.right).contains("from left"));
        assert!(!rig.apps.left.tags(&ids.left).contains("from left"));
    }
);

scenario!(
    /// Scenario 48.
    who_must_exist_there_already_is_never_created, |can| can.right.lists && once(can), |rig| {
        rig.configure("[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { exists_in = \"right\" } ]\n");
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("not_in_other"), Some(&1), "{report:#?}");
        assert!(rig.apps.right.everybody().is_empty());
        let right = rig.apps.right.add(who("ann@x.example", "Anna Lee"));
        let report = rig.settle().await;
        assert_eq!(report.linked, 1);
        assert_eq!(rig.apps.right.see(&right, What::Name), rig.apps.left.see(&left, What::Name));
    }
);

scenario!(
    /// Scenarios 49, 50 and 51: leaving the rules ends the updates and takes back what was ours, and nothing else;
    /// nobody is deleted, archived or unsubscribed.
    leaving_the_rules_harms_nobody_and_a_return_merges, once, |rig| {
        let ids = customer(&rig).await;
        rig.apps.left.untag(&ids.left, "customer");
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_rule"), Some(&1), "{report:#?}");
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "471"), "no more updates");
        assert!(!rig.apps.right.tags(&ids.right).contains("from left"), "our own tag is taken back");
        assert_eq!(rig.apps.right.everybody(), std::slice::from_ref(&ids.right));
        assert_eq!(rig.apps.right.mailed(&ids.right), rig.apps.right.mailed_when_new());
        rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
        rig.apps.left.tag(&ids.left, "customer");
        rig.settle().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"));
        assert_eq!(rig.apps.right.see(&ids.right, What::Name), "Ann Roe", "merged, not overwritten");
    }
);

scenario!(
    /// Scenario 52.
    a_tag_that_was_there_before_us_is_not_taken_back, once_turned, |rig| {
        let right = rig.apps.right.add(who("ann@x.example", "Ann Lee"));
        rig.apps.right.tag(&right, "from left");
        let ids = customer(&rig).await;
        assert_eq!(ids.right, right);
        rig.apps.left.untag(&ids.left, "customer");
        rig.settle().await;
        assert!(rig.apps.right.tags(&right).contains("from left"));
    }
);

scenario!(
    /// Scenario 53.
    a_tag_that_a_person_took_off_stays_off, once, |rig| {
        let ids = customer(&rig).await;
        rig.apps.right.untag(&ids.right, "from left");
        rig.settle().await;
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        assert!(!rig.apps.right.tags(&ids.right).contains("from left"));
    }
);

scenario!(
    /// Scenario 56.
    a_rule_that_is_taken_away_takes_nobody_with_it, once_turned, |rig| {
        let ids = customer(&rig).await;
        rig.configure(&CUSTOMERS.replace("customer", "nobody"));
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_rule"), Some(&1), "{report:#?}");
        assert_eq!(counts(&report, Side::Right).untagged, 1);
        for side in Side::BOTH {
            rig.assert_only(side, &ids[side]);
        }
    }
);
