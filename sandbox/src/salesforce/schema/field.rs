//! One field of an object.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm>

use super::Object;
use serde_json::Value as Json;
use std::sync::Arc;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The row's own id.
    Id,
    /// The id of another row.
    Reference,
    /// One line of text.
    Text,
    /// Text of several lines.
    TextArea,
    /// An e-mail address.
    Email,
    /// A telephone number, as typed.
    Phone,
    /// A web address, as typed.
    Url,
    /// One of the options.
    Picklist,
    /// Some of the options, `A;B` on the wire.
    MultiPicklist,
    /// True or false, never null.
    Boolean,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// An amount.
    Currency,
    /// A day, `2026-01-05`.
    Date,
    /// A moment, `2026-01-05T08:00:00.000+0000`.
    DateTime,
    /// An address as a whole: read-only, its parts are fields of their own.
    Address,
}

impl Kind {
    /// `type` in a description.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Id => "id",
            Kind::Reference => "reference",
            Kind::Text => "string",
            Kind::TextArea => "textarea",
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Picklist => "picklist",
            Kind::MultiPicklist => "multipicklist",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Double => "double",
            Kind::Currency => "currency",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Address => "address",
        }
    }

    /// `soapType` in a description.
    pub(in super::super) fn soap_name(self) -> &'static str {
        match self {
            Kind::Id | Kind::Reference => "tns:ID",
            Kind::Boolean => "xsd:boolean",
            Kind::Int => "xsd:int",
            Kind::Double | Kind::Currency => "xsd:double",
            Kind::Date => "xsd:date",
            Kind::DateTime => "xsd:dateTime",
            Kind::Address => "urn:address",
            Kind::Text
            | Kind::TextArea
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Picklist
            | Kind::MultiPicklist => "xsd:string",
        }
    }

    /// Whether its values are JSON strings that hold words (and not ids, days or moments).
    #[must_use]
    pub fn is_text(self) -> bool {
        match self {
            Kind::Text
            | Kind::TextArea
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Picklist
            | Kind::MultiPicklist => true,
            Kind::Id
            | Kind::Reference
            | Kind::Boolean
            | Kind::Int
            | Kind::Double
            | Kind::Currency
            | Kind::Date
            | Kind::DateTime
            | Kind::Address => false,
        }
    }
}

/// One option of a picklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Inactive options stay on rows that have them and are refused in writes.
    pub active: bool,
    /// Taken when a new row has none.
    pub default: bool,
}

impl Choice {
    /// An active option that is labelled as it is stored.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { label: value.clone(), value, active: true, default: false }
    }

    /// An active option with a label of its own, as country codes have one.
    pub fn labelled(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), active: true, default: false }
    }
}

/// A field as `describe` tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its API name.
    pub name: Arc<str>,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub kind: Kind,
    /// The most characters of a text; 0 for what is no text.
    pub length: usize,
    /// Whether it may be null.
    pub nillable: bool,
    /// Whether a new row may bring it.
    pub createable: bool,
    /// Whether it may be changed.
    pub updateable: bool,
    /// What a new row gets that brings none.
    pub default: Option<Json>,
    /// The options of a picklist.
    pub options: Vec<Choice>,
    /// Whether other values than the options are refused.
    pub restricted: bool,
    /// The compound field that it is a part of.
    pub compound: Option<&'static str>,
    /// The objects whose ids it holds.
    pub reference_to: Vec<Object>,
    /// What the referenced row is called in a query.
    pub relationship: Option<&'static str>,
    /// Whether rows can be upserted by it.
    pub external_id: bool,
    /// Whether no two rows may have the same value.
    pub unique: bool,
    /// Whether somebody added it to the org.
    pub custom: bool,
    /// Whether the user may not see it.
    pub(in super::super) hidden: bool,
    /// Whether the value comes from other fields or from the system, and is never stored by a write.
    pub(in super::super) computed: bool,
    /// Whether the store keeps an index of it.
    pub(in super::super) indexed: bool,
}

impl Field {
    /// A field of this kind that may be read, written and left empty.
    pub fn new(name: &str, label: &str, kind: Kind) -> Self {
        let default = (kind == Kind::Boolean).then_some(Json::Bool(false));
        Self {
            name: name.into(),
            label: label.to_owned(),
            kind,
            length: 0,
            nillable: kind != Kind::Boolean,
            createable: true,
            updateable: true,
            default,
            options: Vec::new(),
            restricted: false,
            compound: None,
            reference_to: Vec::new(),
            relationship: None,
            external_id: false,
            unique: false,
            custom: name.ends_with("__c"),
            hidden: false,
            computed: false,
            indexed: kind == Kind::Email,
        }
    }

    /// A line of text of at most so many characters.
    #[must_use]
    pub fn text(name: &str, label: &str, most_characters: usize) -> Self {
        Self::new(name, label, Kind::Text).long(most_characters)
    }

    /// A text of another kind, of at most so many characters.
    #[must_use]
    pub fn long(mut self, most_characters: usize) -> Self {
        self.length = most_characters;
        self
    }

    /// May not be null.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.nillable = false;
        self
    }

    /// Not written by anybody through the API.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    /// Rows can be upserted by it, and no two have the same value.
    #[must_use]
    pub fn as_external_id(mut self) -> Self {
        self.external_id = true;
        self.unique = true;
        self.indexed = true;
        self
    }

    /// Only these options.
    #[must_use]
    pub fn restricted_to(mut self, options: Vec<Choice>) -> Self {
        self.restricted = true;
        self.with_options(options)
    }

    /// These options, and any other value that a client makes up.
    #[must_use]
    pub fn with_options(mut self, options: Vec<Choice>) -> Self {
        let default = options.iter().find(|option| option.default);
        self.default = default.map(|option| Json::from(option.value.as_str()));
        self.options = options;
        self.length = self.length.max(PICKLIST_LENGTH);
        self
    }

    pub(super) fn part_of(mut self, compound: &'static str) -> Self {
        self.compound = Some(compound);
        self
    }

    pub(super) fn to(mut self, relationship: &'static str, objects: &[Object]) -> Self {
        self.reference_to = objects.to_vec();
        self.relationship = Some(relationship);
        self.length = 18;
        // Everybody owns many rows: an index of owners would only cost.
        self.indexed = !objects.contains(&Object::User);
        self
    }

    pub(super) fn computed(mut self) -> Self {
        self.computed = true;
        self.read_only()
    }

    pub(super) fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    pub(super) fn create_only(mut self) -> Self {
        self.updateable = false;
        self
    }

    /// A new row gets something when it brings none.
    #[must_use]
    pub fn defaulted_on_create(&self) -> bool {
        self.default.is_some() || &*self.name == "OwnerId"
    }

    /// What a create must bring.
    #[must_use]
    pub fn required_on_create(&self) -> bool {
        !self.nillable && self.createable && !self.defaulted_on_create()
    }
}

/// The most characters of a picklist's value.
const PICKLIST_LENGTH: usize = 255;
