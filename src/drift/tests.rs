//! What is said of two schemas, one before and one after a sync, for a connection that uses some of their fields.

use super::{Drift, Known};
use crate::compile::{AppFacts, Terms};
use crate::config;
use chrono::Utc;
use std::path::Path;
use syntony_connectors::contract::{Capabilities, Listing, TagLimits, TagOrigin};
use syntony_core::schema::{Access, Choices, FieldSpec, Kind, Schema};
use syntony_core::side::Sides;

const APPS: &str = r#"
[apps.chat]
type = "drift"
token = { env = "T" }
[apps.crm]
type = "salesforce"
object = "contact"
tags = "field:Tags__c"
token = { env = "T" }
instance_url = "https://example.my.salesforce.com"
[connections.c]
between = ["chat", "crm"]
"#;

/// The connection that most cases are about.
const BODY: &str = r#"
[[connections.c.rules]]
from = "chat"
if = [ { lead_stage = "MQL" } ]
then = [ { add_tag = "vip" } ]
[[connections.c.fields]]
chat = "colour"
crm = "Colour__c"
[connections.c.placeholders]
crm = { LastName = "(unknown)" }
"#;

fn picklist(name: &str, options: &[&str]) -> FieldSpec {
    FieldSpec {
        options: options.iter().map(ToString::to_string).collect(),
        ..FieldSpec::new(name, Kind::Picklist)
    }
}

fn chat() -> Vec<FieldSpec> {
    vec![
        FieldSpec::new("email", Kind::Email).required(),
        FieldSpec::new("name", Kind::Text),
        FieldSpec::new("phone", Kind::Phone),
        FieldSpec::new("company", Kind::Text),
        FieldSpec::new("colour", Kind::Text),
        FieldSpec::new("lead_stage", Kind::Text),
    ]
}

fn crm() -> Vec<FieldSpec> {
    vec![
        FieldSpec::new("Email", Kind::Email).max_length_chars(80),
        FieldSpec::new("FirstName", Kind::Text).max_length_chars(40),
        FieldSpec::new("LastName", Kind::Text).max_length_chars(80).required(),
        FieldSpec::new("Phone", Kind::Phone).max_length_chars(40),
        FieldSpec::new("Company", Kind::Text).max_length_chars(255),
        FieldSpec::new("Colour__c", Kind::Text).max_length_chars(40),
        FieldSpec::new("Unused__c", Kind::Text),
        FieldSpec { many: true, ..picklist("Tags__c", &["vip", "old"]) },
    ]
}

fn facts(chat: Vec<FieldSpec>, crm: Vec<FieldSpec>) -> Sides<AppFacts> {
    let capabilities = |tags| Capabilities {
        listing: Listing::Complete,
        tombstones: true,
        tags,
        unsubscribes: false,
        mails_new_contacts: false,
        conditional_writes: false,
        markers: false,
        visibility_lag_seconds: 0,
        write_batch_contacts: 1,
        fetch_batch_contacts: 1,
        find_batch_addresses: 1,
    };
    let in_field =
        TagLimits { field: Some("Tags__c".into()), origin: TagOrigin::Options, ..TagLimits::default() };
    Sides::new(
        AppFacts {
            name: "chat".into(),
            vendor: "drift".to_owned(),
            schema: Schema::new(chat).open(""),
            capabilities: capabilities(None),
            terms: Terms { lead_stage: Some("lead_stage".into()), ..Terms::default() },
        },
        AppFacts {
            name: "crm".into(),
            vendor: "salesforce".to_owned(),
            schema: Schema::new(crm),
            capabilities: capabilities(Some(in_field)),
            terms: Terms::default(),
        },
    )
}

/// The lines that something is said of, and what.
fn told(body: &str, known: &Known, now: &Sides<AppFacts>) -> (Vec<String>, Known) {
    let text = format!("{APPS}{body}");
    let loaded = config::parse(Path::new("syntony.toml"), text.as_bytes(), Utc::now());
    let config = loaded.config.unwrap_or_else(|| panic!("{:#?}", loaded.problems));
    let drift = Drift::new(&config.connections["c"], now);
    let problems = drift.since(known, &config.source);
    let line =
        |at: Option<usize>| text.lines().nth(at.unwrap_or_default() - 1).unwrap_or_default().to_owned();
    let told = problems.iter().map(|problem| {
        assert!(!problem.is_error() && problem.hint.is_some(), "{problem:?}");
        format!("{} | {}", line(problem.line), problem.message)
    });
    (told.collect(), drift.known(known))
}

/// What the connection knows after a sync with these schemas.
fn synced(body: &str, with: &Sides<AppFacts>) -> Known {
    let (told, known) = told(body, &Known::default(), with);
    assert!(told.is_empty(), "nothing can have changed since never: {told:?}");
    known
}

/// Exactly this is said after one field of an app became `after`, or went.
#[track_caller]
fn check(name: &str, after: Option<FieldSpec>, expected: &[&str]) {
    let known = synced(BODY, &facts(chat(), crm()));
    let edit = |fields: Vec<FieldSpec>| -> Vec<FieldSpec> {
        let there = fields.iter().any(|field| field.name.as_str() == name);
        let kept = fields.into_iter().filter(|field| field.name.as_str() != name);
        kept.chain(after.clone().filter(|_| there)).collect()
    };
    let now = facts(edit(chat()), edit(crm()));
    let (said, next) = told(BODY, &known, &now);
    assert_eq!(said, expected, "{name}");
    // A sync that went by it has it as the known state; only what is missing is told again.
    let (again, _) = told(BODY, &next, &now);
    let missing: Vec<&str> = expected.iter().copied().filter(|said| said.contains("is not there")).collect();
    assert_eq!(again, missing, "{name}");
}

