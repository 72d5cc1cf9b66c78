//! The app's fields, from what the organisation describes.

use super::ACCOUNT_NAME;
use super::address::{address_field, addresses};
use super::describe::{Field, FieldKind, Shape};
use super::object::SObject;
use syntony_core::schema::{Access, Choices, FieldSpec, Kind, Schema, Takes};

/// The relationship from a contact to its account.
const ACCOUNT: &str = "Account";

/// All fields of an object that can be read as fields of a contact.
pub(in crate::salesforce) fn schema(object: SObject, shape: &Shape) -> Schema {
    let mut fields: Vec<FieldSpec> = shape.fields().filter_map(spec).collect();
    fields.retain(|field| address_field(object, field.name.as_str()).is_none());
    for address in addresses(object).iter().filter(|address| address.is_readable(shape)) {
        let access = if address.is_writable(shape) { Access::ReadWrite } else { Access::ReadOnly };
        fields.push(FieldSpec::new(address.name, Kind::Address).access(access));
    }
    if has_account(shape) {
        fields.push(FieldSpec::new(ACCOUNT_NAME, Kind::Text).access(Access::ReadOnly));
    }
    Schema::new(fields)
}

/// Whether the records know an account whose name can be read along.
pub(in crate::salesforce) fn has_account(shape: &Shape) -> bool {
    let account = shape.field("AccountId").and_then(|field| field.relationship_name.as_deref());
    account == Some(ACCOUNT)
}

/// What kind of thing a field holds, and whether it holds several; `None` for what is no field of a contact's.
pub(in crate::salesforce) fn kind(kind: FieldKind) -> Option<(Kind, bool)> {
    Some(match kind {
        FieldKind::String
        | FieldKind::Textarea
        | FieldKind::Combobox
        | FieldKind::Reference
        | FieldKind::Id
        | FieldKind::Time
        | FieldKind::EncryptedString => (Kind::Text, false),
        FieldKind::Picklist => (Kind::Picklist, false),
        FieldKind::Multipicklist => (Kind::Picklist, true),
        FieldKind::Email => (Kind::Email, false),
        FieldKind::Phone => (Kind::Phone, false),
        FieldKind::Url => (Kind::Url, false),
        FieldKind::Boolean => (Kind::Boolean, false),
        FieldKind::Int | FieldKind::Long | FieldKind::Double | FieldKind::Currency | FieldKind::Percent => {
            (Kind::Number, false)
        }
        FieldKind::Date => (Kind::Date, false),
        FieldKind::Datetime => (Kind::DateTime, false),
        FieldKind::Address | FieldKind::Other => return None,
    })
}

fn spec(field: &Field) -> Option<FieldSpec> {
    let (kind, many) = kind(field.kind)?;
    let access = match (field.createable, field.updateable) {
        (true, true) => Access::ReadWrite,
        (true, false) => Access::CreateOnly,
        // What can be changed and not set at first is of no use to a sync, which has to create.
        (false, _) => Access::ReadOnly,
    };
    let is_text = !matches!(kind, Kind::Number | Kind::Boolean | Kind::Date | Kind::DateTime);
    Some(FieldSpec {
        many,
        access,
        required: field.is_required(),
        max_length_chars: (is_text && !many && field.length > 0).then_some(field.length),
        options: match kind {
            Kind::Picklist => field.active_options().map(|option| option.value.clone()).collect(),
            Kind::Text
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Number
            | Kind::Boolean
            | Kind::Date
            | Kind::DateTime
            | Kind::Address => Vec::new(),
        },
        choices: if field.has_other_options() { Choices::Open } else { Choices::Closed },
        takes: if field.is_consent() { Takes::OptOutOnly(true) } else { Takes::Any },
        ..FieldSpec::new(field.name.as_str(), kind)
    })
}
