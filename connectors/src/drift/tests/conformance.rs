//! The contract, whatever Drift does where its documents are silent.

use super::harness::TAG;
use super::{DriftConfig, World, attribute_tags};
use crate::conformance::run;
use syntony_sandbox::drift::{
    ConversationPaging, DeletedContacts, EmailFilter, ErrorBodies, LegacyTags, NullPatch, Settings,
};

async fn check(
    danger: &str,
    settings: impl FnOnce(&mut Settings),
    change: impl FnOnce(&mut DriftConfig),
    unlike_documented: impl FnOnce(&World),
) {
    let world = World::new(settings, change).await;
    world.workspace.define_tag(TAG);
    unlike_documented(&world);
    let report = run(&world).await;
    assert!(report.failed().is_empty(), "{danger}:\n{report}");
    let not_offered = [
        "an_expired_cursor_is_an_error",
        "a_merged_contact_leads_to_its_survivor",
        "an_outdated_write_is_stale",
    ];
    assert_eq!(report.not_offered(), not_offered, "{danger}:\n{report}");
}

#[tokio::test]
async fn drift_with_contact_tags_conforms() {
    check("contact tags", |_| {}, |_| {}, |_| {}).await;
}

#[tokio::test]
async fn drift_with_tags_in_an_attribute_conforms() {
    check("an attribute", |settings| settings.legacy_tags = LegacyTags::Gone, attribute_tags, |_| {}).await;
}

#[tokio::test]
async fn drift_conforms_whatever_a_null_does() {
    for null in [NullPatch::Ignore, NullPatch::Clear, NullPatch::Refuse] {
        check(&format!("{null:?}"), |settings| settings.null_patch = null, |_| {}, |_| {}).await;
    }
}

#[tokio::test]
async fn drift_conforms_in_both_generations_of_paging() {
    for paging in [ConversationPaging::Current, ConversationPaging::Old] {
        check(&format!("{paging:?}"), |settings| settings.conversation_paging = paging, |_| {}, |_| {}).await;
    }
}

#[tokio::test]
async fn drift_conforms_at_its_most_awkward() {
    let awkward = |settings: &mut Settings| {
        settings.email_filter = EmailFilter::Exact;
        settings.deleted_contacts = DeletedContacts::NotFound;
        settings.error_bodies = ErrorBodies::Empty;
    };
    check(
        "lag, reshaped values, no words",
        awkward,
        |_| {},
        |world| {
            world.workspace.faults().set_lag_ms(20_000);
            world.workspace.faults().set_normalise(true);
        },
    )
    .await;
}