const OF_C: &str = "[connections.c]";

#[test]
fn nothing_changed_is_nothing_said() {
    check("nobody", None, &[]);
    // Nor of what nothing uses.
    check("Unused__c", None, &[]);
    check("Unused__c", Some(FieldSpec::new("Unused__c", Kind::Number)), &[]);
}

#[test]
fn a_change_is_told_at_the_line_that_it_matters_to() {
    let colour = || FieldSpec::new("Colour__c", Kind::Text).max_length_chars(40);
    let said = |what: &str| format!("crm = \"Colour__c\" | `Colour__c` of `crm` {what}; a mapping uses it");
    check("Colour__c", None, &[&said("is gone since the last sync")]);
    let picklist = FieldSpec { max_length_chars: Some(40), ..picklist("Colour__c", &[]) };
    check("Colour__c", Some(picklist), &[&said("was a text in the last sync, and is a picklist")]);
    check("Colour__c", Some(colour().many()), &[&said("was a text in the last sync, and is a list of text")]);
    check("Colour__c", Some(colour().access(Access::ReadOnly)), &[&said("is read-only since the last sync")]);
    check(
        "Colour__c",
        Some(colour().max_length_chars(20).required()),
        &[
            &said("is required since the last sync"),
            &said("takes 20 characters since the last sync, and took 40 characters"),
        ],
    );
    check(
        "LastName",
        Some(FieldSpec::new("LastName", Kind::Text).max_length_chars(10).required()),
        &[
            "crm = { LastName = \"(unknown)\" } | `LastName` of `crm` takes 10 characters since the last sync, and took 80 characters; a placeholder uses it",
        ],
    );
    check(
        "lead_stage",
        Some(FieldSpec::new("lead_stage", Kind::Number)),
        &[
            "if = [ { lead_stage = \"MQL\" } ] | `lead_stage` of `chat` was a text in the last sync, and is a number; a condition uses it",
        ],
    );
}

#[test]
fn a_renamed_option_is_told_by_both_names() {
    let tags = |options: &[&str]| FieldSpec { many: true, ..picklist("Tags__c", options) };
    let said = |what: &str| {
        format!("then = [ {{ add_tag = \"vip\" }} ] | `Tags__c` of `crm` {what}; an action uses it")
    };
    let since = "since the last sync";
    check(
        "Tags__c",
        Some(tags(&["old", "gold"])),
        &[&said(&format!("lost the options vip {since}, and got gold"))],
    );
    check("Tags__c", Some(tags(&["vip"])), &[&said(&format!("lost the options old {since}"))]);
    check("Tags__c", Some(tags(&["old", "vip"])), &[]);
    check(
        "Tags__c",
        Some(FieldSpec { choices: Choices::Open, ..tags(&["vip", "old"]) }),
        &[&said(&format!("may hold more than its options {since}"))],
    );
}

#[test]
fn a_default_mapping_that_vanished_is_told_until_somebody_says_that_it_is_meant() {
    let gone = format!("{OF_C} | the default mapping `phone` is not there: `crm` has no `Phone` any more");
    let lost =
        format!("{OF_C} | `Phone` of `crm` is gone since the last sync; the default mapping `phone` uses it");
    let without = facts(chat(), crm().into_iter().filter(|field| field.name.as_str() != "Phone").collect());
    let mut known = synced(BODY, &facts(chat(), crm()));
    for _ in 0..3 {
        let (said, next) = told(BODY, &known, &without);
        assert_eq!(said, std::slice::from_ref(&gone));
        assert!(!said.contains(&lost), "once is enough");
        known = next;
    }
    let off = format!("{BODY}[connections.c.defaults]\noff = [\"phone\"]\n");
    assert!(told(&off, &known, &without).0.is_empty());
    let own = format!("{BODY}[[connections.c.fields]]\nchat = \"phone\"\ncrm = \"Unused__c\"\n");
    assert!(told(&own, &known, &without).0.is_empty());
    // Back again, it is as it was.
    assert!(told(BODY, &known, &facts(chat(), crm())).0.is_empty());
}

#[test]
fn a_default_mapping_that_stands_on_another_field_is_told() {
    check(
        "FirstName",
        None,
        &[&format!(
            "{OF_C} | the default mapping `name` has other fields than in the last sync: `crm` has no `FirstName` any more"
        )],
    );
    let mut employed = chat();
    employed.retain(|field| field.name.as_str() != "company");
    employed.push(FieldSpec::new("employment_name", Kind::Text));
    let known = synced(BODY, &facts(employed, crm()));
    let (said, _) = told(BODY, &known, &facts(chat(), crm()));
    assert_eq!(
        said,
        [format!(
            "{OF_C} | the default mapping `company` has other fields than in the last sync: `chat` has no `employment_name` any more, `chat` has `company`"
        )]
    );
}

#[test]
fn what_was_known_survives_being_written_down() {
    let known = synced(BODY, &facts(chat(), crm()));
    let text = serde_json::to_string(&known).unwrap();
    assert_eq!(serde_json::from_str::<Known>(&text).unwrap(), known);
    assert!(!text.contains("Unused__c"), "what nothing uses is not kept: {text}");
}
