//! One row as it is stored.

use super::super::id::RowId;
use super::super::moment;
use super::super::schema::{Field, Kind};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Values by field name, as the API writes them. What is null is not there.
pub(in super::super) type Fields = BTreeMap<Arc<str>, Json>;

/// A row with its stamps, which are whole seconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Row {
    pub(in super::super) id: RowId,
    /// Without the system's fields and without what is computed.
    pub(in super::super) fields: Fields,
    pub(in super::super) created_s: i64,
    pub(in super::super) created_by: RowId,
    /// Users' edits alone.
    pub(in super::super) modified_s: i64,
    pub(in super::super) modified_by: RowId,
    /// Users' edits and the system's: never before `modified_s`.
    pub(in super::super) modstamp_s: i64,
    pub(in super::super) is_deleted: bool,
    /// Into whom it was merged.
    pub(in super::super) master: Option<RowId>,
    /// With whom it went to the recycle bin, if not for itself.
    pub(in super::super) deleted_with: Option<RowId>,
    /// When it went there, for `deleted`.
    pub(in super::super) deleted_s: Option<i64>,
}

impl Row {
    /// A stored text; empty if there is none.
    pub(in super::super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    /// A stored flag.
    pub(in super::super) fn flag(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Json::as_bool).unwrap_or_default()
    }

    /// A stored id.
    pub(in super::super) fn reference(&self, name: &str) -> Option<RowId> {
        RowId::parse(self.text(name))
    }

    /// A field's value as the API tells it, computed ones included. What no row has is null.
    pub(in super::super) fn value(&self, field: &Field) -> Json {
        if field.computed {
            return self.computed(field);
        }
        match self.fields.get(&field.name) {
            Some(value) => value.clone(),
            // A boolean is never null.
            None if field.kind == Kind::Boolean => Json::Bool(false),
            None => Json::Null,
        }
    }

    fn computed(&self, field: &Field) -> Json {
        let id = |id: RowId| Json::from(id.as_str());
        match &*field.name {
            "Id" => id(self.id),
            "IsDeleted" => Json::Bool(self.is_deleted),
            "MasterRecordId" => self.master.map_or(Json::Null, id),
            "CreatedDate" => moment::stamp(self.created_s).into(),
            "CreatedById" => id(self.created_by),
            "LastModifiedDate" => moment::stamp(self.modified_s).into(),
            "LastModifiedById" => id(self.modified_by),
            "SystemModstamp" => moment::stamp(self.modstamp_s).into(),
            "Name" => self.full_name().into(),
            "IsEmailBounced" => Json::Bool(self.fields.contains_key("EmailBouncedReason")),
            "LeadOrContactId" => {
                self.reference("ContactId").or(self.reference("LeadId")).map_or(Json::Null, id)
            }
            "Type" => if self.fields.contains_key("ContactId") { "Contact" } else { "Lead" }.into(),
            "EntityKeyPrefix" => self.text("EntityId").get(..3).map_or(Json::Null, Json::from),
            "EntityType" => {
                let object = self.reference("EntityId").and_then(|id| id.object());
                object.map_or(Json::Null, |object| object.name().into())
            }
            _ if field.kind == Kind::Address => self.address(field.name.trim_end_matches("Address")),
            _ => Json::Null,
        }
    }

    /// First, middle, last, suffix: the salutation is not in it.
    pub(in super::super) fn full_name(&self) -> String {
        let parts = ["FirstName", "MiddleName", "LastName", "Suffix"].map(|part| self.text(part));
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// The address as a whole: null if all of its parts are.
    fn address(&self, prefix: &str) -> Json {
        let part = |name: &str| self.fields.get(&*format!("{prefix}{name}")).cloned().unwrap_or(Json::Null);
        let parts =
            ["Street", "City", "State", "StateCode", "PostalCode", "Country", "CountryCode"].map(part);
        if parts.iter().all(Json::is_null) {
            return Json::Null;
        }
        let [street, city, state, state_code, postal_code, country, country_code] = parts;
        let mut whole = json!({
            "city": city, "country": country, "geocodeAccuracy": null, "latitude": null, "longitude": null,
            "postalCode": postal_code, "state": state, "street": street,
        });
        if let Some(whole) = whole.as_object_mut()
            && (!country_code.is_null() || !state_code.is_null())
        {
            whole.insert("countryCode".to_owned(), country_code);
            whole.insert("stateCode".to_owned(), state_code);
        }
        whole
    }
}
