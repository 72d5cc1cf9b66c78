//! Batches: all or nothing, and one mask for everybody.
//!
//! That nothing is applied when one item is refused is not documented; that an error carries details for
//! each refused contact is. A client must not count on the rest having passed.

use super::super::book::{Book, Draft, Now};
use super::super::error::{Answer, ApiError, BatchKind};
use super::super::mask::{Mask, Sources};
use super::super::view::{self, Told};
use super::people::person_response;
use super::{MAX_BATCH_CONTACTS, at_most, text, texts};
use serde_json::{Map, Value as Json, json};

const MAX_BATCH_DELETE: usize = 500;

/// `people.batchCreateContacts`. Without a `readMask` the answer is empty, and the new names are not told.
pub(in super::super) fn create(book: &mut Book, body: &Json, now: &Now) -> Answer {
    let contacts = body.get("contacts").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    if contacts.is_empty() {
        return Err(ApiError::violation("contacts", "Request must set contacts."));
    }
    at_most(contacts.len(), MAX_BATCH_CONTACTS, "contacts")?;
    let answer = Reading::of(body)?;
    let nobody = json!({});
    let drafts = contacts.iter().enumerate().map(|(index, contact)| {
        let person = contact.get("contactPerson").unwrap_or(&nobody);
        (index.to_string(), book.prepare_create(person, index, now))
    });
    let drafts = all_or_none(BatchKind::Create, drafts.collect())?;
    let created: Vec<Json> = drafts
        .into_iter()
        .map(|(_, draft)| {
            let contact = book.apply(draft, now);
            answer.as_ref().map(|reading| person_response(&contact.key.to_string(), reading.person(&contact)))
        })
        .collect::<Option<_>>()
        .unwrap_or_default();
    Ok(if created.is_empty() { json!({}) } else { json!({ "createdPeople": created }) })
}

/// `people.batchUpdateContacts`. The fields of the one mask are replaced in every contact.
pub(in super::super) fn update(book: &mut Book, body: &Json, now: &Now) -> Answer {
    let contacts = body.get("contacts").and_then(Json::as_object).filter(|contacts| !contacts.is_empty());
    let contacts = contacts.ok_or_else(|| ApiError::violation("contacts", "Request must set contacts."))?;
    at_most(contacts.len(), MAX_BATCH_CONTACTS, "contacts")?;
    let update_mask = Mask::update(text(body, "updateMask"), "updateMask")?;
    let answer = Reading::of(body)?;
    let drafts = contacts
        .iter()
        .map(|(name, person)| (name.clone(), book.prepare_update(name, person, &update_mask, now)));
    let drafts = all_or_none(BatchKind::Update, drafts.collect())?;
    let mut result = Map::new();
    for (name, draft) in drafts {
        let contact = book.apply(draft, now);
        if let Some(reading) = &answer {
            let response = person_response(&name, reading.person(&contact));
            result.insert(name, response);
        }
    }
    Ok(if result.is_empty() { json!({}) } else { json!({ "updateResult": result }) })
}

/// `people.batchDeleteContacts`.
pub(in super::super) fn delete(book: &mut Book, body: &Json, now: &Now) -> Answer {
    let names = texts(body, "resourceNames");
    at_most(names.len(), MAX_BATCH_DELETE, "resourceNames")?;
    for name in &names {
        book.find(name)?;
    }
    for name in names {
        match book.delete(name, now) {
            Ok(()) | Err(ApiError { code: 404, .. }) => {} // named twice
            Err(error) => return Err(error),
        }
    }
    Ok(json!({}))
}

/// What a batch wants to read back.
struct Reading {
    mask: Mask,
    sources: Sources,
}

impl Reading {
    /// `None` if the batch wants nothing back.
    fn of(body: &Json) -> Result<Option<Self>, ApiError> {
        let sources = Sources::parse(texts(body, "sources").into_iter())?;
        match text(body, "readMask") {
            "" => Ok(None),
            paths => Ok(Some(Self { mask: Mask::read(paths, "readMask")?, sources })),
        }
    }

    fn person(&self, contact: &super::super::contact::Contact) -> Json {
        view::person(contact, &self.mask, self.sources, Told::Plainly)
    }
}

fn all_or_none(
    kind: BatchKind,
    drafts: Vec<(String, Result<Draft, ApiError>)>,
) -> Result<Vec<(String, Draft)>, ApiError> {
    let mut good = Vec::new();
    let mut refused = Vec::new();
    for (item, draft) in drafts {
        match draft {
            Ok(draft) => good.push((item, draft)),
            Err(error) => refused.push((item, error)),
        }
    }
    if refused.is_empty() { Ok(good) } else { Err(ApiError::batch(kind, refused)) }
}
