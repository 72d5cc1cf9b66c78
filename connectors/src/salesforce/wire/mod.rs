//! Salesforce's JSON and SOQL, both ways, and nothing of HTTP.
//!
//! Facts: <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/>. What an organisation has
//! ([`describe`]) decides what is asked for ([`view`]) and how a row reads ([`record`]).

pub(super) mod address;
pub(super) mod describe;
pub(super) mod fault;
pub(super) mod object;
pub(super) mod record;
pub(super) mod removal;
pub(super) mod schema;
pub(super) mod soql;
pub(super) mod stamp;
#[cfg(test)]
mod tests;
pub(super) mod view;

/// One row of an answer.
pub(super) type Row = serde_json::Map<String, serde_json::Value>;

/// The version of the API that everything here was written for: Winter '25, supported for years to come.
pub(super) const API_VERSION: &str = "v62.0";
/// Where that version lives.
pub(super) const API_PATH: &str = "/services/data/v62.0";
/// Who opted out of mail.
pub(super) const OPTED_OUT: &str = "HasOptedOutOfEmail";
/// Whether the row is a person account, which lives somewhere else.
pub(super) const IS_PERSON_ACCOUNT: &str = "IsPersonAccount";
/// Whether a lead was converted; its contact says the same.
pub(super) const IS_CONVERTED: &str = "IsConverted";
/// The name of a contact's account.
pub(super) const ACCOUNT_NAME: &str = "Account.Name";

/// A text of a row; an empty one is none.
pub(super) fn text<'a>(row: &'a Row, key: &str) -> Option<&'a str> {
    row.get(key).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty())
}

/// A yes or no of a row; what is missing is no.
pub(super) fn flag(row: &Row, key: &str) -> bool {
    row.get(key).and_then(serde_json::Value::as_bool).unwrap_or(false)
}
