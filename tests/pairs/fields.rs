//! Fields of types that do not fit each other, and what a vendor requires.

use crate::hand::{Can, Extra, Kind, What, Who, who};
use crate::rig::Rig;
use crate::table::scenario;
use serde_json::{Value, json};
use syntony_core::side::{Side, Sides};

fn right_is_a_crm(can: Sides<Can>) -> bool {
    matches!(can.right.is, Kind::Contact | Kind::Lead)
}

/// Google and a mailing list have no moments, and whoever adds a field to Google's adds a text.
fn a_day_becomes_a_moment(can: Sides<Can>) -> bool {
    can.left.is != Kind::Google && !matches!(can.right.is, Kind::Google | Kind::Mailchimp)
}

fn is_filled(value: &Value) -> bool {
    !value.is_null() && value != ""
}

/// Somebody in both, and in step, whose extra field on the left holds this.
async fn with_extra(rig: &Rig, value: &Value) -> Sides<String> {
    let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
    rig.apps.left.fill(&left, rig.apps.left.extra(), value);
    rig.sync().await;
    Sides::new(left, rig.one(Side::Right, "ann@x.example"))
}

fn extra(rig: &Rig, side: Side, ids: &Sides<String>) -> Value {
    rig.apps[side].raw(&ids[side], rig.apps[side].extra())
}

/// Names of one word are typed where family names go, or there is nowhere else.
fn left_has_a_place_for_any_word(can: Sides<Can>) -> bool {
    !left_asks_for_given_names(can)
}

/// The first word of a name is typed as the given name.
fn left_asks_for_given_names(can: Sides<Can>) -> bool {
    matches!(can.left.is, Kind::Google | Kind::Mailchimp)
}

scenario!(
    /// Scenario 20.
    a_single_word_is_the_family_name_and_no_given_name_is_made_up, |can| right_is_a_crm(can) && left_has_a_place_for_any_word(can), |rig| {
        let left = rig.apps.left.add(who("prince@x.example", "Prince"));
        rig.settle().await;
        let right = rig.one(Side::Right, "prince@x.example");
        assert_eq!(rig.apps.right.raw(&right, "LastName"), "Prince");
        assert_eq!(rig.apps.right.raw(&right, "FirstName"), Value::Null);
        assert_eq!(rig.apps.left.see(&left, What::Name), "Prince");
    }
);

scenario!(
    /// Scenarios 20 and 30: what was typed as a given name is one, and the placeholder does not come back.
    a_given_name_alone_stays_a_given_name, |can| right_is_a_crm(can) && left_asks_for_given_names(can), |rig| {
        let left = rig.apps.left.add(who("prince@x.example", "Prince"));
        rig.settle().await;
        let right = rig.one(Side::Right, "prince@x.example");
        assert_eq!(rig.apps.right.raw(&right, "FirstName"), "Prince");
        assert_eq!(rig.apps.right.raw(&right, "LastName"), "(unknown)");
        rig.resync().await;
        assert_eq!(rig.apps.left.see(&left, What::Name), "Prince");
    }
);

