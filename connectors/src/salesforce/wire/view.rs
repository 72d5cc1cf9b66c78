//! What is asked of a row and how it is shown: the fields that an app observes, and where each of them is.
//!
//! An app that syncs leads shows the contact of a converted lead in the lead's terms: its company is its
//! account's name, its address the mailing address.

use super::address::{AddressField, address_field, addresses, of_contact};
use super::describe::{Describe, FieldKind};
use super::object::SObject;
use super::schema::{has_account, kind};
use super::{ACCOUNT_NAME, IS_CONVERTED, IS_PERSON_ACCOUNT, OPTED_OUT};
use std::collections::BTreeSet;
use syntony_core::ids::FieldName;

/// What every row is asked for.
const SYSTEM: [&str; 6] =
    ["Id", "SystemModstamp", "LastModifiedDate", "CreatedDate", "IsDeleted", "MasterRecordId"];
/// What a lead is asked for beside.
pub(in crate::salesforce) const CONVERTED_CONTACT: &str = "ConvertedContactId";

/// The standard fields that are observed where the organisation has them.
const COMMON: [&str; 17] = [
    "Salutation",
    "FirstName",
    "MiddleName",
    "LastName",
    "Suffix",
    "Name",
    "Email",
    "Phone",
    "MobilePhone",
    "Fax",
    "Title",
    "Description",
    "LeadSource",
    OPTED_OUT,
    "HasOptedOutOfFax",
    "DoNotCall",
    "OwnerId",
];
const CONTACT: [&str; 8] = [
    ACCOUNT_NAME,
    "AccountId",
    "Birthdate",
    "Department",
    "HomePhone",
    "OtherPhone",
    "AssistantPhone",
    IS_PERSON_ACCOUNT,
];
const LEAD: [&str; 8] = [
    "Company",
    "Website",
    "Status",
    "Rating",
    "Industry",
    "AnnualRevenue",
    "NumberOfEmployees",
    IS_CONVERTED,
];

/// Where a field of the app is in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::salesforce) enum Source {
    /// In a field of the row.
    Field(String, FieldKind),
    /// In the account that the row points at.
    AccountName,
    /// In the parts of an address.
    Address(AddressField),
    /// Nowhere: the row being there at all says that its lead was converted.
    Converted,
}

/// One field of the app, and where it is.
#[derive(Clone, Debug)]
pub(in crate::salesforce) struct Column {
    pub(in crate::salesforce) name: FieldName,
    pub(in crate::salesforce) source: Source,
}

/// How tags are read along with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::salesforce) enum TagColumn {
    /// They are the options of a field.
    Field(String),
    /// They are rows of their own: the relationship's name, and where a row has the tag's name.
    Rows {
        /// The relationship to those rows.
        relationship: &'static str,
        /// The record that such a row points at, which has the tag's name.
        target: &'static str,
    },
    /// They cannot be read.
    None,
}

/// What is observed of the rows of one object.
#[derive(Clone, Debug)]
pub(in crate::salesforce) struct View {
    pub(in crate::salesforce) columns: Vec<Column>,
    pub(in crate::salesforce) tags: TagColumn,
    /// The field that holds our marker, if there is one.
    pub(in crate::salesforce) marker: Option<String>,
    select: String,
}

impl View {
    /// The view of `object`'s rows; `None` if this user may not see such rows.
    pub(in crate::salesforce) fn new(
        describe: &Describe,
        object: SObject,
        extra: &[FieldName],
        tags: TagColumn,
        marker: Option<&FieldName>,
    ) -> Option<Self> {
        let shape = describe.shape(object)?;
        let marker = marker.map(FieldName::as_str).filter(|name| shape.field(name).is_some());
        let columns: Vec<Column> = observed(describe.object, extra)
            .into_iter()
            .filter_map(|name| Some(Column { source: source(describe, object, name.as_str())?, name }))
            .collect();
        let select = select(object, &columns, &tags, marker);
        Some(Self { columns, tags, marker: marker.map(str::to_owned), select })
    }

    /// The fields of a query, comma by comma.
    pub(in crate::salesforce) fn select(&self) -> &str {
        &self.select
    }
}

/// Where a field of the app is in the rows of `row`, which may be another object than the app's; `None` where it is
/// not: the organisation has no such field, this user may not see it, or a contact has nothing of the kind.
pub(in crate::salesforce) fn source(describe: &Describe, row: SObject, name: &str) -> Option<Source> {
    let shape = describe.shape(row)?;
    let own = match (describe.object, row) {
        (SObject::Lead, SObject::Contact) => match name {
            IS_CONVERTED => return Some(Source::Converted),
            "Company" => ACCOUNT_NAME.to_owned(),
            // Fields that mean something else there, or nothing.
            "Website" | "Status" | "Rating" | "Industry" | "AnnualRevenue" | "NumberOfEmployees" => {
                return None;
            }
            other => of_contact(other).unwrap_or_else(|| other.to_owned()),
        },
        (SObject::Contact, _) | (SObject::Lead, SObject::Lead) => name.to_owned(),
    };
    if own == ACCOUNT_NAME {
        return has_account(shape).then_some(Source::AccountName);
    }
    if let Some(address) = address_field(row, &own) {
        return address.is_readable(shape).then_some(Source::Address(address));
    }
    let field = shape.field(&own)?;
    kind(field.kind)?;
    // Fields of two objects that have one name and different types are two fields.
    let same_kind = describe.shape(describe.object).and_then(|shape| shape.field(name));
    if same_kind.is_some_and(|other| kind(other.kind) != kind(field.kind)) {
        return None;
    }
    Some(Source::Field(own, field.kind))
}

/// The names of the fields that an app observes, sorted.
fn observed(object: SObject, extra: &[FieldName]) -> BTreeSet<FieldName> {
    let own: &[&str] = match object {
        SObject::Contact => &CONTACT,
        SObject::Lead => &LEAD,
    };
    let standard = COMMON.iter().chain(own).copied().chain(addresses(object).iter().map(|field| field.name));
    standard.map(FieldName::from).chain(extra.iter().cloned()).collect()
}

fn select(object: SObject, columns: &[Column], tags: &TagColumn, marker: Option<&str>) -> String {
    let mut names: BTreeSet<String> = SYSTEM.into_iter().map(str::to_owned).collect();
    names.extend(marker.map(str::to_owned));
    if object == SObject::Lead {
        names.extend([IS_CONVERTED, CONVERTED_CONTACT].map(str::to_owned));
    }
    for column in columns {
        match &column.source {
            Source::Field(name, _) => drop(names.insert(name.clone())),
            Source::AccountName => drop(names.insert(ACCOUNT_NAME.to_owned())),
            Source::Address(address) => names.extend(address.parts()),
            Source::Converted => {}
        }
    }
    let mut select: Vec<String> = names.into_iter().collect();
    match tags {
        TagColumn::Field(name) if !select.contains(name) => select.push(name.clone()),
        TagColumn::Rows { relationship, target } => {
            select.push(format!("(SELECT Id, IsDeleted, {target}.Name FROM {relationship})"));
        }
        TagColumn::Field(_) | TagColumn::None => {}
    }
    select.join(", ")
}
