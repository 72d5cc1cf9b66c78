//! Contact groups: list, get, create, update, delete, and who is in them.
//!
//! <https://developers.google.com/people/api/rest/v1/contactGroups>

use super::super::book::{Book, Now};
use super::super::contact::Key;
use super::super::error::{Answer, ApiError};
use super::super::groups::{Group, MY_CONTACTS};
use super::super::query::Query;
use super::super::token::{fingerprint, open, seal};
use super::{MAX_BATCH_CONTACTS, at_most, text, texts};
use crate::clock::rfc3339;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

const DEFAULT_PAGE: usize = 30;
const MAX_PAGE: usize = 1_000;
/// The most members added and removed by one call, together.
const MAX_MODIFY: usize = 1_000;
const FIELDS: [&str; 5] = ["clientData", "groupType", "memberCount", "metadata", "name"];
const DEFAULT_FIELDS: &str = "metadata,groupType,memberCount,name";
const SYNC_TOKEN_DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Serialize, Deserialize)]
struct SyncToken {
    after: u64,
    full_sync_ms: i64,
    parameters: String,
}

#[derive(Serialize, Deserialize)]
struct PageToken {
    offset: usize,
    since: Option<u64>,
    snapshot: u64,
    full_sync_ms: i64,
    parameters: String,
}

/// `contactGroups.list`. The sync token comes unasked, on the first page and on the last.
pub(in super::super) fn list(book: &Book, query: &Query, now: &Now) -> Answer {
    let fields = fields(query.one("groupFields").unwrap_or(DEFAULT_FIELDS), "groupFields")?;
    let page_size = query.page_size(DEFAULT_PAGE, MAX_PAGE)?;
    let parameters = fingerprint(&format!("{fields:?}"));
    let page = match query.one("pageToken") {
        Some(token) => open::<PageToken>("group page", token)
            .filter(|page| page.parameters == parameters)
            .ok_or_else(ApiError::invalid_argument)?,
        None => first_page(book, query, &parameters, now.ms)?,
    };
    let asked = |group: &&&Group| match page.since {
        Some(since) => group.revision > since && !group.system,
        None => !group.deleted,
    };
    let all = book.groups.all();
    let groups: Vec<&&Group> = all.iter().filter(asked).collect();
    let shown: Vec<Json> =
        groups.iter().skip(page.offset).take(page_size).map(|group| view(group, &fields, None)).collect();
    let next = page.offset + shown.len();
    let has_more = next < groups.len();

    let mut answer = Map::new();
    if !shown.is_empty() {
        answer.insert("contactGroups".to_owned(), Json::Array(shown));
        answer.insert("totalItems".to_owned(), json!(groups.len()));
    }
    if page.offset == 0 || !has_more {
        let token = SyncToken { after: page.snapshot, full_sync_ms: page.full_sync_ms, parameters };
        answer.insert("nextSyncToken".to_owned(), Json::from(seal("group sync", &token)));
    }
    if has_more {
        let token = seal("group page", &PageToken { offset: next, ..page });
        answer.insert("nextPageToken".to_owned(), Json::from(token));
    }
    Ok(Json::Object(answer))
}

fn first_page(book: &Book, query: &Query, parameters: &str, now_ms: i64) -> Result<PageToken, ApiError> {
    let snapshot = book.groups.last();
    let parameters = parameters.to_owned();
    let Some(token) = query.one("syncToken") else {
        return Ok(PageToken { offset: 0, since: None, snapshot, full_sync_ms: now_ms, parameters });
    };
    let token: SyncToken = open("group sync", token).ok_or_else(ApiError::invalid_argument)?;
    if now_ms - token.full_sync_ms >= SYNC_TOKEN_DAYS * DAY_MS {
        return Err(ApiError::expired_sync_token());
    }
    if token.parameters != parameters {
        return Err(ApiError::invalid_argument());
    }
    let (since, full_sync_ms) = (Some(token.after), token.full_sync_ms);
    Ok(PageToken { offset: 0, since, snapshot, full_sync_ms, parameters })
}