scenario!(
    /// Scenario 30.
    a_placeholder_never_flows_back, |can| right_is_a_crm(can) && can.left.lacks_names, |rig| {
        let left = rig.apps.left.add(Who { email: "ann@x.example", name: "", phone: "+32 471 23 45 67" });
        rig.settle().await;
        let right = rig.one(Side::Right, "ann@x.example");
        assert_eq!(rig.apps.right.raw(&right, "LastName"), "(unknown)");
        // Whoever makes the contact travel both ways does not take the words along.
        rig.apps.right.edit(&right, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        rig.resync().await;
        assert!(rig.apps.left.holds(&left, What::Phone, "111"));
        assert_eq!(rig.apps.left.see(&left, What::Name), "");
        // A name takes their place.
        rig.apps.left.edit(&left, What::Name, "Ann Lee");
        rig.settle().await;
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Lee");
    }
);

scenario!(
    /// Scenario 38.
    a_value_that_is_no_option_fails_alone_and_names_the_options, |can| can.left.has_picklists && can.right.has_picklists, |rig| {
        rig.apps.left.define(Extra::Options(&["Open", "Won", "Lost"]));
        rig.apps.right.define(Extra::Options(&["Open", "Won"]));
        rig.configure(&rig.extra(""));
        let bob = rig.apps.left.add(Who { email: "bob@x.example", name: "Bob Roe", phone: "+32 471 23 45 67" });
        rig.apps.left.fill(&bob, rig.apps.left.extra(), &json!("Lost"));
        let ann = with_extra(&rig, &json!("Won")).await;
        assert_eq!(extra(&rig, Side::Right, &ann), "Won");
        let report = rig.sync().await;
        let right = rig.one(Side::Right, "bob@x.example");
        assert!(rig.apps.right.holds(&right, What::Phone, "471"), "the other fields go on");
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        let failure = &report.failures[0];
        let told = format!("{} {}", failure.reason, failure.hint.as_deref().unwrap_or_default());
        assert!(told.contains("Open") && told.contains("Won"), "{failure:#?}");
        assert_eq!(rig.apps.left.raw(&bob, rig.apps.left.extra()), "Lost", "and nothing is lost");
    }
);

scenario!(
    /// Scenario 39: said before anything is written, and everything stays where it is.
    an_option_that_was_renamed_over_there_is_told_and_loses_nothing, |can| can.left.has_picklists && can.right.has_picklists, |rig| {
        rig.apps.left.define(Extra::Options(&["Open", "Won"]));
        rig.apps.right.define(Extra::Options(&["Started", "Won"]));
        let map = "options = { \"Open\" = \"Started\", \"Won\" = \"Won\" }";
        rig.configure(&rig.extra(map));
        let ids = with_extra(&rig, &json!("Open")).await;
        assert_eq!(extra(&rig, Side::Right, &ids), "Started");
        rig.apps.right.define(Extra::Options(&["Begun", "Won"]));
        let compiled = rig.check().await;
        assert!(compiled.problems.iter().any(|problem| problem.message.contains("Started")), "{:?}", compiled.problems);
        assert!(rig.try_sync().await.is_err(), "nothing is written");
        assert_eq!(extra(&rig, Side::Left, &ids), "Open");
        rig.configure(&rig.extra(&map.replace("Started", "Begun")));
        rig.apps.left.fill(&ids.left, rig.apps.left.extra(), &json!("Won"));
        rig.sync().await;
        assert_eq!(extra(&rig, Side::Right, &ids), "Won");
    }
);

/// Longer than the 20 characters of the other side.
const LONG: &str = "a text of more than twenty characters";

scenario!(
    /// Scenario 40.
    a_text_too_long_fails_that_field_alone, right_is_a_crm, |rig| {
        rig.apps.left.define(Extra::Text(200));
        rig.apps.right.define(Extra::Text(20));
        rig.configure(&rig.extra(""));
        let ids = with_extra(&rig, &json!(LONG)).await;
        assert!(!is_filled(&extra(&rig, Side::Right, &ids)));
        let report = rig.sync().await;
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(report.failures[0].field.as_deref(), Some(rig.apps.right.extra()));
        rig.apps.left.edit(&ids.left, What::Phone, "+32 2 111 11 11");
        rig.sync().await;
        assert!(rig.apps.right.holds(&ids.right, What::Phone, "111"), "other fields go on");
    }
);

scenario!(
    /// Scenario 40, shortened because that was asked for.
    a_short_form_never_flows_back, right_is_a_crm, |rig| {
        rig.apps.left.define(Extra::Text(200));
        rig.apps.right.define(Extra::Text(20));
        rig.configure(&rig.extra("truncate = true"));
        let ids = with_extra(&rig, &json!(LONG)).await;
        assert_eq!(extra(&rig, Side::Right, &ids), LONG[..20].trim());
        rig.apps.right.edit(&ids.right, What::Phone, "+32 2 111 11 11");
        rig.settle().await;
        rig.resync().await;
        assert_eq!(extra(&rig, Side::Left, &ids), LONG);
        assert!(rig.apps.left.holds(&ids.left, What::Phone, "111"));
    }
);

scenario!(
    /// Scenario 41.
    a_text_never_flows_into_a_number, |can| can.left.is != Kind::Google, |rig| {
        rig.apps.left.define(Extra::Number);
        rig.apps.right.define(Extra::Text(200));
        rig.configure(&rig.extra(""));
        let ids = with_extra(&rig, &json!(42)).await;
        assert_eq!(extra(&rig, Side::Right, &ids), "42");
        let number = extra(&rig, Side::Left, &ids);
        rig.apps.right.fill(&ids.right, rig.apps.right.extra(), &json!("abc"));
        rig.settle().await;
        assert_eq!(extra(&rig, Side::Left, &ids), number);
        let line = rig.check().await.mappings.into_iter().find(|line| line.left == rig.apps.left.extra());
        assert_eq!(line.unwrap().direction, "to right");
    }
);

scenario!(
    /// Scenario 42.
    a_day_does_not_shift_on_its_way_through_another_time_zone, a_day_becomes_a_moment, |rig| {
        rig.apps.left.define(Extra::Day);
        rig.apps.right.define(Extra::Moment);
        for zone in ["Pacific/Auckland", "America/Los_Angeles"] {
            rig.configure(&format!("timezone = \"{zone}\"\n{}", rig.extra("")));
            let email = format!("{}@x.example", zone.len());
            let left = rig.apps.left.add(who(&email, "Ann Lee"));
            rig.apps.left.fill(&left, rig.apps.left.extra(), &json!("2024-02-29"));
            let day = rig.apps.left.raw(&left, rig.apps.left.extra());
            rig.settle().await;
            rig.resync().await;
            let right = rig.one(Side::Right, &email);
            let moment = rig.apps.right.raw(&right, rig.apps.right.extra());
            assert!(is_filled(&moment), "{zone}");
            rig.apps.right.edit(&right, What::Phone, "+32 2 111 11 11");
            rig.settle().await;
            assert_eq!(rig.apps.left.raw(&left, rig.apps.left.extra()), day, "{zone}");
            assert_eq!(rig.apps.right.raw(&right, rig.apps.right.extra()), moment, "{zone}");
        }
    }
);

scenario!(
    /// Scenario 43.
    a_birthday_without_a_year_never_gets_one, |can| right_is_a_crm(can) && matches!(can.left.is, Kind::Google | Kind::Mailchimp), |rig| {
        let left = rig.apps.left.add(who("ann@x.example", "Ann Lee"));
        let birthday = match rig.kinds.left {
            Kind::Google => ("birthdays", json!([{ "date": { "month": 7, "day": 4 } }])),
            _ => ("BIRTHDAY", json!("07/04")),
        };
        rig.apps.left.fill(&left, birthday.0, &birthday.1);
        let before = rig.apps.left.raw(&left, birthday.0);
        rig.sync().await;
        rig.sync().await;
        let right = rig.one(Side::Right, "ann@x.example");
        assert!(!is_filled(&rig.apps.right.raw(&right, "Birthdate")));
        assert_eq!(rig.apps.right.see(&right, What::Name), "Ann Lee", "the rest goes on");
        assert_eq!(rig.apps.left.raw(&left, birthday.0), before);
    }
);
