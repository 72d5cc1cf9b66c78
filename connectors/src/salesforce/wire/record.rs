//! From a row to what the engine knows of a contact.
//!
//! A row always comes with everything that was asked for, so what is null is *empty*; what has another shape than
//! its type promises is left out: *not observed*.

use super::address::AddressField;
use super::describe::FieldKind;
use super::stamp::{Stamp, epoch_ms};
use super::view::{CONVERTED_CONTACT, Source, TagColumn, View};
use super::{IS_CONVERTED, OPTED_OUT, Row, flag, text};
use crate::moment;
use chrono::{Datelike, NaiveDate};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use syntony_core::ids::{ContactId, OpKey, Tag};
use syntony_core::record::{Fields, Record, Subscription, Version};
use syntony_core::value::{Date, Value};

/// The state of a person of whom this user may not see whether they opted out.
const NOT_VISIBLE: &str = "not visible";

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::salesforce) enum Standing {
    /// Somebody who is there.
    Live,
    /// Somebody who was deleted.
    Deleted,
    /// Somebody who was merged into somebody else.
    MergedInto(ContactId),
    /// A lead that goes on as this contact, whatever became of the lead since.
    ConvertedTo(ContactId),
    /// A lead that goes on as a contact that cannot be seen.
    ConvertedUnseen,
}

/// What a row is. A converted lead is nobody any more, deleted or not: its contact is.
pub(in crate::salesforce) fn standing(row: &Row) -> Standing {
    if flag(row, IS_CONVERTED) {
        return match text(row, CONVERTED_CONTACT) {
            Some(contact) => Standing::ConvertedTo(ContactId::from(contact)),
            None => Standing::ConvertedUnseen,
        };
    }
    match (flag(row, "IsDeleted"), text(row, "MasterRecordId")) {
        (false, _) => Standing::Live,
        (true, Some(master)) => Standing::MergedInto(ContactId::from(master)),
        (true, None) => Standing::Deleted,
    }
}

/// The record of a row of this view.
///
/// # Errors
/// What is wrong with the row's shape.
pub(in crate::salesforce) fn record(row: &Row, view: &View) -> Result<Record, &'static str> {
    let stamp = text(row, "SystemModstamp").and_then(Stamp::parse).ok_or("a row without a system stamp")?;
    Ok(Record {
        version: Version {
            tag: text(row, "LastModifiedDate").unwrap_or_default().to_owned(),
            // An order from the future would make every later observation of this contact old news.
            order: Some(stamp.epoch_ms()).filter(|at_ms| moment::is_credible(*at_ms)),
        },
        fields: fields(row, view),
        tags: tags(row, &view.tags),
        subscription: match row.get(OPTED_OUT).and_then(Json::as_bool) {
            Some(true) => Subscription::Unsubscribed,
            Some(false) => Subscription::Subscribed,
            // Salesforce knows, and does not tell us. That is neither an opt-out nor a leave to mail: nobody is
            // made mailable elsewhere because a permission is missing here.
            None => Subscription::Other(NOT_VISIBLE.to_owned()),
        },
        created_ms: text(row, "CreatedDate").and_then(epoch_ms),
        marker: view.marker.as_deref().and_then(|name| text(row, name)).map(OpKey::from),
        shadow: None,
    })
}

fn fields(row: &Row, view: &View) -> Fields {
    let value = |source: &Source| match source {
        Source::Field(name, kind) => value(row.get(name)?, *kind),
        Source::AccountName => account_name(row),
        Source::Address(address) => address_value(*address, row),
        Source::Converted => Some(Value::Bool(true)),
    };
    view.columns.iter().filter_map(|column| Some((column.name.clone(), value(&column.source)?))).collect()
}

/// The value of a field, as its type says it should be; `None` if it is something else.
fn value(json: &Json, kind: FieldKind) -> Option<Value> {
    match kind {
        FieldKind::Multipicklist => match json {
            Json::Null => Some(Value::List(Vec::new())),
            other => Some(Value::texts(other.as_str()?.split(';').filter(|option| !option.is_empty()))),
        },
        _ if json.is_null() => Some(Value::Null),
        FieldKind::Boolean => json.as_bool().map(Value::Bool),
        FieldKind::Int | FieldKind::Long | FieldKind::Double | FieldKind::Currency | FieldKind::Percent => {
            json.as_f64().and_then(Value::number)
        }
        FieldKind::Date => date(json.as_str()?).map(Value::Date),
        FieldKind::Datetime => epoch_ms(json.as_str()?).map(Value::DateTime),
        FieldKind::String
        | FieldKind::Textarea
        | FieldKind::Picklist
        | FieldKind::Combobox
        | FieldKind::Reference
        | FieldKind::Id
        | FieldKind::Email
        | FieldKind::Phone
        | FieldKind::Url
        | FieldKind::Time
        | FieldKind::EncryptedString => json.as_str().map(Value::text),
        FieldKind::Address | FieldKind::Other => None,
    }
}

fn date(text: &str) -> Option<Date> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Date::new(Some(day.year()), u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?)
}

/// `"Account": null` is a contact without an account; an account without a readable name says nothing.
fn account_name(row: &Row) -> Option<Value> {
    match row.get("Account")? {
        Json::Null => Some(Value::Null),
        account => match account.get("Name")? {
            Json::Null => Some(Value::Null),
            name => name.as_str().map(Value::text),
        },
    }
}

/// `None` if a part is missing: half an address would read as a clear of the other half.
fn address_value(address: AddressField, row: &Row) -> Option<Value> {
    let whole = address
        .parts()
        .iter()
        .all(|part| row.get(part).is_some_and(|part| matches!(part, Json::Null | Json::String(_))));
    whole.then(|| {
        let address = address.read(row);
        if address.is_empty() { Value::Null } else { Value::Address(Box::new(address)) }
    })
}

/// The tags of a row; `None` if they are not in it, or not all of them.
fn tags(row: &Row, column: &TagColumn) -> Option<BTreeSet<Tag>> {
    match column {
        TagColumn::None => None,
        TagColumn::Field(name) => match row.get(name)? {
            Json::Null => Some(BTreeSet::new()),
            options => {
                Some(options.as_str()?.split(';').filter(|tag| !tag.is_empty()).map(Tag::from).collect())
            }
        },
        TagColumn::Rows { relationship, target } => match row.get(*relationship)? {
            Json::Null => Some(BTreeSet::new()),
            rows => {
                let listed = rows.get("records").and_then(Json::as_array)?;
                if rows.get("done").and_then(Json::as_bool) != Some(true) {
                    return None;
                }
                let there = listed.iter().filter(|row| row.get("IsDeleted") != Some(&Json::Bool(true)));
                there.map(|row| Some(Tag::from(row.get(*target)?.get("Name")?.as_str()?))).collect()
            }
        },
    }
}
