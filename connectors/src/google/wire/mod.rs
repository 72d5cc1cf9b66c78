//! The People API's JSON, both ways, and nothing of HTTP.
//!
//! Facts: <https://developers.google.com/people/api/rest/v1/people>. A person is kept as the arrays Google
//! sent, because a write replaces whole arrays: what this program does not model has to be sent again as it
//! was ([`shadow`]).

pub(super) mod draft;
pub(super) mod fault;
pub(super) mod field;
pub(super) mod person;
pub(super) mod record;
pub(super) mod shadow;
#[cfg(test)]
mod tests;

/// One entry of one of a person's arrays.
pub(super) type Entry = serde_json::Map<String, serde_json::Value>;

/// The only source we read: without it, Google mixes the linked profile's data into the contact.
pub(super) const SOURCE: &str = "READ_SOURCE_TYPE_CONTACT";
/// The type of that source inside a person.
pub(super) const CONTACT: &str = "CONTACT";
/// The key of our marker among a contact's `clientData`, which no user sees and all apps share.
pub(super) const MARKER_KEY: &str = "syntony";
/// The label that makes a contact one of "My Contacts".
pub(super) const MY_CONTACTS: &str = "contactGroups/myContacts";

/// What we ask of a person, always all of it: then what is not in the answer is empty. `metadata` tells
/// deletions from empty people.
pub(super) const READ_MASK: &str = "metadata,memberships,clientData,names,nicknames,emailAddresses,\
phoneNumbers,addresses,organizations,urls,birthdays,biographies,occupations,userDefined";
