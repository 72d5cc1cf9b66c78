//! Two connections that share an account.

use crate::hand::{Hand, Kind, What, who};
use crate::rig::Rig;
use crate::table::{each_app_twice, once_turned, scenario};
use syntony_core::side::Side;

const OLD: [&str; 2] = ["ann@x.example", "bob@x.example"];
const NAMES: [&str; 2] = ["Ann Lee", "Bob Roe"];

/// Nobody took over another's name or record, and each has the address of `emails`.
fn assert_all(rig: &Rig, third: &dyn Hand, ids: &[[String; 3]; 2], emails: [&str; 2]) {
    let apps = [&*rig.apps.left, &*rig.apps.right, third];
    for (app, n) in apps.into_iter().zip(0..) {
        for person in 0..2 {
            let id = &ids[person][n];
            assert_eq!(app.see(id, What::Name), NAMES[person]);
            assert_eq!(app.see(id, What::Email), emails[person], "{} in app {n}", NAMES[person]);
        }
        assert_eq!(app.everybody().len(), 2);
    }
}

scenario!(
    /// Scenario 16: one after the other, and once more back in a single step, which is reported.
    people_who_swap_addresses_are_linked_to_nobody_else, each_app_twice, |rig| {
        let third = Kind::Google.start().await;
        let table = third.config("third", rig.folder());
        let second = "[connections.second]\nbetween = [\"left\", \"third\"]\nwinner = \"left\"";
        rig.configure(&format!("{table}\n{second}\n"));
        let left = [0, 1].map(|person| rig.apps.left.add(who(OLD[person], NAMES[person])));
        rig.sync().await;
        let ids = [0, 1].map(|person| {
            let far = third.with_email(OLD[person]).remove(0);
            [left[person].clone(), rig.one(Side::Right, OLD[person]), far]
        });
        rig.apps.left.edit(&left[0], What::Email, "between@x.example");
        rig.sync().await;
        rig.apps.left.edit(&left[1], What::Email, OLD[0]);
        rig.sync().await;
        rig.apps.left.edit(&left[0], What::Email, OLD[1]);
        rig.sync().await;
        rig.assert_quiet().await;
        assert_all(&rig, &*third, &ids, [OLD[1], OLD[0]]);
    }
);

scenario!(
    /// Scenario 16: both at once collide with each other; that is told, and nobody is taken for somebody else.
    a_swap_in_one_step_is_told_and_mixes_nobody_up, |can| each_app_twice(can) && can.left.shares_addresses, |rig| {
        let left = [0, 1].map(|person| rig.apps.left.add(who(OLD[person], NAMES[person])));
        rig.sync().await;
        let right = [0, 1].map(|person| rig.one(Side::Right, OLD[person]));
        for person in 0..2 {
            rig.apps.left.edit(&left[person], What::Email, OLD[1 - person]);
            rig.apps.left.edit(&left[person], What::Phone, "+32 2 999 99 99");
        }
        let report = rig.sync().await;
        assert_eq!(report.conflicts, 2, "{report:#?}");
        for person in 0..2 {
            assert_eq!(rig.apps.right.see(&right[person], What::Name), NAMES[person]);
            assert!(rig.apps.right.holds(&right[person], What::Phone, "999"), "other fields go on");
        }
        rig.assert_quiet().await;
        // A step between parts them.
        rig.apps.left.edit(&left[0], What::Email, "between@x.example");
        rig.sync().await;
        rig.sync().await;
        rig.apps.left.edit(&left[0], What::Email, OLD[1]);
        rig.sync().await;
        for person in 0..2 {
            assert_eq!(rig.apps.right.see(&right[person], What::Email), OLD[1 - person]);
        }
    }
);

scenario!(
    /// Scenario 16: one moves on and the other takes the address that is free now, within one run's time. Over there
    /// it is free only once the first has moved as well.
    an_address_that_is_handed_on_in_one_step_ends_right, once_turned, |rig| {
        let left = [0, 1].map(|person| rig.apps.left.add(who(OLD[person], NAMES[person])));
        rig.sync().await;
        let right = [0, 1].map(|person| rig.one(Side::Right, OLD[person]));
        let new = [OLD[1], "new@x.example"];
        // Where an app lets two have one address for a while, the one who waits for it is the first in the queue.
        let order = if rig.kinds.left.can().shares_addresses { [0, 1] } else { [1, 0] };
        for person in order {
            rig.apps.left.edit(&left[person], What::Email, new[person]);
        }
        let report = rig.settle().await;
        assert_eq!(report.conflicts, 0, "{report:#?}");
        for person in 0..2 {
            assert_eq!(rig.apps.right.see(&right[person], What::Email), new[person]);
            assert_eq!(rig.apps.right.see(&right[person], What::Name), NAMES[person]);
        }
    }
);
