//! Which method of the People API a request is, and what every method costs, needs and takes.
//!
//! <https://developers.google.com/people/api/rest>

use super::listing;
use super::quota::Metric;
use super::shape::{self, Shape};
use axum::http::Method;

/// A method with the resource it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    ListConnections,
    Get(String),
    BatchGet,
    Search,
    Create,
    Update(String),
    Delete(String),
    BatchCreate,
    BatchUpdate,
    BatchDelete,
    ListGroups,
    GetGroup(String),
    BatchGetGroups,
    CreateGroup,
    UpdateGroup(String),
    DeleteGroup(String),
    ModifyMembers(String),
    /// Google has it, the simulator has not.
    Unsimulated(&'static str),
}

/// Reads and writes.
pub const SCOPE_CONTACTS: &str = "https://www.googleapis.com/auth/contacts";
/// Reads alone.
pub const SCOPE_READONLY: &str = "https://www.googleapis.com/auth/contacts.readonly";

impl Call {
    /// The method of a path, or `None` if there is no such path.
    pub(super) fn parse(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        let (resource, verb) = match path.split_once(':') {
            Some((resource, verb)) => (resource, Some(verb)),
            None => (path, None),
        };
        let segments: Vec<&str> = resource.split('/').collect();
        let name = || resource.to_owned();
        let call = match (method.as_str(), segments.as_slice(), verb) {
            ("GET", ["people", "me", "connections"], None) => Self::ListConnections,
            ("GET", ["people", _], None) => Self::Get(name()),
            ("GET", ["people"], Some("batchGet")) => Self::BatchGet,
            ("GET", ["people"], Some("searchContacts")) => Self::Search,
            ("POST", ["people"], Some("createContact")) => Self::Create,
            ("PATCH", ["people", _], Some("updateContact")) => Self::Update(name()),
            ("DELETE", ["people", _], Some("deleteContact")) => Self::Delete(name()),
            ("POST", ["people"], Some("batchCreateContacts")) => Self::BatchCreate,
            ("POST", ["people"], Some("batchUpdateContacts")) => Self::BatchUpdate,
            ("POST", ["people"], Some("batchDeleteContacts")) => Self::BatchDelete,
            ("GET", ["contactGroups"], None) => Self::ListGroups,
            ("POST", ["contactGroups"], None) => Self::CreateGroup,
            ("GET", ["contactGroups"], Some("batchGet")) => Self::BatchGetGroups,
            ("GET", ["contactGroups", _], None) => Self::GetGroup(name()),
            ("PUT", ["contactGroups", _], None) => Self::UpdateGroup(name()),
            ("DELETE", ["contactGroups", _], None) => Self::DeleteGroup(name()),
            ("POST", ["contactGroups", _, "members"], Some("modify")) => {
                Self::ModifyMembers(name().trim_end_matches("/members").to_owned())
            }
            ("PATCH", ["people", _], Some("updateContactPhoto")) => {
                Self::Unsimulated("people.updateContactPhoto")
            }
            ("DELETE", ["people", _], Some("deleteContactPhoto")) => {
                Self::Unsimulated("people.deleteContactPhoto")
            }
            ("GET", ["people"], Some("listDirectoryPeople")) => {
                Self::Unsimulated("people.listDirectoryPeople")
            }
            ("GET", ["people"], Some("searchDirectoryPeople")) => {
                Self::Unsimulated("people.searchDirectoryPeople")
            }
            ("GET", ["otherContacts"], None | Some("search")) => Self::Unsimulated("otherContacts"),
            ("POST", ["otherContacts", _], Some("copyOtherContactToMyContactsGroup")) => {
                Self::Unsimulated("otherContacts.copyOtherContactToMyContactsGroup")
            }
            _ => return None,
        };
        Some(call)
    }

