//! A third tool that does not agree with us.

use crate::hand::{What, Who};
use crate::table::{once, scenario};
use syntony_core::side::Side;

/// How often the third tool changes the value back.
const ROUNDS: usize = 7;

scenario!(
    /// Scenario 77.
    a_value_that_somebody_keeps_changing_back_is_held_and_named, once, |rig| {
        let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Roe", phone: "+32 471 23 45 67" });
        rig.in_step().await;
        let right = rig.one(Side::Right, "ann@x.example");
        let mut held = 0;
        for _ in 0..ROUNDS {
            rig.pass();
            rig.apps.left.edit(&left, What::Name, "Ann Roe");
            rig.apps.right.edit(&right, What::Name, "Ann Lee");
            held = rig.sync().await.held;
        }
        assert_eq!(held, 1, "it would go on for ever");
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Lee", "the quarrel is left to a person");
        rig.pass();
        rig.apps.left.edit(&left, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(rig.apps.right.holds(&right, What::Phone, "999"), "the rest goes on");
        let explained = rig.command(&["explain", &format!("left:{left}")]).await;
        let reason = explained["not_syncing"].as_str().unwrap();
        assert!(reason.contains("held") && reason.contains("`name`"), "which field: {reason}");
    }
);
