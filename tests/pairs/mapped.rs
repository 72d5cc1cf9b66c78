//! A configuration that changes: a mapping that is added reconciles itself alone, one that goes clears nothing.

use crate::hand::{Extra, What, Who};
use crate::rig::{Rig, counts};
use crate::table::{all, scenario};
use serde_json::{Value, json};
use syntony_core::side::{Side, Sides};

const PHONE: &str = "+32 471 23 45 67";

/// Ann in both, whose own field differs from side to side, and is not mapped.
async fn ann(rig: &Rig, more: &str) -> Sides<String> {
    for side in Side::BOTH {
        rig.apps[side].define(Extra::Text(100));
    }
    rig.configure(more);
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: PHONE });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

fn fill(rig: &Rig, side: Side, ids: &Sides<String>, value: &Value) {
    rig.apps[side].fill(&ids[side], rig.apps[side].extra(), value);
}

fn extra(rig: &Rig, side: Side, ids: &Sides<String>) -> Value {
    rig.apps[side].raw(&ids[side], rig.apps[side].extra())
}

scenario!(
    /// Scenario 31: its own conflict is the winner's, and what was agreed on elsewhere stays agreed on.
    a_mapping_that_is_added_reconciles_itself_and_opens_nothing_else, all, |rig| {
        const KEEP: &str = "on_clear = \"keep\"\n";
        let ids = ann(&rig, KEEP).await;
        // The numbers differ, and are meant to.
        rig.apps.left.edit(&ids.left, What::Phone, "");
        fill(&rig, Side::Left, &ids, &json!("red"));
        fill(&rig, Side::Right, &ids, &json!("blue"));
        rig.settle().await;
        assert_eq!(extra(&rig, Side::Right, &ids), "blue", "nothing is mapped yet");
        rig.configure(&format!("{KEEP}{}", rig.extra("")));
        let report = rig.settle().await;
        assert_eq!(report.resolved, 1, "{report:#?}");
        assert_eq!((counts(&report, Side::Left).updated, counts(&report, Side::Right).updated), (0, 1), "{report:#?}");
        for side in Side::BOTH {
            assert_eq!(extra(&rig, side, &ids), "red", "on the {side:?}");
        }
        assert_eq!(rig.apps.left.see(&ids.left, What::Phone), "");
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "471"));
    }
);

scenario!(
    /// Scenario 32: neither while it is away, nor when it is back.
    a_mapping_that_is_taken_away_clears_nothing_on_either_side, all, |rig| {
        let ids = ann(&rig, &rig.extra("")).await;
        fill(&rig, Side::Left, &ids, &json!("red"));
        rig.settle().await;
        assert_eq!(extra(&rig, Side::Right, &ids), "red");
        rig.configure("[connections.pair.defaults]\noff = [\"phone\"]\n");
        rig.assert_quiet().await;
        fill(&rig, Side::Left, &ids, &Value::Null);
        rig.apps.left.edit(&ids.left, What::Phone, "");
        rig.assert_quiet().await;
        rig.resync().await;
        assert_eq!(extra(&rig, Side::Right, &ids), "red");
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "471"));
        // Without a base what is empty is filled.
        rig.configure(&rig.extra(""));
        rig.settle().await;
        for side in Side::BOTH {
            assert_eq!(extra(&rig, side, &ids), "red", "on the {side:?}");
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "471"), "on the {side:?}");
        }
    }
);
