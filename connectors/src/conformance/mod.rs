//! The conformance suite: what `docs/connector.md` says a connector MUST do, as checks with names.
//!
//! A connector's own tests make a [`Harness`], which lets people at the vendor's side add, edit and
//! delete contacts and lets the vendor misbehave, and call [`run`]. The [`Report`] says of each check
//! whether it passed, failed and why, or does not apply to that vendor; a test also pins which ones did not
//! apply, so that nothing drops out unseen.
//!
//! The suite must never touch a real account: it adds, deletes and merges contacts. It keeps the
//! invariant that each check stands alone: it works on people of its own and expects nothing of those
//! that earlier checks left behind.

mod bench;
mod calls;
mod feed;
mod reads;
mod report;
mod writes;

#[cfg(test)]
mod tests;

use crate::contract::Connector;
use async_trait::async_trait;
use bench::{Bench, Check};
use futures_util::future::BoxFuture;
pub use report::{Report, Verdict};
use syntony_core::ids::{ContactId, FieldName, Tag};
use syntony_core::record::Fields;
use syntony_core::value::Value;

/// A vendor to test a connector against: a simulator, with a connector to it.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The connector under test, always the same one.
    fn connector(&self) -> &dyn Connector;

    /// The person of that number: another address for each number, every field writable.
    fn person(&self, number: u32) -> Person;

    /// An id that the vendor never gave, in the vendor's form.
    fn no_such_contact(&self) -> ContactId;

    /// A tag that contacts can get.
    fn tag(&self) -> Tag;

    /// Fields that the vendor refuses to create a contact with, if there are any.
    fn refused(&self) -> Option<Fields>;

    /// A person is added at the vendor's side, in the way that makes contacts known.
    async fn add(&self, fields: &Fields) -> ContactId;

    /// Somebody edits a contact at the vendor's side. [`Value::Null`] empties a field.
    async fn edit(&self, id: &ContactId, fields: &Fields);

    /// Somebody deletes a contact at the vendor's side.
    async fn delete(&self, id: &ContactId) -> Support;

    /// Somebody brings a deleted contact back.
    async fn restore(&self, id: &ContactId) -> Support;

    /// Somebody merges one contact into another.
    async fn merge(&self, loser: &ContactId, survivor: &ContactId) -> Support;

    /// Every cursor that was given so far expires.
    async fn expire_cursors(&self) -> Support;

    /// The next create is applied, and its answer never arrives.
    async fn lose_next_answer(&self) -> Support;

    /// Waits until what was written is visible everywhere.
    async fn settle(&self);

    /// What the vendor itself holds in a field, as the connector would observe it.
    async fn held(&self, id: &ContactId, field: &FieldName) -> Value;

    /// How many contacts the vendor itself holds with that address.
    async fn count(&self, address: &str) -> usize;
}

/// Whether a vendor has such a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It was done.
    Done,
    /// The vendor has no such thing.
    NotOffered,
}

/// Somebody who becomes a contact.
#[derive(Clone, Debug)]
pub struct Person {
    /// All fields; `address`, `kept` and `changed` are among them.
    pub fields: Fields,
    /// The e-mail address, as text.
    pub address: String,
    /// The name of an optional field that is filled.
    pub kept: FieldName,
    /// The name of another optional field that is filled.
    pub changed: FieldName,
    /// Another value for `changed`.
    pub other: Value,
}

/// One check.
struct Entry {
    name: &'static str,
    run: for<'a> fn(&'a Bench<'a>) -> BoxFuture<'a, Check>,
}

/// A check's name is its function's, so that the two never part.
macro_rules! checks {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        &[$($(Entry { name: stringify!($name), run: |bench| Box::pin($module::$name(bench)) }),+),+]
    };
}

const CHECKS: &[Entry] = checks! {
    feed:
        a_listing_names_every_contact,
        a_listing_ends,
        a_cursor_covers_what_came_before_it,
        what_comes_after_a_cursor_is_not_missed,
        an_expired_cursor_is_an_error,
        a_foreign_cursor_is_an_error,
        a_listing_reports_no_living_contact_gone,
        a_deletion_is_reported_by_tombstone_alone,
        a_restored_contact_comes_back_under_its_id,
        a_merged_contact_leads_to_its_survivor;
    reads:
        every_id_is_answered,
        a_read_shows_what_people_wrote,
        what_is_empty_is_observed_as_empty,
        a_living_contact_is_never_read_as_gone,
        records_hold_what_the_schema_says,
        an_address_finds_its_contacts,
        an_address_nobody_has_finds_nobody,
        the_account_is_named_and_stays;
    writes:
        every_op_has_one_outcome,
        a_create_is_found_again,
        a_create_carries_its_tags,
        an_unknown_create_is_not_repeated,
        an_update_leaves_other_fields_alone,
        a_clear_works_or_is_refused,
        an_outdated_write_is_stale,
        a_write_to_no_contact_creates_none,
        a_tag_goes_on_and_off_and_twice_is_once,
        a_tag_is_taken_as_its_limits_say,
        the_outcome_is_what_the_server_holds,
        a_refused_op_leaves_the_others,
        normalising_twice_is_normalising_once;
    calls:
        every_limit_is_at_least_one,
        full_batches_are_taken,
        an_empty_call_is_no_call,
        calls_are_counted,
        the_forecast_is_near;
};

/// The names of all checks, in the order they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    CHECKS.iter().map(|check| check.name)
}

/// Runs every check, each on people of its own.
pub async fn run(harness: &dyn Harness) -> Report {
    let bench = Bench::new(harness);
    let mut report = Report::default();
    for check in CHECKS {
        let verdict = match (check.run)(&bench).await {
            Ok(()) => Verdict::Passed,
            Err(bench::Miss::NotOffered(what)) => Verdict::NotOffered(what),
            Err(bench::Miss::Failed(why)) => Verdict::Failed(why),
        };
        report.results.push((check.name, verdict));
    }
    report
}
