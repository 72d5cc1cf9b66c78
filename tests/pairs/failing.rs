//! Broken wires, limits and refusals.

use crate::hand::{Can, What, Who, who};
use crate::table::{all, scenario};
use syntony::run::{Mode, Permission};
use syntony_core::side::{Side, Sides};
use syntony_sandbox::faults::Faults;

/// Adds faults to what one side's wire does.
fn break_wire(faults: &Faults, spec: &str) {
    faults.extend(spec).unwrap();
}

scenario!(
    /// Scenarios 83 and 84: every write's answer is lost once.
    a_lost_answer_leaves_one_contact, all, |rig| {
        rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
        rig.apps.left.add(who("bob@x.example", "Bob Roe"));
        break_wire(rig.apps.right.faults(), "drop-after@writes*1");
        rig.sync().await;
        rig.end();
        rig.sync().await;
        for email in ["ann@x.example", "bob@x.example"] {
            let right = rig.one(Side::Right, email);
            assert_ne!(rig.apps.right.see(&right, What::Name), "");
        }
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenarios 8 and 86: limits, broken wires and proxies, all the way through a first sync.
    a_bad_day_ends_like_a_good_one, all, |rig| {
        for n in 0..6 {
            let (email, name) = (format!("p{n}@x.example"), format!("Person N{n}"));
            let app = if n % 2 == 0 { &rig.apps.left } else { &rig.apps.right };
            app.add(who(&email, &name));
        }
        for side in Side::BOTH {
            break_wire(rig.apps[side].faults(), "429+0*1,503*1,html@reads*1,drop-before*1");
        }
        // A vendor whose limit is that of the day stops the run; the next one goes on.
        for _ in 0..4 {
            rig.run(Mode::Sync, Permission::Guarded).await;
        }
        for side in Side::BOTH {
            rig.apps[side].faults().clear();
        }
        rig.settle().await;
        for side in Side::BOTH {
            assert_eq!(rig.apps[side].everybody().len(), 6);
        }
    }
);

scenario!(
    /// Scenario 43 and 40 in their common form: what one side cannot hold does not stop the rest.
    an_address_that_the_other_side_refuses_stops_nobody_else, |can: Sides<Can>| can.right.refuses_addresses && !can.left.refuses_addresses, |rig| {
        rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        rig.apps.left.add(who("not..valid@x", "Bob Roe"));
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        rig.one(Side::Right, "ann@x.example");
        let again = rig.sync().await;
        assert_eq!(again.failures.len(), 1, "still listed: {again:#?}");
    }
);
