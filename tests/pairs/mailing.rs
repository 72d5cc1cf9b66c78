//! A mailing list: members keep what they are, and every state that they can be in stays theirs.

use crate::hand::{Can, Kind, Mailed, What, Who, who};
use crate::rig::{Rig, counts};
use crate::table::scenario;
use serde_json::json;
use syntony_core::side::{Side, Sides};
use syntony_sandbox::mailchimp::Status;

const TAG: &str = "PieSync Unsubscribes";

fn right_is_a_list(can: Sides<Can>) -> bool {
    can.right.is == Kind::Mailchimp
}

fn from_a_crm_to_a_list(can: Sides<Can>) -> bool {
    right_is_a_list(can) && can.left.is == Kind::Contact
}

/// Somebody in both, and in step.
async fn both(rig: &Rig, email: &str, name: &str) -> Sides<String> {
    let left = rig.apps.left.add(Who { email, name, phone: "+32 471 23 45 67" });
    rig.in_step().await;
    Sides::new(left, rig.one(Side::Right, email))
}

scenario!(
    /// Scenario 15.
    a_new_address_keeps_the_member_with_its_tags_and_its_status, right_is_a_list, |rig| {
        let ids = both(&rig, "ann@x.example", "Ann Lee").await;
        rig.apps.right.tag(&ids.right, "vip");
        let before = rig.apps.right.audience().contact(&ids.right).unwrap();
        rig.apps.left.edit(&ids.left, What::Email, "ann@new.example");
        rig.settle().await;
        let after = rig.apps.right.audience().contact(&ids.right).unwrap();
        assert_eq!(after["email_address"], "ann@new.example");
        for kept in ["contact_id", "status", "tags", "timestamp_opt", "web_id"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        rig.assert_only(Side::Right, &ids.right);
        assert_eq!(rig.apps.right.audience().counts().archived, 0);
    }
);

scenario!(
    /// Scenario 37.
    an_address_that_is_not_whole_is_left_out_and_no_country_is_made_up, from_a_crm_to_a_list, |rig| {
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        rig.apps.left.fill(&left, "MailingCity", &json!("Ghent"));
        let report = rig.sync().await;
        let right = rig.one(Side::Right, "ann@x.example");
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Lee", "the rest goes on");
        let address = rig.apps.right.raw(&right, "ADDRESS");
        assert!(!address.to_string().contains("US") && !address.to_string().contains("Ghent"), "{address}");
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(report.failures[0].field.as_deref(), Some("ADDRESS"));
        rig.apps.right.edit(&right, What::Phone, "+32 2 111 11 11");
        rig.sync().await;
        assert_eq!(rig.apps.left.raw(&left, "MailingCity"), "Ghent", "and nothing comes back");
        assert!(rig.apps.left.holds(&left, What::Phone, "111"));
    }
);

scenario!(
    /// Scenario 72.
    whoever_the_list_put_away_is_not_added_again_and_the_others_go_on, from_a_crm_to_a_list, |rig| {
        rig.configure("unsubscribes = { from = \"right\" }");
        let (cleaned, archived) = (both(&rig, "c@x.example", "Cle Aned").await, both(&rig, "a@x.example", "Arc Hived").await);
        let (erased, well) = (both(&rig, "e@x.example", "Era Sed").await, both(&rig, "w@x.example", "Wel Ldone").await);
        let audience = rig.apps.right.audience();
        audience.clean(&cleaned.right).unwrap();
        audience.archive(&archived.right).unwrap();
        audience.delete_permanently(&erased.right).unwrap();
        for (ids, number) in [(&cleaned, "1"), (&archived, "2"), (&erased, "3"), (&well, "4")] {
            rig.apps.left.edit(&ids.left, What::Phone, &format!("+32 2 {number}11 11 11"));
        }
        rig.sync().await;
        rig.resync().await;
        assert!(rig.apps.right.holds(&well.right, What::Phone, "411"));
        assert_eq!(audience.status(&cleaned.right), Some(Status::Cleaned));
        assert_eq!(audience.status(&archived.right), Some(Status::Archived));
        assert!(rig.apps.right.with_email("e@x.example").is_empty(), "erased is erased");
        for ids in [&cleaned, &archived, &erased] {
            assert!(rig.apps.left.tags(&ids.left).is_empty(), "none of it is an unsubscribe");
        }
        // One more idle run asks for the changes, and tries nothing.
        rig.sync().await;
        let before = rig.apps.right.calls();
        let report = rig.sync().await;
        assert_eq!(counts(&report, Side::Right).created + counts(&report, Side::Right).failed, 0, "{report:#?}");
        assert!(rig.apps.right.calls() - before <= 2, "{report:#?}");
        let explained = rig.command(&["explain", &format!("right:{}", cleaned.right)]).await;
        assert!(explained.to_string().contains("cleaned"), "{explained:#}");
    }
);

scenario!(
    /// Scenarios 62 and 72: put away is not deleted, whatever a listing shows.
    whoever_the_list_put_away_is_not_taken_for_deleted, |can| can.left.is == Kind::Mailchimp, |rig| {
        rig.configure("deletions = { from = \"left\" }\nunsubscribes = { from = \"left\" }");
        let (cleaned, archived) = (both(&rig, "c@x.example", "Cle Aned").await, both(&rig, "a@x.example", "Arc Hived").await);
        let audience = rig.apps.left.audience();
        audience.clean(&cleaned.left).unwrap();
        audience.archive(&archived.left).unwrap();
        rig.sync().await;
        rig.resync().await;
        rig.assert_quiet().await;
        for ids in [&cleaned, &archived] {
            assert!(rig.apps.right.tags(&ids.right).is_empty(), "neither deleted nor unsubscribed");
        }
        assert_eq!(rig.apps.right.everybody().len(), 2);
    }
);

scenario!(
    /// Scenario 72: somebody erased before we came.
    an_address_that_was_erased_for_good_fails_once_and_stops_nobody, from_a_crm_to_a_list, |rig| {
        let audience = rig.apps.right.audience();
        let erased = rig.apps.right.add(who("e@x.example", "Era Sed"));
        audience.delete_permanently(&erased).unwrap();
        rig.apps.left.add(who("e@x.example", "Era Sed"));
        rig.apps.left.add(who("w@x.example", "Wel Ldone"));
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert!(report.failures[0].hint.is_some(), "{report:#?}");
        rig.one(Side::Right, "w@x.example");
        rig.sync().await;
        let before = rig.apps.right.calls();
        let again = rig.sync().await;
        assert_eq!(again.failures.len(), 1, "still listed: {again:#?}");
        assert!(rig.apps.right.calls() - before <= 2, "and not tried again: {again:#?}");
    }
);

scenario!(
    /// Scenario 73.
    whoever_was_asked_to_confirm_is_pending_and_not_unsubscribed, right_is_a_list, |rig| {
        rig.configure_apps(Sides::new("", "double_opt_in = true"), "unsubscribes = { from = \"right\" }");
        let ids = both(&rig, "ann@x.example", "Ann Lee").await;
        let audience = rig.apps.right.audience();
        assert_eq!(audience.status(&ids.right), Some(Status::Pending));
        rig.resync().await;
        assert!(rig.apps.left.tags(&ids.left).is_empty(), "pending is not unsubscribed");
        audience.confirm(&ids.right).unwrap();
        rig.settle().await;
        assert_eq!(rig.apps.right.mailed(&ids.right), Mailed::Yes);
        assert!(!rig.apps.left.tags(&ids.left).contains(TAG));
    }
);
