//! What an app's fields are: the part of a vendor's schema that decides whether two fields can be
//! mapped, in which direction, and whether a value fits.

use crate::ids::FieldName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Free text.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// One of the field's options.
    Picklist,
    /// A postal address.
    Address,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 10] = [
        Kind::Text,
        Kind::Email,
        Kind::Phone,
        Kind::Url,
        Kind::Number,
        Kind::Boolean,
        Kind::Date,
        Kind::DateTime,
        Kind::Picklist,
        Kind::Address,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Text => "text",
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Picklist => "picklist",
            Kind::Address => "address",
        })
    }
}

/// What may be done to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// It can be read alone.
    ReadOnly,
    /// It can be set when the contact is created, and never after.
    CreateOnly,
    /// It can be read and written.
    ReadWrite,
}

/// What a field's days know of years. Nothing ever invents one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Years {
    /// A day has one.
    #[default]
    Required,
    /// A day may have one.
    Optional,
    /// A day is a month and a day of it.
    Never,
}

/// Whether a picklist holds anything but its options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choices {
    /// Never.
    #[default]
    Closed,
    /// Contacts may hold other values: the options are what people are offered, or some of them were retired. What
    /// is written still is one of the options: nobody's list grows by a sync.
    Open,
}

/// Which values of its kind a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// All.
    #[default]
    Any,
    /// The field says whether a person opted out, and of yes and no only this one, which says that they did, is ever
    /// written: the other is the person's alone to say.
    OptOutOnly(bool),
}

/// One field of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// As the vendor's API names it, nested ones with dots.
    pub name: FieldName,
    /// What it holds; with `many`, what each of its entries holds.
    pub kind: Kind,
    /// Whether it holds a list.
    pub many: bool,
    /// Whether it can be written.
    pub access: Access,
    /// Whether the vendor refuses a contact without it.
    pub required: bool,
    /// The longest text it takes, in characters, if there is a limit.
    pub max_length_chars: Option<u32>,
    /// A picklist's options; empty for every other kind.
    pub options: Vec<String>,
    /// For a picklist with options: whether there may be others. Means nothing for every other kind.
    #[serde(default)]
    pub choices: Choices,
    /// Which values of its kind it takes.
    #[serde(default)]
    pub takes: Takes,
    /// For days: what they know of years. Means nothing for every other kind.
    #[serde(default)]
    pub years: Years,
}

impl FieldSpec {
    /// A writable, optional, single field without a limit.
    pub fn new(name: impl Into<FieldName>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            many: false,
            access: Access::ReadWrite,
            required: false,
            max_length_chars: None,
            options: Vec::new(),
            choices: Choices::default(),
            takes: Takes::default(),
            years: Years::default(),
        }
    }

    /// The same, holding a list.
    #[must_use]
    pub fn many(self) -> Self {
        Self { many: true, ..self }
    }

    /// The same, with another access.
    #[must_use]
    pub fn access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// The same, with days that know of years what `years` says.
    #[must_use]
    pub fn years(self, years: Years) -> Self {
        Self { years, ..self }
    }

    /// The same, taking only these values of its kind.
    #[must_use]
    pub fn takes(self, takes: Takes) -> Self {
        Self { takes, ..self }
    }

    /// The same, required by the vendor.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, with a limit in characters.
    #[must_use]
    pub fn max_length_chars(self, chars: u32) -> Self {
        Self { max_length_chars: Some(chars), ..self }
    }
}

/// All fields of an app, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    fields: Vec<FieldSpec>,
    /// Whether a field that is not listed comes into being when it is first written (Drift's attributes,
    /// Google's `userDefined.KEY`), and under which prefix.
    pub open_prefix: Option<String>,
}

impl Schema {
    /// A schema of `fields`; sorted here, so that two listings of the same fields are equal.
    #[must_use]
    pub fn new(mut fields: Vec<FieldSpec>) -> Self {
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields.dedup_by(|a, b| a.name == b.name);
        Self { fields, open_prefix: None }
    }

    /// The same schema, with unlisted text fields allowed under `prefix` (may be empty: any name).
    #[must_use]
    pub fn open(self, prefix: impl Into<String>) -> Self {
        Self { open_prefix: Some(prefix.into()), ..self }
    }

    /// The fields, sorted by name.
    #[must_use]
    pub fn fields(&self) -> &[FieldSpec] {
        &self.fields
    }

    /// The field of that name; for an open schema also one that does not exist yet, as free text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<FieldSpec> {
        match self.fields.binary_search_by(|field| field.name.as_str().cmp(name)) {
            Ok(at) => self.fields.get(at).cloned(),
            Err(_) => match &self.open_prefix {
                Some(prefix) if name.len() > prefix.len() && name.starts_with(prefix.as_str()) => {
                    Some(FieldSpec::new(name, Kind::Text))
                }
                Some(_) | None => None,
            },
        }
    }
}
