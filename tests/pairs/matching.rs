//! The first sync: who is whom, and who is new.

use crate::hand::{What, Who, who};
use crate::rig::counts;
use crate::table::{all, once, once_turned, scenario};
use syntony_core::side::Side;

scenario!(
    /// Scenarios 1, 2 and 9.
    whoever_is_in_both_is_linked_and_nothing_is_lost, once, |rig| {
        let ann = Who { email: "ann.lee@x.example", name: "Ann Lee", phone: "" };
        let left = rig.apps.left.add(ann);
        let right = rig.apps.right.add(Who { name: "Anna Lee", phone: "+32 471 23 45 67", ..ann });
        let report = rig.settle().await;
        assert_eq!(report.linked, 1, "{report:#?}");
        for side in Side::BOTH {
            assert_eq!(counts(&report, side).created, 0, "{report:#?}");
            assert_eq!(rig.apps[side].everybody().len(), 1);
        }
        // The winner's name, and the number that only the other had.
        for (app, id) in [(&rig.apps.left, &left), (&rig.apps.right, &right)] {
            assert_eq!(app.see(id, What::Name), "Ann Lee");
            assert_eq!(digits(&app.see(id, What::Phone)), "32471234567");
        }
    }
);

scenario!(
    /// Scenario 3.
    an_address_in_another_spelling_is_the_same_mailbox, once_turned, |rig| {
        let left = rig.apps.left.add(who("Ann.Lee@X.example", "Ann Lee"));
        let right = rig.apps.right.add(who("ann.lee@x.example", "Ann Lee"));
        let typed = [rig.apps.left.see(&left, What::Email), rig.apps.right.see(&right, What::Email)];
        let report = rig.settle().await;
        assert_eq!(report.linked, 1);
        assert_eq!([rig.apps.left.see(&left, What::Email), rig.apps.right.see(&right, What::Email)], typed);
    }
);

scenario!(
    /// Scenario 4.
    two_contacts_with_one_address_are_not_written_from_two_sources, |can| can.left.shares_addresses, |rig| {
        rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        rig.apps.left.add(who("ann@x.example", "Ann Li"));
        let right = rig.apps.right.add(who("ann@x.example", "Ann Low"));
        let report = rig.sync().await;
        assert_eq!((report.linked, report.duplicates), (0, 1), "{report:#?}");
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Low");
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenario 6.
    somebody_without_an_address_is_left_alone, |can| can.left.lacks_addresses && can.left.lists, |rig| {
        rig.apps.left.add(who("", "Ann Lee"));
        let report = rig.settle().await;
        assert_eq!(report.excluded.get("no_email"), Some(&1), "{report:#?}");
        assert!(rig.apps.right.everybody().is_empty());
    }
);

scenario!(
    /// Scenarios 1 and 76: whoever is new on one side arrives on the other, whole, and once.
    whoever_is_new_arrives_on_the_other_side_once, all, |rig| {
        rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
        rig.apps.right.add(Who { email: "bob@x.example", name: "Bob Roe", phone: "+32 2 222 22 22" });
        rig.settle().await;
        for (email, name, phone) in
            [("ann@x.example", "Ann Lee", "32471234567"), ("bob@x.example", "Bob Roe", "3222222222")]
        {
            for side in Side::BOTH {
                let id = rig.one(side, email);
                assert_eq!(rig.apps[side].see(&id, What::Name), name);
                assert_eq!(digits(&rig.apps[side].see(&id, What::Phone)), phone);
            }
        }
        rig.resync().await;
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenario 79.
    the_same_new_person_on_both_sides_is_linked, once, |rig| {
        rig.settle().await;
        rig.apps.left.add(who("eve@x.example", "Eve Roe"));
        rig.apps.right.add(who("eve@x.example", "Eve Roe"));
        let report = rig.settle().await;
        assert_eq!(report.linked, 1);
        for side in Side::BOTH {
            rig.one(side, "eve@x.example");
        }
    }
);

/// A number without what people put between the digits.
fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}