    /// The path as the documents write it.
    pub(super) fn template(&self) -> &'static str {
        match self {
            Call::ListConnections => "/v1/people/me/connections",
            Call::Get(_) => "/v1/people/{id}",
            Call::BatchGet => "/v1/people:batchGet",
            Call::Search => "/v1/people:searchContacts",
            Call::Create => "/v1/people:createContact",
            Call::Update(_) => "/v1/people/{id}:updateContact",
            Call::Delete(_) => "/v1/people/{id}:deleteContact",
            Call::BatchCreate => "/v1/people:batchCreateContacts",
            Call::BatchUpdate => "/v1/people:batchUpdateContacts",
            Call::BatchDelete => "/v1/people:batchDeleteContacts",
            Call::ListGroups | Call::CreateGroup => "/v1/contactGroups",
            Call::BatchGetGroups => "/v1/contactGroups:batchGet",
            Call::GetGroup(_) | Call::UpdateGroup(_) | Call::DeleteGroup(_) => "/v1/contactGroups/{id}",
            Call::ModifyMembers(_) => "/v1/contactGroups/{id}/members:modify",
            Call::Unsimulated(_) => "/v1/…",
        }
    }

    /// Whether it changes anything: such calls must come one after the other.
    pub(super) fn mutates(&self) -> bool {
        match self {
            Call::Create
            | Call::Update(_)
            | Call::Delete(_)
            | Call::BatchCreate
            | Call::BatchUpdate
            | Call::BatchDelete
            | Call::CreateGroup
            | Call::UpdateGroup(_)
            | Call::DeleteGroup(_)
            | Call::ModifyMembers(_) => true,
            Call::ListConnections
            | Call::Get(_)
            | Call::BatchGet
            | Call::Search
            | Call::ListGroups
            | Call::GetGroup(_)
            | Call::BatchGetGroups
            | Call::Unsimulated(_) => false,
        }
    }

    /// The scopes of which one is needed.
    pub(super) fn scopes(&self) -> &'static [&'static str] {
        if self.mutates() { &[SCOPE_CONTACTS] } else { &[SCOPE_CONTACTS, SCOPE_READONLY] }
    }

    /// What it takes from the quotas.
    pub(super) fn costs(&self) -> &'static [(Metric, u32)] {
        use Metric::{CriticalRead, CriticalWrite, Read, Write};
        match self {
            Call::ListConnections | Call::Get(_) | Call::BatchGet | Call::Search => &[(CriticalRead, 1)],
            Call::Create | Call::Update(_) => &[(CriticalWrite, 1), (CriticalRead, 1)],
            Call::BatchCreate | Call::BatchUpdate => &[(CriticalWrite, 6), (CriticalRead, 6)],
            Call::Delete(_) | Call::BatchDelete => &[(Write, 1)],
            Call::ListGroups | Call::GetGroup(_) | Call::BatchGetGroups => &[(Read, 1)],
            Call::CreateGroup | Call::UpdateGroup(_) | Call::DeleteGroup(_) | Call::ModifyMembers(_) => {
                &[(Write, 1)]
            }
            Call::Unsimulated(_) => &[],
        }
    }

    /// Its query parameters, beside those that every method has.
    pub(super) fn parameters(&self) -> &'static [&'static str] {
        match self {
            Call::ListConnections => &listing::PARAMETERS,
            Call::Get(_) => &["personFields", "requestMask.includeField", "sources"],
            Call::BatchGet => &["personFields", "requestMask.includeField", "resourceNames", "sources"],
            Call::Search => &["pageSize", "query", "readMask", "sources"],
            Call::Create => &["personFields", "sources"],
            Call::Update(_) => &["personFields", "sources", "updatePersonFields"],
            Call::ListGroups => &["groupFields", "pageSize", "pageToken", "syncToken"],
            Call::GetGroup(_) => &["groupFields", "maxMembers"],
            Call::BatchGetGroups => &["groupFields", "maxMembers", "resourceNames"],
            Call::DeleteGroup(_) => &["deleteContacts"],
            Call::Delete(_)
            | Call::BatchCreate
            | Call::BatchUpdate
            | Call::BatchDelete
            | Call::CreateGroup
            | Call::UpdateGroup(_)
            | Call::ModifyMembers(_)
            | Call::Unsimulated(_) => &[],
        }
    }

    /// The shape of its body and the name that errors call it by; `None` if it has no body.
    pub(super) fn body(&self) -> Option<(&'static Shape, &'static str)> {
        match self {
            Call::Create | Call::Update(_) => Some((&shape::PERSON, "person")),
            Call::BatchCreate => Some((&shape::BATCH_CREATE, "")),
            Call::BatchUpdate => Some((&shape::BATCH_UPDATE, "")),
            Call::BatchDelete => Some((&shape::BATCH_DELETE, "")),
            Call::CreateGroup => Some((&shape::GROUP_CREATE, "")),
            Call::UpdateGroup(_) => Some((&shape::GROUP_UPDATE, "")),
            Call::ModifyMembers(_) => Some((&shape::MODIFY_MEMBERS, "")),
            Call::ListConnections
            | Call::Get(_)
            | Call::BatchGet
            | Call::Search
            | Call::Delete(_)
            | Call::ListGroups
            | Call::GetGroup(_)
            | Call::BatchGetGroups
            | Call::DeleteGroup(_)
            | Call::Unsimulated(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, path: &str, expected: Option<Call>) {
        assert_eq!(Call::parse(method, path), expected, "{method} {path}");
    }

    #[test]
    fn custom_verbs_are_told_from_resources() {
        let (get, post, patch) = (&Method::GET, &Method::POST, &Method::PATCH);
        check(get, "/v1/people/me/connections", Some(Call::ListConnections));
        check(get, "/v1/people/c1", Some(Call::Get("people/c1".to_owned())));
        check(patch, "/v1/people/c1:updateContact", Some(Call::Update("people/c1".to_owned())));
        check(post, "/v1/people:createContact", Some(Call::Create));
        check(
            post,
            "/v1/contactGroups/g1/members:modify",
            Some(Call::ModifyMembers("contactGroups/g1".to_owned())),
        );
        check(post, "/v1/people/c1:updateContact", None);
        check(get, "/people/me/connections", None);
        check(get, "/v1/people/me/connections/x", None);
    }
}
