//! What an organisation's objects are: their fields, as `describe` gives them to this user.
//!
//! A field that the user may not see is not in it, and cannot be asked for: a query with its name is refused
//! (<https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm>).

use super::object::SObject;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Columns by which a person says what may be sent to them: they take *no more* from us, and nothing else
/// (<https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_contact.htm>).
const CONSENT: [&str; 3] = ["HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"];

/// The objects that an app needs.
#[derive(Clone, Debug)]
pub(in crate::salesforce) struct Describe {
    /// The object that the app is about.
    pub(in crate::salesforce) object: SObject,
    shapes: BTreeMap<SObject, Shape>,
}

impl Describe {
    pub(in crate::salesforce) fn new(object: SObject, shapes: BTreeMap<SObject, Shape>) -> Self {
        Self { object, shapes }
    }

    /// The object, unless this user may not see it at all.
    pub(in crate::salesforce) fn shape(&self, object: SObject) -> Option<&Shape> {
        self.shapes.get(&object)
    }
}

/// One object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", from = "ShapeAnswer")]
pub(in crate::salesforce) struct Shape {
    pub(in crate::salesforce) queryable: bool,
    pub(in crate::salesforce) createable: bool,
    pub(in crate::salesforce) updateable: bool,
    fields: BTreeMap<String, Field>,
    /// The names by which the rows that point here can be read along.
    children: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShapeAnswer {
    #[serde(default)]
    queryable: bool,
    #[serde(default)]
    createable: bool,
    #[serde(default)]
    updateable: bool,
    fields: Vec<Field>,
    #[serde(default)]
    child_relationships: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Child {
    #[serde(default)]
    relationship_name: Option<String>,
}

impl From<ShapeAnswer> for Shape {
    fn from(answer: ShapeAnswer) -> Self {
        let fields = answer.fields.into_iter().filter(|field| is_name(&field.name));
        let children = answer.child_relationships.into_iter().filter_map(|child| child.relationship_name);
        Self {
            queryable: answer.queryable,
            createable: answer.createable,
            updateable: answer.updateable,
            fields: fields.map(|field| (field.name.clone(), field)).collect(),
            children: children.collect(),
        }
    }
}

impl Shape {
    pub(in crate::salesforce) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    /// All fields, sorted by name.
    pub(in crate::salesforce) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values()
    }

    /// Whether the rows of this relationship can be read along.
    pub(in crate::salesforce) fn has_children(&self, relationship: &str) -> bool {
        self.children.contains(relationship)
    }
}

/// One field of an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::salesforce) struct Field {
    pub(in crate::salesforce) name: String,
    #[serde(rename = "type")]
    pub(in crate::salesforce) kind: FieldKind,
    /// The most characters; 0 where it is no text.
    #[serde(default)]
    pub(in crate::salesforce) length: u32,
    #[serde(default)]
    pub(in crate::salesforce) nillable: bool,
    #[serde(default)]
    pub(in crate::salesforce) createable: bool,
    #[serde(default)]
    pub(in crate::salesforce) updateable: bool,
    #[serde(default)]
    pub(in crate::salesforce) defaulted_on_create: bool,
    #[serde(default)]
    pub(in crate::salesforce) external_id: bool,
    #[serde(default)]
    pub(in crate::salesforce) picklist_values: Option<Vec<PickOption>>,
    /// For a picklist: whether other values than the options are refused.
    #[serde(default)]
    pub(in crate::salesforce) restricted_picklist: bool,
    /// For a reference: the name by which the record that it points at is read along.
    #[serde(default)]
    pub(in crate::salesforce) relationship_name: Option<String>,
}

impl Field {
    /// Whether it can be set at any time.
    pub(in crate::salesforce) fn is_writable(&self) -> bool {
        self.createable && self.updateable
    }

    /// Whether Salesforce refuses a record without it.
    pub(in crate::salesforce) fn is_required(&self) -> bool {
        !self.nillable && self.createable && !self.defaulted_on_create
    }

    /// Whether a person says here what may be sent to them.
    pub(in crate::salesforce) fn is_consent(&self) -> bool {
        CONSENT.iter().any(|name| name.eq_ignore_ascii_case(&self.name))
    }

    /// Whether a row may hold something else than an option that can be chosen: any text, where the picklist is not a
    /// restricted one, and an option that was retired stays on the rows that have it
    /// (<https://help.salesforce.com/s/articleView?id=sf.fields_about_restricted_picklists.htm>).
    pub(in crate::salesforce) fn has_other_options(&self) -> bool {
        let options = self.picklist_values.as_deref().unwrap_or_default();
        !self.restricted_picklist || options.iter().any(|option| !option.active)
    }

    /// The options that can be chosen.
    pub(in crate::salesforce) fn active_options(&self) -> impl Iterator<Item = &PickOption> {
        self.picklist_values.as_deref().unwrap_or_default().iter().filter(|option| option.active)
    }
}

/// One option of a picklist.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::salesforce) struct PickOption {
    /// As the API names it.
    #[serde(default)]
    pub(in crate::salesforce) value: String,
    /// As people see it.
    #[serde(default)]
    pub(in crate::salesforce) label: Option<String>,
    #[serde(default)]
    pub(in crate::salesforce) active: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::salesforce) enum FieldKind {
    String,
    Textarea,
    Picklist,
    Multipicklist,
    Combobox,
    Reference,
    Id,
    Email,
    Phone,
    Url,
    Boolean,
    Int,
    Long,
    Double,
    Currency,
    Percent,
    Date,
    Datetime,
    Time,
    EncryptedString,
    Address,
    /// What no contact's field can be mapped to: binary data, locations, whatever comes next.
    #[serde(other)]
    Other,
}

/// Whether this can stand in a query as a name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
