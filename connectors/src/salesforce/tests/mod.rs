//! The connector against the simulator ([`conformance`], [`sandbox`], [`access`]), and against a vendor that
//! follows a script ([`listing`], [`polling`], [`hostile`]): answers that a well-behaved simulator never gives.

mod access;
mod answering;
mod bulk;
mod conformance;
mod hostile;
mod listing;
mod polling;
mod refusing;
mod sandbox;
mod tagging;
mod vendor;
mod writing;

use super::Salesforce;
use super::config::{SObject, SalesforceConfig, TagStore};
use crate::auth::{Credentials, TokenOptions};
use crate::contract::{Change, Connector, Coverage, From, Next, Observation};
use crate::error::ConnectorError;
use crate::http::{Rate, RetryPolicy};
use std::num::NonZeroU32;
use std::time::Duration;
use syntony_core::ids::{AppName, ContactId, Cursor, OpKey};
use syntony_core::op::Outcome;
use syntony_core::record::Evidence;
use url::Url;

/// A configuration for tests: the same as ever, without the waits.
fn config(base_url: Url, object: SObject) -> SalesforceConfig {
    let mut config = SalesforceConfig::new(AppName::new("crm"), object, Credentials::Token("t0ken".into()));
    config.base_url = Some(base_url);
    config.tokens = TokenOptions { retry: RetryPolicy::impatient(), ..TokenOptions::default() };
    config.retry = RetryPolicy { max_attempts: 3, ..RetryPolicy::impatient() };
    config.rate = Rate::per_second(NonZeroU32::new(100_000).unwrap());
    config.tags = TagStore::Field("Tags__c".into());
    config.bulk_poll = Duration::from_millis(1);
    config
}

/// The changes of a whole listing, and its end.
async fn list(
    salesforce: &Salesforce,
    from: From,
) -> Result<(Vec<Change>, Cursor, Coverage), ConnectorError> {
    let (mut changes, mut from) = (Vec::new(), from);
    for _ in 0..1_000 {
        let page = salesforce.changes(&from).await?;
        changes.extend(page.changes);
        match page.next {
            Next::Page(token) => from = From::Page(token),
            Next::End { cursor, coverage } => return Ok((changes, cursor, coverage)),
        }
    }
    panic!("a listing that does not end")
}

/// A change as short text: the id, what was seen, and who it was before.
fn brief_change(change: &Change) -> String {
    let what = match &change.what {
        Observation::Live(_) => "live".to_owned(),
        Observation::Gone(Evidence::MergedInto(survivor)) => format!("merged into {survivor}"),
        Observation::Gone(_) => "gone".to_owned(),
        Observation::Unknown => "unknown".to_owned(),
        Observation::Unreadable(reason) => format!("unreadable: {reason}"),
    };
    let were: Vec<&str> = change.previous_ids.iter().map(ContactId::as_str).collect();
    if were.is_empty() {
        format!("{} {what}", change.id)
    } else {
        format!("{} {what} was {}", change.id, were.join(" "))
    }
}

/// Changes as short text, in order.
fn brief_changes(changes: &[Change]) -> Vec<String> {
    changes.iter().map(brief_change).collect()
}

/// Outcomes in the order of their keys, as short text.
fn brief(mut outcomes: Vec<(OpKey, Outcome)>) -> Vec<String> {
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    outcomes
        .into_iter()
        .map(|(key, outcome)| {
            let what = match outcome {
                Outcome::Applied { id, .. } => format!("applied {id}"),
                Outcome::Stale => "stale".to_owned(),
                Outcome::Rejected(rejection) => {
                    let field = rejection.field.map(|field| format!(" ({field})")).unwrap_or_default();
                    format!("rejected{field}: {}", rejection.reason)
                }
                Outcome::Deferred(reason) => format!("deferred: {reason}"),
                Outcome::Unknown => "unknown".to_owned(),
            };
            format!("{key} {what}")
        })
        .collect()
}