/// `contactGroups.get`.
pub(in super::super) fn get(book: &Book, name: &str, query: &Query) -> Answer {
    let fields = fields(query.one("groupFields").unwrap_or(DEFAULT_FIELDS), "groupFields")?;
    Ok(view(book.groups.get(name)?, &fields, Some(max_members(query)?)))
}

/// `contactGroups.batchGet`.
pub(in super::super) fn batch_get(book: &Book, query: &Query) -> Answer {
    let fields = fields(query.one("groupFields").unwrap_or(DEFAULT_FIELDS), "groupFields")?;
    let most = max_members(query)?;
    let names: Vec<&str> = query.all("resourceNames").collect();
    at_most(names.len(), MAX_BATCH_CONTACTS, "resourceNames")?;
    let response = |name: &str| match book.groups.get(name) {
        Ok(group) => {
            json!({ "requestedResourceName": name, "status": {}, "contactGroup": view(group, &fields, Some(most)) })
        }
        Err(error) => json!({ "requestedResourceName": name, "status": error.rpc_status() }),
    };
    Ok(json!({ "responses": names.into_iter().map(response).collect::<Vec<_>>() }))
}

/// `contactGroups.create`.
pub(in super::super) fn create(book: &mut Book, body: &Json, now: &Now) -> Answer {
    let fields = read_fields(body)?;
    let group = body.get("contactGroup").unwrap_or(&Json::Null);
    let id = book.free_group_id();
    let group = book.groups.create(id, text(group, "name"), client_data(group), now.ms)?;
    Ok(view(group, &fields, None))
}

/// `contactGroups.update`. A stale etag is 409 here, and 400 with contacts.
pub(in super::super) fn update(book: &mut Book, name: &str, body: &Json, now: &Now) -> Answer {
    let read = read_fields(body)?;
    let group = body.get("contactGroup").unwrap_or(&Json::Null);
    let mask = match text(body, "updateGroupFields") {
        "" => "name",
        mask => mask,
    };
    let mask = fields(mask, "updateGroupFields")?;
    if let Some(path) = mask.iter().find(|path| !matches!(**path, "name" | "clientData")) {
        return Err(ApiError::bad_mask("updateGroupFields", path));
    }
    let new_name = mask.contains("name").then(|| text(group, "name"));
    let new_data = mask.contains("clientData").then(|| client_data(group));
    let group = book.groups.update(name, text(group, "etag"), new_name, new_data, now.ms)?;
    Ok(view(group, &read, None))
}

/// `contactGroups.delete`, which deletes the members too if it is told to.
///
/// What becomes of a contact that was in no other group is not documented. Since "a contact must always
/// have at least one contact group membership", it goes to My Contacts here.
pub(in super::super) fn delete(book: &mut Book, name: &str, query: &Query, now: &Now) -> Answer {
    let with_contacts = query.flag("deleteContacts")?;
    for key in book.groups.delete(name, now.ms)? {
        let contact = key.to_string();
        if with_contacts {
            book.delete(&contact, now)?;
            continue;
        }
        let mut groups = book.find(&contact)?.groups.clone();
        groups.retain(|id| book.groups.by_id(id).is_some_and(|group| !group.deleted));
        if groups.is_empty() {
            groups.insert(MY_CONTACTS.to_owned());
        }
        book.regroup(key, groups, now);
    }
    Ok(json!({}))
}

