//! Echoes of our own writes, vendors that reshape what they are given, and feeds that come late.

use crate::hand::{What, Who, who};
use crate::rig::Rig;
use crate::table::{each_app_twice, once, once_turned, scenario};
use syntony_core::side::{Side, Sides};

/// How many idle runs have to write nothing.
const IDLE_RUNS: usize = 10;
/// A feed that comes later than any test waits for, in milliseconds.
const LATE_MS: u64 = 600_000;

/// Ann in both, and in step; her name and her number could be written otherwise.
async fn ann(rig: &Rig) -> Sides<String> {
    let left = rig.apps.left.add(Who { email: "Ann.Lee@x.example", name: "Ann  Lee", phone: "+32471234567" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann.lee@x.example"))
}

scenario!(
    /// Scenario 44: what the other side makes of our value is ours, and is not written back.
    a_number_that_the_vendor_rewrites_is_no_edit, once, |rig| {
        rig.apps.right.faults().set_normalise(true);
        let ids = ann(&rig).await;
        assert_eq!(rig.apps.left.see(&ids.left, What::Phone), "+32471234567");
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(digits(&rig.apps.left.see(&ids.left, What::Phone)).ends_with("29999999"), "a real edit is one");
    }
);

scenario!(
    /// Scenario 45.
    ten_idle_runs_between_vendors_that_reshape_write_nothing, each_app_twice, |rig| {
        for side in Side::BOTH {
            rig.apps[side].faults().set_normalise(true);
        }
        rig.apps.right.add(Who { email: "bob.roe@x.example", name: "Bob   Roe", phone: "+3222222222" });
        let ids = ann(&rig).await;
        let before = Side::BOTH.map(|side| rig.apps[side].see(&ids[side], What::Phone));
        for _ in 0..IDLE_RUNS {
            rig.assert_quiet().await;
        }
        assert_eq!(Side::BOTH.map(|side| rig.apps[side].see(&ids[side], What::Phone)), before);
    }
);

scenario!(
    /// Scenario 74: our write is no news, and what somebody makes of it at once is.
    an_edit_right_after_our_own_write_is_heard, once_turned, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.sync().await;
        rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
        rig.settle().await;
        for side in Side::BOTH {
            assert_eq!(rig.apps[side].see(&ids[side], What::Name), "Ann Roe");
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "111"));
        }
    }
);

scenario!(
    /// Scenarios 75 and 81: a feed that still shows what was before our write takes nothing back.
    a_late_feed_takes_back_neither_our_write_nor_the_second_edit, once_turned, |rig| {
        let ids = ann(&rig).await;
        rig.pass();
        rig.apps.right.faults().set_lag_ms(LATE_MS);
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.sync().await;
        rig.resync().await;
        rig.pass();
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 999 99 99");
        rig.sync().await;
        rig.resync().await;
        rig.apps.right.faults().set_lag_ms(0);
        rig.settle().await;
        for side in Side::BOTH {
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "999"));
            assert!(!rig.apps[side].holds(&ids[side], What::Phone, "111"));
            assert_eq!(rig.apps[side].everybody().len(), 1);
        }
    }
);

scenario!(
    /// Scenario 87: one listing, and nobody is written but those who changed.
    an_expired_cursor_costs_one_listing_and_loses_no_edit, |can| each_app_twice(can) && can.left.lists, |rig| {
        let ids = ann(&rig).await;
        rig.apps.left.add(who("bob@x.example", "Bob Roe"));
        rig.settle().await;
        rig.apps.left.edit(&ids.left, What::Name, "Ann Roe");
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 999 99 99");
        rig.apps.left.expire_cursors();
        let report = rig.settle().await;
        for (name, counts) in &report.apps {
            assert_eq!((counts.created, counts.tagged), (0, 0), "{name}: {report:#?}");
            assert!(counts.updated <= 1, "{name}: {report:#?}");
        }
        for side in Side::BOTH {
            assert_eq!(rig.apps[side].see(&ids[side], What::Name), "Ann Roe");
            assert!(rig.apps[side].holds(&ids[side], What::Phone, "999"));
        }
    }
);

/// A number without what people put between the digits.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}
