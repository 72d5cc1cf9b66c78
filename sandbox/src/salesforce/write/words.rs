//! The refusals of a write, in the words of real orgs.
//!
//! The words are for people; a client that decides by them fails here as it would there. What counts are
//! the code and the fields.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm>

use super::super::error::ApiError;
use super::super::schema::Field;

/// The most characters of a value that a message repeats.
const SHOWN_CHARACTERS: usize = 255;

pub(super) fn required_missing(fields: &[&str]) -> ApiError {
    let list = fields.join(", ");
    refused("REQUIRED_FIELD_MISSING", format!("Required fields are missing: [{list}]"), fields)
}

pub(super) fn too_long(field: &Field, value: &str) -> ApiError {
    let (label, length) = (&field.label, field.length);
    let value: String = value.chars().take(SHOWN_CHARACTERS).collect();
    let message = format!("{label}: data value too large: {value} (max length={length})");
    refused("STRING_TOO_LONG", message, &[&field.name])
}

pub(super) fn bad_email(field: &Field, value: &str) -> ApiError {
    let message = format!("{}: invalid email address: {value}", field.label);
    refused("INVALID_EMAIL_ADDRESS", message, &[&field.name])
}

pub(super) fn bad_option(field: &Field, value: &str) -> ApiError {
    let message = format!("{}: bad value for restricted picklist field: {value}", field.label);
    refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[&field.name])
}

pub(super) fn not_writable(fields: &[&str]) -> ApiError {
    let list = fields.join(", ");
    let message = format!(
        "Unable to create/update fields: {list}. Please check the security settings of this field and verify \
         that it is read/write for your profile or permission set."
    );
    refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields)
}

pub(super) fn no_such_column(name: &str, object: &str) -> ApiError {
    ApiError::bad("INVALID_FIELD", format!("No such column '{name}' on sobject of type {object}"))
}

/// The id or the external id stands in the body as well as in the address.
pub(super) fn key_in_body(field: &str) -> ApiError {
    let message = format!("The {field} field should not be specified in the sobject data.");
    ApiError::bad("INVALID_FIELD", message)
}

/// A JSON value of another type than its field.
pub(super) fn wrong_type(kind: &str, token: &str, value: &str) -> ApiError {
    let message = format!(
        "Cannot deserialize instance of {kind} from {token} value {value} or request may be missing a required \
         field at [line:1, column:1]"
    );
    ApiError::bad("JSON_PARSER_ERROR", message)
}

pub(super) fn bad_json(message: impl Into<String>) -> ApiError {
    ApiError::bad("JSON_PARSER_ERROR", message)
}

/// An id that belongs to a row of another object, or to none.
pub(super) fn malformed_id(label: &str, id: &str, field: &str) -> ApiError {
    refused("MALFORMED_ID", format!("{label}: id value of incorrect type: {id}"), &[field])
}

/// A row that sharing keeps from the user.
pub(super) fn not_shared() -> ApiError {
    refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", &[])
}

/// A reference to something that there is not.
pub(super) fn invalid_reference(fields: &[&str]) -> ApiError {
    refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields)
}

/// A relationship by external id to something that there is not.
pub(super) fn no_foreign_key(value: &str, field: &str, object: &str) -> ApiError {
    let message = format!("Foreign key external ID: {value} not found for field {field} in entity {object}");
    ApiError::bad("INVALID_FIELD", message)
}

pub(super) fn deleted() -> ApiError {
    // The status is not documented for rows.
    let mut error = refused("ENTITY_IS_DELETED", "entity is deleted", &[]);
    error.status = 404;
    error
}

/// A key that names nothing: what stands in the address is no id of the object, nor one of its external
/// ids.
pub(super) fn no_such_key(key: &str) -> ApiError {
    let message = format!("Provided external ID field does not exist or is not accessible: {key}");
    ApiError::new(404, "NOT_FOUND", message)
}

pub(super) fn converted() -> ApiError {
    refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", &[])
}

pub(super) fn read_only_row() -> ApiError {
    let message = "insufficient access rights on object id";
    refused("INSUFFICIENT_ACCESS_OR_READONLY", message, &[])
}

pub(super) fn duplicate_value(field: &str, holder: &str) -> ApiError {
    // The holder is told by the short form of its id.
    let holder = holder.get(..15).unwrap_or(holder);
    let message = format!("duplicate value found: {field} duplicates value on record with id: {holder}");
    refused("DUPLICATE_VALUE", message, &[])
}

pub(super) fn locked(id: &str) -> ApiError {
    let message = format!("unable to obtain exclusive access to this record or 1 records: {id}");
    refused("UNABLE_TO_LOCK_ROW", message, &[])
}

/// The org is full: no row of any object can be made.
pub(super) fn storage_full() -> ApiError {
    refused("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", &[])
}

pub(super) fn inactive_owner(owner: &str, object: &str) -> ApiError {
    let message = format!("operation performed with inactive user [{owner}] as owner of {object}");
    refused("INACTIVE_OWNER_OR_USER", message, &[])
}

pub(super) fn bad_place(message: &str, field: &Field) -> ApiError {
    refused("FIELD_INTEGRITY_EXCEPTION", format!("{message}: {}", field.label), &[&field.name])
}

pub(super) fn bad_value(field: &Field, value: &str) -> ApiError {
    let message = format!("{}: value not of required type: {value}", field.label);
    refused("INVALID_TYPE_ON_FIELD_IN_RECORD", message, &[&field.name])
}

/// The administrator's own words.
pub(super) fn broken_rule(message: &str, field: Option<&str>) -> ApiError {
    refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, field.as_slice())
}

pub(super) fn limit(message: impl Into<String>) -> ApiError {
    ApiError::bad("LIMIT_EXCEEDED", message)
}

pub(super) fn bad_input(message: impl Into<String>) -> ApiError {
    ApiError::bad("INVALID_INPUT", message)
}

/// With all or nothing: what would have gone well beside something that did not.
pub(super) fn rolled_back() -> ApiError {
    let message =
        "Record rolled back because not all records were valid and the request was using AllOrNone header";
    refused("ALL_OR_NONE_OPERATION_ROLLED_BACK", message, &[])
}

pub(super) fn refused(code: &'static str, message: impl Into<String>, fields: &[&str]) -> ApiError {
    ApiError::bad(code, message).about(fields.iter().copied())
}

/// An object whose rows the API does not write.
pub(super) fn not_supported(object: &str, deed: &str) -> ApiError {
    ApiError::bad("INVALID_TYPE_FOR_OPERATION", format!("entity type cannot be {deed}: {object}"))
}
