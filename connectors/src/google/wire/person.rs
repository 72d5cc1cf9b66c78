//! A person as Google sends it.

use super::{CONTACT, Entry, MARKER_KEY};
use serde::Deserialize;
use serde_json::Value as Json;

/// A person. Everything that Google omits because it is empty or the default is empty here.
pub(in crate::google) struct Person {
    pub(in crate::google) resource_name: String,
    pub(in crate::google) etag: String,
    pub(in crate::google) metadata: Option<PersonMetadata>,
    arrays: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::google) struct PersonMetadata {
    #[serde(default)]
    pub(in crate::google) sources: Vec<Source>,
    #[serde(default)]
    pub(in crate::google) previous_resource_names: Vec<String>,
    #[serde(default)]
    pub(in crate::google) deleted: bool,
}

/// Where a person's data comes from. The source's etag names a version; the person's own etag also depends on
/// the mask that was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::google) struct Source {
    #[serde(default, rename = "type")]
    pub(in crate::google) kind: String,
    #[serde(default)]
    pub(in crate::google) id: String,
    #[serde(default)]
    pub(in crate::google) etag: String,
    #[serde(default)]
    pub(in crate::google) update_time: Option<String>,
}

/// A person's answer within a batch.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::google) struct PersonResponse {
    #[serde(default)]
    pub(in crate::google) person: Option<Json>,
    #[serde(default)]
    pub(in crate::google) requested_resource_name: Option<String>,
    #[serde(default)]
    pub(in crate::google) status: super::fault::RpcStatus,
    #[serde(default)]
    pub(in crate::google) http_status_code: u16,
}

impl PersonResponse {
    /// The answer for one contact; `None` if it has another shape. Each is read on its own, so that an odd one
    /// takes no other contact with it.
    pub(in crate::google) fn parse(json: Json) -> Option<Self> {
        serde_json::from_value(json).ok()
    }

    /// Whether Google says that there is no such person.
    pub(in crate::google) fn is_not_found(&self) -> bool {
        self.status.is_not_found() || self.http_status_code == 404
    }
}

impl Person {
    /// The person in `json`; an error says what is wrong with its shape, never what is in it.
    pub(in crate::google) fn parse(json: Json) -> Result<Self, &'static str> {
        let Json::Object(mut arrays) = json else { return Err("a person that is no object") };
        let resource_name = match arrays.remove("resourceName") {
            Some(Json::String(name)) if !name.is_empty() => name,
            Some(_) | None => return Err("a person without a resource name"),
        };
        let etag = match arrays.remove("etag") {
            Some(Json::String(etag)) => etag,
            Some(_) | None => String::new(),
        };
        let metadata = arrays.remove("metadata").map(serde_json::from_value).transpose();
        let metadata = metadata.map_err(|_| "metadata of an unexpected shape")?;
        Ok(Self { resource_name, etag, metadata, arrays })
    }

    /// The contact itself among the sources.
    pub(in crate::google) fn contact_source(&self) -> Option<&Source> {
        self.metadata.as_ref()?.sources.iter().find(|source| source.kind == CONTACT)
    }

    /// Whether this is a tombstone.
    pub(in crate::google) fn is_deleted(&self) -> bool {
        self.metadata.as_ref().is_some_and(|metadata| metadata.deleted)
    }

    /// The entries of an array that belong to the contact, the primary one first, otherwise in Google's order.
    /// (Google promises no order; a stable first entry is what single fields stand on.)
    ///
    /// # Errors
    /// The array is something else.
    pub(in crate::google) fn entries(&self, array: &str) -> Result<Vec<&Entry>, &'static str> {
        let Some(json) = self.arrays.get(array) else { return Ok(Vec::new()) };
        let items = json.as_array().ok_or("a field that is no array")?;
        let entries: Option<Vec<&Entry>> = items.iter().map(Json::as_object).collect();
        let mut entries = entries.ok_or("an entry that is no object")?;
        entries.retain(|entry| belongs_to_contact(entry));
        entries.sort_by_key(|entry| !is_primary(entry));
        Ok(entries)
    }

    /// The labels that the contact has, by their resource names.
    pub(in crate::google) fn group_names(&self) -> Result<Vec<&str>, &'static str> {
        Ok(self
            .entries("memberships")?
            .into_iter()
            .filter_map(|entry| {
                entry.get("contactGroupMembership")?.get("contactGroupResourceName")?.as_str()
            })
            .collect())
    }

    /// The marker that our create left.
    pub(in crate::google) fn marker(&self) -> Option<&str> {
        self.entries("clientData").ok()?.into_iter().find_map(|entry| {
            let ours = text(entry, "key") == Some(MARKER_KEY);
            text(entry, "value").filter(|_| ours)
        })
    }
}

/// The text under `key`, unless it is missing or blank.
pub(in crate::google) fn text<'a>(entry: &'a Entry, key: &str) -> Option<&'a str> {
    entry.get(key)?.as_str().filter(|text| !text.trim().is_empty())
}

fn belongs_to_contact(entry: &Entry) -> bool {
    let source = entry.get("metadata").and_then(|metadata| metadata.get("source")?.get("type"));
    source.and_then(Json::as_str).is_none_or(|kind| kind == CONTACT)
}

fn is_primary(entry: &Entry) -> bool {
    entry.get("metadata").and_then(|metadata| metadata.get("primary")).and_then(Json::as_bool) == Some(true)
}
