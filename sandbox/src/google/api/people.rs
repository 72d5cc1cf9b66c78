//! Single contacts: get, batchGet, search, create, update, delete.

use super::super::book::{Book, Now};
use super::super::contact::Contact;
use super::super::error::{Answer, ApiError};
use super::super::mask::{Mask, Sources};
use super::super::query::Query;
use super::super::view::{self, Told};
use super::{MAX_BATCH_CONTACTS, at_most};
use serde_json::{Map, Value as Json, json};

const SEARCH_DEFAULT: usize = 10;
const SEARCH_MOST: usize = 30;

/// `people.get`. `me` is the account itself, which is a profile and no contact.
pub(in super::super) fn get(book: &Book, name: &str, query: &Query, me: &Json) -> Answer {
    let mask = read_mask(query)?;
    if name == "people/me" {
        return Ok(projected(me, &mask));
    }
    shown(book.find(name)?, &mask, query)
}

/// `people.getBatchGet`. Names that are none come as 404 within the answer.
pub(in super::super) fn batch_get(book: &Book, query: &Query) -> Answer {
    let mask = read_mask(query)?;
    let names: Vec<&str> = query.all("resourceNames").collect();
    if names.is_empty() {
        return Err(ApiError::violation("resourceNames", "Request must set resource_names."));
    }
    at_most(names.len(), MAX_BATCH_CONTACTS, "resourceNames")?;
    let responses: Result<Vec<Json>, ApiError> = names
        .into_iter()
        .map(|name| match book.find(name) {
            Ok(contact) => Ok(person_response(name, shown(contact, &mask, query)?)),
            Err(error) => Ok(json!({
                "requestedResourceName": name, "httpStatusCode": error.code, "status": error.rpc_status(),
            })),
        })
        .collect();
    Ok(json!({ "responses": responses? }))
}

/// A person inside of an answer about several.
pub(super) fn person_response(requested: &str, person: Json) -> Json {
    json!({ "requestedResourceName": requested, "person": person, "httpStatusCode": 200, "status": {} })
}

/// `people.searchContacts`.
pub(in super::super) fn search(book: &mut Book, query: &Query, now: &Now) -> Answer {
    let Some(mask) = query.one("readMask") else {
        return Err(ApiError::violation("readMask", "readMask mask is required."));
    };
    let mask = Mask::read(mask, "readMask")?;
    let limit = query.page_size(SEARCH_DEFAULT, SEARCH_MOST)?;
    let found = book.search.find(query.one("query").unwrap_or_default(), limit, now.ms);
    if found.is_empty() {
        return Ok(json!({}));
    }
    let results: Result<Vec<Json>, ApiError> =
        found.iter().map(|contact| Ok(json!({ "person": shown(contact, &mask, query)? }))).collect();
    Ok(json!({ "results": results? }))
}

/// `people.createContact`.
pub(in super::super) fn create(book: &mut Book, query: &Query, body: &Json, now: &Now) -> Answer {
    let mask = read_mask_or_everything(query)?;
    let sources = Sources::parse(query.all("sources"))?;
    let draft = book.prepare_create(body, 0, now)?;
    Ok(view::person(&book.apply(draft, now), &mask, sources, Told::Plainly))
}

/// `people.updateContact`.
pub(in super::super) fn update(book: &mut Book, name: &str, query: &Query, body: &Json, now: &Now) -> Answer {
    let Some(paths) = query.one("updatePersonFields") else {
        return Err(ApiError::violation("updatePersonFields", "updatePersonFields mask is required."));
    };
    let update_mask = Mask::update(paths, "updatePersonFields")?;
    let mask = read_mask_or_everything(query)?;
    let sources = Sources::parse(query.all("sources"))?;
    let draft = book.prepare_update(name, body, &update_mask, now)?;
    Ok(view::person(&book.apply(draft, now), &mask, sources, Told::Plainly))
}

/// `people.deleteContact`. Takes no etag: the contact is deleted whatever became of it.
pub(in super::super) fn delete(book: &mut Book, name: &str, now: &Now) -> Answer {
    book.delete(name, now)?;
    Ok(json!({}))
}

fn shown(contact: &Contact, mask: &Mask, query: &Query) -> Answer {
    Ok(view::person(contact, mask, Sources::parse(query.all("sources"))?, Told::Plainly))
}

/// The mask that a read must bring.
fn read_mask(query: &Query) -> Result<Mask, ApiError> {
    if let Some(fields) = query.one("requestMask.includeField") {
        let paths: Vec<&str> =
            fields.split(',').map(|path| path.trim().strip_prefix("person.").unwrap_or(path)).collect();
        return Mask::read(&paths.join(","), "requestMask.includeField");
    }
    match query.one("personFields") {
        Some(fields) => Mask::read(fields, "personFields"),
        None => {
            let text = "personFields mask is required. Please specify one or more valid paths. Valid paths are \
                        documented at https://developers.google.com/people/api/rest/v1/people/get.";
            Err(ApiError::violation("personFields", text))
        }
    }
}

/// The mask of a write's answer: everything, if none is given.
fn read_mask_or_everything(query: &Query) -> Result<Mask, ApiError> {
    query
        .one("personFields")
        .map_or_else(|| Ok(Mask::everything()), |fields| Mask::read(fields, "personFields"))
}

fn projected(person: &Json, mask: &Mask) -> Json {
    let always = |key: &str| key == "resourceName" || key == "etag";
    let fields = person.as_object().into_iter().flatten();
    let kept: Map<String, Json> = fields
        .filter(|(key, _)| always(key) || mask.has(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Json::Object(kept)
}
