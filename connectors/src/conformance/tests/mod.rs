//! The suite on the reference connector; on broken ones, each of which has to be found out; and against
//! the text of the contract.

mod broken;
mod memory;

use super::*;
use crate::memory::{App, Form, Traits};
use broken::{Broken, DEFECTS};
use memory::MemoryHarness;
use std::collections::{BTreeMap, BTreeSet};

async fn check(traits: Traits, not_offered: &[&str]) {
    let app = App::new("m", traits, 1);
    let report = run(&MemoryHarness::new(&app, Box::new(app.connector()))).await;
    assert!(report.failed().is_empty(), "{report}");
    assert_eq!(report.not_offered(), not_offered, "{report}");
    assert_eq!(app.scripted(), 0, "every fault that a check asked for struck");
}

#[tokio::test(start_paused = true)]
async fn the_reference_connector_conforms_as_an_address_book() {
    check(Traits::address_book(), &[]).await;
}

#[tokio::test(start_paused = true)]
async fn the_reference_connector_conforms_as_a_chat_tool() {
    check(Traits::chat(), &["a_merged_contact_leads_to_its_survivor", "an_outdated_write_is_stale"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_reference_connector_conforms_while_everything_lags_and_is_rewritten() {
    let forms = BTreeMap::from([("given".into(), Form::SingleSpaces), ("emails".into(), Form::LowerCase)]);
    let traits =
        Traits { feed_lag_ms: 90_000, call_ms: 250, page_contacts: 3, forms, ..Traits::address_book() };
    check(traits, &[]).await;
}

#[tokio::test(start_paused = true)]
async fn the_reference_connector_conforms_with_as_little_as_a_vendor_can_offer() {
    let poor =
        Traits { tags: false, clears: false, page_contacts: 1, write_batch_contacts: 1, ..Traits::chat() };
    let not_offered = [
        "a_merged_contact_leads_to_its_survivor",
        "a_create_carries_its_tags",
        "an_outdated_write_is_stale",
        "a_tag_goes_on_and_off_and_twice_is_once",
        "a_tag_is_taken_as_its_limits_say",
        "a_refused_op_leaves_the_others",
    ];
    check(poor, &not_offered).await;
}

#[tokio::test(start_paused = true)]
async fn every_check_finds_a_connector_that_breaks_it() {
    for (defect, expected) in DEFECTS {
        let app = App::new("m", Traits::address_book(), 1);
        let report = run(&MemoryHarness::new(&app, Box::new(Broken::new(&app, *defect)))).await;
        for check in *expected {
            assert!(report.failed().contains(check), "{defect:?} is not found by {check}:\n{report}");
        }
    }
    let proven: BTreeSet<&str> = DEFECTS.iter().flat_map(|(_, checks)| checks.iter().copied()).collect();
    assert_eq!(proven, names().collect(), "every check was seen to fail");
}

#[test]
fn the_contract_and_the_suite_name_the_same_checks() {
    let text = include_str!("../../../../docs/connector.md");
    let looks_like_a_check = |word: &&str| {
        word.matches('_').count() >= 2 && word.chars().all(|c| c == '_' || c.is_ascii_lowercase())
    };
    // Every second piece between backticks is code; names of three words and more that are not checks are
    // fields of the capabilities.
    let fields =
        ["write_batch_contacts", "fetch_batch_contacts", "find_batch_addresses", "visibility_lag_seconds"];
    let named: BTreeSet<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(looks_like_a_check)
        .filter(|word| !fields.contains(word))
        .collect();
    assert_eq!(named, names().collect());
}
