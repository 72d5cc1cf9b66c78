//! Broken wires, limits and refusals.

use crate::hand::{Can, Kind, What, Who, who};
use crate::table::{once, once_turned, scenario};
use syntony::report::Status;
use syntony::run::{Mode, Permission};
use syntony_core::side::{Side, Sides};
use syntony_sandbox::faults::Faults;
use syntony_sandbox::salesforce::{Refuses, ValidationRule};

/// Adds faults to what one side's wire does.
fn break_wire(faults: &Faults, spec: &str) {
    faults.extend(spec).unwrap();
}

scenario!(
    /// Scenarios 83 and 84: every write's answer is lost once.
    a_lost_answer_leaves_one_contact, once, |rig| {
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
    a_bad_day_ends_like_a_good_one, once_turned, |rig| {
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

fn from_elsewhere_into_a_crm(can: Sides<Can>) -> bool {
    matches!(can.right.is, Kind::Contact | Kind::Lead) && matches!(can.left.is, Kind::Drift | Kind::Google)
}

scenario!(
    /// Scenario 82.
    one_refused_contact_of_many_is_listed_and_waits_until_something_changes, from_elsewhere_into_a_crm, |rig| {
        const PEOPLE: usize = 30;
        let object = if rig.kinds.right == Kind::Lead { "Lead" } else { "Contact" };
        let rule = ValidationRule {
            object: object.to_owned(),
            field: "LastName".to_owned(),
            refuses: Refuses::Containing("Roe".to_owned()),
            message: "This family is kept elsewhere.".to_owned(),
            at_field: false,
        };
        rig.apps.right.org().configure(|settings| settings.write.validation_rules.push(rule));
        for n in 1..PEOPLE {
            rig.apps.left.add(who(&format!("p{n}@x.example"), &format!("Person N{n}")));
        }
        let refused = rig.apps.left.add(who("bob@x.example", "Bob Roe"));
        let report = rig.sync().await;
        assert_eq!(rig.apps.right.everybody().len(), PEOPLE - 1);
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        let failure = &report.failures[0];
        assert!(failure.reason.contains("This family is kept elsewhere."), "the administrator's words: {failure:?}");
        assert!(failure.hint.is_some());
        rig.sync().await;
        let before = rig.apps.right.calls();
        let again = rig.sync().await;
        assert_eq!(again.failures, report.failures, "still listed");
        assert!(rig.apps.right.calls() - before <= 2, "not tried again: {again:#?}");
        rig.apps.left.edit(&refused, What::Name, "Bob Moved");
        rig.settle().await;
        rig.one(Side::Right, "bob@x.example");
    }
);

scenario!(
    /// Scenario 82: a rule about one field costs that field.
    a_refused_field_is_named_and_takes_no_other_with_it, from_elsewhere_into_a_crm, |rig| {
        let object = if rig.kinds.right == Kind::Lead { "Lead" } else { "Contact" };
        let rule = ValidationRule {
            object: object.to_owned(),
            field: "Phone".to_owned(),
            refuses: Refuses::Containing("471".to_owned()),
            message: "Ask for the landline.".to_owned(),
            at_field: true,
        };
        rig.apps.right.org().configure(|settings| settings.write.validation_rules.push(rule));
        let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        let failure = &report.failures[0];
        assert_eq!(failure.field.as_deref(), Some("Phone"));
        assert!(failure.reason.contains("Ask for the landline."), "the administrator's words: {failure:?}");
        assert!(failure.hint.is_some());
        let right = rig.one(Side::Right, "ann@x.example");
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Lee");
        rig.apps.left.edit(&left, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(rig.apps.right.holds(&right, What::Phone, "999"));
    }
);

scenario!(
    /// Scenario 86.
    the_reserve_of_the_daily_quota_is_left_to_others_and_nothing_is_lost, from_elsewhere_into_a_crm, |rig| {
        let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        let org = rig.apps.right.org();
        org.configure(|settings| settings.daily_calls = Some(15_000));
        org.others_call(13_500); // nine tenths of it
        rig.end();
        rig.apps.left.edit(&left, What::Phone, "+32 2 999 99 99");
        rig.run(Mode::Sync, Permission::Guarded).await;
        let before = rig.apps.right.calls();
        let report = rig.run(Mode::Sync, Permission::Guarded).await;
        assert_eq!(report.status, Status::Stopped, "{report:#?}");
        let reason = report.connections[0].reason.clone().unwrap();
        assert!(reason.contains("goes on in"), "when it goes on: {reason}");
        assert_eq!(rig.apps.right.calls(), before, "nothing is asked any more");
        assert!(rig.apps.right.holds(&right, What::Phone, "471"));
        org.others_call(0);
        rig.end();
        rig.settle().await;
        assert!(rig.apps.right.holds(&right, What::Phone, "999"));
    }
);
