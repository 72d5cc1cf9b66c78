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

scenario!(
    /// Scenario 46: a rule of either side is enough, and whoever meets both is one pair that got each action once.
    rules_of_both_sides_add_up_and_double_nobody, once, |rig| {
        rig.configure(
            "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { has_tag = \"customer\" } ]\nthen = [ { add_tag = \"from left\" } ]\n\
             [[connections.pair.rules]]\nfrom = \"right\"\nif = [ { has_tag = \"partner\" } ]\nthen = [ { add_tag = \"from right\" } ]\n",
        );
        let type_in = |side: Side, email: &str, tag: &str| {
            let id = rig.apps[side].add(who(email, "Ann Lee"));
            if !tag.is_empty() {
                rig.apps[side].tag(&id, tag);
            }
        };
        type_in(Side::Left, "ann@x.example", "customer");
        type_in(Side::Right, "bob@x.example", "partner");
        type_in(Side::Left, "cid@x.example", "customer");
        type_in(Side::Right, "cid@x.example", "partner");
        type_in(Side::Left, "dan@x.example", "");
        type_in(Side::Right, "eve@x.example", "");
        let report = rig.in_step().await;
        assert_eq!(report.linked, 3, "{report:#?}");
        rig.assert_quiet().await;
        let mine = |side: Side, email: &str| rig.apps[side].tags(&rig.one(side, email));
        assert!(mine(Side::Right, "ann@x.example").contains("from left"));
        assert!(mine(Side::Left, "bob@x.example").contains("from right"));
        assert!(mine(Side::Right, "cid@x.example").contains("from left"));
        assert!(mine(Side::Left, "cid@x.example").contains("from right"));
        for side in Side::BOTH {
            assert_eq!(rig.apps[side].everybody().len(), 4, "on the {side:?}");
        }
    }
);

scenario!(
    /// Scenario 47.
    one_condition_of_two_is_not_enough, once_turned, |rig| {
        rig.configure("[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { has_tag = \"customer\" }, { has_tag = \"active\" } ]\n");
        let mut ids = ["ann@x.example", "bob@x.example", "cid@x.example"].map(|email| rig.apps.left.add(who(email, "Ann Lee"))).into_iter();
        let (ann, bob, cid) = (ids.next().unwrap(), ids.next().unwrap(), ids.next().unwrap());
        rig.apps.left.tag(&ann, "customer");
        rig.apps.left.tag(&bob, "active");
        for tag in ["customer", "active"] {
            rig.apps.left.tag(&cid, tag);
        }
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_rule"), Some(&2), "{report:#?}");
        rig.assert_only(Side::Right, &rig.one(Side::Right, "cid@x.example"));
    }
);

scenario!(
    /// Scenario 54: two rules that would take turns at one tag are refused, whichever side they are on; where no contact
    /// can meet both, they are let pass and each has its way.
    rules_that_take_turns_at_a_tag_are_refused, once, |rig| {
        let rules = |first: &str, second: &str| format!(
            "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ {first} ]\nthen = [\n{{ add_tag = \"vip\" }}\n]\n\
             [[connections.pair.rules]]\nfrom = \"left\"\nif = [ {second} ]\nthen = [\n{{ remove_tag = \"vip\" }}\n]\n",
        );
        rig.configure(&rules("{ has_tag = \"customer\" }", "{ has_tag = \"late\" }"));
        let refused = rig.refused_lines().await;
        assert!(refused.contains("{ remove_tag = \"vip\" }"), "{refused:?}");
        rig.configure(&rules("{ has_tag = \"customer\" }", "{ lacks_tag = \"customer\" }"));
        assert!(rig.refused_lines().await.is_empty());
        let ann = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        rig.apps.left.tag(&ann, "customer");
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        assert!(rig.apps.right.tags(&right).contains("vip"));
        rig.pass();
        rig.apps.left.untag(&ann, "customer");
        rig.settle().await;
        assert!(!rig.apps.right.tags(&right).contains("vip"));
    }
);

scenario!(
    /// Scenario 55: the action ends what the rule looks for. It is done once, and once more for whoever meets the rule
    /// anew. What would be put back as soon as it is done is refused.
    a_rule_that_ends_itself_comes_to_an_end, once_turned, |rig| {
        let flips = "{ remove_tag = \"new\", in = \"left\", undo = true }";
        rig.configure(&format!(
            "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ {{ has_tag = \"new\" }} ]\nthen = [\n{flips}\n]\n"
        ));
        assert!(rig.refused_lines().await.contains(flips));
        rig.configure(
            "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { has_tag = \"new\" } ]\n\
             then = [ { add_tag = \"greeted\" }, { remove_tag = \"new\", in = \"left\" } ]\n",
        );
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        for round in ["for the first time", "and again"] {
            rig.apps.left.tag(&left, "new");
            rig.in_step().await;
            let right = rig.one(Side::Right, "ann@x.example");
            assert!(!rig.apps.left.tags(&left).contains("new"), "{round}");
            assert!(rig.apps.right.tags(&right).contains("greeted"), "{round}");
            rig.settle().await;
            rig.resync().await;
            rig.assert_quiet().await;
            rig.pass();
        }
        rig.assert_only(Side::Left, &left);
    }
);