/// `contactGroups.members.modify`. Who cannot be added or removed is named in an answer of 200.
pub(in super::super) fn modify(book: &mut Book, name: &str, body: &Json, now: &Now) -> Answer {
    let (add, remove) = (texts(body, "resourceNamesToAdd"), texts(body, "resourceNamesToRemove"));
    at_most(add.len() + remove.len(), MAX_MODIFY, "resourceNames")?;
    let group = book.groups.get(name)?;
    let (id, takes_members) = (group.id.clone(), group.takes_members());
    if !add.is_empty() && !takes_members {
        return Err(ApiError::invalid(format!("Contacts cannot be added to the contact group \"{name}\".")));
    }
    let mut not_found = Vec::new();
    let mut last_group = Vec::new();
    for (contact, adding) in
        add.into_iter().map(|it| (it, true)).chain(remove.into_iter().map(|it| (it, false)))
    {
        let Ok(found) = book.find(contact) else {
            not_found.push(contact);
            continue;
        };
        let (key, mut groups) = (found.key, found.groups.clone());
        if adding {
            groups.insert(id.clone());
        } else {
            groups.remove(&id);
        }
        if groups.is_empty() {
            last_group.push(contact);
        } else {
            book.regroup(key, groups, now);
        }
    }
    let mut answer = Map::new();
    for (key, names) in
        [("notFoundResourceNames", not_found), ("canNotRemoveLastContactGroupResourceNames", last_group)]
    {
        if !names.is_empty() {
            answer.insert(key.to_owned(), json!(names));
        }
    }
    Ok(Json::Object(answer))
}

/// A group with these fields. Members are told by `get` alone, and only so many.
fn view(group: &Group, fields: &BTreeSet<&'static str>, members: Option<usize>) -> Json {
    let mut view = Map::new();
    let mut put = |key: &str, value: Json| view.insert(key.to_owned(), value);
    put("resourceName", Json::from(group.resource_name()));
    if let Some(etag) = group.etag() {
        put("etag", Json::from(etag));
    }
    if group.deleted {
        put("metadata", json!({ "deleted": true, "updateTime": rfc3339(group.updated_ms) }));
        return Json::Object(view);
    }
    if fields.contains("metadata") && !group.system {
        put("metadata", json!({ "updateTime": rfc3339(group.updated_ms) }));
    }
    if fields.contains("groupType") {
        let kind = if group.system { "SYSTEM_CONTACT_GROUP" } else { "USER_CONTACT_GROUP" };
        put("groupType", Json::from(kind));
    }
    if fields.contains("name") {
        put("name", Json::from(group.name.as_str()));
        put("formattedName", Json::from(group.formatted_name.as_str()));
    }
    if fields.contains("memberCount") && !group.members.is_empty() {
        put("memberCount", json!(group.members.len()));
    }
    if fields.contains("clientData") && !group.client_data.is_empty() {
        let data: Vec<Json> =
            group.client_data.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        put("clientData", Json::Array(data));
    }
    let names: Vec<String> =
        group.members.iter().take(members.unwrap_or_default()).map(Key::to_string).collect();
    if !names.is_empty() {
        put("memberResourceNames", json!(names));
    }
    Json::Object(view)
}

fn fields(mask: &str, parameter: &str) -> Result<BTreeSet<&'static str>, ApiError> {
    mask.split(',')
        .map(str::trim)
        .map(|path| {
            FIELDS.into_iter().find(|known| *known == path).ok_or_else(|| ApiError::bad_mask(parameter, path))
        })
        .collect()
}

/// The fields of a write's answer.
fn read_fields(body: &Json) -> Result<BTreeSet<&'static str>, ApiError> {
    match text(body, "readGroupFields") {
        "" => fields(DEFAULT_FIELDS, "readGroupFields"),
        mask => fields(mask, "readGroupFields"),
    }
}

fn max_members(query: &Query) -> Result<usize, ApiError> {
    let most = query.int("maxMembers")?.unwrap_or_default();
    usize::try_from(most).map_err(|_| ApiError::invalid_argument())
}

fn client_data(group: &Json) -> Vec<(String, String)> {
    let items = group.get("clientData").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| (text(item, "key").to_owned(), text(item, "value").to_owned())).collect()
}
