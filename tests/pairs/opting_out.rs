//! Unsubscribes: they arrive as a tag, and nobody who opted out is ever subscribed.

use crate::hand::{Can, Kind, Mailed, What, Who, who};
use crate::rig::{Rig, counts};
use crate::table::{each_app_twice, once, once_turned, scenario};
use serde_json::Value;
use syntony::report::Status;
use syntony::run::{Mode, Permission};
use syntony_core::side::{Side, Sides};

const TAG: &str = "PieSync Unsubscribes";
/// Enough for the guard to count in percent.
const CROWD: usize = 12;
/// More of them than the guard lets pass at once.
const MANY: usize = 5;

fn left_opts_out(can: Sides<Can>) -> bool {
    can.left.opts_out
}

/// Ann in both, with unsubscribes of the left watched.
async fn ann(rig: &Rig) -> Sides<String> {
    rig.configure("unsubscribes = { from = \"left\" }");
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

scenario!(
    /// Scenarios 69 and 71.
    an_unsubscribe_is_a_tag_and_nothing_else_until_the_person_comes_back, left_opts_out, |rig| {
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
    /// Scenario 69: a rule for subscribers is left in the very moment somebody unsubscribes.
    an_unsubscribe_that_ends_its_own_rule_is_told_all_the_same, |can| can.left.opts_out && can.right.is == Kind::Google, |rig| {
        let ids = ann(&rig).await;
        rig.configure("unsubscribes = { from = \"left\" }\n[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { unsubscribed = false } ]\n");
        rig.settle().await;
        rig.apps.left.opt_out(&ids.left);
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_rule"), Some(&1), "{report:#?}");
        assert!(rig.apps.right.tags(&ids.right).contains(TAG));
        rig.apps.left.opt_in(&ids.left);
        rig.settle().await;
        assert!(!rig.apps.right.tags(&ids.right).contains(TAG));
    }
);

scenario!(
    /// Scenario 70: neither a new contact nor an edit subscribes somebody who opted out over here.
    nobody_who_opted_out_is_ever_subscribed, left_opts_out, |rig| {
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
    an_edit_of_somebody_who_opted_out_subscribes_nobody, |can| left_opts_out(can) && once(can), |rig| {
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

scenario!(
    /// Scenarios 69 and 71: a tag that a person put there before us is theirs, also when somebody comes back.
    an_unsubscribe_tag_that_was_there_before_us_stays, |can| left_opts_out(can) && once(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.right.tag(&ids.right, TAG);
        rig.settle().await;
        rig.apps.left.opt_out(&ids.left);
        rig.assert_quiet().await;
        rig.apps.left.opt_in(&ids.left);
        rig.assert_quiet().await;
        assert!(rig.apps.right.tags(&ids.right).contains(TAG));
    }
);

scenario!(
    /// Scenario 69: once. Whoever takes the tag off has seen it.
    an_unsubscribe_tag_that_a_person_takes_off_stays_off, |can| left_opts_out(can) && once_turned(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.opt_out(&ids.left);
        rig.settle().await;
        rig.apps.right.untag(&ids.right, TAG);
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        rig.resync().await;
        assert!(!rig.apps.right.tags(&ids.right).contains(TAG));
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"), "the rest goes on");
    }
);

scenario!(
    /// Scenario 69: somebody who left before we came, known over there or not.
    an_unsubscribe_from_before_the_first_run_is_told_of_too, left_opts_out, |rig| {
        rig.configure("unsubscribes = { from = \"left\" }");
        for (email, name) in [("ann@x.example", "Ann Lee"), ("bob@x.example", "Bob Roe")] {
            let left = rig.apps.left.add(who(email, name));
            rig.apps.left.opt_out(&left);
        }
        let known = rig.apps.right.add(who("ann@x.example", "Ann Lee"));
        let mailed = rig.apps.right.mailed(&known);
        rig.settle().await;
        assert!(rig.apps.right.tags(&known).contains(TAG));
        assert_eq!(rig.apps.right.mailed(&known), mailed, "and nothing else");
        let new = rig.one(Side::Right, "bob@x.example");
        assert!(rig.apps.right.tags(&new).contains(TAG));
        assert_ne!(rig.apps.right.mailed(&new), Mailed::Yes);
    }
);

scenario!(
    /// Scenario 63: a vendor that suddenly calls everybody unsubscribed is asked about before anybody is tagged.
    very_many_unsubscribes_at_once_wait_until_they_are_meant, |can| left_opts_out(can) && once(can), |rig| {
        rig.configure("unsubscribes = { from = \"left\" }");
        let add = |n: usize| rig.apps.left.add(who(&format!("p{n}@x.example"), &format!("Person N{n}")));
        let ids: Vec<String> = (0..CROWD).map(add).collect();
        rig.in_step().await;
        for id in &ids[..MANY] {
            rig.apps.left.opt_out(id);
        }
        let right = &rig.apps.right;
        let tagged = || right.everybody().iter().filter(|id| right.tags(id).contains(TAG)).count();
        for _ in 0..2 {
            let report = rig.run(Mode::Sync, Permission::Guarded).await;
            assert_eq!((report.status, tagged()), (Status::Stopped, 0), "{report:#?}");
        }
        rig.run(Mode::Sync, Permission::Given).await;
        assert_eq!(tagged(), MANY);
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenario 70: on the side that is not watched it is nobody's business but theirs.
    an_unsubscribe_on_the_other_side_tags_nobody_and_is_not_taken_back, |can| left_opts_out(can) && can.right.opts_out, |rig| {
        let ids = ann(&rig).await;
        rig.apps.right.opt_out(&ids.right);
        rig.settle().await;
        assert!(rig.apps.left.tags(&ids.left).is_empty());
        rig.apps.left.edit(&ids.left, What::Name, "Ann Roe");
        rig.settle().await;
        rig.resync().await;
        assert_eq!(rig.apps.right.mailed(&ids.right), Mailed::No);
        assert_eq!(rig.apps.right.see(&ids.right, What::Name), "Ann Roe", "edits arrive all the same");
    }
);

scenario!(
    /// Scenario 71: why a tag came and went can be read afterwards.
    both_an_unsubscribe_and_a_return_are_in_the_history, |can| left_opts_out(can) && each_app_twice(can), |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.opt_out(&ids.left);
        rig.settle().await;
        rig.apps.left.opt_in(&ids.left);
        rig.settle().await;
        let exported = rig.command(&["export", "ann@x.example"]).await;
        let history = exported["history"].as_array().unwrap();
        let of_the_tag = |write: &&Value| write["fields"][0]["field"] == format!("tag {TAG}");
        let told: Vec<_> = history.iter().filter(of_the_tag).map(|write| &write["fields"][0]["because"]).collect();
        assert_eq!(told, ["the person unsubscribed", "the person subscribed again"], "{exported:#}");
        assert!(history.iter().all(|write| write["at"].is_string()), "and when");
    }
);
