//! Conditions that an app cannot tell or nobody can meet, and actions that an app cannot do: each is refused at its
//! line, and nothing else is.

use crate::actions::each_app_as_target;
use crate::conditions::each_app_with_a_partner;
use crate::hand::{Kind, TagStore};
use crate::table::scenario;
use crate::typed;
use std::collections::BTreeSet;

/// What an app cannot tell, or nobody can meet: one condition each.
fn conditions(kind: Kind) -> Vec<&'static str> {
    let mut rows = Vec::new();
    if kind != Kind::Drift {
        rows.extend([
            "{ cql_score = 3 }",
            "{ cql_score = [1, 2] }",
            "{ cql_score = { at_least = 1 } }",
            "{ cql_score = { at_most = 1 } }",
            "{ lead_stage = \"MQL\" }",
            "{ lead_stage = [\"MQL\", \"SQL\"] }",
        ]);
    }
    if !kind.can().opts_out {
        rows.extend(["{ unsubscribed = true }", "{ unsubscribed = false }"]);
    }
    rows.extend(match kind {
        Kind::Drift => vec!["{ deleted = true }", "{ field = \"seats\", contains = \"5\" }"],
        Kind::Google => vec!["{ field = \"names.nickname\", equals = \"Jo\" }"],
        Kind::Contact | Kind::Lead => vec![
            "{ field = \"Favorite__c\", equals = \"Blue\" }",
            "{ field = \"Stage__c\", equals = \"Purple\" }",
            "{ field = \"Seats__c\", contains = \"5\" }",
            "{ field = \"Renewal__c\", at_least = 3 }",
            "{ field = \"Partner__c\", starts_with = \"t\" }",
        ],
        Kind::Mailchimp => vec![
            "{ field = \"FAVORITE\", equals = \"Blue\" }",
            "{ field = \"STAGE\", equals = \"Purple\" }",
            "{ field = \"SEATS\", starts_with = \"5\" }",
            "{ field = \"RENEWAL\", at_least = 3 }",
        ],
    });
    rows
}

scenario!(
    /// What cannot work is said where it stands, and everything that can is let pass.
    what_an_app_cannot_tell_is_refused_at_its_line, each_app_with_a_partner, |rig| {
        let kind = rig.kinds.left;
        typed::fields(kind, &*rig.apps.left);
        let rows = conditions(kind);
        let rule = |row: &&str| format!("[[connections.pair.rules]]\nfrom = \"left\"\nif = [\n{row}\n]\n");
        let rules: String = rows.iter().map(rule).collect();
        rig.configure(&rules);
        let wanted: BTreeSet<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        assert_eq!(rig.refused_lines().await, wanted);
    }
);

/// Actions that an app cannot do.
fn actions(kind: Kind) -> Vec<&'static str> {
    let mut rows = Vec::new();
    if kind != Kind::Drift {
        rows.extend(["{ set_lead_stage = \"MQL\" }", "{ set_cql_source = \"Syntony\", undo = true }"]);
    }
    rows.extend(match kind {
        Kind::Drift => vec![
            "{ set = \"email\", to = \"ann@x.example\" }",
            "{ set = \"cql_score\", to = 3 }",
            "{ set = \"last_contacted\", to = 2024-02-29T10:30:00Z }",
            "{ set = \"seats\", to = \"many\" }",
            "{ add_tag = \"one; two\" }",
        ],
        Kind::Google => vec![
            "{ set = \"emailAddresses\", to = \"ann@x.example\" }",
            "{ set = \"names.nickname\", to = \"Jo\" }",
            "{ set = \"birthdays\", to = \"soon\" }",
        ],
        Kind::Contact | Kind::Lead => vec![
            "{ set = \"Email\", to = \"ann@x.example\" }",
            "{ set = \"Favorite__c\", to = \"Blue\" }",
            "{ set = \"Favourite__c\", to = \"a text of rather more than forty characters\" }",
            "{ set = \"CreatedDate\", to = 2024-02-29T10:30:00Z }",
            "{ set = \"Stage__c\", to = \"Purple\" }",
            "{ set = \"Seats__c\", to = \"many\" }",
            "{ set = \"Partner__c\", to = \"perhaps\" }",
            "{ set = \"HasOptedOutOfEmail\", to = false }",
        ],
        Kind::Mailchimp => vec![
            "{ set = \"email_address\", to = \"ann@x.example\" }",
            "{ set = \"FAVORITE\", to = \"Blue\" }",
            "{ set = \"status\", to = \"subscribed\" }",
            "{ set = \"STAGE\", to = \"Purple\" }",
            "{ set = \"SEATS\", to = \"many\" }",
        ],
    });
    rows
}

/// Tags that a place cannot hold, and a field that is the tags' own.
fn misfits(kind: Kind, store: TagStore) -> Vec<String> {
    let long = |chars: usize| format!("{{ add_tag = \"{}\" }}", "x".repeat(chars));
    let given = |row: &str| row.to_owned();
    match (kind, store) {
        (Kind::Drift, TagStore::Usual) => {
            vec![given("{ remove_tag = \"one; two\" }"), given("{ set = \"labels\", to = \"vip\" }")]
        }
        (Kind::Contact | Kind::Lead, TagStore::Usual) => vec![long(151)],
        (Kind::Contact | Kind::Lead, TagStore::Campaigns) => vec![long(81)],
        (Kind::Contact | Kind::Lead, TagStore::Field) => {
            vec![given("{ add_tag = \"one;two\" }"), given("{ set = \"Tags__c\", to = \"vip\" }")]
        }
        (Kind::Mailchimp, _) => vec![long(101)],
        (Kind::Google, _) | (_, TagStore::Endpoint) => Vec::new(),
        (Kind::Drift, TagStore::Campaigns | TagStore::Field) => unreachable!("those are Salesforce's"),
    }
}

scenario!(a_tag_that_its_place_cannot_hold_is_refused_at_its_line, each_app_as_target, |rig| {
    for store in rig.kinds.right.tag_stores() {
        if *store != TagStore::Usual {
            rig.apps.right.keep_tags_in(*store);
        }
        let rows = misfits(rig.kinds.right, *store);
        let mut rules =
            "[[connections.pair.rules]]\nfrom = \"left\"\nthen = [ { add_tag = \"any\" } ]\n".to_owned();
        for (at, row) in rows.iter().enumerate() {
            rules += &format!(
                "[[connections.pair.rules]]\nfrom = \"left\"\nif = [ {{ has_tag = \"{at}\" }} ]\nthen = [\n{row}\n]\n"
            );
        }
        rig.configure(&rules);
        assert_eq!(rig.refused_lines().await, BTreeSet::from_iter(rows), "{store:?}");
    }
});

scenario!(
    /// What cannot work is said where it stands, and everything that can is let pass.
    what_an_app_cannot_do_is_refused_at_its_line, each_app_as_target, |rig| {
        typed::fields(rig.kinds.right, &*rig.apps.right);
        let rows = actions(rig.kinds.right);
        let rule = |(at, row): (usize, &&str)| {
            format!("[[connections.pair.rules]]\nfrom = \"left\"\nif = [ {{ has_tag = \"{at}\" }} ]\nthen = [\n{row}\n]\n")
        };
        let rules: String = rows.iter().enumerate().map(rule).collect();
        rig.configure(&rules);
        let wanted: BTreeSet<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        assert_eq!(rig.refused_lines().await, wanted);
    }
);
