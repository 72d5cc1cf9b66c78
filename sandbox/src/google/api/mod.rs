//! The methods of the People API, on the address book alone: no HTTP, no clock, no waiting.

pub(super) mod batches;
pub(super) mod groups;
pub(super) mod people;

use super::error::ApiError;
use serde_json::Value as Json;

/// The most contacts of one batch, and of one batchGet.
const MAX_BATCH_CONTACTS: usize = 200;

fn text<'a>(body: &'a Json, key: &str) -> &'a str {
    body.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn texts<'a>(body: &'a Json, key: &str) -> Vec<&'a str> {
    let items = body.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Json::as_str).collect()
}

/// Refuses more than `most` of something.
fn at_most(count: usize, most: usize, what: &str) -> Result<(), ApiError> {
    if count > most {
        return Err(ApiError::violation(what, format!("Request can have at most {most} {what}.")));
    }
    Ok(())
}
