//! From an op's fields to the columns of a row.
//!
//! Nobody who opted out is ever opted in again: the columns that say so take `true` and nothing else, and there
//! is no way round it. A column that the description of the object does not list as writable is not sent.

use super::super::wire::Row;
use super::super::wire::describe::{Describe, Field, Shape};
use super::super::wire::object::SObject;
use super::super::wire::view::{Source, source};
use super::address;
use super::value::{Misfit, column};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use syntony_core::ids::FieldName;
use syntony_core::op::Rejection;
use syntony_core::record::Fields;
use syntony_core::value::Value;

/// What a row is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A new row: empty columns are left out, so that the org's defaults hold.
    Create,
    /// A row that is there: empty columns are cleared.
    Update,
}

/// A row on its way to Salesforce.
#[derive(Clone, Default)]
pub(super) struct Payload {
    pub(super) row: Row,
    /// Which of the op's fields each column came from.
    pub(super) columns: BTreeMap<String, FieldName>,
}

/// Why a field cannot be written, and what can be done about it.
pub(super) type Refused = (Misfit, Option<String>);

impl Payload {
    /// The row of `object` that `fields` ask for.
    ///
    /// # Errors
    /// The field that cannot be written.
    pub(super) fn new(
        describe: &Describe,
        object: SObject,
        purpose: Purpose,
        fields: &Fields,
    ) -> Result<Self, Rejection> {
        let mut payload = Self::default();
        for (name, value) in fields {
            let columns = columns(describe, object, purpose, name, value);
            let columns = columns.map_err(|(reason, hint)| refusal(name, reason, hint))?;
            for (column, value) in columns {
                payload.set(name, column, value);
            }
        }
        if purpose == Purpose::Create {
            payload.row.retain(|_, value| !value.is_null());
        }
        Ok(payload)
    }

    /// Sets a column of the row for a field of the op.
    pub(super) fn set(&mut self, from: &FieldName, column: impl Into<String>, value: Json) {
        let column = column.into();
        self.columns.insert(column.clone(), from.clone());
        self.row.insert(column, value);
    }
}

/// The columns that a field of the op is written to.
fn columns(
    describe: &Describe,
    object: SObject,
    purpose: Purpose,
    name: &FieldName,
    value: &Value,
) -> Result<Vec<(String, Json)>, Refused> {
    let unseen = || ("Salesforce shows no such field", Some(NOT_SHOWN.to_owned()));
    let shape = describe.shape(object).ok_or_else(unseen)?;
    match source(describe, object, name.as_str()) {
        Some(Source::Field(own, _)) => {
            let field = shape.field(&own).ok_or_else(unseen)?;
            Ok(vec![(own, cell(field, purpose, value)?)])
        }
        Some(Source::Address(address)) => {
            let columns = address::columns(shape, address, value)?;
            columns.iter().try_for_each(|(part, _)| writable_part(shape, part, purpose))?;
            Ok(columns)
        }
        Some(Source::AccountName) => {
            Err(("a contact's company is the name of its account", Some(ACCOUNT.to_owned())))
        }
        Some(Source::Converted) => Err(("the field cannot be written", None)),
        None => Err(unseen()),
    }
}

const NOT_SHOWN: &str = "check the spelling, and that the user of the credentials may see the field";
const ACCOUNT: &str = "map it one way, out of Salesforce; let somebody choose the account there";

/// The cell of a field that is a column of its own.
fn cell(field: &Field, purpose: Purpose, value: &Value) -> Result<Json, Refused> {
    check_writable(field, purpose)?;
    if field.is_consent() {
        return consent(value);
    }
    let cell = column(field.kind, value).map_err(|reason| (reason, None))?;
    if cell.is_null() && purpose == Purpose::Update && !field.nillable {
        return Err(("Salesforce requires the field, so it cannot be cleared", None));
    }
    Ok(cell)
}

fn writable_part(shape: &Shape, part: &str, purpose: Purpose) -> Result<(), Refused> {
    match shape.field(part) {
        Some(field) => check_writable(field, purpose),
        None => Err(("Salesforce shows no field for a part of the address", Some(NOT_SHOWN.to_owned()))),
    }
}

fn check_writable(field: &Field, purpose: Purpose) -> Result<(), Refused> {
    let writable = match purpose {
        Purpose::Create => field.createable,
        Purpose::Update => field.updateable,
    };
    if writable {
        return Ok(());
    }
    let hint = "map it one way, or give the user of the credentials edit access to it";
    Err(("Salesforce does not let us write the field", Some(hint.to_owned())))
}

/// The one thing that may be written to a column by which a person says what may be sent to them.
fn consent(value: &Value) -> Result<Json, Refused> {
    match value {
        Value::Bool(true) => Ok(Json::Bool(true)),
        Value::Bool(false)
        | Value::Null
        | Value::Number(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::DateTime(_)
        | Value::Address(_)
        | Value::List(_) => Err((
            "an opt-out can be set, and is never taken back by a sync",
            Some("let the person opt in again, and somebody change it in Salesforce".to_owned()),
        )),
    }
}

/// A refusal of our own, about a field.
pub(super) fn refusal(field: &FieldName, reason: &str, hint: Option<String>) -> Rejection {
    Rejection { field: Some(field.clone()), reason: reason.to_owned(), hint }
}
