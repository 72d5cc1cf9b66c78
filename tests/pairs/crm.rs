//! What a CRM alone has: leads beside contacts, conversions, merges, and rows that a user may not see.

use crate::hand::{Can, Kind, What, Who, who};
use crate::rig::{Rig, counts};
use crate::table::{each_app_twice, scenario};
use serde_json::json;
use syntony_core::side::{Side, Sides};

const TRASH: &str = "PieSync Trash";

fn left_has_contacts(can: Sides<Can>) -> bool {
    can.left.is == Kind::Contact
}

fn left_has_leads(can: Sides<Can>) -> bool {
    can.left.is == Kind::Lead
}

fn left_is_a_crm(can: Sides<Can>) -> bool {
    left_has_contacts(can) || left_has_leads(can)
}

/// Ann in both, and in step.
async fn ann(rig: &Rig) -> Sides<String> {
    let left = rig.apps.left.add(Who { email: "ann@x.example", name: "Ann Lee", phone: "+32 471 23 45 67" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

scenario!(
    /// Scenario 10.
    a_lead_with_the_address_of_a_contact_is_left_alone, left_has_contacts, |rig| {
        let org = rig.apps.left.org();
        let lead = json!({ "FirstName": "Anna", "LastName": "Leed", "Company": "Acme", "Email": "ann@x.example" });
        let lead = org.add_lead(&lead).unwrap();
        let before = org.contact(&lead);
        let ids = ann(&rig).await;
        rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
        rig.settle().await;
        assert_eq!(rig.apps.left.see(&ids.left, What::Name), "Ann Roe");
        assert_eq!(org.contact(&lead), before, "nobody touched the lead");
        rig.assert_only(Side::Right, &ids.right);
    }
);

scenario!(
    /// Scenario 10: the contact of a converted lead meets whoever is there already.
    a_lead_converted_into_a_known_contact_makes_nobody_new, left_has_contacts, |rig| {
        let ids = ann(&rig).await;
        let org = rig.apps.left.org();
        let lead = json!({ "LastName": "Lee", "Company": "Acme", "Email": "ann@x.example", "Title": "CEO" });
        let lead = org.add_lead(&lead).unwrap();
        org.convert_into(&lead, &ids.left).unwrap();
        rig.settle().await;
        rig.assert_only(Side::Left, &ids.left);
        rig.assert_only(Side::Right, &ids.right);
    }
);

scenario!(
    /// Scenario 10: a connection of leads goes on with the contact that a lead became.
    a_converted_lead_goes_on_as_its_contact, left_has_leads, |rig| {
        let ids = ann(&rig).await;
        let org = rig.apps.left.org();
        let contact = org.convert(&ids.left).unwrap().contact;
        rig.settle().await;
        rig.assert_only(Side::Right, &ids.right);
        rig.apps.left.edit(&contact, What::Phone, "+32 2 111 11 11");
        rig.apps.right.edit(&ids.right, What::Name, "Ann Roe");
        rig.settle().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"));
        assert_eq!(rig.apps.left.see(&contact, What::Name), "Ann Roe");
        assert_eq!(org.counts().contacts, 1);
        rig.resync().await;
        rig.assert_quiet().await;
        rig.assert_only(Side::Right, &ids.right);
        assert!(rig.apps.right.tags(&ids.right).is_empty());
    }
);

scenario!(
    /// Scenario 65.
    a_merge_keeps_the_survivors_link_and_tags_nobody, left_is_a_crm, |rig| {
        rig.configure("deletions = { from = \"left\" }");
        let ann = ann(&rig).await;
        let bob = rig.apps.left.add(who("bob@x.example", "Bob Roe"));
        rig.settle().await;
        let his = rig.one(Side::Right, "bob@x.example");
        rig.apps.left.org().merge(&bob, &ann.left).unwrap();
        let report = rig.sync().await;
        assert_eq!(report.excluded.get("merge_counterpart"), Some(&1), "{report:#?}");
        assert_eq!((counts(&report, Side::Left).created, counts(&report, Side::Right).created), (0, 0));
        for id in [&ann.right, &his] {
            assert!(!rig.apps.right.tags(id).contains(TRASH), "a merge is no deletion");
        }
        assert_eq!(rig.apps.right.everybody().len(), 2);
        rig.assert_quiet().await;
        rig.apps.left.edit(&ann.left, What::Phone, "+32 2 999 99 99");
        rig.sync().await;
        assert!(rig.apps.right.holds(&ann.right, What::Phone, "999"), "the survivor's link goes on");
    }
);

scenario!(
    /// Scenario 65: of the two, only the loser had a counterpart.
    the_counterpart_of_the_loser_goes_on_with_a_survivor_that_has_none, |can| left_is_a_crm(can) && each_app_twice(can), |rig| {
        rig.configure("deletions = { from = \"left\" }\n[[connections.pair.rules]]\nfrom = \"left\"\nif = [ { lacks_tag = \"private\" } ]");
        let survivor = rig.apps.left.add(who("ann.lee@x.example", "Ann Lee"));
        rig.apps.left.tag(&survivor, "private");
        let ids = ann(&rig).await;
        rig.apps.left.org().merge(&ids.left, &survivor).unwrap();
        rig.apps.left.untag(&survivor, "private");
        let report = rig.sync().await;
        assert_eq!(report.merged, 1, "{report:#?}");
        rig.apps.left.edit(&survivor, What::Phone, "+32 2 999 99 99");
        rig.sync().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "999"));
        rig.assert_only(Side::Right, &ids.right);
        assert!(!rig.apps.right.tags(&ids.right).contains(TRASH));
        rig.assert_quiet().await;
    }
);

scenario!(
    /// Scenario 66: a new id, and no field that changed.
    a_contact_that_gets_another_id_is_nobody_new, |can| can.left.is == Kind::Google, |rig| {
        rig.configure("deletions = { from = \"left\" }");
        let ids = ann(&rig).await;
        let renamed = rig.apps.left.book().rename(&ids.left).unwrap();
        rig.settle().await;
        rig.resync().await;
        rig.assert_only(Side::Right, &ids.right);
        assert!(rig.apps.right.tags(&ids.right).is_empty());
        rig.apps.left.edit(&renamed, What::Phone, "+32 2 999 99 99");
        rig.settle().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "999"));
    }
);

scenario!(
    /// Scenario 67: the row is in no answer any more, and nothing says that it was deleted.
    a_row_that_cannot_be_seen_any_more_is_not_deleted, |can| left_is_a_crm(can) && each_app_twice(can), |rig| {
        rig.configure("deletions = { from = \"left\" }");
        let ids = ann(&rig).await;
        rig.apps.left.delete(&ids.left);
        rig.apps.left.org().purge(&ids.left).unwrap();
        for _ in 0..2 {
            let report = rig.resync().await;
            assert_eq!(counts(&report, Side::Right).tagged, 0, "{report:#?}");
        }
        assert!(rig.apps.right.tags(&ids.right).is_empty());
        assert!(rig.apps.left.everybody().is_empty(), "nobody is created again");
    }
);

scenario!(
    /// Scenario 67: nor does an index that lost a contact.
    a_contact_that_a_listing_lost_is_not_deleted, |can| can.left.is == Kind::Google, |rig| {
        rig.configure("deletions = { from = \"left\" }");
        let ids = ann(&rig).await;
        rig.apps.left.book().hide(&ids.left).unwrap();
        rig.resync().await;
        assert!(rig.apps.right.tags(&ids.right).is_empty());
        rig.assert_quiet().await;
        assert_eq!(rig.apps.left.everybody().len(), 1);
    }
);
